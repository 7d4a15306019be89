//! What earlier builds found out → this build, by content: a folder of files that may be deleted at any time, which
//! costs time and nothing else. What is in them is the affair of the rooms that store it.

mod at;
mod blocks;
mod pack;
mod records;

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::key::Key;
use crate::monitor::{Monitor, Quiet};
use crate::{Error, Result};

pub use blocks::Blocks;
pub use pack::Pack;
pub use records::Records;

/// The first bytes of every cache file; the digit is the layout's version.
const MAGIC: &[u8; 8] = b"boards\x003";
const HEAD: usize = 8 + 16 + 8;

/// What tells damage by accident: CRC-32, as zip files have it. Who could forge the bytes could forge this as well.
fn check(parts: &[&[u8]]) -> u64 {
    let mut hasher = crc32fast::Hasher::new();
    parts.iter().for_each(|part| hasher.update(part));
    hasher.finalize().into()
}

/// How often a lock that another process holds is tried again, and how long after each time: ten seconds in all.
const PATIENCE: u32 = 200;
const PAUSE: Duration = Duration::from_millis(50);

/// An open cache folder. While it is open no other process can open it.
#[derive(Debug)]
pub struct Cache {
    dir: PathBuf,
    _lock: File,
    temporary: Option<tempfile::TempDir>,
}

/// The most bytes of something stored; forums with a million posts store a tenth of that.
const LARGEST: u64 = 1 << 30;

impl Cache {
    /// Opens the cache in `dir`, made when it isn't there. While another process holds it, waits for some seconds and
    /// tells the monitor whom for; `verb` tells others who holds it then.
    ///
    /// # Errors
    /// The folder can't be made or written, or another process doesn't let go of it.
    pub fn open(dir: &Path, verb: &str, monitor: &dyn Monitor) -> Result<Cache> {
        Cache::open_within(dir, verb, monitor, PATIENCE)
    }

    fn open_within(dir: &Path, verb: &str, monitor: &dyn Monitor, patience: u32) -> Result<Cache> {
        fs::create_dir_all(dir).map_err(Error::io(dir))?;
        let path = dir.join("lock");
        let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let mut lock = open.map_err(Error::io(&path))?;
        for tried in 0_u32.. {
            match lock.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if tried < patience => {
                    if tried == 0 {
                        monitor.waits(&holder(&path));
                    }
                    std::thread::sleep(PAUSE);
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(Error::other(
                        format!("{}: another boards is at work here ({})", dir.display(), holder(&path)),
                        "wait until it has ended, or end it",
                    ));
                }
                Err(TryLockError::Error(error)) => return Err(Error::io(&path)(error)),
            }
        }
        let note = format!("process {}, {verb}\n", std::process::id());
        lock.set_len(0).and_then(|()| lock.write_all(note.as_bytes())).map_err(Error::io(&path))?;
        Ok(Cache { dir: dir.to_owned(), _lock: lock, temporary: None })
    }

    /// A cache that remembers nothing and is gone in the end.
    ///
    /// # Errors
    /// The system's folder for temporary files can't be written.
    pub fn temporary() -> Result<Cache> {
        let folder = tempfile::tempdir().map_err(Error::io(std::env::temp_dir()))?;
        let cache = Cache::open(folder.path(), "build", &Quiet)?;
        Ok(Cache { temporary: Some(folder), ..cache })
    }

    /// Whether what is stored will be there for the next build.
    #[must_use]
    pub fn lasts(&self) -> bool {
        self.temporary.is_none()
    }

    /// What was stored under `name` with the same `salt`; `None` when there is nothing or it is damaged, or larger than
    /// anything that was stored.
    #[must_use]
    pub fn load(&self, name: &str, salt: Key) -> Option<Vec<u8>> {
        let mut file = File::open(self.dir.join(name)).ok()?;
        if file.metadata().ok()?.len() > LARGEST {
            return None;
        }
        let mut head = [0; HEAD];
        file.read_exact(&mut head).ok()?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).ok()?;
        let fits = head[..8] == *MAGIC && head[8..24] == salt.0 && head[24..] == check(&[&bytes]).to_le_bytes();
        fits.then_some(bytes)
    }

    /// Removes what is stored under `name`, if anything is.
    ///
    /// # Errors
    /// The folder can't be written.
    pub fn remove(&self, name: &str) -> Result<()> {
        let path = self.dir.join(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::io(path)(error)),
            _ => Ok(()),
        }
    }

    /// Stores `bytes` under `name`, whole or not at all.
    ///
    /// # Errors
    /// The folder can't be written.
    pub fn store(&self, name: &str, salt: Key, bytes: &[u8]) -> Result<()> {
        self.put(name, |file| {
            file.write_all(MAGIC)?;
            file.write_all(&salt.0)?;
            file.write_all(&check(&[bytes]).to_le_bytes())?;
            file.write_all(bytes)
        })
    }

    /// Puts what `write` writes in the place of the file `name`, whole or not at all.
    fn put(&self, name: &str, write: impl FnOnce(&mut File) -> io::Result<()>) -> Result<()> {
        let path = self.dir.join(name);
        let beside = self.dir.join(format!("{name}.new"));
        let put = || {
            let mut file = File::create(&beside)?;
            write(&mut file)?;
            drop(file);
            fs::rename(&beside, &path)
        };
        put().map_err(Error::io(&path))
    }
}

/// Who wrote into a lock that they hold it.
fn holder(lock: &Path) -> String {
    fs::read_to_string(lock).unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_damaged_or_salted_otherwise_is_not_there() {
        let cache = Cache::temporary().unwrap();
        let salt = Key::of("one");
        cache.store("x", salt, b"hello").unwrap();
        assert_eq!(cache.load("x", salt).as_deref(), Some(&b"hello"[..]));
        assert_eq!(cache.load("x", Key::of("two")), None);
        let path = cache.dir.join("x");
        let mut bytes = fs::read(&path).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&path, &bytes).unwrap();
        assert_eq!(cache.load("x", salt), None);
        fs::write(&path, b"bo").unwrap();
        assert_eq!(cache.load("x", salt), None);
    }

    #[test]
    fn a_second_one_is_told_who_holds_the_cache() {
        let dir = tempfile::tempdir().unwrap();
        let first = Cache::open(dir.path(), "build", &Quiet).unwrap();
        let refused = Cache::open_within(dir.path(), "build", &Quiet, 1).unwrap_err().to_string();
        assert!(refused.contains(&format!("process {}, build", std::process::id())), "{refused}");
        drop(first);
        Cache::open(dir.path(), "build", &Quiet).unwrap();
    }
}
