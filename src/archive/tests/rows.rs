//! Rows that lack an id, an author, a date or what they belong to → counts that add up to all rows, for every format.

use serde_json::{Value, json};

use super::*;
use crate::archive::item::Kind;

/// What is read of a format's rows: its files, how many posts and topics there are in them, and how many of these are taken.
struct Case {
    format: &'static str,
    files: Files,
    posts: (u64, u64),
    topics: (u64, u64),
}

fn case(format: &'static str, files: &[(&str, String)], posts: (u64, u64), topics: (u64, u64)) -> Case {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.clone())).collect();
    Case { format, files, posts, topics }
}

/// `INSERT`s of these rows, `id` and `other` columns first, with one value of each row replaced by nothing.
fn inserts(table: &str, columns: &[&str], row: &[&str], lacking: &[&str]) -> String {
    let mut out = format!(
        "CREATE TABLE {table} ({});\n",
        columns.iter().map(|it| format!("{it} text")).collect::<Vec<_>>().join(", ")
    );
    for (number, lack) in std::iter::once(&"").chain(lacking).enumerate() {
        let values: Vec<String> = columns
            .iter()
            .zip(row)
            .map(|(column, value)| match *value {
                _ if column == lack => String::from("NULL"),
                "N" => (number + 1).to_string(),
                value => sql(value),
            })
            .collect();
        out += &format!("INSERT INTO {table} VALUES ({});\n", values.join(", "));
    }
    out
}

/// Objects like this one, the number of each in the place of `"N"`, that lack one field each.
fn objects(whole: &Value, lacking: &[&str]) -> Vec<Value> {
    let each = std::iter::once(&"").chain(lacking).enumerate().map(|(number, lack)| {
        let mut object = whole.clone();
        let fields = object.as_object_mut().unwrap();
        fields.remove(*lack);
        fields.values_mut().filter(|it| **it == "N").for_each(|it| *it = json!(number + 1));
        object
    });
    each.collect()
}

fn cases() -> Vec<Case> {
    let bbcode = |prefix: &str, tables: String| vec![(format!("{prefix}.sql"), format!("SET NAMES utf8;\n{tables}"))];
    let attributes = |pairs: &[(&str, &str)], lacking: &[&str]| -> String {
        let each = std::iter::once(&"").chain(lacking).enumerate().map(|(number, lack)| {
            let value = |value: &str| if value == "N" { (number + 1).to_string() } else { value.to_owned() };
            let pairs = pairs.iter().filter(|(name, _)| name != lack);
            let pairs: String = pairs.map(|(name, it)| format!(" {name}=\"{}\"", value(it))).collect();
            format!("<row{pairs}/>\n")
        });
        format!("<x>{}</x>", each.collect::<String>())
    };
    let elements = |name: &str, pairs: &[(&str, &str)], lacking: &[&str]| -> String {
        let each = std::iter::once(&"").chain(lacking).enumerate().map(|(number, lack)| {
            let value = |value: &str| if value == "N" { (number + 1).to_string() } else { value.to_owned() };
            let pairs = pairs.iter().filter(|(name, _)| name != lack);
            let pairs: String = pairs.map(|(name, it)| format!("<{name}>{}</{name}>", value(it))).collect();
            format!("<{name}>{pairs}</{name}>\n")
        });
        each.collect()
    };
    let isso = inserts("threads", &["id", "uri"], &["1", "/a"], &["id"])
        + &inserts(
            "comments",
            &["id", "tid", "parent", "created", "author", "text", "remote_addr", "voters"],
            &["N", "1", "99", "1500000000", "Ada", "Tea", "x", "x"],
            &["id", "tid", "parent", "created", "author"],
        );
    let mybb = inserts("m_forums", &["fid", "name"], &["1", "Tea"], &["fid"])
        + &inserts("m_threads", &["tid", "fid", "subject", "firstpost"], &["1", "1", "Tea", "1"], &["tid"])
        + &inserts("m_users", &["uid", "username"], &["1", "ada"], &["uid"])
        + &inserts(
            "m_posts",
            &["pid", "tid", "replyto", "uid", "username", "dateline", "message"],
            &["N", "1", "99", "1", "ada", "1500000000", "Tea"],
            &["pid", "tid", "replyto", "uid", "username", "dateline"],
        );
    let smf = inserts("s_boards", &["id_board", "name", "member_groups"], &["1", "Tea", "-1,0"], &["id_board"])
        + &inserts("s_topics", &["id_topic", "id_board", "id_first_msg"], &["1", "1", "1"], &["id_topic"])
        + &inserts("s_members", &["id_member", "member_name"], &["1", "ada"], &["id_member"])
        + &inserts(
            "s_messages",
            &["id_msg", "id_topic", "id_member", "poster_name", "poster_time", "subject", "body"],
            &["N", "1", "1", "ada", "1500000000", "Tea", "Tea"],
            &["id_msg", "id_topic", "id_member", "poster_name", "poster_time"],
        );
    let forums = inserts("p_forums", &["forum_id", "forum_name"], &["1", "Tea"], &["forum_id"])
        + &inserts(
            "p_topics",
            &["topic_id", "forum_id", "topic_title", "topic_first_post_id"],
            &["1", "1", "Tea", "1"],
            &["topic_id"],
        )
        + &inserts("p_users", &["user_id", "username"], &["2", "ada"], &["user_id"]);
    let phpbb3 = forums.clone()
        + &inserts(
            "p_posts",
            &["post_id", "topic_id", "poster_id", "post_username", "post_time", "post_text", "bbcode_uid"],
            &["N", "1", "2", "ada", "1500000000", "Tea", ""],
            &["post_id", "topic_id", "poster_id", "post_username", "post_time"],
        );
    let phpbb2 = forums
        + &inserts(
            "p_posts",
            &["post_id", "topic_id", "poster_id", "post_username", "post_time"],
            &["N", "1", "2", "ada", "1500000000"],
            &["post_id", "topic_id", "poster_id", "post_username", "post_time"],
        )
        + &inserts("p_posts_text", &["post_id", "post_text", "bbcode_uid"], &["N", "Tea", ""], &["post_id"]);
    let backup = String::from("-- PostgreSQL database dump\n")
        + &inserts("topics", &["id", "title", "archetype", "slug"], &["1", "Tea", "regular", "s"], &["id"])
        + &inserts("users", &["id", "username"], &["1", "ada"], &["id"])
        + &inserts(
            "posts",
            &["id", "user_id", "topic_id", "post_number", "reply_to_post_number", "raw", "created_at", "post_type"],
            &["N", "1", "1", "N", "99", "Tea", "2020-01-01 10:00:00", "1"],
            &["id", "user_id", "topic_id", "post_number", "reply_to_post_number", "created_at"],
        );
    let post = json!({ "id": "N", "post_number": "N", "user_id": 1, "username": "ada", "reply_to_post_number": 99,
        "created_at": "2020-01-01T10:00:00Z", "raw": "Tea" });
    let posts = objects(&post, &["id", "post_number", "user_id", "username", "reply_to_post_number", "created_at"]);
    let discourse = json!({ "id": 1, "title": "Tea", "slug": "s", "post_stream": { "posts": posts } });
    let comment =
        json!({ "id": "N", "author": { "login": "ada" }, "createdAt": "2020-01-01T10:00:00Z", "body": "Tea" });
    let mut comments = objects(&comment, &["id", "author", "createdAt"]);
    comments.push(Value::Null);
    let issue = json!({ "number": "N", "title": "Tea", "author": { "login": "ada" }, "createdAt": "2020-01-01T10:00:00Z",
        "body": "Tea", "comments": comments });
    let issues = json!(objects(&issue, &["number", "author", "createdAt"]));
    let message = json!({ "id": "N", "content": "<p>Tea</p>", "sender_full_name": "Ada", "timestamp": 1_500_000_000 });
    let zulip = json!(objects(&message, &["id", "content", "sender_full_name", "timestamp"]));
    let mut realm_messages = objects(
        &json!({ "id": "N", "sender": 1, "recipient": 1, "subject": "Tea", "content": "Tea", "date_sent": 1_500_000_000 }),
        &["id", "sender", "recipient", "subject", "content", "date_sent"],
    );
    realm_messages.push(json!("no message"));
    let realm = json!({ "zerver_stream": [{ "id": 1, "name": "Tea" }], "zerver_recipient": [{ "id": 1, "type_id": 1, "type": 2 }] });
    let stack_posts = attributes(
        &[
            ("Id", "N"),
            ("PostTypeId", "1"),
            ("Title", "Tea"),
            ("OwnerUserId", "1"),
            ("CreationDate", "2020-01-01T10:00:00"),
            ("Body", "Tea"),
        ],
        &["Id", "PostTypeId", "OwnerUserId", "CreationDate"],
    );
    let stack_comments = attributes(
        &[("Id", "N"), ("PostId", "1"), ("UserId", "1"), ("CreationDate", "2020-01-01T10:00:00"), ("Text", "Tea")],
        &["Id", "PostId", "UserId", "CreationDate"],
    );
    let users = attributes(&[("Id", "1"), ("DisplayName", "ada")], &["Id"]);
    let disqus = "<disqus xmlns='http://disqus.com'><thread dsq:id='1'><link>https://tea.example/a</link></thread>
        <thread><link>https://tea.example/b</link></thread>
        <thread dsq:id='3'><link>https://tea.example/c</link></thread>"
        .to_owned()
        + &[
            (
                "dsq:id='1'",
                "<thread dsq:id='1'/>",
                "<createdAt>2020-01-01T10:00:00Z</createdAt>",
                "<author><name>Ada</name></author>",
            ),
            (
                "",
                "<thread dsq:id='1'/>",
                "<createdAt>2020-01-01T10:00:00Z</createdAt>",
                "<author><name>Ada</name></author>",
            ),
            ("dsq:id='3'", "", "<createdAt>2020-01-01T10:00:00Z</createdAt>", "<author><name>Ada</name></author>"),
            ("dsq:id='4'", "<thread dsq:id='1'/>", "", "<author><name>Ada</name></author>"),
            ("dsq:id='5'", "<thread dsq:id='1'/>", "<createdAt>2020-01-01T10:00:00Z</createdAt>", ""),
        ]
        .map(|(id, thread, date, author)| {
            format!("<post {id}>{thread}{date}{author}<message>Tea</message><parent dsq:id='99'/></post>")
        })
        .concat()
        + "</disqus>";
    let comments = elements(
        "wp:comment",
        &[
            ("wp:comment_id", "N"),
            ("wp:comment_approved", "1"),
            ("wp:comment_author", "Ada"),
            ("wp:comment_parent", "99"),
            ("wp:comment_date_gmt", "2020-01-01 10:00:00"),
            ("wp:comment_content", "Tea"),
        ],
        &["wp:comment_id", "wp:comment_author", "wp:comment_parent", "wp:comment_date_gmt"],
    );
    let item = |id: &str, date: &str| {
        format!(
            "<item><title>Tea</title><wp:post_type>post</wp:post_type><wp:status>publish</wp:status>{id}{date}<content:encoded>Tea</content:encoded>{comments}</item>"
        )
    };
    let date = "<wp:post_date_gmt>2020-01-01 10:00:00</wp:post_date_gmt>";
    let wordpress = format!(
        "<rss xmlns:wp='http://wordpress.org/export/1.2/'><channel><title>Tea</title>{}{}{}</channel></rss>",
        item("<wp:post_id>1</wp:post_id>", date),
        item("", date),
        item("<wp:post_id>3</wp:post_id>", ""),
    );
    let staticman = |lack: &str| {
        let lines = ["_id: N", "name: Ada", "date: 1500000000", "message: Tea", "replying_to_uid: gone"];
        lines
            .into_iter()
            .filter(|line| !line.starts_with(lack) || lack.is_empty())
            .map(|line| format!("{}\n", line.replace('N', lack)))
            .collect::<String>()
    };
    let mails = [
        "Message-ID: <a@x>\nFrom: ada@tea.example\nDate: Wed, 1 Jan 2020 10:00:00 +0000\nIn-Reply-To: <gone@x>\nSubject: Tea\n\nTea\n",
        "From: ada@tea.example\nDate: Wed, 1 Jan 2020 10:00:01 +0000\nSubject: Re: Tea\n\nTea\n",
        "Message-ID: <b@x>\nDate: Wed, 1 Jan 2020 10:00:02 +0000\nSubject: Re: Tea\n\nTea\n",
        "Message-ID: <c@x>\nFrom: ada@tea.example\nSubject: Re: Tea\n\nTea\n",
        "Message-ID: <c@x>\nFrom: ada@tea.example\nSubject: Re: Tea\n\nTea\n",
    ];
    let mbox: String = mails.iter().map(|mail| format!("From x Wed Jan  1 10:00:00 2020\n{mail}\n")).collect();
    let comment_files: Vec<(&str, String)> = vec![
        ("a/1.yml", staticman("")),
        ("a/2.yml", staticman("_id")),
        ("a/3.yml", staticman("name")),
        ("a/4.yml", staticman("date")),
        ("a/5.yml", staticman("message")),
        ("a/6.yml", staticman("replying")),
    ];
    vec![
        case("isso", &[("a.sql", isso)], (6, 3), (2, 1)),
        Case { files: bbcode("mybb", mybb), ..case("mybb", &[], (7, 4), (2, 1)) },
        Case { files: bbcode("smf", smf), ..case("smf", &[], (6, 3), (2, 1)) },
        Case { files: bbcode("phpbb", phpbb3), ..case("phpbb", &[], (6, 3), (2, 1)) },
        // A row of the posts or of their texts that has no other is one that is left out.
        Case { files: bbcode("phpbb", phpbb2), ..case("phpbb", &[], (7, 1), (2, 1)) },
        case("discourse", &[("dump.sql", backup)], (7, 3), (2, 1)),
        case("discourse", &[("1.json", discourse.to_string())], (7, 4), (1, 1)),
        // Of comments with the same id the second is left out, and all that belong to what has no number.
        case("github", &[("a.json", issues.to_string())], (4 * 6, 4 + 2 + 1), (4, 3)),
        case("zulip", &[("1-tea/tea.json", zulip.to_string())], (5, 1), (1, 1)),
        case(
            "zulip",
            &[
                ("realm.json", realm.to_string()),
                ("messages-1.json", json!({ "zerver_message": realm_messages }).to_string()),
            ],
            (8, 1),
            (1, 1),
        ),
        case(
            "stackexchange",
            &[("Posts.xml", stack_posts), ("Comments.xml", stack_comments), ("Users.xml", users)],
            (10, 4),
            (2, 2),
        ),
        case("disqus", &[("a.xml", disqus)], (5, 2), (3, 1)),
        case("wordpress", &[("a.xml", wordpress)], (3 * 6, 1 + 3), (1, 1)),
        case("staticman", &comment_files, (6, 4), (1, 1)),
        case("mail", &[("a.mbox", mbox)], (5, 4), (1, 1)),
    ]
}

#[test]
fn every_row_is_imported_or_left_out_for_a_reason() {
    let mut wrong = Vec::new();
    for Case { format, files, posts, topics } in cases() {
        let place = TestFolders::new(&files);
        let report = place.import(format);
        let of = |kind| {
            let (counts, left) = counted(&report, kind);
            assert_eq!(counts.read, counts.imported + counts.standing + left, "{format}: {kind:?}");
            (counts.read, counts.imported)
        };
        if (of(Kind::Post), of(Kind::Topic)) != (posts, topics) {
            wrong.push(format!("{format}: {posts:?} posts and {topics:?} topics expected of\n{}", report.text()));
        }
        // The same rows are there before, and the same are left out, when it comes again.
        let again = place.import(format);
        if counted(&again, Kind::Post).0.standing != posts.1 || again.left_out != report.left_out {
            wrong.push(format!("{format}: again\n{}", again.text()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
