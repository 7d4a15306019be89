//! How proposals land, each case a Markdown document `land-*.md` in `tests/cases/merge`: a sentence, a forum, proposals,
//! and a session with every answer. `UPDATE=1` writes the answers anew.
//!
//! The forum is that of [`Host`] and what a block `forum` adds: a line `=== path` and the file's text. A block `proposal reply by
//! bob` makes a branch `reply` with the files in it, from the forum's first commit; `proposal 12 by bob` pushes it to
//! `refs/pull/12/head` of the remote `origin` instead, and leaves no branch; `on reply` at the end makes it go on from
//! there. In the block `session` each line `$ command` is followed by what it says: standard output, standard error,
//! and its exit code where that isn't 0. Ids of commits are shown as `ID`, the folder of the case as `T`. Besides `boards`
//! and `git`, a session may `write PATH TEXT`, `remove PATH` and `show PATH`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::forum::cases::{Case, answer};
use crate::forum::host::{Host, write};
use crate::forum::program::{Ran, boards, git, quiet};
use git2::{ObjectType, Oid, Repository};

/// Plays a case, and gives the session as it went.
fn play(case: &Case) -> String {
    let blocks = case.blocks();
    let forum: String = blocks.iter().filter(|(what, _)| *what == "forum").map(|(_, text)| *text).collect();
    let host = Host::new(&forum);
    for (what, text) in blocks.iter().filter(|(what, _)| what.starts_with("proposal ")) {
        let words: Vec<&str> = what.split(' ').collect();
        host.propose(words[1], words[3], words.get(5).copied().unwrap_or("main"), text);
    }
    let lines = case.block("session").lines().filter_map(|line| line.strip_prefix("$ "));
    lines.map(|line| format!("$ {line}\n{}", said(&host.dir, &host.forum, line))).collect()
}

/// What a command of a session says.
fn said(dir: &Path, forum: &Path, line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    let ran = match words[..] {
        ["boards", ..] => boards(forum, &words[1..]),
        ["git", ..] => Ran::of(quiet(std::process::Command::new("git"), forum).args(&words[1..]).output().unwrap()),
        ["write", path, ..] => {
            write(forum, path, &line.splitn(3, ' ').nth(2).unwrap().replace("\\n", "\n"));
            return String::new();
        }
        ["remove", path] => {
            fs::remove_file(forum.join(path)).unwrap();
            return String::new();
        }
        ["show", path] => return format!("{}\n", fs::read_to_string(forum.join(path)).unwrap().trim_end()),
        _ => panic!("what is `{line}`?"),
    };
    let code = ran.code.filter(|code| *code != 0).map_or_else(String::new, |code| format!("(exit {code})\n"));
    masked(&format!("{}{}{code}", ran.out, ran.err).replace(dir.to_str().unwrap(), "T"))
}

/// A text with `ID` for every id of an object, whole or short.
fn masked(text: &str) -> String {
    let mut out = String::new();
    let mut word = String::new();
    for c in text.chars().chain(['\0']) {
        if c.is_ascii_alphanumeric() {
            word.push(c);
            continue;
        }
        let hex = word.len() >= 10 && word.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c));
        out.push_str(if hex { "ID" } else { &word });
        word.clear();
        out.extend(Some(c).filter(|c| *c != '\0'));
    }
    out
}

#[test]
fn every_session_goes_as_it_is_written() {
    answer(&Case::all("merge", "land-"), |case| vec![("session", play(case))]);
}

/// A remote's repository, into which objects are written that git would refuse to make.
struct Hostile(Repository);

impl Hostile {
    fn put(&self, kind: ObjectType, bytes: &[u8]) -> Oid {
        self.0.odb().unwrap().write(kind, bytes).unwrap()
    }

    /// Proposes a commit whose top tree has one entry more than the branch: of this mode, name and object.
    fn entry(&self, number: u64, mode: &str, name: &str, id: Oid) {
        let main = self.0.revparse_single("main").unwrap().peel_to_tree().unwrap();
        let odb = self.0.odb().unwrap();
        let entry = [mode.as_bytes(), b" ", name.as_bytes(), b"\0", id.as_bytes()].concat();
        let raw = odb.read(main.id()).unwrap().data().to_vec();
        // `.gitmodules` stands before `content`, and all other names behind it.
        let raw = if name < "content" { [entry, raw].concat() } else { [raw, entry].concat() };
        self.commit(number, self.put(ObjectType::Tree, &raw), None, "bob <bob@tea.example> 1 +0000");
    }

    /// Proposes a commit with these lines.
    fn commit(&self, number: u64, tree: Oid, parent: Option<Oid>, author: &str) {
        let parent = parent.unwrap_or_else(|| self.0.refname_to_id("refs/heads/main").unwrap());
        let committer = "bob <bob@tea.example> 1 +0000";
        let text = format!("tree {tree}\nparent {parent}\nauthor {author}\ncommitter {committer}\n\nPost\n");
        self.propose(number, self.put(ObjectType::Commit, text.as_bytes()));
    }

    /// Lets the reference of a proposal lead to an object, whatever it is.
    fn propose(&self, number: u64, id: Oid) {
        write(self.0.path(), &format!("refs/pull/{number}/head"), &format!("{id}\n"));
    }
}

/// A remote with proposals of Bob's from 1 on, and behind them one of each kind that git doesn't take: numbers and part
/// of what is said of each.
fn hostile(host: &Host) -> Vec<(u64, &'static str)> {
    let origin = Hostile(Repository::open_bare(&host.origin).unwrap());
    let main = origin.0.revparse_single("main").unwrap().peel_to_commit().unwrap();
    let (tree, blob) = (main.tree_id(), origin.put(ObjectType::Blob, b"x\n"));
    let nothing = Oid::from_str(&"1".repeat(40)).unwrap();
    let bob = "bob <bob@tea.example> 1 +0000";
    origin.entry(101, "0100644", "x", blob);
    origin.commit(102, tree, None, "bob <bob@tea.example>1 +0000");
    origin.entry(103, "120000", ".gitmodules", blob);
    origin.entry(104, "040000", "content", tree);
    origin.propose(105, blob);
    origin.propose(106, tree);
    origin.propose(107, nothing);
    origin.entry(108, "100644", "x", nothing);
    origin.commit(109, nothing, None, bob);
    origin.commit(110, tree, Some(nothing), bob);
    origin.entry(111, "100644", "x", tree);
    origin.propose(112, main.tree().unwrap().get_path(Path::new("content/forum.yml")).unwrap().id());
    vec![
        (101, ": zeroPaddedFilemode: "),
        (102, ": missingSpaceBeforeDate: "),
        (103, ": gitmodulesSymlink: "),
        (104, ": zeroPaddedFilemode: "),
        (105, ": its reference leads to no commit"),
        (106, ": its reference leads to no commit"),
        (107, "not our ref 1111"),
        (108, "remote: fatal: unable to read 1111"),
        (109, "remote: fatal: bad tree object 1111"),
        (110, "remote: fatal: "),
        (111, "remote: fatal: "),
        (112, ": its reference leads to no commit"),
    ]
}

/// What a run says of each proposal: its number, what became of it, and its first reason with that one's rule.
fn fates(ran: &Ran) -> Vec<(u64, String, String)> {
    let json = ran.json();
    let each = json["proposals"].as_array().unwrap().iter().map(|it| {
        let reason = &it["diagnostics"][0];
        let said = reason["message"]
            .as_str()
            .map_or_else(String::new, |message| format!("{}: {message}", reason["code"].as_str().unwrap()));
        (it["number"].as_u64().unwrap(), it["fate"].as_str().unwrap().to_owned(), said)
    });
    each.collect()
}

#[test]
fn each_proposal_that_git_does_not_take_is_refused_by_its_number_and_the_others_land() {
    let host = Host::new("");
    (1..=3).for_each(|number| host.post(number));
    let bad = hostile(&host);
    // The others stand among them, so that no half has them alone.
    let mut wanted: Vec<String> = bad.iter().map(|(number, _)| number.to_string()).collect();
    [(0, 1_u64), (5, 2), (9, 3)].into_iter().for_each(|(at, number)| wanted.insert(at, number.to_string()));
    let mut arguments = vec!["merge", "--approve", "--format", "json"];
    arguments.extend(wanted.iter().map(String::as_str));
    let ran = boards(&host.forum, &arguments).ends(1);
    let fates = fates(&ran);
    assert_eq!(fates.len(), bad.len() + 3);
    for (number, fate, said) in fates {
        match bad.iter().find(|(bad, _)| *bad == number) {
            None => assert_eq!((fate.as_str(), said.as_str()), ("merged", ""), "{number}"),
            Some((_, part)) => {
                assert_eq!(fate, "refused", "{number}: {said}");
                assert!(said.starts_with("proposal-objects: ") && said.contains(part), "{number}: {said}");
            }
        }
    }
    assert_eq!(git(&host.forum, &["fsck", "--strict", "--no-dangling"]), "");
    assert_eq!(git(&host.forum, &["rev-list", "--first-parent", "--count", "main"]).trim(), "4");
}

#[test]
fn all_that_can_be_had_are_judged_whatever_stands_beside_them() {
    let host = Host::new("");
    (1..=3).for_each(|number| host.post(number));
    let bad = hostile(&host);
    let fates = fates(&boards(&host.forum, &["merge", "--all", "--format", "json"]).ends(1));
    let of = |fate: &str| fates.iter().filter(|it| it.1 == fate).map(|it| it.0).collect::<Vec<_>>();
    assert_eq!(of("waits"), [1, 2, 3]);
    assert_eq!(of("refused"), bad.iter().map(|(number, _)| *number).collect::<Vec<_>>());
}

/// Lets the remote answer through a script, in which `"$@"` are the arguments for `git upload-pack`. Gives the script's
/// folder.
fn answer_through(host: &Host, script: &str) -> PathBuf {
    let place = host.dir.join("answer");
    fs::write(&place, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&place, fs::Permissions::from_mode(0o755)).unwrap();
    git(&host.forum, &["config", "remote.origin.uploadpack", place.to_str().unwrap()]);
    host.dir.clone()
}

#[test]
fn proposals_are_fetched_in_one_call_and_the_bad_ones_found_in_few_more() {
    let host = Host::new("");
    (1..=16).for_each(|number| host.post(number));
    let folder = answer_through(&host, "echo >> \"$(dirname \"$0\")/asked\"; exec git upload-pack \"$@\"");
    let asked = |code: i32| {
        let _ = fs::remove_file(folder.join("asked"));
        boards(&host.forum, &["merge", "--all"]).ends(code);
        fs::read_to_string(folder.join("asked")).unwrap().lines().count()
    };
    assert_eq!(asked(1), 2, "what there is, and all of it");
    let origin = Hostile(Repository::open_bare(&host.origin).unwrap());
    let blob = origin.put(ObjectType::Blob, b"x\n");
    origin.entry(7, "0100644", "x", blob);
    // Sixteen, then twice as many as there are halves: eight, four, two, one.
    assert_eq!(asked(1), 2 + 2 * 4);
}

#[test]
fn a_connection_that_breaks_is_an_error_and_refuses_nobody() {
    let host = Host::new("");
    (1..=2).for_each(|number| host.post(number));
    // It answers once, to say what there is.
    answer_through(&host, "test -e \"$0.once\" && exit 1; touch \"$0.once\"; exec git upload-pack \"$@\"");
    let ran = boards(&host.forum, &["merge", "--all"]).ends(3);
    assert!(ran.out.is_empty() && ran.err.starts_with("error: git fetch: "), "{ran:?}");
}
