//! A post's front matter, as bytes → the fields in it that not everybody writes, and the same with more fields.

use super::rules::{ARCHIVE_FIELD, MODERATORS_ONLY};
use crate::content::{Archive, text_of};
use crate::diagnostic::{Diagnostic, Spot};

/// The bytes of a post before its text.
pub(super) fn front(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.len().saturating_sub(text_of(bytes).len())]
}

/// The place of a field in a post's front matter.
fn spot(bytes: &[u8], field: &str) -> Spot {
    let front = String::from_utf8_lossy(front(bytes));
    let line = (1_u32..)
        .zip(front.lines())
        .find(|(_, line)| line.trim_start().strip_prefix(field).is_some_and(|rest| rest.trim_start().starts_with(':')));
    line.map_or(Spot::START, |(line, _)| Spot { line, column: 1 })
}

/// That somebody who doesn't moderate hides or shows this post.
pub(super) fn hidden(path: &str, bytes: &[u8]) -> Diagnostic {
    MODERATORS_ONLY.at(path, spot(bytes, "hidden"), "only moderators hide posts", "leave `hidden` as it was")
}

/// Fields that only importers write, and that are otherwise than they were `before`.
pub(super) fn archive_fields(
    path: &str,
    bytes: &[u8],
    now: Option<&Archive>,
    before: Option<&Archive>,
) -> impl Iterator<Item = Diagnostic> {
    let none = Archive::default();
    let (now, before) = (now.unwrap_or(&none), before.unwrap_or(&none));
    let fields = [
        ("edited", now.edited != before.edited),
        ("likes", now.likes != before.likes),
        ("views", now.views != before.views),
        ("source", now.source != before.source),
        ("origin", now.origin != before.origin),
        ("aliases", now.aliases != before.aliases),
    ];
    fields.into_iter().filter(|(_, changed)| *changed).map(move |(field, _)| {
        let message = format!("`{field}` is written by importers alone");
        ARCHIVE_FIELD.at(path, spot(bytes, field), message, "leave it as it was")
    })
}

/// A post's bytes with more lines in its front matter.
pub(super) fn with_fields(bytes: &[u8], lines: &str) -> Vec<u8> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let start = [&b"---\n"[..], b"---\r\n"].into_iter().find(|start| bytes.starts_with(start));
    match start {
        Some(start) => [start, lines.as_bytes(), &bytes[start.len()..]].concat(),
        None => [b"---\n", lines.as_bytes(), b"---\n", bytes].concat(),
    }
}
