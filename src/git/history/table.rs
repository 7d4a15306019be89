//! A history's records by their numbers: a piece of bytes, as the cache gave it.

use bytes::Bytes;

use super::Event;
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

/// Records by their numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table<const SIZE: usize>(Bytes);

impl<const SIZE: usize> Table<SIZE> {
    /// The records that these bytes are.
    pub(super) fn new(bytes: Bytes) -> Table<SIZE> {
        Table(bytes)
    }

    /// These records.
    pub(super) fn of(records: impl Iterator<Item = impl Plain<SIZE>>) -> Table<SIZE> {
        Table(plain::packed(records).into())
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn len(&self) -> usize {
        self.0.len() / SIZE
    }

    pub(super) fn get<T: Plain<SIZE>>(&self, number: usize) -> Option<T> {
        plain::value(&self.0, number)
    }

    pub(super) fn iter<T: Plain<SIZE>>(&self) -> impl Iterator<Item = T> {
        plain::values(&self.0)
    }

    /// The number of a record, where all are in ascending order.
    pub(super) fn find<T: Plain<SIZE> + Ord>(&self, record: T) -> Option<usize> {
        plain::find(&self.0, record)
    }
}

#[cfg(test)]
mod tests {
    use git2::Oid;
    use proptest::prelude::*;

    use super::*;
    use crate::git::history::Key;

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
