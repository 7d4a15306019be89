//! Raw HTML in a text is of the few tags that are let through.

use super::{Judge, Row, TopicContext};
use crate::diagnostic::{Rule, Severity};
use crate::markdown::FaultKind;

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "html-tag", severity: Severity::Hint }, judge: Judge::Text(judge) };

fn judge(_: &TopicContext<'_>, fault: &FaultKind) -> Option<(String, &'static str)> {
    match fault {
        FaultKind::RawTag { tag } => Some((
            format!("`<{tag}>` is shown as text"),
            "write Markdown, add a missing end tag, or put code between backquotes",
        )),
        FaultKind::UnclosedTag { tag } => Some((format!("`<{tag}>` has no end tag"), "add the end tag")),
        FaultKind::HtmlComment => Some(("the comment is left out".into(), "remove it")),
        _ => None,
    }
}
