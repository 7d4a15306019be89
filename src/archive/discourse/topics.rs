//! Discourse's JSON of topics (`/t/ID.json`), as files of a folder → items. A topic may come in pages.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use super::json::{self, PostJson, TopicJson};
use super::{Duplicates, Of, left_out, made, raw};
use crate::Result;
use crate::archive::item::{Board, Item, Kind, Skipped, Topic, Want};
use crate::archive::row::{Answer, Entry, Taken, UNREADABLE, answered};
use crate::archive::source::{self, Source};
use crate::archive::{Archive, Give, Old, Options};
use crate::monitor::Monitor;

pub(super) fn open(source: Source, told: &Options) -> Box<dyn Archive> {
    Box::new(Discourse { source, url: told.url.clone(), hosts: HashMap::new() })
}

struct Discourse {
    source: Source,
    url: Option<String>,
    /// Hosts that avatars are served for, and how often: the forum's own.
    hosts: HashMap<String, u32>,
}

impl Archive for Discourse {
    fn read(&mut self, want: Want, _: &dyn Monitor, give: Give<'_>) -> Result<()> {
        let raws = self.raws();
        let mut seen = Duplicates::default();
        let mut boards = Vec::new();
        let mut files: Vec<PathBuf> = self.source.ending("json").map(Path::to_owned).collect();
        // Lists of categories come first, wherever they lie.
        for path in &files {
            if json::may_list_categories(path)
                && let Some(list) = json::categories(&source::text(path)?)
            {
                boards.extend(list);
            }
        }
        for board in super::boards(boards) {
            seen.boards.insert(board.id.clone());
            give(Item::Board(board))?;
        }
        files.sort_by_key(|path| (json::number(path), path.clone()));
        for path in &files {
            let text = source::text(path)?;
            let name = self.source.name(path).into_owned();
            match json::topic(&text) {
                Some(topic) => self.topic(topic, &raws, want, &mut seen, give)?,
                None if json::is_topic(&text) => {
                    give(Item::Skipped(Skipped { kind: Kind::Topic, reason: "unreadable JSON", name }))?;
                }
                None => {}
            }
        }
        Ok(())
    }

    fn old(&self) -> Old {
        super::old(self.base())
    }
}

impl Discourse {
    /// The forum's address: as it was told, else that of the host which serves its avatars.
    fn base(&self) -> Option<String> {
        let known = self.url.as_deref().map(|it| it.trim_end_matches('/').to_owned());
        let most = || self.hosts.iter().max_by(|a, b| a.1.cmp(b.1).then_with(|| b.0.cmp(a.0)));
        known.or_else(|| most().map(|(host, _)| format!("https://{host}")))
    }

    /// The files with the Markdown of whole topics, by the topic's number.
    fn raws(&self) -> HashMap<u64, PathBuf> {
        let each = self.source.ending("md").filter_map(|path| Some((json::number(path)?, path.to_owned())));
        each.collect()
    }

    fn topic(
        &mut self,
        topic: TopicJson,
        raws: &HashMap<u64, PathBuf>,
        want: Want,
        seen: &mut Duplicates,
        give: Give<'_>,
    ) -> Result<()> {
        let TopicJson { id, slug, post_stream, .. } = &topic;
        if topic.archetype.as_deref() == Some("private_message") {
            if seen.topics.insert(*id) {
                give(Item::Skipped(Skipped { kind: Kind::Topic, reason: "private message", name: id.to_string() }))?;
            }
            for (at, post) in post_stream.posts.iter().enumerate() {
                answered(Err("private message"), || called(*id, at, post), give)?;
            }
            return Ok(());
        }
        if let Some(category) = topic.category_id {
            let board = format!("c{category}");
            if seen.boards.insert(board.clone()) {
                give(Item::Board(Board {
                    id: board,
                    name: Some(format!("c{category}")),
                    title: format!("Category {category}"),
                    aliases: vec![format!("/c/{category}")],
                    ..Board::default()
                }))?;
            }
        }
        let raw = match raws.get(id).filter(|_| want == Want::All) {
            Some(path) => raw::posts(&source::text(path)?),
            None => HashMap::new(),
        };
        if seen.topics.insert(*id) {
            give(Item::Topic(header(&topic)))?;
        }
        // Of two posts with one number the first is meant.
        let numbers = post_stream.posts.iter().rev().filter_map(Entry::read).map(|it| (it.post_number, it.id));
        let numbers: BTreeMap<u64, u64> = numbers.collect();
        for (at, entry) in post_stream.posts.iter().enumerate() {
            let mut post = || -> Answer {
                let post = entry.read().ok_or(UNREADABLE)?;
                if let Some(reason) = left_out(post) {
                    return Err(reason);
                }
                self.note_host(post);
                let raw = post.raw.as_deref().or_else(|| raw.get(&post.post_number).map(String::as_str));
                let reply = post.reply_to_post_number.and_then(|number| numbers.get(&number)).copied();
                let author = seen.member(post);
                let post = made(post, &Of { id: *id, slug }, raw, reply, self.base().as_deref(), want);
                Ok(Taken { author, post, ..Taken::default() })
            };
            answered(post(), || called(*id, at, entry), give)?;
        }
        Ok(())
    }

    fn note_host(&mut self, post: &PostJson) {
        let own = |template: &str| {
            let host = template.strip_prefix("/user_avatar/")?.split('/').next()?.to_owned();
            host.contains('.').then_some(host)
        };
        if let Some(host) = post.avatar_template.as_deref().and_then(own) {
            *self.hosts.entry(host).or_default() += 1;
        }
    }
}

/// What people find a post by: its number, or its place in the file.
fn called(topic: u64, at: usize, post: &Entry<PostJson>) -> String {
    match post.read() {
        Some(post) => format!("{topic}#{}", post.post_number),
        None => format!("{topic}, entry {}", at + 1),
    }
}

fn header(topic: &TopicJson) -> Topic {
    let TopicJson { id, slug, .. } = topic;
    let posts = || topic.post_stream.posts.iter().filter_map(Entry::read);
    let by_number = |n: u64| posts().find(|it| it.post_number == n).map(|it| format!("p{}", it.id));
    let accepted = topic.accepted_answer.as_ref().and_then(|it| it.post_number).and_then(by_number);
    let marked = posts().find(|it| it.accepted_answer.unwrap_or(false)).map(|it| format!("p{}", it.id));
    Topic {
        id: format!("t{id}"),
        board: topic.category_id.map(|it| format!("c{it}")),
        title: topic.title.clone(),
        tags: json::tags(topic),
        pinned: topic.pinned.unwrap_or(false) || topic.pinned_globally.unwrap_or(false),
        locked: topic.closed.unwrap_or(false) || topic.archived.unwrap_or(false),
        answer: accepted.or(marked),
        views: topic.views,
        aliases: vec![format!("/t/{slug}/{id}"), format!("/t/{id}"), format!("/t/{slug}")],
    }
}
