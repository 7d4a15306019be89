//! A picture has words for those who don't see it.

use super::{Judge, Row, TopicContext};
use crate::diagnostic::{Rule, Severity};
use crate::markdown::FaultKind;

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "image-alt", severity: Severity::Hint }, judge: Judge::Text(judge) };

fn judge(_: &TopicContext<'_>, fault: &FaultKind) -> Option<(String, &'static str)> {
    let FaultKind::NoAltText = fault else { return None };
    let hint = "write it between the brackets: `![a cup of tea](cup.jpg)`";
    Some(("the picture has no alternative text".into(), hint))
}
