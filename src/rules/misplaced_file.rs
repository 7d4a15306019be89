//! Posts lie in topics, and topics hold no folders.

use super::{Context, Judge, Row};
use crate::diagnostic::Spot;
use crate::diagnostic::{Diagnostic, Rule, Severity};

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "misplaced-file", severity: Severity::Error }, judge: Judge::Forum(judge) };

fn judge(context: &Context<'_>, faults: &mut Vec<Diagnostic>) {
    let hint = "put it into a folder of its own below the board, or out of the content folder";
    for one in context.forum.unknown.iter().filter(|one| one.misplaced) {
        let message = "a post (`.md`) belongs in a topic's folder, not in a board itself";
        faults.push(ROW.rule.at(context.path(&one.path), Spot::START, message, hint));
    }
    for topic in context.forum.topics.iter().chain(&context.forum.unparented) {
        for name in &topic.unexpected_files {
            let path = topic.file(&context.forum.content, name);
            faults.push(ROW.rule.at(
                path,
                Spot::START,
                "a topic holds files alone: no folders, links or submodules",
                "move it out of the topic",
            ));
        }
    }
}
