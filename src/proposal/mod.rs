//! Proposals (commits that somebody would like to see in the forum) in → judged, merged and landed. Nothing of a proposal is
//! ever checked out or run: its objects are data.
//!
//! A proposal is judged by [`Tip::judge`], step by step, each in the file that its value is named after:
//!
//! 1. `range`: the commits from one of the base's to the proposal's head.
//! 2. `changes`: what they change together, in the folders of topics and elsewhere.
//! 3. `renamed`: the same under names that are free on the tip, with links that lead to them.
//! 4. `review`: what the policy says of each file, given who proposes it (`who`), and of all new posts together.
//! 5. `impact`: the faults that the forum would have with the proposal and hasn't without it.
//! 6. `verdict`: the [`Judgement`], and when it merges the [`Candidate`] that is to land.
//!
//! `round` finds proposals (`source`), judges them one after another and makes a merge commit for each candidate; `land`
//! moves the branch to the last of them.

mod account;
mod activity;
mod changes;
mod context;
mod edits;
mod fields;
mod form;
mod impact;
mod judge;
mod land;
mod limits;
mod mail;
mod message;
mod names;
mod new_posts;
mod order;
mod others;
mod range;
mod relink;
mod renamed;
mod review;
mod round;
mod rules;
mod source;
#[cfg(test)]
mod tests;
mod tip;
mod topics;
mod verdict;
mod who;

use std::collections::BTreeMap;

use git2::Oid;

use crate::content::TopicFile;
use crate::diagnostic::Diagnostic;

pub use account::Account;
pub use land::{MergeReport, merge};
pub use order::Order;
pub use round::{Fate, Outcome, texts};
pub use rules::rules;
pub use source::Selection;
pub use tip::Tip;

/// Commits that somebody would like to see in the forum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// What people call it: a branch, a commit, a bundle's file, or a forge's number (`12`).
    pub name: String,
    /// The forge's number, where it has one.
    pub number: Option<u64>,
    /// Its last commit.
    pub head: Oid,
}

/// What was decided about a proposal, and why.
#[derive(Debug)]
pub struct Judgement {
    /// What becomes of it.
    pub verdict: Verdict,
    /// Everything that keeps it from merging by itself, all at once: what waits for a maintainer and what is refused
    /// alike. Paths are from the repository's top, places those in the proposal's head. What a maintainer's approval
    /// has lifted is left out.
    pub reasons: Vec<Diagnostic>,
    /// The handle of the member who proposes it; `None` when nothing trustworthy tells.
    pub by: Option<String>,
    /// In a proposal that doesn't merge, the new posts with which nothing is wrong: paths from the repository's top.
    pub good: Vec<String>,
}

/// What becomes of a proposal.
#[derive(Debug)]
pub enum Verdict {
    /// It merges: this is what lands.
    Merges(Box<Candidate>),
    /// It waits for a maintainer.
    Waits,
    /// It is refused.
    Refused,
    /// The base has it already.
    Merged,
}

/// What is to land of an approved proposal: the base's tip with these changes, loaded and checked as a forum.
#[derive(Debug)]
pub struct Candidate {
    /// The tip on which it was judged.
    pub base: Oid,
    /// The proposal's head.
    pub head: Oid,
    /// What differs from the tip, by path.
    pub changes: Vec<Change>,
    /// Files that got another name since theirs was taken: from and to, paths from the repository's top.
    pub renamed: Vec<(String, String)>,
    /// What the merge is about, for its message: one line.
    pub subject: String,
    /// The handle of who proposes it; `None` when a maintainer approved what nobody vouches for.
    pub by: Option<String>,
    loaded: Landed,
}

/// What the tip after a candidate is made from.
#[derive(Debug, Default)]
struct Landed {
    /// The topics that it touches, as they will be; `None` when it touches more than topics.
    topics: Option<BTreeMap<String, TopicFile>>,
    /// The proposal's commits.
    commits: Vec<Oid>,
    /// Its posts, for the limits.
    arrivals: Vec<activity::Arrival>,
}

/// A file that differs between the tip and what is to land. All are plain files: mode `100644`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its path from the repository's top.
    pub path: String,
    /// What it will hold; `None` when it is removed.
    pub content: Option<Content>,
}

/// What a changed file will hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A blob of the proposal as it is.
    Blob(Oid),
    /// Bytes that no commit has yet: links in it follow files that got another name.
    Rewritten(Vec<u8>),
}
