//! Builds that are hurt on their way: whatever happens, each page that stands is whole, nothing is claimed that isn't
//! so, and the next build ends in exactly the bytes of a clean one.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::forum::program::{Ran, boards, command, git, skipped};
use crate::forum::{Files, Forum, files, large, retitle, same};
use boards::git::Source;

/// Every file of `site` that isn't one of these sites' own.
fn strange(site: &Files, known: &[&Files]) -> Vec<String> {
    let whole = |(path, bytes): &(&String, &Vec<u8>)| known.iter().any(|known| known.get(*path) == Some(bytes));
    let own = |path: &str| path == ".boards-at-work" || path.ends_with(".boards-new");
    site.iter().filter(|file| !own(file.0) && !whole(file)).map(|(path, _)| path.clone()).collect()
}

#[test]
fn a_build_killed_at_any_moment_leaves_whole_pages_and_the_next_one_ends_as_a_clean_one() {
    let forum = large(4, 50, 3);
    let first = forum.clean(Source::WorkingCopy);
    boards(forum.dir(), &["build"]).ends(0);
    same(&forum.site(), &first);
    let mut standing = first;
    let mut killed = 0;
    // The moments are spread over the time that a build takes here, and differ from run to run by themselves.
    let mut longest = Duration::from_millis(400);
    for round in 0..12u32 {
        retitle(&forum, &format!("Tea {round}"));
        forum.write(
            "content/board-0/topic-0/0.md",
            format!("---\ntitle: New {round}\nauthor: ada\ndate: 2026-01-01T10:00:00Z\ntags: [r{round}]\n---\nHi.\n"),
        );
        let next = forum.clean(Source::WorkingCopy);
        let began = Instant::now();
        let mut child = command(forum.dir()).arg("build").stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(longest * (round + 1) / 13);
        let over = child.try_wait().unwrap().is_some();
        child.kill().unwrap();
        child.wait().unwrap();
        if over {
            longest = began.elapsed().min(longest);
        }
        killed += u32::from(!over);
        assert_eq!(strange(&forum.site(), &[&standing, &next]), [""; 0], "round {round}");
        if round % 3 != 0 {
            // Every third time nobody builds in between: two killed builds in a row.
            boards(forum.dir(), &["build"]).ends(0);
            same(&forum.site(), &next);
            standing = next;
        } else {
            standing.extend(forum.site().into_iter().filter(|(path, bytes)| next.get(path) == Some(bytes)));
        }
    }
    boards(forum.dir(), &["build"]).ends(0);
    same(&forum.site(), &forum.clean(Source::WorkingCopy));
    assert!(killed >= 4, "{killed} builds were killed at work");
    let second = boards(forum.dir(), &["build", "--format", "json"]).ends(0).json();
    assert_eq!(second["pages"]["written"], 0);
}

#[test]
fn a_build_killed_at_its_first_page_leaves_a_folder_that_the_next_one_knows_for_its_own() {
    let forum = large(2, 40, 2);
    for _ in 0..6 {
        fs::create_dir_all(forum.path("output")).unwrap();
        let mut child = command(forum.dir()).arg("build").stderr(Stdio::null()).spawn().unwrap();
        let began = Instant::now();
        // Files come and go meanwhile.
        let made = || walkdir::WalkDir::new(forum.path("output")).into_iter().flatten().count();
        while made() < 10 && began.elapsed() < Duration::from_secs(10) {}
        child.kill().unwrap();
        child.wait().unwrap();
        boards(forum.dir(), &["build"]).ends(0);
        same(&forum.site(), &forum.clean(Source::WorkingCopy));
        forum.remove("output");
    }
}

#[test]
fn a_write_that_fails_midway_is_told_and_healed_by_the_next_build() {
    let forum = large(2, 20, 3);
    boards(forum.dir(), &["build"]).ends(0);
    let before = forum.site();
    retitle(&forum, "Tea!");
    let long = format!("---\nauthor: ada\ndate: 2026-01-02T10:08:30Z\n---\n{}\n", "Much to say. ".repeat(4000));
    forum.write("content/board-1/topic-7/long.md", long);
    let next = forum.clean(Source::WorkingCopy);
    // What is remembered is written beforehand, without a limit.
    boards(forum.dir(), &["check"]).ends(0);
    // 64 blocks of 512 bytes: the page with the long post doesn't fit.
    let ran = {
        let mut sh = std::process::Command::new("sh");
        sh.args(["-c", "trap '' XFSZ; ulimit -f 64; exec \"$0\" build", env!("CARGO_BIN_EXE_boards")])
            .current_dir(forum.dir());
        Ran::of(sh.output().unwrap())
    };
    let ran = ran.ends(3);
    assert!(ran.err.starts_with("error: ") && ran.err.to_lowercase().contains("file too large"), "{}", ran.err);
    assert!(ran.err.contains("output/board-1/topic-7/index.html: "), "{}", ran.err);
    assert!(!ran.err.contains("written"), "{}", ran.err);
    assert_eq!(strange(&forum.site(), &[&before, &next]), [""; 0]);
    assert!(before.keys().all(|path| forum.path("output").join(path).exists()));
    boards(forum.dir(), &["build"]).ends(0);
    same(&forum.site(), &next);
}

#[test]
fn a_cache_that_can_not_grow_is_told_and_ends_no_build() {
    let forum = large(2, 60, 8);
    let clean = forum.clean(Source::WorkingCopy);
    // 128 blocks of 512 bytes: every page fits, and the cache does not.
    let limited = |arguments: &str| {
        let mut sh = std::process::Command::new("sh");
        sh.args(["-c", &format!("trap '' XFSZ; ulimit -f 128; exec \"$0\" {arguments}"), env!("CARGO_BIN_EXE_boards")])
            .current_dir(forum.dir());
        Ran::of(sh.output().unwrap())
    };
    for _ in 0..2 {
        let ran = limited("build").ends(0);
        assert!(ran.err.contains("warning: ") && ran.err.contains(".git/boards/bodies: "), "{}", ran.err);
        assert_eq!(ran.err.matches("warning: ").count(), 1, "{}", ran.err);
        same(&forum.site(), &clean);
    }
    limited("check").ends(0);
    let ran = boards(forum.dir(), &["build"]).ends(0);
    assert!(!ran.err.contains("warning: "), "{}", ran.err);
    let counts = boards(forum.dir(), &["build", "--format", "json"]).ends(0).json();
    assert_eq!(counts["pages"]["written"], 0);
    same(&forum.site(), &clean);
}

#[test]
fn a_folder_where_a_page_must_go_is_an_error_with_its_path() {
    let forum = large(1, 3, 2);
    boards(forum.dir(), &["build"]).ends(0);
    let page = forum.path("output/board-0/topic-1/index.html");
    fs::remove_file(&page).unwrap();
    fs::create_dir_all(page.join("mine")).unwrap();
    let ran = boards(forum.dir(), &["build"]).ends(3);
    assert!(ran.err.contains("output/board-0/topic-1/index.html: "), "{}", ran.err);
    fs::remove_dir_all(&page).unwrap();
    boards(forum.dir(), &["build"]).ends(0);
    same(&forum.site(), &forum.clean(Source::WorkingCopy));
}

#[test]
fn an_output_folder_below_a_file_is_an_error_with_its_path() {
    let forum = large(1, 1, 1);
    let ran = boards(forum.dir(), &["build", "--out", "content/forum.yml/site"]).ends(3);
    assert!(ran.err.contains("content/forum.yml/site: "), "{}", ran.err);
}

#[test]
fn an_output_folder_that_cannot_be_written_is_an_error_with_its_path() {
    use std::os::unix::fs::PermissionsExt;
    let forum = large(1, 2, 2);
    boards(forum.dir(), &["build"]).ends(0);
    let before = forum.site();
    let out = forum.path("output");
    let mode = |folder: &Path, mode| fs::set_permissions(folder, fs::Permissions::from_mode(mode)).unwrap();
    mode(&out, 0o555);
    if fs::write(out.join("probe"), "").is_ok() {
        mode(&out, 0o755);
        skipped("this person may write everywhere");
        return;
    }
    retitle(&forum, "Tea!");
    let ran = boards(forum.dir(), &["build"]).ends(3);
    assert!(ran.err.contains("output"), "{}", ran.err);
    mode(&out, 0o755);
    same(&forum.site(), &before);
}

#[test]
fn a_full_disk_is_told_and_healed_by_the_next_build() {
    let forum = large(2, 20, 3);
    let disk = tempfile::tempdir().unwrap();
    let mounted = std::process::Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=256k", "boards-test"])
        .arg(disk.path())
        .output();
    if !mounted.is_ok_and(|it| it.status.success()) {
        skipped("this person may not mount a small disk");
        return;
    }
    let out = disk.path().join("site");
    let arguments = ["build", "--out", out.to_str().unwrap()];
    let full = boards(forum.dir(), &arguments);
    let next = forum.clean(Source::WorkingCopy);
    let half = files(&out);
    let grown = std::process::Command::new("mount").args(["-o", "remount,size=16m"]).arg(disk.path()).output().unwrap();
    let healed = boards(forum.dir(), &arguments);
    let site = files(&out);
    std::process::Command::new("umount").arg(disk.path()).output().unwrap();
    let full = full.ends(3);
    assert!(full.err.contains("No space left on device") && full.err.contains(out.to_str().unwrap()), "{}", full.err);
    assert_eq!(strange(&half, &[&next]), [""; 0]);
    assert!(grown.status.success());
    healed.ends(0);
    same(&site, &next);
}

#[test]
fn a_forum_with_errors_writes_nothing_and_the_site_stands() {
    let forum = large(1, 3, 2);
    boards(forum.dir(), &["build"]).ends(0);
    let before = forum.site();
    let list = fs::read(forum.path("output/.boards")).unwrap();
    retitle(&forum, "Tea!");
    forum
        .write("content/board-0/topic-1/again.md", "---\ntitle: Again\nauthor: ada\ndate: 2026-01-01T10:00:00Z\n---\n");
    let ran = boards(forum.dir(), &["build"]).ends(1);
    assert!(
        ran.err.contains("error[opening-doubled]") && ran.err.contains("nothing was built: 1 error"),
        "{}",
        ran.err
    );
    same(&forum.site(), &before);
    assert_eq!(fs::read(forum.path("output/.boards")).unwrap(), list);
    boards(forum.dir(), &["build", "--out", "fresh"]).ends(1);
    assert!(!forum.path("fresh").exists());
    boards(forum.dir(), &["build", "--swap"]).ends(1);
    assert!(!forum.path("output.next").exists());
}

#[test]
fn of_two_builds_at_once_the_second_waits_and_says_whom_for() {
    let forum = large(4, 50, 3);
    let clean = forum.clean(Source::WorkingCopy);
    let mut first = command(forum.dir()).arg("build").stderr(Stdio::null()).spawn().unwrap();
    let began = Instant::now();
    let lock = forum.path(".git/boards/lock");
    while fs::read_to_string(&lock).unwrap_or_default().is_empty() && began.elapsed() < Duration::from_secs(10) {}
    let second = boards(forum.dir(), &["build"]);
    let id = first.id();
    assert!(first.wait().unwrap().success());
    let second = second.ends(0);
    assert!(
        second.err.contains(&format!("waiting for another boards process (process {id}, build)\n")),
        "{}",
        second.err
    );
    same(&forum.site(), &clean);
}

#[test]
fn two_builds_without_a_common_cache_do_not_mix_in_one_folder() {
    let forum = large(4, 50, 3);
    let clean = forum.clean(Source::WorkingCopy);
    let mut first = command(forum.dir()).args(["build", "--no-cache"]).stderr(Stdio::null()).spawn().unwrap();
    let began = Instant::now();
    while !forum.path("output/.boards-at-work").exists() && began.elapsed() < Duration::from_secs(10) {}
    let second = boards(forum.dir(), &["build", "--no-cache"]);
    let stood = first.try_wait().unwrap().is_none();
    assert!(first.wait().unwrap().success());
    if stood {
        let second = second.ends(3);
        assert!(second.err.contains("output: another boards process is building into this folder"), "{}", second.err);
    }
    same(&forum.site(), &clean);
}

#[test]
fn a_lock_of_a_killed_build_holds_nobody_up() {
    let forum = large(2, 20, 3);
    let mut child = command(forum.dir()).arg("build").stderr(Stdio::null()).spawn().unwrap();
    while !forum.path(".git/boards/lock").exists() {}
    child.kill().unwrap();
    child.wait().unwrap();
    boards(forum.dir(), &["build"]).ends(0);
}

fn cloned(forum: &Forum, dir: &Path) {
    git(dir, &["clone", "-q", "--depth", "1", &format!("file://{}", forum.dir().display()), "shallow"]);
}

#[test]
fn a_shallow_clone_is_refused_when_a_date_is_missing_and_built_when_none_is() {
    let dated = large(1, 2, 2);
    retitle(&dated, "Tea!");
    dated.commit("ada", 1_767_300_100);
    let folder = tempfile::tempdir().unwrap();
    cloned(&dated, folder.path());
    boards(&folder.path().join("shallow"), &["build"]).ends(0);
    same(&files(&folder.path().join("shallow/output")), &dated.clean(Source::WorkingCopy));

    let forum = Forum::new();
    forum.write("content/general/board.yml", "title: General\n");
    forum.write("content/general/tea/1.md", "---\ntitle: Tea?\nauthor: ada\n---\n");
    forum.commit("ada", 1_767_300_000);
    forum.write("content/general/tea/2.md", "---\nauthor: ada\n---\nGreen.\n");
    forum.commit("ada", 1_767_300_100);
    let folder = tempfile::tempdir().unwrap();
    cloned(&forum, folder.path());
    let shallow = folder.path().join("shallow");
    let ran = boards(&shallow, &["build"]).ends(1);
    assert!(ran.err.contains("error[date-missing]") && ran.err.contains("git fetch --unshallow"), "{}", ran.err);
    assert!(!shallow.join("output").exists());
    git(&shallow, &["fetch", "-q", "--unshallow"]);
    boards(&shallow, &["build"]).ends(0);
    same(&files(&shallow.join("output")), &forum.clean(Source::WorkingCopy));
}

#[test]
fn a_page_that_somebody_cut_or_removed_comes_back() {
    let forum = large(1, 3, 2);
    boards(forum.dir(), &["build"]).ends(0);
    let clean = forum.site();
    let some: BTreeSet<&String> = clean.keys().step_by(3).collect();
    for (number, path) in some.into_iter().enumerate() {
        let place = forum.path("output").join(path);
        if number % 2 == 0 { fs::remove_file(place).unwrap() } else { fs::write(place, "cut").unwrap() }
    }
    boards(forum.dir(), &["build"]).ends(0);
    same(&forum.site(), &clean);
}

#[test]
fn a_link_in_the_output_is_never_followed_out_of_it() {
    let forum = large(1, 2, 2);
    boards(forum.dir(), &["build"]).ends(0);
    let clean = forum.site();
    forum.write("mine.txt", "mine");
    fs::remove_file(forum.path("output/index.html")).unwrap();
    std::os::unix::fs::symlink(forum.path("mine.txt"), forum.path("output/index.html")).unwrap();
    boards(forum.dir(), &["build"]).ends(0);
    assert_eq!(fs::read_to_string(forum.path("mine.txt")).unwrap(), "mine");
    same(&forum.site(), &clean);
}

#[test]
fn a_closed_stdout_or_stderr_stops_no_build() {
    let forum = large(1, 2, 2);
    let ran = std::process::Command::new("sh")
        .args(["-c", "exec \"$0\" build 2>&- >&-", env!("CARGO_BIN_EXE_boards")])
        .process_group(0)
        .current_dir(forum.dir())
        .status()
        .unwrap();
    assert!(ran.success());
    same(&forum.site(), &forum.clean(Source::WorkingCopy));
}
