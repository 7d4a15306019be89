//! A backup of Discourse (`dump.sql`, packed or not, with `uploads/` beside it) → the items that its JSON would make. Of
//! people it reads their names alone.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;

use super::json::{Action, Category, Choice, Poll, PostJson};
use super::uploads::Uploads;
use super::{Duplicates, Of, left_out, made};
use crate::archive::item::{Item, Kind, Skipped, Topic, Want};
use crate::archive::row::{Answer, NO_ID, NO_TOPIC, TWICE, Taken, answered, called};
use crate::archive::source::Source;
use crate::archive::sql::{self, Charset, Reader, Row, Rows};
use crate::archive::{Archive, Give, Old, Options};
use crate::monitor::Monitor;
use crate::{Error, Result};

pub(super) fn looks(source: &Source) -> bool {
    sql::dumps(source).iter().take(20).any(|path| {
        let named = path.file_name().is_some_and(|it| it.to_string_lossy().starts_with("dump.sql"));
        let head = sql::head(path);
        let posts = || {
            let tables = sql::tables_of(head.as_bytes());
            tables.iter().any(|it| it.name == "posts" && it.columns.iter().any(|it| it == "post_number"))
        };
        head.contains("PostgreSQL database dump") && (named || posts())
    })
}

pub(super) fn open(source: Source, told: &Options) -> Box<dyn Archive> {
    let dumps = sql::dumps(&source);
    let url = told.url.as_deref().map(|it| it.trim_end_matches('/').to_owned());
    let index = Index { uploads: Uploads::new(&source), ..Index::default() };
    Box::new(Backup { source, dumps, charset: told.charset, url, private: told.private, index })
}

struct Backup {
    source: Source,
    dumps: Vec<PathBuf>,
    charset: Option<Charset>,
    url: Option<String>,
    /// Take what not everybody could read as well.
    private: bool,
    index: Index,
}

/// What has to be known before the first post is given.
#[derive(Default)]
struct Index {
    categories: BTreeMap<u64, Category>,
    topics: BTreeMap<u64, TopicRecord>,
    names: HashMap<i64, String>,
    /// The posts by topic and number.
    posts: BTreeMap<(u64, u64), u64>,
    /// The posts that answer, by topic.
    answers: HashMap<u64, u64>,
    /// The posts that are marked as answers.
    marked: HashSet<u64>,
    tags: HashMap<i64, String>,
    tagged: Vec<(u64, i64)>,
    polls: BTreeMap<i64, PollRow>,
    /// The polls of each post.
    polled: HashMap<u64, Vec<i64>>,
    /// How often each choice was voted for, by its id.
    votes: HashMap<i64, u64>,
    /// Who has voted in which poll.
    voters: HashMap<i64, HashSet<i64>>,
    uploads: Uploads,
    /// Categories and topics that can't be told from others.
    left_out: Vec<Skipped>,
}

struct TopicRecord {
    title: String,
    slug: String,
    category: Option<u64>,
    views: Option<u64>,
    locked: bool,
    pinned: bool,
    /// Why none of it is given.
    left_out: Option<&'static str>,
}

#[derive(Default)]
struct PollRow {
    title: Option<String>,
    /// Id, HTML, and votes of those who have no account any more.
    choices: Vec<(i64, String, u64)>,
}

const CLOSED: &str = "not everybody could read it";

const TABLES: [&str; 13] = [
    "categories",
    "topics",
    "users",
    "posts",
    "tags",
    "topic_tags",
    "post_custom_fields",
    "topic_custom_fields",
    "discourse_solved_solved_topics",
    "polls",
    "poll_options",
    "poll_votes",
    "uploads",
];

fn id(row: &Row<'_>, column: &str) -> Option<u64> {
    row.number(column).and_then(|it| u64::try_from(it).ok())
}

/// A time as JSON writes it; the database has it in UTC and doesn't say so.
fn time(row: &Row<'_>, column: &str) -> Option<String> {
    row.value(column).map(|it| format!("{}Z", it.replacen(' ', "T", 1)))
}

impl Reader for Index {
    fn wants(&self, table: &str) -> bool {
        TABLES.contains(&table)
    }

    fn row(&mut self, row: &Row<'_>) -> Result<()> {
        let key = |column: &str| row.number(column).unwrap_or_default();
        let number = |column: &str| id(row, column).unwrap_or_default();
        match row.table {
            "categories" => {
                self.keep(Kind::Board, row, |index, id| index.categories.insert(id, category(row)).is_some());
            }
            "topics" => {
                self.keep(Kind::Topic, row, |index, id| index.topics.insert(id, topic(row)).is_some());
            }
            "users" => {
                self.names.insert(key("id"), row.text("username").to_owned());
            }
            "posts" => {
                self.posts.insert((number("topic_id"), number("post_number")), number("id"));
            }
            "tags" => {
                self.tags.insert(key("id"), row.text("name").to_owned());
            }
            "topic_tags" => self.tagged.push((number("topic_id"), key("tag_id"))),
            "post_custom_fields" if row.text("name") == "is_accepted_answer" && row.text("value") == "true" => {
                self.marked.insert(number("post_id"));
            }
            "topic_custom_fields" if row.text("name") == "accepted_answer_post_id" => {
                self.answers.extend(id(row, "value").map(|post| (number("topic_id"), post)));
            }
            "discourse_solved_solved_topics" => {
                self.answers.extend(id(row, "answer_post_id").map(|post| (number("topic_id"), post)));
            }
            "polls" => {
                self.polls.entry(key("id")).or_default().title = row.value("title").map(str::to_owned);
                self.polled.entry(number("post_id")).or_default().push(key("id"));
            }
            "poll_options" => {
                let choice = (key("id"), row.text("html").to_owned(), number("anonymous_votes"));
                self.polls.entry(key("poll_id")).or_default().choices.push(choice);
            }
            "poll_votes" => {
                *self.votes.entry(key("poll_option_id")).or_default() += 1;
                self.voters.entry(key("poll_id")).or_default().insert(key("user_id"));
            }
            "uploads" => self.uploads.note(row.text("sha1"), row.text("url"), row.text("original_filename")),
            _ => {}
        }
        Ok(())
    }
}

fn category(row: &Row<'_>) -> Category {
    Category {
        id: id(row, "id").unwrap_or_default(),
        name: row.text("name").to_owned(),
        slug: row.text("slug").to_owned(),
        description: row.value("description").map(str::to_owned),
        position: row.number("position"),
        parent_category_id: id(row, "parent_category_id"),
        read_restricted: Some(row.truth("read_restricted")),
        subcategory_list: None,
    }
}

fn topic(row: &Row<'_>) -> TopicRecord {
    let left_out = match () {
        () if row.text("archetype") == "private_message" => Some("private message"),
        () if row.value("deleted_at").is_some() => Some("deleted"),
        () if row.value("visible").is_some() && !row.truth("visible") => Some("unlisted"),
        () => None,
    };
    TopicRecord {
        title: row.text("title").to_owned(),
        slug: row.value("slug").filter(|it| !it.is_empty()).unwrap_or("topic").to_owned(),
        category: id(row, "category_id"),
        views: id(row, "views"),
        locked: row.truth("closed") || row.truth("archived"),
        pinned: row.value("pinned_at").is_some() || row.truth("pinned_globally"),
        left_out,
    }
}

impl Archive for Backup {
    fn read(&mut self, want: Want, _: &dyn Monitor, give: Give<'_>) -> Result<()> {
        if want == Want::Names {
            for path in &self.dumps {
                sql::each(path, self.charset, &mut self.index)?;
            }
            self.index.settle();
            if self.index.posts.is_empty() {
                let message = format!("{}: no posts of Discourse in it", self.source.path.display());
                return Err(Error::other(message, "a backup's dump.sql has them"));
            }
        }
        for skipped in &self.index.left_out {
            give(Item::Skipped(skipped.clone()))?;
        }
        self.boards(give)?;
        self.topics(give)?;
        let (tables, mut seen) = ([String::from("posts")], Duplicates::default());
        for path in &self.dumps {
            let give = &mut |row: &Row<'_>| {
                let name = || format!("{}#{}", row.text("topic_id"), row.text("post_number"));
                answered(self.post(row, want, &mut seen), name, give).map(drop)
            };
            let mut rows = Rows { tables: &tables, give };
            sql::each(path, self.charset, &mut rows)?;
        }
        Ok(())
    }

    fn old(&self) -> Old {
        super::old(self.url.clone())
    }
}

impl Index {
    /// Keeps a row by its id; `kept` tells whether there was one of that id before.
    fn keep(&mut self, kind: Kind, row: &Row<'_>, kept: impl FnOnce(&mut Index, u64) -> bool) {
        let reason = match id(row, "id") {
            None => Some(NO_ID),
            Some(id) => kept(self, id).then_some(TWICE),
        };
        self.left_out.extend(reason.map(|reason| Skipped { kind, reason, name: called(row, "id") }));
    }

    /// Puts in order what came in the dump's.
    fn settle(&mut self) {
        // Of several posts of a topic that are marked, the first is its answer.
        let mut marked: Vec<_> = self.posts.iter().filter(|(_, post)| self.marked.contains(post)).collect();
        marked.sort_unstable();
        for ((topic, _), post) in marked {
            self.answers.entry(*topic).or_insert(*post);
        }
        self.tagged.sort_unstable();
        self.polls.values_mut().for_each(|poll| poll.choices.sort());
    }

    /// Whether a category, or one that it lies in, isn't for everybody.
    fn closed(&self, category: u64) -> bool {
        let mut at = Some(category);
        // There are at most three levels.
        for _ in 0..8 {
            let Some(it) = at.and_then(|id| self.categories.get(&id)) else { return false };
            if it.read_restricted.unwrap_or(false) {
                return true;
            }
            at = it.parent_category_id;
        }
        false
    }

    fn polls(&self, post: u64) -> Option<Vec<Poll>> {
        let polls = self.polled.get(&post)?.iter().filter_map(|id| Some((*id, self.polls.get(id)?)));
        let voters = |poll: i64| self.voters.get(&poll).map_or(0, |it| it.len() as u64);
        let choice = |(id, html, others): &(i64, String, u64)| Choice {
            html: html.clone(),
            votes: Some(self.votes.get(id).copied().unwrap_or_default() + others),
        };
        let poll = |(id, poll): (i64, &PollRow)| Poll {
            title: poll.title.clone(),
            voters: Some(voters(id)),
            options: poll.choices.iter().map(choice).collect(),
        };
        Some(polls.map(poll).collect())
    }

    /// A post as JSON would tell it.
    fn post_of(&self, row: &Row<'_>) -> Option<PostJson> {
        let user = row.number("user_id");
        let (post, version) = (id(row, "id")?, id(row, "public_version").or_else(|| id(row, "version")));
        Some(PostJson {
            id: post,
            post_number: id(row, "post_number")?,
            post_type: id(row, "post_type"),
            user_id: user,
            username: user.and_then(|it| self.names.get(&it)).cloned(),
            avatar_template: None,
            created_at: time(row, "created_at").unwrap_or_default(),
            updated_at: time(row, "updated_at"),
            version,
            raw: row.value("raw").map(str::to_owned),
            cooked: row.value("cooked").map(str::to_owned),
            reply_to_post_number: id(row, "reply_to_post_number"),
            deleted_at: time(row, "deleted_at"),
            user_deleted: Some(row.truth("user_deleted")),
            accepted_answer: None,
            actions_summary: Some(vec![Action { id: Some(2), count: id(row, "like_count") }]),
            polls: self.polls(post),
        })
    }
}

impl Backup {
    fn closed(&self, category: u64) -> bool {
        !self.private && self.index.closed(category)
    }

    fn boards(&self, give: Give<'_>) -> Result<()> {
        let all = self.index.categories.values();
        for it in all.clone().filter(|it| self.closed(it.id)) {
            give(Item::Skipped(Skipped { kind: Kind::Board, reason: CLOSED, name: it.name.clone() }))?;
        }
        for board in super::boards(all.filter(|it| !self.closed(it.id)).cloned().collect()) {
            give(Item::Board(board))?;
        }
        Ok(())
    }

    fn left_out(&self, topic: &TopicRecord) -> Option<&'static str> {
        let closed = || topic.category.is_some_and(|it| self.closed(it)).then_some(CLOSED);
        topic.left_out.filter(|it| *it != "unlisted" || !self.private).or_else(closed)
    }

    fn topics(&self, give: Give<'_>) -> Result<()> {
        for (id, topic) in &self.index.topics {
            // Of what is private not even the titles are told.
            if let Some(reason) = self.left_out(topic) {
                give(Item::Skipped(Skipped { kind: Kind::Topic, reason, name: id.to_string() }))?;
                continue;
            }
            let from = self.index.tagged.partition_point(|(of, _)| of < id);
            let tagged = self.index.tagged.iter().skip(from).take_while(|(of, _)| of == id);
            let slug = &topic.slug;
            give(Item::Topic(Topic {
                id: format!("t{id}"),
                board: topic.category.map(|it| format!("c{it}")),
                title: topic.title.clone(),
                tags: tagged.filter_map(|(_, tag)| self.index.tags.get(tag)).cloned().collect(),
                pinned: topic.pinned,
                locked: topic.locked,
                answer: self.index.answers.get(id).map(|post| format!("p{post}")),
                views: topic.views,
                aliases: vec![format!("/t/{slug}/{id}"), format!("/t/{id}"), format!("/t/{slug}")],
            }))?;
        }
        Ok(())
    }

    fn post(&self, row: &Row<'_>, want: Want, seen: &mut Duplicates) -> Answer {
        let post = self.index.post_of(row).ok_or(NO_ID)?;
        let of = id(row, "topic_id").ok_or(NO_TOPIC)?;
        let topic = self.index.topics.get(&of).ok_or(NO_TOPIC)?;
        let hidden = || row.truth("hidden").then_some("hidden");
        if let Some(reason) = self.left_out(topic).or_else(|| left_out(&post)).or_else(hidden) {
            return Err(reason);
        }
        let author = seen.member(&post);
        let reply = post.reply_to_post_number.and_then(|number| self.index.posts.get(&(of, number))).copied();
        let place = Of { id: of, slug: &topic.slug };
        let mut made = made(&post, &place, post.raw.as_deref(), reply, self.url.as_deref(), want);
        made.attachments = self.index.uploads.shown(&made.text);
        Ok(Taken { author, post: made, ..Taken::default() })
    }
}
