//! What `boards import` makes of small exports, each a Markdown document in `tests/cases/import`: the export's files, the
//! report and every file of the forum. `UPDATE=1` writes the answers anew. Then the laws that hold of all of them.
//! `exports` tries them on real ones.

mod key;
mod target;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::forum::cases::{Case, answer};
use crate::forum::program::{Ran, boards, git};
use tempfile::TempDir;

/// The key of hashes, so that they are the same in every run.
const KEY: [u8; 32] = [7; 32];

fn cases() -> Vec<Case> {
    Case::all("import", "")
}

/// Writes the export of a case.
fn export(case: &Case) -> TempDir {
    let folder = TempDir::new().unwrap();
    for file in case.block("export").split("=== ").skip(1) {
        let (path, text) = file.split_once('\n').unwrap();
        let place = folder.path().join(path);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, text).unwrap();
    }
    folder
}

/// A folder to import into.
fn place() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join(".boards-import.key"), KEY).unwrap();
    folder
}

/// A repository to import into.
fn repository() -> TempDir {
    let folder = TempDir::new().unwrap();
    git(folder.path(), &["init", "-q", "-b", "main"]);
    git(folder.path(), &["config", "user.name", "Keeper"]);
    git(folder.path(), &["config", "user.email", "keeper@tea.example"]);
    fs::create_dir_all(folder.path().join(".git/boards")).unwrap();
    fs::write(folder.path().join(".git/boards-import.key"), KEY).unwrap();
    folder
}

fn import(place: &Path, export: &Path, more: &[&str]) -> Ran {
    let export = export.to_str().unwrap();
    boards(place, &[&["import", export], more].concat())
}

fn run(case: &Case, place: &Path, export: &Path, more: &[&str]) -> Ran {
    let own = case.document().lines().find_map(|line| line.strip_prefix("run: ")).unwrap_or_default();
    let own: Vec<&str> = own.split_whitespace().collect();
    import(place, export, &[&own[..], more].concat()).ends(0)
}

/// All files of the content folder.
fn content(place: &Path) -> BTreeMap<String, String> {
    let top = place.join("content");
    let mut files = BTreeMap::new();
    for entry in walkdir::WalkDir::new(&top) {
        let Ok(entry) = entry else { continue };
        if entry.file_type().is_file() {
            let path = entry.path().strip_prefix(&top).unwrap().to_str().unwrap().to_owned();
            files.insert(path, String::from_utf8_lossy(&fs::read(entry.path()).unwrap()).into_owned());
        }
    }
    files
}

#[test]
fn every_export_becomes_its_forum() {
    answer(&cases(), |case| {
        let (export, place) = (export(case), place());
        let ran = run(case, place.path(), export.path(), &[]);
        let files = content(place.path()).iter().map(|(path, text)| format!("=== {path}\n{text}")).collect();
        vec![("report", ran.out), ("forum", files)]
    });
}

/// Each case, with its export and the forum that one import makes of it.
fn imported() -> impl Iterator<Item = (Case, TempDir, TempDir)> {
    cases().into_iter().map(|case| {
        let (export, place) = (export(&case), place());
        run(&case, place.path(), export.path(), &[]);
        (case, export, place)
    })
}

#[test]
fn a_forum_that_was_imported_has_no_faults() {
    for (case, _export, place) in imported() {
        let ran = boards(place.path(), &["check", "--format", "short"]);
        let weighty = ran.out.lines().filter(|line| !line.contains(": hint["));
        assert_eq!(weighty.collect::<Vec<_>>(), [""; 0], "{}", case.name());
    }
}

#[test]
fn a_second_import_changes_nothing() {
    for (case, export, place) in imported() {
        let before = content(place.path());
        run(&case, place.path(), export.path(), &[]);
        assert_eq!(content(place.path()), before, "{}", case.name());
    }
}

#[test]
fn an_import_that_was_cut_off_ends_as_any_other() {
    for (case, export, place) in imported() {
        let whole = content(place.path());
        // Files are written one after the other, members and topics before their posts; any of the last may be missing.
        for keep in 0..4 {
            for (number, path) in whole.keys().filter(|path| path.ends_with(".md")).enumerate() {
                if number % 4 >= keep {
                    fs::remove_file(place.path().join("content").join(path)).unwrap();
                }
            }
            run(&case, place.path(), export.path(), &[]);
            assert_eq!(content(place.path()), whole, "{}", case.name());
        }
    }
}

#[test]
fn a_dry_run_writes_nothing_and_reports_the_same() {
    for (case, export, done) in imported() {
        let place = place();
        let dry = run(&case, place.path(), export.path(), &["--dry-run", "--format", "json"]).json();
        assert!(content(place.path()).is_empty(), "{}", case.name());
        assert!(!place.path().join("urls.txt").exists());
        fs::remove_dir_all(done.path().join("content")).unwrap();
        let wet = run(&case, done.path(), export.path(), &["--format", "json"]).json();
        assert_eq!(dry["counts"], wet["counts"], "{}", case.name());
    }
}

#[test]
fn commits_hold_what_files_would() {
    for (case, export, place) in imported() {
        let (one, each) = (repository(), repository());
        run(&case, one.path(), export.path(), &[]);
        run(&case, each.path(), export.path(), &["--history"]);
        let files = content(place.path());
        assert_eq!(content(one.path()), files, "{}", case.name());
        assert_eq!(content(each.path()), files, "{}", case.name());
        assert_eq!(git(one.path(), &["rev-list", "--count", "HEAD"]).trim(), "1");
        let posts = files.keys().filter(|path| path.ends_with(".md")).count();
        let commits: usize = git(each.path(), &["rev-list", "--count", "HEAD"]).trim().parse().unwrap();
        assert_eq!(commits, posts + 2, "{}", case.name());
        for repository in [&one, &each] {
            git(repository.path(), &["fsck", "--strict"]);
            assert_eq!(git(repository.path(), &["status", "--porcelain", "content"]), "");
        }
        let log = git(each.path(), &["log", "--format=%an <%ae> %at"]);
        assert!(log.lines().all(|line| line.contains("@noreply.invalid>") || line.contains("<keeper@")), "{log}");
        let again = git(each.path(), &["rev-parse", "HEAD"]);
        run(&case, each.path(), export.path(), &["--history"]);
        assert_eq!(git(each.path(), &["rev-parse", "HEAD"]), again);
    }
}

#[test]
fn nothing_that_gives_people_away_is_written() {
    for (case, _export, place) in imported() {
        for (path, text) in content(place.path()) {
            for secret in ["leak.example", "203.0.113.", "1ce71bc10b86565464b612093d89707e", "EmailHash"] {
                assert!(!text.contains(secret) && !path.contains(secret), "{}: {path} has {secret}", case.name());
            }
        }
    }
}

/// A Discourse topic with these posts, as number and text.
fn topic(id: u32, title: &str, posts: &[(u32, &str)]) -> String {
    let each = posts.iter().map(|(number, text)| {
        format!(
            r#"{{"id":{},"post_number":{number},"post_type":1,"user_id":{number},"username":"user{number}x","created_at":"2020-01-0{number}T10:00:00Z","raw":"{text}"}}"#,
            id * 100 + number
        )
    });
    let each: Vec<String> = each.collect();
    format!(r#"{{"id":{id},"title":"{title}","slug":"s","post_stream":{{"posts":[{}]}}}}"#, each.join(","))
}

#[test]
fn a_newer_export_adds_only_what_is_new_wherever_a_topic_stands_by_now() {
    let (export, place) = (TempDir::new().unwrap(), place());
    fs::write(export.path().join("1.json"), topic(1, "Tea", &[(1, "one"), (2, "two")])).unwrap();
    import(place.path(), export.path(), &[]).ends(0);
    let content = place.path().join("content");
    let (old, new) = (content.join("discourse/2020/tea"), content.join("discourse/best/tea-of-all"));
    fs::create_dir_all(new.parent().unwrap()).unwrap();
    fs::rename(&old, &new).unwrap();
    let topic_file = new.join("topic.yml");
    let moderated = fs::read_to_string(&topic_file).unwrap() + "locked: enough\n";
    fs::write(&topic_file, &moderated).unwrap();
    let mended = new.join("20200101-100000-user1x.md");
    fs::write(&mended, fs::read_to_string(&mended).unwrap().replace("one", "mended")).unwrap();

    fs::write(export.path().join("1.json"), topic(1, "Tea!", &[(1, "one"), (2, "changed"), (3, "three")])).unwrap();
    fs::write(export.path().join("2.json"), topic(2, "Tea", &[(1, "other")])).unwrap();
    let report = import(place.path(), export.path(), &["--format", "json"]).ends(0).json();
    assert_eq!(report["counts"]["posts"], serde_json::json!({ "read": 4, "imported": 2, "standing": 2 }));
    assert_eq!(fs::read_to_string(&topic_file).unwrap(), moderated);
    assert!(fs::read_to_string(&mended).unwrap().contains("mended"));
    assert!(new.join("20200103-100000-user3x.md").exists());
    assert!(old.join("20200101-100000-user1x.md").exists());
    let ran = boards(place.path(), &["check", "--format", "short"]);
    assert!(!ran.out.contains("error["), "{}", ran.out);
}

#[test]
fn another_archive_of_the_same_kind_needs_a_name_of_its_own() {
    let (export, place) = (TempDir::new().unwrap(), place());
    fs::write(export.path().join("1.json"), topic(1, "Tea", &[(1, "one")])).unwrap();
    import(place.path(), export.path(), &[]).ends(0);
    let other = topic(1, "Coffee", &[(1, "one")]).replace("2020-", "2015-");
    fs::write(export.path().join("1.json"), other).unwrap();
    let ran = import(place.path(), export.path(), &[]).ends(3);
    assert!(ran.err.contains("--origin"), "{}", ran.err);
    import(place.path(), export.path(), &["--origin", "coffee"]).ends(0);
    assert_eq!(content(place.path()).keys().filter(|path| path.ends_with(".md")).count(), 2);
}

#[test]
fn what_was_missing_is_listed_and_picked_up_later() {
    let (export, place, downloads) = (TempDir::new().unwrap(), place(), TempDir::new().unwrap());
    let text = "![cup](https://cdn.example/a/cup.gif) ![no](https://cdn.example/no.gif)";
    fs::write(export.path().join("1.json"), topic(1, "Tea", &[(1, text)])).unwrap();
    import(place.path(), export.path(), &[]).ends(0);
    let list = place.path().join("urls.txt");
    assert_eq!(fs::read_to_string(&list).unwrap(), "https://cdn.example/a/cup.gif\nhttps://cdn.example/no.gif\n");
    let gif = b"GIF89a\x03\x00\x02\x00\x00\x00\x00";
    fs::create_dir_all(downloads.path().join("cdn.example/a")).unwrap();
    fs::write(downloads.path().join("cdn.example/a/cup.gif"), gif).unwrap();
    let brought = ["--downloads", downloads.path().to_str().unwrap()];
    import(place.path(), export.path(), &brought).ends(0);
    assert_eq!(fs::read_to_string(&list).unwrap(), "https://cdn.example/no.gif\n");
    let topic = place.path().join("content/discourse/2020/tea");
    assert_eq!(fs::read(topic.join("cup.gif")).unwrap(), gif);
    let post = fs::read_to_string(topic.join("20200101-100000-user1x.md")).unwrap();
    assert!(post.ends_with("![cup](cup.gif) ![no](https://cdn.example/no.gif)\n"), "{post}");
    let before = content(place.path());
    import(place.path(), export.path(), &brought).ends(0);
    assert_eq!(content(place.path()), before);
    // A first import with the same downloads ends in the same.
    let fresh = self::place();
    import(fresh.path(), export.path(), &brought).ends(0);
    assert_eq!(content(fresh.path()), before);
}

#[test]
fn a_download_that_is_larger_than_the_forum_allows_is_left_out_unread_and_counted() {
    let (export, place, downloads) = (TempDir::new().unwrap(), place(), TempDir::new().unwrap());
    let text = "![cup](https://cdn.example/cup.gif)";
    fs::write(export.path().join("1.json"), topic(1, "Tea", &[(1, text)])).unwrap();
    fs::create_dir_all(downloads.path().join("cdn.example")).unwrap();
    // More than the memory of any machine.
    let cup = fs::File::create(downloads.path().join("cdn.example/cup.gif")).unwrap();
    cup.set_len(1 << 43).unwrap();
    let ran = import(place.path(), export.path(), &["--downloads", downloads.path().to_str().unwrap()]).ends(0);
    let options = "of a kind or size that the forum doesn't allow: 1: cup.gif";
    assert!(ran.out.contains(options) || ran.err.contains(options), "{}{}", ran.out, ran.err);
}

#[test]
fn a_forum_yml_that_is_too_large_is_not_read() {
    let (export, place) = (TempDir::new().unwrap(), place());
    fs::write(export.path().join("1.json"), topic(1, "Tea", &[(1, "one")])).unwrap();
    fs::create_dir_all(place.path().join("content")).unwrap();
    let settings = fs::File::create(place.path().join("content/forum.yml")).unwrap();
    settings.set_len(1 << 43).unwrap();
    let options = "forum.yml: the file has 8796093022208 bytes, at most 65536 are read";
    let ran = import(place.path(), export.path(), &[]).ends(3);
    assert!(ran.err.contains(options), "{}", ran.err);
    git(place.path(), &["init", "-q"]);
    let ran = boards(place.path(), &["forge", "github"]).ends(3);
    assert!(ran.err.contains(options), "{}", ran.err);
}

#[test]
fn a_board_can_be_named_for_all_of_it() {
    let (export, place) = (TempDir::new().unwrap(), place());
    fs::write(export.path().join("1.json"), topic(1, "Tea", &[(1, "one")])).unwrap();
    import(place.path(), export.path(), &["--board", "old/forum"]).ends(0);
    let paths: Vec<String> = content(place.path()).into_keys().collect();
    assert!(paths.contains(&String::from("old/forum/board.yml")), "{paths:?}");
    assert!(paths.contains(&String::from("old/forum/2020/tea/20200101-100000-user1x.md")), "{paths:?}");
    let ran = import(place.path(), export.path(), &["--board", "../out"]).ends(3);
    assert!(ran.err.contains("can't be a board"), "{}", ran.err);
}

#[test]
fn what_is_no_export_is_refused_with_the_formats_that_there_are() {
    let (export, place) = (TempDir::new().unwrap(), place());
    fs::write(export.path().join("a.txt"), "hello").unwrap();
    let ran = import(place.path(), export.path(), &[]).ends(3);
    assert!(ran.err.contains("no export that boards knows") && ran.err.contains("discourse"), "{}", ran.err);
    let ran = import(place.path(), &export.path().join("gone"), &[]).ends(3);
    assert!(ran.err.contains("gone"), "{}", ran.err);
    let ran = boards(place.path(), &["import", "nonsense", export.path().to_str().unwrap()]).ends(3);
    assert!(ran.err.contains("there is no format `nonsense`"), "{}", ran.err);
}

#[test]
fn a_backup_behind_the_json_of_the_same_forum_adds_only_what_that_lacked() {
    let (export, place) = (TempDir::new().unwrap(), place());
    fs::write(export.path().join("1.json"), topic(1, "Tea", &[(1, "one"), (2, "two")])).unwrap();
    import(place.path(), export.path(), &[]).ends(0);
    let before = content(place.path());
    let dump = "-- PostgreSQL database dump\nCOPY public.topics (id, title, archetype, slug) FROM stdin;\n1\tTea\tregular\ts\n\\.
COPY public.users (id, username) FROM stdin;\n1\tuser1x\n2\tuser2x\n3\tuser3x\n\\.
COPY public.posts (id, user_id, topic_id, post_number, raw, created_at, post_type) FROM stdin;
101\t1\t1\t1\tone\t2020-01-01 10:00:00\t1\n102\t2\t1\t2\ttwo\t2020-01-02 10:00:00\t1\n103\t3\t1\t3\tthree\t2020-01-03 10:00:00\t1\n\\.\n";
    let backup = TempDir::new().unwrap();
    fs::write(backup.path().join("dump.sql"), dump).unwrap();
    let report = import(place.path(), backup.path(), &["--format", "json"]).ends(0).json();
    assert_eq!(report["counts"]["posts"], serde_json::json!({ "read": 3, "imported": 1, "standing": 2 }));
    let after = content(place.path());
    assert!(before.iter().all(|(path, text)| after.get(path) == Some(text)));
    assert_eq!(after.len(), before.len() + 2);
    // The other way round nothing is added.
    import(place.path(), export.path(), &[]).ends(0);
    assert_eq!(content(place.path()), after);
}

#[test]
fn a_database_without_a_needed_table_is_an_error_and_case_makes_no_difference() {
    let export = TempDir::new().unwrap();
    let database = |name: &str, schema: &str| {
        let path = export.path().join(name);
        rusqlite::Connection::open(&path).unwrap().execute_batch(schema).unwrap();
        path
    };
    let threads = "CREATE TABLE Threads (ID INTEGER PRIMARY KEY, Uri TEXT, Title TEXT);
        INSERT INTO Threads VALUES (1, '/tea/', 'Tea');";
    let comments = "CREATE TABLE COMMENTS (ID INTEGER PRIMARY KEY, TID INTEGER, Created REAL, Mode INTEGER, Text TEXT);
        INSERT INTO COMMENTS VALUES (1, 1, 1767261600.5, 1, 'Green.');";
    let whole = place();
    let ran = boards(
        whole.path(),
        &["import", "isso", database("whole.db", &format!("{threads}{comments}")).to_str().unwrap(), "--board", "b"],
    )
    .ends(0);
    assert!(ran.out.contains("posts: 1 read, 1 imported"), "{}", ran.out);
    for (name, schema, lacks) in [
        ("cut.db", String::new(), "threads"),
        ("half.db", threads.to_owned(), "comments"),
        (
            "view.db",
            format!("{threads}CREATE VIEW comments AS SELECT 1 AS id, 1 AS tid, 1 AS created, 'x' AS text;"),
            "comments",
        ),
    ] {
        let path = database(name, &format!("CREATE TABLE other (x);{schema}"));
        let ran = boards(place().path(), &["import", "isso", path.to_str().unwrap(), "--board", "b"]).ends(3);
        assert!(ran.err.contains(&format!("there is no table `{lacks}`")) && ran.err.contains("-wal"), "{}", ran.err);
    }
}

#[test]
fn a_database_tells_what_its_dump_tells() {
    let (dumped, kept) = (place(), place());
    let case = cases().into_iter().find(|case| case.name() == "isso").unwrap();
    let database = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/archives/isso.db");
    run(&case, dumped.path(), export(&case).path(), &[]);
    run(&case, kept.path(), &database, &[]);
    assert_eq!(content(kept.path()), content(dumped.path()));
}

#[test]
fn local_changes_in_the_way_are_kept_and_the_import_goes_on_later() {
    let (export, place) = (TempDir::new().unwrap(), repository());
    fs::write(export.path().join("1.json"), topic(1, "Tea", &[(1, "one")])).unwrap();
    import(place.path(), export.path(), &[]).ends(0);
    let head = git(place.path(), &["rev-parse", "HEAD"]);
    // A file of one's own where the next post will be, which only the landing can see.
    fs::write(export.path().join("1.json"), topic(1, "Tea", &[(1, "one"), (2, "two")])).unwrap();
    let own = place.path().join("content/discourse/2020/tea/20200102-100000-user2x.md");
    fs::write(&own, "mine\n").unwrap();
    import(place.path(), export.path(), &[]).ends(0);
    assert_eq!(fs::read_to_string(&own).unwrap(), "mine\n");
    assert_ne!(git(place.path(), &["rev-parse", "HEAD"]), head);
    assert_eq!(content(place.path()).keys().filter(|path| path.ends_with(".md")).count(), 3);
}

/// All files below a folder.
#[cfg(unix)]
fn all(place: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = walkdir::WalkDir::new(place).into_iter().map(Result::unwrap).filter(|it| it.file_type().is_file());
    files.map(|it| (it.path().to_owned(), fs::read(it.path()).unwrap())).collect()
}

#[cfg(unix)]
#[test]
fn a_repository_that_build_refuses_is_refused_in_the_same_words_and_nothing_is_written() {
    let export = TempDir::new().unwrap();
    fs::write(export.path().join("1.json"), topic(1, "Tea", &[(1, "one")])).unwrap();
    type Damage = fn(&Path) -> std::io::Result<()>;
    let damages: [(&str, Damage); 6] = [
        ("settings", |git| fs::write(git.join("config"), "[core\n")),
        ("format", |git| {
            fs::write(git.join("config"), "[core]\nrepositoryformatversion = 1\n[extensions]\nobjectFormat = sha256\n")
        }),
        ("head", |git| fs::write(git.join("HEAD"), "nonsense\n")),
        ("index", |git| fs::write(git.join("index"), "DIRCnonsense")),
        ("commit", |git| fs::write(git.join("refs/heads/main"), "1234567890123456789012345678901234567890\n")),
        ("owner", |git| std::os::unix::fs::chown(git, Some(4321), None)),
    ];
    for (name, damage) in damages {
        let place = repository();
        fs::remove_file(place.path().join(".git/boards-import.key")).unwrap();
        fs::create_dir(place.path().join("content")).unwrap();
        fs::write(place.path().join("content/forum.yml"), "format: 1\ntitle: Tea\nbase_url: https://tea.example/\n")
            .unwrap();
        git(place.path(), &["add", "."]);
        git(place.path(), &["commit", "-q", "-m", "Begin"]);
        if let Err(error) = damage(&place.path().join(".git")) {
            // Only root may give files away.
            assert_eq!((name, error.kind()), ("owner", std::io::ErrorKind::PermissionDenied));
            continue;
        }
        let build = boards(place.path(), &["build"]).ends(3);
        let before = all(place.path());
        for more in [&[][..], &["--history"], &["--no-commit"], &["--dry-run"]] {
            let ran = import(place.path(), export.path(), more).ends(3);
            assert_eq!(ran.err, build.err, "{name}, {more:?}");
            assert!(all(place.path()) == before, "{name}, {more:?}");
        }
    }
}
