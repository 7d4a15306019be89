//! A repository in → what of its history or its objects is missing, or lies about untidily.

use std::path::{Path, PathBuf};

use super::Finding;
use crate::diagnostic::Severity;
use crate::git::Repository;
use crate::{Error, Result};

/// git tidies up when about so many objects lie loose: the default of `gc.auto` (<https://git-scm.com/docs/git-gc>).
const MANY_LOOSE_OBJECTS: usize = 6700;
/// git tidies up when there are more packs: the default of `gc.autoPackLimit`.
const MANY_PACKS: usize = 50;

pub(super) fn examine(repository: &Repository) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let finding = |code, severity, message: String, fix: &str| Finding {
        code,
        severity,
        message,
        fix: fix.to_owned(),
        places: Vec::new(),
    };
    if repository.head()?.is_none() {
        let message = String::from("there is no commit yet, so that nothing tells who wrote what and when");
        findings.push(finding(
            "no-history",
            Severity::Warning,
            message,
            "commit the content: `git add . && git commit`",
        ));
    }
    if !repository.shallow_boundary()?.is_empty() {
        let message = String::from("this is a shallow clone: dates and authors that only old commits tell are missing");
        let fix =
            "`git fetch --unshallow`; in a workflow of a forge, check out with the whole history (`fetch-depth: 0`)";
        findings.push(finding("shallow-clone", Severity::Warning, message, fix));
    }
    let packs = packs(repository)?;
    if packs.iter().any(|path| path.extension().is_some_and(|it| it == "promisor")) {
        let message = String::from("this is a partial clone: files are missing until git fetches each by itself");
        findings.push(finding("partial-clone", Severity::Warning, message, "clone it again, without `--filter`"));
    }
    let count = packs.iter().filter(|path| path.extension().is_some_and(|it| it == "pack")).count();
    if count > MANY_PACKS {
        let message = format!("the objects lie in {count} packs, and each is looked through for each of them");
        findings.push(finding("many-packs", Severity::Hint, message, "`git gc`"));
    }
    let loose = loose(&objects(repository)?)?;
    if loose > MANY_LOOSE_OBJECTS {
        let message = format!("{loose} objects lie loose, each in a file of its own");
        findings.push(finding("loose-objects", Severity::Hint, message, "`git gc`"));
    }
    Ok(findings)
}

fn objects(repository: &Repository) -> Result<PathBuf> {
    repository.common().map(|common| common.join("objects"))
}

/// The files among the repository's packs.
pub(super) fn packs(repository: &Repository) -> Result<Vec<PathBuf>> {
    let mut found = list(&objects(repository)?.join("pack"))?;
    found.sort();
    Ok(found)
}

fn loose(objects: &Path) -> Result<usize> {
    let mut count = 0;
    for folder in list(objects)? {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.len() == 2 && name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            count += list(&folder)?.len();
        }
    }
    Ok(count)
}

/// What is in a folder; nothing where there is none.
fn list(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io(folder)(error)),
    };
    entries.map(|entry| entry.map(|entry| entry.path()).map_err(Error::io(folder))).collect()
}
