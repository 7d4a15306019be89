//! A topic lies in a board.

use super::{Context, Judge, Row};
use crate::diagnostic::Spot;
use crate::diagnostic::{Diagnostic, Rule, Severity};

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "topic-homeless", severity: Severity::Error }, judge: Judge::Forum(judge) };

fn judge(context: &Context<'_>, faults: &mut Vec<Diagnostic>) {
    for topic in &context.forum.unparented {
        let path = context.path(&topic.path);
        let hint = "add a board.yml with `title: …` to a folder above it";
        faults.push(ROW.rule.at(path, Spot::START, "the topic is in no board", hint));
    }
}
