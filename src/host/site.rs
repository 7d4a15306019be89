//! An output folder in → the site that stands there, whole, with the bytes of its files. It believes no file whose bytes
//! are not those that the build listed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::git::file_within;
use crate::key::Key;
use crate::output::{self, Listed};
use crate::{Error, Result};

/// A finished site in its folder.
#[derive(Debug)]
pub struct Site {
    dir: PathBuf,
    /// The key of everything that it was made from.
    pub key: Key,
    /// Its files, by path.
    pub files: Vec<Listed>,
}

/// The file in which a site lists addresses that lead to others.
const REDIRECTS: &str = "_redirects";

impl Site {
    /// Opens the site that a build has finished in `dir`.
    ///
    /// # Errors
    /// There is none, or its build was cut short.
    pub fn open(dir: &Path) -> Result<Site> {
        let missing = || {
            let message = format!("{}: there is no site that boards made", dir.display());
            Error::other(message, "make it with `boards build`, or name its folder with --out")
        };
        let shown = output::listing(dir).ok_or_else(missing)?;
        if shown.unfinished {
            let message = format!("{}: a build is at work here, or was cut short", dir.display());
            return Err(Error::other(message, "run `boards build` to its end first"));
        }
        Ok(Site { dir: dir.to_owned(), key: shown.site, files: shown.files })
    }

    /// Its folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The bytes of one of its files.
    ///
    /// # Errors
    /// The file can't be read, or isn't as the build made it.
    pub fn read(&self, file: &Listed) -> Result<Vec<u8>> {
        let place = self.dir.join(&file.path);
        let read = file_within(&place, file.size).map_err(Error::io(&place))?;
        if let Ok(bytes) = read
            && Key::of_bytes(&bytes) == file.bytes
        {
            return Ok(bytes);
        }
        let message = format!("{}: this file is not as the build made it", place.display());
        Err(Error::other(message, "remove it and run `boards build` again"))
    }

    /// What each file's bytes hash to, by path.
    #[must_use]
    pub fn by_path(&self) -> BTreeMap<String, Key> {
        self.files.iter().map(|file| (file.path.clone(), file.bytes)).collect()
    }

    /// How many addresses lead to others: the lines of `_redirects` that say something.
    ///
    /// # Errors
    /// The file is listed and can't be read.
    pub fn redirects(&self) -> Result<u64> {
        let Some(file) = self.files.iter().find(|file| file.path == REDIRECTS) else { return Ok(0) };
        let text = self.read(file)?;
        let says = |line: &&[u8]| line.trim_ascii().first().is_some_and(|byte| *byte != b'#');
        Ok(text.split(|byte| *byte == b'\n').filter(says).count() as u64)
    }
}
