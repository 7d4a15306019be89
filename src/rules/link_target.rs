//! A link within the forum leads somewhere.

use super::attachment_missing::names_file;
use super::{Judge, Row, Sight};
use crate::content::Topic;
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::markdown::LinkKind;

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "link-target", severity: Severity::Warning }, judge: Judge::Topic(judge) };

fn judge(sight: &Sight<'_>, topic: &Topic, faults: &mut Vec<Diagnostic>) {
    for post in &topic.posts {
        for link in post.file.links.iter().filter(|link| link.kind == LinkKind::Link && !names_file(link)) {
            let own = link.target.is_empty() && link.fragment.is_some();
            if own || !sight.leads(topic, &link.target) {
                let fragment = link.fragment.as_ref().map_or_else(String::new, |fragment| format!("#{fragment}"));
                let message = format!("`{}{fragment}` leads nowhere", link.target);
                let hint =
                    "a link is a path from this post's folder, such as `../other-topic/` or `20261101-080000-bob.md`";
                faults.push(ROW.rule.at(topic.post_file(sight.content(), post), link.at, message, hint));
            }
        }
    }
}
