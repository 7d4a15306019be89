//! Room 1: a commit, or the working copy hashed as git would → folders of names and object ids; and the history behind
//! it. It knows nothing of forums, and runs no program: no hook, no filter, no network.

mod disk;
pub mod history;
mod index;
mod loose;
mod mailmap;
mod repository;
mod revision;
#[cfg(test)]
pub(crate) mod sample;
mod snapshot;
mod tree;
mod working;

pub use git2::Oid;

pub use self::repository::Repository;
pub use self::snapshot::{Entry, Kind, Snapshot, Source};
