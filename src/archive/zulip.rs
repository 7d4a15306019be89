//! Zulip → items: the files of zulip-archive (a stream a folder, a topic a file) and Zulip's own export. Streams are
//! boards. What its bot says about moved and resolved topics is left out, and so is all that wasn't public. Formats:
//! <https://github.com/zulip/zulip-archive>, <https://zulip.readthedocs.io/en/latest/production/export-and-import.html>.

mod directory;
mod json;
mod narrow;
mod words;

use std::path::Path;
use std::rc::Rc;

use super::item::{Attachment, Board, Content, Item, Kind, Member, Post, Skipped, Topic, Want};
use super::row::{Answer, Taken, UNREADABLE, answered};
use super::source::{self, Source};
use super::{Archive, Format, Give, Old, Options};
use crate::Result;
use crate::monitor::Monitor;
use directory::Directory;
use json::{Message, Realm};

/// The format.
pub const FORMAT: Format = Format { name: "zulip", about: "Zulip's export, or topics as JSON", looks, open };

/// Who tells that topics were moved, resolved and made.
const BOT: &str = "Notification Bot";

fn looks(source: &Source) -> bool {
    let named = |path: &Path, name: &str| path.file_name().is_some_and(|it| it.eq_ignore_ascii_case(name));
    let head = |path: &Path| source::head(path).map(|head| String::from_utf8_lossy(&head).into_owned());
    let has = |path: &Path, name: &str| head(path).is_some_and(|it| it.contains(&format!("\"{name}")));
    source.ending("json").any(|path| named(path, "realm.json") && has(path, "zerver_"))
        || source.ending("json").take(20).any(|path| has(path, "sender_full_name\"") && has(path, "timestamp\""))
}

fn open(source: Source, told: &Options) -> Result<Box<dyn Archive>> {
    let url = told.url.as_deref().map(|it| it.trim_end_matches('/').to_owned());
    let realm = json::realm(&source)?;
    Ok(Box::new(Zulip { source, url, private: told.private, realm, known: Rc::default() }))
}

struct Zulip {
    source: Source,
    url: Option<String>,
    /// Streams that not everybody could read are taken as well.
    private: bool,
    /// What Zulip's own export tells besides its messages.
    realm: Option<Realm>,
    /// What the first reading has found.
    known: Rc<Directory>,
}

impl Archive for Zulip {
    fn read(&mut self, want: Want, _: &dyn Monitor, give: Give<'_>) -> Result<()> {
        let mut found = Directory::default();
        match &self.realm {
            Some(realm) => {
                for stream in &realm.streams {
                    found.stream(stream.clone());
                }
                for path in json::messages(&self.source) {
                    let name = self.source.name(path).into_owned();
                    match realm.read(&source::text(path)?) {
                        Some(messages) => self.messages(messages, want, &mut found, give)?,
                        None => give(unreadable(name))?,
                    }
                }
            }
            None => {
                for (stream, topics) in json::folders(&self.source) {
                    found.stream(stream);
                    for (_, paths) in topics {
                        let mut messages = Vec::new();
                        for path in paths {
                            match json::topic(path, &source::text(path)?) {
                                Some(more) => messages.extend(more),
                                None => give(unreadable(self.source.name(path).into_owned()))?,
                            }
                        }
                        messages.sort_by_key(|it: &Option<Message>| it.as_ref().map(|it| it.id));
                        self.messages(messages, want, &mut found, give)?;
                    }
                }
            }
        }
        for stream in found.streams.iter().filter(|it| self.private || !it.private) {
            give(Item::Board(Board {
                id: format!("s{}", stream.id),
                title: stream.name.clone(),
                description: stream.description.clone(),
                read_only: stream.closed,
                aliases: vec![narrow::stream(&stream.slug)],
                ..Board::default()
            }))?;
        }
        for topic in &found.topics {
            let stream = &found.streams[topic.stream];
            give(Item::Topic(Topic {
                id: topic.id(),
                board: Some(format!("s{}", stream.id)),
                title: topic.title.clone(),
                locked: topic.resolved,
                aliases: vec![topic.address.clone()],
                ..Topic::default()
            }))?;
        }
        for (id, name) in found.members() {
            let aliases = found.numbers(&id).into_iter().map(narrow::person).collect();
            give(Item::Member(Member { id, name, aliases, ..Member::default() }))?;
        }
        if want == Want::Names {
            self.known = Rc::new(found);
        }
        Ok(())
    }

    fn old(&self) -> Old {
        let plain = Old::at(self.base());
        let known = Rc::clone(&self.known);
        let local = move |address: &str| (plain.local)(address).and_then(|path| known.canonical(&path));
        Old { base: self.base(), local: Box::new(local) }
    }
}

impl Zulip {
    /// The server's address: as it was told, else that which absolute links into streams show most often.
    fn base(&self) -> Option<String> {
        self.url.clone().or_else(|| self.known.host())
    }

    fn messages(
        &self,
        messages: Vec<Option<Message>>,
        want: Want,
        found: &mut Directory,
        give: Give<'_>,
    ) -> Result<()> {
        for message in messages {
            let name = message.as_ref().map_or_else(|| String::from("a message"), |it| format!("message {}", it.id));
            answered(self.message(message, want, found), || name, give)?;
        }
        Ok(())
    }

    fn message(&self, message: Option<Message>, want: Want, found: &mut Directory) -> Answer {
        let message = message.ok_or(UNREADABLE)?;
        let stream = message.stream.as_deref().ok_or("private message")?;
        let stream = found.stream_at(stream).ok_or("its stream is not in the export")?;
        let reason = match () {
            () if found.streams[stream].private && !self.private => Some("message of a private stream"),
            () if message.name == BOT || message.by_system => Some("written by Zulip"),
            () if message.is_deleted() => Some("deleted"),
            () => None,
        };
        if let Some(reason) = reason {
            found.resolved(stream, &message);
            return Err(reason);
        }
        let topic = found.post(stream, &message);
        if want == Want::Names {
            found.read_words(&message.text);
        }
        let place = format!("{}/near/{}", found.topics[topic].address, message.id);
        let reply_to = narrow::answered(&message.text).filter(|it| found.posts.get(it) == Some(&topic));
        let (text, attachments) = if want == Want::All { self.text(&message) } else { (String::new(), Vec::new()) };
        let post = Post {
            id: format!("p{}", message.id),
            topic: found.topics[topic].id(),
            author: message.sender,
            date: message.date,
            edited: message.edited,
            reply_to: reply_to.filter(|it| *it != message.id).map(|it| format!("p{it}")),
            likes: self.realm.as_ref().and_then(|it| it.reactions.get(&message.id).copied()),
            source: self.base().map(|base| format!("{base}{place}")),
            aliases: vec![place],
            text,
            attachments,
            ..Post::default()
        };
        Ok(Taken { post, ..Taken::default() })
    }

    fn text(&self, message: &Message) -> (String, Vec<Attachment>) {
        if !message.html {
            return (message.text.clone(), Vec::new());
        }
        let text = words::markdown(&message.text, &self.known);
        let uploads = words::uploads(&message.text).into_iter().map(|(address, name)| {
            let file = self.realm.as_ref().and_then(|_| json::upload(&self.source, &address));
            Attachment { address, name, content: file.map_or(Content::Elsewhere, Content::File) }
        });
        let attachments = uploads.collect();
        (text, attachments)
    }
}

fn unreadable(name: String) -> Item {
    Item::Skipped(Skipped { kind: Kind::Topic, reason: "unreadable JSON", name })
}
