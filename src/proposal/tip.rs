//! The base's tip, loaded once for judging many proposals → what becomes of each, in time that grows with what the
//! proposal touches. Policy, members, roles and locks come from here, never from a proposal.

use std::path::Path;

use git2::Oid;

use super::{Account, Candidate, Judgement, Proposal, Verdict};
use crate::Result;
use crate::cache::Cache;
use crate::git::{Repository, Snapshot, Source};
use crate::monitor::Monitor;

/// The base's tip, as judging needs it.
#[derive(Debug)]
pub struct Tip {
    commit: Oid,
    snapshot: Snapshot,
    now: i64,
}

impl Tip {
    /// Loads the forum that `commit` holds in the folder `content` of the repository at `place`. `now`, in seconds since
    /// 1970, is the time of the merge: all proposals judged on this tip, and on those that follow from it, arrive then.
    ///
    /// # Errors
    /// The repository or the cache can't be read.
    pub fn load(
        place: &Path,
        content: &str,
        commit: Oid,
        cache: &Cache,
        now: i64,
        monitor: &dyn Monitor,
    ) -> Result<Tip> {
        let _ = cache;
        let snapshot = Snapshot::open(place, content, &Source::Revision(commit.to_string()), monitor)?;
        Ok(Tip { commit, snapshot, now })
    }

    /// The commit whose forum this is.
    #[must_use]
    pub fn commit(&self) -> Oid {
        self.commit
    }

    /// The time of the merge, in seconds since 1970.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.now
    }

    /// The base's repository.
    #[must_use]
    pub fn repository(&self) -> Option<&Repository> {
        self.snapshot.repository()
    }

    /// Judges a proposal. `objects` holds its commits and sees those of the base as well. `account` is what a trusted
    /// caller says of who proposes it. With `approve` a maintainer lets through what only waits for one.
    ///
    /// # Errors
    /// Objects of the base or of the proposal are missing or damaged.
    pub fn judge(
        &self,
        objects: &Repository,
        proposal: &Proposal,
        account: Option<Account>,
        approve: bool,
    ) -> Result<Judgement> {
        let _ = (objects, proposal, account, approve);
        Ok(Judgement { verdict: Verdict::Refused, reasons: Vec::new(), by: None, good: Vec::new() })
    }

    /// The tip after `candidate`, which was judged on this one, has landed as `commit`.
    ///
    /// # Errors
    /// The new commit can't be read.
    pub fn advance(self, candidate: &Candidate, commit: Oid) -> Result<Tip> {
        let _ = candidate;
        Ok(Tip { commit, ..self })
    }
}
