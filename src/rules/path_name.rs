//! Names of files and folders are safe on every system and in every address.

use super::{Context, Judge, Row};
use crate::diagnostic::{Diagnostic, Rule, Severity};
use std::collections::BTreeSet;

use crate::content::{PATH_BYTES, name_fault, suggested_name};
use crate::diagnostic::Spot;

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "path-name", severity: Severity::Error }, judge: Judge::Forum(judge) };

fn judge(context: &Context<'_>, faults: &mut Vec<Diagnostic>) {
    let forum = context.forum;
    let any = forum.settings.letters_any;
    let mut judge = |folder: &str, name: &str, ending: &str| {
        let length = folder.len() + 1 + name.len() + ending.len();
        let fault = match name_fault(name, any) {
            Some(reason) => Some((reason, hint(name, ending))),
            None if length > PATH_BYTES => Some((
                format!("a path has at most {PATH_BYTES} bytes, this one has {length}"),
                String::from("shorten the names of its folders"),
            )),
            None => None,
        };
        if let Some((reason, hint)) = fault {
            let below = if folder.is_empty() { format!("{name}{ending}") } else { format!("{folder}/{name}{ending}") };
            faults.push(ROW.rule.at(context.path(&below), Spot::START, reason, hint));
        }
    };
    let mut folders: BTreeSet<&str> = forum.boards.iter().map(|board| board.path.as_str()).collect();
    for topic in forum.topics.iter().chain(&forum.homeless) {
        let mut folder = Some(topic.path.as_str());
        while let Some(path) = folder.filter(|path| folders.insert(path)) {
            folder = path.rsplit_once('/').map(|(above, _)| above);
        }
        for post in &topic.posts {
            judge(&topic.path, &post.file.stem, ".md");
        }
        for attachment in &topic.attachments {
            judge(&topic.path, &attachment.name, "");
        }
    }
    for path in folders {
        let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
        judge(above, name, "");
    }
}

fn hint(name: &str, ending: &str) -> String {
    let (stem, own) = match name.rsplit_once('.') {
        Some((stem, own)) if ending.is_empty() => (stem, format!(".{}", own.to_lowercase())),
        _ => (name, ending.to_owned()),
    };
    match suggested_name(stem) {
        better if better.is_empty() || better == stem => String::from("rename it"),
        better => format!("rename it to `{better}{own}`"),
    }
}
