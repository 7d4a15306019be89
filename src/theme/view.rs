//! The contract between the plan and a theme: all that each template may show, as plain data, one struct a template.
//! Nothing here decides what is shown, and no address is made here: both are the work of `site`.
//!
//! A view is serialised once into the template's variables: each field of the struct named after the template is one
//! variable. `docs/theme.md` lists the same for people who write themes, and a test holds the two together.

use std::collections::BTreeMap;

use serde::Serialize;

/// A view that a template of the same shape can show.
pub trait View: Serialize {
    /// The file name of the template, as in `topic.html`.
    const TEMPLATE: &'static str;
}

/// HTML that is safe to put on a page as it is. Templates print it with `| safe`; every other text is escaped.
///
/// Only the markdown room makes it from what people wrote.
#[derive(Serialize, Debug, Clone, Default, PartialEq, Eq)]
#[serde(transparent)]
pub struct Html(pub String);

/// What stands around every page. It holds nothing that changes with each new post, so that old pages keep their bytes.
#[derive(Serialize, Debug, Clone, Default)]
pub struct Frame {
    /// The forum itself.
    pub forum: ForumView,
    /// The language of the forum, a BCP 47 tag for the `lang` attribute.
    pub language: String,
    /// Which way the forum's language runs, `ltr` or `rtl`, for the `dir` attribute.
    pub direction: Direction,
    /// The text of `<title>`, complete.
    pub page_title: String,
    /// The page in a sentence, for search engines; empty when there is nothing to say.
    pub description: String,
    /// The absolute address of this page, where the forum knows its own.
    pub canonical: Option<String>,
    /// The feed of what this page lists.
    pub feed: Option<FeedView>,
    /// The way from the forum's front page to this page, which is the last; empty on the front page.
    pub crumbs: Vec<LinkView>,
    /// The value of the content security policy, for a `meta` that stands first in `<head>`.
    pub policy: String,
    /// The published address of each asset of the theme, by its file name below `assets/`.
    pub assets: BTreeMap<String, String>,
    /// The address of the list of members.
    pub members: String,
    /// The address of the list of tags, where the forum uses any.
    pub tags: Option<String>,
    /// The address of the repository, where it is public.
    pub source: Option<String>,
    /// Whether search engines are asked to leave this page out.
    pub no_index: bool,
    /// The program and version that made the page.
    pub generator: String,
}

/// Which way a language runs: `ltr` or `rtl` in a template.
#[derive(Serialize, Debug, Clone, Copy, Default, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From left to right.
    #[default]
    Ltr,
    /// From right to left.
    Rtl,
}

/// The forum, as every page shows it.
#[derive(Serialize, Debug, Clone, Default)]
pub struct ForumView {
    /// Its title.
    pub title: String,
    /// What it is about, in a sentence; may be empty.
    pub description: String,
    /// The address of its front page.
    pub address: String,
}

/// An Atom feed.
#[derive(Serialize, Debug, Clone, Default)]
pub struct FeedView {
    /// What it follows, in words.
    pub title: String,
    /// Its address.
    pub address: String,
}

/// A name and where it leads.
#[derive(Serialize, Debug, Clone, Default)]
pub struct LinkView {
    /// The words of the link.
    pub title: String,
    /// Its address.
    pub address: String,
}

/// A member, or an author without a member file.
#[derive(Serialize, Debug, Clone, Default)]
pub struct PersonView {
    /// The handle, without `@`.
    pub handle: String,
    /// The name to show; the handle where there is none.
    pub name: String,
    /// The address of their page; none for those who have none.
    pub address: Option<String>,
    /// The address of their picture; none means that the initials are drawn.
    pub avatar: Option<String>,
    /// One or two letters for those without a picture.
    pub initials: String,
    /// A colour for the initials, from 0 to 11, always the same for one person.
    pub hue: u8,
    /// `moderator` or `maintainer`; none for everyone else.
    pub role: Option<String>,
}

/// A point in time, in UTC.
#[derive(Serialize, Debug, Clone, Default)]
pub struct TimeView {
    /// For machines, RFC 3339 with seconds: `2026-11-22T10:15:00Z`.
    pub iso: String,
    /// For people, whole: `22 Nov 2026, 10:15 UTC`.
    pub text: String,
    /// For people, the day alone: `22 Nov 2026`.
    pub day: String,
}

/// Where one page of a long list stands among the others, in the order in which people read them: a topic begins with
/// its oldest page, a list of topics or of a member's posts with its newest.
#[derive(Serialize, Debug, Clone, Default)]
pub struct PagerView {
    /// The number of this page, from 1, which is the oldest.
    pub current: u64,
    /// How many pages there are; 1 means that there is nothing to turn.
    pub count: u64,
    /// The pages to offer, in reading order: the first, the last and those around the current one.
    pub pages: Vec<PageLink>,
    /// The address of the page that is read before this one.
    pub previous: Option<String>,
    /// The address of the page that is read after this one.
    pub next: Option<String>,
    /// The address of the page that is read first.
    pub first: String,
    /// The address of the page that is read last.
    pub last: String,
}

/// One page that a pager offers.
#[derive(Serialize, Debug, Clone, Default)]
pub struct PageLink {
    /// Its number, from 1.
    pub number: u64,
    /// Its address.
    pub address: String,
    /// Whether it is the page that shows the pager.
    pub current: bool,
    /// Whether pages are left out between the link before and this one.
    pub gap_before: bool,
}

/// One board in a list of boards.
#[derive(Serialize, Debug, Clone, Default)]
pub struct BoardRow {
    /// Its title.
    pub title: String,
    /// What it is about; may be empty.
    pub description: Html,
    /// Its address.
    pub address: String,
    /// How many topics it has, those of its inner boards included.
    pub topics: u64,
    /// How many posts it has, those of its inner boards included.
    pub posts: u64,
    /// The newest post in it; none while it is empty.
    pub latest: Option<LatestView>,
    /// The boards directly in it.
    pub boards: Vec<LinkView>,
}

/// The newest post of a board.
#[derive(Serialize, Debug, Clone, Default)]
pub struct LatestView {
    /// The title of its topic.
    pub title: String,
    /// The address of the post.
    pub address: String,
    /// Who wrote it.
    pub author: PersonView,
    /// When.
    pub time: TimeView,
}

/// One topic in a list of topics.
#[derive(Serialize, Debug, Clone, Default)]
pub struct TopicRow {
    /// Its title.
    pub title: String,
    /// Its address.
    pub address: String,
    /// Its board, in lists that mix boards.
    pub board: Option<LinkView>,
    /// Who wrote the opening post.
    pub starter: PersonView,
    /// When the opening post was written.
    pub started: TimeView,
    /// How many posts it has beside the opening post.
    pub replies: u64,
    /// Who wrote the newest post.
    pub last: PersonView,
    /// When the newest post was written.
    pub last_time: TimeView,
    /// The address of the newest post.
    pub last_address: String,
    /// Its tags.
    pub tags: Vec<LinkView>,
    /// Whether it is kept on top of its board.
    pub pinned: bool,
    /// Whether it takes no more replies.
    pub locked: bool,
    /// Whether one of its posts is marked as the answer.
    pub answered: bool,
    /// How many pages it has.
    pub pages: u64,
}

/// The post that answers a topic, as shown on top of it.
#[derive(Serialize, Debug, Clone, Default)]
pub struct AnswerView {
    /// The address of the post.
    pub address: String,
    /// Who wrote it.
    pub author: PersonView,
    /// When.
    pub time: TimeView,
    /// Its first words, as plain text.
    pub excerpt: String,
}

/// One post on the page of its topic.
#[derive(Serialize, Debug, Clone, Default)]
pub struct PostView {
    /// The value of the `id` attribute: `post-` and the stem.
    pub id: String,
    /// Its place in the topic, from 1.
    pub number: u64,
    /// Its own address, for those who want to point at it.
    pub address: String,
    /// Who wrote it.
    pub author: PersonView,
    /// When.
    pub time: TimeView,
    /// The last change of its text; none when it stands as first written.
    pub edited: Option<EditedView>,
    /// The post that it replies to.
    pub reply_to: Option<ReplyView>,
    /// Its text; empty when it is hidden.
    pub body: Html,
    /// Whether it opens the topic.
    pub opening: bool,
    /// Whether it is the answer of the topic.
    pub answer: bool,
    /// Why moderators hid its text; may be empty; none when it isn't hidden.
    pub hidden: Option<String>,
    /// How many people liked it where it was first written; none when nobody counted.
    pub likes: Option<u64>,
    /// Its address where it was first written, for imported posts.
    pub source: Option<String>,
}

/// A change of a post's text.
#[derive(Serialize, Debug, Clone, Default)]
pub struct EditedView {
    /// When.
    pub time: TimeView,
    /// By whom, where it wasn't the author.
    pub by: Option<PersonView>,
    /// The address of the file's history on the forge.
    pub history: Option<String>,
}

/// The post that another post replies to.
#[derive(Serialize, Debug, Clone, Default)]
pub struct ReplyView {
    /// Who wrote it.
    pub author: PersonView,
    /// Its address.
    pub address: String,
    /// Its place in the topic, from 1.
    pub number: u64,
}

/// One post in the list on its author's page.
#[derive(Serialize, Debug, Clone, Default)]
pub struct MemberPost {
    /// The topic that it stands in.
    pub topic: LinkView,
    /// The board of that topic.
    pub board: LinkView,
    /// The address of the post.
    pub address: String,
    /// When it was written.
    pub time: TimeView,
    /// Its first words, as plain text.
    pub excerpt: String,
    /// Whether it opened the topic.
    pub opening: bool,
}

/// One tag in the list of tags.
#[derive(Serialize, Debug, Clone, Default)]
pub struct TagRow {
    /// The tag.
    pub title: String,
    /// The address of its page.
    pub address: String,
    /// How many topics carry it.
    pub topics: u64,
}

/// The front page: `home.html`.
#[derive(Serialize, Debug, Clone, Default)]
pub struct HomeView {
    /// What stands around the page.
    pub frame: Frame,
    /// The boards at the top of the forum, in its order.
    pub boards: Vec<BoardRow>,
    /// The topics with the newest posts, newest first.
    pub latest: Vec<TopicRow>,
}

/// One page of a board: `board.html`.
#[derive(Serialize, Debug, Clone, Default)]
pub struct BoardView {
    /// What stands around the page.
    pub frame: Frame,
    /// The title of the board.
    pub title: String,
    /// What it is about; may be empty.
    pub description: Html,
    /// Whether only moderators may write in it.
    pub read_only: bool,
    /// The boards directly in it, in its order.
    pub boards: Vec<BoardRow>,
    /// The topics kept on top.
    pub pinned: Vec<TopicRow>,
    /// The other topics of this page, the newest post first.
    pub topics: Vec<TopicRow>,
    /// The other pages.
    pub pager: PagerView,
    /// How many topics the board has; on its front page alone, so that old pages keep their bytes.
    pub topic_count: Option<u64>,
    /// How many posts the board has; on its front page alone.
    pub post_count: Option<u64>,
}

/// One page of a topic: `topic.html`.
#[derive(Serialize, Debug, Clone, Default)]
pub struct TopicView {
    /// What stands around the page.
    pub frame: Frame,
    /// The title of the topic.
    pub title: String,
    /// The board that it stands in.
    pub board: LinkView,
    /// Its tags.
    pub tags: Vec<LinkView>,
    /// Why it is kept on top of its board; may be empty; none when it isn't.
    pub pinned: Option<String>,
    /// Why it takes no more replies; may be empty; none when it does.
    pub locked: Option<String>,
    /// The post that answers it.
    pub answer: Option<AnswerView>,
    /// The posts of this page, oldest first.
    pub posts: Vec<PostView>,
    /// The other pages.
    pub pager: PagerView,
    /// The topic of the same board that was started before this one.
    pub older: Option<LinkView>,
    /// The topic of the same board that was started after this one.
    pub newer: Option<LinkView>,
    /// How many replies there are; on the last page alone, so that old pages keep their bytes.
    pub replies: Option<u64>,
    /// When the opening post was written.
    pub started: TimeView,
    /// Who wrote the opening post.
    pub starter: PersonView,
}

/// One page of the list of members: `members.html`.
#[derive(Serialize, Debug, Clone, Default)]
pub struct MembersView {
    /// What stands around the page.
    pub frame: Frame,
    /// The members of this page.
    pub members: Vec<PersonView>,
    /// The other pages.
    pub pager: PagerView,
}

/// One page about a member: `member.html`.
#[derive(Serialize, Debug, Clone, Default)]
pub struct MemberView {
    /// What stands around the page.
    pub frame: Frame,
    /// The member.
    pub person: PersonView,
    /// What they say about themselves; may be empty.
    pub about: Html,
    /// Their posts on this page, newest first.
    pub posts: Vec<MemberPost>,
    /// The other pages.
    pub pager: PagerView,
}

/// The list of tags: `tags.html`.
#[derive(Serialize, Debug, Clone, Default)]
pub struct TagsView {
    /// What stands around the page.
    pub frame: Frame,
    /// Every tag in use, by name.
    pub tags: Vec<TagRow>,
}

/// One page of the topics with a tag: `tag.html`.
#[derive(Serialize, Debug, Clone, Default)]
pub struct TagView {
    /// What stands around the page.
    pub frame: Frame,
    /// The tag.
    pub title: String,
    /// The topics of this page, the newest post first.
    pub topics: Vec<TopicRow>,
    /// The other pages.
    pub pager: PagerView,
}

/// The page for addresses that lead nowhere: `missing.html`.
#[derive(Serialize, Debug, Clone, Default)]
pub struct MissingView {
    /// What stands around the page.
    pub frame: Frame,
    /// The table of old addresses, if there is one.
    pub old: Option<TableView>,
}

/// The page at an address where something stood before: `moved.html`.
#[derive(Serialize, Debug, Clone, Default)]
pub struct MovedView {
    /// What stands around the page; its canonical address is the new one.
    pub frame: Frame,
    /// What has moved, and where to.
    pub to: LinkView,
    /// The table of further old addresses, if there is one.
    pub old: Option<TableView>,
}

/// The table of old addresses that the script `moved.js` looks into.
#[derive(Serialize, Debug, Clone, Default)]
pub struct TableView {
    /// The address of its folder.
    pub address: String,
    /// How many parts it is cut into.
    pub parts: u32,
}

/// Ties each view to its template.
macro_rules! templates {
    ($($view:ty => $file:literal),* $(,)?) => {
        $(impl View for $view {
            const TEMPLATE: &'static str = $file;
        })*
        /// The templates that a theme must have, by itself or from its parent.
        pub const TEMPLATES: &[&str] = &[$($file),*];
    };
}

templates! {
    HomeView => "home.html",
    BoardView => "board.html",
    TopicView => "topic.html",
    MembersView => "members.html",
    MemberView => "member.html",
    TagsView => "tags.html",
    TagView => "tag.html",
    MissingView => "missing.html",
    MovedView => "moved.html",
}
