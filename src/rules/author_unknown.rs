//! The author of a post has a member file.

use super::{Context, Judge, Row};
use crate::content::Topic;
use crate::diagnostic::{Diagnostic, Rule, Severity};
use crate::diagnostic::Spot;

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "author-unknown", severity: Severity::Hint }, judge: Judge::Topic(judge) };

fn judge(context: &Context<'_>, topic: &Topic, faults: &mut Vec<Diagnostic>) {
    for post in &topic.posts {
        let person = context.forum.person(post.author);
        if person.file.is_some() {
            continue;
        }
        let path = topic.post_file(&context.forum.content, post);
        let (at, message) = match &post.file.author {
            Some(author) => (author.at, format!("there is no member `{}`", author.value)),
            None => (Spot::START, format!("nobody among the members is bound to the commit of `{}`", person.name)),
        };
        let hint = if person.guest() {
            String::from("name the author, or add the commit's address to a member's `emails`")
        } else {
            format!("add {}", context.path(&format!("members/{}.yml", person.handle)))
        };
        faults.push(ROW.rule.at(path, at, message, hint));
    }
}
