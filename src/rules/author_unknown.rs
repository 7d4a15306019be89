//! The authors of posts have member files. Told once an author, at their first post.

use super::{Context, Judge, Row};
use crate::diagnostic::{Diagnostic, Rule, Severity};

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "author-unknown", severity: Severity::Hint }, judge: Judge::Forum(judge) };

fn judge(context: &Context<'_>, faults: &mut Vec<Diagnostic>) {
    for (person, first) in context.newcomers() {
        let message = match first.named {
            true => format!("there is no member `{}`; this is their first post", person.handle),
            false if person.unknown() => String::from("neither the file nor the history says who wrote this"),
            false => format!("`{}`, who committed this, is no member by the commit's address", person.name),
        };
        let hint = if person.guest() {
            String::from("add `author: …` to the file, or the commit's address to a member's `emails`")
        } else {
            context.no_member(&person.handle)
        };
        faults.push(ROW.rule.at(first.path.as_str(), first.at, message, hint));
    }
}
