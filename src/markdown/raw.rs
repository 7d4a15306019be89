//! Raw HTML in → its pieces out: text, comments, tags on the allow-list, other tags. Whether a tag fits where it
//! stands is judged by [`open`](super::open).

use std::borrow::Cow;

use pulldown_cmark::{Event, Parser};

use super::escape;

/// What an allowed element may hold and where it may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ElementKind {
    /// Within a line, around words.
    Inline,
    /// Within a line, without content.
    Void,
    /// `details`: a block that holds blocks.
    Details,
    /// `summary`: words, first in `details`.
    Summary,
    /// `dl`: terms and their descriptions, nothing else.
    List,
    /// `dt`: words in a `dl`.
    Term,
    /// `dd`: blocks in a `dl`.
    Description,
    /// `hr`: a block without content.
    Rule,
    /// `ruby`: words with their reading.
    Ruby,
    /// `rt`, `rp`: the reading in a `ruby`.
    Reading,
}

/// An element that authors may write.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Element {
    /// Its name, lower-case.
    pub(super) name: &'static str,
    /// Its end tag.
    pub(super) close: &'static str,
    /// What it is.
    pub(super) kind: ElementKind,
}

macro_rules! elements {
    ($($kind:ident: $($name:literal)*;)*) => {
        /// The allow-list.
        pub(super) static ALLOWED: &[Element] =
            &[$($(Element { name: $name, close: concat!("</", $name, ">"), kind: ElementKind::$kind }),*),*];
    };
}

elements! {
    Inline: "kbd" "sub" "sup" "b" "i" "em" "strong" "u" "s" "mark" "del" "ins" "small" "q" "abbr";
    Void: "br" "wbr";
    Details: "details";
    Summary: "summary";
    List: "dl";
    Term: "dt";
    Description: "dd";
    Rule: "hr";
    Ruby: "ruby";
    Reading: "rt" "rp";
}

/// One piece of raw HTML.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Text in which character references count.
    Text(&'a str),
    /// A whole comment.
    Comment(&'a str),
    /// A tag on the allow-list.
    Tag(RawTag<'a>),
    /// A tag, declaration or instruction that isn't, with its name.
    Refused(&'a str, &'a str),
}

/// A tag on the allow-list.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub(super) struct RawTag<'a> {
    /// The element that it opens or closes.
    pub(super) element: &'static Element,
    /// `</…>`.
    pub(super) closing: bool,
    /// What stands between the name and `>`.
    attributes: &'a str,
    /// The whole tag.
    pub(super) source: &'a str,
}

impl RawTag<'_> {
    /// Appends the start tag with the attributes that it may have: `open` on `details`, `title` on `abbr`.
    pub(super) fn push_start(&self, out: &mut String) {
        out.push('<');
        out.push_str(self.element.name);
        for (name, value) in attributes(self.attributes) {
            match self.element.name {
                "details" if name.eq_ignore_ascii_case("open") => {
                    out.push_str(" open");
                    break;
                }
                "abbr" if name.eq_ignore_ascii_case("title") => {
                    out.push_str(" title=\"");
                    escape::push_attribute(out, &decode(value));
                    out.push('"');
                    break;
                }
                _ => {}
            }
        }
        out.push('>');
    }
}

/// The longest tag that is read as one; longer ones are text. It keeps many unclosed `<` linear.
const LONGEST_TAG_BYTES: usize = 1024;

/// The pieces of `html` in order, with their offsets. Joined, their sources are `html`.
pub(super) fn tokens(html: &str) -> impl Iterator<Item = (usize, Piece<'_>)> {
    let mut at = 0;
    let mut comments_end = true;
    std::iter::from_fn(move || {
        let rest = html.get(at..).filter(|rest| !rest.is_empty())?;
        let start = at;
        let mut from = 0;
        loop {
            let Some(less) = memchr::memchr(b'<', &rest.as_bytes()[from..]).map(|found| found + from) else {
                at = html.len();
                return Some((start, Piece::Text(rest)));
            };
            match special(&rest[less..], &mut comments_end) {
                Some(_) if less > 0 => {
                    at += less;
                    return Some((start, Piece::Text(&rest[..less])));
                }
                Some((length, piece)) => {
                    at += length;
                    return Some((start, piece));
                }
                None => from = less + 1,
            }
        }
    })
}

/// The comment, tag or declaration at the start of `html`, and its length.
fn special<'a>(html: &'a str, comments_end: &mut bool) -> Option<(usize, Piece<'a>)> {
    if html.starts_with("<!--") {
        // `<!-->` and `<!--->` are whole comments, as browsers and CommonMark read them.
        let short = ["<!-->", "<!--->"].iter().find(|short| html.starts_with(**short)).map(|short| short.len());
        let length = short.or_else(|| {
            let end = if *comments_end { memchr::memmem::find(&html.as_bytes()[4..], b"-->") } else { None };
            *comments_end = end.is_some();
            end.map(|end| 4 + end + 3)
        })?;
        return Some((length, Piece::Comment(&html[..length])));
    }
    let closing = html.starts_with("</");
    let name_start = if closing { 2 } else { 1 };
    let name_end = name_start
        + html[name_start..]
            .bytes()
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b':' | b'_'))
            .count();
    let name = &html[name_start..name_end];
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        let instruction = matches!(html.as_bytes().get(1), Some(b'!' | b'?'));
        let end =
            memchr::memchr(b'>', &html.as_bytes()[..html.len().min(LONGEST_TAG_BYTES)]).filter(|_| instruction)?;
        return Some((end + 1, Piece::Refused(&html[1..2], &html[..=end])));
    }
    let end = tag_end(html, name_end)?;
    let source = &html[..=end];
    let element = ALLOWED.iter().find(|element| element.name.eq_ignore_ascii_case(name));
    let piece = match element {
        Some(element) => Piece::Tag(RawTag { element, closing, attributes: &html[name_end..end], source }),
        None => Piece::Refused(name, source),
    };
    Some((end + 1, piece))
}

/// The offset of the `>` that ends the tag: the first one outside quotes.
fn tag_end(html: &str, from: usize) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in html.bytes().enumerate().take(LONGEST_TAG_BYTES).skip(from) {
        match (quote, byte) {
            (None, b'>') => return Some(at),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

/// The names and values of a tag's attributes; a value is as it is written.
fn attributes(source: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = source;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        let name_end = rest.find(|c: char| c.is_ascii_whitespace() || matches!(c, '=' | '/')).unwrap_or(rest.len());
        // An attribute that starts with `=` has no name; its sign is passed over.
        let (name, after) = rest.split_at(name_end.max(usize::from(rest.starts_with('='))));
        if name.is_empty() {
            return None;
        }
        rest = after.trim_start_matches(|c: char| c.is_ascii_whitespace());
        let Some(value) = rest.strip_prefix('=') else { return Some((name, "")) };
        let value = value.trim_start_matches(|c: char| c.is_ascii_whitespace());
        let quoted = ['"', '\''].into_iter().find_map(|quote| value.strip_prefix(quote)?.split_once(quote));
        let (value, after) = quoted
            .unwrap_or_else(|| value.split_at(value.find(|c: char| c.is_ascii_whitespace()).unwrap_or(value.len())));
        rest = after;
        Some((name, value))
    })
}

/// `html` text with its character references decoded, by the Markdown parser's own table (CommonMark knows the same
/// ones as HTML). What is no reference stays as it is written.
pub(super) fn decode(html: &str) -> Cow<'_, str> {
    /// The longest name of a character in HTML.
    const LONGEST_NAME_BYTES: usize = 32;
    if !html.contains('&') {
        return html.into();
    }
    let mut out = String::with_capacity(html.len());
    let mut parts = html.split('&');
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let name =
            part.bytes().take(LONGEST_NAME_BYTES).take_while(|b| b.is_ascii_alphanumeric() || *b == b'#').count();
        if name == 0 || part.as_bytes().get(name) != Some(&b';') {
            out.push('&');
            out.push_str(part);
            continue;
        }
        for event in Parser::new(&format!("&{}", &part[..=name])) {
            if let Event::Text(text) = event {
                out.push_str(&text);
            }
        }
        out.push_str(&part[name + 1..]);
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn start(html: &str) -> String {
        let mut out = String::new();
        match tokens(html).next() {
            Some((0, Piece::Tag(tag))) if tag.source == html => tag.push_start(&mut out),
            other => panic!("{html}: {other:?}"),
        }
        out
    }

    #[test]
    fn allowed_tags_lose_all_attributes_but_two() {
        assert_eq!(start("<DETAILS class=a open onclick='x'>"), "<details open>");
        assert_eq!(start("<abbr title=\"a > b &quot;&#60;\" id=c>"), "<abbr title=\"a &gt; b &quot;&lt;\">");
        assert_eq!(start("<abbr title=a/b>"), "<abbr title=\"a/b\">");
        assert_eq!(start("<b onclick=\"a\" title=b / = ==c>"), "<b>");
        assert_eq!(start("<br/>"), "<br>");
    }

    #[test]
    fn pieces_are_told_apart() {
        let tokens: Vec<_> =
            tokens("a <x y>b</X><!-- c -->< d <? e ?><!doctype f><b").map(|(_, piece)| piece).collect();
        assert_eq!(
            tokens,
            [
                Piece::Text("a "),
                Piece::Refused("x", "<x y>"),
                Piece::Text("b"),
                Piece::Refused("X", "</X>"),
                Piece::Comment("<!-- c -->"),
                Piece::Text("< d "),
                Piece::Refused("?", "<? e ?>"),
                Piece::Refused("!", "<!doctype f>"),
                Piece::Text("<b"),
            ]
        );
    }

    #[test]
    fn references_are_decoded_once() {
        assert_eq!(decode("a &amp;lt; &#65;&#x42;&unknown; & &hellip; é&;&"), "a &lt; AB&unknown; & … é&;&");
    }

    proptest! {
        #[test]
        fn pieces_lose_nothing(html in "([<>/!?a-c =\"'&;-]|<b |<!--|-->|<x>|é)*") {
            let mut next = 0;
            for (at, piece) in tokens(&html) {
                prop_assert_eq!(at, next);
                match piece {
                    Piece::Text(source) | Piece::Comment(source) | Piece::Refused(_, source) => {
                        prop_assert_eq!(&html[at..at + source.len()], source);
                        next += source.len();
                    }
                    Piece::Tag(tag) => {
                        let mut out = String::new();
                        tag.push_start(&mut out);
                        next += tag.source.len();
                    }
                }
            }
            prop_assert_eq!(next, html.len());
        }
    }
}
