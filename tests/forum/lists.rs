//! The files of a site → what is wrong with what machines read of it: feeds and sitemaps.

use std::collections::BTreeSet;

use feed_rs::model::Feed;
use quick_xml::events::Event;

use super::{Files, crawl};

/// The feeds, by their paths.
pub fn feeds(site: &Files) -> Vec<(&str, Feed)> {
    let each = site.iter().filter(|(path, _)| path.ends_with("feed.xml"));
    each.map(|(path, bytes)| {
        (path.as_str(), feed_rs::parser::parse(&bytes[..]).unwrap_or_else(|error| panic!("{path}: {error}")))
    })
    .collect()
}

/// What is wrong with the feeds of the site at `base`.
pub fn feed_faults(site: &Files, base: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let pages = crawl::pages(site);
    for (path, feed) in feeds(site) {
        let mut ids = BTreeSet::new();
        if feed.entries.len() > 20 {
            faults.push(format!("{path}: {} entries", feed.entries.len()));
        }
        for entry in &feed.entries {
            if !ids.insert(&entry.id) {
                faults.push(format!("{path}: {} stands twice", entry.id));
            }
            for link in entry.links.iter().chain(&feed.links) {
                let there = link.href.starts_with(base)
                    && crawl::inside("", &link.href, base).is_some_and(|(file, fragment)| {
                        let known = || pages.get(&*file).is_some_and(|page| page.ids.contains(&fragment));
                        site.contains_key(&file) && (fragment.is_empty() || known())
                    });
                if !there {
                    faults.push(format!("{path}: {} leads nowhere", link.href));
                }
            }
            let body = entry.content.as_ref().and_then(|content| content.body.as_deref()).unwrap_or_default();
            let read = crawl::read(body.as_bytes());
            // A reader may show entries of several topics together.
            faults.extend(read.ids.iter().map(|id| format!("{path}: a text has the id {id}")));
            for link in read.links {
                if !["http://", "https://", "mailto:"].iter().any(|it| link.starts_with(it)) {
                    faults.push(format!("{path}: {link} in a text is not absolute"));
                }
            }
        }
    }
    faults.sort();
    faults.dedup();
    faults
}

/// The addresses in a sitemap or an index of sitemaps, in their order.
pub fn addresses(xml: &[u8]) -> Vec<String> {
    let mut reader = quick_xml::Reader::from_reader(xml);
    let mut found = Vec::new();
    let mut open = None;
    loop {
        match reader.read_event().expect("sitemaps are XML") {
            Event::Start(start) if start.name().as_ref() == b"loc" => open = Some(String::new()),
            Event::Text(text) => {
                if let Some(open) = &mut open {
                    open.push_str(&text.decode().unwrap());
                }
            }
            Event::GeneralRef(reference) => {
                if let Some(open) = &mut open {
                    open.push(match &*reference.decode().unwrap() {
                        "amp" => '&',
                        "apos" => '\'',
                        other => panic!("{other} in an address"),
                    });
                }
            }
            Event::End(_) => found.extend(open.take()),
            Event::Eof => return found,
            _ => {}
        }
    }
}

/// What is wrong with the sitemaps of the site at `base`: they name every page once that search engines may show, and
/// no other.
pub fn sitemap_faults(site: &Files, base: &str) -> Vec<String> {
    let file = |address: &String| {
        assert!(address.starts_with(base), "{address}");
        crawl::inside("", address, base).unwrap().0
    };
    let parts: Vec<String> = addresses(&site["sitemap.xml"]).iter().map(file).collect();
    let named: Vec<String> = parts.iter().flat_map(|part| addresses(&site[part])).map(|it| file(&it)).collect();
    let mut seen = BTreeSet::new();
    let mut faults: Vec<String> =
        named.iter().filter(|path| !seen.insert(path.as_str())).map(|path| format!("{path} stands twice")).collect();
    let pages = crawl::pages(site);
    // What only leads on is no page of its own.
    let unlisted = |page: &crawl::Page| {
        let told = |it: &str| it == "robots" || it == "refresh";
        let named = page.tags.iter().filter(|(name, _)| name == "meta");
        named.flat_map(|(_, it)| it.get("name").or(it.get("http-equiv"))).any(|it| told(it))
    };
    let listed: BTreeSet<&str> = pages.iter().filter(|(_, page)| !unlisted(page)).map(|(path, _)| *path).collect();
    faults.extend(
        listed
            .symmetric_difference(&seen)
            .map(|path| format!("{path} is listed and no page, or a page and not listed")),
    );
    faults
}
