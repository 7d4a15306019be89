//! What earlier builds found out → this build, by content: a folder of files that may be deleted at any time, which
//! costs time and nothing else. What is in them is the affair of the modules that store it.

mod blocks;
mod pack;
mod positioned;
mod records;

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::key::Key;
use crate::lock::Lock;
use crate::monitor::{Monitor, Quiet};
use crate::{Error, Result};

pub use blocks::Blocks;
pub use pack::Pack;
pub use records::Records;

/// The first bytes of every cache file; the digit is the layout's version.
const MAGIC: &[u8; 8] = b"boards\x003";
const HEAD_BYTES: usize = 8 + 16 + 8;

/// The file whose lock a process holds while it uses the cache.
const LOCK: &str = "lock";

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
    /// Whether what is stored will be there for the next build.
    lasts: bool,
    _lock: Option<Lock>,
    _temporary: Option<tempfile::TempDir>,
    /// Why something couldn't be stored. After that nothing is.
    unstored: OnceLock<Error>,
}

/// The most bytes of something stored; forums with a million posts store a tenth of that.
const LARGEST_BYTES: u64 = 1 << 30;

impl Cache {
    /// Opens the cache in `dir`, made when it isn't there. While another process holds it, waits as [`Lock::take`] does;
    /// `verb` tells others who holds it then.
    ///
    /// # Errors
    /// The folder can't be made or written, or another process doesn't let go of it.
    pub fn open(dir: &Path, verb: &str, monitor: &dyn Monitor) -> Result<Cache> {
        fs::create_dir_all(dir).map_err(Error::io(dir))?;
        let lock = Some(Lock::take(&dir.join(LOCK), verb, monitor)?);
        Ok(Cache { dir: dir.to_owned(), lasts: true, _lock: lock, _temporary: None, unstored: OnceLock::new() })
    }

    /// A cache that remembers nothing and is gone in the end.
    ///
    /// # Errors
    /// The system's folder for temporary files can't be written.
    pub fn temporary() -> Result<Cache> {
        let folder = tempfile::tempdir().map_err(Error::io(std::env::temp_dir()))?;
        let cache = Cache::open(folder.path(), "build", &Quiet)?;
        Ok(Cache { lasts: false, _temporary: Some(folder), ..cache })
    }

    /// What `work` makes with the help of this cache. Where the cache turns out to be [damaged](Error::CacheDamaged), all
    /// that it holds is removed and `work` is done once more, from nothing remembered.
    ///
    /// # Errors
    /// What `work` fails with, the second time also for damage; or the folder can't be written.
    pub fn retry_if_damaged<T>(&self, work: impl Fn(&Cache) -> Result<T>) -> Result<T> {
        match work(self) {
            Err(Error::CacheDamaged { .. }) => {
                self.clear()?;
                work(self)
            }
            done => done,
        }
    }

    /// Removes everything that was stored. The lock stays.
    fn clear(&self) -> Result<()> {
        for entry in fs::read_dir(&self.dir).map_err(Error::io(&self.dir))? {
            let entry = entry.map_err(Error::io(&self.dir))?;
            let path = entry.path();
            // Drafts of posts lie in a folder beside the cache's files.
            let is_stored = entry.file_name() != LOCK && entry.file_type().map_err(Error::io(&path))?.is_file();
            if is_stored {
                fs::remove_file(&path).map_err(Error::io(&path))?;
            }
        }
        Ok(())
    }

    /// Whether what is stored will be there for the next build.
    #[must_use]
    pub fn lasts(&self) -> bool {
        self.lasts
    }

    /// The same cache for work whose outcome is not to be remembered: it doesn't [last](Cache::lasts). It is locked as long
    /// as this one is open.
    #[must_use]
    pub fn frozen(&self) -> Cache {
        Cache { dir: self.dir.clone(), lasts: false, _lock: None, _temporary: None, unstored: OnceLock::new() }
    }

    /// What was stored under `name` with the same `salt`; `None` when there is nothing or it is damaged, or larger than
    /// anything that was stored.
    #[must_use]
    pub fn load(&self, name: &str, salt: Key) -> Option<Vec<u8>> {
        self.load_checked(name, salt).map(|(bytes, _)| bytes)
    }

    /// The same, and the check of the bytes.
    fn load_checked(&self, name: &str, salt: Key) -> Option<(Vec<u8>, u64)> {
        let file = File::open(self.dir.join(name)).ok()?;
        if file.metadata().ok()?.len() > LARGEST_BYTES {
            return None;
        }
        let mut file = file.take(LARGEST_BYTES);
        let mut head = [0; HEAD_BYTES];
        file.read_exact(&mut head).ok()?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).ok()?;
        let check = check(&[&bytes]);
        let fits = head[..8] == *MAGIC && head[8..24] == salt.0 && head[24..] == check.to_le_bytes();
        fits.then_some((bytes, check))
    }

    /// Lets `store` store something, unless that has failed before: what is stored later may lean on it. A full disk, for
    /// one, costs the next build time and this one nothing.
    ///
    /// # Errors
    /// What `store` reads from the cache is damaged.
    pub fn storing(&self, store: impl FnOnce() -> Result<()>) -> Result<()> {
        if self.unstored.get().is_some() {
            return Ok(());
        }
        match store() {
            Err(Error::CacheDamaged { path }) => Err(Error::CacheDamaged { path }),
            Err(error) => {
                // Only the first failure is kept.
                let _ = self.unstored.set(error);
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    /// Why something couldn't be stored, if that was so.
    #[must_use]
    pub fn unstored(&self) -> Option<&Error> {
        self.unstored.get()
    }

    /// Removes what is stored under `name`, if anything is.
    pub fn remove(&self, name: &str) {
        let path = self.dir.join(name);
        let _ = self.storing(|| match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::io(&path)(error)),
            _ => Ok(()),
        });
    }

    /// Stores `bytes` under `name`, whole or not at all.
    pub fn store(&self, name: &str, salt: Key, bytes: &[u8]) {
        self.put(name, |file| {
            file.write_all(MAGIC)?;
            file.write_all(&salt.0)?;
            file.write_all(&check(&[bytes]).to_le_bytes())?;
            file.write_all(bytes)
        });
    }

    /// Puts what `write` writes in the place of the file `name`, whole or not at all.
    fn put(&self, name: &str, write: impl FnOnce(&mut File) -> io::Result<()>) {
        let path = self.dir.join(name);
        let beside = self.dir.join(format!("{name}.new"));
        let put = || {
            let mut file = File::create(&beside)?;
            write(&mut file)?;
            drop(file);
            fs::rename(&beside, &path)
        };
        let put = || put().map_err(Error::io(&path)).inspect_err(|_| drop(fs::remove_file(&beside)));
        // Nothing is read from the cache here that could be damaged.
        let _ = self.storing(put);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_damaged_or_salted_otherwise_is_not_there() {
        let cache = Cache::temporary().unwrap();
        let salt = Key::of("one");
        cache.store("x", salt, b"hello");
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
