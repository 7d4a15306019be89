//! Bytes by object id → one file that is only ever appended to, so that nothing is made twice and none of it is held in
//! memory. Beside it lies an index, which is appended to as well; what the bytes mean isn't known here.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use git2::Oid;
use rustc_hash::FxHashMap;

use super::positioned::{read_at, write_at};
use super::records::find;
use super::{Cache, LARGEST_BYTES, MAGIC, check};
use crate::key::Key;
use crate::{Error, Result};

/// Dead bytes are dropped when there are more of them than of living ones, and at least so many.
const DEAD_BYTES: u64 = 16 << 20;
/// The bytes of a row of the index: id, start, length, check.
const ROW_BYTES: usize = 20 + 8 + 4 + 8;
/// What stands before the rows: [`MAGIC`], the salt, and how many bytes the pack had when it was last weighed.
const HEAD_BYTES: usize = 8 + 16 + 8;
/// The newest rows are appended to a file of their own until there are so many, and a quarter of the others.
const MOST_NEWEST_ROWS: usize = 1024;

/// Where bytes lie in the pack, and what they must hash to.
#[derive(Debug, Clone, Copy)]
struct Place {
    id: Oid,
    start: u64,
    length: u32,
    check: u64,
}

/// One pack of a cache. Reading and appending need no `mut`: many threads do both at once.
#[derive(Debug)]
pub struct Pack {
    path: PathBuf,
    salt: Key,
    file: File,
    rows: Rows,
    /// The newest rows.
    newest: FxHashMap<Oid, Place>,
    /// How many bytes there were when it was opened.
    opened: u64,
    fresh: Mutex<Fresh>,
    /// What was appended, once that has ended.
    settled: OnceLock<Settled>,
}

/// The places of what was appended, and where it ends.
#[derive(Debug, Default)]
struct Settled {
    places: FxHashMap<Oid, Place>,
    end: u64,
}

#[derive(Debug, Default)]
struct Fresh {
    end: u64,
    places: Vec<Place>,
    /// Why something couldn't be appended.
    failed: Option<Error>,
}

impl Place {
    fn of(row: &[u8; ROW_BYTES]) -> Place {
        let number = |bytes: &[u8]| bytes.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        Place {
            id: Oid::from_bytes(&row[..20]).unwrap_or(Oid::ZERO_SHA1),
            start: number(&row[20..28]),
            length: number(&row[28..32]) as u32,
            check: number(&row[32..]),
        }
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.id.as_bytes());
        bytes.extend(self.start.to_le_bytes());
        bytes.extend(self.length.to_le_bytes());
        bytes.extend(self.check.to_le_bytes());
    }
}

/// The rows of an index file, by id. They stay on the disk: few of them are looked at in a build after a small change.
#[derive(Debug, Default)]
struct Rows {
    file: Option<File>,
    count: usize,
    /// How many bytes the pack had when it was last weighed.
    weighed: u64,
}

impl Rows {
    /// The rows of the file at `path`; `None` when it isn't there, or of another salt.
    fn open(path: &Path, salt: Key) -> Option<Rows> {
        let file = File::open(path).ok()?;
        let mut head = [0; HEAD_BYTES];
        read_at(&file, &mut head, 0).ok()?;
        if head[..8] != *MAGIC || head[8..24] != salt.0 {
            return None;
        }
        let length = file.metadata().ok()?.len();
        if length > LARGEST_BYTES {
            return None;
        }
        let weighed = u64::from_le_bytes(*head[24..].first_chunk()?);
        Some(Rows { file: Some(file), count: (length as usize).saturating_sub(HEAD_BYTES) / ROW_BYTES, weighed })
    }

    fn find(&self, id: Oid) -> Option<Place> {
        let file = self.file.as_ref()?;
        let row = |at: usize| {
            let mut row = [0; ROW_BYTES];
            read_at(file, &mut row, (HEAD_BYTES + at * ROW_BYTES) as u64).ok().map(|()| row)
        };
        find(self.count, row, id).map(|row| Place::of(&row))
    }

    /// All rows; none where they can't be read.
    fn all(&self) -> Vec<Place> {
        let mut bytes = vec![0; self.count * ROW_BYTES];
        let read = self.file.as_ref().is_some_and(|file| read_at(file, &mut bytes, HEAD_BYTES as u64).is_ok());
        bytes.as_chunks::<ROW_BYTES>().0.iter().filter(|_| read).map(Place::of).collect()
    }
}

impl Pack {
    /// The pack `name` of the cache, as it was made under `salt`; empty when it was made under another. Where it can't be
    /// opened, an empty one stands in for it that is gone in the end, and the cache [stores nothing](Cache::unstored).
    ///
    /// # Errors
    /// The system's folder for temporary files can't be written.
    pub fn open(cache: &Cache, name: &str, salt: Key) -> Result<Pack> {
        let path = cache.dir.join(name);
        let open = || {
            let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path)?;
            let open = |index: &str| Rows::open(&path.with_extension(index), salt);
            let (base, newest) = (open("index"), open("newest"));
            if base.is_none() && newest.is_none() {
                file.set_len(0)?;
            }
            let end = file.metadata()?.len();
            Ok((file, base.unwrap_or_default(), newest.unwrap_or_default(), end))
        };
        let (file, rows, newest, end) = match open() {
            Ok(opened) => opened,
            Err(error) => {
                // Only the first failure is kept.
                let _ = cache.unstored.set(Error::io(&path)(error));
                let file = tempfile::tempfile().map_err(Error::io(std::env::temp_dir()))?;
                (file, Rows::default(), Rows::default(), 0)
            }
        };
        let newest = newest.all().into_iter().map(|place| (place.id, place)).collect();
        let fresh = Mutex::new(Fresh { end, ..Fresh::default() });
        Ok(Pack { path, salt, file, rows, newest, opened: end, fresh, settled: OnceLock::new() })
    }

    fn find(&self, id: Oid) -> Option<Place> {
        let among = |places: &FxHashMap<Oid, Place>| places.get(&id).copied();
        let old = || self.rows.find(id);
        self.settled.get().and_then(|settled| among(&settled.places)).or_else(|| among(&self.newest)).or_else(old)
    }

    /// The error for bytes that should be here and can't be read back.
    #[must_use]
    pub fn damage(&self) -> Error {
        Error::CacheDamaged { path: self.path.clone() }
    }

    /// Whether earlier builds left nothing at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.count == 0 && self.newest.is_empty()
    }

    /// Whether there is something under this id, be it damaged.
    #[must_use]
    pub fn has(&self, id: Oid) -> bool {
        self.find(id).is_some()
    }

    /// The bytes of `id`; `None` when there are none or they are damaged. What was appended since the last
    /// [`index`](Pack::index) is not found.
    #[must_use]
    pub fn get(&self, id: Oid) -> Option<Vec<u8>> {
        let place = self.find(id)?;
        // A damaged length must not ask for more memory than there is to be read.
        let end = self.settled.get().map_or(self.opened, |settled| settled.end);
        if place.start.checked_add(u64::from(place.length))? > end || u64::from(place.length) > LARGEST_BYTES {
            return None;
        }
        let mut bytes = vec![0; place.length as usize];
        read_at(&self.file, &mut bytes, place.start).ok()?;
        (check(&[id.as_bytes(), &bytes]) == place.check).then_some(bytes)
    }

    /// Appends the bytes of new ids. What can't be written, to a full disk for one, isn't there later, and
    /// [`store`](Pack::store) fails.
    pub fn append<B: AsRef<[u8]>>(&self, new: &[(Oid, B)]) {
        if new.is_empty() {
            return;
        }
        let mut joined = Vec::with_capacity(new.iter().map(|(_, bytes)| bytes.as_ref().len()).sum());
        new.iter().for_each(|(_, bytes)| joined.extend_from_slice(bytes.as_ref()));
        let checks: Vec<u64> = new.iter().map(|(id, bytes)| check(&[id.as_bytes(), bytes.as_ref()])).collect();
        let mut fresh = self.fresh.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = write_at(&self.file, &joined, fresh.end) {
            fresh.failed.get_or_insert_with(|| Error::io(&self.path)(error));
            return;
        }
        for ((id, bytes), check) in new.iter().zip(checks) {
            let length = bytes.as_ref().len() as u32;
            let place = Place { id: *id, start: fresh.end, length, check };
            fresh.end += u64::from(length);
            fresh.places.push(place);
        }
    }

    /// Makes what was appended so far findable: called once, when all is.
    pub fn index(&self) {
        let mut fresh = self.fresh.lock().unwrap_or_else(PoisonError::into_inner);
        let places = std::mem::take(&mut fresh.places);
        // What is appended after all is lost for the next build, which makes it anew.
        let places = places.into_iter().map(|place| (place.id, place)).collect();
        let _ = self.settled.set(Settled { places, end: fresh.end });
    }

    /// Stores what the next build needs of what has [settled](Pack::index). `living` tells the ids that the forum has
    /// now, and is asked rarely: when most of the pack is dead, only they are kept.
    ///
    /// # Errors
    /// The cache can't be written, or something couldn't be [appended](Pack::append); or what `living` fails with.
    pub fn store(&self, living: impl FnOnce() -> Result<Vec<Oid>>) -> Result<()> {
        let end = {
            let mut fresh = self.fresh.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(error) = fresh.failed.take() {
                return Err(error);
            }
            fresh.end
        };
        let nothing = Settled::default();
        let settled = &self.settled.get().unwrap_or(&nothing).places;
        let few = self.newest.len() + settled.len() < MOST_NEWEST_ROWS.max(self.rows.count / 4);
        let light = end <= self.rows.weighed.saturating_mul(2).saturating_add(DEAD_BYTES);
        if self.is_empty() {
            // All that there is was just made, so all of it lives.
            return self.write_index(settled.values().copied().collect(), end).map_err(Error::io(&self.path));
        }
        if few && light {
            return self.append_rows(settled).map_err(Error::io(&self.path));
        }
        let old = self.rows.all();
        let mut places: Vec<Place> =
            settled.values().copied().chain(self.newest.values().copied()).chain(old).collect();
        // Of two of one id the newer counts: the older was damaged.
        places.sort_by_key(|place| place.id);
        places.dedup_by_key(|place| place.id);
        if light {
            return self.write_index(places, self.rows.weighed).map_err(Error::io(&self.path));
        }
        let mut living = living()?;
        living.sort_unstable();
        let whole = |place: &Place| place.start.checked_add(u64::from(place.length)).is_some_and(|it| it <= end);
        places.retain(|place| living.binary_search(&place.id).is_ok() && whole(place));
        let bytes: u64 = places.iter().map(|place| u64::from(place.length)).sum();
        let packed = if end.saturating_sub(bytes) > bytes.max(DEAD_BYTES) {
            rewrite(&self.file, &self.path, places)
        } else {
            Ok(places)
        };
        packed.and_then(|places| self.write_index(places, bytes)).map_err(Error::io(&self.path))
    }

    fn head(&self, weighed: u64) -> Vec<u8> {
        [&MAGIC[..], &self.salt.0, &weighed.to_le_bytes()].concat()
    }

    /// Writes the whole index; nothing is then among the newest.
    fn write_index(&self, mut places: Vec<Place>, weighed: u64) -> io::Result<()> {
        places.sort_unstable_by_key(|place| place.id);
        let mut bytes = self.head(weighed);
        bytes.reserve(places.len() * ROW_BYTES);
        places.iter().for_each(|place| place.write(&mut bytes));
        let beside = self.path.with_extension("index.new");
        fs::write(&beside, bytes)?;
        fs::rename(&beside, self.path.with_extension("index"))?;
        match fs::remove_file(self.path.with_extension("newest")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn append_rows(&self, settled: &FxHashMap<Oid, Place>) -> io::Result<()> {
        if settled.is_empty() {
            return Ok(());
        }
        let path = self.path.with_extension("newest");
        let mut file = OpenOptions::new().append(true).create(true).open(&path)?;
        let length = file.metadata()?.len();
        let mut bytes = Vec::with_capacity(HEAD_BYTES + settled.len() * ROW_BYTES);
        if self.newest.is_empty() {
            file.set_len(0)?;
            bytes = self.head(0);
        } else {
            // A row that was cut off by a kill is no row.
            file.set_len(length - length.saturating_sub(HEAD_BYTES as u64) % ROW_BYTES as u64)?;
        }
        settled.values().for_each(|place| place.write(&mut bytes));
        file.write_all(&bytes)
    }
}

/// Copies the kept bytes into a new pack and puts it in the place of the old one, which stays readable where it is open.
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
    fs::rename(&beside, path)?;
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> Oid {
        Oid::from_bytes(&[n; 20]).unwrap()
    }

    fn open(cache: &Cache, salt: Key) -> Pack {
        Pack::open(cache, "bodies", salt).unwrap()
    }

    fn add(cache: &Cache, new: &[(Oid, &str)]) {
        let pack = open(cache, Key::default());
        pack.append(new);
        pack.index();
        assert!(new.iter().all(|(id, text)| pack.get(*id).as_deref() == Some(text.as_bytes())));
        pack.store(|| Ok(new.iter().map(|it| it.0).collect())).unwrap();
    }

    #[test]
    fn bytes_outlive_the_build_and_damage_is_noticed() {
        let cache = Cache::temporary().unwrap();
        add(&cache, &[(id(2), "two"), (id(1), "one")]);
        add(&cache, &[(id(3), "three")]);
        add(&cache, &[(id(4), "four")]);
        let pack = open(&cache, Key::default());
        for (n, text) in [(1, "one"), (2, "two"), (3, "three"), (4, "four")] {
            assert_eq!(pack.get(id(n)).as_deref(), Some(text.as_bytes()));
        }
        write_at(&pack.file, b"X", 0).unwrap();
        assert_eq!(pack.get(id(2)), None);
        assert_eq!(open(&cache, Key::of("other")).get(id(1)), None);
    }

    #[test]
    fn a_folder_in_its_place_keeps_nothing_and_ends_nothing() {
        let cache = Cache::temporary().unwrap();
        add(&cache, &[(id(1), "one")]);
        fs::remove_file(cache.dir.join("bodies")).unwrap();
        fs::create_dir(cache.dir.join("bodies")).unwrap();
        let pack = open(&cache, Key::default());
        assert!(cache.unstored().is_some());
        assert_eq!(pack.get(id(1)), None);
        pack.append(&[(id(2), "two")]);
        pack.index();
        assert_eq!(pack.get(id(2)).as_deref(), Some(&b"two"[..]));
    }

    #[test]
    fn what_is_cut_off_is_not_there() {
        let cache = Cache::temporary().unwrap();
        add(&cache, &[(id(1), "one")]);
        fs::write(cache.dir.join("bodies"), "o").unwrap();
        assert_eq!(open(&cache, Key::default()).get(id(1)), None);
        add(&cache, &[(id(2), "two")]);
        add(&cache, &[(id(3), "three")]);
        let newest = cache.dir.join("bodies.newest");
        let bytes = fs::read(&newest).unwrap();
        fs::write(&newest, &bytes[..bytes.len() - 3]).unwrap();
        add(&cache, &[(id(4), "four")]);
        let pack = open(&cache, Key::default());
        assert_eq!([2, 3, 4].map(|n| pack.has(id(n))), [true, false, true]);
    }

    #[test]
    fn what_claims_to_be_larger_than_anything_stored_is_not_read() {
        let cache = Cache::temporary().unwrap();
        add(&cache, &[(id(1), "one")]);
        add(&cache, &[(id(2), "two")]);
        let lengthen = |name: &str, length: u64| {
            File::options().write(true).open(cache.dir.join(name)).unwrap().set_len(length).unwrap();
        };
        // A row that tells of 3 GiB, in a pack that has as many.
        lengthen("bodies", 4 << 30);
        let index = OpenOptions::new().read(true).write(true).open(cache.dir.join("bodies.index")).unwrap();
        write_at(&index, &(3_u32 << 30).to_le_bytes(), (HEAD_BYTES + 28) as u64).unwrap();
        let pack = open(&cache, Key::default());
        assert_eq!((pack.has(id(1)), pack.get(id(1))), (true, None));
        assert_eq!(pack.get(id(2)).as_deref(), Some(&b"two"[..]));
        // An index that would fill the memory.
        lengthen("bodies.newest", 1 << 43);
        assert!(!open(&cache, Key::default()).has(id(2)));
    }

    #[test]
    fn many_rows_are_put_in_order() {
        let cache = Cache::temporary().unwrap();
        add(&cache, &[(id(0), "zero")]);
        let many: Vec<(Oid, String)> = (0..2000_u32)
            .map(|n| {
                (Oid::from_bytes(blake3::hash(&n.to_le_bytes()).as_bytes().split_at(20).0).unwrap(), n.to_string())
            })
            .collect();
        let texts: Vec<(Oid, &str)> = many.iter().map(|(id, text)| (*id, text.as_str())).collect();
        add(&cache, &texts);
        assert!(!cache.dir.join("bodies.newest").exists());
        let pack = open(&cache, Key::default());
        assert!(many.iter().all(|(id, text)| pack.get(*id).as_deref() == Some(text.as_bytes())));
    }

    #[test]
    fn a_pack_of_mostly_dead_bytes_is_rewritten() {
        let cache = Cache::temporary().unwrap();
        add(&cache, &[(id(2), "living")]);
        let pack = open(&cache, Key::default());
        pack.append(&[(id(1), "x".repeat(40 << 20))]);
        pack.index();
        pack.store(|| Ok(vec![id(2)])).unwrap();
        assert_eq!(fs::metadata(cache.dir.join("bodies")).unwrap().len(), 6);
        assert_eq!(open(&cache, Key::default()).get(id(2)).as_deref(), Some(&b"living"[..]));
    }
}
