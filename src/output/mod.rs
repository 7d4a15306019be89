//! Bytes in → files out: writes what changed, removes what is gone, and keeps a list of what it made. Every
//! file is written beside its place and renamed, so that each is whole at any moment.

mod background;
mod below;
mod folder;
mod listing;
mod manifest;
mod swap;

pub use background::Opening;
pub use folder::{FileIndex, Folder, WriteOutcome, intact_files, list};
pub use listing::{Listing, listing};
pub use manifest::Listed;
pub use swap::{beside, exchange};
