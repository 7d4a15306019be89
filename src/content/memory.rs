//! Topics and shelves as earlier loads found them, by tree id and by path → this load, which opens only the folders that
//! changed. Of a shelf that stands as it did, not even the topics are looked for one by one.

use std::sync::Arc;

use git2::Oid;
use rayon::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::past::Past;
use super::posts::Stock;
use super::sketch::{Known, Sketch, Told};
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
    pub(super) stock: Arc<Stock>,
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
        Ok(Memory { records, newest, salt, stock: Arc::new(Stock::new(pack)), lasts: cache.lasts() })
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

    /// The shelf or topic of this tree id, read before.
    pub(super) fn folder(&self, tree: Oid) -> Option<Folder> {
        let (record, records) = self.with(tree)?;
        Some(match postcard::from_bytes::<Folder<Known<Sketch<&[u8]>>>>(record).ok()? {
            Folder::Topic(known) => Folder::Topic(known.of(records.whole())?),
            Folder::Shelf(shelf) => Folder::Shelf(shelf),
        })
    }

    /// The topics of a shelf; `None` where one is lost, or has the same files as another that stands elsewhere.
    pub(super) fn topics(&self, shelf: &Shelf) -> Option<Vec<Topical>> {
        let known = |topic: &Inside| match self.folder(topic.tree)? {
            Folder::Topic(known) => {
                let stands = known.path.strip_prefix(&*shelf.path)?.strip_prefix('/')? == &*topic.name;
                stands.then_some(Topical { known, told: None })
            }
            Folder::Shelf(_) => None,
        };
        shelf.topics.par_iter().with_min_len(64).map(known).collect()
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
    pub(super) fn file(&self, known: Box<Known>) -> Option<TopicFile> {
        let posts = self.stock.told(&known.sketch)?.into_iter().map(|post| post.file).collect();
        let Known { attachments, moderation, strangers, faults, .. } = *known;
        let (attachments, strangers, faults) = (attachments.into(), strangers.into(), faults.into());
        Some(TopicFile { posts, attachments, moderation, strangers, faults })
    }

    /// The topic that stood at `path` in the last load.
    pub(super) fn before(&self, path: &str) -> Option<TopicFile> {
        let tree = Oid::from_bytes(self.record(path_id(path))?).ok()?;
        match self.folder(tree)? {
            Folder::Topic(known) => self.file(known),
            Folder::Shelf(_) => None,
        }
    }

    /// Puts the posts of a topic into the stock, unless they lie there.
    ///
    /// # Errors
    /// The cache can't be written.
    pub(super) fn shelve(&self, known: &Known, bytes: &[u8]) -> Result<()> {
        let record = known.sketch.record;
        if !self.lasts || self.stock.pack.get(record).is_some() {
            return Ok(());
        }
        self.stock.pack.append(&[(record, bytes)])
    }

    /// Stores the records of a load: for each folder its path, tree id and bytes.
    ///
    /// # Errors
    /// The cache can't be written.
    pub(super) fn store(&self, cache: &Cache, folders: &[Remembered], past: &Past) -> Result<()> {
        let is_fresh = |folder: &&Remembered| folder.fresh.is_some();
        let last = (bytes_of(past.tip()), folders.iter().map(Remembered::count).sum::<usize>());
        if self.last().as_ref() == Some(&last) && !folders.iter().any(|folder| is_fresh(&folder)) {
            return Ok(());
        }
        let is_known = |map: &Records, path: &str| map.get(path_id(path)).is_some();
        // A folder that is gone must be forgotten: when it comes back, its history may be another.
        let stays = |folder: &&Remembered| {
            !is_fresh(folder) || is_known(&self.records, &folder.path) || is_known(&self.newest, &folder.path)
        };
        let stay: usize = folders.iter().filter(stays).map(Remembered::count).sum();
        let gone = self.last().is_none_or(|(_, before)| before > stay);
        let newest = |path: &str| is_known(&self.newest, path);
        let fresh: usize = folders.iter().filter(is_fresh).count();
        let few = 8 * (fresh + self.newest.len() / 2) <= self.records.len();
        let head = (path_id(TIP), postcard::to_stdvec(&last).unwrap_or_default());
        if few && !gone {
            return cache.store(NEWEST, self.salt, &self.pack(&head, folders, newest));
        }
        cache.store(NAME, self.salt, &self.pack(&head, folders, |_| true))?;
        cache.remove(NEWEST)
    }

    /// The rows of all that is fresh, and of what else is wanted, by path.
    fn pack(&self, head: &(Oid, Vec<u8>), folders: &[Remembered], wanted: impl Fn(&str) -> bool) -> Vec<u8> {
        let mut records: Vec<(Oid, &[u8])> = vec![(head.0, &head.1)];
        for folder in folders {
            let stands = folder.fresh.is_none();
            // What lies on a shelf is newer than it in no case.
            if stands && !wanted(&folder.path) {
                continue;
            }
            if let Some(bytes) = folder.fresh.as_deref().or_else(|| self.record(folder.tree)) {
                records.push((folder.tree, bytes));
                records.push((path_id(&folder.path), folder.tree.as_bytes()));
            }
            for topic in &folder.topics {
                let path = format!("{}/{}", folder.path, topic.name);
                if let Some(bytes) = self.record(topic.tree).filter(|_| wanted(&path)) {
                    records.push((topic.tree, bytes));
                    records.push((path_id(&path), topic.tree.as_bytes()));
                }
            }
        }
        Records::pack(&records)
    }
}

/// What is remembered of a folder.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Folder<T = Box<Known>, S = Shelf> {
    /// A topic.
    Topic(T),
    /// A shelf that holds topics and nothing else.
    Shelf(S),
}

/// A shelf as it stood.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Shelf {
    /// The folder below the content folder.
    pub path: Box<str>,
    /// Its topics.
    pub topics: Vec<Inside>,
}

/// A topic of a shelf.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Inside {
    /// The name of its folder.
    pub name: Box<str>,
    #[serde(with = "crate::key::oid")]
    pub tree: Oid,
}

/// A folder of the forum as it is to be remembered.
#[derive(Debug)]
pub(super) struct Remembered {
    pub path: String,
    pub tree: Oid,
    /// The record's bytes when this load made it; `None` when the memory had it already.
    pub fresh: Option<Box<[u8]>>,
    /// The topics that are remembered with it, because they stand as they did: those of a shelf.
    pub topics: Vec<Inside>,
}

impl Remembered {
    /// A folder that this load has read.
    pub(super) fn fresh(path: String, tree: Oid, value: &impl Serialize) -> Remembered {
        let fresh = postcard::to_stdvec(value).ok().map(Vec::into_boxed_slice);
        Remembered { path, tree, fresh, topics: Vec::new() }
    }

    /// A folder that stands as it did.
    pub(super) fn standing(path: String, tree: Oid) -> Remembered {
        Remembered { path, tree, fresh: None, topics: Vec::new() }
    }

    /// How many folders it stands for.
    fn count(&self) -> usize {
        1 + self.topics.len()
    }
}

/// A topic that the walk has found: remembered, or read and then with its posts.
#[derive(Debug)]
pub struct Topical {
    pub known: Box<Known>,
    pub told: Option<Vec<Told>>,
}
