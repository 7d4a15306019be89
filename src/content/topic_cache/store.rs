//! What a load has found in the folders → the records that the next one may use. Of a large forum few are written after a
//! small change.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use git2::Oid;
use serde::Serialize;

use super::shelf::{Inside, Shelf, StoredShelf, StoredShelfTopic};
use super::{CachedFolder, Mixed, NAME, NEWEST, Record, TIP, TopicCache, bytes_of, path_id};
use crate::cache::{Cache, Records};
use crate::content::history::Past;
use crate::content::summary::StoredTopic;
use crate::key::Key;

impl TopicCache {
    /// Stores the records of a load.
    pub(in crate::content) fn store(&self, cache: &Cache, folders: &[CacheEntry], past: &Past) {
        // Topics on shelves are stored with them.
        let shelves: HashSet<&str> = folders.iter().filter_map(CacheEntry::shelf).collect();
        let is_shelved = |folder: &&CacheEntry| shelves.contains(above(&folder.path));
        let (shelved, folders): (Vec<&CacheEntry>, Vec<&CacheEntry>) = folders.iter().partition(is_shelved);
        let last = (bytes_of(past.tip()), folders.len());
        if self.last().as_ref() == Some(&last) && folders.iter().all(|folder| folder.stands()) {
            return;
        }
        let is_known = |map: &Records, path: &str| map.get(path_id(path)).is_some();
        // A folder that is gone must be forgotten: when it comes back, its history may be another.
        let stays = |folder: &&&CacheEntry| {
            folder.stands() || is_known(&self.records, &folder.path) || is_known(&self.newest, &folder.path)
        };
        let stay = folders.iter().filter(stays).count();
        let gone = self.last().is_none_or(|(_, before)| before > stay);
        let newest = |path: &str| is_known(&self.newest, path);
        let fresh = folders.iter().filter(|folder| !folder.stands()).count();
        let few = 8 * (fresh + self.newest.len() / 2) <= self.records.len();
        let all = !few || gone;
        let inside = shelved.iter().chain(&folders).filter(|folder| matches!(folder.state, State::Inside));
        let parents: HashSet<&str> = inside.map(|topic| above(&topic.path)).collect();
        let before = parents.into_iter().filter_map(|path| Some((path, self.shelf(path)?.names()))).collect();
        let shelved = shelved.into_iter().map(|topic| (&*topic.path, topic)).collect();
        let storing = Storing { topic_cache: self, shelved, before, all };
        let pack = |wanted: &dyn Fn(&str) -> bool| {
            let mut records: Vec<(Oid, Cow<'_, [u8]>)> = Vec::with_capacity(1 + 2 * folders.len());
            records.push((path_id(TIP), postcard::to_stdvec(&last).unwrap_or_default().into()));
            for folder in folders.iter().filter(|folder| !folder.stands() || wanted(&folder.path)) {
                if let Some(bytes) = storing.bytes(folder) {
                    records.push((folder.tree, bytes));
                    records.push((path_id(&folder.path), folder.tree.as_bytes().into()));
                }
            }
            Records::pack(&records)
        };
        if !all {
            let salt = Key::salted(self.salt, &self.records.check());
            return cache.store(NEWEST, salt, &pack(&newest));
        }
        cache.store(NAME, self.salt, &pack(&|_| true));
        cache.remove(NEWEST);
    }
}

/// What is looked up while records are put together.
struct Storing<'m> {
    topic_cache: &'m TopicCache,
    /// The topics on shelves of which something is not as it was, by their paths.
    shelved: HashMap<&'m str, &'m CacheEntry>,
    /// The topics of shelves as they stood, by the paths of these and their names.
    before: HashMap<&'m str, HashMap<&'m str, Inside<'m>>>,
    /// Whether all is stored, or what changed.
    all: bool,
}

impl<'m> Storing<'m> {
    /// The record of a folder that has one, or had one on its shelf.
    fn record(&self, folder: &'m CacheEntry) -> Option<&'m [u8]> {
        match &folder.state {
            State::Stands => self.topic_cache.record(folder.tree),
            State::Fresh(bytes) => Some(bytes),
            State::Inside => {
                let (above, name) = folder.path.rsplit_once('/')?;
                self.before.get(above)?.get(name).filter(|topic| topic.tree == folder.tree).map(|topic| topic.record)
            }
            State::Shelf(_) => None,
        }
    }

    /// What to store of a folder; a shelf is put together from the records of its topics. Where it isn't all that is
    /// stored, a shelf's record leaves out what stands in that of its base.
    fn bytes(&self, folder: &'m CacheEntry) -> Option<Cow<'m, [u8]>> {
        let topic_cache = self.topic_cache;
        if let State::Shelf(topics) = &folder.state {
            return self.shelf(&folder.path, topics).map(Cow::from);
        }
        // A record that leans on a base is stored whole with all.
        let leans = self.all && matches!(folder.state, State::Stands) && topic_cache.newest.get(folder.tree).is_some();
        if let Some(CachedFolder::Shelf(Shelf { path, topics })) =
            leans.then(|| topic_cache.folder(folder.tree)).flatten()
        {
            let topics = topics.iter().map(StoredShelfTopic::from).collect();
            return StoredShelf { path, base: Oid::ZERO_SHA1, topics }.bytes().map(Cow::from);
        }
        self.record(folder).map(Cow::from)
    }

    fn shelf(&self, path: &str, topics: &[(Box<str>, Oid)]) -> Option<Vec<u8>> {
        let base = self.topic_cache.records.get(path_id(path)).filter(|_| !self.all);
        let base = base.and_then(|tree| Oid::from_bytes(tree).ok());
        let base = base.and_then(|tree| Some((tree, self.topic_cache.base(tree)?)));
        let (base, in_base) = base.unwrap_or_else(|| (Oid::ZERO_SHA1, HashMap::new()));
        let topics = topics.iter().map(|(name, tree)| {
            let record = self.record(self.shelved.get(&*format!("{path}/{name}"))?)?;
            let lies_there = in_base.get(&**name).is_some_and(|known| known.tree == *tree && known.record == record);
            Some(StoredShelfTopic { name, tree: *tree, record: if lies_there { &[] } else { record } })
        });
        StoredShelf { path, base, topics: topics.collect::<Option<_>>()? }.bytes()
    }
}

/// The folder that the one at `path` lies in.
fn above(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(above, _)| above)
}

/// A folder of the forum as it is to be remembered.
#[derive(Debug)]
pub(in crate::content) struct CacheEntry {
    pub path: String,
    pub tree: Oid,
    state: State,
}

#[derive(Debug)]
enum State {
    /// It stands as it did, with a record of its own.
    Stands,
    /// A topic that stands as it did, in the record of its shelf.
    Inside,
    /// Its record is this.
    Fresh(Box<[u8]>),
    /// A shelf with these topics, names and tree ids, of which something is not as it was.
    Shelf(Vec<(Box<str>, Oid)>),
}

impl CacheEntry {
    /// A folder that this load has read.
    pub(in crate::content) fn fresh(path: String, tree: Oid, value: &impl Serialize) -> CacheEntry {
        let bytes = postcard::to_stdvec(value).unwrap_or_default();
        CacheEntry { path, tree, state: State::Fresh(bytes.into()) }
    }

    /// A topic that this load has completed.
    pub(in crate::content) fn topic(tree: Oid, known: &StoredTopic) -> CacheEntry {
        CacheEntry::fresh(known.path.clone(), tree, &Record::<_, (), ()>::Topic(known))
    }

    /// A mixed folder that this load has read.
    pub(in crate::content) fn mixed(tree: Oid, mixed: &Mixed) -> CacheEntry {
        CacheEntry::fresh(mixed.path.clone(), tree, &Record::<(), (), _>::Mixed(mixed))
    }

    /// A shelf with these topics.
    pub(in crate::content) fn changed<'t>(
        path: String,
        tree: Oid,
        topics: impl Iterator<Item = (&'t str, Oid)>,
    ) -> CacheEntry {
        let topics = topics.map(|(name, tree)| (name.into(), tree)).collect();
        CacheEntry { path, tree, state: State::Shelf(topics) }
    }

    /// A folder that stands as it did; `inside` tells whether in the record of its shelf.
    pub(in crate::content) fn standing(path: String, tree: Oid, inside: bool) -> CacheEntry {
        CacheEntry { path, tree, state: if inside { State::Inside } else { State::Stands } }
    }

    fn stands(&self) -> bool {
        matches!(self.state, State::Stands)
    }

    /// Its path, if it is a shelf on which something is not as it was.
    fn shelf(&self) -> Option<&str> {
        matches!(self.state, State::Shelf(_)).then_some(&*self.path)
    }
}
