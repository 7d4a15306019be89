//! What a build has found and done.

use serde::{Deserialize, Serialize};

use crate::config::Settings;
use crate::content::Forum;
use crate::diagnostic::{Diagnostic, Severity};
use crate::site::Ways;

/// What a build did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The settings that held: those of `forum.yml`, and what the order put in their place.
    pub settings: Settings,
    /// How many boards, topics, posts and people with a page the forum has.
    pub counts: Counts,
    /// How many files of the site were written, were as they should be, and were removed. `None` when the forum has
    /// errors: then nothing was touched.
    pub pages: Option<Pages>,
    /// How old addresses lead to where things stand now.
    pub moved: Ways,
    /// Everything that is wrong with the forum, by path and place.
    pub diagnostics: Vec<Diagnostic>,
}

/// How much a forum holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Boards, those in boards included.
    pub boards: usize,
    /// Topics.
    pub topics: usize,
    /// Posts, opening posts included.
    pub posts: usize,
    /// People with a member's file or a post.
    pub members: usize,
}

/// What became of the files of a site.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pages {
    /// Written.
    pub written: usize,
    /// As they should be.
    pub unchanged: usize,
    /// Removed.
    pub removed: usize,
}

impl Report {
    /// What there is to say of a forum of which no page was touched.
    pub(super) fn of(forum: &Forum, diagnostics: Vec<Diagnostic>) -> Report {
        Report { settings: forum.settings.clone(), counts: Counts::of(forum), diagnostics, ..Report::default() }
    }

    /// Whether the forum or the theme has errors, with which no site is built.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|fault| fault.severity == Severity::Error)
    }
}

impl Counts {
    fn of(forum: &Forum) -> Counts {
        Counts {
            boards: forum.boards.len(),
            topics: forum.topics.len(),
            posts: forum.topics.iter().map(|topic| topic.posts.len()).sum(),
            members: forum.people.iter().filter(|person| !person.guest()).count(),
        }
    }
}
