//! The latest posts of the forum, a board or a tag in → what a feed holds out.

use git2::Oid;
use serde::Serialize;

use super::address::{Address, Of};
use super::card::Card;
use super::links::Link;
use super::plan::Plan;
use super::topic::blob;
use crate::Result;
use crate::content::{BoardId, TopicId};

/// How many posts a feed holds.
const MOST_ENTRIES: usize = 20;

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
    pub entries: Vec<FeedEntry<'f>>,
}

/// A post in a feed.
#[derive(Debug, Serialize)]
pub struct FeedEntry<'f> {
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
    /// What a feed holds out.
    ///
    /// # Errors
    /// Posts can't be read.
    pub(super) fn feed_page(&'f self, of: FeedOf) -> Result<FeedPage<'f>> {
        let (title, pages_of) = self.fed(of);
        let posts = self.latest(self.feeding(of))?;
        let entries = posts.into_iter().map(|(date, topic_id, index)| {
            let context = self.topic_context(topic_id);
            let topic = context.topic;
            let post = &topic.posts.read()?[index];
            let hidden = post.file.hidden().is_some();
            Ok(FeedEntry {
                title: topic.title(),
                opening: index == 0,
                address: context.address(index, post),
                stem: &post.file.stem,
                path: &topic.path,
                author: context.card(post.author),
                date,
                updated: post.edited.map_or(date, |edit| edit.when.max(date)),
                body: (!hidden).then_some(post.file.blob),
                links: if hidden { Vec::new() } else { context.links(&post.file)? },
            })
        });
        let entries = entries.collect::<Result<_>>()?;
        Ok(FeedPage { title, address: Address::feed(pages_of), page: Address::of(pages_of), entries })
    }

    /// The title of what a feed is of, and what has the pages that show the same.
    pub(super) fn fed(&'f self, of: FeedOf) -> (&'f str, Of<'f>) {
        match of {
            FeedOf::Forum => ("", Of::Home),
            FeedOf::Board(id) => {
                let board = &self.forum.boards[id as usize];
                (board.title.as_str(), Of::Folder(&board.path))
            }
            FeedOf::Tag(index) => (self.tags[index].title, Of::Tag(&self.tags[index].slug)),
        }
    }

    /// All topics in a board and the boards in it, whose addresses begin with `prefix`.
    fn below(&self, prefix: &str) -> impl Iterator<Item = TopicId> + use<'f> {
        let topics = &self.forum.topics;
        let start = topics.partition_point(|topic| topic.path.as_str() < prefix);
        let count = topics[start..].iter().take_while(|topic| topic.path.starts_with(prefix)).count();
        start as TopicId..(start + count) as TopicId
    }

    /// The topics in which a feed's posts stand: those with the latest posts.
    pub(super) fn feeding(&self, of: FeedOf) -> Vec<TopicId> {
        match of {
            FeedOf::Forum => self.newest(self.active.iter().copied()),
            FeedOf::Board(id) => self.newest(self.below(&format!("{}/", self.forum.boards[id as usize].path))),
            FeedOf::Tag(index) => self.newest(self.tags[index].topics.iter().copied()),
        }
    }

    /// Of some topics as many as a feed has entries, those with the latest posts.
    fn newest(&self, topics: impl Iterator<Item = TopicId>) -> Vec<TopicId> {
        let date = |id: TopicId| self.forum.topics[id as usize].posts.summary().newest;
        let mut all: Vec<(i64, TopicId)> = topics.map(|id| (date(id), id)).collect();
        if all.len() > MOST_ENTRIES {
            all.select_nth_unstable_by(MOST_ENTRIES, |a, b| b.cmp(a));
            all.truncate(MOST_ENTRIES);
        }
        all.sort_unstable_by(|a, b| b.cmp(a));
        all.into_iter().map(|(_, id)| id).collect()
    }

    /// The latest posts of some topics, the latest first: date, topic, place in the topic.
    fn latest(&self, topics: Vec<TopicId>) -> Result<Vec<(i64, TopicId, usize)>> {
        let mut latest = Vec::new();
        for id in topics {
            let posts = self.forum.topics[id as usize].posts.read()?;
            latest.extend(posts.iter().enumerate().map(|(index, post)| (post.date, id, index)));
        }
        latest.sort_unstable_by(|a, b| b.cmp(a));
        latest.truncate(MOST_ENTRIES);
        Ok(latest)
    }
}
