//! The names of everything in an archive, and what stands already → where each thing will be, before the first is written.
//! So links can lead to what comes later, and nothing's name depends on where a run was cut off. It holds no texts.

use rustc_hash::{FxHashMap, FxHashSet};

use super::item::{Board, Item, Member, Post, Topic};
use super::names::{self, Secret};
use super::standing::{Standing, folder};
use crate::content::MEMBERS;
use crate::key::Key;
use crate::{Error, Result};

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
}

impl Naming {
    /// The origin of the thing with this id.
    #[must_use]
    pub fn origin(&self, id: &str) -> String {
        format!("{}/{id}", self.origin)
    }

    fn origin_of(&self, member: &Member) -> String {
        self.origin(&names::told(&member.id, member.secret.then_some(&self.secret)))
    }
}

/// What the first reading of an archive gathers.
#[derive(Debug, Default)]
pub struct Skeleton {
    boards: Vec<Board>,
    topics: Vec<TopicBones>,
    posts: Vec<PostBones>,
    members: Vec<Member>,
    topic_ids: FxHashMap<Box<str>, u32>,
    member_ids: FxHashMap<Box<str>, u32>,
    post_ids: FxHashMap<Key, u32>,
    addresses: FxHashMap<Key, Target>,
}

#[derive(Debug, Default)]
struct TopicBones {
    topic: Option<Topic>,
    /// The post that opens it, or would: by its place in the list.
    opening: Option<u32>,
    opens: bool,
}

#[derive(Debug)]
struct PostBones {
    id: Box<str>,
    topic: u32,
    author: u32,
    date: i64,
}

/// What an old address leads to, by its place in the list of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
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
    /// The topics, those without posts or of which nothing is known left empty.
    pub topics: Vec<Option<TopicPlace>>,
    posts: Vec<Option<PostPlace>>,
    /// The members.
    pub members: Vec<MemberPlace>,
    topic_ids: FxHashMap<Box<str>, u32>,
    member_ids: FxHashMap<Box<str>, u32>,
    post_ids: FxHashMap<Key, u32>,
    addresses: FxHashMap<Key, Target>,
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
    pub standing: bool,
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
    pub path: Box<str>,
    /// It stands there already.
    pub standing: bool,
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
    pub standing: bool,
    /// Somebody of this id has posted.
    pub posted: bool,
}

/// The name of a board's file.
pub const BOARD: &str = "board.yml";
/// The name of a topic's file.
pub const TOPIC: &str = "topic.yml";

fn number(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn key(text: &str) -> Key {
    Key::of_bytes(text.as_bytes())
}

impl Skeleton {
    /// Gathers what is to be known of one item.
    pub fn add(&mut self, item: Item) {
        match item {
            Item::Board(board) => {
                let at = number(self.boards.len());
                self.leads(&board.aliases, Target::Board(at));
                self.boards.push(board);
            }
            Item::Topic(topic) => {
                let at = self.topic(&topic.id);
                self.leads(&topic.aliases, Target::Topic(at));
                self.topics[at as usize].topic.get_or_insert(topic);
            }
            Item::Member(member) => {
                let at = self.member(&member.id);
                self.leads(&member.aliases, Target::Member(at));
                self.members[at as usize] = member;
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

    fn leads(&mut self, addresses: &[String], target: Target) {
        for address in addresses {
            self.addresses.entry(key(address)).or_insert(target);
        }
    }

    fn topic(&mut self, id: &str) -> u32 {
        if let Some(at) = self.topic_ids.get(id) {
            return *at;
        }
        let at = number(self.topics.len());
        self.topics.push(TopicBones::default());
        self.topic_ids.insert(id.into(), at);
        at
    }

    fn member(&mut self, id: &str) -> u32 {
        if let Some(at) = self.member_ids.get(id) {
            return *at;
        }
        let at = number(self.members.len());
        self.members.push(Member { id: id.to_owned(), name: id.to_owned(), ..Member::default() });
        self.member_ids.insert(id.into(), at);
        at
    }

    fn post(&mut self, post: &Post) {
        let at = number(self.posts.len());
        if *self.post_ids.entry(key(&post.id)).or_insert(at) != at {
            return;
        }
        self.leads(&post.aliases, Target::Post(at));
        let (topic, author) = (self.topic(&post.topic), self.member(&post.author));
        let bones = &mut self.topics[topic as usize];
        let earliest = bones.opening.and_then(|first| self.posts.get(first as usize)).map(|first| first.date);
        if !bones.opens && (post.opens || earliest.is_none_or(|date| post.date < date)) {
            (bones.opening, bones.opens) = (Some(at), post.opens);
        }
        self.posts.push(PostBones { id: post.id.as_str().into(), topic, author, date: post.date });
    }

    /// Names everything that doesn't stand yet.
    ///
    /// # Errors
    /// What stands under this origin is another archive.
    pub fn settle(self, naming: &Naming, mut standing: Standing) -> Result<Plan> {
        let members = self.members(naming, &standing);
        let (homes, spots, fallback) = self.boards(naming, &mut standing);

        // Where the posts stand that were brought before; and by them, where their topics do.
        let mut stands: Vec<Option<Box<str>>> = vec![None; self.posts.len()];
        let mut folders: Vec<Option<String>> = vec![None; self.topics.len()];
        let (mut same, mut other) = (0_usize, 0_usize);
        for (post, at) in self.posts.iter().zip(&mut stands) {
            let Some(found) = standing.find(&naming.origin(&post.id)) else { continue };
            if found.date == Some(post.date) {
                same += 1;
            } else {
                other += 1;
            }
            let home = &mut folders[post.topic as usize];
            home.get_or_insert_with(|| folder(&found.path).to_owned());
            *at = Some(found.path.clone());
        }
        if other > same {
            return Err(Error::other(
                format!("the forum holds another archive's posts under the origin `{}`", naming.origin),
                "name this one: `--origin NAME`",
            ));
        }

        let mut topics: Vec<Option<TopicPlace>> = Vec::with_capacity(self.topics.len());
        let mut bare_topics = Vec::new();
        let mut openings: Vec<Option<u32>> = Vec::with_capacity(self.topics.len());
        for (bones, home) in self.topics.into_iter().zip(folders) {
            let opening = bones.opening.and_then(|at| Some((at, self.posts.get(at as usize)?)));
            let (Some(topic), Some((at, opening))) = (bones.topic.clone(), opening) else {
                bare_topics.extend(bones.topic.map(|topic| names::line(&topic.title)));
                topics.push(None);
                openings.push(None);
                continue;
            };
            let origin = naming.origin(&topic.id);
            let home = standing.find(&origin).map(|it| folder(&it.path).to_owned()).or(home);
            let folder = home.unwrap_or_else(|| {
                let board = topic
                    .board
                    .as_ref()
                    .and_then(|id| homes.get(id).and_then(|at| spots.get(*at)))
                    .or(fallback.as_ref());
                let shelf = format!("{}/{}", board.map_or("", |it| &it.path), names::year(opening.date));
                free(&mut standing, &shelf, &names::topic(&topic.title), "", &origin)
            });
            let known = standing.is_taken(&format!("{folder}/{TOPIC}"));
            openings.push((!standing.is_opened(&folder)).then_some(at));
            topics.push(Some(TopicPlace { folder, topic, standing: known }));
        }

        let mut posts = Vec::with_capacity(self.posts.len());
        for (at, (bones, stood)) in self.posts.iter().zip(stands).enumerate() {
            let Some(topic) = topics.get(bones.topic as usize).and_then(Option::as_ref) else {
                posts.push(None);
                continue;
            };
            let at = number(at);
            let opens = openings[bones.topic as usize] == Some(at);
            let handle = members.get(bones.author as usize).map_or("member", |it| it.handle.as_str());
            let standing_there = stood.is_some();
            let path = stood.unwrap_or_else(|| {
                let stem = names::stem(bones.date, handle);
                free(&mut standing, &topic.folder, &stem, ".md", &naming.origin(&bones.id)).into()
            });
            posts.push(Some(PostPlace { number: at, topic: bones.topic, path, standing: standing_there, opens }));
        }
        let Skeleton { boards, topic_ids, member_ids, post_ids, addresses, .. } = self;
        let boards = boards.into_iter().zip(spots).collect();
        Ok(Plan { boards, fallback, bare_topics, topics, posts, members, topic_ids, member_ids, post_ids, addresses })
    }

    fn members(&self, naming: &Naming, standing: &Standing) -> Vec<MemberPlace> {
        let mut taken: FxHashSet<String> = standing.handles.iter().map(|handle| names::look(handle)).collect();
        let mut posted = vec![false; self.members.len()];
        for post in &self.posts {
            posted[post.author as usize] = true;
        }
        // Those who have posted choose first, since the others get no file.
        let mut places: Vec<Option<MemberPlace>> = vec![None; self.members.len()];
        for wanted in [true, false] {
            for (at, member) in self.members.iter().enumerate().filter(|(at, _)| posted[*at] == wanted) {
                let origin = naming.origin_of(member);
                let stands = standing.find(&origin).map(|it| it.path.to_string());
                let stood = stands.as_ref().and_then(|path| path.rsplit('/').next()?.strip_suffix(".yml"));
                let handle = stood.map_or_else(
                    || {
                        let plain = names::handle(&member.name);
                        if taken.insert(names::look(&plain)) {
                            plain
                        } else {
                            format!("{plain}-{}", names::mark(&origin))
                        }
                    },
                    str::to_owned,
                );
                let letter = handle.get(..1).unwrap_or("a").to_owned();
                let standing = stands.is_some();
                let path = stands.unwrap_or_else(|| format!("{MEMBERS}/{letter}/{handle}.yml"));
                places[at] =
                    Some(MemberPlace { member: member.clone(), handle, path, origin, standing, posted: wanted });
            }
        }
        places.into_iter().flatten().collect()
    }

    /// Which board has which id; the boards' places in the order of the archive; and that for topics without a board.
    fn boards(&self, naming: &Naming, standing: &mut Standing) -> (FxHashMap<String, usize>, Vec<Spot>, Option<Spot>) {
        let mut homes: FxHashMap<String, usize> = FxHashMap::default();
        let mut spots: Vec<Spot> = Vec::with_capacity(self.boards.len());
        let above = naming.board.clone().unwrap_or_default();
        let alone = self.boards.iter().filter(|board| board.parent.is_none()).count() == 1;
        for board in &self.boards {
            let origin = naming.origin(&board.id);
            let name = board.name.as_deref().filter(|name| !name.is_empty()).unwrap_or(&board.title);
            let spot = if let Some(found) = standing.find(&origin) {
                Spot { path: folder(&found.path).to_owned(), fresh: false }
            } else if board.parent.is_none() && alone && !above.is_empty() {
                Spot { fresh: !standing.is_taken(&format!("{above}/{BOARD}")), path: above.clone() }
            } else {
                let parent = board.parent.as_ref().and_then(|id| spots.get(*homes.get(id)?)).map(|it| &it.path);
                // Paths have an end, and topics want room below.
                let parent = parent.filter(|path| path.len() <= 41).unwrap_or(&above).clone();
                let name = names::board(name, parent.is_empty());
                Spot { path: free(standing, &parent, &name, "", &origin), fresh: true }
            };
            homes.entry(board.id.clone()).or_insert(spots.len());
            spots.push(spot);
        }
        let homeless = |it: &TopicBones| {
            it.topic.as_ref().is_some_and(|topic| topic.board.as_ref().is_none_or(|id| !homes.contains_key(id)))
        };
        let fallback = self.topics.iter().any(homeless).then(|| {
            let path = if above.is_empty() { names::board(&naming.title, true) } else { above };
            Spot { fresh: !standing.is_taken(&format!("{path}/{BOARD}")), path }
        });
        (homes, spots, fallback)
    }
}

/// The path in `folder` with this name, or when it is taken, one that tells things of that name apart.
fn free(standing: &mut Standing, folder: &str, name: &str, ending: &str, origin: &str) -> String {
    let slash = if folder.is_empty() { "" } else { "/" };
    let plain = format!("{folder}{slash}{name}{ending}");
    if standing.take(&plain) {
        return plain;
    }
    let marked = format!("{folder}{slash}{name}-{}{ending}", names::mark(origin));
    standing.take(&marked);
    marked
}

impl Plan {
    /// The place of the post with this id.
    #[must_use]
    pub fn post(&self, id: &str) -> Option<&PostPlace> {
        self.post_ids.get(&key(id)).and_then(|at| self.posts.get(*at as usize)?.as_ref())
    }

    /// The place of the topic with this id; none when it has no posts.
    #[must_use]
    pub fn topic(&self, id: &str) -> Option<&TopicPlace> {
        self.topic_ids.get(id).and_then(|at| self.topic_at(*at))
    }

    /// The place of the topic with this number.
    #[must_use]
    pub fn topic_at(&self, number: u32) -> Option<&TopicPlace> {
        self.topics.get(number as usize)?.as_ref()
    }

    /// The place of the member with this id.
    #[must_use]
    pub fn member(&self, id: &str) -> Option<&MemberPlace> {
        self.member_ids.get(id).and_then(|at| self.members.get(*at as usize))
    }

    /// How many posts there are.
    #[must_use]
    pub fn posts(&self) -> usize {
        self.posts.len()
    }

    /// The path of what this old address leads to: a folder of a topic (with a slash at its end), or a file.
    #[must_use]
    pub fn path_of(&self, address: &str) -> Option<String> {
        match *self.addresses.get(&key(address))? {
            Target::Board(at) => self.boards.get(at as usize).map(|(_, it)| format!("{}/{BOARD}", it.path)),
            Target::Topic(at) => self.topic_at(at).map(|it| format!("{}/", it.folder)),
            Target::Post(at) => self.posts.get(at as usize)?.as_ref().map(|it| it.path.to_string()),
            Target::Member(at) => {
                self.members.get(at as usize).filter(|it| it.posted || it.standing).map(|it| it.path.clone())
            }
        }
    }
}
