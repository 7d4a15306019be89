//! What is to be built, from what, to where, and with what cache.

use std::path::{Path, PathBuf};

use crate::Result;
use crate::cache::Cache;
use crate::config::BaseUrl;
use crate::git::{Repository, Source};
use crate::monitor::Monitor;
use crate::output;

/// What is to be built, from what, and to where.
#[derive(Debug, Clone)]
pub struct Order {
    /// The forum's repository, or a folder in none.
    pub repository: PathBuf,
    /// The content folder in it.
    pub content: String,
    /// The working copy or a revision.
    pub source: Source,
    /// Where the site goes.
    pub out: PathBuf,
    /// An address to be used instead of the forum's own.
    pub base: Option<BaseUrl>,
    /// A theme to be used instead of the forum's own.
    pub theme: Option<String>,
    /// Where earlier builds' work is remembered.
    pub cache: CacheAt,
    /// Build beside the output folder and exchange the two.
    pub swap: bool,
    /// Build into a folder that boards didn't make.
    pub force: bool,
}

/// Where earlier builds' work is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CacheAt {
    /// In the repository's git folder; nowhere when there is none.
    Repository,
    /// In this folder.
    Folder(PathBuf),
    /// Nowhere.
    Nowhere,
}

impl Order {
    /// The folder that the site is written into. With `swap` it is exchanged for the output folder in the end.
    pub(super) fn folder(&self) -> PathBuf {
        if self.swap { output::beside(&self.out) } else { self.out.clone() }
    }
}

impl CacheAt {
    /// What `work` makes with the help of the cache, which is locked meanwhile; `verb` tells a second process who holds it.
    /// Where the cache turns out to be damaged, `work` is done once more with an empty one: this is the one place that
    /// knows of [damage](crate::Error::CacheDamaged). That something couldn't be stored, the monitor is told.
    ///
    /// # Errors
    /// What `work` fails with; or another process holds the cache, or it can't be made.
    pub fn with<T>(
        &self,
        repository: &Path,
        verb: &str,
        monitor: &dyn Monitor,
        work: impl Fn(&Cache) -> Result<T>,
    ) -> Result<T> {
        let cache = self.open(repository, verb, monitor)?;
        let done = cache.retry_if_damaged(work)?;
        cache.unstored().into_iter().for_each(|why| monitor.unstored(why));
        Ok(done)
    }

    fn open(&self, repository: &Path, verb: &str, monitor: &dyn Monitor) -> Result<Cache> {
        let folder = match self {
            CacheAt::Folder(folder) => Some(folder.clone()),
            CacheAt::Nowhere => None,
            CacheAt::Repository => Repository::find(repository)?.map(|found| found.place().join("boards")),
        };
        let Some(folder) = folder else { return Cache::temporary() };
        match Cache::open(&folder, verb, monitor) {
            Err(error) if error.is_unwritable() => {
                monitor.unstored(&error);
                Cache::temporary()
            }
            opened => opened,
        }
    }
}
