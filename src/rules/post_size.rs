//! A post has at most as many bytes as the forum allows.

use super::{Judge, Row, Sight};
use crate::content::Topic;
use crate::diagnostic::Spot;
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::markdown::Fault;

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "post-size", severity: Severity::Warning }, judge: Judge::Topic(judge) };

fn judge(sight: &Sight<'_>, topic: &Topic, faults: &mut Vec<Diagnostic>) {
    for post in &topic.posts {
        for fault in &post.file.text_faults {
            if let Fault::TooLong { bytes } = fault {
                let path = topic.post_file(sight.content(), post);
                let most = sight.policy().post_bytes;
                let message = format!("the text has {bytes} bytes, at most {most} are shown as Markdown");
                let hint = "shorten it, or raise `policy: { post_bytes: … }` in forum.yml";
                faults.push(ROW.rule.at(path, Spot::START, message, hint));
            }
        }
    }
}
