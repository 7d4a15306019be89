//! Paths and names in → addresses out. An address is relative to the site's root and begins with no slash; that of a
//! page ends in a slash, and its file is the `index.html` there.

use std::borrow::Cow;
use std::fmt;

use git2::Oid;
use serde::Serialize;

use crate::content::{handled, page_number};

/// The address of a page, a place in one, or a file beside one. It borrows the names that it is made of, so that
/// comparing and hashing addresses costs next to nothing; it is written out only where it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Address<'f> {
    /// Whose page.
    pub of: Of<'f>,
    /// The number of the page in its list, 0 for the list's own address.
    pub page: u32,
    /// What on the page, or beside it.
    pub part: Part<'f>,
}

/// What has pages of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum Of<'f> {
    /// The forum.
    Home,
    /// A board or topic, by its folder below the content folder.
    Folder(&'f str),
    /// The index of members.
    Members,
    /// A member, by the handle.
    Member(&'f str),
    /// The index of tags.
    Tags,
    /// A tag, by its name in addresses.
    Tag(&'f str),
    /// The page of figures.
    Stats,
    /// How to post.
    Posting,
}

/// What on a page, or beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum Part<'f> {
    /// The page itself.
    Whole,
    /// The post with this stem.
    Post(&'f str),
    /// In the post with this stem, the heading of this id. A `:` stands between them, which is in no name of a file and no
    /// id of a heading, so that no heading has the address of another post.
    Heading(&'f str, &'f str),
    /// The file of this name beside it.
    File(&'static str),
}

impl<'f> Address<'f> {
    /// The own address of what has pages.
    #[must_use]
    pub fn of(of: Of<'f>) -> Address<'f> {
        Address { of, page: 0, part: Part::Whole }
    }

    /// The address of the board or topic in this folder.
    #[must_use]
    pub fn folder(path: &'f str) -> Address<'f> {
        Address::of(Of::Folder(path))
    }

    /// The address of the feed of what has pages.
    #[must_use]
    pub fn feed(of: Of<'f>) -> Address<'f> {
        Address { part: Part::File("feed.xml"), ..Address::of(of) }
    }
}

/// Writes parts one after another. Addresses are written by the hundred thousand, and `write!` takes its time.
fn parts(f: &mut fmt::Formatter<'_>, parts: &[&str]) -> fmt::Result {
    parts.iter().try_for_each(|part| f.write_str(part))
}

impl fmt::Display for Address<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.of {
            Of::Home => {}
            Of::Folder(path) => parts(f, &[path, "/"])?,
            Of::Members => f.write_str("members/")?,
            Of::Member(handle) => parts(f, &["members/", handle, "/"])?,
            Of::Tags => f.write_str("tags/")?,
            Of::Tag(slug) => parts(f, &["tags/", slug, "/"])?,
            Of::Stats => f.write_str("stats/")?,
            Of::Posting => f.write_str("posting/")?,
        }
        if self.page > 0 {
            write!(f, "page-{}/", self.page)?;
        }
        match self.part {
            Part::Whole => Ok(()),
            Part::Post(stem) => parts(f, &["#post-", stem]),
            Part::Heading(stem, name) => parts(f, &["#post-", stem, ":", name]),
            Part::File(name) => f.write_str(name),
        }
    }
}

/// The address of an attachment: under its content's hash, so that it may be cached for ever.
#[must_use]
pub fn attachment_address(blob: Oid, name: &str) -> String {
    let hash: String = blob.as_bytes()[..10].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("assets/{hash}/{name}")
}

/// The name of a tag in addresses: small letters and digits of any script, words joined by `-`, any other sign as `~`
/// and its number, so that two tags share a name only when they differ in case or space alone.
#[must_use]
pub fn tag_slug(tag: &str) -> String {
    let mut slug = String::new();
    for c in tag.trim().chars().flat_map(char::to_lowercase) {
        match c {
            c if c.is_alphanumeric() => slug.push(c),
            '_' | '-' => slug.push(c),
            '.' if !slug.is_empty() && !slug.ends_with('.') => slug.push(c),
            c if c.is_whitespace() => {
                if !slug.ends_with('-') {
                    slug.push('-');
                }
            }
            c => slug.push_str(&format!("~{:x}", u32::from(c))),
        }
    }
    // A tag's page lies in a folder, which has a good name.
    if page_number(&slug) {
        format!("~{slug}")
    } else if handled(&slug).is_some() {
        slug.replace('.', "~2e")
    } else {
        slug
    }
}

/// An address with everything percent-encoded that may not stand in a URI (RFC 3986), `/` and `#` kept.
#[must_use]
pub fn encoded<'a>(address: impl Into<Cow<'a, str>>) -> String {
    let address = address.into();
    let stays = |byte: &u8| STAYS[usize::from(*byte)];
    let Some(first) = address.bytes().position(|byte| !stays(&byte)) else { return address.into_owned() };
    let mut out = String::with_capacity(address.len() + 16);
    out.push_str(&address[..first]);
    for byte in address.bytes().skip(first) {
        if stays(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Which bytes may stand in a URI as they are.
const STAYS: [bool; 256] = {
    let mut stays = [false; 256];
    let signs = b"-._~/#?=&:@!$'()*+,;%";
    let mut at = 0;
    while at < 128 {
        stays[at] = (at as u8).is_ascii_alphanumeric();
        at += 1;
    }
    at = 0;
    while at < signs.len() {
        stays[signs[at] as usize] = true;
        at += 1;
    }
    stays
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_that_differ_have_addresses_that_differ() {
        assert_eq!(tag_slug("Web  Design"), "web-design");
        assert_eq!(tag_slug("C++"), "c~2b~2b");
        assert_eq!(tag_slug("../x"), "~2e.~2fx");
        assert_eq!(tag_slug("page-2"), "~page-2");
        assert_eq!(tag_slug("index.php"), "index~2ephp");
        assert_eq!(tag_slug("node.js"), "node.js");
        assert_ne!(tag_slug("c"), tag_slug("c#"));
    }

    #[test]
    fn letters_of_other_scripts_are_encoded_in_addresses() {
        assert_eq!(encoded("tags/чай/#post-a"), "tags/%D1%87%D0%B0%D0%B9/#post-a");
        assert_eq!(encoded("a\"><b"), "a%22%3E%3Cb");
    }
}
