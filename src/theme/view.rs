//! The contract between the plan and a theme: all that each template may show, as plain data, one struct a template.
//! Nothing here decides what is shown, and no address is made here: both are the work of `site`.
//!
//! A view is serialised once into the template's variables: each field of the struct named after the template is one
//! variable. `docs/theme.md` lists the same for people who write themes, and a test holds the two together.

mod parts;
mod stats;

use std::collections::BTreeMap;

use serde::Serialize;

pub use parts::*;
pub use stats::*;

/// A view that a template of the same shape can show.
pub trait View: Serialize {
    /// The file name of the template, as in `topic.html`.
    const TEMPLATE: &'static str;
}

/// HTML that is safe to put on a page as it is. Templates print it with `| safe`; every other text is escaped.
///
/// Only the markdown module makes it from what people wrote.
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
    /// The address of the page of figures.
    pub stats: String,
    /// The address of the repository, where it is public.
    pub source: Option<String>,
    /// The address of the page that tells how to post, where people post through a forge.
    pub posting: Option<String>,
    /// Whether search engines are asked to leave this page out.
    pub no_index: bool,
    /// The program and version that made the page.
    pub generator: String,
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
    /// The value of the `id` attribute: `post-` and the stem. Ids within the post begin with it and a `:`; a template's own
    /// ids don't begin with `post-`.
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
    /// The fingerprint of the author's key that signed its text; none where none did.
    pub verified: Option<String>,
    /// How many people liked it where it was first written; none when nobody counted.
    pub likes: Option<u64>,
    /// Its address where it was first written, for imported posts.
    pub source: Option<String>,
    /// Where a reply to it is written; none where there is no forge, or nobody replies any more.
    pub reply: Option<WriteView>,
    /// Where the forge lets people change its file; none where there is no forge, or it is hidden.
    pub edit: Option<String>,
    /// Where the forge tells how its file came to be; none where there is no forge, or it is hidden.
    pub history: Option<String>,
}

/// A change of a post's text.
#[derive(Serialize, Debug, Clone, Default)]
pub struct EditedView {
    /// When.
    pub time: TimeView,
    /// By whom, where it wasn't the author.
    pub by: Option<PersonView>,
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
    /// The table of old addresses, if some are of this page with a query or a place behind it.
    pub old: Option<TableView>,
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
    /// Where a new topic is written; on its front page alone, and none where there is no forge or it is read only.
    pub new_topic: Option<WriteView>,
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
    /// Where a reply to it is written; none where there is no forge, or nobody replies any more.
    pub reply: Option<WriteView>,
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

/// The page that tells how to post, where people post through a forge: `posting.html`.
#[derive(Serialize, Debug, Clone, Default)]
pub struct PostingView {
    /// What stands around the page.
    pub frame: Frame,
    /// What runs the forge: `github`, `gitlab`, `gitea` or `forgejo`.
    pub forge: String,
    /// The address of the repository.
    pub repository: String,
    /// The branch that the site is made from.
    pub branch: String,
    /// The content folder in the repository.
    pub content: String,
    /// What posts are held to, in words.
    pub limits: Vec<LimitView>,
}

/// Something that posts are held to.
#[derive(Serialize, Debug, Clone, Default)]
pub struct LimitView {
    /// What is limited.
    pub what: String,
    /// The limit.
    pub limit: String,
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
    StatsView => "stats.html",
    PostingView => "posting.html",
    MissingView => "missing.html",
    MovedView => "moved.html",
}
