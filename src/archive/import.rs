//! An import: the export's path and what was asked → files of the forum, and a report.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::downloads::Downloads;
use super::existing::Existing;
use super::format::{Archive, Format, Options, recognised};
use super::item::{Item, Want};
use super::names;
use super::plan::{Naming, Skeleton};
use super::report::Report;
use super::secret::{self, ImportKey};
use super::sink::{Commits, Disk, File, LockedRepository, Nowhere, Part, Sink};
use super::source::Source;
use super::write::{Means, Writing};
use crate::config;
use crate::content::{name_fault, settings_at};
use crate::git::Repository;
use crate::monitor::Monitor;
use crate::{Error, Result};

/// What to import, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportOrder {
    /// The forum's repository, or a folder without one.
    pub repository: PathBuf,
    /// The content folder in it.
    pub content: String,
    /// The export.
    pub path: PathBuf,
    /// The name of its format; found by looking when left out.
    pub format: Option<String>,
    /// The board that all goes into, as a path; made when it isn't there.
    pub board: Option<String>,
    /// What stands before the ids in `origin`; the format's name when left out.
    pub origin: Option<String>,
    /// What its format is told.
    pub options: Options,
    /// Files that were fetched for it.
    pub downloads: Option<PathBuf>,
    /// A commit a post.
    pub history: bool,
    /// A commit at all, where there is a repository.
    pub commit: bool,
    /// Only the report.
    pub dry: bool,
    /// The time of the import, in seconds since 1970.
    pub now: i64,
}

/// Imports an archive.
///
/// # Errors
/// The export can't be read or isn't recognised, the forum can't be read or written.
pub fn import(order: &ImportOrder, monitor: &dyn Monitor) -> Result<Report> {
    let repository = Repository::find(&order.repository)?;
    repository.as_ref().map_or(Ok(()), Repository::check)?;
    let source = Source::open(&order.path)?;
    let format = recognised(order.format.as_deref(), &source)?;
    let target = Target::open(order, repository, monitor)?;
    let key = secret::key(&order.repository, target.repository(), order.dry)?;
    let naming = naming(order, format, &key)?;
    let content = order.repository.join(&order.content);

    let mut archive = (format.open)(source, &order.options)?;
    let skeleton = skeleton(&mut *archive, &naming, monitor)?;
    let posts = skeleton.posts();
    let existing = Existing::read(&content)?;
    let hidden = existing.members.iter().any(|(_, origin)| naming.hides(origin));
    let plan = skeleton.settle(existing)?;

    let settings = settings_at(&content)?;
    let forum = settings.is_some().then(|| config::FILE.to_owned());
    let mut sink = target.sink((order, format), forum.into_iter().chain(plan.standing_boards()), monitor)?;
    if !order.dry {
        key.keep(hidden)?;
    }
    if settings.is_none() {
        let bytes = b"format: 1\ntitle: Forum\n".to_vec();
        sink.put(vec![File { path: config::FILE.to_owned(), bytes }], Part::Before)?;
    }
    let downloads = order.downloads.as_deref().map(Downloads::open).transpose()?.unwrap_or_default();
    let policy = settings.unwrap_or_default().policy;
    let means = Means { plan: &plan, naming: &naming, downloads: &downloads, policy: &policy, content: &content };
    let mut report = Report { format: format.name, dry: order.dry, notes: key.notes, ..Report::default() };
    let old = archive.old();
    let mut writing = Writing::begin(means, &old, &mut *sink, &mut report)?;
    monitor.stage("writing", Some(posts as u64));
    archive.read(Want::All, monitor, &mut |item| {
        if matches!(item, Item::Post(_)) {
            monitor.advance(1);
        }
        writing.item(item)
    })?;
    let missing = writing.end();
    if !order.dry {
        report.urls = list(&order.repository, &missing)?;
        report.commit = sink.finish()?;
    }
    Ok(report)
}
/// What an import may change.
enum Target {
    /// Nothing of a repository: only a report is wanted, or there is none.
    Unlocked(Option<Repository>),
    /// Files of its work tree, and with `commit` the branch that is checked out.
    Locked { repository: Box<LockedRepository>, commit: bool },
}

impl Target {
    /// # Errors
    /// Commits are asked for where none can be made; the repository can't be read or locked.
    fn open(order: &ImportOrder, repository: Option<Repository>, monitor: &dyn Monitor) -> Result<Target> {
        let work_tree = repository.as_ref().map(Repository::work_tree).transpose()?.flatten();
        let commit = order.commit && !order.dry && work_tree.is_some();
        if order.history && !order.dry && !commit {
            return Err(Error::other("--history needs a repository to commit to", "make one with `boards init`"));
        }
        Ok(match repository {
            // Files alone as well are written where no other boards moves any, and where what a killed run left is settled.
            Some(repository) if !order.dry => {
                Target::Locked { repository: Box::new(LockedRepository::lock(repository, monitor)?), commit }
            }
            unlocked => Target::Unlocked(unlocked),
        })
    }

    fn repository(&self) -> Option<&Repository> {
        match self {
            Target::Unlocked(repository) => repository.as_ref(),
            Target::Locked { repository, .. } => Some(repository.repository()),
        }
    }

    /// What takes the files. Commits stand on files that are `needed`, by their paths below the content folder.
    ///
    /// # Errors
    /// As [`Commits::new`], and one of the files isn't committed.
    fn sink<'s>(
        &'s self,
        (order, format): (&ImportOrder, &Format),
        needed: impl Iterator<Item = String>,
        monitor: &'s dyn Monitor,
    ) -> Result<Box<dyn Sink + 's>> {
        Ok(match self {
            _ if order.dry => Box::new(Nowhere),
            Target::Locked { repository, commit: true } => {
                let place = (order.repository.as_path(), order.content.as_str());
                let message = format!("Import {}", format.about);
                let commits = Commits::new(repository, place, message, order.history, order.now, monitor)?;
                commits.leans_on(needed)?;
                Box::new(commits)
            }
            _ => Box::new(Disk { content: order.repository.join(&order.content) }),
        })
    }
}

fn naming(order: &ImportOrder, format: &Format, key: &ImportKey) -> Result<Naming> {
    Ok(Naming {
        origin: order.origin.clone().unwrap_or_else(|| format.name.to_owned()),
        board: order.board.as_deref().map(board_path).transpose()?,
        title: names::capitalised(order.board.as_deref().and_then(|it| it.rsplit('/').next()).unwrap_or(format.name)),
        secret: key.secret,
        missing_key: key.missing(),
    })
}

/// Reads what has to be known of all items before the first file has a name.
fn skeleton<'n>(archive: &mut dyn Archive, naming: &'n Naming, monitor: &dyn Monitor) -> Result<Skeleton<'n>> {
    let mut skeleton = Skeleton::new(naming);
    monitor.stage("reading", None);
    archive.read(Want::Names, monitor, &mut |item| {
        monitor.advance(1);
        skeleton.add(item);
        Ok(())
    })?;
    Ok(skeleton)
}

/// A board's path as it was given, without slashes around it.
fn board_path(path: &str) -> Result<String> {
    let path = path.trim_matches('/');
    match path.split('/').find_map(|part| name_fault(part, false)) {
        None => Ok(path.to_owned()),
        Some(fault) => Err(Error::other(format!("{path:?} can't be a board: {fault}"), "try `--board old-forum`")),
    }
}

/// Writes the list of what is missing, for a downloader; an old list is emptied when nothing is.
fn list(repository: &Path, missing: &BTreeSet<String>) -> Result<Option<PathBuf>> {
    let path = repository.join("urls.txt");
    if missing.is_empty() && !path.exists() {
        return Ok(None);
    }
    let lines: String = missing.iter().flat_map(|it| [it.as_str(), "\n"]).collect();
    fs::write(&path, lines).map_err(Error::io(&path))?;
    Ok((!missing.is_empty()).then_some(path))
}
