//! The authors of posts have member files. Told once an author, at their first post.

use super::{Context, Judge, Row};
use crate::content::{Post, Topic, handle_fault};
use crate::diagnostic::{Diagnostic, Rule, Severity, Spot};

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "author-unknown", severity: Severity::Hint }, judge: Judge::Forum(judge) };

fn judge(context: &Context<'_>, faults: &mut Vec<Diagnostic>) {
    let forum = context.forum;
    let mut first: Vec<Option<(&Topic, &Post)>> = forum.people.iter().map(|_| None).collect();
    for topic in &forum.topics {
        for post in topic.posts.iter().filter(|post| !post.file.unread) {
            let place = &mut first[post.author as usize];
            if place.is_none_or(|(_, other)| post.date < other.date) {
                *place = Some((topic, post));
            }
        }
    }
    for (person, first) in forum.people.iter().zip(first) {
        let (None, Some((topic, post))) = (&person.file, first) else { continue };
        // A handle that can't be one has a fault of its own, and no file would help.
        if !person.guest() && handle_fault(&person.handle).is_some() {
            continue;
        }
        let (at, message) = match &post.file.author {
            Some(author) => (author.at, format!("there is no member `{}`; this is their first post", author.value)),
            None if person.handle == "~unknown" => {
                (Spot::START, String::from("neither the file nor the history says who wrote this"))
            }
            None => {
                let message = format!("`{}`, who committed this, is no member by the commit's address", person.name);
                (Spot::START, message)
            }
        };
        let hint = if person.guest() {
            String::from("add `author: …` to the file, or the commit's address to a member's `emails`")
        } else {
            format!("add {}", context.path(&format!("members/{}.yml", person.handle)))
        };
        faults.push(ROW.rule.at(topic.post_file(&forum.content, post), at, message, hint));
    }
}
