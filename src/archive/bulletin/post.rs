//! The row of a post's text → the post, with its author, its attachments and the poll of its topic.

use std::collections::HashMap;
use std::path::PathBuf;

use super::dump::Dump;
use super::record::{AttachmentRecord, PostRecord, TopicRecord};
use super::site::{FormerSite, Numbers};
use super::system::System;
use crate::archive::bbcode::{self, Style};
use crate::archive::item::{Attachment, Content, Member, Post, Want};
use crate::archive::row::{Answer, NO_DATE, NO_TOPIC, Taken};
use crate::archive::source::Source;
use crate::archive::sql::Row;
use crate::archive::{html, names, poll};

/// The files of an export by their names: those of attachments may be among them.
pub(super) struct Kept(HashMap<String, PathBuf>);

impl Kept {
    pub(super) fn of(source: &Source) -> Kept {
        let named = |path: &PathBuf| Some((path.file_name()?.to_string_lossy().into_owned(), path.clone()));
        Kept(source.files.iter().filter_map(named).collect())
    }

    /// The bytes of the file that is kept under one of these names.
    fn content(&self, mut names: impl Iterator<Item = String> + Clone) -> Content {
        match names.clone().find_map(|name| self.0.get(&name)) {
            Some(path) => Content::File(path.clone()),
            None => Content::Kept(names.next().unwrap_or_default()),
        }
    }
}

/// A post that is taken, with its row and topic.
#[derive(Clone, Copy)]
struct Taking<'p> {
    row: &'p Row<'p>,
    post: &'p PostRecord,
    topic: &'p TopicRecord,
    files: &'p [AttachmentRecord],
    site: &'p FormerSite,
}

impl<S: System> Dump<S> {
    /// What becomes of a row of posts' texts.
    pub(super) fn post(&self, row: &Row<'_>, site: &FormerSite, want: Want) -> Answer {
        let (records, addresses) = (self.system.records(), self.system.addresses());
        let post = self.system.post(row)?;
        let topic = records.topics.get(&post.topic).ok_or(NO_TOPIC)?;
        let reason = if S::TOPIC_FIRST {
            records.topic_reason(topic).or(post.hidden)
        } else {
            post.hidden.or_else(|| records.hidden(topic))
        };
        if let Some(reason) = reason {
            return Err(reason);
        }
        if post.date <= 0 {
            return Err(NO_DATE);
        }
        let (author, guest) = match post.account.filter(|it| records.members.contains_key(it)) {
            Some(id) => (format!("u{id}"), None),
            None => {
                let guest = guest(&post.guest);
                (guest.id.clone(), Some(guest))
            }
        };
        let files = records.files.get(&post.id).map_or(&[][..], Vec::as_slice);
        let taking = Taking { row, post: &post, topic, files, site };
        let (text, attachments) = match want {
            Want::Names => (String::new(), Vec::new()),
            Want::All => (self.text(taking), files.iter().map(|it| self.attachment(taking, it)).collect()),
        };
        let numbers = Numbers { topic: post.topic, post: post.id, ..Numbers::default() };
        let post = Post {
            id: format!("p{}", post.id),
            topic: format!("t{}", post.topic),
            author,
            date: post.date,
            edited: post.edited,
            opens: topic.first == post.id,
            reply_to: post.reply_to.map(|it| format!("p{it}")),
            likes: post.likes,
            source: site.whole(&numbers.fill(addresses.source)),
            aliases: site.paths(addresses.post, &numbers),
            text,
            attachments,
            ..Post::default()
        };
        Ok(Taken { author: guest, post, ..Taken::default() })
    }

    fn attachment(&self, taking: Taking<'_>, file: &AttachmentRecord) -> Attachment {
        let names = S::KEPT_ENDINGS.iter().map(|ending| format!("{}{ending}", file.kept));
        let (address, name) = self.file(taking, file);
        Attachment { address, name, content: self.kept.content(names) }
    }

    /// The old address of a file, with its host where that is known, and its name.
    fn file(&self, Taking { post, site, .. }: Taking<'_>, file: &AttachmentRecord) -> (String, String) {
        let numbers = Numbers { topic: post.topic, file: file.id, ..Numbers::default() };
        (site.address(&numbers.fill(self.system.addresses().file)), file.name.clone())
    }

    /// The text that a post is written with: with the result of the poll where it opens its topic; below its own subject
    /// where that says something which the topic's title doesn't.
    fn text(&self, taking: Taking<'_>) -> String {
        let Taking { row, post, topic, files, site } = taking;
        let addresses = self.system.addresses();
        let quoted = |id: &str| site.part(addresses.quoted, id);
        let member = |id: &str| site.part(addresses.mentioned?, id);
        let key = |it: &AttachmentRecord| if S::FILES_BY_NAME { it.name.clone() } else { it.id.to_string() };
        let by_key: HashMap<String, &AttachmentRecord> = files.iter().rev().map(|it| (key(it), it)).collect();
        // The last one that was attached has the number 0 where they are counted.
        let counted =
            |number: &str| files.get(number.parse::<usize>().ok().map(|it| files.len().wrapping_sub(it + 1))?);
        let file = |number: &str, name: &str| {
            let found = match S::FILES_BY_NAME {
                true => by_key.get(name).copied().or_else(|| counted(number)),
                false => by_key.get(number).copied(),
            };
            found.map(|it| self.file(taking, it))
        };
        let style = Style { post: &quoted, member: &member, file: &file, ..self.system.style(row) };
        let text = row.text(S::TEXT);
        let text = if S::XML { bbcode::xml_markdown(text, &style) } else { bbcode::markdown(text, &style) };
        if topic.first == post.id {
            return self.with_poll(text, topic, &self.system.poll_style(style));
        }
        let subject = self.system.subject(row);
        if names::is_own(&subject, &topic.title) {
            return format!("**{}**\n\n{text}", html::plain_words(subject.trim()));
        }
        text
    }

    fn with_poll(&self, text: String, topic: &TopicRecord, style: &Style<'_>) -> String {
        let Some(poll) = self.system.records().polls.get(&topic.poll) else { return text };
        let choices: Vec<(String, Option<u64>)> =
            poll.choices.iter().map(|(_, words, votes)| (bbcode::cell(words, style), *votes)).collect();
        format!("{text}\n\n{}", poll::table(&bbcode::cell(&poll.question, style), &choices, None))
    }
}

/// Somebody who has no account, or none any more.
fn guest(name: &str) -> Member {
    let name = if name.is_empty() { "Guest" } else { name };
    // Some leave an address of e-mail for a name.
    let secret = name.contains('@');
    Member { id: format!("n{name}"), secret, name: name.to_owned(), ..Member::default() }
}
