//! What a proposal does in the folders of topics, and the tip → the same under names that are free there, without what
//! the tip has already. It decides nothing about who may do what.

use std::collections::{BTreeMap, BTreeSet};

use super::course::Course;
use super::rules::CHANGED_MEANWHILE;
use super::tip::Tip;
use crate::Result;
use crate::content::{TOPIC, read_topic};
use crate::diagnostic::{Diagnostic, Spot};
use crate::git::{Difference, Entry, Kind, Oid, Repository};
use crate::monitor::Quiet;

/// What a proposal does in one folder.
#[derive(Debug)]
pub(super) struct Folder {
    /// Its path below the content folder, in the proposal.
    pub path: String,
    /// Its path on the tip.
    pub to: String,
    /// The files that it adds, changes or removes.
    pub files: Vec<Touched>,
}

/// A file that a proposal adds, changes or removes.
#[derive(Debug, Clone)]
pub(super) struct Touched {
    /// Its path in the proposal, from the repository's top.
    pub path: String,
    /// Its name in the proposal.
    pub name: String,
    /// Its name on the tip.
    pub to: String,
    /// What it held where the proposal began.
    pub old: Option<Oid>,
    /// What it holds at the end.
    pub new: Option<Held>,
}

/// What a file holds.
#[derive(Debug, Clone)]
pub(super) struct Held {
    /// Its blob's id.
    pub id: Oid,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Whether the bytes are other than those that the proposal has.
    pub rewritten: bool,
}

impl Touched {
    /// Reads what a difference is about.
    fn read(objects: &Repository, difference: &Difference, name: &str) -> Result<Touched> {
        let new = difference.new.map(|file| {
            let bytes = objects.object(git2::ObjectType::Blob, file.id, &difference.path)?;
            Ok(Held { id: file.id, bytes, rewritten: false })
        });
        Ok(Touched {
            path: difference.path.clone(),
            name: name.to_owned(),
            to: name.to_owned(),
            old: difference.old.map(|file| file.id),
            new: new.transpose()?,
        })
    }

    /// The file's name without `.md`, when it is a post.
    pub fn stem(&self) -> Option<&str> {
        self.name.strip_suffix(".md")
    }
}

impl Folder {
    /// The folder's files with what they hold, under the names that they land with.
    pub fn entries(&self) -> Vec<Entry> {
        let held = self.files.iter().filter_map(|file| Some((file, file.new.as_ref()?)));
        let entries = held.map(|(file, held)| Entry { name: file.to.clone(), kind: Kind::File, id: held.id });
        let mut entries: Vec<Entry> = entries.collect();
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        entries
    }

    /// The bytes of the file that lands under this name.
    pub fn bytes(&self, name: &str) -> Vec<u8> {
        let file = self.files.iter().find(|file| file.to == name);
        file.and_then(|file| file.new.as_ref()).map(|held| held.bytes.clone()).unwrap_or_default()
    }
}

/// Reads what the proposal does in these folders, and finds names for it. Files that the tip has as they are, are left
/// out; so are those that it has otherwise, which is told.
pub(super) fn settle(
    tip: &Tip,
    objects: &Repository,
    course: &Course,
    folders: &BTreeMap<String, Vec<&Difference>>,
    reasons: &mut Vec<Diagnostic>,
) -> Result<Vec<Folder>> {
    let mut settled = Vec::with_capacity(folders.len());
    for (path, differences) in folders {
        let mut files: Vec<(Touched, Option<Oid>)> = Vec::with_capacity(differences.len());
        for difference in differences {
            let name = difference.path.rsplit_once('/').map_or(difference.path.as_str(), |(_, name)| name);
            let stands = tip.blob(objects, path, name)?;
            if stands != difference.new.map(|file| file.id) {
                files.push((Touched::read(objects, difference, name)?, stands));
            }
        }
        if files.is_empty() {
            continue;
        }
        let untouched = files.len() == differences.len();
        let folder = Folder {
            path: path.clone(),
            to: path.clone(),
            files: files.iter().map(|(file, _)| file.clone()).collect(),
        };
        if untouched && is_another(tip, objects, course, &folder)? {
            let to = free(path, "", |path| Ok(taken_folder(tip, path)))?;
            settled.push(Folder { to, ..folder });
            continue;
        }
        let files = name(files, &|name| Ok(tip.blob(objects, path, name)?.is_some()), reasons)?;
        if !files.is_empty() {
            settled.push(Folder { files, ..folder });
        }
    }
    Ok(settled)
}

/// Finds names for files, each with the blob that stands under its name on the tip.
fn name(
    files: Vec<(Touched, Option<Oid>)>,
    stands: &dyn Fn(&str) -> Result<bool>,
    reasons: &mut Vec<Diagnostic>,
) -> Result<Vec<Touched>> {
    let mut names: BTreeSet<String> = files.iter().map(|(file, _)| file.name.clone()).collect();
    let mut named = Vec::with_capacity(files.len());
    for (mut file, blob) in files {
        if blob != file.old {
            if file.old.is_some() || file.name == TOPIC {
                let message = "this file was changed on the base since the proposal began";
                let hint = "rebase the proposal onto the base, and look whether the change still fits";
                reasons.push(CHANGED_MEANWHILE.at(file.path.as_str(), Spot::START, message, hint));
                continue;
            }
            let (stem, ending) = file.name.rfind('.').map_or((file.name.as_str(), ""), |at| file.name.split_at(at));
            file.to = free(stem, ending, |name| Ok(names.contains(name) || stands(name)?))?;
            names.insert(file.to.clone());
        }
        named.push(file);
    }
    Ok(named)
}

/// The first of `stem-2`, `stem-3`, … that is not taken.
fn free(stem: &str, ending: &str, mut taken: impl FnMut(&str) -> Result<bool>) -> Result<String> {
    let mut number = 2_u64;
    loop {
        let name = format!("{stem}-{number}{ending}");
        if !taken(&name)? {
            return Ok(name);
        }
        number += 1;
    }
}

/// Whether the folder is that of a topic that somebody else has opened on the tip, under the same name, since the
/// proposal began.
fn is_another(tip: &Tip, objects: &Repository, course: &Course, folder: &Folder) -> Result<bool> {
    let pieces = tip.pieces();
    if pieces.topic(&folder.path).is_none()
        || objects.folder_at(course.fork, &join(pieces.content(), &folder.path))?.is_some()
    {
        return Ok(false);
    }
    let read = |name: &str, _: Oid| Ok(folder.bytes(name));
    let (topic, _) = read_topic(&folder.entries(), None, &read, &pieces.settings().policy, &Quiet)?;
    Ok(topic.posts.iter().any(|post| post.opening.is_some()))
}

fn taken_folder(tip: &Tip, path: &str) -> bool {
    let pieces = tip.pieces();
    pieces.topic(path).is_some() || pieces.is_board(path) || pieces.is_shelf(path)
}

/// The path from the repository's top of something in the content folder.
pub(super) fn join(content: &str, path: &str) -> String {
    if content.is_empty() { path.to_owned() } else { format!("{content}/{path}") }
}
