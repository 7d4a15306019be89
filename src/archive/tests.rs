//! Exports of every format, written by the tests → the forums that imports make of them: whether each row is counted, and each
//! character comes back.

mod characters;
mod rows;

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::report::{Counts, Report};
use super::*;
use crate::monitor::Quiet;

/// The files of an export: path and text.
type Files = Vec<(String, String)>;

/// A folder with an export, and the one that it is imported into.
struct TestFolders {
    export: TempDir,
    forum: TempDir,
}

impl TestFolders {
    fn new(files: &Files) -> TestFolders {
        let place = TestFolders { export: TempDir::new().unwrap(), forum: TempDir::new().unwrap() };
        for (path, text) in files {
            let path = place.export.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        place
    }

    fn import(&self, format: &str) -> Report {
        let order = ImportOrder {
            repository: self.forum.path().to_owned(),
            content: String::from("content"),
            path: self.export.path().to_owned(),
            format: Some(format.to_owned()),
            board: None,
            origin: None,
            options: Options { url: Some(String::from("https://tea.example")), reviews: true, ..Options::default() },
            downloads: None,
            history: false,
            commit: false,
            dry: false,
            now: 1_767_261_600,
        };
        import(&order, &Quiet).unwrap_or_else(|error| panic!("{format}: {error}"))
    }
}

/// The counts of one kind, and how many are left out.
fn counted(report: &Report, kind: item::Kind) -> (Counts, u64) {
    let left = report.left_out.iter().filter(|((of, _), _)| *of == kind).map(|(_, it)| it.count).sum();
    (report.counts.get(&kind).copied().unwrap_or_default(), left)
}

/// A text between single quotes in a dump of MySQL.
fn sql(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'").replace('\0', "\\0"))
}

/// A text in XML or HTML, as words or as the value of an attribute.
fn xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
