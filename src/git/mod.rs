//! A commit, or the working copy hashed as git would → folders of names and object ids; and the history behind
//! it; objects and moved references on the way back. It knows nothing of forums. What it reads, it reads by itself; the
//! person's own `git` command runs for the network, signatures, the index and whole packs, and never a hook.

pub mod branches;
mod checkout;
mod commit;
mod compare;
mod disk;
mod earlier_scan;
mod exposed;
pub mod history;
mod index;
mod listing;
mod loose;
mod mailmap;
mod overlay;
mod packs;
pub mod patch;
mod program;
mod quarantine;
pub mod remote;
mod repository;
mod revision;
#[cfg(test)]
pub(crate) mod sample;
mod size;
mod snapshot;
mod stream;
mod tree;
mod working;
pub mod write;

pub use git2::Oid;

pub use self::checkout::WorkTrees;
pub use self::commit::{Commit, Signed};
pub use self::compare::{Compared, Difference, File, Mode, blob_id};
pub use self::earlier_scan::EarlierScan;
pub use self::exposed::{Exposure, exposure};
pub use self::listing::files;
pub use self::mailmap::mailmapped;
pub use self::quarantine::{Kept, Quarantine};
pub use self::repository::Repository;
pub use self::size::{TooLarge, Within, file_within};
pub use self::snapshot::{Entry, Kind, Snapshot, Source};
pub use self::stream::{Mark, Stream};
