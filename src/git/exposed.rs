//! A file that nobody else is to read → whether git would publish it, or has done so already.

use std::path::Path;

use git2::Oid;

use super::program::Git;
use super::repository::Repository;
use crate::{Error, Result};

/// Who may come to read a file of the work tree by way of git.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exposure {
    /// Nobody: it is ignored.
    Ignored,
    /// Everybody after the next `git add --all`.
    Untracked,
    /// Whoever has the repository: this commit has it, the last of those that add or change it.
    Committed(Oid),
}

/// The exposure of the file at `path`, from the work tree's top. All references are asked.
///
/// # Errors
/// When git isn't there, or the repository can't be read.
pub fn exposure(repository: &Repository, path: &str) -> Result<Exposure> {
    let arguments = ["log", "-1", "--format=%H", "--diff-filter=AM", "--all", "--", path];
    let commit = Git::at(repository)?.output(&arguments)?;
    if let Ok(commit) = Oid::from_str(commit.trim()) {
        return Ok(Exposure::Committed(commit));
    }
    repository.with(|handle| {
        let ignored =
            handle.is_path_ignored(Path::new(path)).map_err(Error::git(format!("look whether {path} is ignored")))?;
        Ok(if ignored { Exposure::Ignored } else { Exposure::Untracked })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::sample::{TestRepository, git};

    #[test]
    fn a_file_is_ignored_untracked_or_was_committed_once() {
        let sample = TestRepository::new();
        let repository = Repository::find(sample.path()).unwrap().unwrap();
        sample.write("a.key", "x");
        assert_eq!(exposure(&repository, "a.key").unwrap(), Exposure::Untracked);
        sample.write(".gitignore", "/*.key\n");
        sample.add_all();
        assert_eq!(exposure(&repository, "a.key").unwrap(), Exposure::Ignored);
        git(sample.path(), &["add", "--force", "a.key"]);
        let commit = sample.add_all();
        git(sample.path(), &["rm", "-q", "a.key"]);
        sample.add_all();
        assert_eq!(exposure(&repository, "a.key").unwrap(), Exposure::Committed(commit));
    }
}
