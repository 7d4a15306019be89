//! A row of an export → a post, or the reason why it is left out, and nothing else. So what is read is what is imported, what
//! stood there before and what is left out, and no importer can drop a row unsaid.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::Give;
use super::item::{Item, Kind, Member, Post, Skipped, Topic};
use super::sql::Row;
use crate::Result;

/// The row has nothing that tells it from others.
pub(super) const NO_ID: &str = "no id";
/// It doesn't say when it was written.
pub(super) const NO_DATE: &str = "no date";
/// What it was written in isn't there.
pub(super) const NO_TOPIC: &str = "its topic is not in the export";
/// Another with the same id was read before.
pub(super) const TWICE: &str = "twice in the export";
/// It is no object, or lacks what all have.
pub(super) const UNREADABLE: &str = "not a post that can be read";

/// What a row becomes.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// The topic, where the row tells of it.
    pub(super) topic: Option<Topic>,
    /// The author, where the row tells of them.
    pub(super) author: Option<Member>,
    /// The post.
    pub(super) post: Post,
}

/// What a row's reader answers: it is taken, or left out for a reason in a few words that many share.
pub(super) type Answer = std::result::Result<Taken, &'static str>;

/// Gives what became of a row, which people find in the export by `name`; and whether it was taken.
///
/// # Errors
/// What `give` fails with.
pub(super) fn answered(answer: Answer, name: impl FnOnce() -> String, give: Give<'_>) -> Result<bool> {
    let Taken { topic, author, post } = match answer {
        Ok(taken) => taken,
        Err(reason) => {
            give(Item::Skipped(Skipped { kind: Kind::Post, reason, name: name() }))?;
            return Ok(false);
        }
    };
    if let Some(topic) = topic {
        give(Item::Topic(topic))?;
    }
    if let Some(author) = author {
        give(Item::Member(author))?;
    }
    give(Item::Post(Box::new(post)))?;
    Ok(true)
}

/// What people find a row of a table by: the value of its `column`, or else the name of the table.
pub(super) fn called(row: &Row<'_>, column: &str) -> String {
    row.value(column).map_or_else(|| format!("a row of `{}`", row.table), str::to_owned)
}

/// An element of a list in JSON: one of which all is understood, or another.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Entry<T> {
    /// It is.
    Read(T),
    /// It lacks something, or is something else.
    Other(IgnoredAny),
}

impl<T> Entry<T> {
    /// What was read, to keep.
    pub(super) fn taken(self) -> Option<T> {
        match self {
            Entry::Read(value) => Some(value),
            Entry::Other(_) => None,
        }
    }

    /// What was read.
    pub(super) fn read(&self) -> Option<&T> {
        match self {
            Entry::Read(value) => Some(value),
            Entry::Other(_) => None,
        }
    }
}
