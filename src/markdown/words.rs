//! The words between the tags in → HTML out, with bare addresses as links and handles after `@` as mentions, and with
//! raw tags as markup or words. Neither address nor mention is looked for in code, links and raw blocks.

use std::fmt::Write as _;

use linkify::LinkFinder;

use super::address::{self, Destination};
use super::events::Renderer;
use super::holes::{END, MENTION, REL, SEPARATOR};
use super::open::TooDeep;
use super::raw::{self, Piece};
use super::text_run::Origin;
use super::{Fault, FaultKind, Link, LinkKind, escape, fill};

/// The most bytes of a handle.
const LONGEST_HANDLE_BYTES: usize = 100;

impl Renderer<'_> {
    /// Writes the words that were gathered.
    pub(super) fn words(&mut self) {
        let (text, origin) = self.run.take();
        if let Some(image) = &mut self.image {
            image.alt.push_str(&text);
            return;
        }
        self.html.before_words();
        self.add_to_heading(&text);
        if self.link_depth > 0 || memchr::memchr2(b':', b'@', text.as_bytes()).is_none() {
            escape::push_text(&mut self.html.out, &text);
            return;
        }
        if !text.contains("://") {
            self.mentions(&text, 0, text.len(), &origin);
            return;
        }
        let mut written = 0;
        for link in LinkFinder::new().kinds(&[linkify::LinkKind::Url]).links(&text) {
            let scheme = link.as_str().as_bytes();
            if !scheme.first_chunk().is_some_and(|http: &[u8; 4]| http.eq_ignore_ascii_case(b"http")) {
                continue;
            }
            let Destination::Outside(address) = address::read(link.as_str()) else { continue };
            self.mentions(&text, written, link.start(), &origin);
            self.counts.outside_links += 1;
            let out = &mut self.html.out;
            out.push_str("<a href=\"");
            fill::push_address(out, &address);
            out.push('"');
            out.push_str(REL);
            out.push('>');
            escape::push_text(out, link.as_str());
            out.push_str("</a>");
            written = link.end();
        }
        self.mentions(&text, written, text.len(), &origin);
    }

    /// The raw HTML that was gathered: a block, or one piece within a line.
    pub(super) fn raw_html(&mut self) -> Result<(), TooDeep> {
        let (html, origin) = self.run.take();
        for (at, piece) in raw::tokens(&html) {
            let (name, source) = match piece {
                Piece::Text(text) if text.trim_ascii().is_empty() => {
                    self.html.out.push_str(text);
                    continue;
                }
                Piece::Text(text) => {
                    let text = raw::decode(if self.html.is_waiting() { text.trim_ascii_start() } else { text });
                    self.html.before_words();
                    escape::push_text(&mut self.html.out, &text);
                    self.add_to_heading(&text);
                    continue;
                }
                Piece::Comment(_) => {
                    let at = self.lines.spot(origin.of(at));
                    self.html.faults.push(Fault { at, kind: FaultKind::HtmlComment });
                    continue;
                }
                Piece::Tag(tag) => {
                    let at = self.lines.spot(origin.of(at));
                    if self.html.raw(tag, at)? {
                        continue;
                    }
                    (tag.element.name, tag.source)
                }
                Piece::Refused(name, source) => (name, source),
            };
            self.html.before_words();
            escape::push_text(&mut self.html.out, source);
            self.add_to_heading(source);
            let at = self.lines.spot(origin.of(at));
            let tag = name.chars().take(40).collect::<String>().to_ascii_lowercase();
            self.html.faults.push(Fault { at, kind: FaultKind::RawTag { tag } });
        }
        Ok(())
    }

    /// Writes `text[from..to]`, in which no address is.
    fn mentions(&mut self, text: &str, from: usize, to: usize, origin: &Origin) {
        let mut written = from;
        for at in memchr::memchr_iter(b'@', &text.as_bytes()[from..to]).map(|at| at + from) {
            let Some(handle) = handle(&text[..to], at).filter(|_| !self.is_escaped(origin.of(at))) else { continue };
            escape::push_text(&mut self.html.out, &text[written..at]);
            let _ = write!(self.html.out, "{MENTION}{}{SEPARATOR}{handle}{END}", self.links.len());
            let spot = self.lines.spot(origin.of(at));
            let target = handle.to_ascii_lowercase();
            self.links.push(Link { kind: LinkKind::Mention, target, fragment: None, at: spot });
            self.counts.mentions += 1;
            written = at + 1 + handle.len();
        }
        escape::push_text(&mut self.html.out, &text[written..to]);
    }

    /// Whether a backslash stands before `offset` or on it: the author wants the sign itself.
    fn is_escaped(&self, offset: usize) -> bool {
        let source = self.source.as_bytes();
        source.get(offset) == Some(&b'\\')
            || offset.checked_sub(1).and_then(|before| source.get(before)) == Some(&b'\\')
    }
}

/// The handle after the `@` at `at`, if it is one: not within a word, an e-mail address or a package's name.
fn handle(text: &str, at: usize) -> Option<&str> {
    let before = text[..at].chars().next_back();
    if before.is_some_and(|c| c.is_alphanumeric() || "_@/+-=%&#`\\".contains(c)) {
        return None;
    }
    let rest = &text[at + 1..];
    let length = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-')).count();
    let handle = rest[..length].trim_end_matches(['.', '-']);
    let mut after = rest[handle.len()..].chars();
    let ends = match after.next() {
        None => true,
        Some('/') => !after.next().is_some_and(char::is_alphanumeric),
        Some(c) => !c.is_alphanumeric() && c != '@',
    };
    let starts = handle.starts_with(|c: char| c.is_ascii_alphanumeric());
    (starts && ends && handle.len() <= LONGEST_HANDLE_BYTES).then_some(handle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_are_told_from_addresses_and_words() {
        for (text, expected) in [
            ("@bob", Some("bob")),
            ("(@Bob)", Some("Bob")),
            ("@bob.", Some("bob")),
            ("@bob...", Some("bob")),
            ("@bob's", Some("bob")),
            ("@b.o_b-1, hi", Some("b.o_b-1")),
            ("\"@bob\"", Some("bob")),
            ("@bob/", Some("bob")),
            ("@0x", Some("0x")),
            ("a@bob", None),
            ("a.b+@bob", None),
            ("é@bob", None),
            ("@bob@example.org", None),
            ("@bobé", None),
            ("@scope/package", None),
            ("@_bob", None),
            ("@", None),
            ("@@bob", None),
        ] {
            let found = text.find('@').and_then(|at| handle(text, at));
            assert_eq!(found, expected, "{text}");
        }
        assert_eq!(handle(&format!("@{}", "a".repeat(101)), 0), None);
    }
}
