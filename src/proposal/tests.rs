//! Laws of judging: the part of a forum that a proposal touches tells what the whole would, and a tip that was moved on
//! judges as one that was loaded anew.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::cache::Cache;
use crate::git::sample::{Files, TestRepository, files};
use crate::git::write;
use crate::git::{Entry, Kind, Repository, blob_id};
use crate::monitor::Quiet;

const NOW: i64 = 1_795_348_800;

fn base() -> Files {
    files(&[
        ("content/forum.yml", "format: 1\ntitle: Tea\n"),
        ("content/members/ada.yml", "name: Ada\nrole: maintainer\naccounts: { github: 1 }\n"),
        ("content/members/bob.yml", "name: Bob\naccounts: { github: 2 }\n"),
        ("content/a/board.yml", "title: A\n"),
        ("content/b/board.yml", "title: B\n"),
        ("content/a/one/1.md", "---\ntitle: One\nauthor: ada\ndate: 2026-01-01T10:00:00Z\n---\n[two](../two/)\n"),
        ("content/a/one/2.md", "---\nauthor: bob\ndate: 2026-01-01T11:00:00Z\n---\n[no](../none/)\n"),
        ("content/a/two/1.md", "---\ntitle: Two\nauthor: bob\ndate: 2026-01-01T10:00:00Z\n---\nTwo.\n"),
        ("content/b/2026/one/1.md", "---\ntitle: Three\nauthor: cleo\ndate: 2026-01-01T10:00:00Z\n---\n![x](x.gif)\n"),
        ("content/b/2026/one/x.gif", "GIF89a\u{3}\u{0}\u{2}\u{0}\u{0}\u{0}\u{0};"),
    ])
}

fn load(sample: &TestRepository, commit: Oid) -> Tip {
    Tip::load(sample.path(), "content", commit, &Cache::temporary().unwrap(), NOW, &Quiet).unwrap()
}

fn judge(tip: &Tip, head: Oid) -> Judgement {
    let proposal = Proposal { name: String::from("x"), number: None, head };
    let account = Some("github:1".parse().unwrap());
    tip.judge(tip.repository().unwrap(), &proposal, account, true).unwrap()
}

/// A post that may be good or not: what it links to, what it answers, whether it opens.
fn post() -> impl Strategy<Value = (String, String)> {
    let folder = prop::sample::select(vec!["a/one", "a/two", "b/2026/one", "a/new", "b/2026/new", "c/new"]);
    let stem = prop::sample::select(vec!["n1", "n2", "N3", "1-1"]);
    let link = prop::sample::select(vec![
        "../two/",
        "../one/1.md",
        "n1.md",
        "../new/n1.md",
        "../../members/ada.yml",
        "../../members/cleo.yml",
        "../../../members/dan.yml",
        "/content/b/2026/one/x.gif",
        "../../b/",
        "javascript:x",
        "x.gif",
    ]);
    let front = prop::sample::select(vec!["", "title: New\n", "reply_to: n2\n", "tags: [x]\n", "colour: x\n"]);
    (folder, stem, link, front, 0..3_u32).prop_map(|(folder, stem, link, front, hour)| {
        let text =
            format!("---\nauthor: ada\ndate: 2026-11-22T1{hour}:00:00Z\n{front}---\n[x]({link}) {stem} {folder}\n");
        (format!("content/{folder}/{stem}.md"), text)
    })
}

/// The topics of these files, as a proposal that adds them would leave them.
fn touched(tip: &Tip, new: &Files) -> (BTreeMap<String, TopicFile>, BTreeMap<String, BTreeSet<String>>) {
    let (mut topics, mut fresh) = (BTreeMap::new(), BTreeMap::<String, BTreeSet<String>>::new());
    for (path, text) in new {
        let (folder, name) = path.strip_prefix("content/").unwrap().rsplit_once('/').unwrap();
        let entry = Entry { name: name.to_owned(), kind: Kind::File, id: blob_id(text.as_bytes()) };
        let policy = &tip.files().settings().policy;
        let read = |_: &str, _: Oid, _: u64| Ok(Ok(text.clone().into_bytes()));
        let (part, _) = crate::content::read_topic(&[entry], None, &read, policy, &Quiet).unwrap();
        let topic: &mut TopicFile =
            topics.entry(folder.to_owned()).or_insert_with(|| tip.files().topic(folder).cloned().unwrap_or_default());
        topic.posts.extend(part.posts);
        topic.faults.extend(part.faults);
        fresh.entry(folder.to_owned()).or_default().insert(name.trim_end_matches(".md").to_owned());
    }
    (topics, fresh)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_part_that_is_touched_tells_what_the_whole_would(posts in prop::collection::vec(post(), 1..4)) {
        let sample = TestRepository::new();
        let tip = load(&sample, sample.commit(&base(), &[], "ada", 1));
        let new: Files = posts.into_iter().collect();
        let (topics, fresh) = touched(&tip, &new);
        let part = impact::part(&tip, &topics, &fresh).unwrap();
        let changes: Vec<Change> = new
            .iter()
            .map(|(path, text)| Change { path: path.clone(), content: Some(Content::Rewritten(text.clone().into_bytes())) })
            .collect();
        let whole = impact::whole(&tip, tip.repository().unwrap(), &changes).unwrap();
        prop_assert_eq!(part, whole);
    }

    #[test]
    fn a_tip_that_was_moved_on_judges_as_one_that_is_loaded_anew(
        first in prop::collection::vec(post(), 1..3), second in prop::collection::vec(post(), 1..3)
    ) {
        let sample = TestRepository::new();
        let from = sample.commit(&base(), &[], "ada", 1);
        let propose = |posts: Vec<(String, String)>| {
            let mut files = base();
            files.extend(posts);
            sample.commit(&files, &[from], "ada", NOW)
        };
        let (first, second) = (propose(first), propose(second));
        let tip = load(&sample, from);
        let Verdict::Merges(candidate) = judge(&tip, first).verdict else { return Ok(()) };
        let landed = land(&tip, &candidate);
        let moved = tip.advance(&candidate, landed, &Cache::temporary().unwrap(), &Quiet).unwrap();
        let anew = load(&sample, landed);
        prop_assert!(matches!(judge(&moved, first).verdict, Verdict::Merged));
        let (moved, anew) = (judge(&moved, second), judge(&anew, second));
        prop_assert_eq!(&moved.reasons, &anew.reasons);
        prop_assert_eq!(&moved.good, &anew.good);
        match (moved.verdict, anew.verdict) {
            (Verdict::Merges(moved), Verdict::Merges(anew)) => {
                prop_assert_eq!(moved.changes, anew.changes);
                prop_assert_eq!((moved.renamed, moved.subject), (anew.renamed, anew.subject));
            }
            (moved, anew) => prop_assert_eq!(std::mem::discriminant(&moved), std::mem::discriminant(&anew)),
        }
    }
}

/// Commits a candidate upon its tip.
fn land(tip: &Tip, candidate: &Candidate) -> Oid {
    let objects: &Repository = tip.repository().unwrap();
    let changes: Vec<write::Change> = candidate
        .changes
        .iter()
        .map(|change| {
            let blob = change.content.as_ref().map(|content| match content {
                Content::Blob(id) => *id,
                Content::Rewritten(bytes) => write::blob(objects, bytes).unwrap(),
            });
            (change.path.clone(), blob)
        })
        .collect();
    let tree = write::edit(objects, objects.commit(tip.commit()).unwrap().tree, &changes).unwrap();
    let person = write::Person { name: "max".into(), email: "max@x".into(), seconds: NOW, offset: 0 };
    let parents = [tip.commit(), candidate.head];
    let draft = write::Draft { tree, parents: &parents, author: &person, committer: &person, message: "x" };
    write::commit(objects, &draft).unwrap()
}

/// What a proposal of new files becomes on a tip that has others by now.
fn settled(proposed: &[(&str, &str)], since: &[(&str, &str)]) -> Judgement {
    let sample = TestRepository::new();
    let from = sample.commit(&base(), &[], "ada", 1);
    let with = |more: &[(&str, &str)]| {
        let mut all = base();
        all.extend(files(more));
        all
    };
    let head = sample.commit(&with(proposed), &[from], "ada", NOW);
    let tip = sample.commit(&with(since), &[from], "bob", NOW);
    judge(&load(&sample, tip), head)
}

#[test]
fn links_and_answers_follow_what_got_another_name() {
    let mine = "---\nauthor: ada\ndate: 2026-11-22T10:00:00Z\n---\nMine.\n";
    let answer = "---\nauthor: ada\ndate: 2026-11-22T11:00:00Z\nreply_to: 'n1'\n---\n`n1.md` [n1.md](n1.md) [a][r] [b](./n1.md) [c](1.md) [d](../one/n1.md) ä\n\n[r]: <n1.md> \"n1.md\"\n";
    let judgement = settled(
        &[("content/a/one/n1.md", mine), ("content/a/one/n2.md", answer)],
        &[("content/a/one/n1.md", "---\nauthor: bob\ndate: 2026-11-22T10:00:00Z\n---\nHis.\n")],
    );
    let Verdict::Merges(candidate) = judgement.verdict else { panic!("{:?}", judgement.reasons) };
    let expected = [
        Change { path: "content/a/one/n1-2.md".into(), content: Some(Content::Blob(blob_id(mine.as_bytes()))) },
        Change {
            path: "content/a/one/n2.md".into(),
            content: Some(Content::Rewritten(
                answer
                    .replace("'n1'", "'n1-2'")
                    .replace("](n1.md)", "](n1-2.md)")
                    .replace("](./n1.md)", "](./n1-2.md)")
                    .replace("](../one/n1.md)", "](../one/n1-2.md)")
                    .replace("<n1.md>", "<n1-2.md>")
                    .into_bytes(),
            )),
        },
    ];
    assert_eq!(candidate.changes, expected);
    assert_eq!(candidate.renamed, [("content/a/one/n1.md".into(), "content/a/one/n1-2.md".into())]);
}

#[test]
fn a_post_that_gets_another_name_says_whose_it_is_from_then_on() {
    let sample = TestRepository::new();
    let mut forum = base();
    forum.insert(
        "content/members/ada.yml".into(),
        "role: maintainer\naccounts: { github: 1 }\nemails: [ada@example.org]\n".into(),
    );
    let from = sample.commit(&forum, &[], "ada", 1);
    let with = |text: &str| {
        let mut all = forum.clone();
        all.insert("content/a/one/n1.md".into(), text.into());
        all
    };
    let head = sample.commit(&with("Mine.\n"), &[from], "ada", NOW);
    let tip = sample.commit(&with("---\nauthor: bob\n---\nHis.\n"), &[from], "bob", NOW);
    let judgement = judge(&load(&sample, tip), head);
    let Verdict::Merges(candidate) = judgement.verdict else { panic!("{:?}", judgement.reasons) };
    let text = "---\nauthor: ada\ndate: 2026-11-22T12:00:00Z\n---\nMine.\n";
    let content = Some(Content::Rewritten(text.as_bytes().to_vec()));
    assert_eq!(candidate.changes, [Change { path: "content/a/one/n1-2.md".into(), content }]);
}

#[test]
fn a_removed_topic_is_gone_from_the_tip() {
    let sample = TestRepository::new();
    let from = sample.commit(&base(), &[], "ada", 1);
    let mut left = base();
    left.remove("content/b/2026/one/1.md");
    left.remove("content/b/2026/one/x.gif");
    let head = sample.commit(&left, &[from], "ada", NOW);
    let tip = load(&sample, from);
    let judgement = judge(&tip, head);
    let Verdict::Merges(candidate) = judgement.verdict else { panic!("{:?}", judgement.reasons) };
    let landed = land(&tip, &candidate);
    let tip = tip.advance(&candidate, landed, &Cache::temporary().unwrap(), &Quiet).unwrap();
    assert!(tip.files().topic("b/2026/one").is_none() && tip.files().topic("a/one").is_some());
}

#[test]
fn objects_that_git_would_find_fault_with_are_refused() {
    let sample = TestRepository::new();
    let from = sample.commit(&base(), &[], "ada", 1);
    let tip = load(&sample, from);
    let odb = sample.repository.odb().unwrap();
    let top = sample.repository.find_commit(from).unwrap().tree_id();
    let raw = odb.read(top).unwrap().data().to_vec();
    let blob = sample.repository.blob(b"x").unwrap();
    let twice = [&b"100644 a\0"[..], blob.as_bytes(), b"100644 a\0", blob.as_bytes(), &raw].concat();
    let padded = [&b"0100644 a\0"[..], blob.as_bytes(), &raw].concat();
    let person = "Ada <ada@example.org> 1795348800 +0000";
    let commit = |tree: Oid, author: &str| {
        let text = format!("tree {tree}\nparent {from}\nauthor {author}\ncommitter {person}\n\nx\n");
        odb.write(git2::ObjectType::Commit, text.as_bytes()).unwrap()
    };
    let good = sample.repository.find_commit(sample.commit(&Files::new(), &[from], "ada", NOW)).unwrap().tree_id();
    let heads = [
        commit(odb.write(git2::ObjectType::Tree, &twice).unwrap(), person),
        commit(odb.write(git2::ObjectType::Tree, &padded).unwrap(), person),
        commit(good, "Ada <ada@example.org> 01795348800 +0000"),
        commit(good, "Ada<ada@example.org> 1795348800 +0000"),
    ];
    for head in heads {
        let judgement = judge(&tip, head);
        assert!(matches!(judgement.verdict, Verdict::Refused), "{judgement:?}");
        assert!(judgement.reasons.iter().any(|reason| reason.code == "commit-form"), "{:?}", judgement.reasons);
    }
}
