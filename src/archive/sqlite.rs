//! A SQLite database → the rows of its tables, as a [dump](super::sql) gives them, one at a time. SQLite itself reads it,
//! under the advice for databases of strangers: <https://www.sqlite.org/security.html>. Only ordinary tables are read and
//! only the columns that they store, so that no view, trigger, virtual table or expression of the file is evaluated.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

use super::source;
use super::sql::{Charset, Reader, Row};
use crate::{Error, Result};

/// How a database begins.
const MAGIC: &[u8] = b"SQLite format 3\0";
/// What SQLite may use for one statement and what it reads.
const LIMITS: [(Limit, i32); 9] = [
    // Bytes of a value or a row.
    (Limit::SQLITE_LIMIT_LENGTH, 64 << 20),
    (Limit::SQLITE_LIMIT_SQL_LENGTH, 1 << 20),
    (Limit::SQLITE_LIMIT_COLUMN, 1000),
    (Limit::SQLITE_LIMIT_EXPR_DEPTH, 100),
    (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 3),
    (Limit::SQLITE_LIMIT_VDBE_OP, 25_000),
    (Limit::SQLITE_LIMIT_ATTACHED, 0),
    (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 1),
    (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
];
/// After how many instructions of SQLite's it is asked whether to go on.
const STEP_INSTRUCTIONS: i32 = 10_000;
/// The instructions that any database may take. Each byte of a file allows for more: a row of as many columns as it has
/// bytes takes an instruction for each.
const FREE_INSTRUCTIONS: u64 = 10_000_000;
/// The fewest bytes that a row takes in its file: a pointer, its length, its number and the length of its head.
const ROW_BYTES: u64 = 5;

/// Whether these first bytes are those of a database.
#[must_use]
pub fn is_one(head: &[u8]) -> bool {
    head.starts_with(MAGIC)
}

/// Reads the tables of a database on the disk that the reader wants, in the order of their creation, and the rows of each in
/// the order of its key. `charset` is that of texts which aren't UTF-8, as [`sql::each`](super::sql::each) has it. Changes in a
/// `-wal` beside the file are read as well. Nothing is written there.
///
/// # Errors
/// It can't be opened, is damaged, has a transaction to take back, or takes more time or memory than a database of its size
/// can; and what the reader fails with.
pub fn each(path: &Path, charset: Option<Charset>, reader: &mut dyn Reader) -> Result<()> {
    Database::open(path)?.tables(charset.unwrap_or_default(), reader)
}

/// A database that is read by nobody else.
struct Database<'p> {
    path: &'p Path,
    connection: Connection,
    /// Bytes of the file.
    size: u64,
    /// Keeps a copy as long as it is read.
    _copy: Option<TempDir>,
}

/// The log beside a database in WAL mode, where that has changes: the newest rows are in it.
///
/// # Errors
/// A rollback journal lies there, by which a transaction that was cut off is to be taken back. SQLite deletes the file that a
/// journal names as its super-journal (<https://www.sqlite.org/atomiccommit.html>), so none of a stranger's is played back.
fn log(path: &Path) -> Result<Option<PathBuf>> {
    let beside = |end: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    };
    // A journal that begins with zeros is over.
    let journal = beside("-journal");
    if source::head(&journal).is_some_and(|head| head.first().is_some_and(|byte| *byte != 0)) {
        let message = format!("{}: a change was cut off, {} takes it back", path.display(), journal.display());
        return Err(Error::other(message, "open it once with `sqlite3 FILE \"PRAGMA user_version\"`, which does so"));
    }
    let log = beside("-wal");
    Ok(log.metadata().is_ok_and(|it| it.len() > 0).then_some(log))
}

/// A path as the name of a database that nobody changes: SQLite then neither locks it nor writes anything beside it
/// (<https://www.sqlite.org/uri.html>).
fn immutable(path: &Path) -> String {
    let path = path.as_os_str().as_encoded_bytes().iter();
    let path: String = path
        .map(|byte| match byte {
            b'/' | b'.' | b'-' | b'_' => char::from(*byte).to_string(),
            byte if byte.is_ascii_alphanumeric() => char::from(*byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect();
    format!("file:{path}?mode=ro&immutable=1")
}

impl<'p> Database<'p> {
    fn open(path: &'p Path) -> Result<Database<'p>> {
        let mut size = fs::metadata(path).map_err(Error::io(path))?.len();
        let flags = OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_EXRESCODE;
        let (name, flags, copy) = match log(path)? {
            None => (immutable(path), flags | OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI, None),
            // To read the log SQLite writes an index of it, so both are copied.
            Some(log) => {
                let folder = TempDir::new().map_err(Error::io(std::env::temp_dir()))?;
                let copy = folder.path().join("copy.db");
                size += fs::copy(&log, folder.path().join("copy.db-wal")).map_err(Error::io(&log))?;
                fs::copy(path, &copy).map_err(Error::io(path))?;
                (copy.to_string_lossy().into_owned(), flags | OpenFlags::SQLITE_OPEN_READ_WRITE, Some(folder))
            }
        };
        let connection = connected(&name, flags, size).map_err(|error| fault(path, &error))?;
        Ok(Database { path, connection, size, _copy: copy })
    }

    fn tables(&self, charset: Charset, reader: &mut dyn Reader) -> Result<()> {
        let tables = self.names().map_err(|error| fault(self.path, &error))?;
        for (name, columns) in tables {
            // SQLite takes names that differ in case for one.
            let (name, columns): (String, Vec<String>) =
                (name.to_ascii_lowercase(), columns.iter().map(|column| column.to_ascii_lowercase()).collect());
            reader.table(&name, &columns);
            if reader.wants(&name) {
                self.rows(&name, &columns, charset, reader)?;
            }
        }
        Ok(())
    }

    /// The ordinary tables with the columns that they store. SQLite itself refuses a schema in which something else has
    /// pages, or another name than its statement says.
    fn names(&self) -> rusqlite::Result<Vec<(String, Vec<String>)>> {
        let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 ORDER BY rowid";
        let mut statement = self.connection.prepare(tables)?;
        let names = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
        let columns = |name: String| {
            let mut columns = Vec::new();
            self.connection.pragma(None, "table_xinfo", &name, |row| {
                // What else there is is made by an expression.
                if row.get::<_, i64>("hidden")? == 0 {
                    columns.push(row.get("name")?);
                }
                Ok(())
            })?;
            Ok((name, columns))
        };
        names.into_iter().filter(|name| !name.starts_with("sqlite_")).map(columns).collect()
    }

    fn rows(&self, table: &str, columns: &[String], charset: Charset, reader: &mut dyn Reader) -> Result<()> {
        let failed = |error| fault(self.path, &error);
        let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
        let list: Vec<String> = columns.iter().map(|name| quoted(name)).collect();
        // An index may be partial, or damaged: the table itself has all rows.
        let select = format!("SELECT {} FROM {} NOT INDEXED", list.join(", "), quoted(table));
        let mut statement = self.connection.prepare(&select).map_err(failed)?;
        let mut rows = statement.query([]).map_err(failed)?;
        let mut held = 0_u64;
        while let Some(row) = rows.next().map_err(failed)? {
            let mut values = Vec::with_capacity(columns.len());
            held += ROW_BYTES;
            for at in 0..columns.len() {
                let value = row.get_ref(at).map_err(failed)?;
                if let ValueRef::Text(bytes) | ValueRef::Blob(bytes) = value {
                    held += bytes.len() as u64;
                }
                values.push(match value {
                    ValueRef::Null | ValueRef::Blob(_) => None,
                    ValueRef::Integer(number) => Some(number.to_string()),
                    ValueRef::Real(number) => Some(number.to_string()),
                    ValueRef::Text(bytes) => Some(charset.decoded(bytes.to_vec())),
                });
            }
            // UTF-16, of which UTF-8 was made, has at least two bytes where that has three.
            if held > self.size.saturating_mul(2) {
                let message = format!("{}: its rows hold more than the file has bytes", self.path.display());
                return Err(Error::other(message, DAMAGED));
            }
            reader.row(&Row::new(table, columns, &values))?;
        }
        Ok(())
    }
}

/// A connection on which nothing can be written and nothing of the file's choice is run.
fn connected(name: &str, flags: OpenFlags, size: u64) -> rusqlite::Result<Connection> {
    let mut connection = Connection::open_with_flags(name, flags)?;
    for (limit, most) in LIMITS {
        connection.set_limit(limit, most)?;
    }
    let mut left = FREE_INSTRUCTIONS.saturating_add(size.saturating_mul(16)) / STEP_INSTRUCTIONS.unsigned_abs() as u64;
    connection.progress_handler(
        STEP_INSTRUCTIONS,
        Some(move || {
            left = left.saturating_sub(1);
            left == 0
        }),
    )?;
    for (setting, on) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
    ] {
        connection.set_db_config(setting, on)?;
    }
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "mmap_size", 0)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

/// What to do with a database that SQLite can't read.
const DAMAGED: &str =
    "copy it again with `sqlite3 FILE \".backup COPY\"`; `sqlite3 FILE .recover` prints what a damaged one has left";

fn fault(path: &Path, error: &rusqlite::Error) -> Error {
    let message = match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::OperationInterrupted) => {
            String::from("it takes more work than a database of its size can")
        }
        _ => error.to_string(),
    };
    Error::other(format!("{}: {message}", path.display()), DAMAGED)
}

#[cfg(test)]
mod tests;
