//! A post's file → a commit on a branch of its own, made beside what is checked out, and the words for proposing it.

use git2::Oid;

use super::Common;
use super::identity::Identity;
use crate::config::{self, Forge};
use crate::diagnostic::visible;
use crate::git::write::{self, Draft, Person};
use crate::git::{Repository, Snapshot, Source};
use crate::monitor::Quiet;
use crate::{Error, Result, content, site};

/// What a branch begins at.
pub(super) struct StartPoint {
    /// The name of the branch that the forum is made from.
    name: String,
    /// Its newest commit that is known here.
    pub(super) tip: Oid,
    /// Where the forum's repository is.
    forge: Option<config::Repository>,
}

/// What is to be committed.
pub(super) struct Staged<'p> {
    /// The file's path from the repository's top.
    pub(super) path: &'p str,
    /// What stands in it.
    pub(super) file: &'p str,
    /// The message.
    pub(super) subject: &'p str,
}

/// What was committed.
pub(super) struct Committed {
    /// The branch.
    pub(super) name: String,
    /// The commit.
    pub(super) id: Oid,
    /// How to propose it, a line each.
    pub(super) advice: Vec<String>,
}

/// The branch that `forum.yml` names (the one that is checked out, where it names no repository), or its counterpart at
/// the remote when that has everything the branch has and more.
pub(super) fn base(common: &Common, repository: &Repository) -> Result<StartPoint> {
    let content = common.content.trim_matches('/');
    let source = match repository.work_tree()? {
        Some(_) => Source::WorkingCopy,
        None => Source::Revision(String::from("HEAD")),
    };
    let settings = content::settings(&Snapshot::open(&common.repository, content, &source, &Quiet)?)?.0;
    let forge = settings.repository;
    let (name, own, far) = repository.with(|handle| {
        let head = || Some(handle.head().ok()?.shorthand().ok()?.to_owned());
        let name = forge.as_ref().map(|it| it.branch.clone()).or_else(head).unwrap_or_else(|| String::from("main"));
        let tip = |reference: String| handle.find_reference(&reference).and_then(|it| it.resolve()).ok()?.target();
        let own = tip(format!("refs/heads/{name}"));
        let far = remote(handle).and_then(|(remote, _)| tip(format!("refs/remotes/{remote}/{name}")));
        Ok((name, own, far))
    })?;
    let tip = match (own, far) {
        (Some(own), Some(far)) if repository.follows(far, own)? => far,
        (Some(tip), _) | (None, Some(tip)) => tip,
        (None, None) => {
            let hint = "`repository.branch` in forum.yml names it; `git fetch` brings what is new";
            return Err(Error::other(format!("there is no branch `{name}` to begin at"), hint));
        }
    };
    Ok(StartPoint { name, tip, forge })
}

/// The remote that work is pushed to, and its address: `origin`, or else the first there is.
fn remote(handle: &git2::Repository) -> Option<(String, Option<String>)> {
    let found = handle.find_remote("origin").or_else(|error| {
        let first = handle.remotes()?.iter().flatten().flatten().next().map(str::to_owned);
        first.map_or(Err(error), |name| handle.find_remote(&name))
    });
    let found = found.ok()?;
    Some((found.name().ok().flatten()?.to_owned(), found.url().ok().map(str::to_owned)))
}

/// Whether a branch of this name can be made.
///
/// # Errors
/// It can't.
pub(super) fn free(repository: &Repository, name: &str) -> Result<()> {
    let reference = write::branch(name)?;
    let taken = repository.with(|handle| Ok(handle.find_reference(&reference).is_ok()))?;
    if taken { Err(standing(name)) } else { Ok(()) }
}

fn standing(name: &str) -> Error {
    Error::other(format!("there is a branch `{name}` already"), "name another one: `--branch=NAME`")
}

/// Commits the post on a new branch from `base`.
pub(super) fn commit(
    repository: &Repository,
    base: &StartPoint,
    name: Option<&str>,
    post: &Staged<'_>,
    identity: &Identity,
    when: i64,
) -> Result<Committed> {
    let stem = post.path.rsplit('/').next().unwrap_or(post.path).trim_end_matches(".md");
    let name = name.map_or_else(|| format!("post/{stem}"), str::to_owned);
    let reference = write::branch(&name)?;
    let blob = write::blob(repository, post.file.as_bytes())?;
    let tree = write::edit(repository, repository.tree(base.tip)?, &[(post.path.to_owned(), Some(blob))])?;
    let person = Person { name: identity.name.clone(), email: identity.email.clone(), seconds: when, offset: 0 };
    let draft = Draft { tree, parents: &[base.tip], author: &person, committer: &person, message: post.subject };
    let id = write::commit(repository, &draft)?;
    if !write::advance(repository, &reference, None, id, "boards: a new post")? {
        return Err(standing(&name));
    }
    let remote = repository.with(|handle| Ok(remote(handle)))?;
    let advice = advice(base, &name, remote.as_ref().map(|(name, url)| (name.as_str(), url.as_deref())));
    Ok(Committed { name, id, advice })
}

fn advice(base: &StartPoint, name: &str, remote: Option<(&str, Option<&str>)>) -> Vec<String> {
    let (head, forge) = (name, &base.forge);
    let mut lines = vec![format!("committed on the branch {}", visible(name))];
    let Some((remote, url)) = remote else { return lines };
    let (remote, name, base) = (word(remote), word(name), word(&base.name));
    lines.push(format!("push it:     git push {remote} {name}"));
    let Some(forge) = forge else { return lines };
    lines.push(format!("propose it:  {}", site::forge::proposal(forge, url, head)));
    if matches!(forge.forge, Forge::Gitea | Forge::Forgejo) {
        lines.push(format!("or, in one:  git push {remote} {name}:refs/for/{base} -o topic={name}"));
    }
    lines
}

/// A text as one word for the shell, and nothing else. A branch may be called almost anything.
fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._/".contains(c);
    if text.chars().all(plain) { text.to_owned() } else { visible(&format!("'{}'", text.replace('\'', "'\\''"))) }
}
