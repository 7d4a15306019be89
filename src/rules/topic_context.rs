//! A topic and the forum around it → all that a topic's judges may see of the forum, and the key of that. They see
//! nothing else, so the key can't miss anything.

use std::collections::HashMap;

use super::Context;
use crate::Result;
use crate::config::Policy;
use crate::content::{Forum, LinkTarget, ReadTopic, Resolver, Topic};
use crate::key::{Key, Parts};

/// What is around a topic that its posts lead to. No posts are read for it.
pub(super) struct TopicLinks<'s> {
    forum: &'s Forum,
    places: &'s Resolver<'s>,
    /// Of each path that the topic links to the place that it leads to or into.
    near: Vec<(&'s str, Option<LinkTarget>)>,
}

/// What a topic's judges see of the forum.
pub(super) struct TopicContext<'s> {
    forum: &'s Forum,
    /// What each path leads to that the topic links to; of those that lead nowhere there is none.
    targets: HashMap<&'s str, LinkedTo<'s>>,
}

/// What a link leads to.
#[derive(Debug, Clone, Copy)]
pub(super) enum LinkedTo<'s> {
    /// A post with these headings.
    Post(&'s [Box<str>]),
    /// Anything else.
    Other,
}

/// The key of what all topics' judges see alike.
pub(super) fn shared_key(forum: &Forum) -> Key {
    Key::of(&(&forum.content, &forum.settings.policy, forum.settings.letters_any, forum.shallow))
}

impl<'s> TopicLinks<'s> {
    pub(super) fn new(context: &'s Context<'_>, topic: &'s Topic) -> TopicLinks<'s> {
        let (forum, places) = (context.forum, context.places());
        let links = topic.posts.summary().links();
        let near = links.map(|path| (path, places.near(&topic.path, path))).collect();
        TopicLinks { forum, places, near }
    }

    /// The key of the topic and of all that is seen besides what [all see alike](shared_key).
    pub(super) fn key(&self, topic: &Topic) -> Key {
        let own = topic.posts.summary().key;
        if self.near.is_empty() {
            return own;
        }
        let mut parts = Parts::new(own);
        self.near.iter().for_each(|(_, place)| LinkTarget::tell(*place, self.forum, &mut parts));
        parts.whole()
    }

    /// What the topic's judges see.
    ///
    /// # Errors
    /// The posts that the topic links to can't be read.
    pub(super) fn context(&self, topic: ReadTopic<'s>) -> Result<TopicContext<'s>> {
        let mut targets = HashMap::new();
        for (path, _) in self.near.iter().filter(|(_, near)| near.is_some()) {
            match self.places.from(&topic.path, path)? {
                Some(LinkTarget::Post(id, index)) => {
                    let post = &self.forum.topics[id as usize].posts.read()?[index];
                    targets.insert(*path, LinkedTo::Post(&post.file.headings));
                }
                Some(_) => drop(targets.insert(*path, LinkedTo::Other)),
                None => {}
            }
        }
        Ok(TopicContext { forum: self.forum, targets })
    }
}

impl<'s> TopicContext<'s> {
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

    /// What a path leads to that is the target of one of the topic's links; `None` where it leads nowhere.
    pub(super) fn target(&self, path: &str) -> Option<LinkedTo<'s>> {
        self.targets.get(path).copied()
    }
}
