//! What a reading of a Zulip export has met → which stream, topic, post or person an address means. It keeps no texts.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::json::{Message, Stream};
use super::narrow::{self, Narrow};

/// What was met so far.
#[derive(Debug, Default)]
pub(super) struct Directory {
    pub(super) streams: Vec<Stream>,
    pub(super) topics: Vec<TopicEntry>,
    /// The place of each post's topic.
    pub(super) posts: HashMap<u64, usize>,
    /// The places of streams, by number and by name.
    stream_places: HashMap<String, usize>,
    /// The places of topics, by their stream's and their name.
    topic_places: HashMap<(usize, String), usize>,
    /// The names of those who have posted, by id.
    members: BTreeMap<String, String>,
    /// The ids of people whose numbers were told.
    people: BTreeMap<u64, String>,
    /// Hosts that absolute links into streams lead to, and how often.
    hosts: BTreeMap<String, u32>,
}

/// A topic that was met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TopicEntry {
    /// The place of its stream.
    pub(super) stream: usize,
    /// Its first message.
    first: u64,
    /// Its last one, whoever wrote it.
    last: u64,
    pub(super) title: String,
    pub(super) address: String,
    /// The last message stands under the mark of a resolved topic.
    pub(super) resolved: bool,
}

impl TopicEntry {
    /// The same in every export, whatever the topic is called by then.
    pub(super) fn id(&self) -> String {
        format!("t{}", self.first)
    }
}

fn place_of(topic: &str) -> String {
    narrow::unmarked(topic).0.to_lowercase()
}

impl Directory {
    pub(super) fn stream(&mut self, stream: Stream) {
        let at = self.streams.len();
        self.stream_places.entry(stream.id.clone()).or_insert(at);
        self.stream_places.entry(stream.name.to_lowercase()).or_insert(at);
        self.streams.push(stream);
    }

    pub(super) fn stream_at(&self, id: &str) -> Option<usize> {
        self.stream_places.get(id).copied()
    }

    fn topic_at(&self, stream: usize, topic: &str) -> Option<usize> {
        self.topic_places.get(&(stream, place_of(topic))).copied()
    }

    /// Notes a message, and gives the place of its topic.
    pub(super) fn post(&mut self, stream: usize, message: &Message) -> usize {
        let at = self.topic_at(stream, &message.topic).unwrap_or_else(|| {
            let (title, _) = narrow::unmarked(&message.topic);
            let slug = self.streams.get(stream).map_or("", |it| it.slug.as_str());
            self.topics.push(TopicEntry {
                stream,
                first: message.id,
                last: 0,
                // What was said without a topic stands under this name.
                title: String::from(if title.is_empty() { "general chat" } else { title }),
                address: narrow::topic(slug, title),
                resolved: false,
            });
            let at = self.topics.len() - 1;
            self.topic_places.insert((stream, place_of(&message.topic)), at);
            at
        });
        self.resolved(stream, message);
        self.posts.insert(message.id, at);
        self.members.entry(message.sender.clone()).or_insert_with(|| message.name.clone());
        if let Some(number) = message.number {
            self.people.insert(number, message.sender.clone());
        }
        at
    }

    /// Notes under which mark the last message of a topic stands, if the topic is known.
    pub(super) fn resolved(&mut self, stream: usize, message: &Message) {
        let at = self.topic_at(stream, &message.topic);
        if let Some(topic) = at.and_then(|at| self.topics.get_mut(at))
            && message.id > topic.last
        {
            (topic.last, topic.resolved) = (message.id, narrow::unmarked(&message.topic).1);
        }
    }

    /// Notes what a text tells of people's numbers and of the server's host.
    pub(super) fn read_words(&mut self, html: &str) {
        for mention in html.split("data-user-id=\"").skip(1) {
            let name = mention.split_once("\">").and_then(|(id, rest)| Some((id, rest.split_once('<')?.0)));
            if let Some((id, name)) = name
                && let Ok(id) = id.parse::<u64>()
            {
                let name = crate::archive::html::words(name);
                self.people.entry(id).or_insert_with(|| format!("u:{}", name.trim_start_matches('@')));
            }
        }
        for link in html.split("href=\"https://").skip(1) {
            if let Some((host, _)) = link.split_once("/#narrow/").filter(|(host, _)| !host.contains(['"', '/', '@'])) {
                *self.hosts.entry(host.to_owned()).or_default() += 1;
            }
        }
    }

    /// The server's address, as absolute links show it.
    pub(super) fn host(&self) -> Option<String> {
        let most = self.hosts.iter().max_by(|a, b| a.1.cmp(b.1).then_with(|| b.0.cmp(a.0)));
        most.map(|(host, _)| format!("https://{host}"))
    }

    /// Those who have posted: id and name.
    pub(super) fn members(&self) -> impl Iterator<Item = (String, String)> {
        self.members.iter().map(|(id, name)| (id.clone(), name.clone()))
    }

    /// The numbers that are known of a person.
    pub(super) fn numbers(&self, member: &str) -> BTreeSet<u64> {
        self.people.iter().filter(|(_, id)| *id == member).map(|(number, _)| *number).collect()
    }

    /// Whether somebody of this number has posted.
    pub(super) fn has_posted(&self, number: u64) -> bool {
        self.people.get(&number).is_some_and(|id| self.members.contains_key(id))
    }

    /// From a path of the app to that under which the thing is known.
    pub(super) fn canonical(&self, path: &str) -> Option<String> {
        let Narrow { stream, topic, near, sender } = narrow::read(path)?;
        let post = near.and_then(|id| Some((id, self.topics.get(*self.posts.get(&id)?)?)));
        if let Some((id, topic)) = post {
            return Some(format!("{}/near/{id}", topic.address));
        }
        if let Some(number) = sender.filter(|_| stream.is_none()) {
            return Some(narrow::person(number));
        }
        let at = self.stream_at(&stream?)?;
        match topic {
            Some(topic) => self.topics.get(self.topic_at(at, &topic)?).map(|it| it.address.clone()),
            None => self.streams.get(at).map(|it| narrow::stream(&it.slug)),
        }
    }
}
