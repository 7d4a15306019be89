//! A database in → its rows, or why it can't be read.
#![no_main]

use std::io::Cursor;

use boards::Result;
use boards::archive::sql::{Reader, Row};
use boards::archive::sqlite::read;

/// Wants everything.
struct All;

impl Reader for All {
    fn wants(&self, _: &str) -> bool {
        true
    }

    fn row(&mut self, row: &Row<'_>) -> Result<()> {
        let _ = (row.text("id"), row.number("id"), row.truth("id"));
        Ok(())
    }
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = read(Cursor::new(data), "fuzz.db", &mut All);
});
