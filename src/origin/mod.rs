//! The name of a page in → what it is made from, and why it was made again. Pages are functions of what they are made
//! from: so the reason is found by making the page's value once more from what stood before, and comparing the two.

mod differences;
mod files;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::build::{Loaded, Order, PROGRAM, load};
use crate::cache::Cache;
use crate::git::Source;
use crate::key::Key;
use crate::monitor::Monitor;
use crate::output;
use crate::site::{AuthorIndex, PageId, Plan};
use crate::theme::Theme;
use crate::trace::{Trace, traces};
use crate::yaml::nearest;
use crate::{Error, Result};

pub use files::PageInput;

/// Where a page comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Its file below the output folder.
    pub file: String,
    /// What it is, as `a page of a topic`.
    pub kind: &'static str,
    /// The files that it shows something of, by path.
    pub parts: Vec<PageInput>,
    /// The theme's name, or its folder.
    pub theme: String,
    /// The key of the theme's files.
    pub theme_key: Key,
    /// What tells the program from every other.
    pub program: &'static str,
    /// The last build was made from what stands now. If not, it is told why the next one will make the page again.
    pub built: bool,
    /// Why the page was made again.
    pub why: Why,
}

/// Why a page was made again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// Nothing is remembered of an earlier build.
    First,
    /// It can't be told: the build before was made from files that no commit has.
    Unknown,
    /// It wasn't: it shows what it showed.
    Same,
    /// For these reasons.
    Because(Vec<String>),
}

/// Tells where the page called `name` comes from: its address with or without what stands before it, or its file.
///
/// # Errors
/// There is no such page, the theme has errors, or something can't be read.
pub fn explain(order: &Order, name: &str, cache: &Cache, monitor: &dyn Monitor) -> Result<Origin> {
    let now = load(order, cache, monitor)?;
    let Some(theme) = &now.theme else {
        return Err(Error::other("the theme has errors, so no page can be made", "`boards check` lists them"));
    };
    let plan = Plan::new(&now.forum, AuthorIndex::default);
    let pages: BTreeMap<String, PageId> = plan.ids().iter().map(|id| (plan.file(*id), *id)).collect();
    let file = find(&pages, name, &now)?;
    let id = pages.get(&file).copied().unwrap_or(PageId::Home);
    let value = serde_json::to_value(plan.page(id)?).unwrap_or_default();
    let theme_key = short(theme);
    // Only what is remembered of the builds that made this output folder counts.
    let site = output::listing(&order.out).map(|shown| shown.site);
    let traces = traces(cache);
    let is_own = traces.first().is_some_and(|last| site.is_none_or(|site| site == last.site));
    let traces: &[Trace] = if is_own { &traces } else { &[] };
    let built = traces.first().is_some_and(|last| stands(last, &now, theme_key));
    let why = match traces.get(usize::from(built)) {
        None => Why::First,
        Some(before) => why(order, before, &now, (&file, &value), cache, monitor)?,
    };
    Ok(Origin {
        kind: files::kind(id),
        parts: files::parts(&now, &value)?,
        theme: now.forum.settings.theme.clone(),
        theme_key,
        program: PROGRAM,
        file,
        built,
        why,
    })
}

/// A theme's key, as keys are.
fn short(theme: &Theme) -> Key {
    Key::from(theme.key())
}

/// Whether a build that left this trace would make now what it made then.
fn stands(trace: &Trace, now: &Loaded, theme: Key) -> bool {
    trace.root == now.snapshot.root()
        && trace.head == now.snapshot.head().map(|head| head.to_string())
        && trace.settings == now.forum.settings
        && trace.theme == theme
        && trace.program == PROGRAM
}

/// Why a page, given by its file and value, isn't as a build that left the trace `before` made it.
fn why(
    order: &Order,
    before: &Trace,
    now: &Loaded,
    (file, value): (&str, &Value),
    cache: &Cache,
    monitor: &dyn Monitor,
) -> Result<Why> {
    let theme = now.theme.as_ref().map(short).unwrap_or_default();
    let mut causes = differences::around(before, PROGRAM, theme, &now.forum.settings);
    let old = match &before.head {
        Some(head) => {
            let order = Order {
                source: Source::Revision(head.clone()),
                base: Some(before.settings.base.clone()),
                theme: Some(before.settings.theme.clone()),
                ..order.clone()
            };
            match load(&order, cache, monitor) {
                Err(damaged @ Error::CacheDamaged { .. }) => return Err(damaged),
                // The commit may be gone by now.
                old => old.ok().filter(|old| old.snapshot.root() == before.root),
            }
        }
        None => None,
    };
    match old {
        Some(old) => {
            let plan = Plan::new(&old.forum, AuthorIndex::default);
            match plan.ids().iter().find(|id| plan.file(**id) == file) {
                Some(id) => {
                    let old = serde_json::to_value(plan.page(*id)?).unwrap_or_default();
                    causes.extend(differences::between(&old, value));
                }
                None => causes.push(String::from("the page is new")),
            }
        }
        None if causes.is_empty() => return Ok(Why::Unknown),
        None => {}
    }
    Ok(if causes.is_empty() { Why::Same } else { Why::Because(causes) })
}

/// The file of the page that somebody means by `name`.
fn find(pages: &BTreeMap<String, PageId>, name: &str, now: &Loaded) -> Result<String> {
    let base = &now.forum.settings.base;
    let bare = name.split(['#', '?']).next().unwrap_or_default();
    let below = |text: &str, prefix: &str| text.strip_prefix(prefix).map(str::to_owned);
    let within = base.origin.as_ref().and_then(|origin| below(bare, origin)).unwrap_or_else(|| bare.to_owned());
    let path = below(&within, &base.path).unwrap_or_else(|| within.trim_start_matches('/').to_owned());
    let path = path.strip_prefix("output/").unwrap_or(&path);
    let folder = path.trim_end_matches('/');
    let index = if folder.is_empty() { String::from("index.html") } else { format!("{folder}/index.html") };
    let page = [path.to_owned(), index].into_iter().find(|file| pages.contains_key(file));
    page.ok_or_else(|| {
        // One of the same name elsewhere, or one that is spelled alike.
        let addresses = || pages.keys().map(|file| file.strip_suffix("index.html").unwrap_or(file));
        let last = |path: &str| path.trim_end_matches('/').rsplit('/').next().map(str::to_owned);
        let near = addresses().find(|it| last(it) == last(path)).or_else(|| nearest(path, addresses()));
        let hint = near.map_or_else(
            || String::from("a page is named by its address, such as `general/2026/first-flush/`"),
            |near| format!("did you mean `{near}`?"),
        );
        Error::other(format!("the site has no page `{name}`"), hint)
    })
}
