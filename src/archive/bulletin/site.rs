//! Where a board stood → the old addresses of its parts, from templates, and from any address in a text to the one form of it.

use crate::archive::{Old, host};

/// The templates of addresses below that of a board, with `{board}`, `{topic}`, `{post}`, `{member}` and `{file}` for the
/// numbers of what they lead to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Addresses {
    /// The old addresses of each thing.
    pub(super) board: &'static [&'static str],
    pub(super) topic: &'static [&'static str],
    pub(super) post: &'static [&'static str],
    pub(super) member: &'static [&'static str],
    /// The address of an attachment.
    pub(super) file: &'static str,
    /// What readers are shown as a post's address.
    pub(super) source: &'static str,
    /// The address of a post of which a text tells only the number.
    pub(super) quoted: &'static str,
    /// The address of a member of whom a text tells the number, where texts do so.
    pub(super) mentioned: Option<&'static str>,
    /// What finds the one form of the addresses that lead to the same thing.
    pub(super) canonical: Canonical,
}

/// An address → the template of its one form, and the number in it; none when it leads to no part of the board.
pub(super) type Canonical = fn(&Asked) -> Option<(&'static str, i64)>;

/// The numbers of what an address leads to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Numbers {
    pub(super) board: i64,
    pub(super) topic: i64,
    pub(super) post: i64,
    pub(super) member: i64,
    pub(super) file: i64,
}

impl Numbers {
    /// An address with these numbers.
    pub(super) fn fill(&self, template: &str) -> String {
        filled(template, |name| match name {
            "board" => self.board,
            "topic" => self.topic,
            "post" => self.post,
            "member" => self.member,
            _ => self.file,
        })
    }
}

/// A template with a number in each place that it names.
pub(super) fn filled(template: &str, number: impl Fn(&str) -> i64) -> String {
    let mut parts = template.split('{');
    let mut address = parts.next().unwrap_or_default().to_owned();
    for (name, rest) in parts.filter_map(|part| part.split_once('}')) {
        address += &number(name).to_string();
        address += rest;
    }
    address
}

/// Where a board stood.
#[derive(Debug, Clone)]
pub(super) struct FormerSite {
    /// Its whole address, when it is known, with no slash at the end.
    pub(super) base: Option<String>,
    /// Its path on its host, with slashes around it.
    pub(super) folder: String,
}

/// An address of a board's own, taken apart.
pub(super) struct Asked {
    /// The path below the board's.
    pub(super) page: String,
    query: String,
    /// The place on the page.
    pub(super) place: String,
}

/// A number as addresses tell it.
pub(super) fn number(text: &str) -> Option<i64> {
    text.parse().ok().filter(|it| *it > 0)
}

impl FormerSite {
    pub(super) fn new(base: Option<String>) -> FormerSite {
        let base = base.map(|it| it.trim_end_matches('/').to_owned());
        let rest = base.as_deref().and_then(|it| it.split_once("://")).map_or("", |(_, rest)| rest);
        let path = rest.split_once('/').map_or("", |(_, path)| path);
        let folder = if path.is_empty() { String::from("/") } else { format!("/{path}/") };
        FormerSite { base, folder }
    }

    /// The path from the host's root of something below the board's.
    pub(super) fn path(&self, rest: &str) -> String {
        format!("{}{rest}", self.folder)
    }

    /// The whole address of something below the board's, where its host is known.
    pub(super) fn whole(&self, rest: &str) -> Option<String> {
        self.base.as_ref().map(|base| format!("{base}/{rest}"))
    }

    /// The same, and the path where the host isn't known.
    pub(super) fn address(&self, rest: &str) -> String {
        self.whole(rest).unwrap_or_else(|| self.path(rest))
    }

    /// The paths of all old addresses of something.
    pub(super) fn paths(&self, templates: &[&str], numbers: &Numbers) -> Vec<String> {
        templates.iter().map(|it| self.path(&numbers.fill(it))).collect()
    }

    /// The path of something of which a text tells the number.
    pub(super) fn part(&self, template: &str, number: &str) -> Option<String> {
        let number = number.parse().ok()?;
        Some(self.path(&filled(template, |_| number)))
    }

    /// Takes apart what leads to somewhere below the board's address, with and without `www`.
    pub(super) fn asked(&self, address: &str) -> Option<Asked> {
        let bare = |address: &str| address.trim_start_matches("www.").to_ascii_lowercase();
        let path = match address.split_once("://") {
            Some((_, rest)) => {
                let (at, path) = rest.split_once('/')?;
                (bare(at) == bare(self.base.as_deref().map(host)?)).then(|| format!("/{path}"))?
            }
            None if address.starts_with('/') => address.to_owned(),
            None => self.path(address.trim_start_matches("./")),
        };
        let (path, place) = path.split_once('#').unwrap_or((&path, ""));
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let page = path.strip_prefix(&self.folder)?;
        Some(Asked { page: page.to_owned(), query: query.to_owned(), place: place.to_owned() })
    }

    /// The old addresses, of which `canonical` knows the one form.
    pub(super) fn old(self, canonical: Canonical) -> Old {
        let base = self.base.clone();
        let local = move |address: &str| {
            let (template, id) = canonical(&self.asked(address)?)?;
            Some(self.path(&filled(template, |_| id)))
        };
        Old { base, local: Box::new(local) }
    }
}

impl Asked {
    /// A field of the query.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        let mut each = self.query.split(['&', ';']).filter_map(|it| it.trim_start_matches("amp;").split_once('='));
        each.find(|(it, _)| *it == name).map(|(_, value)| value)
    }

    /// A field that is a number.
    pub(super) fn number(&self, name: &str) -> Option<i64> {
        self.field(name).and_then(number)
    }
}
