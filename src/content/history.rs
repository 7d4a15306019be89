//! The history behind a snapshot → who added each file, who changed its text, who those people are, and of which files
//! that is news.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use git2::Oid;

use super::post::text_of;
use crate::Result;
use crate::cache::{Blocks, Cache};
use crate::git::Snapshot;
use crate::git::history::{self, Fact, History, Person, Source, Touched};
use crate::key::Key;
use crate::monitor::Monitor;

const NAME: &str = "history";
/// What was found since that was stored.
const LATER: &str = "history.later";

/// The history's records stay on the disk: few of them are looked up after a small change.
impl Source for Blocks {
    fn len(&self) -> usize {
        Blocks::len(self)
    }

    fn read(&self, range: Range<usize>) -> Result<Cow<'_, [u8]>> {
        self.get(range).map(Cow::from)
    }
}

/// What the history tells of the files of a forum; of nothing where there is no history.
#[derive(Debug, Default)]
pub struct Past {
    history: Option<History>,
    before: Option<Oid>,
    /// The files of which it tells something else than at the commit before; `None` for all.
    news: Option<BTreeSet<String>>,
}

impl Past {
    /// Reads the history behind `snapshot`, going on from what `cache` remembers under `salt`. What was read is
    /// remembered in turn.
    ///
    /// # Errors
    /// The repository can't be read, or the cache is damaged.
    pub fn read(snapshot: &Snapshot, cache: &Cache, salt: Key, monitor: &dyn Monitor) -> Result<Past> {
        let (Some(repository), Some(tip)) = (snapshot.repository(), snapshot.head()) else {
            return Ok(Past { news: Some(BTreeSet::new()), ..Past::default() });
        };
        let salt = Key::salted(salt, snapshot.content());
        let known = match cache.open_blocks(NAME, salt) {
            Some(blocks) => History::open(Arc::new(blocks))?,
            None => None,
        };
        let base = known.as_ref().map(History::tip);
        let known = match (known, cache.load(LATER, salt)) {
            (Some(base), Some(bytes)) => Some(base.with_later(bytes)?),
            (known, _) => known,
        };
        let before = known.as_ref().map(History::tip);
        let changed = |old: &[u8], new: &[u8]| text_of(old) != text_of(new);
        let (history, touched) = history::walk(repository, tip, snapshot.content(), known, &changed, monitor)?;
        if before != Some(tip) {
            // A base and what was found later than another don't harm each other, if this ends halfway.
            if base != Some(history.base()) {
                cache.store_blocks(NAME, salt, &history.base_bytes()?);
            }
            match history.later_bytes()? {
                Some(bytes) => cache.store(LATER, salt, &bytes),
                None => cache.remove(LATER),
            }
        }
        let news = match touched {
            Touched::All => None,
            Touched::Paths(paths) => Some(paths.into_iter().collect()),
        };
        Ok(Past { history: Some(history), before, news })
    }

    /// What the history tells of the file at `path` below the content folder.
    ///
    /// # Errors
    /// The cache, in which most of the history is looked up, is damaged.
    pub fn fact(&self, path: &str) -> Result<Option<Fact>> {
        self.history.as_ref().map_or(Ok(None), |history| history.fact(path))
    }

    /// The person of this number, as the commits have them; `None` where there is no history.
    #[must_use]
    pub fn person(&self, number: u32) -> Option<&Person> {
        self.history.as_ref().map(|history| history.person(number))
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

    /// Whether the history tells something of files in `folder`, at any depth, that it didn't at the commit
    /// [before](Past::before).
    #[must_use]
    pub fn news_of(&self, folder: &str) -> bool {
        let first = |news: &BTreeSet<String>| {
            let below = news.range(format!("{folder}/")..).next()?;
            below.strip_prefix(folder).map(|rest| rest.starts_with('/'))
        };
        self.news.as_ref().is_none_or(|news| first(news) == Some(true))
    }
}
