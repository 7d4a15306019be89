//! A topic's summary and the store of posts → the posts, read when somebody asks for them. What the summary
//! tells is known without.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use super::forum::{Edit, Post, Topic};
use super::people::PersonId;
use super::post::Opening;
use super::summary::{StoredPost, TopicSummary};
use crate::Result;
use crate::cache::Pack;

/// Where the posts of all topics lie.
#[derive(Debug)]
pub(super) struct PostStore {
    pub pack: Pack,
}

impl PostStore {
    pub(super) fn new(pack: Pack) -> PostStore {
        PostStore { pack }
    }

    /// The posts of a topic as they were stored; `None` where they aren't there, or are damaged.
    pub(super) fn stored(&self, summary: &TopicSummary) -> Option<Vec<StoredPost>> {
        let posts: Vec<StoredPost> = postcard::from_bytes(&self.pack.get(summary.record)?).ok()?;
        let people = summary.names().count() as u32;
        let known =
            |post: &StoredPost| post.author < people && post.edited.and_then(|it| it.1).is_none_or(|by| by < people);
        (posts.len() == summary.count() && posts.iter().all(known)).then_some(posts)
    }
}

/// The posts of a topic: the opening post, then by date and stem. Never empty. They are read from the cache when they are
/// first asked for; their number and what else [`summary`](Posts::summary) tells is known beforehand.
#[derive(Debug)]
pub struct Posts {
    // Not behind a pointer: whoever plans a site goes through those of all topics many times.
    summary: TopicSummary,
    /// Who the summary's names are.
    people: Box<[PersonId]>,
    store: Arc<PostStore>,
    whole: OnceLock<Box<[Post]>>,
}

impl Posts {
    /// The posts of this summary, whose names are `people`; `read` where they are known already.
    pub(super) fn new(
        summary: TopicSummary,
        people: Box<[PersonId]>,
        store: Arc<PostStore>,
        read: Option<Vec<StoredPost>>,
    ) -> Posts {
        let whole = read.map_or_else(OnceLock::new, |stored| OnceLock::from(complete(stored, &people)));
        Posts { summary, people, store, whole }
    }

    /// What is known of them unread.
    #[must_use]
    pub fn summary(&self) -> &TopicSummary {
        &self.summary
    }

    /// How many there are.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a topic has posts, or it would be no topic")]
    pub fn len(&self) -> usize {
        self.summary.count()
    }

    /// Everybody who wrote or changed a post: who the [names](TopicSummary::names) are.
    #[must_use]
    pub fn people(&self) -> &[PersonId] {
        &self.people
    }

    /// Everybody who wrote a post, in the order of the summary's [shares](TopicSummary::shares).
    #[must_use]
    pub fn authors(&self) -> &[PersonId] {
        &self.people[..self.summary.shares().len().min(self.people.len())]
    }

    /// Who wrote the opening post.
    #[must_use]
    pub fn opener(&self) -> PersonId {
        self.author(self.summary.authors().next())
    }

    /// Who wrote the last post.
    #[must_use]
    pub fn last_author(&self) -> PersonId {
        self.author(self.summary.authors().next_back())
    }

    fn author(&self, place: Option<u32>) -> PersonId {
        self.people[place.map_or(0, |place| place as usize)]
    }

    /// The posts themselves.
    ///
    /// # Errors
    /// The cache in which they are kept is damaged.
    pub fn read(&self) -> Result<&[Post]> {
        if let Some(posts) = self.whole.get() {
            return Ok(posts);
        }
        let stored = self.store.stored(&self.summary).ok_or_else(|| self.store.pack.damage())?;
        Ok(self.whole.get_or_init(|| complete(stored, &self.people)))
    }
}

fn complete(stored: Vec<StoredPost>, people: &[PersonId]) -> Box<[Post]> {
    let person = |name: u32| people[name as usize];
    let each = stored.into_iter().map(|stored| Post {
        author: person(stored.author),
        date: stored.date,
        dated: stored.dated,
        edited: stored.edited.map(|(when, by)| Edit { when, by: by.map(person) }),
        signed: stored.signed,
        file: stored.file,
    });
    each.collect()
}

/// A topic together with its posts, which have been read.
#[derive(Debug, Clone, Copy)]
pub struct ReadTopic<'f> {
    topic: &'f Topic,
    /// Its posts: the opening post, then by date and stem. Never empty.
    pub posts: &'f [Post],
}

impl<'f> ReadTopic<'f> {
    /// The opening post.
    #[must_use]
    pub fn opening(&self) -> &'f Post {
        &self.posts[0]
    }

    /// What the opening post says of the topic; `None` when no post has a title, which is an error.
    #[must_use]
    pub fn heading(&self) -> Option<&'f Opening> {
        self.opening().file.opening.as_deref()
    }

    /// The place of the post with this stem among the posts.
    #[must_use]
    pub fn position(&self, stem: &str) -> Option<usize> {
        self.posts.iter().position(|post| *post.file.stem == *stem)
    }
}

impl Deref for ReadTopic<'_> {
    type Target = Topic;

    fn deref(&self) -> &Topic {
        self.topic
    }
}

impl Topic {
    /// The topic with its posts.
    ///
    /// # Errors
    /// As [`Posts::read`].
    pub fn read(&self) -> Result<ReadTopic<'_>> {
        Ok(ReadTopic { topic: self, posts: self.posts.read()? })
    }
}
