//! Topics as earlier loads found them, by tree id and by path → this load, which opens only the folders that changed.

use std::sync::Arc;

use git2::Oid;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::past::Past;
use super::posts::Shelf;
use super::sketch::{Known, Told};
use super::topic::TopicFile;
use crate::Result;
use crate::cache::{Cache, Pack, Records};
use crate::key::Key;

const NAME: &str = "topics";
const NEWEST: &str = "topics.newest";
/// Under this path, which is no topic's, stands the commit whose history the topics have been completed from.
const TIP: &str = "";

/// What an earlier load found in each topic's folder.
#[derive(Debug)]
pub struct Memory {
    records: Records,
    /// Those that loads since have found besides, so that a small change is quickly stored. They count first.
    newest: Records,
    /// What is stored now is stored under this.
    salt: Key,
    pub(super) shelf: Arc<Shelf>,
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

impl Memory {
    /// What `cache` remembers of topics read under `salt`; with `forget`, nothing.
    ///
    /// # Errors
    /// The cache can't be read or written.
    pub fn open(cache: &Cache, salt: Key, forget: bool) -> Result<Memory> {
        let pack = Pack::open(cache, "posts", salt)?;
        let open = |name: &str| {
            let bytes = if forget { None } else { cache.load(name, salt) };
            Records::open(bytes.unwrap_or_default())
        };
        let (records, newest) = (open(NAME), open(NEWEST));
        Ok(Memory { records, newest, salt, shelf: Arc::new(Shelf::new(pack)), lasts: cache.lasts() })
    }

    fn record(&self, id: Oid) -> Option<&[u8]> {
        self.newest.get(id).or_else(|| self.records.get(id))
    }

    /// The folder of this tree id, read before.
    pub(super) fn get<T: DeserializeOwned>(&self, tree: Oid) -> Option<T> {
        postcard::from_bytes(self.record(tree)?).ok()
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

    /// Whether the posts of a topic lie on the shelf.
    pub(super) fn holds(&self, known: &Known) -> bool {
        self.shelf.pack.has(known.sketch.record)
    }

    /// What the files of a topic said.
    pub(super) fn file(&self, known: Known) -> Option<TopicFile> {
        let posts = self.shelf.told(&known.sketch)?.into_iter().map(|post| post.file).collect();
        let Known { attachments, moderation, strangers, faults, .. } = known;
        Some(TopicFile { posts, attachments, moderation, strangers, faults })
    }

    /// The topic that stood at `path` in the last load.
    pub(super) fn before(&self, path: &str) -> Option<TopicFile> {
        let tree = Oid::from_bytes(self.record(path_id(path))?).ok()?;
        self.file(self.get(tree)?)
    }

    /// Puts the posts of a topic on the shelf, unless they lie there.
    ///
    /// # Errors
    /// The cache can't be written.
    pub(super) fn shelve(&self, known: &Known, bytes: &[u8]) -> Result<()> {
        let record = known.sketch.record;
        if !self.lasts || self.shelf.pack.get(record).is_some() {
            return Ok(());
        }
        self.shelf.pack.append(&[(record, bytes)])
    }

    /// Stores the records of a load: for each folder its path, tree id and bytes.
    ///
    /// # Errors
    /// The cache can't be written.
    pub(super) fn store(&self, cache: &Cache, folders: &[Remembered], past: &Past) -> Result<()> {
        let is_fresh = |folder: &&Remembered| folder.fresh.is_some();
        let last = (bytes_of(past.tip()), folders.len());
        if self.last().as_ref() == Some(&last) && !folders.iter().any(|folder| is_fresh(&folder)) {
            return Ok(());
        }
        // A folder that is gone must be forgotten: when it comes back, its history may be another.
        let stay = folders.iter().filter(|folder| self.record(path_id(&folder.path)).is_some()).count();
        let gone = self.last().is_none_or(|(_, before)| before > stay);
        let newest = |folder: &&Remembered| is_fresh(folder) || self.newest.get(path_id(&folder.path)).is_some();
        let few = 8 * folders.iter().filter(newest).count() <= self.records.len();
        let head = (path_id(TIP), postcard::to_stdvec(&last).unwrap_or_default());
        if few && !gone {
            return cache.store(NEWEST, self.salt, &self.pack(&head, folders.iter().filter(newest)));
        }
        cache.store(NAME, self.salt, &self.pack(&head, folders.iter()))?;
        cache.remove(NEWEST)
    }

    fn pack<'f>(&'f self, head: &'f (Oid, Vec<u8>), folders: impl Iterator<Item = &'f Remembered>) -> Vec<u8> {
        let mut records: Vec<(Oid, &[u8])> = vec![(head.0, &head.1)];
        for folder in folders {
            let Some(bytes) = folder.fresh.as_deref().or_else(|| self.record(folder.tree)) else { continue };
            records.push((folder.tree, bytes));
            records.push((path_id(&folder.path), folder.tree.as_bytes()));
        }
        Records::pack(records)
    }
}

/// A folder of the forum as it is to be remembered.
#[derive(Debug)]
pub(super) struct Remembered {
    pub path: String,
    pub tree: Oid,
    /// The record's bytes when this load made it; `None` when the memory had it already.
    pub fresh: Option<Vec<u8>>,
}

impl Remembered {
    /// A folder that this load has read.
    pub(super) fn fresh(path: String, tree: Oid, value: &impl Serialize) -> Remembered {
        Remembered { path, tree, fresh: postcard::to_stdvec(value).ok() }
    }
}

/// A topic that the walk has found: remembered, or read and then with its posts.
#[derive(Debug)]
pub struct Topical {
    pub known: Known,
    pub told: Option<Vec<Told>>,
}
