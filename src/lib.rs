//! boards: a static forum whose content lives in git and whose pages are plain files.

pub mod cache;
pub mod config;
pub mod diagnostic;
pub mod error;
pub mod key;
pub mod markdown;
pub mod monitor;
pub mod yaml;

pub use error::{Error, Result};
