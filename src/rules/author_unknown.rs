//! The authors of posts have member files. Told once an author, at their first post.

use rayon::prelude::*;

use super::{Context, Judge, Row};
use crate::content::{Moment, Topic, handle_fault};
use crate::diagnostic::{Diagnostic, Rule, Severity, Spot};

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "author-unknown", severity: Severity::Hint }, judge: Judge::Forum(judge) };

fn judge(context: &Context<'_>, faults: &mut Vec<Diagnostic>) {
    let forum = context.forum;
    let mut first: Vec<Option<(&Topic, Moment)>> = forum.people.iter().map(|_| None).collect();
    for topic in &forum.topics {
        for (author, share) in topic.posts.authors() {
            let place = &mut first[author as usize];
            if let Some(earliest) = share.earliest
                && place.is_none_or(|(_, other)| earliest.date < other.date)
            {
                *place = Some((topic, earliest));
            }
        }
    }
    // The posts have to be read.
    let each = forum.people.par_iter().zip(first).filter_map(|(person, first)| {
        let (None, Some((topic, earliest))) = (&person.file, first) else { return None };
        let post = topic.posts.get(earliest.index as usize)?;
        // A handle that can't be one has a fault of its own, and no file would help.
        if !person.guest() && handle_fault(&person.handle).is_some() {
            return None;
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
            context.no_member(&person.handle)
        };
        Some(ROW.rule.at(topic.post_file(&forum.content, post), at, message, hint))
    });
    faults.par_extend(each);
}
