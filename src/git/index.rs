//! git's index file → the tracked files with what the disk said of each when its id was written down. Read-only, and
//! only of plain forms: a split or sparse index is refused.
//!
//! The form is git's own, `gitformat-index(5)`, versions 2 to 4. libgit2 would read it too, but hashes it whole and
//! takes ten times as long.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;

use git2::Oid;

use super::disk::Stamp;
use super::tree::{self, oid};
use crate::{Error, Result};

/// The tracked files, sorted by path.
#[derive(Debug, Default)]
pub(super) struct Index {
    names: Vec<u8>,
    entries: Vec<Tracked>,
    /// Folders of which git has written down the tree id, by their paths, with the number of files below.
    folders: HashMap<Vec<u8>, (usize, Oid)>,
    written: (i64, u32),
}

/// A tracked file or submodule.
#[derive(Debug)]
pub(super) struct Tracked {
    pub(super) id: Oid,
    pub(super) mode: u32,
    name: Range<usize>,
    /// Neither in conflict nor only announced.
    plain: bool,
    size: u32,
    modified: (u32, u32),
    changed: (u32, u32),
    inode: u32,
}

/// How much of what the disk says counts, by the repository's settings.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trust {
    /// `core.trustCtime`: whether nothing but git changes files behind their back.
    pub(super) changed: bool,
}

impl Index {
    /// The index of the repository at `place`; empty where there is none.
    ///
    /// # Errors
    /// When the file can't be read or is of a form that boards doesn't know.
    pub(super) fn read(place: &Path) -> Result<Index> {
        let path = place.join("index");
        let (bytes, metadata) = match std::fs::read(&path).and_then(|bytes| Ok((bytes, std::fs::metadata(&path)?))) {
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Index::default()),
            Err(error) => return Err(Error::io(path)(error)),
        };
        Index::parse(&bytes, Stamp::of(&metadata).modified).ok_or_else(|| {
            Error::other(
                format!("{}: this index is damaged, split or sparse, which boards can't read", path.display()),
                "`git update-index --no-split-index` and `git sparse-checkout disable` make it plain; `git reset` \
                 writes a damaged one anew. Or name a commit with `--rev`: that needs no index",
            )
        })
    }

    fn parse(bytes: &[u8], written: (i64, u32)) -> Option<Index> {
        let (b"DIRC", rest) = bytes.split_first_chunk()? else { return None };
        let (version, rest) = number(rest)?;
        let (count, mut rest) = number(rest)?;
        let mut index = Index { written, ..Index::default() };
        // Each entry has 62 bytes and more: a false count can't ask for much memory.
        index.entries.reserve(bytes.len().min(count as usize * 62) / 62);
        for _ in 0..count {
            rest = index.push(rest, version)?;
        }
        // After the entries come extensions, and the checksum last. One that isn't in capitals changes what the
        // entries mean.
        while rest.len() > 20 {
            let (signature, after) = rest.split_first_chunk::<4>()?;
            let (length, after) = number(after)?;
            let (extension, after) =
                after.split_at_checked(length as usize).filter(|_| signature[0].is_ascii_uppercase())?;
            if signature == b"TREE" {
                index.folders = folders(extension).unwrap_or_default();
            }
            rest = after;
        }
        (rest.len() == 20).then_some(index)
    }

    /// Reads one entry and returns what follows it.
    fn push<'b>(&mut self, entry: &'b [u8], version: u32) -> Option<&'b [u8]> {
        let (fixed, rest) = entry.split_first_chunk::<62>()?;
        let (words, _) = fixed.as_chunks::<4>();
        let word = |at: usize| u32::from_be_bytes(words[at]);
        let flags = u16::from_be_bytes([fixed[60], fixed[61]]);
        let (more, rest) = match flags & 0x4000 {
            0 => (0, rest),
            _ if version < 3 => return None,
            _ => rest.split_first_chunk().map(|(more, rest)| (u16::from_be_bytes(*more), rest))?,
        };
        let start = self.names.len();
        let rest = match version {
            2 | 3 => {
                let length = memchr::memchr(0, rest)?;
                self.names.extend_from_slice(&rest[..length]);
                // At least one NUL, so that each entry's length is a multiple of eight.
                let used = entry.len() - rest.len() + length;
                entry.get(used + 8 - used % 8..)?
            }
            4 => {
                let (dropped, rest) = varying(rest)?;
                let before = self.entries.last().map_or(0..0, |last| last.name.clone());
                self.names.extend_from_within(before.start..before.end.checked_sub(dropped)?.max(before.start));
                let length = memchr::memchr(0, rest)?;
                self.names.extend_from_slice(&rest[..length]);
                &rest[length + 1..]
            }
            _ => return None,
        };
        self.entries.push(Tracked {
            id: oid(&fixed[40..60]),
            mode: word(6),
            name: start..self.names.len(),
            plain: flags & 0x3000 == 0 && more & 0x2000 == 0,
            size: word(9),
            modified: (word(2), word(3)),
            changed: (word(0), word(1)),
            inode: word(5),
        });
        Some(rest)
    }

    /// The tree id of the folder in which just these entries lie and whose path has `length` bytes with its slash, as
    /// git has written it down: true of the entries as the index has them.
    pub(super) fn tree(&self, entries: &[Tracked], length: usize) -> Option<Oid> {
        let path = self.names.get(entries.first()?.name.clone())?.get(..length.checked_sub(1)?)?;
        self.folders.get(path).filter(|(count, _)| *count == entries.len()).map(|(_, id)| *id)
    }

    /// All entries.
    pub(super) fn all(&self) -> &[Tracked] {
        &self.entries
    }

    /// Of `entries`, which all lie in one folder whose path has `length` bytes with its slash, the one of this name.
    pub(super) fn find<'t>(&self, entries: &'t [Tracked], length: usize, name: &[u8]) -> Option<&'t Tracked> {
        let found = entries.binary_search_by(|entry| self.below(entry, length).cmp(name)).ok()?;
        Some(&entries[found])
    }

    /// Of such entries, those in the folder of this name.
    pub(super) fn inside<'t>(&self, entries: &'t [Tracked], length: usize, name: &[u8]) -> &'t [Tracked] {
        let side = |entry: &Tracked| {
            let path = self.below(entry, length);
            path.get(..name.len() + 1).unwrap_or(path).iter().cmp(name.iter().chain(b"/"))
        };
        let start = entries.partition_point(|entry| side(entry).is_lt());
        let count = entries[start..].partition_point(|entry| side(entry).is_eq());
        &entries[start..start + count]
    }

    /// The mode and id of the file at `path`; none where it isn't tracked.
    ///
    /// # Errors
    /// When the file is in conflict or only announced.
    pub(super) fn state(&self, path: &[u8]) -> Result<Option<(u32, Oid)>, ()> {
        match self.find(&self.entries, 0, path) {
            Some(entry) if entry.plain => Ok(Some((entry.mode, entry.id))),
            Some(_) => Err(()),
            None => Ok(None),
        }
    }

    fn below(&self, entry: &Tracked, length: usize) -> &[u8] {
        self.names[entry.name.clone()].get(length..).unwrap_or_default()
    }

    /// Whether the file on the disk is still the one whose id the entry has. `false` may be said of an unchanged file.
    ///
    /// A file that was written as late as the index may have been written again at the same moment, and git writes
    /// size 0 where it knows of that.
    pub(super) fn holds(&self, entry: &Tracked, stamp: &Stamp, trust: Trust) -> bool {
        let same = |stored: (u32, u32), found: (i64, u32)| stored == (found.0 as u32, found.1);
        entry.plain
            && tree::is_file(entry.mode)
            && entry.size == stamp.size as u32
            && same(entry.modified, stamp.modified)
            && (!trust.changed || same(entry.changed, stamp.changed))
            && (entry.inode == 0 || stamp.inode == 0 || entry.inode == stamp.inode as u32)
            && stamp.modified < self.written
            && (entry.size > 0 || entry.id == tree::hash(git2::ObjectType::Blob, b""))
    }
}

/// The extension `TREE`: for each folder, before those in it, `name NUL files SP folders LF`, then the tree's id unless
/// the number of files is negative, which says that it isn't known.
fn folders(mut rest: &[u8]) -> Option<HashMap<Vec<u8>, (usize, Oid)>> {
    let mut folders = HashMap::new();
    let mut path: Vec<u8> = Vec::new();
    // For each folder around: how long its path is, and how many are to come in it.
    let mut around: Vec<(usize, usize)> = Vec::new();
    while !rest.is_empty() {
        let (name, after) = rest.split_at(memchr::memchr(0, rest)?);
        let (numbers, after) = after[1..].split_at(memchr::memchr(b'\n', &after[1..])?);
        let (files, inside) = std::str::from_utf8(numbers).ok()?.split_once(' ')?;
        while let Some((length, left)) = around.last_mut() {
            path.truncate(*length);
            if *left > 0 {
                *left -= 1;
                break;
            }
            around.pop();
        }
        if !path.is_empty() {
            path.push(b'/');
        }
        path.extend_from_slice(name);
        around.push((path.len(), inside.parse().ok()?));
        rest = &after[1..];
        if let Ok(files) = files.parse::<usize>() {
            let (id, after) = rest.split_at_checked(20)?;
            folders.insert(path.clone(), (files, oid(id)));
            rest = after;
        }
    }
    Some(folders)
}

fn number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    bytes.split_first_chunk().map(|(number, rest)| (u32::from_be_bytes(*number), rest))
}

/// A number of seven bits a byte, as in pack files' offsets: each byte but the last has its high bit set and adds one.
fn varying(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0_usize;
    for (at, byte) in bytes.iter().enumerate().take(8) {
        value = value << 7 | usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((value, &bytes[at + 1..]));
        }
        value += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(version: u32) -> Option<Vec<String>> {
        let folder = tempfile::tempdir().unwrap();
        let repository = git2::Repository::init(folder.path()).unwrap();
        let mut index = repository.index().unwrap();
        for path in ["a-b/c.md", "a.md", "a/b.md", "a/c/d.md", "a/c/e.md", "a0.md"] {
            let file = folder.path().join(path);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(&file, path).unwrap();
            index.add_path(Path::new(path)).unwrap();
        }
        index.set_version(version).unwrap();
        index.write().unwrap();
        let index = Index::read(repository.path()).unwrap();
        let inside = index.inside(index.all(), 0, b"a");
        assert_eq!(inside.len(), 3);
        assert_eq!(index.inside(inside, 2, b"c").len(), 2);
        assert!(index.find(inside, 2, b"b.md").is_some());
        assert!(index.find(inside, 2, b"c").is_none());
        Some(
            index
                .all()
                .iter()
                .map(|entry| String::from_utf8_lossy(&index.names[entry.name.clone()]).into_owned())
                .collect(),
        )
    }

    #[test]
    fn all_versions_are_read() {
        let expected = ["a-b/c.md", "a.md", "a/b.md", "a/c/d.md", "a/c/e.md", "a0.md"];
        for version in 2..=4 {
            assert_eq!(names(version).unwrap(), expected, "version {version}");
        }
    }

    #[test]
    fn an_extension_that_must_be_understood_is_refused() {
        let mut bytes = b"DIRC\0\0\0\x02\0\0\0\0".to_vec();
        bytes.extend_from_slice(b"link\0\0\0\0");
        bytes.extend_from_slice(&[0; 20]);
        assert!(Index::parse(&bytes, (0, 0)).is_none());
        bytes[12..16].copy_from_slice(b"TREE");
        assert!(Index::parse(&bytes, (0, 0)).is_some());
    }

    #[test]
    fn trees_that_git_has_written_down_are_known() {
        let folder = tempfile::tempdir().unwrap();
        let repository = git2::Repository::init(folder.path()).unwrap();
        let mut index = repository.index().unwrap();
        for path in ["a/b/c.md", "a/b/d.md", "a/e.md", "f/g.md", "h.md"] {
            let file = folder.path().join(path);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(&file, path).unwrap();
            index.add_path(Path::new(path)).unwrap();
        }
        let top = repository.find_tree(index.write_tree().unwrap()).unwrap();
        index.write().unwrap();
        let index = Index::read(repository.path()).unwrap();
        for (path, files) in [("a", 3), ("a/b", 2), ("f", 1)] {
            let mut inside = index.all();
            let mut length = 0;
            for part in path.split('/') {
                inside = index.inside(inside, length, part.as_bytes());
                length += part.len() + 1;
            }
            assert_eq!(inside.len(), files);
            assert_eq!(index.tree(inside, length), Some(top.get_path(Path::new(path)).unwrap().id()), "{path}");
        }
        assert_eq!(folders(b"a\x003 1\n"), None);
        assert_eq!(folders(b"\x00-1 1\na\x00-1 0\n"), Some(HashMap::new()));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(version in 2_u8..5, count: u8, rest in proptest::collection::vec(any::<u8>(), 0..400)) {
            let mut bytes = b"DIRC\0\0\0\0\0\0\0\0".to_vec();
            (bytes[7], bytes[11]) = (version, count);
            bytes.extend(rest);
            let _ = Index::parse(&bytes, (0, 0));
        }
    }
}
