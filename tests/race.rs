//! Merges that are killed, raced, out of space or overtaken by a push: whatever happens, both repositories stay whole, no
//! post is lost or there twice, and the next run brings to its end what was begun.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::forum::host::{Host, commit, lay, reply};
use crate::forum::program::{Ran, boards, command, git};

/// `boards merge` of these numbers, approved.
fn merge(place: &Path, numbers: impl IntoIterator<Item = u64>, more: &[&str]) -> Command {
    let mut command = command(place);
    command.arg("merge").args(numbers.into_iter().map(|number| number.to_string())).arg("--approve").args(more);
    command
}

fn run(mut command: Command) -> Ran {
    Ran::of(command.output().unwrap())
}

/// Starts it with all that it says thrown away, in a process group of its own.
fn start(mut command: Command) -> Child {
    command.stdout(Stdio::null()).stderr(Stdio::null()).process_group(0).spawn().unwrap()
}

/// Kills it, and what it has started too when `all`. What it has started and isn't killed is waited for, ten seconds at
/// most.
fn kill(mut child: Child, all: bool) {
    let group = format!("-{}", child.id());
    let signal = |signal: &str| {
        let sent = Command::new("kill").args([signal, "--", &group]).stderr(Stdio::null()).status();
        sent.is_ok_and(|sent| sent.success())
    };
    if all {
        // It may have come to its end by itself.
        signal("-9");
    }
    let _ = child.kill();
    child.wait().unwrap();
    for _ in 0..200 {
        if !signal("-0") {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Removes the locks that a killed git has left at the remote, and that of the note of where its branch is, as the message
/// says. Those of the branch and of the index here are removed by the next run.
fn unlock(host: &Host) {
    for lock in [host.origin.join("refs/heads/main.lock"), host.forum.join(".git/refs/remotes/origin/main.lock")] {
        let _ = fs::remove_file(lock);
    }
}

#[test]
fn killed_at_any_moment_the_next_run_ends_it() {
    let host = Host::new("");
    host.post(1);
    let began = Instant::now();
    run(merge(&host.forum, [1], &["--push"])).ends(0);
    let whole = began.elapsed();
    const ROUNDS: u32 = 16;
    for round in 1..=ROUNDS {
        let number = u64::from(round) + 1;
        host.post(number);
        // Moments spread over a whole run, in an order that leaves none next to the one before.
        let child = start(merge(&host.forum, [number], if round % 3 == 0 { &[] } else { &["--push"] }));
        std::thread::sleep(whole * (round * 7 % ROUNDS) / ROUNDS);
        kill(child, round % 2 == 0);
        unlock(&host);
        assert_eq!(git(&host.forum, &["fsck", "--strict", "--no-dangling"]), "");
        run(merge(&host.forum, [number], &["--push"])).ends(0);
        assert_eq!(git(&host.forum, &["status", "--porcelain"]), "", "round {round}");
    }
    assert_eq!(host.is_whole(1..=u64::from(ROUNDS) + 1), ROUNDS as usize + 1);
    let left = fs::read_dir(host.forum.join(".git/objects")).unwrap().map(|it| it.unwrap().file_name());
    assert_eq!(left.filter(|name| name.to_string_lossy().starts_with("tmp_objdir")).count(), 0);
    let packs = fs::read_dir(host.forum.join(".git/objects/pack")).unwrap().map(|it| it.unwrap().path());
    assert_eq!(packs.filter(|path| path.extension().is_some_and(|ending| ending == "keep")).count(), 0);
}

/// Starts a merge of two posts while this process holds a lock of the repository, lets go of it when the merge says that
/// it waits, and gives how it ended.
fn merged_behind(host: &Host, lock: &str, verb: &str) -> Ran {
    let path = host.forum.join(".git").join(lock);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, format!("process 1, {verb}\n")).unwrap();
    let held = fs::File::open(&path).unwrap();
    held.lock().unwrap();
    let mut child =
        merge(&host.forum, [1, 2], &["--push"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let mut err = String::new();
    said.read_line(&mut err).unwrap();
    drop(held);
    said.read_to_string(&mut err).unwrap();
    Ran { err, ..Ran::of(child.wait_with_output().unwrap()) }
}

#[test]
fn a_merge_waits_for_another_merge_or_a_build_and_says_so() {
    for (lock, verb) in [("boards-merge", "merge"), ("boards/lock", "build")] {
        let host = Host::new("");
        [1, 2].into_iter().for_each(|number| host.post(number));
        let ran = merged_behind(&host, lock, verb).ends(0);
        assert!(
            ran.err.starts_with(&format!("waiting for another boards process (process 1, {verb})\n")),
            "{}",
            ran.err
        );
        assert_eq!(host.is_whole([1, 2]), 2);
    }
}

#[test]
fn of_two_at_once_in_one_repository_the_second_merges_what_the_first_has_left() {
    let host = Host::new("");
    let numbers = 1..=6;
    numbers.clone().for_each(|number| host.post(number));
    let each = [1..=4_u64, 3..=6].map(|numbers| merge(&host.forum, numbers, &["--push"]));
    let children = each.map(|mut command| command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
    children.into_iter().for_each(|child| drop(Ran::of(child.wait_with_output().unwrap()).ends(0)));
    assert_eq!(host.is_whole(numbers), 6);
}

#[test]
fn clones_that_push_at_once_all_get_through() {
    let host = Host::new("");
    (1..=6).for_each(|number| host.post(number));
    let clones = ["one", "two", "three"].map(|name| host.clone(name));
    let children: Vec<Child> = (0..)
        .zip(&clones)
        .map(|(at, clone)| {
            let mut command = merge(clone, [at * 2 + 1, at * 2 + 2], &["--push"]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for child in children {
        Ran::of(child.wait_with_output().unwrap()).ends(0);
    }
    git(&host.forum, &["pull", "-q", "--ff-only", "origin", "main"]);
    assert_eq!(host.is_whole(1..=6), 6);
}

/// Lets the remote run this before it takes a push.
fn before_push(host: &Host, script: &str) {
    let hook = host.origin.join("hooks/pre-receive");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    fs::write(&hook, format!("#!/bin/sh\nunset GIT_QUARANTINE_PATH\n{script}\n")).unwrap();
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
}

/// A commit of somebody else's that isn't pushed yet, on a branch `other` of the remote.
fn other(host: &Host) -> String {
    let clone = host.clone("other");
    lay(&clone, &reply(100));
    commit(&clone, "cleo", "By hand");
    git(&clone, &["push", "-q", "origin", "HEAD:other"]);
    git(&clone, &["rev-parse", "HEAD"]).trim().to_owned()
}

#[test]
fn a_push_of_somebody_else_in_between_is_merged_onto() {
    let host = Host::new("");
    host.post(1);
    let theirs = other(&host);
    before_push(&host, &format!("git update-ref refs/heads/main {theirs}"));
    let ran = run(merge(&host.forum, [1], &["--push"])).ends(0);
    assert!(ran.out.starts_with("1  merged"), "{}", ran.out);
    assert_eq!(host.is_whole([1]), 1);
    assert_eq!(git(&host.forum, &["rev-parse", "main^"]).trim(), theirs);
    assert_eq!(git(&host.forum, &["rev-parse", "main"]), git(&host.origin, &["rev-parse", "main"]));
}

#[test]
fn pushes_that_never_end_are_given_up() {
    let host = Host::new("");
    host.post(1);
    let before = git(&host.forum, &["rev-parse", "main"]);
    let next = "git commit-tree -p main -m next main^{tree}";
    let person = "GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x";
    before_push(
        &host,
        &format!("export {person}\nunset GIT_OBJECT_DIRECTORY\ngit update-ref refs/heads/main $({next})"),
    );
    let ran = run(merge(&host.forum, [1], &["--push"])).ends(3);
    assert!(ran.err.contains("8 times"), "{}", ran.err);
    assert_eq!(git(&host.forum, &["rev-parse", "main"]), before);
    assert_eq!(host.is_whole([1]), 0);
}

/// Puts a `git` before the real one that does this once, when it is called for the first time with such an argument.
fn instead_of_git(host: &Host, when: &str, script: &str) -> std::ffi::OsString {
    let folder = host.dir.join("bin");
    fs::create_dir_all(&folder).unwrap();
    let path = std::env::var_os("PATH").unwrap();
    let real = std::env::split_paths(&path).map(|it| it.join("git")).find(|it| it.is_file()).unwrap();
    let (real, once, forum) = (real.display(), folder.join("once"), host.forum.display());
    let once = once.display();
    let text = format!(
        "#!/bin/sh\ncase \"$*\" in *{when}*) [ -e {once} ] || (touch {once}; unset GIT_DIR GIT_INDEX_FILE; cd {forum}; {script});; \
         esac\nexec {real} \"$@\"\n"
    );
    fs::write(folder.join("git"), text.replace(" git ", &format!(" {real} "))).unwrap();
    fs::set_permissions(folder.join("git"), fs::Permissions::from_mode(0o755)).unwrap();
    std::env::join_paths([folder].into_iter().chain(std::env::split_paths(&path))).unwrap()
}

#[test]
fn a_branch_that_moves_before_it_is_moved_is_merged_onto() {
    // Before the objects come, and after the files have followed: then the index is locked, as git locks it.
    for when in ["pack-objects", "update-index"] {
        let host = Host::new("");
        host.post(1);
        host.post(2);
        let next = "git commit-tree -p main -m Meanwhile main^{tree}";
        let path = instead_of_git(&host, when, &format!("git update-ref refs/heads/main $({next})"));
        let mut command = merge(&host.forum, [1, 2], &[]);
        command.env("PATH", path);
        run(command).ends(0);
        assert_eq!(host.is_whole([1, 2]), 2, "{when}");
        let log = git(&host.forum, &["log", "--first-parent", "--format=%s"]);
        assert!(log.ends_with("Meanwhile\nOpen the forum\n"), "{when}: {log}");
    }
}

#[test]
fn on_a_full_disk_nothing_moves() {
    let host = Host::new("");
    let long = "Long words. ".repeat(400);
    (1..=3).for_each(|number| {
        host.propose(&number.to_string(), "bob", "main", &format!("{}{long}{number}", reply(number)))
    });
    let before = git(&host.forum, &["rev-parse", "main"]);
    // In blocks of 512 bytes: too little for the fetch, for the pack, for a file.
    for blocks in [0, 1, 2, 4, 8] {
        let mut sh = command(&host.forum);
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" merge 1 2 3 --approve");
        // Said into pipes, which have no size.
        let ran = Ran::of(rewrap(&mut sh, &script).output().unwrap());
        assert_eq!(ran.code, Some(3), "{blocks} blocks: {ran:?}");
        assert!(ran.err.starts_with("error: "), "{}", ran.err);
        unlock(&host);
        assert_eq!(git(&host.forum, &["rev-parse", "main"]), before, "{blocks} blocks");
        boards(&host.forum, &["merge", "main"]).ends(0);
        assert_eq!(host.is_whole(1..=3), 0, "{blocks} blocks");
    }
    run(merge(&host.forum, 1..=3, &[])).ends(0);
    assert_eq!(host.is_whole(1..=3), 3);
}

/// The same surroundings, for a shell that ends in the program.
fn rewrap<'c>(command: &'c mut Command, script: &str) -> &'c mut Command {
    let program = command.get_program().to_owned();
    let folder = command.get_current_dir().unwrap().to_owned();
    let variables: Vec<_> =
        command.get_envs().map(|(name, value)| (name.to_owned(), value.map(ToOwned::to_owned))).collect();
    *command = Command::new("sh");
    command.args(["-c", script]).arg(program).current_dir(folder);
    for (name, value) in variables {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

#[test]
fn a_proposal_that_is_too_large_is_not_even_fetched_and_holds_no_other() {
    let host = Host::new(
        "=== content/forum.yml\nformat: 1\ntitle: Tea\nbase_url: https://tea.example/\n\
         policy: { proposals: { days_back: 36500, bytes: 4096 } }\n",
    );
    host.post(1);
    // Noise, so that git can't make it small.
    let mut state = 1_u64;
    let noise: Vec<u8> = (0..5 << 20)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as u8
        })
        .collect();
    git(&host.forum, &["checkout", "-q", "-b", "large"]);
    fs::write(host.forum.join("content/general/tea/noise.png"), noise).unwrap();
    commit(&host.forum, "bob", "Noise");
    git(&host.forum, &["checkout", "-q", "main"]);
    git(&host.forum, &["push", "-q", "origin", "large:refs/pull/2/head"]);
    host.post(3);
    let fresh = host.clone("fresh");
    let ran = run(merge(&fresh, 1..=3, &["--format", "short", "--push"])).ends(1);
    assert!(ran.out.contains("2:1:1: error[proposal-size]"), "{}", ran.out);
    git(&host.forum, &["pull", "-q", "--ff-only", "origin", "main"]);
    assert_eq!(host.is_whole(1..=3), 2);
    let size: u64 = crate::forum::files(&fresh.join(".git/objects")).values().map(|bytes| bytes.len() as u64).sum();
    assert!(size < 1 << 20, "{size} bytes were left behind");
}

#[test]
fn what_a_calling_git_says_of_itself_is_not_believed() {
    let host = Host::new("");
    host.post(1);
    let mut command = merge(&host.forum, [1], &["--push"]);
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_PREFIX"] {
        command.env(name, "/nowhere");
    }
    run(command).ends(0);
    assert_eq!(host.is_whole([1]), 1);
}

#[test]
fn no_hook_or_filter_of_the_repository_runs() {
    let host = Host::new("");
    host.post(1);
    let ran = host.dir.join("ran");
    let script = format!("#!/bin/sh\necho $0 $@ >> {}\n", ran.display());
    for hook in ["pre-push", "reference-transaction", "post-merge", "post-checkout", "pre-auto-gc", "post-index-change"]
    {
        let hook = host.forum.join(".git/hooks").join(hook);
        fs::create_dir_all(hook.parent().unwrap()).unwrap();
        fs::write(&hook, &script).unwrap();
        fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    }
    fs::write(host.forum.join(".git/info/attributes"), "*.md filter=evil diff=evil merge=evil\n").unwrap();
    for key in ["filter.evil.smudge", "diff.evil.command", "merge.evil.driver", "core.fsmonitor"] {
        git(&host.forum, &["config", key, &format!("echo {key} >> {}; cat", ran.display())]);
    }
    run(merge(&host.forum, [1], &["--push"])).ends(0);
    assert_eq!(fs::read_to_string(ran).unwrap_or_default(), "");
}
