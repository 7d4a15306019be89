//! Dumps of the databases of bulletin boards → items. All that they have in common is here, and each system is a file.
//!
//! [`signature`] tells by its tables which system's board a dump is. [`record`] has what must be known before the first post is
//! given; [`dump`] and [`post`] make items of it and of the rows of posts, and [`site`] knows old addresses.
//!
//! # How to add a bulletin board
//!
//! Write `bulletin/NAME.rs` with a [`Signature`](signature::Signature), a table of [`Addresses`](site::Addresses), and a
//! [`System`](system::System): which columns become which record, and how texts are kept. It must read no column with private
//! messages, passwords or addresses of people.

mod dump;
pub(super) mod mybb;
pub(super) mod phpbb;
mod post;
mod record;
mod signature;
mod site;
pub(super) mod smf;
mod system;
