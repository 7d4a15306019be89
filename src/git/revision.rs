//! The name of a commit → its id, and where the content folder is in it. Nothing is checked out.

use git2::{ErrorCode, ObjectType, Oid};

use super::repository::{self, Repository};
use super::tree;
use crate::{Error, Result};

/// The commit (none where a tree was named) and the top tree of a revision, written in any way that git knows.
///
/// # Errors
/// When there is no such revision, or it is neither commit nor tree.
pub(super) fn resolve(repository: &Repository, revision: &str) -> Result<(Option<Oid>, Oid)> {
    repository.with(|handle| {
        let object = handle.revparse_single(revision).map_err(|error| match error.code() {
            ErrorCode::NotFound => Error::other(
                format!("there is no revision `{revision}` in {}", repository.place().display()),
                "`git branch --all` and `git tag` list what there is; `git fetch` brings what is new",
            ),
            _ => {
                let named = handle.resolve_reference_from_short_name(revision).and_then(|it| it.resolve());
                match named.ok().and_then(|it| it.target()) {
                    Some(id) => repository::unreadable(revision, ObjectType::Commit, id, error.message()),
                    None => Error::git(format!("find the revision `{revision}`"))(error),
                }
            }
        })?;
        // The tree of a commit isn't opened here: whoever opens it names it when it can't be read.
        if let Ok(commit) = object.peel_to_commit() {
            return Ok((Some(commit.id()), commit.tree_id()));
        }
        let unfit = Error::git(format!("use the revision `{revision}`"));
        Ok((None, object.peel(ObjectType::Tree).map_err(unfit)?.id()))
    })
}

/// The tree of the folder at `path` in the tree `top`; none where there is no such folder.
///
/// # Errors
/// When a tree is missing or damaged.
pub(super) fn folder(repository: &Repository, top: Oid, path: &str) -> Result<Option<Oid>> {
    let mut found = top;
    for part in path.split('/').filter(|part| !part.is_empty()) {
        match entry(repository, found, part, path)? {
            Some((mode, id)) if mode == tree::FOLDER => found = id,
            _ => return Ok(None),
        }
    }
    Ok(Some(found))
}

/// The mode and id of one entry of a tree, which is part of `path`.
pub(super) fn entry(repository: &Repository, folder: Oid, name: &str, path: &str) -> Result<Option<(u32, Oid)>> {
    let raw = repository.object(ObjectType::Tree, folder, path)?;
    for item in tree::items(&raw) {
        let item =
            item.ok_or_else(|| repository::unreadable(path, ObjectType::Tree, folder, "its entries make no sense"))?;
        if item.name == name.as_bytes() {
            return Ok(Some((item.mode, item.oid())));
        }
    }
    Ok(None)
}
