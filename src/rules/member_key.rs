//! A member's key is one that boards can check signatures with.

use super::{Context, Judge, Row};
use crate::content::key_is_usable;
use crate::diagnostic::{Diagnostic, Rule, Severity};

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "member-key", severity: Severity::Warning }, judge: Judge::Forum(judge) };

fn judge(context: &Context<'_>, faults: &mut Vec<Diagnostic>) {
    for file in context.forum.people.iter().filter_map(|person| person.file.as_ref()) {
        let keys = file.member.keys.iter().chain(&file.member.revoked_keys);
        for key in keys.filter(|key| !key_is_usable(&key.value)) {
            let message = "this is no public key that boards can check signatures with";
            let hint = "write it as in the `.pub` file, in one line; of the types, ssh-ed25519 and ecdsa-sha2-nistp256 or 384 are known";
            faults.push(ROW.rule.at(context.path(&file.path), key.at, message, hint));
        }
    }
}
