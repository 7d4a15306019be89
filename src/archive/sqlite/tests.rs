//! Databases of SQLite, whole, damaged and hostile, in → whether their rows come back, and no bytes make the reader panic, go
//! on without end or run what the file says.

use std::fs;

use super::*;
use crate::archive::sql::Rows;
use proptest::prelude::*;

/// Made by SQLite: a table of pages within pages, with long rows, numbers of all lengths and a column that was added.
const BYTES: &[u8] = include_bytes!("../../../tests/archives/pages.db");

/// A folder with this database.
fn kept(bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a%20 b?#.db");
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

/// A folder with a database that these statements make.
fn made(statements: &str) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("made.db");
    Connection::open(&path).unwrap().execute_batch(statements).unwrap();
    (folder, path)
}

/// Each row of the table `t`: number, value, length and end of the text.
fn rows_of(path: &Path) -> Result<Vec<(i64, String, usize, String)>> {
    let mut all = Vec::new();
    let tables = [String::from("t")];
    let mut take = |row: &Row<'_>| {
        let text = row.text("words");
        let end = text.get(text.len().saturating_sub(4)..).unwrap_or_default().to_owned();
        all.push((row.number("id").unwrap_or_default(), row.text("value").to_owned(), text.len(), end));
        Ok(())
    };
    each(path, None, &mut Rows { tables: &tables, give: &mut take })?;
    Ok(all)
}

fn rows(bytes: &[u8]) -> Result<Vec<(i64, String, usize, String)>> {
    rows_of(&kept(bytes).1)
}

/// The ids of the rows of `t`.
fn ids(path: &Path) -> Vec<i64> {
    rows_of(path).unwrap().into_iter().map(|(id, ..)| id).collect()
}

#[test]
fn rows_come_with_all_their_values() {
    let rows = rows(BYTES).unwrap();
    assert_eq!(rows.len(), 200);
    for (at, (id, value, length, end)) in rows.into_iter().enumerate() {
        let number = i64::try_from(at).unwrap() + 1;
        let sign = if number % 2 == 0 { 1 } else { -1 };
        let power = 7_i64.pow(u32::try_from(number % 20).unwrap());
        assert_eq!((id, value), (number, (sign * power).to_string()));
        let words = usize::try_from(number * 13 % 1900).unwrap();
        assert_eq!((length, end.as_str()), (words + "grün".len(), "rün"), "{id}");
    }
}

#[test]
fn a_row_has_its_number_however_the_key_is_declared() {
    for columns in [
        "id INTEGER PRIMARY KEY, words TEXT",
        "id INTEGER NOT NULL PRIMARY KEY, words TEXT",
        "id INTEGER  PRIMARY KEY, words TEXT",
        "id integer\n/* , */ constraint k primary key desc, words TEXT",
        "words TEXT, \"id\" INTEGER, PRIMARY KEY(id)",
        "words TEXT, id INTEGER, PRIMARY KEY(id)) WITHOUT ROWID; CREATE TABLE u (x",
    ] {
        let rows = "INSERT INTO t (id, words) VALUES (3, 'a'), (5, 'b')";
        let (_folder, path) = made(&format!("CREATE TABLE t ({columns}); {rows}"));
        assert_eq!(ids(&path), [3, 5], "{columns}");
    }
}

#[test]
fn texts_that_are_no_utf_8_are_read_as_windows_1252_or_as_they_are_said_to_be() {
    let (_folder, path) =
        made("CREATE TABLE t (id INTEGER PRIMARY KEY, value); INSERT INTO t VALUES (1, CAST(X'6974927320E4' AS TEXT))");
    assert_eq!(rows_of(&path).unwrap()[0].1, "it’s ä");
    let (_folder, path) = made(
        "PRAGMA encoding = 'UTF-16le'; CREATE TABLE t (id INTEGER PRIMARY KEY, value); INSERT INTO t VALUES (1, 'grün')",
    );
    assert_eq!(rows_of(&path).unwrap()[0].1, "grün");
}

#[test]
fn changes_beside_a_database_are_read_and_nothing_is_written_there() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("live.db");
    let live = Connection::open(&path).unwrap();
    live.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)")
        .unwrap();
    live.execute_batch("PRAGMA wal_checkpoint; INSERT INTO t VALUES (2)").unwrap();
    let copy = TempDir::new().unwrap();
    for name in ["live.db", "live.db-wal"] {
        fs::copy(folder.path().join(name), copy.path().join(name)).unwrap();
    }
    assert_eq!(ids(&copy.path().join("live.db")), [1, 2]);
    assert_eq!(fs::read_dir(copy.path()).unwrap().count(), 2);
    fs::remove_file(copy.path().join("live.db-wal")).unwrap();
    assert_eq!(ids(&copy.path().join("live.db")), [1]);
    assert_eq!(fs::read_dir(copy.path()).unwrap().count(), 1);
}

#[test]
fn a_journal_is_not_played_back() {
    let (folder, path) = made("CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)");
    let journal = folder.path().join("made.db-journal");
    fs::write(&journal, [0; 512]).unwrap();
    assert_eq!(ids(&path), [1]);
    fs::write(&journal, b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7").unwrap();
    assert!(rows_of(&path).unwrap_err().to_string().contains("a change was cut off"));
    assert!(journal.exists());
}

#[test]
fn only_tables_and_what_they_store_are_read() {
    let (_folder, path) = made(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, words TEXT, value AS (hex(zeroblob(1000))));
        CREATE VIEW v AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n;
        CREATE VIRTUAL TABLE f USING fts5(words);
        INSERT INTO t (words) VALUES ('a')",
    );
    struct Names(Vec<String>);
    impl Reader for Names {
        fn wants(&self, _: &str) -> bool {
            true
        }
        fn row(&mut self, _: &Row<'_>) -> Result<()> {
            Ok(())
        }
        fn table(&mut self, name: &str, columns: &[String]) {
            self.0.push(format!("{name}({})", columns.join(",")));
        }
    }
    let mut names = Names(Vec::new());
    each(&path, None, &mut names).unwrap();
    assert_eq!(names.0[0], "t(id,words)");
    assert!(names.0.iter().all(|it| !it.starts_with("v(") && !it.starts_with("f(")), "{:?}", names.0);
}

#[test]
fn a_schema_that_calls_a_view_a_table_is_refused() {
    let (_folder, path) = made("CREATE TABLE t (id INTEGER PRIMARY KEY)");
    let live = Connection::open(&path).unwrap();
    live.execute_batch(
        "PRAGMA writable_schema = ON;
        INSERT INTO sqlite_schema VALUES ('table', 'v', 'v', 2, 'CREATE VIEW v AS SELECT 1 AS id')",
    )
    .unwrap();
    drop(live);
    assert!(rows_of(&path).unwrap_err().to_string().contains("malformed"));
}

#[test]
fn what_is_no_database_or_cut_off_is_refused() {
    assert!(rows(b"SQLite format 2").is_err());
    assert!(rows(&BYTES[..BYTES.len() / 2]).is_err());
}

#[test]
fn circles_of_pages_end() {
    // The second page leads to itself.
    let mut bytes = BYTES.to_vec();
    let page = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
    assert_eq!(bytes[page], 5, "the table's first page leads to others");
    bytes[page + 8..page + 12].copy_from_slice(&2_u32.to_be_bytes());
    assert!(rows(&bytes).is_err());
}

#[test]
fn a_table_that_leads_to_the_same_rows_again_and_again_ends() {
    let (_folder, path) = made(
        "PRAGMA page_size = 512; CREATE TABLE t (id INTEGER PRIMARY KEY, words); INSERT INTO t VALUES (1, 'a'), (2, 'b')",
    );
    let mut bytes = fs::read(&path).unwrap();
    let leaf = bytes.split_off(512);
    // The table's page and seven below it lead to the next by each of forty ways, the last to the rows: 40 to the power of
    // 8 times two.
    for next in 3..=10_u32 {
        let mut page = vec![5, 0, 0, 0, 39, 0, 0, 0];
        page.extend(next.to_be_bytes());
        let cells = (0..39_u16).flat_map(|at| (512 - 5 * (at + 1)).to_be_bytes());
        page.extend(cells);
        page.resize(512 - 5 * 39, 0);
        for _ in 0..39 {
            page.extend(next.to_be_bytes());
            page.push(1);
        }
        page[5..7].copy_from_slice(&(512_u16 - 5 * 39).to_be_bytes());
        bytes.extend(page);
    }
    bytes.extend(leaf);
    bytes[28..32].copy_from_slice(&10_u32.to_be_bytes());
    let error = rows(&bytes).unwrap_err().to_string();
    assert!(error.contains("its rows hold more than the file has bytes"), "{error}");
}

proptest! {
    #[test]
    fn no_damage_makes_it_panic(places in proptest::collection::vec((0..BYTES.len(), any::<u8>()), 1..40)) {
        let mut bytes = BYTES.to_vec();
        for (at, byte) in places {
            bytes[at] = byte;
        }
        let _ = rows(&bytes);
    }
}
