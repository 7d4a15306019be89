//! Tags in → the index of tags and the pages of each out.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::address::{Address, Of, tag_slug};
use super::board::TopicRow;
use super::frame::{Crumb, Frame};
use super::paging::{Pager, Paging};
use super::plan::Plan;
use crate::content::{Forum, TopicId};

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

/// The tags of all topics, as their places among all tags; those of a topic side by side, each once.
#[derive(Debug, Default)]
pub(super) struct TopicTags {
    places: Vec<u32>,
    /// Where each topic's end.
    ends: Vec<u32>,
}

impl TopicTags {
    fn of(&self, id: TopicId) -> &[u32] {
        let end = |id: usize| self.ends[id] as usize;
        let start = (id as usize).checked_sub(1).map_or(0, end);
        &self.places[start..end(id as usize)]
    }
}

/// All tags, by their names in addresses, and the places there of each topic's. `active` are all topics, the one with
/// the latest post last.
pub(super) fn tagged<'f>(forum: &'f Forum, active: &[TopicId]) -> (Vec<Tagged<'f>>, TopicTags) {
    // Each spelling is looked at once: there are far fewer of them than tags of topics.
    let mut spellings: HashMap<&str, u32> = HashMap::new();
    let mut slugs: Vec<String> = Vec::new();
    let mut titles: BTreeMap<String, &'f str> = BTreeMap::new();
    let mut number = |tag: &'f str| {
        *spellings.entry(tag).or_insert_with(|| {
            let slug = tag_slug(tag);
            titles.entry(slug.clone()).or_insert(tag.trim());
            slugs.push(slug);
            slugs.len() as u32 - 1
        })
    };
    let (mut spelled, mut all) = (Vec::new(), TopicTags::default());
    for topic in &forum.topics {
        spelled.extend(topic.posts.summary().tags().map(&mut number));
        all.ends.push(spelled.len() as u32);
    }
    titles.remove("");
    let mut tags: Vec<Tagged<'f>> =
        titles.into_iter().map(|(slug, title)| Tagged { slug, title, topics: Vec::new() }).collect();
    let place = |slug: &String| tags.binary_search_by(|it| it.slug.cmp(slug)).ok().map(|place| place as u32);
    let places: Vec<Option<u32>> = slugs.iter().map(place).collect();
    let mut start = 0;
    for end in &mut all.ends {
        let first = all.places.len();
        for place in spelled[start..*end as usize].iter().filter_map(|spelling| places[*spelling as usize]) {
            if !all.places[first..].contains(&place) {
                all.places.push(place);
            }
        }
        start = std::mem::replace(end, all.places.len() as u32) as usize;
    }
    for &id in active {
        for &place in all.of(id) {
            tags[place as usize].topics.push(id);
        }
    }
    (tags, all)
}

impl<'f> Plan<'f> {
    /// The tags of a topic, each once.
    pub(super) fn tags_of(&'f self, id: TopicId) -> Vec<Tag<'f>> {
        let tags = self.topic_tags.of(id).iter().map(|place| &self.tags[*place as usize]);
        tags.map(|tag| Tag { title: tag.title, address: Address::of(Of::Tag(&tag.slug)) }).collect()
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
