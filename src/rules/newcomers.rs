//! A forum → those who have posted and have no member's file, each with the first of their posts: the place at which
//! rules tell what is wrong with them.

use crate::content::{First, Forum, NEVER, Person, Topic, handle_fault};
use crate::diagnostic::Spot;

/// The first post of somebody.
#[derive(Debug)]
pub(super) struct FirstPost {
    /// Its path, from the repository's top.
    pub path: String,
    /// Where it names its author; the start of the file where the history does.
    pub at: Spot,
    /// Whether it names them.
    pub named: bool,
}

/// Everybody without a file, under a good handle or known by a commit, whose first post is known; by handle.
pub(super) fn find(forum: &Forum) -> Vec<(&Person, FirstPost)> {
    let mut firsts: Vec<(i64, Option<(&Topic, usize)>)> = forum.people.iter().map(|_| (NEVER, None)).collect();
    for topic in &forum.topics {
        for (share, (author, date)) in topic.posts.authors().iter().zip(topic.posts.summary().begun()).enumerate() {
            let place = &mut firsts[*author as usize];
            if date < place.0 {
                *place = (date, Some((topic, share)));
            }
        }
    }
    let first = |topic: &Topic, share: usize| {
        let First { named, stem } = topic.posts.summary().first(share)?;
        let path = topic.file(&forum.content, &format!("{stem}.md"));
        Some(FirstPost { path, at: named.unwrap_or(Spot::START), named: named.is_some() })
    };
    // A handle that can't be one has a fault of its own, and no file would help.
    let good = |person: &Person| person.guest() || handle_fault(&person.handle).is_none();
    let people = forum.people.iter().zip(firsts).filter(|(person, _)| person.file.is_none() && good(person));
    let each =
        people.filter_map(|(person, (_, place))| Some((person, place.and_then(|(topic, at)| first(topic, at))?)));
    each.collect()
}
