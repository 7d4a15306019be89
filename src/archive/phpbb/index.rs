//! The rows of a phpBB board but for its texts → what has to be known before the first post is given. It holds a few numbers
//! for each post of phpBB 2, and no post of phpBB 3.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::Result;
use crate::archive::bbcode;
use crate::archive::bulletin::{Poll, called, keep};
use crate::archive::item::{Kind, Skipped};
use crate::archive::row::NO_ID;
use crate::archive::sql::{Reader, Row, Table};

/// A forum, or a category.
#[derive(Debug, Default)]
pub(super) struct Forum {
    /// `f3`, or in phpBB 2 for a category `c1`.
    pub(super) id: String,
    pub(super) parent: Option<String>,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) uid: String,
    pub(super) order: i64,
    pub(super) locked: bool,
    pub(super) link: bool,
    /// A password or rights keep people out, as the forum itself tells.
    closed: bool,
}

#[derive(Debug)]
pub(super) struct TopicRecord {
    pub(super) id: i64,
    pub(super) forum: i64,
    pub(super) title: String,
    pub(super) pinned: bool,
    pub(super) locked: bool,
    pub(super) moved: bool,
    pub(super) views: Option<u64>,
    /// The post that opens it.
    pub(super) first: i64,
    pub(super) hidden: Option<&'static str>,
}

/// What is known of a post beside its text.
#[derive(Debug, Clone)]
pub(super) struct Bones {
    pub(super) topic: i64,
    pub(super) author: i64,
    pub(super) guest: String,
    pub(super) date: i64,
    pub(super) edited: Option<i64>,
    pub(super) hidden: Option<&'static str>,
}

/// An attachment.
#[derive(Debug)]
pub(super) struct AttachmentRecord {
    pub(super) id: i64,
    pub(super) name: String,
    /// Its name in the folder of attachments.
    pub(super) kept: String,
}

/// Who may read what, as groups are told (phpBB 3).
#[derive(Debug, Default)]
struct Rights {
    /// The right to read a forum.
    read: Option<i64>,
    /// The groups that everybody can be in.
    everybody: HashSet<i64>,
    /// What roles say of rights: role, right, and whether it is granted.
    roles: HashSet<(i64, i64, bool)>,
    /// What groups are told: group, forum, right, role, and whether it is granted.
    groups: Vec<(i64, i64, i64, i64, bool)>,
}

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Index {
    pub(super) prefix: String,
    /// It is phpBB 2.
    pub(super) second: bool,
    private: bool,
    settings: HashMap<String, String>,
    pub(super) forums: Vec<Forum>,
    pub(super) topics: BTreeMap<i64, TopicRecord>,
    pub(super) members: BTreeMap<i64, String>,
    pub(super) posts: BTreeMap<i64, Bones>,
    pub(super) polls: BTreeMap<i64, Poll>,
    /// The topic of each poll (phpBB 2).
    votes: HashMap<i64, i64>,
    pub(super) files: HashMap<i64, Vec<AttachmentRecord>>,
    /// The names of files, which an extension of phpBB 2 keeps apart.
    named: HashMap<i64, (String, String)>,
    rights: Rights,
    closed: HashSet<String>,
    /// Forums, topics, users and posts that can't be told from others.
    pub(super) left_out: Vec<Skipped>,
}

/// What stands before the names of a board's tables, and whether it is phpBB 2: as the tables tell that were seen so far.
/// None where there is no board, or more than one.
pub(super) fn prefix(tables: &[Table]) -> Option<(String, bool)> {
    let mut found = tables.iter().filter_map(|table| {
        let has = |column: &str| table.columns.iter().any(|it| it == column);
        match () {
            () if table.name.ends_with("acl_groups") && has("auth_role_id") => Some((&table.name, "acl_groups", false)),
            () if table.name.ends_with("auth_access") && has("auth_view") => Some((&table.name, "auth_access", true)),
            () if table.name.ends_with("posts_text") && has("bbcode_uid") => Some((&table.name, "posts_text", true)),
            () if table.name.ends_with("posts") && has("bbcode_uid") => Some((&table.name, "posts", false)),
            () => None,
        }
    });
    let named =
        |(name, end, second): (&String, &str, bool)| (name.strip_suffix(end).unwrap_or(name).to_owned(), second);
    let first = named(found.next()?);
    found.map(named).all(|other| other == first).then_some(first)
}

/// Whether the tables are there without which there is no board.
pub(super) fn complete(tables: &[Table], prefix: &str) -> bool {
    let has = |name: &str| tables.iter().any(|it| it.name.strip_prefix(prefix) == Some(name));
    ["forums", "topics", "posts", "users"].into_iter().all(has)
}

/// Why a post or topic isn't to be seen.
fn hidden(row: &Row<'_>, of: &str) -> Option<&'static str> {
    match (row.number(&format!("{of}_visibility")), row.number(&format!("{of}_approved"))) {
        (Some(1), _) | (None, None) => None,
        (Some(2), _) => Some("deleted"),
        (Some(_), _) => Some("not approved"),
        (None, Some(approved)) => (approved == 0).then_some("not approved"),
    }
}

/// What a row of the table of posts tells.
pub(super) fn bones(row: &Row<'_>) -> Bones {
    Bones {
        topic: row.number("topic_id").unwrap_or_default(),
        author: row.number("poster_id").unwrap_or_default(),
        guest: bbcode::plain(row.text("post_username")),
        date: row.number("post_time").unwrap_or_default(),
        edited: row.number("post_edit_time").filter(|it| *it > 0),
        hidden: hidden(row, "post"),
    }
}

fn count(row: &Row<'_>, column: &str) -> Option<u64> {
    row.number(column).and_then(|it| u64::try_from(it).ok())
}

impl Reader for Index {
    fn wants(&self, table: &str) -> bool {
        let Some(name) = table.strip_prefix(&self.prefix) else { return false };
        match name {
            "posts" | "categories" | "vote_desc" | "vote_results" => self.second,
            "config" | "forums" | "topics" | "users" | "attachments" | "attachments_desc" => true,
            "poll_options" | "acl_options" | "acl_roles_data" | "acl_groups" | "groups" => !self.second,
            _ => false,
        }
    }

    fn row(&mut self, row: &Row<'_>) -> Result<()> {
        let id = |column: &str| row.number(column).unwrap_or_default();
        match row.table.strip_prefix(&self.prefix).unwrap_or_default() {
            "config" => {
                self.settings.insert(row.text("config_name").to_owned(), bbcode::plain(row.text("config_value")));
            }
            "categories" if row.number("cat_id").is_none() => self.no_id(row, "cat_id"),
            "forums" if row.number("forum_id").is_none() => self.no_id(row, "forum_id"),
            "categories" => self.forums.push(Forum {
                id: format!("c{}", id("cat_id")),
                title: bbcode::plain(row.text("cat_title")),
                order: id("cat_order"),
                ..Forum::default()
            }),
            "forums" => self.forums.push(self.forum(row)),
            "topics" => self.topic(row),
            "users" => {
                // Robots are kept as members of a kind of their own; 1 and -1 stand for guests.
                let guest = id("user_id") == if self.second { -1 } else { 1 };
                if !guest && row.number("user_type") != Some(2) {
                    let name = bbcode::plain(row.text("username"));
                    keep(&mut self.members, &mut self.left_out, (Kind::Member, row, "user_id"), name);
                }
            }
            "posts" => {
                keep(&mut self.posts, &mut self.left_out, (Kind::Post, row, "post_id"), bones(row));
            }
            "vote_desc" => {
                self.votes.insert(id("vote_id"), id("topic_id"));
                self.polls.entry(id("vote_id")).or_default().question = row.text("vote_text").to_owned();
            }
            "vote_results" => {
                let choice = (id("vote_option_id"), row.text("vote_option_text").to_owned(), count(row, "vote_result"));
                self.polls.entry(id("vote_id")).or_default().choices.push(choice);
            }
            "poll_options" => {
                let votes = count(row, "poll_option_total");
                let choice = (id("poll_option_id"), row.text("poll_option_text").to_owned(), votes);
                self.polls.entry(id("topic_id")).or_default().choices.push(choice);
            }
            "attachments" => self.attachment(row),
            "attachments_desc" => {
                let (name, kept) = (bbcode::plain(row.text("real_filename")), row.text("physical_filename").to_owned());
                self.named.insert(id("attach_id"), (name, kept));
            }
            "acl_options" if row.text("auth_option") == "f_read" => self.rights.read = row.number("auth_option_id"),
            "acl_roles_data" => {
                self.rights.roles.insert((id("role_id"), id("auth_option_id"), id("auth_setting") == 1));
            }
            "acl_groups" => self.rights.groups.push((
                id("group_id"),
                id("forum_id"),
                id("auth_option_id"),
                id("auth_role_id"),
                id("auth_setting") == 1,
            )),
            "groups" if matches!(row.text("group_name"), "GUESTS" | "REGISTERED") => {
                self.rights.everybody.insert(id("group_id"));
            }
            _ => {}
        }
        Ok(())
    }
}

impl Index {
    pub(super) fn new(prefix: String, second: bool, private: bool) -> Index {
        Index { prefix, second, private, ..Index::default() }
    }

    fn no_id(&mut self, row: &Row<'_>, column: &str) {
        self.left_out.push(Skipped { kind: Kind::Board, reason: NO_ID, name: called(row, column) });
    }

    fn forum(&self, row: &Row<'_>) -> Forum {
        let id = |column: &str| row.number(column).unwrap_or_default();
        let parent = if self.second { format!("c{}", id("cat_id")) } else { format!("f{}", id("parent_id")) };
        // 0 is everybody, 1 who has registered, as everybody can.
        let kept = |column: &str| self.second && row.number(column).is_some_and(|it| it > 1);
        Forum {
            id: format!("f{}", id("forum_id")),
            parent: Some(parent).filter(|it| it != "f0"),
            title: bbcode::plain(row.text("forum_name")),
            description: row.text("forum_desc").to_owned(),
            uid: row.text("forum_desc_uid").to_owned(),
            order: if self.second { id("forum_order") } else { id("left_id") },
            locked: row.number("forum_status") == Some(1),
            link: row.number("forum_type") == Some(2),
            closed: kept("auth_view") || kept("auth_read") || !row.text("forum_password").is_empty(),
        }
    }

    fn topic(&mut self, row: &Row<'_>) {
        let number = |column: &str| row.number(column).unwrap_or_default();
        let id = number("topic_id");
        let topic = TopicRecord {
            id,
            forum: number("forum_id"),
            title: bbcode::plain(row.text("topic_title")),
            pinned: number("topic_type") > 0,
            locked: number("topic_status") == 1,
            moved: number("topic_status") == 2 || number("topic_moved_id") > 0,
            views: count(row, "topic_views"),
            first: number("topic_first_post_id"),
            hidden: hidden(row, "topic"),
        };
        if !row.text("poll_title").is_empty() {
            self.polls.entry(id).or_default().question = row.text("poll_title").to_owned();
        }
        keep(&mut self.topics, &mut self.left_out, (Kind::Topic, row, "topic_id"), topic);
    }

    /// A file of a post; those of private messages and of nothing are left alone.
    fn attachment(&mut self, row: &Row<'_>) {
        let post = row.number("post_msg_id").or_else(|| row.number("post_id")).filter(|it| *it > 0);
        if let (Some(post), Some(id), false, false) =
            (post, row.number("attach_id"), row.truth("in_message"), row.truth("is_orphan"))
        {
            let (name, kept) = (bbcode::plain(row.text("real_filename")), row.text("physical_filename").to_owned());
            self.files.entry(post).or_default().push(AttachmentRecord { id, name, kept });
        }
    }

    /// Puts in order what came in the dump's.
    pub(super) fn settle(&mut self) {
        if self.second {
            let polls = std::mem::take(&mut self.polls);
            self.polls = polls.into_iter().filter_map(|(vote, poll)| Some((*self.votes.get(&vote)?, poll))).collect();
        }
        self.polls.values_mut().for_each(|poll| poll.choices.sort());
        self.files.values_mut().for_each(|files| files.sort_by_key(|it| it.id));
        self.files.values_mut().flatten().for_each(|file| {
            if let Some((name, kept)) = self.named.get(&file.id).filter(|_| file.name.is_empty()) {
                (file.name, file.kept) = (name.clone(), kept.clone());
            }
        });
        // A parent comes before what lies in it.
        self.forums.sort_by(|a, b| (a.order, &a.id).cmp(&(b.order, &b.id)));
        let ids: HashSet<String> = self.forums.iter().map(|it| it.id.clone()).collect();
        let (mut now, inner): (Vec<Forum>, Vec<Forum>) = std::mem::take(&mut self.forums)
            .into_iter()
            .partition(|it| it.parent.as_ref().is_none_or(|id| !ids.contains(id)));
        let mut inside: BTreeMap<String, Vec<Forum>> = BTreeMap::new();
        for forum in inner {
            inside.entry(forum.parent.clone().unwrap_or_default()).or_default().push(forum);
        }
        while !now.is_empty() || !inside.is_empty() {
            if now.is_empty() {
                // They lie in each other.
                now = std::mem::take(&mut inside).into_values().flatten().collect();
                now.iter_mut().for_each(|it| it.parent = None);
            }
            now.sort_by(|a, b| (a.order, &a.id).cmp(&(b.order, &b.id)));
            let next = now.iter().filter_map(|it| inside.remove(&it.id)).flatten().collect();
            self.forums.append(&mut now);
            now = next;
        }
        if !self.private {
            for forum in &self.forums {
                let above = forum.parent.as_ref().is_some_and(|it| self.closed.contains(it));
                let number = forum.id.strip_prefix('f').and_then(|it| it.parse().ok());
                if forum.closed || above || number.is_some_and(|it| !self.rights.open(it)) {
                    self.closed.insert(forum.id.clone());
                }
            }
        }
    }

    /// Whether a forum is left out because not everybody could read it.
    pub(super) fn closed(&self, forum: &str) -> bool {
        self.closed.contains(forum)
    }

    /// The board's address, as it knows it itself.
    pub(super) fn address(&self) -> Option<String> {
        let setting = |name: &str| self.settings.get(name).map_or("", String::as_str);
        let host = Some(setting("server_name")).filter(|it| it.contains('.'))?;
        let scheme = match setting("server_protocol") {
            "https://" => "https",
            _ if setting("cookie_secure") == "1" => "https",
            _ => "http",
        };
        let port = match setting("server_port") {
            "" | "80" | "443" | "0" => String::new(),
            port => format!(":{port}"),
        };
        let path = setting("script_path").trim_matches('/');
        Some(format!("{scheme}://{host}{port}/{path}").trim_end_matches('/').to_owned())
    }
}

impl Rights {
    /// Whether everybody may read a forum. Where the dump doesn't tell, all may.
    fn open(&self, forum: i64) -> bool {
        let Some(read) = self.read.filter(|_| !self.groups.is_empty() && !self.everybody.is_empty()) else {
            return true;
        };
        self.groups.iter().any(|(group, of, right, role, granted)| {
            let by_role = || self.roles.contains(&(*role, read, true));
            *of == forum && self.everybody.contains(group) && (*right == read && *granted || *role > 0 && by_role())
        })
    }
}
