//! A folder of downloads, and the address of a file → its path there, if it was brought. Nothing is fetched.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use walkdir::WalkDir;

use crate::{Error, Result};

/// What was brought.
#[derive(Debug, Default)]
pub struct Downloads {
    root: PathBuf,
    /// By file name; none where two have the same.
    named: HashMap<String, Option<PathBuf>>,
}

impl Downloads {
    /// Looks through a folder.
    ///
    /// # Errors
    /// It can't be read.
    pub fn open(root: &Path) -> Result<Downloads> {
        let mut named: HashMap<String, Option<PathBuf>> = HashMap::new();
        for entry in WalkDir::new(root).sort_by_file_name() {
            let entry = entry.map_err(|error| {
                let at = error.path().unwrap_or(root).to_owned();
                Error::io(at)(error.into())
            })?;
            if entry.file_type().is_file() {
                let name = entry.file_name().to_string_lossy().into_owned();
                let path = entry.into_path();
                named.entry(name).and_modify(|it| *it = None).or_insert(Some(path));
            }
        }
        Ok(Downloads { root: root.to_owned(), named })
    }

    /// The file of this web address: at `host/path` as `wget -x` puts it, or below a name that no other has.
    #[must_use]
    pub fn find(&self, address: &str) -> Option<PathBuf> {
        let (_, rest) = address.split_once("://")?;
        let rest = rest.split('#').next()?;
        let path = rest.split('?').next()?;
        for candidate in [rest, path] {
            let inner = Path::new(candidate);
            let plain = inner.components().all(|part| matches!(part, Component::Normal(_)));
            let place = self.root.join(inner);
            if plain && place.is_file() {
                return Some(place);
            }
        }
        let name = path.rsplit('/').next()?;
        self.named(name)
    }

    /// The file of this name, when just one has it.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<PathBuf> {
        self.named.get(name)?.clone()
    }
}
