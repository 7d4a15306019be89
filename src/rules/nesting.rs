//! A text doesn't nest deeper than a browser shows.

use super::{Judge, Row, TopicContext};
use crate::diagnostic::{Rule, Severity};
use crate::markdown::FaultKind;

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "nesting", severity: Severity::Warning }, judge: Judge::Text(judge) };

fn judge(_: &TopicContext<'_>, fault: &FaultKind) -> Option<(String, &'static str)> {
    let FaultKind::TooDeep { depth } = fault else { return None };
    let message = format!("the text nests {depth} deep, so it is shown as plain text");
    Some((message, "nest fewer lists and quotes in one another"))
}
