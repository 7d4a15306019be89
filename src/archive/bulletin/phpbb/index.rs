//! The rows of a phpBB board but for its texts → what has to be known before the first post is given. It holds a few numbers
//! for each post of phpBB 2, and no post of phpBB 3.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::Version;
use super::rights::Rights;
use crate::Result;
use crate::archive::Options;
use crate::archive::bbcode;
use crate::archive::bulletin::record::{AttachmentRecord, BoardRecord, PostRecord, Records, TopicRecord, count, keep};
use crate::archive::item::Kind;
use crate::archive::sql::{Reader, Row};

/// The records of a board, and what they are made of.
#[derive(Debug)]
pub(super) struct Index {
    pub(super) records: Records,
    version: Version,
    settings: HashMap<String, String>,
    /// The topic of each poll (phpBB 2).
    votes: HashMap<i64, i64>,
    /// The names of files, which an extension of phpBB 2 keeps apart.
    named: HashMap<i64, (String, String)>,
    rights: Rights,
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
pub(super) fn post(row: &Row<'_>) -> PostRecord {
    PostRecord {
        id: row.number("post_id").unwrap_or_default(),
        topic: row.number("topic_id").unwrap_or_default(),
        account: Some(row.number("poster_id").unwrap_or_default()),
        guest: bbcode::plain(row.text("post_username")),
        date: row.number("post_time").unwrap_or_default(),
        edited: row.number("post_edit_time").filter(|it| *it > 0),
        hidden: hidden(row, "post"),
        ..PostRecord::default()
    }
}

impl Reader for Index {
    fn wants(&self, table: &str) -> bool {
        match self.records.table(table) {
            "posts" | "categories" | "vote_desc" | "vote_results" => self.second(),
            "config" | "forums" | "topics" | "users" | "attachments" | "attachments_desc" => true,
            "poll_options" | "acl_options" | "acl_roles_data" | "acl_groups" | "groups" => !self.second(),
            _ => false,
        }
    }

    fn row(&mut self, row: &Row<'_>) -> Result<()> {
        let id = |column: &str| row.number(column).unwrap_or_default();
        let second = self.second();
        let records = &mut self.records;
        match records.table(row.table) {
            "config" => {
                self.settings.insert(row.text("config_name").to_owned(), bbcode::plain(row.text("config_value")));
            }
            "categories" => {
                let category = BoardRecord {
                    id: format!("c{}", id("cat_id")),
                    number: id("cat_id"),
                    category: true,
                    title: bbcode::plain(row.text("cat_title")),
                    order: id("cat_order"),
                    ..BoardRecord::default()
                };
                records.board(row, "cat_id", category);
            }
            "forums" => records.board(row, "forum_id", forum(row, second)),
            "topics" => {
                if !row.text("poll_title").is_empty() {
                    records.polls.entry(id("topic_id")).or_default().question = row.text("poll_title").to_owned();
                }
                records.topic(row, "topic_id", topic(row));
            }
            "users" => {
                // Robots are kept as members of a kind of their own; 1 and -1 stand for guests.
                let guest = id("user_id") == if second { -1 } else { 1 };
                if !guest && row.number("user_type") != Some(2) {
                    records.member(row, "user_id", bbcode::plain(row.text("username")));
                }
            }
            "posts" => keep(&mut records.posts, &mut records.left_out, (Kind::Post, row, "post_id"), post(row)),
            "vote_desc" => {
                self.votes.insert(id("vote_id"), id("topic_id"));
                records.polls.entry(id("vote_id")).or_default().question = row.text("vote_text").to_owned();
            }
            "vote_results" => {
                let choice = (id("vote_option_id"), row.text("vote_option_text").to_owned(), count(row, "vote_result"));
                records.polls.entry(id("vote_id")).or_default().choices.push(choice);
            }
            "poll_options" => {
                let votes = count(row, "poll_option_total");
                let choice = (id("poll_option_id"), row.text("poll_option_text").to_owned(), votes);
                records.polls.entry(id("topic_id")).or_default().choices.push(choice);
            }
            "attachments" => attachment(records, row),
            "attachments_desc" => {
                let (name, kept) = (bbcode::plain(row.text("real_filename")), row.text("physical_filename").to_owned());
                self.named.insert(id("attach_id"), (name, kept));
            }
            rights => self.rights.row(rights, row),
        }
        Ok(())
    }
}

fn forum(row: &Row<'_>, second: bool) -> BoardRecord {
    let id = |column: &str| row.number(column).unwrap_or_default();
    let parent = if second { format!("c{}", id("cat_id")) } else { format!("f{}", id("parent_id")) };
    // 0 is everybody, 1 who has registered, as everybody can.
    let kept = |column: &str| second && row.number(column).is_some_and(|it| it > 1);
    BoardRecord {
        id: format!("f{}", id("forum_id")),
        parent: Some(parent).filter(|it| it != "f0"),
        number: id("forum_id"),
        title: bbcode::plain(row.text("forum_name")),
        description: row.text("forum_desc").to_owned(),
        uid: row.text("forum_desc_uid").to_owned(),
        order: if second { id("forum_order") } else { id("left_id") },
        locked: row.number("forum_status") == Some(1),
        link: row.number("forum_type") == Some(2),
        closed: kept("auth_view") || kept("auth_read") || !row.text("forum_password").is_empty(),
        ..BoardRecord::default()
    }
}

fn topic(row: &Row<'_>) -> TopicRecord {
    let number = |column: &str| row.number(column).unwrap_or_default();
    TopicRecord {
        board: number("forum_id"),
        title: bbcode::plain(row.text("topic_title")),
        pinned: number("topic_type") > 0,
        locked: number("topic_status") == 1,
        moved: number("topic_status") == 2 || number("topic_moved_id") > 0,
        hidden: hidden(row, "topic"),
        views: count(row, "topic_views"),
        first: number("topic_first_post_id"),
        poll: number("topic_id"),
    }
}

/// Keeps a file of a post; those of private messages and of nothing are left alone.
fn attachment(records: &mut Records, row: &Row<'_>) {
    let post = row.number("post_msg_id").or_else(|| row.number("post_id")).filter(|it| *it > 0);
    if let (Some(post), Some(id), false, false) =
        (post, row.number("attach_id"), row.truth("in_message"), row.truth("is_orphan"))
    {
        let (name, kept) = (bbcode::plain(row.text("real_filename")), row.text("physical_filename").to_owned());
        records.files.entry(post).or_default().push(AttachmentRecord { id, name, kept });
    }
}

impl Index {
    pub(super) fn new(prefix: String, version: Version, told: &Options) -> Index {
        Index {
            records: Records::new(prefix, told),
            version,
            settings: HashMap::new(),
            votes: HashMap::new(),
            named: HashMap::new(),
            rights: Rights::default(),
        }
    }

    pub(super) fn second(&self) -> bool {
        self.version == Version::Two
    }

    /// Gives each poll the number of its topic, and each file its name.
    pub(super) fn settle_polls_and_files(&mut self) {
        if self.second() {
            let polls = std::mem::take(&mut self.records.polls);
            let topics = polls.into_iter().filter_map(|(vote, poll)| Some((*self.votes.get(&vote)?, poll)));
            self.records.polls = topics.collect();
        }
        self.records.sort();
        self.records.files.values_mut().flatten().for_each(|file| {
            if let Some((name, kept)) = self.named.get(&file.id).filter(|_| file.name.is_empty()) {
                (file.name, file.kept) = (name.clone(), kept.clone());
            }
        });
    }

    /// Brings each forum behind the one that it lies in, and finds those that not everybody could read.
    pub(super) fn settle_forums(&mut self) {
        let Records { boards, closed, private, .. } = &mut self.records;
        boards.sort_by(|a, b| (a.order, &a.id).cmp(&(b.order, &b.id)));
        let ids: HashSet<String> = boards.iter().map(|it| it.id.clone()).collect();
        let (mut now, inner): (Vec<BoardRecord>, Vec<BoardRecord>) =
            std::mem::take(boards).into_iter().partition(|it| it.parent.as_ref().is_none_or(|id| !ids.contains(id)));
        let mut inside: BTreeMap<String, Vec<BoardRecord>> = BTreeMap::new();
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
            boards.append(&mut now);
            now = next;
        }
        if *private {
            return;
        }
        // What holds for a forum holds for those in it.
        let mut around: HashSet<&str> = HashSet::new();
        for forum in boards.iter() {
            let above = forum.parent.as_ref().is_some_and(|it| around.contains(it.as_str()));
            if forum.closed || above || !forum.category && !self.rights.open(forum.number) {
                around.insert(&forum.id);
                closed.insert(forum.number);
            }
        }
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
