//! The moderators of a board are members.

use super::{Context, Judge, Row};
use crate::diagnostic::{Diagnostic, Rule, Severity};

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "moderator-unknown", severity: Severity::Hint }, judge: Judge::Forum(judge) };

fn judge(context: &Context<'_>, faults: &mut Vec<Diagnostic>) {
    for board in &context.forum.boards {
        for moderator in &board.moderators {
            let person = context.places().person(&moderator.value).map(|id| context.forum.person(id));
            if person.is_none_or(|person| person.file.is_none()) {
                let path = context.path(&format!("{}/board.yml", board.path));
                let message = format!("there is no member `{}`", moderator.value);
                let hint = context.no_member(&moderator.value);
                faults.push(ROW.rule.at(path, moderator.at, message, hint));
            }
        }
    }
}
