//! One output folder: what is in it, what may be written over, what is to be removed.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashSet};
use std::fs::{self, File};
use std::io;
use std::path::{Component, Path, PathBuf};

use rayon::prelude::*;

use super::below::Below;
use super::manifest::{self, DIGEST, Digest, JOURNAL, Listed, MANIFEST, Manifest, ManifestChange, Opened};
use crate::git::file_within;
use crate::key::Key;
use crate::monitor::{Monitor, Work};
use crate::{Error, Result};

/// The ending of a file that is not yet in its place.
const BESIDE: &str = ".boards-new";

/// An output folder that this process alone works on.
#[derive(Debug)]
pub struct Folder {
    dir: PathBuf,
    /// The key of the site that it shows; `None` when it shows none.
    site: Option<Key>,
    /// By path.
    listed: Vec<ListedFile>,
    /// How much may be added to the list before it is better written whole.
    room: usize,
    /// Files that a killed build may have made besides.
    stray: BTreeSet<String>,
    /// A build was killed here: what the list says of the files is not to be believed.
    broken: bool,
    _lock: Option<File>,
}

/// A place in the list of a folder's files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FileIndex(u32);

/// A file that boards made.
#[derive(Debug)]
struct ListedFile {
    file: Listed,
    /// It is there and has its length.
    whole: bool,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteOutcome {
    /// It was written.
    Written,
    /// It had these bytes already.
    Same,
}

impl Folder {
    /// Opens the output folder `dir`, made when it isn't there. A folder with files that boards didn't make is refused
    /// unless `force` is given; then those files stay, and are written over only where the site has the same path.
    ///
    /// # Errors
    /// The folder can't be made, read or locked; it is not boards' own.
    pub fn open(dir: &Path, force: bool) -> Result<Folder> {
        fs::create_dir_all(dir).map_err(Error::io(dir))?;
        Folder::take(dir, force)
    }

    /// The same for a folder that is there; `None`, and nothing is made, where there is none. So the files can be looked
    /// at before it is known whether anything will be written.
    ///
    /// # Errors
    /// As [`open`](Folder::open).
    pub fn reopen(dir: &Path, force: bool) -> Result<Option<Folder>> {
        if dir.is_dir() { Folder::take(dir, force).map(Some) } else { Ok(None) }
    }

    fn take(dir: &Path, force: bool) -> Result<Folder> {
        let lock = lock(dir)?;
        let known = Manifest::open(dir);
        let journal = dir.join(JOURNAL);
        let killed = journal.exists();
        let stray: Vec<String> = manifest::read(&journal).unwrap_or_default();
        // A folder may come from elsewhere, and its lists with it: what they name outside of it must not be removed.
        let stray: Vec<String> = stray.into_iter().filter(|path| within(path)).collect();
        let known = known.filter(|known| known.manifest.files.iter().all(|file| within(&file.path)));
        if known.is_none() && !killed && !force {
            let foreign = |name: &str| !matches!(name, ".gitignore" | ".gitkeep" | ".git" | MANIFEST | DIGEST);
            for entry in fs::read_dir(dir).map_err(Error::io(dir))? {
                let name = entry.map_err(Error::io(dir))?.file_name();
                if foreign(&name.to_string_lossy()) && dir.join(MANIFEST).exists() {
                    return Err(Error::other(
                        format!("{}: this is not the list of the files in its folder", dir.join(MANIFEST).display()),
                        "it is damaged, or of another site or version of boards; remove the folder, or use --force to build over what is there",
                    ));
                }
                if foreign(&name.to_string_lossy()) {
                    return Err(Error::other(
                        format!("{}: this folder was not made by boards (it has `{}`)", dir.display(), name.display()),
                        "name an empty folder, or use --force to use this one",
                    ));
                }
            }
        }
        let site = known.as_ref().map(|known| known.manifest.site);
        let Opened { manifest, room, doubted } = known.unwrap_or_default();
        let files = manifest.files.into_par_iter();
        let below = Below::new(dir);
        let listed: Vec<ListedFile> =
            files.map(|file| ListedFile { whole: !killed && is_whole(&below, &file, doubted), file }).collect();
        // Where the digest is missing, the list is written with one.
        let site = site.filter(|_| !doubted);
        let (dir, stray) = (dir.to_owned(), stray.into_iter().collect());
        Ok(Folder { dir, site, listed, room, stray, broken: killed, _lock: lock })
    }

    /// How many files it has, when it shows just the site of this key: none is missing or cut.
    #[must_use]
    pub fn intact_files(&self, site: Key) -> Option<usize> {
        let whole = self.site == Some(site) && !self.broken && self.listed.iter().all(|entry| entry.whole);
        whole.then_some(self.listed.len())
    }

    /// Where the file at `path` is in the list of those that boards made, whatever it shows.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<FileIndex> {
        self.find_near(path, FileIndex::default())
    }

    /// The same, sought first where the file is likely to be: every file of a site is looked for in every build, most of
    /// them one after another as they are in the list.
    #[must_use]
    pub fn find_near(&self, path: &str, FileIndex(near): FileIndex) -> Option<FileIndex> {
        let order = |place: usize| self.listed.get(place).map(|entry| entry.file.path.as_str().cmp(path));
        // Steps get longer and longer until the file is passed, in whichever direction it is.
        let (mut low, mut high) = (near as usize, near as usize);
        let mut steps = (0..usize::BITS).map(|bit| 1_usize << bit);
        match order(near as usize) {
            Some(Ordering::Equal) => return Some(FileIndex(near)),
            Some(Ordering::Less) => {
                while order(high) == Some(Ordering::Less) {
                    low = high + 1;
                    high += steps.next()?;
                }
            }
            Some(Ordering::Greater) | None => {
                while low > 0 && order(low) != Some(Ordering::Less) {
                    high = low;
                    low = low.saturating_sub(steps.next()?);
                }
            }
        }
        let within = self.listed.get(low..self.listed.len().min(high + 1))?;
        let found = within.binary_search_by(|entry| entry.file.path.as_str().cmp(path)).ok()?;
        Some(FileIndex((low + found) as u32))
    }

    /// What the list says of a file, where it can be believed: the file is there and has its length.
    #[must_use]
    pub fn whole(&self, place: FileIndex) -> Option<&Listed> {
        let ListedFile { file, whole } = self.listed.get(place.0 as usize)?;
        whole.then_some(file)
    }

    /// The files that are listed and are neither in the places `kept` nor among `paths`, which are all that the site now
    /// has.
    pub fn gone<'p>(&self, kept: impl Iterator<Item = FileIndex>, paths: impl Iterator<Item = &'p str>) -> Vec<String> {
        let paths: HashSet<&str> = paths.collect();
        let mut stays = vec![false; self.listed.len()];
        kept.chain(paths.iter().filter_map(|path| self.find(path))).for_each(|place| stays[place.0 as usize] = true);
        let listed = self.listed.iter().zip(stays).filter(|(_, stays)| !stays);
        // A stray file may be listed as well, and then it is told of there.
        let stray = self.stray.iter().filter(|path| self.find(path).is_none() && !paths.contains(path.as_str()));
        let gone: BTreeSet<&String> = listed.map(|(entry, _)| &entry.file.path).chain(stray).collect();
        gone.into_iter().cloned().collect()
    }

    /// Whether an earlier build was killed here, so that a list must be written even when nothing changes.
    #[must_use]
    pub fn broken(&self) -> bool {
        self.broken
    }

    /// Notes the files that are about to be made, so that whatever happens the next build knows them for its own.
    ///
    /// # Errors
    /// The note can't be written.
    pub fn begin<'p>(&'p self, paths: impl Iterator<Item = &'p str>) -> Result<()> {
        let fresh: BTreeSet<&str> = paths.chain(self.stray.iter().map(String::as_str)).collect();
        let fresh: Vec<&str> = fresh.into_iter().filter(|path| self.find(path).is_none()).collect();
        let journal = self.dir.join(JOURNAL);
        // Not written beside and renamed: a half-written note still says that a build was at work.
        fs::write(&journal, manifest::bytes(&fresh, fresh.len())).map_err(Error::io(&journal))
    }

    /// Writes `bytes` to `path` unless it has them already. The file is whole at any moment. `source` and `key` are
    /// those of what it shows.
    ///
    /// # Errors
    /// The disk is full, the folder can't be written.
    pub fn write(
        &self,
        path: &str,
        (source, key): (Key, Key),
        bytes: &[u8],
        monitor: &dyn Monitor,
    ) -> Result<(Listed, WriteOutcome)> {
        let file = Listed { path: path.to_owned(), source, key, bytes: Key::of_bytes(bytes), size: bytes.len() as u64 };
        let place = self.dir.join(path);
        let stands = || matches!(file_within(&place, file.size), Ok(Ok(old)) if old == bytes);
        let same = match self.find(path).map(|place| &self.listed[place.0 as usize]) {
            Some(old) if !self.broken => old.whole && old.file.bytes == file.bytes,
            Some(_) => stands(),
            None => self.broken && stands(),
        };
        if same {
            return Ok((file, WriteOutcome::Same));
        }
        replace(&place, |path| fs::write(path, bytes)).map_err(Error::io(&place))?;
        monitor.did(Work::FileWritten);
        Ok((file, WriteOutcome::Written))
    }

    /// Removes the files at `gone` and the folders that they leave empty, then writes the list of all files of the
    /// `site`: those in the places `kept`, each with the key of what it is now made from, and those that were `made`.
    ///
    /// # Errors
    /// The disk is full, the folder can't be written.
    pub fn finish(
        self,
        site: Key,
        kept: impl Iterator<Item = (FileIndex, Key)>,
        made: Vec<Listed>,
        gone: &[String],
        monitor: &dyn Monitor,
    ) -> Result<()> {
        for path in gone {
            let place = self.dir.join(path);
            match fs::remove_file(&place) {
                Ok(()) => monitor.did(Work::FileRemoved),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(Error::io(&place)(error)),
            }
            let mut above = place.parent();
            while let Some(folder) = above.filter(|folder| *folder != self.dir && folder.starts_with(&self.dir)) {
                if fs::remove_dir(folder).is_err() {
                    break;
                }
                above = folder.parent();
            }
        }
        if self.broken {
            for path in self.listed.iter().map(|entry| &entry.file.path).chain(&self.stray) {
                let _ = fs::remove_file(beside(&self.dir.join(path)));
            }
        }
        // The list must be whole after a power failure, or boards would not recognise the folder as its own. Pages need not be: one that was
        // left empty hasn't the length that the list has for it, and the next build makes it again.
        let place = self.dir.join(MANIFEST);
        let change = self.change(site, kept, made, gone);
        // Before the list, which is forced to the disk.
        let digest = self.digest_after(&change);
        let at = self.dir.join(DIGEST);
        replace(&at, |place| digest.store(place)).map_err(Error::io(&at))?;
        let written = if change.len() <= self.room && !self.broken {
            // Nobody has to wait until a long list is put away.
            rayon::spawn(move || drop(self.listed));
            manifest::add(&self.dir, &change)
        } else {
            let listed = self.listed.into_iter().map(|entry| entry.file);
            let whole = Manifest { site, files: listed.collect() }.after(change);
            replace(&place, |place| whole.store(place))
        };
        written.map_err(Error::io(&place))?;
        let journal = self.dir.join(JOURNAL);
        match fs::remove_file(&journal) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::io(&journal)(error)),
            _ => Ok(()),
        }
    }

    /// What of the list changes when the files in the places `kept` are now made from what has these keys, some others
    /// were `made` and some are `gone`.
    fn change(
        &self,
        site: Key,
        kept: impl Iterator<Item = (FileIndex, Key)>,
        made: Vec<Listed>,
        gone: &[String],
    ) -> ManifestChange {
        let listed = |place: FileIndex| &self.listed[place.0 as usize].file;
        let kept = kept.filter(|(place, source)| listed(*place).source != *source);
        let kept = kept.map(|(place, source)| Listed { source, ..listed(place).clone() });
        let made = made.into_iter().filter(|file| self.find(&file.path).is_none_or(|place| listed(place) != file));
        ManifestChange { site, files: kept.chain(made).collect(), gone: gone.to_vec() }
    }

    /// The digest of the list's files after a change.
    fn digest_after(&self, change: &ManifestChange) -> Digest {
        let mut digest = Digest::default();
        self.listed.iter().for_each(|entry| digest.add(&entry.file));
        let changed = change.files.iter().map(|file| &file.path).chain(&change.gone);
        let places = changed.filter_map(|path| self.find(path));
        places.for_each(|place| digest.remove(&self.listed[place.0 as usize].file));
        change.files.iter().for_each(|file| digest.add(file));
        digest
    }
}

/// How many files the folder `dir` has, when it shows just the site of this key: no file is missing or cut.
#[must_use]
pub fn intact_files(dir: &Path, site: Key) -> Option<usize> {
    let Opened { manifest, doubted, .. } = Manifest::open(dir).filter(|known| known.manifest.site == site)?;
    let below = Below::new(dir);
    let whole = manifest.files.par_iter().all(|file| is_whole(&below, file, doubted));
    (whole && !dir.join(JOURNAL).exists()).then_some(manifest.files.len())
}

/// Whether a file of a folder is there and has its length and, where the list is `doubted`, its bytes.
fn is_whole(below: &Below<'_>, file: &Listed, doubted: bool) -> bool {
    let has_bytes = || below.read(&file.path).is_some_and(|bytes| Key::of_bytes(&bytes) == file.bytes);
    below.size(&file.path) == Some(file.size) && (!doubted || has_bytes())
}

/// The files that boards made in the folder `dir`, by path; `None` when it holds no site.
#[must_use]
pub fn list(dir: &Path) -> Option<Vec<Listed>> {
    let known = Manifest::open(dir)?.manifest;
    known.files.iter().all(|file| within(&file.path)).then_some(known.files)
}

/// Whether a path of a list stays below the folder that it is of.
fn within(path: &str) -> bool {
    // Most are as boards makes them, and no part begins with a dot. What else there may be differs from system to system.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'-' | b'_');
    let (mut made, mut before) = (true, b'/');
    for byte in path.bytes() {
        made &= plain(byte) & !((before == b'/') & ((byte == b'/') | (byte == b'.')));
        before = byte;
    }
    made && before != b'/' || Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}

fn beside(place: &Path) -> PathBuf {
    let mut name = place.file_name().unwrap_or_default().to_owned();
    name.push(BESIDE);
    place.with_file_name(name)
}

/// Lets `write` make a file beside `place`, and puts it there.
fn replace(place: &Path, write: impl Fn(&Path) -> io::Result<()>) -> io::Result<()> {
    let beside = beside(place);
    let write = || write(&beside);
    let written = match write() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            place.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| write())
        }
        other => other,
    };
    written.and_then(|()| fs::rename(&beside, place)).inspect_err(|_| {
        let _ = fs::remove_file(&beside);
    })
}

/// Locks the folder itself, so that no lock file is ever published. Only Unix can.
#[cfg(unix)]
fn lock(dir: &Path) -> Result<Option<File>> {
    let file = File::open(dir).map_err(Error::io(dir))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(fs::TryLockError::WouldBlock) => Err(Error::other(
            format!("{}: another boards process is building into this folder", dir.display()),
            "wait until it ends, or name another folder with --out",
        )),
        Err(fs::TryLockError::Error(error)) => Err(Error::io(dir)(error)),
    }
}

#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps, reason = "the same shape as where folders can be locked")]
fn lock(_: &Path) -> Result<Option<File>> {
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitor::Quiet;

    fn key(text: &str) -> Key {
        Key::of(text)
    }

    fn build(dir: &Path, files: &[(&str, &str)]) -> Result<usize> {
        let folder = Folder::open(dir, false)?;
        let gone = folder.gone(std::iter::empty(), files.iter().map(|file| file.0));
        folder.begin(files.iter().map(|file| file.0))?;
        let mut listed = Vec::new();
        let mut written = 0;
        for (path, text) in files {
            let (file, outcome) = folder.write(path, (key(text), key(text)), text.as_bytes(), &Quiet)?;
            written += usize::from(outcome == WriteOutcome::Written);
            listed.push(file);
        }
        folder.finish(key("site"), std::iter::empty(), listed, &gone, &Quiet)?;
        Ok(written)
    }

    #[test]
    fn only_what_changed_is_written_and_only_what_is_listed_removed() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path();
        assert_eq!(build(dir, &[("a/index.html", "one"), ("b/index.html", "two")]).unwrap(), 2);
        fs::write(dir.join("a/mine.txt"), "mine").unwrap();
        assert_eq!(build(dir, &[("c.html", "three"), ("b/index.html", "two")]).unwrap(), 1);
        assert!(!dir.join("a/index.html").exists());
        assert_eq!(fs::read_to_string(dir.join("a/mine.txt")).unwrap(), "mine");
        assert_eq!(build(dir, &[("b/index.html", "two")]).unwrap(), 0);
        assert!(!dir.join("c.html").exists());
    }

    #[test]
    fn a_folder_of_somebody_else_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("thesis.tex"), "x").unwrap();
        let refused = build(dir.path(), &[("a", "b")]).unwrap_err().to_string();
        assert!(refused.contains("not made by boards (it has `thesis.tex`)"), "{refused}");
        assert!(!dir.path().join("a").exists());
    }

    #[test]
    fn after_a_kill_no_file_is_believed_and_none_is_left_behind() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path();
        build(dir, &[("a", "one"), ("b", "two")]).unwrap();
        let folder = Folder::open(dir, false).unwrap();
        folder.begin(["a", "new"].into_iter()).unwrap();
        folder.write("a", (key("ONE"), key("ONE")), b"ONE", &Quiet).unwrap();
        folder.write("new", (key("x"), key("x")), b"x", &Quiet).unwrap();
        fs::write(dir.join("new.boards-new"), "half").unwrap();
        drop(folder);
        let folder = Folder::open(dir, false).unwrap();
        assert!(folder.find("b").is_some_and(|place| folder.whole(place).is_none()));
        drop(folder);
        assert_eq!(build(dir, &[("a", "one"), ("b", "two")]).unwrap(), 1);
        let mut names: Vec<_> = fs::read_dir(dir).unwrap().map(|it| it.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, [".boards", ".boards-digest", "a", "b"]);
    }

    #[test]
    fn a_file_is_found_wherever_it_is_sought_first() {
        let dir = tempfile::tempdir().unwrap();
        let names: Vec<String> = (0..21).map(|number| format!("{number:02}")).collect();
        let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
        build(dir.path(), &files).unwrap();
        let folder = Folder::open(dir.path(), false).unwrap();
        for near in (0..25).map(FileIndex) {
            for (place, name) in (0..).map(FileIndex).zip(&names) {
                assert_eq!(folder.find_near(name, near), Some(place), "from {near:?}");
                assert_eq!(folder.find_near(&format!("{name}!"), near), None, "{name}! from {near:?}");
            }
            assert_eq!(folder.find_near("", near), None);
        }
        assert_eq!(build(&dir.path().join("empty"), &[]).unwrap(), 0);
        assert_eq!(Folder::open(&dir.path().join("empty"), false).unwrap().find("00"), None);
    }

    #[test]
    fn a_file_that_somebody_removed_or_cut_is_made_again() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path();
        build(dir, &[("a", "one"), ("b", "two")]).unwrap();
        fs::remove_file(dir.join("a")).unwrap();
        fs::write(dir.join("b"), "").unwrap();
        let folder = Folder::open(dir, false).unwrap();
        assert!(folder.find("a").is_some_and(|place| folder.whole(place).is_none()));
        assert!(folder.find("b").is_some_and(|place| folder.whole(place).is_none()));
        drop(folder);
        assert_eq!(build(dir, &[("a", "one"), ("b", "two")]).unwrap(), 2);
    }
}
