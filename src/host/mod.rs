//! The way out. An output folder in → the same site on a branch or in another folder: only what changed is written, and
//! only what boards made there is removed. Nothing is built here, and no page is understood.

mod branch;
mod changes;
mod folder;
mod limits;
mod site;

pub use branch::{Branch, Published, Wish};
pub use changes::Changes;
pub use folder::Target;
pub use limits::{Breach, HOSTS, Host, Limit, Measure, guess, named};
pub use site::Site;
