//! The history behind a snapshot → who added each file, who changed its text, who those people are, and of which files
//! that is news.

use git2::Oid;
use rustc_hash::FxHashSet;

use super::post::text_of;
use crate::Result;
use crate::cache::Cache;
use crate::git::Snapshot;
use crate::git::history::{self, Fact, History, Person, Touched};
use crate::key::Key;
use crate::monitor::Monitor;

const NAME: &str = "history";

/// What the history tells of the files of a forum; of nothing where there is no history.
#[derive(Debug, Default)]
pub struct Past {
    history: Option<History>,
    before: Option<Oid>,
    /// The folders of the files of which it tells something else than at the commit before; `None` for all.
    news: Option<FxHashSet<String>>,
}

impl Past {
    /// Reads the history behind `snapshot`, going on from what `cache` remembers under `salt`.
    ///
    /// # Errors
    /// The repository can't be read, or the cache can't be written.
    pub fn read(snapshot: &Snapshot, cache: &Cache, salt: Key, monitor: &dyn Monitor) -> Result<Past> {
        let (Some(repository), Some(tip)) = (snapshot.repository(), snapshot.head()) else {
            return Ok(Past { news: Some(FxHashSet::default()), ..Past::default() });
        };
        let known = cache.load(NAME, salt).and_then(|bytes| History::from_bytes(&bytes));
        let before = known.as_ref().map(History::tip);
        let changed = |old: &[u8], new: &[u8]| text_of(old) != text_of(new);
        let (history, touched) = history::walk(repository, tip, snapshot.content(), known, &changed, monitor)?;
        if before != Some(tip) {
            cache.store(NAME, salt, &history.to_bytes())?;
        }
        let news = match touched {
            Touched::All => None,
            Touched::Paths(paths) => {
                let folder =
                    |path: String| path.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.to_owned());
                Some(paths.into_iter().map(folder).collect())
            }
        };
        Ok(Past { history: Some(history), before, news })
    }

    /// What the history tells of the file at `path` below the content folder.
    #[must_use]
    pub fn fact(&self, path: &str) -> Option<Fact> {
        self.history.as_ref()?.fact(path)
    }

    /// The person of this number, as the commits have them.
    #[must_use]
    pub fn person(&self, number: u32) -> &Person {
        static NOBODY: Person = Person { name: String::new(), email: String::new() };
        self.history.as_ref().map_or(&NOBODY, |history| history.person(number))
    }

    /// Whether the history stops short because the clone is shallow.
    #[must_use]
    pub fn shallow(&self) -> bool {
        self.history.as_ref().is_some_and(History::shallow)
    }

    /// The commit whose history this is.
    #[must_use]
    pub fn tip(&self) -> Option<Oid> {
        self.history.as_ref().map(History::tip)
    }

    /// The commit whose history was known before.
    #[must_use]
    pub fn before(&self) -> Option<Oid> {
        self.before
    }

    /// Whether the history tells something of files in `folder` that it didn't at the commit [before](Past::before).
    #[must_use]
    pub fn news_of(&self, folder: &str) -> bool {
        self.news.as_ref().is_none_or(|news| news.contains(folder))
    }
}
