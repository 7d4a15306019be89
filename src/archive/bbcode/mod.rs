//! BBCode, as forums keep it → Markdown of the content format, with every word that a reader saw. A tag that isn't known,
//! or has no end, stays as the text that it is. It resolves no addresses.

mod smilies;
mod tags;
mod tokens;
mod tree;
mod xml;

use super::control_characters::repaired;
use super::html::{self, Element, Shape};

/// The deepest nesting. What lies deeper loses its tags and keeps its words.
pub const DEEPEST_LEVELS: usize = 60;

/// What leads from the number of a post or a member, and nothing else, to its old address.
pub type Address<'s> = &'s dyn Fn(&str) -> Option<String>;

/// What leads from the number and the name of an attachment in a text to its old address and its name. Some systems tell
/// only the number.
pub type FileAddress<'s> = &'s dyn Fn(&str, &str) -> Option<(String, String)>;

/// How a system keeps its texts.
#[derive(Clone, Copy)]
pub struct Style<'s> {
    /// What stands, after a colon, in each tag that is one (phpBB up to 3.1); empty where all are.
    pub uid: &'s str,
    /// Signs of HTML are kept as entities, beside a few tags of the system's own.
    pub escaped: bool,
    /// Smilies are kept as they were typed, and marked as nothing.
    pub smilies: bool,
    /// Where a quotation's post stood.
    pub post: Address<'s>,
    /// Where the page of a member stood who is mentioned.
    pub member: Address<'s>,
    /// Where a file stood that the text shows.
    pub file: FileAddress<'s>,
}

impl Style<'static> {
    /// Texts as people type them.
    #[must_use]
    pub fn typed() -> Style<'static> {
        Style { uid: "", escaped: false, smilies: false, post: &|_| None, member: &|_| None, file: &|_, _| None }
    }
}

/// Turns BBCode into Markdown.
#[must_use]
pub fn markdown(text: &str, style: &Style<'_>) -> String {
    html::written(&tree::read(tokens::read(&repaired(text), style), style), &shape)
}

/// Turns the XML in which phpBB 3.2 and later keep their texts (`<r>…</r>`, `<t>…</t>`) into Markdown; what is none is read
/// as BBCode.
#[must_use]
pub fn xml_markdown(text: &str, style: &Style<'_>) -> String {
    match xml::read(&repaired(text), style) {
        Some(root) => html::written(&root, &shape),
        None => markdown(text, style),
    }
}

/// The words of a text that is kept with signs of HTML as entities and has no tags: a title, a name.
#[must_use]
pub fn plain(text: &str) -> String {
    tokens::decoded(&repaired(text))
}

/// The words of a text in one line, as a table's cell.
#[must_use]
pub fn cell(text: &str, style: &Style<'_>) -> String {
    let text = &*repaired(text);
    let root = xml::read(text, style).unwrap_or_else(|| tree::read(tokens::read(text, style), style));
    let words = root.text().split_whitespace().collect::<Vec<_>>().join(" ");
    html::plain_words(&words).replace('|', "\\|")
}

fn shape(element: &Element) -> Shape {
    match element.name.as_str() {
        tags::QUOTE => Shape::Quote {
            words: element.attribute("words").to_owned(),
            address: element.attribute("address").to_owned(),
        },
        _ => Shape::Usual,
    }
}

#[cfg(test)]
mod tests;
