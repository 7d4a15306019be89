//! One proposal and the tip → the judgement. Each step is a function of the value before it and of the tip, in the file
//! that its value is named after. Every step tells all that it finds, so that all of it is told at once.

use super::changes::ProposedChanges;
use super::context::ReviewContext;
use super::range::{self, Ancestry};
use super::renamed::RenamedChanges;
use super::review::Review;
use super::tip::Tip;
use super::{Account, Judgement, Proposal, impact, who};
use crate::Result;
use crate::git::Repository;

impl Tip {
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
        let range = match range::find(self, objects, proposal.head)? {
            Ancestry::Merged => return Ok(Judgement::merged()),
            Ancestry::Refused(reasons) => return Ok(Judgement::against(reasons, None, Vec::new())),
            Ancestry::Range(range) => range,
        };
        let (who, unproven) = who::identify(self, account, &range.commits);
        let context = ReviewContext { tip: self, objects, range: &range, who };
        let changes = ProposedChanges::find(self, objects, &range)?;
        let renamed = RenamedChanges::find(self, objects, &range, changes)?;
        let review = Review::of(&context, renamed)?;
        if review.is_nothing() {
            return Ok(Judgement::merged());
        }
        let faults = impact::faults(self, objects, &review)?;
        Ok(Judgement::of(&context, proposal.head, review, unproven, faults, approve))
    }
}
