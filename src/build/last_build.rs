//! What the cache remembers of the last build as a whole.

use std::path::Path;

use super::inputs::Inputs;
use super::{PROGRAM, Pages, Report};
use crate::cache::Cache;
use crate::key::Key;
use crate::output;
use crate::site::{AuthorIndex, Plan};

/// The name under which the cache keeps what the last build reported.
const LAST: &str = "last";
/// And who had written how much then.
const AUTHORS: &str = "authors";

/// What there is to report when the last build was made from the same, and the folder `out` has each of its files.
pub(super) fn up_to_date(inputs: &Inputs, out: &Path, cache: &Cache) -> Option<Report> {
    let last = cache.load(LAST, inputs.site)?;
    let (counts, moved, diagnostics) = postcard::from_bytes(&last).ok()?;
    let pages = Pages { written: 0, unchanged: output::intact_files(out, inputs.site)?, removed: 0 };
    Some(Report { settings: inputs.settings.clone(), counts, pages: Some(pages), moved, diagnostics })
}

/// Who had written how much; nothing where that isn't known.
pub(super) fn authors(cache: &Cache) -> AuthorIndex {
    let known = cache.load(AUTHORS, Key::of(PROGRAM));
    known.and_then(|bytes| postcard::from_bytes(&bytes).ok()).unwrap_or_default()
}

/// Remembers the build of the site with this key.
pub(super) fn remember(cache: &Cache, site: Key, plan: &Plan<'_>, report: &Report) {
    if let Some(index) = plan.author_index().filter(|_| cache.lasts()) {
        cache.store(AUTHORS, Key::of(PROGRAM), &postcard::to_stdvec(&index).unwrap_or_default());
    }
    let last = postcard::to_stdvec(&(&report.counts, &report.moved, &report.diagnostics));
    cache.store(LAST, site, &last.unwrap_or_default());
}
