//! Raw HTML in a text is of the few tags that are let through.

use super::{Judge, Row, Sight};
use crate::content::Topic;
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::markdown::Fault;

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "html-tag", severity: Severity::Hint }, judge: Judge::Topic(judge) };

fn judge(sight: &Sight<'_>, topic: &Topic, faults: &mut Vec<Diagnostic>) {
    for post in &topic.posts {
        for fault in &post.file.text_faults {
            let (at, message, hint) = match fault {
                Fault::RawTag { tag, at } => (
                    at,
                    format!("`<{tag}>` is shown as text"),
                    "write Markdown, add a missing end tag, or put code between backquotes",
                ),
                Fault::UnclosedTag { tag, at } => (at, format!("`<{tag}>` has no end tag"), "add the end tag"),
                Fault::HtmlComment { at } => (at, String::from("the comment is left out"), "remove it"),
                _ => continue,
            };
            faults.push(ROW.rule.at(topic.post_file(sight.content(), post), *at, message, hint));
        }
    }
}
