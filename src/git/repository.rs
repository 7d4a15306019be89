//! A path → a repository that many threads read at once. It reads objects; it knows nothing of folders or posts, and
//! never writes.

use std::cell::RefCell;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Once, PoisonError};

use git2::{ErrorCode, ObjectType, Odb, Oid};

use super::index::Index;
use super::loose::Loose;
use super::packs::{Packs, Position, Unpacker, Whole};
use super::size::check_object;
use crate::{Error, Result};

/// A repository that threads share: libgit2's own handle serves one thread at a time, so each piece of work borrows one
/// and gives it back for the next.
pub struct Repository {
    place: PathBuf,
    loose: Loose,
    packs: Packs,
    idle: Mutex<Vec<git2::Repository>>,
    unpackers: Mutex<Vec<Unpacker>>,
}

impl Repository {
    /// The repository that `path` lies in, as git would find it; `None` where there is none.
    ///
    /// # Errors
    /// When there is one that git's library refuses: damaged, of another owner, of an unknown format.
    pub fn find(path: &Path) -> Result<Option<Repository>> {
        trust_the_store();
        let found = match git2::Repository::discover(path) {
            Ok(found) => found,
            Err(error) if error.code() == ErrorCode::NotFound => return nothing(path),
            Err(error) if error.code() == ErrorCode::Owner => {
                let message = format!("{}: this repository belongs to another user", path.display());
                // Git's own setting knows whole paths alone.
                let whole = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
                return Err(Error::other(
                    message,
                    format!("`git config --global --add safe.directory {}` trusts it", whole.display()),
                ));
            }
            Err(error) if error.message().contains("object format") => {
                let message = format!("{}: this repository names its objects by SHA-256", path.display());
                let hint = "boards reads those that name them by SHA-1: move the forum into one of `git init --object-format=sha1`";
                return Err(Error::other(message, hint));
            }
            Err(error) => return Err(Error::git(format!("look for a repository in {}", path.display()))(error)),
        };
        let loose = Loose::new(found.commondir().join("objects"));
        let packs = Packs::new(loose.stores());
        let (place, idle, unpackers) = (found.path().to_owned(), Mutex::new(vec![found]), Mutex::default());
        Ok(Some(Repository { place, loose, packs, idle, unpackers }))
    }

    /// The git folder: `.git`, that of a linked work tree, or a bare repository.
    #[must_use]
    pub fn place(&self) -> &Path {
        &self.place
    }

    /// The git folder that all work trees share.
    ///
    /// # Errors
    /// When the repository can't be opened.
    pub fn common(&self) -> Result<PathBuf> {
        self.with(|handle| Ok(handle.commondir().to_owned()))
    }

    /// Makes sure that what is checked out can be read: HEAD, the index, and the commit with its top tree.
    ///
    /// # Errors
    /// When one of them can't be read.
    pub fn check(&self) -> Result<()> {
        let head = self.head()?;
        Index::read(&self.place)?;
        let top = head.map(|commit| self.tree(commit)).transpose()?;
        top.map_or(Ok(()), |top| self.object(ObjectType::Tree, top, "").map(drop))
    }

    /// The commits at which the history of a shallow clone was cut off; none in any other repository.
    ///
    /// # Errors
    /// When the repository can't be opened or the list be read.
    pub fn shallow_boundary(&self) -> Result<HashSet<Oid>> {
        // libgit2 looks for the list in the wrong place where the work tree is a linked one.
        let path = self.common()?.join("shallow");
        match std::fs::read_to_string(&path) {
            Ok(list) => Ok(list.lines().filter_map(|line| Oid::from_str(line.trim()).ok()).collect()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(HashSet::new()),
            Err(error) => Err(Error::io(path)(error)),
        }
    }

    /// The top of the work tree; none for a bare repository.
    ///
    /// # Errors
    /// When the repository can't be opened.
    pub fn work_tree(&self) -> Result<Option<PathBuf>> {
        self.with(|repository| Ok(repository.workdir().map(Path::to_owned)))
    }

    /// The commit that is checked out; none before the first.
    ///
    /// # Errors
    /// When HEAD can't be read.
    pub fn head(&self) -> Result<Option<Oid>> {
        self.with(|repository| match repository.head() {
            Ok(head) => Ok(head.target()),
            Err(error) if matches!(error.code(), ErrorCode::UnbornBranch) => Ok(None),
            Err(error) => Err(Error::git(format!("read HEAD of {}", self.place.display()))(error)),
        })
    }

    /// The branch that HEAD names, in full (`refs/heads/main`), whether it has a commit yet or not; none where HEAD is at
    /// a commit by itself.
    ///
    /// # Errors
    /// When HEAD can't be read.
    pub fn branch(&self) -> Result<Option<String>> {
        self.with(|handle| {
            let head = handle.find_reference("HEAD").map_err(Error::git("read HEAD"))?;
            Ok(head.symbolic_target().ok().flatten().map(str::to_owned))
        })
    }

    /// The commit that a reference leads to, by its full name; none where there is no such reference.
    ///
    /// # Errors
    /// When it can't be read, or leads to no commit.
    pub fn reference(&self, name: &str) -> Result<Option<Oid>> {
        let Some(id) = self.target(name)? else { return Ok(None) };
        let commit = super::revision::commit(self, id, name)?;
        commit.map(Some).ok_or_else(|| unreadable(name, ObjectType::Commit, id, "it is no commit"))
    }

    /// The object that a reference leads to, by its full name; none where there is no such reference.
    ///
    /// # Errors
    /// When the reference can't be read.
    pub(super) fn target(&self, name: &str) -> Result<Option<Oid>> {
        self.with(|handle| match handle.find_reference(name).and_then(|found| found.resolve()) {
            Ok(found) => Ok(found.target()),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(Error::git(format!("read {name}"))(error)),
        })
    }

    /// Whether the object is here.
    ///
    /// # Errors
    /// When the repository can't be opened.
    pub fn has(&self, id: Oid) -> Result<bool> {
        self.with(|handle| Ok(handle.odb().map_err(Error::git("open the object store"))?.exists(id)))
    }

    /// Whether the commit `later` is `earlier` or comes after it.
    ///
    /// # Errors
    /// When a commit between is missing or damaged.
    pub fn follows(&self, later: Oid, earlier: Oid) -> Result<bool> {
        let boundary = self.shallow_boundary()?;
        let mut met = HashSet::from([later]);
        let mut waiting = vec![later];
        while let Some(id) = waiting.pop() {
            if id == earlier {
                return Ok(true);
            }
            if !boundary.contains(&id) {
                waiting.extend(super::revision::parents(self, id)?.into_iter().filter(|parent| met.insert(*parent)));
            }
        }
        Ok(false)
    }

    /// The top tree of a commit.
    ///
    /// # Errors
    /// When the commit is missing or damaged.
    pub fn tree(&self, commit: Oid) -> Result<Oid> {
        super::revision::tree(self, commit)
    }

    /// Does `work` with a handle that no other thread uses meanwhile. It is for settings, references and paths; objects
    /// are read with [`object`](Repository::object), since git's library never comes back from some damaged ones.
    ///
    /// # Errors
    /// When no handle can be opened, and whatever `work` fails with.
    pub fn with<T>(&self, work: impl FnOnce(&git2::Repository) -> Result<T>) -> Result<T> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let handle = match idle {
            Some(handle) => handle,
            None => git2::Repository::open(&self.place)
                .map_err(Error::git(format!("open the repository {}", self.place.display())))?,
        };
        let done = work(&handle);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(handle);
        done
    }

    /// Does `work` with a way to the objects that no other thread uses meanwhile.
    ///
    /// # Errors
    /// When the object store can't be opened, and whatever `work` fails with.
    pub(super) fn reading<T>(&self, work: impl FnOnce(&Objects<'_>) -> Result<T>) -> Result<T> {
        self.with(|handle| {
            let odb = handle.odb().map_err(Error::git("open the object store"))?;
            let idle = self.unpackers.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let unpacker = RefCell::new(idle.unwrap_or_default());
            let objects = Objects { odb, loose: &self.loose, packs: &self.packs, unpacker };
            let done = work(&objects);
            self.unpackers.lock().unwrap_or_else(PoisonError::into_inner).push(objects.unpacker.into_inner());
            done
        })
    }

    /// The bytes of the object `id` of the given kind. `name` is what people know it by, for the message.
    ///
    /// # Errors
    /// When the object is missing, damaged or of another kind: names it and says how to look into it.
    pub fn object(&self, kind: ObjectType, id: Oid, name: &str) -> Result<Vec<u8>> {
        self.reading(|objects| objects.read(kind, id, name).map(Whole::into_bytes))
    }

    /// Makes sure that git's library comes back from this blob, which may also be missing.
    pub(super) fn sound(&self, id: Oid, name: &str) -> Result<()> {
        match self.loose.read(id) {
            Some(Err(error)) => Err(unreadable(name, ObjectType::Blob, id, &error.to_string())),
            _ => Ok(()),
        }
    }
}

impl std::fmt::Debug for Repository {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Repository").field("place", &self.place).finish_non_exhaustive()
    }
}

/// Where one thread reads objects: by itself, but for those that only git's library knows how to.
pub(super) struct Objects<'r> {
    odb: Odb<'r>,
    loose: &'r Loose,
    packs: &'r Packs,
    unpacker: RefCell<Unpacker>,
}

impl Objects<'_> {
    /// The object `id` of the given kind, or an error that names it.
    pub(super) fn read(&self, kind: ObjectType, id: Oid, name: &str) -> Result<Whole> {
        match self.any(id) {
            Ok(object) if object.kind == kind => Ok(object),
            Ok(object) => Err(unreadable(name, kind, id, &format!("it is a {}", object.kind))),
            Err(why) => Err(unreadable(name, kind, id, &why)),
        }
    }

    /// The object `id`, or why it can't be read.
    pub(super) fn any(&self, id: Oid) -> std::result::Result<Whole, String> {
        let whole = |(kind, bytes)| Whole { kind, bytes: Arc::new(bytes) };
        let loose = self.loose.read(id).map(|read| read.map(whole));
        match loose.or_else(|| self.packs.read(id, &mut self.unpacker.borrow_mut())) {
            Some(read) => read.map_err(|error| error.to_string()),
            None => {
                let said = |error: git2::Error| error.message().to_owned();
                let (length, kind) = self.odb.read_header(id).map_err(said)?;
                check_object(kind, length as u64).map_err(|error| error.to_string())?;
                let object = self.odb.read(id).map_err(said)?;
                Ok(whole((object.kind(), object.data().to_vec())))
            }
        }
    }

    /// Where the object `id` lies in the packs; `None` where it lies elsewhere.
    pub(super) fn position(&self, id: Oid) -> Option<Position> {
        self.packs.position(id, &mut self.unpacker.borrow_mut())
    }

    /// The kind and length of the object `id`, however large it is, or why they can't be read.
    pub(super) fn head(&self, id: Oid) -> std::result::Result<(ObjectType, usize), String> {
        match self.loose.head(id) {
            Some(head) => head.map_err(|error| error.to_string()),
            None => self
                .odb
                .read_header(id)
                .map(|(length, kind)| (kind, length))
                .map_err(|error| error.message().to_owned()),
        }
    }

    /// The length of the object `id`, of whatever kind, or why it can't be read.
    pub(super) fn length(&self, id: Oid) -> std::result::Result<u64, String> {
        let loose = self.loose.head(id).map(|head| head.map(|(_, length)| length as u64));
        match loose.or_else(|| self.packs.length(id, &mut self.unpacker.borrow_mut())) {
            Some(length) => length.map_err(|error| error.to_string()),
            None => match self.odb.read_header(id) {
                Ok((length, _)) => Ok(length as u64),
                Err(error) => Err(error.message().to_owned()),
            },
        }
    }

    /// Stores an object and returns its id.
    pub(super) fn write(&self, kind: ObjectType, bytes: &[u8]) -> Result<Oid> {
        self.odb.write(kind, bytes).map_err(Error::git(format!("store a {kind}")))
    }

    /// The one object whose id begins with these digits.
    pub(super) fn begins(&self, digits: &str) -> std::result::Result<Oid, git2::Error> {
        self.odb.exists_prefix(Oid::from_str(digits)?, digits.len())
    }
}

/// The error for an object that can't be used.
pub(super) fn unreadable(name: &str, kind: ObjectType, id: Oid, why: &str) -> Error {
    let name = if name.is_empty() { String::new() } else { format!("{name}: ") };
    Error::other(
        format!("{name}{kind} {id} can't be read: {why}"),
        "the repository is damaged or incomplete: `git fsck --full` tells more; a fresh clone or `git fetch` may repair it",
    )
}

/// Objects are read once each and by the thousand: hashing each again costs a third of the time, and keeping them costs
/// memory for what is not read again.
fn trust_the_store() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        git2::opts::strict_hash_verification(false);
        git2::opts::enable_caching(false);
    });
}

/// No repository, where git's library finds none at `path`: unless one lies there that it doesn't take for one, since files
/// of it are missing.
fn nothing(path: &Path) -> Result<Option<Repository>> {
    let whole = std::path::absolute(path).map_err(Error::io(path))?;
    match whole.ancestors().map(|folder| folder.join(".git")).find(|it| it.exists()) {
        None => Ok(None),
        Some(damaged) => Err(Error::other(
            format!(
                "{}: this is no repository that git can read: its HEAD, or what it consists of, is missing",
                damaged.display()
            ),
            "restore it from a backup or a clone; when there was never one, remove it",
        )),
    }
}
