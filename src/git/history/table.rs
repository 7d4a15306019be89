//! A history's records by their numbers, left where the cache has them: in memory, or on the disk, where a few are looked
//! up among millions.

use std::borrow::Cow;
use std::fmt::Debug;
use std::ops::Range;
use std::sync::Arc;

use super::Event;
use crate::Result;
use crate::git::tree::oid;
use crate::plain::{self, Plain};

/// A person (`u32`), when (`i64`) and a commit.
impl Plain<32> for Event {
    fn bytes(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&self.person.to_le_bytes());
        bytes[4..12].copy_from_slice(&self.when.to_le_bytes());
        bytes[12..].copy_from_slice(self.commit.as_bytes());
        bytes
    }

    fn of([a, b, c, d, when @ ..]: [u8; 32]) -> Event {
        let [e, f, g, h, i, j, k, l, commit @ ..] = when;
        Event {
            person: u32::from_le_bytes([a, b, c, d]),
            when: i64::from_le_bytes([e, f, g, h, i, j, k, l]),
            commit: oid(&commit),
        }
    }
}

/// Bytes that lie somewhere, in memory or on a disk, and are read in parts.
#[allow(clippy::len_without_is_empty, reason = "no caller needs to know")]
pub trait Source: Debug + Send + Sync {
    /// How many there are.
    fn len(&self) -> usize;

    /// Those of a range, which ends at [`len`](Source::len) at the latest.
    ///
    /// # Errors
    /// They can't be read as they were written.
    fn read(&self, range: Range<usize>) -> Result<Cow<'_, [u8]>>;
}

impl Source for Vec<u8> {
    fn len(&self) -> usize {
        self.len()
    }

    fn read(&self, range: Range<usize>) -> Result<Cow<'_, [u8]>> {
        Ok(Cow::from(&self[range]))
    }
}

/// So many bytes are looked at at once where a record is searched.
const WINDOW_BYTES: usize = 512;
/// Records by their numbers, each read when it is asked for.
#[derive(Debug, Clone)]
pub(super) struct RecordTable<const SIZE: usize> {
    source: Arc<dyn Source>,
    start: usize,
    count: usize,
}

impl<const SIZE: usize> RecordTable<SIZE> {
    /// So many records, whose bytes begin at `start`.
    pub(super) fn new(source: &Arc<dyn Source>, start: usize, count: usize) -> RecordTable<SIZE> {
        RecordTable { source: Arc::clone(source), start, count }
    }

    /// The records that these bytes are.
    fn held(bytes: Vec<u8>) -> RecordTable<SIZE> {
        let count = bytes.len() / SIZE;
        RecordTable { source: Arc::new(bytes), start: 0, count }
    }

    /// These records.
    pub(super) fn of(records: impl Iterator<Item = impl Plain<SIZE>>) -> RecordTable<SIZE> {
        RecordTable::held(plain::packed(records))
    }

    /// The bytes of the records of these numbers.
    fn read(&self, numbers: Range<usize>) -> Result<Cow<'_, [u8]>> {
        self.source.read(self.start + numbers.start * SIZE..self.start + numbers.end * SIZE)
    }

    /// The bytes of all.
    pub(super) fn bytes(&self) -> Result<Cow<'_, [u8]>> {
        self.read(0..self.count)
    }

    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// The record of this number; `None` where there are not so many.
    pub(super) fn get<T: Plain<SIZE>>(&self, number: usize) -> Result<Option<T>> {
        if number >= self.count {
            return Ok(None);
        }
        Ok(plain::value(&self.read(number..number + 1)?, 0))
    }

    /// All records.
    pub(super) fn all<T: Plain<SIZE>>(&self) -> Result<Vec<T>> {
        Ok(plain::values(&self.bytes()?).collect())
    }
}

impl RecordTable<16> {
    /// The number of a key, where all are in ascending order. They are hashes, so where one must be can be told from its
    /// value: few are looked at, and where paths were chosen to mislead no more than twice those that halving would
    /// look at.
    pub(super) fn find(&self, key: u128) -> Result<Option<usize>> {
        let (mut low, mut high) = (0, self.count);
        // The least key that may stand at `low`, and the greatest before `high`.
        let (mut least, mut most) = (0, u128::MAX);
        let mut guess = true;
        while low < high {
            // The upper half of a key is enough to guess by.
            let [within, among] = [most.saturating_sub(least), key.saturating_sub(least)].map(|part| part >> 64);
            let place = (high - low) as u128 * among / (within + 1);
            let middle = if guess { (low + place as usize).min(high - 1) } else { usize::midpoint(low, high) };
            guess = !guess;
            let first = middle.saturating_sub(WINDOW_BYTES / 32).max(low);
            let keys = self.read(first..high.min(first + WINDOW_BYTES / 16))?;
            let (Some(before), Some(behind)) = (plain::value(&keys, 0), plain::values(&keys).next_back()) else {
                break;
            };
            if key < before {
                (high, most) = (first, before);
            } else if key > behind {
                (low, least) = (first + keys.len() / 16, behind);
            } else {
                return Ok(plain::find(&keys, key).map(|at| first + at));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use git2::Oid;
    use proptest::prelude::*;

    use super::*;
    use crate::Error;
    use crate::git::history::PathKey;

    proptest! {
        #[test]
        fn records_come_back(
            events in prop::collection::vec((any::<u32>(), any::<i64>(), any::<[u8; 20]>()), 0..9),
            keys in prop::collection::btree_set(any::<PathKey>(), 0..9),
            facts in prop::collection::vec(any::<[u32; 2]>(), 0..9),
        ) {
            let event = |(person, when, commit): (u32, i64, [u8; 20])| {
                Event { person, when, commit: Oid::from_bytes(&commit).unwrap() }
            };
            let events: Vec<Event> = events.into_iter().map(event).collect();
            let table = RecordTable::of(events.iter().copied());
            prop_assert_eq!(table.get(events.len()).unwrap(), None::<Event>);
            prop_assert_eq!(table.all::<Event>().unwrap(), events);
            let table = RecordTable::of(facts.iter().copied());
            prop_assert_eq!(table.all::<[u32; 2]>().unwrap(), facts);
            let table = RecordTable::of(keys.iter().copied());
            for (key, number) in keys.iter().zip(0..) {
                prop_assert_eq!(table.find(*key).unwrap(), Some(number));
                prop_assert_eq!(table.get(number).unwrap(), Some(*key));
                prop_assert_eq!(table.find(key ^ 1).unwrap().is_some(), keys.contains(&(key ^ 1)));
            }
        }

        #[test]
        fn keys_are_found_however_they_lie(heads in prop::collection::btree_set(any::<u8>(), 1..9), count in 1_u128..300) {
            let keys: BTreeSet<PathKey> = heads.iter().flat_map(|head| {
                (0..count).map(|at| PathKey::from(*head) << (at % 3 * 56) | at << (at % 2 * 60))
            }).collect();
            let table = RecordTable::of(keys.iter().copied());
            let find = |key: PathKey| table.find(key).unwrap();
            prop_assert!(keys.iter().zip(0..).all(|(key, number)| find(*key) == Some(number)));
            prop_assert!(keys.iter().all(|key| find(key ^ 1).is_some() == keys.contains(&(key ^ 1))));
            prop_assert!(table.all::<PathKey>().unwrap().iter().eq(&keys));
        }
    }

    /// Of whose bytes those from a place on can't be read.
    #[derive(Debug)]
    struct Cut(Vec<u8>, usize);

    impl Source for Cut {
        fn len(&self) -> usize {
            self.0.len()
        }

        fn read(&self, range: Range<usize>) -> Result<Cow<'_, [u8]>> {
            if range.end > self.1 { Err(Error::other("cut off", "")) } else { self.0.read(range) }
        }
    }

    #[test]
    fn what_can_not_be_read_is_an_error() {
        let source: Arc<dyn Source> = Arc::new(Cut(plain::packed(0_u32..100), 200));
        let table: RecordTable<4> = RecordTable::new(&source, 0, 100);
        assert_eq!((table.get(49).unwrap(), table.get::<u32>(100).unwrap()), (Some(49_u32), None));
        assert!(table.get::<u32>(50).is_err() && table.all::<u32>().is_err());
    }
}
