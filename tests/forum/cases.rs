//! Literate tests: the Markdown documents of a folder in `tests/cases` → their blocks, and whether the program gives those
//! with answers again. A block begins with a line of four backquotes and its name. With `UPDATE=1` the answers are written
//! anew.

use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

/// A document with a title, a few sentences and blocks.
pub struct Case {
    path: PathBuf,
    document: String,
}

impl Case {
    /// The cases in this folder of `tests/cases` whose names begin so, by name.
    pub fn all(folder: &str, prefix: &str) -> Vec<Case> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(folder);
        let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
        let named = |path: &Path| path.file_name().unwrap().to_string_lossy().starts_with(prefix);
        paths.retain(|path| named(path) && path.extension().is_some_and(|ending| ending == "md"));
        paths.sort();
        assert!(!paths.is_empty(), "there are cases");
        let read = |path: PathBuf| {
            let document = fs::read_to_string(&path).unwrap();
            assert!(document.starts_with("# "), "{}: a case begins with its title", path.display());
            Case { path, document }
        };
        paths.into_iter().map(read).collect()
    }

    /// The file's name without its ending.
    pub fn name(&self) -> String {
        self.path.file_stem().unwrap().to_string_lossy().into_owned()
    }

    /// The whole document.
    pub fn document(&self) -> &str {
        &self.document
    }

    /// All blocks in their order: the line that names each, and its text.
    pub fn blocks(&self) -> Vec<(&str, &str)> {
        let mut blocks = Vec::new();
        let mut rest = self.document.as_str();
        while let Some((_, block)) = rest.split_once("````") {
            let (block, after) = block.split_once("````").unwrap();
            blocks.push(block.split_once('\n').unwrap());
            rest = after;
        }
        blocks
    }

    /// The text of a block; none where there is no such block.
    pub fn find(&self, name: &str) -> Option<&str> {
        self.blocks().into_iter().find(|(what, _)| *what == name).map(|(_, text)| text)
    }

    /// The text of a block that the case must have.
    pub fn block(&self, name: &str) -> &str {
        self.find(name).unwrap_or_else(|| panic!("{}: no block {name}", self.name()))
    }

    /// The document with other texts in these blocks.
    fn with(&self, answers: &[(&str, String)]) -> String {
        answers.iter().fold(self.document.clone(), |document, (name, answer)| {
            let old = format!("````{name}\n{}````", self.block(name));
            document.replacen(&old, &format!("````{name}\n{answer}````"), 1)
        })
    }
}

/// Fails unless each case has in its blocks what `answers` gives for them; with `UPDATE=1` it is written there.
#[track_caller]
pub fn answer(cases: &[Case], answers: impl Fn(&Case) -> Vec<(&'static str, String)> + Sync) {
    let update = std::env::var_os("UPDATE").is_some();
    let wrong: Vec<String> = cases
        .par_iter()
        .filter_map(|case| {
            let answers = answers(case);
            let differ = answers.iter().filter(|(name, answer)| case.block(name) != answer);
            let differ: Vec<String> = differ
                .map(|(name, answer)| format!("--- expected {name}\n{}--- answered\n{answer}", case.block(name)))
                .collect();
            if differ.is_empty() {
                return None;
            }
            if update {
                fs::write(&case.path, case.with(&answers)).unwrap();
                return None;
            }
            Some(format!("{}\n{}", case.path.display(), differ.join("\n")))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
