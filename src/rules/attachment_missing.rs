//! A picture or file that a post shows lies beside it.

use super::{Judge, Row, TopicContext};
use crate::content::ReadTopic;
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::markdown::{Link, LinkKind};

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "attachment-missing", severity: Severity::Warning }, judge: Judge::Topic(judge) };

fn judge(context: &TopicContext<'_>, topic: ReadTopic<'_>, faults: &mut Vec<Diagnostic>) {
    for post in topic.posts {
        for link in post.file.links.iter().filter(|link| names_file(link)) {
            if context.target(&link.target).is_none() {
                let message = format!("there is no file `{}`", link.target);
                let hint = "put the file beside the post, and commit both";
                faults.push(ROW.rule.at(topic.post_file(context.content(), post), link.at, message, hint));
            }
        }
    }
}

/// Whether a link means a file that is no post: it shows a picture, or ends as files do.
pub(super) fn names_file(link: &Link) -> bool {
    let ending = || link.target.rsplit_once('.').map_or("", |(_, ending)| ending);
    match link.kind {
        LinkKind::Image => true,
        LinkKind::Link => matches!(ending(), "png" | "jpg" | "jpeg" | "gif" | "webp" | "avif" | "txt" | "zip" | "pdf"),
        LinkKind::Mention => false,
    }
}
