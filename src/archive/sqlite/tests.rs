//! Databases of SQLite, whole and broken, in → whether their rows come back and no bytes make the reader panic or run on.

use std::io::Cursor;

use super::*;
use crate::archive::sql::Rows;
use proptest::prelude::*;

/// Made by SQLite: a table of pages within pages, with long rows, numbers of all lengths and a column that was added.
const BYTES: &[u8] = include_bytes!("../../../tests/archives/pages.db");

/// Each row of the table `t`: number, value, length and end of the text.
fn rows(bytes: &[u8]) -> Result<Vec<(i64, String, usize, String)>> {
    let mut all = Vec::new();
    let tables = [String::from("t")];
    let mut take = |row: &Row<'_>| {
        let text = row.text("words");
        let end = text.get(text.len().saturating_sub(4)..).unwrap_or_default().to_owned();
        all.push((row.number("id").unwrap_or_default(), row.text("value").to_owned(), text.len(), end));
        Ok(())
    };
    read(Cursor::new(bytes), "test.db", &mut Rows { tables: &tables, give: &mut take })?;
    Ok(all)
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
