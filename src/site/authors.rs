//! Topics in → how much everybody wrote, and the keys of the pages that show it, out. What somebody wrote is told by the
//! shares that they have in topics: who has the shares that they had is remembered, and their posts aren't gone through.

use std::sync::OnceLock;

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::paging::Paging;
use crate::content::{Forum, PersonId, TopicId};
use crate::key::{Key, Parts};

/// One of a person's posts; they are in order by date, then by their topics' paths.
#[derive(Debug, Clone, Copy)]
pub(super) struct Own {
    date: i64,
    pub topic: TopicId,
    /// Its place in the topic.
    pub index: u32,
    /// The place of its author's share among the topic's.
    share: u32,
}

impl Own {
    /// Its place among a person's posts, as one number: there are very many to be put in order.
    fn place(self) -> i128 {
        i128::from(self.date) << 64 | i128::from(self.topic) << 32 | i128::from(self.index)
    }
}

/// How much somebody wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct AuthorPages {
    posts: u32,
    /// The keys of the posts on each page of theirs, the oldest first.
    pages: Box<[Key]>,
}

/// How much each person wrote, with the key of all the shares that they have in topics and of how many posts stand on a
/// page.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct AuthorIndex(Vec<(Key, AuthorPages)>);

/// What everybody wrote.
#[derive(Debug)]
pub(super) struct Contributions<'f> {
    forum: &'f Forum,
    index: AuthorIndex,
    /// The posts of those who weren't remembered.
    fresh: FxHashMap<PersonId, Vec<Own>>,
    /// Everybody's, where others are asked for as well.
    all: OnceLock<Vec<Vec<Own>>>,
}

impl<'f> Contributions<'f> {
    /// The authors of `forum`, of whom some may be remembered.
    pub(super) fn new(forum: &'f Forum, AuthorIndex(before): AuthorIndex) -> Contributions<'f> {
        let mut before: FxHashMap<Key, AuthorPages> = before.into_iter().collect();
        let salt = Key::of(&forum.settings.posts_per_page);
        let mut shares: Vec<Parts> = forum.people.iter().map(|_| Parts::new(salt)).collect();
        for topic in &forum.topics {
            for (author, share) in topic.posts.authors().iter().zip(topic.posts.summary().shares()) {
                shares[*author as usize].key(share);
            }
        }
        let keys: Vec<Key> = shares.into_par_iter().with_min_len(64).map(Parts::whole).collect();
        let (nothing, none) = (Parts::new(salt).whole(), AuthorPages::of(forum, &[]));
        let known = |key: &Key| if *key == nothing { Some(none.clone()) } else { before.remove(key) };
        let known: Vec<Option<AuthorPages>> = keys.iter().map(known).collect();
        let mut posts = if known.iter().any(Option::is_none) {
            posts(forum, |author| known[author as usize].is_none())
        } else {
            Vec::new()
        };
        posts.par_iter_mut().with_min_len(64).for_each(|own| order(own));
        let fresh: FxHashMap<PersonId, Vec<Own>> = (0..).zip(posts).filter(|(_, posts)| !posts.is_empty()).collect();
        let work = |(id, known): (PersonId, Option<AuthorPages>)| {
            known.unwrap_or_else(|| AuthorPages::of(forum, fresh.get(&id).map_or(&[], Vec::as_slice)))
        };
        let known: Vec<(PersonId, Option<AuthorPages>)> = (0..).zip(known).collect();
        let index = known.into_par_iter().with_min_len(64).map(work);
        let index = AuthorIndex(keys.into_par_iter().zip(index).collect());
        Contributions { forum, index, fresh, all: OnceLock::new() }
    }

    /// How many posts somebody wrote.
    pub(super) fn count(&self, id: PersonId) -> usize {
        self.index.0[id as usize].1.posts as usize
    }

    /// The key of the posts on a page of somebody's, counted from 1.
    pub(super) fn page(&self, id: PersonId, number: u32) -> Key {
        self.index.0[id as usize].1.pages.get(number as usize - 1).copied().unwrap_or_default()
    }

    /// Somebody's posts, the latest last. The posts themselves aren't read for it.
    pub(super) fn posts(&self, id: PersonId) -> &[Own] {
        let all = || {
            let mut all = posts(self.forum, |_| true);
            // On this thread alone: while it waited for others it could take up a page that waits for this.
            all.iter_mut().for_each(|own| order(own));
            all
        };
        self.fresh.get(&id).unwrap_or_else(|| &self.all.get_or_init(all)[id as usize])
    }

    /// What the next build may remember, when that is something else.
    pub(super) fn index(&self) -> Option<&AuthorIndex> {
        (!self.fresh.is_empty()).then_some(&self.index)
    }
}

impl AuthorPages {
    fn of(forum: &Forum, posts: &[Own]) -> AuthorPages {
        let each = forum.settings.posts_per_page;
        let page = |number: u32| {
            let mut parts = Parts::new(Key::default());
            for own in &posts[Paging::Backward.range(posts.len(), each, number)] {
                let shares = forum.topics[own.topic as usize].posts.summary().shares();
                parts.key(shares.clone().nth(own.share as usize).unwrap_or_default());
                parts.number(own.index);
            }
            parts.whole()
        };
        let pages = (1..=Paging::Backward.count(posts.len(), each)).map(page);
        AuthorPages { posts: posts.len() as u32, pages: pages.collect() }
    }
}

/// The posts of those who are `wanted`, in no order; nobody else has any.
fn posts(forum: &Forum, wanted: impl Fn(PersonId) -> bool) -> Vec<Vec<Own>> {
    let mut all: Vec<Vec<Own>> = vec![Vec::new(); forum.people.len()];
    for (topic, id) in forum.topics.iter().zip(0..) {
        if !topic.posts.authors().iter().any(|author| wanted(*author)) {
            continue;
        }
        let (people, summary) = (topic.posts.people(), topic.posts.summary());
        for ((share, date), index) in summary.authors().zip(summary.dates()).zip(0..) {
            if let Some(author) = people.get(share as usize).filter(|author| wanted(**author)) {
                all[*author as usize].push(Own { date, topic: id, index, share });
            }
        }
    }
    all
}

/// Puts a person's posts in order.
fn order(posts: &mut [Own]) {
    posts.sort_unstable_by_key(|own| own.place());
}
