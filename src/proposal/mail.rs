//! A mail, or a box of them, as `git format-patch` writes it → the commits that it stands for, in the quarantine. Git
//! takes the mails apart and applies them to an index of their own: no file is checked out.

use std::path::Path;

use git2::Oid;
use jiff::fmt::rfc2822;

use crate::git::patch::{Mail, PatchIndex};
use crate::git::write::{Draft, Person, unsigned};
use crate::git::{Quarantine, TooLarge, file_within};
use crate::{Error, Result};

/// What a mail stands for.
#[derive(Debug)]
pub(super) enum Mailed {
    /// Commits, of which this is the last.
    Head(Oid),
    /// Changes that the base has already.
    Merged,
    /// Nothing; why.
    Unfit(String),
}

/// How a changed byte may grow in a mail: a line is told with those around it, a picture in base 85.
const GROWTH_TIMES: u64 = 4;

/// Reads the mails in `file` and applies them, each as a commit, to the commit that they name as their base or else to
/// `base`. The same mails give the same commits.
///
/// # Errors
/// When the file can't be read, or the quarantine can't be written.
pub(super) fn read(quarantine: &Quarantine, file: &Path, base: Oid, most: u64, now: i64) -> Result<Mailed> {
    let text = match file_within(file, most.saturating_mul(GROWTH_TIMES)).map_err(Error::io(file))? {
        Ok(text) => text,
        Err(TooLarge { most, .. }) => return Ok(Mailed::Unfit(format!("this mail is larger than {most} bytes"))),
    };
    let base = named_base(quarantine, &text).unwrap_or(base);
    let index = PatchIndex::open(quarantine, quarantine.repository().tree(base)?)?;
    let mails = match index.mails(text) {
        Ok(mails) if mails.is_empty() => return Ok(Mailed::Unfit(String::from("there is no mail in it"))),
        Ok(mails) => mails,
        Err(error) => return Ok(Mailed::Unfit(error.to_string())),
    };
    let mut parent = base;
    for mail in &mails {
        if let Err(error) = index.apply(mail) {
            let stands = parent == base && mails.iter().all(|mail| index.has(mail));
            return Ok(if stands { Mailed::Merged } else { Mailed::Unfit(error.to_string()) });
        }
        let person = author(mail, now);
        let draft = Draft {
            tree: index.tree()?,
            parents: &[parent],
            author: &person,
            committer: &person,
            message: &mail.message,
        };
        // It is not whoever merges that made it: their signature must not stand on it.
        parent = unsigned(quarantine.repository(), &draft)?;
    }
    Ok(Mailed::Head(parent))
}

/// The commit that `git format-patch --base` names, where the repository has it.
fn named_base(quarantine: &Quarantine, text: &[u8]) -> Option<Oid> {
    let text = String::from_utf8_lossy(text);
    let id = text.lines().rev().find_map(|line| line.strip_prefix("base-commit: "))?;
    let id = Oid::from_str(id.trim()).ok()?;
    quarantine.repository().tree(id).ok().map(|_| id)
}

fn author(mail: &Mail, now: i64) -> Person {
    let date = rfc2822::parse(&mail.date).ok();
    Person {
        name: mail.name.clone(),
        email: mail.email.clone(),
        seconds: date.as_ref().map_or(now, |date| date.timestamp().as_second()),
        offset: date.as_ref().map_or(0, |date| date.offset().seconds() / 60),
    }
}
