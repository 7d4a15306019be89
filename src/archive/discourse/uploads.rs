//! The uploads of a Discourse backup: an address in a text → the file in the backup and the name it had. Discourse names
//! files by the SHA-1 of their bytes; in texts that number stands in base 62, `upload://r3AYqESanERjladb4vBB7VsMBm6.png`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::archive::item::{Attachment, Content};
use crate::archive::source::Source;

/// What is known of uploads.
#[derive(Debug, Default)]
pub(super) struct Uploads {
    /// The files of the backup, by their path from `original/` or `optimized/` on.
    files: HashMap<String, PathBuf>,
    /// Path and name of each upload, by its SHA-1 in base 62.
    short: HashMap<String, (String, String)>,
    /// The names of uploads, by path.
    names: HashMap<String, String>,
}

impl Uploads {
    pub(super) fn new(source: &Source) -> Uploads {
        let file = |path: &PathBuf| Some((inner(&source.name(path))?.to_owned(), path.clone()));
        Uploads { files: source.files.iter().filter_map(file).collect(), ..Uploads::default() }
    }

    /// Notes an upload as its row in the database tells of it.
    pub(super) fn note(&mut self, sha1: &str, url: &str, name: &str) {
        let Some(path) = inner(url) else { return };
        self.names.insert(path.to_owned(), name.to_owned());
        if let Some(short) = base62(sha1) {
            self.short.insert(short, (path.to_owned(), name.to_owned()));
        }
    }

    /// The uploads that a text shows.
    pub(super) fn shown(&self, text: &str) -> Vec<Attachment> {
        let mut shown: Vec<Attachment> = Vec::new();
        for (at, _) in text.match_indices("/uploads/") {
            let ends = |c: char| c.is_whitespace() || "()<>\"[]".contains(c);
            let start = text[..at].rfind(ends).map_or(0, |it| it + text[it..].chars().next().map_or(1, char::len_utf8));
            let end = text[at..].find(ends).map_or(text.len(), |it| at + it);
            let Some(address) = text.get(start..end).filter(|it| shown.iter().all(|known| known.address != *it)) else {
                continue;
            };
            shown.extend(self.one(address));
        }
        shown
    }

    fn one(&self, address: &str) -> Option<Attachment> {
        let (path, name) = match address.split_once("/uploads/short-url/") {
            Some((_, short)) => {
                let stem = short.split(['.', '?']).next().unwrap_or(short);
                self.short.get(stem).map(|(path, name)| (path.as_str(), name.as_str()))?
            }
            None => {
                let path = inner(address)?;
                let last = path.rsplit('/').next().unwrap_or(path);
                (path, self.names.get(path).map_or(last, String::as_str))
            }
        };
        let content = Content::File(self.files.get(path)?.clone());
        // Pasted pictures are all called the same, or nothing.
        let name = if Path::new(name).extension().is_some() { name } else { path.rsplit('/').next().unwrap_or(path) };
        Some(Attachment { address: address.to_owned(), name: name.to_owned(), content })
    }
}

/// The part of an upload's address or path that all of them share.
fn inner(address: &str) -> Option<&str> {
    let at = ["/original/", "/optimized/"].iter().find_map(|part| address.find(part))?;
    let path = address.get(at + 1..)?;
    Some(path.split(['?', '#']).next().unwrap_or(path))
}

/// A number of 40 hexadecimal digits in base 62.
fn base62(hex: &str) -> Option<String> {
    const DIGITS: &[u8; 62] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    if hex.len() != 40 {
        return None;
    }
    let mut number: Vec<u32> = hex.chars().map(|digit| digit.to_digit(16)).collect::<Option<_>>()?;
    let mut out = Vec::new();
    while number.iter().any(|digit| *digit > 0) {
        let mut rest = 0;
        for digit in &mut number {
            let value = rest * 16 + *digit;
            (*digit, rest) = (value / 62, value % 62);
        }
        out.push(char::from(*DIGITS.get(rest as usize)?));
    }
    Some(out.iter().rev().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_discourse_does() {
        let short = base62("bda2c513e1da04f7b4e99230851ea2aafeb8cc4e");
        assert_eq!(short.as_deref(), Some("r3AYqESanERjladb4vBB7VsMBm6"));
        assert_eq!(base62("bda2"), None);
        assert_eq!(base62(&"0".repeat(40)).as_deref(), Some(""));
    }
}
