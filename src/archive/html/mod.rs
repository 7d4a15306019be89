//! HTML in → Markdown of the content format out, with every word that a reader saw. It resolves no addresses and judges
//! none but their schemes; what is special to one system is told by a [`Shape`].

mod attributes;
mod escape;
mod inline;
mod table;
mod tree;
mod write;

pub use escape::{code, fence, line_start, plain, plain_words};
pub use tree::{BLOCKS, DEEPEST_LEVELS, Element, Node, read};

/// What an element is to become, where its tag alone doesn't tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// What its tag says.
    Usual,
    /// Nothing: furniture of the page it stood on.
    Gone,
    /// What it holds, without itself.
    Inner,
    /// What this tag says.
    As(&'static str),
    /// A block of code.
    Code {
        /// Its language; may be empty.
        language: String,
        /// Its lines.
        text: String,
    },
    /// These words.
    Words(String),
    /// This Markdown, within a line.
    Markdown(String),
    /// A picture.
    Picture {
        /// What it shows.
        alt: String,
        /// Its address.
        address: String,
    },
    /// A link.
    Link {
        /// Its words.
        words: String,
        /// Where it leads.
        address: String,
    },
    /// A quotation of another post: a line that says of whose, leading there, and what the first `blockquote` in it holds.
    Quote {
        /// Who said it.
        words: String,
        /// Where; may be empty.
        address: String,
    },
    /// Words that are covered until somebody wants to read them.
    Spoiler,
    /// A quotation without a source.
    Aside,
}

/// What tells the shape of an element.
pub type Dialect<'d> = &'d dyn Fn(&Element) -> Shape;

/// HTML without peculiarities.
#[must_use]
pub fn usual(_: &Element) -> Shape {
    Shape::Usual
}

/// An address as it stands between the parentheses of a link.
#[must_use]
pub fn target(address: &str) -> String {
    escape::address(address)
}

/// The words of HTML, in one line.
#[must_use]
pub fn words(html: &str) -> String {
    read(html).text().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Turns HTML into the content of a table's cell.
#[must_use]
pub fn cell(html: &str, dialect: Dialect<'_>) -> String {
    write::Writer { dialect }.cell(&read(html))
}

/// Turns HTML into Markdown.
#[must_use]
pub fn markdown(html: &str, dialect: Dialect<'_>) -> String {
    write::Writer { dialect }.document(&read(html))
}

/// Turns a tree into Markdown, which something else than HTML was read into.
#[must_use]
pub fn written(root: &Element, dialect: Dialect<'_>) -> String {
    write::Writer { dialect }.document(root)
}

#[cfg(test)]
mod seen;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(super) use seen::differ;
