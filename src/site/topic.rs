//! A topic in → the pages of its posts out.

use git2::Oid;
use serde::Serialize;

use super::address::Address;
use super::card::Card;
use super::frame::Frame;
use super::links::Link;
use super::paging::{Pager, Paging};
use super::tag::Tag;
use super::topic_context::TopicContext;
use crate::Result;
use crate::content::{Post, ReadTopic};

/// One page of a topic.
#[derive(Debug, Serialize)]
pub struct TopicPage<'f> {
    /// What stands around it.
    pub frame: Frame<'f>,
    /// The topic's folder below the content folder.
    pub path: &'f str,
    /// Its title.
    pub title: &'f str,
    /// Its tags.
    pub tags: Vec<Tag<'f>>,
    /// Why it stands first in its board; empty without a reason.
    pub pinned: Option<&'f str>,
    /// Why nobody replies any more; empty without a reason.
    pub locked: Option<&'f str>,
    /// People may reply: it isn't locked, nor its board read only.
    pub open: bool,
    /// The accepted answer; on the first page.
    pub answer: Option<AcceptedAnswer<'f>>,
    /// Who opened it.
    pub starter: &'f Card,
    /// When.
    pub started: i64,
    /// The posts of this page.
    pub posts: Vec<PostItem<'f>>,
    /// This page among the topic's.
    pub pager: Pager<'f>,
    /// The topic opened before it in its board.
    pub older: Option<Neighbour<'f>>,
    /// The topic opened after it in its board.
    pub newer: Option<Neighbour<'f>>,
}

/// The topic next to another.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Neighbour<'f> {
    /// Its title.
    pub title: &'f str,
    /// Its address.
    pub address: Address<'f>,
}

/// The accepted answer, as the topic's first page announces it.
#[derive(Debug, Serialize)]
pub struct AcceptedAnswer<'f> {
    /// Its address.
    pub address: Address<'f>,
    /// Who wrote it.
    pub author: &'f Card,
    /// When.
    pub date: i64,
    /// Its body, for a few words of it; `None` when it is hidden.
    #[serde(serialize_with = "blob")]
    pub body: Option<Oid>,
}

/// A post on a page.
#[derive(Debug, Serialize)]
pub struct PostItem<'f> {
    /// Its stem.
    pub stem: &'f str,
    /// Its number in the topic, from 1.
    pub number: u32,
    /// Its blob, which names its body.
    #[serde(with = "crate::key::oid")]
    pub blob: Oid,
    /// Who wrote it.
    pub author: &'f Card,
    /// When.
    pub date: i64,
    /// Whether its text was changed.
    pub edited: Option<Edited<'f>>,
    /// What it answers.
    pub reply_to: Option<ReplyTo<'f>>,
    /// What its text links to.
    pub links: Vec<Link<'f>>,
    /// It is the accepted answer.
    pub answer: bool,
    /// Its text is not shown, and why; empty without a reason.
    pub hidden: Option<&'f str>,
    /// The fingerprint of its author's key, with which its text is signed.
    pub verified: Option<&'f str>,
    /// How many liked it, where it came from.
    pub likes: Option<u64>,
    /// Its original address.
    pub source: Option<&'f str>,
}

/// A later change of a text.
#[derive(Debug, Serialize)]
pub struct Edited<'f> {
    /// When.
    pub when: i64,
    /// Who, where it wasn't the author.
    pub by: Option<&'f Card>,
}

/// What a post answers.
#[derive(Debug, Serialize)]
pub struct ReplyTo<'f> {
    /// Its address.
    pub address: Address<'f>,
    /// Who wrote it.
    pub author: &'f Card,
    /// Its number in the topic, from 1.
    pub number: u32,
}

/// Serialises an object id that may be missing.
#[allow(clippy::ref_option, reason = "serde asks for this shape")]
pub(super) fn blob<S: serde::Serializer>(oid: &Option<Oid>, serializer: S) -> Result<S::Ok, S::Error> {
    oid.as_ref().map(Oid::as_bytes).serialize(serializer)
}

impl<'f> TopicContext<'f> {
    /// A page of the topic.
    ///
    /// # Errors
    /// Posts can't be read.
    pub(super) fn page(&self, number: u32) -> Result<TopicPage<'f>> {
        let (topic, read) = (self.topic, self.topic.read()?);
        let pager = Paging::Forward.pager(Address::folder(&topic.path), number, self.pages());
        let range = Paging::Forward.range(topic.posts.len(), self.each, number);
        let answer = topic.moderation.answer.as_ref().and_then(|answer| read.position(&answer.value));
        let posts = range.map(|index| self.post(read, index, answer == Some(index)));
        let (older, newer) = self.neighbours();
        Ok(TopicPage {
            frame: Frame {
                title: topic.title(),
                number: (number > 1).then_some(number),
                address: pager.here(),
                feed: self.crumbs.last().map(|board| (board.title, Address::feed(board.address.of))),
                crumbs: self.crumbs.to_vec(),
                unlisted: false,
            },
            path: &topic.path,
            title: topic.title(),
            tags: self.tags.clone(),
            pinned: topic.moderation.pinned.as_deref(),
            locked: topic.moderation.locked.as_ref().map(|it| it.value.as_str()),
            open: topic.moderation.locked.is_none() && !self.read_only,
            answer: answer.filter(|&index| number == 1 && index > 0).map(|index| {
                let post = &read.posts[index];
                AcceptedAnswer {
                    address: self.address(index, post),
                    author: self.card(post.author),
                    date: post.date,
                    body: post.file.hidden().is_none().then_some(post.file.blob),
                }
            }),
            starter: self.card(topic.posts.opener()),
            started: topic.posts.summary().opened,
            posts: posts.collect::<Result<_>>()?,
            pager,
            older,
            newer,
        })
    }

    fn pages(&self) -> u32 {
        Paging::Forward.count(self.topic.posts.len(), self.each)
    }

    fn post(&self, topic: ReadTopic<'f>, index: usize, answer: bool) -> Result<PostItem<'f>> {
        let post: &Post = &topic.posts[index];
        let archive = post.file.archive.as_deref();
        let reply_to = post.file.reply_to.as_ref().and_then(|it| topic.position(&it.value));
        let hidden = post.file.hidden();
        Ok(PostItem {
            stem: &post.file.stem,
            number: index as u32 + 1,
            blob: post.file.blob,
            author: self.card(post.author),
            date: post.date,
            edited: post.edited.map(|edit| Edited {
                when: edit.when,
                by: edit.by.filter(|&by| by != post.author).map(|by| self.card(by)),
            }),
            reply_to: reply_to.map(|to| ReplyTo {
                address: self.address(to, &topic.posts[to]),
                author: self.card(topic.posts[to].author),
                number: to as u32 + 1,
            }),
            links: if hidden.is_some() { Vec::new() } else { self.links(&post.file)? },
            answer,
            hidden,
            verified: self.verified(post).filter(|_| hidden.is_none()),
            likes: archive.and_then(|it| it.likes),
            source: archive.and_then(|it| it.source.as_deref()),
        })
    }
}
