//! A post has at most as many bytes as the forum allows.

use super::{Judge, Row, TopicContext};
use crate::diagnostic::{Rule, Severity};
use crate::markdown::FaultKind;

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "post-size", severity: Severity::Warning }, judge: Judge::Text(judge) };

fn judge(context: &TopicContext<'_>, fault: &FaultKind) -> Option<(String, &'static str)> {
    let FaultKind::TooLong { bytes } = fault else { return None };
    let most = context.policy().post_bytes;
    let message = format!("the text has {bytes} bytes, at most {most} are shown as Markdown");
    Some((message, "shorten it, or raise `policy: { post_bytes: … }` in forum.yml"))
}
