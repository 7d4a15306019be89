//! What a build was made from → a few lines in the cache, so that it can be told later why a page was made again. Only
//! the last two builds that differed are kept, and nothing of their pages.

use git2::Oid;
use serde::{Deserialize, Serialize};

use crate::cache::Cache;
use crate::config::Settings;
use crate::git::Snapshot;
use crate::key::Key;
use crate::theme::Theme;

/// Everything that a site was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// The key of all this: equal keys, equal sites.
    pub site: Key,
    /// What tells the program from every other.
    pub program: String,
    /// The key of the theme.
    pub theme: Key,
    /// The settings, with what the command line had put in their place.
    pub settings: Settings,
    /// The tree of the content folder.
    #[serde(with = "crate::key::oid")]
    pub root: Oid,
    /// The commit whose history counted, as 40 digits.
    pub head: Option<String>,
}

impl Trace {
    /// What the site of this key was made from.
    #[must_use]
    pub fn of(site: Key, program: &str, theme: &Theme, settings: &Settings, snapshot: &Snapshot) -> Trace {
        Trace {
            site,
            program: program.to_owned(),
            theme: Key::from(theme.key()),
            settings: settings.clone(),
            root: snapshot.root(),
            head: snapshot.head().map(|head| head.to_string()),
        }
    }
}

/// The name under which the cache keeps traces.
const NAME: &str = "traces";

/// Remembers what a build was made from.
pub fn note(cache: &Cache, trace: Trace) {
    let mut traces = traces(cache);
    if traces.first().is_some_and(|last| last.site == trace.site) {
        return;
    }
    traces.insert(0, trace);
    traces.truncate(2);
    cache.store(NAME, Key::of(NAME), &postcard::to_stdvec(&traces).unwrap_or_default());
}

/// What the last builds were made from, the latest first.
#[must_use]
pub fn traces(cache: &Cache) -> Vec<Trace> {
    let kept = cache.load(NAME, Key::of(NAME));
    kept.and_then(|bytes| postcard::from_bytes(&bytes).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_two_builds_that_differed_are_remembered() {
        let cache = Cache::temporary().unwrap();
        let trace = |text: &str| Trace {
            site: Key::of(text),
            program: text.into(),
            theme: Key::default(),
            settings: Settings::default(),
            root: Oid::ZERO_SHA1,
            head: None,
        };
        for text in ["a", "b", "b", "c", "c"] {
            note(&cache, trace(text));
        }
        assert_eq!(traces(&cache), [trace("c"), trace("b")]);
    }
}
