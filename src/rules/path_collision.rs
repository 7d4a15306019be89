//! No two paths are the same to a file system that folds case or forms of letters.

use super::{Context, Judge, Row};
use crate::diagnostic::{Diagnostic, Rule, Severity};
use rustc_hash::FxHashMap;

use crate::content::folded;
use crate::diagnostic::Spot;

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
        let mut names: FxHashMap<String, &str> = FxHashMap::default();
        let files = topic.posts.iter().map(|post| &*post.file.stem);
        for name in files.chain(topic.attachments.iter().map(|it| &*it.name)).filter(|name| folds(name)) {
            let other = topic.posts.iter().map(|post| &*post.file.stem).chain(topic.attachments.iter().map(|it| &*it.name));
            if let Some(other) = other.filter(|other| *other != name).find(|other| folded(other) == folded(name)) {
                names.entry(folded(name)).or_insert_with(|| {
                    let message = format!("`{}` and `{}` are one name to some systems", name.escape_debug(), other.escape_debug());
                    let path = topic.file(&context.forum.content, name);
                    faults.push(ROW.rule.at(path, Spot::START, message, "rename one of the two"));
                    name
                });
            }
        }
    }
}

/// Whether a name may fold to another: those that the format asks for fold to themselves.
fn folds(name: &str) -> bool {
    !name.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase())
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
