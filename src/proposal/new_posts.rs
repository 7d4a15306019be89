//! A post that a proposal adds → the same with author and date, and the reasons against it: the rows of the policy about
//! whose a new post may be, when it was written and which fields it has.

use super::Content;
use super::context::ReviewContext;
use super::fields::{archive_fields, hidden, with_fields};
use super::renamed::{FileChange, Held};
use super::rules::{FOREIGN_AUTHOR, NAME_TAKEN, POST_DATE, UNKNOWN_PROPOSER};
use crate::content::{PostFile, Sourced};
use crate::diagnostic::{Diagnostic, Spot};
use crate::git::blob_id;
use crate::yaml::scalar;

/// A post that a proposal brings.
#[derive(Debug)]
pub(super) struct NewPost {
    /// Its path in the proposal, from the repository's top.
    pub path: String,
    /// The folder of its topic on the tip.
    pub topic: String,
    /// The name under which pages show an author who has no file.
    pub name: String,
    /// What its file says, completed by what the commits tell.
    pub file: PostFile,
    /// The file's bytes in the proposal, with links to where they lead on the tip.
    pub bytes: Vec<u8>,
    /// What lands of it.
    pub content: Content,
}

impl NewPost {
    /// Its author's handle; that of a guest begins with `~`.
    pub fn author(&self) -> &str {
        self.file.author.as_ref().map_or("", |author| author.value())
    }

    /// Where faults of its author are told.
    pub fn author_spot(&self) -> Spot {
        self.file.author.as_ref().map_or(Spot::START, Sourced::spot)
    }

    /// The title of the topic that it opens, if it opens one.
    pub fn title(&self) -> Option<&str> {
        self.file.opening.as_ref().map(|opening| opening.title.value.as_str())
    }
}

/// Judges the new post `post`, which `file` adds to `topic`.
pub(super) fn review(
    context: &ReviewContext<'_>,
    topic: &str,
    file: &FileChange,
    held: &Held,
    post: PostFile,
) -> (NewPost, Vec<Diagnostic>) {
    let path = file.path.as_str();
    let (author, name, foreign) = author(context, path, post.author);
    let (date, mut reasons) = date(context, path, post.date, post.unread);
    reasons.extend(foreign);
    let post = PostFile { author: Some(author), date, ..post };
    reasons.extend(archive_fields(path, &held.bytes, post.archive.as_deref(), None));
    if post.hidden().is_some() && !context.who.moderates(context.tip.files(), topic) {
        reasons.push(hidden(path, &held.bytes));
    }
    let (content, unsigned) = landing(file, held, &post);
    reasons.extend(unsigned);
    let blob = match &content {
        Content::Rewritten(bytes) => blob_id(bytes),
        Content::Blob(id) => *id,
    };
    let post = NewPost {
        path: path.to_owned(),
        topic: topic.to_owned(),
        name,
        file: PostFile { blob, ..post },
        bytes: held.bytes.clone(),
        content,
    };
    (post, reasons)
}

/// Whose the post is, with the name under which pages show them, and whether that is who proposes it. A post that doesn't
/// say who wrote it is by the author of its commit.
fn author(
    context: &ReviewContext<'_>,
    path: &str,
    said: Option<Sourced<Box<str>>>,
) -> (Sourced<Box<str>>, String, Option<Diagnostic>) {
    let handle = context.who.handle();
    if let Some(author) = said {
        let (name, at) = (author.value().to_string(), author.spot());
        let reason = match handle {
            Some(handle) if *name == *handle => None,
            Some(handle) => {
                let message = format!("the author is `{name}`, and `{handle}` proposes it");
                Some(FOREIGN_AUTHOR.at(path, at, message, format!("write `author: {handle}`")))
            }
            None => {
                let message = format!("nothing proves that `{name}` wrote this");
                let hint = "approve it when you know that it is theirs";
                Some(UNKNOWN_PROPOSER.at(path, at, message, hint))
            }
        };
        return (author, name, reason);
    }
    let mut authors: Vec<(String, String)> =
        context.range.commits.iter().map(|commit| context.tip.committer(&commit.author)).collect();
    authors.dedup();
    let Some(handle) = handle else {
        let (author, name) = authors.pop().unwrap_or_default();
        return (Sourced::History(author.into()), name, None);
    };
    let own = matches!(&authors[..], [(author, _)] if author == handle);
    let reason = (!own).then(|| {
        let message = format!("the post doesn't say who wrote it, and the commit's author is not `{handle}`");
        FOREIGN_AUTHOR.at(path, Spot::START, message, format!("add `author: {handle}`"))
    });
    (Sourced::History(handle.into()), handle.to_owned(), reason)
}

/// When the post was written, and whether that is about now. One that doesn't say it is as old as its commit; of one whose
/// front matter is `unread` it isn't known.
fn date(
    context: &ReviewContext<'_>,
    path: &str,
    said: Option<Sourced<i64>>,
    unread: bool,
) -> (Option<Sourced<i64>>, Vec<Diagnostic>) {
    let limits = &context.tip.files().settings().policy.proposals;
    let now = context.tip.now();
    let (first, last) = (now - limits.days_back as i64 * 86_400, now + limits.minutes_ahead as i64 * 60);
    let each = match &said {
        Some(date) => vec![(date.spot(), *date.value())],
        None => context.range.commits.iter().map(|commit| (Spot::START, commit.when)).collect(),
    };
    let early = each.iter().find(|(_, when)| *when < first).map(|(at, _)| (at, limits.days_back, "days before"));
    let late = each.iter().find(|(_, when)| *when > last).map(|(at, _)| (at, limits.minutes_ahead, "minutes after"));
    let reasons = early.into_iter().chain(late).map(|(at, most, unit)| {
        let message = format!("the post is dated more than {most} {unit} its merge");
        POST_DATE.at(path, *at, message, "give it the date on which you propose it")
    });
    let reasons = reasons.collect();
    let committed = each.last().filter(|_| !unread).map(|(_, when)| Sourced::History(*when));
    (said.or(committed), reasons)
}

/// What lands of a new post. One that lands otherwise than it was committed says from then on what the commits tell of its
/// author and date: the history will tell them no more.
fn landing(file: &FileChange, held: &Held, post: &PostFile) -> (Content, Option<Diagnostic>) {
    if !held.rewritten && file.name == file.to {
        return (held.content(), None);
    }
    let mut lines = String::new();
    if let Some(Sourced::History(author)) = &post.author {
        if author.starts_with('~') {
            let message = "the name is taken on the base, and nobody could tell later who wrote this";
            let hint = "add `author: …`, or rename the file";
            return (held.content(), Some(NAME_TAKEN.at(file.path.as_str(), Spot::START, message, hint)));
        }
        lines.push_str(&format!("author: {}\n", scalar(author)));
    }
    if let Some(Sourced::History(date)) = post.date
        && let Ok(date) = jiff::Timestamp::from_second(date)
    {
        lines.push_str(&format!("date: {date}\n"));
    }
    match lines.as_str() {
        "" => (held.content(), None),
        lines => (Content::Rewritten(with_fields(&held.bytes, lines)), None),
    }
}
