//! The authors of posts have member files. Told once an author, at their first post.

use super::{Context, Judge, Row};
use crate::content::{First, NEVER, Topic, handle_fault};
use crate::diagnostic::{Diagnostic, Rule, Severity, Spot};

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "author-unknown", severity: Severity::Hint }, judge: Judge::Forum(judge) };

fn judge(context: &Context<'_>, faults: &mut Vec<Diagnostic>) {
    let forum = context.forum;
    let mut firsts: Vec<(i64, Option<(&Topic, usize)>)> = forum.people.iter().map(|_| (NEVER, None)).collect();
    for topic in &forum.topics {
        for (share, (author, date)) in topic.posts.authors().iter().zip(topic.posts.summary().begun()).enumerate() {
            let place = &mut firsts[*author as usize];
            if date < place.0 {
                *place = (date, Some((topic, share)));
            }
        }
    }
    for (person, (_, first)) in forum.people.iter().zip(firsts) {
        let (None, Some((topic, share))) = (&person.file, first) else { continue };
        let Some(First { named, stem }) = topic.posts.summary().first(share) else { continue };
        // A handle that can't be one has a fault of its own, and no file would help.
        if !person.guest() && handle_fault(&person.handle).is_some() {
            continue;
        }
        let (at, message) = match named {
            Some(at) => (at, format!("there is no member `{}`; this is their first post", person.handle)),
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
            context.no_member(&person.handle)
        };
        let file = format!("{stem}.md");
        faults.push(ROW.rule.at(topic.file(&forum.content, &file), at, message, hint));
    }
}
