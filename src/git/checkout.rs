//! A branch that is about to move → the files and the index of every work tree that has it checked out, moved along. Only
//! what differs between the two commits is touched, and never what somebody has changed there. It moves no reference.
//!
//! The order is files, index, reference (as `git merge` has it), under a note in the work tree's git folder that names
//! both commits. Killed anywhere, each touched file and its entry in the index are as in one of the two, so the next run
//! can [settle](WorkTrees::match_head): it makes them what HEAD says by then, which is also how a lost race is undone.
//!
//! Git changes the index on a copy, which then takes its place, under a [lock] that the next run knows for boards' own. So
//! a git that outlives the run that started it touches nothing that others use.

mod lock;
mod put;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use git2::{ObjectType, Oid, RepositoryState};

use self::lock::IndexLock;
use super::compare::{Compared, File, Mode};
use super::disk::{self, Stamp};
use super::index::Index;
use super::repository::Repository;
use super::{tree, write};

use crate::monitor::{Monitor, Quiet};
use crate::{Error, Result};

/// The note of a move that isn't at its end.
const NOTE: &str = "boards-follow";
/// So many paths are named in a refusal.
const MOST_NAMED_PATHS: usize = 10;
/// The work trees that have a branch checked out.
#[derive(Debug)]
pub struct WorkTrees {
    trees: Vec<WorkTree>,
}

/// A work tree.
#[derive(Debug)]
struct WorkTree {
    repository: Repository,
    top: PathBuf,
}

/// The mode and id of a file; none where there is none.
type FileState = Option<(u32, Oid)>;

/// The note of a move that isn't at its end.
#[derive(Debug)]
struct Note {
    text: String,
    /// From which commit to which; none where the text can't be understood.
    commits: Option<(Option<Oid>, Oid)>,
}

/// A file that differs between two commits.
#[derive(Debug)]
struct FileChange {
    path: String,
    old: FileState,
    new: FileState,
}

impl WorkTrees {
    /// The work trees of the repository, linked ones too, that have `branch` (its full name) checked out. What a killed
    /// run has left in any of them is settled first, so nobody else may be moving a branch here: see
    /// [`Quarantine::open`](super::Quarantine::open).
    ///
    /// # Errors
    /// When one of them can't be read, or what was left can't be settled.
    pub fn find(repository: &Repository, branch: &str) -> Result<WorkTrees> {
        let places = repository.with(|handle| {
            let mut places = vec![handle.commondir().to_owned()];
            let names = handle.worktrees().map_err(Error::git("list the work trees"))?;
            for name in names.iter().flatten().flatten() {
                places.push(handle.commondir().join("worktrees").join(name));
            }
            Ok(places)
        })?;
        let mut trees = Vec::new();
        for place in places {
            // A linked work tree whose folder was deleted is none any more.
            let Ok(Some(repository)) = Repository::find(&place) else { continue };
            let Some(top) = repository.work_tree()?.filter(|top| top.is_dir()) else { continue };
            // Without the slash that libgit2 puts at its end.
            let tree = WorkTree { repository, top: top.components().collect() };
            tree.recover()?;
            if tree.repository.branch()?.as_deref() == Some(branch) {
                trees.push(tree);
            }
        }
        Ok(WorkTrees { trees })
    }

    /// Whether there is no such work tree.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.trees.is_empty()
    }

    /// Makes sure that all can follow from one commit to another, both of which `objects` has.
    ///
    /// # Errors
    /// When files would be overwritten (named), a merge or the like isn't at its end, or another git is at work.
    pub fn check(&self, objects: &Repository, from: Option<Oid>, to: Oid) -> Result<()> {
        self.trees.iter().try_for_each(|tree| tree.check(objects, from, to))
    }

    /// Moves files and index from one commit to another, and then `branch` (its full name), which `why` is noted for in its
    /// log. `false` when the branch isn't at `from` any more: then nothing has moved. `repository` has both commits.
    ///
    /// # Errors
    /// As [`check`](WorkTrees::check), and when something can't be read or written. Then the branch hasn't moved.
    pub fn advance(
        &self,
        repository: &Repository,
        branch: &str,
        (from, to): (Option<Oid>, Oid),
        why: &str,
        monitor: &dyn Monitor,
    ) -> Result<bool> {
        let moved = self.check_out(from, to, monitor).and_then(|()| write::advance(repository, branch, from, to, why));
        // Files agree with the branch again, wherever it is now. What failed first is what counts.
        let matched = self.match_head();
        let moved = moved?;
        matched.map(|()| moved)
    }

    /// Moves the files and the index from one commit to another, but not the branch. Whatever happens then,
    /// [`match_head`](WorkTrees::match_head) must follow.
    fn check_out(&self, from: Option<Oid>, to: Oid, monitor: &dyn Monitor) -> Result<()> {
        self.trees.iter().try_for_each(|tree| tree.check_out(from, to, monitor))
    }

    /// Makes what [`check_out`](WorkTrees::check_out) touched agree with HEAD, whether the branch was moved or not, and ends it.
    fn match_head(&self) -> Result<()> {
        self.trees.iter().try_for_each(WorkTree::match_head)
    }
}

impl WorkTree {
    /// The files in which two commits differ.
    fn differences(&self, objects: &Repository, from: Option<Oid>, to: Oid) -> Result<Vec<FileChange>> {
        let from = from.map(|commit| objects.tree(commit)).transpose()?;
        let state = |file: Option<File>| file.map(|file| (bits(file.mode), file.id));
        match objects.compare(from, objects.tree(to)?, usize::MAX)? {
            Compared::Files(files) if files.iter().all(|file| file.plain) => Ok(files
                .into_iter()
                .map(|file| FileChange { path: file.path, old: state(file.old), new: state(file.new) })
                .collect()),
            _ => Err(Error::other(
                format!("{}: boards can't update these files", self.top.display()),
                "bring the branch up to date with `git pull`, then try again",
            )),
        }
    }

    fn check(&self, objects: &Repository, from: Option<Oid>, to: Oid) -> Result<()> {
        let state = self.repository.with(|handle| Ok(handle.state()))?;
        if state != RepositoryState::Clean {
            return Err(Error::other(
                format!("{}: a merge, rebase or the like is in progress here", self.top.display()),
                "finish or abort it first (`git status` tells how)",
            ));
        }
        IndexLock::wait(self.repository.place())?;
        let touched = self.differences(objects, from, to)?;
        let index = Index::read(self.repository.place())?;
        let mut taken = Vec::new();
        for file in &touched {
            if !self.is_ours(file, &index, &touched)? {
                taken.push(file.path.clone());
            }
        }
        if taken.is_empty() {
            return Ok(());
        }
        let more = taken.len().saturating_sub(MOST_NAMED_PATHS);
        taken.truncate(MOST_NAMED_PATHS);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        Err(Error::other(
            format!(
                "{}: changes that aren't committed would be overwritten: {}{more}",
                self.top.display(),
                taken.join(", ")
            ),
            "commit them, stash them (`git stash -u`) or check out another branch",
        ))
    }

    fn check_out(&self, from: Option<Oid>, to: Oid, monitor: &dyn Monitor) -> Result<()> {
        // A push may have taken long, and somebody may have gone on writing.
        self.check(&self.repository, from, to)?;
        let touched = self.differences(&self.repository, from, to)?;
        let note = self.note();
        let beside = self.repository.place().join(format!("{NOTE}.new"));
        let text = format!("{} {to}\n", from.unwrap_or(Oid::ZERO_SHA1));
        fs::write(&beside, text).and_then(|()| fs::rename(&beside, &note)).map_err(Error::io(note))?;
        monitor.stage("files", Some(touched.len() as u64));
        let all = touched.iter().map(|file| (file.path.as_str(), file.new));
        self.put(&all.collect::<Vec<_>>(), monitor)
    }

    /// Where the note of a move is.
    fn note(&self) -> PathBuf {
        self.repository.place().join(NOTE)
    }

    /// The note; none where no move is at work.
    fn noted(&self) -> Result<Option<Note>> {
        let text = match fs::read_to_string(self.note()) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io(self.note())(error)),
        };
        let commits: Vec<Option<Oid>> = text.split_whitespace().map(|id| Oid::from_str(id).ok()).collect();
        let commits = match commits[..] {
            [Some(from), Some(to)] => Some((Some(from).filter(|id| *id != Oid::ZERO_SHA1), to)),
            _ => None,
        };
        Ok(Some(Note { text, commits }))
    }

    /// Ends what a killed run has begun: removes its locks and settles its files.
    fn recover(&self) -> Result<()> {
        let Some(Note { text, commits }) = self.noted()? else { return Ok(()) };
        lock::clear(self.repository.place(), text.as_bytes())?;
        if let (Some((_, to)), Some(branch)) = (commits, self.repository.branch()?) {
            lock::clear_reference(&self.repository.common()?.join(format!("{branch}.lock")), &to.to_string())?;
        }
        self.match_head()
    }

    fn match_head(&self) -> Result<()> {
        let Some(Note { commits, .. }) = self.noted()? else { return Ok(()) };
        if let Some((from, to)) = commits {
            let touched = self.differences(&self.repository, from, to)?;
            let index = Index::read(self.repository.place())?;
            // Where HEAD and the commit that was to be are the same, so are their files.
            let apart = self.differences(&self.repository, self.repository.head()?, to)?;
            let apart: BTreeMap<&str, FileState> = apart.iter().map(|it| (it.path.as_str(), it.old)).collect();
            let mut wanted = Vec::new();
            for file in &touched {
                unlink(&beside(&self.path(&file.path)))?;
                if self.is_ours(file, &index, &touched)? {
                    wanted.push((file.path.as_str(), apart.get(file.path.as_str()).copied().unwrap_or(file.new)));
                }
            }
            self.put(&wanted, &Quiet)?;
        }
        fs::remove_file(self.note()).map_err(Error::io(self.note()))
    }

    /// Whether a file and its entry in the index are each as in one of the two commits: nobody else has changed them.
    fn is_ours(&self, file: &FileChange, index: &Index, touched: &[FileChange]) -> Result<bool> {
        let Ok(entry) = index.state(file.path.as_bytes()) else { return Ok(false) };
        if entry != file.old && entry != file.new {
            return Ok(false);
        }
        let submodule = |state: FileState| state.is_some_and(|(mode, _)| mode == tree::COMMIT);
        if submodule(file.old) || submodule(file.new) {
            return Ok(true);
        }
        let found = self.on_disk(&self.path(&file.path), &file.path, touched)?;
        Ok(found.is_some_and(|found| alike(file.old, found) || alike(file.new, found)))
    }

    /// What stands at a path. Nothing does where the way to it is free, or will be once the other files have moved; none
    /// where something is in the way.
    fn on_disk(&self, path: &Path, name: &str, touched: &[FileChange]) -> Result<Option<FileState>> {
        for parent in path.ancestors().skip(1).take_while(|parent| *parent != self.top) {
            match fs::symlink_metadata(parent) {
                Ok(metadata) if metadata.is_dir() => break,
                Ok(_) => {
                    // A file that makes room for this one's folder.
                    let goes = touched.iter().filter(|file| file.old.is_some() && file.new.is_none());
                    let goes: BTreeSet<PathBuf> = goes.map(|file| self.path(&file.path)).collect();
                    return Ok(goes.contains(parent).then_some(None));
                }
                Err(error) if absent(&error) => {}
                Err(error) => return Err(Error::io(parent)(error)),
            }
        }
        let metadata = match fs::symlink_metadata(path) {
            Ok(metadata) => metadata,
            Err(error) if absent(&error) => return Ok(Some(None)),
            Err(error) => return Err(Error::io(path)(error)),
        };
        if metadata.is_symlink() {
            let to = fs::read_link(path).map_err(Error::io(path))?;
            return Ok(Some(Some((tree::LINK, tree::hash(ObjectType::Blob, to.as_os_str().as_encoded_bytes())))));
        }
        if metadata.is_dir() {
            // A folder that makes room for this file.
            let inside = |file: &&FileChange| file.path.strip_prefix(name).is_some_and(|rest| rest.starts_with('/'));
            return Ok(touched.iter().find(inside).map(|_| None));
        }
        let bytes = fs::read(path).map_err(Error::io(path))?;
        let place = path.strip_prefix(&self.top).unwrap_or(path);
        let mode = if Stamp::of(&metadata).program { tree::PROGRAM } else { tree::FILE };
        disk::stored(Some(&self.repository), place, &bytes).map(|(id, _)| Some(Some((mode, id))))
    }

    /// Where a path of git's is on the disk.
    fn path(&self, name: &str) -> PathBuf {
        self.top.join(name.split('/').collect::<PathBuf>())
    }
}

/// The mode, as trees and the index have it.
fn bits(mode: Mode) -> u32 {
    match mode {
        Mode::Plain => tree::FILE,
        Mode::Program => tree::PROGRAM,
        Mode::Link => tree::LINK,
        Mode::Submodule => tree::COMMIT,
    }
}

/// The name under which a file is made before it is renamed.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".boards-new");
    path.with_file_name(name)
}

/// Whether a file is the same. Whether it may be run isn't looked at: not every disk knows.
fn alike(one: FileState, other: FileState) -> bool {
    let plain = |state: FileState| state.map(|(mode, id)| (mode == tree::LINK, id));
    plain(one) == plain(other)
}

/// Removes a file, which needn't be there.
fn unlink(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if !absent(&error) => Err(Error::io(path)(error)),
        _ => Ok(()),
    }
}

fn absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

#[cfg(test)]
mod tests;
