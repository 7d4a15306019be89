//! A topic and the forum around it → all that a topic's judges may see of the forum, and the key of that. They see
//! nothing else, so the key can't miss anything.

use super::Context;
use crate::config::Policy;
use crate::content::{Forum, Place, Places, Topic, TopicId};
use crate::key::{Key, Parts};

/// What a topic's judges see of the forum.
pub(super) struct Sight<'s> {
    forum: &'s Forum,
    places: &'s Places<'s>,
    /// Of each path that the topic links to the place that it leads to or into.
    near: Vec<(&'s str, Option<Place>)>,
}

/// The key of what all topics' judges see alike.
pub(super) fn ground(forum: &Forum) -> Key {
    Key::of(&(&forum.content, &forum.settings.policy, forum.settings.letters_any, forum.shallow))
}

impl<'s> Sight<'s> {
    pub(super) fn new(context: &'s Context<'_>, topic: &'s Topic) -> Sight<'s> {
        let (forum, places) = (context.forum, context.places());
        let links = topic.posts.sketch().links();
        let near = links.map(|path| (path, places.near(&topic.path, path))).collect();
        Sight { forum, places, near }
    }

    /// The key of the topic and of all that is seen besides what [all see alike](ground).
    pub(super) fn key(&self, topic: &Topic) -> Key {
        let own = topic.posts.sketch().key;
        if self.near.is_empty() {
            return own;
        }
        let mut parts = Parts::new(own);
        self.near.iter().for_each(|(_, place)| Place::tell(*place, self.forum, &mut parts));
        parts.whole()
    }

    /// The content folder's path from the repository's top.
    pub(super) fn content(&self) -> &str {
        &self.forum.content
    }

    /// What the forum allows.
    pub(super) fn policy(&self) -> &Policy {
        &self.forum.settings.policy
    }

    /// Whether names may have letters of all scripts.
    pub(super) fn letters_any(&self) -> bool {
        self.forum.settings.letters_any
    }

    /// Whether the history stops short because the clone is shallow.
    pub(super) fn shallow(&self) -> bool {
        self.forum.shallow
    }

    /// What this target of one of the topic's links is.
    pub(super) fn place(&self, topic: &Topic, target: &str) -> Option<Place> {
        let near = self.near.iter().any(|(path, place)| *path == target && place.is_some());
        if near { self.places.from(&topic.path, target) } else { None }
    }

    /// The headings of a post that is the place of a target.
    pub(super) fn headings(&self, topic: TopicId, index: usize) -> &[Box<str>] {
        &self.forum.topics[topic as usize].posts[index].file.headings
    }
}
