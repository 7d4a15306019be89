//! What a proposal changes, and the tip → the same under names that are free there, with the links between its posts
//! leading to them, and without what the tip has already. It decides nothing about who may do what.

use std::collections::BTreeSet;

use super::Content;
use super::changes::ProposedChanges;
use super::names::{self, file_name, free};
use super::range::CommitRange;
use super::relink::{RelinkedPost, Renames};
use super::rules::{CHANGED_MEANWHILE, NAME_TAKEN};
use super::tip::Tip;
use crate::Result;
use crate::content::TOPIC;
use crate::diagnostic::{Diagnostic, Spot};
use crate::git::{Difference, Entry, Kind, Oid, Repository, TooLarge, Within, blob_id};

/// What a proposal changes, under the names that it lands with.
#[derive(Debug)]
pub(super) struct RenamedChanges<'r> {
    /// What it changes in the folders of topics.
    pub folders: Vec<FolderChange>,
    /// What it changes elsewhere.
    pub others: Vec<&'r Difference>,
    /// Why some of it can't land so far.
    pub reasons: Vec<Diagnostic>,
}

/// What a proposal does in one folder.
#[derive(Debug)]
pub(super) struct FolderChange {
    /// Its path below the content folder, in the proposal.
    pub path: String,
    /// Its path on the tip.
    pub to: String,
    /// The files that it adds, changes or removes.
    pub files: Vec<FileChange>,
}

/// A file that a proposal adds, changes or removes.
#[derive(Debug)]
pub(super) struct FileChange {
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
#[derive(Debug)]
pub(super) struct Held {
    /// Its blob's id.
    pub id: Oid,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Whether the bytes are other than those that the proposal has.
    pub rewritten: bool,
}

impl Held {
    /// What lands of it.
    pub fn content(&self) -> Content {
        if self.rewritten { Content::Rewritten(self.bytes.clone()) } else { Content::Blob(self.id) }
    }
}

impl FolderChange {
    /// The folder's files with what they hold, under the names that they land with.
    pub fn entries(&self) -> Vec<Entry> {
        let held = self.files.iter().filter_map(|file| Some((file, file.new.as_ref()?)));
        let entries = held.map(|(file, held)| Entry { name: file.to.clone(), kind: Kind::File, id: held.id });
        let mut entries: Vec<Entry> = entries.collect();
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        entries
    }

    /// The bytes of the file that lands under this name, unless there are more than `most`.
    pub fn bytes(&self, name: &str, most: u64) -> Within {
        let file = self.files.iter().find(|file| file.to == name);
        let bytes = file.and_then(|file| file.new.as_ref()).map_or(&[][..], |held| &held.bytes);
        TooLarge::check(bytes.len() as u64, most).map(|()| bytes.to_owned())
    }
}

impl<'r> RenamedChanges<'r> {
    /// Finds names for what the proposal changes, and rewrites the links that lead to what got another. What the tip has as
    /// it is, is left out; so is what it has otherwise, which is told.
    ///
    /// # Errors
    /// Objects of the base or of the proposal are missing or damaged.
    pub fn find(
        tip: &Tip,
        objects: &Repository,
        range: &CommitRange,
        changes: ProposedChanges<'r>,
    ) -> Result<RenamedChanges<'r>> {
        let mut reasons = changes.reasons;
        let mut folders = Vec::with_capacity(changes.folders.len());
        for (path, differences) in &changes.folders {
            let mine = |path: &str| changes.folders.contains_key(path);
            let Some(to) = names::folder(tip, objects, range, path, differences, &mine)? else {
                let message = "another topic stands in this folder than the one that the proposal goes on with";
                let hint = "rebase the proposal onto the base, and look for its topic there";
                let each = differences.iter();
                reasons.extend(each.map(|it| CHANGED_MEANWHILE.at(it.path.as_str(), Spot::START, message, hint)));
                continue;
            };
            let (files, faults) = named(tip, objects, &to, differences)?;
            reasons.extend(faults);
            if !files.is_empty() {
                folders.push(FolderChange { path: path.clone(), to, files });
            }
        }
        let (folders, faults) = relinked(tip, folders);
        reasons.extend(faults);
        let mut others = Vec::with_capacity(changes.others.len());
        for difference in changes.others {
            let stands = objects.blob_at(tip.tree(), &difference.path)?;
            if stands == difference.new.map(|file| file.id) {
                continue;
            }
            if stands == difference.old.map(|file| file.id) {
                others.push(difference);
            } else {
                reasons.push(changed_meanwhile(difference));
            }
        }
        Ok(RenamedChanges { folders, others, reasons })
    }
}

fn changed_meanwhile(difference: &Difference) -> Diagnostic {
    let message = "this file was changed on the base since the proposal began";
    let hint = "rebase the proposal onto the base, and look whether the change still fits";
    CHANGED_MEANWHILE.at(difference.path.as_str(), Spot::START, message, hint)
}

/// Reads the files that differ from those of `folder` on the tip, and finds names for them.
fn named(
    tip: &Tip,
    objects: &Repository,
    folder: &str,
    differences: &[&Difference],
) -> Result<(Vec<FileChange>, Vec<Diagnostic>)> {
    let mut differing = Vec::with_capacity(differences.len());
    for difference in differences {
        let stands = tip.blob(objects, folder, file_name(difference))?;
        if stands != difference.new.map(|file| file.id) {
            differing.push((difference, stands));
        }
    }
    let mut names: BTreeSet<String> = differing.iter().map(|(it, _)| file_name(it).to_owned()).collect();
    let (mut files, mut reasons) = (Vec::with_capacity(differing.len()), Vec::new());
    for (difference, stands) in differing {
        let (name, old) = (file_name(difference), difference.old.map(|file| file.id));
        let to = if stands == old {
            name.to_owned()
        } else if old.is_some() || name == TOPIC {
            reasons.push(changed_meanwhile(difference));
            continue;
        } else {
            let (stem, ending) = name.rfind('.').map_or((name, ""), |at| name.split_at(at));
            free(stem, ending, |name| Ok(names.contains(name) || tip.blob(objects, folder, name)?.is_some()))?
        };
        names.insert(to.clone());
        let new = difference.new.map(|file| {
            let bytes = objects.object(git2::ObjectType::Blob, file.id, &difference.path)?;
            Ok(Held { id: file.id, bytes, rewritten: false })
        });
        let (path, new) = (difference.path.clone(), new.transpose()?);
        files.push(FileChange { path, name: name.to_owned(), to, old, new });
    }
    Ok((files, reasons))
}

/// The same folders, whose new posts lead to what got another name under that name.
fn relinked(tip: &Tip, mut folders: Vec<FolderChange>) -> (Vec<FolderChange>, Vec<Diagnostic>) {
    let (mut renames, mut reasons) = (Renames::new(), Vec::new());
    for FolderChange { path, to, files } in &folders {
        let gone = files.iter().filter(|file| file.name != file.to);
        renames.extend(gone.map(|file| (format!("{path}/{}", file.name), format!("{to}/{}", file.to))));
        if path != to {
            renames.insert(path.clone(), to.clone());
        }
    }
    if renames.is_empty() {
        return (folders, reasons);
    }
    for FolderChange { path, to, files } in &mut folders {
        for file in files.iter_mut().filter(|file| file.old.is_none()) {
            let (Some(stem), Some(held)) = (file.name.strip_suffix(".md"), &mut file.new) else { continue };
            let post = RelinkedPost { stem, from: path, to, files: tip.files(), renames: &renames };
            match post.rewritten(&held.bytes) {
                Some(bytes) if bytes != held.bytes => *held = Held { id: blob_id(&bytes), bytes, rewritten: true },
                Some(_) => {}
                None => {
                    let message = "this links to a file of the proposal whose name is taken on the base";
                    let hint = "give that file another name";
                    reasons.push(NAME_TAKEN.at(file.path.as_str(), Spot::START, message, hint));
                }
            }
        }
    }
    (folders, reasons)
}
