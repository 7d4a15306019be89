//! An account or a key tells one member from all others.

use super::{Context, Judge, Row};
use crate::content::key_identity;
use crate::diagnostic::{Diagnostic, Rule, Severity, Spot};
use std::collections::BTreeMap;

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "account-doubled", severity: Severity::Warning }, judge: Judge::Forum(judge) };

fn judge(context: &Context<'_>, faults: &mut Vec<Diagnostic>) {
    let mut owners: BTreeMap<String, &str> = BTreeMap::new();
    for file in context.forum.people.iter().filter_map(|person| person.file.as_ref()) {
        let accounts = file.member.accounts.iter();
        let accounts =
            accounts.map(|(forge, id)| (format!("the account {forge}:{id}"), format!("{forge}:{id}"), Spot::START));
        let keys =
            file.member.keys.iter().filter_map(|key| Some((String::from("a key"), key_identity(&key.value)?, key.at)));
        for (what, identity, at) in accounts.chain(keys) {
            if let Some(owner) = owners.insert(identity, &file.handle).filter(|owner| *owner != file.handle) {
                let message = format!("{what} of `{}` is one of `{owner}` as well", file.handle);
                let hint = "leave it to its owner alone; until then it identifies neither";
                faults.push(ROW.rule.at(context.path(&file.path), at, message, hint));
            }
        }
    }
}
