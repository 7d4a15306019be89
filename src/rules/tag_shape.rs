//! Tags are short words, in the opening post alone.

use super::{Judge, Row, TopicContext};
use crate::content::ReadTopic;
use crate::diagnostic::{Diagnostic, Rule, Severity};

/// The most characters a tag may have.
const MOST_CHARACTERS: usize = 40;

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "tag-shape", severity: Severity::Warning }, judge: Judge::Topic(judge) };

fn judge(context: &TopicContext<'_>, topic: ReadTopic<'_>, faults: &mut Vec<Diagnostic>) {
    for post in topic.posts {
        let path = || topic.post_file(context.content(), post);
        if let Some(at) = post.file.archive.as_ref().and_then(|archive| archive.stray_tags) {
            let hint = "move them to the opening post";
            faults.push(ROW.rule.at(path(), at, "a reply has no tags", hint));
        }
        for tag in post.file.opening.as_ref().map_or(&[][..], |opening| &opening.tags) {
            let length = tag.value.trim().chars().count();
            if length == 0 || length > MOST_CHARACTERS {
                let message = format!("a tag has 1 to {MOST_CHARACTERS} characters, this one has {length}");
                faults.push(ROW.rule.at(path(), tag.at, message, "say it shorter"));
            }
        }
    }
}
