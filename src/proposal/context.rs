//! What every row of the policy is asked with: the tip, the proposal's objects and commits, and who proposes.

use super::range::CommitRange;
use super::tip::Tip;
use super::who::Proposer;
use crate::git::Repository;

/// What a change is judged by.
pub(super) struct ReviewContext<'d> {
    pub tip: &'d Tip,
    pub objects: &'d Repository,
    pub range: &'d CommitRange,
    pub who: Proposer<'d>,
}
