//! What a proposal does to the files of one topic → who may do that: the rows of the policy that are about posts. Whether
//! the topic is a good one is judged by the rules of the forum, elsewhere.

use super::names::{FileChange, FolderChange, Held};
use super::range::CommitRange;
use super::rules::{
    ARCHIVE_FIELD, CLOSED, FOREIGN_AUTHOR, MODERATORS_ONLY, NOT_A_POST, OTHERS_POST, POST_DATE, STANDING_CHANGE,
    UNKNOWN_PROPOSER,
};
use super::tip::Tip;
use super::who::Proposer;
use crate::Result;
use crate::content::{Archive, POST_BYTES, PostFile, Sourced, TOPIC, TopicFile, read_topic, text_of};
use crate::diagnostic::{Diagnostic, Spot};
use crate::git::{Entry, Kind, Repository};
use crate::monitor::Quiet;

/// A post that a proposal brings.
#[derive(Debug, Clone)]
pub(super) struct NewPost {
    /// Its path in the proposal, from the repository's top.
    pub path: String,
    /// Its author's handle; that of a guest begins with `~`.
    pub author: String,
    /// The name under which pages show an author who has no file.
    pub name: String,
    /// Where the file says so.
    pub at: Spot,
    /// The topic's title, when it opens one.
    pub title: Option<String>,
    /// The folder of its topic on the tip.
    pub topic: String,
    /// The file's bytes.
    pub bytes: Vec<u8>,
}

/// All that the rows are asked about.
pub(super) struct ReviewContext<'d> {
    pub tip: &'d Tip,
    pub objects: &'d Repository,
    pub range: &'d CommitRange,
    pub who: Proposer<'d>,
}

impl ReviewContext<'_> {
    /// Judges what is done in a folder, whose new files read as `part`; and fills in there what the commits tell: the
    /// author and date of posts that don't say them. Returns the new posts.
    pub fn folder(
        &self,
        folder: &FolderChange,
        part: &mut TopicFile,
        reasons: &mut Vec<Diagnostic>,
    ) -> Result<Vec<NewPost>> {
        let files = self.tip.files();
        let brings = folder.files.iter().any(|file| file.old.is_none() && file.stem().is_some());
        let moderates = self.who.moderates(files, &folder.to);
        let mut news = Vec::new();
        let mut closed = None;
        for file in &folder.files {
            let path = file.path.as_str();
            let stem = file.to.strip_suffix(".md");
            let post = stem.and_then(|stem| part.posts.iter_mut().find(|post| *post.stem == *stem));
            match (stem, post, &file.new) {
                (Some(_), Some(post), Some(held)) if file.old.is_none() => {
                    news.push(self.new_post(folder, file, held, post, moderates, reasons));
                    closed.get_or_insert(path);
                }
                (Some(stem), Some(post), Some(held)) => {
                    self.edit(folder, stem, file, held, post, moderates, reasons)?;
                    closed.get_or_insert(path);
                }
                (Some(stem), ..) => self.removal(folder, stem, path, reasons),
                (None, ..) if file.name == TOPIC => {
                    if !moderates {
                        let message = "only moderators decide about a topic";
                        reasons.push(MODERATORS_ONLY.at(path, Spot::START, message, "leave topic.yml as it is"));
                    }
                }
                (None, ..) if file.old.is_none() => {
                    if !brings && !self.who.maintains() {
                        let message = "this file comes without a post that shows it";
                        let hint = "propose it together with the post that it belongs to";
                        reasons.push(NOT_A_POST.at(path, Spot::START, message, hint));
                    }
                }
                (None, ..) if self.who.maintains() => reasons.push(STANDING_CHANGE.at(
                    path,
                    Spot::START,
                    "this changes a file that a standing post may show",
                    "approve it when that is meant",
                )),
                (None, ..) => reasons.push(OTHERS_POST.at(
                    path,
                    Spot::START,
                    "a file that stands beside posts isn't changed or removed",
                    "add the new one under another name, together with a post",
                )),
            }
        }
        if let Some(path) = closed.filter(|_| !moderates) {
            reasons.extend(self.closed(folder, path));
        }
        Ok(news)
    }

    /// Why nobody but moderators writes in this topic.
    fn closed(&self, folder: &FolderChange, path: &str) -> Option<Diagnostic> {
        let files = self.tip.files();
        if let Some(locked) = files.topic(&folder.to).and_then(|topic| topic.moderation.locked.as_ref()) {
            let why = if locked.value.is_empty() { String::new() } else { format!(": {}", locked.value) };
            let message = format!("the topic is locked{why}");
            return Some(CLOSED.at(path, Spot::START, message, "ask a moderator, or open another topic"));
        }
        let message = "only moderators write in this board";
        files.read_only(&folder.to).then(|| CLOSED.at(path, Spot::START, message, "choose another board"))
    }

    fn new_post(
        &self,
        folder: &FolderChange,
        file: &FileChange,
        held: &Held,
        post: &mut PostFile,
        moderates: bool,
        reasons: &mut Vec<Diagnostic>,
    ) -> NewPost {
        let path = file.path.as_str();
        let guest = self.author(path, post, reasons);
        self.date(path, post, reasons);
        archive_fields(path, held, post.archive.as_deref(), None, reasons);
        if post.hidden().is_some() && !moderates {
            reasons.push(hidden(path, held));
        }
        let author = post.author.as_ref();
        NewPost {
            path: path.to_owned(),
            name: guest.unwrap_or_else(|| author.map_or_else(String::new, |author| author.value().to_string())),
            author: author.map_or_else(String::new, |author| author.value().to_string()),
            at: author.map_or(Spot::START, Sourced::spot),
            title: post.opening.as_ref().map(|opening| opening.title.value.clone()),
            topic: folder.to.clone(),
            bytes: held.bytes.clone(),
        }
    }

    /// Whether the post is by who proposes it. A post that doesn't say who wrote it is by the author of its commit, whose
    /// name is returned.
    fn author(&self, path: &str, post: &mut PostFile, reasons: &mut Vec<Diagnostic>) -> Option<String> {
        match (&post.author, self.who.handle()) {
            (Some(author), Some(handle)) => {
                if **author.value() != *handle {
                    let message = format!("the author is `{}`, and `{handle}` proposes it", author.value());
                    reasons.push(FOREIGN_AUTHOR.at(path, author.spot(), message, format!("write `author: {handle}`")));
                }
                None
            }
            (Some(author), None) => {
                let message = format!("nothing proves that `{}` wrote this", author.value());
                let hint = "approve it when you know that it is theirs";
                reasons.push(UNKNOWN_PROPOSER.at(path, author.spot(), message, hint));
                None
            }
            (None, handle) => {
                let mut authors: Vec<(String, String)> =
                    self.range.commits.iter().map(|commit| self.tip.committer(&commit.author)).collect();
                authors.dedup();
                if let Some(handle) = handle
                    && !matches!(&authors[..], [(author, _)] if author == handle)
                {
                    let message =
                        format!("the post doesn't say who wrote it, and the commit's author is not `{handle}`");
                    reasons.push(FOREIGN_AUTHOR.at(path, Spot::START, message, format!("add `author: {handle}`")));
                }
                let (value, name) = match handle {
                    Some(handle) => (handle.to_owned(), handle.to_owned()),
                    None => authors.pop().unwrap_or_default(),
                };
                post.author = Some(Sourced::History(value.into()));
                Some(name)
            }
        }
    }

    /// Whether the post is dated about now. One that doesn't say when it was written is as old as its commit.
    fn date(&self, path: &str, post: &mut PostFile, reasons: &mut Vec<Diagnostic>) {
        let limits = &self.tip.files().settings().policy.proposals;
        let now = self.tip.now();
        let (first, last) = (now - limits.days_back as i64 * 86_400, now + limits.minutes_ahead as i64 * 60);
        let each = match &post.date {
            Some(date) => vec![(date.spot(), *date.value())],
            None => self.range.commits.iter().map(|commit| (Spot::START, commit.when)).collect(),
        };
        if let Some((at, _)) = each.iter().find(|(_, when)| *when < first) {
            let message = format!("the post is dated more than {} days before its merge", limits.days_back);
            reasons.push(POST_DATE.at(path, *at, message, "give it the date on which you propose it"));
        }
        if let Some((at, _)) = each.iter().find(|(_, when)| *when > last) {
            let message = format!("the post is dated more than {} minutes after its merge", limits.minutes_ahead);
            reasons.push(POST_DATE.at(path, *at, message, "give it the date on which you propose it"));
        }
        if post.date.is_none() && !post.unread {
            post.date = each.last().map(|(_, when)| Sourced::History(*when));
        }
    }

    /// Whether a standing post may be changed like this.
    #[expect(clippy::too_many_arguments, reason = "each is a part of the one change")]
    fn edit(
        &self,
        folder: &FolderChange,
        stem: &str,
        file: &FileChange,
        held: &Held,
        post: &mut PostFile,
        moderates: bool,
        reasons: &mut Vec<Diagnostic>,
    ) -> Result<()> {
        let path = file.path.as_str();
        let files = self.tip.files();
        let standing = files.topic(&folder.to).and_then(|topic| topic.posts.iter().find(|post| *post.stem == *stem));
        let (Some(standing), Some(old)) = (standing, file.old) else { return Ok(()) };
        // A file that is too large is no post, and says nothing that is to stay.
        let old = self.objects.blob_within(old, path, POST_BYTES)?.unwrap_or_default();
        let before = self.as_written(&old)?;
        let author = standing.author.as_ref().map_or("", |author| &**author.value());
        if let Some(new) = &post.author
            && **new.value() != *author
        {
            let message = format!("the post is by `{author}`, and its author doesn't change");
            reasons.push(FOREIGN_AUTHOR.at(path, new.spot(), message, format!("write `author: {author}`")));
        }
        post.author.clone_from(&standing.author);
        if post.date.is_none() && !post.unread {
            post.date.clone_from(&standing.date);
        }
        archive_fields(path, held, post.archive.as_deref(), standing.archive.as_deref(), reasons);
        let hides = post.hidden() != standing.hidden();
        if hides && !moderates {
            reasons.push(hidden(path, held));
        }
        let same_text = text_of(&old) == text_of(&held.bytes);
        let same_front = front(&old) == front(&held.bytes);
        let same_fields = before.is_some_and(|before| said(&before) == said(post));
        if hides && same_text && same_fields && moderates {
            return Ok(());
        }
        let own = self.who.handle() == Some(author);
        let hours = files.settings().policy.proposals.edit_hours;
        let age = self.tip.now() - standing.date.as_ref().map_or(i64::MIN / 2, |date| *date.value());
        let hint = "approve it when it is as it should be";
        let message = match self.who.handle() {
            Some(_) if own && same_front && age <= hours as i64 * 3600 => return Ok(()),
            Some(_) if own && same_front => {
                format!("the post is older than the {hours} hours in which its text may be changed")
            }
            Some(_) if own => String::from("this changes more of the post than its text"),
            Some(_) if self.who.maintains() => format!("this changes a post by `{author}`"),
            None => format!("this changes a post by `{author}`, and nothing proves that it is theirs to change"),
            Some(_) => {
                let message = format!("this changes a post by `{author}`");
                reasons.push(OTHERS_POST.at(
                    path,
                    Spot::START,
                    message,
                    "leave others' posts as they are; answer them",
                ));
                return Ok(());
            }
        };
        reasons.push(STANDING_CHANGE.at(path, Spot::START, message, hint));
        Ok(())
    }

    fn removal(&self, folder: &FolderChange, stem: &str, path: &str, reasons: &mut Vec<Diagnostic>) {
        let topic = self.tip.files().topic(&folder.to);
        let standing = topic.and_then(|topic| topic.posts.iter().find(|post| *post.stem == *stem));
        let author = standing.and_then(|post| post.author.as_ref()).map_or("", |author| &**author.value());
        let message = format!("this removes a post by `{author}`");
        if self.who.handle() == Some(author) || self.who.maintains() {
            let hint = "approve it when it should be gone; `hidden: REASON` keeps its place";
            reasons.push(STANDING_CHANGE.at(path, Spot::START, message, hint));
        } else {
            reasons.push(OTHERS_POST.at(path, Spot::START, message, "leave others' posts as they are"));
        }
    }

    /// A post's file as it says itself.
    fn as_written(&self, bytes: &[u8]) -> Result<Option<PostFile>> {
        let entry = Entry { name: String::from("post.md"), kind: Kind::File, id: crate::git::blob_id(bytes) };
        let policy = &self.tip.files().settings().policy;
        let (topic, _) = read_topic(&[entry], None, &|_, _, _| Ok(Ok(bytes.to_vec())), policy, &Quiet)?;
        Ok(topic.posts.into_iter().next())
    }
}

/// The bytes of a post before its text.
fn front(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.len().saturating_sub(text_of(bytes).len())]
}

/// Title, tags and what the post answers: what it says of itself besides its author, its date, and what only moderators
/// and importers write.
fn said(post: &PostFile) -> (Option<(&str, Vec<&str>)>, Option<&str>) {
    let opening = post
        .opening
        .as_ref()
        .map(|opening| (opening.title.value.as_str(), opening.tags.iter().map(|tag| tag.value.as_str()).collect()));
    (opening, post.reply_to.as_ref().map(|answer| &*answer.value))
}

/// The place of a field in a post's front matter.
fn spot(held: &Held, field: &str) -> Spot {
    let front = String::from_utf8_lossy(front(&held.bytes)).into_owned();
    let line = (1_u32..)
        .zip(front.lines())
        .find(|(_, line)| line.trim_start().strip_prefix(field).is_some_and(|rest| rest.trim_start().starts_with(':')));
    line.map_or(Spot::START, |(line, _)| Spot { line, column: 1 })
}

fn hidden(path: &str, held: &Held) -> Diagnostic {
    MODERATORS_ONLY.at(path, spot(held, "hidden"), "only moderators hide posts", "leave `hidden` as it was")
}

/// Fields that only importers write, and that weren't there before.
fn archive_fields(
    path: &str,
    held: &Held,
    now: Option<&Archive>,
    before: Option<&Archive>,
    reasons: &mut Vec<Diagnostic>,
) {
    let (empty, now) = (Archive::default(), now.cloned().unwrap_or_default());
    let before = before.unwrap_or(&empty);
    let fields = [
        ("edited", now.edited != before.edited),
        ("likes", now.likes != before.likes),
        ("views", now.views != before.views),
        ("source", now.source != before.source),
        ("origin", now.origin != before.origin),
        ("aliases", now.aliases != before.aliases),
    ];
    for (field, _) in fields.iter().filter(|(_, changed)| *changed) {
        let message = format!("`{field}` is written by importers alone");
        reasons.push(ARCHIVE_FIELD.at(path, spot(held, field), message, "leave it as it was"));
    }
}
