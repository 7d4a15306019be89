//! An output folder in → what a build made there, by its own list. It changes nothing and takes no lock.

use std::path::Path;

use super::manifest::{JOURNAL, Listed, Manifest};
use crate::key::Key;

/// What a folder shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The key of everything that the site was made from.
    pub site: Key,
    /// Its files, by path.
    pub files: Vec<Listed>,
    /// A build is at work there, or was killed: the files may be older or newer than the list.
    pub unfinished: bool,
}

/// What boards made in the folder `dir`; `None` when it made nothing there, or the list is damaged.
#[must_use]
pub fn listing(dir: &Path) -> Option<Listing> {
    let known = Manifest::open(dir)?.manifest;
    Some(Listing { site: known.site, files: known.files, unfinished: dir.join(JOURNAL).exists() })
}
