//! A dump of a MySQL, PostgreSQL or SQLite database, as text → the rows of its tables, one at a time, so that a gigabyte
//! takes no more room than its largest row. It runs nothing, and knows of SQL only what dumps are made of: `CREATE TABLE`,
//! `INSERT … VALUES`, `COPY … FROM stdin` and `SET NAMES`.

mod charset;
mod lexer;

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use rustc_hash::FxHashMap;

pub use charset::Charset;
use lexer::{Lexer, Token};

use super::source::Source;
use crate::{Error, Result};

/// The most columns of a table: MySQL's limit, the largest there is.
const COLUMNS: usize = 4096;
/// How many times its packed size a dump may have when unpacked, beyond [`FREE`] bytes.
const SWELL: u64 = 200;
/// What any packed dump may unpack to.
const FREE: u64 = 256 << 20;

/// A row of a table.
#[derive(Debug)]
pub struct Row<'r> {
    /// The table's name, without that of its database or schema.
    pub table: &'r str,
    columns: &'r [String],
    values: &'r [Option<String>],
}

impl Row<'_> {
    /// The value of a column; none where there is no such column, or nothing in it.
    #[must_use]
    pub fn value(&self, column: &str) -> Option<&str> {
        let at = self.columns.iter().position(|it| it == column)?;
        self.values.get(at)?.as_deref()
    }

    /// The value of a column as it is written; empty where there is none.
    #[must_use]
    pub fn text(&self, column: &str) -> &str {
        self.value(column).unwrap_or_default()
    }

    /// The value of a column, if it is a whole number.
    #[must_use]
    pub fn number(&self, column: &str) -> Option<i64> {
        self.value(column)?.trim().parse().ok()
    }

    /// Whether a column says yes: a number other than 0, or `t` or `true`.
    #[must_use]
    pub fn truth(&self, column: &str) -> bool {
        matches!(self.text(column), "t" | "true" | "TRUE") || self.number(column).is_some_and(|it| it != 0)
    }
}

/// What a reading of a dump asks for.
pub trait Reader {
    /// Whether the rows of this table are wanted; others are passed over.
    fn wants(&self, table: &str) -> bool;

    /// Takes a row of a table that is wanted.
    ///
    /// # Errors
    /// Whatever ends the reading.
    fn row(&mut self, row: &Row<'_>) -> Result<()>;

    /// Takes notice of a table and its columns, wanted or not. It comes more than once where the dump names them so.
    fn table(&mut self, _: &str, _: &[String]) {}
}

/// Asks for some tables by name, and gives their rows to a function.
pub struct Rows<'r> {
    /// The tables.
    pub tables: &'r [String],
    /// What takes the rows.
    pub give: &'r mut dyn FnMut(&Row<'_>) -> Result<()>,
}

impl Reader for Rows<'_> {
    fn wants(&self, table: &str) -> bool {
        self.tables.iter().any(|it| it == table)
    }

    fn row(&mut self, row: &Row<'_>) -> Result<()> {
        (self.give)(row)
    }
}

/// A table, as a dump tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// The names of its columns.
    pub columns: Vec<String>,
}

/// Gathers tables.
#[derive(Default)]
struct Tables(Vec<Table>);

impl Reader for Tables {
    fn wants(&self, _: &str) -> bool {
        false
    }

    fn row(&mut self, _: &Row<'_>) -> Result<()> {
        Ok(())
    }

    fn table(&mut self, name: &str, columns: &[String]) {
        if !self.0.iter().any(|it| it.name == name) {
            self.0.push(Table { name: name.to_owned(), columns: columns.to_vec() });
        }
    }
}

/// The tables in dumps.
///
/// # Errors
/// As [`each`].
pub fn tables(dumps: &[PathBuf]) -> Result<Vec<Table>> {
    let mut tables = Tables::default();
    for path in dumps {
        each(path, None, &mut tables)?;
    }
    Ok(tables.0)
}

/// The tables in the beginning of a dump, which may be cut off anywhere.
#[must_use]
pub fn tables_of(head: &[u8]) -> Vec<Table> {
    let mut tables = Tables::default();
    let _ = read(head, "", None, &mut tables);
    tables.0
}

/// The dumps of an export: files that end in `.sql` or `.sql.gz`, or the one file that it is.
#[must_use]
pub fn dumps(source: &Source) -> Vec<PathBuf> {
    let named = |path: &&PathBuf| {
        let name = path.file_name().map(|it| it.to_string_lossy().to_lowercase()).unwrap_or_default();
        [".sql", ".sql.gz", ".dump"].iter().any(|ending| name.ends_with(ending)) || source.files.len() == 1
    };
    source.files.iter().filter(named).cloned().collect()
}

/// A dump as bytes, unpacked where it is packed with gzip.
///
/// # Errors
/// It can't be opened.
pub fn open(path: &Path) -> Result<impl BufRead> {
    let file = File::open(path).map_err(Error::io(path))?;
    let size = file.metadata().map_err(Error::io(path))?.len();
    let mut file = BufReader::with_capacity(1 << 16, file);
    let packed = file.fill_buf().map_err(Error::io(path))?.starts_with(&[0x1f, 0x8b]);
    let most = FREE.saturating_add(size.saturating_mul(SWELL));
    let bytes: Box<dyn Read> = if packed { Box::new(MultiGzDecoder::new(file).take(most)) } else { Box::new(file) };
    Ok(BufReader::with_capacity(1 << 17, bytes))
}

/// The first bytes of a dump as text, enough to recognise it; empty when it can't be read.
#[must_use]
pub fn head(path: &Path) -> String {
    let mut bytes = Vec::new();
    let _ = open(path).map(|it| it.take(1 << 16).read_to_end(&mut bytes));
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Reads a dump on the disk; `charset` is that of its texts, when the dump is not to be believed.
///
/// # Errors
/// As [`read`], and it can't be opened.
pub fn each(path: &Path, charset: Option<Charset>, reader: &mut dyn Reader) -> Result<()> {
    read(open(path)?, &path.display().to_string(), charset, reader)
}

/// Reads a dump, called `name` in messages.
///
/// # Errors
/// It can't be read, ends in the middle, or has a value or a row that no database has; and what the reader fails with.
pub fn read(input: impl BufRead, name: &str, charset: Option<Charset>, reader: &mut dyn Reader) -> Result<()> {
    let lexer = Lexer::new(input, name);
    let dump = Dump { lexer, told: charset, charset: charset.unwrap_or_default(), columns: FxHashMap::default() };
    dump.statements(reader)
}

struct Dump<R> {
    lexer: Lexer<R>,
    told: Option<Charset>,
    charset: Charset,
    /// The columns of each table, where it was created.
    columns: FxHashMap<String, Vec<String>>,
}

impl<R: BufRead> Dump<R> {
    fn statements(mut self, reader: &mut dyn Reader) -> Result<()> {
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
            if columns.len() > COLUMNS {
                return Err(self.lexer.refused("a table of more columns than there can be"));
            }
        }
        reader.table(&name, &columns);
        self.columns.insert(name, columns);
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
                _ if names.len() > COLUMNS => {
                    return Err(self.lexer.refused("a row of more columns than there can be"));
                }
                _ => {}
            }
        }
    }

    fn columns(&self, table: &str, named: Option<Vec<String>>) -> Vec<String> {
        named.or_else(|| self.columns.get(table).cloned()).unwrap_or_default()
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
        let mut sign = "";
        let mut depth = 0_usize;
        loop {
            if values.len() > COLUMNS {
                return Err(self.lexer.refused("a row of more columns than there can be"));
            }
            match self.lexer.token()? {
                Token::End => return Err(self.lexer.cut()),
                Token::Sign(b'(') => depth += 1,
                Token::Sign(b')') if depth > 0 => depth -= 1,
                Token::Sign(b')') => {
                    if value.is_some() || !values.is_empty() {
                        values.push(value.flatten());
                    }
                    return Ok(());
                }
                Token::Sign(b',') if depth == 0 => {
                    values.push(value.take().flatten());
                    sign = "";
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
            if values.len() > COLUMNS {
                return Err(self.lexer.refused("a row of more columns than there can be"));
            }
            reader.row(&Row { table: &table, columns: &columns, values: &values })?;
        }
    }
}

#[cfg(test)]
mod tests;
