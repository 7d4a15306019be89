//! Work trees that follow a branch → whether only what may be touched was, and what a killed run leaves is settled.

use super::*;
use crate::git::sample::{TestRepository, files, git};
use crate::git::write;

const MAIN: &str = "refs/heads/main";

/// A repository with two commits of `main`, at the first of which it is checked out.
struct Case {
    sample: TestRepository,
    repository: Repository,
    one: Oid,
    two: Oid,
}

impl Case {
    fn new() -> Case {
        let sample = TestRepository::new();
        let one = sample.commit(&files(&[("a.md", "1"), ("b.md", "2"), ("c/d.md", "3"), ("e", "4")]), &[], "ada", 1);
        let after = files(&[("a.md", "new"), ("b.md", "2"), ("f/g/h.md", "5"), ("e/i.md", "6")]);
        let two = sample.commit(&after, &[one], "ada", 2);
        sample.repository.reference(MAIN, one, true, "").unwrap();
        sample.repository.set_head(MAIN).unwrap();
        git(sample.path(), &["reset", "-q", "--hard"]);
        let repository = Repository::find(sample.path()).unwrap().unwrap();
        Case { sample, repository, one, two }
    }

    fn find(&self) -> WorkTrees {
        WorkTrees::find(&self.repository, MAIN).unwrap()
    }

    fn advance(&self) {
        assert!(write::advance(&self.repository, MAIN, Some(self.one), self.two, "x").unwrap());
    }

    fn read(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.sample.path().join(path)).ok()
    }

    /// What `git status` has to say, and whether the note is gone.
    #[track_caller]
    fn status(&self, expected: &str) {
        let statuses = self.sample.repository.statuses(None).unwrap();
        let lines = statuses.iter().map(|it| format!("{:?} {}", it.status(), it.path().unwrap()));
        assert_eq!(lines.collect::<Vec<_>>().join("\n"), expected);
        assert!(!self.repository.place().join(NOTE).exists());
    }
}

#[test]
fn files_and_index_go_where_the_branch_goes() {
    let case = Case::new();
    case.sample.write("mine.md", "mine");
    let work_trees = case.find();
    work_trees.check(&case.repository, Some(case.one), case.two).unwrap();
    work_trees.check_out(Some(case.one), case.two, &Quiet).unwrap();
    case.advance();
    work_trees.match_head().unwrap();
    case.status("Status(WT_NEW) mine.md");
    assert_eq!(case.read("f/g/h.md").as_deref(), Some("5"));
    assert_eq!(case.read("e/i.md").as_deref(), Some("6"));
    assert!(!case.sample.path().join("c").exists());
}

#[test]
fn a_branch_that_went_elsewhere_takes_the_files_back() {
    let case = Case::new();
    let work_trees = case.find();
    work_trees.check_out(Some(case.one), case.two, &Quiet).unwrap();
    work_trees.match_head().unwrap();
    case.status("");
    assert_eq!(case.read("e").as_deref(), Some("4"));
    assert!(!case.sample.path().join("f").exists());
}

#[test]
fn what_a_killed_run_left_is_settled_by_the_next() {
    for moved in [false, true] {
        // Killed after each step: some files, all files, the index too.
        for step in 0..4 {
            let case = Case::new();
            if step > 0 {
                case.find().check_out(Some(case.one), case.two, &Quiet).unwrap();
            }
            if step == 1 {
                git(case.sample.path(), &["read-tree", &case.one.to_string()]);
                fs::write(case.sample.path().join("a.md"), "1").unwrap();
                fs::write(case.sample.path().join("f/g/h.md.boards-new"), "half").unwrap();
            }
            if step == 2 {
                git(case.sample.path(), &["read-tree", &case.one.to_string()]);
            }
            if moved && step > 0 {
                case.advance();
            }
            case.find();
            case.status("");
        }
    }
}

#[test]
fn changes_of_people_are_never_overwritten() {
    #[expect(clippy::type_complexity, reason = "a list of words and what they stand for")]
    let cases: [(&str, &dyn Fn(&TestRepository)); 7] = [
        ("a.md", &|sample| sample.write("a.md", "mine")),
        ("a.md", &|sample| fs::remove_file(sample.path().join("a.md")).unwrap()),
        ("c/d.md", &|sample| sample.write("c/d.md", "mine")),
        ("f/g/h.md", &|sample| sample.write("f/g/h.md", "mine")),
        ("f/g/h.md", &|sample| sample.write("f", "mine")),
        ("f/g/h.md", &|sample| sample.write("f/g/h.md/mine", "mine")),
        ("a.md", &|sample| {
            sample.write("a.md", "mine");
            git(sample.path(), &["add", "a.md"]);
            sample.write("a.md", "1");
        }),
    ];
    for (number, (path, change)) in cases.iter().enumerate() {
        let case = Case::new();
        change(&case.sample);
        let refused = case.find().check(&case.repository, Some(case.one), case.two).unwrap_err().to_string();
        assert!(refused.ends_with(&format!("would be overwritten: {path}")), "{number}: {refused}");
    }
}

#[test]
fn other_changes_are_no_hindrance() {
    let case = Case::new();
    case.sample.write("b.md", "mine");
    case.sample.write("f/g/h.md", "5");
    case.find().check(&case.repository, Some(case.one), case.two).unwrap();
}

#[test]
fn an_unfinished_merge_and_a_lock_are_named() {
    let case = Case::new();
    fs::write(case.repository.place().join("index.lock"), "").unwrap();
    let refused = case.find().check(&case.repository, Some(case.one), case.two).unwrap_err();
    assert!(refused.to_string().contains("index.lock"), "{refused}");
    fs::write(case.repository.place().join("MERGE_HEAD"), format!("{}\n", case.two)).unwrap();
    let refused = case.find().check(&case.repository, Some(case.one), case.two).unwrap_err();
    assert!(refused.to_string().contains("is in progress here"), "{refused}");
}

#[test]
fn a_linked_work_tree_follows_and_a_bare_repository_has_none() {
    let case = Case::new();
    git(case.sample.path(), &["checkout", "-q", "--detach"]);
    let linked = tempfile::tempdir().unwrap();
    let path = linked.path().join("tree");
    git(case.sample.path(), &["worktree", "add", "-q", path.to_str().unwrap(), "main"]);
    let work_trees = case.find();
    work_trees.check(&case.repository, Some(case.one), case.two).unwrap();
    work_trees.check_out(Some(case.one), case.two, &Quiet).unwrap();
    case.advance();
    work_trees.match_head().unwrap();
    assert_eq!(fs::read_to_string(path.join("a.md")).unwrap(), "new");
    assert_eq!(case.read("a.md").as_deref(), Some("1"));
    let tree = git2::Repository::open(&path).unwrap();
    assert!(tree.statuses(None).unwrap().is_empty());

    let bare = linked.path().join("bare.git");
    git(case.sample.path(), &["clone", "-q", "--bare", ".", bare.to_str().unwrap()]);
    assert!(WorkTrees::find(&Repository::find(&bare).unwrap().unwrap(), MAIN).unwrap().is_empty());
}

/// A killed run's note in the git folder; gives its text.
fn noted(case: &Case) -> String {
    let note = format!("{} {}\n", case.one, case.two);
    fs::write(case.repository.place().join(NOTE), &note).unwrap();
    note
}

#[test]
fn locks_that_a_killed_run_left_are_removed_by_the_next() {
    let case = Case::new();
    let place = case.repository.place();
    for reference in [String::new(), format!("{}\n", case.two)] {
        let note = noted(&case);
        fs::write(place.join("index.lock"), note).unwrap();
        fs::write(place.join("refs/heads/main.lock"), reference).unwrap();
        fs::create_dir(place.join("boards-index-x")).unwrap();
        fs::write(place.join("boards-index-x/index.lock"), "half").unwrap();
        case.find().check_out(Some(case.one), case.two, &Quiet).unwrap();
        case.find();
        case.status("");
        for left in ["index.lock", "refs/heads/main.lock", "boards-index-x"] {
            assert!(!place.join(left).exists(), "{left}");
        }
    }
}

#[test]
fn locks_of_others_stay_and_are_named() {
    let case = Case::new();
    let place = case.repository.place();
    let theirs = format!("{}\n", case.one);
    fs::write(place.join("refs/heads/main.lock"), &theirs).unwrap();
    fs::write(place.join("index.lock"), "DIRC").unwrap();
    noted(&case);
    let refused = WorkTrees::find(&case.repository, MAIN).unwrap_err();
    assert!(refused.to_string().contains("index.lock") && refused.hint().unwrap().contains("remove the file"));
    assert_eq!(fs::read_to_string(place.join("index.lock")).unwrap(), "DIRC");
    fs::remove_file(place.join("index.lock")).unwrap();
    case.find();
    assert_eq!(fs::read_to_string(place.join("refs/heads/main.lock")).unwrap(), theirs);
}

#[test]
fn no_git_but_that_of_this_run_can_change_the_index_meanwhile() {
    let case = Case::new();
    noted(&case);
    let place = case.repository.place();
    let lock = IndexLock::take(place, &place.join(NOTE)).unwrap();
    let mut other = std::process::Command::new("git");
    let other = other.current_dir(case.sample.path()).args(["rm", "-q", "--cached", "a.md"]).output().unwrap();
    assert!(String::from_utf8_lossy(&other.stderr).contains("index.lock"), "{other:?}");
    drop(lock);
    assert!(!place.join("index.lock").exists());
}
