//! The plan of a site: which pages there are, and what each will show, made when it is asked for and then forgotten.

use std::collections::HashSet;
use std::fmt::Write as _;

use rayon::prelude::*;

use super::address::{Address, Of, Part, attachment_address};
use super::authors::{AuthorIndex, Contributions};
use super::board::{BoardCounts, board_counts, crumbs};
use super::card::{Card, card};
use super::feed::FeedOf;
use super::frame::{Crumb, Frame};
use super::links::Links;
use super::moved::Moved;
use super::page::{Copy, MissingPage, Page, PageId};
use super::paging::Paging;
use super::tag::{Tagged, TopicTags, tagged};
use crate::Result;
use crate::config::Redirects;
use crate::content::{BoardId, Forum, PersonId, TopicId, folded};
use crate::key::Key;

/// The topics of a board, the one with the latest post last.
#[derive(Debug, Default)]
pub(super) struct Lists {
    pub topics: Vec<TopicId>,
    pub pinned: Vec<TopicId>,
}

/// The plan of a forum's site.
#[derive(Debug)]
pub struct Plan<'f> {
    pub(super) forum: &'f Forum,
    pub(super) cards: Vec<Card>,
    pub(super) links: Links<'f>,
    /// All topics, the one with the latest post last.
    pub(super) active: Vec<TopicId>,
    pub(super) boards: Vec<Lists>,
    pub(super) board_counts: Vec<BoardCounts>,
    pub(super) tags: Vec<Tagged<'f>>,
    /// The places of each topic's tags among all.
    pub(super) topic_tags: TopicTags,
    /// The way to each board, that board included, and the keys of the ways.
    pub(super) crumbs: Vec<Vec<Crumb<'f>>>,
    pub(super) crumb_keys: Vec<Key>,
    /// Who has a page.
    pub(super) members: Vec<PersonId>,
    /// The keys of the cards.
    pub(super) card_keys: Vec<Key>,
    pub(super) authors: Contributions<'f>,
    /// Each topic's neighbours by age in its board.
    neighbours: Vec<(Option<TopicId>, Option<TopicId>)>,
    /// The ways from old addresses.
    pub(super) moved: Moved<'f>,
    pub(super) ids: Vec<PageId>,
}

impl<'f> Plan<'f> {
    /// Plans the site of `forum`; `recall` gives what an earlier build [remembered](Plan::author_index) of who wrote how much.
    #[must_use]
    pub fn new(forum: &'f Forum, recall: impl FnOnce() -> AuthorIndex + Send) -> Plan<'f> {
        let topics = || {
            let last = |id: TopicId| forum.topics[id as usize].posts.summary().last;
            let active = sorted(forum, 0..forum.topics.len() as TopicId, last);
            (tagged(forum, &active), lists(forum, &active), board_counts(forum), neighbours(forum), active)
        };
        let people = || {
            let cards: Vec<Card> = forum.people.iter().map(card).collect();
            let keys = cards.iter().map(Key::of).collect();
            let members = (0..).zip(&cards).filter(|(_, card)| card.address.is_some()).map(|(id, _)| id).collect();
            (cards, keys, members, Contributions::new(forum, recall()), Links::new(forum))
        };
        let (((tags, topic_tags), boards, board_counts, neighbours, active), people) = rayon::join(topics, people);
        let (cards, card_keys, members, authors, links) = people;
        let crumbs: Vec<_> = (0..forum.boards.len() as BoardId).map(|id| crumbs(forum, Some(id))).collect();
        let plan = Plan {
            links,
            crumb_keys: crumbs.iter().map(Key::of).collect(),
            crumbs,
            tags,
            topic_tags,
            board_counts,
            card_keys,
            authors,
            neighbours,
            ids: Vec::new(),
            moved: Moved::default(),
            forum,
            cards,
            active,
            boards,
            members,
        };
        let mut ids = plan.list();
        let moved = plan.moved(&ids);
        ids.extend((0..moved.pages()).map(PageId::Moved));
        ids.extend((0..moved.parts()).map(PageId::MovedPart));
        ids.extend(moved.ruled().then_some(PageId::MovedRules));
        Plan { ids, moved, ..plan }
    }

    /// All pages, what is linked to before what links to it.
    #[must_use]
    pub fn ids(&self) -> &[PageId] {
        &self.ids
    }

    fn list(&self) -> Vec<PageId> {
        let forum = self.forum;
        let mut ids = self.files();
        for (topic, id) in forum.topics.iter().zip(0..) {
            let count = Paging::Forward.count(topic.posts.len(), forum.settings.posts_per_page);
            ids.extend((1..=count).map(|number| PageId::Topic(id, number)));
        }
        for &id in &self.members {
            ids.extend((1..=self.member_pages(id)).map(|number| PageId::Member(id, number)));
        }
        ids.extend((1..=self.members_pages()).map(PageId::Members));
        for (index, tag) in self.tags.iter().enumerate() {
            let count = Paging::Backward.count(tag.topics.len(), forum.settings.topics_per_page);
            ids.extend((1..=count).map(|number| PageId::Tag(index, number)));
        }
        if !self.tags.is_empty() {
            ids.push(PageId::Tags);
        }
        for (lists, id) in self.boards.iter().zip(0..) {
            let count = Paging::Backward.count(lists.topics.len(), forum.settings.topics_per_page);
            ids.extend((1..=count).map(|number| PageId::Board(id, number)));
        }
        if forum.settings.repository.is_some() {
            ids.push(PageId::Posting);
        }
        ids.extend([PageId::Stats, PageId::Home, PageId::Missing, PageId::Robots, PageId::Headers]);
        if forum.settings.base.origin.is_some() {
            let boards = (0..forum.boards.len() as u32).map(FeedOf::Board);
            let tags = (0..self.tags.len()).map(FeedOf::Tag);
            ids.extend(boards.chain(tags).chain([FeedOf::Forum]).map(PageId::Feed));
            let listed = ids.iter().filter(|id| id.listed()).count();
            let parts = listed.div_ceil(super::sitemap::EACH_PAGES).max(1) as u32;
            ids.extend((1..=parts).map(PageId::Sitemap));
            ids.push(PageId::SitemapIndex);
        }
        ids
    }

    /// The ways from old addresses, to which the site's own pages come first.
    fn moved(&self, ids: &[PageId]) -> Moved<'f> {
        if super::claims(self.forum).next().is_none() {
            return Moved::default();
        }
        let taken: HashSet<String> = ids.iter().map(|&id| folded(&self.file(id))).collect();
        Moved::new(self.forum, |file| taken.contains(&folded(file)))
    }

    /// The files that are published as they are, each address once: what visible posts show or link to, and avatars.
    fn files(&self) -> Vec<PageId> {
        let forum = self.forum;
        let mut ids: std::collections::BTreeMap<String, PageId> = std::collections::BTreeMap::new();
        let shown = forum.topics.par_iter().with_min_len(256).flat_map_iter(|topic| {
            topic.posts.summary().shown_links().filter_map(|path| {
                let (id, index) = self.links.places().attachment(&topic.path, path)?;
                let attachment = &forum.topics[id as usize].attachments[index];
                let address = || attachment_address(attachment.blob, &attachment.name);
                attachment.kind.is_ok().then(|| (address(), PageId::Attachment(id, index as u32)))
            })
        });
        ids.extend(shown.collect::<Vec<_>>());
        for (card, id) in self.cards.iter().zip(0..) {
            if let Some(address) = &card.avatar {
                ids.insert(address.clone(), PageId::Avatar(id));
            }
        }
        ids.into_values().collect()
    }

    /// The address of a page that readers visit.
    pub(super) fn page_address(&self, id: PageId) -> Option<Address<'_>> {
        let forum = self.forum;
        let (topics, posts) = (forum.settings.topics_per_page, forum.settings.posts_per_page);
        let pager = match id {
            PageId::Topic(id, number) => {
                let topic = &forum.topics[id as usize];
                let count = Paging::Forward.count(topic.posts.len(), posts);
                Paging::Forward.pager(Address::folder(&topic.path), number, count)
            }
            PageId::Member(id, number) => {
                let of = Of::Member(&self.card(id).handle);
                Paging::Backward.pager(Address::of(of), number, self.member_pages(id))
            }
            PageId::Members(number) => Paging::Forward.pager(Address::of(Of::Members), number, self.members_pages()),
            PageId::Tag(index, number) => {
                let tag = &self.tags[index];
                let count = Paging::Backward.count(tag.topics.len(), topics);
                Paging::Backward.pager(Address::of(Of::Tag(&tag.slug)), number, count)
            }
            PageId::Board(id, number) => {
                let count = Paging::Backward.count(self.boards[id as usize].topics.len(), topics);
                Paging::Backward.pager(Address::folder(&forum.boards[id as usize].path), number, count)
            }
            PageId::Tags => return Some(Address::of(Of::Tags)),
            PageId::Stats => return Some(Address::of(Of::Stats)),
            PageId::Posting => return Some(Address::of(Of::Posting)),
            PageId::Home => return Some(Address::of(Of::Home)),
            _ => return None,
        };
        Some(pager.here())
    }

    /// The file of a page, below the output folder.
    #[must_use]
    pub fn file(&self, id: PageId) -> String {
        let forum = self.forum;
        match id {
            PageId::Attachment(topic, index) => {
                let attachment = &forum.topics[topic as usize].attachments[index as usize];
                attachment_address(attachment.blob, &attachment.name)
            }
            PageId::Avatar(id) => self.card(id).avatar.clone().unwrap_or_default(),
            PageId::Missing => String::from("404.html"),
            PageId::Feed(FeedOf::Forum) => Address::feed(Of::Home).to_string(),
            PageId::Feed(FeedOf::Board(id)) => Address::feed(Of::Folder(&forum.boards[id as usize].path)).to_string(),
            PageId::Feed(FeedOf::Tag(index)) => Address::feed(Of::Tag(&self.tags[index].slug)).to_string(),
            PageId::Sitemap(number) => format!("sitemap-{number}.xml"),
            PageId::SitemapIndex => String::from("sitemap.xml"),
            PageId::Robots => String::from("robots.txt"),
            PageId::Headers => String::from("_headers"),
            PageId::Moved(number) => self.moved.file(number).to_owned(),
            PageId::MovedPart(part) => format!("moved/{part:04x}.json"),
            PageId::MovedRules => String::from(match forum.settings.redirects {
                Redirects::Nginx => "moved/nginx.conf",
                Redirects::Apache => "moved/apache.txt",
                Redirects::Caddy => "moved/caddy.conf",
                Redirects::Pages | Redirects::Netlify | Redirects::Cloudflare | Redirects::GitLab => "_redirects",
            }),
            page => {
                let address = self.page_address(page).unwrap_or(Address::of(Of::Home));
                // Most fit, and needn't be moved while they grow.
                let mut file = String::with_capacity(128);
                let _ = write!(file, "{}", Address { part: Part::File("index.html"), ..address });
                file
            }
        }
    }

    /// All that a page shows.
    ///
    /// # Errors
    /// Posts can't be read: the cache is damaged.
    pub fn page(&'f self, id: PageId) -> Result<Page<'f>> {
        Ok(match id {
            PageId::Attachment(topic, index) => {
                let topic = &self.forum.topics[topic as usize];
                let attachment = &topic.attachments[index as usize];
                Page::Copy(Copy { path: format!("{}/{}", topic.path, attachment.name).into(), blob: attachment.blob })
            }
            PageId::Avatar(id) => match self.forum.person(id).file.as_ref().and_then(|file| file.avatar.as_ref()) {
                Some(avatar) => Page::Copy(Copy { path: avatar.path.as_str().into(), blob: avatar.blob }),
                None => self.missing(),
            },
            PageId::Topic(id, number) => Page::Topic(self.topic_context(id).page(number)?),
            PageId::Member(id, number) => Page::Member(self.member_page(id, number)?),
            PageId::Members(number) => Page::Members(self.members_page(number)),
            PageId::Tag(index, number) => Page::Tag(self.tag_page(index, number)),
            PageId::Tags => Page::Tags(self.tags_page()),
            PageId::Board(id, number) => Page::Board(self.board_page(id, number)),
            PageId::Stats => Page::Stats(self.stats_page()),
            PageId::Posting => Page::Posting(self.posting()),
            PageId::Home => Page::Home(self.home_page()),
            PageId::Missing => self.missing(),
            PageId::Feed(of) => Page::Feed(self.feed_page(of)?),
            PageId::Sitemap(number) => Page::Sitemap(self.sitemap_page(number)),
            PageId::SitemapIndex => Page::SitemapIndex(self.sitemap_index_page()),
            PageId::Robots => Page::Robots,
            PageId::Headers => Page::Headers,
            PageId::Moved(number) => self.moved_page(number).map_or_else(|| self.missing(), Page::Moved),
            PageId::MovedPart(part) => Page::MovedPart(self.moved_part(part)),
            PageId::MovedRules => Page::MovedRules(self.moved_rules()),
        })
    }

    /// What the next build may remember of who wrote how much, when that is something else.
    #[must_use]
    pub fn author_index(&self) -> Option<&AuthorIndex> {
        self.authors.index()
    }

    /// Whether the forum has tags, and so a page of them.
    #[must_use]
    pub fn has_tags(&self) -> bool {
        !self.tags.is_empty()
    }

    fn missing(&'f self) -> Page<'f> {
        let address = Address { part: Part::File("404.html"), ..Address::of(Of::Home) };
        let frame = Frame { title: "Not found", number: None, address, crumbs: Vec::new(), feed: None, unlisted: true };
        Page::Missing(MissingPage { frame, parts: self.moved.parts() })
    }

    fn posting(&'f self) -> Frame<'f> {
        let address = Address::of(Of::Posting);
        Frame { title: "How to post", number: None, address, crumbs: Vec::new(), feed: None, unlisted: false }
    }

    pub(super) fn card(&self, id: PersonId) -> &Card {
        &self.cards[id as usize]
    }

    pub(super) fn neighbours(&self, id: TopicId) -> (Option<TopicId>, Option<TopicId>) {
        self.neighbours[id as usize]
    }
}

/// Topics by a date of theirs, the earliest first; those of the same moment by path.
fn sorted(forum: &Forum, topics: impl Iterator<Item = TopicId>, date: impl Fn(TopicId) -> i64) -> Vec<TopicId> {
    let mut dated: Vec<(i64, TopicId)> = topics.map(|id| (date(id), id)).collect();
    // Ids follow the paths, so that equal dates are settled by them.
    debug_assert!(forum.topics.is_sorted_by(|a, b| a.path < b.path));
    dated.sort_unstable();
    dated.into_iter().map(|(_, id)| id).collect()
}

/// The topics of each board. `active` are all topics, the one with the latest post last.
fn lists(forum: &Forum, active: &[TopicId]) -> Vec<Lists> {
    let mut boards: Vec<Lists> = forum.boards.iter().map(|_| Lists::default()).collect();
    for &id in active {
        let topic = &forum.topics[id as usize];
        let lists = &mut boards[topic.board as usize];
        if topic.moderation.pinned.is_some() { lists.pinned.push(id) } else { lists.topics.push(id) }
    }
    boards
}

fn neighbours(forum: &Forum) -> Vec<(Option<TopicId>, Option<TopicId>)> {
    let mut neighbours = vec![(None, None); forum.topics.len()];
    for board in &forum.boards {
        let date = |id: TopicId| forum.topics[id as usize].posts.summary().opened;
        let aged = sorted(forum, board.topics.iter().copied(), date);
        for pair in aged.windows(2) {
            neighbours[pair[0] as usize].1 = Some(pair[1]);
            neighbours[pair[1] as usize].0 = Some(pair[0]);
        }
    }
    neighbours
}
