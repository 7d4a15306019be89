//! Topics as earlier loads found them, by tree id and by path → this load, which opens only the folders that changed.

use git2::Oid;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::topic::TopicFile;
use crate::Result;
use crate::cache::{Cache, Records};
use crate::key::Key;

const NAME: &str = "topics";

/// What an earlier load found in each topic's folder.
#[derive(Debug, Default)]
pub struct Memory {
    records: Records,
    salt: Key,
}

/// A made-up object id under which the tree id of the topic at `path` is kept.
fn path_id(path: &str) -> Oid {
    let hash = blake3::hash(path.as_bytes());
    Oid::from_bytes(&hash.as_bytes()[..20]).unwrap_or(Oid::ZERO_SHA1)
}

impl Memory {
    /// A memory of nothing yet.
    #[must_use]
    pub fn empty(salt: Key) -> Memory {
        Memory { records: Records::default(), salt }
    }

    /// What `cache` remembers of topics read under `salt`.
    #[must_use]
    pub fn open(cache: &Cache, salt: Key) -> Memory {
        Memory { records: Records::open(cache.load(NAME, salt).unwrap_or_default()), salt }
    }

    /// The bytes of the topic whose folder has this tree id, as [`Memory::store`] takes them.
    #[must_use]
    pub(super) fn record(&self, tree: Oid) -> Option<&[u8]> {
        self.records.get(tree)
    }

    /// The folder of this tree id, read before.
    #[must_use]
    pub(super) fn get<T: DeserializeOwned>(&self, tree: Oid) -> Option<T> {
        postcard::from_bytes(self.record(tree)?).ok()
    }

    /// The topic that stood at `path` in the last load.
    #[must_use]
    pub(super) fn before(&self, path: &str) -> Option<TopicFile> {
        let tree = Oid::from_bytes(self.records.get(path_id(path))?).ok()?;
        self.get(tree)
    }

    /// Stores the records of a load: for each folder its path, tree id and bytes.
    ///
    /// # Errors
    /// The cache can't be written.
    pub(super) fn store(&self, cache: &Cache, folders: &[Remembered]) -> Result<()> {
        let mut records: Vec<(Oid, &[u8])> = Vec::with_capacity(folders.len() * 2);
        for folder in folders {
            let Some(bytes) = folder.fresh.as_deref().or_else(|| self.record(folder.tree)) else { continue };
            records.push((folder.tree, bytes));
            records.push((path_id(&folder.path), folder.tree.as_bytes()));
        }
        cache.store(NAME, self.salt, &Records::pack(records))
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
