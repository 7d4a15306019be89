//! The contract of a format: what recognises the exports of a system and reads them; and the table of all formats.
//!
//! # How to add a format
//!
//! Write `archive/NAME.rs` with `pub const FORMAT: Format`, and list it in [`FORMATS`]. It needs
//! - `looks`: whether a source is one, from the names of files and the first bytes. Cheap, and never an error.
//! - `open`: an [`Archive`], which may keep a small index (offsets, threads) from the first reading for the second.
//! - [`Archive::read`]: every message as an [`Item::Post`], or as an [`Item::Skipped`] with the reason (`row::answered` takes
//!   either and nothing else); the same ones in the same order each time. Ids are stable from export to export; `date` is
//!   what the export says and never the file's. Texts are Markdown with the old addresses in them: HTML goes through
//!   [`html::markdown`](super::html::markdown) with a dialect of the format's own, plain words through
//!   [`html::plain`](super::html::plain).
//! - [`Archive::old`]: the old forum's host, and from an address found in a text to the form that stands in `aliases`.
//!
//! The dump of a bulletin board's database needs less: `bulletin/mod.rs` tells what.
//!
//! Texts, names and titles are masked and checked by the frame; a format only must not put secrets in ids (see
//! [`Member::secret`](super::item::Member::secret)), addresses of e-mail in `aliases` or passwords anywhere.

use super::item::{Item, Want};
use super::source::Source;
use super::sql::Charset;
use super::{bulletin, discourse, disqus, github, isso, mail, stackexchange, staticman, wordpress, zulip};
use crate::monitor::Monitor;
use crate::{Error, Result};

/// Takes the items of an archive, one by one.
pub type Give<'g> = &'g mut dyn FnMut(Item) -> Result<()>;

/// An export that was opened.
pub trait Archive {
    /// Gives every item, each time the same ones in the same order, holding no more than one topic or message at a time.
    ///
    /// # Errors
    /// The export can't be read, or what `give` fails with. A broken message is no error but an [`Item::Skipped`].
    fn read(&mut self, want: Want, monitor: &dyn Monitor, give: Give<'_>) -> Result<()>;

    /// What is known of the old forum's addresses after the first reading.
    fn old(&self) -> Old {
        Old::default()
    }
}

/// What turns an address found in a text into the form that stands in `aliases`; none when it leads elsewhere.
pub type Local = Box<dyn Fn(&str) -> Option<String>>;

/// The addresses of the old forum.
pub struct Old {
    /// Its own, with its scheme, when it is known.
    pub base: Option<String>,
    /// Which ones lead to something in it.
    pub local: Local,
}

impl Default for Old {
    fn default() -> Old {
        Old { base: None, local: Box::new(|_| None) }
    }
}

impl Old {
    /// Those of a forum at this address: each is a path from the top of its host, with its query.
    #[must_use]
    pub fn at(base: Option<String>) -> Old {
        let host = base.as_deref().map(|it| host(it).to_owned());
        let local = move |address: &str| match address.split_once("://") {
            Some((_, rest)) => {
                let path = rest.strip_prefix(host.as_deref()?)?;
                path.starts_with('/').then(|| path.to_owned())
            }
            None => (address.starts_with('/') && !address.starts_with("//")).then(|| address.to_owned()),
        };
        Old { base, local: Box::new(local) }
    }
}

/// The host of an address with a scheme.
#[must_use]
pub fn host(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

/// What a format may be told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// The address where the archive stood, with its scheme.
    pub url: Option<String>,
    /// Leave out what mail programs add to each message: signatures, footers, what PGP wraps around.
    pub trim: bool,
    /// Take the comments of reviews as well.
    pub reviews: bool,
    /// Take what not everybody could read there as well.
    pub private: bool,
    /// The character set of its texts, where the export doesn't say it or says it wrongly.
    pub charset: Option<Charset>,
}

/// A kind of export.
#[derive(Clone, Copy)]
pub struct Format {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it is, for people.
    pub about: &'static str,
    /// Whether this is one.
    pub looks: fn(&Source) -> bool,
    /// Opens one.
    pub open: fn(Source, &Options) -> Result<Box<dyn Archive>>,
}

/// Every format that is known, in the order in which they are tried.
pub static FORMATS: &[Format] = &[
    discourse::FORMAT,
    stackexchange::FORMAT,
    disqus::FORMAT,
    wordpress::FORMAT,
    isso::FORMAT,
    staticman::FORMAT,
    zulip::FORMAT,
    github::FORMAT,
    bulletin::phpbb::FORMAT,
    bulletin::mybb::FORMAT,
    bulletin::smf::FORMAT,
    mail::FORMAT,
];

/// The format with this name, or the first that knows the source for its own.
///
/// # Errors
/// There is no such format, or none that knows the source.
pub(super) fn recognised(name: Option<&str>, source: &Source) -> Result<&'static Format> {
    let all = || FORMATS.iter().map(|it| it.name).collect::<Vec<_>>().join(", ");
    if let Some(name) = name {
        return FORMATS
            .iter()
            .find(|it| it.name == name)
            .ok_or_else(|| Error::other(format!("there is no format `{name}`"), format!("known are {}", all())));
    }
    FORMATS.iter().find(|it| (it.looks)(source)).ok_or_else(|| {
        let message = format!("{}: no export that boards knows", source.path.display());
        Error::other(message, format!("name its format: {}", all()))
    })
}
