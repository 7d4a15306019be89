//! A picture has words for those who don't see it.

use super::{Judge, Row, Sight};
use crate::content::Topic;
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::markdown::Fault;

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "image-alt", severity: Severity::Hint }, judge: Judge::Topic(judge) };

fn judge(sight: &Sight<'_>, topic: &Topic, faults: &mut Vec<Diagnostic>) {
    for post in &topic.posts {
        for fault in &post.file.text_faults {
            if let Fault::NoAltText { at } = fault {
                let path = topic.post_file(sight.content(), post);
                faults.push(ROW.rule.at(
                    path,
                    *at,
                    "the picture has no alternative text",
                    "write it between the brackets: `![a cup of tea](cup.jpg)`",
                ));
            }
        }
    }
}
