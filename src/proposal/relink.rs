//! A post of a proposal, and which things of the proposal got other names → the same post, with links and answer leading
//! to the new names. Words stay as they are: only a name within a link or behind `reply_to` is exchanged.

use std::collections::BTreeMap;

use crate::content::{ForumFiles, PostFile, normal, read_post};
use crate::diagnostic::Spot;
use crate::git::Oid;
use crate::markdown::Link;

/// How often a name is looked for in one post before boards gives up.
const MOST_TRIES: usize = 200;

/// Where things of the proposal have gone: paths below the content folder.
pub(super) type Renames = BTreeMap<String, String>;

/// A post that may lead to what got another name.
pub(super) struct RelinkedPost<'p> {
    /// Its file's name without `.md`, in the proposal.
    pub stem: &'p str,
    /// Its folder in the proposal.
    pub from: &'p str,
    /// Its folder on the tip.
    pub to: &'p str,
    /// The files of the tip.
    pub files: &'p ForumFiles,
    /// What got another name.
    pub renames: &'p Renames,
}

impl RelinkedPost<'_> {
    /// The post with its links and its answer as they should be; `None` where that can't be done.
    pub fn rewritten(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let before = self.read(bytes);
        let wanted: Vec<Option<String>> = before.links.iter().map(|link| self.moved(&link.target)).collect();
        let mut text = bytes.to_vec();
        if let Some(answer) = &before.reply_to
            && let Some(to) = self.renames.get(&format!("{}/{}.md", self.from, answer.value))
        {
            let stem = to.rsplit_once('/').map_or(to.as_str(), |(_, name)| name).trim_end_matches(".md");
            let found = places(&text, &answer.value, answer.at).next()?;
            text.splice(found..found + answer.value.len(), stem.bytes());
        }
        for _ in 0..MOST_TRIES {
            let now = self.read(&text);
            let wrong = now.links.iter().zip(&wanted).find(|(link, wanted)| self.lands(&link.target) != **wanted);
            let Some((link, Some(wanted))) = wrong else {
                return wrong.is_none().then_some(text);
            };
            text = self.mended(&text, &now, link, wanted)?;
        }
        None
    }

    /// The text with this link mended and no other changed.
    fn mended(&self, text: &[u8], now: &PostFile, link: &Link, wanted: &str) -> Option<Vec<u8>> {
        let lands = self.lands(&link.target).unwrap_or_default();
        let (old, new) = lands.split('/').zip(wanted.split('/')).find(|(old, new)| old != new)?;
        let mut tries = places(text, old, link.at).take(MOST_TRIES).map(|place| {
            let mut tried = text.to_vec();
            tried.splice(place..place + old.len(), new.bytes());
            tried
        });
        tries.find(|tried| {
            let then = self.read(tried);
            then.links.len() == now.links.len()
                && then.links.iter().zip(&now.links).all(|(then, now)| {
                    then.kind == now.kind
                        && (then.target == now.target || self.lands(&then.target) == self.moved(&now.target))
                })
                && then.links.iter().zip(&now.links).any(|(then, now)| now.at == link.at && then.target != now.target)
        })
    }

    /// Where a link is to lead, from where it led in the proposal.
    fn moved(&self, target: &str) -> Option<String> {
        let path = self.path(self.from, target)?;
        if let Some(to) = self.renames.get(&path) {
            return Some(to.clone());
        }
        let folder =
            path.rsplit_once('/').and_then(|(folder, name)| Some(format!("{}/{name}", self.renames.get(folder)?)));
        Some(folder.unwrap_or(path))
    }

    /// Where a link leads when the post has landed.
    fn lands(&self, target: &str) -> Option<String> {
        self.path(self.to, target)
    }

    fn path(&self, folder: &str, target: &str) -> Option<String> {
        match target.strip_prefix('/') {
            Some(path) => Some(normal("", path)?.strip_prefix(self.files.content())?.trim_matches('/').to_owned()),
            None if target.is_empty() => None,
            None => normal(folder, target),
        }
    }

    fn read(&self, bytes: &[u8]) -> PostFile {
        read_post(self.stem, Oid::ZERO_SHA1, bytes, &self.files.settings().policy, &mut Vec::new()).0
    }
}

/// Where `name` stands in a text as a whole name: first from `at` on, then before.
fn places<'t>(text: &'t [u8], name: &'t str, at: Spot) -> impl Iterator<Item = usize> + 't {
    let start = offset(text, at);
    let part = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    let whole = move |place: &usize| {
        let before = place.checked_sub(1).and_then(|before| text.get(before));
        !part(before) && !part(text.get(place + name.len()))
    };
    let all = move |from: usize| memchr::memmem::find_iter(&text[from..], name.as_bytes()).map(move |at| from + at);
    all(start).chain(all(0).take_while(move |place| *place < start)).filter(whole)
}

/// The byte at which a line and column stand; the start where there is no such place.
fn offset(text: &[u8], at: Spot) -> usize {
    let before: usize = text.split_inclusive(|b| *b == b'\n').take(at.line as usize - 1).map(<[u8]>::len).sum();
    let line = text.get(before..).unwrap_or_default();
    let line = line.split(|b| *b == b'\n').next().unwrap_or_default();
    let text = String::from_utf8_lossy(line);
    before + text.chars().take(at.column as usize - 1).map(char::len_utf8).sum::<usize>().min(line.len())
}
