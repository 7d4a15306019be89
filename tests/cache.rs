//! A cache or an output folder's list in which something is damaged, missing or another commit's → every verb says and
//! does what it does without a cache, or stops with an error.

use std::collections::BTreeMap;
use std::fs;

use crate::forum::program::{Ran, boards, git};
use crate::forum::{Files, Forum, difference, files};
use boards::git::Source;
use proptest::prelude::*;

/// Ada, who has opened four topics, and Aaa, who has never posted and whose handle comes first.
fn tea() -> Forum {
    let forum = Forum::new();
    forum.write("content/members/aaa.yml", "name: Aaa\nemails: [aaa@tea.example]\naccounts: { github: 7 }\n");
    forum.write("content/members/ada.yml", "name: Ada\nemails: [ada@tea.example]\naccounts: { github: 1 }\n");
    forum.write("content/general/board.yml", "title: General\n");
    for topic in 1..=4 {
        let path = format!("content/general/t{topic}/20260101-10000{topic}-ada.md");
        forum.write(&path, format!("---\ntitle: Topic {topic}\n---\nSee [the first](../t1/).\n"));
    }
    forum.commit("ada", 1_767_261_600);
    forum
}

/// The forum on its branch `main`, with two proposals: Aaa's first post, which waits for a maintainer, and a reply of
/// Ada's, which merges.
fn with_proposals() -> Forum {
    let forum = tea();
    git(forum.dir(), &["branch", "-M", "main"]);
    git(forum.dir(), &["config", "user.name", "Cleo"]);
    git(forum.dir(), &["config", "user.email", "cleo@tea.example"]);
    for (branch, author) in [("first", "aaa"), ("reply", "ada")] {
        git(forum.dir(), &["checkout", "-q", "-b", branch, "main"]);
        let post = format!("content/general/t2/20260102-100000-{author}.md");
        forum.write(&post, format!("A reply by {author}.\n"));
        forum.commit(author, 1_767_348_000);
    }
    git(forum.dir(), &["checkout", "-q", "main"]);
    forum
}

#[test]
fn a_damaged_cache_merges_nothing_that_waits_and_refuses_nothing_that_is_right() {
    let forum = with_proposals();
    boards(forum.dir(), &["build", "-q"]).ends(0);
    let cache = forum.path(".git/boards");
    let kept = files(&cache);
    let flipped = |at: usize| {
        let mut bytes = kept["posts"].clone();
        bytes[at] ^= 1;
        Some(("posts", bytes))
    };
    let cut = Some(("posts", kept["posts"][..100].to_vec()));
    for (damaged, removed) in [(flipped(10), ""), (cut, ""), (None, "posts"), (None, "posts.index")] {
        for (branch, account, code) in [("first", "github:7", 1), ("reply", "github:1", 0)] {
            kept.iter().for_each(|(name, bytes)| fs::write(cache.join(name), bytes).unwrap());
            damaged.iter().for_each(|(name, bytes)| fs::write(cache.join(name), bytes).unwrap());
            let _ = fs::remove_file(cache.join(removed));
            let judge = ["check", "--base", "main", "--head", branch, "--as", account, "--at", "2026-01-02T10:00:00Z"];
            let ran = boards(forum.dir(), &judge).ends(code);
            let verdict = if code == 0 { "merges by itself" } else { "waits for a maintainer" };
            assert!(ran.err.contains(verdict), "{branch}: {}", ran.err);
        }
    }
}

#[test]
fn a_folder_in_place_of_a_file_of_the_cache_ends_no_verb() {
    let forum = tea();
    boards(forum.dir(), &["build", "-q"]).ends(0);
    let cache = forum.path(".git/boards");
    let page = fs::read(forum.path("output/general/t2/index.html")).unwrap();
    let names: Vec<String> = files(&cache).into_keys().collect();
    assert!(["posts", "bodies", "lock"].iter().all(|name| names.iter().any(|it| it == name)), "{names:?}");
    for name in names {
        let path = cache.join(name);
        // Without another the last run may have left it out.
        let _ = fs::remove_file(&path);
        fs::create_dir(&path).unwrap();
        fs::remove_dir_all(forum.path("output")).unwrap();
        boards(forum.dir(), &["build", "-q"]).ends(0);
        assert_eq!(fs::read(forum.path("output/general/t2/index.html")).unwrap(), page);
        boards(forum.dir(), &["stats"]).ends(0);
        fs::remove_dir(&path).unwrap();
    }
    fs::remove_dir_all(&cache).unwrap();
    fs::write(&cache, "").unwrap();
    boards(forum.dir(), &["check", "--format", "short"]).ends(0);
}

/// How a file is damaged: at which part of it, in thousandths, and how.
#[derive(Debug, Clone, Copy)]
enum Damage {
    Flipped(usize, u8),
    Cut(usize),
    Emptied,
    Removed,
    /// It is another commit's.
    Foreign,
}

impl Damage {
    /// What is then in the file's place; `other` is what another commit's is.
    fn of(self, bytes: &[u8], other: Option<&Vec<u8>>) -> Option<Vec<u8>> {
        let mut damaged = bytes.to_vec();
        match self {
            Damage::Flipped(part, bit) => {
                let at = bytes.len() * part / 1000;
                if let Some(byte) = damaged.get_mut(at) {
                    *byte ^= 1 << bit;
                }
            }
            Damage::Cut(part) => damaged.truncate(bytes.len() * part / 1000),
            Damage::Emptied => damaged.clear(),
            Damage::Removed => return None,
            Damage::Foreign => return other.cloned(),
        }
        Some(damaged)
    }
}

/// What verbs are asked, and what is compared of what they say.
const VERBS: [&[&str]; 10] = [
    &["check", "--format", "json"],
    &["build", "-q"],
    &["build", "-q", "--rev", "main"],
    &["stats", "--format", "json"],
    &["doctor", "--format", "json"],
    &["explain", "general/t2/", "--format", "json"],
    &["reply", "general/t2#20260103-100000-ada", "-m", "Thanks.", "--format", "json"],
    &["check", "--base", "main", "--head", "first", "--as", "github:7", "--format", "json"],
    &["merge", "first", "reply", "--format", "json", "--dry-run"],
    &["publish", "branch:pages", "--format", "json", "--dry-run"],
];

/// The folders that hold what earlier runs have left.
const LEFT: [&str; 2] = [".git/boards", "output"];

/// What lies in these folders.
fn left(forum: &Forum) -> BTreeMap<&'static str, Files> {
    LEFT.iter().map(|folder| (*folder, all_files(forum, folder))).collect()
}

/// Every file of a folder, boards' own included.
fn all_files(forum: &Forum, folder: &str) -> Files {
    let mut all = files(&forum.path(folder));
    for own in [".boards", ".boards-digest"] {
        if let Ok(bytes) = fs::read(forum.path(folder).join(own)) {
            all.insert(own.into(), bytes);
        }
    }
    all
}

/// Makes the folders hold that again.
fn restore(forum: &Forum, left: &BTreeMap<&str, Files>) {
    for (folder, kept) in left {
        let now = all_files(forum, folder);
        for (name, bytes) in kept.iter().filter(|(name, bytes)| now.get(*name) != Some(bytes)) {
            forum.write(&format!("{folder}/{name}"), bytes);
        }
        now.keys().filter(|name| !kept.contains_key(*name)).for_each(|name| forum.remove(&format!("{folder}/{name}")));
    }
}

/// What a verb said: its code and its result. Names of new files tell the time.
fn said(ran: &Ran) -> (Option<i32>, String) {
    let out = if ran.out.contains("\"branch\"") { String::new() } else { ran.out.clone() };
    (ran.code, out)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1, max_shrink_iters: 0, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_damaged_every_verb_says_what_it_says_without_a_cache(
        part in 0_usize..1000,
        bit in 0_u8..8,
    ) {
        let forum = with_proposals();
        let dir = forum.dir();
        // Another commit, whose pages mostly have the same lengths as those of this one.
        for (topic, text) in [(2, "See [the other](../t1/).\n"), (3, "See [the first](../t4/).\n")] {
            let path = format!("content/general/t{topic}/20260103-100000-ada.md");
            forum.write(&path, format!("---\nauthor: ada\n---\n{text}"));
        }
        forum.commit("ada", 1_767_434_400);
        boards(dir, &["build", "-q"]).ends(0);
        let other = left(&forum);
        forum.write("content/general/t2/20260103-100000-ada.md", "---\nauthor: ada\n---\nSee [the first](../t4/).\n");
        forum.commit("ada", 1_767_434_500);
        forum.remove(".git/boards");
        boards(dir, &["build", "-q"]).ends(0);
        forum.write("content/general/t4/20260103-100000-ada.md", "---\nauthor: ada\n---\nAnd more.\n");
        forum.commit("ada", 1_767_434_600);
        boards(dir, &["build", "-q"]).ends(0);
        let kept = left(&forum);
        let clean = [Source::WorkingCopy, Source::Revision("main".into())].map(|source| forum.clean(source));
        let status = || git(dir, &["status", "--porcelain", "content"]);

        for verb in VERBS {
            let run = || {
                let ran = boards(dir, verb);
                if verb[0] == "reply" {
                    git(dir, &["clean", "-qfd", "content"]);
                }
                ran
            };
            restore(&forum, &kept);
            let right = said(&run());
            restore(&forum, &kept);
            forum.remove(".git/boards");
            let without = said(&run());
            for (folder, name) in kept.iter().flat_map(|(folder, it)| it.keys().map(move |name| (*folder, name))) {
                if folder == "output" && !name.starts_with(".boards") {
                    continue;
                }
                for damage in [
                    Damage::Flipped(part, bit),
                    Damage::Cut(part),
                    Damage::Emptied,
                    Damage::Removed,
                    Damage::Foreign,
                ] {
                    restore(&forum, &kept);
                    let whole = &kept[folder][name];
                    match damage.of(whole, other[folder].get(name)) {
                        Some(bytes) if bytes == *whole => continue,
                        Some(bytes) => forum.write(&format!("{folder}/{name}"), bytes),
                        None => forum.remove(&format!("{folder}/{name}")),
                    }
                    let what = format!("{verb:?} after {damage:?} of {folder}/{name}");
                    let ran = run();
                    prop_assert_eq!(status(), "", "{}", what);
                    if ran.code == Some(3) {
                        prop_assert!(folder == "output" && ran.err.starts_with("error: "), "{}: {}", what, ran.err);
                        continue;
                    }
                    let now = said(&ran);
                    prop_assert!(now == right || now == without, "{}: {:?}, not {:?}", what, now, right);
                    if verb[0] == "build" {
                        let clean = &clean[usize::from(verb.contains(&"--rev"))];
                        prop_assert_eq!(difference(&forum.site(), clean), [""; 0], "{}", what);
                    }
                }
            }
        }
    }
}
