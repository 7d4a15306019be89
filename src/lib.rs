//! boards: a static forum whose content lives in git and whose pages are plain files.
//!
//! A post goes through these modules once; [`build::build`] is that path. [`git`] names what a commit or the working copy
//! holds; [`content`] makes a forum of it, and [`markdown`] safe HTML of each text; [`rules`] find what is wrong with the
//! forum as a whole; [`site`] plans its pages and their addresses; [`theme`] renders them; [`output`] writes what changed, and
//! [`host`] publishes it. [`proposal`] judges and merges posts that arrive as commits; [`archive`] imports other systems'
//! exports; [`forge`] has the workflow files with which a forge runs all that. [`health`] finds what will cause trouble,
//! [`origin`] tells where a page comes from, and [`server`] shows the site while its files are being written. Which module
//! may use which others is told in `docs/architecture.md`.
//!
//! Every module is a function of what it is given. So an incremental build is a build that remembers what they gave before,
//! in [`cache`] and in the output folder, under [keys](key) of everything that went in.

#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

#[cfg(feature = "import")]
pub mod archive;
pub mod build;
pub mod cache;
#[allow(clippy::disallowed_methods, reason = "the command line reads the clock and the environment")]
pub mod cli;
pub mod config;
pub mod content;
pub mod diagnostic;
pub mod error;
pub mod forge;
pub mod git;
pub mod health;
pub mod host;
pub mod key;
pub mod lock;
pub mod markdown;
pub mod monitor;
pub mod origin;
pub mod output;
pub mod plain;
pub mod proposal;
pub mod rules;
#[allow(clippy::disallowed_methods, reason = "a server waits for connections and changes, for some time")]
pub mod server;
pub mod site;
pub mod theme;
pub mod trace;
pub mod yaml;

pub use error::{Error, Result};
