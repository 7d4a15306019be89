//! A member's key is one that boards can check signatures with.

use super::{Context, Judge, Row};
use crate::content::{key_is_usable, unknown_key_type};
use crate::diagnostic::{Diagnostic, Rule, Severity};

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "member-key", severity: Severity::Warning }, judge: Judge::Forum(judge) };

fn judge(context: &Context<'_>, faults: &mut Vec<Diagnostic>) {
    for file in context.forum.people.iter().filter_map(|person| person.file.as_ref()) {
        let keys = file.member.keys.iter().chain(&file.member.revoked_keys);
        for key in keys.filter(|key| !key_is_usable(&key.value)) {
            let (message, hint) = match unknown_key_type(&key.value) {
                Some(kind) => (
                    format!("boards can't check signatures of a key of the type {kind}"),
                    "make one for signing with `ssh-keygen -t ed25519`; ecdsa is known as well",
                ),
                None => (
                    String::from("this is no public key"),
                    "write it as in the `.pub` file, in one line: `ssh-ed25519 AAAA…`",
                ),
            };
            faults.push(ROW.rule.at(context.path(&file.path), key.at, message, hint));
        }
    }
}
