//! What the databases of bulletin boards have in common → parts of items: where a board stood, people without accounts, files
//! that are kept under other names, polls and subjects. It knows no table.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use super::bbcode::{self, Style};
use super::item::{Content, Item, Kind, Member, Skipped};
use super::row::{NO_ID, TWICE};
use super::source::Source;
use super::sql::Row;
use super::{Old, host, html, names, poll};

/// Why a board, and what is in it, is left out.
pub(super) const CLOSED: &str = "not everybody could read it";

/// Something that is left out.
pub(super) fn skipped(kind: Kind, reason: &'static str, name: String) -> Item {
    Item::Skipped(Skipped { kind, reason, name })
}

/// The files of an export by their names: those of attachments may be among them.
pub(super) struct Kept(HashMap<String, PathBuf>);

impl Kept {
    pub(super) fn of(source: &Source) -> Kept {
        let named = |path: &PathBuf| Some((path.file_name()?.to_string_lossy().into_owned(), path.clone()));
        Kept(source.files.iter().filter_map(named).collect())
    }

    /// The bytes of the file that is kept under one of these names.
    pub(super) fn content(&self, names: &[&str]) -> Content {
        match names.iter().find_map(|name| self.0.get(*name)) {
            Some(path) => Content::File(path.clone()),
            None => Content::Kept(names.first().map_or_else(String::new, |it| (*it).to_owned())),
        }
    }
}

/// Somebody who has no account, or none any more.
pub(super) fn guest(name: &str) -> Member {
    let name = if name.is_empty() { "Guest" } else { name };
    // Some leave an address of e-mail for a name.
    let secret = name.contains('@');
    Member { id: format!("n{name}"), secret, name: name.to_owned(), ..Member::default() }
}

/// Who wrote a post: the id of an account, or a guest, of whom the post alone tells.
pub(super) fn author(account: Option<i64>, name: impl FnOnce() -> String) -> (String, Option<Member>) {
    match account {
        Some(id) => (format!("u{id}"), None),
        None => {
            let guest = guest(&name());
            (guest.id.clone(), Some(guest))
        }
    }
}

/// What people find a row by: the value of its `column`, or else the name of its table.
pub(super) fn called(row: &Row<'_>, column: &str) -> String {
    row.value(column).map_or_else(|| format!("a row of `{}`", row.table), str::to_owned)
}

/// Keeps what a row tells under the number in its `column`. What can't be kept so, and what was kept under this number
/// before, is left out.
pub(super) fn keep<T>(
    rows: &mut BTreeMap<i64, T>,
    left_out: &mut Vec<Skipped>,
    (kind, row, column): (Kind, &Row<'_>, &str),
    value: T,
) {
    let reason = match row.number(column) {
        None => Some(NO_ID),
        Some(id) => rows.insert(id, value).map(|_| TWICE),
    };
    left_out.extend(reason.map(|reason| Skipped { kind, reason, name: called(row, column) }));
}

/// What could be voted for.
#[derive(Debug, Default)]
pub(super) struct Poll {
    pub(super) question: String,
    /// Number, words and votes of each choice.
    pub(super) choices: Vec<(i64, String, Option<u64>)>,
}

/// A post's Markdown below its own subject, where that says something which the topic's title doesn't.
pub(super) fn below_subject(text: String, subject: &str, title: &str) -> String {
    if names::is_own(subject, title) { format!("**{}**\n\n{text}", html::plain_words(subject.trim())) } else { text }
}

/// A post's Markdown with the result of its topic's poll.
pub(super) fn with_poll(text: String, poll: Option<&Poll>, style: &Style<'_>) -> String {
    let Some(Poll { question, choices }) = poll else { return text };
    let choices: Vec<(String, Option<u64>)> =
        choices.iter().map(|(_, words, votes)| (bbcode::cell(words, style), *votes)).collect();
    format!("{text}\n\n{}", poll::table(&bbcode::cell(question, style), &choices, None))
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
    pub(super) fn old(self, canonical: fn(&FormerSite, &Asked) -> Option<String>) -> Old {
        let base = self.base.clone();
        let local = move |address: &str| canonical(&self, &self.asked(address)?);
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
