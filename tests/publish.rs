//! The site brought to a branch or a folder: it shows just the site, nobody else's file is touched, and a publication
//! that is hurt on its way leaves what stood or what shall stand.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::forum::program::{Ran, boards, command, git};
use crate::forum::{Files, Forum, files, large, retitle, same};

/// A built forum whose git knows who publishes.
fn built(boards_: usize, topics: usize, posts: usize) -> Forum {
    let forum = large(boards_, topics, posts);
    for (name, value) in [("user.name", "Ada"), ("user.email", "ada@tea.example")] {
        git(forum.dir(), &["config", name, value]);
    }
    boards(forum.dir(), &["build", "-q"]).ends(0);
    forum
}

/// The files at a revision.
fn at(dir: &Path, revision: &str) -> Files {
    let folder = tempfile::tempdir().unwrap();
    let repository = git2::Repository::open(dir).unwrap();
    let tree = repository.revparse_single(revision).unwrap().peel_to_tree().unwrap();
    let mut options = git2::build::CheckoutBuilder::new();
    options.target_dir(folder.path()).update_index(false).force();
    repository.checkout_tree(tree.as_object(), Some(&mut options)).unwrap();
    files(folder.path())
}

/// The site that stands in the output folder, as a branch shows it.
fn site(forum: &Forum) -> Files {
    let mut site = forum.site();
    site.insert(".nojekyll".into(), Vec::new());
    site
}

fn reply(forum: &Forum, number: usize) {
    let text = format!("---\nauthor: bob\ndate: 2026-02-01T10:00:{number:02}Z\n---\nReply {number}.\n");
    forum.write(&format!("content/board-0/topic-0/r{number}.md"), text);
    boards(forum.dir(), &["build", "-q"]).ends(0);
}

fn publish(forum: &Forum, more: &[&str]) -> Ran {
    boards(forum.dir(), &[&["publish", "branch:gh-pages"], more].concat())
}

fn count(forum: &Forum) -> usize {
    git(forum.dir(), &["rev-list", "--count", "gh-pages"]).trim().parse().unwrap()
}

#[test]
fn a_branch_shows_just_the_site_and_a_second_publication_makes_no_commit() {
    let forum = built(2, 4, 3);
    let ran = publish(&forum, &[]).ends(0);
    assert!(ran.err.contains("0 changed, 0 removed, 0 files as before → branch:gh-pages, commit "), "{}", ran.err);
    same(&at(forum.dir(), "gh-pages"), &site(&forum));
    let tip = git(forum.dir(), &["rev-parse", "gh-pages"]);
    let ran = publish(&forum, &[]).ends(0);
    assert!(ran.err.starts_with("nothing changed, "), "{}", ran.err);
    assert_eq!(git(forum.dir(), &["rev-parse", "gh-pages"]), tip);
    assert_eq!(git(forum.dir(), &["status", "--porcelain"]), "", "no file of the work tree is touched");
}

#[test]
fn after_a_reply_only_the_changed_blobs_are_added() {
    let forum = built(2, 4, 3);
    publish(&forum, &[]).ends(0);
    let before = site(&forum);
    reply(&forum, 1);
    publish(&forum, &[]).ends(0);
    same(&at(forum.dir(), "gh-pages"), &site(&forum));
    let fresh = git(forum.dir(), &["rev-list", "--objects", "gh-pages", "^gh-pages~1"]);
    let blobs = fresh.lines().filter(|line| {
        let id = line.split(' ').next().unwrap();
        git(forum.dir(), &["cat-file", "-t", id]).trim() == "blob"
    });
    assert_eq!(blobs.count(), crate::forum::difference(&before, &site(&forum)).len());
}

#[test]
fn what_the_site_has_no_more_goes() {
    let forum = built(2, 4, 3);
    publish(&forum, &[]).ends(0);
    boards(forum.dir(), &["publish", "www"]).ends(0);
    forum.remove("content/board-1/topic-2");
    boards(forum.dir(), &["build", "-q"]).ends(0);
    publish(&forum, &[]).ends(0);
    let stands = at(forum.dir(), "gh-pages");
    assert!(!stands.contains_key("board-1/topic-2/index.html"));
    same(&stands, &site(&forum));
    boards(forum.dir(), &["publish", "www"]).ends(0);
    same(&files(&forum.path("www")), &forum.site());
    assert!(!forum.path("www/board-1/topic-2").exists());
}

#[test]
fn what_others_put_on_the_branch_stays() {
    let forum = built(1, 3, 2);
    publish(&forum, &[]).ends(0);
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["clone", "-q", "-b", "gh-pages", forum.dir().to_str().unwrap(), "clone"]);
    let clone = folder.path().join("clone");
    fs::write(clone.join("CNAME"), "tea.example\n").unwrap();
    fs::write(clone.join("index.html"), "mine\n").unwrap();
    git(&clone, &["add", "--all"]);
    git(&clone, &["-c", "user.name=Bob", "-c", "user.email=bob@tea.example", "commit", "-qm", "Name the domain"]);
    git(&clone, &["push", "-q", "origin", "gh-pages"]);
    for number in 0..3 {
        reply(&forum, number);
        publish(&forum, &[]).ends(0);
        let mut expected = site(&forum);
        expected.insert("CNAME".into(), b"tea.example\n".to_vec());
        same(&at(forum.dir(), "gh-pages"), &expected);
    }
}

#[test]
fn a_branch_that_boards_did_not_make_is_refused_until_force_is_said() {
    let forum = built(1, 3, 2);
    git(forum.dir(), &["branch", "gh-pages"]);
    let ran = publish(&forum, &[]).ends(3);
    assert!(ran.err.contains("the branch `gh-pages` was not made by boards (it has `.gitignore`)"), "{}", ran.err);
    publish(&forum, &["--force"]).ends(0);
    forum.remove("content/board-0/topic-2");
    boards(forum.dir(), &["build", "-q"]).ends(0);
    publish(&forum, &[]).ends(0);
    let stands = at(forum.dir(), "gh-pages");
    assert!(stands.contains_key("content/forum.yml") && !stands.contains_key("board-0/topic-2/index.html"));
}

#[test]
fn a_branch_that_is_checked_out_is_refused() {
    let forum = built(1, 1, 1);
    for force in [&[][..], &["--force"]] {
        let ran = boards(forum.dir(), &[&["publish", "branch:main"], force].concat()).ends(3);
        assert!(ran.err.contains("the branch `main` is checked out"), "{}", ran.err);
    }
    publish(&forum, &[]).ends(0);
    let linked = tempfile::tempdir().unwrap();
    let place = linked.path().join("pages");
    git(forum.dir(), &["worktree", "add", "-q", place.to_str().unwrap(), "gh-pages"]);
    reply(&forum, 1);
    assert!(publish(&forum, &[]).ends(3).err.contains("is checked out"));
}

#[test]
fn a_history_is_kept_as_long_as_was_wished_for() {
    let forum = built(1, 2, 2);
    for number in 0..5 {
        reply(&forum, number);
        publish(&forum, &[]).ends(0);
    }
    assert_eq!(count(&forum), 5);
    reply(&forum, 5);
    let before = git(forum.dir(), &["log", "--format=%T %an %at", "-2", "gh-pages"]);
    publish(&forum, &["--keep", "3"]).ends(0);
    assert_eq!(count(&forum), 3);
    let kept = git(forum.dir(), &["log", "--format=%T %an %at", "-2", "--skip=1", "gh-pages"]);
    assert_eq!(kept, before, "what is kept is kept as it was");
    reply(&forum, 6);
    publish(&forum, &["--keep", "1"]).ends(0);
    assert_eq!(count(&forum), 1);
    same(&at(forum.dir(), "gh-pages"), &site(&forum));
    publish(&forum, &["--keep", "0"]).ends(2);
}

#[test]
fn a_pushed_branch_goes_on_from_what_the_remote_has() {
    let forum = built(1, 2, 2);
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "-q", "--bare", "remote.git"]);
    let remote = folder.path().join("remote.git");
    git(forum.dir(), &["remote", "add", "origin", remote.to_str().unwrap()]);
    let ran = publish(&forum, &["--push"]).ends(0);
    assert!(ran.err.contains("pushed to origin"), "{}", ran.err);
    same(&at(&remote, "gh-pages"), &site(&forum));

    // The same forum elsewhere, where nothing is known of the branch.
    git(folder.path(), &["clone", "-q", forum.dir().to_str().unwrap(), "other"]);
    let other = folder.path().join("other");
    for (name, value) in [
        ("user.name", "Bob"),
        ("user.email", "bob@tea.example"),
        ("remote.origin.url", remote.to_str().unwrap()),
        ("remote.origin.fetch", "+refs/heads/main:refs/remotes/origin/main"),
    ] {
        git(&other, &["config", name, value]);
    }
    fs::write(other.join("content/board-0/topic-0/x.md"), "---\nauthor: bob\ndate: 2026-02-02T10:00:00Z\n---\nX.\n")
        .unwrap();
    boards(&other, &["build", "-q"]).ends(0);
    boards(&other, &["publish", "branch:gh-pages", "--push"]).ends(0);
    assert_eq!(git(&remote, &["rev-list", "--count", "gh-pages"]).trim(), "2");

    // Here the branch is one commit behind now, and there rewritten in the end.
    reply(&forum, 1);
    publish(&forum, &["--push", "--keep", "1"]).ends(0);
    same(&at(&remote, "gh-pages"), &site(&forum));
    assert_eq!(git(&remote, &["rev-list", "--count", "gh-pages"]).trim(), "1");
    boards(&other, &["publish", "branch:gh-pages", "--push"]).ends(0);
    same(&at(&remote, "gh-pages"), &{
        let mut site = files(&other.join("output"));
        site.insert(".nojekyll".into(), Vec::new());
        site
    });

    // A remote out of reach is told, and the publication isn't lost.
    git(forum.dir(), &["config", "remote.origin.url", "/nowhere/at/all.git"]);
    let ran = publish(&forum, &["--push"]).ends(3);
    assert!(ran.err.contains("/nowhere/at/all.git"), "{}", ran.err);
}

#[test]
fn a_dry_run_lists_what_would_change_and_changes_nothing() {
    let forum = built(1, 3, 2);
    publish(&forum, &[]).ends(0);
    boards(forum.dir(), &["publish", "www"]).ends(0);
    let (published, standing) = (git(forum.dir(), &["rev-parse", "gh-pages"]), files(&forum.path("www")));
    reply(&forum, 1);
    forum.remove("content/board-0/topic-2");
    boards(forum.dir(), &["build", "-q"]).ends(0);
    let objects = files(&forum.path(".git/objects")).len();
    for target in ["branch:gh-pages", "www"] {
        let ran = boards(forum.dir(), &["publish", target, "--dry-run"]).ends(0);
        assert!(ran.out.contains("+ members/bob/index.html\n"), "{}", ran.out);
        assert!(ran.out.contains("~ board-0/topic-0/index.html\n"), "{}", ran.out);
        assert!(ran.out.contains("- board-0/topic-2/index.html\n"), "{}", ran.out);
        assert!(ran.err.starts_with("would be: "), "{}", ran.err);
    }
    assert_eq!(git(forum.dir(), &["rev-parse", "gh-pages"]), published);
    assert_eq!(files(&forum.path(".git/objects")).len(), objects);
    same(&files(&forum.path("www")), &standing);
    boards(forum.dir(), &["publish", "fresh", "--dry-run"]).ends(0);
    assert!(!forum.path("fresh").exists());
}

#[test]
fn a_folder_gets_only_what_changed_and_keeps_what_others_put_there() {
    use std::os::unix::fs::MetadataExt;
    let forum = built(2, 4, 3);
    let www = forum.path("www");
    boards(forum.dir(), &["publish", "www"]).ends(0);
    same(&files(&www), &forum.site());
    fs::write(www.join("mine.txt"), "mine").unwrap();
    let inode = |path: &str| fs::metadata(www.join(path)).unwrap().ino();
    let (page, other) = (inode("board-0/topic-0/index.html"), inode("board-1/topic-1/index.html"));
    reply(&forum, 1);
    boards(forum.dir(), &["publish", "www"]).ends(0);
    assert_eq!(fs::read_to_string(www.join("mine.txt")).unwrap(), "mine");
    assert_ne!(inode("board-0/topic-0/index.html"), page, "renamed into its place");
    assert_eq!(inode("board-1/topic-1/index.html"), other, "not touched");
    fs::remove_file(www.join("mine.txt")).unwrap();
    fs::remove_file(www.join("index.html")).unwrap();
    boards(forum.dir(), &["publish", "www"]).ends(0);
    same(&files(&www), &forum.site());

    forum.write("theirs/thesis.tex", "mine");
    let ran = boards(forum.dir(), &["publish", "theirs"]).ends(3);
    assert!(ran.err.contains("theirs: this folder was not made by boards (it has `thesis.tex`)"), "{}", ran.err);
    assert!(boards(forum.dir(), &["publish", "output"]).ends(3).err.contains("this is the site itself"));
}

#[test]
fn a_site_that_the_host_would_not_take_is_not_published() {
    let forum = built(1, 2, 1);
    let settings = "format: 1\ntitle: Tea\nbase_url: https://tea.pages.dev/\npolicy: { attachment_bytes: 67108864 }\n";
    forum.write("content/forum.yml", settings);
    let mut picture = b"GIF89a\x01\x00\x01\x00\x00\x00\x00".to_vec();
    picture.resize(26 << 20, 0);
    forum.write("content/board-0/topic-0/dot.gif", picture);
    let text = "---\nauthor: ada\ndate: 2026-02-01T10:00:00Z\n---\n![a dot](dot.gif)\n";
    forum.write("content/board-0/topic-0/big.md", text);
    boards(forum.dir(), &["build", "-q"]).ends(0);
    let ran = boards(forum.dir(), &["publish", "www"]).ends(1);
    assert!(
        ran.out.starts_with("error[host-limit]: Cloudflare Pages takes 26,214,400 bytes a file, and `"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("has 27,262,976\n  = help: make the attachment smaller"), "{}", ran.out);
    assert!(!forum.path("www").exists());
    let json = boards(forum.dir(), &["publish", "www", "--format", "json"]).ends(1).json();
    assert_eq!((&json["files"], &json["limits"][0]["host"]), (&serde_json::Value::Null, &"cloudflare".into()));
    let ran = boards(forum.dir(), &["publish", "www", "--host", "netlify"]).ends(0);
    assert!(
        ran.out.starts_with("warning[host-limit]: Netlify asks for at most 10,000,000 bytes a file"),
        "{}",
        ran.out
    );
    boards(forum.dir(), &["publish", "www", "--host", "none"]).ends(0);
    boards(forum.dir(), &["publish", "www", "--host", "elsewhere"]).ends(2);
}

#[test]
fn only_a_finished_site_as_the_build_made_it_is_published() {
    let forum = built(1, 2, 2);
    let ran = boards(forum.dir(), &["publish", "www", "--out", "nothing"]).ends(3);
    assert!(ran.err.contains("nothing: there is no site that boards made"), "{}", ran.err);
    forum.write("output/.boards-at-work", "");
    let ran = publish(&forum, &[]).ends(3);
    assert!(ran.err.contains("output: a build is at work here, or was cut short"), "{}", ran.err);
    forum.remove("output/.boards-at-work");
    forum.write("output/index.html", "mine");
    for target in ["branch:gh-pages", "www"] {
        let ran = boards(forum.dir(), &["publish", target]).ends(3);
        assert!(ran.err.contains("output/index.html: this file is not as the build made it"), "{}", ran.err);
    }
    assert!(!git(forum.dir(), &["branch"]).contains("gh-pages"));
}

#[test]
fn a_damaged_cache_costs_time_and_no_byte() {
    let forum = built(1, 3, 2);
    publish(&forum, &[]).ends(0);
    let whole = fs::read(forum.path(".git/boards/published")).unwrap();
    let cut = whole[..whole.len() / 2].to_vec();
    let mut flipped = whole.clone();
    *flipped.last_mut().unwrap() ^= 1;
    for (number, damaged) in [Vec::new(), cut, flipped].into_iter().enumerate() {
        forum.write(".git/boards/published", damaged);
        reply(&forum, number);
        publish(&forum, &[]).ends(0);
        same(&at(forum.dir(), "gh-pages"), &site(&forum));
    }
}

#[test]
fn executable_bits_of_the_disk_reach_neither_the_list_of_files_nor_the_site() {
    use std::os::unix::fs::PermissionsExt;
    let forum = built(1, 1, 2);
    let picture = b"GIF89a\x03\x00\x02\x00\x00\x00\x00\x3b";
    forum.write("content/board-0/topic-0/cup.gif", picture);
    forum.write(
        "content/board-0/topic-0/r1.md",
        "---\nauthor: bob\ndate: 2026-02-01T10:00:00Z\n---\n![A cup](cup.gif)\n",
    );
    let built = |committed: bool, mode| {
        for file in files(&forum.path("content")).keys() {
            let bits = fs::Permissions::from_mode(mode);
            fs::set_permissions(forum.path(&format!("content/{file}")), bits).unwrap();
        }
        if committed {
            forum.commit("ada", 1_767_400_000);
        }
        let _ = fs::remove_dir_all(forum.path("output"));
        boards(forum.dir(), &["build", "-q", "--no-cache"]).ends(0);
        (fs::read(forum.path("output/.boards")).unwrap(), forum.site())
    };
    // Not committed yet, then committed, then changed by nothing but the bits.
    assert_eq!(built(false, 0o644), built(false, 0o755));
    assert_eq!(built(true, 0o644), built(false, 0o755));
    // The commit has them itself.
    assert_eq!(built(true, 0o755), built(false, 0o644));
    publish(&forum, &[]).ends(0);
    let tree = git(forum.dir(), &["ls-tree", "-r", "gh-pages"]);
    assert!(tree.contains("cup.gif") && tree.lines().all(|file| file.starts_with("100644 ")), "{tree}");
}

#[test]
fn without_a_name_in_git_nothing_is_committed_and_the_fix_is_told() {
    let forum = large(1, 1, 1);
    boards(forum.dir(), &["build", "-q"]).ends(0);
    let mut command = command(forum.dir());
    command.args(["publish", "branch:gh-pages"]).env("EMAIL", "").env("GIT_COMMITTER_NAME", "");
    let ran = Ran::of(command.output().unwrap()).ends(3);
    assert!(ran.err.contains("git config --global user.name"), "{}", ran.err);
    assert!(!git(forum.dir(), &["branch"]).contains("gh-pages"));
}

#[test]
fn json_tells_what_was_published() {
    let forum = built(1, 2, 2);
    let json = publish(&forum, &["--format", "json"]).ends(0).json();
    assert_eq!(json["target"], "branch:gh-pages");
    assert_eq!(json["files"]["added"].as_array().unwrap().len(), site(&forum).len());
    assert_eq!(json["commit"], git(forum.dir(), &["rev-parse", "gh-pages"]).trim());
    assert_eq!((&json["pushed"], &json["limits"]), (&false.into(), &serde_json::json!([])));
    let json = publish(&forum, &["--format", "json"]).ends(0).json();
    assert_eq!((&json["commit"], &json["files"]["unchanged"]), (&serde_json::Value::Null, &site(&forum).len().into()));
}

/// Every file of `now` that is in neither site.
fn strange(now: &Files, known: [&Files; 2]) -> Vec<String> {
    let own = |path: &str| path == ".boards-at-work" || path.ends_with(".boards-new");
    let known = |path: &String, bytes: &Vec<u8>| known.iter().any(|site| site.get(path) == Some(bytes));
    now.iter().filter(|(path, bytes)| !own(path) && !known(path, bytes)).map(|(path, _)| path.clone()).collect()
}

#[test]
fn a_publication_killed_at_any_moment_leaves_old_files_or_new_ones_and_the_next_one_ends_it() {
    let forum = built(2, 40, 2);
    let www = forum.path("www");
    boards(forum.dir(), &["publish", "www"]).ends(0);
    publish(&forum, &[]).ends(0);
    let mut killed = 0;
    for round in 0..6u32 {
        let before = forum.site();
        retitle(&forum, &format!("Tea {round}"));
        boards(forum.dir(), &["build", "-q"]).ends(0);
        let next = forum.site();
        let tip = git(forum.dir(), &["rev-parse", "gh-pages"]);
        for target in ["www", "branch:gh-pages"] {
            let began = Instant::now();
            let mut child = command(forum.dir()).args(["publish", target]).stderr(Stdio::null()).spawn().unwrap();
            while began.elapsed() < Duration::from_millis(u64::from(5 + 3 * round * round)) {}
            let over = child.try_wait().unwrap().is_some();
            child.kill().unwrap();
            child.wait().unwrap();
            killed += u32::from(!over);
        }
        assert_eq!(strange(&files(&www), [&before, &next]), [""; 0], "round {round}");
        let now = git(forum.dir(), &["rev-parse", "gh-pages"]);
        if now != tip {
            same(&at(forum.dir(), "gh-pages"), &site(&forum));
        }
        let _ = fs::remove_file(forum.path(".git/refs/heads/gh-pages.lock"));
        boards(forum.dir(), &["publish", "www"]).ends(0);
        same(&files(&www), &next);
        publish(&forum, &[]).ends(0);
        same(&at(forum.dir(), "gh-pages"), &site(&forum));
    }
    assert!(killed >= 4, "{killed} publications were killed at work");
    git(forum.dir(), &["fsck", "--strict", "--no-dangling"]);
}

#[test]
fn a_write_that_fails_midway_is_told_and_healed_by_the_next_publication() {
    let forum = built(2, 10, 2);
    boards(forum.dir(), &["publish", "www"]).ends(0);
    publish(&forum, &[]).ends(0);
    let before = files(&forum.path("www"));
    let tip = git(forum.dir(), &["rev-parse", "gh-pages"]);
    // Numbers that a compression makes little of.
    let words: String = (0u64..14_000).map(|n| format!("{:x} ", n.wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect();
    let text = format!("---\nauthor: ada\ndate: 2026-02-01T10:00:00Z\n---\n{words}\n");
    forum.write(
        "content/forum.yml",
        "format: 1\ntitle: Tea\nbase_url: https://tea.example/\npolicy: { post_bytes: 1048576 }\n",
    );
    forum.write("content/board-0/topic-0/long.md", text);
    boards(forum.dir(), &["build", "-q"]).ends(0);
    for target in ["www", "branch:gh-pages"] {
        // What is remembered is written beforehand, without a limit.
        boards(forum.dir(), &["publish", target, "--dry-run"]).ends(0);
        let mut sh = std::process::Command::new("sh");
        sh.args(["-c", "trap '' XFSZ; ulimit -f 64; exec \"$0\" publish \"$1\"", env!("CARGO_BIN_EXE_boards"), target]);
        let ran = Ran::of(sh.current_dir(forum.dir()).output().unwrap()).ends(3);
        assert!(ran.err.starts_with("error: ") && !ran.err.contains("added"), "{target}: {}", ran.err);
    }
    assert_eq!(strange(&files(&forum.path("www")), [&before, &forum.site()]), [""; 0]);
    assert_eq!(git(forum.dir(), &["rev-parse", "gh-pages"]), tip);
    boards(forum.dir(), &["publish", "www"]).ends(0);
    same(&files(&forum.path("www")), &forum.site());
    publish(&forum, &[]).ends(0);
    same(&at(forum.dir(), "gh-pages"), &site(&forum));
    git(forum.dir(), &["fsck", "--strict", "--no-dangling"]);
}
