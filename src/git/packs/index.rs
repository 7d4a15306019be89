//! An object id → where the object lies in its pack, by the pack's index. Ids are spread evenly, so a look or two near the
//! place where one should be finds it on the disk: who wants a few objects of millions doesn't wait for the index to be
//! read. Who goes on asking has it read into memory.
//!
//! The form is git's version 2, `gitformat-pack(5)`: how many ids begin with each byte or a lesser one; all ids, sorted;
//! their checksums; their offsets, 31 bits or the number of a 64-bit one; those; two hashes.

use std::cmp::Ordering as Order;
use std::io;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use git2::Oid;

use super::file::Bytes;

/// The index of a pack.
pub(super) struct Index {
    bytes: Bytes,
    /// The same in memory, once it was asked often.
    held: OnceLock<Option<Bytes>>,
    asked: AtomicU32,
    /// How many ids begin with each byte or a lesser one.
    fan: [u32; 256],
    /// The hash of the pack that this is the index of.
    pub(super) pack: [u8; ID_BYTES],
}

/// The bytes of an id.
pub(super) const ID_BYTES: usize = 20;
const MAGIC: [u8; 8] = *b"\xfftOc\0\0\0\x02";
/// Where the ids begin.
const IDS_OFFSET_BYTES: u64 = 8 + 4 * 256;
/// So many ids are looked at in one go. Of two million, 8,000 begin with the same byte; three in four of those lie less
/// than 51 away from where they would be, were they spread quite evenly.
const LOOK_ROWS: u32 = 102;
/// An index is read into memory when one in so many of its ids was asked for.
const OFTEN_TIMES: u32 = 64;
/// An index of so many bytes is read into memory at once.
const FEW_ROWS: u64 = 1 << 20;

impl Index {
    /// The index in this file; `None` for one of another form.
    pub(super) fn open(path: &Path) -> io::Result<Option<Index>> {
        let (bytes, length) = Bytes::open(path, FEW_ROWS)?;
        let head: [u8; IDS_OFFSET_BYTES as usize] = match bytes.whole(0) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            head => head?,
        };
        let (magic, table) = head.split_at(MAGIC.len());
        let mut fan = [0; 256];
        for (count, raw) in fan.iter_mut().zip(table.as_chunks().0) {
            *count = u32::from_be_bytes(*raw);
        }
        let least = IDS_OFFSET_BYTES + u64::from(fan[255]) * (ID_BYTES as u64 + 4 + 4) + 2 * ID_BYTES as u64;
        if magic != MAGIC || !fan.is_sorted() || length < least {
            return Ok(None);
        }
        let pack = bytes.whole(length - 2 * ID_BYTES as u64)?;
        Ok(Some(Index { bytes, held: OnceLock::new(), asked: AtomicU32::new(0), fan, pack }))
    }

    /// How many objects the pack has.
    pub(super) fn count(&self) -> u32 {
        self.fan[255]
    }

    /// Where the object begins in the pack; `None` where the pack hasn't got it.
    pub(super) fn find(&self, id: Oid) -> io::Result<Option<u64>> {
        let id: &[u8; ID_BYTES] = id.as_bytes().try_into().map_err(|_| io::ErrorKind::InvalidInput)?;
        let bytes = self.bytes();
        match self.place(bytes, id)? {
            Some(place) => self.offset(bytes, place).map(Some),
            None => Ok(None),
        }
    }

    /// The bytes, from memory where so many ids were asked for that reading all costs less than to go on without.
    fn bytes(&self) -> &Bytes {
        if self.asked.load(Ordering::Relaxed) < self.count() / OFTEN_TIMES {
            self.asked.fetch_add(1, Ordering::Relaxed);
            return &self.bytes;
        }
        self.held.get_or_init(|| self.bytes.hold()).as_ref().unwrap_or(&self.bytes)
    }

    /// The number of an id in this index. Each look leaves out what it has seen, so it ends for any bytes.
    fn place(&self, bytes: &Bytes, id: &[u8; ID_BYTES]) -> io::Result<Option<u32>> {
        let first = usize::from(id[0]);
        let mut from = first.checked_sub(1).map_or(0, |before| self.fan[before]);
        let mut to = self.fan[first];
        // In memory all ids are within sight at once.
        let look = if matches!(bytes, Bytes::Held(_)) { to - from } else { LOOK_ROWS };
        // The ids at both ends, as far as they are known: what follows the first byte.
        let (mut least, mut most, sought) = (0, u64::MAX, tail(id));
        let mut room = [0; LOOK_ROWS as usize * ID_BYTES];
        while from < to {
            let guess = from + guess(to - from, sought, least, most);
            let start = guess.saturating_sub(look / 2).min(to.saturating_sub(look)).max(from);
            let end = to.min(start.saturating_add(look));
            let ids =
                bytes.list(IDS_OFFSET_BYTES + u64::from(start) * ID_BYTES as u64, (end - start) as usize, &mut room)?;
            match search(ids, id) {
                Ok(at) => return Ok(Some(start + at as u32)),
                Err(0) => (to, most) = (start, tail(&ids[0])),
                Err(at) if at == ids.len() => (from, least) = (end, tail(&ids[at - 1])),
                Err(_) => return Ok(None),
            }
        }
        Ok(None)
    }

    /// The offset of the id with this number.
    fn offset(&self, bytes: &Bytes, place: u32) -> io::Result<u64> {
        let count = u64::from(self.count());
        let offsets = IDS_OFFSET_BYTES + count * (ID_BYTES as u64 + 4);
        let offset = u32::from_be_bytes(bytes.whole(offsets + 4 * u64::from(place))?);
        if offset >> 31 == 0 {
            return Ok(u64::from(offset));
        }
        let far = offsets + 4 * count + 8 * u64::from(offset & (u32::MAX >> 1));
        Ok(u64::from_be_bytes(bytes.whole(far)?))
    }
}

/// What follows the first byte of an id, as far as it tells where the id should be.
fn tail(id: &[u8; ID_BYTES]) -> u64 {
    let [_, tail @ .., _, _, _, _, _, _, _, _, _, _, _] = *id;
    u64::from_be_bytes(tail)
}

/// The number of one among so many ids that are spread evenly from `least` to `most`.
fn guess(count: u32, sought: u64, least: u64, most: u64) -> u32 {
    let (span, wanted) = (most.saturating_sub(least), sought.saturating_sub(least));
    let guess = u128::from(count) * u128::from(wanted) / (u128::from(span) + 1);
    (guess as u32).min(count.saturating_sub(1))
}

/// As a binary search, but few ids are looked at: each look at another part of a large index is a wait for the memory.
fn search(ids: &[[u8; ID_BYTES]], id: &[u8; ID_BYTES]) -> Result<usize, usize> {
    /// Then halving is quicker, were the ids not spread evenly.
    const MOST_TRIES: u32 = 6;
    let (mut from, mut to, sought) = (0, ids.len(), tail(id));
    let (mut least, mut most, mut tried) = (0, u64::MAX, 0);
    while from < to {
        let count = to - from;
        let at = from + if tried < MOST_TRIES { guess(count as u32, sought, least, most) as usize } else { count / 2 };
        tried += 1;
        let found = tail(&ids[at]);
        match found.cmp(&sought).then_with(|| ids[at].cmp(id)) {
            Order::Less => (from, least) = (at + 1, found),
            Order::Greater => (to, most) = (at, found),
            Order::Equal => return Ok(at),
        }
    }
    Err(from)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// An index of these ids; each lies at the offset that its number is a multiple of.
    fn index(ids: &[[u8; ID_BYTES]], step: u64) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut bytes = MAGIC.to_vec();
        for first in 0..=255 {
            bytes.extend((ids.partition_point(|id| id[0] <= first) as u32).to_be_bytes());
        }
        bytes.extend(ids.as_flattened());
        bytes.extend(vec![0; 4 * ids.len()]);
        let offsets = || (0..ids.len() as u64).map(|number| number * step);
        let near = |offset: u64| u32::try_from(offset).ok().filter(|near| near >> 31 == 0);
        let far: Vec<u64> = offsets().filter(|offset| near(*offset).is_none()).collect();
        let offset = |offset| near(offset).unwrap_or_else(|| far.binary_search(&offset).unwrap() as u32 | 1 << 31);
        bytes.extend(offsets().flat_map(|at| offset(at).to_be_bytes()));
        bytes.extend(far.iter().flat_map(|far| far.to_be_bytes()));
        bytes.extend([0; 2 * ID_BYTES]);
        std::fs::write(file.path(), bytes).unwrap();
        file
    }

    /// All ids are found where they are, and their neighbours aren't.
    fn judge(mut ids: Vec<[u8; ID_BYTES]>, step: u64) {
        ids.sort_unstable();
        ids.dedup();
        let file = index(&ids, step);
        let index = Index::open(file.path()).unwrap().unwrap();
        assert_eq!(index.count(), ids.len() as u32);
        for (number, id) in (0..).zip(&ids).step_by(1 + ids.len() / 5_000) {
            assert_eq!(index.find(Oid::from_bytes(id).unwrap()).unwrap(), Some(number * step));
            let mut other = *id;
            other[ID_BYTES - 1] ^= 1;
            if ids.binary_search(&other).is_err() {
                assert_eq!(index.find(Oid::from_bytes(&other).unwrap()).unwrap(), None);
            }
        }
    }

    #[test]
    fn ids_are_found_in_a_large_index_however_they_are_spread() {
        let hashed = |number: u32| *blake3::hash(&number.to_le_bytes()).as_bytes().first_chunk().unwrap();
        judge((0..40_000).map(hashed).collect(), 99_999);
        let alike = |number: u32| {
            let mut id = [0x77; ID_BYTES];
            id[16..].copy_from_slice(&number.to_be_bytes());
            id
        };
        judge((0..40_000).map(alike).collect(), 1);
        judge((0..40_000).map(|number| if number < 39_000 { alike(number) } else { hashed(number) }).collect(), 1);
    }

    #[test]
    fn what_is_no_index_of_this_form_is_passed_over() {
        let file = index(&[[1; ID_BYTES], [2; ID_BYTES]], 12);
        let whole = std::fs::read(file.path()).unwrap();
        let open = |bytes: &[u8]| {
            std::fs::write(file.path(), bytes).unwrap();
            Index::open(file.path()).unwrap().is_some()
        };
        assert!(open(&whole));
        assert!(!open(&whole[..whole.len() - 1]));
        assert!(!open(&whole[8..]));
        assert!(!open(b""));
    }

    proptest! {
        #[test]
        fn few_ids_are_found(ids in proptest::collection::vec(any::<[u8; ID_BYTES]>(), 0..600), step in 0_u64..1 << 40) {
            judge(ids, step);
        }
    }
}
