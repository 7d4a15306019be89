//! A page of the plan in → its bytes out. Here addresses get the site's base path, seconds become dates, and bodies are
//! taken from where they are kept; what a page shows is decided in `site`, how it looks in the templates.

mod feed;
mod lists;
mod moved;
mod parts;
mod plain;
mod posting;
mod stats;
mod topic;

use std::collections::BTreeMap;
use std::fmt::{Display, Write};

use git2::Oid;

use super::Theme;
use super::view::{self, ForumView, LinkView};
use crate::Result;
use crate::config::{Images, Settings};
use crate::key::Key;
use crate::markdown::{Body, OutsideImages};
use crate::site::{self, Address, Of, Page, encoded};

/// Gives the body that a blob names.
pub type Bodies<'b> = &'b (dyn Fn(Oid) -> Result<Body> + Sync);

/// Everything that pages are shown with, the same for all of them.
pub struct Show<'t> {
    theme: &'t Theme,
    settings: &'t Settings,
    /// The content folder's path in the repository.
    content: &'t str,
    has_tags: bool,
    images: OutsideImages,
    assets: BTreeMap<String, String>,
    policy: String,
}

impl<'t> Show<'t> {
    /// Shows the pages of a forum with these settings, in this theme.
    #[must_use]
    pub fn new(theme: &'t Theme, settings: &'t Settings, content: &'t str, has_tags: bool) -> Show<'t> {
        let base = &settings.base.path;
        let assets = theme.assets().iter();
        let assets = assets.map(|(name, bytes)| (name.clone(), format!("{base}{}", asset_address(name, bytes))));
        Show {
            theme,
            settings,
            content,
            has_tags,
            images: match &settings.images {
                Images::Link => OutsideImages::Link,
                Images::Allow => OutsideImages::Allow,
                Images::Proxy(prefix) => OutsideImages::Proxy(prefix.clone()),
            },
            assets: assets.collect(),
            policy: policy(&settings.images),
        }
    }

    /// The key of all this: what every page depends on besides what it shows itself.
    #[must_use]
    pub fn key(&self) -> Key {
        Key::of(&(self.theme.key().as_bytes(), self.settings, self.content, self.has_tags))
    }

    /// The bytes of a page. Pages that are copies of files have none of their own.
    ///
    /// # Errors
    /// A body can't be read, or the theme fails on the page.
    pub fn page(&self, page: &Page<'_>, bodies: Bodies<'_>) -> Result<Vec<u8>> {
        match page {
            Page::Home(it) => self.html(&self.home(it)),
            Page::Board(it) => self.html(&self.board(it)),
            Page::Topic(it) => self.html(&self.topic(it, bodies)?),
            Page::Members(it) => self.html(&self.members(it)),
            Page::Member(it) => self.html(&self.member(it, bodies)?),
            Page::Tags(it) => self.html(&self.tags(it)),
            Page::Tag(it) => self.html(&self.tag(it)),
            Page::Stats(it) => self.html(&self.stats(it)),
            Page::Posting(frame) => self.html(&self.posting(frame)),
            Page::Missing(it) => self.html(&self.missing(it)),
            Page::Moved(it) => self.html(&self.moved(it)),
            Page::MovedPart(it) => Ok(self.moved_part(it)),
            Page::MovedRules(it) => Ok(self.moved_rules(it)),
            Page::Feed(it) => self.feed(it, bodies),
            Page::Sitemap(it) => Ok(self.sitemap(it)),
            Page::SitemapIndex(it) => Ok(self.sitemap_index(it)),
            Page::Robots => Ok(self.robots()),
            Page::Headers => Ok(self.headers()),
            Page::Copy(_) => Ok(Vec::new()),
        }
    }

    fn html<V: view::View>(&self, view: &V) -> Result<Vec<u8>> {
        let mut out = String::with_capacity(16 << 10);
        self.theme.render(view, &mut out)?;
        Ok(out.into_bytes())
    }

    /// An address as it stands in a page.
    fn here(&self, address: impl Display) -> String {
        let base = &self.settings.base.path;
        let mut whole = String::with_capacity(base.len() + 96);
        whole.push_str(base);
        let _ = write!(whole, "{address}");
        encoded(whole)
    }

    /// An address as it stands where there is no page around it. The forum knows its origin, or no feed would be made.
    fn whole(&self, address: impl Display) -> String {
        self.settings.base.origin.clone().unwrap_or_default() + &self.here(address)
    }

    fn link(&self, crumb: &site::Crumb<'_>) -> LinkView {
        LinkView { title: crumb.title.to_owned(), address: self.here(crumb.address) }
    }

    fn frame(&self, frame: &site::Frame<'_>, description: &str) -> view::Frame {
        let settings = self.settings;
        let number = frame.number.map_or_else(String::new, |number| format!(", page {number}"));
        let page_title = match frame.title {
            "" => settings.title.clone(),
            title => format!("{title}{number} · {}", settings.title),
        };
        let mut crumbs = Vec::new();
        if !frame.title.is_empty() {
            crumbs.push(LinkView { title: String::from("Boards"), address: self.here("") });
            crumbs.extend(frame.crumbs.iter().map(|crumb| self.link(crumb)));
            crumbs.push(LinkView { title: frame.title.to_owned(), address: self.here(frame.address) });
        }
        let (title, feed) = match &frame.feed {
            Some((title, feed)) => (*title, *feed),
            None => (settings.title.as_str(), Address::feed(Of::Home)),
        };
        let known = settings.base.origin.is_some();
        view::Frame {
            forum: ForumView {
                title: settings.title.clone(),
                description: settings.description.clone(),
                address: self.here(""),
            },
            language: settings.language.clone(),
            direction: direction(&settings.language),
            page_title,
            description: description.to_owned(),
            canonical: (known && !frame.unlisted).then(|| self.whole(frame.address)),
            feed: known.then(|| view::FeedView { title: title.to_owned(), address: self.here(feed) }),
            crumbs,
            policy: self.policy.clone(),
            assets: self.assets.clone(),
            members: self.here("members/"),
            tags: self.has_tags.then(|| self.here("tags/")),
            stats: self.here("stats/"),
            source: settings.repository.as_ref().map(|it| it.url.clone()),
            posting: settings.repository.as_ref().map(|_| self.here(Address::of(Of::Posting))),
            no_index: frame.unlisted,
            generator: format!("boards {}", env!("CARGO_PKG_VERSION")),
        }
    }
}

/// The files of a theme as the site publishes them: address and bytes.
pub fn published(theme: &Theme) -> impl Iterator<Item = (String, &[u8])> {
    theme.assets().iter().map(|(name, bytes)| (asset_address(name, bytes), bytes.as_slice()))
}

/// The address of a theme's file: under its content's hash, so that it may be cached for ever.
fn asset_address(name: &str, bytes: &[u8]) -> String {
    format!("assets/{}/{}", &Key::of_bytes(bytes).hex()[..20], encoded(name))
}

/// The content security policy of every page (<https://www.w3.org/TR/CSP3/>): nothing runs or loads but the site's own
/// files, and pictures from where the forum's settings allow them.
fn policy(images: &Images) -> String {
    let pictures = match images {
        Images::Link => String::new(),
        Images::Allow => String::from(" https: http:"),
        Images::Proxy(prefix) => match crate::config::BaseUrl::parse(prefix.split('?').next().unwrap_or(prefix)) {
            Some(base) => base.origin.map_or_else(String::new, |origin| format!(" {origin}")),
            None => String::new(),
        },
    };
    format!(
        "default-src 'none'; img-src 'self'{pictures}; style-src 'self'; script-src 'self'; connect-src 'self'; \
         base-uri 'none'; form-action 'none'"
    )
}

/// Which way a language runs: by its script, the subtag of four letters (RFC 5646), or else by its first subtag.
fn direction(language: &str) -> view::Direction {
    const LEFTWARDS: [&str; 13] = ["ar", "arc", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "syr", "ug", "ur", "yi"];
    const SCRIPTS: [&str; 8] = ["adlm", "arab", "hebr", "mand", "nkoo", "rohg", "syrc", "thaa"];
    let language = language.to_ascii_lowercase();
    let mut parts = language.split('-');
    let first = parts.next().unwrap_or_default();
    let script = parts.next().filter(|part| part.len() == 4 && part.bytes().all(|b| b.is_ascii_lowercase()));
    if script.map_or(LEFTWARDS.contains(&first), |script| SCRIPTS.contains(&script)) {
        view::Direction::Rtl
    } else {
        view::Direction::Ltr
    }
}
