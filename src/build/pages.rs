//! The plan of a site and what a folder shows → the pages that it doesn't show yet, made and written, each by itself and
//! many at once.

use std::borrow::Cow;
use std::sync::OnceLock;

use git2::Oid;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::{PROGRAM, Pages};
use crate::cache::Pack;
use crate::content::{self, Forum};
use crate::git::Snapshot;
use crate::key::Key;
use crate::markdown::Body;
use crate::monitor::{Monitor, Work};
use crate::output::{FileIndex, Folder, Listed, WriteOutcome};
use crate::site::{Page, PageId, Plan, Sources};
use crate::theme::{self, Show, Theme};
use crate::{Error, Result};

/// Where the bodies of posts and the bytes of files come from that pages show.
pub(super) struct PostSources<'l> {
    snapshot: &'l Snapshot,
    forum: &'l Forum,
    bodies: &'l Pack,
    /// The paths of posts by their blobs, for bodies that the cache has lost.
    paths: OnceLock<FxHashMap<Oid, String>>,
}

impl<'l> PostSources<'l> {
    /// Bodies of the forum's posts, which were rendered before, and the files of the snapshot.
    pub(super) fn new(snapshot: &'l Snapshot, forum: &'l Forum, bodies: &'l Pack) -> PostSources<'l> {
        PostSources { snapshot, forum, bodies, paths: OnceLock::new() }
    }

    /// The body that a blob names: remembered, or rendered anew where the cache is damaged.
    fn body(&self, blob: Oid) -> Result<Body> {
        if let Some(html) = self.bodies.get(blob).and_then(|html| String::from_utf8(html).ok()) {
            return Ok(Body::from_cache(html));
        }
        let source = self.snapshot.read(self.paths()?.get(&blob).map_or("", String::as_str), blob)?;
        Ok(content::body_of(&source, &self.forum.settings.policy))
    }

    fn paths(&self) -> Result<&FxHashMap<Oid, String>> {
        if let Some(paths) = self.paths.get() {
            return Ok(paths);
        }
        let mut paths = FxHashMap::default();
        for topic in &self.forum.topics {
            let posts = topic.posts.read()?.iter();
            paths.extend(posts.map(|post| (post.file.blob, format!("{}/{}.md", topic.path, post.file.stem))));
        }
        Ok(self.paths.get_or_init(|| paths))
    }
}

/// So many pages at most are compared by a thread before another may take over: those that take longest lie together.
const TOGETHER_PAGES: usize = 32;

/// So many pages at most are held at once.
const FEW_PAGES: usize = 64;

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

/// The key of what a page shows, and its bytes.
type Made = (Key, Vec<u8>);

/// A page, compared with what stands in the output folder.
enum ComparedPage {
    /// The folder shows it already.
    Standing {
        place: FileIndex,
        /// The key of what it is made from, or where that isn't known without making it, of what it shows.
        source: Key,
    },
    /// It is to be made. Few are in most builds, and all are held at once.
    Stale(Box<Stale>),
}

/// A page that the output folder doesn't show.
struct Stale {
    id: PageId,
    path: String,
    /// The key of what it is made from, where that is known without making it.
    source: Option<Key>,
    /// The key of what it shows; `None` where only making it tells and it has to be made in any case.
    key: Option<Key>,
}

impl ComparedPage {
    /// Compares a page with what stands in the folder: first what it is made from, and only where that is another, or
    /// isn't known without making the page, what it shows. It is likely to be in the list behind the file at `last`.
    fn new(
        id: PageId,
        salt: Key,
        plan: &Plan<'_>,
        sources: &Sources,
        folder: &Folder,
        last: FileIndex,
    ) -> Result<ComparedPage> {
        let path = plan.file(id);
        let source = plan.source(id, sources);
        let Some(place) = folder.find_near(&path, last) else {
            return Ok(ComparedPage::Stale(Box::new(Stale { id, path, source, key: None })));
        };
        let shown = folder.whole(place);
        if let (Some(source), Some(shown)) = (source, shown)
            && shown.source == source
        {
            return Ok(ComparedPage::Standing { place, source });
        }
        let key = Key::salted(salt, &plan.page(id)?);
        if shown.is_some_and(|shown| shown.key == key) {
            return Ok(ComparedPage::Standing { place, source: source.unwrap_or(key) });
        }
        Ok(ComparedPage::Stale(Box::new(Stale { id, path, source, key: Some(key) })))
    }

    fn stale(&self) -> Option<&Stale> {
        if let ComparedPage::Stale(page) = self { Some(page) } else { None }
    }

    /// The place of a file that stands, and the key of what it is made from.
    fn unchanged(&self) -> Option<(FileIndex, Key)> {
        if let ComparedPage::Standing { place, source } = self { Some((*place, *source)) } else { None }
    }
}

/// Writes the pages of the plan that the folder doesn't show already. After an error the folder is as a killed build
/// leaves it.
///
/// # Errors
/// The repository can't be read, the cache is damaged, the theme fails on a page, or the folder can't be written.
pub(super) fn write(
    site: Key,
    plan: &Plan<'_>,
    theme: &Theme,
    posts: &PostSources<'_>,
    folder: Folder,
    monitor: &dyn Monitor,
) -> Result<Pages> {
    let show = Show::new(theme, &posts.forum.settings, &posts.forum.content, plan.has_tags());
    let salt = Key::of(&(PROGRAM, show.key()));
    // A page that stands already is made to find its key, and made again to be shown if it must be.
    let sources = plan.sources(salt);
    let wanted: Vec<ComparedPage> = plan
        .ids()
        .par_iter()
        .with_max_len(TOGETHER_PAGES)
        .map_init(FileIndex::default, |last, &id| {
            let wanted = ComparedPage::new(id, salt, plan, &sources, &folder, *last)?;
            *last = wanted.unchanged().map_or(*last, |(place, _)| place);
            Ok(wanted)
        })
        .collect::<Result<_>>()?;
    let assets: Vec<(String, &[u8])> = theme::published(theme).collect();
    let stale: Vec<&Stale> = wanted.iter().filter_map(ComparedPage::stale).collect();
    let paths = || stale.iter().map(|page| page.path.as_str()).chain(assets.iter().map(|asset| asset.0.as_str()));
    let kept = || wanted.iter().filter_map(ComparedPage::unchanged);
    let gone = folder.gone(kept().map(|(place, _)| place), paths());
    folder.begin(paths())?;

    let mut made: Vec<(Listed, WriteOutcome)> = Vec::with_capacity(stale.len() + assets.len());
    for (path, bytes) in &assets {
        let key = Key::of_bytes(bytes);
        made.push(folder.write(path, (key, key), bytes, monitor)?);
    }
    monitor.stage("pages", Some(stale.len() as u64));
    let make = |page: &Stale| {
        let shown = plan.page(page.id)?;
        let key = page.key.unwrap_or_else(|| Key::salted(salt, &shown));
        let bytes = match shown {
            Page::Copy(copy) => posts.snapshot.read(&copy.path, copy.blob)?,
            shown => {
                monitor.did(Work::PageRendered);
                show.page(&shown, &|blob| posts.body(blob))?
            }
        };
        monitor.advance(1);
        Ok::<_, Error>((key, bytes))
    };
    // Many pages are made and written one by one, so that few are held at a time; few are made all at once, but for
    // attachments, which may be large.
    let early = |page: &Stale| if step(page.id) == 0 { Ok(None) } else { make(page).map(Some) };
    let early: Result<Vec<Option<Made>>> = match stale.len() {
        ..=FEW_PAGES => stale.par_iter().map(|page| early(page)).collect(),
        many => Ok(vec![None; many]),
    };
    let pages: Vec<_> = stale.iter().zip(early?).collect();
    for group in pages.chunk_by(|a, b| step(a.0.id) == step(b.0.id)) {
        let done: Result<Vec<(Listed, WriteOutcome)>> = group
            .par_iter()
            .map(|(page, early)| {
                let (key, bytes) = match early {
                    Some((key, bytes)) => (*key, Cow::Borrowed(bytes)),
                    None => make(page).map(|(key, bytes)| (key, Cow::Owned(bytes)))?,
                };
                folder.write(&page.path, (page.source.unwrap_or(key), key), &bytes, monitor)
            })
            .collect();
        made.extend(done?);
    }
    let written = made.iter().filter(|(_, outcome)| *outcome == WriteOutcome::Written).count();
    let unchanged = wanted.len() + assets.len() - written;
    let pages = Pages { written, unchanged, removed: gone.len() };
    let made = made.into_iter().map(|(file, _)| file).collect();
    folder.finish(site, kept(), made, &gone, monitor)?;
    Ok(pages)
}
