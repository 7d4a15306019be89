//! The name of a commit → its id, and where the content folder is in it. Nothing is checked out.

use git2::{ErrorCode, ObjectType, Oid};

use super::repository::{self, Objects, Repository};
use super::tree;
use crate::{Error, Result};

/// Tags of tags are followed so far at most.
const DEEPEST_LEVELS: usize = 16;

/// The commit (none where a tree was named) and the top tree of a revision: a branch, tag or other reference, `@` for
/// HEAD, or at least four digits of an id; then steps to ancestors (`~2`, `^2`), `^{commit}` or `^{tree}`; then a folder
/// (`:path`). What git knows besides (`@{…}`, `:/text`) is refused: git's library would read objects for it.
///
/// # Errors
/// When there is no such revision, or it is neither commit nor tree, or an object on the way can't be read.
pub(super) fn resolve(repository: &Repository, revision: &str) -> Result<(Option<Oid>, Oid)> {
    find(repository, revision)?.ok_or_else(|| {
        Error::other(
            format!("there is no revision `{revision}` in {}", repository.place().display()),
            "`git branch --all` and `git tag` list what there is; `git fetch` brings what is new",
        )
    })
}

/// As [`resolve`]; `None` where there is no such revision.
pub(super) fn find(repository: &Repository, revision: &str) -> Result<Option<(Option<Oid>, Oid)>> {
    let strange = || {
        Error::other(
            format!("boards doesn't support this way of naming a revision: `{revision}`"),
            format!("`git rev-parse '{revision}'` gives its id, if there is one"),
        )
    };
    let (line, path) = revision.split_once(':').map_or((revision, None), |(line, path)| (line, Some(path)));
    let (name, steps) = line.split_at(line.find(['~', '^']).unwrap_or(line.len()));
    if name.is_empty() || name.contains("@{") {
        return Err(strange());
    }
    let steps = parse(steps).ok_or_else(strange)?;
    let Some(mut id) = named(repository, name, revision)? else { return Ok(None) };
    let peeled = repository.reading(|objects| {
        for step in steps {
            id = match (step, Peeled::of(objects, id, revision)?) {
                (Step::Tree, peeled) => peeled.tree,
                (Step::Commit, Peeled { commit: Some(commit), .. }) => commit,
                (Step::Parent(number), Peeled { parents, .. }) => match parents.get(number) {
                    Some(parent) => *parent,
                    None => return Ok(None),
                },
                (Step::Commit, _) => return Ok(None),
            };
        }
        Peeled::of(objects, id, revision).map(Some)
    })?;
    Ok(match (peeled, path) {
        (Some(Peeled { tree, .. }), Some(path)) => folder(repository, tree, path)?.map(|folder| (None, folder)),
        (peeled, _) => peeled.map(|peeled| (peeled.commit, peeled.tree)),
    })
}

/// The commit that the object `id`, which people know as `name`, is or leads to; `None` where it leads to none.
///
/// # Errors
/// When an object on the way can't be read.
pub(super) fn commit(repository: &Repository, mut id: Oid, name: &str) -> Result<Option<Oid>> {
    repository.reading(|objects| {
        for _ in 0..DEEPEST_LEVELS {
            let object = objects.any(id).map_err(|why| repository::unreadable(name, ObjectType::Commit, id, &why))?;
            match (object.kind, ids(&object.bytes, "object ").next()) {
                (ObjectType::Commit, _) => return Ok(Some(id)),
                (ObjectType::Tag, Some(tagged)) => id = tagged,
                _ => return Ok(None),
            }
        }
        Ok(None)
    })
}

/// The top tree of a commit.
///
/// # Errors
/// When it can't be read.
pub(super) fn tree(repository: &Repository, commit: Oid) -> Result<Oid> {
    repository.reading(|objects| Ok(Peeled::of(objects, commit, "")?.tree))
}

/// The parents of a commit.
///
/// # Errors
/// When it can't be read.
pub(super) fn parents(repository: &Repository, id: Oid) -> Result<Vec<Oid>> {
    repository.reading(|objects| Ok(ids(&objects.read(ObjectType::Commit, id, "")?.bytes, "parent ").collect()))
}

/// A step from one object to another.
enum Step {
    Commit,
    Tree,
    /// To a parent, counted from 0.
    Parent(usize),
}

/// The steps after a name; `None` where they aren't such.
fn parse(mut rest: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    while !rest.is_empty() {
        let peel = [("^{commit}", Step::Commit), ("^{}", Step::Commit), ("^0", Step::Commit), ("^{tree}", Step::Tree)];
        if let Some((step, after)) =
            peel.into_iter().find_map(|(written, step)| rest.strip_prefix(written).map(|after| (step, after)))
        {
            steps.push(step);
            rest = after;
            continue;
        }
        let back = rest.starts_with('~');
        let after = rest.strip_prefix(['~', '^'])?;
        let (digits, after) = after.split_at(after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len()));
        let number: u16 = if digits.is_empty() { 1 } else { digits.parse().ok()? };
        match back {
            true => steps.extend((0..number).map(|_| Step::Parent(0))),
            false => steps.push(Step::Parent(usize::from(number.checked_sub(1)?))),
        }
        rest = after;
    }
    Some(steps)
}

/// The id that a reference has, or that begins with these digits. No object is read.
fn named(repository: &Repository, name: &str, revision: &str) -> Result<Option<Oid>> {
    let failed = |error| Error::git(format!("find the revision `{revision}`"))(error);
    let reference = || {
        repository.with(|handle| {
            let name = if name == "@" { "HEAD" } else { name };
            match handle.resolve_reference_from_short_name(name).and_then(|reference| reference.resolve()) {
                Ok(reference) => Ok(reference.target()),
                Err(error) if matches!(error.code(), ErrorCode::NotFound | ErrorCode::InvalidSpec) => Ok(None),
                Err(error) => Err(failed(error)),
            }
        })
    };
    let digits = (4..=40).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    // A reference that looks like a whole id doesn't hide the object of that id.
    let found = if name.len() == 40 && digits { None } else { reference()? };
    match found {
        None if digits => repository.reading(|objects| match objects.begins(name) {
            Ok(id) => Ok(Some(id)),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(failed(error)),
        }),
        found => Ok(found),
    }
}

/// What an object leads to, tags followed.
struct Peeled {
    commit: Option<Oid>,
    parents: Vec<Oid>,
    tree: Oid,
}

impl Peeled {
    fn of(objects: &Objects<'_>, mut id: Oid, name: &str) -> Result<Peeled> {
        let unfit = |kind, id, why: &str| repository::unreadable(name, kind, id, why);
        for _ in 0..DEEPEST_LEVELS {
            let object = objects.any(id).map_err(|why| unfit(ObjectType::Commit, id, &why))?;
            let one = |field| ids(&object.bytes, field).next();
            let senseless = || unfit(object.kind, id, "its header is malformed");
            match object.kind {
                ObjectType::Tree => return Ok(Peeled { commit: None, parents: Vec::new(), tree: id }),
                ObjectType::Commit => {
                    let tree = one("tree ").ok_or_else(senseless)?;
                    return Ok(Peeled { commit: Some(id), parents: ids(&object.bytes, "parent ").collect(), tree });
                }
                ObjectType::Tag => id = one("object ").ok_or_else(senseless)?,
                kind => return Err(unfit(kind, id, "it is neither commit nor tree")),
            }
        }
        Err(unfit(ObjectType::Tag, id, "too many tags lead to each other"))
    }
}

/// The ids in the lines of a header that begin with this field.
fn ids<'a>(object: &'a [u8], field: &'a str) -> impl Iterator<Item = Oid> + 'a {
    let lines = object.split(|byte| *byte == b'\n').take_while(|line| !line.is_empty());
    let ids = lines.filter_map(|line| std::str::from_utf8(line.strip_prefix(field.as_bytes())?).ok());
    ids.filter(|id| id.len() == 40).filter_map(|id| Oid::from_str(id).ok())
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
    let damaged = |why: &str| repository::unreadable(path, ObjectType::Tree, folder, why);
    let mut found = None;
    for item in tree::items(&raw) {
        let item = item.ok_or_else(|| damaged("its entries are malformed"))?;
        if item.name == name.as_bytes() && found.replace((item.mode, item.oid())).is_some() {
            return Err(damaged(&tree::doubled(item.name)));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Files, TestRepository};
    use super::*;

    #[test]
    fn revisions_are_found_as_git_finds_them() {
        let sample = TestRepository::new();
        let files = |text: &str| Files::from([("content/a.md".to_owned(), text.to_owned())]);
        let first = sample.commit(&files("1"), &[], "ada", 1);
        let second = sample.commit(&files("2"), &[first], "ada", 2);
        let side = sample.commit(&files("3"), &[first], "bob", 3);
        let merge = sample.commit(&files("4"), &[second, side], "ada", 4);
        let handle = &sample.repository;
        handle.reference("refs/heads/main", merge, true, "").unwrap();
        handle.reference("refs/remotes/origin/far", side, true, "").unwrap();
        handle.set_head("refs/heads/main").unwrap();
        let object = handle.find_object(second, None).unwrap();
        let person = git2::Signature::new("Ada", "ada@example.org", &git2::Time::new(5, 0)).unwrap();
        let tag = handle.tag("v1", &object, &person, "one", false).unwrap();
        handle.tag("v1-again", &handle.find_object(tag, None).unwrap(), &person, "two", false).unwrap();
        let repository = Repository::find(sample.path()).unwrap().unwrap();
        let short = &side.to_string()[..12];
        for revision in [
            "HEAD",
            "@",
            "main",
            "heads/main",
            "refs/heads/main",
            "origin/far",
            "v1",
            "v1-again",
            "v1^{}",
            "v1^{commit}",
            "main~",
            "main~2",
            "main^",
            "main^2",
            "main^2~",
            "main~^0",
            "main^0",
            "@^2^{commit}~1",
            short,
            &side.to_string(),
            "v1^{tree}",
            "main:content",
            "main~1:content/",
            "main^{tree}",
        ] {
            let object = handle.revparse_single(revision).unwrap();
            let commit = object.peel_to_commit().ok().map(|commit| commit.id());
            let tree = object.peel(ObjectType::Tree).unwrap().id();
            assert_eq!(resolve(&repository, revision).unwrap(), (commit, tree), "{revision}");
        }
        for (revision, said) in [
            ("nobody", "no revision"),
            ("main~9", "no revision"),
            ("main^3", "no revision"),
            ("main:nothing", "no revision"),
            ("deadbeef", "no revision"),
            (&"1".repeat(40), "no revision"),
            ("main^{tree}^{commit}", "no revision"),
            ("a..b", "no revision"),
            ("main:content/a.md", "no revision"),
            ("main@{1}", "doesn't support this way"),
            (":/x", "doesn't support this way"),
            ("main^{blob}", "doesn't support this way"),
            ("main~99999", "doesn't support this way"),
            ("", "doesn't support this way"),
        ] {
            let error = resolve(&repository, revision).unwrap_err();
            assert!(error.to_string().contains(said) && error.hint().is_some(), "{revision}: {error}");
        }
        let blob = handle.blob(b"x").unwrap().to_string();
        let repository = Repository::find(sample.path()).unwrap().unwrap();
        assert!(resolve(&repository, &blob).unwrap_err().to_string().contains("neither commit nor tree"));
    }
}
