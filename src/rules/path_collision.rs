//! No two paths are the same to a file system that folds case or forms of letters.

use std::collections::{BTreeSet, HashMap};

use super::{Context, Judge, Row, TopicContext};
use crate::content::{ReadTopic, folded};
use crate::diagnostic::{Diagnostic, Rule, Severity, Spot};

pub(super) static ROW: Row = Row {
    rule: &Rule { name: "path-collision", severity: Severity::Error },
    judge: Judge::Both(judge_files, judge_folders),
};

fn judge_files(context: &TopicContext<'_>, topic: ReadTopic<'_>, faults: &mut Vec<Diagnostic>) {
    let mut names = topic.posts.iter().map(|post| &*post.file.stem).chain(topic.attachments.iter().map(|it| &*it.name));
    // A folder has each name once, so that only one that folds to another can collide.
    if names.all(folds_to_itself) {
        return;
    }
    let posts = topic.posts.iter().map(|post| format!("{}.md", post.file.stem));
    let files: Vec<String> = posts.chain(topic.attachments.iter().map(|it| it.name.to_string())).collect();
    let mut told: BTreeSet<String> = BTreeSet::new();
    for name in files.iter().filter(|name| folded(name) != **name) {
        let other = files.iter().filter(|other| *other != name).find(|other| folded(other) == folded(name));
        if let Some(other) = other.filter(|_| told.insert(folded(name))) {
            let message =
                format!("`{}` and `{}` are one name to some systems", name.escape_debug(), other.escape_debug());
            let path = topic.file(context.content(), name);
            faults.push(ROW.rule.at(path, Spot::START, message, "rename one of the two"));
        }
    }
}

fn judge_folders(context: &Context<'_>, faults: &mut Vec<Diagnostic>) {
    let topics = context.forum.topics.iter().chain(&context.forum.unparented).map(|topic| &topic.path);
    let folders = || context.forum.boards.iter().map(|board| &board.path).chain(topics.clone());
    if folders().all(|path| folds_to_itself(path)) {
        return;
    }
    // Each folder on the way to one, once: where two collide, what lies in them isn't told besides.
    let all: BTreeSet<&str> =
        folders().flat_map(|path| path.match_indices('/').map(|(at, _)| &path[..at]).chain([path.as_str()])).collect();
    let mut seen: HashMap<(&str, String), &str> = HashMap::new();
    for path in all {
        let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
        if let Some(other) = seen.insert((above, folded(name)), path) {
            let message =
                format!("`{}` and `{}` are one path to some systems", path.escape_debug(), other.escape_debug());
            faults.push(ROW.rule.at(context.path(path), Spot::START, message, "rename one of the two"));
        }
    }
}

/// Whether a name is made as the format asks for: then it folds to itself.
fn folds_to_itself(name: &str) -> bool {
    // Without a way out in between, many bytes are looked at at once.
    name.bytes().fold(true, |plain, byte| plain & byte.is_ascii() & !byte.is_ascii_uppercase())
}
