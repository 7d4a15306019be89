//! An output folder that another thread opens: it looks at each file of the folder's list, which takes as long as loading a
//! forum of which little has changed.

use std::path::PathBuf;
use std::thread::JoinHandle;

use super::Folder;
use crate::Result;

/// A folder that is being opened.
#[derive(Debug)]
pub struct Opening {
    dir: PathBuf,
    force: bool,
    /// `None` once it was waited for.
    thread: Option<JoinHandle<Result<Option<Folder>>>>,
}

impl Opening {
    /// Begins to open the folder `dir`, as [`Folder::open`] does. Where it isn't there, nothing is made yet.
    #[must_use]
    pub fn begin(dir: PathBuf, force: bool) -> Opening {
        let of_thread = dir.clone();
        let thread = std::thread::spawn(move || Folder::reopen(&of_thread, force));
        Opening { dir, force, thread: Some(thread) }
    }

    /// The folder, made when it isn't there.
    ///
    /// # Errors
    /// As [`Folder::open`].
    pub fn wait(mut self) -> Result<Folder> {
        let opened = match self.thread.take().map(JoinHandle::join) {
            Some(Ok(opened)) => opened?,
            Some(Err(panic)) => std::panic::resume_unwind(panic),
            None => None,
        };
        opened.map_or_else(|| Folder::open(&self.dir, self.force), Ok)
    }
}

/// Whoever begins anew finds the folder unlocked.
impl Drop for Opening {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
