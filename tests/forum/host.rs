//! A forum with a remote, and people who propose posts to it → what stands in both afterwards. Posts are told by their
//! texts, which must each be another.

use std::fs;
use std::path::{Path, PathBuf};

use super::program::{boards, git};

/// What every forum has: Cleo, who merges, and Ada and Bob, who have posted before. Posts may be of any age, and many.
const BASE: [(&str, &str); 7] = [
    (
        "content/forum.yml",
        "format: 1\ntitle: Tea\nbase_url: https://tea.example/\npolicy: { proposals: { days_back: 36500, posts_a_day: 10000 } }\n",
    ),
    ("content/members/ada.yml", "name: Ada\nemails: [ada@tea.example]\naccounts: { github: 1 }\n"),
    ("content/members/bob.yml", "name: Bob\nemails: [bob@tea.example]\naccounts: { github: 2 }\n"),
    ("content/members/cleo.yml", "name: Cleo\nemails: [cleo@tea.example]\nrole: maintainer\naccounts: { github: 3 }\n"),
    ("content/general/board.yml", "title: General\n"),
    ("content/general/tea/1.md", "---\ntitle: Tea?\nauthor: ada\ndate: 2026-01-01T10:00:00Z\n---\nWhich one?\n"),
    ("content/general/tea/2.md", "---\nauthor: bob\ndate: 2026-01-02T10:00:00Z\n---\nGreen.\n"),
];

/// A folder with the repository `forum` and its remote, the bare `origin.git`.
pub struct Host {
    _folder: tempfile::TempDir,
    pub dir: PathBuf,
    pub forum: PathBuf,
    pub origin: PathBuf,
}

impl Host {
    /// A forum whose first commit has these files too, each told as `=== path` and its text. It is pushed.
    pub fn new(files: &str) -> Host {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().canonicalize().unwrap();
        let (forum, origin) = (dir.join("forum"), dir.join("origin.git"));
        fs::create_dir_all(&forum).unwrap();
        git(&dir, &["init", "-q", "--bare", "-b", "main", "origin.git"]);
        git(&forum, &["init", "-q", "-b", "main"]);
        git(&forum, &["remote", "add", "origin", "../origin.git"]);
        let host = Host { _folder: folder, dir, forum, origin };
        host.know("forum");
        BASE.iter().for_each(|(path, text)| write(&host.forum, path, text));
        lay(&host.forum, files);
        commit(&host.forum, "cleo", "Open the forum");
        git(&host.forum, &["push", "-q", "origin", "main"]);
        host
    }

    /// Tells git in a clone who merges.
    pub fn know(&self, clone: &str) -> PathBuf {
        let place = self.dir.join(clone);
        git(&place, &["config", "user.name", "Cleo"]);
        git(&place, &["config", "user.email", "cleo@tea.example"]);
        place
    }

    /// A clone of the remote, which has no more than the branch.
    pub fn clone(&self, name: &str) -> PathBuf {
        git(&self.dir, &["clone", "-q", "--no-local", "origin.git", name]);
        self.know(name)
    }

    /// Proposes files, on a branch or, where the name is a number, as that of a forge: then no branch stays.
    pub fn propose(&self, name: &str, by: &str, from: &str, files: &str) {
        let number = name.parse::<u64>().is_ok();
        let branch = if number { format!("number-{name}") } else { name.to_owned() };
        git(&self.forum, &["checkout", "-q", "-b", &branch, from]);
        lay(&self.forum, files);
        commit(&self.forum, by, "Post");
        git(&self.forum, &["checkout", "-q", "main"]);
        if number {
            git(&self.forum, &["push", "-q", "origin", &format!("{branch}:refs/pull/{name}/head")]);
            git(&self.forum, &["branch", "-q", "-D", &branch]);
        }
    }

    /// Proposes one post of Bob's, whose text is the number in words that no other post has.
    pub fn post(&self, number: u64) {
        self.propose(&number.to_string(), "bob", "main", &reply(number));
    }

    /// What must hold whatever happened: every tip on the first-parent line is a forum without faults, each of these
    /// proposals is merged once or not at all, both repositories are sound, and files and index agree with the branch.
    /// Gives how many are merged.
    #[track_caller]
    pub fn is_whole(&self, numbers: impl IntoIterator<Item = u64>) -> usize {
        for place in [&self.forum, &self.origin] {
            assert_eq!(git(place, &["fsck", "--strict", "--no-dangling"]), "");
        }
        assert_eq!(git(&self.forum, &["status", "--porcelain"]), "");
        for tip in git(&self.forum, &["rev-list", "--first-parent", "main"]).lines() {
            boards(&self.forum, &["check", "-q", "--rev", tip]).ends(0);
        }
        let merges = git(&self.forum, &["log", "--first-parent", "--format=%s", "main"]);
        let files = git(&self.forum, &["ls-tree", "-r", "--name-only", "main", "content"]);
        let mut count = 0;
        for number in numbers {
            let merge = format!("Merge proposal {number}: ");
            let merged = merges.lines().filter(|line| line.starts_with(&merge)).count();
            let stands = files.lines().filter(|path| path.ends_with(&format!("tea/reply-{number}.md"))).count();
            assert_eq!(merged, stands, "proposal {number}: merged {merged} times, stands {stands} times");
            assert!(merged <= 1, "proposal {number} was merged {merged} times");
            count += merged;
        }
        count
    }
}

/// The file of one post of Bob's.
pub fn reply(number: u64) -> String {
    format!(
        "=== content/general/tea/reply-{number}.md\n---\nauthor: bob\ndate: 2026-01-03T10:00:00Z\n---\nReply number {number}.\n"
    )
}

pub fn write(folder: &Path, path: &str, text: &str) {
    let place = folder.join(path);
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    fs::write(place, text).unwrap();
}

/// Writes files told as `=== path` and their text; `=== path (gone)` removes one.
pub fn lay(folder: &Path, text: &str) {
    for file in text.split("=== ").skip(1) {
        let (path, text) = file.split_once('\n').unwrap();
        match path.strip_suffix(" (gone)") {
            Some(path) => fs::remove_file(folder.join(path)).unwrap(),
            None => write(folder, path, text),
        }
    }
}

/// Commits everything, on one day in January.
pub fn commit(folder: &Path, by: &str, message: &str) {
    let (name, email) = (format!("user.name={by}"), format!("user.email={by}@tea.example"));
    git(folder, &["add", "-A"]);
    git(folder, &["-c", &name, "-c", &email, "commit", "-q", "--date=2026-01-03T10:00:00Z", "-m", message]);
}
