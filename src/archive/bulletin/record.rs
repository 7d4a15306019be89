//! What must be known of a board's database before the first post is given: boards, topics, members, polls and files as every
//! system has them. The columns that they come from are the systems' own.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::archive::Options;
use crate::archive::item::{Kind, Skipped};
use crate::archive::row::{NO_ID, TWICE, called};
use crate::archive::sql::Row;

/// Why a board, and what is in it, is left out.
const CLOSED: &str = "not everybody could read it";
/// Why a topic is left out that is in another place now.
const MOVED: &str = "only leads to where it was moved";

/// A board, or a category of boards.
#[derive(Debug, Clone, Default)]
pub(super) struct BoardRecord {
    /// Its id among the archive's items; so is `parent`.
    pub(super) id: String,
    pub(super) parent: Option<String>,
    pub(super) number: i64,
    /// It holds boards and no topics, and has numbers of its own.
    pub(super) category: bool,
    /// How many it lies in, where the order tells that.
    pub(super) depth: i64,
    pub(super) title: String,
    pub(super) description: String,
    /// What marks the tags of the description (phpBB).
    pub(super) uid: String,
    pub(super) order: i64,
    pub(super) locked: bool,
    /// It is only a link to elsewhere.
    pub(super) link: bool,
    /// A password or rights keep people out, as the board itself tells.
    pub(super) closed: bool,
}

/// A topic.
#[derive(Debug)]
pub(super) struct TopicRecord {
    pub(super) board: i64,
    pub(super) title: String,
    pub(super) pinned: bool,
    pub(super) locked: bool,
    /// It only leads to where it was moved.
    pub(super) moved: bool,
    /// Why it isn't to be seen.
    pub(super) hidden: Option<&'static str>,
    pub(super) views: Option<u64>,
    /// The post that opens it.
    pub(super) first: i64,
    /// The number of its poll.
    pub(super) poll: i64,
}

/// What is known of a post beside its text.
#[derive(Debug, Clone, Default)]
pub(super) struct PostRecord {
    pub(super) id: i64,
    pub(super) topic: i64,
    /// The number of its author's account.
    pub(super) account: Option<i64>,
    /// The name of an author without an account.
    pub(super) guest: String,
    /// Seconds since 1970; 0 or less where it isn't known.
    pub(super) date: i64,
    pub(super) edited: Option<i64>,
    pub(super) reply_to: Option<i64>,
    pub(super) likes: Option<u64>,
    /// Why it isn't to be seen.
    pub(super) hidden: Option<&'static str>,
}

/// An attachment.
#[derive(Debug)]
pub(super) struct AttachmentRecord {
    pub(super) id: i64,
    pub(super) name: String,
    /// Its name in the folder of attachments, without the ending that the system gives to all.
    pub(super) kept: String,
}

/// What could be voted for.
#[derive(Debug, Default)]
pub(super) struct Poll {
    pub(super) question: String,
    /// Number, words and votes of each choice.
    pub(super) choices: Vec<(i64, String, Option<u64>)>,
}

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Records {
    /// The prefix of the names of all tables.
    pub(super) prefix: String,
    /// What not everybody could read is taken as well.
    pub(super) private: bool,
    /// Where the board stood, as the command line or the database tells.
    pub(super) url: Option<String>,
    /// A board comes after the one that it lies in.
    pub(super) boards: Vec<BoardRecord>,
    pub(super) topics: BTreeMap<i64, TopicRecord>,
    pub(super) members: BTreeMap<i64, String>,
    /// The posts whose texts are in a table of their own (phpBB 2).
    pub(super) posts: BTreeMap<i64, PostRecord>,
    /// By their numbers, which topics name.
    pub(super) polls: BTreeMap<i64, Poll>,
    /// By post.
    pub(super) files: HashMap<i64, Vec<AttachmentRecord>>,
    /// The boards that not everybody could read.
    pub(super) closed: HashSet<i64>,
    /// The board into which deleted posts go, where it is left out.
    pub(super) bin: Option<i64>,
    /// What can't be told from others.
    pub(super) left_out: Vec<Skipped>,
}

/// Keeps what a row tells under the number in its `column`. What can't be kept so, and what was kept under this number
/// before, is left out.
pub(super) fn keep<T>(
    rows: &mut BTreeMap<i64, T>,
    left_out: &mut Vec<Skipped>,
    (kind, row, column): (Kind, &Row<'_>, &str),
    value: T,
) {
    let reason = match row.number(column) {
        None => Some(NO_ID),
        Some(id) => rows.insert(id, value).map(|_| TWICE),
    };
    left_out.extend(reason.map(|reason| Skipped { kind, reason, name: called(row, column) }));
}

/// A number that counts something.
pub(super) fn count(row: &Row<'_>, column: &str) -> Option<u64> {
    row.number(column).and_then(|it| u64::try_from(it).ok())
}

impl Records {
    pub(super) fn new(prefix: String, told: &Options) -> Records {
        Records { prefix, private: told.private, url: told.url.clone(), ..Records::default() }
    }

    /// The name of a table without the prefix; empty for a table without it.
    pub(super) fn table<'t>(&self, table: &'t str) -> &'t str {
        table.strip_prefix(&self.prefix).unwrap_or_default()
    }

    /// Keeps the board that a row with its number in `column` tells of.
    pub(super) fn board(&mut self, row: &Row<'_>, column: &str, board: BoardRecord) {
        match row.number(column) {
            Some(_) => self.boards.push(board),
            None => {
                self.left_out.push(Skipped { kind: Kind::Board, reason: NO_ID, name: called(row, column) });
            }
        }
    }

    /// Keeps a topic, as [`keep`] does.
    pub(super) fn topic(&mut self, row: &Row<'_>, column: &str, topic: TopicRecord) {
        keep(&mut self.topics, &mut self.left_out, (Kind::Topic, row, column), topic);
    }

    /// Keeps the name of a member, as [`keep`] does.
    pub(super) fn member(&mut self, row: &Row<'_>, column: &str, name: String) {
        keep(&mut self.members, &mut self.left_out, (Kind::Member, row, column), name);
    }

    /// Brings each board behind the one that it lies in, which lies less deep.
    pub(super) fn sort_boards(&mut self) {
        self.boards.sort_by_key(|it| (it.depth, it.order, it.number));
    }

    /// Puts choices and files into the order of their numbers, for systems that tell no other.
    pub(super) fn sort(&mut self) {
        self.polls.values_mut().for_each(|poll| poll.choices.sort());
        self.files.values_mut().for_each(|files| files.sort_by_key(|it| it.id));
    }

    /// Why a board is left out.
    pub(super) fn board_reason(&self, board: &BoardRecord) -> Option<&'static str> {
        match board.number {
            _ if board.category => None,
            _ if board.link => Some("only a link"),
            number if self.closed.contains(&number) => Some(CLOSED),
            number if self.bin == Some(number) => Some("only what was deleted is in it"),
            _ => None,
        }
    }

    /// Why a topic is left out.
    pub(super) fn topic_reason(&self, topic: &TopicRecord) -> Option<&'static str> {
        if topic.moved { Some(MOVED) } else { self.hidden(topic) }
    }

    /// Why the posts of a topic aren't to be seen.
    pub(super) fn hidden(&self, topic: &TopicRecord) -> Option<&'static str> {
        topic.hidden.or(match topic.board {
            board if self.closed.contains(&board) => Some(CLOSED),
            board if self.bin == Some(board) => Some("deleted"),
            _ => None,
        })
    }
}
