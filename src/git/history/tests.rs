//! The history against what one would say by comparing all files of all commits.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::Error;
use crate::git::sample::{Files, TestRepository, files, git};
use crate::monitor::{Counter, Quiet};

/// The text after the first line, which stands for the front matter.
fn text(post: &[u8]) -> &[u8] {
    memchr::memchr(b'\n', post).map_or(post, |at| &post[at..])
}

fn text_changed(old: &[u8], new: &[u8]) -> bool {
    text(old) != text(new)
}

fn walk_from(sample: &TestRepository, tip: Oid, known: Option<History>) -> (History, Touched) {
    let repository = Repository::find(sample.path()).unwrap().unwrap();
    walk(&repository, tip, "content", known, &text_changed, &Quiet).unwrap()
}

fn walk_all(sample: &TestRepository, tip: Oid) -> History {
    walk_from(sample, tip, None).0
}

/// The commits of a fact.
fn commits(history: &History, path: &str) -> Option<(Oid, Option<Oid>)> {
    history.fact(path).unwrap().map(|fact| (fact.added.commit, fact.edited.map(|event| event.commit)))
}

#[test]
fn a_post_is_added_edited_and_moved() {
    let sample = TestRepository::new();
    let a = sample.commit(&files(&[("content/x/a.md", "1\nA")]), &[], "ada", 10);
    let b = sample.commit(&files(&[("content/x/a.md", "1\nB")]), &[a], "bob", 20);
    let c = sample.commit(&files(&[("content/y/a.md", "1\nB"), ("content/y/b.md", "")]), &[b], "cat", 30);
    let d = sample.commit(&files(&[("content/y/a.md", "2\nB"), ("content/y/b.md", "")]), &[c], "dan", 40);
    let history = walk_all(&sample, d);
    let fact = history.fact("y/a.md").unwrap().unwrap();
    assert_eq!((fact.added.commit, fact.added.when), (a, 10));
    assert_eq!(fact.edited.map(|event| event.commit), Some(b), "new front matter is no edit");
    assert_eq!(history.person(fact.added.person).email, "ada@example.org");
    assert_eq!(commits(&history, "y/b.md"), Some((c, None)));
    assert_eq!(history.fact("x/a.md").unwrap(), None);
    assert_eq!(history.people().len(), 3, "nobody who did nothing to what is there now");
}

#[test]
fn a_file_that_is_no_post_for_its_size_is_not_compared_by_its_text() {
    let sample = TestRepository::new();
    let large = |front: &str| format!("{front}\n{}", "tea\n".repeat((18 << 20) / 4));
    let a = sample.commit(&files(&[("content/a.md", &large("1"))]), &[], "ada", 1);
    let b = sample.commit(&files(&[("content/a.md", &large("2"))]), &[a], "bob", 2);
    assert_eq!(commits(&walk_all(&sample, b), "a.md"), Some((a, Some(b))));
}

#[test]
fn a_post_that_comes_back_is_new() {
    let sample = TestRepository::new();
    let post = files(&[("content/a.md", "A")]);
    let a = sample.commit(&post, &[], "ada", 1);
    let b = sample.commit(&Files::new(), &[a], "ada", 2);
    let c = sample.commit(&post, &[b], "bob", 3);
    assert_eq!(commits(&walk_all(&sample, c), "a.md"), Some((c, None)));
}

#[test]
fn only_posts_in_the_content_folder_have_facts() {
    let sample = TestRepository::new();
    let all = files(&[("content/a.md", ""), ("content/b.txt", ""), ("c.md", ""), ("contents/d.md", "")]);
    let a = sample.commit(&all, &[], "ada", 1);
    let history = walk_all(&sample, a);
    assert_eq!((history.len(), commits(&history, "a.md")), (1, Some((a, None))));
}

#[test]
fn a_merge_changes_only_what_none_of_its_parents_has() {
    let sample = TestRepository::new();
    let base = sample.commit(&files(&[("content/a.md", "\n0"), ("content/b.md", "\n0")]), &[], "ada", 1);
    let left = sample.commit(&files(&[("content/a.md", "\n1"), ("content/b.md", "\n0")]), &[base], "bob", 2);
    let right = sample.commit(&files(&[("content/a.md", "\n2"), ("content/b.md", "\n2")]), &[base], "cat", 3);
    let merged = files(&[("content/a.md", "\n1\n2"), ("content/b.md", "\n2"), ("content/c.md", "new")]);
    let merge = sample.commit(&merged, &[left, right], "dan", 4);
    let history = walk_all(&sample, merge);
    assert_eq!(commits(&history, "a.md"), Some((base, Some(merge))));
    assert_eq!(commits(&history, "b.md"), Some((base, Some(right))));
    assert_eq!(commits(&history, "c.md"), Some((merge, None)));
}

#[test]
fn going_on_reads_only_what_is_new() {
    let sample = TestRepository::new();
    let mut posts = Files::new();
    let mut line: Vec<Oid> = Vec::new();
    for at in 0..20 {
        posts.insert(format!("content/{at}.md"), format!("\n{at}"));
        let parent = line.last().copied();
        line.push(sample.commit(&posts, parent.as_slice(), "ada", at));
    }
    // A proposal that left the line at 10 adds one post and edits another; it is merged after 19.
    let mut branch: Files = (0..=10).map(|at| (format!("content/{at}.md"), format!("\n{at}"))).collect();
    branch.insert("content/new.md".to_owned(), "\nnew".to_owned());
    branch.insert("content/3.md".to_owned(), "\nedited".to_owned());
    let proposal = sample.commit(&branch, &[line[10]], "bob", 11);
    posts.extend(branch);
    let merge = sample.commit(&posts, &[line[19], proposal], "ada", 30);

    let known = walk_all(&sample, line[19]);
    let repository = Repository::find(sample.path()).unwrap().unwrap();
    let counter = Counter::default();
    let (history, touched) = walk(&repository, merge, "content", Some(known), &text_changed, &counter).unwrap();
    assert_eq!(counter.of(Work::CommitRead), 2 + 9, "the merge and the proposal, and the line back to where it left");
    assert_eq!(history, walk_all(&sample, merge));
    assert_eq!(commits(&history, "3.md"), Some((line[3], Some(proposal))));
    let Touched::Paths(mut paths) = touched else { panic!("all commits were read") };
    paths.sort();
    assert_eq!(paths, ["3.md", "new.md"]);
}

#[test]
fn a_known_commit_that_was_dropped_is_no_use() {
    let sample = TestRepository::new();
    let a = sample.commit(&files(&[("content/a.md", "A")]), &[], "ada", 1);
    let dropped = sample.commit(&files(&[("content/a.md", "\nB")]), &[a], "ada", 2);
    let b = sample.commit(&files(&[("content/a.md", "\nC")]), &[a], "ada", 3);
    let (history, touched) = walk_from(&sample, b, Some(walk_all(&sample, dropped)));
    assert_eq!((history, touched), (walk_all(&sample, b), Touched::All));
    let mut gone = walk_all(&sample, dropped);
    gone.tip = Oid::from_str("1234567890123456789012345678901234567890").unwrap();
    assert_eq!(walk_from(&sample, b, Some(gone)).0, walk_all(&sample, b));
}

#[test]
fn a_shallow_clone_knows_nothing_of_what_was_there_before() {
    let sample = TestRepository::new();
    sample.write("content/a.md", "A");
    sample.add_all();
    sample.write("content/b.md", "B");
    sample.add_all();
    sample.write("content/a.md", "\nAA");
    sample.write("content/c.md", "C");
    let tip = sample.add_all();
    let clones = tempfile::tempdir().unwrap();
    let url = format!("file://{}", sample.path().display());
    git(clones.path(), &["clone", "--quiet", "--bare", "--depth=2", &url, "shallow"]);
    let repository = Repository::find(&clones.path().join("shallow")).unwrap().unwrap();
    let walk_shallow = |known| walk(&repository, tip, "content", known, &text_changed, &Quiet).unwrap();
    let (history, _) = walk_shallow(None);
    assert!(history.shallow());
    assert_eq!(["a.md", "b.md", "c.md"].map(|path| history.fact(path).unwrap().is_some()), [false, false, true]);
    assert!(!walk_all(&sample, tip).shallow());

    git(&clones.path().join("shallow"), &["worktree", "add", "--quiet", "../linked"]);
    let linked = Repository::find(&clones.path().join("linked")).unwrap().unwrap();
    let (seen, _) = walk(&linked, tip, "content", None, &text_changed, &Quiet).unwrap();
    assert_eq!(seen, history);

    git(&clones.path().join("shallow"), &["fetch", "--quiet", "--unshallow"]);
    let (whole, touched) = walk_shallow(Some(history));
    assert_eq!((whole, touched), (walk_all(&sample, tip), Touched::All));
}

#[test]
fn a_missing_commit_is_named() {
    let sample = TestRepository::new();
    let a = sample.commit(&Files::new(), &[], "ada", 1);
    let b = sample.commit(&files(&[("content/a.md", "A")]), &[a], "ada", 2);
    let (folder, file) = (&a.to_string()[..2], &a.to_string()[2..]);
    std::fs::remove_file(sample.repository.path().join("objects").join(folder).join(file)).unwrap();
    let repository = Repository::find(sample.path()).unwrap().unwrap();
    let error = walk(&repository, b, "content", None, &text_changed, &Quiet).unwrap_err();
    assert!(error.to_string().contains(&a.to_string()), "{error}");
    assert!(error.hint().unwrap().contains("git fsck"));
}

/// The bytes of a base, of which those of one place can't be read.
#[derive(Debug)]
struct Holed(Vec<u8>, usize);

impl Source for Holed {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn read(&self, range: std::ops::Range<usize>) -> Result<std::borrow::Cow<'_, [u8]>> {
        if range.contains(&self.1) { Err(Error::other("a hole", "")) } else { Source::read(&self.0, range) }
    }
}

#[test]
fn whatever_byte_is_lost_nothing_false_is_told() {
    let sample = TestRepository::new();
    let mut posts: Files = (0..40).map(|at| (format!("content/{at}.md"), format!("\n{at}"))).collect();
    let a = sample.commit(&posts, &[], "ada", 1);
    posts.insert("content/3.md".to_owned(), "\nedited".to_owned());
    let b = sample.commit(&posts, &[a], "bob", 2);
    posts.insert("content/5.md".to_owned(), "\nedited".to_owned());
    posts.remove("content/7.md");
    let c = sample.commit(&posts, &[b], "cat", 3);
    let (known, whole) = (walk_all(&sample, b), walk_all(&sample, c));
    let bytes = known.base_bytes().unwrap();
    let repository = Repository::find(sample.path()).unwrap().unwrap();
    let (mut told, mut lost, mut unread) = (0, 0, 0);
    for at in 0..bytes.len() {
        let Ok(holed) = History::open(Arc::new(Holed(bytes.clone(), at))) else { continue };
        assert_ne!(holed.clone().unwrap(), known, "byte {at}");
        let Ok((found, _)) = walk(&repository, c, "content", holed, &text_changed, &Quiet) else {
            unread += 1;
            continue;
        };
        for post in 0..40 {
            let path = format!("{post}.md");
            let Ok(fact) = found.fact(&path) else {
                lost += 1;
                break;
            };
            let expected = whole.fact(&path).unwrap();
            assert_eq!(fact.map(|it| it.added.commit), expected.map(|it| it.added.commit), "byte {at}");
            told += 1;
        }
    }
    assert!(told > 0 && lost > 0 && unread > 0, "{told}, {lost}, {unread}");
}

/// One commit of a random history.
#[derive(Debug, Clone)]
struct Step {
    /// Its parents, counted back from the commit before; none for a new beginning.
    parents: Vec<usize>,
    edits: Vec<Edit>,
    /// In a merge: for each path, which side's file is taken.
    sides: u32,
    when: i64,
    author: usize,
}

#[derive(Debug, Clone)]
enum Edit {
    Write(usize, u8, u8),
    Delete(usize),
    Move(usize, usize),
    MoveFolder,
}

const PATHS: [&str; 8] = ["a.md", "b.md", "c.txt", "d/a.md", "d/b.md", "d-e.md", "e/a.md", "e/f/a.md"];

fn edits() -> impl Strategy<Value = Edit> {
    let path = 0..PATHS.len();
    prop_oneof![
        6 => (path.clone(), 0_u8..2, 0_u8..3).prop_map(|(path, head, text)| Edit::Write(path, head, text)),
        2 => path.clone().prop_map(Edit::Delete),
        2 => (path.clone(), path).prop_map(|(from, to)| Edit::Move(from, to)),
        1 => Just(Edit::MoveFolder),
    ]
}

fn steps(parents: impl Strategy<Value = Vec<usize>>) -> impl Strategy<Value = Step> {
    (parents, proptest::collection::vec(edits(), 0..4), any::<u32>(), 0_i64..50, 0_usize..3)
        .prop_map(|(parents, edits, sides, when, author)| Step { parents, edits, sides, when, author })
}

fn branching() -> impl Strategy<Value = Vec<usize>> {
    prop_oneof![
        8 => Just(vec![0]),
        3 => (0_usize..6).prop_map(|back| vec![back]),
        4 => (0_usize..3, 0_usize..6).prop_map(|(a, b)| vec![a, b]),
        1 => proptest::collection::vec(0_usize..6, 3),
        1 => Just(vec![]),
    ]
}

fn change(files: &mut Files, edit: &Edit) {
    let place = |path: usize| format!("content/{}", PATHS[path]);
    match *edit {
        Edit::Write(path, head, text) => drop(files.insert(place(path), format!("{head}\n{text}"))),
        Edit::Delete(path) => drop(files.remove(&place(path))),
        Edit::Move(from, to) => {
            if let Some(text) = files.remove(&place(from)) {
                files.insert(place(to), text);
            }
        }
        Edit::MoveFolder => {
            let moved: Files = files
                .iter()
                .filter(|(path, _)| path.contains("/d/"))
                .map(|(path, text)| (path.replace("/d/", "/e/"), text.clone()))
                .collect();
            files.retain(|path, _| !path.contains("/d/"));
            files.extend(moved);
        }
    }
}

/// All commits of a random history, with their parents and files.
struct Made {
    sample: TestRepository,
    commits: Vec<(Oid, Vec<usize>, Files)>,
}

fn make(steps: &[Step]) -> Made {
    let mut made = Made { sample: TestRepository::new(), commits: Vec::new() };
    for step in steps {
        let count = made.commits.len();
        let parents: Vec<usize> = step.parents.iter().filter_map(|back| count.checked_sub(back + 1)).collect();
        let mut all = Files::new();
        for (side, parent) in parents.iter().enumerate() {
            for (at, (path, text)) in made.commits[*parent].2.iter().enumerate() {
                if step.sides >> ((at + side) % 32) & 1 == 0 || !all.contains_key(path) {
                    all.insert(path.clone(), text.clone());
                }
            }
        }
        step.edits.iter().for_each(|edit| change(&mut all, edit));
        let ids: Vec<Oid> = parents.iter().map(|parent| made.commits[*parent].0).collect();
        // The number keeps commits apart that are alike in all else.
        let mut held = all.clone();
        held.insert("number".to_owned(), count.to_string());
        let id = made.sample.commit(&held, &ids, ["ada", "bob", "cat"][step.author], step.when);
        made.commits.push((id, parents, all));
    }
    made
}

/// The facts of a commit's posts, found by comparing all files.
fn naive(
    made: &Made,
    at: usize,
    memory: &mut BTreeMap<usize, BTreeMap<String, (Oid, Option<Oid>)>>,
) -> BTreeMap<String, (Oid, Option<Oid>)> {
    if let Some(known) = memory.get(&at) {
        return known.clone();
    }
    let (id, parents, files) = &made.commits[at];
    let before: Vec<_> =
        parents.iter().map(|parent| (naive(made, *parent, memory), &made.commits[*parent].2)).collect();
    let mut facts = BTreeMap::new();
    let mut strange: Vec<(&String, &String)> = Vec::new();
    for (path, post) in files.iter().filter(|(path, _)| path.ends_with(".md")) {
        let mut with = before.iter().filter_map(|(facts, files)| Some((facts.get(path)?, files.get(path)?)));
        let same = with.clone().find(|(_, old)| *old == post);
        let alike = with.clone().find(|(_, old)| !text_changed(old.as_bytes(), post.as_bytes()));
        match (same.or(alike), with.next()) {
            (Some((fact, _)), _) => drop(facts.insert(path.clone(), *fact)),
            (None, Some((fact, _))) => drop(facts.insert(path.clone(), (fact.0, Some(*id)))),
            (None, None) => strange.push((path, post)),
        }
    }
    for (old_facts, old_files) in &before {
        let mut gone: Vec<&String> = old_facts.keys().filter(|path| !files.contains_key(*path)).collect();
        let mut found = BTreeMap::new();
        let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        for by_name in [true, false] {
            for (path, post) in &strange {
                let fits = |old: &&String| old_files[*old] == **post && (!by_name || name(old) == name(path));
                if !found.contains_key(*path)
                    && let Some(at) = gone.iter().position(fits)
                {
                    found.insert((*path).clone(), old_facts[gone.remove(at)]);
                }
            }
        }
        strange.retain(|(path, _)| !found.contains_key(*path));
        facts.extend(found);
    }
    facts.extend(strange.into_iter().map(|(path, _)| (path.clone(), (*id, None))));
    memory.insert(at, facts.clone());
    facts
}

fn check(steps: &[Step]) -> Result<(), TestCaseError> {
    let made = make(steps);
    let histories: Vec<History> = made.commits.iter().map(|(id, ..)| walk_all(&made.sample, *id)).collect();
    let mut memory = BTreeMap::new();
    for (at, history) in histories.iter().enumerate() {
        let expected = naive(&made, at, &mut memory);
        let found = |path: &String| commits(history, path.strip_prefix("content/").unwrap_or(path));
        for (path, fact) in &expected {
            prop_assert_eq!(found(path), Some(*fact), "{} in commit {}", path, at);
        }
        prop_assert_eq!(history.len(), expected.len());
    }
    let Some(last) = histories.last() else { return Ok(()) };
    for known in &histories {
        let (history, touched) = walk_from(&made.sample, last.tip(), Some(known.clone()));
        prop_assert_eq!(&history, last);
        if let Touched::Paths(mut paths) = touched {
            paths.sort();
            let posts = made
                .commits
                .iter()
                .flat_map(|(_, _, files)| files.keys())
                .filter_map(|path| path.strip_prefix("content/"));
            let posts: BTreeSet<&str> = posts.collect();
            let new = |path: &&str| commits(last, path) != commits(known, path);
            prop_assert_eq!(paths, posts.into_iter().filter(new).collect::<Vec<_>>());
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn a_line_of_commits_tells_what_comparing_all_files_tells(steps in proptest::collection::vec(steps(Just(vec![0])), 1..12)) {
        check(&steps)?;
    }

    #[test]
    fn going_on_from_any_commit_is_the_same_as_reading_all(steps in proptest::collection::vec(steps(branching()), 1..14)) {
        check(&steps)?;
    }
}
