//! No folder has the name of a page of the site.

use super::{Context, Judge, Row};
use crate::diagnostic::{Diagnostic, Rule, Severity};
use std::collections::BTreeSet;

use crate::content::reserved;
use crate::diagnostic::Spot;

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "reserved-name", severity: Severity::Error }, judge: Judge::Forum(judge) };

fn judge(context: &Context<'_>, faults: &mut Vec<Diagnostic>) {
    let forum = context.forum;
    let mut told: BTreeSet<String> = BTreeSet::new();
    let topics = forum.topics.iter().chain(&forum.homeless).map(|topic| &topic.path);
    for path in forum.boards.iter().map(|board| &board.path).chain(topics) {
        let mut length = 0;
        for (depth, name) in path.split('/').enumerate() {
            length += name.len() + usize::from(depth > 0);
            if reserved(name, depth == 0) && told.insert(path[..length].to_owned()) {
                let message = format!("the site has a page of its own at `{name}`");
                faults.push(ROW.rule.at(context.path(&path[..length]), Spot::START, message, "rename the folder"));
            }
        }
    }
}
