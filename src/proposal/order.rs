//! What is to be merged, into what, and in whose name.

use std::path::PathBuf;

use git2::Oid;

use super::Account;
use super::source::Selection;
use crate::build::CacheAt;

/// What is to be merged, and into what.
#[derive(Debug, Clone)]
pub struct Order {
    /// The forum's repository, or a folder in it.
    pub repository: PathBuf,
    /// The content folder in it.
    pub content: String,
    /// The branch; the one that HEAD names when left out.
    pub into: Option<String>,
    /// The proposals.
    pub wanted: Selection,
    /// Who proposes them, as a trusted caller says.
    pub account: Option<Account>,
    /// What the proposals' head must be.
    pub expect: Option<Oid>,
    /// Let through what waits for a maintainer.
    pub approve: bool,
    /// Judge, and land nothing.
    pub dry_run: bool,
    /// The remote that has the proposals of a number, by name or address.
    pub remote: String,
    /// Push the branch to the remote.
    pub push: bool,
    /// The time of the merge, in seconds since 1970.
    pub now: i64,
    /// Where earlier work is remembered.
    pub cache: CacheAt,
}
