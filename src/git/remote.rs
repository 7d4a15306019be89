//! A remote repository, by name or address → what it proposes, fetched into a [quarantine](super::Quarantine); and a
//! branch pushed to it, never by force. All through the person's own git, with their credentials; nothing is checked out
//! and no reference of their repository moves.

use std::collections::HashSet;

use git2::{ObjectType, Oid};

use super::program::{Bounded, failure};
use super::quarantine::Quarantine;
use crate::Result;

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

/// How a fetch ended that reached the other side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// All that was asked for is in the quarantine.
    Done,
    /// It is more than was allowed. Nothing of it is in the quarantine.
    TooLarge,
    /// An object is malformed or missing, or a reference is gone; in git's words. Nothing of it is in the quarantine.
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
/// of its own: all of them or none. Git checks every object on its way. It is stopped when `most` bytes have come.
///
/// # Errors
/// When `from` can't be reached, the connection breaks, or the quarantine can't be written: in git's words.
pub fn fetch(quarantine: &Quarantine, from: &str, wanted: &[(String, String)], most: Option<u64>) -> Result<Fetched> {
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
    let fetched = match git.run_bounded(&arguments, quarantine.place(), most)? {
        Bounded::Ended(ran) if ran.status.success() => return Ok(Fetched::Done),
        Bounded::Ended(ran) => match refusal(&String::from_utf8_lossy(&ran.stderr)) {
            Some(why) => Fetched::Refused(why),
            None => return Err(failure(&arguments, &ran)),
        },
        Bounded::TooLarge => Fetched::TooLarge,
    };
    // Objects that have come already must not be taken for checked ones, or make the same proposal seem small, when it is
    // asked for again.
    quarantine.forget(&before, wanted.iter().map(|(_, ours)| ours.as_str()))?;
    Ok(fetched)
}

/// What git says where it refuses what it was sent, or the other side can't send it: parts of lines. They tell that from a
/// network or a disk that fails, which `git fetch` ends with the same exit code.
const REFUSALS: [&str; 8] = [
    "fatal: fsck error in ",
    "fatal: object type mismatch",
    ": expected type ",
    "fatal: did not receive expected object",
    " did not send all necessary objects",
    "fatal: couldn't find remote ref",
    "upload-pack: not our ref",
    "aborting due to possible repository corruption on the remote side",
];

/// Of what a failed fetch has said, the line that tells what is wrong with what was asked for; `None` where something else
/// went wrong.
fn refusal(said: &str) -> Option<String> {
    let lines: Vec<&str> = said.lines().map(|line| line.trim().trim_end_matches('.')).collect();
    let refused = lines.iter().find(|line| REFUSALS.iter().any(|words| line.contains(words)))?;
    // The line before the end names the object.
    let cause = ["error: object ", "remote: fatal: ", "remote: error: "];
    let told = cause.iter().find_map(|start| lines.iter().find(|line| line.starts_with(start))).unwrap_or(refused);
    Some(told.strip_prefix("error: ").or(told.strip_prefix("fatal: ")).unwrap_or(told).to_owned())
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

/// Of these objects, the commits that `tip` has already. Ones that aren't in the repository at all can't be among them.
///
/// # Errors
/// When the history can't be read.
pub fn known(quarantine: &Quarantine, heads: &[Oid], tip: Oid) -> Result<HashSet<Oid>> {
    let here: Vec<Oid> = quarantine.repository().reading(|objects| {
        let is_commit = |id: &Oid| objects.head(*id).is_ok_and(|(kind, _)| kind == ObjectType::Commit);
        Ok(heads.iter().copied().filter(is_commit).collect())
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
        let quarantine = Quarantine::open(&repository, "test", &crate::monitor::Quiet).unwrap();
        let from = there.path().to_str().unwrap();
        let wanted = [("refs/pull/2/head".to_owned(), "refs/boards/2".to_owned())];
        let fetch = |most| fetch(&quarantine, from, &wanted, most).unwrap();
        // As when git is faster than whoever watches it.
        let before = quarantine.packs().unwrap();
        assert_eq!(fetch(None), Fetched::Done);
        quarantine.forget(&before, ["refs/boards/2"].into_iter()).unwrap();
        assert_eq!([fetch(Some(4096)), fetch(Some(4096))], [Fetched::TooLarge, Fetched::TooLarge]);
        assert!(quarantine.commit("refs/boards/2").is_err());
        assert_eq!(fetch(Some(1 << 20)), Fetched::Done);
    }

    #[test]
    fn a_failure_of_network_or_disk_refuses_nothing() {
        for said in [
            "fatal: unable to access 'https://git.example/tea.git/': Could not resolve host: git.example",
            "fatal: unable to access 'https://git.example/tea.git/': The requested URL returned error: 503",
            "error: 3 bytes of body are still expected\nfetch-pack: unexpected disconnect while reading sideband packet\n\
             fatal: early EOF\nfatal: fetch-pack: invalid index-pack output",
            "remote: Internal Server Error\nfatal: the remote end hung up unexpectedly",
            "fatal: write error: No space left on device\nfatal: fetch-pack: invalid index-pack output",
            "fatal: pack is corrupted (SHA1 mismatch)\nfatal: fetch-pack: invalid index-pack output",
            "fatal: git upload-pack: '/srv/tea.git' does not appear to be a git repository",
            "",
        ] {
            assert_eq!(refusal(said), None);
        }
    }

    #[test]
    fn a_refusal_names_the_object() {
        let fsck = "error: object 2ab0: zeroPaddedFilemode: contains zero-padded file modes\n\
                    fatal: fsck error in packed object\nfatal: fetch-pack: invalid index-pack output\n";
        let missing = "fatal: git upload-pack: aborting due to possible repository corruption on the remote side.\n\
                       remote: fatal: unable to read 1111        \n\
                       remote: aborting due to possible repository corruption on the remote side.\n";
        for (said, why) in [
            (fsck, "object 2ab0: zeroPaddedFilemode: contains zero-padded file modes"),
            (missing, "remote: fatal: unable to read 1111"),
            ("fatal: couldn't find remote ref refs/pull/2/head\n", "couldn't find remote ref refs/pull/2/head"),
            ("fatal: object 2ab0: expected type blob, found tree\n", "object 2ab0: expected type blob, found tree"),
            (
                "error: ../origin.git did not send all necessary objects\n",
                "../origin.git did not send all necessary objects",
            ),
        ] {
            assert_eq!(refusal(said).as_deref(), Some(why));
        }
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
