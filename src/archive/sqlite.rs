//! A SQLite database → the rows of its tables, as a [dump](super::sql) would tell them, one page at a time. It reads tables
//! alone: no index, no view, and nothing that lies beside the file. Format: <https://www.sqlite.org/fileformat2.html>.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use super::sql::{self, Reader, Row};
use crate::{Error, Result};

/// How a database begins.
const MAGIC: &[u8] = b"SQLite format 3\0";
/// The deepest that a table's pages can lie in each other.
const DEPTH: usize = 32;
/// The most bytes of a row.
const ROW: usize = 64 << 20;

/// Whether these first bytes are those of a database.
#[must_use]
pub fn is_one(head: &[u8]) -> bool {
    head.starts_with(MAGIC)
}

/// Reads the tables of a database on the disk that the reader wants.
///
/// # Errors
/// As [`read`]; it can't be opened, or newer changes lie beside it.
pub fn each(path: &Path, reader: &mut dyn Reader) -> Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push("-wal");
    if Path::new(&beside).metadata().is_ok_and(|it| it.len() > 0) {
        let message = format!("{}: changes lie beside it, in {}", path.display(), Path::new(&beside).display());
        return Err(Error::other(message, "copy it with `sqlite3 FILE \".backup COPY\"`, and import the copy"));
    }
    let file = File::open(path).map_err(Error::io(path))?;
    read(BufReader::new(file), &path.display().to_string(), reader)
}

/// Reads the tables of a database, called `name` in messages, that the reader wants.
///
/// # Errors
/// It can't be read, or isn't a whole database; and what the reader fails with.
pub fn read(input: impl Read + Seek, name: &str, reader: &mut dyn Reader) -> Result<()> {
    let mut database = Database::open(input, name)?;
    let mut tables: Vec<(String, u32, String)> = Vec::new();
    database.table(1, &mut |_, values| {
        if let [Some(kind), Some(name), _, Some(root), Some(sql), ..] = values.as_slice()
            && kind == "table"
            && let Ok(root) = root.parse()
        {
            tables.push((name.clone(), root, sql.clone()));
        }
        Ok(())
    })?;
    for (name, root, sql) in tables {
        let columns = sql::tables_of(format!("BEGIN TRANSACTION;{sql};").as_bytes());
        let Some(columns) = columns.into_iter().next().map(|it| it.columns) else { continue };
        reader.table(&name, &columns);
        if !reader.wants(&name) {
            continue;
        }
        let numbered = numbered(&sql).and_then(|column| columns.iter().position(|it| *it == column));
        database.table(root, &mut |id, values| {
            // The number of a row stands before it, not in it.
            if let Some(value) = numbered.and_then(|at| values.get_mut(at)) {
                value.get_or_insert_with(|| id.to_string());
            }
            reader.row(&Row::new(&name, &columns, values))
        })?;
    }
    Ok(())
}

/// The column that is another name of the number of a row.
fn numbered(sql: &str) -> Option<String> {
    let at = sql.to_ascii_lowercase().find("integer primary key")?;
    let before = sql.get(..at)?.split_whitespace().next_back()?;
    let word = before.rsplit(['(', ',']).next()?;
    Some(word.trim_matches(['"', '`', '[', ']']).to_owned())
}

/// Takes the number and the values of a row.
type Give<'g> = &'g mut dyn FnMut(i64, &mut Vec<Option<String>>) -> Result<()>;

struct Database<R> {
    input: R,
    name: String,
    page: usize,
    /// The bytes of a page that are used.
    used: usize,
    pages: u32,
    /// The texts are in UTF-16, with the larger byte first or last.
    wide: Option<bool>,
}

fn u16_at(bytes: &[u8], at: usize) -> Option<usize> {
    Some(usize::from(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?)))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// A number of one to nine bytes at the start of `bytes`, which then begin behind it.
fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for number in 0..9 {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        if number == 8 {
            return Some(value << 8 | u64::from(*byte));
        }
        value = value << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            break;
        }
    }
    Some(value)
}

impl<R: Read + Seek> Database<R> {
    fn open(mut input: R, name: &str) -> Result<Database<R>> {
        let length = input.seek(SeekFrom::End(0)).map_err(Error::io(name))?;
        input.rewind().map_err(Error::io(name))?;
        let mut head = Vec::new();
        input.by_ref().take(100).read_to_end(&mut head).map_err(Error::io(name))?;
        let page = match u16_at(&head, 16) {
            Some(1) => 65536,
            size => size.unwrap_or_default(),
        };
        let reserved = usize::from(head.get(20).copied().unwrap_or_default());
        let fits = is_one(&head) && head.len() == 100 && page.is_power_of_two() && page >= 512;
        if !fits || page - reserved < 480 {
            return Err(Error::other(format!("{name}: this is no SQLite database"), "name the file of the database"));
        }
        let wide = match u32_at(&head, 56) {
            Some(2) => Some(false),
            Some(3) => Some(true),
            _ => None,
        };
        let pages = u32::try_from(length / page as u64).unwrap_or(u32::MAX);
        Ok(Database { input, name: name.to_owned(), page, used: page - reserved, pages, wide })
    }

    fn damaged(&self) -> Error {
        Error::other(format!("{}: the database is damaged", self.name), "copy it anew, or mend it with `sqlite3`")
    }

    fn load(&mut self, number: u32) -> Result<Vec<u8>> {
        let mut bytes = vec![0; self.page];
        let place = u64::from(number.checked_sub(1).ok_or_else(|| self.damaged())?) * self.page as u64;
        self.input.seek(SeekFrom::Start(place)).map_err(Error::io(self.name.as_str()))?;
        self.input.read_exact(&mut bytes).map_err(|_| self.damaged())?;
        Ok(bytes)
    }

    /// Gives the rows of the table whose first page this is, in the order of their numbers.
    fn table(&mut self, root: u32, give: Give<'_>) -> Result<()> {
        let mut seen = 0_u32;
        self.below(root, 0, &mut seen, give)
    }

    fn below(&mut self, number: u32, depth: usize, seen: &mut u32, give: Give<'_>) -> Result<()> {
        *seen += 1;
        // More pages than there are: they lead around in a circle.
        if depth > DEPTH || *seen > self.pages {
            return Err(self.damaged());
        }
        let page = self.load(number)?;
        let start = if number == 1 { 100 } else { 0 };
        let (kind, count) = (page.get(start).copied(), u16_at(&page, start + 3));
        let (Some(kind), Some(count)) = (kind, count) else { return Err(self.damaged()) };
        let used = self.used;
        let cell = |at: usize| page.get(u16_at(&page, at)?..used);
        match kind {
            0x0d => {
                for at in 0..count {
                    let cell = cell(start + 8 + 2 * at).ok_or_else(|| self.damaged())?.to_owned();
                    self.row(&cell, give)?;
                }
                Ok(())
            }
            0x05 => {
                for at in 0..count {
                    let child = cell(start + 12 + 2 * at).and_then(|it| u32_at(it, 0));
                    self.below(child.ok_or_else(|| self.damaged())?, depth + 1, seen, give)?;
                }
                let last = u32_at(&page, start + 8).ok_or_else(|| self.damaged())?;
                self.below(last, depth + 1, seen, give)
            }
            _ => Err(self.damaged()),
        }
    }

    fn row(&mut self, cell: &[u8], give: Give<'_>) -> Result<()> {
        let mut rest = cell;
        let (length, id) = (varint(&mut rest), varint(&mut rest));
        let (Some(length), Some(id)) = (length.and_then(|it| usize::try_from(it).ok()), id) else {
            return Err(self.damaged());
        };
        if length > ROW {
            return Err(self.damaged());
        }
        // What is too long for a page goes on elsewhere.
        let here = self.here(length);
        let mut payload = rest.get(..here).ok_or_else(|| self.damaged())?.to_owned();
        let mut next = if here < length { u32_at(rest, here).ok_or_else(|| self.damaged())? } else { 0 };
        while payload.len() < length {
            let page = self.load(next)?;
            next = u32_at(&page, 0).ok_or_else(|| self.damaged())?;
            let part = page.get(4..self.used).unwrap_or_default();
            payload.extend(part.iter().take(length - payload.len()));
        }
        let mut values = self.values(&payload).ok_or_else(|| self.damaged())?;
        give(id.cast_signed(), &mut values)
    }

    /// How much of a row stands in its own page.
    fn here(&self, length: usize) -> usize {
        if length <= self.used - 35 {
            return length;
        }
        let least = (self.used - 12) * 32 / 255 - 23;
        let fitting = least + (length - least) % (self.used - 4);
        if fitting <= self.used - 35 { fitting } else { least }
    }

    /// The values of a row. Bytes that are neither text nor number are left out.
    fn values(&self, payload: &[u8]) -> Option<Vec<Option<String>>> {
        let mut kinds = payload;
        let head = usize::try_from(varint(&mut kinds)?).ok()?;
        let mut kinds = payload.get(payload.len() - kinds.len()..head)?;
        let mut body = payload.get(head..)?;
        let mut values = Vec::new();
        while !kinds.is_empty() {
            let kind = varint(&mut kinds)?;
            let length = match kind {
                0 | 8 | 9 => 0,
                1..=4 => kind,
                5 => 6,
                6 | 7 => 8,
                10 | 11 => return None,
                _ => (kind - 12) / 2,
            };
            let (bytes, rest) = body.split_at_checked(usize::try_from(length).ok()?)?;
            body = rest;
            values.push(match kind {
                1..=6 => {
                    let sign = bytes.first().is_some_and(|it| it & 0x80 != 0);
                    let start = if sign { -1_i64 } else { 0 };
                    Some(bytes.iter().fold(start, |value, it| value << 8 | i64::from(*it)).to_string())
                }
                7 => Some(f64::from_be_bytes(bytes.try_into().ok()?).to_string()),
                8 => Some(String::from("0")),
                9 => Some(String::from("1")),
                kind if kind > 12 && kind % 2 == 1 => Some(self.text(bytes)),
                _ => None,
            });
        }
        Some(values)
    }

    fn text(&self, bytes: &[u8]) -> String {
        let Some(big) = self.wide else { return String::from_utf8_lossy(bytes).into_owned() };
        let encoding = if big { encoding_rs::UTF_16BE } else { encoding_rs::UTF_16LE };
        encoding.decode_without_bom_handling(bytes).0.into_owned()
    }
}

#[cfg(test)]
mod tests;
