//! One topic's folder in → its posts, attachments and what moderators decided out: a function of the folder's tree id
//! alone, so that an untouched folder is never opened.

use git2::Oid;
use serde::{Deserialize, Serialize};

use super::attachment::{self, Attachment};
use super::moderation::{self, Moderation};
use super::post::{self, PostFile, text_of_file};
use super::size::{POST_BYTES, SETTINGS_BYTES, too_large};
use crate::Result;
use crate::config::Policy;
use crate::diagnostic::Diagnostic;
use crate::git::{Entry, Kind, Within};
use crate::monitor::{Monitor, Work};

/// What the files of one topic say. Paths in it are names in the topic's folder.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopicFile {
    /// The posts, by stem.
    pub posts: Vec<PostFile>,
    /// The files beside them.
    pub attachments: Vec<Attachment>,
    /// What moderators decided.
    pub moderation: Moderation,
    /// Folders, links and submodules, which don't belong here.
    pub unexpected_files: Vec<String>,
    /// What is wrong with the files, each taken by itself.
    pub faults: Vec<Diagnostic>,
}

/// Whether a folder with these entries is a topic: it directly holds posts.
pub fn is_topic(entries: &[Entry]) -> bool {
    entries.iter().any(|entry| stem(entry).is_some())
}

fn stem(entry: &Entry) -> Option<&str> {
    if entry.kind == Kind::File { entry.name.strip_suffix(".md") } else { None }
}

/// Reads a topic's folder. `file` reads the file of that name and id, unless it has more bytes than are asked for. Posts that `before`, the same topic as it stood,
/// has with the same blob are taken from there unread. The bodies of the others come along, to be kept.
///
/// # Errors
/// What `file` fails with.
pub fn read(
    entries: &[Entry],
    before: Option<TopicFile>,
    file: &dyn Fn(&str, Oid, u64) -> Result<Within>,
    policy: &Policy,
    monitor: &dyn Monitor,
) -> Result<(TopicFile, Vec<(Oid, String)>)> {
    let before = before.unwrap_or_default();
    let mut topic = TopicFile::default();
    let mut bodies = Vec::new();
    for entry in entries {
        if let Some(stem) = stem(entry) {
            if let Some(same) = before.posts.iter().find(|post| post.blob == entry.id && *post.stem == *stem) {
                topic.posts.push(same.clone());
                topic.faults.extend(before.faults.iter().filter(|fault| fault.path == entry.name).cloned());
                continue;
            }
            let bytes = file(&entry.name, entry.id, POST_BYTES)?;
            monitor.did(Work::BlobRead);
            let large = bytes.as_ref().err().map(|large| too_large(&entry.name, *large));
            let (mut post, body) =
                post::read(stem, entry.id, bytes.as_deref().unwrap_or_default(), policy, &mut topic.faults);
            if large.is_some() {
                // What wasn't read is not empty.
                post.unread = true;
                post.text_faults = Box::default();
            }
            topic.faults.extend(large);
            monitor.did(Work::BodyRendered);
            bodies.push((entry.id, body.as_str().to_owned()));
            topic.posts.push(post);
        } else if entry.kind != Kind::File {
            topic.unexpected_files.push(entry.name.clone());
        } else if entry.name == moderation::FILE {
            match file(&entry.name, entry.id, SETTINGS_BYTES)? {
                Ok(bytes) => {
                    let text = text_of_file(&entry.name, &bytes, &mut topic.faults);
                    topic.moderation = moderation::read(&text, &mut topic.faults);
                }
                Err(large) => topic.faults.push(too_large(&entry.name, large)),
            }
        } else if let Some(same) = before.attachments.iter().find(|it| it.blob == entry.id && *it.name == *entry.name) {
            topic.attachments.push(same.clone());
        } else {
            let bytes = file(&entry.name, entry.id, policy.attachment_bytes)?;
            topic.attachments.push(attachment::judge(&entry.name, entry.id, bytes.as_deref(), policy));
        }
    }
    Ok((topic, bodies))
}
