//! Merges waiting one-post proposals into a forum, all in one run, and prints how many are judged, checked and landed in a
//! second, beside the same merges by the `git merge` command, which checks nothing.
//!
//!     cargo bench --bench merge -- 100000 1000
#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "a benchmark prints what it measures")]

#[allow(dead_code, reason = "each benchmark uses its part")]
mod corpus;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use boards::build::{self, CacheAt};
use boards::git::write::{self, Draft, Person};
use boards::git::{Oid, Repository, Source};
use boards::monitor::Quiet;
use boards::proposal::{Fate, Order, Selection, merge};
use corpus::git;

/// So many merges of git's own are measured at most: each takes long, and all take the same.
const BY_GIT: usize = 100;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    if let Ok(forum) = std::env::var("BOARDS_BENCH_CHILD") {
        return child(&forum);
    }
    let given: Vec<usize> = std::env::args().skip(1).filter_map(|it| it.parse().ok()).collect();
    let (posts, waiting) = match given[..] {
        [posts, waiting] => (posts, waiting),
        _ => (10_000, 200),
    };
    let folder = tempfile::tempdir().expect("a folder for the forum");
    let dir = folder.path();
    let forum = dir.join("forum");
    corpus::write(&forum, posts);
    git(&forum, &["init", "-q", "-b", "main"]);
    for setting in [["user.name", "ada"], ["user.email", "ada@tea.example"], ["gc.auto", "0"]] {
        git(&forum, &["config", setting[0], setting[1]]);
    }
    git(&forum, &["add", "-A"]);
    git(&forum, &["commit", "-qm", "posts"]);
    git(&forum, &["repack", "-adq"]);
    git(dir, &["clone", "-q", "--bare", "forum", "origin.git"]);
    git(&forum, &["remote", "add", "origin", "../origin.git"]);
    let numbers = propose(&dir.join("origin.git"), &forum, waiting);
    println!("| posts | proposals | what | seconds | of a processor | a second |");
    println!("|---|---|---|---|---|---|");
    let row = |count: usize, what: &str, [seconds, busy]: [f64; 2]| {
        println!("| {posts} | {count} | {what} | {seconds:.2} | {busy:.2} | {:.0} |", count as f64 / seconds);
    };

    // The memory of the forum is filled as by any build.
    measured(|| run(&forum, 0..0));
    row(1, "`boards merge`, a whole run", measured(|| run(&forum, 0..1)));
    row(numbers.len() - 1, "`boards merge`, a whole run", measured(|| run(&forum, 1..numbers.len())));

    let plain = dir.join("plain");
    git(dir, &["clone", "-q", "--no-local", "origin.git", "plain"]);
    for setting in [["user.name", "ada"], ["user.email", "ada@tea.example"], ["gc.auto", "0"]] {
        git(&plain, &["config", setting[0], setting[1]]);
    }
    let count = numbers.len().min(BY_GIT);
    let by_git = measured(|| {
        git(&plain, &["fetch", "-q", "origin", "refs/pull/*/head:refs/pull/*"]);
        for number in &numbers[..count] {
            git(&plain, &["merge", "-q", "--no-ff", "-m", "merge", &format!("refs/pull/{number}")]);
        }
    });
    row(count, "`git merge`, one after another", by_git);
}

/// How long it took, and for how long a processor was at work on it in the processes that it started, in seconds.
fn measured(work: impl FnOnce()) -> [f64; 2] {
    let (began, before) = (Instant::now(), busy());
    work();
    [began.elapsed().as_secs_f64(), busy() - before]
}

/// What the kernel has counted for ended children, in its ticks of a hundredth of a second; 0 where it doesn't say.
fn busy() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
    // Counted from the third field, which follows the name: the 16th and 17th are those of children.
    fields.skip(13).take(2).filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// Lets the remote have proposals of one post each, in as many topics. Gives their numbers.
fn propose(origin: &Path, forum: &Path, count: usize) -> Vec<usize> {
    let files = walkdir::WalkDir::new(forum.join("content")).sort_by_file_name().into_iter().flatten();
    let posts = files.filter(|it| it.path().extension().is_some_and(|ending| ending == "md"));
    let topics: BTreeSet<_> = posts.filter_map(|it| it.path().parent().map(Path::to_owned)).collect();
    let topics: Vec<_> = topics.iter().map(|it| it.strip_prefix(forum).expect("in the forum").to_owned()).collect();
    let repository = Repository::find(origin).expect("a repository").expect("a repository");
    let main = repository.reference("refs/heads/main").expect("a branch").expect("a branch");
    let tree = repository.tree(main).expect("a tree");
    let now = jiff::Timestamp::now();
    for number in 1..=count {
        let (author, topic) = (format!("member{}", number % 97 + 1), &topics[number * 7919 % topics.len()]);
        let text = format!("---\nauthor: {author}\ndate: {}\n---\nReply number {number}.\n", now.strftime("%FT%TZ"));
        let blob = write::blob(&repository, text.as_bytes()).expect("a blob");
        let path = format!("{}/{}-{number}-{author}.md", topic.display(), now.strftime("%Y%m%d-%H%M%S"));
        let person = Person { name: author, email: String::from("x@x.example"), seconds: now.as_second(), offset: 0 };
        let tree = write::edit(&repository, tree, &[(path, Some(blob))]).expect("a tree");
        let draft = Draft { tree, parents: &[main], author: &person, committer: &person, message: "Reply" };
        let commit: Oid = write::unsigned(&repository, &draft).expect("a commit");
        let name = format!("refs/pull/{number}/head");
        assert!(write::advance(&repository, &name, None, commit, "").expect("a reference"));
    }
    git(origin, &["repack", "-adq"]);
    (1..=count).collect()
}

/// A whole process that merges the proposals after the first `numbers.start`: this program, called again. Without any, it
/// fills the forum's memory.
fn run(forum: &Path, numbers: std::ops::Range<usize>) {
    let done = Command::new(std::env::current_exe().expect("this program"))
        .env("BOARDS_BENCH_CHILD", forum)
        .env("BOARDS_BENCH_NUMBERS", numbers.map(|it| (it + 1).to_string()).collect::<Vec<_>>().join(" "))
        .output()
        .expect("a run");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

fn child(forum: &str) {
    let numbers = std::env::var("BOARDS_BENCH_NUMBERS").expect("set by the benchmark");
    if numbers.is_empty() {
        return fill(forum);
    }
    let order = Order {
        repository: forum.into(),
        content: String::from("content"),
        into: None,
        wanted: Selection::Named(numbers.split_whitespace().map(str::to_owned).collect()),
        account: None,
        expect: None,
        approve: true,
        dry_run: false,
        remote: String::from("origin"),
        push: false,
        now: jiff::Timestamp::now().as_second(),
        cache: CacheAt::Repository,
    };
    let report = merge(&order, &Quiet).expect("a run");
    for outcome in &report.outcomes {
        let landed = matches!(outcome.fate, Fate::Landed { .. });
        assert!(landed, "{}: {:?}", outcome.name, outcome.reasons);
    }
}

/// Builds the site once.
fn fill(forum: &str) {
    let out = Path::new(forum).with_extension("site");
    let order = build::Order {
        repository: forum.into(),
        content: String::from("content"),
        source: Source::Revision(String::from("HEAD")),
        out,
        base: None,
        theme: None,
        cache: CacheAt::Repository,
        swap: false,
        force: false,
    };
    build::build(&order, None, &Quiet).expect("a build");
}
