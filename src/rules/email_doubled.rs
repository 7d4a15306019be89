//! An address binds commits to one member alone.

use super::{Context, Judge, Row};
use crate::diagnostic::{Diagnostic, Rule, Severity};
use std::collections::BTreeMap;

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "email-doubled", severity: Severity::Warning }, judge: Judge::Forum(judge) };

fn judge(context: &Context<'_>, faults: &mut Vec<Diagnostic>) {
    let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
    for file in context.forum.people.iter().filter_map(|person| person.file.as_ref()) {
        for email in &file.member.emails {
            if let Some(owner) = owners.insert(&email.value, &file.handle).filter(|owner| *owner != file.handle) {
                // The address itself is not said: what is printed here may end in a public log.
                let message = format!("an address of `{}` is one of `{owner}` as well", file.handle);
                let path = context.path(&file.path);
                faults.push(ROW.rule.at(path, email.at, message, "leave it to its owner alone"));
            }
        }
    }
}
