//! The git folder of a work tree → the lock of its index, held as git holds it; and the locks that a killed run has left
//! there, removed.
//!
//! Git locks the index by making `index.lock` beside it, and nothing in an empty file tells who made it. The lock made
//! here holds the text of the note that is there while files follow a branch, from its first moment on. So the next run
//! can tell it from a lock of git's, which holds an index or nothing.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::git::program;
use crate::git::write::{MOST_TRIES, PAUSE};
use crate::{Error, Result};

/// How the names begin of the folders in which a new index is made.
const NEW: &str = "boards-index-";

/// The lock of an index. It is free again when this is dropped.
#[derive(Debug)]
pub(super) struct IndexLock {
    path: PathBuf,
}

impl IndexLock {
    /// Takes the lock of the index in the git folder `place`. While another process holds it, tries again for half a
    /// second.
    ///
    /// # Errors
    /// When the lock stays (names it), or can't be made.
    pub(super) fn take(place: &Path, note: &Path) -> Result<IndexLock> {
        let path = path(place);
        for tried in 0..=MOST_TRIES {
            match make(note, &path) {
                Ok(()) => return Ok(IndexLock { path }),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(Error::io(path)(error)),
            }
            pause(tried);
        }
        Err(held(&path))
    }

    /// Waits for half a second at most until nobody holds the lock of the index in `place`.
    ///
    /// # Errors
    /// When the lock stays: names it.
    pub(super) fn wait(place: &Path) -> Result<()> {
        let path = path(place);
        for tried in 0..=MOST_TRIES {
            if !path.exists() {
                return Ok(());
            }
            pause(tried);
        }
        Err(held(&path))
    }

    /// A folder in the git folder `place` for the index that is to be put into the place of the locked one. It is removed
    /// when it is dropped.
    ///
    /// # Errors
    /// When it can't be made.
    pub(super) fn folder(&self, place: &Path) -> Result<tempfile::TempDir> {
        tempfile::Builder::new().prefix(NEW).tempdir_in(place).map_err(Error::io(place))
    }
}

impl Drop for IndexLock {
    fn drop(&mut self) {
        // One that stays is removed by the next run, which knows it by its text.
        let _ = fs::remove_file(&self.path);
    }
}

/// Removes what a killed run has left in the git folder `place`: its lock of the index, and the folders in which it made a
/// new one. `note` is the text of its note.
///
/// # Errors
/// When something can't be read or removed.
pub(super) fn clear(place: &Path, note: &[u8]) -> Result<()> {
    let lock = path(place);
    match fs::read(&lock) {
        Ok(text) if text == note => fs::remove_file(&lock).map_err(Error::io(&lock))?,
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(Error::io(&lock)(error)),
        _ => {}
    }
    for entry in fs::read_dir(place).map_err(Error::io(place))?.flatten() {
        if entry.file_name().to_str().is_some_and(|name| name.starts_with(NEW)) {
            program::remove_folder(&entry.path())?;
        }
    }
    Ok(())
}

/// Removes the lock of a reference that a killed run has left: libgit2 makes it empty, and writes the new commit into it
/// right before it takes the reference's place. `commit` is the one that the killed run was moving the reference to. A
/// lock that holds anything else, or is gone within half a second, is somebody else's.
///
/// # Errors
/// When it can't be read or removed.
pub(super) fn clear_reference(lock: &Path, commit: &str) -> Result<()> {
    for tried in 0..=MOST_TRIES {
        match fs::read_to_string(lock) {
            Ok(text) if text.is_empty() || text.trim_end() == commit => {}
            Ok(_) => return Ok(()),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(Error::io(lock)(error)),
        }
        pause(tried);
    }
    fs::remove_file(lock).map_err(Error::io(lock))
}

fn path(place: &Path) -> PathBuf {
    place.join("index.lock")
}

/// Makes the lock with the note's text in it, in one step where the file system has hard links.
fn make(note: &Path, lock: &Path) -> std::io::Result<()> {
    match fs::hard_link(note, lock) {
        Err(error) if !matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::NotFound) => {
            let text = fs::read(note)?;
            File::create_new(lock)?.write_all(&text)
        }
        made => made,
    }
}

/// Waits after each try but the last.
fn pause(tried: u32) {
    if tried < MOST_TRIES {
        std::thread::sleep(PAUSE);
    }
}

/// The error for a lock that somebody else holds.
fn held(path: &Path) -> Error {
    Error::other(
        format!("{}: another git process is running here, or one was killed", path.display()),
        "when no git runs in this repository, remove the file and try again",
    )
}
