//! A member's picture lies beside their file and may be shown.

use super::{Context, Judge, Row};
use crate::diagnostic::{Diagnostic, Rule, Severity};

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "avatar-missing", severity: Severity::Warning }, judge: Judge::Forum(judge) };

fn judge(context: &Context<'_>, faults: &mut Vec<Diagnostic>) {
    for file in context.forum.people.iter().filter_map(|person| person.file.as_ref()) {
        if let (Some(wanted), None) = (&file.member.avatar, &file.avatar) {
            let message = format!("`{}` is not there, or is no picture that may be shown", wanted.value);
            let hint = "put a png, jpg, gif, webp or avif beside the member's file";
            faults.push(ROW.rule.at(context.path(&file.path), wanted.at, message, hint));
        }
    }
}
