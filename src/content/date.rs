//! A post's file, and what the history tells of it → the post's date, and where that comes from.

use super::forum::Dated;
use super::names::Stem;
use super::post::{PostFile, Sourced};
use crate::git::history::Fact;

/// The date of a post in seconds since 1970: what its file says, else the commit that added it, else the time in its name.
/// Where none of them tells, the date is 1970, and `date-missing` says so.
pub(super) fn date(file: &PostFile, fact: Option<&Fact>) -> (i64, Dated) {
    match (&file.date, fact) {
        (Some(Sourced::File(date)), _) => (date.value, Dated::File),
        (Some(Sourced::History(date)), _) => (*date, Dated::Commit),
        (None, Some(fact)) => (fact.added.when, Dated::Commit),
        (None, None) => (Stem::read(&file.stem).map_or(0, |stem| stem.when), Dated::Guess),
    }
}
