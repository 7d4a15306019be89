//! Names of files and folders are safe on every system and in every address.

use std::collections::HashSet;

use super::{Context, Judge, Row, TopicContext};
use crate::diagnostic::{Diagnostic, Rule, Severity};

use crate::content::{PATH_BYTES, ReadTopic, name_fault, suggested_name};
use crate::diagnostic::Spot;

pub(super) static ROW: Row = Row {
    rule: &Rule { name: "path-name", severity: Severity::Error },
    judge: Judge::Both(judge_files, judge_folders),
};

/// Judges a topic's folder and the files in it.
fn judge_files(context: &TopicContext<'_>, topic: ReadTopic<'_>, faults: &mut Vec<Diagnostic>) {
    faults.extend(folder_fault(context.content(), context.letters_any(), &topic.path));
    let mut judge = |name: &str, ending: &str| {
        faults.extend(fault(context.content(), context.letters_any(), &topic.path, name, ending));
    };
    topic.posts.iter().for_each(|post| judge(&post.file.stem, ".md"));
    topic.attachments.iter().for_each(|attachment| judge(&attachment.name, ""));
}

/// Judges the folders that topics lie in.
fn judge_folders(context: &Context<'_>, faults: &mut Vec<Diagnostic>) {
    let forum = context.forum;
    let mut folders: HashSet<&str> = forum.boards.iter().map(|board| board.path.as_str()).collect();
    // Topics lie side by side, and most in the folder that was looked at for the one before.
    let mut last = None;
    for topic in forum.topics.iter().chain(&forum.unparented) {
        let mut folder = above(&topic.path);
        if folder == last {
            continue;
        }
        last = folder;
        while let Some(path) = folder.filter(|path| folders.insert(path)) {
            folder = above(path);
        }
    }
    // Faults are put in order when all are known.
    faults.extend(folders.iter().filter_map(|path| folder_fault(&forum.content, forum.settings.letters_any, path)));
}

fn above(path: &str) -> Option<&str> {
    path.rsplit_once('/').map(|(above, _)| above)
}

fn folder_fault(content: &str, any: bool, path: &str) -> Option<Diagnostic> {
    let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
    fault(content, any, above, name, "")
}

fn fault(content: &str, any: bool, folder: &str, name: &str, ending: &str) -> Option<Diagnostic> {
    let length = folder.len() + 1 + name.len() + ending.len();
    let (reason, hint) = match name_fault(name, any) {
        Some(reason) => (reason, hint(name, ending)),
        None if length > PATH_BYTES => (
            format!("a path has at most {PATH_BYTES} bytes, this one has {length}"),
            String::from("shorten the names of its folders"),
        ),
        None => return None,
    };
    let below = if folder.is_empty() { format!("{name}{ending}") } else { format!("{folder}/{name}{ending}") };
    Some(ROW.rule.at(format!("{content}/{below}"), Spot::START, reason, hint))
}

fn hint(name: &str, ending: &str) -> String {
    let (stem, own) = match name.rsplit_once('.') {
        Some((stem, own)) if ending.is_empty() => (stem, format!(".{}", own.to_lowercase())),
        _ => (name, ending.to_owned()),
    };
    // Where the ending itself is at fault, the name goes without one.
    let better = [suggested_name(stem) + &own, suggested_name(name) + ending];
    match better.into_iter().find(|better| *better != format!("{name}{ending}") && name_fault(better, false).is_none())
    {
        Some(better) => format!("rename it to `{better}`"),
        None => String::from("rename it"),
    }
}
