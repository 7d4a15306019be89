//! A relative path in a post → the board, topic, post, member or attachment that it names.

use std::collections::HashMap;

use super::forum::{BoardId, Forum, TopicId};
use super::member::MEMBERS;
use super::people::PersonId;
use crate::Result;
use crate::key::Parts;

/// What a link within the forum leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkTarget {
    /// The forum's home.
    Home,
    /// A board.
    Board(BoardId),
    /// A topic.
    Topic(TopicId),
    /// A post: its topic and its place among the topic's posts.
    Post(TopicId, usize),
    /// A member, or somebody who has posted.
    Person(PersonId),
    /// An attachment: its topic and its place among the topic's attachments.
    Attachment(TopicId, usize),
}

impl LinkTarget {
    /// Tells of where a link leads what its path doesn't: whether there is anything, and of a topic its key.
    pub fn tell(found: Option<LinkTarget>, forum: &Forum, parts: &mut Parts) {
        match found {
            None => parts.number(0),
            Some(LinkTarget::Topic(id)) => {
                parts.number(1);
                parts.key(forum.topics[id as usize].posts.summary().key);
            }
            Some(_) => parts.number(2),
        }
    }
}

/// The ways to all places of a forum.
#[derive(Debug)]
pub struct Resolver<'f> {
    forum: &'f Forum,
    folders: HashMap<&'f str, LinkTarget>,
    people: HashMap<&'f str, PersonId>,
}

impl<'f> Resolver<'f> {
    /// The places of `forum`.
    #[must_use]
    pub fn new(forum: &'f Forum) -> Resolver<'f> {
        let boards = forum.boards.iter().zip(0..).map(|(board, id)| (board.path.as_str(), LinkTarget::Board(id)));
        let topics = forum.topics.iter().zip(0..).map(|(topic, id)| (topic.path.as_str(), LinkTarget::Topic(id)));
        let people = forum.people.iter().zip(0..).map(|(person, id)| (person.handle.as_str(), id)).collect();
        Resolver { forum, folders: boards.chain(topics).collect(), people }
    }

    /// The place of this path below the content folder.
    ///
    /// # Errors
    /// The path is that of a post, and the posts of its topic [can't be read](super::Topic::read).
    pub fn at(&self, path: &str) -> Result<Option<LinkTarget>> {
        let Some((place, file)) = self.reach(path) else { return Ok(None) };
        let (LinkTarget::Topic(id), Some(file)) = (place, file) else { return Ok(Some(place)) };
        let topic = &self.forum.topics[id as usize];
        Ok(match file.strip_suffix(".md") {
            Some(stem) => topic.read()?.position(stem).map(|index| LinkTarget::Post(id, index)),
            None => {
                let index = topic.attachments.iter().position(|it| *it.name == *file);
                index.map(|index| LinkTarget::Attachment(id, index))
            }
        })
    }

    /// The place of a path, or the topic and the name of a file that may lie in it.
    fn reach<'p>(&self, path: &'p str) -> Option<(LinkTarget, Option<&'p str>)> {
        let path = path.trim_end_matches('/');
        if path.is_empty() {
            return Some((LinkTarget::Home, None));
        }
        if let Some(place) = self.folders.get(path) {
            return Some((*place, None));
        }
        let (folder, file) = path.rsplit_once('/')?;
        if folder == MEMBERS || folder.starts_with("members/") {
            return self.person(file.strip_suffix(".yml").unwrap_or(file)).map(|id| (LinkTarget::Person(id), None));
        }
        match (*self.folders.get(folder)?, file) {
            (place @ LinkTarget::Board(_), "board.yml") | (place @ LinkTarget::Topic(_), "topic.yml") => {
                Some((place, None))
            }
            (place @ LinkTarget::Topic(_), file) => Some((place, Some(file))),
            _ => None,
        }
    }

    /// The place that a post in the topic at `folder` links to: `target` is a path relative to the folder, or from the
    /// repository's top when it begins with `/`, without query and fragment.
    ///
    /// # Errors
    /// As [`at`](Resolver::at).
    pub fn from(&self, folder: &str, target: &str) -> Result<Option<LinkTarget>> {
        self.whole(folder, target).map_or(Ok(None), |path| self.at(&path))
    }

    /// The same without reading any topic's posts: for a post or an attachment the topic in which it would lie.
    /// Together with that topic it tells where the link leads.
    #[must_use]
    pub fn near(&self, folder: &str, target: &str) -> Option<LinkTarget> {
        Some(self.reach(&self.whole(folder, target)?)?.0)
    }

    /// The attachment that a link leads to: its topic and its place among the topic's attachments. No posts are read.
    #[must_use]
    pub fn attachment(&self, folder: &str, target: &str) -> Option<(TopicId, usize)> {
        let path = self.whole(folder, target)?;
        let (LinkTarget::Topic(id), Some(file)) = self.reach(&path)? else { return None };
        let attachments = &self.forum.topics[id as usize].attachments;
        attachments.iter().position(|it| *it.name == *file && !file.ends_with(".md")).map(|index| (id, index))
    }

    /// The path below the content folder that a link names.
    fn whole(&self, folder: &str, target: &str) -> Option<String> {
        match target.strip_prefix('/') {
            Some(path) => {
                let path = normal("", path)?;
                Some(path.strip_prefix(self.forum.content.as_str())?.trim_start_matches('/').to_owned())
            }
            None => normal(folder, target),
        }
    }

    /// The person with this handle.
    #[must_use]
    pub fn person(&self, handle: &str) -> Option<PersonId> {
        self.people.get(handle).copied()
    }
}

/// `path` seen from `folder`, without `.` and `..`; `None` when it leads out at the top.
#[must_use]
pub fn normal(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::normal;

    #[test]
    fn paths_are_read_as_a_forge_reads_them() {
        assert_eq!(normal("a/b", "../c/d.md").as_deref(), Some("a/c/d.md"));
        assert_eq!(normal("a/b", "./x.md").as_deref(), Some("a/b/x.md"));
        assert_eq!(normal("a/b", "../../").as_deref(), Some(""));
        assert_eq!(normal("a/b", "../../../x"), None);
    }
}
