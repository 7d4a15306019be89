//! An old address is an address.

use super::{Context, Judge, Row};
use crate::diagnostic::{Diagnostic, Rule, Severity, Spot};
use crate::site::{OldAddress, claims};

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "alias-address", severity: Severity::Warning }, judge: Judge::Forum(judge) };

fn judge(context: &Context<'_>, faults: &mut Vec<Diagnostic>) {
    let base = &context.forum.settings.base.path;
    for claim in claims(context.forum).filter(|claim| OldAddress::read(claim.alias, base).is_none()) {
        let message = format!("`{}` is not an address that anything can have had", claim.alias.escape_debug());
        let hint = "write it as in `https://old.example.org/t/12`, `/t/12` or `viewtopic.php?t=12`";
        faults.push(ROW.rule.at(context.path(&claim.file), Spot::START, message, hint));
    }
}
