//! The history behind a snapshot → who added each file, who changed its text, and who those people are.

use super::post::text_of;
use crate::Result;
use crate::cache::Cache;
use crate::git::Snapshot;
use crate::git::history::{self, Fact, History, Person};
use crate::key::Key;
use crate::monitor::Monitor;

const NAME: &str = "history";

/// What the history tells of the files of a forum; of nothing where there is no history.
#[derive(Debug, Default)]
pub struct Past {
    history: Option<History>,
    /// The people that the history names, by their numbers there, as the `.mailmap` has them.
    people: Vec<Person>,
}

impl Past {
    /// Reads the history behind `snapshot`, going on from what `cache` remembers under `salt`.
    ///
    /// # Errors
    /// The repository can't be read, or the cache can't be written.
    pub fn read(snapshot: &Snapshot, cache: &Cache, salt: Key, monitor: &dyn Monitor) -> Result<Past> {
        let (Some(repository), Some(tip)) = (snapshot.repository(), snapshot.head()) else {
            return Ok(Past::default());
        };
        let known = cache.load(NAME, salt).and_then(|bytes| History::from_bytes(&bytes));
        let before = known.as_ref().map(History::tip);
        let changed = |old: &[u8], new: &[u8]| text_of(old) != text_of(new);
        let (history, _) = history::walk(repository, tip, snapshot.content(), known, &changed, monitor)?;
        if before != Some(tip) {
            cache.store(NAME, salt, &history.to_bytes())?;
        }
        let people = snapshot.people(&history)?;
        Ok(Past { history: Some(history), people })
    }

    /// What the history tells of the file at `path` below the content folder.
    #[must_use]
    pub fn fact(&self, path: &str) -> Option<Fact> {
        self.history.as_ref()?.fact(path)
    }

    /// The person of this number, as the `.mailmap` has them.
    #[must_use]
    pub fn person(&self, number: u32) -> &Person {
        &self.people[number as usize]
    }

    /// Whether the history stops short because the clone is shallow.
    #[must_use]
    pub fn shallow(&self) -> bool {
        self.history.as_ref().is_some_and(History::shallow)
    }
}
