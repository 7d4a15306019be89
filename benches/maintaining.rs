//! What a maintainer waits for: how long after a save a page that somebody looks at has been told to load again and has the
//! new text, and how long it takes to publish after one reply. See `docs/performance.md`.
//!
//!     cargo bench --bench maintaining -- 30000
//!     FORUM=../tea cargo bench --bench maintaining
#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "a benchmark prints what it measures")]

#[allow(dead_code, reason = "replies and the shape for Hugo are for other benchmarks")]
mod corpus;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use boards::build::{CacheAt, Order};
use boards::git::Source;
use boards::monitor::Quiet;
use boards::server::{News, Server};
use corpus::{commit, git};

/// How often each thing is measured when `RUNS` doesn't say; the median and the longest are printed.
const RUNS: usize = 9;
/// So long between two saves: time for the server to have looked at everything once more.
const CALM: Duration = Duration::from_secs(3);

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let dir = tempfile::tempdir().expect("a folder for the forum");
    let forum = dir.path().join("forum");
    match std::env::var_os("FORUM") {
        Some(from) => {
            let done = Command::new("git").args(["clone", "-q"]).arg(from).arg(&forum).status().expect("git");
            assert!(done.success(), "FORUM names a repository or a bundle");
        }
        None => {
            let posts = std::env::args().skip(1).find_map(|it| it.parse().ok()).unwrap_or(30_000);
            corpus::write(&forum, posts);
            git(&forum, &["init", "-q", "-b", "main"]);
            commit(&forum);
        }
    }
    let topic = last_topic(&forum.join("content"));
    let runs = std::env::var("RUNS").ok().and_then(|it| it.parse().ok()).unwrap_or(RUNS);
    println!("| what | seconds, median | longest |");
    println!("|---|---|---|");
    serve(&forum, &topic, runs);
    publish(&forum, &topic, runs);
}

fn row(what: &str, mut seconds: Vec<f64>) {
    seconds.sort_by(f64::total_cmp);
    let [median, longest] = [seconds.len() / 2, seconds.len() - 1].map(|at| seconds[at]);
    println!("| {what} | {median:.3} | {longest:.3} |");
}

/// The folder of a topic, below the content folder: that of the last post by name.
fn last_topic(content: &Path) -> PathBuf {
    let each = walkdir::WalkDir::new(content).into_iter().flatten().map(walkdir::DirEntry::into_path);
    let posts =
        each.filter(|path| path.extension().is_some_and(|it| it == "md") && !path.starts_with(content.join("members")));
    let last = posts.max_by_key(|path| path.file_name().map(ToOwned::to_owned)).expect("a post");
    last.parent().expect("a topic").strip_prefix(content).expect("below it").to_owned()
}

/// Writes one more reply into a topic; its text is returned.
fn reply(forum: &Path, topic: &Path, number: usize) -> String {
    let text = format!("The reply that was written as number {number}.");
    let date = format!("2030-01-01T00:{:02}:{:02}Z", number / 60 % 60, number % 60);
    let place = forum.join("content").join(topic).join(format!("zz-{number:04}.md"));
    fs::write(place, format!("---\nauthor: bench\ndate: {date}\n---\n{text}\n")).expect("a reply");
    text
}

/// Serves the forum, looks at the topic, and takes the time from a save until its page is there with the new text.
fn serve(forum: &Path, topic: &Path, runs: usize) {
    let order = Order {
        repository: forum.into(),
        content: "content".into(),
        source: Source::WorkingCopy,
        out: forum.join("output"),
        base: None,
        theme: None,
        cache: CacheAt::Repository,
        swap: false,
        force: false,
    };
    let server = Server::open(&order, "127.0.0.1", Some(0)).expect("a server");
    let (address, stop) = (server.address().expect("an address"), server.stop());
    let (tell, built) = channel();
    let thread = std::thread::spawn(move || {
        let mut say = |news: News<'_>| match news {
            News::Built(..) => _ = tell.send(()),
            News::Failed(error) => panic!("{error}"),
            News::Blind(_) => {}
        };
        server.run(&Quiet, &mut say).expect("a served forum");
    });
    built.recv().expect("a first build");
    let path = format!("/{}/", topic.display());
    let mut seconds = Vec::new();
    for number in 0..runs {
        std::thread::sleep(CALM);
        let page = get(address, &path);
        let key = page.split("data-key=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a page's key");
        let mut lines = BufReader::new(ask(address, &format!("/_boards/changes?page={path}&key={key}"))).lines();
        let mut line = || lines.next().expect("the server is there").expect("news");
        while !line().contains("\"reload\":false") {}
        let began = Instant::now();
        let text = reply(forum, topic, number);
        while !line().contains("\"reload\":true") {}
        let last = get(address, &path);
        seconds.push(began.elapsed().as_secs_f64());
        // Of a long topic the new post stands on a later page.
        assert!(last.contains(&text) || last.contains("rel=\"next\""), "the page shows the reply");
    }
    row("from a save to the page that shows it", seconds);
    stop.now();
    thread.join().expect("an orderly end");
}

fn ask(address: SocketAddr, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n").as_bytes()).expect("a request");
    stream
}

fn get(address: SocketAddr, path: &str) -> String {
    let mut answer = String::new();
    ask(address, path).read_to_string(&mut answer).expect("an answer");
    answer
}

/// Commits a reply, builds and publishes to a branch, each as a process of its own.
fn publish(forum: &Path, topic: &Path, runs: usize) {
    let boards = |arguments: &[&str]| {
        let began = Instant::now();
        let done =
            Command::new(env!("CARGO_BIN_EXE_boards")).current_dir(forum).args(arguments).output().expect("boards");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        began.elapsed().as_secs_f64()
    };
    fs::write(forum.join(".git/info/exclude"), "/output/\n").expect("a line");
    commit(forum);
    boards(&["build", "--quiet"]);
    boards(&["publish", "branch:gh-pages", "--quiet"]);
    let (mut built, mut published, mut nothing) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..runs {
        reply(forum, topic, 1000 + number);
        commit(forum);
        built.push(boards(&["build", "--quiet"]));
        published.push(boards(&["publish", "branch:gh-pages", "--quiet"]));
        nothing.push(boards(&["publish", "branch:gh-pages", "--quiet"]));
    }
    row("`boards build` after one reply", built);
    row("`boards publish` after it", published);
    row("`boards publish` when nothing changed", nothing);
}
