//! A snapshot in → the folders that hold more than forges like to show.

use super::Finding;
use crate::Result;
use crate::content::MEMBERS;
use crate::diagnostic::Severity;
use crate::git::{Kind, Snapshot};

/// The most entries of a folder that GitHub recommends, as read on 2026-11-22 at
/// <https://docs.github.com/en/repositories/creating-and-managing-repositories/repository-limits>.
const MANY_ENTRIES: usize = 3000;

pub(super) fn examine(snapshot: &Snapshot) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let mut folders = vec![(String::new(), snapshot.root())];
    while let Some((path, tree)) = folders.pop() {
        let entries = snapshot.folder(tree)?;
        if entries.len() > MANY_ENTRIES {
            let topic = entries.iter().any(|entry| entry.kind == Kind::File && entry.name.ends_with(".md"));
            let members = path == MEMBERS || path.starts_with("members/");
            findings.push(Finding {
                code: "large-folder",
                severity: Severity::Warning,
                message: format!(
                    "this folder has {} entries; forges slow down above {MANY_ENTRIES} and show only the first",
                    entries.len()
                ),
                fix: String::from(match (topic, members) {
                    (true, _) => "lock the topic and go on in a new one",
                    (_, true) => "move members' files into folders below, by their first letter for instance",
                    _ => "put topics on shelves, a folder a year: `git mv 20* 2026/`; old addresses can lead on",
                }),
                places: vec![join(snapshot.content(), &path)],
            });
        }
        let inner = entries.into_iter().filter(|entry| entry.kind == Kind::Folder);
        folders.extend(inner.map(|entry| (join(&path, &entry.name), entry.id)));
    }
    findings.sort_by(|a, b| a.places.cmp(&b.places));
    Ok(findings)
}

fn join(folder: &str, name: &str) -> String {
    [folder, name].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
}
