//! What a proposal does in the folders of topics, and the tip → the same under names that are free there, without what
//! the tip has already. It decides nothing about who may do what.

use std::collections::{BTreeMap, BTreeSet};

use super::range::CommitRange;
use super::rules::CHANGED_MEANWHILE;
use super::tip::Tip;
use crate::Result;
use crate::content::{PostFile, TOPIC, TopicFile, read_topic};
use crate::diagnostic::{Diagnostic, Spot};
use crate::git::{Difference, Entry, Kind, Oid, Repository, TooLarge, Within};
use crate::monitor::Quiet;

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
#[derive(Debug, Clone)]
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
#[derive(Debug, Clone)]
pub(super) struct Held {
    /// Its blob's id.
    pub id: Oid,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Whether the bytes are other than those that the proposal has.
    pub rewritten: bool,
}

impl FileChange {
    /// Reads what a difference is about.
    fn read(objects: &Repository, difference: &Difference, name: &str) -> Result<FileChange> {
        let new = difference.new.map(|file| {
            let bytes = objects.object(git2::ObjectType::Blob, file.id, &difference.path)?;
            Ok(Held { id: file.id, bytes, rewritten: false })
        });
        Ok(FileChange {
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

/// Reads what the proposal does in these folders, and finds names for it. Files that the tip has as they are, are left
/// out; so are those that it has otherwise, which is told.
pub(super) fn resolve(
    tip: &Tip,
    objects: &Repository,
    range: &CommitRange,
    folders: &BTreeMap<String, Vec<&Difference>>,
    reasons: &mut Vec<Diagnostic>,
) -> Result<Vec<FolderChange>> {
    let mut settled = Vec::with_capacity(folders.len());
    for (path, differences) in folders {
        let mut files = Vec::with_capacity(differences.len());
        for difference in differences {
            let name = difference.path.rsplit_once('/').map_or(difference.path.as_str(), |(_, name)| name);
            files.push(FileChange::read(objects, difference, name)?);
        }
        let folder = FolderChange { path: path.clone(), to: path.clone(), files };
        let to = match place(tip, objects, range, &folder, &|path| folders.contains_key(path))? {
            Some(to) => to,
            None => {
                let message = "another topic stands in this folder than the one that the proposal goes on with";
                let hint = "rebase the proposal onto the base, and look for its topic there";
                let each = folder.files.iter();
                reasons.extend(each.map(|file| CHANGED_MEANWHILE.at(file.path.as_str(), Spot::START, message, hint)));
                continue;
            }
        };
        let mut files = Vec::with_capacity(folder.files.len());
        for file in folder.files {
            let stands = tip.blob(objects, &to, &file.name)?;
            if stands != file.new.as_ref().map(|held| held.id) {
                files.push((file, stands));
            }
        }
        let files = name(files, &|name| Ok(tip.blob(objects, &to, name)?.is_some()), reasons)?;
        if !files.is_empty() {
            settled.push(FolderChange { path: path.clone(), to, files });
        }
    }
    Ok(settled)
}

/// The folder on the tip that is the proposal's: the one of the same path, unless that is another's topic by now. Then
/// it is a free one for a topic that the proposal opens, and for one that it goes on with, the one that this landed in;
/// `None` where that isn't to be found. `mine` tells the folders that the proposal has itself.
fn place(
    tip: &Tip,
    objects: &Repository,
    range: &CommitRange,
    folder: &FolderChange,
    mine: &dyn Fn(&str) -> bool,
) -> Result<Option<String>> {
    let files = tip.files();
    let same = Ok(Some(folder.path.clone()));
    let Some(standing) = files.topic(&folder.path) else { return same };
    let Some(before) = objects.folder_at(range.fork, &join(files.content(), &folder.path))? else {
        let another = opens_another(tip, standing, folder)?;
        let taken = |path: &str| Ok(taken_folder(tip, path) || mine(path));
        return if another { free(&folder.path, "", taken).map(Some) } else { same };
    };
    let posts = objects.posts_in(before)?;
    let among = |topic: &TopicFile, is: &dyn Fn(&PostFile) -> bool| topic.posts.iter().any(is);
    let whole =
        |topic: &TopicFile| among(topic, &|it| posts.iter().any(|(stem, id)| *it.stem == **stem && it.blob == *id));
    if posts.is_empty() || whole(standing) {
        return same;
    }
    if let Some(path) = landed(tip, &folder.path, mine, &whole)? {
        return Ok(Some(path));
    }
    // What landed in another folder may have other links, and what stood may have been changed.
    let entries = posts.iter().map(|(stem, id)| Entry { name: format!("{stem}.md"), kind: Kind::File, id: *id });
    let entries: Vec<Entry> = entries.collect();
    let read = |name: &str, id: Oid, most: u64| objects.blob_within(id, name, most);
    let (known, _) = read_topic(&entries, None, &read, &files.settings().policy, &Quiet)?;
    let like = |topic: &TopicFile| among(topic, &|it| known.posts.iter().any(|known| is_like(known, it)));
    if like(standing) {
        return same;
    }
    if let Some(path) = landed(tip, &folder.path, mine, &like)? {
        return Ok(Some(path));
    }
    let stays = among(standing, &|it| posts.iter().any(|(stem, _)| *it.stem == **stem));
    Ok(stays.then(|| folder.path.clone()))
}

/// The first of the topics in `path-2`, `path-3`, … that is the one.
fn landed(
    tip: &Tip,
    path: &str,
    mine: &dyn Fn(&str) -> bool,
    is: &dyn Fn(&TopicFile) -> bool,
) -> Result<Option<String>> {
    let mut found = None;
    free(path, "", |path| {
        let topic = tip.files().topic(path);
        if topic.is_some_and(|topic| !mine(path) && is(topic)) {
            found = Some(path.to_owned());
        }
        Ok(topic.is_some() && found.is_none())
    })?;
    Ok(found)
}

/// Whether a post on the tip may be this one: under its name, with its title, and by whom and when it says.
fn is_like(post: &PostFile, standing: &PostFile) -> bool {
    let title = |post: &PostFile| post.opening.as_ref().map(|opening| opening.title.value.clone());
    let author = |post: &PostFile| post.author.as_ref().map(|author| author.value().clone());
    let date = |post: &PostFile| post.date.as_ref().map(|date| *date.value());
    post.stem == standing.stem
        && title(post) == title(standing)
        && author(post).is_none_or(|said| Some(said) == author(standing))
        && date(post).is_none_or(|said| Some(said) == date(standing))
}

/// Finds names for files, each with the blob that stands under its name on the tip.
fn name(
    files: Vec<(FileChange, Option<Oid>)>,
    stands: &dyn Fn(&str) -> Result<bool>,
    reasons: &mut Vec<Diagnostic>,
) -> Result<Vec<FileChange>> {
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

/// Whether the folder, which wasn't there where the proposal began, opens another topic than the one that stands: one
/// whose opening post the tip hasn't there as it is.
fn opens_another(tip: &Tip, standing: &TopicFile, folder: &FolderChange) -> Result<bool> {
    let read = |name: &str, _: Oid, most: u64| Ok(folder.bytes(name, most));
    let (topic, _) = read_topic(&folder.entries(), None, &read, &tip.files().settings().policy, &Quiet)?;
    let stands = |post: &PostFile| standing.posts.iter().any(|it| it.stem == post.stem && it.blob == post.blob);
    Ok(topic.posts.iter().any(|post| post.opening.is_some() && !stands(post)))
}

fn taken_folder(tip: &Tip, path: &str) -> bool {
    let files = tip.files();
    files.topic(path).is_some() || files.is_board(path) || files.is_shelf(path)
}

/// The path from the repository's top of something in the content folder.
pub(super) fn join(content: &str, path: &str) -> String {
    if content.is_empty() { path.to_owned() } else { format!("{content}/{path}") }
}
