//! A dump of a MySQL, PostgreSQL or SQLite database, as text → the rows of its tables, one at a time, so that a gigabyte
//! takes no more room than its largest row. It runs nothing, and knows of SQL only what dumps are made of: `CREATE TABLE`,
//! `INSERT … VALUES`, `COPY … FROM stdin` and `SET NAMES`.

mod calls;
mod charset;
mod dump;
mod lexer;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

pub use charset::Charset;

use super::source::Source;
use crate::{Error, Result};

/// How many times its packed size a dump may have when unpacked, beyond [`FREE_BYTES`] bytes.
const SWELL_TIMES: u64 = 200;
/// What any packed dump may unpack to.
const FREE_BYTES: u64 = 256 << 20;

/// A row of a table.
#[derive(Debug)]
pub struct Row<'r> {
    /// The table's name, without that of its database or schema.
    pub table: &'r str,
    columns: &'r [String],
    values: &'r [Option<String>],
}

impl<'r> Row<'r> {
    /// A row that was found elsewhere than in a dump.
    #[must_use]
    pub fn new(table: &'r str, columns: &'r [String], values: &'r [Option<String>]) -> Row<'r> {
        Row { table, columns, values }
    }

    /// The value of a column; none where there is no such column, or nothing in it.
    #[must_use]
    pub fn value(&self, column: &str) -> Option<&str> {
        // A table may have thousands of columns, and its rows a value each.
        let at = self.columns.iter().take(self.values.len()).position(|it| it == column)?;
        self.values.get(at)?.as_deref()
    }

    /// The value of a column as it is written; empty where there is none.
    #[must_use]
    pub fn text(&self, column: &str) -> &str {
        self.value(column).unwrap_or_default()
    }

    /// The value of a column, if it is a whole number, however it is written: `17`, `17.0`, `1.7e+1`.
    #[must_use]
    pub fn number(&self, column: &str) -> Option<i64> {
        let text = self.value(column)?.trim();
        text.parse().ok().or_else(|| real(text).filter(|it| it.fract() == 0.0).map(|it| it as i64))
    }

    /// The value of a column, if it is a number, without its fraction.
    #[must_use]
    pub fn floor(&self, column: &str) -> Option<i64> {
        let text = self.value(column)?.trim();
        text.parse().ok().or_else(|| real(text).map(|it| it.floor() as i64))
    }

    /// Whether a column says yes: a number other than 0, or `t` or `true`.
    #[must_use]
    pub fn truth(&self, column: &str) -> bool {
        matches!(self.text(column), "t" | "true" | "TRUE") || self.number(column).is_some_and(|it| it != 0)
    }
}

/// A number with a fraction or an exponent, unless it is so large that its units aren't known.
fn real(text: &str) -> Option<f64> {
    const MOST: f64 = (1_u64 << 53) as f64;
    text.parse::<f64>().ok().filter(|it| it.abs() <= MOST)
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

/// Gathers tables, in the order in which they come.
#[derive(Default)]
struct Tables {
    names: BTreeSet<String>,
    list: Vec<Table>,
}

impl Reader for Tables {
    fn wants(&self, _: &str) -> bool {
        false
    }

    fn row(&mut self, _: &Row<'_>) -> Result<()> {
        Ok(())
    }

    fn table(&mut self, name: &str, columns: &[String]) {
        if !self.names.contains(name) {
            self.names.insert(name.to_owned());
            self.list.push(Table { name: name.to_owned(), columns: columns.to_vec() });
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
    Ok(tables.list)
}

/// The tables in the beginning of a dump, which may be cut off anywhere.
#[must_use]
pub fn tables_of(head: &[u8]) -> Vec<Table> {
    let mut tables = Tables::default();
    let _ = read(head, "", None, &mut tables);
    tables.list
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
    let most = FREE_BYTES.saturating_add(size.saturating_mul(SWELL_TIMES));
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
    dump::Dump::new(input, name, charset).statements(reader)
}

#[cfg(test)]
mod tests;
