//! The content folder's trees in → boards, topics and strangers out, in the order of their paths. Folders whose tree id
//! is remembered are not opened.

use git2::Oid;
use rayon::prelude::*;

use super::memory::{Folder, Inside, Memory, Remembered, Shelf, Topical};
use super::past::Past;
use super::post::text_of_file;
use super::seal::Seals;
use super::sketch::{self, Known};
use super::topic::{self, TopicFile};
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
pub const DEPTH: usize = 20;

/// What a `board.yml` says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
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
pub enum Found {
    Board {
        path: String,
        file: Box<BoardFile>,
    },
    Topic {
        topic: Topical,
        remembered: Option<Box<Remembered>>,
    },
    /// A folder of which the forum shows nothing but the topics in it.
    Shelf(Option<Box<Remembered>>),
    Unknown(Unknown),
    Fault(Box<Diagnostic>),
}

/// What the walk meets on its way.
enum Met {
    Found(Found),
    /// A topic that is still to be read.
    Topic {
        path: String,
        tree: Oid,
    },
}

/// Everything that the walk needs and nothing changes.
pub struct Walk<'w> {
    pub snapshot: &'w Snapshot,
    pub past: &'w Past,
    /// Whether what is remembered was completed from the history that the past goes on from.
    pub fits: bool,
    pub memory: &'w Memory,
    pub bodies: &'w Pack,
    /// Where signatures are looked for; `None` where they tell nothing.
    pub seals: Option<Seals<'w>>,
    pub policy: &'w Policy,
    pub monitor: &'w dyn Monitor,
}

impl Walk<'_> {
    /// Walks the content folder, whose entries these are.
    pub fn walk(&self, entries: &[Entry]) -> Result<Vec<Found>> {
        let mut met = self.entries("", entries, 0)?;
        let unread = met.par_iter_mut().filter_map(|one| match one {
            Met::Found(_) => None,
            Met::Topic { tree, .. } => Some((self.snapshot.position(*tree), one)),
        });
        // Topics are read in the order in which the repository keeps them.
        let mut unread: Vec<_> = unread.collect();
        unread.sort_by_key(|(position, _)| *position);
        let unread: Vec<_> = unread.into_iter().map(|(_, one)| one).collect();
        unread.into_par_iter().try_for_each(|one| {
            if let Met::Topic { path, tree } = one {
                *one = Met::Found(self.topic(path, *tree, &self.snapshot.folder(*tree)?)?);
            }
            Ok(())
        })?;
        let found = met.into_iter().filter_map(|one| if let Met::Found(found) = one { Some(found) } else { None });
        Ok(found.collect())
    }

    /// Walks the folder at `path`, of this tree id.
    fn folder(&self, path: &str, tree: Oid, depth: usize) -> Result<Vec<Met>> {
        match self.memory.folder(tree) {
            Some(Folder::Shelf(shelf)) => {
                if let Some(found) = self.shelf(path, tree, shelf) {
                    return Ok(found.into_iter().map(Met::Found).collect());
                }
            }
            Some(Folder::Topic(known)) => {
                if *known.path == *path && self.stands(path, tree) && self.is_sealed(&known) {
                    let remembered = Some(Box::new(Remembered::standing(path.to_owned(), tree)));
                    let topic = Topical { known, told: None };
                    return Ok(vec![Met::Found(Found::Topic { topic, remembered })]);
                }
                // The files are the same, but stand elsewhere or have another history.
                if let Some(file) = self.memory.file(known) {
                    return Ok(vec![Met::Found(self.complete(path, tree, file)?)]);
                }
            }
            None => {}
        }
        let entries = self.snapshot.folder(tree)?;
        let board = entries.iter().find(|entry| entry.name == BOARD && entry.kind == Kind::File);
        if board.is_none() && topic::is_topic(&entries) {
            return Ok(vec![Met::Topic { path: path.to_owned(), tree }]);
        }
        let mut met = Vec::new();
        if let Some(entry) = board {
            let at = format!("{path}/{BOARD}");
            let bytes = self.snapshot.read(&at, entry.id)?;
            let mut faults = Vec::new();
            let file = read_board(&at, &text_of_file(&at, &bytes, &mut faults), &mut faults);
            met.push(Met::Found(Found::Board { path: path.to_owned(), file: Box::new(file) }));
            met.extend(faults.into_iter().map(|fault| Met::Found(Found::Fault(Box::new(fault)))));
        }
        met.extend(self.entries(path, &entries, depth)?);
        met.extend(remember_shelf(path, tree, &entries, &met).map(Met::Found));
        Ok(met)
    }

    /// Whether what is remembered of the folder at `path`, of this tree id, is still all that there is to tell.
    fn stands(&self, path: &str, tree: Oid) -> bool {
        self.fits && self.memory.stood(path, tree) && !self.past.news_of(path)
    }

    /// Whether signatures were looked for, where they tell something.
    fn is_sealed(&self, known: &Known) -> bool {
        known.sealed || self.seals.is_none()
    }

    /// The topics of a remembered shelf, if it stands as it did.
    fn shelf(&self, path: &str, tree: Oid, shelf: Shelf) -> Option<Vec<Found>> {
        if *shelf.path != *path || !self.stands(path, tree) {
            return None;
        }
        let topics = self.memory.topics(&shelf)?;
        if !topics.iter().all(|topic| self.is_sealed(&topic.known)) {
            return None;
        }
        let remembered = Remembered { topics: shelf.topics, ..Remembered::standing(path.to_owned(), tree) };
        Some(
            topics
                .into_iter()
                .map(|topic| Found::Topic { topic, remembered: None })
                .chain([Found::Shelf(Some(Box::new(remembered)))])
                .collect(),
        )
    }

    /// Walks what lies in a board, a shelf or the content folder itself (whose `path` is empty).
    fn entries(&self, path: &str, entries: &[Entry], depth: usize) -> Result<Vec<Met>> {
        let each = entries.par_iter().map(|entry| {
            let below = if path.is_empty() { entry.name.clone() } else { format!("{path}/{}", entry.name) };
            match entry.kind {
                Kind::Folder if depth < DEPTH => self.folder(&below, entry.id, depth + 1),
                Kind::File if entry.name == BOARD => Ok(Vec::new()),
                _ => {
                    let misplaced = entry.kind != Kind::Folder && entry.name.ends_with(".md") && !path.is_empty();
                    Ok(vec![Met::Found(Found::Unknown(Unknown { path: below, misplaced }))])
                }
            }
        });
        let met: Result<Vec<Vec<Met>>> = each.collect();
        Ok(met?.into_iter().flatten().collect())
    }

    fn topic(&self, path: &str, tree: Oid, entries: &[Entry]) -> Result<Found> {
        self.monitor.did(Work::TopicRead);
        let file = |name: &str, id: Oid| self.snapshot.read(&format!("{path}/{name}"), id);
        let (file, bodies) = topic::read(entries, self.memory.before(path), &file, self.policy, self.monitor)?;
        self.bodies.append(&bodies)?;
        self.monitor.advance(1);
        self.complete(path, tree, file)
    }

    /// Completes what the files of a topic say.
    fn complete(&self, path: &str, tree: Oid, file: TopicFile) -> Result<Found> {
        let signed = self.seals.as_ref().map(|seals| seals.of(path, tree, &file.posts)).transpose()?;
        let (known, told, bytes) = sketch::draw(path, file, self.past, signed);
        self.memory.shelve(&known, &bytes)?;
        let remembered = Remembered::fresh(path.to_owned(), tree, &Folder::<_, Shelf>::Topic(&known));
        let topic = Topical { known: Box::new(known), told: Some(told) };
        Ok(Found::Topic { topic, remembered: Some(Box::new(remembered)) })
    }
}

/// The folder at `path` as a shelf to be remembered, if topics are all that lies in it.
fn remember_shelf(path: &str, tree: Oid, entries: &[Entry], met: &[Met]) -> Option<Found> {
    let lies_here = |one: &Met| {
        let topic = match one {
            Met::Found(Found::Topic { topic, .. }) => &topic.known.path,
            Met::Topic { path, .. } => path,
            Met::Found(_) => return false,
        };
        topic.rsplit_once('/').is_some_and(|(above, _)| above == path)
    };
    if met.len() != entries.len() || !met.iter().all(lies_here) {
        return None;
    }
    let topics = entries.iter().map(|entry| Inside { name: entry.name.as_str().into(), tree: entry.id }).collect();
    let shelf = Folder::<&Known>::Shelf(Shelf { path: path.into(), topics });
    Some(Found::Shelf(Some(Box::new(Remembered::fresh(path.to_owned(), tree, &shelf)))))
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
