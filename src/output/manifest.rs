//! The list of the files that boards made in an output folder, each with the key of what it shows. It is one file of
//! blocks: the list as it was once written whole, then what each build since has changed of it, so that a small change is
//! quickly written however many files there are.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::git::file_within;
use crate::key::Key;

/// The list's name in the output folder.
pub(super) const MANIFEST: &str = ".boards";
/// The name of the file with the [digest](Digest) of all files that the list names.
pub(super) const DIGEST: &str = ".boards-digest";
/// The name of the note of a build that is at work: the files that it will make. Where it is found, a build was killed.
pub(super) const JOURNAL: &str = ".boards-at-work";

/// The first bytes of both; the digit is the layout's version.
const MAGIC: &[u8; 8] = b"boardsM3";

/// Before a block stand its length and its key.
const HEAD_BYTES: usize = 8 + 16;

/// The list: what the site as a whole is made from, and its files by path.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// The key of everything that the site is made from.
    pub site: Key,
    /// The files that boards made.
    pub files: Vec<Listed>,
}

/// A file that boards made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// Its path below the output folder, `/` between its parts.
    pub path: String,
    /// The key of what that was made from.
    pub source: Key,
    /// The key of what it shows.
    pub key: Key,
    /// The key of its bytes.
    pub bytes: Key,
    /// How many bytes it has.
    pub size: u64,
}

/// What a build has changed of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ManifestChange {
    /// The key of everything that the site is now made from.
    pub site: Key,
    /// The files of which the list says something else, or nothing yet.
    pub files: Vec<Listed>,
    /// The paths of those that are gone.
    pub gone: Vec<String>,
}

impl ManifestChange {
    /// How much it adds to the list: the files that it is about, and itself.
    pub(super) fn len(&self) -> usize {
        1 + self.files.len() + self.gone.len()
    }

    fn files(self) -> impl Iterator<Item = (String, Option<Listed>)> {
        let files = self.files.into_iter().map(|file| (file.path.clone(), Some(file)));
        files.chain(self.gone.into_iter().map(|path| (path, None)))
    }
}

/// A sum over the paths and keys of a site's files, in whatever order. It lies beside the list, so that a list that isn't
/// the one of the files in the folder, but an older one or another site's, is noticed. It tells accidents, as the list's
/// own keys do; who could forge the list could forge it as well.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Digest(u128);

impl Digest {
    pub(super) fn add(&mut self, file: &Listed) {
        self.0 = self.0.wrapping_add(Digest::of(file));
    }

    pub(super) fn remove(&mut self, file: &Listed) {
        self.0 = self.0.wrapping_sub(Digest::of(file));
    }

    fn of(file: &Listed) -> u128 {
        let path = u128::from(crc32fast::hash(file.path.as_bytes())) << 1 | 1;
        u128::from_le_bytes(file.bytes.0).wrapping_mul(path)
    }

    /// Its one line.
    fn line(self) -> String {
        format!("{:032x}\n", self.0)
    }

    /// Writes the digest to `place`.
    ///
    /// # Errors
    /// The disk is full, the folder can't be written.
    pub(super) fn store(self, place: &Path) -> io::Result<()> {
        fs::write(place, self.line())
    }

    /// The digest in the folder `dir`; `None` when there is none or it is damaged.
    fn read(dir: &Path) -> Option<Digest> {
        let line = String::from_utf8(within(&dir.join(DIGEST))?).ok()?;
        let digest = Digest(u128::from_str_radix(line.trim_end(), 16).ok()?);
        (digest.line() == line).then_some(digest)
    }
}

/// The list of a folder as it was found.
#[derive(Debug, Default)]
pub(super) struct Opened {
    pub manifest: Manifest,
    /// How much more may be [added](add) to it before it is better written whole.
    pub room: usize,
    /// Nothing tells that the files are those of this list: each is believed only when its bytes were looked at.
    pub doubted: bool,
}

/// What of a list has changed, by path: another file, or none any more.
type Changed = BTreeMap<String, Option<Listed>>;

impl Manifest {
    /// The list of the folder `dir`, by path; `None` when there is none, it is damaged, or the folder's
    /// [digest](Digest) tells that it is of other files.
    pub(super) fn open(dir: &Path) -> Option<Opened> {
        let bytes = within(&dir.join(MANIFEST))?;
        let (first, mut rest) = block(bytes.strip_prefix(MAGIC)?)?;
        let mut manifest: Manifest = postcard::from_bytes(first).ok()?;
        // As it was written; but a list may come from elsewhere.
        manifest.files.sort_by(|a, b| a.path.cmp(&b.path));
        let (mut room, mut changed) = (16 + manifest.files.len() / 8, Changed::new());
        while let Some((change, after)) = block(rest) {
            let change: ManifestChange = postcard::from_bytes(change).ok()?;
            room = room.saturating_sub(change.len());
            manifest.site = change.site;
            changed.extend(change.files());
            rest = after;
        }
        // A change may not have been written to its end, and behind it none would be found. But then the build that wrote
        // it has left its note; without one there is damage, and the list could be older than the files.
        let whole = rest.is_empty();
        let killed = dir.join(JOURNAL).exists();
        if !whole && !killed {
            return None;
        }
        let manifest = manifest.with(changed);
        let digest = Digest::read(dir);
        let is_own = killed || digest.is_none_or(|digest| digest == manifest.digest());
        is_own.then_some(Opened { manifest, room: if whole { room } else { 0 }, doubted: digest.is_none() })
    }

    /// The digest of its files.
    pub(super) fn digest(&self) -> Digest {
        let mut digest = Digest::default();
        self.files.iter().for_each(|file| digest.add(file));
        digest
    }

    /// The list after a change.
    pub(super) fn after(self, mut change: ManifestChange) -> Manifest {
        if self.files.is_empty() {
            change.files.sort_by(|a, b| a.path.cmp(&b.path));
            return Manifest { site: change.site, files: change.files };
        }
        Manifest { site: change.site, ..self }.with(change.files().collect())
    }

    fn with(mut self, changed: Changed) -> Manifest {
        let (mut fresh, mut gone) = (Vec::new(), HashSet::new());
        for (path, file) in changed {
            match (self.files.binary_search_by(|file| file.path.cmp(&path)), file) {
                (Ok(at), Some(file)) => self.files[at] = file,
                (Err(_), Some(file)) => fresh.push(file),
                (Ok(_), None) => drop(gone.insert(path)),
                (Err(_), None) => {}
            }
        }
        if !gone.is_empty() {
            self.files.retain(|file| !gone.contains(&file.path));
        }
        if !fresh.is_empty() {
            self.files.extend(fresh);
            // Both parts are in order already, which this sort makes use of.
            self.files.sort_by(|a, b| a.path.cmp(&b.path));
        }
        self
    }

    /// Writes the whole list to `place`; it is on the disk then.
    ///
    /// # Errors
    /// The disk is full, the folder can't be written.
    pub(super) fn store(&self, place: &Path) -> io::Result<()> {
        let mut file = File::create(place)?;
        file.write_all(&bytes(self, self.files.len()))?;
        file.sync_data()
    }
}

/// Adds a change to the list of the folder `dir`, which is on the disk then.
///
/// # Errors
/// The disk is full, the list can't be written.
pub(super) fn add(dir: &Path, change: &ManifestChange) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).open(dir.join(MANIFEST))?;
    file.write_all(&bytes(change, change.len())[MAGIC.len()..])?;
    file.sync_data()
}

/// The first block of some bytes, and what is behind it; `None` where there is no whole one.
fn block(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    let (check, rest) = rest.split_at_checked(HEAD_BYTES - 8)?;
    let (block, rest) = rest.split_at_checked(u64::from_le_bytes(*length).try_into().ok()?)?;
    (check == Key::of_bytes(block).0).then_some((block, rest))
}

/// The most bytes of a list; that of a million pages has a tenth of that.
const LARGEST_BYTES: u64 = 1 << 30;

/// The bytes of a list, unless it is no file or has more than any list.
fn within(path: &Path) -> Option<Vec<u8>> {
    let found = fs::symlink_metadata(path).ok()?;
    if found.is_file() { file_within(path, LARGEST_BYTES).ok()?.ok() } else { None }
}

/// Reads what was written as [`bytes`]; `None` when it isn't there or is damaged.
pub(super) fn read<T: for<'de> Deserialize<'de>>(path: &Path) -> Option<T> {
    let bytes = within(path)?;
    postcard::from_bytes(block(bytes.strip_prefix(MAGIC)?)?.0).ok()
}

/// A file of one block: something about so many files.
pub(super) fn bytes(list: &(impl Serialize + ?Sized), files: usize) -> Vec<u8> {
    const START_BYTES: usize = MAGIC.len() + HEAD_BYTES;
    // Longer paths than most have still fit.
    let mut bytes = Vec::with_capacity(START_BYTES + 192 * files);
    bytes.resize(START_BYTES, 0);
    let mut bytes = postcard::to_extend(list, bytes).unwrap_or_else(|_| vec![0; START_BYTES]);
    let block = &bytes[START_BYTES..];
    let (length, check) = ((block.len() as u64).to_le_bytes(), Key::of_bytes(block));
    bytes.splice(..START_BYTES, MAGIC.iter().chain(&length).chain(&check.0).copied());
    bytes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn listed(path: u8, key: u8) -> Listed {
        let key = Key([key; 16]);
        Listed { path: format!("{path:02}/index.html"), source: key, key, bytes: key, size: u64::from(path) }
    }

    fn files() -> impl Strategy<Value = Vec<Listed>> {
        let of =
            |all: std::collections::BTreeMap<u8, u8>| all.into_iter().map(|(path, key)| listed(path, key)).collect();
        prop::collection::btree_map(0_u8..30, any::<u8>(), 0..20).prop_map(of)
    }

    /// From one list to another.
    fn change(from: &Manifest, to: &Manifest) -> ManifestChange {
        let files = to.files.iter().filter(|file| !from.files.contains(file)).cloned().collect();
        let stays = |file: &&Listed| to.files.iter().any(|other| other.path == file.path);
        let gone = from.files.iter().filter(|file| !stays(file)).map(|file| file.path.clone()).collect();
        ManifestChange { site: to.site, files, gone }
    }

    /// What a folder's list says, and how much may be added to it.
    fn opened(dir: &Path) -> Option<(Manifest, usize)> {
        Manifest::open(dir).map(|opened| (opened.manifest, opened.room))
    }

    #[test]
    fn a_list_of_other_files_is_no_list_and_one_without_a_digest_is_doubted() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path();
        let lists = [[listed(1, 1), listed(2, 2)], [listed(1, 1), listed(2, 3)]];
        let [one, other] = lists.map(|files| Manifest { site: Key([1; 16]), files: files.into() });
        one.store(&dir.join(MANIFEST)).unwrap();
        assert!(Manifest::open(dir).unwrap().doubted);
        one.digest().store(&dir.join(DIGEST)).unwrap();
        assert!(!Manifest::open(dir).unwrap().doubted);
        other.store(&dir.join(MANIFEST)).unwrap();
        assert_eq!(opened(dir), None);
        for damaged in ["", "0", "no digest\n", &other.digest().line()[1..]] {
            fs::write(dir.join(DIGEST), damaged).unwrap();
            assert!(Manifest::open(dir).unwrap().doubted, "{damaged:?}");
        }
    }

    proptest! {
        #[test]
        fn a_list_with_changes_is_the_last_that_was_written_to_its_end(
            all in prop::collection::vec(files(), 1..5),
            cut in 0_usize..60,
        ) {
            let dir = tempfile::tempdir().unwrap();
            let (dir, mut last) = (dir.path(), Manifest::default());
            last.store(&dir.join(MANIFEST)).unwrap();
            for (files, site) in all.into_iter().zip(1..) {
                let next = Manifest { site: Key([site; 16]), files };
                add(dir, &change(&last, &next)).unwrap();
                prop_assert_eq!(&opened(dir).unwrap().0, &next);
                last = next;
            }
            // Cut within the last of them, it isn't known, and nothing may be added behind it.
            let before = opened(dir).unwrap();
            let whole = fs::read(dir.join(MANIFEST)).unwrap();
            add(dir, &ManifestChange::default()).unwrap();
            let added = fs::read(dir.join(MANIFEST)).unwrap();
            let end = (whole.len() + 1 + cut).min(added.len() - 1);
            fs::write(dir.join(MANIFEST), &added[..end]).unwrap();
            prop_assert_eq!(opened(dir), None);
            fs::write(dir.join(JOURNAL), "").unwrap();
            prop_assert_eq!(opened(dir), Some((before.0, 0)));
        }
    }
}
