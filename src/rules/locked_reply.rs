//! A locked topic has no replies that were committed after it was locked.

use super::{Judge, Row, TopicContext};
use crate::content::ReadTopic;
use crate::diagnostic::Spot;
use crate::diagnostic::{Diagnostic, Rule, Severity};

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "locked-reply", severity: Severity::Hint }, judge: Judge::Topic(judge) };

fn judge(context: &TopicContext<'_>, topic: ReadTopic<'_>, faults: &mut Vec<Diagnostic>) {
    let Some(locked) = &topic.moderation.locked else { return };
    // When a topic was locked its file doesn't say; the last change of that file, from the history, is the latest it can be.
    let Some(since) = topic.moderated else { return };
    for post in topic.posts.iter().skip(1).filter(|post| post.date > since) {
        let path = topic.post_file(context.content(), post);
        let hint = format!("locked by topic.yml line {}; unlock the topic or remove the reply", locked.at.line);
        faults.push(ROW.rule.at(path, Spot::START, "a reply to a locked topic", hint));
    }
}
