//! A repository's folder in → the workflow files in it that an older boards wrote.

use std::path::Path;

use super::Finding;
use crate::diagnostic::Severity;

/// The version of the files that this program writes.
const VERSION: u32 = 1;

/// The files that `boards forge` writes, each with the forge that it is for.
const FILES: [(&str, &str); 13] = [
    (".github/workflows/boards-check.yml", "github"),
    (".github/workflows/boards-merge.yml", "github"),
    (".github/workflows/boards-site.yml", "github"),
    (".github/CODEOWNERS", "github"),
    (".gitlab-ci.yml", "gitlab"),
    (".gitlab/CODEOWNERS", "gitlab"),
    (".forgejo/workflows/boards-check.yml", "forgejo"),
    (".forgejo/workflows/boards-merge.yml", "forgejo"),
    (".forgejo/workflows/boards-site.yml", "forgejo"),
    (".forgejo/CODEOWNERS", "forgejo"),
    (".gitea/workflows/boards-check.yml", "gitea"),
    (".gitea/workflows/boards-site.yml", "gitea"),
    (".gitea/CODEOWNERS", "gitea"),
];

pub(super) fn examine(top: &Path) -> Vec<Finding> {
    let old = FILES.iter().filter_map(|(path, forge)| {
        let text = std::fs::read_to_string(top.join(path)).ok()?;
        let version = version(&text).filter(|version| *version < VERSION)?;
        Some(Finding {
            code: "old-workflow",
            severity: Severity::Warning,
            message: format!("an older boards wrote this file, in version {version}; version {VERSION} is current"),
            fix: format!("look at what you changed in it, then run `boards forge {forge} --force`"),
            places: vec![(*path).to_owned()],
        })
    });
    old.collect()
}

fn version(text: &str) -> Option<u32> {
    text.lines().next()?.strip_prefix("# boards-workflow: ")?.trim().parse().ok()
}
