//! boards: a static forum whose content lives in git and whose pages are plain files.
//!
//! A post walks through the rooms below once, front to back; [`build::build`] is that walk. [`git`] names what a commit or
//! the working copy holds; [`content`] makes a forum of it, and [`markdown`] safe HTML of each text; [`rules`] tell what is
//! wrong with the forum as a whole; [`site`] plans its pages and their addresses; [`theme`] makes bytes of them; [`output`]
//! writes what changed. [`proposal`] is the side entrance: posts that arrive as commits. [`forge`] has the files with which
//! a forge runs all that. A room uses only those before it, in this order: key, error, diagnostic, monitor, yaml, config,
//! cache, git, markdown, content, site, theme, rules, output, build, proposal, forge, cli.
//!
//! Every room is a function of what it is given. So "incremental" is nothing but a memory of what they gave before, kept
//! in [`cache`] and in the output folder under [keys](key) of everything that went in.

pub mod build;
pub mod cache;
pub mod cli;
pub mod config;
pub mod content;
pub mod diagnostic;
pub mod error;
pub mod forge;
pub mod git;
pub mod key;
pub mod markdown;
pub mod monitor;
pub mod output;
pub mod proposal;
pub mod rules;
pub mod site;
pub mod theme;
pub mod yaml;

pub use error::{Error, Result};
