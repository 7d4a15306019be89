//! The way of a post through the house: files in one end, a site out of the other.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use git2::Oid;
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::cache::{Cache, Pack};
use crate::config::{self, Base, Settings};
use crate::content::{self, Forum, Memory, Past};
use crate::diagnostic::{Diagnostic, Severity};
use crate::git::{Repository, Seen, Snapshot, Source};
use crate::key::Key;
use crate::markdown::Body;
use crate::monitor::{Monitor, Quiet, Work};
use crate::output::{self, Folder, Listed, Outcome};
use crate::site::{Page, PageId, Plan, Sources, Ways};
use crate::theme::{self, Show, Theme};
use crate::trace::{self, Trace};
use crate::{Error, Result, rules};

/// What tells this program from every other.
pub const PROGRAM: &str = env!("BOARDS_FINGERPRINT");

/// What is to be built, from what, and to where.
#[derive(Debug, Clone)]
pub struct Order {
    /// The forum's repository, or a folder in none.
    pub repository: PathBuf,
    /// The content folder in it.
    pub content: String,
    /// The working copy or a revision.
    pub source: Source,
    /// Where the site goes.
    pub out: PathBuf,
    /// An address to be used instead of the forum's own.
    pub base: Option<Base>,
    /// A theme to be used instead of the forum's own.
    pub theme: Option<String>,
    /// Where earlier builds' work is remembered.
    pub cache: CacheAt,
    /// Build beside the output folder and exchange the two.
    pub swap: bool,
    /// Build into a folder that boards didn't make.
    pub force: bool,
}

/// Where earlier builds' work is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CacheAt {
    /// In the repository's git folder; nowhere when there is none.
    Repository,
    /// In this folder.
    Folder(PathBuf),
    /// Nowhere.
    Nowhere,
}

/// What a build did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The settings that held: those of `forum.yml`, and what the order put in their place.
    pub settings: Settings,
    /// How many boards, topics, posts and people with a page the forum has.
    pub counts: Counts,
    /// How many files of the site were written, were as they should be, and were removed. `None` when the forum has
    /// errors: then nothing was touched.
    pub pages: Option<Pages>,
    /// How old addresses lead to where things stand now.
    pub moved: Ways,
    /// Everything that is wrong with the forum, by path and place.
    pub diagnostics: Vec<Diagnostic>,
}

/// How much a forum holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Boards, those in boards included.
    pub boards: usize,
    /// Topics.
    pub topics: usize,
    /// Posts, opening posts included.
    pub posts: usize,
    /// People with a member's file or a post.
    pub members: usize,
}

/// What became of the files of a site.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pages {
    /// Written.
    pub written: usize,
    /// As they should be.
    pub unchanged: usize,
    /// Removed.
    pub removed: usize,
}

/// Builds a site.
///
/// # Errors
/// The repository can't be read, or the site or the cache can't be written. The site that stands is then left as it is,
/// or whole page by page.
pub fn build(order: &Order, monitor: &dyn Monitor) -> Result<Report> {
    build_again(order, None, monitor).map(|(report, _)| report)
}

/// Builds a site. In a working copy that was `seen` before, only what may have changed since is looked at. What was looked
/// at comes along, for the next time.
///
/// # Errors
/// As [`build`].
pub fn build_again(order: &Order, seen: Option<&Seen>, monitor: &dyn Monitor) -> Result<(Report, Option<Seen>)> {
    let cache = order.cache.open(&order.repository, "build", monitor)?;
    let ground = Ground::survey(order, seen, monitor)?;
    let seen = ground.snapshot.seen();
    Ok((ground.build(order, &cache, monitor)?, seen))
}

/// Writes the site of a loaded forum into a folder, which may be open already; `None` when the cache turns out to be
/// damaged, so that the forum isn't whole.
fn publish(
    order: &Order,
    (site, settings): (Key, &Settings),
    loaded: Loaded,
    (dir, folder): (&Path, Result<Option<Folder>>),
    cache: &Cache,
    monitor: &dyn Monitor,
) -> Result<Option<Report>> {
    let Loaded { snapshot, forum, theme, bodies, diagnostics } = loaded;
    if forum.has_lost_posts() {
        return Ok(None);
    }
    let settings = settings.clone();
    let counts = Counts::of(&forum);
    let refused = diagnostics.iter().any(|fault| fault.severity == Severity::Error);
    let Some(theme) = theme.filter(|_| !refused) else {
        return Ok(Some(Report { settings, counts, diagnostics, ..Report::default() }));
    };

    let plan = Plan::new(&forum);
    let show = Show::new(&theme, &forum.settings, &forum.content, plan.has_tags());
    let larder = Larder { snapshot: &snapshot, forum: &forum, bodies: &bodies, paths: OnceLock::new() };
    let folder = folder?.map_or_else(|| Folder::open(dir, order.force), Ok)?;
    let pages = write(site, &plan, &show, &theme, &larder, folder, monitor);
    // Nor is it worth a word what went wrong with posts that are lost.
    if forum.has_lost_posts() {
        return Ok(None);
    }
    let pages = pages?;
    if order.swap {
        output::exchange(dir, &order.out)?;
    }
    let report = Report { settings, counts, pages: Some(pages), moved: plan.ways(), diagnostics };
    let last = postcard::to_stdvec(&(&report.counts, &report.moved, &report.diagnostics));
    cache.store(LAST, site, &last.unwrap_or_default())?;
    trace::note(cache, Trace::of(site, PROGRAM, &theme, &forum.settings, &snapshot))?;
    drop(plan);
    // A forum is a million small pieces, and nobody has to wait until they are put away.
    rayon::spawn(move || drop(forum));
    Ok(Some(report))
}

fn lost() -> Error {
    Error::other("what was just put into the cache can't be read back", "look after the disk, or build with --no-cache")
}

/// The name under which the cache keeps what the last build reported.
const LAST: &str = "last";
/// The name under which the cache keeps what topics were found to be at fault with.
const JUDGED: &str = "judged";

/// Everything that a forum and its site are made from, before the forum is read.
struct Ground {
    snapshot: Snapshot,
    settings: Settings,
    theme: Option<Theme>,
    diagnostics: Vec<Diagnostic>,
    /// The key of all this: equal keys, equal sites.
    site: Key,
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
/// The repository or the cache can't be read.
pub fn load(order: &Order, cache: &Cache, monitor: &dyn Monitor) -> Result<Loaded> {
    whole(|forget| Ground::survey(order, None, monitor)?.load(cache, Some(cache), forget, monitor))
}

/// What is loaded; once more from nothing remembered where the cache turns out to be damaged.
fn whole(load: impl Fn(bool) -> Result<Loaded>) -> Result<Loaded> {
    let loaded = load(false)?;
    if !loaded.forum.has_lost_posts() {
        return Ok(loaded);
    }
    let anew = load(true)?;
    if anew.forum.has_lost_posts() { Err(lost()) } else { Ok(anew) }
}

/// Loads what would be built if there were a file of these bytes at `path` below the content folder. What the cache
/// remembers is used and left as it is.
///
/// # Errors
/// As [`load`].
pub fn load_with(order: &Order, path: &str, bytes: Vec<u8>, cache: &Cache, monitor: &dyn Monitor) -> Result<Loaded> {
    whole(|forget| {
        let Ground { snapshot, settings, theme, diagnostics, site } = Ground::survey(order, None, monitor)?;
        let snapshot = snapshot.with(path, bytes.clone())?;
        Ground { snapshot, settings, theme, diagnostics, site }.load(cache, None, forget, monitor)
    })
}

impl Ground {
    fn survey(order: &Order, seen: Option<&Seen>, monitor: &dyn Monitor) -> Result<Ground> {
        let snapshot = match (&order.source, seen) {
            (Source::WorkingCopy, Some(seen)) => {
                Snapshot::look_again(&order.repository, &order.content, seen, monitor)?
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
        let (theme, faults) = match &order.source {
            Source::WorkingCopy => theme::load(&order.repository.join("themes"), &settings.theme, asked_by)?,
            revision => theme::load(theme::lay_out(&order.repository, revision)?.path(), &settings.theme, asked_by)?,
        };
        diagnostics.extend(faults);
        let look = theme.as_ref().map(|theme| *theme.key().as_bytes());
        let site = Key::of(&(PROGRAM, snapshot.identity()?, look, &settings));
        Ok(Ground { snapshot, settings, theme, diagnostics, site })
    }

    /// Builds the site of all this.
    fn build(self, order: &Order, cache: &Cache, monitor: &dyn Monitor) -> Result<Report> {
        if let Some(report) = self.standing(cache, &order.out) {
            return Ok(report);
        }
        let (site, settings) = (self.site, self.settings.clone());
        let dir = if order.swap { output::beside(&order.out) } else { order.out.clone() };
        // What stands in the output folder is looked at while the forum is loaded.
        let load = || self.load(cache, Some(cache), false, monitor);
        let (loaded, folder) = rayon::join(load, || Folder::reopen(&dir, order.force));
        if let Some(report) = publish(order, (site, &settings), loaded?, (&dir, folder), cache, monitor)? {
            return Ok(report);
        }
        // The cache has lost what it said it had: once more, from nothing remembered.
        let anew = Ground::survey(order, None, monitor)?.load(cache, Some(cache), true, monitor)?;
        publish(order, (site, &settings), anew, (&dir, Ok(None)), cache, monitor)?.ok_or_else(lost)
    }

    /// The report of a build that has nothing to do: the same site, whole, was the last that was built.
    fn standing(&self, cache: &Cache, dir: &Path) -> Option<Report> {
        let last = cache.load(LAST, self.site)?;
        let (counts, moved, diagnostics) = postcard::from_bytes(&last).ok()?;
        let unchanged = output::standing(dir, self.site)?;
        let pages = Some(Pages { written: 0, unchanged, removed: 0 });
        Some(Report { settings: self.settings.clone(), counts, pages, moved, diagnostics })
    }

    /// Loads and judges the forum; with `forget`, all of it anew. What is learnt is remembered in `store`. Whoever goes
    /// on asks whether the forum [has lost posts](Forum::has_lost_posts).
    fn load(self, cache: &Cache, store: Option<&Cache>, forget: bool, monitor: &dyn Monitor) -> Result<Loaded> {
        let Ground { snapshot, settings, theme, mut diagnostics, .. } = self;
        let salt = Key::of(&(PROGRAM, &settings.policy));
        let recall = || {
            let bodies = Pack::open(cache, "bodies", salt)?;
            // What a topic's record says of its bodies must be true: without bodies, no records.
            let salt = Key::salted(salt, snapshot.content());
            let memory = Memory::open(cache, salt, forget || bodies.is_empty())?;
            let judged = cache.load(JUDGED, salt).and_then(|bytes| postcard::from_bytes(&bytes).ok());
            Ok::<_, Error>((bodies, salt, memory, judged.unwrap_or_default()))
        };
        let (past, recalled) = rayon::join(|| Past::read(&snapshot, cache, Key::of(PROGRAM), monitor), recall);
        let (past, (bodies, salt, memory, judged)) = (past?, recalled?);
        let sources = content::Sources { snapshot: &snapshot, settings, past: &past, memory: &memory, bodies: &bodies };
        monitor.stage("topics", None);
        let (forum, faults) = content::load(sources, store, monitor)?;
        let (more, judged) = rules::judge_again(&forum, &judged);
        // What was said of posts that were lost is worth nothing.
        if let (Some(store), Some(judged)) = (store.filter(|it| it.lasts() && !forum.has_lost_posts()), judged) {
            store.store(JUDGED, salt, &postcard::to_stdvec(&judged).unwrap_or_default())?;
        }
        diagnostics.extend(faults);
        diagnostics.extend(more);
        diagnostics.sort();
        diagnostics.dedup();
        Ok(Loaded { snapshot, forum, theme, bodies, diagnostics })
    }
}

/// The texts of files by their paths from the repository's top, where they are to be had: for showing what a fault is
/// about.
pub fn texts(order: &Order) -> impl Fn(&str) -> Option<String> {
    let revision = match &order.source {
        Source::WorkingCopy => None,
        revision => Snapshot::open(&order.repository, &order.content, revision, &Quiet).ok(),
    };
    let repository = order.repository.clone();
    // Paths of the content are from the repository's top, those of themes from the folder that was named.
    let found = Repository::find(&repository).ok().flatten();
    let top = found.and_then(|found| found.work_tree().ok().flatten()).unwrap_or_else(|| repository.clone());
    move |path| {
        let below = |snapshot: &Snapshot| path.strip_prefix(snapshot.content())?.strip_prefix('/').map(String::from);
        let bytes = match revision.as_ref().map(|snapshot| (snapshot, below(snapshot))) {
            Some((snapshot, Some(below))) => snapshot.find(&below).ok()??,
            Some((_, None)) => itself(&repository.join(path))?,
            None => itself(&top.join(path)).or_else(|| itself(&repository.join(path)))?,
        };
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// The bytes of a file; none of what a link leads to, for that may be any file of this machine.
fn itself(file: &Path) -> Option<Vec<u8>> {
    std::fs::symlink_metadata(file).ok()?.is_file().then(|| std::fs::read(file).ok())?
}

impl CacheAt {
    /// Opens the cache, as [`Cache::open`] does; `verb` tells a second process who holds it.
    ///
    /// # Errors
    /// It can't be made or written, or another process holds it.
    pub fn open(&self, repository: &Path, verb: &str, monitor: &dyn Monitor) -> Result<Cache> {
        match self {
            CacheAt::Folder(folder) => Cache::open(folder, verb, monitor),
            CacheAt::Nowhere => Cache::temporary(),
            CacheAt::Repository => match Repository::find(repository)? {
                Some(found) => Cache::open(&found.place().join("boards"), verb, monitor),
                None => Cache::temporary(),
            },
        }
    }
}

impl Counts {
    fn of(forum: &Forum) -> Counts {
        Counts {
            boards: forum.boards.len(),
            topics: forum.topics.len(),
            posts: forum.topics.iter().map(|topic| topic.posts.len()).sum(),
            members: forum.people.iter().filter(|person| !person.guest()).count(),
        }
    }
}

/// Where pages take the texts and files from that they show.
struct Larder<'l> {
    snapshot: &'l Snapshot,
    forum: &'l Forum,
    bodies: &'l Pack,
    /// The paths of posts by their blobs, for bodies that the cache has lost.
    paths: OnceLock<FxHashMap<Oid, String>>,
}

impl Larder<'_> {
    /// The body that a blob names: remembered, or rendered anew where the cache is damaged.
    fn body(&self, blob: Oid) -> Result<Body> {
        if let Some(html) = self.bodies.get(blob).and_then(|html| String::from_utf8(html).ok()) {
            return Ok(Body::from_cache(html));
        }
        let paths = self.paths.get_or_init(|| {
            let each = self.forum.topics.iter().flat_map(|topic| {
                topic.posts.iter().map(move |post| (post.file.blob, format!("{}/{}.md", topic.path, post.file.stem)))
            });
            each.collect()
        });
        let source = self.snapshot.read(paths.get(&blob).map_or("", String::as_str), blob)?;
        Ok(content::body_of(&source, &self.forum.settings.policy))
    }
}

/// The steps in which a site is written: what is linked to before what links to it.
fn step(id: PageId) -> u8 {
    match id {
        PageId::Attachment(..) | PageId::Avatar(_) | PageId::MovedPart(_) => 0,
        PageId::Topic(..) => 1,
        PageId::Member(..) | PageId::Members(_) | PageId::Tag(..) | PageId::Tags => 2,
        PageId::Board(..) => 3,
        _ => 4,
    }
}

/// A page with what the output folder must show of it.
struct Wanted {
    id: PageId,
    path: String,
    /// The key of what it is made from, where that is known without making it.
    source: Option<Key>,
    /// The key of what it shows; `None` where only making it tells and it has to be made in any case.
    key: Option<Key>,
    /// The folder shows it already.
    standing: Option<Listed>,
}

impl Wanted {
    /// Compares a page with what stands in the folder: first what it is made from, and only where that is another, or
    /// isn't known without making the page, what it shows.
    fn new(id: PageId, salt: Key, plan: &Plan<'_>, sources: &Sources, folder: &Folder) -> Wanted {
        let path = plan.file(id);
        let source = plan.source(id, sources);
        if let Some(source) = source
            && let Some(file) = folder.is_from(&path, source)
        {
            return Wanted { id, source: Some(source), key: Some(file.key), standing: Some(file.clone()), path };
        }
        if !folder.lists(&path) {
            return Wanted { id, source, key: None, standing: None, path };
        }
        let key = Key::salted(salt, &plan.page(id));
        let standing = folder.shows(&path, key).map(|file| Listed { source: source.unwrap_or(key), ..file.clone() });
        Wanted { id, source, key: Some(key), standing, path }
    }
}

/// Writes the pages of the plan that the folder doesn't show already. When the forum turns out not to be whole, the folder
/// is left as a killed build leaves it.
fn write(
    site: Key,
    plan: &Plan<'_>,
    show: &Show<'_>,
    theme: &Theme,
    larder: &Larder<'_>,
    folder: Folder,
    monitor: &dyn Monitor,
) -> Result<Pages> {
    let salt = Key::of(&(PROGRAM, show.key()));
    // A page that stands already is made to find its key, and made again to be shown if it must be: no two are ever held
    // at once.
    let sources = plan.sources(salt);
    let wanted: Vec<Wanted> = plan.ids().par_iter().map(|&id| Wanted::new(id, salt, plan, &sources, &folder)).collect();
    let assets: Vec<(String, &[u8])> = theme::published(theme).collect();
    let all = wanted.iter().map(|page| page.path.as_str()).chain(assets.iter().map(|asset| asset.0.as_str()));
    let gone = folder.gone(all.clone());
    let stale: Vec<&Wanted> = wanted.iter().filter(|page| page.standing.is_none()).collect();
    folder.begin(stale.iter().map(|page| page.path.as_str()).chain(assets.iter().map(|asset| asset.0.as_str())))?;

    let mut made: Vec<(Listed, Outcome)> = Vec::with_capacity(stale.len() + assets.len());
    for (path, bytes) in &assets {
        let key = Key::of_bytes(bytes);
        made.push(folder.write(path, (key, key), bytes, monitor)?);
    }
    monitor.stage("pages", Some(stale.len() as u64));
    for group in stale.chunk_by(|a, b| step(a.id) == step(b.id)) {
        let done: Result<Vec<(Listed, Outcome)>> = group
            .par_iter()
            .map(|page| {
                let shown = plan.page(page.id);
                let key = page.key.unwrap_or_else(|| Key::salted(salt, &shown));
                let bytes = match shown {
                    Page::Copy(copy) => larder.snapshot.read(&copy.path, copy.blob)?,
                    shown => {
                        monitor.did(Work::PageRendered);
                        show.page(&shown, &|blob| larder.body(blob))?
                    }
                };
                monitor.advance(1);
                folder.write(&page.path, (page.source.unwrap_or(key), key), &bytes, monitor)
            })
            .collect();
        made.extend(done?);
    }
    let written = made.iter().filter(|(_, outcome)| *outcome == Outcome::Written).count();
    let unchanged = wanted.len() + assets.len() - written;
    let mut files: Vec<Listed> = made.into_iter().map(|(file, _)| file).collect();
    files.extend(wanted.into_iter().filter_map(|page| page.standing));
    files.par_sort_unstable_by(|a, b| a.path.cmp(&b.path));
    let pages = Pages { written, unchanged, removed: gone.len() };
    if !larder.forum.has_lost_posts() {
        folder.finish(site, files, &gone, monitor)?;
    }
    Ok(pages)
}
