//! The functions with which SQLite's dumps write line ends: `replace('a\nb','\n',char(10))` and `unistr('a\u000ab')` → text.

use std::io::BufRead;

use super::dump::Dump;
use super::lexer::Token;
use crate::Result;

/// The deepest that calls lie in each other.
const DEEPEST_LEVELS: usize = 8;

/// Whether a value that was read so far is the name of a function.
pub(super) fn known(value: &Option<Option<String>>) -> bool {
    matches!(value, Some(Some(name)) if ["replace", "unistr", "char"].iter().any(|it| name.eq_ignore_ascii_case(it)))
}

impl<R: BufRead> Dump<R> {
    /// The value of a call, from behind its opening parenthesis to the closing one.
    pub(super) fn call(&mut self, name: &str, depth: usize) -> Result<String> {
        let mut values: Vec<String> = Vec::new();
        let mut word = String::new();
        loop {
            match self.lexer.token()? {
                Token::End => return Err(self.lexer.cut()),
                Token::Sign(b')') => break,
                Token::Sign(b'(') if depth < DEEPEST_LEVELS => {
                    let inner = std::mem::take(&mut word);
                    values.push(self.call(&inner, depth + 1)?);
                }
                Token::Sign(b'(') => return Err(self.lexer.refused("calls within calls")),
                Token::Text(bytes) => values.push(self.charset.decoded(bytes)),
                Token::Word(it) => word = it,
                _ => {}
            }
        }
        let (first, rest) = values.split_first().map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
        Ok(match name.to_ascii_lowercase().as_str() {
            "char" => word.parse().ok().and_then(char::from_u32).map(String::from).unwrap_or_default(),
            "unistr" => unescaped(first),
            _ => match rest {
                [from, to] if !from.is_empty() => first.replace(from.as_str(), to),
                _ => first.to_owned(),
            },
        })
    }
}

/// A text in which `\000a`, `\u000a`, `\+00000a` and `\U0000000a` stand for characters.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let (skip, length) = match rest.as_bytes().first() {
            Some(b'u') => (1, 4),
            Some(b'U') => (1, 8),
            Some(b'+') => (1, 6),
            _ => (0, 4),
        };
        let digits = rest.get(skip..skip + length);
        let sign = digits.and_then(|it| u32::from_str_radix(it, 16).ok()).and_then(char::from_u32);
        match sign {
            Some(sign) => {
                out.push(sign);
                rest = &rest[skip + length..];
            }
            None => {
                out.push('\\');
                rest = rest.strip_prefix('\\').unwrap_or(rest);
            }
        }
    }
    out.push_str(rest);
    out
}
