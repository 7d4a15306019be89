//! A text doesn't nest deeper than a browser shows.

use super::{Judge, Row, Sight};
use crate::content::Topic;
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::markdown::Fault;

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "nesting", severity: Severity::Warning }, judge: Judge::Topic(judge) };

fn judge(sight: &Sight<'_>, topic: &Topic, faults: &mut Vec<Diagnostic>) {
    for post in &topic.posts {
        for fault in &post.file.text_faults {
            if let Fault::TooDeep { depth, at } = fault {
                let path = topic.post_file(sight.content(), post);
                faults.push(ROW.rule.at(
                    path,
                    *at,
                    format!("the text nests {depth} deep, so it is shown plain"),
                    "nest fewer lists and quotes in one another",
                ));
            }
        }
    }
}
