//! Bodies of posts by their blob → one file that is only ever appended to, so that no body is rendered twice and none
//! is held in memory.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};

use git2::Oid;
use serde::{Deserialize, Serialize};

use super::Cache;
use crate::key::Key;
use crate::{Error, Result};

const PACK: &str = "bodies";
const INDEX: &str = "bodies.index";
/// Dead bodies are dropped when there are more bytes of them than of living ones, and at least so many.
const DEAD_BYTES: u64 = 16 << 20;

/// Where a body lies in the pack, and what its bytes must hash to.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Place {
    #[serde(with = "crate::key::oid")]
    blob: Oid,
    start: u64,
    length: u32,
    check: u64,
}

/// The bodies of one cache. Reading and appending need no `mut`: many threads do both at once.
#[derive(Debug)]
pub struct Bodies {
    path: PathBuf,
    salt: Key,
    pack: File,
    known: Vec<Place>,
    fresh: Mutex<Fresh>,
    /// The places of what was appended, once that has ended.
    settled: OnceLock<Vec<Place>>,
}

#[derive(Debug, Default)]
struct Fresh {
    end: u64,
    places: Vec<Place>,
}

fn check(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(*blake3::hash(bytes).as_bytes().first_chunk().unwrap_or(&[0; 8]))
}

impl Bodies {
    /// The bodies that the cache has under `salt`; none when they were made under another.
    ///
    /// # Errors
    /// The pack can't be opened or written.
    pub fn open(cache: &Cache, salt: Key) -> Result<Bodies> {
        let path = cache.dir.join(PACK);
        let open = || {
            let pack = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path)?;
            let index = cache.load(INDEX, salt).and_then(|bytes| postcard::from_bytes::<Vec<Place>>(&bytes).ok());
            let known = index.unwrap_or_default();
            let end = known.iter().map(|place| place.start + u64::from(place.length)).max().unwrap_or(0);
            let whole = pack.metadata()?.len() >= end;
            let (known, end) = if whole { (known, end) } else { (Vec::new(), 0) };
            pack.set_len(end)?;
            Ok((pack, known, end))
        };
        let (pack, known, end) = open().map_err(Error::io(&path))?;
        Ok(Bodies {
            path,
            salt,
            pack,
            known,
            fresh: Mutex::new(Fresh { end, places: Vec::new() }),
            settled: OnceLock::new(),
        })
    }

    fn find(&self, blob: Oid) -> Option<Place> {
        let find =
            |places: &[Place]| places.binary_search_by_key(&blob, |place| place.blob).ok().map(|index| places[index]);
        find(&self.known).or_else(|| find(self.settled.get()?))
    }

    /// Whether earlier builds left no body at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// The body of `blob`; `None` when there is none or it is damaged. Bodies appended since the last
    /// [`settle`](Bodies::settle) are not found.
    #[must_use]
    pub fn get(&self, blob: Oid) -> Option<String> {
        let place = self.find(blob)?;
        let mut bytes = vec![0; place.length as usize];
        read_at(&self.pack, &mut bytes, place.start).ok()?;
        (check(&bytes) == place.check).then(|| String::from_utf8(bytes).ok()).flatten()
    }

    /// Appends the bodies of a topic's new posts.
    ///
    /// # Errors
    /// The pack can't be written.
    pub fn append(&self, bodies: &[(Oid, String)]) -> Result<()> {
        if bodies.is_empty() {
            return Ok(());
        }
        let joined: String = bodies.iter().map(|(_, body)| body.as_str()).collect();
        let checks: Vec<u64> = bodies.iter().map(|(_, body)| check(body.as_bytes())).collect();
        let mut fresh = self.fresh.lock().unwrap_or_else(PoisonError::into_inner);
        write_at(&self.pack, joined.as_bytes(), fresh.end).map_err(Error::io(&self.path))?;
        for ((blob, body), check) in bodies.iter().zip(checks) {
            let place = Place { blob: *blob, start: fresh.end, length: body.len() as u32, check };
            fresh.end += u64::from(place.length);
            fresh.places.push(place);
        }
        Ok(())
    }

    /// Makes the bodies appended so far findable: called once, when all are.
    pub fn settle(&self) {
        let mut fresh = self.fresh.lock().unwrap_or_else(PoisonError::into_inner);
        let mut places = std::mem::take(&mut fresh.places);
        places.sort_unstable_by_key(|place| place.blob);
        places.dedup_by_key(|place| place.blob);
        // What is appended after all is stored for the next build, and rendered anew in this one.
        if let Err(late) = self.settled.set(places) {
            fresh.places = late;
        }
    }

    /// Stores what the next build needs. `living` are the blobs that the forum has now: when most of the pack is dead,
    /// only they are kept.
    ///
    /// # Errors
    /// The cache can't be written.
    pub fn store(self, cache: &Cache, living: impl Iterator<Item = Oid>) -> Result<()> {
        let fresh = self.fresh.into_inner().unwrap_or_else(PoisonError::into_inner);
        let settled = self.settled.into_inner().unwrap_or_default();
        let mut places = self.known;
        let news = !fresh.places.is_empty() || !settled.is_empty();
        places.extend(fresh.places);
        places.extend(settled);
        places.sort_unstable_by_key(|place| place.blob);
        places.dedup_by_key(|place| place.blob);
        if fresh.end > DEAD_BYTES {
            let mut living: Vec<Oid> = living.collect();
            living.sort_unstable();
            let kept: Vec<Place> =
                places.iter().filter(|place| living.binary_search(&place.blob).is_ok()).copied().collect();
            let bytes: u64 = kept.iter().map(|place| u64::from(place.length)).sum();
            if fresh.end - bytes > bytes.max(DEAD_BYTES) {
                let kept = rewrite(&self.pack, &self.path, kept).map_err(Error::io(&self.path))?;
                return store_index(cache, self.salt, &kept);
            }
        }
        if news { store_index(cache, self.salt, &places) } else { Ok(()) }
    }
}

fn store_index(cache: &Cache, salt: Key, places: &[Place]) -> Result<()> {
    let bytes =
        postcard::to_stdvec(places).map_err(|error| Error::Other { message: format!("cache: {error}"), hint: None })?;
    cache.store(INDEX, salt, &bytes)
}

/// Copies the kept bodies into a new pack and puts it in the place of the old one.
fn rewrite(pack: &File, path: &PathBuf, mut kept: Vec<Place>) -> io::Result<Vec<Place>> {
    let beside = path.with_extension("new");
    let mut new = io::BufWriter::new(File::create(&beside)?);
    let mut end = 0;
    let mut bytes = Vec::new();
    for place in &mut kept {
        bytes.resize(place.length as usize, 0);
        read_at(pack, &mut bytes, place.start)?;
        new.write_all(&bytes)?;
        place.start = end;
        end += u64::from(place.length);
    }
    new.flush()?;
    std::fs::rename(&beside, path)?;
    Ok(kept)
}

#[cfg(unix)]
fn read_at(file: &File, bytes: &mut [u8], start: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, start)
}

#[cfg(unix)]
fn write_at(file: &File, bytes: &[u8], start: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, start)
}

#[cfg(windows)]
fn read_at(file: &File, mut bytes: &mut [u8], mut start: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, bytes, start)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => {
                bytes = &mut bytes[count..];
                start += count as u64;
            }
        }
    }
    Ok(())
}

#[cfg(windows)]
fn write_at(file: &File, mut bytes: &[u8], mut start: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        let count = std::os::windows::fs::FileExt::seek_write(file, bytes, start)?;
        bytes = &bytes[count..];
        start += count as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> Oid {
        Oid::from_bytes(&[n; 20]).unwrap()
    }

    #[test]
    fn bodies_outlive_the_build_and_damage_is_noticed() {
        let cache = Cache::temporary().unwrap();
        let bodies = Bodies::open(&cache, Key::default()).unwrap();
        bodies.append(&[(id(2), "two".into()), (id(1), "one".into())]).unwrap();
        bodies.settle();
        assert_eq!(bodies.get(id(1)).as_deref(), Some("one"));
        bodies.store(&cache, [id(1)].into_iter()).unwrap();

        let again = Bodies::open(&cache, Key::default()).unwrap();
        again.append(&[(id(3), "three".into())]).unwrap();
        again.settle();
        assert_eq!(again.get(id(2)).as_deref(), Some("two"));
        assert_eq!(again.get(id(3)).as_deref(), Some("three"));
        write_at(&again.pack, b"X", 0).unwrap();
        assert_eq!(again.get(id(2)), None);
        assert_eq!(Bodies::open(&cache, Key::of("other")).unwrap().get(id(1)), None);
    }

    #[test]
    fn a_cut_pack_is_forgotten() {
        let cache = Cache::temporary().unwrap();
        let bodies = Bodies::open(&cache, Key::default()).unwrap();
        bodies.append(&[(id(1), "one".into())]).unwrap();
        bodies.store(&cache, [id(1)].into_iter()).unwrap();
        std::fs::write(cache.dir.join(PACK), "o").unwrap();
        assert!(Bodies::open(&cache, Key::default()).unwrap().is_empty());
    }

    #[test]
    fn a_pack_of_mostly_dead_bodies_is_rewritten() {
        let cache = Cache::temporary().unwrap();
        let bodies = Bodies::open(&cache, Key::default()).unwrap();
        bodies.append(&[(id(1), "x".repeat(40 << 20)), (id(2), "living".into())]).unwrap();
        bodies.store(&cache, [id(2)].into_iter()).unwrap();
        assert_eq!(std::fs::metadata(cache.dir.join(PACK)).unwrap().len(), 6);
        assert_eq!(Bodies::open(&cache, Key::default()).unwrap().get(id(2)).as_deref(), Some("living"));
    }
}
