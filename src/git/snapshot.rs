//! A commit, or the working copy → its content folder as folders of names and object ids, and the bytes of its files.
//! Folders are opened when they are asked for; what they mean isn't known here.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use git2::{ObjectType, Oid};
use serde::{Deserialize, Serialize};

use super::disk;
use super::earlier_scan::EarlierScan;
use super::overlay::Overlay;
use super::repository::{self, Repository};
use super::size::{TooLarge, file_within};
use super::working::{self, Working};
use super::{revision, tree};
use crate::monitor::Monitor;
use crate::{Error, Result};

/// What to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The files on the disk, tracked or not, without the ignored ones. The folder need not be in a repository.
    WorkingCopy,
    /// A commit, by a reference's name or an id, with steps from there such as `~2` or `^{tree}`.
    Revision(String),
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// A file; it may be one that can be run.
    File,
    /// A folder.
    Folder,
    /// A symbolic link, a submodule or another repository, or something whose name is no name: not UTF-8, `..` or
    /// with a slash.
    Other,
}

/// One entry of a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The name; what isn't UTF-8 in it is replaced, and then it is of [`Kind::Other`].
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// The id that git gives its content.
    #[serde(with = "crate::key::oid")]
    pub id: Oid,
}

/// The content folder of one commit, or of the working copy as it was when this was made. Equal content has equal ids,
/// whatever the source.
#[derive(Debug)]
pub struct Snapshot {
    repository: Option<Arc<Repository>>,
    content: String,
    head: Option<Oid>,
    root: Oid,
    pub(super) files: Files,
    pub(super) overlay: Overlay,
}

/// Where the bytes are.
#[derive(Debug)]
pub(super) enum Files {
    /// In the repository; the top tree.
    Store(Oid),
    /// On the disk; the work tree's top.
    Disk(PathBuf, Arc<Working>),
}

impl Snapshot {
    /// Looks at the folder `content` in `place`, which is a repository, a folder in its work tree, or (for the working
    /// copy) any folder.
    ///
    /// # Errors
    /// When there is no such folder, revision or repository, or git's library refuses it, or something can't be read.
    pub fn open(place: &Path, content: &str, source: &Source, monitor: &dyn Monitor) -> Result<Snapshot> {
        let content = plain(content)?;
        let repository = Repository::find(place)?;
        match source {
            Source::WorkingCopy => Snapshot::working_copy(place, &content, repository, None, monitor),
            Source::Revision(revision) => {
                let repository = repository.ok_or_else(|| {
                    Error::other(format!("{}: there is no git repository here", place.display()), "run boards in one")
                })?;
                Snapshot::revision(place, &content, repository, revision)
            }
        }
    }

    /// Looks at the folder `content` of the working copy in `place` once more, only where something may have changed since
    /// it was `earlier`.
    ///
    /// # Errors
    /// As [`open`](Snapshot::open).
    pub fn look_again(place: &Path, content: &str, earlier: &EarlierScan, monitor: &dyn Monitor) -> Result<Snapshot> {
        Snapshot::working_copy(place, &plain(content)?, Repository::find(place)?, Some(earlier), monitor)
    }

    /// What was looked at, to be looked at again later; `None` of a revision.
    #[must_use]
    pub fn earlier(&self) -> Option<EarlierScan> {
        match &self.files {
            Files::Disk(_, working) => Some(EarlierScan::new(Arc::clone(working))),
            Files::Store(_) => None,
        }
    }

    fn working_copy(
        place: &Path,
        content: &str,
        repository: Option<Repository>,
        earlier: Option<&EarlierScan>,
        monitor: &dyn Monitor,
    ) -> Result<Snapshot> {
        let (top, content, head) = match &repository {
            None => (place.to_owned(), content.to_owned(), None),
            Some(repository) => {
                let top = repository.work_tree()?.ok_or_else(|| {
                    Error::other(
                        format!("{}: this is a bare repository, without a working copy", place.display()),
                        "name a commit: `--rev HEAD`",
                    )
                })?;
                let above = within(place, &top, repository.place());
                // As it was named, which may be shorter: paths are long for the system to follow.
                let top = if above.is_empty() && place.join(".git").exists() { place.to_owned() } else { top };
                (top, join(&above, content), repository.head()?)
            }
        };
        let folder = top.join(&content);
        match std::fs::symlink_metadata(&folder) {
            Ok(metadata) if metadata.is_dir() => {}
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(Error::io(folder)(error)),
            _ => return Err(missing(&folder.display().to_string())),
        }
        let working = working::scan(&top, &content, repository.as_ref(), earlier, monitor)?;
        Ok(Snapshot {
            repository: repository.map(Arc::new),
            content,
            head,
            root: working.root,
            files: Files::Disk(top, Arc::new(working)),
            overlay: Overlay::default(),
        })
    }

    fn revision(place: &Path, content: &str, repository: Repository, revision: &str) -> Result<Snapshot> {
        let content = Snapshot::content_in(&repository, place, content)?;
        let (head, top) = revision::resolve(&repository, revision)?;
        let root =
            revision::folder(&repository, top, &content)?.ok_or_else(|| missing(&format!("{revision}:{content}")))?;
        Ok(Snapshot {
            repository: Some(Arc::new(repository)),
            content,
            head,
            root,
            files: Files::Store(top),
            overlay: Overlay::default(),
        })
    }

    /// The path of the folder `content` of `place` from the repository's top: `place` may be a folder in its work tree.
    ///
    /// # Errors
    /// When the repository can't be opened, or `content` leads out of `place`.
    pub fn content_in(repository: &Repository, place: &Path, content: &str) -> Result<String> {
        let content = plain(content)?;
        Ok(match repository.work_tree()? {
            Some(top) => join(&within(place, &top, repository.place()), &content),
            None => content,
        })
    }

    /// The tree id of the content folder.
    #[must_use]
    pub fn root(&self) -> Oid {
        self.root
    }

    /// The content folder's path from the repository's top (without a repository, from the folder that was named).
    #[must_use]
    pub fn content(&self) -> &str {
        &self.content
    }

    /// The commit whose history counts: the revision, or HEAD. None before the first commit, without a repository, and
    /// where the revision is a bare tree.
    #[must_use]
    pub fn head(&self) -> Option<Oid> {
        self.head
    }

    /// The repository, where there is one.
    #[must_use]
    pub fn repository(&self) -> Option<&Repository> {
        self.repository.as_deref()
    }

    /// The folder `folder` of `place` as the same commit has it; `None` where it has no such folder, and of a working copy.
    ///
    /// # Errors
    /// When something on the way can't be read.
    pub fn beside(&self, place: &Path, folder: &str) -> Result<Option<Snapshot>> {
        let (Files::Store(top), Some(repository)) = (&self.files, &self.repository) else { return Ok(None) };
        let content = Snapshot::content_in(repository, place, folder)?;
        Ok(revision::folder(repository, *top, &content)?.map(|root| Snapshot {
            repository: Some(Arc::clone(repository)),
            content,
            head: self.head,
            root,
            files: Files::Store(*top),
            overlay: Overlay::default(),
        }))
    }

    /// The entries of a folder of this snapshot, sorted by the bytes of their names.
    ///
    /// # Errors
    /// When the tree is missing or damaged.
    pub fn folder(&self, tree: Oid) -> Result<Vec<Entry>> {
        entries(tree, &self.raw(tree)?)
    }

    /// A place in the order in which folders are best read, for what lies together in a pack was made from one another.
    /// `None` where it makes no difference, and for what was packed by nobody yet.
    #[must_use]
    pub fn position(&self, tree: Oid) -> Option<(u32, u64)> {
        let repository = self.repository.as_ref().filter(|_| matches!(self.files, Files::Store(_)))?;
        repository.reading(|objects| Ok(objects.position(tree))).ok()?
    }

    /// The bytes of a folder's tree object.
    pub(super) fn raw(&self, tree: Oid) -> Result<Cow<'_, [u8]>> {
        if let Some(raw) = self.overlay.trees.get(&tree) {
            return Ok(Cow::Borrowed(raw));
        }
        match (&self.files, &self.repository) {
            (Files::Disk(_, working), _) if working.trees.contains_key(&tree) => {
                Ok(Cow::Borrowed(&working.trees[&tree]))
            }
            (Files::Store(_), Some(repository)) => Ok(Cow::Owned(repository.object(ObjectType::Tree, tree, "")?)),
            _ => Err(repository::unreadable("", ObjectType::Tree, tree, "this snapshot has no such folder")),
        }
    }

    /// Makes another tree the content folder's.
    pub(super) fn set_root(&mut self, tree: Oid) {
        self.root = tree;
    }

    /// The bytes of the file at `path` below the content folder, as git stores them. `id` is its entry's.
    ///
    /// # Errors
    /// When the file can't be read, its object is missing or damaged, or it was changed on the disk since this
    /// snapshot was made.
    pub fn read(&self, path: &str, id: Oid) -> Result<Vec<u8>> {
        self.read_most(path, id, u64::MAX)
    }

    /// The same, of a file that isn't known to have more than `most` bytes: one on the disk that has by now is a changed one.
    pub(super) fn read_most(&self, path: &str, id: Oid, most: u64) -> Result<Vec<u8>> {
        if let Some(bytes) = self.overlay.blobs.get(&id) {
            return Ok(bytes.clone());
        }
        match (&self.files, &self.repository) {
            (Files::Disk(top, working), _) => self.read_disk(top, &join(&self.content, path), (id, most), working),
            (Files::Store(_), Some(repository)) => repository.object(ObjectType::Blob, id, path),
            _ => Err(repository::unreadable(path, ObjectType::Blob, id, "this snapshot has no repository")),
        }
    }

    /// Everything that what is read through this snapshot depends on, history and people included: equal bytes, equal
    /// answers.
    ///
    /// # Errors
    /// When the repository or the `.mailmap` can't be read.
    pub fn identity(&self) -> Result<Vec<u8>> {
        let mut bytes = self.root.as_bytes().to_vec();
        bytes.extend(self.head.iter().flat_map(|head| head.as_bytes()));
        bytes.extend(self.content.as_bytes());
        if let Some(repository) = &self.repository {
            let mut boundary: Vec<Oid> = repository.shallow_boundary()?.into_iter().collect();
            boundary.sort_unstable();
            bytes.extend(boundary.iter().flat_map(|cut| cut.as_bytes()));
        }
        bytes.extend(self.mailmap()?);
        Ok(bytes)
    }

    /// The bytes of the file at `path` below the content folder; `None` when there is none, or it has more than `most`.
    ///
    /// # Errors
    /// As [`folder`](Snapshot::folder) and [`read`](Snapshot::read).
    pub fn find(&self, path: &str, most: u64) -> Result<Option<Vec<u8>>> {
        let mut folder = self.root;
        let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
        for part in above.split('/').filter(|part| !part.is_empty()) {
            match self.folder(folder)?.into_iter().find(|entry| entry.name == part && entry.kind == Kind::Folder) {
                Some(entry) => folder = entry.id,
                None => return Ok(None),
            }
        }
        let file = self.folder(folder)?.into_iter().find(|entry| entry.name == name && entry.kind == Kind::File);
        let read = file.map(|entry| self.read_within(path, entry.id, most)).transpose()?;
        Ok(read.and_then(std::result::Result::ok))
    }

    /// The files of a working copy, below the content folder, that the commit it stands at doesn't have as they are, by
    /// path. None of any other snapshot, and without a repository.
    ///
    /// # Errors
    /// When a tree of the commit is missing or damaged.
    pub fn uncommitted(&self) -> Result<Vec<String>> {
        let (Files::Disk(_, working), Some(repository)) = (&self.files, &self.repository) else {
            return Ok(Vec::new());
        };
        let committed = match self.head {
            Some(head) => {
                revision::folder(repository, revision::resolve(repository, &head.to_string())?.1, &self.content)?
            }
            None => None,
        };
        let mut found = Vec::new();
        let mut open = vec![(String::new(), committed, self.root)];
        while let Some((path, old, new)) = open.pop() {
            if old == Some(new) {
                continue;
            }
            let old = old.map(|old| repository.object(ObjectType::Tree, old, &path)).transpose()?.unwrap_or_default();
            let damaged = || repository::unreadable(&path, ObjectType::Tree, new, "its entries are malformed");
            for pair in tree::beside(&old, working.trees.get(&new).ok_or_else(damaged)?) {
                let (old, new) = pair.ok_or_else(damaged)?;
                let Some(new) = new else { continue };
                let path = join(&path, &String::from_utf8_lossy(new.name));
                if new.is_folder() {
                    open.push((path, old.filter(tree::Item::is_folder).map(|old| old.oid()), new.oid()));
                } else {
                    found.push(path);
                }
            }
        }
        found.sort_unstable();
        Ok(found)
    }

    /// Reads a file and makes sure that it has the content that `id` stands for.
    fn read_disk(&self, top: &Path, place: &str, (id, most): (Oid, u64), working: &Working) -> Result<Vec<u8>> {
        let path = &top.join(place);
        let (bytes, stamp) = disk::read(path, most).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => changed(path),
            _ => Error::io(path)(error),
        })?;
        let trusted = working.trusted.contains(&stamp.stat_key(id));
        let filters = self.repository.as_ref().filter(|_| disk::may_differ(&bytes));
        match filters {
            None if trusted => Ok(bytes),
            _ if tree::hash(ObjectType::Blob, &bytes) == id => Ok(bytes),
            None => Err(changed(path)),
            Some(repository) => {
                // What was committed is in the store already; else git's filters have to be applied once more.
                if trusted && let Ok(stored) = repository.object(ObjectType::Blob, id, "") {
                    return Ok(stored);
                }
                match disk::stored(Some(repository), Path::new(place), &bytes)? {
                    (found, Some(stored)) if found == id => Ok(stored),
                    _ => Err(changed(path)),
                }
            }
        }
    }

    /// The repository's `.mailmap`, of the same commit or working copy; empty where there is none.
    ///
    /// # Errors
    /// When it is there and can't be read, or has more than 256 KiB.
    pub fn mailmap(&self) -> Result<Vec<u8>> {
        const NAME: &str = ".mailmap";
        // Git's library compares each of its lines with all others.
        const MOST_BYTES: u64 = 256 << 10;
        let read = match (&self.files, &self.repository) {
            (Files::Disk(top, _), Some(_)) => {
                let path = top.join(NAME);
                match file_within(&path, MOST_BYTES) {
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
                    read => read.map_err(Error::io(&path))?,
                }
            }
            (Files::Store(top), Some(repository)) => match revision::entry(repository, *top, NAME, "")? {
                Some((mode, id)) if tree::is_file(mode) => repository.blob_within(id, NAME, MOST_BYTES)?,
                _ => Ok(Vec::new()),
            },
            _ => Ok(Vec::new()),
        };
        read.map_err(|TooLarge { bytes, most }| {
            let message = format!("{NAME} has {bytes} bytes, at most {most} are read");
            Error::other(message, "leave out the lines of addresses that no post is by")
        })
    }
}

/// The entries of a tree object.
fn entries(id: Oid, raw: &[u8]) -> Result<Vec<Entry>> {
    let items = tree::sorted(raw).map_err(|why| repository::unreadable("", ObjectType::Tree, id, &why))?;
    Ok(items.iter().map(entry).collect())
}

fn entry(item: &tree::Item<'_>) -> Entry {
    let name = String::from_utf8_lossy(item.name);
    let strange = matches!(name, Cow::Owned(_)) || name == "." || name == ".." || name.contains('/');
    let kind = match item {
        _ if strange => Kind::Other,
        item if item.is_folder() => Kind::Folder,
        item if item.is_file() => Kind::File,
        _ => Kind::Other,
    };
    Entry { name: name.into_owned(), kind, id: item.oid() }
}

/// The content folder's path without what means nothing.
fn plain(content: &str) -> Result<String> {
    let parts: Vec<&str> = content.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    if content.starts_with('/') || parts.contains(&"..") {
        return Err(Error::other(
            format!("`{content}` can't be the content folder"),
            "name a folder below the one where boards runs",
        ));
    }
    Ok(parts.join("/"))
}

/// The path of `place` from the work tree's top, with slashes; empty for the top itself and for the git folder.
fn within(place: &Path, top: &Path, git: &Path) -> String {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let (place, top) = (real(place), real(top));
    if place.starts_with(real(git)) {
        return String::new();
    }
    let below = place.strip_prefix(top).unwrap_or(Path::new(""));
    below.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

pub(super) fn join(folder: &str, below: &str) -> String {
    [folder, below].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
}

fn missing(folder: &str) -> Error {
    let hint = "a forum's content lies there: go to the forum or name it with `-C`; `boards init` makes a new one";
    Error::other(format!("{folder}: there is no such folder"), hint)
}

pub(super) fn changed(path: &Path) -> Error {
    Error::other(format!("{}: this file was changed while boards was at work", path.display()), "run it again")
}

#[cfg(test)]
mod tests;
