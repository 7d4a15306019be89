//! What it takes to read a pack: boards' own reader beside libgit2 with a handle of its own for each thread, in turns. See
//! `docs/performance.md`.
//!
//!     cargo bench --bench packs -- 20000
//!     FORUM=../tea cargo bench --bench packs
#![allow(clippy::print_stdout, reason = "a benchmark prints what it measures")]

mod usage;

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use boards::git::{Oid, Repository};
use git2::ObjectType;

/// How often each is measured when `RUNS` doesn't say; medians are printed.
const RUNS: usize = 5;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    if let Ok(asked) = std::env::var("BOARDS_BENCH_CHILD") {
        return child(&asked);
    }
    let dir = tempfile::tempdir().expect("a folder for the forum");
    let forum = dir.path().join("forum.git");
    match std::env::var_os("FORUM") {
        Some(from) => {
            let done = Command::new("git").args(["clone", "-q", "--bare"]).arg(from).arg(&forum).status().expect("git");
            assert!(done.success(), "FORUM names a repository or a bundle");
        }
        None => made_up(&forum, std::env::args().skip(1).find_map(|it| it.parse().ok()).unwrap_or(20_000)),
    }
    let runs = std::env::var("RUNS").ok().and_then(|it| it.parse().ok()).unwrap_or(RUNS);
    println!("| pack | objects | reader | threads | processor s | s | peak MiB |");
    println!("|---|---|---|---|---|---|---|");
    measure(&forum, "as it came", runs);
    git(&forum, &["repack", "-adfq", "--depth=50"], "");
    measure(&forum, "deep deltas", runs);
}

/// A forum of so many posts, each a commit of its own.
fn made_up(forum: &Path, posts: u32) {
    fs::create_dir(forum).expect("a folder");
    git(forum, &["init", "-q", "--bare"], "");
    let mut stream = String::new();
    for post in 0..posts {
        let text = format!(
            "---\nauthor: member{}\n---\nPost {post}: {}\n",
            post % 300,
            "steep it again, a little longer. ".repeat(9)
        );
        let path = format!("content/general/{}/topic-{}/post-{post}.md", 2000 + post % 7, post % (posts / 9 + 1));
        let when = 1_600_000_000 + u64::from(post);
        let _ = write!(
            stream,
            "commit refs/heads/main\ncommitter a <a@example.org> {when} +0000\ndata 0\nM 644 inline {path}\n"
        );
        let _ = write!(stream, "data {}\n{text}\n", text.len());
    }
    git(forum, &["fast-import", "--quiet"], &stream);
}

/// Runs git in a repository with this standard input, and returns what it prints.
fn git(forum: &Path, arguments: &[&str], input: &str) -> String {
    let mut command = Command::new("git");
    command.arg("-C").arg(forum).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut git = command.spawn().expect("git");
    let mut stdin = git.stdin.take().expect("a pipe");
    let done = std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(input.as_bytes()).expect("git reads all"));
        git.wait_with_output().expect("git")
    });
    assert!(done.status.success(), "git {arguments:?}");
    String::from_utf8(done.stdout).expect("ids and words")
}

/// Measures both readers on all folders and on all files, in the order in which the history leads to them.
fn measure(forum: &Path, pack: &str, runs: usize) {
    let all = git(forum, &["rev-list", "--objects", "--no-object-names", "--all"], "");
    let kinds = git(forum, &["cat-file", "--batch-check=%(objecttype) %(objectname)"], &all);
    let most = std::thread::available_parallelism().map_or(1, usize::from);
    for kind in ["tree", "blob"] {
        let ids: String =
            kinds.lines().filter_map(|line| line.strip_prefix(kind)).flat_map(|id| [id.trim(), "\n"]).collect();
        let list = forum.join("ids");
        fs::write(&list, &ids).expect("a list");
        let mut threads = vec![1, most];
        threads.dedup();
        for threads in threads {
            let readers = ["boards", "libgit2"];
            let mut rows = [Vec::new(), Vec::new()];
            for _ in 0..runs {
                for (reader, row) in readers.iter().zip(&mut rows) {
                    row.push(run(forum, &format!("{reader} {kind} {threads}")));
                }
            }
            for (reader, row) in readers.iter().zip(rows) {
                let median = |at: usize| {
                    let mut all: Vec<f64> = row.iter().map(|it| it[at]).collect();
                    all.sort_by(f64::total_cmp);
                    all[all.len() / 2]
                };
                let count = ids.lines().count();
                println!(
                    "| {pack} | {count} {kind}s | {reader} | {threads} | {:.2} | {:.2} | {:.0} |",
                    median(0),
                    median(1),
                    median(2) / 1024.0
                );
            }
        }
    }
}

/// Processor's seconds, seconds, and the most memory in KiB, of one reading in a process of its own.
fn run(forum: &Path, asked: &str) -> [f64; 3] {
    let program = std::env::current_exe().expect("this program");
    let done = Command::new(program).current_dir(forum).env("BOARDS_BENCH_CHILD", asked).output().expect("a reading");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    let numbers: Vec<f64> = said.split_whitespace().filter_map(|it| it.parse().ok()).collect();
    <[f64; 3]>::try_from(numbers).expect("three numbers")
}

/// Reads the objects of the list `ids` in this folder, a repository, each thread a part of it.
fn child(asked: &str) {
    let words: Vec<&str> = asked.split(' ').collect();
    let [reader, kind, threads] = words[..] else { panic!("{asked}") };
    let kind = if kind == "tree" { ObjectType::Tree } else { ObjectType::Blob };
    let list = fs::read_to_string("ids").expect("a list");
    let ids: Vec<Oid> = list.lines().map(|id| Oid::from_str(id).expect("an id")).collect();
    let part = ids.len().div_ceil(threads.parse().expect("a number"));
    let began = Instant::now();
    // It also sets up libgit2 as boards has it: objects aren't hashed again, nor kept.
    let shared = Repository::find(Path::new(".")).expect("a repository").expect("a repository");
    let bytes: usize = std::thread::scope(|scope| {
        let parts = ids.chunks(part).map(|ids| {
            let shared = &shared;
            scope.spawn(move || match reader {
                "boards" => ids.iter().map(|id| shared.object(kind, *id, "").expect("an object").len()).sum::<usize>(),
                _ => {
                    let own = git2::Repository::open(".").expect("a repository");
                    let odb = own.odb().expect("objects");
                    ids.iter().map(|id| odb.read(*id).expect("an object").data().to_vec().len()).sum()
                }
            })
        });
        parts.collect::<Vec<_>>().into_iter().map(|it| it.join().expect("a part")).sum()
    });
    let seconds = began.elapsed().as_secs_f64();
    assert!(bytes > 0 || ids.is_empty(), "objects have bytes");
    let (cpu, peak) = usage::used();
    println!("{cpu} {seconds} {peak}");
}
