//! The way of a post through the house: files in one end, a site out of the other.

mod ground;
mod pages;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use self::ground::Ground;
pub use self::ground::{Loaded, load, load_with, texts};
use self::pages::{Larder, write};
use crate::Result;
use crate::cache::Cache;
use crate::config::{Base, Settings};
use crate::content::Forum;
use crate::diagnostic::{Diagnostic, Severity};
use crate::git::{Repository, Seen, Source};
use crate::key::Key;
use crate::monitor::Monitor;
use crate::output::{self, Folder};
use crate::site::{Plan, Ways};
use crate::theme::Show;
use crate::trace::{self, Trace};

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
    order.cache.with(&order.repository, "build", monitor, |cache| {
        let dir = if order.swap { output::beside(&order.out) } else { order.out.clone() };
        // What stands in the output folder is looked at meanwhile.
        let forum = || Ahead::of(order, seen, cache, monitor);
        let (forum, folder) = rayon::join(forum, || Folder::reopen(&dir, order.force));
        let (forum, seen) = forum?;
        Ok((make(order, forum, (&dir, folder), cache, monitor)?, seen))
    })
}

/// How far a build comes before it has to know what stands in the output folder.
enum Ahead {
    /// The same site was the last that was built, and this is its report: it may be that nothing is to be done.
    Same(Box<Ground>, Box<Report>),
    /// The forum.
    Loaded(Box<Sited>),
}

impl Ahead {
    /// Surveys everything, and loads the forum unless it was the last that was built.
    fn of(order: &Order, seen: Option<&Seen>, cache: &Cache, monitor: &dyn Monitor) -> Result<(Ahead, Option<Seen>)> {
        let ground = Ground::survey(order, seen, monitor)?;
        let seen = ground.snapshot.seen();
        let ahead = match last(&ground, cache) {
            Some(report) => Ahead::Same(Box::new(ground), Box::new(report)),
            None => Ahead::Loaded(Box::new(Sited::of(ground, cache, monitor)?)),
        };
        Ok((ahead, seen))
    }
}

/// A loaded forum with the key of its site and the settings that hold.
struct Sited {
    site: Key,
    settings: Settings,
    loaded: Loaded,
}

impl Sited {
    /// Loads the forum.
    fn of(ground: Ground, cache: &Cache, monitor: &dyn Monitor) -> Result<Sited> {
        let (site, settings) = (ground.site, ground.settings.clone());
        Ok(Sited { site, settings, loaded: ground.load(cache, Some(cache), monitor)? })
    }
}

/// Builds the site into a folder, which may be open already.
fn make(
    order: &Order,
    ahead: Ahead,
    (dir, folder): (&Path, Result<Option<Folder>>),
    cache: &Cache,
    monitor: &dyn Monitor,
) -> Result<Report> {
    let stands = |site| match &folder {
        Ok(Some(folder)) if !order.swap => folder.standing(site),
        _ => output::standing(&order.out, site),
    };
    let forum = match ahead {
        Ahead::Same(ground, report) => match stands(ground.site) {
            Some(unchanged) => {
                return Ok(Report { pages: Some(Pages { written: 0, unchanged, removed: 0 }), ..*report });
            }
            None => Sited::of(*ground, cache, monitor)?,
        },
        Ahead::Loaded(forum) => *forum,
    };
    publish(order, forum, (dir, folder), cache, monitor)
}

/// The report of the last build, where it was of the same site.
fn last(ground: &Ground, cache: &Cache) -> Option<Report> {
    let last = cache.load(LAST, ground.site)?;
    let (counts, moved, diagnostics) = postcard::from_bytes(&last).ok()?;
    Some(Report { settings: ground.settings.clone(), counts, pages: None, moved, diagnostics })
}

/// Writes the site of a loaded forum into a folder, which may be open already.
fn publish(
    order: &Order,
    Sited { site, settings, loaded }: Sited,
    (dir, folder): (&Path, Result<Option<Folder>>),
    cache: &Cache,
    monitor: &dyn Monitor,
) -> Result<Report> {
    let Loaded { snapshot, forum, theme, bodies, diagnostics } = loaded;
    let counts = Counts::of(&forum);
    let refused = diagnostics.iter().any(|fault| fault.severity == Severity::Error);
    let Some(theme) = theme.filter(|_| !refused) else {
        return Ok(Report { settings, counts, diagnostics, ..Report::default() });
    };

    let program = Key::of(PROGRAM);
    let works = || cache.load(WORKS, program).and_then(|bytes| postcard::from_bytes(&bytes).ok()).unwrap_or_default();
    let plan = Plan::new(&forum, works);
    let show = Show::new(&theme, &forum.settings, &forum.content, plan.has_tags());
    let larder = Larder::new(&snapshot, &forum, &bodies);
    let folder = folder?.map_or_else(|| Folder::open(dir, order.force), Ok)?;
    let pages = write(site, &plan, &show, &theme, &larder, folder, monitor)?;
    if order.swap {
        output::exchange(dir, &order.out)?;
    }
    let report = Report { settings, counts, pages: Some(pages), moved: plan.ways(), diagnostics };
    if let Some(works) = plan.works().filter(|_| cache.lasts()) {
        cache.store(WORKS, program, &postcard::to_stdvec(&works).unwrap_or_default());
    }
    let last = postcard::to_stdvec(&(&report.counts, &report.moved, &report.diagnostics));
    cache.store(LAST, site, &last.unwrap_or_default());
    trace::note(cache, Trace::of(site, PROGRAM, &theme, &forum.settings, &snapshot));
    drop(plan);
    // A forum is a million small pieces, and nobody has to wait until they are put away.
    rayon::spawn(move || drop(forum));
    Ok(report)
}

/// The name under which the cache keeps what the last build reported.
const LAST: &str = "last";
/// And who had written how much then.
const WORKS: &str = "works";

impl CacheAt {
    /// What `work` makes with the help of the cache, which is locked meanwhile; `verb` tells a second process who holds it.
    /// Where the cache turns out to be damaged, `work` is done once more with an empty one: this is the one place that
    /// knows of [damage](crate::Error::CacheDamaged). That something couldn't be stored, the monitor is told.
    ///
    /// # Errors
    /// What `work` fails with; or another process holds the cache, or it can't be made.
    pub fn with<T>(
        &self,
        repository: &Path,
        verb: &str,
        monitor: &dyn Monitor,
        work: impl Fn(&Cache) -> Result<T>,
    ) -> Result<T> {
        let cache = self.open(repository, verb, monitor)?;
        let done = cache.retry_if_damaged(work)?;
        cache.unstored().into_iter().for_each(|why| monitor.unstored(why));
        Ok(done)
    }

    fn open(&self, repository: &Path, verb: &str, monitor: &dyn Monitor) -> Result<Cache> {
        let folder = match self {
            CacheAt::Folder(folder) => Some(folder.clone()),
            CacheAt::Nowhere => None,
            CacheAt::Repository => Repository::find(repository)?.map(|found| found.place().join("boards")),
        };
        let Some(folder) = folder else { return Cache::temporary() };
        match Cache::open(&folder, verb, monitor) {
            Err(error) if error.is_full_disk() => {
                monitor.unstored(&error);
                Cache::temporary()
            }
            opened => opened,
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
