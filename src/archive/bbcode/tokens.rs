//! A text → its words and what looks like tags, in one pass. Which tags belong together isn't decided here.

use super::{Style, smilies, tags};
use crate::archive::control_characters::windows_1252;

/// The longest that a tag is looked for.
const LONGEST_TAG_BYTES: usize = 2048;

/// A tag that opens something.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Tag {
    /// Its name, in small letters.
    pub(super) name: String,
    /// What stands behind its `=`.
    pub(super) value: String,
    /// What else is named in it.
    pub(super) more: Vec<(String, String)>,
    /// The tag as it was written.
    pub(super) raw: String,
}

impl Tag {
    /// One of the named things; empty without it.
    pub(super) fn named(&self, name: &str) -> &str {
        self.more.iter().find(|(it, _)| it == name).map_or("", |(_, value)| value)
    }
}

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// Words, with line ends.
    Text(String),
    /// A tag that opens.
    Open(Tag),
    /// A tag that closes: its name, and as it was written.
    Close(String, String),
}

/// Takes a text apart.
pub(super) fn read(text: &str, style: &Style<'_>) -> Vec<Token> {
    let mut reader = Tokeniser { tokens: Vec::new(), words: String::new(), endless: Vec::new() };
    let mut rest = text;
    while let Some(at) = rest.find(['[', '<', '&', '\r']) {
        let (before, after) = rest.split_at(at);
        reader.words.push_str(before);
        let length = match after.as_bytes().first() {
            Some(b'[') => reader.tag(after, style),
            Some(b'<') if style.escaped => reader.html(after),
            Some(b'&') if style.escaped => reader.entity(after),
            Some(b'\r') => {
                if !after.starts_with("\r\n") {
                    reader.words.push('\n');
                }
                1
            }
            _ => 0,
        };
        if length == 0 {
            reader.words.push_str(&after[..1]);
        }
        rest = &after[length.max(1)..];
    }
    reader.words.push_str(rest);
    reader.end_words();
    reader.tokens
}

struct Tokeniser {
    tokens: Vec<Token>,
    words: String,
    /// Tags around raw text that have no end any more from here on.
    endless: Vec<String>,
}

impl Tokeniser {
    fn end_words(&mut self) {
        if !self.words.is_empty() {
            self.tokens.push(Token::Text(std::mem::take(&mut self.words)));
        }
    }

    fn put(&mut self, token: Token) {
        self.end_words();
        self.tokens.push(token);
    }

    /// A tag at the start of `text`, and how long it is; 0 when there is none.
    fn tag(&mut self, text: &str, style: &Style<'_>) -> usize {
        let Some(length) = tag_length(text, style.escaped) else { return 0 };
        let written = &text[1..length - 1];
        let marked = !style.uid.is_empty() && written.contains(&format!(":{}", style.uid));
        let body = if marked { written.replace(&format!(":{}", style.uid), "") } else { written.to_owned() };
        let body = if style.escaped { decoded(&body) } else { body };
        let Some(mut tag) = parse(&body, marked) else { return 0 };
        // phpBB 2 marks these nowhere.
        let bare = matches!(tag.name.as_str(), "url" | "/url" | "email" | "/email" | "attachment" | "/attachment");
        if !tags::known(tag.name.trim_start_matches('/')) || !marked && !style.uid.is_empty() && !bare {
            return 0;
        }
        tag.raw = format!("[{body}]");
        if let Some(name) = tag.name.strip_prefix('/') {
            self.put(Token::Close(name.to_owned(), tag.raw));
            return length;
        }
        if !tags::raw(&tag.name) {
            self.put(Token::Open(tag));
            return length;
        }
        // Nothing in it is a tag but its end.
        let end = if marked { format!("[/{}:", tag.name) } else { format!("[/{}]", tag.name) };
        let rest = &text[length..];
        let closed = if self.endless.contains(&tag.name) { None } else { find(rest, &end) };
        let Some((at, close)) = closed.and_then(|at| Some((at, tag_length(&rest[at..], false)?))) else {
            self.endless.push(tag.name);
            return 0;
        };
        let inner = if style.escaped { decoded(&without_html(&rest[..at])) } else { rest[..at].to_owned() };
        let name = tag.name.clone();
        self.put(Token::Open(tag));
        self.words.push_str(&inner.replace("\r\n", "\n"));
        self.put(Token::Close(name, String::new()));
        length + at + close
    }

    /// A tag of HTML that the system has put there itself.
    fn html(&mut self, text: &str) -> usize {
        if let Some(comment) = text.strip_prefix("<!--") {
            return comment
                .get(..LONGEST_TAG_BYTES.min(comment.len()))
                .and_then(|it| it.find("-->"))
                .map_or(0, |at| at + 7);
        }
        let Some(length) = text.bytes().take(LONGEST_TAG_BYTES).position(|b| b == b'>').map(|at| at + 1) else {
            return 0;
        };
        let tag = &text[..length];
        let name: String = tag[1..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '/').collect();
        match name.trim_end_matches('/').to_ascii_lowercase().as_str() {
            "br" => self.words.push('\n'),
            "img" => {
                let (alt, source) = (attribute(tag, "alt"), attribute(tag, "src"));
                let words = decoded(if alt.is_empty() { source } else { alt });
                self.words.push_str(smilies::emoji(&words).unwrap_or(&words));
            }
            "a" => self.put(Token::Open(Tag {
                name: String::from("url"),
                value: decoded(attribute(tag, "href")),
                ..Tag::default()
            })),
            "/a" => self.put(Token::Close(String::from("url"), String::new())),
            it @ ("b" | "i" | "u" | "s" | "pre" | "strong" | "em") => {
                self.put(Token::Open(Tag { name: it.to_owned(), raw: tag.to_owned(), ..Tag::default() }));
            }
            it @ ("/b" | "/i" | "/u" | "/s" | "/pre" | "/strong" | "/em") => {
                self.put(Token::Close(it[1..].to_owned(), tag.to_owned()));
            }
            _ => return 0,
        }
        length
    }

    fn entity(&mut self, text: &str) -> usize {
        match entity(text) {
            Some((sign, length)) => {
                self.words.push(sign);
                length
            }
            None => 0,
        }
    }
}

/// Finds an end, whatever the case of its letters.
fn find(text: &str, end: &str) -> Option<usize> {
    let same = |at: &usize| text.get(*at..*at + end.len()).is_some_and(|it| it.eq_ignore_ascii_case(end));
    text.match_indices("[/").map(|(at, _)| at).find(same)
}

/// How long the tag at the start of a text is, with its brackets.
fn tag_length(text: &str, escaped: bool) -> Option<usize> {
    let bytes = text.as_bytes();
    let name = bytes.iter().skip(1).take(32).take_while(|b| b.is_ascii_alphanumeric() || b"/*_-".contains(b)).count();
    let next = bytes.get(1 + name).filter(|_| name > 0)?;
    if !b"]=: ".contains(next) {
        return None;
    }
    // In quotation marks a bracket may stand.
    let mut at = 1 + name;
    while at < bytes.len().min(LONGEST_TAG_BYTES) {
        let here = text.get(at..).unwrap_or_default();
        let quote = match bytes[at] {
            b']' => return Some(at + 1),
            b'[' | b'\n' => return None,
            b'"' => "\"",
            b'\'' => "'",
            b'&' if escaped && here.starts_with("&quot;") => "&quot;",
            _ => "",
        };
        let opens = !quote.is_empty() && bytes.get(at - 1) == Some(&b'=');
        let end = here.get(quote.len()..).filter(|_| opens).and_then(|it| {
            let near = it.as_bytes().get(..LONGEST_TAG_BYTES.min(it.len()))?;
            memchr::memmem::find(near, quote.as_bytes())
        });
        at += end.map_or(1, |end| end + 2 * quote.len());
    }
    None
}

/// The names that begin another value within a tag.
const NAMES: [&str; 18] = [
    "author", "link", "date", "post_id", "post_url", "pid", "dateline", "time", "user_id", "msg_id", "msg", "title",
    "lang", "width", "height", "alt", "id", "type",
];

/// Reads what stands between the brackets.
fn parse(body: &str, marked: bool) -> Option<Tag> {
    let end = body.find(['=', ' ', ':']).unwrap_or(body.len());
    let mut tag = Tag { name: body[..end].to_ascii_lowercase(), ..Tag::default() };
    let mut rest = &body[end..];
    if let Some(after) = rest.strip_prefix(':') {
        // `[list:u]`, `[*:m]`, `[code:1]`: kinds of their own, which only marked tags have.
        if !marked {
            return None;
        }
        rest = &after[after.find('=').unwrap_or(after.len())..];
    }
    // Where each value begins: behind the name's `=`, and behind a space, a known name and `=`.
    let mut starts: Vec<(usize, usize, &str)> = Vec::new();
    for (at, _) in rest.match_indices('=') {
        let name = rest[..at].rsplit(' ').next().unwrap_or_default();
        if at == 0 || at > name.len() && NAMES.contains(&name) {
            starts.push((at - name.len(), at + 1, name));
        }
    }
    for (number, (_, from, name)) in starts.iter().enumerate() {
        let to = starts.get(number + 1).map_or(rest.len(), |(next, ..)| *next);
        let value = rest.get(*from..to).unwrap_or_default().trim();
        let value = value.trim_matches(|c| c == '"' || c == '\'').to_owned();
        if name.is_empty() {
            tag.value = value;
        } else {
            tag.more.push(((*name).to_owned(), value));
        }
    }
    Some(tag)
}

/// The value of an attribute of a tag of HTML.
fn attribute<'t>(tag: &'t str, name: &str) -> &'t str {
    let start = format!(" {name}=\"");
    let value = tag.split_once(&start).map_or("", |(_, rest)| rest);
    value.split('"').next().unwrap_or_default()
}

/// The text with its entities resolved.
pub(super) fn decoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (sign, length) = entity(rest).unwrap_or(('&', 1));
        out.push(sign);
        rest = &rest[length..];
    }
    out.push_str(rest);
    out
}

/// The sign that an entity at the start of a text stands for, and its length.
fn entity(text: &str) -> Option<(char, usize)> {
    let end = text.bytes().take(12).position(|b| b == b';')?;
    let sign = match text.get(1..end)? {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        name => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).map(windows_1252).filter(|c| !c.is_control() || *c == '\n')?
        }
    };
    Some((sign, end + 1))
}

/// Raw text without the tags that the system has put into it: line ends, and smilies where it took code for some.
fn without_html(text: &str) -> String {
    if !text.contains('<') {
        return text.to_owned();
    }
    let mut reader = Tokeniser { tokens: Vec::new(), words: String::new(), endless: Vec::new() };
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        reader.words.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = if rest.starts_with("<br") || rest.starts_with("<!--") || rest.starts_with("<img") {
            reader.html(rest)
        } else {
            0
        };
        if length == 0 {
            reader.words.push('<');
        }
        rest = &rest[length.max(1)..];
    }
    reader.words.push_str(rest);
    reader.words
}
