//! The latest posts of the forum, a board or a tag in → what a feed holds out.

use git2::Oid;
use serde::Serialize;

use super::address::{Address, Of};
use super::card::Card;
use super::links::{Link, post_address};
use super::plan::Plan;
use super::topic::blob;
use crate::content::{BoardId, TopicId};

/// How many posts a feed holds.
const ENTRIES: usize = 20;

/// What a feed is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FeedOf {
    /// The whole forum.
    Forum,
    /// A board and the boards in it.
    Board(BoardId),
    /// The topics of a tag.
    Tag(usize),
}

/// A feed.
#[derive(Debug, Serialize)]
pub struct FeedPage<'f> {
    /// What it is of: the title of a board, a tag, or empty for the forum.
    pub title: &'f str,
    /// The address of the page that shows the same.
    pub page: Address<'f>,
    /// Its own address.
    pub address: Address<'f>,
    /// The latest posts, the latest first.
    pub entries: Vec<Entry<'f>>,
}

/// A post in a feed.
#[derive(Debug, Serialize)]
pub struct Entry<'f> {
    /// Its topic's title.
    pub title: &'f str,
    /// Whether it opens the topic.
    pub opening: bool,
    /// Its address.
    pub address: Address<'f>,
    /// Its stem.
    pub stem: &'f str,
    /// Its topic's folder below the content folder.
    pub path: &'f str,
    /// Who wrote it.
    pub author: &'f Card,
    /// When.
    pub date: i64,
    /// When it was last changed.
    pub updated: i64,
    /// Its body; `None` when it is hidden.
    #[serde(serialize_with = "blob")]
    pub body: Option<Oid>,
    /// What its text links to.
    pub links: Vec<Link<'f>>,
}

impl<'f> Plan<'f> {
    pub(super) fn feed_page(&'f self, of: FeedOf) -> FeedPage<'f> {
        let forum = self.forum;
        let (title, pages_of) = match of {
            FeedOf::Forum => ("", Of::Home),
            FeedOf::Board(id) => {
                let board = &forum.boards[id as usize];
                (board.title.as_str(), Of::Folder(&board.path))
            }
            FeedOf::Tag(index) => (self.tags[index].title, Of::Tag(&self.tags[index].slug)),
        };
        let posts = match of {
            FeedOf::Forum => self.latest(self.active.iter().copied()),
            FeedOf::Board(id) => {
                let prefix = format!("{}/", forum.boards[id as usize].path);
                self.latest(self.below(&prefix))
            }
            FeedOf::Tag(index) => self.latest(self.tags[index].topics.iter().copied()),
        };
        let entries = posts.into_iter().map(|(date, topic_id, index)| {
            let topic = &forum.topics[topic_id as usize];
            let post = &topic.posts[index];
            let hidden = post.file.hidden().is_some();
            Entry {
                title: topic.title(),
                opening: index == 0,
                address: post_address(forum, topic_id, index),
                stem: &post.file.stem,
                path: &topic.path,
                author: self.card(post.author),
                date,
                updated: post.edited.map_or(date, |edit| edit.when.max(date)),
                body: (!hidden).then_some(post.file.blob),
                links: if hidden { Vec::new() } else { self.links.of(&self.cards, &topic.path, &post.file) },
            }
        });
        FeedPage { title, address: Address::feed(pages_of), page: Address::of(pages_of), entries: entries.collect() }
    }

    /// All topics in a board and the boards in it, whose addresses begin with `prefix`.
    fn below(&self, prefix: &str) -> impl Iterator<Item = TopicId> + use<'f> {
        let topics = &self.forum.topics;
        let start = topics.partition_point(|topic| topic.path.as_str() < prefix);
        let count = topics[start..].iter().take_while(|topic| topic.path.starts_with(prefix)).count();
        start as TopicId..(start + count) as TopicId
    }

    /// The latest posts of some topics, the latest first: date, topic, place in the topic.
    fn latest(&self, topics: impl Iterator<Item = TopicId>) -> Vec<(i64, TopicId, usize)> {
        let forum = self.forum;
        let mut latest: Vec<(i64, TopicId, usize)> = Vec::with_capacity(ENTRIES + 1);
        for id in topics {
            let posts = &forum.topics[id as usize].posts;
            for (index, post) in posts.iter().enumerate().rev() {
                let one = (post.date, id, index);
                if latest.len() == ENTRIES && latest.last().is_some_and(|oldest| *oldest >= one) {
                    // Posts stand by date, so what comes before is older still; only the opening post may be out of
                    // order, where an import has its date wrong.
                    break;
                }
                let place = latest.partition_point(|other| *other > one);
                latest.insert(place, one);
                latest.truncate(ENTRIES);
            }
        }
        latest
    }
}
