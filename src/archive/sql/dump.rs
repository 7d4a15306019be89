//! The statements of a dump → the rows of the tables that are wanted. Of all others it reads only where they end.

use std::collections::HashMap;
use std::io::BufRead;
use std::sync::Arc;

use super::lexer::{self, Lexer, Token};
use super::{Charset, Reader, Row, calls};
use crate::Result;

/// The most columns of a table: MySQL's limit, the largest there is.
const MOST_COLUMNS: usize = 4096;

/// A dump that is being read.
pub(super) struct Dump<R> {
    pub(super) lexer: Lexer<R>,
    told: Option<Charset>,
    pub(super) charset: Charset,
    /// The columns of each table, where it was created.
    columns: HashMap<String, Arc<[String]>>,
}

impl<R: BufRead> Dump<R> {
    pub(super) fn new(input: R, name: &str, told: Option<Charset>) -> Dump<R> {
        let lexer = Lexer::new(input, name);
        Dump { lexer, told, charset: told.unwrap_or_default(), columns: HashMap::new() }
    }

    pub(super) fn statements(mut self, reader: &mut dyn Reader) -> Result<()> {
        loop {
            if self.told.is_none()
                && let Some(declared) = self.lexer.declared.take()
            {
                self.charset = declared;
            }
            let first = match self.lexer.token()? {
                Token::End => return Ok(()),
                Token::Sign(b';') => continue,
                Token::Sign(b'\\') => {
                    self.lexer.skip_line()?;
                    continue;
                }
                Token::Word(word) => word.to_ascii_uppercase(),
                _ => String::new(),
            };
            match first.as_str() {
                "CREATE" => self.create(reader)?,
                "INSERT" | "REPLACE" => self.insert(reader)?,
                "COPY" => self.copy(reader)?,
                "SET" => self.set()?,
                _ => self.lexer.skip_statement()?,
            }
        }
    }

    /// `SET NAMES utf8`, `SET client_encoding = 'LATIN1'`.
    fn set(&mut self) -> Result<()> {
        let mut named = false;
        loop {
            match self.lexer.token()? {
                Token::End | Token::Sign(b';') => return Ok(()),
                Token::Word(it) if !named => {
                    named = it.eq_ignore_ascii_case("names") || it.eq_ignore_ascii_case("client_encoding");
                }
                Token::Sign(_) => {}
                Token::Word(name) | Token::Name(name) if named => self.declare(&name),
                Token::Text(name) if named => self.declare(&String::from_utf8_lossy(&name)),
                _ => {}
            }
        }
    }

    fn declare(&mut self, name: &str) {
        if let Some(charset) = Charset::named(name).filter(|_| self.told.is_none()) {
            self.charset = charset;
        }
    }

    /// The name of a table, without that of its database; and what comes behind it.
    fn name(&mut self) -> Result<(String, Token)> {
        let mut name = String::new();
        loop {
            match self.lexer.token()? {
                Token::Word(it) | Token::Name(it) => it.rsplit('.').next().unwrap_or(&it).clone_into(&mut name),
                Token::Sign(b'.') => {}
                other => return Ok((name, other)),
            }
            match self.lexer.token()? {
                Token::Sign(b'.') => {}
                other => return Ok((name, other)),
            }
        }
    }

    fn create(&mut self, reader: &mut dyn Reader) -> Result<()> {
        let mut token = self.lexer.token()?;
        let is = |token: &Token, word: &str| matches!(token, Token::Word(it) if it.eq_ignore_ascii_case(word));
        while ["TEMPORARY", "UNLOGGED"].iter().any(|word| is(&token, word)) {
            token = self.lexer.token()?;
        }
        if !is(&token, "TABLE") {
            return self.lexer.skip_rest(&token);
        }
        let (mut name, mut next) = self.name()?;
        while ["if", "not", "exists"].iter().any(|word| name.eq_ignore_ascii_case(word)) {
            name = match next {
                Token::Word(it) | Token::Name(it) => it,
                other => return self.lexer.skip_rest(&other),
            };
            next = self.lexer.token()?;
            if matches!(next, Token::Sign(b'.')) {
                (name, next) = self.name()?;
            }
        }
        if !matches!(next, Token::Sign(b'(')) {
            return self.lexer.skip_rest(&next);
        }
        const KEYS: [&str; 11] = [
            "PRIMARY",
            "KEY",
            "UNIQUE",
            "INDEX",
            "CONSTRAINT",
            "FULLTEXT",
            "SPATIAL",
            "CHECK",
            "FOREIGN",
            "EXCLUDE",
            "LIKE",
        ];
        let mut columns: Vec<String> = Vec::new();
        let (mut depth, mut begins) = (1_usize, true);
        while depth > 0 {
            match self.lexer.token()? {
                Token::End => return Err(self.lexer.cut()),
                Token::Sign(b'(') => depth += 1,
                Token::Sign(b')') => depth -= 1,
                Token::Sign(b',') if depth == 1 => {
                    begins = true;
                    continue;
                }
                Token::Name(it) if begins => columns.push(it),
                Token::Word(it) if begins && !KEYS.iter().any(|key| it.eq_ignore_ascii_case(key)) => columns.push(it),
                _ => {}
            }
            begins = false;
            if columns.len() > MOST_COLUMNS {
                return Err(self.lexer.refused("a table of more columns than there can be"));
            }
        }
        reader.table(&name, &columns);
        self.columns.insert(name, columns.into());
        self.lexer.skip_statement()
    }

    /// The names between parentheses.
    fn names(&mut self) -> Result<Vec<String>> {
        let mut names = Vec::new();
        loop {
            match self.lexer.token()? {
                Token::Word(it) | Token::Name(it) => names.push(it),
                Token::Sign(b')') => return Ok(names),
                Token::End => return Err(self.lexer.cut()),
                _ if names.len() > MOST_COLUMNS => {
                    return Err(self.lexer.refused("a row of more columns than there can be"));
                }
                _ => {}
            }
        }
    }

    fn columns(&self, table: &str, named: Option<Vec<String>>) -> Arc<[String]> {
        named.map(Arc::from).or_else(|| self.columns.get(table).map(Arc::clone)).unwrap_or_default()
    }

    fn insert(&mut self, reader: &mut dyn Reader) -> Result<()> {
        loop {
            match self.lexer.token()? {
                Token::Word(it) if it.eq_ignore_ascii_case("into") => break,
                Token::Word(_) => {}
                other => return self.lexer.skip_rest(&other),
            }
        }
        let (table, mut next) = self.name()?;
        let mut named = None;
        if matches!(next, Token::Sign(b'(')) {
            named = Some(self.names()?);
            next = self.lexer.token()?;
        }
        if !reader.wants(&table) || !matches!(&next, Token::Word(it) if it.eq_ignore_ascii_case("values")) {
            if let Some(columns) = &named {
                reader.table(&table, columns);
            }
            return self.lexer.skip_rest(&next);
        }
        let columns = self.columns(&table, named);
        reader.table(&table, &columns);
        let mut values = Vec::with_capacity(columns.len());
        loop {
            match self.lexer.token()? {
                Token::Sign(b'(') => {
                    self.tuple(&mut values)?;
                    reader.row(&Row { table: &table, columns: &columns, values: &values })?;
                }
                Token::Sign(b',') => {}
                Token::End => return Ok(()),
                other => return self.lexer.skip_rest(&other),
            }
        }
    }

    /// The values of a row, up to the parenthesis that closes it.
    fn tuple(&mut self, values: &mut Vec<Option<String>>) -> Result<()> {
        values.clear();
        let mut value: Option<Option<String>> = None;
        // What stands before `||`.
        let mut before: Option<String> = None;
        let whole = |before: Option<String>, value: Option<Option<String>>| match (before, value.flatten()) {
            (Some(before), value) => value.map(|value| before + &value),
            (None, value) => value,
        };
        let mut sign = "";
        let mut depth = 0_usize;
        loop {
            if values.len() > MOST_COLUMNS {
                return Err(self.lexer.refused("a row of more columns than there can be"));
            }
            match self.lexer.token()? {
                Token::End => return Err(self.lexer.cut()),
                Token::Sign(b'(') if depth == 0 && calls::known(&value) => {
                    let name = value.take().flatten().unwrap_or_default();
                    value = Some(Some(self.call(&name, 0)?));
                }
                Token::Sign(b'(') => depth += 1,
                Token::Sign(b')') if depth > 0 => depth -= 1,
                Token::Sign(b')') => {
                    if value.is_some() || !values.is_empty() {
                        values.push(whole(before, value));
                    }
                    return Ok(());
                }
                Token::Sign(b',') if depth == 0 => {
                    values.push(whole(before.take(), value.take()));
                    sign = "";
                }
                Token::Sign(b'|') if depth == 0 => {
                    if let Some(piece) = value.take().flatten() {
                        self.fits(before.as_ref().map_or(0, String::len) + piece.len())?;
                        before.get_or_insert_default().push_str(&piece);
                    }
                }
                Token::Sign(b'-') if value.is_none() => sign = "-",
                // A word before it, `_binary`, says how it is written.
                Token::Text(bytes)
                    if value.as_ref().is_none_or(|it| it.as_ref().is_some_and(|it| it.starts_with('_'))) =>
                {
                    value = Some(Some(self.charset.decoded(bytes)));
                }
                Token::Word(word) if value.is_none() => {
                    value = if word.eq_ignore_ascii_case("null") {
                        Some(None)
                    } else {
                        Some(Some(sign.to_owned() + &word))
                    };
                }
                _ => {}
            }
        }
    }

    fn copy(&mut self, reader: &mut dyn Reader) -> Result<()> {
        let (table, mut next) = self.name()?;
        let mut named = None;
        if matches!(next, Token::Sign(b'(')) {
            named = Some(self.names()?);
            next = self.lexer.token()?;
        }
        let mut stdin = false;
        while !matches!(next, Token::Sign(b';') | Token::End) {
            stdin |= matches!(&next, Token::Word(it) if it.eq_ignore_ascii_case("stdin"));
            next = self.lexer.token()?;
        }
        if !stdin {
            return Ok(());
        }
        let columns = self.columns(&table, named);
        reader.table(&table, &columns);
        self.lexer.skip_line()?;
        let wanted = reader.wants(&table);
        let (mut line, mut values) = (Vec::new(), Vec::with_capacity(columns.len()));
        loop {
            self.lexer.line(&mut line, wanted)?;
            if line == b"\\." {
                return Ok(());
            }
            if !wanted {
                continue;
            }
            values.clear();
            for field in line.split(|b| *b == b'\t') {
                let value = (field != b"\\N").then(|| self.charset.decoded(lexer::copied(field)));
                values.push(value);
            }
            if values.len() > MOST_COLUMNS {
                return Err(self.lexer.refused("a row of more columns than there can be"));
            }
            reader.row(&Row { table: &table, columns: &columns, values: &values })?;
        }
    }
}
