//! Two trees → the files in which they differ. The new tree may be hostile: how much is opened is bounded, and what
//! `git fsck` would find wrong with it is told. The files themselves aren't read.

use std::collections::HashSet;

use git2::{ObjectType, Oid};

use super::repository::{self, Repository};
use super::tree::{self, FILE, LINK, PROGRAM};
use crate::Result;

/// How deep folders may nest.
const DEEPEST_LEVELS: usize = 64;

/// A file in which two trees differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its path from the top, what isn't UTF-8 replaced.
    pub path: String,
    /// Whether the path is what stands in the tree: UTF-8, and no part of it `.`, `..`, `.git` or with a `/` in it.
    pub plain: bool,
    /// The file on the old side.
    pub old: Option<File>,
    /// The file on the new side.
    pub new: Option<File>,
}

/// What a tree says of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct File {
    /// What it is.
    pub mode: Mode,
    /// Its content.
    pub id: Oid,
}

/// What an entry of a tree is that isn't a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A plain file.
    Plain,
    /// A file that may be run.
    Program,
    /// A symbolic link.
    Link,
    /// A commit of another repository, or something that git doesn't know.
    Submodule,
}

/// In what two trees differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Compared {
    /// These files, in the order of git's trees.
    Files(Vec<Difference>),
    /// More than was asked for.
    TooMany,
    /// The folder at this path of the new tree is not as git writes one: out of order, a name twice, an odd mode.
    Malformed(String),
}

impl Repository {
    /// The files in which the tree `new` differs from `old` (`None`: from nothing). At most `most` of them are listed,
    /// and not many more folders opened.
    ///
    /// # Errors
    /// When a tree is missing or damaged.
    pub fn compare(&self, old: Option<Oid>, new: Oid, most: usize) -> Result<Compared> {
        let mut walk =
            Walk { repository: self, most, folders: most.saturating_mul(8).saturating_add(64), found: Vec::new() };
        Ok(match walk.folder(old, Some(new), "", true, 0)? {
            None => Compared::Files(walk.found),
            Some(Stop::TooMany) => Compared::TooMany,
            Some(Stop::Malformed(path)) => Compared::Malformed(path),
        })
    }

    /// The blob of the file at `path` in the tree `top`; `None` where there is no plain file.
    ///
    /// # Errors
    /// When a tree is missing or damaged.
    pub fn blob_at(&self, top: Oid, path: &str) -> Result<Option<Oid>> {
        let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
        let Some(folder) = super::revision::folder(self, top, above)? else { return Ok(None) };
        let found = super::revision::entry(self, folder, name, path)?;
        Ok(found.filter(|(mode, _)| tree::is_file(*mode)).map(|(_, id)| id))
    }

    /// The commit that a revision stands for, written in any way that git knows.
    ///
    /// # Errors
    /// When there is none.
    pub fn revision(&self, revision: &str) -> Result<Oid> {
        super::revision::resolve(self, revision)?.0.ok_or_else(|| {
            crate::Error::other(format!("`{revision}` is no commit"), "name a commit, a branch or a tag")
        })
    }

    /// As [`revision`](Repository::revision), and `None` where there is nothing of this name, or it is no commit.
    ///
    /// # Errors
    /// When an object that it leads over can't be read, or boards doesn't support this way of naming a revision.
    pub fn commit_named(&self, revision: &str) -> Result<Option<Oid>> {
        Ok(super::revision::find(self, revision)?.and_then(|(commit, _)| commit))
    }

    /// The folder at `path` in the tree `top`; `None` where there is none.
    ///
    /// # Errors
    /// When a tree is missing or damaged.
    pub fn folder_at(&self, top: Oid, path: &str) -> Result<Option<Oid>> {
        super::revision::folder(self, top, path)
    }

    /// How many bytes the blob `id` has.
    ///
    /// # Errors
    /// When it is missing or no blob.
    pub fn size(&self, id: Oid, name: &str) -> Result<u64> {
        self.reading(|objects| match objects.head(id) {
            Ok((ObjectType::Blob, length)) => Ok(length as u64),
            Ok((kind, _)) => Err(repository::unreadable(name, ObjectType::Blob, id, &format!("it is a {kind}"))),
            Err(why) => Err(repository::unreadable(name, ObjectType::Blob, id, &why)),
        })
    }
}

/// The id that git gives a file with these bytes.
#[must_use]
pub fn blob_id(bytes: &[u8]) -> Oid {
    tree::hash(ObjectType::Blob, bytes)
}

enum Stop {
    TooMany,
    Malformed(String),
}

struct Walk<'a> {
    repository: &'a Repository,
    most: usize,
    /// How many folders may still be opened.
    folders: usize,
    found: Vec<Difference>,
}

impl Walk<'_> {
    fn folder(
        &mut self,
        old: Option<Oid>,
        new: Option<Oid>,
        path: &str,
        plain: bool,
        depth: usize,
    ) -> Result<Option<Stop>> {
        if self.folders == 0 || depth > DEEPEST_LEVELS {
            return Ok(Some(Stop::TooMany));
        }
        self.folders -= 1;
        let read = |id: Option<Oid>| {
            id.map_or_else(|| Ok(Vec::new()), |id| self.repository.object(ObjectType::Tree, id, path))
        };
        let (before, after) = (read(old)?, read(new)?);
        if new.is_some() && !sound(&after) {
            return Ok(Some(Stop::Malformed(path.to_owned())));
        }
        for pair in tree::beside(&before, &after) {
            let damaged = || {
                let id = old.or(new).unwrap_or(Oid::ZERO_SHA1);
                repository::unreadable(path, ObjectType::Tree, id, "its entries are malformed")
            };
            let (left, right) = pair.ok_or_else(damaged)?;
            let Some(name) = left.or(right).map(|item| item.name) else { continue };
            let text = String::from_utf8_lossy(name);
            let plain = plain && text.as_bytes() == name && !odd(&text);
            let below = if path.is_empty() { text.into_owned() } else { format!("{path}/{text}") };
            let folder = |item: Option<tree::Item<'_>>| item.filter(tree::Item::is_folder).map(|item| item.oid());
            let file =
                |item: Option<tree::Item<'_>>| item.filter(|item| !item.is_folder()).map(|item| self::file(&item));
            let (old, new) = (file(left), file(right));
            if old != new {
                if self.found.len() >= self.most {
                    return Ok(Some(Stop::TooMany));
                }
                self.found.push(Difference { path: below.clone(), plain, old, new });
            }
            let (old, new) = (folder(left), folder(right));
            if old != new
                && let Some(stop) = self.folder(old, new, &below, plain, depth + 1)?
            {
                return Ok(Some(stop));
            }
        }
        Ok(None)
    }
}

fn file(item: &tree::Item<'_>) -> File {
    let mode = match item.mode {
        FILE => Mode::Plain,
        LINK => Mode::Link,
        PROGRAM => Mode::Program,
        // Very old repositories have files that the group may write.
        _ if item.is_file() => Mode::Program,
        _ => Mode::Submodule,
    };
    File { mode, id: item.oid() }
}

/// Whether a name isn't one, or one that git keeps for itself on some system.
fn odd(name: &str) -> bool {
    name == "."
        || name == ".."
        || name.contains('/')
        || name.contains('\\')
        || name.to_ascii_lowercase().starts_with(".git")
}

/// Whether a tree object is as git writes it: sorted, every name once, modes in their one spelling.
fn sound(raw: &[u8]) -> bool {
    let mut again = Vec::with_capacity(raw.len());
    let mut names: HashSet<&[u8]> = HashSet::new();
    let mut last: Option<tree::Item<'_>> = None;
    for item in tree::items(raw) {
        let Some(item) = item else { return false };
        let after =
            last.is_none_or(|last| tree::order((last.name, last.is_folder()), (item.name, item.is_folder())).is_lt());
        if !after || !names.insert(item.name) {
            return false;
        }
        tree::append(&mut again, item.mode, item.name, item.oid());
        last = Some(item);
    }
    again == raw
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::sample::{TestRepository, files};
    use crate::git::tree::{FOLDER, append};

    fn tree_of(sample: &TestRepository, entries: &[(u32, &str, Oid)]) -> Oid {
        let mut raw = Vec::new();
        entries.iter().for_each(|(mode, name, id)| append(&mut raw, *mode, name.as_bytes(), *id));
        sample.repository.odb().unwrap().write(ObjectType::Tree, &raw).unwrap()
    }

    fn open(sample: &TestRepository) -> Repository {
        Repository::find(sample.path()).unwrap().unwrap()
    }

    #[test]
    fn only_files_that_differ_are_told() {
        let sample = TestRepository::new();
        let old = sample.commit(&files(&[("a/b/x", "1"), ("a/y", "1"), ("z", "1")]), &[], "ada", 1);
        let new = sample.commit(&files(&[("a/b/x", "2"), ("a/y", "1"), ("z/z", "1")]), &[], "ada", 2);
        let repository = open(&sample);
        let tree = |id| repository.commit(id).unwrap().tree;
        let Compared::Files(found) = repository.compare(Some(tree(old)), tree(new), 10).unwrap() else { panic!() };
        let told: Vec<_> = found.iter().map(|it| (it.path.as_str(), it.old.is_some(), it.new.is_some())).collect();
        assert_eq!(told, [("a/b/x", true, true), ("z", true, false), ("z/z", false, true)]);
        assert_eq!(repository.compare(Some(tree(old)), tree(new), 2).unwrap(), Compared::TooMany);
        assert_eq!(repository.compare(Some(tree(old)), tree(old), 0).unwrap(), Compared::Files(vec![]));
        assert_eq!(repository.ancestors(old).unwrap().len(), 1);
    }

    #[test]
    fn a_folder_that_holds_itself_many_times_over_ends() {
        let sample = TestRepository::new();
        let mut id = sample.repository.blob(b"x").unwrap();
        let mut mode = FILE;
        for _ in 0..40 {
            id = tree_of(&sample, &[(mode, "a", id), (mode, "b", id), (mode, "c", id)]);
            mode = FOLDER;
        }
        assert_eq!(open(&sample).compare(None, id, 20).unwrap(), Compared::TooMany);
        let empty = tree_of(&sample, &[]);
        let mut id = empty;
        for _ in 0..40 {
            id = tree_of(&sample, &[(FOLDER, "a", id), (FOLDER, "b", id)]);
        }
        assert_eq!(open(&sample).compare(None, id, 20).unwrap(), Compared::TooMany);
    }

    #[test]
    fn a_tree_that_git_would_not_write_is_told() {
        let sample = TestRepository::new();
        let blob = sample.repository.blob(b"x").unwrap();
        let zero = [&b"0100644 a\0"[..], blob.as_bytes()].concat();
        let zero = sample.repository.odb().unwrap().write(ObjectType::Tree, &zero).unwrap();
        let folder = tree_of(&sample, &[(FILE, "x", blob)]);
        for bad in [
            tree_of(&sample, &[(FILE, "b", blob), (FILE, "a", blob)]),
            tree_of(&sample, &[(FILE, "a", blob), (FILE, "a", blob)]),
            tree_of(&sample, &[(FILE, "a", blob), (FILE, "a-b", blob), (FOLDER, "a", folder)]),
            zero,
        ] {
            let top = tree_of(&sample, &[(FOLDER, "t", bad)]);
            assert_eq!(open(&sample).compare(None, top, 20).unwrap(), Compared::Malformed(String::from("t")));
        }
    }

    #[test]
    fn what_is_no_plain_file_is_named() {
        let sample = TestRepository::new();
        let blob = sample.repository.blob(b"x").unwrap();
        let top = tree_of(
            &sample,
            &[(FILE, ".GIT", blob), (LINK, "link", blob), (PROGRAM, "run", blob), (0o160_000, "sub", blob)],
        );
        let Compared::Files(found) = open(&sample).compare(None, top, 20).unwrap() else { panic!() };
        let told: Vec<_> = found.iter().map(|it| (it.plain, it.new.map(|file| file.mode))).collect();
        let expected = [(false, Mode::Plain), (true, Mode::Link), (true, Mode::Program), (true, Mode::Submodule)];
        assert_eq!(told, expected.map(|(plain, mode)| (plain, Some(mode))));
    }
}
