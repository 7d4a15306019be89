//! A forum for a test: a folder that is gone in the end, with a repository in it, and the ways to change and build it.

pub mod browser;
pub mod cases;
pub mod crawl;
pub mod edits;
pub mod host;
pub mod lists;
pub mod program;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use boards::build::{CacheAt, Order, Report, build};
use boards::git::Source;
use boards::monitor::{Counter, Monitor, Quiet};
use git2::{IndexAddOption, Repository, Signature, Time};
use ssh_key::private::{Ed25519Keypair, KeypairData, PrivateKey};
use ssh_key::{HashAlg, LineEnding};

/// A forum in a temporary folder.
pub struct Forum {
    folder: tempfile::TempDir,
}

/// The files of a folder by their paths.
pub type Files = BTreeMap<String, Vec<u8>>;

impl Forum {
    /// A forum without boards.
    pub fn new() -> Forum {
        let forum = Forum { folder: tempfile::tempdir().unwrap() };
        let mut options = git2::RepositoryInitOptions::new();
        options.initial_head("main").external_template(false);
        Repository::init_opts(forum.dir(), &options).unwrap();
        forum.write("content/forum.yml", "format: 1\ntitle: Tea\nbase_url: https://tea.example/\n");
        forum.write(".gitignore", "/output/\n");
        forum
    }

    /// A forum with these files, written as `=== path` lines, each followed by the file's text.
    pub fn of(files: &str) -> Forum {
        let forum = Forum::new();
        for file in files.split("=== ").skip(1) {
            let (path, text) = file.split_once('\n').unwrap_or((file, ""));
            forum.write(path.trim(), text);
        }
        forum
    }

    pub fn dir(&self) -> &Path {
        self.folder.path()
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.dir().join(path)
    }

    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let place = self.path(path);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, text).unwrap();
    }

    pub fn remove(&self, path: &str) {
        let place = self.path(path);
        if place.is_dir() { fs::remove_dir_all(place).unwrap() } else { fs::remove_file(place).unwrap() }
    }

    pub fn rename(&self, from: &str, to: &str) {
        fs::create_dir_all(self.path(to).parent().unwrap()).unwrap();
        fs::rename(self.path(from), self.path(to)).unwrap();
    }

    /// Commits everything as `name`, whose address is `name@tea.example`, at `when`, in seconds since 1970.
    pub fn commit(&self, name: &str, when: i64) -> git2::Oid {
        let repository = Repository::open(self.dir()).unwrap();
        let mut index = repository.index().unwrap();
        index.add_all(["*"], IndexAddOption::DEFAULT, None).unwrap();
        index.update_all(["*"], None).unwrap();
        index.write().unwrap();
        let tree = repository.find_tree(index.write_tree().unwrap()).unwrap();
        let person = Signature::new(name, &format!("{name}@tea.example"), &Time::new(when, 0)).unwrap();
        let parent = repository.head().ok().and_then(|head| head.peel_to_commit().ok());
        let parents: Vec<_> = parent.iter().collect();
        repository.commit(Some("HEAD"), &person, &person, "x", &tree, &parents).unwrap()
    }

    /// Commits everything as [`commit`](Forum::commit) does, and signs it with the [key] of `signer`.
    pub fn commit_signed(&self, name: &str, when: i64, signer: &str) -> git2::Oid {
        let unsigned = self.commit(name, when);
        let repository = Repository::open(self.dir()).unwrap();
        let commit = repository.find_commit(unsigned).unwrap();
        let parents: Vec<_> = commit.parents().collect();
        let parents: Vec<_> = parents.iter().collect();
        let (author, tree) = (commit.author(), commit.tree().unwrap());
        let buffer = repository.commit_create_buffer(&author, &author, "x", &tree, &parents).unwrap();
        let buffer = buffer.as_str().unwrap();
        let signature = key(signer).sign("git", HashAlg::Sha512, buffer.as_bytes()).unwrap();
        let signed = repository.commit_signed(buffer, &signature.to_pem(LineEnding::LF).unwrap(), None).unwrap();
        let head = repository.head().unwrap().resolve().unwrap().name().unwrap().to_owned();
        repository.reference(&head, signed, true, "sign").unwrap();
        signed
    }

    pub fn order(&self) -> Order {
        Order {
            repository: self.dir().to_owned(),
            content: "content".into(),
            source: Source::WorkingCopy,
            out: self.path("output"),
            base: None,
            theme: None,
            cache: CacheAt::Repository,
            swap: false,
            force: false,
        }
    }

    pub fn build(&self) -> Report {
        self.build_with(&Quiet)
    }

    pub fn build_with(&self, monitor: &dyn Monitor) -> Report {
        build(&self.order(), None, monitor).unwrap().0
    }

    pub fn counted(&self) -> (Report, Counter) {
        let counter = Counter::default();
        (self.build_with(&counter), counter)
    }

    /// The files of a clean build of the same, without any memory.
    pub fn clean(&self, source: Source) -> Files {
        let out = tempfile::tempdir().unwrap();
        let order = Order { source, out: out.path().join("site"), cache: CacheAt::Nowhere, ..self.order() };
        build(&order, None, &Quiet).unwrap();
        files(&out.path().join("site"))
    }

    /// The files of the site.
    pub fn site(&self) -> Files {
        files(&self.path("output"))
    }

    /// A page of the site.
    pub fn page(&self, path: &str) -> String {
        fs::read_to_string(self.path("output").join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Every fault as `path:line:column rule`, in order.
    pub fn faults(&self) -> Vec<String> {
        let each = self.build().diagnostics.into_iter();
        each.map(|it| format!("{}:{}:{} {}[{}]", it.path, it.at.line, it.at.column, it.severity.word(), it.code))
            .collect()
    }
}

/// Somebody's key: always the same.
pub fn key(name: &str) -> PrivateKey {
    let seed = name.bytes().cycle().take(32).collect::<Vec<u8>>().try_into().unwrap();
    PrivateKey::new(KeypairData::Ed25519(Ed25519Keypair::from_seed(&seed)), name).unwrap()
}

/// Somebody's public key, as a line of a member's file.
pub fn public_key(name: &str) -> String {
    key(name).public_key().to_openssh().unwrap()
}

/// All files in a folder, but for boards' own list of them and its digest.
pub fn files(dir: &Path) -> Files {
    let each = walkdir::WalkDir::new(dir).into_iter().map(|entry| entry.unwrap()).filter(|it| it.file_type().is_file());
    let named = each.map(|it| {
        let path = it.path().strip_prefix(dir).unwrap().to_string_lossy().replace('\\', "/");
        (path, fs::read(it.path()).unwrap())
    });
    named.filter(|(path, _)| !matches!(path.as_str(), ".boards" | ".boards-digest")).collect()
}

/// The paths at which two sites differ.
pub fn difference(a: &Files, b: &Files) -> Vec<String> {
    let paths: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    paths.into_iter().filter(|path| a.get(*path) != b.get(*path)).cloned().collect()
}

/// A forum of `boards` × `topics` × `posts`, committed.
pub fn large(boards: usize, topics: usize, posts: usize) -> Forum {
    let forum = Forum::new();
    for board in 0..boards {
        forum.write(&format!("content/board-{board}/board.yml"), format!("title: Board {board}\n"));
        for topic in 0..topics {
            for post in 0..posts {
                let front =
                    if post == 0 { format!("title: Topic {topic}\ntags: [t{}]\n", topic % 7) } else { String::new() };
                let text = format!(
                    "---\nauthor: ada\ndate: 2026-01-{:02}T10:{topic:02}:{post:02}Z\n{front}---\nPost *{post}* of {topic}. {}\n",
                    board + 1,
                    "All leaves are welcome. ".repeat(20),
                );
                forum.write(&format!("content/board-{board}/topic-{topic}/{post}.md"), text);
            }
        }
    }
    forum.commit("ada", 1_767_300_000);
    forum
}

/// Changes something that stands on every page.
pub fn retitle(forum: &Forum, title: &str) {
    forum.write("content/forum.yml", format!("format: 1\ntitle: {title}\nbase_url: https://tea.example/\n"));
}

/// Two sites that must be the same.
#[track_caller]
pub fn same(a: &Files, b: &Files) {
    assert_eq!(difference(a, b), [""; 0]);
}
