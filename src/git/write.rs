//! Bytes, changed paths, people and a message → objects in the store; a branch's name → moved from one commit to another,
//! or not at all. It decides nothing about what may be written, and touches no index and no work tree.

use std::collections::BTreeMap;
use std::time::Duration;

use git2::{ErrorCode, ObjectType, Oid};

use super::program::Git;
use super::repository::{self, Objects, Repository};
use super::tree::{self, FILE, FOLDER};
use crate::{Error, Result};

/// What becomes of one file: its path from the repository's top, and the blob that it holds from now on (`None`: it is
/// gone).
pub type Change = (String, Option<Oid>);

/// Who did something, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The name; what git can't store in it (`<`, `>`, line ends, NUL) is left out.
    pub name: String,
    /// The address, which may be empty.
    pub email: String,
    /// Seconds since 1970.
    pub seconds: i64,
    /// East of Greenwich, in minutes.
    pub offset: i32,
}

/// A commit to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft<'a> {
    /// Its tree.
    pub tree: Oid,
    /// The commits before it, the one that it is based on first.
    pub parents: &'a [Oid],
    /// Whose work it is.
    pub author: &'a Person,
    /// Who makes it.
    pub committer: &'a Person,
    /// Its message. A line end is added where it has none.
    pub message: &'a str,
}

impl Person {
    /// Whom git would name as the committer in this repository, at the given time (seconds since 1970, shown as UTC).
    ///
    /// # Errors
    /// When git doesn't know who runs it.
    pub fn committer(repository: &Repository, seconds: i64) -> Result<Person> {
        let line = Git::at(repository)?.output(&["var", "GIT_COMMITTER_IDENT"]);
        let known = line.ok().and_then(|line| {
            let (name, rest) = line.rsplit_once('<')?;
            Some((name.trim().to_owned(), rest.split_once('>')?.0.to_owned()))
        });
        let (name, email) = known.ok_or_else(|| {
            Error::other(
                "git doesn't know who makes this commit",
                "tell it: `git config --global user.name NAME` and `git config --global user.email ADDRESS`",
            )
        })?;
        Ok(Person { name, email, seconds, offset: 0 })
    }

    /// As a commit's header tells it.
    pub(super) fn line(&self) -> String {
        let plain = |text: &str| text.replace(['<', '>', '\n', '\r', '\0'], "").trim().to_owned();
        let (sign, minutes) = (if self.offset < 0 { '-' } else { '+' }, self.offset.unsigned_abs());
        let email = plain(&self.email);
        // A commit must have a name, which may be no more than the address.
        let name = Some(plain(&self.name)).filter(|name| !name.is_empty()).unwrap_or_else(|| email.clone());
        format!("{name} <{email}> {} {sign}{:02}{:02}", self.seconds, minutes / 60 % 100, minutes % 60)
    }
}

/// Stores a blob and returns its id.
///
/// # Errors
/// When the store can't be written.
pub fn blob(repository: &Repository, bytes: &[u8]) -> Result<Oid> {
    store(repository, ObjectType::Blob, bytes)
}

/// The tree `top` with these changes. Only the folders that lead to them are read and written; one that is left empty
/// is gone. A file that stands keeps its mode, a new one is a plain file. Of two changes of one path the later counts.
///
/// # Errors
/// When a tree is missing or damaged or can't be written; when a path can't be a file's (an empty part, `.`, `..` or
/// `.git`); when a file would take the place of a folder, or a folder that of a file.
pub fn edit(repository: &Repository, top: Oid, changes: &[Change]) -> Result<Oid> {
    let fits = |part: &str| !part.is_empty() && part != "." && part != ".." && !part.eq_ignore_ascii_case(".git");
    if let Some((path, _)) = changes.iter().find(|(path, _)| path.contains('\0') || !path.split('/').all(fits)) {
        return Err(Error::other(format!("`{path}` can't be the path of a file in git"), "name it otherwise"));
    }
    repository.reading(|objects| {
        let changes = changes.iter().map(|(path, blob)| (path.as_str(), *blob));
        folder(objects, Some(top), "", changes)?.map_or_else(|| objects.write(ObjectType::Tree, b""), Ok)
    })
}

/// What becomes of one entry of a folder.
#[derive(Default)]
struct EntryEdit<'a> {
    /// Of the file that it is.
    own: Option<Option<Oid>>,
    /// Of what lies in the folder that it is.
    below: Vec<(&'a str, Option<Oid>)>,
}

/// The folder at `path` with the changes below it; none where nothing is left of it.
fn folder<'a>(
    objects: &Objects<'_>,
    id: Option<Oid>,
    path: &str,
    changes: impl IntoIterator<Item = (&'a str, Option<Oid>)>,
) -> Result<Option<Oid>> {
    let mut parts: BTreeMap<&str, EntryEdit<'a>> = BTreeMap::new();
    for (path, blob) in changes {
        match path.split_once('/') {
            Some((name, rest)) => parts.entry(name).or_default().below.push((rest, blob)),
            None => parts.entry(path).or_default().own = Some(blob),
        }
    }
    let raw = match id {
        Some(id) => objects.read(ObjectType::Tree, id, path)?.into_bytes(),
        None => Vec::new(),
    };
    let damaged =
        || repository::unreadable(path, ObjectType::Tree, id.unwrap_or(Oid::ZERO_SHA1), "its entries are malformed");
    let mut items: Vec<(u32, &[u8], Oid)> = Vec::new();
    for item in tree::items(&raw) {
        let item = item.ok_or_else(damaged)?;
        let part = std::str::from_utf8(item.name).ok().and_then(|name| parts.remove_entry(name));
        match part {
            Some((name, part)) => {
                let became = entry(objects, Some((item.mode, item.oid())), &join(path, name), part)?;
                items.extend(became.map(|(mode, id)| (mode, item.name, id)));
            }
            None => items.push((item.mode, item.name, item.oid())),
        }
    }
    for (name, part) in parts {
        let became = entry(objects, None, &join(path, name), part)?;
        items.extend(became.map(|(mode, id)| (mode, name.as_bytes(), id)));
    }
    if items.is_empty() {
        return Ok(None);
    }
    items.sort_by(|a, b| tree::order((a.1, a.0 == FOLDER), (b.1, b.0 == FOLDER)));
    let mut raw = Vec::with_capacity(items.iter().map(|(_, name, _)| name.len() + 28).sum());
    items.iter().for_each(|(mode, name, id)| tree::append(&mut raw, *mode, name, *id));
    objects.write(ObjectType::Tree, &raw).map(Some)
}

/// The entry at `path`, of which `stands` is what was there before; none where nothing is left of it.
fn entry(
    objects: &Objects<'_>,
    stands: Option<(u32, Oid)>,
    path: &str,
    part: EntryEdit<'_>,
) -> Result<Option<(u32, Oid)>> {
    let adds = part.below.iter().any(|(_, blob)| blob.is_some());
    let is_folder = |mode| mode == FOLDER;
    match (stands, part.own) {
        (_, Some(Some(_))) if adds => Err(in_the_way(path, "a file")),
        (Some((mode, _)), Some(Some(_))) if is_folder(mode) => Err(in_the_way(path, "a folder")),
        (Some((mode, _)), None) if !is_folder(mode) && adds => Err(in_the_way(path, "a file")),
        (Some((mode, _)), Some(Some(blob))) if tree::is_file(mode) => Ok(Some((mode, blob))),
        (_, Some(Some(blob))) => Ok(Some((FILE, blob))),
        (Some((mode, id)), _) if is_folder(mode) => {
            Ok(folder(objects, Some(id), path, part.below)?.map(|id| (FOLDER, id)))
        }
        (Some(stands), None) => Ok(Some(stands)),
        (_, _) => Ok(folder(objects, None, path, part.below)?.map(|id| (FOLDER, id))),
    }
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

fn in_the_way(path: &str, what: &str) -> Error {
    Error::other(format!("{path}: {what} is in the way"), "a path is a file or a folder, never both: use another name")
}

/// Stores a commit and returns its id; no reference is moved. Where git is configured to sign commits
/// (`commit.gpgSign`), the person's own git signs it.
///
/// # Errors
/// When the store can't be written, or git can't sign.
pub fn commit(repository: &Repository, draft: &Draft<'_>) -> Result<Oid> {
    if signs(repository)? { signed(repository, draft) } else { unsigned(repository, draft) }
}

/// Whether git is configured to sign commits.
fn signs(repository: &Repository) -> Result<bool> {
    repository.with(|handle| {
        let config = handle.config().map_err(Error::git("read git's settings"))?;
        Ok(config.get_bool("commit.gpgSign").unwrap_or(false))
    })
}

/// As [`commit`], but never signed: for commits that are somebody else's.
///
/// # Errors
/// When the store can't be written.
pub fn unsigned(repository: &Repository, draft: &Draft<'_>) -> Result<Oid> {
    let mut text = format!("tree {}\n", draft.tree);
    draft.parents.iter().for_each(|parent| text.push_str(&format!("parent {parent}\n")));
    text.push_str(&format!("author {}\ncommitter {}\n\n", draft.author.line(), draft.committer.line()));
    text.push_str(&message(draft.message));
    store(repository, ObjectType::Commit, text.as_bytes())
}

fn signed(repository: &Repository, draft: &Draft<'_>) -> Result<Oid> {
    let tree = draft.tree.to_string();
    let parents: Vec<String> = draft.parents.iter().map(Oid::to_string).collect();
    let mut arguments = vec!["commit-tree", "-S", "-F", "-"];
    parents.iter().for_each(|parent| arguments.extend(["-p", parent]));
    arguments.push(&tree);
    let mut git = Git::at(repository)?;
    for (role, person) in [("AUTHOR", draft.author), ("COMMITTER", draft.committer)] {
        let line = person.line();
        let (name, rest) = line.split_once(" <").unwrap_or((&line, ""));
        let (email, date) = rest.split_once("> ").unwrap_or((rest, ""));
        for (what, value) in [("NAME", name), ("EMAIL", email), ("DATE", &format!("@{date}"))] {
            git = git.env(&format!("GIT_{role}_{what}"), value);
        }
    }
    let id = git.input(message(draft.message)).output(&arguments)?;
    Oid::from_str(id.trim()).map_err(Error::git("sign a commit"))
}

/// A message as git would store it.
fn message(text: &str) -> String {
    format!("{}\n", text.replace('\0', "").trim_end())
}

fn store(repository: &Repository, kind: ObjectType, bytes: &[u8]) -> Result<Oid> {
    repository.reading(|objects| objects.write(kind, bytes))
}

/// The full name of a branch: `main` → `refs/heads/main`.
///
/// # Errors
/// When git allows no such name.
pub fn branch(name: &str) -> Result<String> {
    match git2::Branch::name_is_valid(name) {
        Ok(true) => Ok(format!("refs/heads/{name}")),
        _ => Err(Error::other(format!("`{name}` can't be a branch"), "`git help check-ref-format` tells what can")),
    }
}

/// How often a lock that another git holds is tried, and how long between.
pub(super) const MOST_TRIES: u32 = 20;
pub(super) const PAUSE: Duration = Duration::from_millis(25);

/// Moves the reference `name` (in full; where it stands for another one, that) from `from` to `to`, or makes it where
/// `from` is none. `why` is noted in its log. Says whether it was done: `false` when it isn't at `from` any more, and
/// then nothing is changed.
///
/// # Errors
/// When the reference can't be read or written; a lock that stays is named.
pub fn advance(repository: &Repository, name: &str, from: Option<Oid>, to: Oid, why: &str) -> Result<bool> {
    repository.with(|handle| {
        let name = match handle.find_reference(name).and_then(|it| it.resolve()) {
            Ok(found) => found.name().unwrap_or(name).to_owned(),
            Err(_) => name.to_owned(),
        };
        let mut tries = 0;
        loop {
            let moved = match from {
                Some(from) => handle.reference_matching(&name, to, true, from, why),
                None => handle.reference(&name, to, false, why),
            };
            return match moved.map_err(|error| (error.code(), error)) {
                Ok(_) => Ok(true),
                Err((ErrorCode::Modified | ErrorCode::Exists | ErrorCode::NotFound, _)) => Ok(false),
                Err((ErrorCode::Locked, _)) if tries < MOST_TRIES => {
                    tries += 1;
                    std::thread::sleep(PAUSE);
                    continue;
                }
                Err((ErrorCode::Locked, _)) => {
                    let lock = handle.commondir().join(format!("{name}.lock"));
                    Err(Error::other(
                        format!("{}: another git process is running here, or one was killed", lock.display()),
                        "when no git runs in this repository, remove the file and try again",
                    ))
                }
                Err((_, error)) => Err(Error::git(format!("move {name}"))(error)),
            };
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::sample::{TestRepository, files, git};

    fn ada(seconds: i64) -> Person {
        Person { name: "Ada <x>\n".into(), email: "ada@example.org".into(), seconds, offset: -90 }
    }

    fn opened(sample: &TestRepository) -> Repository {
        Repository::find(sample.path()).unwrap().unwrap()
    }

    /// The files of a tree, as git lists them.
    fn listed(sample: &TestRepository, tree: Oid) -> Vec<String> {
        let mut paths = Vec::new();
        let tree = sample.repository.find_tree(tree).unwrap();
        tree.walk(git2::TreeWalkMode::PreOrder, |folder, entry| {
            if entry.kind() == Some(ObjectType::Blob) {
                paths.push(format!("{folder}{} {:o}", entry.name().unwrap(), entry.filemode()));
            }
            git2::TreeWalkResult::Ok
        })
        .unwrap();
        paths
    }

    #[test]
    fn an_edited_tree_is_the_one_that_git_would_make() {
        let sample = TestRepository::new();
        let before = files(&[("a.md", "1"), ("a/b/c.md", "2"), ("a/b/d.md", "3"), ("e/f.md", "4"), ("a0", "5")]);
        let after = files(&[("a.md", "1"), ("a/b/c.md", "new"), ("a/x.md", "6"), ("a-b/y.md", "7"), ("a0", "5")]);
        let [old, new] = [&before, &after].map(|files| {
            let commit = sample.commit(files, &[], "ada", 1);
            sample.repository.find_commit(commit).unwrap().tree_id()
        });
        let repository = opened(&sample);
        let to = |text: &str| Some(blob(&repository, text.as_bytes()).unwrap());
        let changes = [
            ("a-b/y.md".into(), to("7")),
            ("a/b/c.md".into(), to("old")),
            ("a/b/d.md".into(), None),
            ("e/f.md".into(), None),
            ("a/x.md".into(), to("6")),
            ("gone/long/ago.md".into(), None),
            ("a/b/c.md".into(), to("new")),
        ];
        assert_eq!(edit(&repository, old, &changes).unwrap(), new);
        git(sample.path(), &["fsck", "--strict"]);
    }

    #[test]
    fn a_file_keeps_its_mode_and_a_link_becomes_a_file() {
        let sample = TestRepository::new();
        let repository = opened(&sample);
        let id = blob(&repository, b"x").unwrap();
        let mut raw = Vec::new();
        tree::append(&mut raw, tree::LINK, b"link", id);
        tree::append(&mut raw, tree::PROGRAM, b"run", id);
        let top = store(&repository, ObjectType::Tree, &raw).unwrap();
        let new = blob(&repository, b"y").unwrap();
        let edited = edit(&repository, top, &[("link".into(), Some(new)), ("run".into(), Some(new))]).unwrap();
        assert_eq!(listed(&sample, edited), ["link 100644", "run 100755"]);
    }

    #[test]
    fn a_tree_without_files_is_the_empty_one() {
        let sample = TestRepository::new();
        let commit = sample.commit(&files(&[("a/b.md", "1")]), &[], "ada", 1);
        let top = sample.repository.find_commit(commit).unwrap().tree_id();
        let edited = edit(&opened(&sample), top, &[("a/b.md".into(), None)]).unwrap();
        assert_eq!(edited, tree::hash(ObjectType::Tree, b""));
    }

    #[test]
    fn what_git_could_not_hold_is_refused() {
        let sample = TestRepository::new();
        let commit = sample.commit(&files(&[("a/b.md", "1"), ("c", "2")]), &[], "ada", 1);
        let top = sample.repository.find_commit(commit).unwrap().tree_id();
        let repository = opened(&sample);
        let id = Some(blob(&repository, b"x").unwrap());
        for path in ["", "/a", "a//b", "a/../b", "./a", ".git/config", "a/.GIT/x", "a/", "a", "c/d", "nul\0"] {
            assert!(edit(&repository, top, &[(path.into(), id)]).is_err(), "{path}");
        }
        assert!(edit(&repository, top, &[("c/d".into(), None)]).is_ok());
        assert!(edit(&repository, top, &[("c".into(), None), ("c/d".into(), id)]).is_ok());
    }

    #[test]
    fn a_commit_says_who_and_when() {
        let sample = TestRepository::new();
        let parent = sample.commit(&files(&[("a", "1")]), &[], "ada", 1);
        let tree = sample.repository.find_commit(parent).unwrap().tree_id();
        let (author, committer) = (ada(5), Person { offset: 120, ..ada(6) });
        let draft = Draft {
            tree,
            parents: &[parent, parent],
            author: &author,
            committer: &committer,
            message: "Add a post\n\nBody.\n\n",
        };
        let id = commit(&opened(&sample), &draft).unwrap();
        let made = sample.repository.find_commit(id).unwrap();
        assert_eq!(made.message().unwrap(), "Add a post\n\nBody.\n");
        assert_eq!(made.author().name().unwrap(), "Ada x");
        assert_eq!((made.author().when().seconds(), made.author().when().offset_minutes()), (5, -90));
        assert_eq!((made.committer().when().seconds(), made.committer().when().offset_minutes()), (6, 120));
        assert_eq!(made.parent_ids().collect::<Vec<_>>(), [parent, parent]);
        git(sample.path(), &["fsck", "--strict"]);
    }

    #[test]
    fn a_reference_moves_only_from_where_it_was_seen() {
        let sample = TestRepository::new();
        let [one, two] = ["1", "2"].map(|text| sample.commit(&files(&[("a", text)]), &[], "ada", 1));
        let repository = opened(&sample);
        let name = branch("main").unwrap();
        assert!(advance(&repository, &name, None, one, "make it").unwrap());
        assert!(!advance(&repository, &name, None, two, "make it").unwrap());
        assert!(!advance(&repository, &name, Some(two), two, "move it").unwrap());
        assert!(advance(&repository, &name, Some(one), two, "move it").unwrap());
        assert!(!advance(&repository, "refs/heads/other", Some(one), two, "move it").unwrap());
        let log = sample.repository.reflog(&name).unwrap();
        assert_eq!(log.get(0).unwrap().message().unwrap(), Some("move it"));
        assert!(branch("a..b").is_err() && branch("-x").is_err());
    }

    #[test]
    fn a_lock_that_stays_is_named() {
        let sample = TestRepository::new();
        let one = sample.commit(&files(&[("a", "1")]), &[], "ada", 1);
        let lock = sample.repository.path().join("refs/heads/main.lock");
        std::fs::write(&lock, "").unwrap();
        let refused = advance(&opened(&sample), "refs/heads/main", None, one, "make it").unwrap_err();
        assert!(refused.to_string().contains("refs/heads/main.lock"), "{refused}");
        assert!(refused.hint().unwrap().contains("remove the file"));
    }
}
