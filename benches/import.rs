//! Imports made-up exports and prints how many posts and bytes a second that is, of one processor's time, and the most
//! memory that it took. See `docs/performance.md`.
//!
//!     cargo bench --bench import -- discourse=20000 mail=100 stackexchange=50000
//!
//! Discourse and Stack Exchange are told in posts, mail in millions of bytes. `TMPDIR` says where all of it lies.
#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "a benchmark prints what it measures")]

#[allow(dead_code, reason = "whole forums are for other benchmarks")]
mod corpus;
mod usage;

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use boards::archive::{ImportOrder, Options, import};
use boards::monitor::Quiet;
use corpus::Numbers;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How many people write.
const AUTHORS: u64 = 300;
/// 1 January 2016.
const BEGAN: i64 = 1_451_606_400;

fn main() {
    if let Ok(format) = std::env::var("BOARDS_BENCH_CHILD") {
        return child(&format);
    }
    let given: Vec<(String, u64)> = std::env::args()
        .skip(1)
        .filter_map(|it| it.split_once('=').and_then(|(name, size)| Some((name.to_owned(), size.parse().ok()?))))
        .collect();
    let usual = || [("discourse", 20_000), ("mail", 100), ("stackexchange", 50_000)].map(|(a, b)| (a.to_owned(), b));
    println!("| export | posts | MB | seconds | of one processor | posts a second | MB a second | MiB |");
    println!("|---|---|---|---|---|---|---|---|");
    for (format, size) in if given.is_empty() { usual().to_vec() } else { given } {
        let folder = tempfile::tempdir().expect("a folder");
        let export = folder.path().join("export");
        fs::create_dir_all(&export).expect("a folder");
        match format.as_str() {
            "discourse" => discourse(&export, size),
            "mail" => mail(&export, size * 1_000_000),
            "stackexchange" => stackexchange(&export, size),
            other => panic!("no export is made up for {other}"),
        }
        measure(&format, folder.path());
    }
}

fn measure(format: &str, folder: &Path) {
    let files = walkdir::WalkDir::new(folder.join("export")).into_iter().flatten();
    let bytes: u64 = files.filter_map(|it| it.metadata().ok().filter(fs::Metadata::is_file)).map(|it| it.len()).sum();
    let began = Instant::now();
    let program = std::env::current_exe().expect("this program");
    // What could be done side by side is done on one processor.
    let done = Command::new(program)
        .current_dir(folder)
        .env("BOARDS_BENCH_CHILD", format)
        .env("RAYON_NUM_THREADS", "1")
        .output()
        .expect("an import");
    let seconds = began.elapsed().as_secs_f64();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    let numbers: Vec<f64> = said.split_whitespace().filter_map(|it| it.parse().ok()).collect();
    let [posts, cpu, kibibytes] = numbers[..] else { panic!("{said}") };
    let megabytes = bytes as f64 / 1e6;
    println!(
        "| {format} | {posts} | {megabytes:.0} | {seconds:.1} | {cpu:.1} | {:.0} | {:.1} | {:.0} |",
        posts / cpu,
        megabytes / cpu,
        kibibytes / 1024.0
    );
}

/// Imports, and says how many posts, in how much of a processor's time, with how much memory at most.
fn child(format: &str) {
    let order = ImportOrder {
        repository: "forum".into(),
        content: String::from("content"),
        path: "export".into(),
        format: Some(format.to_owned()),
        board: None,
        origin: None,
        options: Options::default(),
        downloads: None,
        history: false,
        commit: false,
        dry: std::env::var_os("DRY").is_some(),
        now: BEGAN,
    };
    let report = import(&order, &Quiet).expect("an import");
    let posts = report.counts.get(&boards::archive::item::Kind::Post).map_or(0, |it| it.imported);
    let (cpu, peak) = usage::used();
    println!("{posts} {cpu} {peak}");
}

impl Numbers {
    fn html(&mut self) -> String {
        let mut html = String::new();
        for _ in 0..1 + self.below(4) {
            let (a, b, c, d) = (self.words(8), self.words(2), self.words(1), 20 + self.below(60));
            let rest = self.words(d);
            html += &format!("<p>{a}, <em>{b}</em> &amp; <code>{c}</code>. {rest}.</p>\n");
        }
        match self.below(6) {
            0 => {
                let (a, b, c) = (self.words(6), self.words(2), self.words(1));
                html += &format!("<ul>\n<li>{a}</li>\n<li><a href=\"https://example.org/{c}\">{b}</a></li>\n</ul>");
            }
            1 => {
                let name = self.words(1);
                html += &format!("<pre><code class=\"lang-rust\">fn {name}() {{}}\n</code></pre>");
            }
            2 => {
                let said = self.words(20);
                html += &format!("<blockquote>\n<p>{said}</p>\n</blockquote>");
            }
            _ => {}
        }
        html
    }
}

/// Topics of about seven posts, a file a topic.
fn discourse(folder: &Path, posts: u64) {
    let mut numbers = Numbers(1);
    let (mut id, mut topic) = (0, 0);
    while id < posts {
        topic += 1;
        let count = (1 + numbers.below(13)).min(posts - id);
        let title = numbers.words(5);
        let each: Vec<serde_json::Value> = (1..=count)
            .map(|number| {
                id += 1;
                let author = numbers.below(AUTHORS);
                let when = jiff::Timestamp::from_second(BEGAN + id as i64 * 600).expect("a time");
                serde_json::json!({
                    "id": id, "post_number": number, "post_type": 1, "user_id": author, "username": format!("member{author}"),
                    "created_at": when.to_string(), "cooked": numbers.html(),
                    "reply_to_post_number": (number > 1).then(|| 1 + numbers.below(number - 1)),
                })
            })
            .collect();
        let json = serde_json::json!({
            "id": topic, "title": title, "slug": title.replace(' ', "-"), "category_id": 1 + topic % 5,
            "post_stream": { "posts": each },
        });
        fs::write(folder.join(format!("{topic}.json")), json.to_string()).expect("a file");
    }
}

/// One mbox: threads of about ten, a tenth of them with a picture, some quoting, some in quoted-printable.
fn mail(folder: &Path, bytes: u64) {
    let mut out = BufWriter::new(File::create(folder.join("list.mbox")).expect("a file"));
    let mut numbers = Numbers(2);
    let (mut written, mut id, mut subject, mut first) = (0, 0_u64, String::new(), 0);
    while written < bytes {
        id += 1;
        if subject.is_empty() || numbers.below(10) == 0 {
            (subject, first) = (numbers.words(5), id);
        }
        let author = numbers.below(AUTHORS);
        let when = jiff::Timestamp::from_second(BEGAN + id as i64 * 60).expect("a time");
        let date = when.strftime("%a, %d %b %Y %H:%M:%S +0000");
        let mut text = format!(
            "From member{author}@tea.example  {}\nReceived: from a.tea.example by b.tea.example; {date}\n\
             From: Member {author} <member{author}@tea.example>\nTo: tea@list.example\nDate: {date}\n\
             Message-ID: <{id}@tea.example>\nMIME-Version: 1.0\n",
            when.strftime("%a %b %e %H:%M:%S %Y")
        );
        if first != id {
            let near = first + numbers.below(id - first);
            text += &format!("Subject: Re: {subject}\nIn-Reply-To: <{near}@tea.example>\n");
            text += &format!("References: <{first}@tea.example>\n <{near}@tea.example>\n");
        } else {
            text += &format!("Subject: {subject}\n");
        }
        let mut body = String::new();
        if first != id {
            body += &format!("Member {} wrote:\n", numbers.below(AUTHORS));
            for _ in 0..1 + numbers.below(8) {
                body += &format!("> {}\n", numbers.words(11));
            }
            body.push('\n');
        }
        for _ in 0..2 + numbers.below(6) {
            for _ in 0..1 + numbers.below(8) {
                body += &format!("{}\n", numbers.words(12));
            }
            body.push('\n');
        }
        match numbers.below(10) {
            0 => {
                let picture =
                    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
                text += &format!(
                    "Content-Type: multipart/mixed; boundary=\"b{id}\"\n\n--b{id}\nContent-Type: text/plain; charset=utf-8\n\n{body}\n\
                     --b{id}\nContent-Type: image/png; name=\"pot.png\"\nContent-Transfer-Encoding: base64\n\n{picture}\n--b{id}--\n\n"
                );
            }
            1 => {
                let body = body.replace('e', "=C3=A9");
                text += &format!(
                    "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n{body}\n"
                );
            }
            _ => {
                text += &format!("Content-Type: text/plain; charset=us-ascii\n\n{body}\n");
            }
        }
        written += text.len() as u64;
        out.write_all(text.as_bytes()).expect("a mail");
    }
    out.flush().expect("the last mail");
}

/// Questions with four answers each, and a comment to each post.
fn stackexchange(folder: &Path, posts: u64) {
    let mut numbers = Numbers(3);
    let file = |name: &str| BufWriter::new(File::create(folder.join(name)).expect("a file"));
    let (mut out, mut comments, mut users) = (file("Posts.xml"), file("Comments.xml"), file("Users.xml"));
    let line = |out: &mut BufWriter<File>, text: &str| writeln!(out, "{text}").expect("a line");
    let escaped =
        |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;").replace('\n', "&#xA;");
    for (out, name) in [(&mut out, "posts"), (&mut comments, "comments"), (&mut users, "users")] {
        line(out, &format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<{name}>"));
    }
    for id in 1..=AUTHORS {
        line(&mut users, &format!("<row Id=\"{id}\" DisplayName=\"Member {id}\" />"));
    }
    for id in 1..=posts {
        let when =
            jiff::Timestamp::from_second(BEGAN + id as i64 * 600).expect("a time").strftime("%Y-%m-%dT%H:%M:%S.000");
        let kind = if id % 5 == 1 {
            format!("PostTypeId=\"1\" Title=\"{}\" Tags=\"&lt;tea&gt;\"", numbers.words(6))
        } else {
            format!("PostTypeId=\"2\" ParentId=\"{}\"", id - (id - 1) % 5)
        };
        let (score, author) = (numbers.below(9), 1 + numbers.below(AUTHORS));
        let body = escaped(&numbers.html());
        line(
            &mut out,
            &format!(
                "<row Id=\"{id}\" {kind} CreationDate=\"{when}\" Score=\"{score}\" OwnerUserId=\"{author}\" Body=\"{body}\" />"
            ),
        );
        let (author, words) = (1 + numbers.below(AUTHORS), numbers.words(12));
        line(
            &mut comments,
            &format!(
                "<row Id=\"{id}\" PostId=\"{id}\" Score=\"0\" Text=\"{words}\" CreationDate=\"{when}\" UserId=\"{author}\" />"
            ),
        );
    }
    for (out, name) in [(&mut out, "posts"), (&mut comments, "comments"), (&mut users, "users")] {
        line(out, &format!("</{name}>"));
    }
}
