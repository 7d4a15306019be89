//! A file on the disk → what git would store for it, and whether it is still the file that was seen. Nothing is
//! written, no program is run.

use std::fs::{File, Metadata};
use std::hash::{Hash, Hasher};
use std::io::{self, Read};
use std::path::Path;

use git2::{ObjectType, Oid};
use rustc_hash::FxHasher;

use super::repository::Repository;
use super::tree::hash;
use crate::{Error, Result};

/// What the disk says of a file without opening it. A change of the content changes this, unless it happens at the
/// same moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Stamp {
    pub(super) size: u64,
    /// Seconds since 1970 and nanoseconds.
    pub(super) modified: (i64, u32),
    /// When anything of the file was changed last; nobody can set this one. As `modified` where the system hasn't it.
    pub(super) changed: (i64, u32),
    /// 0 where the system hasn't it.
    pub(super) inode: u64,
    /// Whether its owner may run it.
    pub(super) program: bool,
}

impl Stamp {
    #[cfg(unix)]
    pub(super) fn of(metadata: &Metadata) -> Stamp {
        use std::os::unix::fs::MetadataExt;
        Stamp {
            size: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec() as u32),
            changed: (metadata.ctime(), metadata.ctime_nsec() as u32),
            inode: metadata.ino(),
            program: metadata.mode() & 0o100 != 0,
        }
    }

    #[cfg(not(unix))]
    pub(super) fn of(metadata: &Metadata) -> Stamp {
        let since = metadata.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
        let modified = since.map_or((0, 0), |since| (since.as_secs() as i64, since.subsec_nanos()));
        Stamp { size: metadata.len(), modified, changed: modified, inode: 0, program: false }
    }

    /// One number for "the file with this stamp has the content with this id".
    pub(super) fn stat_key(&self, id: Oid) -> u64 {
        let mut hasher = FxHasher::default();
        (self, id).hash(&mut hasher);
        hasher.finish()
    }
}

/// A file's bytes, of one with more than `most` just one byte more, with the stamp that it has after they were read: if that
/// is an old one, nobody wrote meanwhile.
pub(super) fn read(path: &Path, most: u64) -> io::Result<(Vec<u8>, Stamp)> {
    let file = File::open(path)?;
    // Most posts are shorter than this. `take` keeps the standard library from asking for the size twice.
    let mut bytes = Vec::with_capacity(4096);
    (&file).take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok((bytes, Stamp::of(&file.metadata()?)))
}

/// What git would store for a file that holds `bytes`: the id, and the bytes where they are others. `place` is the file's
/// path from the work tree's top.
///
/// git changes line ends (`core.autocrlf`, the attributes `text` and `eol`) and takes out what it put in for `$Id$`
/// (attribute `ident`); filters that are programs are never run. Without a repository nothing is changed.
///
/// # Errors
/// When the attributes or settings can't be read.
pub(super) fn stored(repository: Option<&Repository>, place: &Path, bytes: &[u8]) -> Result<(Oid, Option<Vec<u8>>)> {
    match repository.filter(|_| may_differ(bytes)) {
        Some(repository) => filtered(repository, place).map(|(id, bytes)| (id, Some(bytes))),
        None => Ok((hash(ObjectType::Blob, bytes), None)),
    }
}

/// Whether any of git's own filters could find something to change.
pub(super) fn may_differ(bytes: &[u8]) -> bool {
    memchr::memchr(b'\r', bytes).is_some() || memchr::memmem::find(bytes, b"$Id").is_some()
}

/// Lets libgit2 apply its filters. It only does so when it stores the result, so the store is one in memory.
fn filtered(repository: &Repository, place: &Path) -> Result<(Oid, Vec<u8>)> {
    let failed = || Error::git(format!("apply the repository's attributes to {}", place.display()));
    let handle = git2::Repository::open(repository.place()).map_err(failed())?;
    // Attributes and line ends are looked up in the index as well, and git's library never comes back from a blob that
    // was cut off.
    let index = handle.index().map_err(failed())?;
    let attributes = place.ancestors().skip(1).map(|folder| folder.join(".gitattributes"));
    for path in attributes.chain([place.to_owned()]) {
        if let Some(entry) = index.get_path(&path, 0) {
            repository.sound(entry.id, &path.to_string_lossy())?;
        }
    }
    let odb = handle.odb().map_err(failed())?;
    let _memory = odb.add_new_mempack_backend(999).map_err(failed())?;
    let id = handle.blob_path(&handle.workdir().unwrap_or(Path::new("")).join(place)).map_err(failed())?;
    let bytes = odb.read(id).map_err(failed())?.data().to_vec();
    Ok((id, bytes))
}
