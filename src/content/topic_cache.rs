//! Folders as earlier loads found them, by tree id and by path → this load, which opens only those that changed. A shelf
//! is one record with all its topics: where it stands as it did, they aren't looked for one by one.

mod shelf;
mod store;

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use git2::Oid;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use self::shelf::StoredShelf;
pub(super) use self::shelf::{Inside, Shelf};
pub(super) use self::store::CacheEntry;

use super::folders::BoardFile;
use super::history::Past;
use super::posts::PostStore;
use super::summary::{StoredPost, StoredTopic, TopicSummary};
use super::topic::TopicFile;
use crate::Result;
use crate::cache::{Cache, Pack, Records};
use crate::diagnostic::Diagnostic;
use crate::git::Entry;
use crate::key::Key;

const NAME: &str = "topics";
const NEWEST: &str = "topics.newest";
/// Under this path, which is no topic's, stands the commit whose history the topics have been completed from.
const TIP: &str = "";

/// What an earlier load found in each topic's folder.
#[derive(Debug)]
pub struct TopicCache {
    records: Records,
    /// Those that loads since have found besides, so that a small change is quickly stored. They count first.
    newest: Records,
    /// What is stored now is stored under this.
    salt: Key,
    pub(super) posts: Arc<PostStore>,
    lasts: bool,
}

/// A made-up object id under which the tree id of the topic at `path` is kept.
fn path_id(path: &str) -> Oid {
    let hash = blake3::hash(path.as_bytes());
    Oid::from_bytes(&hash.as_bytes()[..20]).unwrap_or(Oid::ZERO_SHA1)
}

fn bytes_of(tip: Option<Oid>) -> Vec<u8> {
    tip.map_or_else(Vec::new, |tip| tip.as_bytes().to_vec())
}

impl TopicCache {
    /// What `cache` remembers of topics read under `salt`.
    ///
    /// # Errors
    /// The cache can't be read or written.
    pub fn open(cache: &Cache, salt: Key) -> Result<TopicCache> {
        let pack = Pack::open(cache, "posts", salt)?;
        let records = Records::load(cache, NAME, salt);
        let newest = Records::load(cache, NEWEST, Key::salted(salt, &records.check()));
        Ok(TopicCache { records, newest, salt, posts: Arc::new(PostStore::new(pack)), lasts: cache.lasts() })
    }

    /// Whether posts of earlier loads are stored.
    #[must_use]
    pub fn has_posts(&self) -> bool {
        !self.posts.pack.is_empty()
    }

    fn record(&self, id: Oid) -> Option<&[u8]> {
        self.with(id).map(|(record, _)| record)
    }

    /// The record of `id`, and those among which it is.
    fn with(&self, id: Oid) -> Option<(&[u8], &Records)> {
        let all = [&self.newest, &self.records].into_iter();
        all.filter_map(|records| Some((records.get(id)?, records))).next()
    }

    /// The folder of this tree id, read before.
    pub(super) fn get<T: DeserializeOwned>(&self, tree: Oid) -> Option<T> {
        postcard::from_bytes(self.record(tree)?).ok()
    }

    /// The folder of this tree id, read before.
    pub(super) fn folder(&self, tree: Oid) -> Option<CachedFolder<'_>> {
        let (record, records) = self.with(tree)?;
        let whole = records.whole();
        Some(
            match postcard::from_bytes::<Record<StoredTopic<TopicSummary<&[u8]>>, StoredShelf<'_>, Box<Mixed>>>(record)
                .ok()?
            {
                Record::Topic(known) => CachedFolder::Topic(known.of(whole)?),
                Record::Shelf(shelf) => CachedFolder::Shelf(self.filled(shelf, whole)?),
                Record::Mixed(mixed) => CachedFolder::Mixed(mixed),
            },
        )
    }

    /// A shelf whose record is a part of `whole`, with what stands in that of its base.
    fn filled<'m>(&'m self, shelf: StoredShelf<'m>, whole: &'m Bytes) -> Option<Shelf<'m>> {
        let base = self.base(shelf.base).unwrap_or_default();
        let topics = shelf.topics.into_iter().map(|row| match row.record {
            [] => base.get(row.name).filter(|known| known.tree == row.tree).copied(),
            _ => Some(row.of(whole)),
        });
        Some(Shelf { path: shelf.path, topics: topics.collect::<Option<_>>()? })
    }

    /// The topics by their names of the shelf that had this tree id when all was stored; `None` where there was none.
    fn base(&self, tree: Oid) -> Option<HashMap<&str, Inside<'_>>> {
        let (rows, whole) = (StoredShelf::read(self.records.get(tree)?)?, self.records.whole());
        Some(rows.topics.into_iter().map(|row| (row.name, row.of(whole))).collect())
    }

    /// The shelf that stood at `path` in the last load.
    pub(super) fn shelf(&self, path: &str) -> Option<Shelf<'_>> {
        let (record, records) = self.with(self.tree(path)?)?;
        let rows = StoredShelf::read(record).filter(|rows| rows.path == path)?;
        self.filled(rows, records.whole())
    }

    /// The tree id of the folder that stood at `path`.
    fn tree(&self, path: &str) -> Option<Oid> {
        Oid::from_bytes(self.record(path_id(path))?).ok()
    }

    /// Whether the folder at `path` had this tree id in the last load. Of one that hadn't only the files are
    /// remembered: its history may have gone on since.
    pub(super) fn stood(&self, path: &str, tree: Oid) -> bool {
        self.record(path_id(path)) == Some(tree.as_bytes())
    }

    /// Of which commit's history, and of how many folders, the last load was.
    fn last(&self) -> Option<(Vec<u8>, usize)> {
        postcard::from_bytes(self.record(path_id(TIP))?).ok()
    }

    /// Whether the topics were completed from the history that `past` goes on from.
    pub(super) fn fits(&self, past: &Past) -> bool {
        self.last().is_some_and(|(tip, _)| tip == bytes_of(past.before()))
    }

    /// What the files of a topic said.
    pub(super) fn file(&self, known: StoredTopic) -> Option<TopicFile> {
        let posts = self.posts.stored(&known.summary)?.into_iter().map(|post| post.file).collect();
        let StoredTopic { attachments, moderation, unexpected_files, faults, .. } = known;
        let (attachments, unexpected_files, faults) = (attachments.into(), unexpected_files.into(), faults.into());
        Some(TopicFile { posts, attachments, moderation, unexpected_files, faults })
    }

    /// The topic that stood at `path` in the last load, where that was on no shelf.
    pub(super) fn before(&self, path: &str) -> Option<Box<StoredTopic>> {
        match self.folder(self.tree(path)?)? {
            CachedFolder::Topic(known) => Some(known),
            _ => None,
        }
    }

    /// Puts the posts of a topic into the store, unless they lie there.
    pub(super) fn store_posts(&self, known: &StoredTopic, bytes: &[u8]) {
        let record = known.summary.record;
        if self.lasts && self.posts.pack.get(record).is_none() {
            self.posts.pack.append(&[(record, bytes)]);
        }
    }
}

/// What is remembered of a folder.
#[derive(Debug)]
pub(super) enum CachedFolder<'m> {
    /// A topic.
    Topic(Box<StoredTopic>),
    /// A shelf that holds topics and nothing else.
    Shelf(Shelf<'m>),
    /// Any other.
    Mixed(Box<Mixed>),
}

/// The same as it is stored.
#[derive(Debug, Serialize, Deserialize)]
enum Record<T, S, M> {
    Topic(T),
    Shelf(S),
    Mixed(M),
}

/// A folder that isn't a topic and doesn't hold topics alone.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Mixed {
    /// The folder below the content folder.
    pub path: String,
    /// Its `board.yml`.
    pub board: Option<BoardFile>,
    /// What is wrong with that.
    pub faults: Vec<Diagnostic>,
    /// All that lies in it.
    pub entries: Vec<Entry>,
}

/// A topic that the walk has found: remembered, or read and then with its posts.
#[derive(Debug)]
pub struct LoadedTopic {
    pub stored: Box<StoredTopic>,
    pub posts: Option<Vec<StoredPost>>,
}
