//! The way of a post through the program: files in one end, a site out of the other.

mod inputs;
mod last_build;
mod order;
mod pages;
mod report;

use self::inputs::Inputs;
pub use self::inputs::{Loaded, load, load_with, texts};
pub use self::order::{CacheAt, Order};
use self::pages::PostSources;
pub use self::report::{Counts, Pages, Report};
use crate::Result;
use crate::git::EarlierScan;
use crate::monitor::Monitor;
use crate::output::{self, Opening};
use crate::site::Plan;
use crate::trace::{self, Trace};

/// What tells this program from every other.
pub const PROGRAM: &str = env!("BOARDS_FINGERPRINT");

/// Builds a site. Where an `earlier` scan of the working copy is given, only what may have changed since is looked at; what was seen
/// comes along, for the next time.
///
/// # Errors
/// The repository can't be read, or the site can't be written. The site that was there is then left as it is, or whole
/// page by page.
pub fn build(
    order: &Order,
    earlier: Option<&EarlierScan>,
    monitor: &dyn Monitor,
) -> Result<(Report, Option<EarlierScan>)> {
    order.cache.with(&order.repository, "build", monitor, |cache| {
        let inputs = Inputs::read(order, earlier, monitor)?;
        let earlier = inputs.snapshot.earlier();
        if let Some(report) = last_build::up_to_date(&inputs, &order.out, cache) {
            return Ok((report, earlier));
        }
        // What is in the output folder is looked at while the forum is loaded.
        let folder = Opening::begin(order.folder(), order.force);
        let site = inputs.site;
        let Loaded { snapshot, forum, theme, bodies, diagnostics } = inputs.load(cache, monitor)?;
        let report = Report::of(&forum, diagnostics);
        let Some(theme) = theme.filter(|_| !report.has_errors()) else { return Ok((report, earlier)) };
        let plan = Plan::new(&forum, || last_build::authors(cache));
        let sources = PostSources::new(&snapshot, &forum, &bodies);
        let pages = pages::write(site, &plan, &theme, &sources, folder.wait()?, monitor)?;
        if order.swap {
            output::exchange(&order.folder(), &order.out)?;
        }
        let report = Report { pages: Some(pages), moved: plan.ways(), ..report };
        last_build::remember(cache, site, &plan, &report);
        trace::note(cache, Trace::of(site, PROGRAM, &theme, &forum.settings, &snapshot));
        drop(plan);
        // A forum is a million small pieces, and nobody has to wait until they are put away.
        rayon::spawn(move || drop(forum));
        Ok((report, earlier))
    })
}
