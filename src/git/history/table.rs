//! Records of one size each → one piece of bytes, in which they stay: none is unpacked before it is asked for. A history
//! has millions, and after a small change a build asks for a few.

use bytes::Bytes;

use super::{Event, Key};
use crate::git::tree::oid;

/// What a record of so many bytes stands for.
pub(super) trait Record<const SIZE: usize>: Copy {
    fn bytes(self) -> [u8; SIZE];
    fn of(bytes: &[u8; SIZE]) -> Self;
}

/// A person (`u32`), when (`i64`) and a commit; numbers are little-endian.
impl Record<32> for Event {
    fn bytes(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&self.person.to_le_bytes());
        bytes[4..12].copy_from_slice(&self.when.to_le_bytes());
        bytes[12..].copy_from_slice(self.commit.as_bytes());
        bytes
    }

    fn of([a, b, c, d, when @ ..]: &[u8; 32]) -> Event {
        let [e, f, g, h, i, j, k, l, commit @ ..] = when;
        Event {
            person: u32::from_le_bytes([*a, *b, *c, *d]),
            when: i64::from_le_bytes([*e, *f, *g, *h, *i, *j, *k, *l]),
            commit: oid(commit),
        }
    }
}

impl Record<16> for Key {
    fn bytes(self) -> [u8; 16] {
        self.to_le_bytes()
    }

    fn of(bytes: &[u8; 16]) -> Key {
        Key::from_le_bytes(*bytes)
    }
}

/// The numbers of two events.
impl Record<8> for [u32; 2] {
    fn bytes(self) -> [u8; 8] {
        let [added, edited] = self;
        (u64::from(edited) << 32 | u64::from(added)).to_le_bytes()
    }

    fn of(bytes: &[u8; 8]) -> [u32; 2] {
        let both = u64::from_le_bytes(*bytes);
        [both as u32, (both >> 32) as u32]
    }
}

/// Records by their numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table<const SIZE: usize>(Bytes);

impl<const SIZE: usize> Table<SIZE> {
    /// The records that these bytes are.
    pub(super) fn new(bytes: Bytes) -> Table<SIZE> {
        Table(bytes)
    }

    /// These records.
    pub(super) fn of(records: impl Iterator<Item = impl Record<SIZE>>) -> Table<SIZE> {
        Table(records.flat_map(Record::bytes).collect::<Vec<u8>>().into())
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    fn records(&self) -> &[[u8; SIZE]] {
        self.0.as_chunks().0
    }

    pub(super) fn len(&self) -> usize {
        self.records().len()
    }

    pub(super) fn get<T: Record<SIZE>>(&self, number: usize) -> Option<T> {
        self.records().get(number).map(T::of)
    }

    pub(super) fn iter<T: Record<SIZE>>(&self) -> impl Iterator<Item = T> {
        self.records().iter().map(T::of)
    }

    /// The number of a record, where all are in ascending order.
    pub(super) fn find<T: Record<SIZE> + Ord>(&self, record: T) -> Option<usize> {
        self.records().binary_search_by(|raw| T::of(raw).cmp(&record)).ok()
    }
}

#[cfg(test)]
mod tests {
    use git2::Oid;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn records_come_back(
            events in prop::collection::vec((any::<u32>(), any::<i64>(), any::<[u8; 20]>()), 0..9),
            keys in prop::collection::btree_set(any::<Key>(), 0..9),
            facts in prop::collection::vec(any::<[u32; 2]>(), 0..9),
        ) {
            let event = |(person, when, commit): (u32, i64, [u8; 20])| {
                Event { person, when, commit: Oid::from_bytes(&commit).unwrap() }
            };
            let events: Vec<Event> = events.into_iter().map(event).collect();
            let table = Table::of(events.iter().copied());
            prop_assert!(table.iter::<Event>().eq(events.iter().copied()));
            prop_assert_eq!(table.get(events.len()), None::<Event>);
            let table = Table::of(facts.iter().copied());
            prop_assert!(table.iter::<[u32; 2]>().eq(facts));
            let table = Table::of(keys.iter().copied());
            for (key, number) in keys.iter().zip(0..) {
                prop_assert_eq!(table.find(*key), Some(number));
                prop_assert_eq!(table.get(number), Some(*key));
                prop_assert_eq!(table.find(key ^ 1).is_some(), keys.contains(&(key ^ 1)));
            }
        }
    }
}
