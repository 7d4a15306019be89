//! A post answers a post of its own topic.

use super::{Judge, Row, TopicContext};
use crate::content::ReadTopic;
use crate::diagnostic::{Diagnostic, Rule, Severity};

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "reply-target", severity: Severity::Warning }, judge: Judge::Topic(judge) };

fn judge(context: &TopicContext<'_>, topic: ReadTopic<'_>, faults: &mut Vec<Diagnostic>) {
    for post in topic.posts {
        let Some(target) = &post.file.reply_to else { continue };
        let message = match topic.position(&target.value) {
            Some(_) if target.value != post.file.stem => continue,
            Some(_) => String::from("a post can't answer itself"),
            None => format!("`{}` is no post of this topic", target.value.escape_debug()),
        };
        let path = topic.post_file(context.content(), post);
        faults.push(ROW.rule.at(path, target.at, message, "give the other post's file name without `.md`"));
    }
}
