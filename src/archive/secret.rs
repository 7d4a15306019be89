//! The key of the hashes that stand for addresses of people → kept where git never takes it: in git's own folder, or
//! without a repository in a file that git is told to ignore first.
//!
//! Where an export tells only by an address of e-mail who somebody is, the member's `origin` is a hash of it. Without the
//! key, nobody can find out whether an address is that of a member; with it, a later import knows the member again.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::names::Secret;
use crate::git::{Exposure, Repository, Snapshot, exposure, file_within};
use crate::{Error, Result};

/// The key's file in the git folder that all work trees share.
const FILE: &str = "boards-import.key";
/// The key's file without a repository.
const HIDDEN: &str = ".boards-import.key";
/// What git is told to ignore: that file, and the one that it is made in.
const IGNORED: &str = "/.boards-import.key*";

/// A key, and what is to be told about it.
#[derive(Debug)]
pub struct ImportKey {
    /// The key.
    pub secret: Secret,
    /// Where it is kept, or will be.
    pub path: PathBuf,
    /// Whether it was made for this import, so that no earlier one had it.
    made: bool,
    /// Whether it was made when there were members already whom another key had hidden.
    second: bool,
    /// What somebody should know, or do.
    pub notes: Vec<String>,
}

/// Finds the key for a forum in `place`, or makes one, which isn't [kept](ImportKey::keep) yet. One that an earlier version of
/// boards has left in a work tree is moved to the git folder, unless `dry`.
///
/// # Errors
/// When a key is damaged, or can't be read or moved; when the system has no random bytes.
pub fn key(place: &Path, repository: Option<&Repository>, dry: bool) -> Result<ImportKey> {
    let (path, known, notes) = match repository {
        Some(repository) => in_repository(place, repository, dry)?,
        None => {
            let path = place.join(HIDDEN);
            let known = read(&path)?;
            (path, known, Vec::new())
        }
    };
    let made = known.is_none();
    let (secret, second) = known.map_or_else(|| random().map(|secret| (secret, false)), Ok)?;
    Ok(ImportKey { secret, path, made, second, notes })
}

impl ImportKey {
    /// Its file, where members may be there whom this key doesn't know.
    #[must_use]
    pub fn missing(&self) -> Option<PathBuf> {
        (self.made || self.second).then(|| self.path.clone())
    }

    /// Keeps a key that was made for this import, and with it whether there were `hidden` members before. Where git could
    /// take it, it is ignored first, whoever made it.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn keep(&self, hidden: bool) -> Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        if self.path.file_name() == Some(HIDDEN.as_ref()) {
            fs::create_dir_all(folder).map_err(Error::io(folder))?;
            ignore(&folder.join(".gitignore"))?;
        }
        if self.made { write(&self.path, (self.secret, hidden)) } else { Ok(()) }
    }
}

/// What a key's file holds: the key, and whether it was made when members were hidden by another already, which is one byte
/// more.
type Kept = (Secret, bool);

/// The key's file, the key where there is one, and what is to be told.
type KeySearch = (PathBuf, Option<Kept>, Vec<String>);

fn in_repository(place: &Path, repository: &Repository, dry: bool) -> Result<KeySearch> {
    let path = repository.common()?.join(FILE);
    // Earlier versions have left it in the folder of the forum where they met no repository, or one that they couldn't
    // open; and in the git folder of a linked work tree.
    let (hidden, linked) = (place.join(HIDDEN), repository.place().join(FILE));
    let linked = Some(linked).filter(|linked| *linked != path);
    let mut known = read(&path)?;
    let mut notes = Vec::new();
    for old in [Some(hidden), linked].into_iter().flatten() {
        let Some(kept) = read(&old)? else { continue };
        if known.is_some_and(|known| known.0 != kept.0) {
            notes.push(format!(
                "{}: this key isn't used, since {} is another one; remove it, or bring it to that place",
                old.display(),
                path.display()
            ));
            continue;
        }
        notes.extend(told(place, repository, &old, &path)?);
        if !dry {
            if known.is_none() {
                write(&path, kept)?;
            }
            fs::remove_file(&old).map_err(Error::io(&old))?;
        }
        known = known.or(Some(kept));
    }
    Ok((path, known, notes))
}

/// What is to be told of a key that is moved from `old` to `new`.
fn told(place: &Path, repository: &Repository, old: &Path, new: &Path) -> Result<Option<String>> {
    if old.file_name() != Some(HIDDEN.as_ref()) || repository.work_tree()?.is_none() {
        return Ok(None);
    }
    let (old, new) = (old.display(), new.display());
    Ok(match exposure(repository, &Snapshot::content_in(repository, place, HIDDEN)?)? {
        Exposure::Ignored => None,
        Exposure::Untracked => {
            Some(format!("{old}: this key of people's addresses lay where `git add` takes it; it is {new} now"))
        }
        Exposure::Committed(commit) => Some(format!(
            "{old}: this key of people's addresses was committed ({commit}) and is {new} now; commit its removal, and \
             know that whoever has that commit can find out whether an address is that of a member"
        )),
    })
}

/// A new key.
fn random() -> Result<Secret> {
    let mut secret = Secret::default();
    getrandom::fill(&mut secret).map_err(|error| {
        let hint = "a key of people's addresses is made of them";
        Error::other(format!("the system gives no random bytes: {error}"), hint)
    })?;
    Ok(secret)
}

/// The key in a file; none where there is no such file.
fn read(path: &Path) -> Result<Option<Kept>> {
    const RECORD_BYTES: usize = size_of::<Secret>();
    match file_within(path, RECORD_BYTES as u64 + 1) {
        Ok(Ok(bytes)) if matches!(bytes.get(RECORD_BYTES..), Some([] | [1])) => {
            let mut secret = Secret::default();
            secret.copy_from_slice(&bytes[..RECORD_BYTES]);
            Ok(Some((secret, bytes.len() > RECORD_BYTES)))
        }
        Ok(read) => Err({
            let bytes = read.map_or_else(|large| large.bytes, |bytes| bytes.len() as u64);
            Error::other(
                format!("{}: a key has {RECORD_BYTES} bytes, and this file has {bytes}", path.display()),
                "bring it back from where it was last whole; when there is no such place, remove it",
            )
        }),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io(path)(error)),
    }
}

/// Writes a key whole, for its owner alone to read (mode 0600), and over no other.
fn write(path: &Path, (secret, second): Kept) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default();
    // Files made by `tempfile` have that mode from the beginning.
    let mut file =
        tempfile::Builder::new().prefix(name).suffix(".new").tempfile_in(folder).map_err(Error::io(folder))?;
    let mark: &[u8] = if second { &[1] } else { &[] };
    file.write_all(&secret).and_then(|()| file.write_all(mark)).map_err(Error::io(path))?;
    file.persist_noclobber(path).map(drop).map_err(|error| Error::io(path)(error.error))
}

/// Makes sure that this list tells git to ignore the key.
fn ignore(list: &Path) -> Result<()> {
    if list.is_symlink() {
        let message = format!("{}: this is a link, in which git reads nothing that it shall ignore", list.display());
        return Err(Error::other(
            message,
            "put a file in its place, so that git doesn't take the key of people's addresses",
        ));
    }
    // More than any such list has.
    let text = match file_within(list, 1 << 20) {
        Ok(read) => read.map_err(|large| large.at(list, "make it smaller"))?,
        Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(Error::io(list)(error)),
    };
    if text.split(|byte| *byte == b'\n').any(|line| line.trim_ascii_end() == IGNORED.as_bytes()) {
        return Ok(());
    }
    let line = if text.is_empty() || text.ends_with(b"\n") { "" } else { "\n" };
    let open = OpenOptions::new().append(true).create(true).open(list);
    open.and_then(|mut file| file.write_all(format!("{line}{IGNORED}\n").as_bytes())).map_err(Error::io(list))
}
