//! People in → the index of members and the pages of each out.

use git2::Oid;
use serde::Serialize;

use super::address::{Address, Of};
use super::board::Latest;
use super::card::Card;
use super::frame::{Crumb, Frame};
use super::links::post_address;
use super::paging::{Pager, Paging};
use super::plan::Plan;
use super::topic::blob;
use crate::Result;
use crate::content::PersonId;

/// How many members stand on a page of the index.
const EACH_MEMBERS: u32 = 200;

/// One page of the index of members.
#[derive(Debug, Serialize)]
pub struct MembersPage<'f> {
    /// What stands around it.
    pub frame: Frame<'f>,
    /// The members, by handle.
    pub members: Vec<&'f Card>,
    /// This page among the index's.
    pub pager: Pager<'f>,
}

/// One page of a member's posts.
#[derive(Debug, Serialize)]
pub struct MemberPage<'f> {
    /// What stands around it.
    pub frame: Frame<'f>,
    /// The member.
    pub person: &'f Card,
    /// A few words in Markdown.
    pub about: &'f str,
    /// The posts, the latest first.
    pub posts: Vec<MemberPost<'f>>,
    /// This page among the member's.
    pub pager: Pager<'f>,
}

/// A post in the list of a member's.
#[derive(Debug, Serialize)]
pub struct MemberPost<'f> {
    /// Its topic's title.
    pub topic: &'f str,
    /// The board that the topic lies in.
    pub board: Crumb<'f>,
    /// Its own place: title, address and date as in any list of posts.
    pub post: Latest<'f>,
    /// Its body, for a few words of it; `None` when it is hidden.
    #[serde(serialize_with = "blob")]
    pub body: Option<Oid>,
    /// Whether it opens the topic.
    pub opening: bool,
}

impl<'f> Plan<'f> {
    /// How many pages the index of members has.
    pub(super) fn members_pages(&self) -> u32 {
        Paging::Forward.count(self.members.len(), EACH_MEMBERS)
    }

    pub(super) fn members_page(&'f self, number: u32) -> MembersPage<'f> {
        let pager = Paging::Forward.pager(Address::of(Of::Members), number, self.members_pages());
        let range = Paging::Forward.range(self.members.len(), EACH_MEMBERS, number);
        MembersPage {
            frame: Frame {
                title: "Members",
                number: (number > 1).then_some(number),
                address: pager.here(),
                crumbs: Vec::new(),
                feed: None,
                unlisted: false,
            },
            members: self.members[range].iter().map(|&id| self.card(id)).collect(),
            pager,
        }
    }

    /// How many pages the posts of a member have.
    pub(super) fn member_pages(&self, id: PersonId) -> u32 {
        Paging::Backward.count(self.authors.count(id), self.forum.settings.posts_per_page)
    }

    /// A page of a member's posts.
    ///
    /// # Errors
    /// Posts can't be read.
    pub(super) fn member_page(&'f self, id: PersonId, number: u32) -> Result<MemberPage<'f>> {
        let forum = self.forum;
        let posts = self.authors.posts(id);
        let count = self.member_pages(id);
        let card = self.card(id);
        let pager = Paging::Backward.pager(Address::of(Of::Member(&card.handle)), number, count);
        let range = Paging::Backward.range(posts.len(), forum.settings.posts_per_page, number);
        let file = forum.person(id).file.as_ref();
        let rows = posts[range].iter().rev().map(|own| {
            let (topic_id, index) = (own.topic, own.index);
            let topic = &forum.topics[topic_id as usize];
            let post = &topic.posts.read()?[index as usize];
            let board = &forum.boards[topic.board as usize];
            Ok(MemberPost {
                topic: topic.title(),
                board: Crumb { title: &board.title, address: Address::folder(&board.path) },
                post: Latest {
                    title: topic.title(),
                    address: post_address(forum, topic_id, index as usize, &post.file.stem),
                    author: card,
                    date: post.date,
                },
                body: post.file.hidden().is_none().then_some(post.file.blob),
                opening: index == 0,
            })
        });
        Ok(MemberPage {
            frame: Frame {
                title: &card.name,
                number: (number < count).then_some(number),
                address: pager.here(),
                crumbs: vec![Crumb { title: "Members", address: Address::of(Of::Members) }],
                feed: None,
                unlisted: false,
            },
            person: card,
            about: file.map_or("", |file| &file.member.about),
            posts: rows.collect::<Result<_>>()?,
            pager,
        })
    }
}
