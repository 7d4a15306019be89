//! One post's text in → safe HTML with holes out; the only module that makes safe HTML.
//!
//! A post's HTML depends on its text alone, so it is rendered once, kept, and used again. What depends on the rest of
//! the forum is left open as a *hole*: where relative links and images lead, who stands behind a mention, the prefix of
//! the post's ids, what the forum does with images of other sites. [`fill`] closes the holes for a page.
//!
//! The walk: `events` takes the Markdown parser's events one by one; `blocks`, `links` and `words` write them (the last
//! also finds bare addresses and mentions); `address` judges targets as a browser does; `raw` and `open` let a few raw
//! tags through and close everything in order; `notes` and `headings` keep what is only known at the end. All author text
//! goes through `escape`. A body in which raw tags were taken as markup goes through `sanitise` at the end as
//! well, though it should find nothing to do. `holes` and `fill` make a page of a body with the `ids` of its post, `plain`
//! its bare words.
//!
//! This module knows no forum: it looks nothing up, and judges no proposal. It tells what it met, in [`Rendered`].

mod address;
mod blocks;
mod escape;
mod events;
mod fill;
mod headings;
mod holes;
mod ids;
mod lines;
mod links;
mod notes;
mod open;
mod plain;
mod raw;
mod sanitise;
mod text_run;
mod words;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::diagnostic::Spot;

pub use fill::{fill, fill_apart};
pub use headings::heading;
pub use holes::{Body, Filling, OutsideImages, SafeHtml};
pub use ids::PostIds;
pub use plain::{excerpt, text};

/// What a post may be before it is shown as plain text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Limits {
    /// The most bytes of text.
    pub bytes: usize,
    /// The most blocks, spans and raw tags within each other. It guards the sanitiser, whose work grows with the
    /// square of the depth.
    pub nesting: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { bytes: 64 * 1024, nesting: 100 }
    }
}

/// One rendered post: all that is known from its text alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rendered {
    /// The HTML with holes.
    pub body: Body,
    /// What the holes are about; [`fill`] wants one filling for each, in this order, which is that of the text but for
    /// links to a `#place` that the post doesn't have: those come last.
    pub links: Vec<Link>,
    /// The ids of its headings without the post's prefix, sorted, for [`heading`].
    pub headings: Vec<Box<str>>,
    /// What is wrong with the text, in its order.
    pub faults: Vec<Fault>,
    /// How much there is of what newcomers may have little of.
    pub counts: TextCounts,
}

/// What a [`Link`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LinkKind {
    /// A link to a place in the forum.
    Link,
    /// An image of the forum.
    Image,
    /// A member's handle after `@`.
    Mention,
}

/// Something in a post that depends on the rest of the forum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// What it is.
    pub kind: LinkKind,
    /// For links and images: the path as a browser understands it, relative to the post's file or, with a `/` first,
    /// to the repository. Percent-encoding is decoded (unless that would yield a slash, a control character or
    /// broken UTF-8) and `\` is `/`; `.` and `..` are left to the caller. Empty for the post itself. A query is left
    /// in it: nothing in a repository has one. For mentions: the handle in lower case.
    pub target: String,
    /// What follows `#`, percent-decoded; none for mentions.
    pub fragment: Option<String>,
    /// Where it starts in the text.
    pub at: Spot,
}

/// Something that is wrong with a post's text. What each weighs is decided by the rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Where in the text; the start for a fault of the whole text.
    pub at: Spot,
    /// What is wrong there.
    pub kind: FaultKind,
}

/// What can be wrong with a post's text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FaultKind {
    /// The text has this many bytes, more than it may have, and is shown as it was typed.
    TooLong {
        /// How many.
        bytes: usize,
    },
    /// The text shows nothing.
    Empty,
    /// The text is nested deeper than it may be, and is shown as it was typed.
    TooDeep {
        /// The depth at which reading ended.
        depth: usize,
    },
    /// An image has no words for those who don't see it.
    NoAltText,
    /// A link or image has an address that no page may have; its words are shown alone.
    RefusedScheme {
        /// The scheme in lower case, as a browser reads it.
        scheme: String,
    },
    /// Words in angle brackets read as an address of this scheme, which no page may have; they are shown as typed.
    NoScheme {
        /// The scheme in lower case, as a browser reads it.
        scheme: String,
    },
    /// A link or image leads to another site, but names no proper host, or a login; its words are shown alone.
    BrokenAddress,
    /// A raw tag is shown as text: it isn't allowed, stands where it can't, or has no partner.
    RawTag {
        /// Its name in lower case; `!` or `?` for declarations and instructions.
        tag: String,
    },
    /// A raw block (`details`, `dl`, …) has no end tag, and was ended with the block around it.
    UnclosedTag {
        /// Its name.
        tag: String,
    },
    /// An HTML comment is left out. Comments are the one thing that isn't shown: they are written to be unseen.
    HtmlComment,
}

/// How much there is in a post of what the policy limits for newcomers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextCounts {
    /// Links that leave the forum.
    pub outside_links: u32,
    /// Images of the forum and of other sites.
    pub images: u32,
    /// Mentions of members.
    pub mentions: u32,
}

/// Renders `text`, a post without its front matter. Line ends may be LF or CRLF, with the same result.
///
/// A text beyond the limits is shown as it was typed, in `<pre class="plain">`.
#[must_use]
pub fn render(text: &str, limits: &Limits) -> Rendered {
    let bytes = text.len();
    let text = lines(text);
    if bytes > limits.bytes {
        return typed(&text, too_long(bytes));
    }
    events::walk(&text, limits.nesting, events::Scope::Post).unwrap_or_else(|fault| typed(&text, fault))
}

/// Renders a short text that stands alone, such as a description or what a member says about themselves: no holes, so
/// that links into the forum and mentions are shown as their words, images of other sites as links, and headings as
/// paragraphs; no footnotes.
#[must_use]
pub fn short(text: &str) -> SafeHtml {
    let text = lines(text);
    let limits = Limits::default();
    let rendered = match text.len() > limits.bytes {
        true => Err(too_long(text.len())),
        false => events::walk(&text, limits.nesting, events::Scope::Short),
    };
    let body = rendered.unwrap_or_else(|fault| typed(&text, fault)).body;
    fill(&body, &PostIds::default(), &[], &OutsideImages::Link)
}

/// The text with LF line ends.
fn lines(text: &str) -> Cow<'_, str> {
    match memchr::memchr(b'\r', text.as_bytes()) {
        Some(_) => text.replace("\r\n", "\n").replace('\r', "\n").into(),
        None => text.into(),
    }
}

fn too_long(bytes: usize) -> Fault {
    Fault { at: Spot::START, kind: FaultKind::TooLong { bytes } }
}

/// The text as it was typed.
fn typed(text: &str, fault: Fault) -> Rendered {
    // The first line end in a `pre` doesn't count.
    let mut html = String::with_capacity(text.len() + text.len() / 16 + 64);
    html.push_str("<pre class=\"plain\" tabindex=\"0\">\n");
    escape::push_text(&mut html, text);
    html.push_str("</pre>\n");
    Rendered {
        body: Body(html),
        links: Vec::new(),
        headings: Vec::new(),
        faults: vec![fault],
        counts: TextCounts::default(),
    }
}

#[cfg(test)]
mod tests;
