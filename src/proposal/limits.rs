//! The new posts of a proposal → which of them are too many, too alike, or too much for a newcomer; and whether their
//! authors' handles can be told from others'.

use std::collections::{BTreeMap, BTreeSet};

use super::activity::{Arrival, text_key};
use super::new_posts::NewPost;
use super::rules::{BANNED, FIRST_POST, LOOK_ALIKE, NEWCOMER_LIMIT, RATE, REPEATED_TEXT};
use super::tip::Tip;
use super::who::Proposer;
use crate::content::{Role, counts_of, handle_fault, text_of};
use crate::diagnostic::{Diagnostic, Spot};
use crate::key::Key;
use crate::rules;

/// The reasons against the new posts, taken together.
pub(super) fn judge(tip: &Tip, who: Proposer<'_>, news: &[NewPost]) -> Vec<Diagnostic> {
    let mut reasons: Vec<Diagnostic> = news.iter().flat_map(|post| author(tip, who, post)).collect();
    reasons.extend(names(tip, news));
    if !who.trusted() {
        reasons.extend(newcomer(tip, who, news));
        reasons.extend(rates(tip, news));
        reasons.extend(repeats(tip, news));
    }
    reasons
}

/// What is wrong with the author of a post.
fn author(tip: &Tip, who: Proposer<'_>, post: &NewPost) -> impl Iterator<Item = Diagnostic> {
    let (author, at) = (post.author(), post.author_spot());
    let member = tip.files().member(author);
    let banned = who.member.is_none() && member.is_some_and(|file| file.member.role == Role::Banned);
    let banned =
        banned.then(|| BANNED.at(post.path.as_str(), at, format!("`{author}` posts no more"), "ask a maintainer"));
    handle(tip, &post.path, at, author).into_iter().chain(banned)
}

/// Whether a handle that nobody has so far looks like another.
pub(super) fn handle(tip: &Tip, path: &str, at: Spot, handle: &str) -> Option<Diagnostic> {
    if tip.files().knows(handle) || handle.starts_with('~') {
        return None;
    }
    let message = format!("`{handle}` looks like `{}`, who is somebody else", tip.activity().alike(handle)?);
    Some(LOOK_ALIKE.at(path, at, message, "choose a handle that can be told from others"))
}

/// What is wrong with the names of authors whom the forum doesn't know yet, told at their first posts here.
fn names(tip: &Tip, news: &[NewPost]) -> Vec<Diagnostic> {
    let title = &tip.files().settings().title;
    let (mut reasons, mut met) = (Vec::new(), BTreeSet::new());
    // A handle that can't be one has a fault of its own.
    let good = |handle: &str| handle.starts_with('~') || handle_fault(handle).is_none();
    for post in news.iter().filter(|post| good(post.author()) && !tip.files().knows(post.author())) {
        if !met.insert(post.author()) {
            continue;
        }
        let at = post.author_spot();
        reasons.extend(rules::name_of_author(&post.name, title, &post.path, at));
        // A handle that looks like another is an error of its own.
        let other = tip.activity().namesake(post.author(), &post.name);
        if let Some(other) = other.filter(|_| tip.activity().alike(post.author()).is_none()) {
            reasons.push(rules::namesake_of_author(&post.name, &post.path, at, other));
        }
    }
    reasons
}

/// What a newcomer's posts have too much of, and that they are the first.
fn newcomer(tip: &Tip, who: Proposer<'_>, news: &[NewPost]) -> Vec<Diagnostic> {
    let new = |post: &&NewPost| !tip.activity().has_posted(who.handle().unwrap_or(post.author()));
    let policy = &tip.files().settings().policy;
    let limits = &policy.proposals;
    let mut reasons = Vec::new();
    let mut news = news.iter().filter(new).peekable();
    if let (Some(handle), Some(first)) = (who.handle(), news.peek()) {
        let message = format!("`{handle}` hasn't posted before");
        let hint = "approve it when it is no advertisement; what follows merges by itself";
        reasons.push(FIRST_POST.at(first.path.as_str(), Spot::START, message, hint));
    }
    for post in news {
        let counts = counts_of(&post.bytes, policy);
        for (count, most, what) in [
            (counts.outside_links, limits.newcomer_links, "links to other sites"),
            (counts.images, limits.newcomer_images, "pictures"),
            (counts.mentions, limits.newcomer_mentions, "mentions"),
        ] {
            if u64::from(count) > most {
                let message = format!("{what}: {count}, and a newcomer's post has at most {most}");
                reasons.push(NEWCOMER_LIMIT.at(post.path.as_str(), Spot::START, message, "say it with fewer"));
            }
        }
    }
    reasons
}

/// Which posts and topics are more than an author may bring in a day.
fn rates(tip: &Tip, news: &[NewPost]) -> Vec<Diagnostic> {
    let limits = &tip.files().settings().policy.proposals;
    let mut reasons = Vec::new();
    let mut counts: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for post in news {
        let author = post.author();
        let (topics, posts) = counts.entry(author).or_insert_with(|| {
            let arrivals = tip.activity().arrivals(author);
            (arrivals.iter().filter(|it| it.opens).count() as u64, arrivals.len() as u64)
        });
        let opens = post.title().is_some();
        *posts += 1;
        *topics += u64::from(opens);
        for (what, counts, count, most) in
            [("topics", opens, *topics, limits.topics_a_day), ("posts", true, *posts, limits.posts_a_day)]
        {
            if counts && count > most {
                let message = format!("{what} of `{author}` within a day: {count}, and at most {most} are taken");
                reasons.push(RATE.at(post.path.as_str(), Spot::START, message, "propose it again tomorrow"));
            }
        }
    }
    reasons
}

/// Which posts say what their author has said within a day.
fn repeats(tip: &Tip, news: &[NewPost]) -> Vec<Diagnostic> {
    if tip.files().settings().policy.proposals.repeats {
        return Vec::new();
    }
    let mut reasons = Vec::new();
    let mut seen: Vec<(&str, Key)> = Vec::new();
    for post in news {
        let (author, text) = (post.author(), text_key(text_of(&post.bytes)));
        let arrived = tip.activity().arrivals(author).iter().any(|it| it.text == text);
        if arrived || seen.contains(&(author, text)) {
            let message = format!("`{author}` has posted the same text within a day");
            reasons.push(REPEATED_TEXT.at(post.path.as_str(), Spot::START, message, "say it once"));
        }
        seen.push((author, text));
    }
    reasons
}

/// What the tally will note of these posts.
pub(super) fn arrivals(news: &[NewPost]) -> Vec<Arrival> {
    let each = news.iter().map(|post| Arrival {
        author: post.author().to_owned(),
        name: post.name.clone(),
        opens: post.title().is_some(),
        text: text_key(text_of(&post.bytes)),
    });
    each.collect()
}
