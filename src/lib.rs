//! boards: a static forum whose content lives in git and whose pages are plain files.
//!
//! A post walks through the rooms below once, front to back; [`build::build`] is that walk. [`git`] names what a commit or
//! the working copy holds; [`content`] makes a forum of it, and [`markdown`] safe HTML of each text; [`rules`] tell what is
//! wrong with the forum as a whole; [`site`] plans its pages and their addresses; [`theme`] makes bytes of them; [`output`]
//! writes what changed, and [`host`] carries it to where readers find it. [`proposal`] is the side entrance: posts that
//! arrive as commits; [`archive`] brings in other systems' exports; [`forge`] has the files with which a forge runs all
//! that. [`health`] finds what will hurt, [`origin`] tells where a page comes from, and [`server`] shows the result while
//! the files are still being written. A room uses only those before it, in this order: key, error, diagnostic, monitor,
//! lock, yaml, config, cache, git, markdown, content, site, theme, rules, output, host, trace, build, proposal, archive, forge,
//! health, origin, server, cli.
//!
//! Every room is a function of what it is given. So "incremental" is nothing but a memory of what they gave before, kept
//! in [`cache`] and in the output folder under [keys](key) of everything that went in.

pub mod archive;
pub mod build;
pub mod cache;
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
pub mod server;
pub mod site;
pub mod theme;
pub mod trace;
pub mod yaml;

pub use error::{Error, Result};
