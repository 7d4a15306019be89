//! A link within the forum leads somewhere.

use super::attachment_missing::names_file;
use super::topic_context::LinkedTo;
use super::{Judge, Row, TopicContext};
use crate::content::ReadTopic;
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::markdown::{Link, LinkKind, heading};

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "link-target", severity: Severity::Warning }, judge: Judge::Topic(judge) };

fn judge(context: &TopicContext<'_>, topic: ReadTopic<'_>, faults: &mut Vec<Diagnostic>) {
    for post in topic.posts {
        for link in post.file.links.iter().filter(|link| link.kind == LinkKind::Link && !names_file(link)) {
            if let Some(hint) = fault(context, link) {
                let fragment = link.fragment.as_ref().map_or_else(String::new, |fragment| format!("#{fragment}"));
                let message = format!("`{}{fragment}` leads nowhere", link.target);
                faults.push(ROW.rule.at(topic.post_file(context.content(), post), link.at, message, hint));
            }
        }
    }
}

/// What to do about a link that leads nowhere.
fn fault(context: &TopicContext<'_>, link: &Link) -> Option<&'static str> {
    let no_heading = "a heading's name is its words in small letters with `-` for spaces: `#first-flush`";
    match context.target(&link.target) {
        // What is left open of the links within a post names a heading that it hasn't.
        _ if link.target.is_empty() && link.fragment.is_some() => Some(no_heading),
        None => Some("a link is a path from this post's folder, such as `../other-topic/` or `20261101-080000-bob.md`"),
        Some(LinkedTo::Post(headings)) => {
            let fragment = link.fragment.as_deref().filter(|fragment| !fragment.is_empty())?;
            heading(headings, fragment).is_none().then_some(no_heading)
        }
        Some(LinkedTo::Other) => None,
    }
}
