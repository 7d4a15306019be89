//! A post's text with its old addresses → the text with those of the forum, and the files that it shows. What is not to be
//! had keeps its address and is noted as missing.

use std::collections::BTreeMap;
use std::io::ErrorKind;

use aho_corasick::AhoCorasick;
use git2::Oid;

use super::{Post, PostPlace, Writing};
use crate::archive::control_characters;
use crate::archive::existing::folder;
use crate::archive::html;
use crate::archive::item::{Attachment, Content, Kind, Skipped};
use crate::archive::links::{FoundLink, Lead, redirected, relative};
use crate::archive::names;
use crate::archive::private;
use crate::archive::sink::{File, Part};
use crate::content::{MEMBERS, POST_BYTES, judge, split};
use crate::git::{TooLarge, file_within};
use crate::key::Key;
use crate::{Error, Result};

/// Why a file isn't taken whose name says what it is.
const NOT_ALLOWED: &str = "of a kind or size that the forum doesn't allow";

/// A file that a text shows: where it leads now, and what has to be written for it.
struct LinkedFile {
    name: String,
    file: Option<File>,
}

impl Writing<'_> {
    /// The text as it will stand at `place`, and the attachments that have to be written before it.
    pub(super) fn text(&mut self, post: &Post, place: &PostPlace) -> Result<(String, Vec<File>)> {
        let listed = listed(post);
        let text = control_characters::text(&listed);
        let own = by_address(post);
        let mut files = Vec::new();
        let mut fault = None;
        let text = redirected(&text, &mut |found| match self.file_lead(&own, place, found) {
            Ok(Some(shown)) => {
                files.extend(shown.file);
                Lead::To(shown.name)
            }
            Ok(None) => self.lead(place, found),
            Err(error) => {
                fault = Some(error);
                Lead::Stay
            }
        });
        if let Some(error) = fault {
            return Err(error);
        }
        if private::count(&text) > 0 {
            self.report.changed("posts with masked e-mail or IP addresses", &place.path);
        }
        Ok((private::masked(&text), files))
    }

    /// Gives a standing post the files that it lacked and that are there now; its words stay as they are.
    pub(super) fn complete(&mut self, post: &Post, place: &PostPlace) -> Result<()> {
        let text = listed(post);
        if !text.contains("](") {
            return Ok(());
        }
        let at = self.means.content.join(&place.path);
        let read = file_within(&at, POST_BYTES).map_err(Error::io(&at))?;
        let existing = read.map_err(|large| large.at(&at, "make it smaller: no post may be so large"))?;
        let existing = String::from_utf8(existing).map_err(|_| Error::io(&at)(ErrorKind::InvalidData.into()))?;
        let Some((_, body, _)) = split(&existing) else { return Ok(()) };
        let own = by_address(post);
        let mut files = Vec::new();
        let mut fault = None;
        let new = redirected(body, &mut |found| match self.file_lead(&own, place, found) {
            Ok(Some(shown)) => {
                files.extend(shown.file);
                Lead::To(shown.name)
            }
            Ok(None) => Lead::Stay,
            Err(error) => {
                fault = Some(error);
                Lead::Stay
            }
        });
        if let Some(error) = fault {
            return Err(error);
        }
        if new != body {
            let head = &existing[..existing.len() - body.len()];
            files.push(File { path: place.path.clone(), bytes: format!("{head}{new}").into_bytes() });
            self.sink.put(files, Part::After)?;
            self.report.changed("standing posts that got files they lacked", &place.path);
        }
        Ok(())
    }

    /// Where a picture or one of the post's own attachments leads, if its bytes are to be had. Missing ones are noted.
    fn file_lead(&mut self, own: &Own<'_>, place: &PostPlace, found: FoundLink<'_>) -> Result<Option<LinkedFile>> {
        let address = self.absolute(found.address);
        let own = own.get(found.address).or_else(|| own.get(address.as_str()));
        if own.is_none() && !found.picture {
            return Ok(None);
        }
        let place_on_disk = match own.map(|it| &it.content) {
            Some(Content::Bytes(bytes)) => {
                let name = own.map_or("", |it| it.name.as_str()).to_owned();
                return Ok(self.keep(place, &address, &name, bytes.clone()));
            }
            Some(Content::File(path)) => Some(path.clone()),
            Some(Content::Kept(name)) => {
                self.means.downloads.named(name).or_else(|| self.means.downloads.find(&address))
            }
            Some(Content::Elsewhere) | None => self.means.downloads.find(&address),
        };
        let Some(path) = place_on_disk else {
            if address.starts_with("http") && self.missing.insert(address.clone()) {
                let name = private::masked(&address);
                self.report.skipped(Skipped { kind: Kind::Attachment, reason: "not in the export", name });
            }
            return Ok(None);
        };
        let last = address.split(['?', '#']).next().and_then(|it| it.rsplit('/').next()).unwrap_or_default();
        let name = own.map(|it| it.name.as_str()).filter(|it| it.contains('.')).unwrap_or(last).to_owned();
        let read = file_within(&path, self.means.policy.attachment_bytes).map_err(Error::io(&path))?;
        let Ok(bytes) = read else {
            self.report.skipped(refused(&name, NOT_ALLOWED));
            return Ok(None);
        };
        Ok(self.keep(place, &address, &name, bytes))
    }

    /// Puts a file beside its post, under a name that no other file has there.
    fn keep(&mut self, place: &PostPlace, address: &str, name: &str, bytes: Vec<u8>) -> Option<LinkedFile> {
        let refused = |reason| refused(name, reason);
        let Some((stem, ending)) = names::file(name) else {
            self.report.skipped(refused("no ending that tells what it is"));
            return None;
        };
        let key = Key::of_bytes(&bytes);
        for name in
            [format!("{stem}.{ending}"), format!("{stem}-{}.{ending}", names::mark(Key::of_bytes(address.as_bytes())))]
        {
            let path = format!("{}/{name}", folder(&place.path));
            let at = Key::of_bytes(path.as_bytes());
            if let Some(there) = self.attached.get(&at) {
                if *there == key {
                    return Some(LinkedFile { name, file: None });
                }
                continue;
            }
            if let Ok(there) = file_within(&self.means.content.join(&path), bytes.len() as u64) {
                if there.is_ok_and(|there| there == bytes) {
                    self.attached.insert(at, key);
                    self.report.existing(Kind::Attachment);
                    return Some(LinkedFile { name, file: None });
                }
                continue;
            }
            let fits = TooLarge::check(bytes.len() as u64, self.means.policy.attachment_bytes);
            let fits = fits.as_ref().map(|()| &*bytes);
            if judge(&name, Oid::ZERO_SHA1, fits, self.means.policy).kind.is_err() {
                self.report.skipped(refused(NOT_ALLOWED));
                return None;
            }
            self.attached.insert(at, key);
            self.report.imported(Kind::Attachment);
            return Some(LinkedFile { name, file: Some(File { path, bytes }) });
        }
        None
    }

    /// Where a link into the old forum leads now.
    fn lead(&self, place: &PostPlace, found: FoundLink<'_>) -> Lead {
        let to = (self.old.local)(found.address).and_then(|address| self.means.plan.path_of(&address));
        match to {
            Some(path) if path.starts_with(MEMBERS) && found.inner.starts_with('@') => {
                let stem = path.rsplit('/').next().unwrap_or_default().trim_end_matches(".yml");
                Lead::Instead(format!("@{stem}"))
            }
            Some(path) if !found.picture => Lead::To(relative(&place.path, &path)),
            _ if is_relative(found.address) => {
                let address = self.absolute(found.address);
                if is_relative(&address) {
                    // It leads nowhere without its host; its words remain.
                    Lead::Instead(found.inner.to_owned())
                } else {
                    Lead::To(html::target(&address))
                }
            }
            _ if ["http:", "https:", "mailto:", "#"].iter().any(|it| found.address.starts_with(it)) => Lead::Stay,
            // Names within the export are no addresses outside of it.
            _ => Lead::Instead(found.inner.to_owned()),
        }
    }

    /// An address with the old forum's host, where that is known.
    fn absolute(&self, address: &str) -> String {
        match (address.strip_prefix("//"), self.old.base.as_deref()) {
            (Some(rest), _) => format!("https://{rest}"),
            (None, Some(base)) if address.starts_with('/') => {
                let scheme = base.split_once("://").map_or("https", |(scheme, _)| scheme);
                format!("{scheme}://{}{address}", crate::archive::host(base))
            }
            (None, Some(base)) if is_relative(address) => format!("{}/{address}", base.trim_end_matches('/')),
            _ => address.to_owned(),
        }
    }
}

fn refused(name: &str, reason: &'static str) -> Skipped {
    Skipped { kind: Kind::Attachment, reason, name: private::masked(name) }
}

fn is_relative(address: &str) -> bool {
    !address.split(['/', '?', '#']).next().unwrap_or_default().contains(':') && !address.starts_with('#')
}

/// A post's own attachments, by their addresses.
type Own<'p> = BTreeMap<&'p str, &'p Attachment>;

fn by_address(post: &Post) -> Own<'_> {
    // Of several with one address the first counts.
    post.attachments.iter().rev().map(|it| (it.address.as_str(), it)).collect()
}

/// The text, with a list at its end of the attachments that it doesn't show by itself.
fn listed(post: &Post) -> String {
    let mut text = post.text.clone();
    let mut shown = vec![false; post.attachments.len()];
    // It fails for more addresses than memory has room for.
    if let Ok(addresses) = AhoCorasick::new(post.attachments.iter().map(|it| &it.address)) {
        addresses.find_overlapping_iter(&post.text).for_each(|found| shown[found.pattern().as_usize()] = true);
    }
    for (Attachment { address, name, .. }, _) in post.attachments.iter().zip(shown).filter(|(_, shown)| !shown) {
        let ending = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
        let picture = matches!(ending.as_str(), "png" | "jpg" | "jpeg" | "gif" | "webp" | "avif");
        let mark = if picture { "!" } else { "" };
        text.push_str(&format!("\n\n{mark}[{}]({})", html::plain_words(name), html::target(address)));
    }
    text
}
