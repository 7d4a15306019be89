//! The export of another system in → files of the content format out, and a report. Nothing is
//! fetched, nothing that stands is changed but to give it pictures that it lacked, and no address of a person is written.
//!
//! # How an import goes
//!
//! 1. [`Source`](source::Source) opens the path and unpacks what is packed; a [`Format`] recognises it, and opens it as an [`Archive`].
//! 2. The archive is [read](Archive::read) for [names](item::Want::Names): [`plan::Skeleton`] gathers ids, times, authors and old
//!    addresses. Together with what [stands](existing) in the forum they make the [`plan::Plan`]: where every file will be.
//! 3. The archive is read again, for [all](item::Want::All): [`write::Writing`] turns each post into a file, leads its links to the
//!    new places, masks addresses of people, and hands it to a [`sink`]: the disk, one commit, or a commit a post.
//!
//! A run that is killed leaves no commit. It may leave files: where there are commits, the next run takes them away before
//! it looks at what stands; elsewhere they are those that it would have written, whole, and are left as they are.
//!
//! An imported file has an `origin`, `discourse/p10734`: by it a later run knows what is there, wherever it was moved to.
//! So the second import of an export changes nothing, and a newer one adds what is new.
//!
//! `format.rs` tells how to add a format.

mod article;
pub mod bbcode;
mod bulletin;
pub mod control_characters;
mod discourse;
mod disqus;
mod downloads;
mod emoji;
pub mod existing;
mod file;
mod format;
mod github;
pub mod html;
mod import;
mod isso;
pub mod item;
pub mod links;
mod mail;
pub mod names;
pub mod packed;
pub mod plan;
mod poll;
pub mod private;
pub mod report;
mod row;
pub mod secret;
pub mod sink;
pub mod source;
pub mod sql;
pub mod sqlite;
mod stackexchange;
mod staticman;
mod wordpress;
pub mod write;
mod xml;
mod zulip;

pub use format::{Archive, FORMATS, Format, Give, Local, Old, Options, host};
pub use import::{ImportOrder, import};

#[cfg(test)]
mod tests;
