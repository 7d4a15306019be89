//! What `boards check --base --head` says of proposals, each a Markdown document `judge-*.md` in `tests/cases/merge`: a
//! sentence, what is proposed, and the exact answer. `UPDATE=1` writes the answers anew.
//!
//! What the base has besides [`BASE`] stands in a block `base`, what came to it after the proposal began in `since`, the
//! proposal itself in `proposal`: lines `=== path`, each followed by the file's text. After the path, in brackets: `gone`
//! takes the file away; `run`, `link` and `module` make a program, a symbolic link or a submodule of it; `picture` makes
//! a small one. `40× ` before a line stands for as many of it. `commit: ada 2026-11-22T11:00:00Z` commits all that stands
//! above it; `… signed bob` signs it with bob's key, `… signed bob sha256` with another hash, `… signed bob for file` for
//! something else than git, `… forged bob` with a signature of something else, `… cut bob` with half of one, and `… pgp bob` with
//! one of PGP. `{key bob}` in a text is bob's public
//! key. What isn't committed so is committed by ada at the hour of the merge, which is that of [`NOW`]. `run:` gives
//! other arguments than [`RUN`].

use std::collections::{BTreeMap, BTreeSet};

use crate::forum::cases::{Case, answer};
use crate::forum::key;
use crate::forum::program::{Ran, boards, git};
use git2::{Index, IndexEntry, IndexTime, Oid, Repository, Signature, Time};
use ssh_key::{HashAlg, LineEnding};

/// What every case has unless it says otherwise: a forum without faults, and people of every kind.
const BASE: &str = include_str!("cases/merge/base.txt");

/// The time of the merge.
const NOW: &str = "2026-11-22T12:00:00Z";
/// How the program is run: as ada, who has posted before.
const RUN: &str = "check --base main --head proposal --as github:1 --format short";

/// A picture of three by two pixels.
const PICTURE: &[u8] = b"GIF89a\x03\x00\x02\x00\x00\x00\x00\x3b";

type State = BTreeMap<String, (u32, Vec<u8>)>;

fn cases() -> Vec<Case> {
    Case::all("merge", "judge-")
}

fn run(case: &Case) -> Ran {
    let (folder, run) = make(case);
    let run: Vec<&str> = run.split(' ').collect();
    boards(folder.path(), &run)
}

/// Makes the repository of a case, and says how the program is to be run on it.
fn make(case: &Case) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let repository = Repository::init_bare(folder.path()).unwrap();
    let mut builder = Builder { repository: &repository, state: State::new(), run: format!("{RUN} --at {NOW}") };
    let long_ago = "2026-01-02T00:00:00Z";
    builder.play(BASE, &[], "max", long_ago);
    let fork = builder.play(case.find("base").unwrap_or_default(), &[], "max", long_ago);
    let base = (builder.state.clone(), fork);
    let proposed = case.block("proposal");
    let orphan = proposed.starts_with("orphan\n");
    let parents = if orphan { vec![] } else { vec![fork] };
    let head = builder.play(proposed.trim_start_matches("orphan\n"), &parents, "ada", NOW);
    builder.state = base.0;
    let tip = match case.find("since") {
        Some(since) => builder.play(since, &[base.1], "max", NOW),
        None => base.1,
    };
    repository.reference("refs/heads/main", tip, true, "").unwrap();
    repository.reference("refs/heads/proposal", head, true, "").unwrap();
    (folder, builder.run.clone())
}

/// A repository as it comes to be.
struct Builder<'r> {
    repository: &'r Repository,
    state: State,
    run: String,
}

impl Builder<'_> {
    /// Plays the lines of a block, from a commit on, and returns the last commit.
    fn play(&mut self, block: &str, parents: &[Oid], who: &str, when: &str) -> Oid {
        let mut parents = parents.to_vec();
        let mut file: Option<(String, String)> = None;
        let mut open = true;
        for line in block.split_inclusive('\n') {
            let word = line.split([' ', '\n']).next().unwrap();
            let rest = line[word.len()..].trim();
            if matches!(word, "===" | "commit:" | "run:" | "merge")
                && let Some((head, text)) = file.take()
            {
                self.put(&head, text);
            }
            match word {
                "===" => (file, open) = (Some((rest.to_owned(), String::new())), true),
                "commit:" => {
                    (parents, open) = (vec![self.commit(&parents, rest)], false);
                }
                "merge" => parents.insert(1, self.commit(&[], "max 2026-11-01T00:00:00Z")),
                "run:" => self.run = format!("{rest} --at {NOW}"),
                _ => match &mut file {
                    Some((_, text)) => match line.split_once("× ").map(|(times, rest)| (times.parse(), rest)) {
                        Some((Ok(times), rest)) => text.push_str(&rest.repeat(times)),
                        _ => text.push_str(line),
                    },
                    None => assert!(line.trim().is_empty(), "what is `{line}`?"),
                },
            }
        }
        if let Some((head, text)) = file {
            self.put(&head, text);
        }
        if open || parents.is_empty() {
            return self.commit(&parents, &format!("{who} {when}"));
        }
        parents[0]
    }

    fn put(&mut self, head: &str, text: String) {
        let (path, how) = head.split_once(" (").unwrap_or((head, ""));
        let mut text = text;
        for name in ["ada", "bob", "mia", "max", "zoe", "lost"] {
            text = text.replace(&format!("{{key {name}}}"), &key(name).public_key().to_openssh().unwrap());
        }
        let content = match how.trim_end_matches(')') {
            "gone" => {
                self.state.remove(path).unwrap_or_else(|| panic!("{path}: it isn't there"));
                return;
            }
            "run" => (0o100_755, text.into_bytes()),
            "link" => (0o120_000, text.trim().as_bytes().to_vec()),
            "module" => (0o160_000, Vec::new()),
            "picture" => (0o100_644, PICTURE.to_vec()),
            "" => (0o100_644, text.into_bytes()),
            other => panic!("{path}: what is `{other}`?"),
        };
        self.state.insert(path.to_owned(), content);
    }

    /// `WHO WHEN [signed KEY [sha256] [for NAMESPACE] | forged KEY | cut KEY | pgp KEY]`
    fn commit(&self, parents: &[Oid], what: &str) -> Oid {
        let words: Vec<&str> = what.split(' ').collect();
        let mut index = Index::new().unwrap();
        for (path, (mode, bytes)) in &self.state {
            let id = match mode {
                0o160_000 => Oid::from_str("1111111111111111111111111111111111111111").unwrap(),
                _ => self.repository.blob(bytes).unwrap(),
            };
            index.add(&entry(path, *mode, id)).unwrap();
        }
        let tree = index.write_tree_to(self.repository).unwrap();
        let tree = self.repository.find_tree(tree).unwrap();
        let when = words[1].parse::<jiff::Timestamp>().unwrap().as_second();
        let person = Signature::new(words[0], &format!("{}@tea.example", words[0]), &Time::new(when, 0)).unwrap();
        let parents: Vec<_> = parents.iter().map(|id| self.repository.find_commit(*id).unwrap()).collect();
        let parents: Vec<_> = parents.iter().collect();
        let Some((how, signer)) = words.get(2).zip(words.get(3)) else {
            return self.repository.commit(None, &person, &person, "x", &tree, &parents).unwrap();
        };
        let buffer = self.repository.commit_create_buffer(&person, &person, "x", &tree, &parents).unwrap();
        let buffer = buffer.as_str().unwrap();
        let hash = if words.contains(&"sha256") { HashAlg::Sha256 } else { HashAlg::Sha512 };
        let namespace = if words.contains(&"for") { "file" } else { "git" };
        let signed = if *how == "forged" { "something else" } else { buffer };
        let signature = key(signer).sign(namespace, hash, signed.as_bytes()).unwrap();
        let pem = signature.to_pem(LineEnding::LF).unwrap();
        let pem = match *how {
            "cut" => &pem[..pem.len() / 2],
            "pgp" => "-----BEGIN PGP SIGNATURE-----\n\niQEz\n-----END PGP SIGNATURE-----",
            _ => &pem,
        };
        self.repository.commit_signed(buffer, pem, None).unwrap()
    }
}

fn entry(path: &str, mode: u32, id: Oid) -> IndexEntry {
    IndexEntry {
        ctime: IndexTime::new(0, 0),
        mtime: IndexTime::new(0, 0),
        dev: 0,
        ino: 0,
        mode,
        uid: 0,
        gid: 0,
        file_size: 0,
        id,
        flags: 0,
        flags_extended: 0,
        path: path.as_bytes().to_vec(),
    }
}

#[test]
fn every_proposal_gets_its_judgement() {
    answer(&cases(), |case| {
        let ran = run(case);
        let said = format!("{}{}", ran.out, ran.err);
        let fine = ["merges by itself", "already merged"].iter().any(|word| ran.err.contains(word));
        assert_eq!(ran.code, Some(i32::from(!fine)), "{}: {said}", case.name());
        vec![("answer", said)]
    });
}

#[test]
fn every_rule_of_proposals_has_a_case() {
    let cases = cases();
    let options: BTreeSet<&str> = cases
        .iter()
        .flat_map(|case| case.block("answer").lines())
        .filter_map(|line| Some(line.split_once('[')?.1.split_once(']')?.0))
        .collect();
    // What can't be found isn't judged: those are of `merge`.
    let judged = boards::proposal::rules().map(|rule| rule.name).filter(|name| !name.starts_with("proposal-m"));
    let apart = ["proposal-objects", "proposal-unreadable"];
    let missing: Vec<&str> = judged.filter(|name| !options.contains(name) && !apart.contains(name)).collect();
    assert!(missing.is_empty(), "no case names {missing:?}");
}

#[test]
fn a_judgement_changes_nothing() {
    let case = cases().into_iter().find(|case| case.name() == "judge-settings").unwrap();
    let (folder, run) = make(&case);
    let objects = || git(folder.path(), &["count-objects", "-v"]);
    let before = objects();
    boards(folder.path(), &run.split(' ').collect::<Vec<_>>());
    assert_eq!(objects(), before);
}

fn case(name: &str) -> Case {
    cases().into_iter().find(|case| case.name() == name).unwrap()
}

#[test]
fn a_judgement_is_told_in_every_form() {
    let said = |name: &str, form: &str| {
        let (folder, run) = make(&case(name));
        let run = run.replace("short", form);
        boards(folder.path(), &run.split(' ').collect::<Vec<_>>())
    };
    let full = said("judge-foreign-author", "full").ends(1);
    assert!(full.out.contains("2 | author: bob\n  |         ^^^"), "{}", full.out);
    let github = said("judge-foreign-author", "github").ends(1);
    assert!(github.out.starts_with("::error file=content/general/tea/20261122-113000-bob.md,line=2,col=9,"));
    let waits = said("judge-first-post", "github").ends(1);
    assert!(waits.out.starts_with("::warning file="), "{}", waits.out);

    let keys = |it: &serde_json::Value| it.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let merges = said("judge-name-taken", "json").ends(0).json();
    assert_eq!(keys(&merges), ["by", "diagnostics", "good", "head", "renamed", "subject", "verdict"]);
    assert_eq!(
        (&merges["verdict"], &merges["by"], &merges["subject"]),
        (&"merges".into(), &"ada".into(), &"Re: Tea?".into())
    );
    assert_eq!(merges["renamed"][0]["to"], "content/general/tea/4-2.md");
    let mixed = said("judge-mixed", "json").ends(1).json();
    assert_eq!((&mixed["verdict"], &mixed["subject"]), (&"refused".into(), &serde_json::Value::Null));
    assert_eq!(mixed["good"], serde_json::json!(["content/general/tea/20261122-113000-ada.md"]));
    assert_eq!(mixed["diagnostics"][0]["code"], "others-post");
    assert_eq!(said("judge-first-post", "json").ends(1).json()["verdict"], "waits");
    assert_eq!(said("judge-merged", "json").ends(0).json()["verdict"], "already-merged");
}

#[test]
fn the_options_of_a_judgement_go_together() {
    let (folder, _) = make(&case("judge-reply"));
    for run in [
        "check --base main",
        "check --head proposal",
        "check --as github:1",
        "check --base main --head proposal --rev main",
        "check --base main --head proposal --as ada",
        "check --base main --head proposal --at today",
    ] {
        boards(folder.path(), &run.split(' ').collect::<Vec<_>>()).ends(2);
    }
    let ran = boards(folder.path(), &["check", "--base", "main", "--head", "nothing"]).ends(3);
    assert!(ran.err.contains("no revision `nothing`"), "{}", ran.err);
}
