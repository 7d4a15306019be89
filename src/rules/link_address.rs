//! A link to another site has an address that is safe to follow.

use super::{Judge, Row, TopicContext};
use crate::diagnostic::{Rule, Severity};
use crate::markdown::FaultKind;

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "link-address", severity: Severity::Warning }, judge: Judge::Text(judge) };

fn judge(_: &TopicContext<'_>, fault: &FaultKind) -> Option<(String, &'static str)> {
    match fault {
        FaultKind::RefusedScheme { scheme } => Some((
            format!("links of the scheme `{scheme}` are shown as text"),
            "http, https, mailto and paths within the forum are links",
        )),
        FaultKind::BrokenAddress => {
            Some(("the address names no host, or has a login in it".into(), "write it as `https://example.org/…`"))
        }
        _ => None,
    }
}
