//! The items of an archive, one after another → what of them names are made from, and then the plan: the names of what
//! doesn't stand yet.

use std::collections::HashMap;

use super::{
    AddressTarget, Addresses, BOARD, Ids, Naming, Plan, PlannedPost, PlannedTopic, Spot, TOPIC, handle, key, usual,
};
use crate::archive::existing::{Existing, folder};
use crate::archive::item::{Board, Item, Member, Post, Topic};
use crate::archive::names;
use crate::archive::packed::{Packed, number};
use crate::key::Key;
use crate::{Error, Result};

/// What the first reading of an archive gathers. Archives have millions of posts, so little is held for each.
#[derive(Debug)]
pub struct Skeleton<'n> {
    pub(super) naming: &'n Naming,
    boards: Vec<Board>,
    topics: Vec<TopicBones>,
    pub(super) posts: Vec<PostBones>,
    pub(super) members: Vec<Member>,
    ids: Ids,
    /// What topics are, each a [`Topic`].
    known: Packed,
    addresses: Addresses,
}

#[derive(Debug, Default)]
struct TopicBones {
    /// What it is, by its number among those that are known.
    topic: Option<u32>,
    /// The post that opens it, or would: by its place in the list.
    opening: Option<u32>,
    opens: bool,
}

#[derive(Debug)]
pub(super) struct PostBones {
    /// The key of its `origin`.
    pub(super) origin: Key,
    topic: u32,
    pub(super) author: u32,
    pub(super) date: i64,
}

impl<'n> Skeleton<'n> {
    /// Nothing yet, of an archive that is named so.
    #[must_use]
    pub fn new(naming: &'n Naming) -> Skeleton<'n> {
        Skeleton {
            naming,
            boards: Vec::new(),
            topics: Vec::new(),
            posts: Vec::new(),
            members: Vec::new(),
            ids: Ids::default(),
            known: Packed::default(),
            addresses: Addresses::default(),
        }
    }

    /// Gathers what is to be known of one item.
    pub fn add(&mut self, item: Item) {
        match item {
            Item::Board(board) => {
                let at = number(self.boards.len());
                self.leads(&board.aliases, AddressTarget::Board(at));
                self.boards.push(board);
            }
            Item::Topic(topic) => {
                let at = self.topic(&topic.id);
                self.leads(&topic.aliases, AddressTarget::Topic(at));
                let known = &mut self.known;
                self.topics[at as usize].topic.get_or_insert_with(|| known.push(&topic));
            }
            Item::Member(member) => {
                let at = self.member(&member.id);
                // Some formats tell of people with each of their posts.
                if self.members[at as usize] != member {
                    self.leads(&member.aliases, AddressTarget::Member(at));
                    self.members[at as usize] = member;
                }
            }
            Item::Post(post) => self.post(&post),
            Item::Skipped(_) => {}
        }
    }

    /// How many posts there are.
    #[must_use]
    pub fn posts(&self) -> usize {
        self.posts.len()
    }

    /// The key of the origin of the thing with this id.
    fn origin(&self, id: &str) -> Key {
        key(&self.naming.origin(id))
    }

    fn leads(&mut self, addresses: &[String], target: AddressTarget) {
        self.addresses.0.extend(addresses.iter().map(|address| (key(address), target)));
    }

    fn topic(&mut self, id: &str) -> u32 {
        let at = number(self.topics.len());
        let found = *self.ids.topics.entry(key(id)).or_insert(at);
        if found == at {
            self.topics.push(TopicBones::default());
        }
        found
    }

    fn member(&mut self, id: &str) -> u32 {
        let at = number(self.members.len());
        let found = *self.ids.members.entry(key(id)).or_insert(at);
        if found == at {
            self.members.push(Member { id: id.to_owned(), name: id.to_owned(), ..Member::default() });
        }
        found
    }

    fn post(&mut self, post: &Post) {
        let at = number(self.posts.len());
        if *self.ids.posts.entry(key(&post.id)).or_insert(at) != at {
            return;
        }
        self.leads(&post.aliases, AddressTarget::Post(at));
        let (topic, author) = (self.topic(&post.topic), self.member(&post.author));
        let bones = &mut self.topics[topic as usize];
        let earliest = bones.opening.and_then(|first| self.posts.get(first as usize)).map(|first| first.date);
        if !bones.opens && (post.opens || earliest.is_none_or(|date| post.date < date)) {
            (bones.opening, bones.opens) = (Some(at), post.opens);
        }
        self.posts.push(PostBones { origin: self.origin(&post.id), topic, author, date: post.date });
    }

    /// Names everything that doesn't stand yet.
    ///
    /// # Errors
    /// What stands under this origin is another archive.
    pub fn settle(mut self, mut existing: Existing) -> Result<Plan> {
        self.addresses.settle();
        let members = self.members(&existing)?;
        let (homes, spots, fallback) = self.boards(&mut existing);

        // Where the posts stand that were brought before; and by them, where their topics do.
        let mut folders: Vec<Option<u32>> = vec![None; self.topics.len()];
        let (mut same, mut other) = (0_usize, 0_usize);
        for post in &self.posts {
            let Some(found) = existing.find(post.origin) else { continue };
            if found.date == Some(post.date) {
                same += 1;
            } else {
                other += 1;
            }
            folders[post.topic as usize].get_or_insert_with(|| existing.paths.folder(found.path));
        }
        if other > same {
            return Err(Error::other(
                format!("the forum holds another archive's posts under the origin `{}`", self.naming.origin),
                "name this one: `--origin NAME`",
            ));
        }

        let mut topics: Vec<Option<PlannedTopic>> = Vec::with_capacity(self.topics.len());
        let mut bare_topics = Vec::new();
        let mut openings: Vec<Option<u32>> = Vec::with_capacity(self.topics.len());
        for (bones, home) in self.topics.iter().zip(folders) {
            let topic = bones.topic.and_then(|at| Some((at, self.known.get::<Topic>(at)?)));
            let opening = bones.opening.and_then(|at| Some((at, self.posts.get(at as usize)?)));
            let (Some((known, topic)), Some((at, opening))) = (&topic, opening) else {
                bare_topics.extend(topic.map(|(_, topic)| names::line(&topic.title)));
                topics.push(None);
                openings.push(None);
                continue;
            };
            let origin = self.origin(&topic.id);
            let home = existing.find(origin).map(|it| existing.paths.folder(it.path)).or(home);
            let folder = home.unwrap_or_else(|| {
                let board = topic
                    .board
                    .as_ref()
                    .and_then(|id| homes.get(id).and_then(|at| spots.get(*at)))
                    .or(fallback.as_ref());
                let shelf = format!("{}/{}", board.map_or("", |it| &it.path), names::year(opening.date));
                let path = free(&mut existing, &shelf, &names::topic(&topic.title), "", origin);
                existing.paths.folders.number(&path)
            });
            let path = existing.paths.folders.get(folder);
            let known_there = existing.is_taken(&format!("{path}/{TOPIC}"));
            openings.push((!existing.is_opened(path)).then_some(at));
            topics.push(Some(PlannedTopic { topic: *known, folder, existing: known_there }));
        }

        let Skeleton { boards, posts, ids, known, addresses, .. } = self;
        let planned = |(at, bones): (usize, PostBones)| {
            let PostBones { origin, topic, author, date } = bones;
            let folder = existing.paths.folders.get(topics.get(topic as usize)?.as_ref()?.folder).to_owned();
            let stood = existing.find(origin).map(|it| it.path);
            let path = stood.or_else(|| {
                let handle = handle(&members, author);
                let path = free(&mut existing, &folder, &names::stem(date, handle), ".md", origin);
                (path != usual(&folder, date, handle)).then(|| existing.paths.push(&path))
            });
            let opens = openings[topic as usize] == Some(number(at));
            Some(PlannedPost { date, topic, author, path, existing: stood.is_some(), opens })
        };
        // As large as the bones, they take their place.
        let posts = posts.into_iter().enumerate().map(planned).collect();
        let (boards, paths) = (boards.into_iter().zip(spots).collect(), existing.paths);
        Ok(Plan { boards, fallback, bare_topics, topics, posts, members, ids, known, paths, addresses })
    }

    /// Which board has which id; the boards' places in the order of the archive; and that for topics without a board.
    fn boards(&self, existing: &mut Existing) -> (HashMap<String, usize>, Vec<Spot>, Option<Spot>) {
        let mut homes: HashMap<String, usize> = HashMap::new();
        let mut spots: Vec<Spot> = Vec::with_capacity(self.boards.len());
        let above = self.naming.board.clone().unwrap_or_default();
        let alone = self.boards.iter().filter(|board| board.parent.is_none()).count() == 1;
        for board in &self.boards {
            let origin = self.origin(&board.id);
            let name = board.name.as_deref().filter(|name| !name.is_empty()).unwrap_or(&board.title);
            let spot = if let Some(path) = existing.path(origin) {
                Spot { path: folder(&path).to_owned(), fresh: false }
            } else if board.parent.is_none() && alone && !above.is_empty() {
                Spot { fresh: !existing.is_taken(&format!("{above}/{BOARD}")), path: above.clone() }
            } else {
                let parent = board.parent.as_ref().and_then(|id| spots.get(*homes.get(id)?)).map(|it| &it.path);
                // Paths have an end, and topics want room below.
                let parent = parent.filter(|path| path.len() <= 41).unwrap_or(&above).clone();
                let name = names::board(name, parent.is_empty());
                Spot { path: free(existing, &parent, &name, "", origin), fresh: true }
            };
            homes.entry(board.id.clone()).or_insert(spots.len());
            spots.push(spot);
        }
        let homeless = |it: &TopicBones| {
            let topic = it.topic.and_then(|at| self.known.get::<Topic>(at));
            topic.is_some_and(|topic| topic.board.as_ref().is_none_or(|id| !homes.contains_key(id)))
        };
        let fallback = self.topics.iter().any(homeless).then(|| {
            let path = if above.is_empty() { names::board(&self.naming.title, true) } else { above };
            Spot { fresh: !existing.is_taken(&format!("{path}/{BOARD}")), path }
        });
        (homes, spots, fallback)
    }
}

/// The path in `folder` with this name, or when it is taken, one that tells things of that name apart.
fn free(existing: &mut Existing, folder: &str, name: &str, ending: &str, origin: Key) -> String {
    let slash = if folder.is_empty() { "" } else { "/" };
    let plain = format!("{folder}{slash}{name}{ending}");
    if existing.take(&plain) {
        return plain;
    }
    let marked = format!("{folder}{slash}{name}-{}{ending}", names::mark(origin));
    existing.take(&marked);
    marked
}
