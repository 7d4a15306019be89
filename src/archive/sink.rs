//! Files of the forum → onto the disk, into commits, or nowhere. Whatever is cut off leaves whole files and a branch that
//! stands where it stood.

mod commits;

use std::fs;
use std::path::PathBuf;

pub use commits::{Commits, LockedRepository};

use crate::{Error, Result};

/// A file to be written, by its path below the content folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its path.
    pub path: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Which part of the forum some files are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'p> {
    /// Boards and members, which are there before any post.
    Before,
    /// A post with its attachments.
    Post {
        /// Its author's name.
        name: &'p str,
        /// Its author's handle.
        handle: &'p str,
        /// When it was written: seconds since 1970.
        date: i64,
        /// The title of its topic.
        title: &'p str,
        /// It opens the topic.
        opens: bool,
    },
    /// What is known of a topic as a whole, and changes of what stands.
    After,
}

/// Takes the files of a forum.
pub trait Sink {
    /// Takes some files that belong together, in their order.
    ///
    /// # Errors
    /// They can't be written.
    fn put(&mut self, files: Vec<File>, part: Part<'_>) -> Result<()>;

    /// All files were given. The commit that holds them, when there is one.
    ///
    /// # Errors
    /// They can't be kept.
    fn finish(&mut self) -> Result<Option<String>>;
}

/// Takes files and keeps nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nowhere;

impl Sink for Nowhere {
    fn put(&mut self, _: Vec<File>, _: Part<'_>) -> Result<()> {
        Ok(())
    }

    fn finish(&mut self) -> Result<Option<String>> {
        Ok(None)
    }
}

/// Writes each file beside its place and renames it.
#[derive(Debug)]
pub struct Disk {
    /// The content folder.
    pub content: PathBuf,
}

impl Sink for Disk {
    fn put(&mut self, files: Vec<File>, _: Part<'_>) -> Result<()> {
        for File { path, bytes } in files {
            let place = self.content.join(&path);
            let folder = place.parent().unwrap_or(&self.content);
            let name = place.file_name().unwrap_or_default().to_string_lossy();
            let beside = folder.join(format!(".{name}.part"));
            // Most folders are there: each is made when it is missed.
            match fs::write(&beside, &bytes) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    fs::create_dir_all(folder).map_err(Error::io(folder))?;
                    fs::write(&beside, &bytes).map_err(Error::io(&beside))?;
                }
                written => written.map_err(Error::io(&beside))?,
            }
            fs::rename(&beside, &place).map_err(Error::io(&place))?;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Option<String>> {
        Ok(None)
    }
}
