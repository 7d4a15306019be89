//! The content folder's trees in → boards, topics and strangers out, in the order of their paths. Folders whose tree id
//! is remembered are not opened.

use git2::Oid;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::history::Past;
use super::post::text_of_file;
use super::signatures::Signatures;
use super::size::{SETTINGS_BYTES, too_large};
use super::summary::{self, StoredTopic};
use super::topic::{self, TopicFile};
use super::topic_cache::{CacheEntry, CachedFolder, Inside, LoadedTopic, Mixed, Shelf, TopicCache};
use crate::Result;
use crate::cache::Pack;
use crate::config::Policy;
use crate::diagnostic::Diagnostic;
use crate::git::{Entry, Kind, Snapshot};
use crate::monitor::{Monitor, Work};
use crate::yaml::{At, Fields};

/// The name of a board's file.
pub const BOARD: &str = "board.yml";
/// How deep folders may nest: a path of 200 bytes can't be deeper in earnest.
pub const DEEPEST_LEVELS: usize = 20;

/// What a `board.yml` says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardFile {
    pub title: String,
    pub description: String,
    pub order: Option<i64>,
    pub read_only: bool,
    pub threaded: bool,
    pub moderators: Vec<At<String>>,
    pub aliases: Vec<String>,
}

/// Something in the content folder that is no part of a forum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// Its path below the content folder.
    pub path: String,
    /// Whether it is a folder, a link or a submodule inside a topic, or a post inside a board.
    pub misplaced: bool,
}

/// One find of the walk. There is one for each topic, so it is small.
#[derive(Debug)]
pub enum FolderEntry {
    Board {
        path: String,
        file: Box<BoardFile>,
    },
    Topic {
        topic: LoadedTopic,
        entry: Option<Box<CacheEntry>>,
    },
    /// What is to be remembered of a folder besides the topics in it.
    Folder(Option<Box<CacheEntry>>),
    Unknown(Unknown),
    Fault(Box<Diagnostic>),
}

/// What the walk meets on its way. There is one for each topic, as with finds.
enum WalkItem {
    Found(FolderEntry),
    /// A topic that is still to be read.
    Unread(Box<UnreadTopic>),
    /// All that lies in a folder. A forum has many topics, which are put into one row when all are known.
    Inside(Vec<WalkItem>),
}

/// A topic that is still to be read.
struct UnreadTopic {
    path: String,
    tree: Oid,
    /// What is known of it as it stood.
    before: Option<Box<StoredTopic>>,
}

impl WalkItem {
    /// How many finds there are.
    fn count(&self) -> usize {
        match self {
            WalkItem::Found(_) | WalkItem::Unread(_) => 1,
            WalkItem::Inside(all) => all.iter().map(WalkItem::count).sum(),
        }
    }

    /// Adds to `found`, in order; what is still unread is left out.
    fn flatten_into(self, found: &mut Vec<FolderEntry>) {
        match self {
            WalkItem::Found(one) => found.push(one),
            WalkItem::Unread(_) => {}
            WalkItem::Inside(all) => all.into_iter().for_each(|one| one.flatten_into(found)),
        }
    }

    /// Adds what is still to be read.
    fn unread<'m>(&'m mut self, unread: &mut Vec<&'m mut WalkItem>) {
        match self {
            WalkItem::Found(_) => {}
            WalkItem::Unread(_) => unread.push(self),
            WalkItem::Inside(all) => all.iter_mut().for_each(|one| one.unread(unread)),
        }
    }
}

/// Everything that the walk needs and nothing changes.
pub struct Walk<'w> {
    pub snapshot: &'w Snapshot,
    pub past: &'w Past,
    /// Whether what is remembered was completed from the history that the past goes on from.
    pub fits: bool,
    pub topic_cache: &'w TopicCache,
    pub bodies: &'w Pack,
    /// Where signatures are looked for; `None` where they tell nothing.
    pub signatures: Option<Signatures<'w>>,
    pub policy: &'w Policy,
    pub monitor: &'w dyn Monitor,
}

impl Walk<'_> {
    /// Walks the content folder, whose entries these are.
    pub fn walk(&self, entries: &[Entry]) -> Result<Vec<FolderEntry>> {
        let mut item = WalkItem::Inside(self.entries("", entries, 0, None)?);
        let mut unread = Vec::new();
        item.unread(&mut unread);
        // Topics are read in the order in which the repository keeps them.
        let position = |one: &&mut WalkItem| match one {
            WalkItem::Unread(topic) => self.snapshot.position(topic.tree),
            WalkItem::Found(_) | WalkItem::Inside(_) => None,
        };
        let mut unread: Vec<_> = unread.into_par_iter().map(|one| (position(&one), one)).collect();
        unread.sort_by_key(|(position, _)| *position);
        unread.into_par_iter().try_for_each(|(_, one)| {
            if let WalkItem::Unread(topic) = one {
                *one = WalkItem::Found(self.topic(topic)?);
            }
            Ok(())
        })?;
        let mut found = Vec::with_capacity(item.count());
        item.flatten_into(&mut found);
        Ok(found)
    }

    /// Walks the folder at `path`, of this tree id. `before` is the topic that stood there on a shelf, and its tree id.
    fn folder(&self, path: &str, tree: Oid, depth: usize, before: Option<(Oid, Box<StoredTopic>)>) -> Result<WalkItem> {
        let before = match before {
            Some((stood, known)) if stood == tree => {
                if let Some(found) = self.known(path, tree, known, Some(true))? {
                    return Ok(WalkItem::Found(found));
                }
                None
            }
            before => before.map(|(_, known)| known),
        };
        match self.topic_cache.folder(tree) {
            Some(CachedFolder::Shelf(shelf)) => {
                if let Some(item) = self.shelf(path, tree, &shelf)? {
                    return Ok(item);
                }
            }
            Some(CachedFolder::Topic(known)) => {
                let stood = self.topic_cache.stood(path, tree).then_some(false);
                if let Some(found) = self.known(path, tree, known, stood)? {
                    return Ok(WalkItem::Found(found));
                }
            }
            Some(CachedFolder::Mixed(mixed)) if *mixed.path == *path => {
                return self.mixed(*mixed, CacheEntry::standing(path.to_owned(), tree, false), depth, None);
            }
            Some(CachedFolder::Mixed(_)) | None => {}
        }
        let entries = self.snapshot.folder(tree)?;
        let board = entries.iter().find(|entry| entry.name == BOARD && entry.kind == Kind::File);
        if board.is_none() && topic::is_topic(&entries) {
            let before = before.or_else(|| self.topic_cache.before(path));
            return Ok(WalkItem::Unread(Box::new(UnreadTopic { path: path.to_owned(), tree, before })));
        }
        let mut faults = Vec::new();
        let board = match board {
            Some(entry) => {
                let at = format!("{path}/{BOARD}");
                match self.snapshot.read_within(&at, entry.id, SETTINGS_BYTES)? {
                    Ok(bytes) => Some(read_board(&at, &text_of_file(&at, &bytes, &mut faults), &mut faults)),
                    Err(large) => {
                        faults.push(too_large(&at, large));
                        Some(BoardFile::default())
                    }
                }
            }
            None => None,
        };
        let mixed = Mixed { path: path.to_owned(), board, faults, entries };
        let entry = CacheEntry::mixed(tree, &mixed);
        self.mixed(mixed, entry, depth, self.topic_cache.shelf(path).as_ref())
    }

    /// Walks what lies in a folder that is no topic, and may turn out to be a shelf. `last` is the one that stood there.
    fn mixed(&self, mixed: Mixed, entry: CacheEntry, depth: usize, last: Option<&Shelf<'_>>) -> Result<WalkItem> {
        let Mixed { path, board, faults, entries } = mixed;
        let inside = self.entries(&path, &entries, depth, last)?;
        let entry = match &board {
            None if are_topics(&path, &inside) => {
                let topics = entries.iter().map(|entry| (&*entry.name, entry.id));
                CacheEntry::changed(path.clone(), entry.tree, topics)
            }
            _ => entry,
        };
        let board = board.map(|file| FolderEntry::Board { path, file: Box::new(file) });
        let faults = faults.into_iter().map(|fault| FolderEntry::Fault(Box::new(fault)));
        let own = board.into_iter().chain(faults).map(WalkItem::Found);
        let folder = WalkItem::Found(FolderEntry::Folder(Some(Box::new(entry))));
        Ok(WalkItem::Inside(own.chain([WalkItem::Inside(inside), folder]).collect()))
    }

    /// A topic of which the files are known. `stood` tells whether it was on a shelf, if it is at `path` that it stood; the
    /// answer is `None` where its posts are lost.
    fn known(
        &self,
        path: &str,
        tree: Oid,
        known: Box<StoredTopic>,
        stood: Option<bool>,
    ) -> Result<Option<FolderEntry>> {
        let fits = *known.path == *path && self.fits && self.has_checked_signatures(&known) && !self.past.news_of(path);
        if let Some(inside) = stood.filter(|_| fits) {
            let entry = Some(Box::new(CacheEntry::standing(path.to_owned(), tree, inside)));
            return Ok(Some(FolderEntry::Topic { topic: LoadedTopic { stored: known, posts: None }, entry }));
        }
        // The files are the same, but stand elsewhere or have another history.
        self.topic_cache.file(*known).map(|file| self.complete(path, tree, file)).transpose()
    }

    /// Whether signatures were looked for, where they tell something.
    fn has_checked_signatures(&self, known: &StoredTopic) -> bool {
        known.signatures_checked || self.signatures.is_none()
    }

    /// The topics of a shelf of which the files are known; `None` where it is damaged.
    fn shelf(&self, path: &str, tree: Oid, shelf: &Shelf<'_>) -> Result<Option<WalkItem>> {
        let all = shelf.topics.par_iter().with_min_len(64).map(Inside::known);
        let Some(all) = all.collect::<Option<Vec<_>>>() else { return Ok(None) };
        let stood = *shelf.path == *path && self.topic_cache.stood(path, tree);
        if stood && self.fits && all.iter().all(|known| self.has_checked_signatures(known)) && !self.past.news_of(path)
        {
            let topic = |known| FolderEntry::Topic { topic: LoadedTopic { stored: known, posts: None }, entry: None };
            let entry = FolderEntry::Folder(Some(Box::new(CacheEntry::standing(path.to_owned(), tree, false))));
            return Ok(Some(WalkItem::Inside(
                all.into_iter().map(topic).chain([entry]).map(WalkItem::Found).collect(),
            )));
        }
        let item = shelf.topics.par_iter().zip(all).map(|(topic, known)| {
            let path = format!("{path}/{}", topic.name);
            let found = self.known(&path, topic.tree, known, stood.then_some(true))?;
            let unread = || WalkItem::Unread(Box::new(UnreadTopic { path, tree: topic.tree, before: None }));
            Ok(found.map_or_else(unread, WalkItem::Found))
        });
        let mut item = item.collect::<Result<Vec<_>>>()?;
        let topics = shelf.topics.iter().map(|topic| (topic.name, topic.tree));
        item.push(WalkItem::Found(FolderEntry::Folder(Some(Box::new(CacheEntry::changed(
            path.to_owned(),
            tree,
            topics,
        ))))));
        Ok(Some(WalkItem::Inside(item)))
    }

    /// Walks what lies in a board, a shelf or the content folder itself (whose `path` is empty). `last` is the shelf that
    /// stood there.
    fn entries(&self, path: &str, entries: &[Entry], depth: usize, last: Option<&Shelf<'_>>) -> Result<Vec<WalkItem>> {
        let names = last.map(|shelf| shelf.names()).unwrap_or_default();
        let before = |name: &str| names.get(name).and_then(|topic| Some((topic.tree, topic.known()?)));
        let each = entries.par_iter().map(|entry| {
            let below = if path.is_empty() { entry.name.clone() } else { format!("{path}/{}", entry.name) };
            match entry.kind {
                Kind::Folder if depth < DEEPEST_LEVELS => self.folder(&below, entry.id, depth + 1, before(&entry.name)),
                Kind::File if entry.name == BOARD => Ok(WalkItem::Inside(Vec::new())),
                _ => {
                    let misplaced = entry.kind != Kind::Folder && entry.name.ends_with(".md") && !path.is_empty();
                    Ok(WalkItem::Found(FolderEntry::Unknown(Unknown { path: below, misplaced })))
                }
            }
        });
        each.collect()
    }

    fn topic(&self, topic: &mut UnreadTopic) -> Result<FolderEntry> {
        self.monitor.did(Work::TopicRead);
        let UnreadTopic { path, tree, before } = topic;
        let entries = self.snapshot.folder(*tree)?;
        let before = before.take().and_then(|known| self.topic_cache.file(*known));
        let file = |name: &str, id: Oid, most: u64| self.snapshot.read_within(&format!("{path}/{name}"), id, most);
        let (file, bodies) = topic::read(&entries, before, &file, self.policy, self.monitor)?;
        self.bodies.append(&bodies);
        self.monitor.advance(1);
        self.complete(path, *tree, file)
    }

    /// Completes what the files of a topic say.
    fn complete(&self, path: &str, tree: Oid, file: TopicFile) -> Result<FolderEntry> {
        let signed = self.signatures.as_ref().map(|signatures| signatures.of(path, tree, &file.posts)).transpose()?;
        let (topic, posts, bytes) = summary::summarise(path, file, self.past, signed)?;
        self.topic_cache.store_posts(&topic, &bytes);
        let entry = CacheEntry::topic(tree, &topic);
        let topic = LoadedTopic { stored: Box::new(topic), posts: Some(posts) };
        Ok(FolderEntry::Topic { topic, entry: Some(Box::new(entry)) })
    }
}

/// Whether all that was `item` in the folder at `path` are topics.
fn are_topics(path: &str, item: &[WalkItem]) -> bool {
    let lies_here = |one: &WalkItem| {
        let topic = match one {
            WalkItem::Found(FolderEntry::Topic { topic, .. }) => &topic.stored.path,
            WalkItem::Unread(topic) => &topic.path,
            WalkItem::Found(_) | WalkItem::Inside(_) => return false,
        };
        topic.rsplit_once('/').is_some_and(|(above, _)| above == path)
    };
    item.iter().all(lies_here)
}

fn read_board(path: &str, text: &str, faults: &mut Vec<Diagnostic>) -> BoardFile {
    let Some(map) = crate::yaml::read(path, text, 0, faults) else { return BoardFile::default() };
    let mut fields = Fields::new(path, map, faults);
    let title = fields.text("title");
    fields.require("title", "title: General");
    let view = fields.parsed("view", "`flat` or `threaded`", |view| match view {
        "flat" => Some(false),
        "threaded" => Some(true),
        _ => None,
    });
    let order = fields.parsed("order", "a whole number", |text| text.parse::<i64>().ok());
    let board = BoardFile {
        title: title.map_or_else(|| path.trim_end_matches("/board.yml").to_owned(), |it| it.value),
        description: fields.text("description").map_or_else(String::new, |it| it.value),
        order: order.map(|it| it.value),
        read_only: fields.truth("read_only"),
        threaded: view.is_some_and(|it| it.value),
        moderators: fields.texts("moderators"),
        aliases: fields.texts("aliases").into_iter().map(|it| it.value).collect(),
    };
    // Only imports look at it, and they read it for themselves.
    fields.text("origin");
    fields.end();
    board
}
