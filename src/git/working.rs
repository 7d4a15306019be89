//! The content folder on the disk → the tree objects that git would make of it, in memory. Tracked files that the disk
//! shows unchanged aren't read, ignored ones are left out. Nothing is written.

use std::collections::HashSet;
use std::fs::{DirEntry, FileType};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use git2::{ObjectType, Oid};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::disk::{Stamp, stored};
use super::earlier_scan::EarlierScan;
use super::index::{Index, Tracked, Trust};
use super::repository::Repository;
use super::tree::{self, COMMIT, FILE, FOLDER, LINK, hash};
use crate::monitor::Monitor;
use crate::{Error, Result};

/// The folders of a working copy, as tree objects.
#[derive(Debug)]
pub(super) struct Working {
    pub(super) root: Oid,
    pub(super) trees: FxHashMap<Oid, Arc<[u8]>>,
    /// The [seals](Stamp::stat_key) of all files that can't have been changed since without showing it.
    pub(super) trusted: HashSet<u64>,
}

/// Down to this depth each folder is a piece of work of its own; below, a folder with all that is in it.
const SHARED_LEVELS: usize = 3;

/// Folders may nest so deep.
const DEEPEST_LEVELS: usize = 256;

/// A larger file is none that a forum may have (`docs/format.md`): it isn't read into memory to be named.
const LARGEST_BYTES: u64 = 256 << 20;

/// Clocks of disks are coarse: a file this many seconds old may have been changed since in the same moment.
const YOUNG_SECONDS: i64 = 2;

/// Looks at the folder `content` of `top`, the work tree's top or, without a repository, any folder. Folders of which
/// `earlier` says that they stand are not looked at.
///
/// # Errors
/// When something in it can't be read; what vanishes meanwhile isn't an error, it is just not there.
pub(super) fn scan(
    top: &Path,
    content: &str,
    repository: Option<&Repository>,
    earlier: Option<&EarlierScan>,
    monitor: &dyn Monitor,
) -> Result<Working> {
    monitor.stage("snapshot", None);
    let (index, trust) = match repository {
        Some(repository) => (Index::read(repository.place())?, trust(repository)?),
        None => (Index::default(), Trust { changed: true }),
    };
    #[expect(clippy::disallowed_methods, reason = "a younger file than a step of the clock may change unseen")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64);
    let at = top.join(content);
    let scan = Scan { top, content: &at, repository, index: &index, trust, earlier, old: now - YOUNG_SECONDS, monitor };
    let mut tracked = index.all();
    let mut place = 0;
    for part in content.split('/').filter(|part| !part.is_empty()) {
        tracked = index.inside(tracked, place, part.as_bytes());
        place += part.len() + 1;
    }
    let before = earlier.map(|earlier| earlier.working.root);
    let folder = OpenFolder { disk: at.clone(), place, tracked, before, ..OpenFolder::default() };
    let (root, found) = scan.walk(folder, 0)?;
    let root = match root {
        Some((FOLDER, id)) => id,
        Some(_) => {
            return Err(Error::other(
                format!("{}: this folder is a repository of its own", at.display()),
                "run boards there",
            ));
        }
        None => hash(ObjectType::Tree, b""),
    };
    let (mut trees, mut trusted) = match earlier {
        Some(EarlierScan { working, .. }) => (working.trees.clone(), working.trusted.clone()),
        None => <_>::default(),
    };
    trees.extend(found.trees);
    trees.entry(root).or_default();
    trusted.extend(found.trusted);
    Ok(Working { root, trees, trusted })
}

fn trust(repository: &Repository) -> Result<Trust> {
    repository.with(|handle| {
        let config = handle.config().map_err(Error::git("read the repository's settings"))?;
        let on = |name: &str| config.get_bool(name).unwrap_or(true);
        Ok(Trust { changed: on("core.trustctime") })
    })
}

/// What stays the same during one scan.
struct Scan<'a> {
    top: &'a Path,
    content: &'a Path,
    repository: Option<&'a Repository>,
    index: &'a Index,
    trust: Trust,
    earlier: Option<&'a EarlierScan>,
    /// Files that were changed before this second show any further change.
    old: i64,
    monitor: &'a dyn Monitor,
}

/// Mode, name and id.
type Item = (u32, Vec<u8>, Oid);

/// A folder that is being read.
#[derive(Default)]
struct OpenFolder<'a> {
    disk: PathBuf,
    name: Vec<u8>,
    /// The length of its path from the work tree's top, with a slash at the end.
    place: usize,
    /// The tracked files in it, at any depth.
    tracked: &'a [Tracked],
    /// Its tree as it was seen before.
    before: Option<Oid>,
    items: Vec<Item>,
    /// How many of the items are as the index has them.
    clean: usize,
    /// It has a `.git` of its own.
    nested: bool,
}

/// What a piece of work has found.
#[derive(Default)]
struct Scanned {
    trees: Vec<(Oid, Arc<[u8]>)>,
    trusted: Vec<u64>,
}

impl<'a> Scan<'a> {
    /// Reads a folder and all below. The mode and id of it, unless it is empty.
    fn walk(&self, mut folder: OpenFolder<'a>, depth: usize) -> Result<(Option<(u32, Oid)>, Scanned)> {
        if depth > DEEPEST_LEVELS {
            return Err(Error::other(
                format!("{}: folders nest more than {DEEPEST_LEVELS} deep here", folder.disk.display()),
                "move them out of the content folder, or have git ignore them",
            ));
        }
        let below = folder.disk.strip_prefix(self.content).unwrap_or(&folder.disk);
        if let Some(tree) = folder.before.filter(|_| self.earlier.is_some_and(|earlier| earlier.stands(below))) {
            return Ok((Some((FOLDER, tree)), Scanned::default()));
        }
        let mut found = Scanned::default();
        let mut later = Vec::new();
        if let Some(entries) = present(&folder.disk, std::fs::read_dir(&folder.disk))? {
            for entry in entries {
                let Some(entry) = present(&folder.disk, entry)? else { continue };
                let Some(kind) = present(&folder.disk, entry.file_type())? else { continue };
                let name = entry.file_name();
                let name = name.as_encoded_bytes();
                if name == b".git" {
                    // The work tree's own isn't nested.
                    folder.nested = folder.place > 0;
                } else if kind.is_dir() {
                    later.extend(self.enter(&mut folder, &entry, name)?);
                } else if let Some((mode, id)) = self.file(&mut folder, &entry, kind, name, &mut found)? {
                    folder.items.push((mode, name.to_owned(), id));
                }
            }
        }
        if !folder.nested {
            let below = |folder: OpenFolder<'a>| {
                let name = folder.name.clone();
                self.walk(folder, depth + 1).map(|(item, found)| (name, item, found))
            };
            let inside: Vec<_> = if depth < SHARED_LEVELS {
                later.into_par_iter().map(below).collect::<Result<_>>()?
            } else {
                later.into_iter().map(below).collect::<Result<_>>()?
            };
            for (name, item, more) in inside {
                folder.items.extend(item.map(|(mode, id)| (mode, name, id)));
                found.trees.extend(more.trees);
                found.trusted.extend(more.trusted);
            }
        }
        Ok((self.finish(folder, &mut found), found))
    }

    /// A folder to be read; none where it is ignored, or a submodule, which is then an item of its parent.
    fn enter(&self, parent: &mut OpenFolder<'a>, entry: &DirEntry, name: &[u8]) -> Result<Option<OpenFolder<'a>>> {
        let disk = entry.path();
        if let Some(module) = self.index.find(parent.tracked, parent.place, name).filter(|entry| entry.mode == COMMIT) {
            parent.items.push((COMMIT, name.to_owned(), commit_of(&disk).unwrap_or(module.id)));
            return Ok(None);
        }
        let tracked = self.index.inside(parent.tracked, parent.place, name);
        if tracked.is_empty() && self.is_ignored(&disk)? {
            return Ok(None);
        }
        let before = self.earlier.and_then(|earlier| earlier.folder(parent.before?, name));
        let place = parent.place + name.len() + 1;
        Ok(Some(OpenFolder { disk, place, name: name.to_owned(), tracked, before, ..OpenFolder::default() }))
    }

    /// The mode and id of a file or link; none where git would not see it.
    fn file(
        &self,
        parent: &mut OpenFolder<'_>,
        entry: &DirEntry,
        kind: FileType,
        name: &[u8],
        found: &mut Scanned,
    ) -> Result<Option<(u32, Oid)>> {
        let tracked = self.index.find(parent.tracked, parent.place, name);
        // Pipes, sockets and devices are nothing to git.
        if !(kind.is_file() || kind.is_symlink()) || tracked.is_none() && self.is_ignored(&entry.path())? {
            return Ok(None);
        }
        if kind.is_symlink() {
            let path = entry.path();
            let to = present(&path, std::fs::read_link(&path))?;
            return Ok(to.map(|to| (LINK, hash(ObjectType::Blob, to.as_os_str().as_encoded_bytes()))));
        }
        self.regular(parent, entry, tracked, found)
    }

    /// A regular file's mode and id: those of the index where the disk shows no change, else what its bytes say. The mode is
    /// the index's even then: not all systems know executable bits, and no file of a forum is run.
    fn regular(
        &self,
        parent: &mut OpenFolder<'_>,
        entry: &DirEntry,
        tracked: Option<&Tracked>,
        found: &mut Scanned,
    ) -> Result<Option<(u32, Oid)>> {
        let Some(metadata) = present(&parent.disk, entry.metadata())? else { return Ok(None) };
        let stamp = Stamp::of(&metadata);
        let file = tracked.filter(|tracked| tree::is_file(tracked.mode));
        let (mode, id) = match file.filter(|tracked| self.index.holds(tracked, &stamp, self.trust)) {
            Some(clean) => {
                parent.clean += 1;
                (clean.mode, clean.id)
            }
            None => {
                let path = &entry.path();
                let mode = file.map_or(FILE, |tracked| tracked.mode);
                if stamp.size > LARGEST_BYTES {
                    let id = Oid::hash_file(ObjectType::Blob, path);
                    return id.map(|id| Some((mode, id))).map_err(Error::git(format!("read {}", path.display())));
                }
                let Some(bytes) = present(path, std::fs::read(path))? else { return Ok(None) };
                (mode, stored(self.repository, self.place(path), &bytes)?.0)
            }
        };
        if stamp.modified.0.max(stamp.changed.0) < self.old {
            found.trusted.push(stamp.stat_key(id));
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

    /// The mode and id of a folder that was read to its end; none where it is empty.
    fn finish(&self, mut folder: OpenFolder<'a>, found: &mut Scanned) -> Option<(u32, Oid)> {
        if folder.nested {
            return Some((COMMIT, commit_of(&folder.disk).unwrap_or(Oid::ZERO_SHA1)));
        }
        if folder.items.is_empty() {
            return None;
        }
        self.monitor.advance(folder.items.len() as u64);
        folder.items.sort_unstable_by(|a, b| tree::order((&a.1, a.0 == FOLDER), (&b.1, b.0 == FOLDER)));
        let mut raw = Vec::with_capacity(folder.items.iter().map(|(_, name, _)| name.len() + 28).sum());
        folder.items.iter().for_each(|(mode, name, id)| tree::append(&mut raw, *mode, name, *id));
        // Where the disk shows just what the index has, git has done the hashing.
        let clean = folder.clean == folder.items.len() && folder.clean == folder.tracked.len();
        let known = if clean { self.index.tree(folder.tracked, folder.place) } else { None };
        let id = known.unwrap_or_else(|| hash(ObjectType::Tree, &raw));
        found.trees.push((id, raw.into()));
        Some((FOLDER, id))
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
