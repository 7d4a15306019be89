//! A text → the importers of bulletin boards and of comments on articles, which read it as rows of a dump or as one post there.

use super::readers::imported;

/// A dump of phpBB 3 with a topic, and these statements.
pub fn phpbb(text: &str) {
    imported("phpbb", "dump.sql", &format!("{PHPBB}{text}"));
}

/// A post of phpBB 3.0, whose tags carry the mark `u`.
pub fn phpbb_post(text: &str) {
    phpbb(&format!("INSERT INTO p_posts VALUES (1,1,2,'',1500000000,{},'u');", quoted(text)));
}

/// A dump of MyBB with a thread, and these statements.
pub fn mybb(text: &str) {
    imported("mybb", "dump.sql", &format!("{MYBB}{text}"));
}

/// A post of MyBB.
pub fn mybb_post(text: &str) {
    mybb(&format!("INSERT INTO m_posts VALUES (1,1,0,2,'ada',1500000000,{});", quoted(text)));
}

/// A dump of SMF with a topic, and these statements.
pub fn smf(text: &str) {
    imported("smf", "dump.sql", &format!("{SMF}{text}"));
}

/// A message of SMF.
pub fn smf_post(text: &str) {
    smf(&format!("INSERT INTO s_messages VALUES (1,1,2,'ada',1500000000,'Tea',{});", quoted(text)));
}

/// A dump of Isso with an article, and these statements.
pub fn isso(text: &str) {
    imported("isso", "comments.sql", &format!("{ISSO}{text}"));
}

/// A comment of Isso.
pub fn isso_comment(text: &str) {
    isso(&format!("INSERT INTO comments VALUES(1,1,NULL,1500000000.5,NULL,1,'Ada',{});", quoted(text)));
}

/// A list of comments on an article, as a file of a static site.
pub fn comments(text: &str) {
    imported("staticman", "_data/comments/tea.yml", text);
}

/// The lines of one comment, as Staticman writes a file.
pub fn staticman(text: &str) {
    imported("staticman", "comments/tea/1.yml", &format!("_id: a\nname: Ada\ndate: 1500000000\n{text}"));
}

/// A text as a value in a dump of MySQL.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'").replace('\n', "\\n"))
}

const PHPBB: &str = "CREATE TABLE p_forums (forum_id int, parent_id int, left_id int, forum_name text, forum_desc text);
CREATE TABLE p_topics (topic_id int, forum_id int, topic_title text, topic_first_post_id int, poll_title text);
CREATE TABLE p_users (user_id int, username text);
CREATE TABLE p_posts (post_id int, topic_id int, poster_id int, post_username text, post_time int, post_text text, bbcode_uid text);
CREATE TABLE p_attachments (attach_id int, post_msg_id int, real_filename text, physical_filename text);
CREATE TABLE p_poll_options (poll_option_id int, topic_id int, poll_option_text text, poll_option_total int);
CREATE TABLE p_acl_groups (group_id int, forum_id int, auth_option_id int, auth_role_id int, auth_setting int);
CREATE TABLE p_config (config_name text, config_value text);
INSERT INTO p_forums VALUES (1,0,1,'Tea','');
INSERT INTO p_topics VALUES (1,1,'Tea',1,'');
INSERT INTO p_users VALUES (2,'ada');
";

const MYBB: &str = "CREATE TABLE m_forums (fid int, name text, type char(1), pid int, disporder int);
CREATE TABLE m_threads (tid int, fid int, subject text, firstpost int);
CREATE TABLE m_users (uid int, username text);
CREATE TABLE m_posts (pid int, tid int, replyto int, uid int, username text, dateline int, message text);
CREATE TABLE m_polls (pid int, tid int, question text, options text, votes text);
CREATE TABLE m_attachments (aid int, pid int, filename text, attachname text);
INSERT INTO m_forums VALUES (1,'Tea','f',0,1);
INSERT INTO m_threads VALUES (1,1,'Tea',1);
INSERT INTO m_users VALUES (2,'ada');
";

const SMF: &str = "CREATE TABLE s_boards (id_board int, id_parent int, board_order int, member_groups text, name text);
CREATE TABLE s_topics (id_topic int, id_board int, id_first_msg int, id_poll int);
CREATE TABLE s_members (id_member int, member_name text);
CREATE TABLE s_messages (id_msg int, id_topic int, id_member int, poster_name text, poster_time int, subject text, body text);
CREATE TABLE s_polls (id_poll int, question text);
CREATE TABLE s_poll_choices (id_poll int, id_choice int, label text, votes int);
CREATE TABLE s_attachments (id_attach int, id_msg int, attachment_type int, filename text, file_hash text);
INSERT INTO s_boards VALUES (1,0,1,'-1,0','Tea');
INSERT INTO s_topics VALUES (1,1,1,1);
INSERT INTO s_members VALUES (2,'ada');
";

const ISSO: &str = "CREATE TABLE threads (id INTEGER PRIMARY KEY, uri VARCHAR, title VARCHAR);
CREATE TABLE comments (tid INTEGER, id INTEGER PRIMARY KEY, parent INTEGER, created FLOAT, modified FLOAT, mode INTEGER, author VARCHAR, text VARCHAR);
INSERT INTO threads VALUES(1,'/tea/','Tea');
";
