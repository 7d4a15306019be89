//! The members of an archive, and who stands already → the handle and the file of each.
//!
//! Who stands is known by `origin`. The origin of somebody whose id is hidden can be told only with the key that hid it.
//! Without that key they are known by their posts: a post's own origin is never hidden, and its file names its author.

use std::collections::{BTreeMap, HashMap, HashSet};

use rustc_hash::FxHashMap;

use super::{MemberPlace, Skeleton, key};
use crate::archive::existing::Existing;
use crate::archive::names;
use crate::content::MEMBERS;
use crate::{Error, Result};

/// So many names are told.
const MOST_NAMED_PEOPLE: usize = 5;

impl Skeleton<'_> {
    /// The place of each member, in the order of the archive.
    ///
    /// # Errors
    /// The key is missing, and somebody who stands might become somebody new.
    pub(super) fn members(&self, existing: &Existing) -> Result<Vec<MemberPlace>> {
        let origins: Vec<String> = self.members.iter().map(|member| self.naming.origin_of(member)).collect();
        let mut stand: Vec<Option<String>> = origins.iter().map(|origin| existing.path(key(origin))).collect();
        self.know_by_posts(existing, &mut stand);
        let mut posted = vec![false; self.members.len()];
        for post in &self.posts {
            posted[post.author as usize] = true;
        }
        self.refuse_doubles(existing, &stand, &posted)?;
        let mut taken: HashSet<String> = existing.handles.iter().map(|handle| names::look(handle)).collect();
        // Those who have posted choose first, since the others get no file.
        let mut places: Vec<Option<MemberPlace>> = vec![None; self.members.len()];
        for wanted in [true, false] {
            for (at, member) in self.members.iter().enumerate().filter(|(at, _)| posted[*at] == wanted) {
                let (origin, stands) = (origins[at].clone(), stand[at].clone());
                let handle = stands.as_deref().and_then(stem).map_or_else(
                    || {
                        let plain = names::handle(&member.name);
                        if taken.insert(names::look(&plain)) {
                            plain
                        } else {
                            format!("{plain}-{}", names::mark(key(&origin)))
                        }
                    },
                    str::to_owned,
                );
                let letter = handle.get(..1).unwrap_or("a").to_owned();
                let existing = stands.is_some();
                let path = stands.unwrap_or_else(|| format!("{MEMBERS}/{letter}/{handle}.yml"));
                places[at] =
                    Some(MemberPlace { member: member.clone(), handle, path, origin, existing, posted: wanted });
            }
        }
        Ok(places.into_iter().flatten().collect())
    }

    /// The paths of members that stand, have a hidden origin of this archive, and are none of those in `stand`.
    fn unknown(&self, existing: &Existing, stand: &[Option<String>]) -> HashMap<String, String> {
        let known: HashSet<&str> = stand.iter().flatten().filter_map(|path| stem(path)).collect();
        let hidden = existing.members.iter().filter(|(_, origin)| self.naming.hides(origin));
        let unknown = hidden.filter(|(handle, _)| !known.contains(handle.as_str()));
        unknown.filter_map(|(handle, origin)| Some((handle.clone(), existing.path(key(origin))?))).collect()
    }

    /// Finds members of hidden ids whom the key doesn't tell. Somebody is the author under whose name most of their posts
    /// stand, when no other has as many of that author's posts: so nobody is taken for somebody else because a few posts
    /// were given to another author.
    fn know_by_posts(&self, existing: &Existing, stand: &mut [Option<String>]) {
        let unknown = self.unknown(existing, stand);
        if unknown.is_empty() {
            return;
        }
        let mut shared: BTreeMap<(u32, u32), usize> = BTreeMap::new();
        for post in &self.posts {
            let secret = self.members[post.author as usize].secret && stand[post.author as usize].is_none();
            let found = existing.find(post.origin).filter(|found| secret && found.date == Some(post.date));
            if let Some(author) = found.and_then(|found| found.author) {
                *shared.entry((post.author, author)).or_default() += 1;
            }
        }
        let (of_members, of_authors) = (best(&shared, |pair| pair.0), best(&shared, |pair| pair.1));
        for ((member, author), count) in &shared {
            let alone = Some(&Best { posts: *count, alone: true });
            if of_members.get(member) == alone
                && of_authors.get(author) == alone
                && let Some(path) = unknown.get(existing.authors.get(*author))
            {
                stand[*member as usize] = Some(path.clone());
            }
        }
    }

    /// Makes sure that nobody becomes somebody new only because the key is missing.
    fn refuse_doubles(&self, existing: &Existing, stand: &[Option<String>], posted: &[bool]) -> Result<()> {
        let Some(path) = &self.naming.missing_key else { return Ok(()) };
        let new = self.members.iter().enumerate().filter(|(at, it)| it.secret && posted[*at] && stand[*at].is_none());
        let new: Vec<String> = new.map(|(_, member)| names::shown(&member.name)).collect();
        if new.is_empty() || self.unknown(existing, stand).is_empty() {
            return Ok(());
        }
        let more = if new.len() > MOST_NAMED_PEOPLE { ", …" } else { "" };
        let first = new.iter().take(MOST_NAMED_PEOPLE).cloned().collect::<Vec<_>>().join(", ");
        Err(Error::other(
            format!(
                "{}: the key of earlier imports isn't here, and nothing else tells whether these people are members: {first}{more}",
                path.display()
            ),
            format!(
                "copy it from where the forum was imported before; if it is lost, make a new one, with which they become new \
                 members: `head -c 32 /dev/urandom > {}`",
                path.display()
            ),
        ))
    }
}

/// The most posts that somebody shares with one of the others.
#[derive(Debug, PartialEq, Eq)]
struct Best {
    posts: usize,
    /// Whether that is true of one of them alone.
    alone: bool,
}

/// The best of each on one side of the pairs.
fn best(shared: &BTreeMap<(u32, u32), usize>, side: fn(&(u32, u32)) -> u32) -> FxHashMap<u32, Best> {
    let mut all: FxHashMap<u32, Best> = FxHashMap::default();
    for (pair, count) in shared {
        let best = all.entry(side(pair)).or_insert(Best { posts: 0, alone: true });
        if *count >= best.posts {
            *best = Best { posts: *count, alone: *count > best.posts };
        }
    }
    all
}

/// The handle of the member whose file this is.
fn stem(path: &str) -> Option<&str> {
    path.rsplit('/').next()?.strip_suffix(".yml")
}
