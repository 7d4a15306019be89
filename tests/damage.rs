//! A memory, a list or a repository that is damaged: it costs time or is told with its path and id, and no page is ever
//! wrong for it.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::forum::host::{self, Host};
use crate::forum::program::{Ran, boards, command, git};
use crate::forum::{Forum, difference, files, large, retitle, same};
use boards::git::Source;
use boards::key::Key;

/// Ways to damage a file.
fn damages(bytes: &[u8]) -> Vec<Option<Vec<u8>>> {
    let flipped = |at: usize| {
        let mut bytes = bytes.to_vec();
        if let Some(byte) = bytes.get_mut(at) {
            *byte ^= 0x41;
        }
        Some(bytes)
    };
    let n = bytes.len();
    let cut = |at: usize| Some(bytes[..at.min(n)].to_vec());
    let noise: Vec<u8> = (0..n).map(|at| (at * 167 % 251) as u8).collect();
    vec![
        None,
        cut(0),
        cut(1),
        cut(8),
        cut(n / 2),
        cut(n - n.min(1)),
        flipped(0),
        flipped(9),
        flipped(30),
        flipped(n / 2),
        flipped(n.saturating_sub(2)),
        Some([bytes, b"more"].concat()),
        Some(noise),
    ]
}

#[test]
fn a_damaged_cache_costs_time_and_no_byte() {
    let forum = large(2, 4, 3);
    boards(forum.dir(), &["build"]).ends(0);
    let cache = forum.path(".git/boards");
    let kept = files(&cache);
    assert!(kept.keys().any(|name| name != "lock"));
    retitle(&forum, "Tea!");
    forum.write("content/board-0/topic-0/0.md", "---\ntitle: New\nauthor: ada\ndate: 2026-01-01T10:00:00Z\n---\nHi.\n");
    let clean = forum.clean(Source::WorkingCopy);
    let site = forum.path("output");
    for (name, bytes) in &kept {
        for (number, damaged) in damages(bytes).into_iter().enumerate() {
            for (name, bytes) in &kept {
                fs::write(cache.join(name), bytes).unwrap();
            }
            match damaged {
                Some(bytes) => fs::write(cache.join(name), bytes).unwrap(),
                None => fs::remove_file(cache.join(name)).unwrap(),
            }
            // Something to do there is in any case.
            fs::write(site.join("index.html"), "cut").unwrap();
            let ran = boards(forum.dir(), &["build", "-q"]);
            assert_eq!(ran.code, Some(0), "{name}, damage {number}: {}", ran.err);
            assert_eq!(difference(&forum.site(), &clean), [""; 0], "{name}, damage {number}");
        }
    }
    forum.remove(".git/boards");
    fs::write(forum.path(".git/boards"), "no folder").unwrap();
    let ran = boards(forum.dir(), &["build"]).ends(0);
    assert!(ran.err.contains(".git/boards: "), "{}", ran.err);
}

#[test]
fn a_history_that_is_damaged_anywhere_is_read_anew() {
    // Nearly everything is told by the history, in a file of many blocks.
    let forum = large(2, 4, 3);
    for n in 0..60 {
        forum.write(&format!("content/board-0/topic-0/later-{n}.md"), format!("Post {n}.\n"));
        forum.commit(["ada", "bob", "cat"][n % 3], 1_767_300_000 + n as i64);
    }
    let order = ["build", "-q", "--rev", "HEAD"];
    boards(forum.dir(), &order).ends(0);
    let cache = forum.path(".git/boards");
    let kept = files(&cache);
    let history = &kept["history"];
    forum.write("content/board-0/topic-0/later-7.md", "An edit.\n");
    forum.write("content/board-0/topic-0/reply.md", "A reply.\n");
    forum.commit("bob", 1_767_400_000);
    let clean = forum.clean(Source::Revision("HEAD".into()));
    boards(forum.dir(), &order).ends(0);
    assert_eq!(fs::read(cache.join("history")).unwrap(), *history, "a reply leaves it as it is");
    let places: Vec<usize> = (0..history.len()).step_by(64).collect();
    assert!(places.len() > 40);
    let mut anew = 0;
    for at in places {
        for (name, bytes) in &kept {
            fs::write(cache.join(name), bytes).unwrap();
        }
        let _ = fs::remove_file(cache.join("history.later"));
        let mut damaged = history.clone();
        damaged[at] ^= 0x10;
        fs::write(cache.join("history"), &damaged).unwrap();
        boards(forum.dir(), &order).ends(0);
        assert_eq!(difference(&forum.site(), &clean), [""; 0], "byte {at}");
        anew += usize::from(fs::read(cache.join("history")).unwrap() != damaged);
        // What was remembered is as whole.
        fs::write(forum.path("output/index.html"), "cut").unwrap();
        boards(forum.dir(), &order).ends(0);
        assert_eq!(difference(&forum.site(), &clean), [""; 0], "byte {at}, once more");
    }
    assert!(anew > 20, "{anew}");
}

#[test]
fn bodies_that_the_cache_has_lost_are_rendered_anew() {
    // A damaged store of bodies, and no page to be found in the output: every body is asked for.
    let forum = large(2, 4, 3);
    boards(forum.dir(), &["build"]).ends(0);
    let clean = forum.clean(Source::WorkingCopy);
    for (name, bytes) in files(&forum.path(".git/boards")) {
        for damaged in damages(&bytes).into_iter().flatten() {
            forum.write(&format!(".git/boards/{name}"), damaged);
            forum.remove("output");
            boards(forum.dir(), &["build"]).ends(0);
            assert_eq!(difference(&forum.site(), &clean), [""; 0], "{name}");
        }
    }
}

#[test]
fn a_site_whose_list_is_lost_or_damaged_is_refused_until_force_is_said() {
    let forum = large(1, 3, 2);
    boards(forum.dir(), &["build"]).ends(0);
    let list = forum.path("output/.boards");
    let whole = fs::read(&list).unwrap();
    // Behind the list stands what a build has changed since; one that was cut off between the two is older, and whole.
    forum.write("content/board-0/topic-0/1.md", "---\nauthor: ada\ndate: 2026-01-01T10:00:00Z\n---\nSeldom.\n");
    boards(forum.dir(), &["build"]).ends(0);
    let changed = fs::read(&list).unwrap();
    assert!(changed.len() > whole.len() && changed.starts_with(&whole));
    let clean = forum.clean(Source::WorkingCopy);
    let behind = damages(&changed[whole.len()..]).into_iter().flatten().map(|bytes| Some([&*whole, &bytes].concat()));
    let behind = behind.filter(|bytes| bytes.as_ref() != Some(&whole));
    for damaged in damages(&changed).into_iter().chain(behind) {
        match &damaged {
            Some(bytes) => fs::write(&list, bytes).unwrap(),
            None => fs::remove_file(&list).unwrap(),
        }
        forum.write("output/mine.txt", "mine");
        let ran = boards(forum.dir(), &["build"]).ends(3);
        assert!(ran.err.contains("--force"), "{}", ran.err);
        same(&forum.site(), &{
            let mut site = clean.clone();
            site.insert("mine.txt".into(), b"mine".to_vec());
            site
        });
        boards(forum.dir(), &["build", "--force"]).ends(0);
        boards(forum.dir(), &["build"]).ends(0);
        assert_eq!(fs::read_to_string(forum.path("output/mine.txt")).unwrap(), "mine");
        forum.remove("output/mine.txt");
        same(&forum.site(), &clean);
    }
}

#[test]
fn a_list_that_names_files_outside_the_folder_removes_none_of_them() {
    // A folder may come from elsewhere, with the note of a build that seems to have been killed in it.
    let forum = large(1, 1, 1);
    forum.write("mine.txt", "mine");
    forum.write("mine.boards-new", "mine");
    let whole = forum.path("mine.txt").to_string_lossy().into_owned();
    let named = [String::from("../mine.txt"), String::from("../mine"), String::from("a/../../mine.txt"), whole];
    let list = postcard::to_stdvec(&named.to_vec()).unwrap();
    let length = (list.len() as u64).to_le_bytes();
    forum.write("output/.boards-at-work", [&b"boardsM3"[..], &length, &Key::of_bytes(&list).0, &list].concat());
    boards(forum.dir(), &["build"]).ends(0);
    for name in ["mine.txt", "mine.boards-new"] {
        assert_eq!(fs::read_to_string(forum.path(name)).unwrap(), "mine");
    }
    same(&forum.site(), &forum.clean(Source::WorkingCopy));
}

/// The loose object's file.
fn object(forum: &Forum, id: &str) -> std::path::PathBuf {
    forum.path(".git/objects").join(&id[..2]).join(&id[2..])
}

fn overwrite(path: &Path, bytes: &[u8]) {
    // Objects are read-only, so that one is put in the place of the other.
    fs::remove_file(path).unwrap();
    fs::write(path, bytes).unwrap();
}

#[test]
fn an_unreadable_blob_is_named_with_its_path_and_id_and_the_site_stands() {
    let forum = large(1, 3, 2);
    boards(forum.dir(), &["build"]).ends(0);
    let before = forum.site();
    forum.write("content/board-0/topic-1/1.md", "---\nauthor: ada\ndate: 2026-01-01T10:00:00Z\n---\nNew.\n");
    forum.commit("ada", 1_767_300_100);
    let id = git(forum.dir(), &["rev-parse", "HEAD:content/board-0/topic-1/1.md"]).trim().to_owned();
    let whole = fs::read(object(&forum, &id)).unwrap();
    for damaged in [&b""[..], b"junk", &[&whole[..4], b"\xff\xff\xff", &whole[7..]].concat()] {
        overwrite(&object(&forum, &id), damaged);
        let ran = in_time(command(forum.dir()).args(["build", "--rev", "HEAD"])).ends(3);
        assert!(ran.err.contains("board-0/topic-1/1.md") && ran.err.contains(&id), "{}", ran.err);
        same(&forum.site(), &before);
    }
    fs::remove_file(object(&forum, &id)).unwrap();
    let ran = boards(forum.dir(), &["build", "--rev", "HEAD"]).ends(3);
    assert!(ran.err.contains("board-0/topic-1/1.md") && ran.err.contains(&id), "{}", ran.err);
    same(&forum.site(), &before);
    fs::write(object(&forum, &id), whole).unwrap();
    boards(forum.dir(), &["build", "--rev", "HEAD"]).ends(0);
    same(&forum.site(), &forum.clean(Source::Revision("HEAD".into())));
}

#[test]
fn an_object_that_was_cut_is_named_with_its_id() {
    let forum = large(1, 3, 2);
    git(forum.dir(), &["-c", "user.name=A", "-c", "user.email=a@example.org", "tag", "-am", "One", "v1"]);
    let blob = "HEAD:content/board-0/topic-1/1.md";
    for spec in [blob, "HEAD:content/board-0/topic-1", "HEAD:content", "HEAD^{tree}", "HEAD", "v1"] {
        let id = git(forum.dir(), &["rev-parse", spec]).trim().to_owned();
        let whole = fs::read(object(&forum, &id)).unwrap();
        for length in [whole.len() / 2, whole.len() - 1, 12] {
            overwrite(&object(&forum, &id), &whole[..length]);
            for revision in ["v1", "v1~0", "v1^{tree}"] {
                let ran = in_time(command(forum.dir()).args(["build", "--no-cache", "--rev", revision])).ends(3);
                assert!(ran.err.contains(&id), "{spec} {id}: {}", ran.err);
                assert!(spec != blob || ran.err.contains("board-0/topic-1/1.md"), "{}", ran.err);
            }
        }
        overwrite(&object(&forum, &id), &whole);
    }
}

#[test]
fn a_cut_blob_that_line_ends_are_compared_with_is_named() {
    let forum = large(1, 1, 1);
    git(forum.dir(), &["config", "core.autocrlf", "true"]);
    forum.write(".gitattributes", "*.jpg binary\n");
    forum.commit("ada", 1_767_300_100);
    let path = "content/board-0/topic-0/0.md";
    let text = fs::read_to_string(forum.path(path)).unwrap();
    forum.write(path, text.replace('\n', "\r\n"));
    boards(forum.dir(), &["build"]).ends(0);
    for name in [path, ".gitattributes"] {
        let id = git(forum.dir(), &["rev-parse", &format!("HEAD:{name}")]).trim().to_owned();
        let whole = fs::read(object(&forum, &id)).unwrap();
        overwrite(&object(&forum, &id), &whole[..whole.len() / 2]);
        let ran = in_time(command(forum.dir()).args(["build"])).ends(3);
        assert!(ran.err.contains(name) && ran.err.contains(&id), "{}", ran.err);
        overwrite(&object(&forum, &id), &whole);
    }
}

#[test]
fn a_damaged_pack_is_an_error_or_no_harm() {
    let forum = large(1, 6, 4);
    let clean = forum.clean(Source::Revision("HEAD".into()));
    git(forum.dir(), &["gc", "-q"]);
    let folder = forum.path(".git/objects/pack");
    for (name, whole) in
        files(&folder).into_iter().filter(|(name, _)| name.ends_with(".pack") || name.ends_with(".idx"))
    {
        for damaged in damages(&whole) {
            let path = folder.join(&name);
            fs::remove_file(&path).unwrap();
            if let Some(bytes) = &damaged {
                fs::write(&path, bytes).unwrap();
            }
            let ran = in_time(command(forum.dir()).args(["build", "--no-cache", "--rev", "HEAD"]));
            match ran.code {
                Some(0) => same(&forum.site(), &clean),
                _ => assert!(ran.ends(3).err.starts_with("error: ")),
            }
            let _ = fs::remove_file(&path);
            fs::write(&path, &whole).unwrap();
        }
    }
}

/// Runs a program that must end within a minute.
fn in_time(command: &mut std::process::Command) -> Ran {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let began = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if began.elapsed() > Duration::from_secs(60) {
            child.kill().unwrap();
            panic!("it never ends");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Ran::of(child.wait_with_output().unwrap())
}

#[test]
fn an_unreadable_folder_or_commit_is_named_with_its_id() {
    let forum = large(1, 3, 2);
    for spec in ["HEAD:content/board-0/topic-1", "HEAD:content", "HEAD^{tree}", "HEAD"] {
        let id = git(forum.dir(), &["rev-parse", spec]).trim().to_owned();
        let whole = fs::read(object(&forum, &id)).unwrap();
        overwrite(&object(&forum, &id), b"junk");
        let ran = in_time(command(forum.dir()).args(["build", "--no-cache", "--rev", "HEAD"])).ends(3);
        assert!(ran.err.contains(&id), "{spec} {id}: {}", ran.err);
        assert!(!forum.path("output/index.html").exists());
        overwrite(&object(&forum, &id), &whole);
    }
}

#[test]
fn a_cut_object_of_a_proposal_or_the_base_is_named_and_nothing_moves() {
    let host = Host::new("");
    host.propose("answer", "bob", "main", &host::reply(1));
    let before = git(&host.forum, &["show-ref"]);
    for spec in
        ["answer:content/general/tea/reply-1.md", "answer:content/general/tea", "answer^{tree}", "answer", "main"]
    {
        let id = git(&host.forum, &["rev-parse", spec]).trim().to_owned();
        let path = host.forum.join(".git/objects").join(&id[..2]).join(&id[2..]);
        let whole = fs::read(&path).unwrap();
        overwrite(&path, &whole[..whole.len() / 2]);
        for arguments in [
            &["merge", "answer", "--as", "github:2"][..],
            &["merge", "answer", "--approve"],
            &["check", "--base", "main", "--head", "answer", "--as", "github:2"],
        ] {
            let ran = in_time(command(&host.forum).args(arguments)).ends(3);
            assert!(ran.err.contains(&id), "{spec} {arguments:?}: {}", ran.err);
        }
        overwrite(&path, &whole);
        assert_eq!(git(&host.forum, &["show-ref"]), before, "{spec}");
    }
    boards(&host.forum, &["merge", "answer", "--as", "github:2"]).ends(0);
    host.is_whole([]);
}

#[test]
fn a_forum_that_begins_upon_a_cut_commit_says_so() {
    let forum = large(1, 1, 1);
    git(forum.dir(), &["config", "user.name", "Ada"]);
    git(forum.dir(), &["config", "user.email", "ada@tea.example"]);
    for spec in ["HEAD^{tree}", "HEAD"] {
        let id = git(forum.dir(), &["rev-parse", spec]).trim().to_owned();
        let whole = fs::read(object(&forum, &id)).unwrap();
        overwrite(&object(&forum, &id), &whole[..whole.len() / 2]);
        let ran = in_time(command(forum.dir()).args(["--content", "second", "init", "."])).ends(3);
        assert!(ran.err.contains(&id), "{spec}: {}", ran.err);
        overwrite(&object(&forum, &id), &whole);
        forum.remove("second");
    }
    boards(forum.dir(), &["--content", "second", "init", "."]).ends(0);
    assert_eq!(git(forum.dir(), &["rev-list", "--count", "HEAD"]).trim(), "2");
    assert_eq!(git(forum.dir(), &["status", "--porcelain"]), "");
    assert_eq!(git(forum.dir(), &["fsck", "--strict", "--no-dangling"]), "");
}

/// The tree that the tree `top` becomes when the folder at `path` in it has its entry `name` twice, the second time as an
/// empty file.
fn doubled(repository: &git2::Repository, top: git2::Oid, path: &str, name: &str) -> git2::Oid {
    let odb = repository.odb().unwrap();
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    let mut raw = Vec::new();
    for entry in &repository.find_tree(top).unwrap() {
        let mut put = |mode: i32, id: git2::Oid| {
            raw.extend(format!("{mode:o} ").into_bytes());
            raw.extend([entry.name_bytes(), b"\0", id.as_bytes()].concat());
        };
        let below = !path.is_empty() && entry.name() == Ok(first);
        let id = if below { doubled(repository, entry.id(), rest, name) } else { entry.id() };
        put(entry.filemode(), id);
        if path.is_empty() && entry.name() == Ok(name) {
            put(0o100_644, repository.blob(b"").unwrap());
        }
    }
    odb.write(git2::ObjectType::Tree, &raw).unwrap()
}

#[test]
fn a_name_that_stands_twice_in_a_folder_of_a_commit_is_an_error_of_every_verb() {
    let host = Host::new("=== themes/own/theme.yml\nname: Own\n");
    host.propose("answer", "bob", "main", &host::reply(1));
    let repository = git2::Repository::open(&host.forum).unwrap();
    let main = repository.revparse_single("main").unwrap().peel_to_commit().unwrap();
    for (path, name) in [
        ("content/general/tea", "1.md"),
        ("content/general", "tea"),
        ("content/members", "ada.yml"),
        ("content", "forum.yml"),
        ("", "content"),
        ("themes/own", "theme.yml"),
    ] {
        let tree = doubled(&repository, main.tree_id(), path, name);
        let text = format!("tree {tree}\nparent {}\nauthor a <a> 1 +0000\ncommitter a <a> 1 +0000\n\nx\n", main.id());
        let commit = repository.odb().unwrap().write(git2::ObjectType::Commit, text.as_bytes()).unwrap();
        repository.reference("refs/heads/bad", commit, true, "").unwrap();
        let read =
            [&["check", "--rev", "bad"][..], &["build", "--rev", "bad"], &["build", "--rev", "bad", "--no-cache"]];
        let judged = [
            &["merge", "answer", "--into", "bad", "--as", "github:2"][..],
            &["check", "--base", "bad", "--head", "answer", "--as", "github:2"],
        ];
        // Proposals are judged without a theme.
        let judged = judged.into_iter().filter(|_| !path.starts_with("themes"));
        for arguments in read.into_iter().chain(judged) {
            let ran = boards(&host.forum, arguments).ends(3);
            assert!(ran.err.contains(&format!("has the name `{name}` twice")), "{path} {arguments:?}: {}", ran.err);
            assert!(!host.forum.join("output").exists());
        }
        boards(&host.forum, &["build", "--rev", "main", "-q"]).ends(0);
        fs::remove_dir_all(host.forum.join("output")).unwrap();
    }
}
