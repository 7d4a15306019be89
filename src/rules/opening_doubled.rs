//! One post alone opens a topic.

use super::{Judge, Row, TopicContext};
use crate::content::ReadTopic;
use crate::diagnostic::{Diagnostic, Rule, Severity};

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "opening-doubled", severity: Severity::Error }, judge: Judge::Topic(judge) };

fn judge(context: &TopicContext<'_>, topic: ReadTopic<'_>, faults: &mut Vec<Diagnostic>) {
    let openings = topic.posts.iter().filter_map(|post| Some((post, post.file.opening.as_ref()?)));
    for (post, opening) in openings.skip(1) {
        let path = topic.post_file(context.content(), post);
        let first = &topic.opening().file.stem;
        let message = format!("`{first}.md` opens this topic already");
        faults.push(ROW.rule.at(path, opening.title.at, message, "a reply has no `title`"));
    }
}
