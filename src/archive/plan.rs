//! The names of everything in an archive, and what stands already → where each thing will be, before the first is written.
//! So links can lead to what comes later, and nothing's name depends on where a run was cut off. It holds no texts.

mod people;
mod skeleton;

use std::path::PathBuf;

use rustc_hash::FxHashMap;

pub use skeleton::Skeleton;

use super::item::{Board, Member, Topic};
use super::names::{self, Secret};
use super::packed::{Packed, Paths};
use crate::key::Key;

/// How things of an archive are named in the forum.
#[derive(Debug, Clone)]
pub struct Naming {
    /// What stands before each id in the `origin` of a file.
    pub origin: String,
    /// The board that all goes into, as a path.
    pub board: Option<String>,
    /// The title of the board for topics that have none.
    pub title: String,
    /// The key of what nobody may read.
    pub secret: Secret,
    /// Where an earlier import would have kept its key, when there was none and `secret` is new.
    pub missing_key: Option<PathBuf>,
}

impl Naming {
    /// The origin of the thing with this id. As no text of the format has a NUL, [another character](crate::yaml::scalar)
    /// stands for it.
    #[must_use]
    pub fn origin(&self, id: &str) -> String {
        format!("{}/{}", self.origin, id.replace('\0', "\u{fffd}"))
    }

    /// Whether this is the origin of a member of this archive whose id is hidden.
    pub(super) fn hides(&self, origin: &str) -> bool {
        let id = origin.strip_prefix(&self.origin).and_then(|rest| rest.strip_prefix('/'));
        id.is_some_and(|id| id.len() == 32 && id.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)))
    }

    fn origin_of(&self, member: &Member) -> String {
        self.origin(&names::told(&member.id, member.secret.then_some(&self.secret)))
    }
}

/// The numbers of topics, members and posts, by the keys of their ids.
#[derive(Debug, Default)]
struct Ids {
    topics: FxHashMap<Key, u32>,
    members: FxHashMap<Key, u32>,
    posts: FxHashMap<Key, u32>,
}

/// What old addresses lead to, by the keys of their texts. The first that has an address keeps it.
#[derive(Debug, Default)]
struct Addresses(Vec<(Key, AddressTarget)>);

impl Addresses {
    fn settle(&mut self) {
        self.0.sort_by_key(|(address, _)| *address);
        self.0.dedup_by_key(|(address, _)| *address);
    }

    /// What an address leads to, once all are settled.
    fn find(&self, address: &str) -> Option<AddressTarget> {
        let at = self.0.binary_search_by_key(&key(address), |(address, _)| *address).ok()?;
        self.0.get(at).map(|(_, target)| *target)
    }
}

/// What an old address leads to, by its place in the list of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AddressTarget {
    Board(u32),
    Topic(u32),
    Post(u32),
    Member(u32),
}

/// Where everything will be.
#[derive(Debug)]
pub struct Plan {
    /// The boards in the order of the archive, each with its place.
    pub boards: Vec<(Board, Spot)>,
    /// The board for topics without one, when there are such.
    pub fallback: Option<Spot>,
    /// The titles of topics that have no posts.
    pub bare_topics: Vec<String>,
    /// The topics; none for those without posts, or of which nothing is known.
    topics: Vec<Option<PlannedTopic>>,
    /// The posts; none for those of such topics.
    posts: Vec<Option<PlannedPost>>,
    /// The members.
    pub members: Vec<MemberPlace>,
    ids: Ids,
    /// What topics are, each a [`Topic`].
    known: Packed,
    paths: Paths,
    addresses: Addresses,
}

/// A [`TopicPlace`] in numbers.
#[derive(Debug)]
struct PlannedTopic {
    topic: u32,
    folder: u32,
    existing: bool,
}

/// A [`PostPlace`] in numbers.
#[derive(Debug)]
struct PlannedPost {
    date: i64,
    topic: u32,
    author: u32,
    /// Its path, where that isn't the usual one.
    path: Option<u32>,
    existing: bool,
    opens: bool,
}

/// A place in the content folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// The path below the content folder.
    pub path: String,
    /// Nothing stands there yet.
    pub fresh: bool,
}

/// A topic's place, and what its opening post will say of it.
#[derive(Debug, Clone)]
pub struct TopicPlace {
    /// It has a `topic.yml` already, of this or another origin.
    pub existing: bool,
    /// Its folder.
    pub folder: String,
    /// What it is.
    pub topic: Topic,
}

/// A post's place.
#[derive(Debug, Clone)]
pub struct PostPlace {
    /// Its number among the posts.
    pub number: u32,
    /// The number of its topic.
    pub topic: u32,
    /// Its file, which may have been moved from the topic's folder.
    pub path: String,
    /// It stands there already.
    pub existing: bool,
    /// It has the topic's title.
    pub opens: bool,
}

/// A member's place.
#[derive(Debug, Clone)]
pub struct MemberPlace {
    /// Who it is.
    pub member: Member,
    /// The handle.
    pub handle: String,
    /// The file.
    pub path: String,
    /// The value of its `origin`.
    pub origin: String,
    /// It stands already.
    pub existing: bool,
    /// Somebody of this id has posted.
    pub posted: bool,
}

/// The name of a board's file.
pub const BOARD: &str = "board.yml";
/// The name of a topic's file.
pub const TOPIC: &str = "topic.yml";

/// The path of a post in a topic's folder where no other has its name.
fn usual(folder: &str, date: i64, handle: &str) -> String {
    format!("{folder}/{}.md", names::stem(date, handle))
}

/// The handle of the member of this number.
fn handle(members: &[MemberPlace], number: u32) -> &str {
    members.get(number as usize).map_or("member", |it| it.handle.as_str())
}

fn key(text: &str) -> Key {
    Key::of_bytes(text.as_bytes())
}

impl Plan {
    /// The files of boards that stand and take in what is new, by their paths.
    pub fn standing_boards(&self) -> impl Iterator<Item = String> {
        let spots = self.boards.iter().map(|(_, spot)| spot).chain(&self.fallback);
        spots.filter(|spot| !spot.fresh).map(|spot| format!("{}/{BOARD}", spot.path))
    }

    /// The place of the post with this id.
    #[must_use]
    pub fn post(&self, id: &str) -> Option<PostPlace> {
        let number = *self.ids.posts.get(&key(id))?;
        let it = self.posts.get(number as usize)?.as_ref()?;
        let (topic, existing, opens) = (it.topic, it.existing, it.opens);
        Some(PostPlace { number, topic, path: self.path(it)?, existing, opens })
    }

    fn path(&self, it: &PlannedPost) -> Option<String> {
        if let Some(path) = it.path {
            return Some(self.paths.get(path));
        }
        let topic = self.topics.get(it.topic as usize)?.as_ref()?;
        Some(usual(self.paths.folders.get(topic.folder), it.date, handle(&self.members, it.author)))
    }

    /// The place of the topic with this number; none when it has no posts.
    #[must_use]
    pub fn topic(&self, number: u32) -> Option<TopicPlace> {
        self.placed(self.topics.get(number as usize)?.as_ref()?)
    }

    /// The places of all topics.
    pub fn topics(&self) -> impl Iterator<Item = TopicPlace> {
        self.topics.iter().flatten().filter_map(|it| self.placed(it))
    }

    fn placed(&self, it: &PlannedTopic) -> Option<TopicPlace> {
        let (folder, topic) = (self.paths.folders.get(it.folder).to_owned(), self.known.get(it.topic)?);
        Some(TopicPlace { existing: it.existing, folder, topic })
    }

    /// The place of the member with this id.
    #[must_use]
    pub fn member(&self, id: &str) -> Option<&MemberPlace> {
        self.ids.members.get(&key(id)).and_then(|at| self.members.get(*at as usize))
    }

    /// How many posts there are.
    #[must_use]
    pub fn posts(&self) -> usize {
        self.posts.len()
    }

    /// The path of what this old address leads to: a folder of a topic (with a slash at its end), or a file.
    #[must_use]
    pub fn path_of(&self, address: &str) -> Option<String> {
        match self.addresses.find(address)? {
            AddressTarget::Board(at) => self.boards.get(at as usize).map(|(_, it)| format!("{}/{BOARD}", it.path)),
            AddressTarget::Topic(at) => self.topic(at).map(|it| format!("{}/", it.folder)),
            AddressTarget::Post(at) => self.path(self.posts.get(at as usize)?.as_ref()?),
            AddressTarget::Member(at) => {
                self.members.get(at as usize).filter(|it| it.posted || it.existing).map(|it| it.path.clone())
            }
        }
    }
}
