//! What a proposal does in the folder of one topic → the topic as it would be, its new posts, and the reasons against
//! them. Whether the topic is a good one is judged by the rules of the forum, elsewhere.

use std::collections::BTreeSet;

use super::Change;
use super::context::ReviewContext;
use super::new_posts::{self, NewPost};
use super::renamed::{FileChange, FolderChange};
use super::rules::{CLOSED, MODERATORS_ONLY, NOT_A_POST, OTHERS_POST, STANDING_CHANGE};
use super::{edits, renamed};
use crate::Result;
use crate::content::{DEEPEST_LEVELS, ForumFiles, TOPIC, TopicFile, read_topic};
use crate::diagnostic::{Diagnostic, Spot};
use crate::git::Oid;
use crate::monitor::Quiet;

/// A topic that a proposal touches.
#[derive(Debug)]
pub(super) struct ReviewedTopic {
    /// The topic as it would be.
    pub file: TopicFile,
    /// The stems in it that are new or changed.
    pub fresh: BTreeSet<String>,
    /// The new posts.
    pub news: Vec<NewPost>,
    /// What would differ from the tip.
    pub changes: Vec<Change>,
    /// Files that get another name, from and to: paths from the repository's top.
    pub renamed: Vec<(String, String)>,
    /// Whether others may lead to what it removes, or its old addresses may be those of another.
    pub concerns_others: bool,
    /// The reasons against it.
    pub reasons: Vec<Diagnostic>,
}

/// Judges what is done in a folder.
///
/// # Errors
/// Objects that the proposal changes are missing or damaged.
pub(super) fn review(context: &ReviewContext<'_>, folder: &FolderChange) -> Result<ReviewedTopic> {
    let files = context.tip.files();
    let read = |name: &str, _: Oid, most: u64| Ok(folder.bytes(name, most));
    let (mut part, _) = read_topic(&folder.entries(), None, &read, &files.settings().policy, &Quiet)?;
    let mut unjudged = std::mem::take(&mut part.posts);
    let (mut news, mut changes, mut reasons, mut written) = (Vec::new(), Vec::new(), Vec::new(), None);
    for file in &folder.files {
        let stem = file.to.strip_suffix(".md");
        let post = unjudged.iter().position(|post| stem == Some(&*post.stem)).map(|at| unjudged.swap_remove(at));
        let content = match (post, &file.new) {
            (Some(post), Some(held)) => {
                written.get_or_insert(file.path.as_str());
                if file.old.is_none() {
                    let (new, faults) = new_posts::review(context, &folder.to, file, held, post);
                    reasons.extend(faults);
                    part.posts.push(new.file.clone());
                    let content = new.content.clone();
                    news.push(new);
                    Some(content)
                } else {
                    let (post, faults) = edits::review(context, &folder.to, file, held, post)?;
                    reasons.extend(faults);
                    part.posts.push(post);
                    Some(held.content())
                }
            }
            (_, new) => {
                reasons.extend(match stem {
                    Some(stem) => Some(edits::removal(context, &folder.to, stem, &file.path)),
                    None => beside_posts(context, folder, file),
                });
                new.as_ref().map(renamed::Held::content)
            }
        };
        changes.push(Change { path: files.path(&format!("{}/{}", folder.to, file.to)), content });
    }
    if let Some(path) = written.filter(|_| !context.who.moderates(files, &folder.to)) {
        reasons.extend(closed(files, &folder.to, path));
    }
    let landed = folder.files.iter().zip(&changes).filter(|(file, change)| file.path != change.path);
    Ok(ReviewedTopic {
        fresh: part.posts.iter().map(|post| post.stem.to_string()).collect(),
        file: together(files.topic(&folder.to), part, folder),
        news,
        renamed: landed.map(|(file, change)| (file.path.clone(), change.path.clone())).collect(),
        concerns_others: folder.files.iter().any(|file| file.new.is_none() || file.name == TOPIC),
        changes,
        reasons,
    })
}

/// Why no topic can lie in this folder of the tip, told at each of its files.
pub(super) fn misplaced(files: &ForumFiles, folder: &FolderChange) -> Vec<Diagnostic> {
    let path = folder.to.as_str();
    let why = if files.topic(path).is_some() {
        None
    } else if path.split('/').count() > DEEPEST_LEVELS {
        Some(format!("`{path}` lies in more than {DEEPEST_LEVELS} folders"))
    } else if files.is_board(path) {
        Some(format!("`{path}` is a board, and posts lie in a topic's folder"))
    } else if files.is_shelf(path) {
        Some(format!("`{path}` holds topics, and posts lie in a topic's folder"))
    } else {
        files.topic_above(path).map(|topic| format!("`{topic}` is a topic, and no folder lies in one"))
    };
    let hint = "make a folder of its own for each topic, below a board";
    let told = |why: &String, file: &FileChange| NOT_A_POST.at(file.path.as_str(), Spot::START, why.as_str(), hint);
    why.iter().flat_map(|why| folder.files.iter().map(move |file| told(why, file))).collect()
}

/// Why a file of a topic that is no post doesn't come in or change by itself.
fn beside_posts(context: &ReviewContext<'_>, folder: &FolderChange, file: &FileChange) -> Option<Diagnostic> {
    let who = context.who;
    let (rule, message, hint) = if file.name == TOPIC {
        if who.moderates(context.tip.files(), &folder.to) {
            return None;
        }
        (&MODERATORS_ONLY, "only moderators decide about a topic", "leave topic.yml as it is")
    } else if file.old.is_none() {
        let brings = folder.files.iter().any(|file| file.old.is_none() && file.name.ends_with(".md"));
        if brings || who.maintains() {
            return None;
        }
        let hint = "propose it together with the post that it belongs to";
        (&NOT_A_POST, "this file comes without a post that shows it", hint)
    } else if who.maintains() {
        let message = "this changes a file that a standing post may show";
        (&STANDING_CHANGE, message, "approve it when that is meant")
    } else {
        let message = "a file that stands beside posts isn't changed or removed";
        (&OTHERS_POST, message, "add the new one under another name, together with a post")
    };
    Some(rule.at(file.path.as_str(), Spot::START, message, hint))
}

/// Why nobody but moderators writes in this topic, told at `path`.
fn closed(files: &ForumFiles, topic: &str, path: &str) -> Option<Diagnostic> {
    if let Some(locked) = files.topic(topic).and_then(|topic| topic.moderation.locked.as_ref()) {
        let why = if locked.value.is_empty() { String::new() } else { format!(": {}", locked.value) };
        let message = format!("the topic is locked{why}");
        return Some(CLOSED.at(path, Spot::START, message, "ask a moderator, or open another topic"));
    }
    let message = "only moderators write in this board";
    files.read_only(topic).then(|| CLOSED.at(path, Spot::START, message, "choose another board"))
}

/// A topic with the files of `part` in place of those that were changed.
fn together(standing: Option<&TopicFile>, part: TopicFile, folder: &FolderChange) -> TopicFile {
    let Some(standing) = standing else { return part };
    let touched = |name: &str| folder.files.iter().any(|file| file.to == name);
    let mut topic = standing.clone();
    topic.posts.retain(|post| !folder.files.iter().any(|file| file.to.strip_suffix(".md") == Some(&*post.stem)));
    topic.attachments.retain(|file| !touched(&file.name));
    topic.posts.extend(part.posts);
    topic.attachments.extend(part.attachments);
    topic.posts.sort_by(|a, b| a.stem.cmp(&b.stem));
    topic.attachments.sort_by(|a, b| a.name.cmp(&b.name));
    if touched(TOPIC) {
        topic.moderation = part.moderation;
    }
    topic.faults = part.faults;
    topic
}
