//! A snapshot and a file more or less → the snapshot that there would be then, in memory. Nothing is written.

use git2::{ObjectType, Oid};
use rustc_hash::FxHashMap;

use super::snapshot::Snapshot;
use super::tree::{self, FILE, FOLDER, hash};
use crate::{Error, Result};

/// What a snapshot has besides what lies in the repository or on the disk.
#[derive(Debug, Default)]
pub(super) struct Overlay {
    pub(super) trees: FxHashMap<Oid, Vec<u8>>,
    pub(super) blobs: FxHashMap<Oid, Vec<u8>>,
}

impl Snapshot {
    /// This snapshot with a file of these bytes at `path` below the content folder, instead of what is there.
    ///
    /// # Errors
    /// A folder on the way can't be read, or is a file.
    pub fn with(self, path: &str, bytes: Vec<u8>) -> Result<Snapshot> {
        self.exchanged(path, Some(bytes))
    }

    /// This snapshot without the file or folder at `path` below the content folder, and without the folders that are
    /// left empty.
    ///
    /// # Errors
    /// A folder on the way can't be read, or is a file.
    pub fn without(self, path: &str) -> Result<Snapshot> {
        self.exchanged(path, None)
    }

    fn exchanged(mut self, path: &str, bytes: Option<Vec<u8>>) -> Result<Snapshot> {
        let parts: Vec<&str> = path.split('/').collect();
        let mut raws = vec![self.raw(self.root())?.into_owned()];
        for part in parts.iter().take(parts.len() - 1) {
            let raw = raws.last().map(Vec::as_slice).unwrap_or_default();
            let item = tree::items(raw).flatten().find(|item| item.name == part.as_bytes());
            raws.push(match item {
                None => Vec::new(),
                Some(item) if item.is_folder() => self.raw(item.oid())?.into_owned(),
                Some(_) => return Err(Error::other(format!("{path}: `{part}` is no folder"), "name another place")),
            });
        }
        let mut child = bytes.map(|bytes| {
            let id = hash(ObjectType::Blob, &bytes);
            self.overlay.blobs.insert(id, bytes);
            (FILE, id)
        });
        let mut root = self.root();
        for (depth, (raw, name)) in raws.iter().zip(&parts).enumerate().rev() {
            let raw = replaced(raw, name.as_bytes(), child);
            child = (depth == 0 || !raw.is_empty()).then(|| {
                root = hash(ObjectType::Tree, &raw);
                self.overlay.trees.insert(root, raw);
                (FOLDER, root)
            });
        }
        self.set_root(root);
        Ok(self)
    }
}

/// A tree object's bytes with an entry put in, or with none, instead of another of the same name.
fn replaced(raw: &[u8], name: &[u8], entry: Option<(u32, Oid)>) -> Vec<u8> {
    let mut entries: Vec<(u32, &[u8], Oid)> = tree::items(raw)
        .flatten()
        .filter(|item| item.name != name)
        .map(|item| (item.mode, item.name, item.oid()))
        .collect();
    entries.extend(entry.map(|(mode, id)| (mode, name, id)));
    entries.sort_by(|a, b| tree::order((a.1, a.0 == FOLDER), (b.1, b.0 == FOLDER)));
    let mut out = Vec::with_capacity(raw.len() + name.len() + 28);
    entries.iter().for_each(|(mode, name, id)| tree::append(&mut out, *mode, name, *id));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::Source;
    use crate::git::sample::TestRepository;
    use crate::monitor::Quiet;

    fn opened(sample: &TestRepository, source: Source) -> Snapshot {
        Snapshot::open(sample.path(), "content", &source, &Quiet).unwrap()
    }

    /// Some files, none of which is in the way of `path`.
    fn before(path: &str) -> TestRepository {
        let sample = TestRepository::new();
        let fits = |old: &&&str| !old.starts_with(&format!("content/{path}/"));
        let old = ["content/a.md", "content/a/b/old.md", "content/a0/x.md"];
        old.iter().filter(fits).for_each(|old| sample.write(old, "old"));
        sample
    }

    #[test]
    fn a_file_laid_over_gives_the_ids_that_writing_it_gives() {
        for path in ["x.md", "a", "a/b/new.md", "a/b.md", "new/folder/x.md", "a/b/old.md"] {
            let sample = before(path);
            sample.add_all();
            for source in [Source::WorkingCopy, Source::Revision("HEAD".into())] {
                let laid = opened(&sample, source).with(path, b"new\n".to_vec()).unwrap();
                assert_eq!(laid.find(path, u64::MAX).unwrap().as_deref(), Some(&b"new\n"[..]), "{path}");
                assert_eq!(laid.find("a0/x.md", u64::MAX).unwrap().as_deref(), Some(&b"old"[..]), "{path}");
                let copy = before(path);
                copy.write(&format!("content/{path}"), "new\n");
                assert_eq!(laid.root(), opened(&copy, Source::WorkingCopy).root(), "{path}");
            }
        }
    }

    #[test]
    fn a_file_taken_away_gives_the_ids_that_removing_it_gives() {
        for path in ["a.md", "a/b/old.md", "a", "none.md", "none/x.md"] {
            let sample = before("x");
            sample.add_all();
            let less = opened(&sample, Source::Revision("HEAD".into())).without(path).unwrap();
            assert_eq!(less.find(path, u64::MAX).unwrap(), None, "{path}");
            let place = sample.path().join("content").join(path);
            let _ = if place.is_dir() { std::fs::remove_dir_all(&place) } else { std::fs::remove_file(&place) };
            assert_eq!(less.root(), opened(&sample, Source::WorkingCopy).root(), "{path}");
        }
    }

    #[test]
    fn nothing_is_written_and_a_file_is_no_folder() {
        let sample = TestRepository::new();
        sample.write("content/a.md", "old");
        let count = || walkdir::WalkDir::new(sample.path()).into_iter().count();
        let before = count();
        assert!(opened(&sample, Source::WorkingCopy).with("a.md/b.md", Vec::new()).is_err());
        opened(&sample, Source::WorkingCopy).with("b/c.md", b"new".to_vec()).unwrap();
        assert_eq!(count(), before);
    }
}
