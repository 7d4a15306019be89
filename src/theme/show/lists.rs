//! Pages that list things: home, boards, members, tags.

use super::parts::{time, words};
use super::{Bodies, Show};
use crate::Result;
use crate::markdown::excerpt;
use crate::site::{self, BoardPage, HomePage, MemberPage, MembersPage, TagPage, TagsPage};
use crate::theme::view::{
    self, BoardView, HomeView, LatestView, LinkView, MemberPost, MemberView, MembersView, TagRow, TagView, TagsView,
};

/// How many characters of a post a list shows.
const EXCERPT_CHARACTERS: usize = 200;

impl Show<'_> {
    pub(super) fn home(&self, page: &HomePage<'_>) -> HomeView {
        HomeView {
            frame: self.frame(&page.frame, &self.settings.description),
            boards: page.boards.iter().map(|row| self.board_row(row)).collect(),
            latest: page.latest.iter().map(|row| self.topic_row(row)).collect(),
            old: self.table(page.parts),
        }
    }

    pub(super) fn board(&self, page: &BoardPage<'_>) -> BoardView {
        BoardView {
            frame: self.frame(&page.frame, page.description),
            title: page.title.to_owned(),
            description: words(page.description),
            read_only: page.read_only,
            boards: page.boards.iter().map(|row| self.board_row(row)).collect(),
            pinned: page.pinned.iter().map(|row| self.topic_row(row)).collect(),
            topics: page.topics.iter().map(|row| self.topic_row(row)).collect(),
            pager: self.pager(&page.pager),
            topic_count: page.counts.map(|(topics, _)| topics),
            post_count: page.counts.map(|(_, posts)| posts),
            new_topic: page.new_topics.and_then(|folder| self.new_topic(folder)),
        }
    }

    fn board_row(&self, row: &site::BoardRow<'_>) -> view::BoardRow {
        view::BoardRow {
            title: row.title.to_owned(),
            description: words(row.description),
            address: self.here(row.address),
            topics: row.topics,
            posts: row.posts,
            latest: row.latest.as_ref().map(|latest| LatestView {
                title: latest.title.to_owned(),
                address: self.here(latest.address),
                author: self.person(latest.author),
                time: time(latest.date),
            }),
            boards: row.boards.iter().map(|board| self.crumb(board)).collect(),
        }
    }

    pub(super) fn members(&self, page: &MembersPage<'_>) -> MembersView {
        MembersView {
            frame: self.frame(&page.frame, ""),
            members: page.members.iter().map(|card| self.person(card)).collect(),
            pager: self.pager(&page.pager),
        }
    }

    pub(super) fn member(&self, page: &MemberPage<'_>, bodies: Bodies<'_>) -> Result<MemberView> {
        let posts = page.posts.iter().map(|it| {
            let excerpt = match it.body {
                Some(blob) => excerpt(&bodies(blob)?, &[], EXCERPT_CHARACTERS),
                None => String::new(),
            };
            Ok(MemberPost {
                topic: LinkView { title: it.topic.to_owned(), address: self.here(it.post.address) },
                board: self.crumb(&it.board),
                address: self.here(it.post.address),
                time: time(it.post.date),
                excerpt,
                opening: it.opening,
            })
        });
        Ok(MemberView {
            frame: self.frame(&page.frame, ""),
            person: self.person(page.person),
            about: words(page.about),
            posts: posts.collect::<Result<_>>()?,
            pager: self.pager(&page.pager),
        })
    }

    pub(super) fn tags(&self, page: &TagsPage<'_>) -> TagsView {
        let rows = page.tags.iter().map(|row| TagRow {
            title: row.tag.title.to_owned(),
            address: self.here(row.tag.address),
            topics: row.topics,
        });
        TagsView { frame: self.frame(&page.frame, ""), tags: rows.collect() }
    }

    pub(super) fn tag(&self, page: &TagPage<'_>) -> TagView {
        TagView {
            frame: self.frame(&page.frame, ""),
            title: page.title.to_owned(),
            topics: page.topics.iter().map(|row| self.topic_row(row)).collect(),
            pager: self.pager(&page.pager),
        }
    }
}
