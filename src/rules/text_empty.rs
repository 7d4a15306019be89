//! A post says something.

use super::{Judge, Row, TopicContext};
use crate::diagnostic::{Rule, Severity};
use crate::markdown::FaultKind;

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "text-empty", severity: Severity::Warning }, judge: Judge::Text(judge) };

fn judge(_: &TopicContext<'_>, fault: &FaultKind) -> Option<(String, &'static str)> {
    let empty = *fault == FaultKind::Empty;
    empty.then(|| (String::from("the post has no text"), "say something, or remove the file"))
}
