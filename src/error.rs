//! What went wrong in the world (disk, git, network) → one error with the path and the reason. Faults of the content
//! are not errors but [diagnostics](crate::diagnostic).

use std::io;
use std::path::{Path, PathBuf};

/// A failure of the world around boards: the forum may be fine, but it could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder could not be read, written, renamed or removed.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder that was touched.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The repository could not be read or written.
    #[error("{doing}: {}", source.message())]
    Git {
        /// What was tried, with the path or object id.
        doing: String,
        /// What git's library said.
        source: git2::Error,
    },
    /// The cache can't give back what was stored in it. It is caught where the cache was opened, and the work begins anew
    /// with an empty cache.
    #[error("{}: the cache is damaged", path.display())]
    CacheDamaged {
        /// The file of the cache.
        path: PathBuf,
    },
    /// Anything that is neither, said whole.
    #[error("{message}")]
    Other {
        /// What is wrong, with the path where there is one.
        message: String,
        /// What can be done about it.
        hint: Option<String>,
    },
}

/// The result of anything that touches the world.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An I/O error at `path`, for `map_err(Error::io(path))`.
    pub fn io(path: impl AsRef<Path>) -> impl FnOnce(io::Error) -> Error {
        move |source| Error::Io { path: path.as_ref().to_owned(), source }
    }

    /// A git error while `doing` something, for `map_err(Error::git("open …"))`.
    pub fn git(doing: impl Into<String>) -> impl FnOnce(git2::Error) -> Error {
        move |source| Error::Git { doing: doing.into(), source }
    }

    /// An error in words, with the way out of it.
    pub fn other(message: impl Into<String>, hint: impl Into<String>) -> Error {
        Error::Other { message: message.into(), hint: Some(hint.into()) }
    }

    /// Whether a place can't be written: the disk is full or read-only, this person may not, or something else than what
    /// should lie there does.
    #[must_use]
    pub fn is_unwritable(&self) -> bool {
        use io::ErrorKind::{
            AlreadyExists, IsADirectory, NotADirectory, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem,
            StorageFull,
        };
        let kinds = [
            AlreadyExists,
            IsADirectory,
            NotADirectory,
            PermissionDenied,
            QuotaExceeded,
            ReadOnlyFilesystem,
            StorageFull,
        ];
        matches!(self, Error::Io { source, .. } if kinds.contains(&source.kind()))
    }

    /// What the person can do, where boards knows it.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        match self {
            Error::Other { hint, .. } => hint.as_deref(),
            Error::CacheDamaged { .. } => {
                Some("what was just written can't be read back: check the disk, or build with --no-cache")
            }
            Error::Io { .. } | Error::Git { .. } => None,
        }
    }
}
