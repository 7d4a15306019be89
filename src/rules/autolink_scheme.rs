//! What stands in angle brackets and reads as an address is one that can be a link.

use super::{Judge, Row, TopicContext};
use crate::diagnostic::{Rule, Severity};
use crate::markdown::FaultKind;

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "autolink-scheme", severity: Severity::Hint }, judge: Judge::Text(judge) };

fn judge(_: &TopicContext<'_>, fault: &FaultKind) -> Option<(String, &'static str)> {
    let FaultKind::NoScheme { scheme } = fault else { return None };
    let message = format!("`<{scheme}:…>` is shown as text: no link has the scheme `{scheme}`");
    Some((message, "put code between backquotes; http, https and mailto are links"))
}
