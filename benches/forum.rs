//! Builds forums of several sizes and prints how long each build takes, beside the least that any program would have to
//! do and, where `HUGO` names its program, beside Hugo on the same posts. See `docs/performance.md`.
//!
//!     HUGO=/usr/bin/hugo cargo bench --bench forum -- 1000 10000 100000
#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "a benchmark prints what it measures")]

mod corpus;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use boards::build::{CacheAt, Order, build};
use boards::git::Source;
use boards::monitor::Quiet;
use corpus::{commit, git};
use rayon::prelude::*;

/// How often each thing is measured when `RUNS` doesn't say; the median is printed.
const RUNS: usize = 5;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    if let Ok(forum) = std::env::var("BOARDS_BENCH_CHILD") {
        return child(&forum);
    }
    let given: Vec<usize> = std::env::args().skip(1).filter_map(|it| it.parse().ok()).collect();
    let sizes = if given.is_empty() { vec![1_000, 10_000] } else { given };
    println!("| posts | what | seconds | of the floor | MiB | pages written |");
    println!("|---|---|---|---|---|---|");
    for posts in sizes {
        let folder = tempfile::tempdir().expect("a folder for the forum");
        measure(posts, folder.path());
    }
}

/// One thing that is measured.
#[derive(Default)]
struct Row {
    seconds: Vec<f64>,
    mebibytes: Vec<f64>,
    pages: usize,
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or(0.0)
}

fn measure(posts: usize, dir: &Path) {
    let forum = dir.join("forum");
    corpus::write(&forum, posts);
    git(&forum, &["init", "-q", "-b", "main"]);
    commit(&forum);
    let hugo = std::env::var_os("HUGO").map(|program| {
        let site = dir.join("hugo");
        corpus::write_hugo(&site, &forum);
        (program, site)
    });

    let names = [
        "floor: read all, write the site's bytes",
        "full build, no memory",
        "full build, with memory",
        "after one reply, working copy",
        "after one reply, `--rev`",
        "nothing changed, working copy",
        "nothing changed, `--rev`",
        "Hugo, full build",
        "Hugo, after one reply",
    ];
    let mut rows: Vec<Row> = names.iter().map(|_| Row::default()).collect();
    // Each round measures everything once, so that a machine that gets slower does so for all.
    let runs = std::env::var("RUNS").ok().and_then(|it| it.parse().ok()).unwrap_or(RUNS);
    for round in 0..runs {
        // Folders are new each time and removed in the end only: a file system may be slow to use again what was freed.
        let at = |name: &str| dir.join(format!("{name}-{round}"));
        let _ = fs::rename(forum.join(".git/boards"), at("memory"));
        let (cold, warm) = (at("cold"), at("warm"));
        run(&mut rows[1], &forum, "copy", &cold, "no");
        run(&mut rows[2], &forum, "copy", &warm, "yes");
        run(&mut rows[5], &forum, "copy", &warm, "yes");
        run(&mut rows[6], &forum, "HEAD", &warm, "yes");
        floor(&mut rows[0], &forum.join("content"), &cold, &at("floor"));
        corpus::reply(&forum, posts, round * 2);
        run(&mut rows[3], &forum, "copy", &warm, "yes");
        commit(&forum);
        run(&mut Row::default(), &forum, "HEAD", &warm, "yes");
        corpus::reply(&forum, posts, round * 2 + 1);
        commit(&forum);
        run(&mut rows[4], &forum, "HEAD", &warm, "yes");
        if let Some((program, site)) = &hugo {
            let public = at("public");
            run_hugo(&mut rows[7], program, site, &public);
            corpus::reply_hugo(site, &forum, posts, round * 2);
            run_hugo(&mut rows[8], program, site, &public);
        }
    }
    let least = median(rows[0].seconds.clone());
    for (name, row) in names.iter().zip(rows).filter(|(_, row)| !row.seconds.is_empty()) {
        let (seconds, mebibytes) = (median(row.seconds), median(row.mebibytes));
        println!("| {posts} | {name} | {seconds:.3} | {:.2} | {mebibytes:.0} | {} |", seconds / least, row.pages);
    }
}

/// Measures a whole process that builds once: this program, called again.
fn run(row: &mut Row, forum: &Path, source: &str, out: &Path, memory: &str) {
    let program = std::env::current_exe().expect("this program");
    let began = Instant::now();
    let done = Command::new(program)
        .env("BOARDS_BENCH_CHILD", forum)
        .env("BOARDS_BENCH_SOURCE", source)
        .env("BOARDS_BENCH_OUT", out)
        .env("BOARDS_BENCH_MEMORY", memory)
        .output()
        .expect("a build");
    row.seconds.push(began.elapsed().as_secs_f64());
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    let mut numbers = said.split_whitespace().filter_map(|it| it.parse::<f64>().ok());
    row.pages = numbers.next().unwrap_or(0.0) as usize;
    row.mebibytes.push(numbers.next().unwrap_or(0.0) / 1024.0);
}

fn child(forum: &str) {
    let variable = |name: &str| std::env::var(name).expect("set by the benchmark");
    let source = match variable("BOARDS_BENCH_SOURCE").as_str() {
        "copy" => Source::WorkingCopy,
        revision => Source::Revision(revision.to_owned()),
    };
    let memory = variable("BOARDS_BENCH_MEMORY") == "yes";
    let order = Order {
        repository: forum.into(),
        content: "content".into(),
        source,
        out: variable("BOARDS_BENCH_OUT").into(),
        base: None,
        theme: None,
        cache: if memory { CacheAt::Repository } else { CacheAt::Nowhere },
        swap: false,
        force: false,
    };
    let (report, _) = build(&order, None, &Quiet).expect("a build");
    let peak = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = peak.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or(" 0 kB");
    println!("{} {}", report.pages.expect("a forum without errors").written, peak.trim().trim_end_matches(" kB"));
}

/// Reads every file of the content and writes every file of the site, on all processors: what no program can leave out.
fn floor(row: &mut Row, content: &Path, site: &Path, out: &Path) {
    let files = |dir: &Path| -> Vec<PathBuf> {
        let each = walkdir::WalkDir::new(dir).into_iter().filter_map(Result::ok);
        each.filter(|it| it.file_type().is_file()).map(walkdir::DirEntry::into_path).collect()
    };
    let pages: Vec<(PathBuf, Vec<u8>)> = files(site)
        .into_iter()
        .map(|path| (out.join(path.strip_prefix(site).expect("below it")), fs::read(&path).expect("a page")))
        .collect();
    let began = Instant::now();
    let bytes: usize = files(content).par_iter().map(|path| fs::read(path).expect("a post").len()).sum();
    assert!(bytes > 0);
    pages.par_iter().for_each(|(path, bytes)| {
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, bytes).expect("a page");
    });
    row.seconds.push(began.elapsed().as_secs_f64());
    row.pages = pages.len();
}

fn run_hugo(row: &mut Row, program: &std::ffi::OsStr, site: &Path, public: &Path) {
    let began = Instant::now();
    let done = Command::new(program).current_dir(site).arg("--quiet").arg("-d").arg(public).status().expect("Hugo");
    row.seconds.push(began.elapsed().as_secs_f64());
    assert!(done.success());
    row.pages = walkdir::WalkDir::new(public).into_iter().flatten().filter(|it| it.file_type().is_file()).count();
}
