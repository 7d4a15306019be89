//! Tags in → the index of tags and the pages of each out.

use serde::Serialize;

use super::address::{Address, Of, tag_slug};
use super::board::TopicRow;
use super::frame::{Crumb, Frame};
use super::paging::{Pager, Paging};
use super::plan::Plan;
use crate::content::{Forum, Topic, TopicId};

/// A tag of a topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tag<'f> {
    /// The tag as its first topic spells it.
    pub title: &'f str,
    /// Its address.
    pub address: Address<'f>,
}

/// The index of all tags.
#[derive(Debug, Serialize)]
pub struct TagsPage<'f> {
    /// What stands around it.
    pub frame: Frame<'f>,
    /// The tags, by name.
    pub tags: Vec<TagRow<'f>>,
}

/// A tag in the index.
#[derive(Debug, Serialize)]
pub struct TagRow<'f> {
    /// The tag.
    pub tag: Tag<'f>,
    /// How many topics have it.
    pub topics: u64,
}

/// One page of a tag's topics.
#[derive(Debug, Serialize)]
pub struct TagPage<'f> {
    /// What stands around it.
    pub frame: Frame<'f>,
    /// The tag.
    pub title: &'f str,
    /// The topics, the one with the latest post first.
    pub topics: Vec<TopicRow<'f>>,
    /// This page among the tag's.
    pub pager: Pager<'f>,
}

/// A tag and the topics that have it.
#[derive(Debug)]
pub(super) struct Tagged<'f> {
    pub slug: String,
    pub title: &'f str,
    /// The one with the latest post last.
    pub topics: Vec<TopicId>,
}

/// All tags, by their names in addresses. `active` are all topics, the one with the latest post last.
pub(super) fn tagged<'f>(forum: &'f Forum, active: &[TopicId]) -> Vec<Tagged<'f>> {
    let mut tags: std::collections::BTreeMap<String, Tagged<'f>> = std::collections::BTreeMap::new();
    for topic in &forum.topics {
        for tag in topic.heading().map_or(&[][..], |opening| &opening.tags) {
            let slug = tag_slug(&tag.value);
            tags.entry(slug.clone()).or_insert(Tagged { slug, title: tag.value.trim(), topics: Vec::new() });
        }
    }
    for &id in active {
        let topic = &forum.topics[id as usize];
        let mut seen: Vec<String> = Vec::new();
        for tag in topic.heading().map_or(&[][..], |opening| &opening.tags) {
            let slug = tag_slug(&tag.value);
            if !seen.contains(&slug)
                && let Some(tagged) = tags.get_mut(&slug)
            {
                tagged.topics.push(id);
                seen.push(slug);
            }
        }
    }
    tags.into_values().filter(|tag| !tag.slug.is_empty()).collect()
}

impl<'f> Plan<'f> {
    /// The tags of a topic, each once.
    pub(super) fn tags_of(&'f self, topic: &'f Topic) -> Vec<Tag<'f>> {
        let mut tags: Vec<Tag<'f>> = Vec::new();
        for tag in topic.heading().map_or(&[][..], |opening| &opening.tags) {
            let slug = tag_slug(&tag.value);
            if let Ok(index) = self.tags.binary_search_by(|it| it.slug.cmp(&slug)) {
                let tagged = &self.tags[index];
                let tag = Tag { title: tagged.title, address: Address::of(Of::Tag(&tagged.slug)) };
                if !tags.contains(&tag) {
                    tags.push(tag);
                }
            }
        }
        tags
    }

    pub(super) fn tags_page(&'f self) -> TagsPage<'f> {
        let rows = self.tags.iter().map(|it| TagRow {
            tag: Tag { title: it.title, address: Address::of(Of::Tag(&it.slug)) },
            topics: it.topics.len() as u64,
        });
        TagsPage {
            frame: Frame {
                title: "Tags",
                number: None,
                address: Address::of(Of::Tags),
                crumbs: Vec::new(),
                feed: None,
                unlisted: false,
            },
            tags: rows.collect(),
        }
    }

    pub(super) fn tag_page(&'f self, index: usize, number: u32) -> TagPage<'f> {
        let tag = &self.tags[index];
        let each = self.forum.settings.topics_per_page;
        let count = Paging::Backward.count(tag.topics.len(), each);
        let pager = Paging::Backward.pager(Address::of(Of::Tag(&tag.slug)), number, count);
        let range = Paging::Backward.range(tag.topics.len(), each, number);
        TagPage {
            frame: Frame {
                title: tag.title,
                number: (number < count).then_some(number),
                address: pager.here(),
                crumbs: vec![Crumb { title: "Tags", address: Address::of(Of::Tags) }],
                feed: Some((tag.title, Address::feed(Of::Tag(&tag.slug)))),
                unlisted: false,
            },
            title: tag.title,
            topics: tag.topics[range].iter().rev().map(|&id| self.topic_row(id, true)).collect(),
            pager,
        }
    }
}
