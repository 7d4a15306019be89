//! A handle has the shape of a name: it becomes an address.

use super::{Context, Judge, Row};
use crate::Result;
use crate::content::{Topic, handle_fault, suggested_name};
use crate::diagnostic::Spot;
use crate::diagnostic::{Diagnostic, Rule, Severity};

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "handle-shape", severity: Severity::Error }, judge: Judge::Posts(judge) };

fn judge(context: &Context<'_>, faults: &mut Vec<Diagnostic>) -> Result<()> {
    for (person, id) in context.forum.people.iter().zip(0..).filter(|(person, _)| !person.guest()) {
        let Some(reason) = handle_fault(&person.handle) else { continue };
        let hint = match suggested_name(&person.handle) {
            name if name.is_empty() || handle_fault(&name).is_some() => String::from("choose another handle"),
            name => format!("write `{name}`"),
        };
        let message = format!("`{}` can't be a handle: {reason}", person.handle.escape_debug());
        if let Some(file) = &person.file {
            faults.push(ROW.rule.at(context.path(&file.path), Spot::START, message, hint));
            continue;
        }
        let posted = |topic: &&Topic| topic.posts.authors().contains(&id);
        for topic in context.forum.topics.iter().filter(posted) {
            for post in topic.posts.read()? {
                if let Some(author) = post.file.author.as_ref().filter(|author| **author.value() == *person.handle) {
                    let path = topic.post_file(&context.forum.content, post);
                    faults.push(ROW.rule.at(path, author.spot(), message.clone(), hint.clone()));
                }
            }
        }
    }
    Ok(())
}
