//! Old addresses of boards, topics, posts and members in → the ways from there to their pages out: a page of its own at
//! the old address, a rule for a host that reads rules, or a row of the table that the page for missing addresses looks
//! into.

mod key;

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use serde::{Deserialize, Serialize};

pub use self::key::OldAddress;
use super::address::{Address, Of, encoded};
use super::frame::Frame;
use super::links::post_address;
use super::plan::Plan;
use crate::config::Redirects;
use crate::content::{Forum, folded};

/// An old address that a forum claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim<'f> {
    /// The address as it is written down.
    pub alias: &'f str,
    /// Where it is written down, below the content folder.
    pub file: String,
    /// What it is called that stands there now.
    pub title: &'f str,
    /// Where it stands now.
    pub to: Address<'f>,
    /// Whether it is of a post, of which there may be very many.
    pub post: bool,
}

/// All old addresses that `forum` claims: of boards, topics, posts and members, in this order. Those of members who
/// asked to be forgotten are left out: they name them.
pub fn claims(forum: &Forum) -> impl Iterator<Item = Claim<'_>> {
    let boards = forum.boards.iter().flat_map(|board| {
        let (to, title) = (Address::folder(&board.path), board.title.as_str());
        let file = move || format!("{}/board.yml", board.path);
        board.aliases.iter().map(move |alias| Claim { alias, file: file(), title, to, post: false })
    });
    let topics = forum.topics.iter().flat_map(|topic| {
        // Few topics have old addresses, and only of those it is asked what they are called.
        topic.moderation.aliases.iter().map(move |alias| {
            let (file, to) = (format!("{}/topic.yml", topic.path), Address::folder(&topic.path));
            Claim { alias, file, title: topic.title(), to, post: false }
        })
    });
    let posts = forum.topics.iter().zip(0..).flat_map(move |(topic, id)| {
        topic.posts.summary().aliased().iter().flat_map(move |post| {
            let file = move || format!("{}/{}.md", topic.path, post.stem);
            post.aliases.iter().map(move |alias| {
                let to = post_address(forum, id, post.index as usize, &post.stem);
                Claim { alias, file: file(), title: topic.title(), to, post: true }
            })
        })
    });
    let members = forum.people.iter().filter(|person| !person.anonymous()).flat_map(|person| {
        let to = Address::of(Of::Member(&person.handle));
        person.file.iter().flat_map(move |file| {
            let each = file.member.aliases.iter();
            each.map(move |alias| Claim { alias, file: file.path.clone(), title: &person.name, to, post: false })
        })
    });
    boards.chain(topics).chain(posts).chain(members)
}

/// One old address and what it leads to.
#[derive(Debug)]
struct Old<'f> {
    from: OldAddress,
    title: &'f str,
    to: Address<'f>,
}

/// The ways from all old addresses of a forum.
#[derive(Debug, Default)]
pub(super) struct Moved<'f> {
    /// Those that have pages of their own, with the pages' files.
    pages: Vec<(String, Old<'f>)>,
    /// All others, by the part of the table that they stand in, then by their form.
    table: Vec<(u32, Old<'f>)>,
    /// How many parts the table has: a power of two, or none.
    parts: u32,
    /// How many rows of the table the host has a rule for.
    ruled: usize,
    /// Some rows are of the home page, which is there whatever its address's query says.
    of_home: bool,
}

/// How many rows a part of the table has, about: a few kilobytes.
const EACH_ROWS: usize = 96;

/// A page at an old address.
#[derive(Debug, Serialize)]
pub struct MovedPage<'f> {
    /// What stands around it: the title and address of what has moved.
    pub frame: Frame<'f>,
    /// How many parts the table of the other old addresses has.
    pub parts: u32,
}

/// A part of the table of old addresses, or rules made of it.
#[derive(Debug, Serialize)]
pub struct MovedTable<'f> {
    /// Old addresses in the form in which they are looked for, and what each leads to.
    pub rows: Vec<(&'f str, Address<'f>)>,
}

/// How many old addresses are served in which way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ways {
    /// By a page of their own.
    pub pages: usize,
    /// By the host's rules.
    pub rules: usize,
    /// By the script of the page for missing addresses, or of the home page, alone.
    pub script: usize,
}

impl<'f> Moved<'f> {
    /// The ways of the old addresses of `forum`, whose site has pages at the files that `taken` tells.
    pub(super) fn new(forum: &'f Forum, taken: impl Fn(&str) -> bool) -> Moved<'f> {
        let (base, redirects) = (&forum.settings.base.path, forum.settings.redirects);
        let mut first: HashMap<OldAddress, (Claim<'f>, usize)> = HashMap::new();
        for (claim, number) in claims(forum).zip(0..) {
            // Of two that claim an address the first has it; a rule of the forum tells of the other.
            if let Some(from) = OldAddress::read(claim.alias, base)
                && let Entry::Vacant(free) = first.entry(from)
            {
                free.insert((claim, number));
            }
        }
        let mut each: Vec<(OldAddress, (Claim<'f>, usize))> = first.into_iter().collect();
        each.sort_unstable_by_key(|(_, (_, number))| *number);

        let mut pages: Vec<(String, Old<'f>)> = Vec::new();
        let mut files: HashMap<String, ()> = HashMap::new();
        let mut rest: Vec<Old<'f>> = Vec::new();
        for (from, (claim, _)) in each {
            let file = from.file(base);
            if file.as_deref().is_some_and(&taken) {
                continue;
            }
            let old = Old { from, title: claim.title, to: claim.to };
            let free = |file: &String| redirects.pages() && !claim.post && files.insert(folded(file), ()).is_none();
            match file.filter(free) {
                Some(file) => pages.push((file, old)),
                None => rest.push(old),
            }
        }
        let parts = if rest.is_empty() { 0 } else { rest.len().div_ceil(EACH_ROWS).next_power_of_two() as u32 };
        let mut table: Vec<(u32, Old<'f>)> =
            rest.into_iter().map(|old| (old.from.hash() & (parts.max(1) - 1), old)).collect();
        table.sort_unstable_by(|a, b| (a.0, &a.1.from).cmp(&(b.0, &b.1.from)));
        let ruled = redirects.ruled(table.iter().map(|(_, old)| old)).count();
        let of_home = table.iter().any(|(_, old)| old.from.names_something_of(base));
        Moved { pages, table, parts, ruled, of_home }
    }

    pub(super) fn pages(&self) -> u32 {
        self.pages.len() as u32
    }

    pub(super) fn parts(&self) -> u32 {
        self.parts
    }

    pub(super) fn of_home(&self) -> bool {
        self.of_home
    }

    pub(super) fn ruled(&self) -> bool {
        self.ruled > 0
    }

    /// The file of the page of this number.
    pub(super) fn file(&self, number: u32) -> &str {
        self.pages.get(number as usize).map_or("", |(file, _)| file)
    }
}

impl Redirects {
    /// Whether old addresses get pages of their own where they can: not where the host's rules serve them all.
    fn pages(self) -> bool {
        !matches!(self, Redirects::Nginx | Redirects::Apache | Redirects::Caddy)
    }

    /// How many rules the host reads, and of how many bytes together.
    fn most(self) -> (usize, usize) {
        match self {
            Redirects::Pages => (0, 0),
            // https://docs.netlify.com/manage/routing/redirects/overview/ names no number, but says that a deploy may fail
            // where there is too much (read 2026-11-22): what is left over the script serves.
            Redirects::Netlify => (10_000, 1 << 20),
            // https://developers.cloudflare.com/pages/configuration/redirects/ (read 2026-11-22)
            Redirects::Cloudflare => (2_000, usize::MAX),
            // https://docs.gitlab.com/user/project/pages/redirects/ (read 2026-11-22)
            Redirects::GitLab => (1_000, 64_000),
            Redirects::Nginx | Redirects::Apache | Redirects::Caddy => (usize::MAX, usize::MAX),
        }
    }

    /// Whether the host can have a rule for an old address.
    fn takes(self, from: &OldAddress) -> bool {
        !from.has_fragment() && (!self.pages() || !from.has_query())
    }

    /// Those of `rest` that the host gets rules for.
    fn ruled<'o, 'f>(self, rest: impl Iterator<Item = &'o Old<'f>>) -> impl Iterator<Item = &'o Old<'f>>
    where
        'f: 'o,
    {
        let (count, mut room) = self.most();
        rest.filter(move |old| self.takes(&old.from)).take(count).take_while(move |old| {
            // Both addresses, the base path before one of them, and the code.
            let size = old.from.as_str().len() + encoded(old.to.to_string()).len() + 64;
            room = room.saturating_sub(size);
            room > 0
        })
    }
}

impl<'f> Plan<'f> {
    /// How many old addresses are served in which way.
    #[must_use]
    pub fn ways(&self) -> Ways {
        let moved = &self.moved;
        Ways { pages: moved.pages.len(), rules: moved.ruled, script: moved.table.len() - moved.ruled }
    }

    pub(super) fn moved_page(&'f self, number: u32) -> Option<MovedPage<'f>> {
        let (_, old) = self.moved.pages.get(number as usize)?;
        let frame =
            Frame { title: old.title, number: None, address: old.to, crumbs: Vec::new(), feed: None, unlisted: false };
        Some(MovedPage { frame, parts: self.moved.parts })
    }

    /// A part of the table, by its number from 0.
    pub(super) fn moved_part(&'f self, part: u32) -> MovedTable<'f> {
        let start = self.moved.table.partition_point(|(number, _)| *number < part);
        let rows = self.moved.table[start..].iter().take_while(|(number, _)| *number == part);
        MovedTable { rows: rows.map(|(_, old)| (old.from.as_str(), old.to)).collect() }
    }

    /// The rows that the host has rules for.
    pub(super) fn moved_rules(&'f self) -> MovedTable<'f> {
        let redirects = self.forum.settings.redirects;
        let ruled = redirects.ruled(self.moved.table.iter().map(|(_, old)| old));
        MovedTable { rows: ruled.map(|old| (old.from.as_str(), old.to)).collect() }
    }
}
