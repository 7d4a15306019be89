//! Member files in → who the members are out.

use std::collections::BTreeMap;

use git2::Oid;
use serde::{Deserialize, Serialize};

use super::attachment::{self, AttachmentKind};
use super::post::text_of_file;
use super::size::{SETTINGS_BYTES, too_large};
use crate::Result;
use crate::config::Policy;
use crate::diagnostic::{Diagnostic, Spot};
use crate::git::{Entry, Kind, Snapshot};
use crate::yaml::{At, Fields};

/// The folder of the members, at the top of the content folder.
pub const MEMBERS: &str = "members";

/// What a member's file says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The name to show; the handle when left out.
    pub name: Option<At<String>>,
    /// What they may do.
    pub role: Role,
    /// Account numbers at forges, by the forge's name.
    pub accounts: BTreeMap<String, u64>,
    /// Addresses that bind commits to the member, in small letters. Never printed.
    pub emails: Vec<At<String>>,
    /// Public keys that sign their posts, as OpenSSH writes them.
    pub keys: Vec<At<String>>,
    /// Keys of theirs that count no more, as OpenSSH writes them.
    pub revoked_keys: Vec<At<String>>,
    /// The name of the picture beside the file.
    pub avatar: Option<At<String>>,
    /// A few words in Markdown.
    pub about: String,
    /// Pages show a neutral name instead.
    pub anonymous: bool,
    /// Where the member's page stood before.
    pub aliases: Vec<String>,
    /// They were a member of an archive that was imported.
    pub imported: bool,
}

/// What a member may do beyond posting.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// Posts.
    #[default]
    Member,
    /// Decides about topics and others' posts.
    Moderator,
    /// Decides about everything.
    Maintainer,
    /// Posts no more.
    Banned,
}

/// A member's file, with its handle and where it lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberFile {
    /// The file's stem.
    pub handle: String,
    /// The file's path below the content folder.
    pub path: String,
    /// What it says.
    pub member: Member,
    /// Its avatar, when the picture is there and may be shown.
    pub avatar: Option<Avatar>,
}

/// A member's picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Avatar {
    /// The picture's path below the content folder.
    pub path: String,
    /// The picture.
    #[serde(with = "crate::key::oid")]
    pub blob: Oid,
}

/// Everything below the folder of the members. Paths in `faults` and `unknown` are below the content folder.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Members {
    pub files: Vec<MemberFile>,
    pub unknown: Vec<String>,
    pub faults: Vec<Diagnostic>,
}

/// Reads the folder of the members, of this tree id, at any depth.
pub fn read_all(snapshot: &Snapshot, tree: Oid, policy: &Policy) -> Result<Members> {
    let mut members = Members::default();
    read_folder(snapshot, MEMBERS, tree, policy, 0, &mut members)?;
    Ok(members)
}

/// How deep the folders of members may nest.
const DEEPEST_LEVELS: usize = 8;

fn read_folder(
    snapshot: &Snapshot,
    folder: &str,
    tree: Oid,
    policy: &Policy,
    depth: usize,
    members: &mut Members,
) -> Result<()> {
    let entries = snapshot.folder(tree)?;
    for entry in &entries {
        let path = format!("{folder}/{}", entry.name);
        match (entry.kind, entry.name.strip_suffix(".yml")) {
            (Kind::Folder, _) if depth < DEEPEST_LEVELS => {
                read_folder(snapshot, &path, entry.id, policy, depth + 1, members)?;
            }
            (Kind::File, Some(handle)) => {
                let member = match snapshot.read_within(&path, entry.id, SETTINGS_BYTES)? {
                    Ok(bytes) => {
                        let text = text_of_file(&path, &bytes, &mut members.faults);
                        read(&path, &text, &mut members.faults)
                    }
                    Err(large) => {
                        members.faults.push(too_large(&path, large));
                        Member::default()
                    }
                };
                let avatar = avatar(snapshot, folder, &entries, &member, policy)?;
                members.files.push(MemberFile { handle: handle.to_owned(), path, member, avatar });
            }
            (Kind::File, None) if is_picture(&entry.name) => {}
            _ => members.unknown.push(path),
        }
    }
    Ok(())
}

/// Whether a file of this name lies in the folder of the members as a picture.
#[must_use]
pub fn is_picture(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, ending)| matches!(ending, "png" | "jpg" | "jpeg" | "gif" | "webp" | "avif"))
}

fn avatar(
    snapshot: &Snapshot,
    folder: &str,
    entries: &[Entry],
    member: &Member,
    policy: &Policy,
) -> Result<Option<Avatar>> {
    let Some(wanted) = &member.avatar else { return Ok(None) };
    let Some(entry) = entries.iter().find(|entry| entry.kind == Kind::File && entry.name == wanted.value) else {
        return Ok(None);
    };
    let path = format!("{folder}/{}", entry.name);
    let bytes = snapshot.read_within(&path, entry.id, policy.attachment_bytes)?;
    let judged = attachment::judge(&entry.name, entry.id, bytes.as_deref(), policy);
    let shown = matches!(judged.kind, Ok(AttachmentKind::Picture { .. }));
    Ok(shown.then_some(Avatar { path, blob: entry.id }))
}

/// Reads the text of the member's file at `path`.
pub fn read(path: &str, text: &str, faults: &mut Vec<Diagnostic>) -> Member {
    let Some(map) = crate::yaml::read(path, text, 0, faults) else { return Member::default() };
    let mut fields = Fields::new(path, map, faults);
    let accounts = fields.fields("accounts", |accounts| {
        let mut numbers = BTreeMap::new();
        for forge in ["github", "gitlab", "gitea", "forgejo"] {
            if let Some(number) = accounts.number(forge, 1..=u64::MAX) {
                numbers.insert(forge.to_owned(), number.value);
            }
        }
        numbers
    });
    let role = fields.parsed("role", "member, moderator, maintainer or banned", |role| match role {
        "member" => Some(Role::Member),
        "moderator" => Some(Role::Moderator),
        "maintainer" => Some(Role::Maintainer),
        "banned" => Some(Role::Banned),
        _ => None,
    });
    let emails = fields.texts("emails");
    for wrong in emails.iter().filter(|it| !it.value.contains('@')) {
        fields.refuse(wrong.at, "an e-mail address has an `@`", "write it as in `emails: [ada@example.org]`");
    }
    let member = Member {
        name: fields.text("name").map(|it| At { at: it.at, value: it.value.trim().to_owned() }),
        role: role.map_or(Role::Member, |it| it.value),
        accounts: accounts.unwrap_or_default(),
        emails: emails.into_iter().map(|it| At { at: it.at, value: it.value.to_lowercase() }).collect(),
        keys: fields.texts("keys"),
        revoked_keys: fields.texts("revoked_keys"),
        avatar: fields.text("avatar"),
        about: fields.text("about").map_or_else(String::new, |it| it.value),
        anonymous: fields.truth("anonymous"),
        aliases: fields.texts("aliases").into_iter().map(|it| it.value).collect(),
        // What it says only imports look at, and they read it for themselves.
        imported: fields.text("origin").is_some(),
    };
    fields.end();
    member
}

/// Where a member's file is at fault as a whole.
impl MemberFile {
    /// The place of the avatar's name, or the file's start.
    #[must_use]
    pub fn avatar_at(&self) -> Spot {
        self.member.avatar.as_ref().map_or(Spot::START, |it| it.at)
    }
}
