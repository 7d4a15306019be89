//! The kinds of pages that a site has.

use git2::Oid;
use serde::Serialize;

use super::board::{BoardPage, HomePage};
use super::feed::{FeedOf, FeedPage};
use super::frame::Frame;
use super::member::{MemberPage, MembersPage};
use super::moved::{MovedPage, MovedTable};
use super::sitemap::{SitemapIndexPage, SitemapPage};
use super::stats::StatsPage;
use super::tag::{TagPage, TagsPage};
use super::topic::TopicPage;
use crate::content::{BoardId, PersonId, TopicId};

/// The name of a page in its plan. Where there are several pages of a list, they are numbered from 1, the oldest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PageId {
    /// An attachment: its topic and its place there.
    Attachment(TopicId, u32),
    /// A person's picture.
    Avatar(PersonId),
    /// A page of a topic.
    Topic(TopicId, u32),
    /// A page of a member's posts.
    Member(PersonId, u32),
    /// A page of the index of members.
    Members(u32),
    /// A page of a tag's topics.
    Tag(usize, u32),
    /// The index of tags.
    Tags,
    /// A page of a board.
    Board(BoardId, u32),
    /// The page of figures.
    Stats,
    /// The page that tells how to post.
    Posting,
    /// The home page.
    Home,
    /// What a host shows for an address that isn't there.
    Missing,
    /// A feed.
    Feed(FeedOf),
    /// A file of addresses for search engines.
    Sitemap(u32),
    /// The index of those files.
    SitemapIndex,
    /// What search engines are asked.
    Robots,
    /// What hosts that read it shall send with each page.
    Headers,
    /// A page at an old address, by its number.
    Moved(u32),
    /// A part of the table of old addresses.
    MovedPart(u32),
    /// The host's rules for old addresses.
    MovedRules,
}

impl PageId {
    /// Whether search engines are told of the page.
    #[must_use]
    pub fn listed(self) -> bool {
        use PageId::{Board, Home, Member, Members, Posting, Stats, Tag, Tags, Topic};
        matches!(self, Topic(..) | Member(..) | Members(_) | Tag(..) | Tags | Board(..) | Posting | Stats | Home)
    }
}

/// All that a page shows. What it holds is what its key is made of.
#[derive(Debug, Serialize)]
#[allow(clippy::large_enum_variant, reason = "a page is made, shown and forgotten; none is ever kept")]
pub enum Page<'f> {
    /// See [`HomePage`].
    Home(HomePage<'f>),
    /// See [`BoardPage`].
    Board(BoardPage<'f>),
    /// See [`TopicPage`].
    Topic(TopicPage<'f>),
    /// See [`MembersPage`].
    Members(MembersPage<'f>),
    /// See [`MemberPage`].
    Member(MemberPage<'f>),
    /// See [`TagsPage`].
    Tags(TagsPage<'f>),
    /// See [`TagPage`].
    Tag(TagPage<'f>),
    /// See [`StatsPage`].
    Stats(StatsPage<'f>),
    /// The page that tells how to post: what it tells depends on the settings alone.
    Posting(Frame<'f>),
    /// See [`MissingPage`].
    Missing(MissingPage<'f>),
    /// See [`MovedPage`].
    Moved(MovedPage<'f>),
    /// See [`MovedTable`].
    MovedPart(MovedTable<'f>),
    /// The host's rules for old addresses.
    MovedRules(MovedTable<'f>),
    /// See [`FeedPage`].
    Feed(FeedPage<'f>),
    /// See [`SitemapPage`].
    Sitemap(SitemapPage<'f>),
    /// See [`SitemapIndexPage`].
    SitemapIndex(SitemapIndexPage),
    /// What search engines are asked.
    Robots,
    /// What hosts that read it shall send with each page.
    Headers,
    /// See [`struct@Copy`].
    Copy(Copy<'f>),
}

/// The page for an address that isn't there.
#[derive(Debug, Serialize)]
pub struct MissingPage<'f> {
    /// What stands around it.
    pub frame: Frame<'f>,
    /// How many parts the table of old addresses has; none where there is no table.
    pub parts: u32,
}

/// A file of the forum that is published as it is.
#[derive(Debug, Serialize)]
pub struct Copy<'f> {
    /// Its path below the content folder; two files of the same content and name are published once.
    #[serde(skip)]
    pub path: std::borrow::Cow<'f, str>,
    /// Its content.
    #[serde(with = "crate::key::oid")]
    pub blob: Oid,
}
