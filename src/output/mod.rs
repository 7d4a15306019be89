//! Room 5. Bytes in → files out: writes what changed, removes what is gone, and keeps a list of what it made. Every
//! file is written beside its place and renamed, so that each is whole at any moment.

mod below;
mod folder;
mod manifest;
mod opening;
mod shown;
mod swap;

pub use folder::{Folder, Outcome, Place, list, standing};
pub use manifest::Listed;
pub use opening::Opening;
pub use shown::{Shown, shown};
pub use swap::{beside, exchange};
