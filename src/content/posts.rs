//! A topic's sketch and the stock of posts → the posts, read when somebody asks for them. What the sketch
//! tells is known without.

use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use super::forum::{Dated, Edit, Post};
use super::people::PersonId;
use super::post::PostFile;
use super::sketch::{Sketch, Told};
use crate::cache::Pack;

/// Where the posts of all topics lie.
#[derive(Debug)]
pub(super) struct Stock {
    pub pack: Pack,
    /// Something that lay here, or that the posts were completed from, can't be read any more.
    lost: AtomicBool,
}

impl Stock {
    pub(super) fn new(pack: Pack) -> Stock {
        Stock { pack, lost: AtomicBool::new(false) }
    }

    /// Whether posts were asked for that can't be read any more.
    pub(super) fn has_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }

    /// Says that posts can't be told as they are.
    pub(super) fn lose(&self) {
        self.lost.store(true, Ordering::Relaxed);
    }

    /// The posts of a topic as they were stored.
    pub(super) fn told(&self, sketch: &Sketch) -> Option<Vec<Told>> {
        let posts: Vec<Told> = postcard::from_bytes(&self.pack.get(sketch.record)?).ok()?;
        let people = sketch.names().count() as u32;
        let known = |post: &Told| post.author < people && post.edited.and_then(|it| it.1).is_none_or(|by| by < people);
        (posts.len() == sketch.count() && posts.iter().all(known)).then_some(posts)
    }
}

/// The posts of a topic: the opening post, then by date and stem. Never empty. As a slice they are read, once; their
/// number and what else [`sketch`](Posts::sketch) tells is known beforehand.
#[derive(Debug)]
pub struct Posts {
    // Not behind a pointer: whoever plans a site goes through those of all topics many times.
    sketch: Sketch,
    /// Who the sketch's names are.
    people: Box<[PersonId]>,
    stock: Arc<Stock>,
    whole: OnceLock<Box<[Post]>>,
}

impl Posts {
    /// The posts of this sketch, whose names are `people`; `read` where they are known already.
    pub(super) fn new(sketch: Sketch, people: Box<[PersonId]>, stock: Arc<Stock>, read: Option<Vec<Told>>) -> Posts {
        let whole = read.map_or_else(OnceLock::new, |told| OnceLock::from(complete(told, &people)));
        Posts { sketch, people, stock, whole }
    }

    /// What is known of them unread.
    #[must_use]
    pub fn sketch(&self) -> &Sketch {
        &self.sketch
    }

    /// How many there are.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a topic has posts, or it would be no topic")]
    pub fn len(&self) -> usize {
        self.sketch.count()
    }

    /// Everybody who wrote or changed a post: who the [names](Sketch::names) are.
    #[must_use]
    pub fn people(&self) -> &[PersonId] {
        &self.people
    }

    /// Everybody who wrote a post, in the order of the sketch's [shares](Sketch::shares).
    #[must_use]
    pub fn authors(&self) -> &[PersonId] {
        &self.people[..self.sketch.shares().len().min(self.people.len())]
    }

    /// Who wrote the opening post.
    #[must_use]
    pub fn opener(&self) -> PersonId {
        self.author(self.sketch.authors().next())
    }

    /// Who wrote the last post.
    #[must_use]
    pub fn last_author(&self) -> PersonId {
        self.author(self.sketch.authors().next_back())
    }

    fn author(&self, place: Option<u32>) -> PersonId {
        place.and_then(|place| self.people.get(place as usize)).copied().unwrap_or(0)
    }

    fn read(&self) -> Box<[Post]> {
        match self.stock.told(&self.sketch) {
            Some(told) => complete(told, &self.people),
            None => {
                // The cache is damaged. Whoever loaded the forum is told and loads it again; until then there are as
                // many posts as there should be.
                self.stock.lose();
                self.sketch.dates().map(stand_in).collect()
            }
        }
    }
}

fn complete(told: Vec<Told>, people: &[PersonId]) -> Box<[Post]> {
    let person = |name: u32| people.get(name as usize).copied().unwrap_or(0);
    let each = told.into_iter().map(|told| Post {
        author: person(told.author),
        date: told.date,
        dated: told.dated,
        edited: told.edited.map(|(when, by)| Edit { when, by: by.map(person) }),
        signed: told.signed,
        file: told.file,
    });
    each.collect()
}

/// A post that stands for one that can't be read.
fn stand_in(date: i64) -> Post {
    let file = PostFile {
        stem: Box::default(),
        blob: git2::Oid::ZERO_SHA1,
        author: None,
        date: None,
        reply_to: None,
        opening: None,
        archive: None,
        links: Box::default(),
        headings: Box::default(),
        unread: true,
        text_faults: Box::default(),
    };
    Post { file, author: 0, date, dated: Dated::Guess, edited: None, signed: None }
}

impl Deref for Posts {
    type Target = [Post];

    fn deref(&self) -> &[Post] {
        self.whole.get_or_init(|| self.read())
    }
}

impl<'p> IntoIterator for &'p Posts {
    type Item = &'p Post;
    type IntoIter = std::slice::Iter<'p, Post>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
