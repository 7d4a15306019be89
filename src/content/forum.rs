//! The forum: everything that a commit says about it, whole and never changed once made.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::attachment::Attachment;
use super::folders::Unknown;
use super::keyring::Keyring;
use super::member::MemberFile;
use super::moderation::Moderation;
use super::people::{Person, PersonId};
use super::post::PostFile;
use super::posts::{PostStore, Posts};
use crate::config::Settings;
use crate::yaml::At;

/// An index into [`Forum::boards`].
pub type BoardId = u32;
/// An index into [`Forum::topics`].
pub type TopicId = u32;

/// A whole forum.
#[derive(Debug)]
pub struct Forum {
    /// The content folder's path in the repository, without a slash at the end; what diagnostics' paths begin with.
    pub content: String,
    /// What `forum.yml` says.
    pub settings: Settings,
    /// All boards, each before the boards in it.
    pub boards: Vec<Board>,
    /// The boards that lie in no other, in the order in which they are shown.
    pub top_boards: Vec<BoardId>,
    /// All topics that lie in a board, by path.
    pub topics: Vec<Topic>,
    /// Everybody who has a member's file or has posted, by handle.
    pub people: Vec<Person>,
    /// Topics that lie in no board: an error.
    pub unparented: Vec<Topic>,
    /// Members' files of handles that have one already: an error.
    pub doubled_members: Vec<MemberFile>,
    /// What is no part of a forum.
    pub unknown: Vec<Unknown>,
    /// Whether the history stops short because the clone is shallow.
    pub shallow: bool,
    /// Everybody's keys, where signatures were looked for.
    pub keys: Keyring,
    /// Where the posts of its topics lie.
    pub(super) store: Arc<PostStore>,
}

/// A board: topics, and boards in it.
#[derive(Debug)]
pub struct Board {
    /// Its folder below the content folder.
    pub path: String,
    /// Its title.
    pub title: String,
    /// A few words; may be empty.
    pub description: String,
    /// Its place among its neighbours.
    pub order: Option<i64>,
    /// Nobody opens topics or replies here.
    pub read_only: bool,
    /// How its topics are shown.
    pub threading: Threading,
    /// Who decides here besides the forum's moderators.
    pub moderators: Vec<At<String>>,
    /// Where it stood before.
    pub aliases: Vec<String>,
    /// The board that it lies in.
    pub parent: Option<BoardId>,
    /// The boards in it, in the order in which they are shown.
    pub boards: Vec<BoardId>,
    /// The topics in it, by path.
    pub topics: Vec<TopicId>,
}

/// How the posts of a topic are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Threading {
    /// One after another.
    Flat,
    /// Replies below what they answer.
    Threaded,
}

/// A topic: an opening post and replies.
#[derive(Debug)]
pub struct Topic {
    /// Its folder below the content folder.
    pub path: String,
    /// The board that it lies in; the first board for a topic that lies in none.
    pub board: BoardId,
    /// Its posts.
    pub posts: Posts,
    /// The files beside its posts, by name.
    pub attachments: Box<[Attachment]>,
    /// What moderators decided.
    pub moderation: Moderation,
    /// When moderators last decided something about it, where the history tells.
    pub moderated: Option<i64>,
    /// What lies in its folder and doesn't belong there.
    pub unexpected_files: Box<[String]>,
}

/// A post as the forum knows it.
#[derive(Debug)]
pub struct Post {
    /// What its file says.
    pub file: PostFile,
    /// Who wrote it.
    pub author: PersonId,
    /// When: seconds since 1970.
    pub date: i64,
    /// Where the date comes from.
    pub dated: Dated,
    /// Whether its text was changed later.
    pub edited: Option<Edit>,
    /// The fingerprint of the key that signed its text, for [`Keyring::holder`].
    pub signed: Option<Box<str>>,
}

/// Where a post's date comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Dated {
    /// Its file says it.
    File,
    /// The commit that added the file.
    Commit,
    /// Its name, or nothing at all: neither file nor history tell.
    Guess,
}

/// A change of a post's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Edit {
    /// When: seconds since 1970.
    pub when: i64,
    /// Who, where the history tells.
    pub by: Option<PersonId>,
}

impl Topic {
    /// The title; the path when no post has one.
    #[must_use]
    pub fn title(&self) -> &str {
        self.posts.summary().title().unwrap_or(&self.path)
    }

    /// The path of a file in the topic's folder, from the repository's top.
    #[must_use]
    pub fn file(&self, content: &str, name: &str) -> String {
        format!("{content}/{}/{name}", self.path)
    }

    /// The path of a post's file, from the repository's top.
    #[must_use]
    pub fn post_file(&self, content: &str, post: &Post) -> String {
        format!("{content}/{}/{}.md", self.path, post.file.stem)
    }
}

impl Forum {
    /// Whether all its boards are read-only, so that no more is expected of anybody.
    #[must_use]
    pub fn closed(&self) -> bool {
        !self.boards.is_empty() && self.boards.iter().all(|board| board.read_only)
    }

    /// The person of this id.
    #[must_use]
    pub fn person(&self, id: PersonId) -> &Person {
        &self.people[id as usize]
    }
}
