//! A repository's folder in → the workflow files in it that an older boards wrote.

use std::path::Path;

use super::Finding;
use crate::config::Forge;
use crate::diagnostic::Severity;
use crate::forge::{VERSION, name, paths, read, version};

pub(super) fn examine(top: &Path) -> Vec<Finding> {
    let forges = [Forge::GitHub, Forge::GitLab, Forge::Gitea, Forge::Forgejo];
    let files = forges.into_iter().flat_map(|forge| paths(forge).map(move |path| (forge, path)));
    let old = files.filter_map(|(forge, path)| {
        let text = read(&top.join(path))?;
        let version = version(&text).filter(|version| *version < VERSION)?;
        Some(Finding {
            code: "old-workflow",
            severity: Severity::Warning,
            message: format!("an older boards wrote this file, in version {version}; version {VERSION} is current"),
            fix: format!("look at what you changed in it, then run `boards forge {} --force`", name(forge)),
            places: vec![path.to_owned()],
        })
    });
    old.collect()
}
