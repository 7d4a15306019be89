//! A link is of a scheme that is safe to follow.

use super::{Context, Judge, Row};
use crate::content::Topic;
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::markdown::Fault;

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "link-scheme", severity: Severity::Warning }, judge: Judge::Topic(judge) };

fn judge(context: &Context<'_>, topic: &Topic, faults: &mut Vec<Diagnostic>) {
    for post in &topic.posts {
        for fault in &post.file.text_faults {
            if let Fault::RefusedScheme { scheme, at } = fault {
                let path = topic.post_file(&context.forum.content, post);
                faults.push(ROW.rule.at(path, *at, format!("links of the scheme `{}` are shown as text", scheme.escape_debug()), "http, https, mailto and paths within the forum are links"));
            }
        }
    }
}
