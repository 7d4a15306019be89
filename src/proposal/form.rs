//! The files that each commit of a proposal brings → those that may not come in at all, whatever becomes of them later:
//! what one commit adds and the next removes stays in the history. Who may bring them isn't asked here.

use std::collections::{HashMap, HashSet};

use super::range::CommitRange;
use super::rules::{FILE_FORM, OTHERS_POST, OUTSIDE};
use crate::Result;
use crate::config::Settings;
use crate::content::{
    FRONT_BYTES, ForumFiles, PATH_BYTES, POST_BYTES, SETTINGS_BYTES, judge as attachment, name_fault,
};
use crate::diagnostic::{Diagnostic, Spot};
use crate::git::{Difference, Mode, Oid, Repository};

/// What is wrong with the files of all commits, and the paths of the whole that are not to be looked at any further.
pub(super) fn judge(
    objects: &Repository,
    range: &CommitRange,
    files: &ForumFiles,
) -> Result<(HashSet<String>, Vec<Diagnostic>)> {
    let (content, settings) = (files.content(), files.settings());
    let mut bad: HashSet<String> = HashSet::new();
    let mut reasons = Vec::new();
    let mut stood: HashMap<&str, bool> = HashMap::new();
    let last: HashMap<&str, Option<Oid>> =
        range.whole.iter().map(|it| (it.path.as_str(), it.new.map(|file| file.id))).collect();
    let mut seen: HashSet<(&str, Option<Oid>)> = HashSet::new();
    for difference in range.steps.iter().flatten().chain(&range.whole) {
        let path = difference.path.as_str();
        stood.entry(path).or_insert(difference.old.is_some());
        if !seen.insert((path, difference.new.map(|file| file.id))) {
            continue;
        }
        let fault = match files.below(path) {
            None => Some(OUTSIDE.at(
                path,
                Spot::START,
                "a proposal changes nothing outside of the forum's content",
                format!("leave this file as it is; only what lies in `{content}/` may change"),
            )),
            Some(below) => entry(difference, below, settings.letters_any),
        };
        if let Some(fault) = fault {
            if bad.insert(path.to_owned()) {
                reasons.push(fault);
            }
            continue;
        }
        let Some(file) = difference.new else { continue };
        // What stays is read as part of the forum, unless it is too large for that.
        let (message, hint) = if last.get(path) == Some(&Some(file.id)) {
            (too_large(objects, path, file.id, most(path, POST_BYTES, settings))?, "make it smaller")
        } else {
            let hint = "take it out of the commit that adds it: what a later one removes stays in the history";
            (substance(objects, path, file.id, settings)?, hint)
        };
        if let Some(message) = message {
            reasons.push(FILE_FORM.at(path, Spot::START, message, hint));
            if last.get(path) == Some(&Some(file.id)) {
                bad.insert(path.to_owned());
            }
        }
    }
    for path in stood.iter().filter(|(path, stood)| **stood && !last.contains_key(*path)).map(|(path, _)| *path) {
        if !bad.contains(path) {
            let message = "one commit changes this file and another takes it back";
            reasons.push(OTHERS_POST.at(path, Spot::START, message, "leave it out of both"));
        }
    }
    reasons.sort();
    Ok((bad, reasons))
}

/// What is wrong with what a tree says of a file.
fn entry(difference: &Difference, below: &str, letters_any: bool) -> Option<Diagnostic> {
    let fault = |message: String, hint: &str| Some(FILE_FORM.at(difference.path.as_str(), Spot::START, message, hint));
    if !difference.plain {
        return fault(String::from("the name can't be that of a forum's file"), "rename it");
    }
    // What is removed need not have been good.
    match difference.new?.mode {
        Mode::Plain => {}
        Mode::Program => return fault(String::from("the file may be run"), "`git update-index --chmod=-x`"),
        Mode::Link => return fault(String::from("a symbolic link"), "commit the file itself"),
        Mode::Submodule => return fault(String::from("a submodule"), "leave it out"),
    }
    if below.len() > PATH_BYTES {
        let message = format!("a path has at most {PATH_BYTES} bytes, this one has {}", below.len());
        return fault(message, "shorten the names of its folders");
    }
    let wrong = below.split('/').find_map(|name| name_fault(name, letters_any));
    wrong.and_then(|reason| fault(reason, "rename it"))
}

/// The most bytes of a version of the file at `path`, where a post's may have `post`.
fn most(path: &str, post: u64, settings: &Settings) -> u64 {
    match ending(path) {
        Some("md") => post,
        Some("yml") => SETTINGS_BYTES,
        _ => settings.policy.attachment_bytes,
    }
}

fn ending(path: &str) -> Option<&str> {
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    name.rsplit_once('.').map(|(_, ending)| ending)
}

/// That a version of a file has more bytes than it may have.
fn too_large(objects: &Repository, path: &str, blob: Oid, most: u64) -> Result<Option<String>> {
    let size = objects.size(blob, path)?;
    Ok((size > most).then(|| format!("a version of this file has {size} bytes, at most {most} are taken")))
}

/// Why a version of a file that doesn't stay may not come in either.
fn substance(objects: &Repository, path: &str, blob: Oid, settings: &Settings) -> Result<Option<String>> {
    let most = most(path, settings.policy.post_bytes + FRONT_BYTES as u64, settings);
    if let Some(message) = too_large(objects, path, blob, most)? {
        return Ok(Some(message));
    }
    let bytes = objects.object(git2::ObjectType::Blob, blob, path)?;
    if !matches!(ending(path), Some("md" | "yml")) {
        let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
        let kind = attachment(name, blob, Ok(&bytes), &settings.policy).kind;
        return Ok(kind.is_err().then(|| String::from("a version of this file may not be published")));
    }
    Ok(std::str::from_utf8(&bytes).is_err().then(|| String::from("a version of this file is not UTF-8")))
}
