//! One post's file in → a skeleton (who, when, which blob) and, apart, its body. What the file doesn't say (author and
//! date may be left out) is filled in from the history later.

use git2::Oid;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::look::blank;
use crate::config::Policy;
use crate::diagnostic::{Diagnostic, Rule, Severity, Spot};
use crate::markdown::{self, Body, Fault, FaultKind, Limits, Link, TextCounts};
use crate::yaml::{At, Fields};

/// A text that isn't UTF-8.
pub static TEXT_ENCODING: Rule = Rule { name: "text-encoding", severity: Severity::Error };
/// Front matter that has no end, or is too large.
pub static FRONT_MATTER: Rule = Rule { name: "front-matter", severity: Severity::Error };

/// The most bytes of front matter.
pub const FRONT_BYTES: usize = 8 << 10;
/// How deep a post's text may nest.
const DEEPEST_NESTING_LEVELS: usize = 100;

/// What a post's file says. As many as the forum has posts, so kept small.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostFile {
    /// The file's name without `.md`: the post's id in its topic.
    pub stem: Box<str>,
    /// The file's content; names the body as well.
    #[serde(with = "crate::key::oid")]
    pub blob: Oid,
    /// The author's handle.
    pub author: Option<Sourced<Box<str>>>,
    /// When it was posted: seconds since 1970.
    pub date: Option<Sourced<i64>>,
    /// The stem of the post that it answers.
    pub reply_to: Option<At<Box<str>>>,
    /// What only an opening post has.
    pub opening: Option<Box<Opening>>,
    /// What only importers and moderators write.
    pub archive: Option<Box<Archive>>,
    /// What the text links to within the forum; places count from the file's start.
    pub links: Box<[Link]>,
    /// The ids of its headings, sorted, for [`markdown::heading`].
    pub headings: Box<[Box<str>]>,
    /// Its front matter could not be read, whole or in part, so that it isn't known what it says.
    pub unread: bool,
    /// What is wrong with the text.
    pub text_faults: Box<[Fault]>,
}

/// An author or a date, by what tells it. Where files are read, all are [`Sourced::File`]; judging completes them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sourced<T> {
    /// The post's front matter says it, at that place.
    File(At<T>),
    /// The front matter leaves it out, and a commit tells it.
    History(T),
}

impl<T> Sourced<T> {
    /// The author or the date itself.
    pub fn value(&self) -> &T {
        match self {
            Sourced::File(At { value, .. }) | Sourced::History(value) => value,
        }
    }

    /// Where a fault of it is told: where the file says it, or else at the file's start.
    pub fn spot(&self) -> Spot {
        match self {
            Sourced::File(said) => said.at,
            Sourced::History(_) => Spot::START,
        }
    }
}

/// What only an opening post says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// The topic's title.
    pub title: At<String>,
    /// The topic's tags.
    pub tags: Vec<At<String>>,
}

/// Fields that importers and moderators write; refused in proposals.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Archive {
    /// When the text was last changed: seconds since 1970.
    pub edited: Option<i64>,
    /// How many liked it.
    pub likes: Option<u64>,
    /// How often it was read.
    pub views: Option<u64>,
    /// Its original address.
    pub source: Option<String>,
    /// Which thing of which archive it is, as `boards import` finds it again.
    pub origin: Option<Box<str>>,
    /// Its old addresses.
    pub aliases: Vec<String>,
    /// Why the text is not shown.
    pub hidden: Option<String>,
    /// Tags in a reply, where they don't belong.
    pub stray_tags: Option<Spot>,
}

impl PostFile {
    /// The reason that a moderator gave for hiding the post, when it is hidden; may be empty.
    #[must_use]
    pub fn hidden(&self) -> Option<&str> {
        self.archive.as_ref().and_then(|archive| archive.hidden.as_deref())
    }
}

/// Splits a post into its front matter (between lines of `---`) and its text, and counts the lines before the text.
/// `None` when the front matter doesn't end.
#[must_use]
pub fn split(source: &str) -> Option<(&str, &str, u32)> {
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    let Some(rest) = source.strip_prefix("---\n").or_else(|| source.strip_prefix("---\r\n")) else {
        return Some(("", source, 0));
    };
    let mut start = 0;
    for (lines, line) in (2..).zip(rest.split_inclusive('\n')) {
        if line.trim_end() == "---" {
            return Some((&rest[..start], &rest[start + line.len()..], lines));
        }
        start += line.len();
    }
    None
}

/// The text of a post's file after its front matter, as bytes: what counts when an edit is told from a touch.
#[must_use]
pub fn text_of(source: &[u8]) -> &[u8] {
    let text = std::str::from_utf8(source).ok().and_then(split);
    text.map_or(source, |(_, text, _)| text.as_bytes())
}

/// A text file's bytes as text. Bytes that are no UTF-8 are a fault, and so is a NUL, for which git takes the file for a
/// binary one, whose changes it doesn't show; both are read as U+FFFD, as Markdown has it for a NUL (CommonMark 0.31.2, §2.3).
pub(super) fn text_of_file<'b>(path: &str, bytes: &'b [u8], faults: &mut Vec<Diagnostic>) -> std::borrow::Cow<'b, str> {
    let (place, message, hint) = match std::str::from_utf8(bytes) {
        Ok(text) => match memchr::memchr(0, bytes) {
            None => return text.into(),
            Some(place) => (place, "a NUL (U+0000)", "remove it: with one git shows no changes of the file"),
        },
        Err(error) => (error.valid_up_to(), "not UTF-8", "save the file as UTF-8"),
    };
    let before = &bytes[..place];
    let line = 1 + before.iter().filter(|&&b| b == b'\n').count();
    let start = before.iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
    let column = 1 + String::from_utf8_lossy(&before[start..]).chars().count();
    let at = Spot { line: line as u32, column: column as u32 };
    faults.push(TEXT_ENCODING.at(path, at, message, hint));
    String::from_utf8_lossy(bytes).replace('\0', "\u{fffd}").into()
}

fn limits(policy: &Policy) -> Limits {
    Limits { bytes: usize::try_from(policy.post_bytes).unwrap_or(usize::MAX), nesting: DEEPEST_NESTING_LEVELS }
}

/// Only the body of a post's file: for a body that the cache has lost.
#[must_use]
pub fn body_of(source: &[u8], policy: &Policy) -> Body {
    let source = String::from_utf8_lossy(source);
    let text = split(&source).map_or(&*source, |(_, text, _)| text);
    markdown::render(text, &limits(policy)).body
}

/// How much there is in a post's file of what the policy limits for newcomers.
#[must_use]
pub fn counts_of(source: &[u8], policy: &Policy) -> TextCounts {
    let source = String::from_utf8_lossy(source);
    let text = split(&source).map_or(&*source, |(_, text, _)| text);
    markdown::render(text, &limits(policy)).counts
}

/// Reads the post `stem`, whose file has these bytes. Faults name the file alone, without its folder.
pub fn read(stem: &str, blob: Oid, bytes: &[u8], policy: &Policy, faults: &mut Vec<Diagnostic>) -> (PostFile, Body) {
    let path = format!("{stem}.md");
    let source = text_of_file(&path, bytes, faults);
    let known = faults.len();
    let (front, text, lines) = split(&source).unwrap_or_else(|| {
        let hint = "end the front matter with a line of `---`";
        faults.push(FRONT_MATTER.at(&path, Spot::START, "the front matter has no end", hint));
        ("", &source, 0)
    });
    let front = if front.len() > FRONT_BYTES {
        let message = format!("the front matter has {} bytes, at most {FRONT_BYTES} are read", front.len());
        faults.push(FRONT_MATTER.at(&path, Spot::START, message, "keep the text below the second `---`"));
        ""
    } else {
        front
    };
    let map = if front.is_empty() { None } else { crate::yaml::read(&path, front, 1, faults) };
    let mut fields = Fields::new(&path, map.unwrap_or_default(), faults);
    let date = fields.parsed("date", "a time like 2026-11-22T10:15:00Z (RFC 3339)", seconds).map(Sourced::File);
    let author = fields.text("author").map(boxed).map(Sourced::File);
    let reply_to = fields.text("reply_to").map(boxed);
    let title = fields.text_or_nothing("title");
    let tags = fields.texts("tags");
    let stray_tags = if title.is_none() { tags.first().map(|tag| tag.at) } else { None };
    let archive = Archive {
        edited: fields.parsed("edited", "a time like 2026-11-22T10:15:00Z (RFC 3339)", seconds).map(|it| it.value),
        likes: fields.number("likes", 0..=u64::MAX).map(|it| it.value),
        views: fields.number("views", 0..=u64::MAX).map(|it| it.value),
        source: fields.text("source").map(|it| it.value),
        origin: fields.text("origin").map(|it| it.value.into()),
        aliases: fields.texts("aliases").into_iter().map(|it| it.value).collect(),
        hidden: fields.reason("hidden").map(|it| it.value),
        stray_tags,
    };
    let unread = fields.faults() > known;
    fields.end();

    let rendered = markdown::render(text, &limits(policy));
    let below = |at: Spot| Spot { line: at.line + lines, column: at.column };
    // An archive has posts that were nothing but a picture, and moderators take texts away.
    let may_be_empty = archive.origin.is_some() || archive.hidden.is_some();
    // Told at the last line that there is.
    let at = Spot { line: lines.max(1), column: 1 };
    let empty = (blank(text) && !may_be_empty).then_some(Fault { at, kind: FaultKind::Empty });
    let post = PostFile {
        stem: stem.into(),
        blob,
        author,
        date,
        reply_to,
        opening: title.map(|title| Box::new(Opening { title, tags })),
        archive: (archive != Archive::default()).then(|| Box::new(archive)),
        unread,
        links: rendered.links.into_iter().map(|link| Link { at: below(link.at), ..link }).collect(),
        headings: rendered.headings.into(),
        text_faults: rendered.faults.into_iter().map(|it| Fault { at: below(it.at), ..it }).chain(empty).collect(),
    };
    (post, rendered.body)
}

fn boxed(it: At<String>) -> At<Box<str>> {
    At { at: it.at, value: it.value.into() }
}

fn seconds(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(Timestamp::as_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(source: &str) -> (PostFile, Vec<String>) {
        let mut faults = Vec::new();
        let (post, _) =
            read("x", Oid::from_bytes(&[0; 20]).unwrap(), source.as_bytes(), &Policy::default(), &mut faults);
        (post, faults.iter().map(|f| format!("{}:{}:{} {}", f.path, f.at.line, f.at.column, f.code)).collect())
    }

    #[test]
    fn a_reply_needs_no_front_matter() {
        let (post, faults) = parse("Just words.\n");
        assert_eq!((post.author, post.date, post.opening), (None, None, None));
        assert_eq!(faults, [""; 0]);
    }

    #[test]
    fn fields_are_read_with_their_places() {
        let (post, faults) =
            parse("---\ntitle: Hi\nauthor: ada\ndate: 1970-01-01T00:01:00+00:00\ntags: [a, b]\n---\nText [x](y.md)\n");
        assert_eq!(faults, [""; 0]);
        assert_eq!(*post.date.unwrap().value(), 60);
        assert_eq!(post.author.unwrap().spot(), Spot { line: 3, column: 9 });
        assert_eq!(post.opening.unwrap().tags.len(), 2);
        assert_eq!(post.links[0].at.line, 7);
    }

    #[test]
    fn a_wrong_front_matter_is_told_at_its_line() {
        assert_eq!(parse("---\nauthor: ada\n").1, ["x.md:1:1 front-matter"]);
        assert_eq!(parse("---\nautor: ada\ndate: today\n---\n").1, ["x.md:3:7 field-value", "x.md:2:1 unknown-field"]);
        assert_eq!(parse(&format!("---\ntitle: {}\n---\n", "x".repeat(9000))).1, ["x.md:1:1 front-matter"]);
    }

    #[test]
    fn what_counts_as_the_text_is_below_the_front_matter() {
        assert_eq!(text_of(b"---\na: 1\n---\nhello"), b"hello");
        assert_eq!(text_of(b"hello"), b"hello");
        assert_eq!(text_of(b"---\r\na: 1\r\n---\r\nhello"), b"hello");
    }
}
