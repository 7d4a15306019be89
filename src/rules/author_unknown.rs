//! The author of a post has a member file.

use super::{Context, Judge, Row};
use crate::content::{Topic, handle_fault};
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::diagnostic::Spot;

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "author-unknown", severity: Severity::Hint }, judge: Judge::Topic(judge) };

fn judge(context: &Context<'_>, topic: &Topic, faults: &mut Vec<Diagnostic>) {
    for post in &topic.posts {
        let person = context.forum.person(post.author);
        // A handle that can't be one has a fault of its own, and no file would help.
        if person.file.is_some() || !person.guest() && handle_fault(&person.handle).is_some() {
            continue;
        }
        let path = topic.post_file(&context.forum.content, post);
        let (at, message) = match &post.file.author {
            Some(author) => (author.at, format!("there is no member `{}`", author.value)),
            None if person.handle == "~unknown" => (Spot::START, String::from("neither the file nor the history says who wrote this")),
            None => (Spot::START, format!("`{}`, who committed this, is no member by the commit's address", person.name)),
        };
        let hint = if person.guest() {
            String::from("add `author: …` to the file, or the commit's address to a member's `emails`")
        } else {
            format!("add {}", context.path(&format!("members/{}.yml", person.handle)))
        };
        faults.push(ROW.rule.at(path, at, message, hint));
    }
}
