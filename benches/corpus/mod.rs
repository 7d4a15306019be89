//! A number of posts → a forum made up of them, always the same, and the same posts in the shape that Hugo wants.

use std::fs;
use std::path::Path;
use std::process::Command;

use walkdir::WalkDir;

/// The words that posts are made of.
const WORDS: &str = "leaf water steep minute kettle cup black green white oolong first flush garden spring bitter sweet \
                     cold morning paper filter degree gram pot glass wait pour taste again better never always maybe \
                     thanks question answer try found changed version page build theme member board topic reply";
const AUTHORS: u64 = 300;
/// 1 January 2016.
const BEGAN: i64 = 1_451_606_400;

/// A sequence of numbers that is the same each time (SplitMix64, <https://prng.di.unimi.it/splitmix64.c>).
pub struct Numbers(pub u64);

impl Numbers {
    /// The next number, below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }

    /// So many words.
    pub fn words(&mut self, count: u64) -> String {
        let all: Vec<&str> = WORDS.split_whitespace().collect();
        let each = (0..count).map(|_| all[self.below(all.len() as u64) as usize]);
        each.collect::<Vec<_>>().join(" ")
    }

    fn body(&mut self) -> String {
        let mut body = String::new();
        if self.below(4) == 0 {
            body += &format!("> {}\n\n@member{} ", self.words(12), self.below(AUTHORS));
        }
        for _ in 0..1 + self.below(4) {
            let length = 20 + self.below(60);
            body +=
                &format!("{}, *{}* and `{}`. {}.\n\n", self.words(8), self.words(2), self.words(1), self.words(length));
        }
        match self.below(8) {
            0 => {
                body += &format!(
                    "- {}\n- {}\n- [{}](https://example.org/{})\n",
                    self.words(6),
                    self.words(5),
                    self.words(2),
                    self.words(1)
                )
            }
            1 => body += &format!("```rust\nfn {}() {{}}\n```\n", self.words(1)),
            _ => {}
        }
        body
    }
}

/// The date `seconds` after 1970 as a post's file name and as RFC 3339 have it.
fn stamps(seconds: i64) -> (String, String) {
    let at = jiff::Timestamp::from_second(seconds).expect("a date").to_zoned(jiff::tz::TimeZone::UTC);
    (at.strftime("%Y%m%d-%H%M%S").to_string(), at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

fn put(place: &Path, text: &str) {
    fs::create_dir_all(place.parent().expect("a folder")).expect("a folder");
    fs::write(place, text).expect("a file");
}

fn post(title: Option<&str>, author: u64, date: &str, body: &str) -> String {
    let title = title.map_or_else(String::new, |title| format!("title: {title}\n"));
    format!("---\n{title}author: member{author}\ndate: {date}\n---\n{body}")
}

/// Writes a forum of `posts` posts, about seven a topic, on shelves by year, over ten years.
pub fn write(forum: &Path, posts: usize) {
    put(&forum.join("content/forum.yml"), "format: 1\ntitle: Benchmark\nbase_url: https://forum.example.org/\n");
    let boards = 5 + posts / 4_000;
    for board in 0..boards {
        put(&forum.join(format!("content/board-{board}/board.yml")), &format!("title: Board {board}\n"));
    }
    let mut numbers = Numbers(1);
    let step = 10 * 365 * 86_400 / posts as i64;
    let (mut made, mut topic) = (0, 0);
    while made < posts {
        let mut when = BEGAN + made as i64 * step;
        let board = numbers.below(boards as u64);
        let (stem, _) = stamps(when);
        let folder = forum.join(format!("content/board-{board}/{}/topic-{topic}", &stem[..4]));
        for index in 0..(1 + numbers.below(13)).min((posts - made) as u64) {
            let (stem, date) = stamps(when);
            let author = numbers.below(AUTHORS);
            let title = (index == 0).then(|| numbers.words(5));
            let text = post(title.as_deref(), author, &date, &numbers.body());
            put(&folder.join(format!("{stem}-member{author}.md")), &text);
            when += 60 + numbers.below(86_400) as i64;
            made += 1;
        }
        topic += 1;
    }
}

/// Adds one reply to a topic of the last year, the `count`th that is added.
pub fn reply(forum: &Path, posts: usize, count: usize) {
    let (place, text) = next(forum, posts, count);
    put(&place, &text);
}

fn next(forum: &Path, posts: usize, count: usize) -> (std::path::PathBuf, String) {
    let mut all: Vec<_> =
        WalkDir::new(forum.join("content")).into_iter().flatten().map(walkdir::DirEntry::into_path).collect();
    all.retain(|path| path.extension().is_some_and(|it| it == "md"));
    all.sort_by_key(|path| path.file_name().map(ToOwned::to_owned));
    let folder = all[all.len() - 1 - (posts / 100).min(all.len() - 1)].parent().expect("a topic").to_owned();
    let (stem, date) = stamps(BEGAN + 11 * 365 * 86_400 + count as i64 * 60);
    (folder.join(format!("{stem}-member1.md")), post(None, 1, &date, "One more *reply*.\n"))
}

/// Writes the posts of `forum` as a site for Hugo: a file a post, shown on its topic's page; topics listed by board.
pub fn write_hugo(site: &Path, forum: &Path) {
    let settings = "baseURL = \"https://forum.example.org/\"\ntitle = \"Benchmark\"\ndisableKinds = [\"taxonomy\", \"term\"]\n\
                    [pagination]\npagerSize = 30\n[markup.goldmark.renderer]\nunsafe = false\n";
    put(&site.join("hugo.toml"), settings);
    let list = "<!doctype html><html lang=\"en\"><head><title>{{ .Title }}</title></head><body><h1>{{ .Title }}</h1>\
                {{ if .Params.topic }}{{ range .RegularPages.ByDate }}<article id=\"{{ .File.BaseFileName }}\"><p>{{ .Params.author }} \
                <time datetime=\"{{ .Date.Format \"2006-01-02T15:04:05Z07:00\" }}\">{{ .Date.Format \"2 Jan 2006, 15:04\" }}</time></p>\
                {{ .Content }}</article>{{ end }}{{ else }}{{ range (.Paginate .Sections.ByDate.Reverse).Pages }}\
                <p><a href=\"{{ .RelPermalink }}\">{{ .Title }}</a> {{ len .RegularPages }}</p>{{ end }}{{ end }}</body></html>\n";
    put(&site.join("layouts/_default/list.html"), list);
    put(
        &site.join("layouts/index.html"),
        "<!doctype html><html lang=\"en\"><body>{{ range .Sections }}<p><a href=\"{{ .RelPermalink }}\">{{ .Title }}</a></p>{{ end }}</body></html>\n",
    );
    put(&site.join("layouts/_default/single.html"), "{{ .Content }}\n");
    for entry in WalkDir::new(forum.join("content")).into_iter().flatten() {
        let path = entry.path();
        let below = path.strip_prefix(forum.join("content")).expect("below it");
        let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
        match (parts.as_slice(), path.extension().and_then(|it| it.to_str())) {
            ([board, _, topic, file], Some("md")) => {
                let text = fs::read_to_string(path).expect("a post");
                let folder = site.join(format!("content/{board}/{topic}"));
                if let Some(title) = text.lines().find_map(|line| line.strip_prefix("title: ")) {
                    let date = text.lines().find(|line| line.starts_with("date: ")).unwrap_or_default();
                    put(&folder.join("_index.md"), &format!("---\ntitle: {title}\n{date}\ntopic: true\n---\n"));
                }
                put(&folder.join(&**file), &hugo_post(&text));
            }
            ([board, file], _) if file == "board.yml" => {
                put(&site.join(format!("content/{board}/_index.md")), &format!("---\ntitle: {board}\n---\n"));
            }
            _ => {}
        }
    }
}

/// A post as Hugo takes it: on its topic's page, without one of its own.
fn hugo_post(text: &str) -> String {
    text.replacen("---\n", "---\nbuild: { render: never, list: local }\n", 1)
}

/// Adds to Hugo's site the reply that [`reply`] adds to the forum.
pub fn reply_hugo(site: &Path, forum: &Path, posts: usize, count: usize) {
    let (place, text) = next(forum, posts, count);
    let below = place.strip_prefix(forum.join("content")).expect("below it");
    let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
    put(&site.join(format!("content/{}/{}/{}", parts[0], parts[2], parts[3])), &hugo_post(&text));
}

/// Runs git in the folder `dir`.
pub fn git(dir: &Path, arguments: &[&str]) {
    let done = Command::new("git").current_dir(dir).args(arguments).status().expect("git");
    assert!(done.success(), "git {arguments:?}");
}

/// Commits all that changed.
pub fn commit(dir: &Path) {
    git(dir, &["add", "-A"]);
    git(dir, &["-c", "user.name=ada", "-c", "user.email=ada@tea.example", "-c", "gc.auto=0", "commit", "-qm", "posts"]);
}
