//! The contents of a line in HTML → one line of Markdown, or several with hard breaks. Blocks that stray into a line lose
//! their tags there, never their words.

use super::Shape;
use super::escape;
use super::tree::{Element, Node};
use super::write::Writer;

/// Where a line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Within {
    /// In a link, where no other can be.
    pub(super) link: bool,
    /// In a cell or heading, where no line ends.
    pub(super) cell: bool,
}

/// A line that is being written: words with single spaces between them.
#[derive(Debug, Default)]
pub(super) struct Line {
    pub(super) out: String,
    /// A space is due before the next word.
    space: bool,
}

/// Stands for a hard break until the line is done: nothing that is written has this character.
const BREAK: char = '\u{0}';

impl Line {
    fn words(&mut self, text: &str, escaped: impl Fn(&str) -> String) {
        let begins = text.starts_with(|c: char| c.is_ascii_whitespace());
        let ends = text.ends_with(|c: char| c.is_ascii_whitespace());
        let words = text.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
        self.space |= begins;
        if !words.is_empty() {
            self.markdown(&escaped(&words));
            self.space = ends;
        }
    }

    /// Adds what is Markdown already.
    fn markdown(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if std::mem::take(&mut self.space) && !self.out.is_empty() && !self.out.ends_with(BREAK) {
            self.out.push(' ');
        }
        // It would make a picture of a link.
        if text.starts_with('[') && self.out.ends_with('!') {
            self.out.pop();
            self.out.push_str("\\!");
        }
        // Two pieces of code side by side would be one.
        if text.starts_with('`') && self.out.ends_with('`') {
            self.out.push_str("<wbr>");
        }
        self.out.push_str(text);
    }

    fn end_line(&mut self) {
        self.space = false;
        self.out.push(BREAK);
    }

    /// Adds a finished part as `write` makes it, its outer spaces and breaks outside of it.
    fn part(&mut self, inner: Line, led: bool, write: impl FnOnce(&Line, &str) -> String) {
        self.space |= led;
        if inner.out.starts_with(BREAK) {
            self.end_line();
        }
        let text = inner.out.trim_matches(BREAK);
        if !text.is_empty() {
            let part = write(self, text);
            self.markdown(&part);
            if inner.out.ends_with(BREAK) {
                self.end_line();
            }
        }
        self.space |= inner.space;
    }

    /// The line, its breaks made: as hard ones, or where no line can end as tags.
    pub(super) fn finish(self, within: Within) -> String {
        let parts: Vec<&str> = self.out.split(BREAK).map(str::trim).filter(|part| !part.is_empty()).collect();
        if within.cell {
            return parts.join("<br>");
        }
        parts.iter().map(|part| escape::line_start(part)).collect::<Vec<_>>().join("\\\n")
    }
}

impl Writer<'_> {
    /// Writes nodes as one line.
    pub(super) fn line(&self, nodes: &[Node], within: Within) -> String {
        let mut line = Line::default();
        self.inline(nodes, within, &mut line);
        line.finish(within)
    }

    pub(super) fn inline(&self, nodes: &[Node], within: Within, line: &mut Line) {
        for node in nodes {
            match node {
                Node::Text(text) if within.link => line.words(&cleaned(text), escape::plain_words),
                Node::Text(text) => line.words(&cleaned(text), escape::plain),
                Node::Element(element) => self.inline_element(element, within, line),
            }
        }
    }

    fn inline_element(&self, element: &Element, within: Within, line: &mut Line) {
        match (self.dialect)(element) {
            Shape::Gone => return,
            Shape::Words(words) => return line.words(&cleaned(&words), escape::plain_words),
            Shape::Markdown(text) => return line.markdown(&text),
            Shape::Picture { alt, address } => return line.markdown(&picture(&alt, &address)),
            Shape::Link { words, address } => {
                let text = escape::plain_words(words.trim());
                return line.markdown(&link(&text, words.trim(), &address, within));
            }
            Shape::Quote { words, .. } => {
                line.end_line();
                line.words(&words, escape::plain_words);
                line.end_line();
                self.inline(&element.children, within, line);
                return line.end_line();
            }
            Shape::Inner => return self.inline(&element.children, within, line),
            Shape::Code { text, .. } => {
                return line.markdown(&escape::code(&text.split_whitespace().collect::<Vec<_>>().join(" ")));
            }
            Shape::As(tag) => {
                let other = Element { name: tag.to_owned(), ..Element::default() };
                let other = Element { children: element.children.clone(), ..other };
                return self.tagged(&other, within, line);
            }
            Shape::Spoiler | Shape::Aside | Shape::Usual => {}
        }
        self.tagged(element, within, line);
    }

    /// Writes an element as its tag says.
    fn tagged(&self, element: &Element, within: Within, line: &mut Line) {
        match element.name.as_str() {
            "br" => line.end_line(),
            "wbr" => {}
            "b" | "strong" => self.marked(element, within, line, "**", "b"),
            "i" | "em" | "cite" | "dfn" | "var" => self.marked(element, within, line, "*", "i"),
            "s" | "strike" | "del" => self.marked(element, within, line, "~~", "del"),
            "kbd" | "sub" | "sup" | "mark" | "ins" | "u" | "small" | "q" | "abbr" => {
                self.marked(element, within, line, "", &element.name);
            }
            "code" | "tt" | "samp" => {
                let text = cleaned(&element.text());
                let code = escape::code(text.trim_matches(|c: char| c.is_ascii_whitespace()));
                line.space |= text.starts_with(|c: char| c.is_ascii_whitespace());
                line.markdown(&code);
                line.space |= text.ends_with(|c: char| c.is_ascii_whitespace());
            }
            "a" => self.anchor(element, within, line),
            "img" => {
                let (alt, address) = (element.attribute("alt"), element.attribute("src"));
                let alt = if alt.is_empty() { element.attribute("title") } else { alt };
                // Where pictures are shown as links, one would run into the other.
                line.space |= line.out.ends_with(')');
                line.markdown(&picture(alt, address));
            }
            "iframe" | "video" | "audio" | "embed" | "object" | "source" => self.embedded(element, within, line),
            "input" if element.attribute("type").eq_ignore_ascii_case("checkbox") => {
                let checked = element.attributes.iter().any(|(name, _)| name == "checked");
                line.markdown(if checked { "[x] " } else { "[ ] " });
            }
            "svg" | "script" | "style" | "template" | "head" | "use" | "path" => {}
            name if super::tree::BLOCKS.contains(&name) => {
                line.end_line();
                self.inline(&element.children, within, line);
                line.end_line();
            }
            _ => self.inline(&element.children, within, line),
        }
    }

    fn marked(&self, element: &Element, within: Within, line: &mut Line, mark: &str, tag: &str) {
        let mut inner = Line::default();
        self.inline(&element.children, within, &mut inner);
        line.part(inner, led(element), |before, text| {
            let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
            let apart = before.space || !before.out.ends_with(['*', '~', '_']);
            let whole = letter(text.chars().next()) && letter(text.chars().next_back()) && !text.contains(BREAK);
            if apart && whole && !mark.is_empty() {
                format!("{mark}{text}{mark}")
            } else {
                format!("<{tag}>{text}</{tag}>")
            }
        });
    }

    fn anchor(&self, element: &Element, within: Within, line: &mut Line) {
        let address = element.attribute("href");
        let mut inner = Line::default();
        self.inline(&element.children, Within { link: true, ..within }, &mut inner);
        line.part(inner, led(element), |_, text| {
            link(&text.replace(BREAK, " "), element.text().trim(), address, within)
        });
    }

    /// Something of another site shown in the page: a link to it.
    fn embedded(&self, element: &Element, within: Within, line: &mut Line) {
        let source = |it: &Element| {
            ["src", "data"].iter().map(|name| it.attribute(name)).find(|it| !it.is_empty()).map(str::to_owned)
        };
        let inside = element.find(&|it| matches!(it.name.as_str(), "source" | "embed") && source(it).is_some());
        let held = !element.text().trim().is_empty();
        if held {
            // Words for those who can't see it: most often a link to it.
            let told =
                |node: &&Node| !matches!(node, Node::Element(it) if matches!(it.name.as_str(), "source" | "embed"));
            for node in element.children.iter().filter(told) {
                self.inline(std::slice::from_ref(node), within, line);
            }
        } else if let Some(address) = source(element).or_else(|| inside.and_then(source)) {
            let address = if address.starts_with("//") { format!("https:{address}") } else { address };
            let title = element.attribute("title").trim();
            let words = if title.is_empty() { address.as_str() } else { title };
            line.markdown(&link(&escape::plain_words(words), words, &address, within));
        }
    }
}

/// Text without the characters that nothing may have.
fn cleaned(text: &str) -> String {
    text.chars().filter(|c| *c != BREAK).collect()
}

/// Whether white space leads an element's words.
fn led(element: &Element) -> bool {
    first_text(&element.children).is_some_and(|text| text.starts_with(|c: char| c.is_ascii_whitespace()))
}

fn first_text(nodes: &[Node]) -> Option<&str> {
    match nodes.first()? {
        Node::Text(text) => Some(text),
        Node::Element(element) => first_text(&element.children),
    }
}

/// Whether a link or picture may lead there. Others lose their address, and so do those of mail, which are private.
fn good(address: &str) -> bool {
    let scheme = address.split(['/', '?', '#']).next().unwrap_or_default();
    match scheme.split_once(':') {
        Some((scheme, _)) => matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https" | "cid"),
        None => !address.is_empty(),
    }
}

/// A picture, or its words alone.
pub(super) fn picture(alt: &str, address: &str) -> String {
    let alt = escape::plain_words(&alt.split_whitespace().collect::<Vec<_>>().join(" "));
    if good(address.trim()) { format!("![{alt}]({})", escape::address(address)) } else { alt }
}

fn link(text: &str, words: &str, address: &str, within: Within) -> String {
    let address = address.trim();
    let web = address.starts_with("http://") || address.starts_with("https://");
    if text.is_empty() || within.link || !good(address) || address.starts_with('#') {
        text.to_owned()
    } else if web && words == address && !address.contains(['<', '>', ' ', '\\', '&']) {
        format!("<{address}>")
    } else {
        format!("[{text}]({})", escape::address(address))
    }
}
