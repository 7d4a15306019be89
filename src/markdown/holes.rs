//! What a body is, what may fill its holes, and how a hole is written. Filling them is the work of
//! [`fill`](super::fill).
//!
//! A hole is written with noncharacters, which [`escape`](super::escape) keeps out of author text:
//!
//! | in the body | is |
//! |---|---|
//! | `PREFIX` | the post's prefix, in ids and addresses |
//! | `<a href="LINK 3 END"` | the address of link 3 |
//! | `<img src="PICTURE 3 SEPARATOR target END" alt="…"…>` | link 3, an image of the forum |
//! | `<img src="OUTSIDE SEPARATOR address END" alt="…"…>` | an image of another site |
//! | `MENTION 3 SEPARATOR handle END` | link 3, a member |
//!
//! `PICTURE` and `OUTSIDE` may be followed by `WITHIN`: the image stands inside a link. The attributes of an image are
//! always written in that order, and the sanitiser keeps it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

pub(super) const PREFIX: char = '\u{FDD0}';
pub(super) const LINK: char = '\u{FDD1}';
pub(super) const PICTURE: char = '\u{FDD2}';
pub(super) const OUTSIDE: char = '\u{FDD3}';
pub(super) const MENTION: char = '\u{FDD4}';
pub(super) const WITHIN: char = '\u{FDD5}';
pub(super) const SEPARATOR: char = '\u{FDD6}';
pub(super) const END: char = '\u{FDD7}';
/// A link to a heading that may come later; none is left when a body is finished.
pub(super) const LATER: char = '\u{FDD8}';

/// The bytes that begin each mark above, and few other characters.
pub(super) const LEAD: &[u8] = &[0xEF, 0xB7];

/// What a link to another site says to browsers and search engines.
pub(super) const REL: &str = " rel=\"nofollow ugc noopener\"";

/// One post's HTML with holes: made by [`render`](super::render) alone, kept in boards' cache.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Body(pub(super) String);

impl Body {
    /// A body that boards' own cache gives back. It must be what [`Body::as_str`] gave: this is the one way around
    /// the guarantee that a body is safe.
    #[must_use]
    pub fn from_cache(html: String) -> Body {
        Body(html)
    }

    /// The HTML with its holes, to keep; not to show.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// HTML that may stand in a page as it is. Only this module makes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct SafeHtml(pub(super) String);

impl SafeHtml {
    /// The HTML.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The HTML, given away.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

/// What the forum knows about one [`Link`](super::Link). Addresses are as they shall stand in the page; they and
/// names are escaped when filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filling<'a> {
    /// A page of the site, or a place in one.
    Address(Cow<'a, str>),
    /// An attachment, published under its hash, that a browser shall save under its own name.
    File {
        /// Where it is published.
        address: Cow<'a, str>,
        /// What it is called in the forum.
        name: Cow<'a, str>,
    },
    /// An image that the forum publishes.
    Picture {
        /// Where it is published.
        address: Cow<'a, str>,
        /// Its width in pixels, 0 when unknown.
        width: u32,
        /// Its height in pixels, 0 when unknown.
        height: u32,
    },
    /// A member, with the name to show and their page, if there is one.
    Member {
        /// The name, without `@`.
        name: Cow<'a, str>,
        /// The member's page.
        address: Option<Cow<'a, str>>,
    },
    /// Nothing is there: the words stay, the link doesn't.
    Missing,
}

impl Filling<'_> {
    /// Where the filling leads, if anywhere.
    pub(super) fn address(&self) -> Option<&str> {
        match self {
            Filling::Address(address) | Filling::File { address, .. } | Filling::Picture { address, .. } => {
                Some(address)
            }
            Filling::Member { address, .. } => address.as_deref(),
            Filling::Missing => None,
        }
    }
}

/// What a page does with images of other sites.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum OutsideImages {
    /// Shows a link, so that reading a post tells nobody.
    #[default]
    Link,
    /// Lets the reader's browser fetch them.
    Allow,
    /// Fetches them through this address, to which the image's own is appended, percent-encoded.
    Proxy(String),
}
