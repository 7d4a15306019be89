//! Small records by git object id → one file, read whole and decoded one record at a time, only where asked.

use bytes::Bytes;
use git2::Oid;

use super::Cache;
use crate::key::Key;

/// The bytes of an id, an offset and a length.
const ROW_BYTES: usize = 20 + 8 + 4;

/// Records by object id, in one piece of bytes: a sorted table of rows, then the records.
#[derive(Debug, Default)]
pub struct Records {
    bytes: Bytes,
    count: usize,
    check: u64,
}

impl Records {
    /// The records that were stored under `name` with the same `salt`; none when there are none or they are damaged.
    #[must_use]
    pub fn load(cache: &Cache, name: &str, salt: Key) -> Records {
        cache.load_checked(name, salt).map_or_else(Records::default, |(bytes, check)| Records::open(bytes, check))
    }

    /// Takes bytes that [`Records::pack`] made; anything else counts as no records.
    fn open(bytes: Vec<u8>, check: u64) -> Records {
        let bytes = Bytes::from(bytes);
        let count = bytes.get(..8).map_or(0, |head| number(head) as usize);
        match count.checked_mul(ROW_BYTES).and_then(|table| table.checked_add(8)) {
            Some(start) if start <= bytes.len() => Records { bytes, count, check },
            _ => Records::default(),
        }
    }

    /// How many there are.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "no caller needs to know")]
    pub fn len(&self) -> usize {
        self.count
    }

    /// The record of `id`.
    #[must_use]
    pub fn get(&self, id: Oid) -> Option<&[u8]> {
        let rows = self.bytes.get(8..8 + self.count * ROW_BYTES)?.as_chunks::<ROW_BYTES>().0;
        let row = find(rows.len(), |at| rows.get(at).copied(), id)?;
        let start = number(&row[20..28]) as usize;
        let length = number(&row[28..]) as usize;
        self.bytes.get(start..start.checked_add(length)?)
    }

    /// What tells these records from others, so that records which lean on them can name them.
    #[must_use]
    pub fn check(&self) -> u64 {
        self.check
    }

    /// The piece that all records are parts of.
    #[must_use]
    pub fn whole(&self) -> &Bytes {
        &self.bytes
    }

    /// Packs records into bytes for [`Records::load`], in the order in which they come: what is asked for together then lies
    /// together. Of two with the same id the first is kept.
    #[must_use]
    pub fn pack<B: AsRef<[u8]>>(records: &[(Oid, B)]) -> Vec<u8> {
        let mut order: Vec<usize> = (0..records.len()).collect();
        order.sort_unstable_by_key(|at| (records[*at].0, *at));
        order.dedup_by_key(|at| records[*at].0);
        let total: usize = records.iter().map(|(_, bytes)| ROW_BYTES + bytes.as_ref().len()).sum();
        let mut packed = Vec::with_capacity(8 + total);
        packed.extend((order.len() as u64).to_le_bytes());
        packed.resize(8 + order.len() * ROW_BYTES, 0);
        let mut kept = vec![false; records.len()];
        order.iter().for_each(|at| kept[*at] = true);
        let starts: Vec<usize> = records
            .iter()
            .zip(kept)
            .map(|((_, bytes), kept)| {
                let start = packed.len();
                if kept {
                    packed.extend(bytes.as_ref());
                }
                start
            })
            .collect();
        for (at, row) in order.into_iter().zip(packed[8..].as_chunks_mut::<ROW_BYTES>().0) {
            let (id, bytes) = &records[at];
            row[..20].copy_from_slice(id.as_bytes());
            row[20..28].copy_from_slice(&(starts[at] as u64).to_le_bytes());
            row[28..].copy_from_slice(&(bytes.as_ref().len() as u32).to_le_bytes());
        }
        packed
    }
}

/// Among so many rows that begin with an id, sorted, the one of this id. `row` tells the row at a place, `None` where it
/// can't be read. Ids are hashes, so where one must be can be told from its first bytes: few rows are looked at, and where
/// ids were made to mislead no more than twice those that halving would look at.
pub(super) fn find<const SIZE: usize>(
    count: usize,
    row: impl Fn(usize) -> Option<[u8; SIZE]>,
    id: Oid,
) -> Option<[u8; SIZE]> {
    let head = |bytes: &[u8]| u64::from_be_bytes(*bytes.first_chunk().unwrap_or(&[0; 8]));
    let wanted = head(id.as_bytes());
    let (mut low, mut high) = (0, count);
    // What the ids before `low` and from `high` on begin with.
    let (mut least, mut most) = (0, u64::MAX);
    let mut guess = true;
    while low < high {
        let within = u128::from(most.saturating_sub(least)) + 1;
        let among = u128::from(wanted.saturating_sub(least)) * (high - low) as u128 / within;
        let place = if guess { (low + among as usize).min(high - 1) } else { usize::midpoint(low, high) };
        guess = !guess;
        let found = row(place)?;
        match found[..20].cmp(id.as_bytes()) {
            std::cmp::Ordering::Less => (low, least) = (place + 1, head(&found)),
            std::cmp::Ordering::Greater => (high, most) = (place, head(&found)),
            std::cmp::Ordering::Equal => return Some(found),
        }
    }
    None
}

/// A little-endian number of up to eight bytes.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn records_come_back_by_their_id() {
        let id = |n: u8| Oid::from_bytes(&[n; 20]).unwrap();
        let packed = Records::pack(&(0..100).rev().map(|n| (id(n), vec![n; n as usize])).collect::<Vec<_>>());
        let records = Records::open(packed.clone(), 0);
        assert!((0..100).all(|n| records.get(id(n)) == Some(&vec![n; n as usize][..])));
        assert_eq!(records.get(id(200)), None);
        assert_eq!(Records::open(packed[..100].to_vec(), 0).get(id(3)), None);
        assert_eq!(Records::open(Vec::new(), 0).get(id(3)), None);
    }

    #[test]
    fn of_two_records_with_the_same_id_the_first_is_kept() {
        let [one, other] = [[1; 20], [2; 20]].map(|id| Oid::from_bytes(&id).unwrap());
        let packed = Records::pack(&[(other, "b"), (one, "first"), (other, "c"), (one, "second, which is long")]);
        let records = Records::open(packed, 0);
        assert_eq!((records.get(one), records.get(other)), (Some(&b"first"[..]), Some(&b"b"[..])));
        assert_eq!((records.len(), records.whole().len()), (2, 8 + 2 * ROW_BYTES + "bfirst".len()));
    }

    proptest! {
        #[test]
        fn every_id_is_found_however_they_lie(few in prop::collection::btree_set(any::<[u8; 2]>(), 0..300), one in any::<[u8; 2]>()) {
            let id = |[a, b]: [u8; 2]| {
                let mut bytes = [a; 20];
                bytes[7..].fill(b);
                Oid::from_bytes(&bytes).unwrap()
            };
            let mut rows: Vec<[u8; 20]> = few.iter().map(|two| id(*two).as_bytes().try_into().unwrap()).collect();
            rows.sort_unstable();
            let found = |two| find(rows.len(), |at| rows.get(at).copied(), id(two));
            prop_assert!(few.iter().all(|two| found(*two).is_some_and(|row| row == *id(*two).as_bytes())));
            prop_assert_eq!(found(one).is_some(), few.contains(&one));
        }
    }
}
