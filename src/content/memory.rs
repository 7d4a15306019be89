//! Folders as earlier loads found them, by tree id and by path → this load, which opens only those that changed. A shelf
//! is one record with all its topics: where it stands as it did, they aren't looked for one by one.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use git2::Oid;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize, Serializer};

use super::folders::BoardFile;
use super::past::Past;
use super::posts::Stock;
use super::sketch::{Known, Sketch, Told};
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

    /// The folder of this tree id, read before.
    pub(super) fn folder(&self, tree: Oid) -> Option<Folder<'_>> {
        let (record, records) = self.with(tree)?;
        let whole = records.whole();
        Some(match postcard::from_bytes::<Record<Known<Sketch<&[u8]>>, Rows<'_>, Box<Mixed>>>(record).ok()? {
            Record::Topic(known) => Folder::Topic(known.of(whole)?),
            Record::Shelf(shelf) => Folder::Shelf(self.filled(shelf, whole)?),
            Record::Mixed(mixed) => Folder::Mixed(mixed),
        })
    }

    /// A shelf whose record is a part of `whole`, with what stands in that of its base.
    fn filled<'m>(&'m self, shelf: Rows<'m>, whole: &'m Bytes) -> Option<Shelf<'m>> {
        let base = self.base(shelf.base).unwrap_or_default();
        let topics = shelf.topics.into_iter().map(|Row { name, tree, record }| {
            let known =
                if record.is_empty() { base.get(name).filter(|known| known.tree == tree).copied() } else { None };
            known.or_else(|| (!record.is_empty()).then_some(Inside { name, tree, record, whole }))
        });
        Some(Shelf { path: shelf.path, topics: topics.collect::<Option<_>>()? })
    }

    /// The topics by their names of the shelf that had this tree id when all was stored; `None` where there was none.
    fn base(&self, tree: Oid) -> Option<FxHashMap<&str, Inside<'_>>> {
        let record = self.records.get(tree)?;
        let whole = self.records.whole();
        match postcard::from_bytes::<Record<Known<Sketch<&[u8]>>, Rows<'_>, Box<Mixed>>>(record).ok()? {
            Record::Shelf(shelf) => {
                let topics = shelf.topics.into_iter();
                Some(topics.map(|Row { name, tree, record }| (name, Inside { name, tree, record, whole })).collect())
            }
            Record::Topic(_) | Record::Mixed(_) => None,
        }
    }

    /// The shelf that stood at `path` in the last load.
    pub(super) fn shelf(&self, path: &str) -> Option<Shelf<'_>> {
        match self.folder(self.tree(path)?)? {
            Folder::Shelf(shelf) if *shelf.path == *path => Some(shelf),
            _ => None,
        }
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
    pub(super) fn file(&self, known: Known) -> Option<TopicFile> {
        let posts = self.stock.told(&known.sketch)?.into_iter().map(|post| post.file).collect();
        let Known { attachments, moderation, strangers, faults, .. } = known;
        let (attachments, strangers, faults) = (attachments.into(), strangers.into(), faults.into());
        Some(TopicFile { posts, attachments, moderation, strangers, faults })
    }

    /// The topic that stood at `path` in the last load, where that was on no shelf.
    pub(super) fn before(&self, path: &str) -> Option<Box<Known>> {
        match self.folder(self.tree(path)?)? {
            Folder::Topic(known) => Some(known),
            _ => None,
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

    /// Stores the records of a load.
    ///
    /// # Errors
    /// The cache can't be written.
    pub(super) fn store(&self, cache: &Cache, folders: &[Remembered], past: &Past) -> Result<()> {
        // Topics on shelves are stored with them.
        let shelves: FxHashSet<&str> = folders.iter().filter_map(Remembered::shelf).collect();
        let is_shelved = |folder: &&Remembered| shelves.contains(above(&folder.path));
        let (shelved, folders): (Vec<&Remembered>, Vec<&Remembered>) = folders.iter().partition(is_shelved);
        let last = (bytes_of(past.tip()), folders.len());
        if self.last().as_ref() == Some(&last) && folders.iter().all(|folder| folder.stands()) {
            return Ok(());
        }
        let is_known = |map: &Records, path: &str| map.get(path_id(path)).is_some();
        // A folder that is gone must be forgotten: when it comes back, its history may be another.
        let stays = |folder: &&&Remembered| {
            folder.stands() || is_known(&self.records, &folder.path) || is_known(&self.newest, &folder.path)
        };
        let stay = folders.iter().filter(stays).count();
        let gone = self.last().is_none_or(|(_, before)| before > stay);
        let newest = |path: &str| is_known(&self.newest, path);
        let fresh = folders.iter().filter(|folder| !folder.stands()).count();
        let few = 8 * (fresh + self.newest.len() / 2) <= self.records.len();
        let shelved = shelved.into_iter().map(|topic| (&*topic.path, topic)).collect();
        let all = !few || gone;
        let pack = |wanted: &dyn Fn(&str) -> bool| {
            let mut records: Vec<(Oid, Cow<'_, [u8]>)> = Vec::with_capacity(1 + 2 * folders.len());
            records.push((path_id(TIP), postcard::to_stdvec(&last).unwrap_or_default().into()));
            for folder in folders.iter().filter(|folder| !folder.stands() || wanted(&folder.path)) {
                if let Some(bytes) = self.bytes(folder, &shelved, all) {
                    records.push((folder.tree, bytes));
                    records.push((path_id(&folder.path), folder.tree.as_bytes().into()));
                }
            }
            Records::pack(&records)
        };
        if !all {
            return cache.store(NEWEST, self.salt, &pack(&newest));
        }
        cache.store(NAME, self.salt, &pack(&|_| true))?;
        cache.remove(NEWEST)
    }

    /// The record of a folder; of a shelf it is put together from those of its topics, which are among `shelved`. Where it
    /// isn't `all` that is stored, a shelf's record leaves out what stands in that of its base.
    fn bytes<'m>(
        &'m self,
        folder: &'m Remembered,
        shelved: &FxHashMap<&str, &'m Remembered>,
        all: bool,
    ) -> Option<Cow<'m, [u8]>> {
        let inside = || self.shelf(above(&folder.path))?.record(&folder.path, folder.tree);
        let topics = match &folder.state {
            State::Stands if all && self.newest.get(folder.tree).is_some() => match self.folder(folder.tree)? {
                Folder::Shelf(Shelf { path, topics }) => {
                    return Rows { path, base: Oid::ZERO_SHA1, topics: topics.iter().map(Row::from).collect() }.bytes();
                }
                Folder::Topic(_) | Folder::Mixed(_) => return self.record(folder.tree).map(Cow::from),
            },
            State::Stands => return self.record(folder.tree).or_else(inside).map(Cow::from),
            State::Fresh(bytes) => return Some(Cow::from(&**bytes)),
            State::Inside => return inside().map(Cow::from),
            State::Shelf(topics) => topics,
        };
        let last = self.shelf(&folder.path);
        let last = last.as_ref().map(Shelf::names).unwrap_or_default();
        let base = self.records.get(path_id(&folder.path)).and_then(|tree| Oid::from_bytes(tree).ok());
        let base = base.filter(|_| !all).and_then(|tree| Some((tree, self.base(tree)?)));
        let (base, lying) = base.unwrap_or_else(|| (Oid::ZERO_SHA1, FxHashMap::default()));
        let topics = topics.iter().map(|(name, tree)| {
            let record = match &shelved.get(&*format!("{}/{name}", folder.path))?.state {
                State::Fresh(bytes) => &**bytes,
                State::Inside => last.get(&**name).filter(|topic| topic.tree == *tree)?.record,
                State::Stands => self.record(*tree)?,
                State::Shelf(_) => return None,
            };
            let lies_there = lying.get(&**name).is_some_and(|known| known.tree == *tree && known.record == record);
            Some(Row { name, tree: *tree, record: if lies_there { &[] } else { record } })
        });
        Rows { path: &folder.path, base, topics: topics.collect::<Option<_>>()? }.bytes()
    }
}

/// The folder that the one at `path` lies in.
fn above(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(above, _)| above)
}

/// What is remembered of a folder.
#[derive(Debug)]
pub(super) enum Folder<'m> {
    /// A topic.
    Topic(Box<Known>),
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

/// A shelf as it stood.
#[derive(Debug)]
pub(super) struct Shelf<'m> {
    /// The folder below the content folder.
    pub path: &'m str,
    /// Its topics, in git's order.
    pub topics: Vec<Inside<'m>>,
}

/// A topic of a shelf.
#[derive(Debug, Clone, Copy)]
pub(super) struct Inside<'m> {
    /// The name of its folder.
    pub name: &'m str,
    pub tree: Oid,
    record: &'m [u8],
    /// The piece that the record is a part of.
    whole: &'m Bytes,
}

/// A shelf as it is stored. One that changed since all was stored is stored by what it has changed: there may be many
/// topics on it.
#[derive(Debug, Serialize, Deserialize)]
struct Rows<'m> {
    path: &'m str,
    /// The tree id of the shelf as it was when all was stored; zero for none.
    #[serde(with = "crate::key::oid")]
    base: Oid,
    #[serde(borrow)]
    topics: Vec<Row<'m>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Row<'m> {
    name: &'m str,
    #[serde(with = "crate::key::oid")]
    tree: Oid,
    /// Empty where it is the same as the base's.
    #[serde(serialize_with = "in_one_piece")]
    record: &'m [u8],
}

impl<'m> From<&Inside<'m>> for Row<'m> {
    fn from(topic: &Inside<'m>) -> Row<'m> {
        Row { name: topic.name, tree: topic.tree, record: topic.record }
    }
}

impl Rows<'_> {
    fn bytes(&self) -> Option<Cow<'static, [u8]>> {
        Some(postcard::to_stdvec(&Record::<(), _, ()>::Shelf(self)).ok()?.into())
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn in_one_piece<S: Serializer>(bytes: &&[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(bytes)
}

impl Inside<'_> {
    /// What is known of it; `None` where it is damaged.
    pub(super) fn known(&self) -> Option<Box<Known>> {
        match postcard::from_bytes::<Record<Known<Sketch<&[u8]>>, (), ()>>(self.record).ok()? {
            Record::Topic(known) => known.of(self.whole),
            Record::Shelf(()) | Record::Mixed(()) => None,
        }
    }
}

impl Shelf<'_> {
    /// Its topics by their names.
    pub(super) fn names(&self) -> FxHashMap<&str, Inside<'_>> {
        self.topics.iter().map(|topic| (topic.name, *topic)).collect()
    }
}

impl<'m> Shelf<'m> {
    /// The record of the topic at `path` with this tree id.
    fn record(&self, path: &str, tree: Oid) -> Option<&'m [u8]> {
        let is_it = |topic: &&Inside<'m>| topic.tree == tree && path.rsplit('/').next() == Some(topic.name);
        self.topics.iter().find(is_it).map(|topic| topic.record)
    }
}

/// A folder of the forum as it is to be remembered.
#[derive(Debug)]
pub(super) struct Remembered {
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

impl Remembered {
    /// A folder that this load has read.
    pub(super) fn fresh(path: String, tree: Oid, value: &impl Serialize) -> Remembered {
        let bytes = postcard::to_stdvec(value).unwrap_or_default();
        Remembered { path, tree, state: State::Fresh(bytes.into()) }
    }

    /// A topic that this load has completed.
    pub(super) fn topic(tree: Oid, known: &Known) -> Remembered {
        Remembered::fresh(known.path.clone(), tree, &Record::<_, (), ()>::Topic(known))
    }

    /// A mixed folder that this load has read.
    pub(super) fn mixed(tree: Oid, mixed: &Mixed) -> Remembered {
        Remembered::fresh(mixed.path.clone(), tree, &Record::<(), (), _>::Mixed(mixed))
    }

    /// A shelf with these topics.
    pub(super) fn changed<'t>(path: String, tree: Oid, topics: impl Iterator<Item = (&'t str, Oid)>) -> Remembered {
        let topics = topics.map(|(name, tree)| (name.into(), tree)).collect();
        Remembered { path, tree, state: State::Shelf(topics) }
    }

    /// A folder that stands as it did; `inside` tells whether in the record of its shelf.
    pub(super) fn standing(path: String, tree: Oid, inside: bool) -> Remembered {
        Remembered { path, tree, state: if inside { State::Inside } else { State::Stands } }
    }

    fn stands(&self) -> bool {
        matches!(self.state, State::Stands)
    }

    /// Its path, if it is a shelf on which something is not as it was.
    fn shelf(&self) -> Option<&str> {
        matches!(self.state, State::Shelf(_)).then_some(&*self.path)
    }
}

/// A topic that the walk has found: remembered, or read and then with its posts.
#[derive(Debug)]
pub struct Topical {
    pub known: Box<Known>,
    pub told: Option<Vec<Told>>,
}
