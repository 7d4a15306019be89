//! What any archive is made of, whatever system it comes from: boards, topics, posts, members, and what is left out. Plain
//! values that know nothing of files; [`plan`](super::plan) names their files and [`write`](super::write) makes them.

use serde::{Deserialize, Serialize};

/// One thing of an archive. Ids are the format's own, unique among all kinds (`p12` for a post, `t12` for a topic), and
/// the same in every export of that forum: imports find by them what they have brought before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A board.
    Board(Board),
    /// A topic, before or after its posts.
    Topic(Topic),
    /// A post.
    Post(Box<Post>),
    /// Somebody who has posted.
    Member(Member),
    /// Something that is in the export and won't be in the forum.
    Skipped(Skipped),
}

/// A board.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Board {
    /// Its id.
    pub id: String,
    /// The id of the board it lies in; that board comes first.
    pub parent: Option<String>,
    /// The folder's name, where the archive has one; made from the title otherwise. It is made good in any case.
    pub name: Option<String>,
    /// Its title.
    pub title: String,
    /// A few words in Markdown; may be empty.
    pub description: String,
    /// Its place among its neighbours.
    pub order: Option<i64>,
    /// Nobody is to write there.
    pub read_only: bool,
    /// Its old addresses, as paths with their query from the top of the host: `/c/tea/5`.
    pub aliases: Vec<String>,
}

/// A topic.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Topic {
    /// Its id.
    pub id: String,
    /// The id of its board, which comes before; none when the archive has no boards.
    pub board: Option<String>,
    /// Its title, as plain text.
    pub title: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// It stands before the others.
    pub pinned: bool,
    /// Nobody replies any more.
    pub locked: bool,
    /// The id of the post that answers the question.
    pub answer: Option<String>,
    /// How often it was read.
    pub views: Option<u64>,
    /// Its old addresses.
    pub aliases: Vec<String>,
}

/// A post.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Post {
    /// Its id.
    pub id: String,
    /// The id of its topic.
    pub topic: String,
    /// The id of its author.
    pub author: String,
    /// When it was written: seconds since 1970. It must not change from export to export.
    pub date: i64,
    /// When its text was last changed.
    pub edited: Option<i64>,
    /// It opens its topic. When no post of a topic does, the earliest will.
    pub opens: bool,
    /// It is not in the export but made, so that the comments of an article have an opening: it isn't counted.
    pub made: bool,
    /// The id of the post that it answers.
    pub reply_to: Option<String>,
    /// How many liked it.
    pub likes: Option<u64>,
    /// Why its text is not to be shown: for what was hidden there and is still to be kept.
    pub hidden: Option<String>,
    /// The address where it stood, when the host is known.
    pub source: Option<String>,
    /// Its old addresses.
    pub aliases: Vec<String>,
    /// Its text in Markdown, with the old addresses still in it. May be left empty when only [names](Want::Names) are
    /// wanted.
    pub text: String,
    /// Files that came with it. May be left out when only [names](Want::Names) are wanted.
    pub attachments: Vec<Attachment>,
}

/// A file that came with a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its address in the text, if the text shows it; a file that the text doesn't show is listed at its end.
    pub address: String,
    /// The name it had, with its ending.
    pub name: String,
    /// Its bytes.
    pub content: Content,
}

/// Where the bytes of an attachment are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Here.
    Bytes(Vec<u8>),
    /// In this file of the export.
    File(std::path::PathBuf),
    /// Not in the export: it is looked for among the downloads.
    Elsewhere,
    /// The same, and it may have this name there: systems keep files under names of their own.
    Kept(String),
}

/// Somebody who has posted. No address of theirs belongs in here, but as a secret id.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Member {
    /// Their id.
    pub id: String,
    /// The id must not be read by anybody (an e-mail address): a hash of it with a key that stays on this machine is
    /// written instead.
    pub secret: bool,
    /// Their name.
    pub name: String,
    /// What they say about themselves, in Markdown.
    pub about: String,
    /// The old addresses of their page.
    pub aliases: Vec<String>,
}

/// Something left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// What it is.
    pub kind: Kind,
    /// Why, in a few words that many share: `deleted`, `whisper`.
    pub reason: &'static str,
    /// How to find it in the export, for people.
    pub name: String,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Boards.
    Board,
    /// Topics.
    Topic,
    /// Posts: every message, also those left out.
    Post,
    /// Members.
    Member,
    /// Attachments and pictures.
    Attachment,
}

/// What a reading is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// Everything but texts and attachments: names are given to all files, before the first is written.
    Names,
    /// Everything.
    All,
}
