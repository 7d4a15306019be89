//! Snapshots of the working copy against what git itself commits.

use std::path::Path;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use proptest::prelude::*;

use super::*;
use crate::git::history::{Person, walk};
use crate::git::sample::{TestRepository, files, git};
use crate::monitor::Quiet;

fn working(place: &Path) -> Snapshot {
    Snapshot::open(place, "content", &Source::WorkingCopy, &Quiet).unwrap()
}

fn at(place: &Path, revision: &str) -> Snapshot {
    Snapshot::open(place, "content", &Source::Revision(revision.to_owned()), &Quiet).unwrap()
}

fn refused(place: &Path, content: &str, source: Source) -> Error {
    Snapshot::open(place, content, &source, &Quiet).unwrap_err()
}

/// The paths below a folder, each with what it is.
fn paths(snapshot: &Snapshot, folder: Oid, above: &str) -> Vec<(String, Kind)> {
    let mut found = Vec::new();
    for Entry { name, kind, id } in snapshot.folder(folder).unwrap() {
        let path = join(above, &name);
        found.push((path.clone(), kind));
        if kind == Kind::Folder {
            found.extend(paths(snapshot, id, &path));
        }
    }
    found
}

fn names(snapshot: &Snapshot) -> Vec<String> {
    paths(snapshot, snapshot.root(), "").into_iter().map(|(path, _)| path).collect()
}

fn id(snapshot: &Snapshot, name: &str) -> Oid {
    snapshot.folder(snapshot.root()).unwrap().into_iter().find(|entry| entry.name == name).unwrap().id
}

/// Sets when a file was changed last, as seen from now.
fn age(path: &Path, ago: u64) {
    let time = SystemTime::now() - Duration::from_secs(ago);
    std::fs::File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
}

/// Makes boards and git take the files on the disk for old ones.
fn settle(sample: &TestRepository) {
    for entry in walkdir::WalkDir::new(sample.path().join("content")).into_iter().flatten() {
        if entry.file_type().is_file() {
            age(entry.path(), 100);
        }
    }
    git(sample.path(), &["config", "core.trustctime", "false"]);
    git(sample.path(), &["update-index", "-q", "--really-refresh"]);
}

#[test]
fn the_working_copy_has_the_ids_that_a_commit_of_it_has() {
    let sample = TestRepository::new();
    for (path, text) in
        [("a.md", "A"), ("a/b.md", ""), ("a-b/c.md", "C"), ("a0.md", "D"), ("x/y/z/1.md", "1"), ("B/c.md", "C")]
    {
        sample.write(&format!("content/{path}"), text);
    }
    std::fs::create_dir_all(sample.path().join("content/empty/emptier")).unwrap();
    let untracked = working(sample.path());
    assert_eq!(untracked.head(), None, "an unborn HEAD");
    let commit = sample.add_all();
    let (clean, revision) = (working(sample.path()), at(sample.path(), "HEAD"));
    assert_eq!((untracked.root(), clean.root()), (revision.root(), revision.root()));
    assert_eq!(clean.head(), Some(commit));
    assert_eq!(paths(&clean, clean.root(), ""), paths(&revision, revision.root(), ""));
    assert_eq!(names(&clean)[..4], ["B", "B/c.md", "a", "a/b.md"]);
    for snapshot in [&untracked, &clean, &revision] {
        assert_eq!(snapshot.read("a0.md", id(snapshot, "a0.md")).unwrap(), b"D");
    }
}

#[test]
fn an_empty_content_folder_is_the_empty_tree() {
    let sample = TestRepository::new();
    std::fs::create_dir(sample.path().join("content")).unwrap();
    let snapshot = working(sample.path());
    assert_eq!(snapshot.root().to_string(), "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
    assert_eq!(snapshot.folder(snapshot.root()).unwrap(), []);
}

#[test]
fn a_folder_without_a_repository_has_the_same_ids() {
    let (plain, sample) = (tempfile::tempdir().unwrap(), TestRepository::new());
    std::fs::create_dir_all(plain.path().join("content/a")).unwrap();
    std::fs::write(plain.path().join("content/a/b.md"), "1\r\n").unwrap();
    std::fs::write(plain.path().join("content/.gitignore"), "*.md").unwrap();
    sample.write("content/a/b.md", "1\r\n");
    git(sample.path(), &["add", "content/a/b.md"]);
    sample.write("content/.gitignore", "*.md");
    let snapshot = working(plain.path());
    assert_eq!(snapshot.root(), working(sample.path()).root());
    assert!(snapshot.repository().is_none() && snapshot.head().is_none());
    let folder = id(&snapshot, "a");
    let file = snapshot.folder(folder).unwrap()[0].id;
    assert_eq!(snapshot.read("a/b.md", file).unwrap(), b"1\r\n");
    assert!(refused(plain.path(), "content", Source::Revision("HEAD".into())).hint().is_some());
}

#[test]
fn ignored_files_are_left_out_unless_they_are_tracked() {
    let sample = TestRepository::new();
    sample.write("content/.gitignore", "*.tmp\n/cache/\n!keep.tmp\n");
    sample.write("content/tracked.tmp", "");
    git(sample.path(), &["add", "--force", "content/tracked.tmp"]);
    sample.write("content/cache/a.md", "");
    sample.write("content/a/cache/b.md", "");
    sample.write("content/a/c.tmp", "");
    sample.write("content/a/keep.tmp", "");
    sample.write("content/a/local.md", "");
    sample.write(".git/info/exclude", "local.md\n");
    assert_eq!(
        names(&working(sample.path())),
        [".gitignore", "a", "a/cache", "a/cache/b.md", "a/keep.tmp", "tracked.tmp"]
    );
    sample.add_all();
    assert_eq!(working(sample.path()).root(), at(sample.path(), "HEAD").root());
}

#[test]
fn a_change_that_keeps_size_and_time_is_seen_by_the_time_of_the_change() {
    let sample = TestRepository::new();
    sample.write("content/a.md", "one");
    age(&sample.path().join("content/a.md"), 100);
    let before = std::fs::metadata(sample.path().join("content/a.md")).unwrap().modified().unwrap();
    sample.add_all();
    std::thread::sleep(Duration::from_millis(20));
    sample.write("content/a.md", "two");
    let file = std::fs::File::options().write(true).open(sample.path().join("content/a.md")).unwrap();
    file.set_modified(before).unwrap();
    let snapshot = working(sample.path());
    assert_eq!(snapshot.read("a.md", id(&snapshot, "a.md")).unwrap(), b"two");
    assert_ne!(snapshot.root(), at(sample.path(), "HEAD").root());
}

#[test]
fn a_file_as_young_as_the_index_is_read_again() {
    let sample = TestRepository::new();
    sample.write("content/a.md", "one");
    sample.add_all();
    git(sample.path(), &["config", "core.trustctime", "false"]);
    // The same size, and the very time that the index has of file and index.
    let path = sample.path().join("content/a.md");
    let time = std::fs::metadata(&path).unwrap().modified().unwrap();
    sample.write("content/a.md", "two");
    for path in [path, sample.repository.path().join("index")] {
        std::fs::File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
    }
    let snapshot = working(sample.path());
    assert_eq!(snapshot.read("a.md", id(&snapshot, "a.md")).unwrap(), b"two");
}

#[test]
fn an_unchanged_file_is_not_read() {
    let sample = TestRepository::new();
    sample.write("content/a.md", "one");
    sample.add_all();
    settle(&sample);
    let clean = working(sample.path());
    // Only a file that isn't looked into can be taken for another one.
    let path = sample.path().join("content/a.md");
    let time = std::fs::metadata(&path).unwrap().modified().unwrap();
    sample.write("content/a.md", "two");
    std::fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
    assert_eq!(working(sample.path()).root(), clean.root());
}

#[test]
fn a_file_that_changes_after_the_snapshot_is_an_error() {
    let sample = TestRepository::new();
    for name in ["clean.md", "dirty.md", "gone.md"] {
        sample.write(&format!("content/{name}"), "one");
    }
    sample.add_all();
    sample.write("content/dirty.md", "two");
    let snapshot = working(sample.path());
    let read = |name: &str| snapshot.read(name, id(&snapshot, name));
    assert_eq!(read("dirty.md").unwrap(), b"two");
    sample.write("content/clean.md", "six");
    sample.write("content/dirty.md", "ten");
    std::fs::remove_file(sample.path().join("content/gone.md")).unwrap();
    for name in ["clean.md", "dirty.md", "gone.md"] {
        let error = read(name).unwrap_err();
        assert!(error.to_string().contains(name) && error.hint() == Some("run it again"), "{error}");
    }
}

#[test]
fn a_file_that_the_disk_shows_unchanged_is_not_hashed_again() {
    let sample = TestRepository::new();
    sample.write("content/a.md", "one");
    let mut snapshot = working(sample.path());
    let (_, stamp) = disk::read(&sample.path().join("content/a.md"), 1 << 10).unwrap();
    let another = tree::hash(ObjectType::Blob, b"another");
    assert!(snapshot.read("a.md", another).is_err());
    if let Files::Disk(_, working) = &mut snapshot.files {
        Arc::get_mut(working).unwrap().trusted.insert(stamp.stat_key(another));
    }
    assert_eq!(snapshot.read("a.md", another).unwrap(), b"one");
    std::thread::sleep(Duration::from_millis(20));
    sample.write("content/a.md", "two");
    assert!(snapshot.read("a.md", another).is_err());
}

#[test]
fn line_ends_are_those_that_git_stores() {
    let sample = TestRepository::new();
    git(sample.path(), &["config", "core.autocrlf", "true"]);
    sample.write(".gitattributes", "raw.md -text\n*.id ident\n");
    sample.write("content/a.md", "1\r\n2\r\n");
    sample.write("content/raw.md", "1\r\n");
    sample.write("content/x.id", "$Id: 123 $\n");
    let expected = [("a.md", &b"1\n2\n"[..]), ("raw.md", b"1\r\n"), ("x.id", b"$Id$\n")];
    let check = |snapshot: &Snapshot| {
        for (name, text) in expected {
            assert_eq!(snapshot.read(name, id(snapshot, name)).unwrap(), text, "{name}");
        }
        snapshot.root()
    };
    let untracked = check(&working(sample.path()));
    sample.add_all();
    assert_eq!(untracked, check(&at(sample.path(), "HEAD")));
    assert_eq!(untracked, check(&working(sample.path())));
    settle(&sample);
    assert_eq!(untracked, check(&working(sample.path())));
    assert!(!sample.path().join(".git/objects/pack").read_dir().unwrap().any(|_| true));
}

#[cfg(unix)]
#[test]
fn links_programs_and_strange_names_are_reported() {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::PermissionsExt;
    let sample = TestRepository::new();
    let content = sample.path().join("content");
    sample.write("content/run.md", "");
    std::fs::set_permissions(content.join("run.md"), PermissionsExt::from_mode(0o755)).unwrap();
    std::os::unix::fs::symlink("run.md", content.join("link.md")).unwrap();
    std::os::unix::fs::symlink("../..", content.join("up")).unwrap();
    std::fs::write(content.join(std::ffi::OsStr::from_bytes(b"\xff.md")), "").unwrap();
    let expected =
        [("link.md", Kind::Other), ("run.md", Kind::File), ("up", Kind::Other), ("\u{fffd}.md", Kind::Other)];
    let untracked = working(sample.path());
    sample.add_all();
    for snapshot in [untracked, working(sample.path()), at(sample.path(), "HEAD")] {
        assert_eq!(paths(&snapshot, snapshot.root(), ""), expected.map(|(name, kind)| (name.to_owned(), kind)));
    }
    assert_eq!(working(sample.path()).root(), at(sample.path(), "HEAD").root());
}

#[test]
fn another_repository_inside_is_not_entered() {
    let sample = TestRepository::new();
    sample.write("content/a.md", "");
    for name in ["module", "unborn"] {
        sample.write(&format!("content/{name}/b.md"), "");
        git(&sample.path().join("content").join(name), &["init", "--quiet"]);
    }
    let module = sample.path().join("content/module");
    git(&module, &["add", "--all"]);
    git(&module, &["commit", "--quiet", "--message=x"]);
    let head = git2::Repository::open(&module).unwrap().head().unwrap().target().unwrap();
    let snapshot = working(sample.path());
    assert_eq!(names(&snapshot), ["a.md", "module", "unborn"]);
    assert_eq!(id(&snapshot, "module"), head);
    std::fs::remove_dir_all(sample.path().join("content/unborn")).unwrap();
    sample.add_all();
    assert_eq!(working(sample.path()).root(), at(sample.path(), "HEAD").root());
    assert_eq!(paths(&snapshot, snapshot.root(), "")[1].1, Kind::Other);
}

#[test]
fn linked_work_trees_and_folders_in_a_work_tree_are_found() {
    let sample = TestRepository::new();
    sample.write("forum/content/a.md", "A");
    sample.write("content/b.md", "B");
    sample.add_all();
    let snapshot = working(&sample.path().join("forum"));
    assert_eq!((names(&snapshot), snapshot.content()), (vec!["a.md".to_owned()], "forum/content"));
    assert_eq!(at(&sample.path().join("forum"), "HEAD").root(), snapshot.root());
    let folder = tempfile::tempdir().unwrap();
    git(sample.path(), &["worktree", "add", "--quiet", &folder.path().join("linked").to_string_lossy()]);
    let linked = working(&folder.path().join("linked"));
    assert_eq!(linked.root(), working(sample.path()).root());
    assert_eq!(linked.read("b.md", id(&linked, "b.md")).unwrap(), b"B");
    let whole = Snapshot::open(sample.path(), ".", &Source::WorkingCopy, &Quiet).unwrap();
    assert_eq!(names(&whole), ["content", "content/b.md", "forum", "forum/content", "forum/content/a.md"]);
}

#[test]
fn a_bare_repository_has_commits_only() {
    let sample = TestRepository::new();
    sample.write("content/a.md", "A");
    sample.add_all();
    let folder = tempfile::tempdir().unwrap();
    let bare = folder.path().join("bare");
    git(folder.path(), &["clone", "--quiet", "--bare", &sample.path().to_string_lossy(), "bare"]);
    let snapshot = at(&bare, "HEAD");
    assert_eq!(snapshot.read("a.md", id(&snapshot, "a.md")).unwrap(), b"A");
    assert!(refused(&bare, "content", Source::WorkingCopy).hint().unwrap().contains("--rev"));
}

#[test]
fn what_is_missing_is_named_with_a_way_out() {
    let sample = TestRepository::new();
    sample.write("content/a.md", "A");
    sample.add_all();
    for (content, source) in [
        ("nothing", Source::WorkingCopy),
        ("content/a.md", Source::WorkingCopy),
        ("nothing", Source::Revision("HEAD".into())),
        ("content/a.md", Source::Revision("HEAD".into())),
        ("content", Source::Revision("nobody".into())),
        ("../content", Source::WorkingCopy),
    ] {
        let error = refused(sample.path(), content, source.clone());
        assert!(error.hint().is_some(), "{content} {source:?}: {error}");
    }
}

#[test]
fn a_damaged_object_is_named() {
    let sample = TestRepository::new();
    sample.write("content/a.md", "A");
    sample.add_all();
    let snapshot = at(sample.path(), "HEAD");
    let blob = id(&snapshot, "a.md");
    let (folder, file) = (&blob.to_string()[..2], &blob.to_string()[2..]);
    let object = sample.repository.path().join("objects").join(folder).join(file);
    std::fs::remove_file(&object).unwrap();
    for damage in [None, Some("damage")] {
        if let Some(damage) = damage {
            std::fs::write(&object, damage).unwrap();
        }
        let error = snapshot.read("a.md", blob).unwrap_err();
        assert!(error.to_string().contains("a.md") && error.to_string().contains(&blob.to_string()), "{error}");
        assert!(error.hint().unwrap().contains("git fsck"));
    }
    let error = snapshot.folder(blob).unwrap_err();
    assert!(error.to_string().contains(&blob.to_string()), "{error}");
}

#[test]
fn many_threads_read_at_once() {
    use rayon::prelude::*;
    let sample = TestRepository::new();
    (0..200).for_each(|at| sample.write(&format!("content/{at}.md"), at.to_string()));
    sample.add_all();
    for snapshot in [at(sample.path(), "HEAD"), working(sample.path())] {
        let entries = snapshot.folder(snapshot.root()).unwrap();
        let read =
            |entry: &Entry| format!("{}.md", String::from_utf8(snapshot.read(&entry.name, entry.id).unwrap()).unwrap());
        assert!(entries.par_iter().all(|entry| read(entry) == entry.name));
    }
}

#[test]
fn people_are_those_of_the_mailmap() {
    let sample = TestRepository::new();
    let held = files(&[(".mailmap", "Ada Lovelace <lovelace@example.org> <ada@example.org>\n"), ("content/a.md", "")]);
    let commit = sample.commit(&held, &[], "ada", 1);
    let snapshot = at(sample.path(), &commit.to_string());
    let repository = snapshot.repository().unwrap();
    let (history, _) = walk(repository, commit, snapshot.content(), None, &|a, b| a != b, &Quiet).unwrap();
    assert_eq!(history.person(0).email, "ada@example.org");
    let ada = Person { name: "Ada Lovelace".into(), email: "lovelace@example.org".into() };
    assert_eq!(snapshot.people(history.people()).unwrap(), [ada]);
    sample.write("content/a.md", "");
    assert_eq!(working(sample.path()).people(history.people()).unwrap(), history.people());
}

/// What somebody does to a working copy.
#[derive(Debug, Clone)]
enum Deed {
    Write(usize, u8),
    Remove(usize),
    RemoveFolder(usize),
    Rename(usize, usize),
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let one = prop_oneof![
        4 => (0..8_usize, any::<u8>()).prop_map(|(at, text)| Deed::Write(at, text)),
        1 => (0..8_usize).prop_map(Deed::Remove),
        1 => (0..4_usize).prop_map(Deed::RemoveFolder),
        1 => (0..4_usize, 0..4_usize).prop_map(|(from, to)| Deed::Rename(from, to)),
    ];
    prop::collection::vec(one, 1..6)
}

/// Does it below `content`, and tells at which paths.
fn done(deed: &Deed, content: &Path) -> Vec<PathBuf> {
    const FOLDERS: [&str; 4] = ["a", "a/x", "a/x/deep", "b"];
    let folder = |at: usize| content.join(FOLDERS[at]);
    let file = |at: usize| folder(at % 4).join(["one.md", "two.md"][at / 4]);
    // What can't be done is done in vain.
    match *deed {
        Deed::Write(at, text) => {
            let _ = std::fs::create_dir_all(file(at).parent().unwrap());
            let _ = std::fs::write(file(at), text.to_string());
            vec![file(at)]
        }
        Deed::Remove(at) => {
            let _ = std::fs::remove_file(file(at));
            vec![file(at)]
        }
        Deed::RemoveFolder(at) => {
            let _ = std::fs::remove_dir_all(folder(at));
            vec![folder(at)]
        }
        Deed::Rename(from, to) => {
            let _ = std::fs::rename(folder(from), folder(to));
            vec![folder(from), folder(to)]
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn looking_again_where_something_changed_tells_what_looking_at_everything_does(
        before in deeds(),
        rounds in prop::collection::vec(deeds(), 1..4),
        tracked in any::<bool>(),
    ) {
        let sample = TestRepository::new();
        let content = sample.path().join("content");
        std::fs::create_dir_all(&content).unwrap();
        before.iter().for_each(|deed| drop(done(deed, &content)));
        sample.write("content/forum.yml", "format: 1");
        if tracked {
            git(sample.path(), &["add", "."]);
        }
        let mut earlier = working(sample.path()).earlier().unwrap();
        for deeds in rounds {
            let changed: Vec<PathBuf> = deeds.iter().flat_map(|deed| done(deed, &content)).collect();
            let told = earlier.since(&content, &changed).unwrap();
            let again = Snapshot::look_again(sample.path(), "content", &told, &Quiet).unwrap();
            let all = working(sample.path());
            prop_assert_eq!(names(&again), names(&all));
            prop_assert_eq!(again.root(), all.root());
            earlier = again.earlier().unwrap();
        }
    }
}
