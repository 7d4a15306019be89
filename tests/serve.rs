//! The server on a real socket, spoken to in raw bytes: what it shows is what was built, what it must not answer it
//! doesn't, and nothing that happens to the forum ends it.

#![allow(clippy::print_stdout, reason = "what a test skips or sees is for those who run it")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::forum::browser::browser;
use crate::forum::program::{command, git, skipped};
use crate::forum::{Forum, files};
use boards::git::Source;
use boards::monitor::Quiet;
use boards::server::{News, Server, Stop};
use serde_json::Value;

/// Far more than anything here takes: what isn't there by then never comes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A served forum, which ends with this value.
struct Served {
    address: SocketAddr,
    stop: Stop,
    /// Each build as the files written, `None` for a refused one; each failure as its words.
    news: Receiver<Result<Option<usize>, String>>,
    thread: Option<JoinHandle<()>>,
}

impl Served {
    /// Serves a forum and waits for its first build.
    fn new(forum: &Forum) -> Served {
        let server = Server::open(&forum.order(), "127.0.0.1", Some(0)).unwrap();
        let (address, stop) = (server.address().unwrap(), server.stop());
        let (tell, news) = channel();
        let thread = std::thread::spawn(move || {
            let mut say = |news: News<'_>| {
                let news = match news {
                    News::Built(report, _) => Ok(report.pages.map(|pages| pages.written)),
                    News::Failed(error) => Err(error.to_string()),
                    News::Blind(_) => return,
                };
                let _ = tell.send(news);
            };
            server.run(&Quiet, &mut say).unwrap();
        });
        let served = Served { address, stop, news, thread: Some(thread) };
        served.next().expect("a first build");
        served
    }

    fn next(&self) -> Result<Option<usize>, String> {
        self.news.recv_timeout(PATIENCE).expect("a build")
    }

    /// Sends bytes, and reads until the server ends the connection.
    fn raw(&self, bytes: impl AsRef<[u8]>) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        // It may have heard enough before it has heard all.
        let _ = stream.write_all(bytes.as_ref());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    fn get(&self, path: &str) -> (u16, String) {
        let answer = self.raw(format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", self.address));
        (status(&answer), answer.split_once("\r\n\r\n").map_or("", |(_, body)| body).to_owned())
    }

    /// Waits until a page shows a text.
    #[track_caller]
    fn shows(&self, path: &str, text: &str) {
        until(&format!("{path} shows {text}"), || self.get(path).1.contains(text));
    }

    /// A page that waits for news: what it is told, one after the other.
    fn page(&self, path: &str) -> Page {
        let (_, html) = self.get(path);
        let key = html.split("data-key=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let ask = format!("GET /_boards/changes?page={path}&key={key} HTTP/1.1\r\nHost: {}\r\n\r\n", self.address);
        stream.write_all(ask.as_bytes()).unwrap();
        Page { stream, read: String::new() }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop.now();
        self.thread.take().unwrap().join().unwrap();
    }
}

struct Page {
    stream: TcpStream,
    read: String,
}

impl Page {
    /// The next news that is as wanted.
    #[track_caller]
    fn options(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            while let Some((event, rest)) = self.read.split_once("\n\n") {
                let news = event.rsplit_once("data: ").map(|(_, news)| serde_json::from_str::<Value>(news).unwrap());
                self.read = rest.to_owned();
                if let Some(news) = news.filter(&wanted) {
                    return news;
                }
            }
            let mut piece = [0; 4096];
            let count = self.stream.read(&mut piece).expect("news");
            assert!(count > 0, "the server is there");
            self.read.push_str(&String::from_utf8_lossy(&piece[..count]));
        }
    }
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
}

#[track_caller]
fn until(what: &str, fact: impl Fn() -> bool) {
    let began = Instant::now();
    while !fact() {
        assert!(began.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn post(author: &str, second: u32, text: &str) -> String {
    format!("---\nauthor: {author}\ndate: 2026-01-02T10:00:{second:02}Z\n---\n{text}\n")
}

fn small() -> Forum {
    let forum = Forum::of(
        "=== content/forum.yml\nformat: 1\ntitle: Tea\nbase_url: https://tea.example/forum/\n\
         === content/members/ada.yml\nname: Ada\n\
         === content/general/board.yml\ntitle: General\n\
         === content/general/tea/1.md\n---\ntitle: Tea?\nauthor: ada\ndate: 2026-01-01T10:00:00Z\n---\nWhich one?\n\
         === content/general/kettles/1.md\n---\ntitle: Kettles\nauthor: ada\ndate: 2026-01-01T10:00:00Z\n---\nIron.\n",
    );
    forum.commit("ada", 1_767_300_000);
    forum
}

#[test]
fn every_page_is_as_it_was_built_but_for_the_script() {
    let forum = small();
    let served = Served::new(&forum);
    let built = forum.clean(Source::WorkingCopy);
    assert!(built.len() > 10);
    for (path, bytes) in &built {
        let address = path.strip_suffix("index.html").unwrap_or(path);
        let (status, body) = served.get(&format!("/forum/{address}"));
        assert_eq!(status, 200, "{path}");
        let script = body.find("<script src=\"/_boards/").filter(|_| path.ends_with(".html"));
        let body = match script {
            Some(at) => body[..at].to_owned() + body[at..].split_once("</script>\n").unwrap().1,
            None => body,
        };
        assert!(body.as_bytes() == bytes, "{path}");
        assert_eq!(script.is_some(), path.ends_with(".html"), "{path}");
    }
    assert!(!forum.path("output").exists(), "the person's own output is left alone");
}

#[test]
fn headers_are_those_that_hosts_send() {
    let forum = small();
    let served = Served::new(&forum);
    let head = |path: &str| served.raw(format!("HEAD {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    let page = head("/forum/general/");
    let (_, headers) = served.get("/forum/_headers");
    for header in headers.lines().filter(|line| line.starts_with(' ') && !line.contains("immutable")) {
        assert!(page.contains(&format!("\r\n{}\r\n", header.trim())), "{header}");
    }
    assert!(page.contains("\r\nCache-Control: no-store\r\n") && page.ends_with("\r\n\r\n"), "{page}");
    assert!(page.contains("\r\nContent-Type: text/html; charset=utf-8\r\n"));
    let style = served.get("/forum/").1.split("href=\"").find(|it| it.contains(".css\"")).unwrap().to_owned();
    let style = head(style.split('"').next().unwrap());
    assert!(style.contains("immutable\r\n") && style.contains("text/css") && !style.contains("no-store"), "{style}");
    for (from, to) in [("/", "/forum/"), ("/forum", "/forum/"), ("/forum/general/tea", "/forum/general/tea/")] {
        let moved = head(from);
        assert!(status(&moved) == 302 && moved.contains(&format!("\r\nLocation: {to}\r\n")), "{moved}");
    }
    for own in ["/_boards/serve.js", "/_boards/serve.css", "/_boards/changes", "/forum/nowhere/"] {
        assert!(head(own).contains("\r\nContent-Security-Policy: default-src 'none'; "), "{own}");
    }
}

#[test]
fn what_no_reader_of_this_machine_sends_is_refused() {
    let forum = small();
    let served = Served::new(&forum);
    let own = served.address.to_string();
    let ask = |line: &str, more: &str| status(&served.raw(format!("{line}\r\nHost: {own}\r\n{more}\r\n")));
    assert_eq!(ask("GET /forum/ HTTP/1.1", ""), 200);
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "CONNECT", "get", "PROPFIND", "BREW"] {
        assert_eq!(ask(&format!("{method} /forum/ HTTP/1.1"), ""), 405, "{method}");
    }
    for host in
        ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "10.0.0.1", "0.0.0.0", "localhost.evil.example"]
    {
        for path in ["/forum/", "/_boards/changes?page=/&key=", "/_boards/serve.js"] {
            let answer = served.raw(format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n"));
            assert_eq!(status(&answer), 421, "{host}");
            assert!(!answer.contains("Tea"));
        }
    }
    for line in [
        "",
        "Host:\r\n",
        "Host: a b\r\n",
        "Host: localhost\r\nHost: localhost\r\n",
        "Host: localhost, evil.example\r\n",
    ] {
        let status = status(&served.raw(format!("GET /forum/ HTTP/1.1\r\n{line}\r\n")));
        assert!(matches!(status, 400 | 421), "{line}: {status}");
    }
    for origin in ["http://evil.example", "https://evil.example", "null", "http://localhost:1", "file://", ""] {
        let status = ask("GET /_boards/changes?page=/forum/&key= HTTP/1.1", &format!("Origin: {origin}\r\n"));
        assert_eq!(status, 403, "{origin}");
    }
    for site in ["cross-site", "same-site"] {
        let more = format!("Sec-Fetch-Site: {site}\r\n");
        assert_eq!(ask("GET /_boards/changes?page=/forum/&key= HTTP/1.1", &more), 403);
        assert_eq!(ask("GET /forum/ HTTP/1.1", &more), 200, "links from elsewhere lead here");
    }
    for target in
        ["http://evil.example/", "http://127.0.0.1/forum/", "https://x", "*", "forum/", "evil.example:443", "\\forum\\"]
    {
        assert_eq!(ask(&format!("GET {target} HTTP/1.1"), ""), 400, "{target}");
    }
    for line in [
        "GET /forum/",
        "GET /forum/ HTTP/2.0",
        "GET  /forum/ HTTP/1.1",
        "GET /forum/ HTTP/1.1 x",
        "\0",
        "PRI * HTTP/2.0",
    ] {
        assert!(matches!(ask(line, ""), 400 | 405), "{line}");
    }
    for more in [" folded: x\r\n", "no colon\r\n", "A\0: b\r\n", "A : b\r\n", ": b\r\n"] {
        assert_eq!(ask("GET /forum/ HTTP/1.1", more), 400, "{more:?}");
    }
    assert_eq!(ask("GET /forum/ HTTP/1.1", &"A: b\r\n".repeat(1000)), 431);
    assert_eq!(ask("GET /forum/ HTTP/1.1", &format!("A: {}\r\n", "b".repeat(1 << 20))), 431);
    assert_eq!(ask(&format!("GET /{} HTTP/1.1", "a".repeat(1 << 20)), ""), 431);
    assert_eq!(status(&served.raw("x".repeat(1 << 20))), 431);
    // A body is never taken for a second request.
    let two = served.raw(format!(
        "GET /forum/ HTTP/1.1\r\nHost: {own}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n\
         GET /forum/members/ HTTP/1.1\r\nHost: {own}\r\n\r\n"
    ));
    assert_eq!(two.matches("HTTP/1.1 200 OK").count(), 1);
}

#[test]
fn a_path_of_the_disk_leads_nowhere() {
    let forum = small();
    forum.write("secret.txt", "the secret");
    forum.write("content/secret.txt", "the secret");
    let served = Served::new(&forum);
    forum.write(".git/boards/serve/site/secret.txt", "the secret");
    let secret = forum.path("secret.txt").canonicalize().unwrap();
    let secret = secret.to_str().unwrap();
    let up =
        ["..", "%2e%2e", "%2E.", ".%2e", "%252e%252e", "..%00", "%c0%ae%c0%ae", "..;", "...", "%ef%bc%8e%ef%bc%8e"];
    let slash = ["/", "%2f", "%5c", "\\", "//", "%252f", "%c0%af", "/./"];
    let mut paths: Vec<String> =
        ["secret.txt", ".boards", "%2eboards", "site/.boards", "lock", ".git/config"].map(String::from).into();
    for up in up {
        for slash in slash {
            for depth in 1..=5 {
                paths.push(format!("{}secret.txt", format!("{up}{slash}").repeat(depth)));
                paths.push(format!("general/{}secret.txt", format!("{up}{slash}").repeat(depth)));
            }
        }
    }
    paths.extend([secret.to_owned(), secret.replace('/', "%2f"), format!("/{secret}"), format!("file://{secret}")]);
    for path in paths {
        for before in ["/forum/", "/", "/_boards/"] {
            let (status, body) = served.get(&format!("{before}{path}"));
            assert!(matches!(status, 404 | 400), "{before}{path}: {status}");
            assert!(!body.contains("the secret") && !body.contains("boardsM1"), "{before}{path}");
        }
    }
}

#[test]
fn silent_clients_keep_nobody_else_waiting() {
    let forum = small();
    let served = Served::new(&forum);
    let connect = || TcpStream::connect(served.address).unwrap();
    let silent: Vec<TcpStream> = (0..60).map(|_| connect()).collect();
    let mut slow: Vec<TcpStream> = (0..40).map(|_| connect()).collect();
    slow.iter_mut().for_each(|stream| stream.write_all(b"GET /forum/ HTTP/1.1\r\nHos").unwrap());
    assert_eq!(served.get("/forum/").0, 200);
    let more: Vec<TcpStream> = (0..200).map(|_| connect()).collect();
    until("somebody is turned away", || matches!(served.get("/forum/").0, 503 | 0));
    drop((silent, slow, more));
    until("there is room again", || served.get("/forum/").0 == 200);
}

#[test]
fn a_save_reloads_the_pages_that_show_it_and_no_others() {
    let forum = small();
    let served = Served::new(&forum);
    let mut topic = served.page("/forum/general/tea/");
    let mut other = served.page("/forum/general/kettles/");
    let mut nowhere = served.page("/forum/general/pots/");
    for page in [&mut topic, &mut other, &mut nowhere] {
        assert_eq!(page.options(|_| true)["reload"], false);
    }
    forum.write("content/general/tea/2.md", post("ada", 1, "Oolong."));
    topic.options(|news| news["reload"] == true);
    served.shows("/forum/general/tea/", "Oolong.");
    let draft = other.options(|news| news["uncommitted"] == 1);
    assert_eq!((&draft["reload"], &draft["drafts"]), (&false.into(), &Value::Array(Vec::new())));
    let draft = served.page("/forum/general/tea/").options(|news| news["uncommitted"] == 1);
    assert_eq!(draft["drafts"], serde_json::json!(["2"]));

    forum.write("content/general/pots/1.md", post("ada", 1, "Clay.").replace("author", "title: Pots\nauthor"));
    nowhere.options(|news| news["reload"] == true);
    forum.commit("ada", 1_767_400_000);
    served.page("/forum/general/tea/").options(|news| news["uncommitted"] == 0);
}

#[test]
fn an_address_that_leads_nowhere_names_near_ones() {
    let forum = small();
    let served = Served::new(&forum);
    let missing = String::from_utf8(forum.clean(Source::WorkingCopy)["404.html"].clone()).unwrap();
    let (status, page) = served.get("/forum/general/ketles/");
    assert!(status == 404 && page.starts_with(missing.split("</body>").next().unwrap()), "{page}");
    let options = served.page("/forum/general/ketles/").options(|_| true);
    assert_eq!(
        (&options["reload"], &options["near"]),
        (&false.into(), &serde_json::json!(["/forum/general/kettles/"]))
    );
}

#[test]
fn a_fault_is_told_where_it_is_read_and_the_site_stays_until_it_is_mended() {
    let forum = small();
    let served = Served::new(&forum);
    let mut page = served.page("/forum/general/tea/");
    forum.write("content/general/tea/2.md", "---\ntitle: Again\nauthor: ada\n---\n");
    let options = page.options(|news| news["refused"] == true);
    let fault = &options["faults"][0];
    assert_eq!((&options["reload"], &fault["severity"]), (&false.into(), &"error".into()));
    assert!(fault["place"].as_str().unwrap().starts_with("content/general/tea/"), "{fault}");
    assert_eq!(served.get("/forum/general/tea/").0, 200);
    forum.remove("content/general/tea/2.md");
    page.options(|news| news["refused"] == false);

    forum.write("themes/own/theme.yml", "format: 1\nname: Own\nparent: plain\n");
    forum.write("content/forum.yml", "format: 1\ntitle: Tea\nbase_url: https://tea.example/forum/\ntheme: own\n");
    forum.write("themes/own/templates/missing.html", "{{ nothing.such }}");
    let options = page.options(|news| news["refused"] == true);
    assert_eq!(options["faults"][0]["code"], "theme-variable");
    forum.write("themes/own/templates/missing.html", "Mended.");
    page.options(|news| news["refused"] == false);
    served.shows("/forum/404.html", "Mended.");
}

#[test]
fn what_comes_and_goes_ends_nothing() {
    let forum = small();
    git(forum.dir(), &["checkout", "-q", "-b", "other"]);
    forum.write("content/general/tea/2.md", post("bob", 1, "From the other branch."));
    forum.commit("bob", 1_767_300_100);
    let served = Served::new(&forum);
    served.shows("/forum/general/tea/", "From the other branch.");
    git(forum.dir(), &["checkout", "-q", "main"]);
    until("the branch is switched", || !served.get("/forum/general/tea/").1.contains("From the other branch."));

    // The content goes and comes.
    std::fs::rename(forum.path("content"), forum.path("away")).unwrap();
    while served.next().is_ok() {}
    assert_eq!(served.get("/forum/general/tea/").0, 200, "the site stands");
    std::fs::rename(forum.path("away"), forum.path("content")).unwrap();
    while served.next().is_err() {}
    forum.write("content/general/tea/3.md", post("bob", 2, "After the return."));
    served.shows("/forum/general/tea/", "After the return.");

    // A folder goes, and so does what the server has built.
    forum.remove("content/general/kettles");
    until("the topic is gone", || served.get("/forum/general/kettles/").0 == 404);
    until("it is gone", || std::fs::remove_dir_all(forum.path(".git/boards")).is_ok());
    served.shows("/forum/general/tea/", "After the return.");

    // Something stands in the way of writing.
    let site = forum.path(".git/boards/serve/site");
    until("there is something in the way", || {
        let _ = std::fs::remove_dir_all(&site);
        std::fs::write(&site, "in the way").is_ok()
    });
    forum.write("content/general/tea/4.md", post("bob", 3, "Through it."));
    while served.next().is_ok() {}
    std::fs::remove_file(&site).unwrap();
    served.shows("/forum/general/tea/", "Through it.");
}

#[test]
fn many_files_at_once_are_all_shown_in_the_end() {
    let forum = small();
    let served = Served::new(&forum);
    for topic in 0..100 {
        for number in 0..100 {
            let title = if number == 0 { format!("title: Topic {topic}\n") } else { String::new() };
            let text = format!("---\n{title}author: ada\ndate: 2026-01-02T10:00:00Z\n---\n{number} of {topic}.\n");
            forum.write(&format!("content/general/many/topic-{topic}/{number:02}.md"), text);
        }
    }
    for topic in [0, 50, 99] {
        served.shows(&format!("/forum/general/many/topic-{topic}/page-2/"), &format!("99 of {topic}."));
    }
}

#[test]
fn a_forum_without_a_repository_is_served_and_leaves_nothing_behind() {
    let forum = small();
    std::fs::remove_dir_all(forum.path(".git")).unwrap();
    let before = files(forum.dir());
    let served = Served::new(&forum);
    served.shows("/forum/general/tea/", "Which one?");
    drop(served);
    assert_eq!(files(forum.dir()), before);
}

#[test]
fn two_do_not_serve_the_same_forum_from_the_same_folder() {
    let forum = small();
    let _served = Served::new(&forum);
    let refused = Server::open(&forum.order(), "127.0.0.1", Some(0)).unwrap_err().to_string();
    assert!(refused.contains("another boards serves this forum"), "{refused}");
}

#[cfg(unix)]
#[test]
fn a_signal_ends_it_well() {
    let forum = small();
    for signal in ["INT", "TERM"] {
        let mut command = command(forum.dir());
        command.args(["serve", "--port", "0", "--format", "json"]).stdout(std::process::Stdio::piped());
        let mut running = command.stderr(std::process::Stdio::null()).spawn().unwrap();
        let mut said = std::io::BufReader::new(running.stdout.take().unwrap());
        let mut line = || {
            let mut line = String::new();
            std::io::BufRead::read_line(&mut said, &mut line).unwrap();
            serde_json::from_str::<Value>(&line).unwrap()
        };
        assert!(line()["address"].as_str().unwrap().starts_with("http://127.0.0.1:"));
        assert_eq!(line()["topics"], 2);
        std::process::Command::new("kill").args([format!("-{signal}"), running.id().to_string()]).status().unwrap();
        assert_eq!(running.wait().unwrap().code(), Some(0), "{signal}");
    }
    assert!(!forum.path(".git/boards/serve/site/.boards-at-work").exists());
}

#[test]
fn a_browser_shows_what_is_saved_what_is_wrong_and_what_is_mended() {
    let Some(browser) = browser() else {
        skipped("there is no chromium, node or playwright-core here; .ci/run installs them");
        return;
    };
    let forum = small();
    let served = Served::new(&forum);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/serve.mjs");
    let mut node = std::process::Command::new("node");
    node.arg(script).arg(browser).arg(format!("http://{}", served.address)).arg(forum.dir());
    let ran = node.output().unwrap();
    let said = String::from_utf8_lossy(&[ran.stdout, ran.stderr].concat()).into_owned();
    println!("{said}");
    assert!(ran.status.success(), "{said}");
}
