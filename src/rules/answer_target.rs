//! The accepted answer of a topic is one of its posts.

use super::{Judge, Row, TopicContext};
use crate::content::ReadTopic;
use crate::diagnostic::{Diagnostic, Rule, Severity};

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "answer-target", severity: Severity::Warning }, judge: Judge::Topic(judge) };

fn judge(context: &TopicContext<'_>, topic: ReadTopic<'_>, faults: &mut Vec<Diagnostic>) {
    let Some(answer) = &topic.moderation.answer else { return };
    if topic.position(&answer.value).is_none() {
        let path = topic.file(context.content(), "topic.yml");
        let message = format!("the accepted answer `{}` is no post of this topic", answer.value);
        faults.push(ROW.rule.at(path, answer.at, message, "give the answer's file name without `.md`"));
    }
}
