//! A plan in → the keys of what pages are made *from*, which are found without making the pages. Equal sources make
//! equal pages; unequal ones may, so a page's own key has the last word.

use rayon::prelude::*;

use super::address::{Address, Of};
use super::page::PageId;
use super::plan::Plan;
use crate::content::{PersonId, TopicId};
use crate::key::Key;

/// The keys of what the pages of topics and members are made from.
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
                let topics: Vec<Key> = self.feeding(of).iter().map(|id| sources.topics[*id as usize]).collect();
                Some(Key::of(&(title, Address::of(pages_of), topics)))
            }
            _ => None,
        }
    }
}
