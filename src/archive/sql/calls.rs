//! The expressions with which dumps write texts, as SQLite's do line ends, → text: `replace('a\nb','\n',char(10))`,
//! `unistr('a\u000ab')`, `'a'||char(10)||'b'`.

use std::io::BufRead;

use super::dump::Dump;
use super::lexer::{LARGEST_VALUE_BYTES, Token};
use crate::Result;

/// The deepest that calls lie in each other.
const DEEPEST_LEVELS: usize = 8;

/// The functions whose values are known.
const KNOWN: [&str; 6] = ["cast", "char", "concat", "convert", "replace", "unistr"];

/// Whether a value that was read so far is the name of a function.
pub(super) fn known(value: &Option<Option<String>>) -> bool {
    matches!(value, Some(Some(name)) if KNOWN.iter().any(|it| name.eq_ignore_ascii_case(it)))
}

/// The values that a call is given.
#[derive(Default)]
struct Given {
    values: Vec<String>,
    /// A word that is a value, unless a parenthesis follows.
    word: Option<String>,
    /// Whether what follows belongs to the last value: it stands behind `||`.
    joined: bool,
}

impl Given {
    fn take(&mut self, value: String) {
        match self.values.last_mut().filter(|_| self.joined) {
            Some(last) => last.push_str(&value),
            None => self.values.push(value),
        }
        self.joined = false;
    }

    fn end_of_word(&mut self) {
        if let Some(word) = self.word.take() {
            self.take(word);
        }
    }
}

impl<R: BufRead> Dump<R> {
    /// The value of a call, from behind its opening parenthesis to the closing one.
    pub(super) fn call(&mut self, name: &str, depth: usize) -> Result<String> {
        let mut given = Given::default();
        loop {
            match self.lexer.token()? {
                Token::End => return Err(self.lexer.cut()),
                Token::Sign(b')') => break,
                Token::Sign(b'(') if depth < DEEPEST_LEVELS => {
                    let inner = given.word.take().unwrap_or_default();
                    let value = self.call(&inner, depth + 1)?;
                    given.take(value);
                }
                Token::Sign(b'(') => return Err(self.lexer.refused("calls within calls")),
                Token::Sign(sign) => {
                    given.end_of_word();
                    given.joined = sign == b'|';
                }
                Token::Text(bytes) => given.take(self.charset.decoded(bytes)),
                // `AS` and what follows it say of which type the value is.
                Token::Word(it) if given.word.is_none() => given.word = Some(it),
                _ => {}
            }
            self.fits(given.values.iter().map(String::len).sum())?;
        }
        given.end_of_word();
        let values = given.values;
        let first = values.first().map_or("", String::as_str);
        let value = match name.to_ascii_lowercase().as_str() {
            "char" => values.iter().filter_map(|it| it.parse().ok().and_then(char::from_u32)).collect(),
            "concat" => values.concat(),
            "unistr" => unescaped(first),
            "replace" => match &values[..] {
                [text, from, to] if !from.is_empty() => {
                    self.fits(text.len() + text.matches(from.as_str()).count().saturating_mul(to.len()))?;
                    text.replace(from.as_str(), to)
                }
                _ => first.to_owned(),
            },
            _ => first.to_owned(),
        };
        Ok(value)
    }

    /// Refuses a value of so many bytes when no database has it.
    pub(super) fn fits(&self, bytes: usize) -> Result<()> {
        if bytes > LARGEST_VALUE_BYTES { Err(self.lexer.refused("a value of more than 64 MiB")) } else { Ok(()) }
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
