//! What the views of several pages have in common, as plain data: people, times, links, pagers. What is on a page is told
//! beside it.

use serde::Serialize;

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

/// A file that people write in the forge's editor.
#[derive(Serialize, Debug, Clone, Default)]
pub struct WriteView {
    /// The address of the editor. Its last `NAME.md` is a name that a script should make its own, and
    /// `new-topic` before it stands for a folder that people name.
    pub address: String,
    /// What the file begins with, where the editor can't be given it and people have to copy it.
    pub text: Option<String>,
}

/// A member, or an author without a member file.
#[derive(Serialize, Debug, Clone, Default)]
pub struct PersonView {
    /// The handle, without `@`.
    pub handle: String,
    /// The name to show; the handle where there is none.
    pub name: String,
    /// Whether a reader could take the name for somebody else's: then the handle stands beside it.
    pub confusable: bool,
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
