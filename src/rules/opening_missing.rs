//! A topic has an opening post: the one with a title.

use super::{Judge, Row, TopicContext};
use crate::content::ReadTopic;
use crate::diagnostic::Spot;
use crate::diagnostic::{Diagnostic, Rule, Severity};

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "opening-missing", severity: Severity::Error }, judge: Judge::Topic(judge) };

fn judge(context: &TopicContext<'_>, topic: ReadTopic<'_>, faults: &mut Vec<Diagnostic>) {
    // A post whose front matter can't be read may well have a title; it has a fault already.
    if topic.heading().is_none() && !topic.posts.iter().any(|post| post.file.unread) {
        let path = topic.post_file(context.content(), topic.opening());
        let message = "no post of this topic has a title";
        faults.push(ROW.rule.at(path, Spot::START, message, "add `title: …` to the front matter of the first"));
    }
}
