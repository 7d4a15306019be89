//! A handle has one file.

use super::{Context, Judge, Row};
use crate::diagnostic::Spot;
use crate::diagnostic::{Diagnostic, Rule, Severity};

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "member-doubled", severity: Severity::Error }, judge: Judge::Forum(judge) };

fn judge(context: &Context<'_>, faults: &mut Vec<Diagnostic>) {
    for file in &context.forum.doubled_members {
        let first = context.forum.people.iter().filter_map(|person| person.file.as_ref());
        let first = first.filter(|other| other.handle == file.handle).map(|other| context.path(&other.path)).next();
        let message = format!("`{}` has a file already: {}", file.handle, first.unwrap_or_default());
        faults.push(ROW.rule.at(context.path(&file.path), Spot::START, message, "keep one of the two"));
    }
}
