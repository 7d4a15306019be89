//! A proposal's head and the tip → the commits between, what each of them changes and what all change together; or why
//! they are not fit to be looked at. No file is read here.

use std::collections::{BTreeMap, HashSet};

use git2::Oid;

use super::rules::{COMMIT_FORM, NO_CHANGE, PROPOSAL_SIZE};
use super::tip::Tip;
use crate::Result;
use crate::config::Proposals;
use crate::diagnostic::{Diagnostic, Spot};
use crate::git::{Commit, Compared, Difference, Repository};

/// The commits of a proposal, in a line from one that the base has.
#[derive(Debug)]
pub(super) struct CommitRange {
    /// The tree of the base's commit that they begin from.
    pub fork: Oid,
    /// The commits, the oldest first.
    pub commits: Vec<Commit>,
    /// What each of them changes.
    pub steps: Vec<Vec<Difference>>,
    /// What they change together.
    pub whole: Vec<Difference>,
}

/// Where a proposal's head lies.
#[derive(Debug)]
pub(super) enum Ancestry {
    /// On the base already.
    Merged,
    /// Beyond it, in a way that can't be judged any further.
    Refused(Vec<Diagnostic>),
    /// Beyond it.
    Range(CommitRange),
}

/// Looks for the way from the base to `head`. Faults of the whole are told at the content folder.
pub(super) fn find(tip: &Tip, objects: &Repository, head: Oid) -> Result<Ancestry> {
    let (ancestors, content) = (tip.ancestors(), tip.files().content());
    let limits = &tip.files().settings().policy.proposals;
    if ancestors.contains(&head) {
        return Ok(Ancestry::Merged);
    }
    let mut reasons = Vec::new();
    let mut commits: Vec<Commit> = Vec::new();
    let mut id = head;
    let fork = loop {
        let commit = objects.commit(id)?;
        if let Some(fault) = commit.fault {
            let message = format!("commit {id} has {fault}");
            reasons.push(COMMIT_FORM.at(content, Spot::START, message, "make it anew: `git commit --amend`"));
        }
        match commit.parents.as_slice() {
            [parent] => id = *parent,
            [] => {
                let message = "the proposal has no commit in common with the base";
                let hint = "begin from a clone of the forum";
                reasons.push(COMMIT_FORM.at(content, Spot::START, message, hint));
                return Ok(Ancestry::Refused(reasons));
            }
            _ => {
                let message = format!("commit {} is a merge", commit.id);
                let hint = "rebase the proposal onto the base: `git rebase`";
                reasons.push(COMMIT_FORM.at(content, Spot::START, message, hint));
                return Ok(Ancestry::Refused(reasons));
            }
        }
        commits.push(commit);
        if ancestors.contains(&id) {
            break id;
        }
        if commits.len() as u64 >= limits.commits {
            let message = format!("the proposal has more than {} commits", limits.commits);
            reasons.push(PROPOSAL_SIZE.at(content, Spot::START, message, "squash them, or make several proposals"));
            return Ok(Ancestry::Refused(reasons));
        }
    };
    commits.reverse();

    let most = usize::try_from(limits.files).unwrap_or(usize::MAX);
    let fork = objects.commit(fork)?.tree;
    let mut compare = |old: Oid, new: Oid| -> Result<Option<Vec<Difference>>> {
        Ok(match objects.compare(Some(old), new, most)? {
            Compared::Files(files) => Some(files),
            Compared::TooMany => {
                reasons.push(too_many(content, limits));
                None
            }
            Compared::Malformed(path) => {
                let message = "the folder is not as git writes one";
                reasons.push(COMMIT_FORM.at(path, Spot::START, message, "make the commit anew with git"));
                None
            }
        })
    };
    let mut steps = Vec::with_capacity(commits.len());
    let mut before = fork;
    for commit in &commits {
        steps.extend(compare(before, commit.tree)?);
        before = commit.tree;
    }
    let whole = match steps.as_slice() {
        [only] if commits.len() == 1 => Some(only.clone()),
        _ => compare(fork, before)?,
    };
    let Some(whole) = whole.filter(|_| steps.len() == commits.len()) else {
        reasons.dedup();
        return Ok(Ancestry::Refused(reasons));
    };
    reasons.extend(size(objects, &commits, &steps, limits, content)?);
    if whole.is_empty() {
        let message = "the proposal changes nothing";
        reasons.push(NO_CHANGE.at(content, Spot::START, message, "commit the file, and push the branch again"));
    }
    if reasons.is_empty() {
        return Ok(Ancestry::Range(CommitRange { fork, commits, steps, whole }));
    }
    Ok(Ancestry::Refused(reasons))
}

fn too_many(content: &str, limits: &Proposals) -> Diagnostic {
    let message = format!("the proposal touches more than {} files", limits.files);
    PROPOSAL_SIZE.at(content, Spot::START, message, "make several proposals of it")
}

/// Whether all versions of all files together are too many or too large.
fn size(
    objects: &Repository,
    commits: &[Commit],
    steps: &[Vec<Difference>],
    limits: &Proposals,
    content: &str,
) -> Result<Vec<Diagnostic>> {
    let mut reasons = Vec::new();
    let paths: HashSet<&str> = steps.iter().flatten().map(|it| it.path.as_str()).collect();
    if paths.len() as u64 > limits.files {
        reasons.push(too_many(content, limits));
    }
    let files = steps.iter().flatten().filter_map(|it| Some((it.new?, it.path.as_str())));
    // A submodule's commit is none of this repository's objects.
    let blobs: BTreeMap<Oid, &str> = files
        .filter(|(file, _)| file.mode != crate::git::Mode::Submodule)
        .map(|(file, path)| (file.id, path))
        .collect();
    let mut bytes: u64 = commits.iter().map(|commit| commit.bytes).sum();
    for (blob, path) in blobs {
        bytes = bytes.saturating_add(objects.size(blob, path)?);
    }
    if bytes > limits.bytes {
        let message = format!("the proposal adds {bytes} bytes, at most {} are taken", limits.bytes);
        reasons.push(PROPOSAL_SIZE.at(content, Spot::START, message, "make the files smaller, or several proposals"));
    }
    Ok(reasons)
}
