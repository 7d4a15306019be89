//! The most bytes that the files of a forum may have. A file's size is judged before the file is read.

use super::post::FRONT_BYTES;
use crate::config::LARGEST_POST_BYTES;
use crate::diagnostic::{Diagnostic, Rule, Severity, Spot};
use crate::git::TooLarge;

/// A file with more bytes than any of its kind has a use for.
pub static FILE_SIZE: Rule = Rule { name: "file-size", severity: Severity::Error };

/// The most bytes of `forum.yml`, a `board.yml`, a `topic.yml` or a member's file.
pub const SETTINGS_BYTES: u64 = 64 << 10;

/// The most bytes of a post's file: the largest text that a forum can allow, and its front matter. What is longer than
/// this forum allows is shown as it was typed.
pub const POST_BYTES: u64 = LARGEST_POST_BYTES + FRONT_BYTES as u64;

/// A file that wasn't read.
pub(super) fn too_large(path: &str, large: TooLarge) -> Diagnostic {
    let message = format!("the file has {} bytes, at most {} are read", large.bytes, large.most);
    FILE_SIZE.at(path, Spot::START, message, "make it smaller")
}
