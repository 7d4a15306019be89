//! A topic and the forum around it → all that the topic's pages and its entries in feeds may see of the forum, and the
//! key of that. They see nothing else, so that the key can't miss anything and a topic's posts need only be read where
//! it has changed.

use super::address::Address;
use super::card::Card;
use super::frame::Crumb;
use super::links::{Link, Links, post_address};
use super::plan::Plan;
use super::tag::Tag;
use super::topic::Neighbour;
use crate::Result;
use crate::content::{Forum, LinkTarget, PersonId, Post, PostFile, Topic, TopicId};
use crate::key::{Key, Parts};
use crate::markdown::LinkKind;

/// A topic and what it sees of the forum.
pub(super) struct TopicContext<'f> {
    pub topic: &'f Topic,
    /// How many posts stand on a page.
    pub each: u32,
    /// The way to the topic's board, that board included.
    pub crumbs: &'f [Crumb<'f>],
    pub tags: Vec<Tag<'f>>,
    /// The topics opened before and after it in its board.
    around: (Option<TopicId>, Option<TopicId>),
    /// Nobody replies in the topic's board.
    pub read_only: bool,
    crumbs_key: Key,
    id: TopicId,
    forum: &'f Forum,
    all: &'f Links<'f>,
    cards: &'f [Card],
    card_keys: &'f [Key],
    /// Of each path that the topic links to the place that it leads to or into.
    near: Vec<(&'f str, Option<LinkTarget>)>,
    /// Whom it mentions.
    mentions: Vec<(&'f str, Option<PersonId>)>,
}

impl<'f> Plan<'f> {
    /// The topic of this id as its pages see it.
    pub(super) fn topic_context(&'f self, id: TopicId) -> TopicContext<'f> {
        let forum = self.forum;
        let topic = &forum.topics[id as usize];
        let places = self.links.places();
        let summary = topic.posts.summary();
        TopicContext {
            topic,
            each: forum.settings.posts_per_page,
            crumbs: &self.crumbs[topic.board as usize],
            read_only: forum.boards[topic.board as usize].read_only,
            crumbs_key: self.crumb_keys[topic.board as usize],
            tags: self.tags_of(id),
            around: self.neighbours(id),
            id,
            forum,
            all: &self.links,
            cards: &self.cards,
            card_keys: &self.card_keys,
            near: summary.links().map(|path| (path, places.near(&topic.path, path))).collect(),
            mentions: summary.mentions().map(|handle| (handle, places.person(handle))).collect(),
        }
    }
}

impl<'f> TopicContext<'f> {
    /// The key of the topic and of all that is seen besides; of what is the same for all topics, such as the settings,
    /// `salt` is the key.
    pub(super) fn key(&self, salt: Key) -> Key {
        let summary = self.topic.posts.summary();
        let mut parts = Parts::new(salt);
        parts.key(summary.key);
        parts.key(self.crumbs_key);
        parts.number(u32::from(self.read_only));
        for id in [self.around.0, self.around.1] {
            let label = id.map(|id| self.forum.topics[id as usize].posts.summary().label);
            parts.number(u32::from(label.is_some()));
            label.into_iter().for_each(|label| parts.key(label));
        }
        self.tell_tags(&mut parts);
        for (id, place) in self.topic.posts.people().iter().zip(0_u32..) {
            // The topic's key tells its names, and so all that there is to know of some.
            if !self.forum.person(*id).nameless() {
                parts.number(place);
                parts.key(self.card_keys[*id as usize]);
            }
        }
        parts.number(u32::MAX);
        for (_, found) in &self.mentions {
            self.tell_person(&mut parts, *found);
        }
        for (_, place) in &self.near {
            LinkTarget::tell(*place, self.forum, &mut parts);
            if let Some(LinkTarget::Person(id)) = place {
                self.tell_person(&mut parts, Some(*id));
            }
        }
        // The posts tell their keys, and their authors' cards whether they are anonymous.
        for holder in summary.signed().map(|key| self.forum.keys.holder(key)) {
            parts.number(u32::from(holder.is_some()));
            holder.into_iter().for_each(|handle| parts.text(handle));
        }
        parts.whole()
    }

    /// The topics opened before and after it in its board.
    pub(super) fn neighbours(&self) -> (Option<Neighbour<'f>>, Option<Neighbour<'f>>) {
        let neighbour = |id: TopicId| {
            let topic = &self.forum.topics[id as usize];
            Neighbour { title: topic.title(), address: Address::folder(&topic.path) }
        };
        (self.around.0.map(neighbour), self.around.1.map(neighbour))
    }

    /// Tells what the topic's key doesn't of how its tags are called: it tells how the topic itself spells them.
    fn tell_tags(&self, parts: &mut Parts) {
        // Of spellings that are one tag, or none, it isn't told here which is which.
        let apart = self.topic.posts.summary().tags().count() == self.tags.len();
        for ((tag, spelled), place) in self.tags.iter().zip(self.topic.posts.summary().tags()).zip(0_u32..) {
            if !apart || tag.title != spelled.trim() {
                parts.number(place);
                parts.text(tag.title);
            }
        }
        parts.number(u32::MAX);
    }

    /// Tells what a handle, which the topic's key tells, doesn't say of somebody.
    fn tell_person(&self, parts: &mut Parts, found: Option<PersonId>) {
        match found {
            None => parts.number(0),
            Some(id) if self.forum.person(id).nameless() => parts.number(1),
            Some(id) => {
                parts.number(2);
                parts.key(self.card_keys[id as usize]);
            }
        }
    }

    /// The fingerprint of the key that signed a post's text, where it is the author's.
    pub(super) fn verified(&self, post: &'f Post) -> Option<&'f str> {
        let author = self.forum.person(post.author);
        let key = post.signed.as_deref().filter(|_| !author.anonymous())?;
        (self.forum.keys.holder(key) == Some(&author.handle)).then_some(key)
    }

    /// The card of somebody who wrote or changed a post.
    pub(super) fn card(&self, id: PersonId) -> &'f Card {
        debug_assert!(self.topic.posts.people().contains(&id), "the key knows everybody who is shown");
        &self.cards[id as usize]
    }

    /// The address of the topic's post at the place `index`.
    pub(super) fn address(&self, index: usize, post: &'f Post) -> Address<'f> {
        post_address(self.forum, self.id, index, &post.file.stem)
    }

    /// What a post of the topic links to.
    pub(super) fn links(&self, post: &'f PostFile) -> Result<Vec<Link<'f>>> {
        debug_assert!(
            post.links.iter().all(|link| match link.kind {
                LinkKind::Mention => self.mentions.iter().any(|(handle, _)| *handle == link.target),
                LinkKind::Link | LinkKind::Image => self.near.iter().any(|(path, _)| *path == link.target),
            }),
            "the key knows everything that is linked to"
        );
        self.all.of(self.cards, &self.topic.path, post)
    }
}
