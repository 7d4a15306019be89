//! Files of the forum → commits, through `git fast-import`: one of all, or one a post with its author and date. The branch
//! moves when all is in the store; before that, nothing of it is to be seen.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use super::{File, Part, Sink};
use crate::{Error, Result};

/// Where the commits wait to become the branch.
const WAITING: &str = "refs/boards/import";
/// The longest chain of differences in the pack: what is read often wants short ones.
const CHAIN: &str = "--depth=8";

/// Takes files as commits on top of HEAD.
#[derive(Debug)]
pub struct Commits {
    repository: PathBuf,
    content: String,
    message: String,
    identity: String,
    each: bool,
    work: Option<(Child, BufWriter<ChildStdin>)>,
    marks: u64,
    before: Vec<Change>,
    posts: Vec<Commit>,
    after: Vec<Change>,
}

/// A file's path, and the mark of its bytes.
type Change = (String, u64);

#[derive(Debug)]
struct Commit {
    date: i64,
    author: String,
    message: String,
    changes: Vec<Change>,
}

impl Commits {
    /// Gets ready to commit to the branch that is checked out in `repository`; with `each`, a commit a post. Lands first
    /// what an earlier run had finished and not landed.
    ///
    /// # Errors
    /// git is missing, or doesn't know who commits.
    pub fn new(repository: &Path, content: &str, message: String, each: bool) -> Result<Commits> {
        let identity = git(repository, &["var", "GIT_COMMITTER_IDENT"]).map_err(|error| {
            let hint = "tell git with `git config user.name` and `user.email`, or use --no-commit";
            Error::other(format!("git doesn't know who you are: {error}"), hint)
        })?;
        if content.contains(['\n', '"']) {
            return Err(Error::other(format!("{content:?}: not a folder that can be committed to"), "use --no-commit"));
        }
        Ok(Commits {
            repository: repository.to_owned(),
            content: content.to_owned(),
            message,
            identity: identity.trim().to_owned(),
            each,
            work: None,
            marks: 0,
            before: Vec::new(),
            posts: Vec::new(),
            after: Vec::new(),
        })
    }

    /// Lands what an earlier run had put into the store before it was cut off.
    ///
    /// # Errors
    /// The work tree has changes of its own in the way.
    pub fn resume(repository: &Path) -> Result<()> {
        let Ok(waiting) = git(repository, &["rev-parse", "--verify", "--quiet", WAITING]) else { return Ok(()) };
        let waiting = waiting.trim();
        let on_top = match git(repository, &["rev-parse", "--verify", "--quiet", "HEAD"]) {
            Ok(head) => git(repository, &["merge-base", "--is-ancestor", head.trim(), waiting]).is_ok(),
            Err(_) => true,
        };
        if on_top {
            land(repository, waiting)?;
        }
        git(repository, &["update-ref", "-d", WAITING]).map(drop)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        if self.work.is_none() {
            let mut command = Command::new("git");
            command.arg("-C").arg(&self.repository);
            command.args(["-c", "core.compression=6", "fast-import", "--quiet", "--force", CHAIN, "--date-format=raw"]);
            let child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
            let mut child = child.map_err(Error::io("git"))?;
            let Some(input) = child.stdin.take() else {
                return Err(Error::other("git fast-import takes no input", "run it again"));
            };
            self.work = Some((child, BufWriter::with_capacity(1 << 18, input)));
        }
        match &mut self.work {
            Some((_, out)) => out.write_all(bytes).map_err(Error::io("git fast-import")),
            None => Ok(()),
        }
    }

    fn commit(&mut self, commit: &Commit, from: Option<&str>) -> Result<()> {
        let Commit { author, message, .. } = commit;
        let mut text = format!("commit {WAITING}\nauthor {author}\ncommitter {author}\ndata {}\n", message.len());
        text.push_str(message);
        text.push('\n');
        if let Some(from) = from {
            text.push_str(&format!("from {from}\n"));
        }
        for (path, mark) in &commit.changes {
            text.push_str(&format!("M 100644 :{mark} {}/{path}\n", self.content));
        }
        text.push('\n');
        self.write(text.as_bytes())
    }

    fn commits(&mut self) -> Vec<Commit> {
        let (before, after) = (std::mem::take(&mut self.before), std::mem::take(&mut self.after));
        let mut posts = std::mem::take(&mut self.posts);
        if !self.each {
            let changes = before.into_iter().chain(posts.into_iter().flat_map(|it| it.changes)).chain(after).collect();
            let (author, message) = (self.identity.clone(), format!("{}\n", self.message));
            return vec![Commit { date: 0, author, message, changes }];
        }
        // The frame bears the dates of what it frames, so that the same import makes the same commits.
        posts.sort_by_key(|it| it.date);
        let by = self.identity.rsplit_once('>').map_or(self.identity.as_str(), |(by, _)| by).to_owned();
        let date = |it: Option<&Commit>| it.map_or(0, |it| it.date);
        let (first, last) = (date(posts.first()), date(posts.last()));
        let frame = |date: i64, what: &str, changes: Vec<Change>| Commit {
            date,
            author: format!("{by}> {date} +0000"),
            message: format!("{}{what}\n", self.message),
            changes,
        };
        let before = frame(first, ": boards and members", before);
        let after = frame(last, ": topics", after);
        let all = std::iter::once(before).chain(posts).chain(std::iter::once(after));
        all.filter(|it| !it.changes.is_empty()).collect()
    }
}

impl Sink for Commits {
    fn put(&mut self, files: Vec<File>, part: Part<'_>) -> Result<()> {
        let mut changes = Vec::with_capacity(files.len());
        for File { path, bytes } in files {
            self.marks += 1;
            self.write(format!("blob\nmark :{}\ndata {}\n", self.marks, bytes.len()).as_bytes())?;
            self.write(&bytes)?;
            self.write(b"\n")?;
            changes.push((path, self.marks));
        }
        match part {
            Part::Before => self.before.extend(changes),
            Part::After => self.after.extend(changes),
            Part::Post { name, handle, date, title, opens } => {
                let name: String = name.chars().filter(|c| !"<>\n\r\0".contains(*c)).collect();
                let date = date.max(0);
                let author = format!("{} <{handle}@noreply.invalid> {date} +0000", name.trim());
                let title: String = title.chars().filter(|c| !c.is_control()).take(72).collect();
                let message = if opens { format!("{title}\n") } else { format!("Re: {title}\n") };
                self.posts.push(Commit { date, author, message, changes });
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Option<String>> {
        if self.work.is_none() {
            return Ok(None);
        }
        let head = git(&self.repository, &["rev-parse", "--verify", "--quiet", "HEAD"]).ok();
        let mut from = head.as_deref().map(str::trim);
        for commit in self.commits() {
            self.commit(&commit, from.take())?;
        }
        self.write(b"done\n")?;
        let Some((child, out)) = self.work.take() else { return Ok(None) };
        let sent = out.into_inner().map_err(|error| Error::io("git fast-import")(error.into_error()));
        let ended = child.wait_with_output().map_err(Error::io("git fast-import"))?;
        if !ended.status.success() {
            let said = String::from_utf8_lossy(&ended.stderr).trim().to_owned();
            return Err(Error::other(format!("git fast-import: {said}"), "the forum stands as it stood"));
        }
        sent?;
        let made = git(&self.repository, &["rev-parse", WAITING])?.trim().to_owned();
        Commits::resume(&self.repository)?;
        Ok(Some(made))
    }
}

/// Makes these commits those of the branch, and its files those of the work tree.
fn land(repository: &Path, commit: &str) -> Result<()> {
    // It tells by its exit code of changed files, which is no failure here.
    let _ = git(repository, &["update-index", "-q", "--refresh"]);
    let head = git(repository, &["rev-parse", "--verify", "--quiet", "HEAD"]).ok();
    let trees: Vec<&str> = head.as_deref().map(str::trim).into_iter().chain([commit]).collect();
    git(repository, &[&["read-tree", "-m", "-u"], &trees[..]].concat()).map_err(|error| {
        let hint =
            "commit or put away your own changes of those files, then run the import again: it goes on from here";
        Error::other(format!("{error}; the imported commits wait in {WAITING}"), hint)
    })?;
    git(repository, &["update-ref", "-m", "boards import", "HEAD", commit]).map(drop)
}

/// Runs git, whose output is given back.
fn git(repository: &Path, arguments: &[&str]) -> Result<String> {
    let ran = Command::new("git").arg("-C").arg(repository).args(arguments).stdin(Stdio::null()).output();
    let ran = ran.map_err(Error::io("git"))?;
    if ran.status.success() {
        return Ok(String::from_utf8_lossy(&ran.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&ran.stderr).trim().to_owned();
    let command = arguments.first().copied().unwrap_or_default();
    Err(Error::other(format!("git {command}: {said}"), "git says why; put that right and run it again"))
}
