//! No reply is older than its topic.

use super::{Judge, Row, TopicContext};
use crate::content::{Dated, Post, ReadTopic, Sourced};
use crate::diagnostic::Spot;
use crate::diagnostic::{Diagnostic, Rule, Severity};

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "date-before-topic", severity: Severity::Warning }, judge: Judge::Topic(judge) };

fn judge(context: &TopicContext<'_>, topic: ReadTopic<'_>, faults: &mut Vec<Diagnostic>) {
    let opened = topic.opening();
    for post in topic.posts.iter().skip(1).filter(|post| post.date < opened.date && known(post) && known(opened)) {
        let at = post.file.date.as_ref().map_or(Spot::START, Sourced::spot);
        let path = topic.post_file(context.content(), post);
        faults.push(ROW.rule.at(path, at, "the reply is older than its topic", "correct one of the two dates"));
    }
}

/// Whether the date is more than a guess, which another rule tells of.
fn known(post: &Post) -> bool {
    post.dated != Dated::Guess
}
