//! Everything in the content folder is part of the forum.

use super::{Context, Judge, Row};
use crate::diagnostic::Spot;
use crate::diagnostic::{Diagnostic, Rule, Severity};

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "unknown-file", severity: Severity::Warning }, judge: Judge::Forum(judge) };

fn judge(context: &Context<'_>, faults: &mut Vec<Diagnostic>) {
    for one in context.forum.unknown.iter().filter(|one| !one.misplaced) {
        let hint = "move it out of the content folder, or into a topic when it is an attachment";
        faults.push(ROW.rule.at(context.path(&one.path), Spot::START, "not a file of a forum", hint));
    }
}
