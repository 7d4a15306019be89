//! For tests only: files in words → commits in a repository of their own.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use git2::build::TreeUpdateBuilder;
use git2::{FileMode, Oid, Repository, Signature, Time};
use tempfile::TempDir;

/// Paths from the repository's top, and what the files hold.
pub(crate) type Files = BTreeMap<String, String>;

/// A repository that is gone after the test.
pub(crate) struct TestRepository {
    pub(crate) folder: TempDir,
    pub(crate) repository: Repository,
}

impl TestRepository {
    pub(crate) fn new() -> TestRepository {
        let folder = tempfile::tempdir().unwrap();
        let repository = Repository::init(folder.path()).unwrap();
        repository.config().unwrap().set_str("core.autocrlf", "false").unwrap();
        TestRepository { folder, repository }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Makes a commit of these files; no branch knows of it.
    pub(crate) fn commit(&self, files: &Files, parents: &[Oid], author: &str, when: i64) -> Oid {
        let mut builder = TreeUpdateBuilder::new();
        for (path, text) in files {
            builder.upsert(path.as_str(), self.repository.blob(text.as_bytes()).unwrap(), FileMode::Blob);
        }
        let empty = self.repository.find_tree(self.repository.treebuilder(None).unwrap().write().unwrap()).unwrap();
        let tree = builder.create_updated(&self.repository, &empty).unwrap();
        let tree = self.repository.find_tree(tree).unwrap();
        let person = Signature::new(author, &format!("{author}@example.org"), &Time::new(when, 60)).unwrap();
        let parents: Vec<_> = parents.iter().map(|id| self.repository.find_commit(*id).unwrap()).collect();
        let parents: Vec<_> = parents.iter().collect();
        self.repository.commit(None, &person, &person, "x", &tree, &parents).unwrap()
    }

    /// Writes a file into the work tree.
    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Commits the work tree as git itself would, and returns the commit.
    pub(crate) fn add_all(&self) -> Oid {
        git(self.path(), &["add", "--all"]);
        git(self.path(), &["commit", "--quiet", "--allow-empty", "--message=x"]);
        self.repository.head().unwrap().target().unwrap()
    }
}

/// Runs git itself, untouched by the settings of whoever runs the tests.
pub(crate) fn git(folder: &Path, arguments: &[&str]) {
    let done = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(["-c", "user.name=ada", "-c", "user.email=ada@example.org", "-c", "protocol.file.allow=always"])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// Files in words.
pub(crate) fn files(files: &[(&str, &str)]) -> Files {
    files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}
