//! One commit → what it did to the posts below the content folder, against its parents. Equal trees are never opened,
//! and a text is read only where it was changed. Nothing of other commits is known here.

use std::collections::{HashMap, HashSet, VecDeque};

use git2::{ObjectType, Oid};
use rustc_hash::FxHashMap;

use super::graph::Step;
use super::{PathKey, TextChanged, key};
use crate::Result;
use crate::config::LARGEST_POST_BYTES;
use crate::git::packs::Whole;
use crate::git::repository::{self, Objects};
use crate::git::tree;

/// What a commit did to one path. Parents are counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    /// The file is new here.
    Added,
    /// The file's text was changed; what was before is in this parent, under the same path.
    Edited(u32),
    /// The file came from another path in this parent, its bytes unchanged.
    Moved(u32, PathKey),
    /// The merge took the file as it is in this parent, which is not the first.
    Taken(u32),
    /// The first parent has the file, the commit hasn't.
    Removed,
}

/// What a commit did, and to which path.
#[derive(Debug)]
pub(super) struct PathChange {
    pub(super) key: PathKey,
    /// The path, where it was asked for.
    pub(super) path: Option<Box<str>>,
    pub(super) act: Act,
}

/// A post in which two trees differ: its path below the content folder and its blob on both sides.
struct Difference {
    path: String,
    old: Option<Oid>,
    new: Option<Oid>,
}

/// Folders nested deeper than this hold no posts: no file system could show them.
const DEEPEST_LEVELS: usize = 256;

/// So many bytes of trees are kept for the next commits at most.
const MOST_HELD_BYTES: usize = 32 << 20;

/// The most bytes of a file whose text is compared: those of the largest post, and far more front matter than one may have.
/// A larger one is no post, and any change of it counts as one of its text.
const LARGEST_BYTES: u64 = LARGEST_POST_BYTES + (1 << 20);

/// Reads the changes of commits, best in the order of [`Graph::order`].
pub(super) struct ChangeReader<'a> {
    objects: &'a Objects<'a>,
    content: &'a str,
    text_changed: TextChanged<'a>,
    with_paths: bool,
    /// A parent's tree is what an older commit will be compared with: that one is then read from here.
    held: FxHashMap<Oid, Whole>,
    bytes: usize,
    folders: FxHashMap<Oid, Option<Oid>>,
}

impl<'a> ChangeReader<'a> {
    pub(super) fn new(
        objects: &'a Objects<'a>,
        content: &'a str,
        text_changed: TextChanged<'a>,
        with_paths: bool,
    ) -> Self {
        let (held, folders) = (FxHashMap::default(), FxHashMap::default());
        ChangeReader { objects, content, text_changed, with_paths, held, bytes: 0, folders }
    }

    /// What a commit did. One at which the history was cut off tells nothing.
    pub(super) fn changes(&mut self, step: &Step) -> Result<Vec<PathChange>> {
        let Step { place: _, tree, cut, parents } = step;
        if *cut {
            return Ok(Vec::new());
        }
        let mut sides = Vec::with_capacity(parents.len().max(1));
        for parent in parents.iter().copied().chain(parents.is_empty().then_some(None)) {
            sides.push(self.differences(parent, *tree)?);
        }
        self.judge(&sides)
    }

    /// Tells what became of each path that differs from the first parent.
    fn judge(&self, sides: &[Vec<Difference>]) -> Result<Vec<PathChange>> {
        let Some((first, others)) = sides.split_first() else { return Ok(Vec::new()) };
        let others: Vec<HashMap<&str, Option<Oid>>> = others
            .iter()
            .map(|side| side.iter().map(|difference| (difference.path.as_str(), difference.old)).collect())
            .collect();
        let mut changes = Vec::with_capacity(first.len());
        let mut strange = Vec::new();
        for difference in first {
            let path = difference.path.as_str();
            let Some(new) = difference.new else {
                changes.push(self.change(path, Act::Removed));
                continue;
            };
            if let Some(same) = others.iter().position(|other| !other.contains_key(path)) {
                changes.push(self.change(path, Act::Taken(same as u32 + 1)));
                continue;
            }
            let olds = std::iter::once(difference.old).chain(others.iter().map(|other| other[path]));
            let mut olds = (0..).zip(olds).filter_map(|(parent, old)| Some((parent, old?))).peekable();
            let Some((before, _)) = olds.peek().copied() else {
                strange.push((path, new));
                continue;
            };
            let mut act = Some(Act::Edited(before));
            for (parent, old) in olds {
                if !self.is_edit(path, old, new)? {
                    act = (parent > 0).then_some(Act::Taken(parent));
                    break;
                }
            }
            changes.extend(act.map(|act| self.change(path, act)));
        }
        self.find_moves(sides, strange, &mut changes);
        Ok(changes)
    }

    /// Files that no parent has under their path: each is one that vanished elsewhere, or new.
    fn find_moves(&self, sides: &[Vec<Difference>], mut strange: Vec<(&str, Oid)>, changes: &mut Vec<PathChange>) {
        for (parent, side) in (0..).zip(sides) {
            if strange.is_empty() {
                return;
            }
            let gone: Vec<_> = side
                .iter()
                .filter(|difference| difference.new.is_none())
                .filter_map(|difference| Some((difference.path.as_str(), difference.old?)))
                .collect();
            let origins = origins(&strange, &gone);
            let mut origin = origins.iter();
            strange.retain(|(path, _)| match origin.next() {
                Some(Some(from)) => {
                    changes.push(self.change(path, Act::Moved(parent, key(from))));
                    false
                }
                _ => true,
            });
        }
        changes.extend(strange.iter().map(|(path, _)| self.change(path, Act::Added)));
    }

    fn change(&self, path: &str, act: Act) -> PathChange {
        PathChange { key: key(path), path: self.with_paths.then(|| path.into()), act }
    }

    fn is_edit(&self, path: &str, old: Oid, new: Oid) -> Result<bool> {
        for id in [old, new] {
            let length = self.objects.length(id);
            if length.map_err(|why| repository::unreadable(path, ObjectType::Blob, id, &why))? > LARGEST_BYTES {
                return Ok(true);
            }
        }
        let old = self.objects.read(ObjectType::Blob, old, path)?;
        let new = self.objects.read(ObjectType::Blob, new, path)?;
        Ok((self.text_changed)(&old.bytes, &new.bytes))
    }

    /// The posts in which a commit's tree differs from a parent's; from nothing, where there is no parent.
    fn differences(&mut self, old: Option<Oid>, new: Oid) -> Result<Vec<Difference>> {
        let old = match old {
            Some(tree) => self.content_of(tree)?,
            None => None,
        };
        let new = self.content_of(new)?;
        let mut found = Vec::new();
        if old != new {
            self.compare(old, new, &mut String::new(), DEEPEST_LEVELS, &mut found)?;
        }
        Ok(found)
    }

    /// The content folder's tree in the tree of a commit.
    fn content_of(&mut self, root: Oid) -> Result<Option<Oid>> {
        if let Some(found) = self.folders.get(&root) {
            return Ok(*found);
        }
        let mut folder = Some(root);
        for part in self.content.split('/').filter(|part| !part.is_empty()) {
            let Some(id) = folder else { break };
            let raw = self.objects.read(ObjectType::Tree, id, "")?;
            folder = tree::items(&raw.bytes)
                .flatten()
                .find(|item| item.is_folder() && item.name == part.as_bytes())
                .map(|item| item.oid());
        }
        self.folders.insert(root, folder);
        Ok(folder)
    }

    /// Goes down both trees at once, into what differs.
    fn compare(
        &mut self,
        old: Option<Oid>,
        new: Option<Oid>,
        path: &mut String,
        depth: usize,
        found: &mut Vec<Difference>,
    ) -> Result<()> {
        let (before, after) = (self.take(old, path)?, self.take(new, path)?);
        let (raw_before, raw_after) = (
            before.as_ref().map_or(&[][..], |tree| &tree.bytes[..]),
            after.as_ref().map_or(&[][..], |tree| &tree.bytes[..]),
        );
        for pair in tree::beside(raw_before, raw_after) {
            let Some((left, right)) = pair else {
                let id = new.or(old).unwrap_or(Oid::ZERO_SHA1);
                return Err(repository::unreadable(path, ObjectType::Tree, id, "its entries are malformed"));
            };
            let Some(name) = left.or(right).and_then(|item| std::str::from_utf8(item.name).ok()) else { continue };
            let length = path.len();
            path.push_str(name);
            let folders = (left.filter(|item| item.is_folder()), right.filter(|item| item.is_folder()));
            if folders != (None, None) {
                if depth > 0 {
                    path.push('/');
                    self.compare(
                        folders.0.map(|item| item.oid()),
                        folders.1.map(|item| item.oid()),
                        path,
                        depth - 1,
                        found,
                    )?;
                }
            } else if super::followed(name) {
                let file = |item: Option<tree::Item<'_>>| item.filter(|item| item.is_file()).map(|item| item.oid());
                let (old, new) = (file(left), file(right));
                if old != new {
                    found.push(Difference { path: path.clone(), old, new });
                }
            }
            path.truncate(length);
        }
        if let (Some(id), Some(tree)) = (old, before) {
            self.hold(id, tree);
        }
        Ok(())
    }

    fn take(&mut self, id: Option<Oid>, path: &str) -> Result<Option<Whole>> {
        let Some(id) = id else { return Ok(None) };
        if let Some(tree) = self.held.remove(&id) {
            self.bytes -= tree.bytes.len();
            return Ok(Some(tree));
        }
        self.objects.read(ObjectType::Tree, id, path).map(Some)
    }

    fn hold(&mut self, id: Oid, tree: Whole) {
        self.bytes += tree.bytes.len();
        if self.bytes > MOST_HELD_BYTES {
            self.held.clear();
            self.bytes = tree.bytes.len();
        }
        if let Some(twin) = self.held.insert(id, tree) {
            self.bytes -= twin.bytes.len();
        }
    }
}

/// For each new file the vanished one that it was: the same blob, best under the same name, else the first by path. A
/// vanished file can have gone to one place only.
fn origins<'g>(new: &[(&str, Oid)], gone: &[(&'g str, Oid)]) -> Vec<Option<&'g str>> {
    let name = |path: &'_ str| path.rfind('/').map_or(0, |at| at + 1);
    let mut named: HashMap<(Oid, &str), VecDeque<&'g str>> = HashMap::new();
    let mut all: FxHashMap<Oid, VecDeque<&'g str>> = FxHashMap::default();
    for (path, blob) in gone {
        named.entry((*blob, &path[name(path)..])).or_default().push_back(path);
        all.entry(*blob).or_default().push_back(path);
    }
    let mut used: HashSet<&str> = HashSet::new();
    let mut origins: Vec<Option<&'g str>> = new
        .iter()
        .map(|(path, blob)| {
            let from = named.get_mut(&(*blob, &path[name(path)..]))?.pop_front()?;
            used.insert(from);
            Some(from)
        })
        .collect();
    for ((_, blob), origin) in new.iter().zip(&mut origins).filter(|(_, origin)| origin.is_none()) {
        let Some(candidates) = all.get_mut(blob) else { continue };
        while let Some(from) = candidates.pop_front() {
            if used.insert(from) {
                *origin = Some(from);
                break;
            }
        }
    }
    origins
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moved_file_is_looked_for_under_its_own_name_first() {
        let (a, b) = (tree::hash(ObjectType::Blob, b"a"), tree::hash(ObjectType::Blob, b"b"));
        let new = [("new/y.md", a), ("new/x.md", a), ("new/z.md", a), ("new/b.md", b)];
        let gone = [("old/x.md", a), ("old/w.md", a)];
        assert_eq!(origins(&new, &gone), [Some("old/w.md"), Some("old/x.md"), None, None]);
    }
}
