//! No two paths are the same to a file system that folds case or forms of letters.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::{Context, Judge, Row};
use crate::content::folded;
use crate::diagnostic::{Diagnostic, Rule, Severity, Spot};

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "path-collision", severity: Severity::Error }, judge: Judge::Forum(judge) };

fn judge(context: &Context<'_>, faults: &mut Vec<Diagnostic>) {
    let mut seen: FxHashMap<String, &str> = FxHashMap::default();
    let all = context.forum.topics.iter().chain(&context.forum.homeless);
    let folders = context.forum.boards.iter().map(|board| &board.path).chain(all.clone().map(|topic| &topic.path));
    for path in folders {
        collide(context, faults, &mut seen, path);
    }
    for topic in all {
        let mut names =
            topic.posts.iter().map(|post| &*post.file.stem).chain(topic.attachments.iter().map(|it| &*it.name));
        // The names that the format asks for fold to themselves, and a folder has each once.
        if names.all(|name| name.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase())) {
            continue;
        }
        let posts = topic.posts.iter().map(|post| format!("{}.md", post.file.stem));
        let files: Vec<String> = posts.chain(topic.attachments.iter().map(|it| it.name.to_string())).collect();
        let mut told: BTreeSet<String> = BTreeSet::new();
        for name in files.iter().filter(|name| folded(name) != **name) {
            let other = files.iter().filter(|other| *other != name).find(|other| folded(other) == folded(name));
            if let Some(other) = other.filter(|_| told.insert(folded(name))) {
                let message =
                    format!("`{}` and `{}` are one name to some systems", name.escape_debug(), other.escape_debug());
                let path = topic.file(&context.forum.content, name);
                faults.push(ROW.rule.at(path, Spot::START, message, "rename one of the two"));
            }
        }
    }
}

fn collide<'f>(
    context: &Context<'_>,
    faults: &mut Vec<Diagnostic>,
    seen: &mut FxHashMap<String, &'f str>,
    path: &'f str,
) {
    if let Some(other) = seen.insert(folded(path), path).filter(|other| *other != path) {
        let message = format!("`{}` and `{}` are one path to some systems", path.escape_debug(), other.escape_debug());
        faults.push(ROW.rule.at(context.path(path), Spot::START, message, "rename one of the two"));
    }
}
