//! A raw tag and what is open in → markup, if it fits, or word that it doesn't.
//!
//! A tag is taken as markup when it fits where it stands and its end tag stands in the same paragraph (in the same
//! block, for `details` and `dl`). A tag within a line that nothing closes (`vector<i>`) was a word, and is turned back
//! into text; a block that nothing closes ends with the block around it, so that it never swallows the rest.

use super::{Markup, OpenElement, Paragraph, Raw, TooDeep, WITHIN_LINE};
use crate::diagnostic::Spot;
use crate::markdown::raw::{Element, ElementKind, RawTag};
use crate::markdown::{Fault, FaultKind, escape};

/// The summary of `details` to which the author gave none; a browser would show its own word.
pub(in crate::markdown) const UNTITLED: &str = "<summary class=\"untitled\">Details</summary>";

impl Markup {
    /// Writes a raw tag as markup, if it fits here; false when it must be shown as text.
    pub(in crate::markdown) fn raw(&mut self, tag: RawTag<'_>, spot: Spot) -> Result<bool, TooDeep> {
        let fits = match (tag.closing, tag.element.kind) {
            (false, ElementKind::Void) => {
                self.before_words();
                tag.push_start(&mut self.out);
                true
            }
            (true, ElementKind::Void | ElementKind::Rule) => false,
            (false, ElementKind::Inline | ElementKind::Ruby) => {
                self.before_words();
                self.start_raw(tag, spot)?;
                true
            }
            (false, ElementKind::Reading) => {
                if self.top() == Some(ElementKind::Reading) {
                    self.end_raw_quietly();
                }
                let fits = self.top() == Some(ElementKind::Ruby);
                if let Some(OpenElement::Raw(ruby)) = self.open.last_mut().filter(|_| fits) {
                    ruby.has_reading |= tag.element.name == "rt";
                    self.start_raw(tag, spot)?;
                }
                fits
            }
            (true, ElementKind::Inline | ElementKind::Ruby | ElementKind::Reading) => {
                if self.top() == Some(ElementKind::Reading) && tag.element.kind == ElementKind::Ruby {
                    self.end_raw_quietly();
                }
                let fits = self.top_element() == Some(tag.element) && !self.is_bare_ruby();
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
    fn start_raw_block(&mut self, tag: RawTag<'_>, spot: Spot) -> Result<bool, TooDeep> {
        let kind = tag.element.kind;
        let (around, paragraph) = match self.open.last() {
            Some(OpenElement::Paragraph { .. }) => (self.open.len().checked_sub(2).map(|at| &self.open[at]), true),
            around => (around, false),
        };
        let fits = match around {
            Some(OpenElement::Raw(raw)) => match (raw.element.kind, kind) {
                (ElementKind::Details, ElementKind::Summary) => self.out[raw.at.end..].trim_ascii().is_empty(),
                (
                    ElementKind::Details | ElementKind::Description,
                    ElementKind::Details | ElementKind::List | ElementKind::Rule,
                ) => true,
                (ElementKind::List, ElementKind::Description) => !self.out[raw.at.end..].trim_ascii().is_empty(),
                (ElementKind::List, ElementKind::Term) => true,
                (ElementKind::Term | ElementKind::Description, ElementKind::Term | ElementKind::Description) => true,
                _ => false,
            },
            Some(OpenElement::Flow(_)) | None => {
                matches!(kind, ElementKind::Details | ElementKind::List | ElementKind::Rule)
            }
            Some(OpenElement::Other(_) | OpenElement::Paragraph { .. }) => false,
        };
        if !fits {
            return Ok(false);
        }
        let interrupted = if paragraph { self.interrupt() } else { None };
        if matches!(kind, ElementKind::Term | ElementKind::Description) && self.top() != Some(ElementKind::List) {
            // Their end tags may be left out.
            self.end_raw_quietly();
        }
        if kind == ElementKind::Rule {
            tag.push_start(&mut self.out);
        } else {
            self.start_raw(tag, spot)?;
        }
        self.open.extend(interrupted);
        Ok(true)
    }

    /// A block's end tag: true when the block is the innermost one open.
    fn end_raw_block(&mut self, element: &'static Element) -> bool {
        let inline =
            |open: &OpenElement| matches!(open, OpenElement::Raw(raw) if WITHIN_LINE.contains(&raw.element.kind));
        let mut around = self.open.iter().rev().skip_while(|open| inline(open)).peekable();
        around.next_if(|open| matches!(open, OpenElement::Paragraph { .. }));
        let fits = |open: Option<&&OpenElement>| matches!(open, Some(OpenElement::Raw(raw)) if raw.element == element);
        let implied = |open: &&OpenElement| matches!(open, OpenElement::Raw(raw) if matches!(raw.element.kind, ElementKind::Term | ElementKind::Description));
        let left_out = !fits(around.peek()) && element.kind == ElementKind::List && around.next_if(implied).is_some();
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
    fn interrupt(&mut self) -> Option<OpenElement> {
        let Some(OpenElement::Paragraph { start, state }) = self.open.last() else { return None };
        let (start, state) = (*start, *state);
        if state == Paragraph::Begun {
            self.out.push_str("</p>\n");
        }
        self.open.pop();
        Some(OpenElement::Paragraph { start, state: Paragraph::Waiting })
    }

    fn start_raw(&mut self, tag: RawTag<'_>, spot: Spot) -> Result<(), TooDeep> {
        let start = self.out.len();
        tag.push_start(&mut self.out);
        let at = start..self.out.len();
        let source = tag.source.to_owned();
        self.push(OpenElement::Raw(Raw { element: tag.element, at, source, spot, has_reading: false }))
    }

    /// Ends the raw tags on top that are of these kinds, though their end tags never came.
    pub(super) fn end_raws(&mut self, kinds: &[ElementKind]) {
        while self.top().is_some_and(|kind| kinds.contains(&kind)) {
            self.end_raw();
        }
    }

    /// Ends the raw tag on top, though its end tag never came.
    pub(super) fn end_raw(&mut self) {
        let is_word = self.top() == Some(ElementKind::Inline) || self.is_bare_ruby();
        let Some(raw) = self.pop_raw() else { return };
        let tag = raw.element.name.to_owned();
        if is_word {
            let mut text = String::with_capacity(raw.source.len() + 8);
            escape::push_text(&mut text, &raw.source);
            self.out.replace_range(raw.at, &text);
            self.faults.push(Fault { at: raw.spot, kind: FaultKind::RawTag { tag } });
        } else {
            self.push_end(&raw);
            self.faults.push(Fault { at: raw.spot, kind: FaultKind::UnclosedTag { tag } });
        }
    }

    /// Ends the raw tag on top where its end tag stands, or where HTML lets it be left out.
    fn end_raw_quietly(&mut self) {
        if let Some(raw) = self.pop_raw() {
            self.push_end(&raw);
        }
    }

    /// Writes the end tag, and before it what HTML demands and the author left out.
    fn push_end(&mut self, raw: &Raw) {
        let inside = self.out[raw.at.end..].trim_ascii();
        match raw.element.kind {
            ElementKind::Details if !inside.starts_with("<summary>") => self.out.insert_str(raw.at.end, UNTITLED),
            ElementKind::List if inside.is_empty() => {
                self.out.truncate(raw.at.start);
                return;
            }
            ElementKind::Ruby if !inside.ends_with("</rt>") && !inside.ends_with("</rp>") => {
                self.out.push_str("<rt></rt>")
            }
            ElementKind::List if inside.ends_with("</dt>") => self.out.push_str("<dd></dd>"),
            _ => {}
        }
        self.out.push_str(raw.element.close);
    }

    fn pop_raw(&mut self) -> Option<Raw> {
        match self.open.pop_if(|open| matches!(open, OpenElement::Raw(_))) {
            Some(OpenElement::Raw(raw)) => Some(raw),
            _ => None,
        }
    }

    /// Whether a `ruby` without a reading is on top, which is none.
    fn is_bare_ruby(&self) -> bool {
        matches!(self.open.last(), Some(OpenElement::Raw(raw)) if raw.element.kind == ElementKind::Ruby && !raw.has_reading)
    }

    fn top_element(&self) -> Option<&'static Element> {
        match self.open.last() {
            Some(OpenElement::Raw(raw)) => Some(raw.element),
            _ => None,
        }
    }

    pub(super) fn top(&self) -> Option<ElementKind> {
        self.top_element().map(|element| element.kind)
    }
}
