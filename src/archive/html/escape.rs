//! Words in → Markdown that shows just these words: nothing in them becomes markup. It knows nothing of HTML.

use linkify::{LinkFinder, LinkKind};

/// Words within a line. Bare web addresses become links, as they would on any page, so that nothing in them needs care.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut done = 0;
    if text.contains("://") {
        for link in LinkFinder::new().kinds(&[LinkKind::Url]).links(text) {
            let address = link.as_str();
            let http = address.starts_with("http://") || address.starts_with("https://");
            if http && !address.contains(['<', '>', '\\']) {
                push(text, done, link.start(), &mut out);
                out.push('<');
                out.push_str(address);
                out.push('>');
                done = link.end();
            }
        }
    }
    push(text, done, text.len(), &mut out);
    out
}

/// The words of a link: as [`plain`], without links in them.
pub fn plain_words(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    push(text, 0, text.len(), &mut out);
    out
}

fn push(text: &str, from: usize, to: usize, out: &mut String) {
    let mut done = from;
    let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    for (at, byte) in text.as_bytes()[from..to].iter().enumerate() {
        let at = from + at;
        let after = || text[at + 1..].chars().next();
        let escaped = match byte {
            b'\\' | b'`' | b'*' | b'[' | b']' | b'<' | b'~' | b'$' => true,
            // Within a word it is a letter like others.
            b'_' => !(letter(text[..at].chars().next_back()) && letter(after())),
            b'&' => is_reference(&text[at..]),
            _ => false,
        };
        if escaped {
            out.push_str(&text[done..at]);
            out.push('\\');
            done = at;
        }
    }
    out.push_str(&text[done..to]);
}

/// Whether what begins with `&` would be read as an entity, or might be with what comes behind the text.
fn is_reference(text: &str) -> bool {
    let name = text[1..].trim_start_matches('#').trim_start_matches(|c: char| c.is_ascii_alphanumeric());
    name.is_empty() || name.starts_with(';') && name.len() + 1 < text.len()
}

/// The text with each `&` that would begin an entity written as one.
fn without_references(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        out.push(c);
        if c == '&' && is_reference(&text[at..]) && text[at..].contains(';') {
            out.push_str("amp;");
        }
    }
    out
}

/// A line that begins a paragraph or goes on with it, made so that it begins nothing else.
#[must_use]
pub fn line_start(line: &str) -> String {
    let bytes = line.as_bytes();
    let digits = bytes.iter().take_while(|b| b.is_ascii_digit()).count();
    let at = match bytes.first() {
        Some(b'#' | b'>' | b'-' | b'+' | b'=' | b':' | b'|') => Some(0),
        Some(_) if (1..=9).contains(&digits) && matches!(bytes.get(digits), Some(b'.' | b')')) => Some(digits),
        _ => None,
    };
    match at {
        Some(at) => format!("{}\\{}", &line[..at], &line[at..]),
        None => line.to_owned(),
    }
}

/// Code within a line.
#[must_use]
pub fn code(text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ");
    if text.trim().is_empty() {
        return text;
    }
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let ticks = "`".repeat(longest + 1);
    // One space at both ends is taken away again.
    let both = text.starts_with(' ') && text.ends_with(' ');
    let space = if text.starts_with('`') || text.ends_with('`') || both { " " } else { "" };
    format!("{ticks}{space}{text}{space}{ticks}")
}

/// A block of code, with the name of its language, which may be empty.
#[must_use]
pub fn fence(text: &str, language: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let ticks = "`".repeat(longest.max(2) + 1);
    let text = text.strip_suffix('\n').unwrap_or(text);
    format!("{ticks}{language}\n{text}\n{ticks}")
}

/// A link's or picture's address between the parentheses.
pub(super) fn address(address: &str) -> String {
    let mut out = String::with_capacity(address.len());
    for c in address.trim().chars() {
        match c {
            ' ' | '<' | '>' | '\\' | '`' => out.push_str(&format!("%{:02X}", u32::from(c))),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    if out.contains(['(', ')', '*', '_', '[', ']', '&', '~', '$']) || out.is_empty() {
        format!("<{}>", without_references(&out))
    } else {
        out
    }
}
