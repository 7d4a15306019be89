//! What hosts and search engines read: sitemaps, robots.txt and headers.

use super::Show;
use super::feed::{document, element};
use super::parts::time;
use crate::site::{SitemapIndexPage, SitemapPage};

/// The namespace of both kinds of sitemaps: <https://www.sitemaps.org/protocol.html>.
const NAMESPACE: [(&str, &str); 1] = [("xmlns", "http://www.sitemaps.org/schemas/sitemap/0.9")];

impl Show<'_> {
    pub(super) fn sitemap(&self, page: &SitemapPage) -> Vec<u8> {
        let written = document("urlset", &NAMESPACE, |writer| {
            for (address, date) in &page.pages {
                writer.create_element("url").write_inner_content(|writer| {
                    element(writer, "loc", &[], &self.whole(address))?;
                    date.map_or(Ok(()), |date| element(writer, "lastmod", &[], &time(date).iso))
                })?;
            }
            Ok(())
        });
        // Writing into memory can't fail.
        written.unwrap_or_default()
    }

    pub(super) fn sitemap_index(&self, page: &SitemapIndexPage) -> Vec<u8> {
        let written = document("sitemapindex", &NAMESPACE, |writer| {
            for file in &page.files {
                let file = self.whole(file);
                writer.create_element("sitemap").write_inner_content(|writer| element(writer, "loc", &[], &file))?;
            }
            Ok(())
        });
        written.unwrap_or_default()
    }

    /// <https://www.rfc-editor.org/rfc/rfc9309>.
    pub(super) fn robots(&self) -> Vec<u8> {
        let mut text = String::from("User-agent: *\nAllow: /\n");
        if self.settings.base.origin.is_some() {
            text.push_str(&format!("Sitemap: {}\n", self.whole("sitemap.xml")));
        }
        text.into_bytes()
    }

    /// The headers that Netlify, Cloudflare Pages and others read from a file of this name.
    pub(super) fn headers(&self) -> Vec<u8> {
        let base = &self.settings.base.path;
        let policy = &self.policy;
        format!(
            "{base}*\n  Content-Security-Policy: {policy}; frame-ancestors 'none'\n  X-Content-Type-Options: nosniff\n  \
             Referrer-Policy: strict-origin-when-cross-origin\n{base}assets/*\n  \
             Cache-Control: public, max-age=31536000, immutable\n"
        )
        .into_bytes()
    }
}
