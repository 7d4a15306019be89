//! References and commits of a repository → where a branch stands and what its commits say; and the person's own git to
//! fetch one and to push it. It makes no commit and moves no reference of this repository but those that a fetch brings.

use git2::{ErrorCode, ObjectType, Oid};

use super::program::Git;
use super::repository::{self, Repository};
use super::write::Person;
use crate::{Error, Result};

/// What a commit says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its tree.
    pub tree: Oid,
    /// The commits before it, that on which it is based first. None where a shallow clone was cut off.
    pub parents: Vec<Oid>,
    /// Whose work it is.
    pub author: Person,
    /// Who made it.
    pub committer: Person,
    /// Its message; what isn't UTF-8 in it is replaced.
    pub message: String,
}

/// Reads a commit.
///
/// # Errors
/// When it is missing or damaged.
pub fn commit(repository: &Repository, id: Oid) -> Result<Commit> {
    let raw = repository.object(ObjectType::Commit, id, "")?;
    let text = String::from_utf8_lossy(&raw);
    let parsed = parse(&text);
    let parsed = parsed.ok_or_else(|| repository::unreadable("", ObjectType::Commit, id, "its lines are malformed"))?;
    let parents = if repository.shallow_boundary()?.contains(&id) { Vec::new() } else { parsed.parents };
    Ok(Commit { parents, ..parsed })
}

fn parse(text: &str) -> Option<Commit> {
    let (head, message) = text.split_once("\n\n").unwrap_or((text, ""));
    let all = |name: &'static str| head.lines().filter_map(move |line| line.strip_prefix(name)?.strip_prefix(' '));
    Some(Commit {
        tree: Oid::from_str(all("tree").next()?).ok()?,
        parents: all("parent").map(|id| Oid::from_str(id).ok()).collect::<Option<_>>()?,
        author: person(all("author").next()?)?,
        committer: person(all("committer").next()?)?,
        message: message.to_owned(),
    })
}

/// `Ada <ada@tea.example> 1767300000 +0100`.
fn person(line: &str) -> Option<Person> {
    let (name, rest) = line.split_once('<')?;
    let (email, rest) = rest.rsplit_once('>')?;
    let (seconds, zone) = rest.trim().split_once(' ')?;
    let zone: i32 = zone.parse().ok()?;
    let offset = zone / 100 * 60 + zone % 100;
    Some(Person { name: name.trim().into(), email: email.into(), seconds: seconds.parse().ok()?, offset })
}

/// The commit at which the reference `name` (in full) stands; none where there is no such reference.
///
/// # Errors
/// When it can't be read, or doesn't stand at a commit.
pub fn tip(repository: &Repository, name: &str) -> Result<Option<Oid>> {
    repository.with(|handle| match handle.find_reference(name).and_then(|it| it.resolve()) {
        Ok(found) => Ok(found.target()),
        Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
        Err(error) => Err(Error::git(format!("read {name}"))(error)),
    })
}

/// Whether the branch of this name (without `refs/heads/`) is checked out, here or in a linked work tree.
///
/// # Errors
/// When the repository's work trees can't be read.
pub fn checked_out(repository: &Repository, name: &str) -> Result<bool> {
    repository.with(|handle| {
        let common = handle.commondir();
        let linked = handle.worktrees().map_err(Error::git("list the linked work trees"))?;
        let linked = linked.iter().flatten().flatten().map(|name| common.join("worktrees").join(name).join("HEAD"));
        let own = (!handle.is_bare()).then(|| common.join("HEAD"));
        let reference = format!("ref: refs/heads/{name}");
        let stands =
            |head: std::path::PathBuf| std::fs::read_to_string(head).is_ok_and(|text| text.trim_end() == reference);
        Ok(own.into_iter().chain(linked).any(stands))
    })
}

/// The reference under which a remote's branch is known here.
#[must_use]
pub fn tracked(remote: &str, branch: &str) -> String {
    format!("refs/remotes/{remote}/{branch}")
}

/// Fetches one branch of a remote, and says where it stands there; none where the remote has no such branch.
///
/// # Errors
/// When the person's git can't reach the remote.
pub fn fetch(repository: &Repository, remote: &str, branch: &str) -> Result<Option<Oid>> {
    let full = format!("refs/heads/{branch}");
    let there = Git::at(repository)?.output(&["ls-remote", "--", remote, &full])?;
    if !there.lines().any(|line| line.split('\t').nth(1) == Some(&full)) {
        return Ok(None);
    }
    let known = tracked(remote, branch);
    let refspec = format!("+{full}:{known}");
    Git::at(repository)?.output(&["fetch", "--quiet", "--no-tags", "--", remote, &refspec])?;
    tip(repository, &known)
}

/// Pushes a branch to the branch of the same name at a remote. It must follow `expected`, which is where that stood when
/// it was fetched, unless `replace` is given; then it takes its place if it still stands there.
///
/// # Errors
/// When the person's git can't reach the remote, or the remote refuses.
pub fn push(repository: &Repository, remote: &str, branch: &str, expected: Option<Oid>, replace: bool) -> Result<()> {
    let full = format!("refs/heads/{branch}");
    let refspec = format!("{full}:{full}");
    let expected = expected.map_or_else(String::new, |id| id.to_string());
    let lease = format!("--force-with-lease={full}:{expected}");
    let mut arguments = vec!["push", "--quiet"];
    if replace {
        arguments.push(&lease);
    }
    arguments.extend(["--", remote, &refspec]);
    Git::at(repository)?.output(&arguments).map(drop)
}
