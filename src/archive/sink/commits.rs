//! Files of the forum → commits on the branch that is checked out: one of all, or one a post with its author and date. They
//! are made in a quarantine. Files, index and branch move when all is there, as they do for a merge.

use std::path::Path;

use super::{File, Part, Sink};
use crate::git::write::Person;
use crate::git::{Mark, Quarantine, Repository, Snapshot, Stream, WorkTrees};
use crate::monitor::Monitor;
use crate::{Error, Result};

/// A repository in which no other boards moves a branch or files while this exists, and in which what a killed run had
/// begun is settled.
#[derive(Debug)]
pub struct LockedRepository {
    repository: Repository,
    quarantine: Quarantine,
    work_trees: WorkTrees,
    /// The full name of the branch that is checked out.
    branch: Option<String>,
}

/// Takes files as commits on top of the branch that is checked out.
pub struct Commits<'l> {
    locked: &'l LockedRepository,
    branch: &'l str,
    monitor: &'l dyn Monitor,
    content: String,
    message: String,
    committer: Person,
    each: bool,
    stream: Option<Stream<'l>>,
    before: Vec<FileWrite>,
    posts: Vec<Commit>,
    after: Vec<FileWrite>,
}

/// A file's path from the repository's top, and its bytes.
type FileWrite = (String, Mark);

#[derive(Debug)]
struct Commit {
    author: Person,
    message: String,
    changes: Vec<FileWrite>,
}

impl LockedRepository {
    /// Locks the repository, and settles what a killed run has left.
    ///
    /// # Errors
    /// When another boards has locked it, or what was left can't be settled.
    pub fn lock(repository: Repository, monitor: &dyn Monitor) -> Result<LockedRepository> {
        let quarantine = Quarantine::open(&repository, "import", monitor)?;
        let branch = repository.branch()?;
        let work_trees = WorkTrees::find(&repository, branch.as_deref().unwrap_or_default())?;
        Ok(LockedRepository { repository, quarantine, work_trees, branch })
    }

    /// The repository.
    #[must_use]
    pub fn repository(&self) -> &Repository {
        &self.repository
    }
}

impl<'l> Commits<'l> {
    /// Gets ready to commit to the folder `content` of `place` at the time `now` (seconds since 1970); with `each`, a
    /// commit a post.
    ///
    /// # Errors
    /// No branch is checked out; a merge or the like isn't at its end; git is missing, or doesn't know who commits.
    pub fn new(
        locked: &'l LockedRepository,
        (place, content): (&Path, &str),
        message: String,
        each: bool,
        now: i64,
        monitor: &'l dyn Monitor,
    ) -> Result<Commits<'l>> {
        let LockedRepository { repository, work_trees, branch, .. } = locked;
        let branch = branch.as_deref().ok_or_else(|| {
            let hint = "check out the one to import into, `git switch main` for instance, or use --no-commit";
            Error::other(format!("{}: no branch is checked out here", place.display()), hint)
        })?;
        if let Some(head) = repository.reference(branch)? {
            work_trees.check(repository, Some(head), head)?;
        }
        let content = Snapshot::content_in(repository, place, content)?;
        let committer = Person::committer(repository, now)?;
        let (before, posts, after) = (Vec::new(), Vec::new(), Vec::new());
        Ok(Commits { locked, branch, monitor, content, message, committer, each, stream: None, before, posts, after })
    }

    /// Makes sure that the branch has these files, by their paths below the content folder: without them the posts that are
    /// imported would be in no board or forum for everybody else.
    ///
    /// # Errors
    /// One of them is on the disk alone, or the repository can't be read.
    pub fn leans_on(&self, paths: impl IntoIterator<Item = String>) -> Result<()> {
        let repository = &self.locked.repository;
        let head = repository.reference(self.branch)?.map(|head| repository.commit(head)).transpose()?;
        for path in paths {
            let path = format!("{}/{path}", self.content);
            let known = head.as_ref().map(|head| repository.blob_at(head.tree, &path)).transpose()?.flatten();
            if known.is_none() {
                let message = format!("{path}: this file isn't committed, and what is imported needs it");
                return Err(Error::other(message, "commit it first, move it away, or use --no-commit"));
            }
        }
        Ok(())
    }

    fn stream(&mut self) -> Result<&mut Stream<'l>> {
        let stream = match self.stream.take() {
            Some(stream) => stream,
            None => Stream::begin(&self.locked.quarantine)?,
        };
        Ok(self.stream.insert(stream))
    }

    fn commits(&mut self) -> Vec<Commit> {
        let (before, after) = (std::mem::take(&mut self.before), std::mem::take(&mut self.after));
        let mut posts = std::mem::take(&mut self.posts);
        if !self.each {
            let changes = before.into_iter().chain(posts.into_iter().flat_map(|it| it.changes)).chain(after).collect();
            return vec![Commit { author: self.committer.clone(), message: format!("{}\n", self.message), changes }];
        }
        // The frame bears the dates of what it frames, so that the same import makes the same commits.
        posts.sort_by_key(|it| it.author.seconds);
        let date = |it: Option<&Commit>| it.map_or(0, |it| it.author.seconds);
        let (first, last) = (date(posts.first()), date(posts.last()));
        let frame = |seconds: i64, what: &str, changes: Vec<FileWrite>| Commit {
            author: Person { seconds, ..self.committer.clone() },
            message: format!("{}{what}\n", self.message),
            changes,
        };
        let before = frame(first, ": boards and members", before);
        let after = frame(last, ": topics", after);
        let all = std::iter::once(before).chain(posts).chain(std::iter::once(after));
        all.filter(|it| !it.changes.is_empty()).collect()
    }
}

impl Sink for Commits<'_> {
    fn put(&mut self, files: Vec<File>, part: Part<'_>) -> Result<()> {
        let mut changes = Vec::with_capacity(files.len());
        for File { path, bytes } in files {
            let mark = self.stream()?.blob(&bytes)?;
            changes.push((format!("{}/{path}", self.content), mark));
        }
        match part {
            Part::Before => self.before.extend(changes),
            Part::After => self.after.extend(changes),
            Part::Post { name, handle, date, title, opens } => {
                let (name, email) = (name.to_owned(), format!("{handle}@noreply.invalid"));
                let author = Person { name, email, seconds: date.max(0), offset: 0 };
                let title: String = title.chars().filter(|c| !c.is_control()).take(72).collect();
                let message = if opens { format!("{title}\n") } else { format!("Re: {title}\n") };
                self.posts.push(Commit { author, message, changes });
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Option<String>> {
        let Some(mut stream) = self.stream.take() else { return Ok(None) };
        let LockedRepository { repository, quarantine, work_trees, .. } = self.locked;
        let from = repository.reference(self.branch)?;
        let mut base = from;
        for Commit { author, message, changes } in self.commits() {
            stream.commit(base.take(), &author, &message, &changes)?;
        }
        let to = stream.end()?;
        let _kept = quarantine.keep_packs()?;
        if work_trees.advance(repository, self.branch, (from, to), "boards import", self.monitor)? {
            return Ok(Some(to.to_string()));
        }
        let message = format!("{} was moved by somebody else at the same moment", self.branch);
        Err(Error::other(message, "nothing was imported: run it again"))
    }
}
