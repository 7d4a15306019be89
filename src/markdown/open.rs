//! What is open while a body is written: start and end of blocks and spans in → HTML in which everything that was opened
//! is closed, in order, out. It reads no Markdown. Which raw tags fit where is judged in [`tags`].

mod tags;

use super::Fault;
use super::raw::{Element, ElementKind};
use crate::diagnostic::Spot;

/// One thing that is open.
#[derive(Debug)]
enum OpenElement {
    /// A Markdown block that may hold other blocks; with its end tag.
    Flow(&'static str),
    /// Any other Markdown block or span; with its end tag.
    Other(&'static str),
    /// A place for words, which begins with the first of them.
    Paragraph { start: &'static str, state: Paragraph },
    /// A raw tag.
    Raw(Raw),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Paragraph {
    /// No word came yet.
    Waiting,
    /// `<p>` is written.
    Begun,
    /// Words stand here without `<p>`, since what is around may not hold one.
    Bare,
}

#[derive(Debug)]
struct Raw {
    element: &'static Element,
    /// Where its start tag lies in the output.
    at: std::ops::Range<usize>,
    /// As the author wrote it.
    source: String,
    spot: Spot,
    /// Whether the reading came that a `ruby` needs.
    has_reading: bool,
}

/// The raw tags that stand within a line.
const WITHIN_LINE: &[ElementKind] = &[ElementKind::Inline, ElementKind::Ruby, ElementKind::Reading];

/// More is open than may be.
#[derive(Debug)]
pub(super) struct TooDeep;

/// The HTML so far, and what is open in it.
#[derive(Debug)]
pub(super) struct Markup {
    /// The HTML.
    pub(super) out: String,
    /// What was found wrong with raw tags.
    pub(super) faults: Vec<Fault>,
    /// Whether a raw tag was taken as markup.
    pub(super) has_raw: bool,
    open: Vec<OpenElement>,
    limit: usize,
}

impl Markup {
    /// Nothing yet; at most `limit` things may be open at once.
    pub(super) fn new(capacity: usize, limit: usize) -> Self {
        Markup {
            out: String::with_capacity(capacity),
            faults: Vec::new(),
            has_raw: false,
            open: Vec::with_capacity(8),
            limit,
        }
    }

    /// How many things may be open.
    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// How many things are open.
    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    fn push(&mut self, open: OpenElement) -> Result<(), TooDeep> {
        self.open.push(open);
        if self.open.len() > self.limit { Err(TooDeep) } else { Ok(()) }
    }

    /// Opens a Markdown block that holds blocks. Its start tag is the caller's to write, after this call.
    pub(super) fn flow(&mut self, end: &'static str) -> Result<(), TooDeep> {
        self.before_block();
        self.push(OpenElement::Flow(end))
    }

    /// Opens a Markdown block that holds words, items or rows; as [`Markup::flow`].
    pub(super) fn block(&mut self, end: &'static str) -> Result<(), TooDeep> {
        self.before_block();
        self.push(OpenElement::Other(end))
    }

    /// Opens a paragraph that `start` begins, once there are words for it.
    pub(super) fn paragraph(&mut self, start: &'static str) -> Result<(), TooDeep> {
        self.end_raws(WITHIN_LINE);
        self.push(OpenElement::Paragraph { start, state: Paragraph::Waiting })
    }

    /// Opens a span within a line; as [`Markup::flow`].
    pub(super) fn span(&mut self, end: &'static str) -> Result<(), TooDeep> {
        self.before_words();
        self.push(OpenElement::Other(end))
    }

    /// Closes the innermost Markdown block or span, and every raw tag left open in it.
    pub(super) fn close(&mut self) {
        self.close_raw();
        match self.open.pop() {
            Some(OpenElement::Flow(end) | OpenElement::Other(end)) => self.out.push_str(end),
            Some(OpenElement::Paragraph { state, .. }) => {
                if state == Paragraph::Begun {
                    self.out.push_str("</p>\n");
                }
                self.end_raws(&[ElementKind::Summary, ElementKind::Term]);
            }
            Some(OpenElement::Raw(_)) | None => {}
        }
    }

    /// Takes back the innermost Markdown block, which starts at `start` and has nothing in it.
    pub(super) fn abandon(&mut self, start: usize) {
        self.out.truncate(start);
        self.open.pop();
    }

    /// Closes all raw tags down to the innermost Markdown block or span.
    pub(super) fn close_raw(&mut self) {
        while let Some(OpenElement::Raw(_)) = self.open.last() {
            self.end_raw();
        }
    }

    /// Whether the next words begin a paragraph.
    pub(super) fn is_waiting(&self) -> bool {
        matches!(self.open.last(), Some(OpenElement::Paragraph { state: Paragraph::Waiting, .. }))
    }

    /// Must be called before words, or anything else that stands within a line, are written.
    pub(super) fn before_words(&mut self) {
        match self.open.last() {
            Some(OpenElement::Paragraph { start, state: Paragraph::Waiting }) => {
                let start = *start;
                self.open.pop();
                self.end_raws(&[ElementKind::List]);
                let state = match self.top() {
                    Some(ElementKind::Summary | ElementKind::Term) => Paragraph::Bare,
                    _ => {
                        self.out.push_str(start);
                        Paragraph::Begun
                    }
                };
                self.open.push(OpenElement::Paragraph { start, state });
            }
            Some(OpenElement::Raw(_)) => self.end_raws(&[ElementKind::List]),
            _ => {}
        }
    }

    /// Must be called before a Markdown block is written: ends the raw tags that can't hold one.
    pub(super) fn before_block(&mut self) {
        self.end_raws(WITHIN_LINE);
        self.end_raws(&[ElementKind::Summary, ElementKind::Term]);
        self.end_raws(&[ElementKind::List]);
    }
}
