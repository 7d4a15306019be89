//! The files of a site → what its pages link to, and which of that isn't there. It reads pages as a browser does.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use html5ever::tendril::{StrTendril, TendrilSink};
use html5ever::tree_builder::{ElementFlags, NodeOrText, QuirksMode, TreeBuilderOpts, TreeSink};
use html5ever::{Attribute, ExpandedName, ParseOpts, QualName, ns, parse_document};
use rayon::prelude::*;

use super::Files;

/// What a page holds that a crawl looks at.
#[derive(Debug, Default)]
pub struct Page {
    /// All ids, in their order.
    pub ids: Vec<String>,
    /// The ids of articles.
    pub articles: Vec<String>,
    /// All addresses that it links to or loads.
    pub links: Vec<String>,
    /// The attributes of each element, after its name.
    pub tags: Vec<(String, BTreeMap<String, String>)>,
}

/// Takes what a tree is built of; where things end up in it nobody asks.
#[derive(Default)]
struct Sink(RefCell<Page>);

/// A node of the tree, by its element's name; other nodes have one that no element has.
type Node = Rc<QualName>;

fn no_element() -> Node {
    Rc::new(QualName::new(None, ns!(), "".into()))
}

impl TreeSink for Sink {
    type Handle = Node;
    type Output = Page;
    type ElemName<'a> = ExpandedName<'a>;

    fn finish(self) -> Page {
        self.0.into_inner()
    }

    fn create_element(&self, name: QualName, attrs: Vec<Attribute>, _: ElementFlags) -> Node {
        let mut page = self.0.borrow_mut();
        let attributes: BTreeMap<String, String> =
            attrs.iter().map(|it| (it.name.local.to_string(), it.value.to_string())).collect();
        if let Some(id) = attributes.get("id") {
            page.ids.push(id.clone());
            if &*name.local == "article" {
                page.articles.push(id.clone());
            }
        }
        page.links.extend(["href", "src"].iter().filter_map(|it| attributes.get(*it).cloned()));
        page.tags.push((name.local.to_string(), attributes));
        Rc::new(name)
    }

    fn elem_name<'a>(&'a self, target: &'a Node) -> ExpandedName<'a> {
        target.expanded()
    }

    fn same_node(&self, one: &Node, other: &Node) -> bool {
        Rc::ptr_eq(one, other)
    }

    fn get_document(&self) -> Node {
        no_element()
    }

    fn get_template_contents(&self, target: &Node) -> Node {
        target.clone()
    }

    fn create_comment(&self, _: StrTendril) -> Node {
        no_element()
    }

    fn create_pi(&self, _: StrTendril, _: StrTendril) -> Node {
        no_element()
    }

    fn parse_error(&self, _: Cow<'static, str>) {}
    fn append(&self, _: &Node, _: NodeOrText<Node>) {}
    fn append_based_on_parent_node(&self, _: &Node, _: &Node, _: NodeOrText<Node>) {}
    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {}
    fn set_quirks_mode(&self, _: QuirksMode) {}
    fn append_before_sibling(&self, _: &Node, _: NodeOrText<Node>) {}
    fn add_attrs_if_missing(&self, _: &Node, _: Vec<Attribute>) {}
    fn remove_from_parent(&self, _: &Node) {}
    fn reparent_children(&self, _: &Node, _: &Node) {}
}

/// Reads a page as a browser without scripts does.
pub fn read(html: &[u8]) -> Page {
    let text = std::str::from_utf8(html).expect("pages are UTF-8");
    let tree_builder = TreeBuilderOpts { scripting_enabled: false, ..TreeBuilderOpts::default() };
    parse_document(Sink::default(), ParseOpts { tree_builder, ..ParseOpts::default() }).one(text)
}

/// Reads all pages of a site.
pub fn pages(site: &Files) -> BTreeMap<&str, Page> {
    let html: Vec<_> = site.iter().filter(|(path, _)| path.ends_with(".html")).collect();
    html.into_par_iter().map(|(path, bytes)| (path.as_str(), read(bytes))).collect()
}

/// The file that an address within the site at `base` (scheme, host and path, or the path alone) leads to, and the
/// fragment; `None` for an address elsewhere.
pub fn inside(page: &str, address: &str, base: &str) -> Option<(String, String)> {
    let (address, fragment) = address.split_once('#').unwrap_or((address, ""));
    let path =
        &base[base.find("://").map_or(0, |at| base[at + 3..].find('/').map_or(base.len(), |slash| at + 3 + slash))..];
    let below = match address {
        "" => return Some((page.to_owned(), decoded(fragment))),
        // Another host, by whichever of http and https the page came.
        _ if address.starts_with("//") => return None,
        _ => address.strip_prefix(base).or_else(|| address.strip_prefix(path))?,
    };
    let file = decoded(below.split('?').next().unwrap_or(below));
    let file = if file.is_empty() || file.ends_with('/') { file + "index.html" } else { file };
    Some((file, decoded(fragment)))
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let hex = after.get(..2).filter(|_| first == b'%').and_then(|it| std::str::from_utf8(it).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).expect("addresses are UTF-8")
}

/// Every link within the site that leads nowhere, every id that stands twice on its page, and every address that is
/// neither below the site's base nor absolute.
pub fn faults(site: &Files, base: &str) -> Vec<String> {
    let pages = pages(site);
    let ids: BTreeMap<&str, BTreeSet<&str>> =
        pages.iter().map(|(path, page)| (*path, page.ids.iter().map(String::as_str).collect())).collect();
    let mut faults: Vec<String> = pages
        .par_iter()
        .flat_map_iter(|(path, page)| {
            let mut faults = Vec::new();
            let mut seen = BTreeSet::new();
            faults.extend(
                page.ids.iter().filter(|id| !seen.insert(*id)).map(|id| format!("{path}: id {id} stands twice")),
            );
            for link in &page.links {
                match inside(path, link, base) {
                    Some((file, fragment)) => {
                        let there = site.contains_key(&file);
                        let known = fragment.is_empty() || ids.get(&*file).is_some_and(|ids| ids.contains(&*fragment));
                        if !there || !known {
                            faults.push(format!("{path}: {link} leads nowhere"));
                        }
                    }
                    None if ["http://", "https://", "mailto:", "//"]
                        .iter()
                        .any(|it| link.to_lowercase().starts_with(it)) => {}
                    None => faults.push(format!("{path}: {link} is neither below the site nor absolute")),
                }
            }
            faults
        })
        .collect();
    faults.sort();
    faults
}
