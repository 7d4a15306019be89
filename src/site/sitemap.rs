//! The addresses of all pages in → sitemaps out, as <https://www.sitemaps.org/protocol.html> asks: at most 50,000
//! addresses a file, and an index of the files.

use serde::Serialize;

use super::address::Address;
use super::page::PageId;
use super::plan::Plan;

/// How many addresses stand in a file. A file is made anew when the date of one of its pages changes, so they are far
/// smaller than they may be.
pub(super) const EACH_PAGES: usize = 2_000;

/// One file of addresses.
#[derive(Debug, Serialize)]
pub struct SitemapPage<'f> {
    /// Addresses, and the date of the latest post there.
    pub pages: Vec<(Address<'f>, Option<i64>)>,
}

/// The index of the files.
#[derive(Debug, Serialize)]
pub struct SitemapIndexPage {
    /// The addresses of the files.
    pub files: Vec<String>,
}

impl<'f> Plan<'f> {
    /// The pages that readers visit, which stand side by side.
    fn visited(&self) -> &[PageId] {
        let start = self.ids.iter().position(|id| id.listed()).unwrap_or(0);
        let rest = &self.ids[start..];
        let end = rest.iter().rposition(|id| id.listed()).map_or(0, |last| last + 1);
        debug_assert!(rest[..end].iter().all(|id| id.listed()), "nothing else stands between them");
        &rest[..end]
    }

    /// How many files of addresses there are.
    pub(super) fn sitemaps(&self) -> u32 {
        self.visited().len().div_ceil(EACH_PAGES).max(1) as u32
    }

    /// The pages whose addresses stand in a file.
    pub(super) fn sitemap(&self, number: u32) -> &[PageId] {
        self.visited().chunks(EACH_PAGES).nth(number as usize - 1).unwrap_or_default()
    }

    pub(super) fn sitemap_page(&'f self, number: u32) -> SitemapPage<'f> {
        let part = self.sitemap(number).iter();
        SitemapPage { pages: part.filter_map(|&id| Some((self.page_address(id)?, self.date(id)))).collect() }
    }

    pub(super) fn sitemap_index_page(&self) -> SitemapIndexPage {
        SitemapIndexPage { files: (1..=self.sitemaps()).map(|number| format!("sitemap-{number}.xml")).collect() }
    }

    /// The date of the latest post, or change of a post, on a page of a topic.
    fn date(&self, id: PageId) -> Option<i64> {
        let PageId::Topic(topic, number) = id else { return None };
        let topic = &self.forum.topics[topic as usize];
        let each = self.forum.settings.posts_per_page;
        let range = super::paging::Paging::Forward.range(topic.posts.len(), each, number);
        let summary = topic.posts.summary();
        let changed = summary.changes().iter().filter(|change| range.contains(&(change.index as usize)));
        let posted = summary.dates().skip(range.start).take(range.len());
        posted.chain(changed.map(|change| change.date)).max()
    }
}
