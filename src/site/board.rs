//! Boards and topics in → the home page and the pages of boards out.

use serde::Serialize;

use super::address::{Address, Of};
use super::card::Card;
use super::frame::{Crumb, Frame};
use super::links::last_address;
use super::paging::{Pager, Paging};
use super::plan::Plan;
use super::tag::Tag;
use crate::content::draft::shelf;
use crate::content::{BoardId, Forum, TopicId};

/// How many topics the home page shows.
const LATEST_TOPICS: usize = 10;

/// The home page.
#[derive(Debug, Serialize)]
pub struct HomePage<'f> {
    /// What stands around it.
    pub frame: Frame<'f>,
    /// The boards that lie in no other.
    pub boards: Vec<BoardRow<'f>>,
    /// The topics with the latest posts.
    pub latest: Vec<TopicRow<'f>>,
    /// How many parts the table of old addresses has; none where none of them is of this page.
    pub parts: u32,
}

/// One page of a board.
#[derive(Debug, Serialize)]
pub struct BoardPage<'f> {
    /// What stands around it.
    pub frame: Frame<'f>,
    /// Its title.
    pub title: &'f str,
    /// A few words about it.
    pub description: &'f str,
    /// Nobody posts here.
    pub read_only: bool,
    /// The boards in it; on the front page.
    pub boards: Vec<BoardRow<'f>>,
    /// The pinned topics; on the front page.
    pub pinned: Vec<TopicRow<'f>>,
    /// The other topics, the one with the latest post first.
    pub topics: Vec<TopicRow<'f>>,
    /// This page among the board's.
    pub pager: Pager<'f>,
    /// The folder below the content folder in which people open topics; on the front page, and nowhere in a board that
    /// is read only.
    pub new_topics: Option<&'f str>,
    /// How many topics and posts are in it; on the front page.
    pub counts: Option<(u64, u64)>,
}

/// A board in a list.
#[derive(Debug, Serialize)]
pub struct BoardRow<'f> {
    /// Its title.
    pub title: &'f str,
    /// A few words about it.
    pub description: &'f str,
    /// Its address.
    pub address: Address<'f>,
    /// How many topics are in it and in the boards in it.
    pub topics: u64,
    /// How many posts.
    pub posts: u64,
    /// The latest of them.
    pub latest: Option<Latest<'f>>,
    /// The boards in it.
    pub boards: Vec<Crumb<'f>>,
}

/// The latest post of a board.
#[derive(Debug, Serialize)]
pub struct Latest<'f> {
    /// Its topic's title.
    pub title: &'f str,
    /// Its address.
    pub address: Address<'f>,
    /// Who wrote it.
    pub author: &'f Card,
    /// When.
    pub date: i64,
}

/// A topic in a list.
#[derive(Debug, Serialize)]
pub struct TopicRow<'f> {
    /// Its title.
    pub title: &'f str,
    /// Its address.
    pub address: Address<'f>,
    /// The board that it lies in, where the list isn't that board's.
    pub board: Option<Crumb<'f>>,
    /// Who opened it.
    pub starter: &'f Card,
    /// When.
    pub started: i64,
    /// How many posts it has besides the opening post.
    pub replies: u64,
    /// Who wrote the last post.
    pub last: &'f Card,
    /// When.
    pub last_date: i64,
    /// Its address.
    pub last_address: Address<'f>,
    /// The topic's tags.
    pub tags: Vec<Tag<'f>>,
    /// Moderators have pinned it.
    pub pinned: bool,
    /// Nobody replies any more.
    pub locked: bool,
    /// A post was accepted as the answer.
    pub answered: bool,
    /// How many pages it has.
    pub pages: u32,
}

/// What a board and the boards in it hold.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct BoardCounts {
    pub topics: u64,
    pub posts: u64,
    pub latest: Option<(i64, TopicId)>,
}

/// The counts of all boards.
pub(super) fn board_counts(forum: &Forum) -> Vec<BoardCounts> {
    let mut board_counts = vec![BoardCounts::default(); forum.boards.len()];
    for (topic, id) in forum.topics.iter().zip(0..) {
        let counts = &mut board_counts[topic.board as usize];
        counts.topics += 1;
        counts.posts += topic.posts.len() as u64;
        counts.latest = counts.latest.max(Some((topic.posts.summary().last, id)));
    }
    // Boards come before the boards in them: backwards, each is whole before it is added to the one above.
    for id in (0..forum.boards.len()).rev() {
        let own = board_counts[id];
        if let Some(parent) = forum.boards[id].parent {
            let above = &mut board_counts[parent as usize];
            above.topics += own.topics;
            above.posts += own.posts;
            above.latest = above.latest.max(own.latest);
        }
    }
    board_counts
}

/// The way from the home page to a board, that board included.
pub(super) fn crumbs(forum: &Forum, board: Option<BoardId>) -> Vec<Crumb<'_>> {
    let above = std::iter::successors(board, |&id| forum.boards[id as usize].parent);
    let mut crumbs: Vec<Crumb<'_>> = above
        .map(|id| {
            let board = &forum.boards[id as usize];
            Crumb { title: &board.title, address: Address::folder(&board.path) }
        })
        .collect();
    crumbs.reverse();
    crumbs
}

impl<'f> Plan<'f> {
    pub(super) fn home_page(&'f self) -> HomePage<'f> {
        let forum = self.forum;
        HomePage {
            frame: Frame {
                title: "",
                number: None,
                address: Address::of(Of::Home),
                crumbs: Vec::new(),
                feed: Some((&forum.settings.title, Address::feed(Of::Home))),
                unlisted: false,
            },
            boards: forum.top_boards.iter().map(|&id| self.board_row(id)).collect(),
            latest: self.active.iter().rev().take(LATEST_TOPICS).map(|&id| self.topic_row(id, true)).collect(),
            parts: if self.moved.of_home() { self.moved.parts() } else { 0 },
        }
    }

    pub(super) fn board_page(&'f self, id: BoardId, number: u32) -> BoardPage<'f> {
        let forum = self.forum;
        let board = &forum.boards[id as usize];
        let lists = &self.boards[id as usize];
        let each = forum.settings.topics_per_page;
        let count = Paging::Backward.count(lists.topics.len(), each);
        let pager = Paging::Backward.pager(Address::folder(&board.path), number, count);
        let range = Paging::Backward.range(lists.topics.len(), each, number);
        let front = number == count;
        let counts = self.board_counts[id as usize];
        let boards: &[BoardId] = if front { &board.boards } else { &[] };
        let pinned: &[TopicId] = if front { &lists.pinned } else { &[] };
        BoardPage {
            frame: Frame {
                title: &board.title,
                number: (!front).then_some(number),
                address: pager.here(),
                crumbs: crumbs(forum, board.parent),
                feed: Some((&board.title, Address::feed(Of::Folder(&board.path)))),
                unlisted: false,
            },
            title: &board.title,
            description: &board.description,
            read_only: board.read_only,
            boards: boards.iter().map(|&id| self.board_row(id)).collect(),
            pinned: pinned.iter().rev().map(|&id| self.topic_row(id, false)).collect(),
            topics: lists.topics[range].iter().rev().map(|&id| self.topic_row(id, false)).collect(),
            pager,
            new_topics: (front && !board.read_only).then(|| shelf(forum, board).unwrap_or(&board.path)),
            counts: front.then_some((counts.topics, counts.posts)),
        }
    }

    pub(super) fn board_row(&'f self, id: BoardId) -> BoardRow<'f> {
        let forum = self.forum;
        let board = &forum.boards[id as usize];
        let counts = self.board_counts[id as usize];
        let inner = board.boards.iter().map(|&id| {
            let board = &forum.boards[id as usize];
            Crumb { title: &board.title, address: Address::folder(&board.path) }
        });
        BoardRow {
            title: &board.title,
            description: &board.description,
            address: Address::folder(&board.path),
            topics: counts.topics,
            posts: counts.posts,
            latest: counts.latest.map(|(date, id)| {
                let topic = &forum.topics[id as usize];
                Latest {
                    title: topic.title(),
                    address: last_address(forum, id),
                    author: self.card(topic.posts.last_author()),
                    date,
                }
            }),
            boards: inner.collect(),
        }
    }

    pub(super) fn topic_row(&'f self, id: TopicId, with_board: bool) -> TopicRow<'f> {
        let forum = self.forum;
        let topic = &forum.topics[id as usize];
        let board = &forum.boards[topic.board as usize];
        let summary = topic.posts.summary();
        TopicRow {
            title: topic.title(),
            address: Address::folder(&topic.path),
            board: with_board.then(|| Crumb { title: &board.title, address: Address::folder(&board.path) }),
            starter: self.card(topic.posts.opener()),
            started: summary.opened,
            replies: topic.posts.len() as u64 - 1,
            last: self.card(topic.posts.last_author()),
            last_date: summary.last,
            last_address: last_address(forum, id),
            tags: self.tags_of(id),
            pinned: topic.moderation.pinned.is_some(),
            locked: topic.moderation.locked.is_some(),
            answered: topic.moderation.answer.is_some(),
            pages: Paging::Forward.count(topic.posts.len(), forum.settings.posts_per_page),
        }
    }
}
