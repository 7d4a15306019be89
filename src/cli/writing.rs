//! A draft and where its text comes from → a post that is checked as part of the forum and then kept: in the working
//! copy, or committed on a branch of its own. What `boards new` and `boards reply` have in common.

use std::io::Read;

use jiff::Timestamp;
use serde_json::json;

use super::branch::{self, StartPoint};
use super::build::Site;
use super::identity::Identity;
use super::scratch::{self, Scratch};
use super::terminal::{Terminal, json_of};
use super::{Common, Done, Exit};
use crate::build::{Loaded, Order, load, load_with};
use crate::content::draft::{Draft, NoDraft, Refusal, Writer};
use crate::content::{Forum, POST_BYTES, Post, ReadTopic};
use crate::diagnostic::{Diagnostic, Severity};
use crate::git::{Repository, Snapshot};
use crate::monitor::Quiet;
use crate::{Error, Result};

/// Where the text comes from, and where the post goes.
#[derive(Debug, clap::Args)]
pub(super) struct Text {
    /// The text, instead of an editor; `-` reads it from standard input
    #[arg(short, long, value_name = "TEXT")]
    message: Option<String>,
    /// Commit the post on a branch of its own, which is made; without a name, it is named after the post
    #[arg(long, value_name = "NAME", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    branch: Option<String>,
}

impl Text {
    /// The name of the branch, where one was given.
    fn branch_name(&self) -> Option<&str> {
        self.branch.as_deref().filter(|name| !name.is_empty())
    }
}

/// Makes a draft for a forum: who writes, when (seconds since 1970), and the source of a post by its topic and place.
pub(super) type Make<'m> =
    &'m dyn Fn(&Forum, &Writer, i64, &dyn Fn(ReadTopic<'_>, usize) -> Vec<u8>) -> Result<Draft, NoDraft>;

/// A draft, and the forum that it is for.
struct Drafted {
    order: Order,
    draft: Draft,
    /// Where the file goes, from the repository's top.
    path: String,
    /// Whether a member writes; of anybody else it has been told that they are none.
    member: bool,
    /// What was wrong with the forum before.
    known: Vec<Diagnostic>,
}

/// What became of a draft.
#[derive(Default)]
struct DraftOutcome {
    path: Option<String>,
    branch: Option<String>,
    commit: Option<String>,
    refused: Option<Refusal>,
    faults: Vec<Diagnostic>,
    /// What is to be done next, a line each.
    advice: Vec<String>,
}

impl DraftOutcome {
    fn refused(message: impl Into<String>, hint: impl Into<String>, faults: Vec<Diagnostic>) -> DraftOutcome {
        let refused = Some(Refusal { message: message.into(), hint: hint.into() });
        DraftOutcome { refused, faults, ..DraftOutcome::default() }
    }

    fn nothing() -> DraftOutcome {
        DraftOutcome::refused("nothing was written, so there is no post", "", Vec::new())
    }
}

/// Makes the draft, has its text written, checks it and keeps it.
pub(super) fn keep(common: &Common, terminal: &Terminal, text: &Text, make: Make<'_>) -> Done {
    let repository = Repository::find(&common.repository)?;
    let base = place(common, text, repository.as_ref())?;
    let when = Timestamp::now().as_second();
    let identity = Identity::of(repository.as_ref())?;
    let order = Site::of(base.as_ref().map(|base| base.tip.to_string())).order(common);
    let drafted = match drafted(order, terminal, &identity, when, make)? {
        Ok(drafted) => drafted,
        Err(refusal) => return tell(terminal, DraftOutcome::refused(refusal.message, refusal.hint, Vec::new())),
    };
    let to = To { common, text, repository: repository.as_ref(), base, identity, when };
    let outcome = match &text.message {
        Some(message) => drafted.message(message, terminal, &to)?,
        None => drafted.edited(terminal, &to)?,
    };
    tell(terminal, outcome)
}

/// Where a post is kept.
struct To<'k> {
    common: &'k Common,
    text: &'k Text,
    repository: Option<&'k Repository>,
    /// What its branch begins at; none is the working copy.
    base: Option<StartPoint>,
    identity: Identity,
    when: i64,
}

/// Where the post goes: none is the working copy.
fn place(common: &Common, text: &Text, repository: Option<&Repository>) -> Result<Option<StartPoint>> {
    let here = common.repository.display();
    match (&text.branch, repository) {
        (Some(_), Some(repository)) => {
            // Nobody should write a text before they learn that it can't be kept so.
            text.branch_name().map_or(Ok(()), |name| branch::free(repository, name))?;
            branch::base(common, repository).map(Some)
        }
        (Some(_), None) => {
            Err(Error::other(format!("{here}: there is no git repository here"), "`--branch` needs one"))
        }
        (None, Some(repository)) if repository.work_tree()?.is_none() => Err(Error::other(
            format!("{here}: this is a bare repository, without a working copy"),
            "commit the post on a branch: `--branch`",
        )),
        (None, _) => Ok(None),
    }
}

/// Loads the forum and makes the draft. The cache is not held any more when this ends: nobody should wait while
/// somebody writes.
fn drafted(
    order: Order,
    terminal: &Terminal,
    identity: &Identity,
    when: i64,
    make: Make<'_>,
) -> Result<Result<Drafted, Refusal>> {
    let made = order.cache.with(&order.repository, "write", terminal, |cache| {
        let Loaded { snapshot, forum, diagnostics, .. } = load(&order, cache, terminal)?;
        let source = |topic: ReadTopic<'_>, index| source(&snapshot, topic, index);
        let made = Writer::of(&forum, &identity.name, &identity.email)
            .map_err(NoDraft::Refused)
            .and_then(|writer| make(&forum, &writer, when, &source).map(|draft| (draft, writer)));
        match made {
            Ok((draft, writer)) => Ok(Ok((draft, writer, forum.content, diagnostics))),
            Err(NoDraft::Refused(refusal)) => Ok(Err(refusal)),
            Err(NoDraft::Failed(error)) => Err(error),
        }
    })?;
    Ok(made.map(|(draft, Writer { handle, member }, content, known)| {
        if !member {
            terminal.say(&format!(
                "no member has your address, so the post says `author: {handle}`\n  = help: add \
                 {content}/members/{handle}.yml with your `name` and `emails`, or the address to your member's file"
            ));
        }
        let path = format!("{content}/{}", draft.path);
        Drafted { order, draft, path, member, known }
    }))
}

impl Drafted {
    /// With a text from the command line or, where that is `-`, from standard input.
    fn message(&self, message: &str, terminal: &Terminal, to: &To<'_>) -> Result<DraftOutcome> {
        let file = self.draft.file(&if message == "-" { standard_input()? } else { message.to_owned() });
        if !self.draft.written(&file) {
            return Ok(DraftOutcome::nothing());
        }
        let faults = self.faults(&file)?;
        self.show(terminal, &faults, &file)?;
        if refuses(&faults) {
            return Ok(DraftOutcome::refused("the post was not saved", "fix what is wrong with it", faults));
        }
        self.keep(&file, faults, to)
    }

    /// With a text that is written in an editor, as often as it takes. Whatever comes between, the text is somewhere.
    fn edited(&self, terminal: &Terminal, to: &To<'_>) -> Result<DraftOutcome> {
        let scratch = match Scratch::new(to.repository, &self.draft)? {
            Ok(scratch) => scratch,
            Err(refusal) => return Ok(DraftOutcome::refused(refusal.message, refusal.hint, Vec::new())),
        };
        loop {
            let Some(file) = scratch.edit()? else {
                scratch.remove()?;
                return Ok(DraftOutcome::nothing());
            };
            let faults = self.faults(&file).map_err(|error| scratch.keeping(&error))?;
            self.show(terminal, &faults, &file)?;
            if !refuses(&faults) {
                let kept = self.keep(&file, faults, to).map_err(|error| scratch.keeping(&error))?;
                scratch.remove()?;
                return Ok(kept);
            }
            if !terminal.ask("Edit it again?") {
                let message = format!("the post was not saved; what you wrote is in {}", scratch.path().display());
                return Ok(DraftOutcome::refused(
                    message,
                    format!("fix it there and move it to {}", self.path),
                    faults,
                ));
            }
        }
    }

    /// Keeps the file, which has been checked.
    fn keep(&self, file: &str, faults: Vec<Diagnostic>, to: &To<'_>) -> Result<DraftOutcome> {
        let path = Some(self.path.clone());
        let (Some(base), Some(repository)) = (&to.base, to.repository) else {
            let top = to.repository.map(Repository::work_tree).transpose()?.flatten();
            scratch::write_new(&top.unwrap_or_else(|| to.common.repository.clone()).join(&self.path), file)?;
            let next = to.repository.map(|_| String::from("`git add` and `git commit` take it into the repository"));
            return Ok(DraftOutcome { path, faults, advice: next.into_iter().collect(), ..DraftOutcome::default() });
        };
        let post = branch::Staged { path: &self.path, file, subject: &self.draft.subject };
        let kept = branch::commit(repository, base, to.text.branch_name(), &post, &to.identity, to.when)?;
        let (branch, commit) = (Some(kept.name), Some(kept.id.to_string()));
        Ok(DraftOutcome { path, branch, commit, refused: None, faults, advice: kept.advice })
    }

    /// What is wrong with the forum with this file in it that wasn't wrong before.
    fn faults(&self, file: &str) -> Result<Vec<Diagnostic>> {
        let loaded = self.order.cache.with(&self.order.repository, "write", &Quiet, |cache| {
            load_with(&self.order, &self.draft.path, file.as_bytes().to_vec(), cache, &Quiet)
        })?;
        let told = |fault: &Diagnostic| !self.member && fault.code == "author-unknown";
        Ok(loaded.diagnostics.into_iter().filter(|fault| !self.known.contains(fault) && !told(fault)).collect())
    }

    fn show(&self, terminal: &Terminal, faults: &[Diagnostic], file: &str) -> Result<()> {
        let all: Vec<&Diagnostic> = faults.iter().collect();
        terminal.faults(&all, &|asked| (asked == self.path).then(|| file.to_owned()), false)
    }
}

/// The source of a post; empty when it can't be read any more, so that it isn't quoted.
fn source(snapshot: &Snapshot, topic: ReadTopic<'_>, index: usize) -> Vec<u8> {
    let post = topic.posts.get(index);
    let path = |post: &Post| format!("{}/{}.md", topic.path, post.file.stem);
    let read = post.map(|post| snapshot.read_within(&path(post), post.file.blob, POST_BYTES));
    read.and_then(|read| read.ok()?.ok()).unwrap_or_default()
}

fn refuses(faults: &[Diagnostic]) -> bool {
    faults.iter().any(|fault| fault.severity < Severity::Hint)
}

/// Gives the outcome: the path or the JSON as the result, a refusal as speech.
fn tell(terminal: &Terminal, outcome: DraftOutcome) -> Done {
    let DraftOutcome { path, branch, commit, refused, faults, advice } = outcome;
    if terminal.json() {
        let said = refused.as_ref().map(|it| it.message.clone());
        terminal.result(&json!({
            "path": path, "branch": branch, "commit": commit, "refused": said, "diagnostics": json_of(&faults),
        }))?;
    } else if let Some(path) = &path {
        terminal.line(path)?;
    }
    advice.iter().for_each(|line| terminal.say(line));
    let Some(Refusal { message, hint }) = refused else { return Ok(Exit::Fine) };
    terminal.error(&Error::Other { message, hint: Some(hint).filter(|hint| !hint.is_empty()) });
    Ok(Exit::Report)
}

fn standard_input() -> Result<String> {
    let mut bytes = Vec::new();
    std::io::stdin().lock().take(POST_BYTES + 1).read_to_end(&mut bytes).map_err(Error::io("standard input"))?;
    if bytes.len() as u64 > POST_BYTES {
        let message = format!("standard input has more than {POST_BYTES} bytes, more than a post may have");
        return Err(Error::other(message, "make it smaller, or attach it as a file"));
    }
    String::from_utf8(bytes).map_err(|_| Error::other("standard input is not UTF-8", "save the text as UTF-8"))
}
