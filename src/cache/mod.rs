//! What earlier builds found out → this build, by content: a folder of files that may be deleted at any time, which
//! costs time and nothing else. What is in them is the affair of the rooms that store it.

mod at;
mod blocks;
mod pack;
mod records;

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crate::key::Key;
use crate::lock::Lock;
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

/// An open cache folder. While it is open no other process can open it.
#[derive(Debug)]
pub struct Cache {
    dir: PathBuf,
    _lock: Lock,
    temporary: Option<tempfile::TempDir>,
}

impl Cache {
    /// Opens the cache in `dir`, made when it isn't there. While another process holds it, waits as [`Lock::take`] does;
    /// `verb` tells others who holds it then.
    ///
    /// # Errors
    /// The folder can't be made or written, or another process doesn't let go of it.
    pub fn open(dir: &Path, verb: &str, monitor: &dyn Monitor) -> Result<Cache> {
        fs::create_dir_all(dir).map_err(Error::io(dir))?;
        let lock = Lock::take(&dir.join("lock"), verb, monitor)?;
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

    /// What was stored under `name` with the same `salt`; `None` when there is nothing or it is damaged.
    #[must_use]
    pub fn load(&self, name: &str, salt: Key) -> Option<Vec<u8>> {
        let mut file = File::open(self.dir.join(name)).ok()?;
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
}
