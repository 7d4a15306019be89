//! A site in → a commit on a branch that holds it, written without a checkout. What others put on the branch stays; what
//! boards put there and the site has no more goes.
//!
//! Which files are boards' own is told by the branch itself: a commit that boards makes says so in its message, and names
//! the files that it found and kept.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::num::NonZero;

use git2::{ObjectType, Oid};
use rayon::prelude::*;

use super::{Changes, Site};
use crate::cache::Cache;
use crate::git::write::{self, Change, Draft, Person};
use crate::git::{Repository, branches, files};
use crate::key::Key;
use crate::monitor::{Monitor, Work};
use crate::output::Listed;
use crate::{Error, Result};

/// What tells GitHub's Pages to serve a branch as it is, rather than to hand it to Jekyll, which leaves out `_headers`.
const PLAIN: &str = ".nojekyll";
/// The line of a commit's message that says whose it is, with the key of the site that it shows.
const MARK: &str = "Boards-Site: ";
/// The line of a commit's message that names a file which boards found and kept, as a JSON text.
const KEPT: &str = "Kept: ";
/// The name under which the cache keeps the blobs of files by what their bytes hash to.
const BLOBS: &str = "published";

/// Where and how a site is to be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// The branch's name, without `refs/heads/`.
    pub branch: String,
    /// The remote that the branch is fetched from and pushed to, where it shall be.
    pub push: Option<String>,
    /// How many commits the branch shall have, this one included; as many as come together where it isn't said.
    pub keep: Option<NonZero<usize>>,
    /// Publish to a branch that boards didn't make: its files stay, but for those whose paths the site has as well.
    pub force: bool,
}

/// What became of a publication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// What it changed on the branch.
    pub changes: Changes,
    /// The commit that was made; none when nothing changed.
    pub commit: Option<Oid>,
}

/// A branch as it stands before a publication.
#[derive(Debug)]
pub struct Branch<'r> {
    repository: &'r Repository,
    wish: Wish,
    /// Where the local branch stands.
    local: Option<Oid>,
    /// Where the remote's branch stands, as far as is known here.
    remote: Option<Oid>,
    /// The commit that the next is based on.
    base: Option<Oid>,
    /// The files on it.
    existing: BTreeMap<String, Oid>,
    /// Those of them that others put there.
    foreign: BTreeSet<String>,
}

impl<'r> Branch<'r> {
    /// Looks at a branch, after fetching it where it shall be pushed.
    ///
    /// # Errors
    /// The name can't be a branch's, the branch is checked out or isn't boards' own, the remote can't be reached, or
    /// something can't be read.
    pub fn look(repository: &'r Repository, wish: Wish) -> Result<Branch<'r>> {
        let name = write::branch(&wish.branch)?;
        if branches::checked_out(repository, &wish.branch)? {
            let message = format!("the branch `{}` is checked out: it is no place for the site", wish.branch);
            return Err(Error::other(message, "publish to another branch, such as `branch:gh-pages`"));
        }
        let local = branches::tip(repository, &name)?;
        let remote = match &wish.push {
            Some(remote) => branches::fetch(repository, remote, &wish.branch)?,
            None => branches::tip(repository, &branches::tracked("origin", &wish.branch))?,
        };
        let base = match (local, remote) {
            // What is on the way out is never older than what is there, unless others published in between.
            (Some(local), Some(remote)) if wish.push.is_some() && !repository.follows(local, remote)? => Some(remote),
            (local, remote) => local.or(remote),
        };
        let (existing, foreign) = match base {
            Some(base) => own_and_foreign(repository, base, &wish)?,
            None => (BTreeMap::new(), BTreeSet::new()),
        };
        Ok(Branch { repository, wish, local, remote, base, existing, foreign })
    }

    /// What publishing `site` would change.
    ///
    /// # Errors
    /// A file of the site can't be read.
    pub fn changes(&self, site: &Site, cache: &Cache) -> Result<Changes> {
        Ok(self.between(&wanted(site, cache)?))
    }

    fn between(&self, wanted: &BTreeMap<String, Oid>) -> Changes {
        let ours = |path: &str| wanted.contains_key(path) || !self.foreign.contains(path);
        let existing = self.existing.iter().filter(|(path, _)| ours(path));
        Changes::between(&existing.map(|(path, id)| (path.clone(), *id)).collect(), wanted)
    }

    /// Makes the branch show `site`: a commit of `now` (seconds since 1970), none when it shows it already, and a push
    /// where it was wished for.
    ///
    /// # Errors
    /// A file of the site can't be read, git doesn't know who runs it, the repository can't be written, somebody else
    /// moved the branch, the remote refuses. The branch is then as it was, or has the whole commit.
    pub fn publish(&self, site: &Site, cache: &Cache, now: i64, monitor: &dyn Monitor) -> Result<Published> {
        let wanted = wanted(site, cache)?;
        let changes = self.between(&wanted);
        let commit = if changes.is_empty() && self.base.is_some() {
            None
        } else {
            Some(self.commit(site, &wanted, &changes, now, monitor)?)
        };
        let tip = commit.or(self.base);
        if tip != self.local
            && let Some(tip) = tip
        {
            let name = write::branch(&self.wish.branch)?;
            if !write::advance(self.repository, &name, self.local, tip, "boards publish")? {
                let message = format!("the branch `{}` was moved meanwhile", self.wish.branch);
                return Err(Error::other(message, "publish again"));
            }
        }
        if let (Some(remote), Some(tip)) = (&self.wish.push, tip) {
            let replace = match self.remote {
                Some(old) => !self.repository.follows(tip, old)?,
                None => false,
            };
            if self.remote != Some(tip) {
                branches::push(self.repository, remote, &self.wish.branch, self.remote, replace)?;
            }
        }
        Ok(Published { changes, commit })
    }

    fn commit(
        &self,
        site: &Site,
        wanted: &BTreeMap<String, Oid>,
        changes: &Changes,
        now: i64,
        monitor: &dyn Monitor,
    ) -> Result<Oid> {
        let person = &Person::committer(self.repository, now)?;
        let listed: HashMap<&str, &Listed> = site.files.iter().map(|file| (file.path.as_str(), file)).collect();
        let fresh: Vec<&String> = changes.added.iter().chain(&changes.changed).collect();
        monitor.stage("files", Some(fresh.len() as u64));
        let stored: Result<Vec<Change>> = fresh
            .par_iter()
            .map(|path| {
                let bytes = listed.get(path.as_str()).map_or(Ok(Vec::new()), |file| site.read(file))?;
                let blob = write::blob(self.repository, &bytes)?;
                monitor.did(Work::FileWritten);
                monitor.advance(1);
                Ok((String::clone(path), Some(blob)))
            })
            .collect();
        let gone = changes.removed.iter().map(|path| (path.clone(), None));
        let edits: Vec<Change> = stored?.into_iter().chain(gone).collect();
        let top = match self.base {
            Some(base) => branches::commit(self.repository, base)?.tree,
            None => write::edit(self.repository, empty()?, &[])?,
        };
        let tree = write::edit(self.repository, top, &edits)?;
        let kept: Vec<&String> = self.foreign.iter().filter(|path| !wanted.contains_key(*path)).collect();
        let message = message(site.key, changes, &kept);
        let parent = self.parent()?;
        let parents: Vec<Oid> = parent.into_iter().collect();
        let draft = Draft { tree, parents: &parents, author: person, committer: person, message: &message };
        write::commit(self.repository, &draft)
    }

    /// The commit before the next: the base, or a copy of it with as short a history as was wished for.
    fn parent(&self) -> Result<Option<Oid>> {
        let (Some(base), Some(keep)) = (self.base, self.wish.keep) else { return Ok(self.base) };
        let mut line = Vec::new();
        let mut next = Some(base);
        while let Some(id) = next.filter(|_| line.len() + 1 < keep.get()) {
            let commit = branches::commit(self.repository, id)?;
            next = commit.parents.first().copied();
            line.push(commit);
        }
        if next.is_none() {
            return Ok(self.base);
        }
        let mut parent: Option<Oid> = None;
        for commit in line.iter().rev() {
            let parents: Vec<Oid> = parent.into_iter().collect();
            let (author, committer) = (&commit.author, &commit.committer);
            let draft = Draft { tree: commit.tree, parents: &parents, author, committer, message: &commit.message };
            parent = Some(write::commit(self.repository, &draft)?);
        }
        Ok(parent)
    }
}

/// The tree without entries.
fn empty() -> Result<Oid> {
    Oid::hash_object(ObjectType::Tree, b"").map_err(Error::git("hash the empty tree"))
}

/// The files at a commit, and which of them others put there.
fn own_and_foreign(
    repository: &Repository,
    base: Oid,
    wish: &Wish,
) -> Result<(BTreeMap<String, Oid>, BTreeSet<String>)> {
    let existing = files(repository, branches::commit(repository, base)?.tree)?;
    let mut next = Some(base);
    while let Some(id) = next {
        let commit = branches::commit(repository, id)?;
        if marked(&commit.message) {
            let made = if id == base { existing.clone() } else { files(repository, commit.tree)? };
            let kept = kept(&commit.message);
            let own = |path: &String, id: &Oid| made.get(path) == Some(id) && !kept.contains(path);
            let foreign = existing.iter().filter(|(path, id)| !own(path, id)).map(|(path, _)| path.clone()).collect();
            return Ok((existing, foreign));
        }
        next = commit.parents.first().copied();
    }
    if let Some(first) = existing.keys().next().filter(|_| !wish.force) {
        let message = format!("the branch `{}` was not made by boards (it has `{first}`)", wish.branch);
        let hint = "name another branch, or use --force to publish to this one, where all its files will stay";
        return Err(Error::other(message, hint));
    }
    let foreign = existing.keys().cloned().collect();
    Ok((existing, foreign))
}

fn message(site: Key, changes: &Changes, kept: &[&String]) -> String {
    let mut message = format!("Publish the site\n\n{}\n\n{MARK}{}\n", changes.in_words(), site.hex());
    for path in kept {
        message.push_str(&format!("{KEPT}{}\n", serde_json::Value::from(path.as_str())));
    }
    message
}

fn marked(message: &str) -> bool {
    message.lines().any(|line| line.starts_with(MARK))
}

fn kept(message: &str) -> BTreeSet<String> {
    let named = message.lines().filter_map(|line| serde_json::from_str(line.strip_prefix(KEPT)?).ok());
    named.collect()
}

/// The blobs that the branch shall have, by path. Those of files that were published before are remembered; others are
/// read to be hashed, and nothing is stored.
fn wanted(site: &Site, cache: &Cache) -> Result<BTreeMap<String, Oid>> {
    let salt = Key::of(BLOBS);
    let remembered = cache.load(BLOBS, salt).unwrap_or_default();
    let known: HashMap<Key, [u8; 20]> =
        postcard::from_bytes::<Vec<(Key, [u8; 20])>>(&remembered).unwrap_or_default().into_iter().collect();
    let blobs: Result<Vec<[u8; 20]>> = site
        .files
        .par_iter()
        .map(|file| match known.get(&file.bytes) {
            Some(blob) => Ok(*blob),
            None => {
                let hash = Oid::hash_object(ObjectType::Blob, &site.read(file)?).map_err(Error::git("hash a file"))?;
                let mut blob = [0; 20];
                blob.copy_from_slice(hash.as_bytes());
                Ok(blob)
            }
        })
        .collect();
    let blobs = blobs?;
    let keys: BTreeMap<Key, [u8; 20]> = site.files.iter().map(|file| file.bytes).zip(blobs.iter().copied()).collect();
    if keys.len() != known.len() || keys.keys().any(|key| !known.contains_key(key)) {
        let list: Vec<(Key, [u8; 20])> = keys.into_iter().collect();
        cache.store(BLOBS, salt, &postcard::to_stdvec(&list).unwrap_or_default());
    }
    let mut wanted = BTreeMap::new();
    for (file, blob) in site.files.iter().zip(blobs) {
        wanted.insert(file.path.clone(), Oid::from_bytes(&blob).map_err(Error::git("read an object's id"))?);
    }
    let nothing = Oid::hash_object(ObjectType::Blob, b"").map_err(Error::git("hash a file"))?;
    wanted.insert(PLAIN.to_owned(), nothing);
    Ok(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_tells_what_was_kept_whatever_its_name() {
        let names = [String::from("CNAME"), String::from("a\nKept: \"b\"\nBoards-Site: x"), String::from("\"quoted\"")];
        let message = message(Key::of("x"), &Changes::default(), &names.iter().collect::<Vec<_>>());
        assert!(marked(&message));
        assert_eq!(kept(&message), names.into_iter().collect());
        assert!(!marked("Add a domain\n"));
    }
}
