//! The list of the files that boards made in an output folder, each with the key of what it shows.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::key::Key;

/// The list's name in the output folder.
pub(super) const MANIFEST: &str = ".boards";
/// The name of the note of a build that is at work: the files that it will make. Where it is found, a build was killed.
pub(super) const JOURNAL: &str = ".boards-at-work";

/// The first bytes of both; the digit is the layout's version.
const MAGIC: &[u8; 8] = b"boardsM2";

/// The list: what the site as a whole is made from, and its files by path.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// The key of everything that the site is made from.
    pub site: Key,
    /// The files that boards made.
    pub files: Vec<Listed>,
}

/// A file that boards made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// Its path below the output folder, `/` between its parts.
    pub path: String,
    /// The key of what that was made from.
    pub source: Key,
    /// The key of what it shows.
    pub key: Key,
    /// The key of its bytes.
    pub bytes: Key,
    /// How many bytes it has.
    pub size: u64,
}

/// Reads a list; `None` when it isn't there or is damaged.
pub(super) fn read<T: for<'de> Deserialize<'de>>(path: &Path) -> Option<T> {
    let bytes = std::fs::read(path).ok()?;
    let rest = bytes.strip_prefix(MAGIC)?;
    let (check, rest) = rest.split_at_checked(16)?;
    if check != Key::of_bytes(rest).0 {
        return None;
    }
    postcard::from_bytes(rest).ok()
}

/// The bytes of a list.
pub(super) fn bytes(list: &(impl Serialize + ?Sized)) -> Vec<u8> {
    let rest = postcard::to_stdvec(list).unwrap_or_default();
    [MAGIC.as_slice(), &Key::of_bytes(&rest).0, &rest].concat()
}
