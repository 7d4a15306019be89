//! A file beside a post is of a type, size and content that may be published.

use super::{Judge, Row, TopicContext};
use crate::content::{AttachmentFault, ReadTopic};
use crate::diagnostic::Spot;
use crate::diagnostic::{Diagnostic, Rule, Severity};

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "attachment-type", severity: Severity::Warning }, judge: Judge::Topic(judge) };

fn judge(context: &TopicContext<'_>, topic: ReadTopic<'_>, faults: &mut Vec<Diagnostic>) {
    for attachment in &topic.attachments {
        let Err(fault) = &attachment.kind else { continue };
        let (message, hint) = match fault {
            AttachmentFault::Type => (
                String::from("files of this type are not published"),
                "png, jpg, gif, webp and avif are; txt, zip and pdf where forum.yml says so",
            ),
            AttachmentFault::Bytes => {
                (String::from("the file is not what its ending says"), "save it again as what it is")
            }
            AttachmentFault::TooLarge { bytes } => (
                format!("the file has {bytes} bytes, at most {} are allowed", context.policy().attachment_bytes),
                "make it smaller, or raise `policy: { attachment_bytes: … }` in forum.yml",
            ),
            AttachmentFault::TooManyPixels => {
                (String::from("the picture has more than 50 million pixels"), "make it smaller")
            }
        };
        faults.push(ROW.rule.at(topic.file(context.content(), &attachment.name), Spot::START, message, hint));
    }
}
