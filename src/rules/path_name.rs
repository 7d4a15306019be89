//! Names of files and folders are safe on every system and in every address.

use super::{Context, Judge, Row};
use crate::diagnostic::{Diagnostic, Rule, Severity};
use std::collections::BTreeSet;

use crate::content::{name_fault, suggested_name};
use crate::diagnostic::Spot;

/// The most bytes a path below the content folder may have.
const PATH_BYTES: usize = 200;

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "path-name", severity: Severity::Error }, judge: Judge::Forum(judge) };

fn judge(context: &Context<'_>, faults: &mut Vec<Diagnostic>) {
    let any = context.forum.settings.letters_any;
    let mut judge = |path: &str, name: &str| {
        if let Some(reason) = name_fault(name, any) {
            faults.push(ROW.rule.at(context.path(path), Spot::START, reason, hint(name)));
        } else if path.len() > PATH_BYTES {
            let message = format!("a path has at most {PATH_BYTES} bytes, this one has {}", path.len());
            faults.push(ROW.rule.at(context.path(path), Spot::START, message, "shorten the names of its folders"));
        }
    };
    let mut folders: BTreeSet<&str> = context.forum.boards.iter().map(|board| board.path.as_str()).collect();
    for topic in context.forum.topics.iter().chain(&context.forum.homeless) {
        let mut folder = Some(topic.path.as_str());
        while let Some(path) = folder.filter(|path| folders.insert(path)) {
            folder = path.rsplit_once('/').map(|(above, _)| above);
        }
        for post in &topic.posts {
            let name = format!("{}.md", post.file.stem);
            judge(&format!("{}/{name}", topic.path), &name);
        }
        for attachment in &topic.attachments {
            judge(&format!("{}/{}", topic.path, attachment.name), &attachment.name);
        }
    }
    for path in folders {
        judge(path, path.rsplit('/').next().unwrap_or(path));
    }
}

fn hint(name: &str) -> String {
    let (stem, ending) = name.rsplit_once('.').map_or((name, ""), |(stem, ending)| (stem, ending));
    match suggested_name(stem) {
        better if better.is_empty() || better == stem => String::from("rename it"),
        better if ending.is_empty() => format!("rename it to `{better}`"),
        better => format!("rename it to `{better}.{}`", ending.to_lowercase()),
    }
}
