//! HTML in → a tree of elements and texts out. It reads tags as browsers' tokenizers do and closes what is left open; it
//! moves nothing about, drops no word but those of scripts and styles, and never nests deeper than [`DEEPEST_LEVELS`].

use std::cell::RefCell;
use std::collections::BTreeMap;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};

use crate::archive::control_characters::repaired;

/// The deepest nesting. What lies deeper loses its tags and keeps its words.
pub const DEEPEST_LEVELS: usize = 120;

/// An element or a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// Words.
    Text(String),
    /// An element.
    Element(Element),
}

/// An element.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Element {
    /// Its tag's name, in small letters.
    pub name: String,
    /// Its attributes.
    pub attributes: Vec<(String, String)>,
    /// What it holds.
    pub children: Vec<Node>,
    /// It is a block, or holds one.
    pub block: bool,
}

impl Element {
    /// The value of an attribute; empty without one.
    #[must_use]
    pub fn attribute(&self, name: &str) -> &str {
        self.attributes.iter().find(|(it, _)| it == name).map_or("", |(_, value)| value)
    }

    /// Whether this is one of its classes.
    #[must_use]
    pub fn has_class(&self, class: &str) -> bool {
        self.attribute("class").split_ascii_whitespace().any(|it| it == class)
    }

    /// The elements in it.
    pub fn elements(&self) -> impl Iterator<Item = &Element> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// The first element in it, at any depth, that `wanted` takes.
    #[must_use]
    pub fn find(&self, wanted: &dyn Fn(&Element) -> bool) -> Option<&Element> {
        self.elements().find_map(|it| if wanted(it) { Some(it) } else { it.find(wanted) })
    }

    /// Its words as they stand, line breaks as such.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        push_text(&self.children, &mut text);
        text
    }
}

fn push_text(nodes: &[Node], out: &mut String) {
    for node in nodes {
        match node {
            Node::Text(text) => out.push_str(text),
            Node::Element(element) if element.name == "br" => out.push('\n'),
            Node::Element(element) => {
                let block = BLOCKS.contains(&element.name.as_str());
                let end_line = |out: &mut String| {
                    if block && !out.ends_with('\n') {
                        out.push('\n');
                    }
                };
                end_line(out);
                push_text(&element.children, out);
                end_line(out);
            }
        }
    }
}

/// Reads a fragment of HTML.
#[must_use]
pub fn read(html: &str) -> Element {
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(&super::attributes::bounded(&repaired(html))));
    let tokenizer = Tokenizer::new(Builder::default(), TokenizerOpts::default());
    while !input.is_empty() {
        // It stops at scripts, and is sent on.
        let _ = tokenizer.feed(&input);
    }
    tokenizer.end();
    tokenizer.sink.open.into_inner().finish()
}

#[derive(Default)]
struct Builder {
    open: RefCell<Open>,
}

/// The elements that aren't closed yet, the outermost first.
struct Open {
    stack: Vec<Element>,
    /// Those that nest too deep, by name.
    deeper: Deeper,
}

/// The names of open elements, and how many of each there are.
#[derive(Default)]
struct Deeper {
    names: Vec<String>,
    counts: BTreeMap<String, usize>,
}

impl Deeper {
    fn open(&mut self, name: String) {
        *self.counts.entry(name.clone()).or_default() += 1;
        self.names.push(name);
    }

    /// Closes the innermost of this name with all that is in it; whether there was one.
    fn close(&mut self, name: &str) -> bool {
        if self.counts.get(name).is_none_or(|count| *count == 0) {
            return false;
        }
        while let Some(closed) = self.names.pop() {
            if let Some(count) = self.counts.get_mut(&closed) {
                *count -= 1;
            }
            if closed == name {
                break;
            }
        }
        true
    }
}

impl Default for Open {
    fn default() -> Open {
        Open { stack: vec![Element::default()], deeper: Deeper::default() }
    }
}

/// Elements without an end.
const VOID: &[&str] =
    &["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"];

/// Elements that stand between paragraphs, not in them.
pub const BLOCKS: &[&str] = &[
    "address",
    "article",
    "aside",
    "audio",
    "blockquote",
    "body",
    "center",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "html",
    "iframe",
    "li",
    "main",
    "menu",
    "nav",
    "object",
    "ol",
    "p",
    "pre",
    "section",
    "summary",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "ul",
    "video",
];

/// Which open elements a start tag closes, and what keeps those further out open.
fn closes(name: &str) -> (&'static [&'static str], &'static [&'static str]) {
    const WALLS: &[&str] = &["table", "td", "th", "blockquote", "details", "aside", "div", "li", "dd", "section"];
    match name {
        "li" => (&["li", "p"], &["ul", "ol", "menu", "table", "blockquote", "details"]),
        "td" | "th" => (&["td", "th", "p"], &["tr", "table"]),
        "tr" => (&["tr", "td", "th", "p"], &["table"]),
        "thead" | "tbody" | "tfoot" => (&["thead", "tbody", "tfoot", "tr", "td", "th", "p"], &["table"]),
        "dt" | "dd" => (&["dt", "dd", "p"], &["dl", "table"]),
        "option" => (&["option"], &["select"]),
        _ if BLOCKS.contains(&name) => (&["p"], WALLS),
        _ => (&[], &[]),
    }
}

impl Open {
    fn start(&mut self, tag: &Tag) {
        let name = tag.name.to_string();
        let (closed, walls) = closes(&name);
        let wall = self.stack.iter().rposition(|it| walls.contains(&it.name.as_str())).map_or(1, |at| at + 1);
        if let Some(at) = self.stack.iter().skip(wall).position(|it| closed.contains(&it.name.as_str())) {
            self.close_to(wall + at);
        }
        let block = BLOCKS.contains(&name.as_str());
        let attributes = tag.attrs.iter().map(|it| (it.name.local.to_string(), it.value.to_string())).collect();
        let element = Element { attributes, children: Vec::new(), block, name };
        if VOID.contains(&element.name.as_str()) {
            self.put(Node::Element(element));
        } else if self.stack.len() > DEEPEST_LEVELS {
            self.deeper.open(element.name);
        } else if !tag.self_closing || block || element.name == "a" || element.name == "span" {
            self.stack.push(element);
        } else {
            self.put(Node::Element(element));
        }
    }

    fn end(&mut self, name: &str) {
        if self.deeper.close(name) {
            return;
        }
        if let Some(at) = self.stack.iter().skip(1).rposition(|it| it.name == name) {
            self.close_to(at + 1);
        } else if name == "br" {
            self.put(Node::Element(Element { name: String::from("br"), ..Element::default() }));
        }
    }

    fn put(&mut self, node: Node) {
        let Some(parent) = self.stack.last_mut() else { return };
        match (node, parent.children.last_mut()) {
            (Node::Text(more), Some(Node::Text(text))) => text.push_str(&more),
            (node, _) => {
                parent.block |= matches!(&node, Node::Element(it) if it.block);
                parent.children.push(node);
            }
        }
    }

    /// Closes elements until this many are open.
    fn close_to(&mut self, length: usize) {
        self.deeper = Deeper::default();
        while self.stack.len() > length.max(1) {
            if let Some(element) = self.stack.pop() {
                self.put(Node::Element(element));
            }
        }
    }

    fn finish(mut self) -> Element {
        self.close_to(1);
        self.stack.pop().unwrap_or_default()
    }
}

impl TokenSink for Builder {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut open = self.open.borrow_mut();
        match token {
            Token::CharacterTokens(text) => {
                let silent = open.stack.last().is_some_and(|it| matches!(it.name.as_str(), "script" | "style"));
                if !silent {
                    open.put(Node::Text(text.to_string()));
                }
            }
            Token::NullCharacterToken => open.put(Node::Text(String::from('\0'))),
            Token::TagToken(tag) if tag.kind == TagKind::EndTag => open.end(&tag.name),
            Token::TagToken(tag) => {
                let before = open.stack.len();
                open.start(&tag);
                // What can't be opened here is read as any other text, so that none of it is lost.
                if open.stack.len() > before {
                    match &*tag.name {
                        "script" => return TokenSinkResult::RawData(RawKind::ScriptData),
                        "style" => return TokenSinkResult::RawData(RawKind::Rawtext),
                        "textarea" | "title" => return TokenSinkResult::RawData(RawKind::Rcdata),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }
}
