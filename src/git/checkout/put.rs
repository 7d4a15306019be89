//! What files and their entries in the index are to be → both made so. Each file is written beside its place and renamed;
//! git changes the index on a copy, which then takes its place.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use git2::{ObjectType, Oid};

use super::lock::IndexLock;
use super::{FileState, WorkTree, absent, beside, unlink};
use crate::git::index::Index;
use crate::git::program::Git;
use crate::git::tree;
use crate::monitor::Monitor;
use crate::{Error, Result};

/// Where more than one in so many entries of the index is new, all are compared with their files at once, so that not
/// each later look at the work tree has to read these files.
const SHARE_FILES: usize = 8;

impl WorkTree {
    /// Makes files and index hold this; what does already isn't touched. Files go first: room is made for folders. The note
    /// must be there.
    pub(super) fn put(&self, wanted: &[(&str, FileState)], monitor: &dyn Monitor) -> Result<()> {
        let lock = IndexLock::take(self.repository.place(), &self.note())?;
        let index = Index::read(self.repository.place())?;
        let (go, stay): (Vec<_>, Vec<_>) = wanted.iter().partition(|(_, state)| state.is_none());
        let mut lines = Vec::new();
        let mut changed = 0;
        for (name, state) in go.into_iter().chain(stay).copied() {
            monitor.advance(1);
            let path = self.path(name);
            match state {
                Some(_) if self.on_disk(&path, name, &[])? == Some(state) => {}
                Some((mode, id)) => self.write(&path, mode, id)?,
                None => self.remove(&path)?,
            }
            if index.state(name.as_bytes()).ok() != Some(state) {
                let (mode, id) = state.unwrap_or((0, Oid::ZERO_SHA1));
                lines.extend_from_slice(format!("{mode:o} {id}\t").as_bytes());
                lines.extend_from_slice(name.as_bytes());
                lines.push(0);
                changed += 1;
            }
        }
        if changed == 0 { Ok(()) } else { self.change_index(&lock, lines, changed > index.all().len() / SHARE_FILES) }
    }

    /// Changes entries of the index, on a copy that takes its place. With `refresh`, all entries of the new index are
    /// compared with their files.
    fn change_index(&self, lock: &IndexLock, lines: Vec<u8>, refresh: bool) -> Result<()> {
        let place = self.repository.place();
        let (index, folder) = (place.join("index"), lock.folder(place)?);
        let copy = folder.path().join("index");
        match fs::copy(&index, &copy) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(Error::io(index)(error)),
            _ => {}
        }
        let git = Git::on(place, &self.top).env("GIT_INDEX_FILE", &copy);
        git.clone().input(lines).output(&["update-index", "--replace", "-z", "--index-info"])?;
        if refresh {
            // It fails where files differ from their entries, which is nothing to tell here.
            git.run(&["update-index", "-q", "--refresh"])?;
        }
        fs::rename(&copy, &index).map_err(Error::io(index))
    }

    /// Writes a file whole: beside its place, and renamed.
    fn write(&self, path: &Path, mode: u32, id: Oid) -> Result<()> {
        let parent = path.parent().unwrap_or(&self.top);
        fs::create_dir_all(parent).map_err(Error::io(parent))?;
        if mode == tree::COMMIT {
            // The files of a submodule are its own affair.
            return fs::create_dir_all(path).map_err(Error::io(path));
        }
        let bytes = self.repository.object(ObjectType::Blob, id, &path.display().to_string())?;
        let beside = beside(path);
        unlink(&beside)?;
        let made = if mode == tree::LINK { link(&bytes, &beside) } else { fs::write(&beside, &bytes) };
        made.and_then(|()| if mode == tree::PROGRAM { runnable(&beside) } else { Ok(()) })
            .and_then(|()| fs::rename(&beside, path))
            .map_err(Error::io(path))
    }

    /// Removes a file, and the folders that it leaves empty.
    fn remove(&self, path: &Path) -> Result<()> {
        // What is a folder by now is a submodule's, whose files are its own affair, or holds what isn't git's.
        if path.is_dir() && !path.is_symlink() {
            return Ok(());
        }
        unlink(path)?;
        for folder in path.ancestors().skip(1).take_while(|folder| *folder != self.top) {
            match fs::remove_dir(folder) {
                Err(error) if !absent(&error) => break,
                _ => {}
            }
        }
        Ok(())
    }
}

#[cfg(unix)]
fn link(to: &[u8], path: &Path) -> std::io::Result<()> {
    use std::os::unix::ffi::OsStrExt;
    std::os::unix::fs::symlink(std::ffi::OsStr::from_bytes(to), path)
}

/// As git does where links can't be made: a file that holds where it leads.
#[cfg(not(unix))]
fn link(to: &[u8], path: &Path) -> std::io::Result<()> {
    fs::write(path, to)
}

#[cfg(unix)]
fn runnable(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(path)?.permissions().mode();
    fs::set_permissions(path, fs::Permissions::from_mode(mode | (mode & 0o444) >> 2))
}

#[cfg(not(unix))]
fn runnable(_path: &Path) -> std::io::Result<()> {
    Ok(())
}
