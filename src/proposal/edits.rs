//! A standing post that a proposal changes or removes → the reasons against it: the rows of the policy about whose
//! posts may be changed, how and how long.

use super::context::ReviewContext;
use super::fields::{archive_fields, front, hidden};
use super::renamed::{FileChange, Held};
use super::rules::{FOREIGN_AUTHOR, OTHERS_POST, STANDING_CHANGE};
use crate::Result;
use crate::content::{POST_BYTES, PostFile, read_post, text_of};
use crate::diagnostic::{Diagnostic, Spot};
use crate::git::blob_id;

/// Judges the change of a standing post in `topic` to `post`, which is returned with the author that it has, and the date
/// where it says none.
///
/// # Errors
/// What the post was is missing or damaged.
pub(super) fn review(
    context: &ReviewContext<'_>,
    topic: &str,
    file: &FileChange,
    held: &Held,
    post: PostFile,
) -> Result<(PostFile, Vec<Diagnostic>)> {
    let path = file.path.as_str();
    let (Some(standing), Some(old)) = (standing(context, topic, &post.stem), file.old) else {
        return Ok((post, Vec::new()));
    };
    // A file that is too large is no post, and says nothing that is to stay.
    let old = context.objects.blob_within(old, path, POST_BYTES)?.unwrap_or_default();
    let author = author(standing);
    let mut reasons = Vec::new();
    if let Some(new) = &post.author
        && **new.value() != *author
    {
        let message = format!("the post is by `{author}`, and its author doesn't change");
        reasons.push(FOREIGN_AUTHOR.at(path, new.spot(), message, format!("write `author: {author}`")));
    }
    reasons.extend(archive_fields(path, &held.bytes, post.archive.as_deref(), standing.archive.as_deref()));
    let moderates = context.who.moderates(context.tip.files(), topic);
    let hides = post.hidden() != standing.hidden();
    if hides && !moderates {
        reasons.push(hidden(path, &held.bytes));
    }
    let same_text = text_of(&old) == text_of(&held.bytes);
    let policy = &context.tip.files().settings().policy;
    let (before, _) = read_post(&post.stem, blob_id(&old), &old, policy, &mut Vec::new());
    if !(hides && moderates && same_text && said(&before) == said(&post)) {
        let same_front = front(&old) == front(&held.bytes);
        reasons.extend(change(context, path, standing, same_front));
    }
    let date = if post.unread { post.date } else { post.date.or_else(|| standing.date.clone()) };
    Ok((PostFile { author: standing.author.clone(), date, ..post }, reasons))
}

/// Why not everybody may change this post, be it the text alone or also what stands before it.
fn change(context: &ReviewContext<'_>, path: &str, standing: &PostFile, same_front: bool) -> Option<Diagnostic> {
    let author = author(standing);
    let own = context.who.handle() == Some(author);
    let hours = context.tip.files().settings().policy.proposals.edit_hours;
    let age = context.tip.now() - standing.date.as_ref().map_or(i64::MIN / 2, |date| *date.value());
    let message = match context.who.handle() {
        Some(_) if own && same_front && age <= hours as i64 * 3600 => return None,
        Some(_) if own && same_front => {
            format!("the post is older than the {hours} hours in which its text may be changed")
        }
        Some(_) if own => String::from("this changes more of the post than its text"),
        Some(_) if context.who.maintains() => format!("this changes a post by `{author}`"),
        None => format!("this changes a post by `{author}`, and nothing proves that it is theirs to change"),
        Some(_) => {
            let message = format!("this changes a post by `{author}`");
            let hint = "leave others' posts as they are; answer them";
            return Some(OTHERS_POST.at(path, Spot::START, message, hint));
        }
    };
    Some(STANDING_CHANGE.at(path, Spot::START, message, "approve it when it is as it should be"))
}

/// Why not everybody may remove the post `stem` in `topic`.
pub(super) fn removal(context: &ReviewContext<'_>, topic: &str, stem: &str, path: &str) -> Diagnostic {
    let author = standing(context, topic, stem).map_or("", author);
    let message = format!("this removes a post by `{author}`");
    if context.who.handle() == Some(author) || context.who.maintains() {
        let hint = "approve it when it should be gone; `hidden: REASON` keeps its place";
        STANDING_CHANGE.at(path, Spot::START, message, hint)
    } else {
        OTHERS_POST.at(path, Spot::START, message, "leave others' posts as they are")
    }
}

/// The post `stem` in `topic`, as it stands on the tip.
fn standing<'t>(context: &ReviewContext<'t>, topic: &str, stem: &str) -> Option<&'t PostFile> {
    context.tip.files().topic(topic)?.posts.iter().find(|post| *post.stem == *stem)
}

fn author(standing: &PostFile) -> &str {
    standing.author.as_ref().map_or("", |author| author.value())
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
