//! boards: a static forum whose content lives in git and whose pages are plain files.

pub mod build;
pub mod cache;
pub mod cli;
pub mod config;
pub mod content;
pub mod diagnostic;
pub mod error;
pub mod git;
pub mod key;
pub mod markdown;
pub mod monitor;
pub mod output;
pub mod rules;
pub mod site;
pub mod theme;
pub mod yaml;

pub use error::{Error, Result};
