//! boards: a static forum whose content lives in git and whose pages are plain files.

pub mod diagnostic;
pub mod error;
pub mod monitor;
pub mod theme;

pub use error::{Error, Result};
