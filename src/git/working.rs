//! The content folder on the disk → the tree objects that git would make of it, in memory. Tracked files that the disk
//! shows unchanged aren't read, ignored ones are left out. Nothing is written.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use git2::{ObjectType, Oid};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use walkdir::{DirEntry, WalkDir};

use super::disk::{Stamp, stored};
use super::index::{Index, Tracked, Trust};
use super::repository::Repository;
use super::tree::{self, COMMIT, FILE, FOLDER, LINK, PROGRAM, hash};
use crate::monitor::Monitor;
use crate::{Error, Result};

/// The folders of a working copy, as tree objects.
#[derive(Debug)]
pub(super) struct Working {
    pub(super) root: Oid,
    pub(super) trees: FxHashMap<Oid, Box<[u8]>>,
    /// The [seals](Stamp::seal) of all files that can't have been changed since without showing it.
    pub(super) sealed: FxHashSet<u64>,
}

/// Down to this depth each folder is a piece of work of its own; below, a folder with all that is in it.
const SHARED: usize = 2;

/// Clocks of disks are coarse: a file this many seconds old may have been changed since in the same moment.
const YOUNG: i64 = 2;

/// Looks at the folder `content` of `top`, the work tree's top or, without a repository, any folder.
///
/// # Errors
/// When something in it can't be read; what vanishes meanwhile isn't an error, it is just not there.
pub(super) fn scan(
    top: &Path,
    content: &str,
    repository: Option<&Repository>,
    monitor: &dyn Monitor,
) -> Result<Working> {
    monitor.stage("snapshot", None);
    let (index, trust) = match repository {
        Some(repository) => (Index::read(repository.place())?, trust(repository)?),
        None => (Index::default(), Trust { mode: true, changed: true }),
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64);
    let scan = Scan { top, repository, index: &index, trust, old: now - YOUNG, monitor };
    let mut tracked = index.all();
    let mut place = 0;
    for part in content.split('/').filter(|part| !part.is_empty()) {
        tracked = index.inside(tracked, place, part.as_bytes());
        place += part.len() + 1;
    }
    let folder = Open { disk: top.join(content), place, tracked, ..Open::default() };
    let (root, found) = scan.walk(folder, 0)?;
    let root = match root {
        Some((FOLDER, id)) => id,
        Some(_) => {
            let path = top.join(content);
            return Err(Error::other(
                format!("{}: this folder is a repository of its own", path.display()),
                "run boards there",
            ));
        }
        None => hash(ObjectType::Tree, b""),
    };
    let mut trees: FxHashMap<Oid, Box<[u8]>> = found.trees.into_iter().collect();
    trees.entry(root).or_default();
    Ok(Working { root, trees, sealed: found.sealed.into_iter().collect() })
}

fn trust(repository: &Repository) -> Result<Trust> {
    repository.with(|handle| {
        let config = handle.config().map_err(Error::git("read the repository's settings"))?;
        let on = |name: &str| config.get_bool(name).unwrap_or(true);
        Ok(Trust { mode: on("core.filemode"), changed: on("core.trustctime") })
    })
}

/// What stays the same during one scan.
struct Scan<'a> {
    top: &'a Path,
    repository: Option<&'a Repository>,
    index: &'a Index,
    trust: Trust,
    /// Files that were changed before this second show any further change.
    old: i64,
    monitor: &'a dyn Monitor,
}

/// Mode, name and id.
type Item = (u32, Vec<u8>, Oid);

/// A folder that is being read.
#[derive(Default)]
struct Open<'a> {
    disk: PathBuf,
    name: Vec<u8>,
    /// The length of its path from the work tree's top, with a slash at the end.
    place: usize,
    /// The tracked files in it, at any depth.
    tracked: &'a [Tracked],
    items: Vec<Item>,
    /// It has a `.git` of its own.
    nested: bool,
}

/// What a piece of work has found.
#[derive(Default)]
struct Found {
    trees: Vec<(Oid, Box<[u8]>)>,
    sealed: Vec<u64>,
}

impl<'a> Scan<'a> {
    /// Reads a folder and all below. The mode and id of it, unless it is empty.
    fn walk(&self, folder: Open<'a>, depth: usize) -> Result<(Option<(u32, Oid)>, Found)> {
        let mut found = Found::default();
        let mut later = Vec::new();
        let most = if depth < SHARED { 1 } else { usize::MAX };
        let mut walk = WalkDir::new(&folder.disk).min_depth(1).max_depth(most).into_iter();
        let mut open = vec![folder];
        while let Some(entry) = walk.next() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    let path = error.path().unwrap_or(self.top).to_owned();
                    present(&path, Err::<(), _>(error.into()))?;
                    continue;
                }
            };
            while open.len() > entry.depth() {
                self.close(&mut open, &mut found);
            }
            let Some(parent) = open.last_mut() else { break };
            let name = entry.file_name().as_encoded_bytes();
            if name == b".git" {
                // The work tree's own isn't nested.
                parent.nested = parent.place > 0;
                if entry.file_type().is_dir() {
                    walk.skip_current_dir();
                }
            } else if entry.file_type().is_dir() {
                match self.enter(parent, &entry)? {
                    Some(folder) if depth < SHARED => later.push(folder),
                    Some(folder) => open.push(folder),
                    None => walk.skip_current_dir(),
                }
            } else if let Some(item) = self.file(parent, &entry, &mut found)? {
                parent.items.push(item);
            }
        }
        while open.len() > 1 {
            self.close(&mut open, &mut found);
        }
        let Some(mut folder) = open.pop() else { return Ok((None, found)) };
        if !folder.nested {
            let below = |folder: Open<'a>| {
                let name = folder.name.clone();
                self.walk(folder, depth + 1).map(|(item, found)| (name, item, found))
            };
            for (name, item, more) in later.into_par_iter().map(below).collect::<Result<Vec<_>>>()? {
                folder.items.extend(item.map(|(mode, id)| (mode, name, id)));
                found.trees.extend(more.trees);
                found.sealed.extend(more.sealed);
            }
        }
        let item = self.finish(folder, &mut found);
        Ok((item.map(|(mode, _, id)| (mode, id)), found))
    }

    /// A folder to be read; none where it is ignored, or a submodule, which is then an item of its parent.
    fn enter(&self, parent: &mut Open<'a>, entry: &DirEntry) -> Result<Option<Open<'a>>> {
        let name = entry.file_name().as_encoded_bytes();
        if let Some(module) = self.index.find(parent.tracked, parent.place, name).filter(|entry| entry.mode == COMMIT) {
            parent.items.push((COMMIT, name.to_owned(), commit_of(entry.path()).unwrap_or(module.id)));
            return Ok(None);
        }
        let tracked = self.index.inside(parent.tracked, parent.place, name);
        if tracked.is_empty() && self.is_ignored(entry.path())? {
            return Ok(None);
        }
        let (disk, name) = (entry.path().to_owned(), name.to_owned());
        Ok(Some(Open { disk, place: parent.place + name.len() + 1, name, tracked, ..Open::default() }))
    }

    /// A file or link as an item; none where git would not see it.
    fn file(&self, parent: &Open<'_>, entry: &DirEntry, found: &mut Found) -> Result<Option<Item>> {
        let (path, name) = (entry.path(), entry.file_name().as_encoded_bytes());
        let tracked = self.index.find(parent.tracked, parent.place, name);
        // Pipes, sockets and devices are nothing to git.
        if !(entry.file_type().is_file() || entry.file_type().is_symlink())
            || tracked.is_none() && self.is_ignored(path)?
        {
            return Ok(None);
        }
        let seen = if entry.file_type().is_symlink() {
            present(path, std::fs::read_link(path))?
                .map(|to| (LINK, hash(ObjectType::Blob, to.as_os_str().as_encoded_bytes())))
        } else {
            self.regular(path, entry, tracked, found)?
        };
        Ok(seen.map(|(mode, id)| (mode, name.to_owned(), id)))
    }

    /// A regular file's mode and id: those of the index where the disk shows no change, else what its bytes say.
    fn regular(
        &self,
        path: &Path,
        entry: &DirEntry,
        tracked: Option<&Tracked>,
        found: &mut Found,
    ) -> Result<Option<(u32, Oid)>> {
        let Some(metadata) = present(path, entry.metadata().map_err(io::Error::from))? else { return Ok(None) };
        let stamp = Stamp::of(&metadata);
        let file = tracked.filter(|tracked| tree::is_file(tracked.mode));
        let (mode, id) = match file.filter(|tracked| self.index.holds(tracked, &stamp, self.trust)) {
            Some(clean) => (clean.mode, clean.id),
            None => {
                let Some(bytes) = present(path, std::fs::read(path))? else { return Ok(None) };
                let mode = match file {
                    Some(tracked) if !self.trust.mode => tracked.mode,
                    _ if self.trust.mode && stamp.program => PROGRAM,
                    _ => FILE,
                };
                (mode, stored(self.repository, self.place(path), &bytes)?.0)
            }
        };
        if stamp.modified.0.max(stamp.changed.0) < self.old {
            found.sealed.push(stamp.seal(id));
        }
        Ok(Some((mode, id)))
    }

    /// The path of something from the work tree's top.
    fn place<'p>(&self, path: &'p Path) -> &'p Path {
        path.strip_prefix(self.top).unwrap_or(path)
    }

    fn is_ignored(&self, path: &Path) -> Result<bool> {
        let Some(repository) = self.repository else { return Ok(false) };
        let place = self.place(path);
        let failed = || Error::git(format!("see whether {} is ignored", place.display()));
        repository.with(|handle| handle.is_path_ignored(place).map_err(failed()))
    }

    /// Ends the innermost open folder, which becomes an item of the one around it.
    fn close(&self, open: &mut Vec<Open<'a>>, found: &mut Found) {
        let item = open.pop().and_then(|folder| self.finish(folder, found));
        if let (Some(item), Some(parent)) = (item, open.last_mut()) {
            parent.items.push(item);
        }
    }

    /// A folder that was read to its end, as an item; none where it is empty.
    fn finish(&self, mut folder: Open<'a>, found: &mut Found) -> Option<Item> {
        if folder.nested {
            return Some((COMMIT, folder.name, commit_of(&folder.disk).unwrap_or(Oid::ZERO_SHA1)));
        }
        if folder.items.is_empty() {
            return None;
        }
        self.monitor.advance(folder.items.len() as u64);
        folder.items.sort_unstable_by(|a, b| tree::order((&a.1, a.0 == FOLDER), (&b.1, b.0 == FOLDER)));
        let mut raw = Vec::with_capacity(folder.items.iter().map(|(_, name, _)| name.len() + 28).sum());
        folder.items.iter().for_each(|(mode, name, id)| tree::append(&mut raw, *mode, name, *id));
        let id = hash(ObjectType::Tree, &raw);
        found.trees.push((id, raw.into_boxed_slice()));
        Some((FOLDER, folder.name, id))
    }
}

/// The commit that a repository in the work tree is at.
fn commit_of(path: &Path) -> Option<Oid> {
    git2::Repository::open(path).ok()?.head().ok()?.target()
}

/// Nothing, where something has vanished or become something else since its folder was read.
fn present<T>(path: &Path, read: io::Result<T>) -> Result<Option<T>> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(Error::io(path)(error)),
    }
}
