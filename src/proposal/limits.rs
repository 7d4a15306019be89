//! The new posts of a proposal → which of them are too many, too alike, or too much for a newcomer; and whether their
//! authors' handles can be told from others'.

use std::collections::{BTreeMap, BTreeSet};

use super::activity::{Arrival, text_key};
use super::posts::NewPost;
use super::rules::{BANNED, FIRST_POST, LOOK_ALIKE, NEWCOMER_LIMIT, RATE, REPEATED_TEXT};
use super::tip::Tip;
use super::who::Proposer;
use crate::content::{Role, counts_of, handle_fault, text_of};
use crate::diagnostic::{Diagnostic, Spot};
use crate::rules;

/// Judges the new posts together.
pub(super) fn judge(tip: &Tip, who: Proposer<'_>, news: &[NewPost], reasons: &mut Vec<Diagnostic>) {
    for post in news {
        handle(tip, &post.path, post.at, &post.author, reasons);
        let member = tip.files().member(&post.author);
        if who.member.is_none() && member.is_some_and(|file| file.member.role == Role::Banned) {
            let message = format!("`{}` posts no more", post.author);
            reasons.push(BANNED.at(post.path.as_str(), post.at, message, "ask a maintainer"));
        }
    }
    names(tip, news, reasons);
    if who.trusted() {
        return;
    }
    newcomer(tip, who, news, reasons);
    let mut counts: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for post in news {
        let (topics, posts) = counts.entry(post.author.as_str()).or_insert_with(|| {
            let arrivals = tip.activity().arrivals(&post.author);
            (arrivals.iter().filter(|it| it.opens).count() as u64, arrivals.len() as u64)
        });
        *posts += 1;
        *topics += u64::from(post.title.is_some());
        rate(tip, post, *topics, *posts, reasons);
    }
    repeats(tip, news, reasons);
}

/// Whether a handle that nobody has so far looks like another.
pub(super) fn handle(tip: &Tip, path: &str, at: Spot, handle: &str, reasons: &mut Vec<Diagnostic>) {
    if tip.files().knows(handle) || handle.starts_with('~') {
        return;
    }
    if let Some(other) = tip.activity().alike(handle) {
        let message = format!("`{handle}` looks like `{other}`, who is somebody else");
        reasons.push(LOOK_ALIKE.at(path, at, message, "choose a handle that can be told from others"));
    }
}

/// What is wrong with the names of authors whom the forum doesn't know yet, told at their first posts here.
fn names(tip: &Tip, news: &[NewPost], reasons: &mut Vec<Diagnostic>) {
    let title = &tip.files().settings().title;
    let mut met = BTreeSet::new();
    // A handle that can't be one has a fault of its own.
    let good = |handle: &str| handle.starts_with('~') || handle_fault(handle).is_none();
    for post in news.iter().filter(|post| good(&post.author) && !tip.files().knows(&post.author)) {
        if !met.insert(post.author.as_str()) {
            continue;
        }
        reasons.extend(rules::name_of_author(&post.name, title, &post.path, post.at));
        // A handle that looks like another is an error of its own.
        let other = tip.activity().namesake(&post.author, &post.name);
        if let Some(other) = other.filter(|_| tip.activity().alike(&post.author).is_none()) {
            reasons.push(rules::namesake_of_author(&post.name, &post.path, post.at, other));
        }
    }
}

fn newcomer(tip: &Tip, who: Proposer<'_>, news: &[NewPost], reasons: &mut Vec<Diagnostic>) {
    let new = |post: &&NewPost| !tip.activity().has_posted(who.handle().unwrap_or(&post.author));
    let policy = &tip.files().settings().policy;
    let limits = &policy.proposals;
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
}

fn rate(tip: &Tip, post: &NewPost, topics: u64, posts: u64, reasons: &mut Vec<Diagnostic>) {
    let limits = &tip.files().settings().policy.proposals;
    let hint = "propose it again tomorrow";
    let author = &post.author;
    if post.title.is_some() && topics > limits.topics_a_day {
        let message =
            format!("topics of `{author}` within a day: {topics}, and at most {} are taken", limits.topics_a_day);
        reasons.push(RATE.at(post.path.as_str(), Spot::START, message, hint));
    }
    if posts > limits.posts_a_day {
        let message =
            format!("posts of `{author}` within a day: {posts}, and at most {} are taken", limits.posts_a_day);
        reasons.push(RATE.at(post.path.as_str(), Spot::START, message, hint));
    }
}

fn repeats(tip: &Tip, news: &[NewPost], reasons: &mut Vec<Diagnostic>) {
    if tip.files().settings().policy.proposals.repeats {
        return;
    }
    let mut seen: Vec<(&str, crate::key::Key)> = Vec::new();
    for post in news {
        let text = text_key(text_of(&post.bytes));
        let arrived = tip.activity().arrivals(&post.author).iter().any(|it| it.text == text);
        if arrived || seen.contains(&(post.author.as_str(), text)) {
            let message = format!("`{}` has posted the same text within a day", post.author);
            reasons.push(REPEATED_TEXT.at(post.path.as_str(), Spot::START, message, "say it once"));
        }
        seen.push((&post.author, text));
    }
}

/// What the tally will note of these posts.
pub(super) fn arrivals(news: &[NewPost]) -> Vec<Arrival> {
    let each = news.iter().map(|post| Arrival {
        author: post.author.clone(),
        name: post.name.clone(),
        opens: post.title.is_some(),
        text: text_key(text_of(&post.bytes)),
    });
    each.collect()
}
