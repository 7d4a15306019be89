//! A plan in → the keys of what pages are made *from*, which are found without making the pages. Equal sources make
//! equal pages; unequal ones may, so a page's own key has the last word.

use rayon::prelude::*;

use super::address::{Address, Of};
use super::page::PageId;
use super::paging::Paging;
use super::plan::Plan;
use crate::content::{PersonId, TopicId};
use crate::key::Key;

/// The keys of what topics and members show.
#[derive(Debug)]
pub struct Sources {
    topics: Vec<Key>,
    members: Vec<Key>,
}

impl<'f> Plan<'f> {
    /// The sources of all topics and members.
    #[must_use]
    pub fn sources(&'f self) -> Sources {
        let forum = self.forum;
        let topics = (0..forum.topics.len() as TopicId).into_par_iter().with_min_len(64);
        let boards: Vec<Key> = forum.boards.iter().map(|board| Key::of(&(&board.title, &board.path))).collect();
        let people = (0..forum.people.len() as PersonId).into_par_iter().with_min_len(64);
        let member = |id: PersonId| {
            let shares = self.shares_of(id).iter().map(|(topic, share)| {
                let topic = &forum.topics[*topic as usize];
                (topic.posts.sketch().shares[*share as usize].key, boards[topic.board as usize])
            });
            let about = forum.person(id).file.as_ref().map_or("", |file| &file.member.about);
            Key::of(&(self.card_keys[id as usize], about, shares.collect::<Vec<_>>()))
        };
        Sources { topics: topics.map(|id| self.scene(id).key()).collect(), members: people.map(member).collect() }
    }

    /// The key of what a page is made from, besides the settings; `None` for pages that are quick to make.
    #[must_use]
    pub fn source(&'f self, id: PageId, sources: &Sources) -> Option<Key> {
        match id {
            PageId::Topic(id, number) => Some(Key::of(&(sources.topics[id as usize], number))),
            PageId::Member(id, number) => Some(Key::of(&(sources.members[id as usize], number))),
            PageId::Feed(of) => {
                let (title, pages_of): (&str, Of<'_>) = self.fed(of);
                Some(Key::of(&(title, Address::of(pages_of), listed(&self.feeding(of), sources))))
            }
            PageId::Board(id, number) => {
                let board = &self.forum.boards[id as usize];
                let topics = &self.boards[id as usize].topics;
                let each = self.forum.settings.topics_per_page;
                let count = Paging::Backward.count(topics.len(), each);
                // The front page shows more than a list.
                let rows = &topics[Paging::Backward.range(topics.len(), each, number)];
                let own = (&board.title, &board.description, board.read_only, self.crumb_keys[id as usize]);
                (number < count).then(|| Key::of(&(own, number, count, listed(rows, sources))))
            }
            PageId::Tag(index, number) => {
                let tag = &self.tags[index];
                let each = self.forum.settings.topics_per_page;
                let count = Paging::Backward.count(tag.topics.len(), each);
                let rows = &tag.topics[Paging::Backward.range(tag.topics.len(), each, number)];
                Some(Key::of(&(tag.title, &tag.slug, number, count, listed(rows, sources))))
            }
            _ => None,
        }
    }
}

/// The keys of what a list of topics shows: no more of each than its own pages do.
fn listed(topics: &[TopicId], sources: &Sources) -> Vec<Key> {
    topics.iter().map(|id| sources.topics[*id as usize]).collect()
}
