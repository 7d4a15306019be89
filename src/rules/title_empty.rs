//! A title says something.

use super::{Judge, Row, TopicContext};
use crate::content::{Opening, ReadTopic};
use crate::diagnostic::{Diagnostic, Rule, Severity};

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "title-empty", severity: Severity::Error }, judge: Judge::Topic(judge) };

fn judge(context: &TopicContext<'_>, topic: ReadTopic<'_>, faults: &mut Vec<Diagnostic>) {
    // A title of the wrong kind is a fault already.
    let empty = |opening: &&Opening| opening.title.value.trim().is_empty() && !topic.opening().file.unread;
    if let Some(opening) = topic.heading().filter(empty) {
        let path = topic.post_file(context.content(), topic.opening());
        faults.push(ROW.rule.at(
            path,
            opening.title.at,
            "the title is empty",
            "say in a few words what the topic is about",
        ));
    }
}
