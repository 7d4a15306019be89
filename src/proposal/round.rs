//! Proposals and the commit to judge them on → what becomes of each, and a merge commit for each that may land, one upon
//! the other, in the quarantine. No reference is moved here.

use std::collections::BTreeMap;
use std::path::Path;

use git2::{ObjectType, Oid};

use super::message::message;
use super::order::Order;
use super::rules::PROPOSAL_MOVED;
use super::source::{Located, ProposalLookup, Sought};
use super::{Candidate, Content, Judgement, Proposal, Tip, Verdict};
use crate::Result;
use crate::cache::Cache;
use crate::config::{FILE, Settings};
use crate::content::SETTINGS_BYTES;
use crate::diagnostic::{Diagnostic, LARGEST_SHOWN_BYTES, Spot};
use crate::git::remote::Listing;
use crate::git::write::{self, Draft, Person};
use crate::git::{Quarantine, Repository, Snapshot, Source};
use crate::monitor::Monitor;

/// What became of a proposal.
#[derive(Debug)]
pub struct Outcome {
    /// What people call it.
    pub name: String,
    /// The forge's number, where it has one.
    pub number: Option<u64>,
    /// Its last commit; none where it couldn't be had.
    pub head: Option<Oid>,
    /// What became of it.
    pub fate: Fate,
    /// Why, where it didn't land.
    pub reasons: Vec<Diagnostic>,
    /// The member who proposes it, where that is known.
    pub by: Option<String>,
    /// In one that didn't land: the new posts with which nothing is wrong.
    pub good: Vec<String>,
    /// The texts of the files that the reasons name, by path, as they are in the proposal.
    pub texts: BTreeMap<String, String>,
}

/// What became of a proposal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It was merged, or would be in a dry run.
    Landed {
        /// The merge commit.
        commit: Oid,
        /// What it is about.
        subject: String,
        /// Files that got another name, from and to.
        renamed: Vec<(String, String)>,
    },
    /// The branch has it already.
    Merged,
    /// It waits for a maintainer.
    Waits,
    /// It is refused.
    Refused,
}

/// What all proposals of a round are judged by.
pub(super) struct Round<'a> {
    pub(super) order: &'a Order,
    pub(super) repository: &'a Repository,
    pub(super) quarantine: &'a Quarantine,
    /// The content folder from the repository's top.
    pub(super) content: &'a str,
    /// Who merges.
    pub(super) committer: &'a Person,
    /// What earlier tries have brought to the remote, by the proposal's head.
    pub(super) landed: &'a BTreeMap<Oid, Fate>,
    pub(super) monitor: &'a dyn Monitor,
}

impl Round<'_> {
    /// Judges all on `base`, one after another, and merges what may land. Gives the last merge commit.
    pub(super) fn judge(&self, base: Oid, listing: Option<&Listing>) -> Result<(Vec<Outcome>, Oid)> {
        let Order { now, remote, .. } = self.order;
        let place = self.quarantine.place();
        let lookup = ProposalLookup {
            repository: self.repository,
            quarantine: self.quarantine,
            remote,
            listing,
            base,
            most: self.settings(place, base)?.policy.proposals.bytes,
            now: *now,
        };
        let sought = lookup.seek(&self.order.wanted)?;
        self.order.cache.with(&self.order.repository, "merge", self.monitor, |cache| {
            let mut tip = Tip::load(place, self.content, base, cache, *now, self.monitor)?;
            self.monitor.stage("merge", Some(sought.len() as u64));
            let mut outcomes = Vec::with_capacity(sought.len());
            for sought in &sought {
                let (outcome, next) = self.one(tip, sought, cache)?;
                tip = next;
                outcomes.push(outcome);
                self.monitor.advance(1);
            }
            Ok((outcomes, tip.commit()))
        })
    }

    /// The settings of the forum at a commit.
    fn settings(&self, place: &Path, commit: Oid) -> Result<Settings> {
        let snapshot = Snapshot::open(place, self.content, &Source::Revision(commit.to_string()), self.monitor)?;
        let text = snapshot.find(FILE, SETTINGS_BYTES)?.unwrap_or_default();
        Ok(Settings::read(FILE, &String::from_utf8_lossy(&text)).0)
    }

    /// What becomes of one proposal, and the tip that it leaves.
    fn one(&self, tip: Tip, sought: &Sought, cache: &Cache) -> Result<(Outcome, Tip)> {
        let outcome = |head, fate, reasons| Outcome {
            name: sought.name.clone(),
            number: sought.number,
            head,
            fate,
            reasons,
            by: None,
            good: Vec::new(),
            texts: BTreeMap::new(),
        };
        let head = match &sought.found {
            Located::Head(head) => *head,
            Located::Merged => return Ok((outcome(None, Fate::Merged, Vec::new()), tip)),
            Located::Nothing(why) => return Ok((outcome(None, Fate::Refused, vec![why.clone()]), tip)),
        };
        if let Some(expected) = self.order.expect.filter(|expected| *expected != head) {
            let message = format!("the proposal is at {head}, not at {expected}");
            let why = PROPOSAL_MOVED.at(&sought.name, Spot::START, message, "look at it again as it is now");
            return Ok((outcome(Some(head), Fate::Refused, vec![why]), tip));
        }
        let objects = self.quarantine.repository();
        let proposal = Proposal { name: sought.name.clone(), number: sought.number, head };
        let Judgement { verdict, reasons, by, good } =
            tip.judge(objects, &proposal, self.order.account, self.order.approve)?;
        let texts = texts(objects, head, &reasons)?;
        let outcome = |fate| Outcome { by, good, texts, ..outcome(Some(head), fate, reasons) };
        Ok(match verdict {
            Verdict::Merges(candidate) => {
                let commit = self.commit(&tip, &proposal, &candidate)?;
                let tip = tip.advance(&candidate, commit, cache, self.monitor)?;
                let Candidate { subject, renamed, .. } = *candidate;
                (outcome(Fate::Landed { commit, subject, renamed }), tip)
            }
            Verdict::Merged => (outcome(self.landed.get(&head).cloned().unwrap_or(Fate::Merged)), tip),
            Verdict::Waits => (outcome(Fate::Waits), tip),
            Verdict::Refused => (outcome(Fate::Refused), tip),
        })
    }

    /// Makes the merge commit: the tip first, the proposal's head second. It is the proposer's work, whoever merges it.
    fn commit(&self, tip: &Tip, proposal: &Proposal, candidate: &Candidate) -> Result<Oid> {
        let objects = self.quarantine.repository();
        let blob = |content: &Content| match content {
            Content::Blob(id) => Ok(*id),
            Content::Rewritten(bytes) => write::blob(objects, bytes),
        };
        let changes = candidate.changes.iter().map(|change| {
            let content = change.content.as_ref().map(blob).transpose()?;
            Ok((change.path.clone(), content))
        });
        let changes = changes.collect::<Result<Vec<_>>>()?;
        let head = objects.commit(proposal.head)?;
        let author = Person { name: head.author.name, email: head.author.email, seconds: head.when.max(0), offset: 0 };
        let draft = Draft {
            tree: write::edit(objects, objects.tree(tip.commit())?, &changes)?,
            parents: &[tip.commit(), proposal.head],
            author: &author,
            committer: self.committer,
            message: &message(proposal, candidate.by.as_deref(), &candidate.subject, &candidate.renamed),
        };
        write::commit(objects, &draft)
    }
}

/// The texts of the files that faults of a proposal name, by path: for showing what each is about.
///
/// # Errors
/// When an object of the proposal is missing or damaged.
pub fn texts(objects: &Repository, head: Oid, faults: &[Diagnostic]) -> Result<BTreeMap<String, String>> {
    let mut texts = BTreeMap::new();
    for fault in faults {
        if !texts.contains_key(&fault.path)
            && let Some(blob) = objects.blob_at(objects.tree(head)?, &fault.path)?
            && objects.size(blob, &fault.path)? <= LARGEST_SHOWN_BYTES
        {
            let bytes = objects.object(ObjectType::Blob, blob, &fault.path)?;
            texts.insert(fault.path.clone(), String::from_utf8_lossy(&bytes).into_owned());
        }
    }
    Ok(texts)
}
