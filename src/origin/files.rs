//! The value of a page in → the files of the forum that it shows something of. What a page names (posts, boards, topics,
//! members) is found in the value itself, wherever it stands there.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::Result;
use crate::build::Loaded;
use crate::config;
use crate::git::{Entry, Snapshot};
use crate::site::{FeedOf, PageId, attachment_address};

/// A file that a page shows something of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageInput {
    /// Its path from the repository's top.
    pub path: String,
    /// The id that git gives its content, or that of the folder, as 40 digits.
    pub id: String,
}

/// What a page is.
pub(super) fn kind(id: PageId) -> &'static str {
    match id {
        PageId::Attachment(..) => "an attachment, as it lies in the forum",
        PageId::Avatar(_) => "a member's picture, as it lies in the forum",
        PageId::Topic(..) => "a page of a topic",
        PageId::Member(..) => "a page of a member",
        PageId::Members(_) => "a page of the list of members",
        PageId::Tag(..) => "a page of a tag's topics",
        PageId::Tags => "the list of tags",
        PageId::Board(..) => "a page of a board",
        PageId::Stats => "the page of figures",
        PageId::Posting => "the page that tells how to post",
        PageId::Home => "the front page",
        PageId::Missing => "what a host shows for an address that isn't there",
        PageId::Feed(FeedOf::Forum) => "the feed of the forum",
        PageId::Feed(FeedOf::Board(_)) => "the feed of a board",
        PageId::Feed(FeedOf::Tag(_)) => "the feed of a tag",
        PageId::Sitemap(_) => "addresses for search engines",
        PageId::SitemapIndex => "the index of addresses for search engines",
        PageId::Robots => "what search engines are asked",
        PageId::Headers => "what hosts that read it send with each page",
        PageId::Moved(_) => "a page at an old address",
        PageId::MovedPart(_) => "a part of the table of old addresses",
        PageId::MovedRules => "the host's rules for old addresses",
    }
}

/// The files that a page of this value shows something of, the forum's settings among them. Where they are too many to
/// be named by the value, as those of the figures, it is the content folder.
pub(super) fn parts(loaded: &Loaded, value: &Value) -> Result<Vec<PageInput>> {
    let mut named = Named { loaded, paths: BTreeSet::from([config::FILE.to_owned()]) };
    named.look(value, value.pointer("/Topic/path").and_then(Value::as_str))?;
    if ["Stats", "Sitemap", "SitemapIndex", "MovedPart", "MovedRules"].iter().any(|kind| value.get(kind).is_some()) {
        named.paths = BTreeSet::from([String::new()]);
    }
    let snapshot = &loaded.snapshot;
    let mut folders = Folders { snapshot, known: BTreeMap::new() };
    let mut parts = Vec::new();
    for path in named.paths {
        let whole = [snapshot.content(), &path].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
        if let Some(id) = folders.id(&path)? {
            parts.push(PageInput { path: whole.join("/"), id });
        }
    }
    Ok(parts)
}

/// The paths below the content folder that a value names.
struct Named<'l> {
    loaded: &'l Loaded,
    paths: BTreeSet<String>,
}

impl Named<'_> {
    /// Looks through a value; `topic` is the folder of the topic whose posts it shows.
    fn look(&mut self, value: &Value, topic: Option<&str>) -> Result<()> {
        match value {
            Value::Object(map) => {
                if let (Some(stem), Some(topic)) = (map.get("stem").and_then(Value::as_str), topic) {
                    self.paths.insert(format!("{topic}/{stem}.md"));
                }
                if let Some(handle) = map.get("handle").and_then(Value::as_str) {
                    let person = self.loaded.forum.people.iter().find(|person| person.handle == handle);
                    self.paths.extend(person.and_then(|person| Some(person.file.as_ref()?.path.clone())));
                }
                if let Some(folder) = map.get("of").and_then(|of| of.get("Folder")).and_then(Value::as_str) {
                    let post = map.get("part").and_then(|part| part.get("Post")).and_then(Value::as_str);
                    self.folder(folder, post)?;
                }
                if let Some(address) = map.get("address").and_then(Value::as_str) {
                    self.attachment(address);
                }
                map.values().try_for_each(|value| self.look(value, topic))
            }
            Value::Array(list) => list.iter().try_for_each(|value| self.look(value, topic)),
            _ => Ok(()),
        }
    }

    /// A board or topic, or the post of this stem in it. What a page shows of a topic stands in its opening post.
    fn folder(&mut self, folder: &str, post: Option<&str>) -> Result<()> {
        let forum = &self.loaded.forum;
        if forum.boards.iter().any(|board| board.path == folder) {
            self.paths.insert(format!("{folder}/board.yml"));
        } else if let Ok(at) = forum.topics.binary_search_by(|topic| topic.path.as_str().cmp(folder)) {
            let stem = match post {
                Some(stem) => stem,
                None => &forum.topics[at].read()?.opening().file.stem,
            };
            self.paths.insert(format!("{folder}/{stem}.md"));
            self.paths.insert(format!("{folder}/topic.yml"));
        }
        Ok(())
    }

    fn attachment(&mut self, address: &str) {
        if !address.starts_with("assets/") {
            return;
        }
        for topic in &self.loaded.forum.topics {
            let own = topic.attachments.iter().find(|it| attachment_address(it.blob, &it.name) == address);
            self.paths.extend(own.map(|it| format!("{}/{}", topic.path, it.name)));
        }
    }
}

/// The folders of a snapshot, each opened once.
struct Folders<'s> {
    snapshot: &'s Snapshot,
    known: BTreeMap<String, Vec<Entry>>,
}

impl Folders<'_> {
    /// The id of what lies at a path below the content folder; the folder's own for the empty path.
    fn id(&mut self, path: &str) -> Result<Option<String>> {
        let mut id = self.snapshot.root();
        let mut above = String::new();
        for part in path.split('/').filter(|part| !part.is_empty()) {
            if !self.known.contains_key(&above) {
                self.known.insert(above.clone(), self.snapshot.folder(id)?);
            }
            let found = self.known.get(&above).and_then(|entries| entries.iter().find(|entry| entry.name == part));
            let Some(entry) = found else { return Ok(None) };
            id = entry.id;
            above = if above.is_empty() { part.to_owned() } else { format!("{above}/{part}") };
        }
        Ok(Some(id.to_string()))
    }
}
