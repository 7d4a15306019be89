//! A remote repository, by name or address → what it proposes, fetched into a [quarantine](super::Quarantine); and a
//! branch pushed to it, never by force. All through the person's own git, with their credentials; nothing is checked out
//! and no reference of their repository moves.

use std::collections::HashSet;

use git2::Oid;

use super::program::{Bounded, failure};
use super::quarantine::Quarantine;
use crate::{Error, Result};

/// Where forges keep proposals: GitHub, Gitea and Forgejo, then GitLab.
const FORGES: [(&str, &str); 2] = [("refs/pull/", "/head"), ("refs/merge-requests/", "/head")];

/// A proposal that a remote has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The number that its forge gave it.
    pub number: u64,
    /// The reference that it is kept under.
    pub name: String,
    /// Its last commit.
    pub head: Oid,
}

/// What a remote has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// The commit that the branch is at; none where there is no such branch.
    pub tip: Option<Oid>,
    /// The proposals, by number.
    pub proposals: Vec<Listed>,
}

/// How a push ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pushed {
    /// The branch is at the commit now.
    Done,
    /// The remote refused; in git's words.
    Refused(String),
}

/// Asks what `remote` has: the branch (`refs/heads/main`) and every proposal.
///
/// # Errors
/// When it can't be reached, in git's words.
pub fn list(quarantine: &Quarantine, remote: &str, branch: &str) -> Result<Listing> {
    let patterns = FORGES.map(|(before, after)| format!("{before}*{after}"));
    let arguments = ["ls-remote", "--quiet", "--refs", "--", remote, branch, &patterns[0], &patterns[1]];
    Ok(read(&quarantine.git().output(&arguments)?, branch))
}

/// Reads the lines of `git ls-remote`.
fn read(lines: &str, branch: &str) -> Listing {
    let mut listing = Listing::default();
    for line in lines.lines() {
        let Some((id, name)) = line.split_once('\t') else { continue };
        let Ok(head) = Oid::from_str(id) else { continue };
        if name == branch {
            listing.tip = Some(head);
        } else if let Some(number) = number(name) {
            listing.proposals.push(Listed { number, name: name.to_owned(), head });
        }
    }
    listing.proposals.sort_by_key(|proposal| proposal.number);
    listing.proposals.dedup_by_key(|proposal| proposal.number);
    listing
}

/// The number in `refs/pull/12/head`.
fn number(name: &str) -> Option<u64> {
    let digits = FORGES
        .iter()
        .find_map(|(before, after)| name.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)))?;
    let plain = digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
    digits.parse().ok().filter(|_| plain)
}

/// Brings references of `from` (a remote's name or address, or a bundle's path) into the quarantine, each under a name
/// of its own. Git checks every object on its way. Says whether it was done: `false` when it was stopped for being more
/// than `most` bytes.
///
/// # Errors
/// When it can't be reached, has no such reference or an object is damaged: in git's words.
pub fn fetch(quarantine: &Quarantine, from: &str, wanted: &[(String, String)], most: Option<u64>) -> Result<bool> {
    let mut names = String::new();
    wanted.iter().for_each(|(theirs, ours)| names.push_str(&format!("+{theirs}:{ours}\n")));
    let arguments = [
        "fetch",
        "--quiet",
        "--stdin",
        "--atomic",
        "--no-tags",
        "--no-write-fetch-head",
        "--no-recurse-submodules",
        "--no-auto-maintenance",
        "--no-prune",
        "--refmap=",
        "--",
        from,
    ];
    let git = quarantine
        .git()
        .set("fetch.fsckObjects=true")
        .set("fetch.unpackLimit=1")
        .set("fetch.writeCommitGraph=false")
        // A small pack may hold a huge file: such are checked in passing, not in memory.
        .set("core.bigFileThreshold=16m")
        .set("transfer.bundleURI=false")
        .input(names);
    let before = quarantine.packs()?;
    match git.run_bounded(&arguments, quarantine.place(), most)? {
        Bounded::Ended(ran) if ran.status.success() => Ok(true),
        Bounded::Ended(ran) => Err(failure(&arguments, &ran)),
        Bounded::TooLarge => {
            // What had come already would let the same proposal seem small when it is asked for again.
            quarantine.forget(&before, wanted.iter().map(|(_, ours)| ours.as_str()))?;
            Ok(false)
        }
    }
}

/// The references that a bundle holds, and their commits.
///
/// # Errors
/// When it is no bundle, in git's words.
pub fn bundled(quarantine: &Quarantine, path: &str) -> Result<Vec<(String, Oid)>> {
    let lines = quarantine.git().output(&["bundle", "list-heads", path])?;
    let heads = lines.lines().filter_map(|line| line.split_once(' '));
    Ok(heads.filter_map(|(id, name)| Some((name.to_owned(), Oid::from_str(id).ok()?))).collect())
}

/// Of these commits, those that `tip` has already. Ones that aren't in the repository at all can't be among them.
///
/// # Errors
/// When the history can't be read.
pub fn known(quarantine: &Quarantine, commits: &[Oid], tip: Oid) -> Result<HashSet<Oid>> {
    let here: Vec<Oid> = quarantine.repository().with(|handle| {
        let odb = handle.odb().map_err(Error::git("open the object store"))?;
        Ok(commits.iter().copied().filter(|id| odb.exists(*id)).collect())
    })?;
    let mut wanted = format!("^{tip}\n");
    here.iter().for_each(|id| wanted.push_str(&format!("{id}\n")));
    let missing = quarantine.git().input(wanted).output(&["rev-list", "--stdin"])?;
    let missing: HashSet<&str> = missing.lines().collect();
    Ok(here.into_iter().filter(|id| !missing.contains(id.to_string().as_str())).collect())
}

/// Moves `branch` of the remote to `commit`, which must come after what it is at. Never by force.
///
/// # Errors
/// When the remote can't be reached, in git's words.
pub fn push(quarantine: &Quarantine, remote: &str, commit: Oid, branch: &str) -> Result<Pushed> {
    let what = format!("{commit}:{branch}");
    let arguments =
        ["push", "--porcelain", "--no-verify", "--no-follow-tags", "--recurse-submodules=no", "--", remote, &what];
    let ran = quarantine.git().run(&arguments)?;
    if ran.status.success() {
        return Ok(Pushed::Done);
    }
    let lines = String::from_utf8_lossy(&ran.stdout);
    match lines.lines().find_map(|line| line.strip_prefix("!\t")) {
        Some(refused) => Ok(Pushed::Refused(refused.rsplit('\t').next().unwrap_or_default().to_owned())),
        None => Err(failure(&arguments, &ran)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_before_it_was_too_large_doesnt_come_in_again() {
        let folder = tempfile::tempdir().unwrap();
        let [here, there] = ["here", "there"].map(|name| git2::Repository::init(folder.path().join(name)).unwrap());
        // Noise, so that git can't make it small.
        let noise: Vec<u8> = (0..2048_u32).flat_map(|n| *blake3::hash(&n.to_le_bytes()).as_bytes()).collect();
        let mut tree = there.treebuilder(None).unwrap();
        tree.insert("noise", there.blob(&noise).unwrap(), 0o100_644).unwrap();
        let tree = there.find_tree(tree.write().unwrap()).unwrap();
        let bob = git2::Signature::new("bob", "bob@tea.example", &git2::Time::new(0, 0)).unwrap();
        there.commit(Some("refs/pull/2/head"), &bob, &bob, "Noise", &tree, &[]).unwrap();

        let repository = crate::git::Repository::find(here.path()).unwrap().unwrap();
        let quarantine = Quarantine::open(&repository).unwrap();
        let from = there.path().to_str().unwrap();
        let wanted = [("refs/pull/2/head".to_owned(), "refs/boards/2".to_owned())];
        let fetch = |most| fetch(&quarantine, from, &wanted, most).unwrap();
        // As when git is faster than whoever watches it.
        let before = quarantine.packs().unwrap();
        assert!(fetch(None));
        quarantine.forget(&before, ["refs/boards/2"].into_iter()).unwrap();
        assert!(!fetch(Some(4096)) && !fetch(Some(4096)));
        assert!(quarantine.commit("refs/boards/2").is_err() && fetch(Some(1 << 20)));
    }

    #[test]
    fn only_what_a_forge_would_list_is_a_proposal() {
        let id = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
        let names = [
            "refs/heads/main",
            "refs/heads/other",
            "refs/pull/12/head",
            "refs/pull/12/merge",
            "refs/pull/x/head",
            "refs/pull/012/head",
            "refs/pull/3/head",
            "refs/pull/4/5/head",
            "refs/pull/99999999999999999999/head",
            "refs/merge-requests/7/head",
        ];
        let lines: Vec<String> = names.iter().map(|name| format!("{id}\t{name}")).collect();
        let listing = read(&lines.join("\n"), "refs/heads/main");
        assert_eq!(listing.tip, Oid::from_str(id).ok());
        assert_eq!(listing.proposals.iter().map(|it| it.number).collect::<Vec<_>>(), [3, 7, 12]);
        assert_eq!(read("", "refs/heads/main"), Listing::default());
    }
}
