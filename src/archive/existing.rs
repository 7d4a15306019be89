//! The content folder on the disk → what stands in it already: where each imported thing is, whatever became of its place
//! since, and which names are taken. Reads the heads of files, and judges nothing.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::Read;
use std::path::Path;

use jiff::Timestamp;
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use walkdir::WalkDir;

use super::packed::{Paths, Words};
use crate::content::{FRONT_BYTES, MEMBERS, folded, split};
use crate::key::Key;
use crate::yaml::Value;
use crate::{Error, Result};

/// How many heads are read at a time, side by side.
const TOGETHER_FILES: usize = 4096;

/// What a content folder holds.
#[derive(Debug, Default)]
pub struct Existing {
    /// Posts and the files of boards, topics and members that were imported, by the key of their `origin`.
    origins: FxHashMap<Key, ExistingItem>,
    /// The paths of these, below the content folder.
    pub paths: Paths,
    /// All paths of files and of the folders they are in, folded as file systems may, by hash. Should two ever meet, the
    /// second gets a mark in its name that it doesn't need.
    taken: HashSet<u64>,
    /// The authors of posts that were imported.
    pub authors: Words,
    /// Members that were imported, by their handle: the `origin` of each.
    pub members: HashMap<String, String>,
    /// The handles of members' files, and of authors of posts that weren't imported.
    pub handles: HashSet<String>,
    /// The folders of topics that have an opening post, by the hash of their path.
    opened: HashSet<u64>,
}

/// Where an imported thing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExistingItem {
    /// The number of its file's path.
    pub path: u32,
    /// The date of a post, in seconds since 1970.
    pub date: Option<i64>,
    /// The author of a post, by the number among the [authors](Existing::authors).
    pub author: Option<u32>,
}

/// What the head of one file tells.
struct Head {
    path: String,
    origin: Option<String>,
    author: Option<String>,
    date: Option<i64>,
    opens: bool,
}

impl Existing {
    /// Reads the content folder; one that isn't there is empty.
    ///
    /// # Errors
    /// It can't be read.
    pub fn read(content: &Path) -> Result<Existing> {
        let mut existing = Existing::default();
        if !content.exists() {
            return Ok(existing);
        }
        let mut paths = Vec::new();
        for entry in WalkDir::new(content).min_depth(1).sort_by_file_name() {
            let entry = entry.map_err(|error| {
                let at = error.path().unwrap_or(content).to_owned();
                Error::io(at)(error.into())
            })?;
            let Some(path) = entry.path().strip_prefix(content).ok().and_then(Path::to_str) else { continue };
            let path = path.replace('\\', "/");
            // What a killed run leaves behind is no name that is taken: folders with nothing in them, hidden beginnings.
            if entry.file_type().is_dir() || entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            let mut above = path.as_str();
            while !above.is_empty() && existing.taken.insert(place(above)) {
                above = folder(above);
            }
            if entry.file_type().is_file() && (path.ends_with(".md") || path.ends_with(".yml")) {
                paths.push(path);
            }
            if paths.len() == TOGETHER_FILES {
                existing.note(content, std::mem::take(&mut paths))?;
            }
        }
        existing.note(content, paths)?;
        Ok(existing)
    }

    /// Takes note of what the heads of these files tell.
    fn note(&mut self, content: &Path, paths: Vec<String>) -> Result<()> {
        let heads: Vec<Head> = paths.into_par_iter().map(|path| head(content, path)).collect::<Result<_>>()?;
        for it in heads {
            let member = it.path.strip_prefix(MEMBERS).filter(|rest| rest.starts_with('/'));
            if let Some(stem) = member.and_then(|rest| rest.rsplit('/').next()?.strip_suffix(".yml")) {
                self.handles.insert(stem.to_owned());
                if let Some(origin) = &it.origin {
                    self.members.insert(stem.to_owned(), origin.clone());
                }
            }
            let author = match it.author {
                Some(author) if it.origin.is_some() => Some(self.authors.number(&author)),
                author => {
                    self.handles.extend(author);
                    None
                }
            };
            if it.opens {
                self.opened.insert(place(folder(&it.path)));
            }
            if let Some(origin) = it.origin {
                let stands = ExistingItem { path: self.paths.push(&it.path), date: it.date, author };
                self.origins.insert(Key::of_bytes(origin.as_bytes()), stands);
            }
        }
        Ok(())
    }

    /// Where the thing whose origin has this key stands.
    #[must_use]
    pub fn find(&self, origin: Key) -> Option<ExistingItem> {
        self.origins.get(&origin).copied()
    }

    /// The path of that thing.
    #[must_use]
    pub fn path(&self, origin: Key) -> Option<String> {
        self.find(origin).map(|it| self.paths.get(it.path))
    }

    /// Whether something stands at this path, or at one that some file system takes for the same.
    #[must_use]
    pub fn is_taken(&self, path: &str) -> bool {
        self.taken.contains(&place(path))
    }

    /// Takes a path, if it is free.
    pub fn take(&mut self, path: &str) -> bool {
        self.taken.insert(place(path))
    }

    /// Whether the topic at this path has its opening post.
    #[must_use]
    pub fn is_opened(&self, topic: &str) -> bool {
        self.opened.contains(&place(topic))
    }
}

/// The folder of a path, without a slash at its end.
#[must_use]
pub fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn place(path: &str) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = Key::of_bytes(folded(path).as_bytes()).0;
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

fn head(content: &Path, path: String) -> Result<Head> {
    let at = content.join(&path);
    let mut bytes = Vec::new();
    let file = File::open(&at).map_err(Error::io(&at))?;
    file.take(FRONT_BYTES as u64 + 16).read_to_end(&mut bytes).map_err(Error::io(&at))?;
    let text = String::from_utf8_lossy(&bytes);
    let front = if path.ends_with(".md") { split(&text).map_or("", |(front, ..)| front) } else { &text };
    let map = crate::yaml::read(&path, front, 0, &mut Vec::new()).unwrap_or_default();
    let field = |name: &str| {
        map.iter().find(|(key, _)| key.name == name).and_then(|(_, node)| match &node.value {
            Value::Scalar(text) => Some(text.clone()),
            _ => None,
        })
    };
    let date = field("date").and_then(|date| date.parse::<Timestamp>().ok()).map(Timestamp::as_second);
    let opens = path.ends_with(".md") && map.iter().any(|(key, _)| key.name == "title");
    Ok(Head { origin: field("origin"), author: field("author"), date, opens, path })
}
