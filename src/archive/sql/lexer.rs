//! The bytes of a dump → words, names, texts and signs of SQL. Comments are passed over, but for the character set that
//! some of them set. It knows three ways of writing texts: MySQL's, PostgreSQL's and plain ones.

use std::io::BufRead;

use super::charset::Charset;
use crate::{Error, Result};

/// The most bytes of one value.
pub(super) const LARGEST_VALUE_BYTES: usize = 64 << 20;

/// A piece of SQL.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A word or number.
    Word(String),
    /// A quoted name.
    Name(String),
    /// A text, its escapes resolved.
    Text(Vec<u8>),
    /// Any other sign.
    Sign(u8),
    /// Nothing more.
    End,
}

/// Reads tokens.
pub(super) struct Lexer<R> {
    input: R,
    name: String,
    /// How many bytes were read.
    at: u64,
    /// A backslash in a text escapes what follows, and quotation marks stand around texts: as in MySQL.
    mysql: bool,
    /// The character set that a comment has set.
    pub(super) declared: Option<Charset>,
}

impl<R: BufRead> Lexer<R> {
    pub(super) fn new(input: R, name: &str) -> Lexer<R> {
        let mut lexer = Lexer { input, name: name.to_owned(), at: 0, mysql: true, declared: None };
        // Which kind it is stands at the top; where it can't be read, the first token will say so.
        if let Ok(head) = lexer.input.fill_buf() {
            let head = String::from_utf8_lossy(head);
            const PLAIN: [&str; 6] = [
                "PostgreSQL database",
                "standard_conforming_strings = on",
                "PRAGMA foreign_keys",
                "BEGIN TRANSACTION;",
                "NO_BACKSLASH_ESCAPES",
                " FROM stdin;",
            ];
            lexer.mysql = !PLAIN.iter().any(|sign| head.contains(sign));
        }
        lexer
    }

    /// The fault of a dump that ends too early.
    pub(super) fn cut(&self) -> Error {
        Error::other(format!("{}: ends in the middle of a statement", self.name), "dump the database again")
    }

    /// The fault of what no database writes.
    pub(super) fn refused(&self, what: &str) -> Error {
        Error::other(format!("{}: at byte {}: {what}", self.name, self.at), "this is no dump that can be meant")
    }

    fn peek(&mut self) -> Result<Option<u8>> {
        let Lexer { input, name, .. } = self;
        Ok(input.fill_buf().map_err(Error::io(name.as_str()))?.first().copied())
    }

    fn next(&mut self) -> Result<Option<u8>> {
        let byte = self.peek()?;
        if byte.is_some() {
            self.input.consume(1);
            self.at += 1;
        }
        Ok(byte)
    }

    /// Takes bytes as long as they are `good`, and keeps at most `most` of them.
    fn take(&mut self, most: usize, good: impl Fn(u8) -> bool) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        loop {
            let Lexer { input, name, .. } = self;
            let bytes = input.fill_buf().map_err(Error::io(name.as_str()))?;
            let length = bytes.iter().position(|b| !good(*b)).unwrap_or(bytes.len());
            let keep = length.min(most.saturating_sub(out.len()));
            out.extend_from_slice(&bytes[..keep]);
            let end = length < bytes.len() || bytes.is_empty();
            input.consume(length);
            self.at += length as u64;
            if end {
                return Ok(out);
            }
        }
    }

    /// The next piece.
    pub(super) fn token(&mut self) -> Result<Token> {
        loop {
            let Some(byte) = self.next()? else { return Ok(Token::End) };
            match byte {
                b if b.is_ascii_whitespace() => {}
                b'#' if self.mysql => self.skip_line()?,
                b'-' if self.peek()? == Some(b'-') => self.skip_line()?,
                b'/' if self.peek()? == Some(b'*') => self.comment()?,
                b'\'' => return Ok(Token::Text(self.quoted(b'\'', self.mysql)?)),
                b'"' if self.mysql => return Ok(Token::Text(self.quoted(b'"', true)?)),
                b'"' | b'`' => {
                    let name = self.quoted(byte, false)?;
                    return Ok(Token::Name(String::from_utf8_lossy(&name).into_owned()));
                }
                b'$' if !self.mysql => {
                    let tag = self.take(64, |b| b.is_ascii_alphanumeric() || b == b'_')?;
                    if self.peek()? == Some(b'$') {
                        self.next()?;
                        return self.dollars(&tag);
                    }
                }
                b if is_word(b) => return self.word(b),
                b => return Ok(Token::Sign(b)),
            }
        }
    }

    fn word(&mut self, first: u8) -> Result<Token> {
        let mut word = vec![first];
        word.extend(self.take(1 << 20, |b| is_word(b) || b == b'.' || b == b'$')?);
        // The exponent of a number may have a sign.
        let number = first.is_ascii_digit() && !word.starts_with(b"0x");
        if number
            && matches!(word.last(), Some(b'e' | b'E'))
            && let Some(sign @ (b'+' | b'-')) = self.peek()?
        {
            self.next()?;
            word.push(sign);
            word.extend(self.take(1 << 20, |b| b.is_ascii_digit())?);
        }
        if self.peek()? == Some(b'\'') {
            // Letters before a text say how it is written.
            let kind = word.first().map(u8::to_ascii_lowercase);
            match (word.len(), kind) {
                (1, Some(b'e')) => {
                    self.next()?;
                    return Ok(Token::Text(self.quoted(b'\'', true)?));
                }
                (1, Some(b'x')) => {
                    self.next()?;
                    return Ok(Token::Text(unhexed(&self.quoted(b'\'', false)?)));
                }
                (_, Some(b'_')) | (1, Some(b'n' | b'b')) => return self.token(),
                _ => {}
            }
        }
        if let Some(digits) = word.strip_prefix(b"0x").filter(|it| !it.is_empty()) {
            return Ok(Token::Text(unhexed(digits)));
        }
        Ok(Token::Word(String::from_utf8_lossy(&word).into_owned()))
    }

    /// What stands up to the closing quote, a doubled one standing for itself.
    fn quoted(&mut self, quote: u8, escapes: bool) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        loop {
            let most = LARGEST_VALUE_BYTES + 1 - out.len();
            out.extend(self.take(most, |b| b != quote && (b != b'\\' || !escapes))?);
            if out.len() > LARGEST_VALUE_BYTES {
                return Err(self.refused("a value of more than 64 MiB"));
            }
            match self.next()? {
                None => return Err(self.cut()),
                Some(b'\\') if escapes => match self.next()? {
                    None => return Err(self.cut()),
                    Some(it @ (b'%' | b'_')) => out.extend([b'\\', it]),
                    Some(it) => out.push(escaped(it)),
                },
                Some(_) if self.peek()? == Some(quote) => {
                    self.next()?;
                    out.push(quote);
                }
                Some(_) => return Ok(out),
            }
        }
    }

    /// A text of PostgreSQL between `$tag$` and `$tag$`.
    fn dollars(&mut self, tag: &[u8]) -> Result<Token> {
        let mut out = Vec::new();
        let end = [b"$".as_slice(), tag, b"$"].concat();
        loop {
            out.extend(self.take(LARGEST_VALUE_BYTES + 1 - out.len(), |b| b != b'$')?);
            if out.len() > LARGEST_VALUE_BYTES {
                return Err(self.refused("a value of more than 64 MiB"));
            }
            let Some(byte) = self.next()? else { return Err(self.cut()) };
            out.push(byte);
            let rest = self.take(tag.len(), |b| b.is_ascii_alphanumeric() || b == b'_')?;
            out.extend(rest);
            if self.peek()? == Some(b'$') && end.strip_suffix(b"$").is_some_and(|start| out.ends_with(start)) {
                self.next()?;
                out.truncate(out.len() + 1 - end.len());
                return Ok(Token::Text(out));
            }
        }
    }

    fn comment(&mut self) -> Result<()> {
        self.next()?;
        let mut start = Vec::new();
        loop {
            let piece = self.take(256, |b| b != b'*')?;
            if start.len() < 256 {
                start.extend(piece);
            }
            match self.next()? {
                None => return Err(self.cut()),
                Some(_) if self.peek()? == Some(b'/') => {
                    self.next()?;
                    break;
                }
                Some(_) => {}
            }
        }
        // What MySQL reads in comments begins with a number of its version.
        let text = String::from_utf8_lossy(&start).to_ascii_lowercase();
        if let Some(name) = text.strip_prefix('!').and_then(|it| it.split("set names ").nth(1)) {
            let name = name.split_whitespace().next().unwrap_or_default();
            self.declared = Charset::named(name.trim_matches(['\'', '"'])).or(self.declared);
        }
        Ok(())
    }

    /// Passes over the rest of a line.
    pub(super) fn skip_line(&mut self) -> Result<()> {
        self.take(0, |b| b != b'\n')?;
        self.next()?;
        Ok(())
    }

    /// Passes over the rest of a statement.
    pub(super) fn skip_statement(&mut self) -> Result<()> {
        loop {
            self.take(0, |b| !matches!(b, b';' | b'\'' | b'"' | b'`' | b'-' | b'#' | b'/' | b'$'))?;
            let Some(byte) = self.next()? else { return Ok(()) };
            match byte {
                b';' => return Ok(()),
                b'\'' => self.skip_quoted(b'\'', self.mysql)?,
                b'"' => self.skip_quoted(b'"', self.mysql)?,
                b'`' => self.skip_quoted(b'`', false)?,
                b'#' if self.mysql => self.skip_line()?,
                b'-' if self.peek()? == Some(b'-') => self.skip_line()?,
                b'/' if self.peek()? == Some(b'*') => self.comment()?,
                b'$' if !self.mysql => {
                    let tag = self.take(64, |b| b.is_ascii_alphanumeric() || b == b'_')?;
                    if self.peek()? == Some(b'$') {
                        self.next()?;
                        self.dollars(&tag)?;
                    }
                }
                _ => {}
            }
        }
    }

    /// As [`skip_statement`](Lexer::skip_statement), from a piece of it on that was read.
    pub(super) fn skip_rest(&mut self, token: &Token) -> Result<()> {
        match token {
            Token::End | Token::Sign(b';') => Ok(()),
            _ => self.skip_statement(),
        }
    }

    fn skip_quoted(&mut self, quote: u8, escapes: bool) -> Result<()> {
        loop {
            self.take(0, |b| b != quote && (b != b'\\' || !escapes))?;
            match self.next()? {
                None => return Err(self.cut()),
                Some(b'\\') if escapes => {
                    self.next()?;
                }
                Some(_) if self.peek()? == Some(quote) => {
                    self.next()?;
                }
                Some(_) => return Ok(()),
            }
        }
    }

    /// A line of the data that follows `COPY`, without its end; of one that isn't wanted, only its first bytes.
    pub(super) fn line(&mut self, line: &mut Vec<u8>, wanted: bool) -> Result<()> {
        line.clear();
        let most = if wanted { LARGEST_VALUE_BYTES + 1 } else { 8 };
        line.extend(self.take(most, |b| b != b'\n')?);
        if line.len() > LARGEST_VALUE_BYTES {
            return Err(self.refused("a row of more than 64 MiB"));
        }
        if self.next()?.is_none() && line != b"\\." {
            return Err(self.cut());
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok(())
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// What an escaped sign stands for.
fn escaped(byte: u8) -> u8 {
    match byte {
        b'0' => 0,
        b'b' => 8,
        b't' => b'\t',
        b'n' => b'\n',
        b'r' => b'\r',
        b'Z' => 26,
        other => other,
    }
}

fn unhexed(digits: &[u8]) -> Vec<u8> {
    let value = |digit: u8| char::from(digit).to_digit(16).and_then(|it| u8::try_from(it).ok());
    let pairs = digits.chunks(2).map_while(|pair| match pair {
        [a, b] => Some(value(*a)? << 4 | value(*b)?),
        _ => None,
    });
    pairs.collect()
}

/// A field of a row that follows `COPY`, its escapes resolved.
pub(super) fn copied(field: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        let Some((sign, after)) = rest.split_first().filter(|_| *byte == b'\\') else {
            out.push(*byte);
            continue;
        };
        rest = after;
        match sign {
            b'f' => out.push(12),
            b'v' => out.push(11),
            b'x' if rest.first().is_some_and(u8::is_ascii_hexdigit) => out.push(number(16, 2, &mut rest)),
            b'0'..=b'7' => {
                rest = &field[field.len() - rest.len() - 1..];
                out.push(number(8, 3, &mut rest));
            }
            b'b' | b't' | b'n' | b'r' => out.push(escaped(*sign)),
            other => out.push(*other),
        }
    }
    out
}

/// The byte that up to `most` digits name.
fn number(radix: u32, most: usize, rest: &mut &[u8]) -> u8 {
    let digits = rest.iter().take(most).map_while(|it| char::from(*it).to_digit(radix));
    let (value, length) = digits.fold((0, 0), |(value, length), digit| (value * radix + digit, length + 1));
    *rest = rest.get(length..).unwrap_or_default();
    u8::try_from(value & 0xff).unwrap_or_default()
}
