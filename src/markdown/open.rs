//! What is open while a body is written: start and end of blocks, spans and raw tags in → HTML in which everything
//! that was opened is closed, in order. It reads no Markdown.
//!
//! A raw tag is taken as markup when it fits where it stands and its end tag stands in the same paragraph (in the same
//! block, for `details` and `dl`). A tag within a line that nothing closes (`vector<i>`) was a word, and is turned back
//! into text; a block that nothing closes ends with the block around it, so that it never swallows the rest.

use super::Fault;
use super::escape;
use super::raw::{Element, Kind, Tag};
use crate::diagnostic::Spot;

/// One thing that is open.
#[derive(Debug)]
enum Open {
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
}

/// The raw tags that stand within a line.
const WITHIN_LINE: &[Kind] = &[Kind::Inline, Kind::Ruby, Kind::Reading];

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
    open: Vec<Open>,
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

    fn push(&mut self, open: Open) -> Result<(), TooDeep> {
        self.open.push(open);
        if self.open.len() > self.limit { Err(TooDeep) } else { Ok(()) }
    }

    /// Opens a Markdown block that holds blocks. Its start tag is the caller's to write, after this call.
    pub(super) fn flow(&mut self, end: &'static str) -> Result<(), TooDeep> {
        self.before_block();
        self.push(Open::Flow(end))
    }

    /// Opens a Markdown block that holds words, items or rows; as [`Markup::flow`].
    pub(super) fn block(&mut self, end: &'static str) -> Result<(), TooDeep> {
        self.before_block();
        self.push(Open::Other(end))
    }

    /// Opens a paragraph that `start` begins, once there are words for it.
    pub(super) fn paragraph(&mut self, start: &'static str) -> Result<(), TooDeep> {
        self.end_raws(WITHIN_LINE);
        self.push(Open::Paragraph { start, state: Paragraph::Waiting })
    }

    /// Opens a span within a line; as [`Markup::flow`].
    pub(super) fn span(&mut self, end: &'static str) -> Result<(), TooDeep> {
        self.before_words();
        self.push(Open::Other(end))
    }

    /// Closes the innermost Markdown block or span, and every raw tag left open in it.
    pub(super) fn close(&mut self) {
        self.settle();
        match self.open.pop() {
            Some(Open::Flow(end) | Open::Other(end)) => self.out.push_str(end),
            Some(Open::Paragraph { state, .. }) => {
                if state == Paragraph::Begun {
                    self.out.push_str("</p>\n");
                }
                self.end_raws(&[Kind::Summary, Kind::Term]);
            }
            Some(Open::Raw(_)) | None => {}
        }
    }

    /// Takes back the innermost Markdown block, which starts at `start` and has nothing in it.
    pub(super) fn abandon(&mut self, start: usize) {
        self.out.truncate(start);
        self.open.pop();
    }

    /// Closes all raw tags down to the innermost Markdown block or span.
    pub(super) fn settle(&mut self) {
        while let Some(Open::Raw(_)) = self.open.last() {
            self.end_raw();
        }
    }

    /// Whether the next words begin a paragraph.
    pub(super) fn is_waiting(&self) -> bool {
        matches!(self.open.last(), Some(Open::Paragraph { state: Paragraph::Waiting, .. }))
    }

    /// Must be called before words, or anything else that stands within a line, are written.
    pub(super) fn before_words(&mut self) {
        match self.open.last() {
            Some(Open::Paragraph { start, state: Paragraph::Waiting }) => {
                let start = *start;
                self.open.pop();
                self.end_raws(&[Kind::List]);
                let state = match self.top() {
                    Some(Kind::Summary | Kind::Term) => Paragraph::Bare,
                    _ => {
                        self.out.push_str(start);
                        Paragraph::Begun
                    }
                };
                self.open.push(Open::Paragraph { start, state });
            }
            Some(Open::Raw(_)) => self.end_raws(&[Kind::List]),
            _ => {}
        }
    }

    /// Must be called before a Markdown block is written: ends the raw tags that can't hold one.
    pub(super) fn before_block(&mut self) {
        self.end_raws(WITHIN_LINE);
        self.end_raws(&[Kind::Summary, Kind::Term]);
        self.end_raws(&[Kind::List]);
    }

    /// Writes a raw tag as markup, if it fits here; false when it must be shown as text.
    pub(super) fn raw(&mut self, tag: Tag<'_>, spot: Spot) -> Result<bool, TooDeep> {
        let fits = match (tag.closing, tag.element.kind) {
            (false, Kind::Void) => {
                self.before_words();
                tag.push_start(&mut self.out);
                true
            }
            (true, Kind::Void | Kind::Rule) => false,
            (false, Kind::Inline | Kind::Ruby) => {
                self.before_words();
                self.start_raw(tag, spot)?;
                true
            }
            (false, Kind::Reading) => {
                if self.top() == Some(Kind::Reading) {
                    self.end_raw_quietly();
                }
                let fits = self.top() == Some(Kind::Ruby);
                if fits {
                    self.start_raw(tag, spot)?;
                }
                fits
            }
            (true, Kind::Inline | Kind::Ruby | Kind::Reading) => {
                if self.top() == Some(Kind::Reading) && tag.element.kind == Kind::Ruby {
                    self.end_raw_quietly();
                }
                let fits = self.top_element() == Some(tag.element);
                if fits {
                    self.end_raw_quietly();
                }
                fits
            }
            (false, _) => self.start_raw_block(tag, spot)?,
            (true, _) => self.end_raw_block(tag.element),
        };
        self.has_raw |= fits;
        Ok(fits)
    }

    /// A block's start tag. It interrupts the paragraph that it stands in, as it does in a browser.
    fn start_raw_block(&mut self, tag: Tag<'_>, spot: Spot) -> Result<bool, TooDeep> {
        let kind = tag.element.kind;
        let (around, paragraph) = match self.open.last() {
            Some(Open::Paragraph { .. }) => (self.open.len().checked_sub(2).map(|at| &self.open[at]), true),
            around => (around, false),
        };
        let fits = match around {
            Some(Open::Raw(raw)) => match (raw.element.kind, kind) {
                (Kind::Details, Kind::Summary) => self.out[raw.at.end..].trim_ascii().is_empty(),
                (Kind::Details | Kind::Description, Kind::Details | Kind::List | Kind::Rule) => true,
                (Kind::List | Kind::Term | Kind::Description, Kind::Term | Kind::Description) => true,
                _ => false,
            },
            Some(Open::Flow(_)) | None => matches!(kind, Kind::Details | Kind::List | Kind::Rule),
            Some(Open::Other(_) | Open::Paragraph { .. }) => false,
        };
        if !fits {
            return Ok(false);
        }
        let interrupted = if paragraph { self.interrupt() } else { None };
        if matches!(kind, Kind::Term | Kind::Description) && self.top() != Some(Kind::List) {
            // Their end tags may be left out.
            self.end_raw_quietly();
        }
        if kind == Kind::Rule {
            tag.push_start(&mut self.out);
        } else {
            self.start_raw(tag, spot)?;
        }
        self.open.extend(interrupted);
        Ok(true)
    }

    /// A block's end tag: true when the block is the innermost one open.
    fn end_raw_block(&mut self, element: &'static Element) -> bool {
        let inline = |open: &Open| matches!(open, Open::Raw(raw) if WITHIN_LINE.contains(&raw.element.kind));
        let mut around = self.open.iter().rev().skip_while(|open| inline(open)).peekable();
        around.next_if(|open| matches!(open, Open::Paragraph { .. }));
        let fits = |open: Option<&&Open>| matches!(open, Some(Open::Raw(raw)) if raw.element == element);
        let implied =
            |open: &&Open| matches!(open, Open::Raw(raw) if matches!(raw.element.kind, Kind::Term | Kind::Description));
        let left_out = !fits(around.peek()) && element.kind == Kind::List && around.next_if(implied).is_some();
        if !fits(around.peek()) {
            return false;
        }
        self.end_raws(WITHIN_LINE);
        let interrupted = self.interrupt();
        if left_out {
            self.end_raw_quietly();
        }
        self.end_raw_quietly();
        self.open.extend(interrupted);
        true
    }

    /// Ends the paragraph on top and gives it back, waiting for more words.
    fn interrupt(&mut self) -> Option<Open> {
        let Some(Open::Paragraph { start, state }) = self.open.last() else { return None };
        let (start, state) = (*start, *state);
        if state == Paragraph::Begun {
            self.out.push_str("</p>\n");
        }
        self.open.pop();
        Some(Open::Paragraph { start, state: Paragraph::Waiting })
    }

    fn start_raw(&mut self, tag: Tag<'_>, spot: Spot) -> Result<(), TooDeep> {
        let start = self.out.len();
        tag.push_start(&mut self.out);
        let at = start..self.out.len();
        self.push(Open::Raw(Raw { element: tag.element, at, source: tag.source.to_owned(), spot }))
    }

    /// Ends the raw tags on top that are of these kinds, though their end tags never came.
    fn end_raws(&mut self, kinds: &[Kind]) {
        while self.top().is_some_and(|kind| kinds.contains(&kind)) {
            self.end_raw();
        }
    }

    /// Ends the raw tag on top, though its end tag never came.
    fn end_raw(&mut self) {
        let Some(Open::Raw(raw)) = self.open.pop_if(|open| matches!(open, Open::Raw(_))) else { return };
        let tag = raw.element.name.to_owned();
        if raw.element.kind == Kind::Inline {
            let mut text = String::with_capacity(raw.source.len() + 8);
            escape::push_text(&mut text, &raw.source);
            self.out.replace_range(raw.at, &text);
            self.faults.push(Fault::RawTag { tag, at: raw.spot });
        } else {
            self.out.push_str(raw.element.close);
            self.faults.push(Fault::UnclosedTag { tag, at: raw.spot });
        }
    }

    /// Ends the raw tag on top where its end tag stands, or where HTML lets it be left out.
    fn end_raw_quietly(&mut self) {
        if let Some(Open::Raw(raw)) = self.open.pop_if(|open| matches!(open, Open::Raw(_))) {
            self.out.push_str(raw.element.close);
        }
    }

    fn top_element(&self) -> Option<&'static Element> {
        match self.open.last() {
            Some(Open::Raw(raw)) => Some(raw.element),
            _ => None,
        }
    }

    fn top(&self) -> Option<Kind> {
        self.top_element().map(|element| element.kind)
    }
}
