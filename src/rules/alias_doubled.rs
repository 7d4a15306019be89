//! An old address leads to one place.

use std::collections::HashMap;

use super::{Context, Judge, Row};
use crate::diagnostic::{Diagnostic, Rule, Severity, Spot};
use crate::site::{Claim, OldAddress, claims};

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "alias-doubled", severity: Severity::Warning }, judge: Judge::Forum(judge) };

fn judge(context: &Context<'_>, faults: &mut Vec<Diagnostic>) {
    let base = &context.forum.settings.base.path;
    let mut owners: HashMap<OldAddress, Claim<'_>> = HashMap::new();
    for claim in claims(context.forum) {
        let Some(from) = OldAddress::read(claim.alias, base) else { continue };
        match owners.get(&from) {
            Some(owner) if owner.to != claim.to => {
                let message =
                    format!("the old address `{}` is claimed by `{}` as well", claim.alias.escape_debug(), owner.file);
                let hint = "it leads there; remove it from one of the two";
                faults.push(ROW.rule.at(context.path(&claim.file), Spot::START, message, hint));
            }
            Some(_) => {}
            None => {
                owners.insert(from, claim);
            }
        }
    }
}
