//! A link to another site has an address that is safe to follow.

use super::{Judge, Row, Sight};
use crate::content::Topic;
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::markdown::Fault;

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "link-address", severity: Severity::Warning }, judge: Judge::Topic(judge) };

fn judge(sight: &Sight<'_>, topic: &Topic, faults: &mut Vec<Diagnostic>) {
    for post in &topic.posts {
        for fault in &post.file.text_faults {
            let (at, message, hint) = match fault {
                Fault::RefusedScheme { scheme, at } => (
                    at,
                    format!("links of the scheme `{scheme}` are shown as text"),
                    "http, https, mailto and paths within the forum are links",
                ),
                Fault::BrokenAddress { at } => (
                    at,
                    String::from("the address names no host, or has a login in it"),
                    "write it as `https://example.org/…`",
                ),
                _ => continue,
            };
            let path = topic.post_file(sight.content(), post);
            faults.push(ROW.rule.at(path, *at, message, hint));
        }
    }
}
