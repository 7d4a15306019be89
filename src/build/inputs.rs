//! An order in → everything that the forum and its site are made from, and then the forum, loaded and judged, out. Nothing
//! here writes a page.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use super::{Order, PROGRAM};
use crate::cache::{Cache, Pack};
use crate::config::{self, Settings};
use crate::content::{self, Forum, Past, TopicCache};
use crate::diagnostic::{Diagnostic, LARGEST_SHOWN_BYTES};
use crate::git::{EarlierScan, Repository, Snapshot, Source, file_within};
use crate::key::Key;
use crate::monitor::{Monitor, Quiet};
use crate::theme::{self, Theme};
use crate::{Error, Result, rules};

/// The name under which the cache keeps what topics were found to be at fault with.
const JUDGED: &str = "judged";

/// Everything that a forum and its site are made from, before the forum is read.
pub(super) struct Inputs {
    pub snapshot: Snapshot,
    pub settings: Settings,
    theme: Option<theme::FoundTheme>,
    diagnostics: Vec<Diagnostic>,
    /// The key of all this: equal keys, equal sites.
    pub site: Key,
}

/// A forum and its theme, loaded and judged.
#[derive(Debug)]
pub struct Loaded {
    /// The files that it was loaded from.
    pub snapshot: Snapshot,
    /// The forum.
    pub forum: Forum,
    /// The theme; `None` when it has faults.
    pub theme: Option<Theme>,
    /// The bodies of its posts.
    pub bodies: Pack,
    /// Everything that is wrong with forum and theme, by path and place.
    pub diagnostics: Vec<Diagnostic>,
}

/// Loads what is to be built, and finds everything that is wrong with it.
///
/// # Errors
/// The repository can't be read, or the cache is damaged.
pub fn load(order: &Order, cache: &Cache, monitor: &dyn Monitor) -> Result<Loaded> {
    Inputs::read(order, None, monitor)?.load(cache, monitor)
}

/// Loads what would be built if there were a file of these bytes at `path` below the content folder. What the cache
/// remembers is used and left as it is.
///
/// # Errors
/// As [`load`].
pub fn load_with(order: &Order, path: &str, bytes: Vec<u8>, cache: &Cache, monitor: &dyn Monitor) -> Result<Loaded> {
    let inputs = Inputs::read(order, None, monitor)?;
    let snapshot = inputs.snapshot.with(path, bytes)?;
    Inputs { snapshot, ..inputs }.load(&cache.frozen(), monitor)
}

impl Inputs {
    /// Looks at the files, the settings and the theme. In a working copy that was `earlier` before, only where something may
    /// have changed since.
    ///
    /// # Errors
    /// One of them can't be read.
    pub(super) fn read(order: &Order, earlier: Option<&EarlierScan>, monitor: &dyn Monitor) -> Result<Inputs> {
        let snapshot = match (&order.source, earlier) {
            (Source::WorkingCopy, Some(earlier)) => {
                Snapshot::look_again(&order.repository, &order.content, earlier, monitor)?
            }
            _ => Snapshot::open(&order.repository, &order.content, &order.source, monitor)?,
        };
        let (settings, mut diagnostics) = content::settings(&snapshot)?;
        let settings = Settings {
            base: order.base.clone().unwrap_or(settings.base),
            theme_at: settings.theme_at.filter(|_| order.theme.is_none()),
            theme: order.theme.clone().unwrap_or(settings.theme),
            ..settings
        };
        if order.base.is_some() {
            diagnostics.retain(|fault| fault.code != crate::config::BASE_URL_MISSING.name);
        }
        let asked_by = settings.theme_at.map(|at| (format!("{}/{}", snapshot.content(), config::FILE), at));
        let theme = match &order.source {
            Source::WorkingCopy => theme::find(&order.repository.join("themes"), &settings.theme, asked_by)?,
            Source::Revision(_) => {
                let themes = theme::lay_out(&snapshot, &order.repository)?;
                theme::find(themes.path(), &settings.theme, asked_by)?
            }
        };
        let theme = theme.map_err(|faults| diagnostics.extend(faults)).ok();
        let look = theme.as_ref().map(|theme| *theme.key().as_bytes());
        let site = Key::of(&(PROGRAM, snapshot.identity()?, look, &settings));
        Ok(Inputs { snapshot, settings, theme, diagnostics, site })
    }

    /// Loads the forum and finds everything that is wrong with it and with the theme. What is learnt is remembered.
    ///
    /// # Errors
    /// The repository can't be read, or the cache is damaged.
    pub(super) fn load(self, cache: &Cache, monitor: &dyn Monitor) -> Result<Loaded> {
        let Inputs { snapshot, settings, theme, mut diagnostics, .. } = self;
        let forum = || known(&snapshot, settings, cache, monitor);
        let check = || theme.map_or_else(|| (None, Vec::new()), theme::FoundTheme::check);
        let (known, (theme, faults)) = rayon::join(forum, check);
        let (forum, bodies, more) = known?;
        diagnostics.extend(faults);
        diagnostics.extend(more);
        diagnostics.sort();
        diagnostics.dedup();
        Ok(Loaded { snapshot, forum, theme, bodies, diagnostics })
    }
}

/// The forum, loaded and judged, with its bodies and all its faults.
fn known(
    snapshot: &Snapshot,
    settings: Settings,
    cache: &Cache,
    monitor: &dyn Monitor,
) -> Result<(Forum, Pack, Vec<Diagnostic>)> {
    let salt = Key::of(&(PROGRAM, &settings.policy));
    let recall = || {
        let bodies = Pack::open(cache, "bodies", salt)?;
        let salt = Key::salted(salt, snapshot.content());
        let topic_cache = TopicCache::open(cache, salt)?;
        // Posts are stored with their bodies. Bodies that are lost would be rendered anew for every page that shows them.
        if bodies.is_empty() && topic_cache.has_posts() {
            return Err(bodies.damage());
        }
        let judged = cache.load(JUDGED, salt).and_then(|bytes| postcard::from_bytes(&bytes).ok());
        Ok::<_, Error>((bodies, salt, topic_cache, judged.unwrap_or_default()))
    };
    let (past, recalled) = rayon::join(|| Past::read(snapshot, cache, Key::of(PROGRAM), monitor), recall);
    let (past, (bodies, salt, topic_cache, judged)) = (past?, recalled?);
    let sources = content::Sources { snapshot, settings, past: &past, topic_cache: &topic_cache, bodies: &bodies };
    monitor.stage("topics", None);
    let (forum, mut faults) = content::load(sources, cache, monitor)?;
    let (more, judged) = rules::judge_again(&forum, &judged)?;
    if let Some(judged) = judged.filter(|_| cache.lasts()) {
        cache.store(JUDGED, salt, &postcard::to_stdvec(&judged).unwrap_or_default());
    }
    faults.extend(more);
    Ok((forum, bodies, faults))
}

/// The texts of files by their paths from the repository's top, where they are to be had: for showing what a fault is
/// about.
pub fn texts(order: &Order) -> impl Fn(&str) -> Option<String> {
    let order = order.clone();
    // Most builds have nothing to show.
    let places = OnceCell::new();
    move |path| {
        let TextSources { revision, top } = places.get_or_init(|| TextSources::of(&order));
        let below = |snapshot: &Snapshot| path.strip_prefix(snapshot.content())?.strip_prefix('/').map(String::from);
        let bytes = match revision.as_ref().map(|snapshot| (snapshot, below(snapshot))) {
            Some((snapshot, Some(below))) => snapshot.find(&below, LARGEST_SHOWN_BYTES).ok()??,
            Some((_, None)) => itself(&order.repository.join(path))?,
            None => itself(&top.join(path)).or_else(|| itself(&order.repository.join(path)))?,
        };
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// Where the texts of files lie.
struct TextSources {
    /// The files of a revision, where one is built.
    revision: Option<Snapshot>,
    /// The top of the repository. Paths of the content are from there, those of themes from the folder that was named.
    top: PathBuf,
}

impl TextSources {
    fn of(order: &Order) -> TextSources {
        let revision = match &order.source {
            Source::WorkingCopy => None,
            revision => Snapshot::open(&order.repository, &order.content, revision, &Quiet).ok(),
        };
        let found = Repository::find(&order.repository).ok().flatten();
        let top = found.and_then(|found| found.work_tree().ok().flatten());
        TextSources { revision, top: top.unwrap_or_else(|| order.repository.clone()) }
    }
}

/// The bytes of a file that isn't too large; none of what a link leads to, for that may be any file of this machine.
fn itself(file: &Path) -> Option<Vec<u8>> {
    let found = std::fs::symlink_metadata(file).ok()?;
    if found.is_file() { file_within(file, LARGEST_SHOWN_BYTES).ok()?.ok() } else { None }
}
