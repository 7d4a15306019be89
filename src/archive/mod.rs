//! The export of another system in → files of the content format out, and a report. Nothing is
//! fetched, nothing that stands is changed but to give it pictures that it lacked, and no address of a person is written.
//!
//! # How an import goes
//!
//! 1. [`Source`] opens the path and unpacks what is packed; a [`Format`] recognises it, and opens it as an [`Archive`].
//! 2. The archive is [read](Archive::read) for [names](Want::Names): [`plan::Skeleton`] gathers ids, times, authors and old
//!    addresses. Together with what [stands](existing) in the forum they make the [`plan::Plan`]: where every file will be.
//! 3. The archive is read again, for [all](Want::All): [`write::Writing`] turns each post into a file, leads its links to the
//!    new places, masks addresses of people, and hands it to a [`sink`]: the disk, one commit, or a commit a post.
//!
//! A run that is killed leaves no commit. It may leave files: where there are commits, the next run takes them away before
//! it looks at what stands; elsewhere they are those that it would have written, whole, and are left as they are.
//!
//! An imported file has an `origin`, `discourse/p10734`: by it a later run knows what is there, wherever it was moved to.
//! So the second import of an export changes nothing, and a newer one adds what is new.
//!
//! # How to add a format
//!
//! Write `archive/NAME.rs` with `pub static FORMAT: Format`, and list it in [`FORMATS`]. It needs
//! - `looks`: whether a source is one, from the names of files and the first bytes. Cheap, and never an error.
//! - `open`: an [`Archive`], which may keep a small index (offsets, threads) from the first reading for the second.
//! - [`Archive::read`]: every message as an [`Item::Post`], or as an [`Item::Skipped`] with the reason (`row::answered` takes
//!   either and nothing else); the same ones in the same order each time. Ids are stable from export to export; `date` is what the export says and never the file's.
//!   Texts are Markdown with the old addresses in them: HTML goes through [`html::markdown`] with a dialect of the format's
//!   own, plain words through [`html::plain`].
//! - [`Archive::old`]: the old forum's host, and from an address found in a text to the form that stands in `aliases`.
//!
//! Texts, names and titles are masked and checked by the frame; a format only must not put secrets in ids (see
//! [`Member::secret`](item::Member::secret)), addresses of e-mail in `aliases` or passwords anywhere.

mod article;
pub mod bbcode;
mod bulletin;
pub mod controls;
mod discourse;
mod disqus;
mod downloads;
mod emoji;
pub mod existing;
mod file;
mod github;
pub mod html;
mod isso;
pub mod item;
pub mod links;
mod mail;
mod mybb;
pub mod names;
pub mod packed;
mod phpbb;
pub mod plan;
mod poll;
pub mod private;
pub mod report;
mod row;
pub mod secret;
pub mod sink;
mod smf;
pub mod source;
pub mod sql;
pub mod sqlite;
mod stackexchange;
mod staticman;
mod wordpress;
pub mod write;
mod xml;
mod zulip;

use std::fs;
use std::path::{Path, PathBuf};

use crate::content::{name_fault, settings_at};
use crate::git::Repository;
use crate::monitor::Monitor;
use crate::{Error, Result};
use downloads::Downloads;
use existing::Existing;
use item::{Item, Want};
use plan::{Naming, Skeleton};
use report::Report;
use sink::{Commits, Disk, File, LockedRepository, Nowhere, Part, Sink};
use source::Source;
use write::{Means, Writing};

/// Takes the items of an archive, one by one.
pub type Give<'g> = &'g mut dyn FnMut(Item) -> Result<()>;

/// An export that was opened.
pub trait Archive {
    /// Gives every item, each time the same ones in the same order, holding no more than one topic or message at a time.
    ///
    /// # Errors
    /// The export can't be read, or what `give` fails with. A broken message is no error but an [`Item::Skipped`].
    fn read(&mut self, want: Want, monitor: &dyn Monitor, give: Give<'_>) -> Result<()>;

    /// What is known of the old forum's addresses after the first reading.
    fn old(&self) -> Old {
        Old::default()
    }
}

/// What turns an address found in a text into the form that stands in `aliases`; none when it leads elsewhere.
pub type Local = Box<dyn Fn(&str) -> Option<String>>;

/// The addresses of the old forum.
pub struct Old {
    /// Its own, with its scheme, when it is known.
    pub base: Option<String>,
    /// Which ones lead to something in it.
    pub local: Local,
}

impl Default for Old {
    fn default() -> Old {
        Old { base: None, local: Box::new(|_| None) }
    }
}

impl Old {
    /// Those of a forum at this address: each is a path from the top of its host, with its query.
    #[must_use]
    pub fn at(base: Option<String>) -> Old {
        let host = base.as_deref().map(|it| host(it).to_owned());
        let local = move |address: &str| match address.split_once("://") {
            Some((_, rest)) => {
                let path = rest.strip_prefix(host.as_deref()?)?;
                path.starts_with('/').then(|| path.to_owned())
            }
            None => (address.starts_with('/') && !address.starts_with("//")).then(|| address.to_owned()),
        };
        Old { base, local: Box::new(local) }
    }
}

/// The host of an address with a scheme.
#[must_use]
pub fn host(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

/// What a format may be told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// The address where the archive stood, with its scheme.
    pub url: Option<String>,
    /// Leave out what mail programs add to each message: signatures, footers, what PGP wraps around.
    pub trim: bool,
    /// Take the comments of reviews as well.
    pub reviews: bool,
    /// Take what not everybody could read there as well.
    pub private: bool,
    /// The character set of its texts, where the export doesn't say it or says it wrongly.
    pub charset: Option<sql::Charset>,
}

/// A kind of export.
#[derive(Clone, Copy)]
pub struct Format {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it is, for people.
    pub about: &'static str,
    /// Whether this is one.
    pub looks: fn(&Source) -> bool,
    /// Opens one.
    pub open: fn(Source, &Options) -> Result<Box<dyn Archive>>,
}

/// Every format that is known, in the order in which they are tried.
pub static FORMATS: &[Format] = &[
    discourse::FORMAT,
    stackexchange::FORMAT,
    disqus::FORMAT,
    wordpress::FORMAT,
    isso::FORMAT,
    staticman::FORMAT,
    zulip::FORMAT,
    github::FORMAT,
    phpbb::FORMAT,
    mybb::FORMAT,
    smf::FORMAT,
    mail::FORMAT,
];

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
    let work_tree = repository.as_ref().map(Repository::work_tree).transpose()?.flatten();
    let commit = order.commit && !order.dry && work_tree.is_some();
    if order.history && !order.dry && !commit {
        return Err(Error::other("--history needs a repository to commit to", "make one with `boards init`"));
    }
    // Files alone as well are written where no other boards moves any, and where what a killed run left is settled.
    let (locked, seen) = match repository {
        Some(repository) if !order.dry => (Some(LockedRepository::lock(repository, monitor)?), None),
        seen => (None, seen),
    };
    let repository = locked.as_ref().map(LockedRepository::repository).or(seen.as_ref());
    let key = secret::key(&order.repository, repository, order.dry)?;
    let content = order.repository.join(&order.content);
    let naming = Naming {
        origin: order.origin.clone().unwrap_or_else(|| format.name.to_owned()),
        board: order.board.as_deref().map(board_path).transpose()?,
        title: capitalised(order.board.as_deref().and_then(|it| it.rsplit('/').next()).unwrap_or(format.name)),
        secret: key.secret,
        missing_key: key.missing(),
    };

    let mut archive = (format.open)(source, &order.options)?;
    let mut skeleton = Skeleton::new(&naming);
    monitor.stage("reading", None);
    archive.read(Want::Names, monitor, &mut |item| {
        monitor.advance(1);
        skeleton.add(item);
        Ok(())
    })?;
    let posts = skeleton.posts();
    let existing = Existing::read(&content)?;
    let hidden = existing.members.iter().any(|(_, origin)| naming.hides(origin));
    let plan = skeleton.settle(existing)?;

    let settings = settings_at(&content)?;
    let (settings, fresh) = (settings.clone().unwrap_or_default(), settings.is_none());
    let mut sink: Box<dyn Sink + '_> = match &locked {
        _ if order.dry => Box::new(Nowhere),
        Some(locked) if commit => {
            let (place, message) =
                ((order.repository.as_path(), order.content.as_str()), format!("Import {}", format.about));
            let commits = Commits::new(locked, place, message, order.history, order.now, monitor)?;
            let forum = (!fresh).then(|| crate::config::FILE.to_owned());
            commits.leans_on(forum.into_iter().chain(plan.standing_boards()))?;
            Box::new(commits)
        }
        _ => Box::new(Disk { content: content.clone() }),
    };
    if !order.dry {
        key.keep(hidden)?;
    }
    if fresh {
        let bytes = b"format: 1\ntitle: Forum\n".to_vec();
        sink.put(vec![File { path: crate::config::FILE.to_owned(), bytes }], Part::Before)?;
    }
    let downloads = order.downloads.as_deref().map(Downloads::open).transpose()?.unwrap_or_default();
    let means =
        Means { plan: &plan, naming: &naming, downloads: &downloads, policy: &settings.policy, content: &content };
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

fn recognised(name: Option<&str>, source: &Source) -> Result<&'static Format> {
    let all = || FORMATS.iter().map(|it| it.name).collect::<Vec<_>>().join(", ");
    if let Some(name) = name {
        return FORMATS
            .iter()
            .find(|it| it.name == name)
            .ok_or_else(|| Error::other(format!("there is no format `{name}`"), format!("known are {}", all())));
    }
    FORMATS.iter().find(|it| (it.looks)(source)).ok_or_else(|| {
        let message = format!("{}: no export that boards knows", source.path.display());
        Error::other(message, format!("name its format: {}", all()))
    })
}

/// A board's path as it was given, without slashes around it.
fn board_path(path: &str) -> Result<String> {
    let path = path.trim_matches('/');
    match path.split('/').find_map(|part| name_fault(part, false)) {
        None => Ok(path.to_owned()),
        Some(fault) => Err(Error::other(format!("{path:?} can't be a board: {fault}"), "try `--board old-forum`")),
    }
}

fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Writes the list of what is missing, for a downloader; an old list is emptied when nothing is.
fn list(repository: &Path, missing: &std::collections::BTreeSet<String>) -> Result<Option<PathBuf>> {
    let path = repository.join("urls.txt");
    if missing.is_empty() && !path.exists() {
        return Ok(None);
    }
    let lines: String = missing.iter().flat_map(|it| [it.as_str(), "\n"]).collect();
    fs::write(&path, lines).map_err(Error::io(&path))?;
    Ok((!missing.is_empty()).then_some(path))
}

#[cfg(test)]
mod tests;
