//! A database in → its rows, or why it can't be read.
#![no_main]

use std::fs;
use std::sync::LazyLock;

use boards::Result;
use boards::archive::sql::{Reader, Row};
use boards::archive::sqlite::each;
use tempfile::TempDir;

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

static FOLDER: LazyLock<TempDir> = LazyLock::new(boards_fuzz::folder);

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let path = FOLDER.path().join("fuzz.db");
    if fs::write(&path, data).is_ok() {
        let _ = each(&path, None, &mut All);
    }
});
