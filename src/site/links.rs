//! What a post's text links to, by path or handle → the addresses there.

use serde::Serialize;

use super::address::{Address, Of, Part, attachment_address};
use super::card::Card;
use super::paging::Paging;
use crate::Result;
use crate::content::{AttachmentKind, Forum, LinkTarget, PostFile, ReadTopic, Resolver, TopicId};
use crate::markdown::{self, LinkKind};

/// What becomes of one link of a post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Link<'f> {
    /// It leads to this address of the site.
    Address(Address<'f>),
    /// It names a person.
    Person(&'f Card),
    /// It shows a picture that lies beside a post.
    Picture {
        /// The picture's address.
        address: String,
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
    },
    /// It leads to a file that browsers save.
    File {
        /// The file's address.
        address: String,
        /// Its name in the forum.
        name: &'f str,
    },
    /// It leads nowhere.
    Missing,
}

/// Resolves links of posts.
#[derive(Debug)]
pub struct Links<'f> {
    forum: &'f Forum,
    places: Resolver<'f>,
}

impl<'f> Links<'f> {
    /// For the posts of `forum`.
    #[must_use]
    pub fn new(forum: &'f Forum) -> Links<'f> {
        Links { forum, places: Resolver::new(forum) }
    }

    /// All links of a post of the topic at `folder`, in their order.
    pub(super) fn of(&self, cards: &'f [Card], folder: &str, post: &'f PostFile) -> Result<Vec<Link<'f>>> {
        let each = post.links.iter().map(|link| match link.kind {
            LinkKind::Mention => Ok(match self.places.person(&link.target) {
                Some(person) => Link::Person(&cards[person as usize]),
                None => Link::Missing,
            }),
            LinkKind::Link | LinkKind::Image => self.resolve(cards, folder, &link.target, link.fragment.as_deref()),
        });
        each.collect()
    }

    fn resolve(&self, cards: &'f [Card], folder: &str, target: &str, fragment: Option<&'f str>) -> Result<Link<'f>> {
        // A link within the post to a heading that it has was resolved when its Markdown was rendered.
        let found = if target.is_empty() { None } else { self.places.from(folder, target)? };
        let Some(place) = found else { return Ok(Link::Missing) };
        let forum = self.forum;
        Ok(match place {
            LinkTarget::Home => Link::Address(Address::of(Of::Home)),
            LinkTarget::Board(id) => Link::Address(Address::folder(&forum.boards[id as usize].path)),
            LinkTarget::Topic(id) => {
                let topic = &forum.topics[id as usize];
                let named = match fragment {
                    Some(fragment) if fragment.starts_with(POST) => part_of(topic.read()?, fragment),
                    _ => None,
                };
                let address = named.map(|(index, stem, part)| Address { part, ..post_address(forum, id, index, stem) });
                Link::Address(address.unwrap_or(Address::folder(&topic.path)))
            }
            LinkTarget::Post(id, index) => {
                let file = &forum.topics[id as usize].posts.read()?[index].file;
                let own = post_address(forum, id, index, &file.stem);
                let heading = fragment.and_then(|fragment| heading_of(file, fragment));
                Link::Address(Address { part: heading.unwrap_or(own.part), ..own })
            }
            LinkTarget::Person(id) => match &cards[id as usize] {
                card if card.address.is_some() => Link::Address(Address::of(Of::Member(&card.handle))),
                _ => Link::Missing,
            },
            LinkTarget::Attachment(id, index) => {
                let attachment = &forum.topics[id as usize].attachments[index];
                let address = attachment_address(attachment.blob, &attachment.name);
                match attachment.kind {
                    Ok(AttachmentKind::Picture { width, height }) => Link::Picture { address, width, height },
                    Ok(AttachmentKind::File) => Link::File { address, name: &attachment.name },
                    Err(_) => Link::Missing,
                }
            }
        })
    }

    /// The ways to the places that links name.
    pub(super) fn places(&self) -> &Resolver<'f> {
        &self.places
    }
}

/// How the fragments of posts' addresses begin.
const POST: &str = "post-";

/// The heading of a post that a link to `#fragment` means; a hidden post shows none.
fn heading_of<'f>(post: &'f PostFile, fragment: &str) -> Option<Part<'f>> {
    let heading = markdown::heading(&post.headings, fragment).filter(|_| post.hidden().is_none())?;
    Some(Part::Heading(&post.stem, heading))
}

/// The post that the fragment of an address of this site means, its stem, and what of it: `post-STEM` or
/// `post-STEM:HEADING`. Addresses of headings had `-` in the place of `:` before; among those that fit, the longest stem is
/// meant.
fn part_of<'f>(topic: ReadTopic<'f>, fragment: &str) -> Option<(usize, &'f str, Part<'f>)> {
    let name = fragment.strip_prefix(POST)?;
    let parts = topic.posts.iter().enumerate().filter_map(|(index, post)| {
        let stem = &*post.file.stem;
        let part = match name.strip_prefix(stem)? {
            "" => Part::Post(stem),
            rest => heading_of(&post.file, rest.strip_prefix([':', '-'])?)?,
        };
        Some((index, stem, part))
    });
    parts.max_by_key(|(_, stem, _)| stem.len())
}

/// The address of a topic's last post, for which its posts needn't be read.
pub(super) fn last_address(forum: &Forum, topic: TopicId) -> Address<'_> {
    let posts = &forum.topics[topic as usize].posts;
    post_address(forum, topic, posts.len() - 1, posts.summary().last_stem())
}

/// The address of the post with this place and stem in a topic: the topic's page and the place there.
pub(super) fn post_address<'f>(forum: &'f Forum, topic: TopicId, index: usize, stem: &'f str) -> Address<'f> {
    let topic = &forum.topics[topic as usize];
    let each = forum.settings.posts_per_page;
    let page = Paging::Forward.page_of(index, topic.posts.len(), each);
    Address { page: if page == 1 { 0 } else { page }, part: Part::Post(stem), ..Address::folder(&topic.path) }
}
