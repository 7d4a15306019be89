//! The date of a post stands in its file, or the history tells it.

use super::{Judge, Row, TopicContext};
use crate::content::{Dated, ReadTopic};
use crate::diagnostic::Spot;
use crate::diagnostic::{Diagnostic, Rule, Severity};

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "date-missing", severity: Severity::Warning }, judge: Judge::Topic(judge) };

fn judge(context: &TopicContext<'_>, topic: ReadTopic<'_>, faults: &mut Vec<Diagnostic>) {
    // A post whose front matter can't be read may well have a date; it has a fault already.
    for post in topic.posts.iter().filter(|post| post.dated == Dated::Guess && !post.file.unread) {
        let path = topic.post_file(context.content(), post);
        let fault = if context.shallow() {
            let hint = "fetch the whole history: `git fetch --unshallow`, or `fetch-depth: 0` in a workflow";
            let message = "the post's date is that of a commit, and this clone is shallow";
            Diagnostic { severity: Severity::Error, ..ROW.rule.at(path, Spot::START, message, hint) }
        } else {
            let hint = "commit the file, or add `date: …` to it";
            ROW.rule.at(path, Spot::START, "neither the file nor the history says when this was posted", hint)
        };
        faults.push(fault);
    }
}
