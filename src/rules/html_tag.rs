//! Raw HTML in a text is of the few tags that are let through.

use super::{Context, Judge, Row};
use crate::content::Topic;
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::markdown::Fault;

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "html-tag", severity: Severity::Hint }, judge: Judge::Topic(judge) };

fn judge(context: &Context<'_>, topic: &Topic, faults: &mut Vec<Diagnostic>) {
    for post in &topic.posts {
        for fault in &post.file.text_faults {
            if let Fault::RawTag { tag, at } = fault {
                let path = topic.post_file(&context.forum.content, post);
                faults.push(ROW.rule.at(path, *at, format!("`<{}>` is shown as text", tag.escape_debug()), "write Markdown, or put code between backquotes"));
            }
        }
    }
}
