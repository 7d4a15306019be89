//! A topic's posts and the commits that their texts stand in → the keys that signed those texts. Whose the keys are isn't
//! asked here, so that what is found stays true whatever members' files say later.

use git2::Oid;
use rustc_hash::FxHashMap;

use super::history::Past;
use super::keyring::signed_with;
use super::post::{PostFile, text_of};
use super::size::POST_BYTES;
use crate::Result;
use crate::git::{Repository, Snapshot};
use crate::monitor::{Monitor, Work};

/// Looks for signatures of posts.
pub(super) struct Signatures<'s> {
    snapshot: &'s Snapshot,
    repository: &'s Repository,
    past: &'s Past,
    /// The tree of the commit whose history the past tells.
    top: Oid,
    monitor: &'s dyn Monitor,
}

impl<'s> Signatures<'s> {
    /// A way to the commits behind `snapshot`; `None` where there is no history.
    ///
    /// # Errors
    /// The commit that the history is of can't be read.
    pub(super) fn new(
        snapshot: &'s Snapshot,
        past: &'s Past,
        monitor: &'s dyn Monitor,
    ) -> Result<Option<Signatures<'s>>> {
        let (Some(repository), Some(tip)) = (snapshot.repository(), past.tip()) else { return Ok(None) };
        Ok(Some(Signatures { snapshot, repository, past, top: repository.tree(tip)?, monitor }))
    }

    /// For each of the posts of the topic at `path`, of this tree id, the fingerprint of the key with which the commit is
    /// signed that its text stands in. A text that isn't the committed one has none.
    ///
    /// # Errors
    /// A commit can't be read, or a text that isn't committed.
    pub(super) fn of(&self, path: &str, tree: Oid, posts: &[PostFile]) -> Result<Vec<Option<Box<str>>>> {
        let mut keys: FxHashMap<Oid, Option<Box<str>>> = FxHashMap::default();
        let mut committed = None;
        let each = posts.iter().map(|post| {
            let place = format!("{path}/{}.md", post.stem);
            let Some(fact) = self.past.fact(&place)? else { return Ok(None) };
            let commit = fact.edited.unwrap_or(fact.added).commit;
            let key = match keys.get(&commit) {
                Some(key) => key.clone(),
                None => {
                    self.monitor.did(Work::SignatureRead);
                    let key = self.repository.commit(commit)?.signed.as_ref().and_then(signed_with).map(Box::from);
                    keys.entry(commit).or_insert(key).clone()
                }
            };
            if key.is_none() {
                return Ok(None);
            }
            let whole = match committed {
                Some(whole) => whole,
                None => *committed.insert(self.repository.folder_at(self.top, &self.below(path))? == Some(tree)),
            };
            Ok(if whole || self.is_committed(&place, post.blob)? { key } else { None })
        });
        each.collect()
    }

    /// Whether the post at `place` has the text that was committed there: its front matter may differ, as the history
    /// takes no notice of it either.
    fn is_committed(&self, place: &str, blob: Oid) -> Result<bool> {
        let below = self.below(place);
        let Some(old) = self.repository.blob_at(self.top, &below)? else { return Ok(false) };
        if old == blob {
            return Ok(true);
        }
        let old = self.repository.blob_within(old, &below, POST_BYTES)?;
        let new = self.snapshot.read_within(place, blob, POST_BYTES)?;
        Ok(old.is_ok_and(|old| new.is_ok_and(|new| text_of(&old) == text_of(&new))))
    }

    fn below(&self, path: &str) -> String {
        format!("{}/{path}", self.snapshot.content())
    }
}
