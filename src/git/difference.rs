//! Two trees → the files in which they differ, with modes. Folders that are the same aren't opened, and no file is read.

use git2::{ObjectType, Odb, Oid};

use super::repository::{self, Repository};
use super::tree;
use crate::{Error, Result};

/// A file in which two trees differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its path from the top, as bytes: git knows no letters.
    pub path: Vec<u8>,
    /// Its mode and id in the first tree; none where it isn't there.
    pub old: Option<(u32, Oid)>,
    /// Its mode and id in the second tree; none where it isn't there.
    pub new: Option<(u32, Oid)>,
}

/// Folders nested deeper than this could be shown by no file system.
const DEEPEST: usize = 256;

/// The files in which two trees differ, in git's order. A tree that is none has no files.
///
/// # Errors
/// When a tree is missing or damaged, or nested beyond all reason.
pub fn differences(repository: &Repository, old: Option<Oid>, new: Option<Oid>) -> Result<Vec<Difference>> {
    repository.with(|handle| {
        let odb = handle.odb().map_err(Error::git("open the object store"))?;
        let mut found = Vec::new();
        folder(&odb, &mut Vec::new(), [old, new], 0, &mut found)?;
        Ok(found)
    })
}

fn folder(
    odb: &Odb<'_>,
    path: &mut Vec<u8>,
    sides: [Option<Oid>; 2],
    depth: usize,
    found: &mut Vec<Difference>,
) -> Result<()> {
    let [old, new] = sides;
    if old == new {
        return Ok(());
    }
    let name = String::from_utf8_lossy(path).into_owned();
    let damaged =
        |why: &str| repository::unreadable(&name, ObjectType::Tree, new.or(old).unwrap_or(Oid::ZERO_SHA1), why);
    if depth > DEEPEST {
        return Err(damaged("it lies too deep"));
    }
    let read = |id: Option<Oid>| match id {
        Some(id) => repository::read(odb, ObjectType::Tree, id, &name).map(|object| object.data().to_vec()),
        None => Ok(Vec::new()),
    };
    let (old, new) = (read(old)?, read(new)?);
    for pair in tree::beside(&old, &new) {
        let (old, new) = pair.ok_or_else(|| damaged("its entries make no sense"))?;
        let Some(name) = new.or(old).map(|item| item.name) else { continue };
        let length = path.len();
        if length > 0 {
            path.push(b'/');
        }
        path.extend_from_slice(name);
        let file = |item: Option<tree::Item<'_>>| item.filter(|item| !item.is_folder()).map(|it| (it.mode, it.oid()));
        let below = |item: Option<tree::Item<'_>>| item.filter(tree::Item::is_folder).map(|item| item.oid());
        if file(old).or(file(new)).is_some() {
            found.push(Difference { path: path.clone(), old: file(old), new: file(new) });
        }
        folder(odb, path, [below(old), below(new)], depth + 1, found)?;
        path.truncate(length);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::sample::{Sample, files};

    #[test]
    fn only_files_that_differ_are_found() {
        let sample = Sample::new();
        let [old, new] = [
            &[("a.md", "1"), ("a/b.md", "2"), ("c", "3"), ("e/f/g.md", "4")],
            &[("a.md", "1"), ("a/b.md", "new"), ("c/d.md", "3"), ("e/f/h.md", "4")],
        ]
        .map(|list| {
            let commit = sample.commit(&files(list), &[], "ada", 1);
            sample.repository.find_commit(commit).unwrap().tree_id()
        });
        let repository = Repository::find(sample.path()).unwrap().unwrap();
        let found = differences(&repository, Some(old), Some(new)).unwrap();
        let words = found.iter().map(|it| {
            let sides = format!("{}{}", u8::from(it.old.is_some()), u8::from(it.new.is_some()));
            format!("{} {sides}", String::from_utf8_lossy(&it.path))
        });
        assert_eq!(words.collect::<Vec<_>>(), ["a/b.md 11", "c 10", "c/d.md 01", "e/f/g.md 10", "e/f/h.md 01"]);
        assert_eq!(differences(&repository, Some(old), Some(old)).unwrap(), []);
        assert_eq!(differences(&repository, None, Some(old)).unwrap().len(), 4);
    }
}
