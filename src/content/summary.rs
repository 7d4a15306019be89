//! One topic's files, and what the history tells of them, in → what is remembered of the topic out: its posts, complete
//! but for who the people are that they name, and a *summary*: all that the rest of the forum sees of the topic, so that
//! its posts are only read again where they are shown.

mod summarise;

use bytes::Bytes;
use git2::Oid;
use serde::{Deserialize, Serialize};

use super::attachment::Attachment;
use super::forum::Dated;
use super::moderation::Moderation;
use super::names::Stem;
use super::packed::{Lists, Texts};
use super::post::PostFile;
use crate::diagnostic::{Diagnostic, Spot};
use crate::git::history::Person;
use crate::key::Key;
use crate::plain::values;

pub(super) use summarise::summarise;

/// Somebody whom a post names, before it is known who that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name<'s> {
    /// Somebody with this handle.
    Handle(&'s str),
    /// The author of a commit, as the commit has it.
    Committer(&'s Person),
    /// Neither file nor history tell.
    Nobody,
}

/// A post with all that its file and the history say. People are places in [`TopicSummary::names`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StoredPost {
    pub file: PostFile,
    pub author: u32,
    pub date: i64,
    pub dated: Dated,
    /// When the text was changed, and by whom where the history tells.
    pub edited: Option<(i64, Option<u32>)>,
    /// The fingerprint of the key that signed the text, whosever it is.
    pub signed: Option<Box<str>>,
}

/// A change of a post's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextChange {
    /// The post's place among the topic's.
    pub index: u32,
    /// When: seconds since 1970.
    pub date: i64,
}

/// A post with old addresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aliased {
    /// Its place among the topic's posts.
    pub index: u32,
    /// Its stem.
    pub stem: Box<str>,
    /// The old addresses.
    pub aliases: Vec<String>,
}

/// An author's earliest post in a topic of which it is known what its file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct First {
    /// Where its file names the author.
    pub named: Option<Spot>,
    /// Its stem.
    pub stem: String,
}

/// A [`First`] in a summary: its stem stands there only where it isn't the usual one for its date and author.
type Noted<'s> = Option<(Option<Spot>, Option<&'s str>)>;

/// What the rest of the forum sees of a topic's posts. A forum has very many of these and reads them all, so most is left
/// in the piece of bytes that it was read from: its lists `L`, or in a record their bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopicSummary<L = Lists<LISTS>> {
    /// The key of everything that is remembered of the topic: equal keys, equal topics.
    pub key: Key,
    /// The key of how others name the topic: of its path and its title.
    pub label: Key,
    /// The name of the record of its posts.
    #[serde(with = "crate::key::oid")]
    pub(super) record: Oid,
    ends: Ends,
    /// The date of the opening post: seconds since 1970, as all dates are.
    pub opened: i64,
    /// The date of the last post.
    pub last: i64,
    /// The earliest date of a post, which may be another's than the opening post where that is dated wrongly.
    pub oldest: i64,
    /// The latest, which may likewise be another's than the last.
    pub newest: i64,
    rare: Option<Box<Rare>>,
    lists: L,
}

/// What few summaries have.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Rare {
    /// Those of the names that are no handles, by their places among them.
    others: Box<[(u32, Option<Person>)]>,
    changes: Box<[TextChange]>,
    aliased: Box<[Aliased]>,
}

/// How many lists a summary has, and which they are. The first are its texts, as [`Ends`] tells them apart.
const LISTS: usize = 8;
const TEXT_ENDS: usize = 1;
const AUTHORS: usize = 2;
const DATES: usize = 3;
const SHARES: usize = 4;
const BEGUN: usize = 5;
const FIRSTS: usize = 6;
const NAMES: usize = 7;

impl TopicSummary<&[u8]> {
    /// The summary whose lists are a part of a piece of `bytes`; `None` where they are none.
    fn of(self, bytes: &Bytes) -> Option<TopicSummary> {
        let TopicSummary { key, label, record, ends, opened, last, oldest, newest, rare, lists } = self;
        let lists = Lists::read(bytes.slice_ref(lists))?;
        Some(TopicSummary { key, label, record, ends, opened, last, oldest, newest, rare, lists })
    }
}

/// Later than every date of a post.
pub const NEVER: i64 = i64::MAX;

/// Where the texts of each kind end among those of a summary. Behind them all stands the stem of the last post.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Ends {
    /// One or none.
    title: u32,
    tags: u32,
    names: u32,
    /// Paths that a post links to that isn't hidden.
    shown: u32,
    /// Paths that only hidden posts link to.
    unseen: u32,
    mentions: u32,
    signed: u32,
}

impl TopicSummary {
    fn texts(&self) -> Texts<'_> {
        Texts::new(self.lists.text(), self.lists.list(TEXT_ENDS))
    }

    /// The topic's title; `None` when no post has one.
    #[must_use]
    pub fn title(&self) -> Option<&str> {
        self.texts().slice(0..self.ends.title).next()
    }

    /// The topic's tags.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        self.texts().slice(self.ends.title..self.ends.tags)
    }

    /// Everybody who wrote or changed a post, once each, authors first.
    pub fn names(&self) -> impl Iterator<Item = Name<'_>> {
        let mut others = self.rare.iter().flat_map(|rare| &rare.others).peekable();
        (0..).zip(self.texts().slice(self.ends.tags..self.ends.names)).map(move |(place, handle)| {
            match others.next_if(|other| other.0 == place) {
                Some((_, Some(person))) => Name::Committer(person),
                Some((_, None)) => Name::Nobody,
                None => Name::Handle(handle),
            }
        })
    }

    /// The keys of the [names](TopicSummary::names): equal keys, equal names.
    pub fn name_keys(&self) -> impl ExactSizeIterator<Item = Key> + Clone {
        values::<Key, 16>(self.lists.list(NAMES))
    }

    /// The paths within the forum that posts link to, each once; those that only hidden posts link to are the last.
    pub fn links(&self) -> impl Iterator<Item = &str> {
        self.texts().slice(self.ends.names..self.ends.unseen)
    }

    /// The paths that posts link to that aren't hidden.
    pub fn shown_links(&self) -> impl Iterator<Item = &str> {
        self.texts().slice(self.ends.names..self.ends.shown)
    }

    /// Whom posts mention, each handle once.
    pub fn mentions(&self) -> impl Iterator<Item = &str> {
        self.texts().slice(self.ends.unseen..self.ends.mentions)
    }

    /// The fingerprints of the keys that signed texts, each once.
    pub fn signed(&self) -> impl Iterator<Item = &str> {
        self.texts().slice(self.ends.mentions..self.ends.signed)
    }

    /// The stem of the last post.
    #[must_use]
    pub fn last_stem(&self) -> &str {
        self.texts().last()
    }

    /// How many posts there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.dates().len()
    }

    /// Each post's date: seconds since 1970.
    pub fn dates(&self) -> impl ExactSizeIterator<Item = i64> + DoubleEndedIterator + Clone {
        values::<i64, 8>(self.lists.list(DATES))
    }

    /// The last changes of those texts that were changed.
    #[must_use]
    pub fn changes(&self) -> &[TextChange] {
        self.rare.as_ref().map_or(&[], |rare| &rare.changes)
    }

    /// Those posts that have old addresses.
    #[must_use]
    pub fn aliased(&self) -> &[Aliased] {
        self.rare.as_ref().map_or(&[], |rare| &rare.aliased)
    }

    /// Each post's author, as a place in the [names](TopicSummary::names).
    pub fn authors(&self) -> impl ExactSizeIterator<Item = u32> + DoubleEndedIterator + Clone {
        values::<u32, 4>(self.lists.list(AUTHORS))
    }

    /// The keys of all that a list of an author's posts shows of those in the topic, for the authors, who are the first of
    /// the names.
    pub fn shares(&self) -> impl ExactSizeIterator<Item = Key> + Clone {
        values::<Key, 16>(self.lists.list(SHARES))
    }

    /// The dates of the authors' [first](TopicSummary::first) posts; [`NEVER`] for an author without one.
    pub fn begun(&self) -> impl ExactSizeIterator<Item = i64> + Clone {
        values::<i64, 8>(self.lists.list(BEGUN))
    }

    /// The first post of the author who is the one of the names at this place.
    #[must_use]
    pub fn first(&self, at: usize) -> Option<First> {
        let mut rest = self.lists.list(FIRSTS);
        let mut next = || {
            let (noted, after) = postcard::take_from_bytes::<Noted<'_>>(rest).ok()?;
            rest = after;
            Some(noted)
        };
        for _ in 0..at {
            next()?;
        }
        let (named, stem) = next()??;
        let usual = || match self.names().nth(at)? {
            Name::Handle(author) => Some(Stem { when: self.begun().nth(at)?, author }.to_string()),
            Name::Committer(_) | Name::Nobody => None,
        };
        Some(First { named, stem: stem.map(str::to_owned).or_else(usual)? })
    }
}

/// A topic as it is remembered, without its posts; its summary may be that of a record.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StoredTopic<S = Box<TopicSummary>> {
    /// The folder below the content folder.
    pub path: String,
    pub summary: S,
    /// Whether signatures were looked for.
    pub signatures_checked: bool,
    pub attachments: Box<[Attachment]>,
    pub moderation: Moderation,
    pub moderated: Option<i64>,
    pub unexpected_files: Box<[String]>,
    pub faults: Box<[Diagnostic]>,
}

impl StoredTopic<TopicSummary<&[u8]>> {
    /// The topic whose summary is a part of a piece of `bytes`; `None` where it is damaged.
    pub(super) fn of(self, bytes: &Bytes) -> Option<Box<StoredTopic>> {
        let StoredTopic {
            path,
            summary,
            signatures_checked,
            attachments,
            moderation,
            moderated,
            unexpected_files,
            faults,
        } = self;
        let summary = Box::new(summary.of(bytes)?);
        Some(Box::new(StoredTopic {
            path,
            summary,
            signatures_checked,
            attachments,
            moderation,
            moderated,
            unexpected_files,
            faults,
        }))
    }
}
