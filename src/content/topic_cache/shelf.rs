//! A shelf as it is remembered: one record with those of all its topics.

use std::collections::HashMap;

use bytes::Bytes;
use git2::Oid;
use serde::{Deserialize, Serialize, Serializer};

use super::Record;
use crate::content::summary::{StoredTopic, TopicSummary};

/// A shelf as it stood.
#[derive(Debug)]
pub(in crate::content) struct Shelf<'m> {
    /// The folder below the content folder.
    pub path: &'m str,
    /// Its topics, in git's order.
    pub topics: Vec<Inside<'m>>,
}

/// A topic of a shelf.
#[derive(Debug, Clone, Copy)]
pub(in crate::content) struct Inside<'m> {
    /// The name of its folder.
    pub name: &'m str,
    pub tree: Oid,
    pub(super) record: &'m [u8],
    /// The piece that the record is a part of.
    whole: &'m Bytes,
}

/// A shelf as it is stored. One that changed since all was stored is stored by what it has changed: there may be many
/// topics on it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct StoredShelf<'m> {
    pub path: &'m str,
    /// The tree id of the shelf as it was when all was stored; zero for none.
    #[serde(with = "crate::key::oid")]
    pub base: Oid,
    #[serde(borrow)]
    pub topics: Vec<StoredShelfTopic<'m>>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct StoredShelfTopic<'m> {
    pub name: &'m str,
    #[serde(with = "crate::key::oid")]
    pub tree: Oid,
    /// Empty where it is the same as the base's.
    #[serde(serialize_with = "in_one_piece")]
    pub record: &'m [u8],
}

impl<'m> StoredShelfTopic<'m> {
    /// The topic, whose record is a part of `whole`.
    pub(super) fn of(self, whole: &'m Bytes) -> Inside<'m> {
        let StoredShelfTopic { name, tree, record } = self;
        Inside { name, tree, record, whole }
    }
}

impl<'m> From<&Inside<'m>> for StoredShelfTopic<'m> {
    fn from(topic: &Inside<'m>) -> StoredShelfTopic<'m> {
        StoredShelfTopic { name: topic.name, tree: topic.tree, record: topic.record }
    }
}

impl<'m> StoredShelf<'m> {
    /// The shelf of this record; `None` for that of anything else.
    pub(super) fn read(record: &'m [u8]) -> Option<StoredShelf<'m>> {
        match postcard::from_bytes::<Record<(), StoredShelf<'_>, ()>>(record).ok()? {
            Record::Shelf(rows) => Some(rows),
            Record::Topic(()) | Record::Mixed(()) => None,
        }
    }

    /// Its record.
    pub(super) fn bytes(&self) -> Option<Vec<u8>> {
        postcard::to_stdvec(&Record::<(), _, ()>::Shelf(self)).ok()
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn in_one_piece<S: Serializer>(bytes: &&[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(bytes)
}

impl Inside<'_> {
    /// What is known of it; `None` where it is damaged.
    pub(in crate::content) fn known(&self) -> Option<Box<StoredTopic>> {
        match postcard::from_bytes::<Record<StoredTopic<TopicSummary<&[u8]>>, (), ()>>(self.record).ok()? {
            Record::Topic(known) => known.of(self.whole),
            Record::Shelf(()) | Record::Mixed(()) => None,
        }
    }
}

impl<'m> Shelf<'m> {
    /// Its topics by their names.
    pub(in crate::content) fn names(&self) -> HashMap<&'m str, Inside<'m>> {
        self.topics.iter().map(|topic| (topic.name, *topic)).collect()
    }
}
