//! A plan in → the keys of what pages are made *from*, which are found without making the pages. Equal sources make
//! equal pages; unequal ones may, so a page's own key has the last word.

use rayon::prelude::*;
use serde::Serialize;

use super::address::{Address, Of};
use super::page::PageId;
use super::paging::Paging;
use super::plan::Plan;
use crate::content::draft::shelf;
use crate::content::{BoardId, TopicId};
use crate::key::{Key, Parts};

/// The keys of what topics show, and of how lists name boards.
#[derive(Debug)]
pub struct Sources {
    /// What all pages depend on besides.
    salt: Key,
    topics: Vec<Key>,
    /// How boards are called and where they are, all of them.
    boards: Key,
}

impl<'f> Plan<'f> {
    /// The sources of all topics and boards; `salt` is the key of what all pages depend on besides, such as settings and
    /// theme.
    #[must_use]
    pub fn sources(&'f self, salt: Key) -> Sources {
        let topics = (0..self.forum.topics.len() as TopicId).into_par_iter().with_min_len(64);
        let boards: Vec<_> = self.forum.boards.iter().map(|board| (&board.title, &board.path)).collect();
        Sources { salt, topics: topics.map(|id| self.topic_context(id).key(salt)).collect(), boards: Key::of(&boards) }
    }

    /// The key of what a page is made from; `None` for pages that are quick to make.
    #[must_use]
    pub fn source(&'f self, id: PageId, sources: &Sources) -> Option<Key> {
        match id {
            // Which of its pages it is, the page's place tells.
            PageId::Topic(id, _) => Some(sources.topics[id as usize]),
            PageId::Member(id, number) => {
                let about = self.forum.person(id).file.as_ref().map_or("", |file| &file.member.about);
                let own = (self.card_keys[id as usize], about, number, self.member_pages(id), sources.boards);
                Some(Key::salted(sources.salt, &(own, self.authors.page(id, number))))
            }
            PageId::Feed(of) => {
                let (title, pages_of): (&str, Of<'_>) = self.fed(of);
                Some(Key::salted(sources.salt, &(title, Address::of(pages_of), listed(&self.feeding(of), sources))))
            }
            PageId::Board(id, number) => {
                let board = &self.forum.boards[id as usize];
                let topics = &self.boards[id as usize].topics;
                let each = self.forum.settings.topics_per_page;
                let count = Paging::Backward.count(topics.len(), each);
                let rows = &topics[Paging::Backward.range(topics.len(), each, number)];
                let own = (&board.title, &board.description, board.read_only, self.crumb_keys[id as usize]);
                // The front page shows more than a list.
                let front = (number == count).then(|| self.front(id, sources));
                Some(Key::salted(sources.salt, &(own, number, count, listed(rows, sources), front)))
            }
            PageId::Tag(index, number) => {
                let tag = &self.tags[index];
                let each = self.forum.settings.topics_per_page;
                let count = Paging::Backward.count(tag.topics.len(), each);
                let rows = &tag.topics[Paging::Backward.range(tag.topics.len(), each, number)];
                Some(Key::salted(sources.salt, &(tag.title, &tag.slug, number, count, listed(rows, sources))))
            }
            PageId::Sitemap(number) => {
                let mut parts = Parts::new(sources.salt);
                for &id in self.sitemap(number) {
                    match id {
                        PageId::Topic(id, number) => {
                            parts.number(number);
                            parts.key(sources.topics[id as usize]);
                        }
                        // Pages of topics are numbered from 1.
                        id => {
                            parts.number(0);
                            parts.text(&self.file(id));
                        }
                    }
                }
                Some(parts.whole())
            }
            _ => None,
        }
    }
}

impl<'f> Plan<'f> {
    /// What the front page of a board shows besides a list of topics.
    fn front(&'f self, id: BoardId, sources: &Sources) -> impl Serialize + use<'f> {
        let board = &self.forum.boards[id as usize];
        let counts = self.board_counts[id as usize];
        let boards: Vec<_> = board.boards.iter().map(|&id| self.board_row(id)).collect();
        let new_topics = shelf(self.forum, board).unwrap_or(&board.path);
        (counts.topics, counts.posts, listed(&self.boards[id as usize].pinned, sources), boards, new_topics)
    }
}

/// The keys of what a list of topics shows: no more of each than its own pages do.
fn listed(topics: &[TopicId], sources: &Sources) -> Vec<Key> {
    topics.iter().map(|id| sources.topics[*id as usize]).collect()
}
