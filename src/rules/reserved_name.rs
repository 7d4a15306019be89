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
    let mut tell = |path: &str, name: &str, top: bool| {
        if reserved(name, top) && told.insert(path.to_owned()) {
            let message = format!("the site has a page of its own at `{name}`");
            faults.push(ROW.rule.at(context.path(path), Spot::START, message, "rename the folder"));
        }
    };
    let topics = forum.topics.iter().chain(&forum.unparented).map(|topic| &topic.path);
    let mut last = "";
    for path in forum.boards.iter().map(|board| &board.path).chain(topics) {
        let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
        // Topics lie side by side, most in the folder of the one before.
        if std::mem::replace(&mut last, above) != above {
            let ends = above.match_indices('/').map(|(end, _)| end).chain([above.len()]);
            ends.fold(0, |start, end| {
                tell(&above[..end], &above[start..end], start == 0);
                end + 1
            });
        }
        tell(path, name, above.is_empty());
    }
}
