//! Boards, topics, posts and members → the bytes of their files. Every text goes through [`scalar`], so that nothing in it is
//! YAML.

use super::control_characters;
use super::item::{Board, Member, Post, Topic};
use super::names::{line, shown, time};
use super::private::masked;
use crate::yaml::{list, scalar};

/// The fields of a file, one a line.
#[derive(Debug, Default)]
struct Fields(String);

impl Fields {
    fn bare(&mut self, name: &str, value: &str) {
        self.0.push_str(&format!("{name}: {value}\n"));
    }

    /// A text in one line; an empty one is left out.
    fn text(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.bare(name, &scalar(value));
        }
    }

    fn texts(&mut self, name: &str, values: &[String]) {
        if !values.is_empty() {
            self.bare(name, &list(values.iter().map(String::as_str)));
        }
    }

    /// The old addresses; no browser asks for one with control characters.
    fn aliases(&mut self, aliases: &[String]) {
        let aliases: Vec<String> = aliases.iter().filter(|it| !it.contains(char::is_control)).cloned().collect();
        self.texts("aliases", &aliases);
    }
}

/// A one-line text of the archive, as it may be shown.
fn told(text: &str) -> String {
    masked(&line(text))
}

/// A text of several lines, the same.
fn words(text: &str) -> String {
    masked(control_characters::text(text).trim())
}

/// `board.yml`.
#[must_use]
pub fn board(board: &Board, origin: &str) -> String {
    let mut fields = Fields::default();
    let title = told(&board.title);
    fields.bare("title", &scalar(if title.is_empty() { "Board" } else { &title }));
    fields.text("description", &words(&board.description));
    if let Some(order) = board.order {
        fields.bare("order", &order.to_string());
    }
    if board.read_only {
        fields.bare("read_only", "true");
    }
    fields.text("origin", origin);
    fields.aliases(&board.aliases);
    fields.0
}

/// `topic.yml`; `answer` is the stem of the post that answers.
#[must_use]
pub fn topic(topic: &Topic, answer: Option<&str>, origin: &str) -> String {
    let mut fields = Fields::default();
    if topic.pinned {
        fields.bare("pinned", "true");
    }
    if topic.locked {
        fields.bare("locked", "true");
    }
    fields.text("answer", answer.unwrap_or_default());
    fields.text("origin", origin);
    fields.aliases(&topic.aliases);
    fields.0
}

/// `members/…/HANDLE.yml`.
#[must_use]
pub fn member(member: &Member, handle: &str, origin: &str) -> String {
    let mut fields = Fields::default();
    let name = shown(&member.name);
    fields.bare("name", &scalar(if name.is_empty() { handle } else { &name }));
    fields.text("about", &words(&member.about));
    fields.text("origin", origin);
    fields.aliases(&member.aliases);
    fields.0
}

/// Whether a word of the archive has the length of a tag.
#[must_use]
pub fn is_tag(word: &str) -> bool {
    (1..=40).contains(&told(word).chars().count())
}

/// A post: its text is written as it is given, and so are the stem of what it answers and its author's handle. `opens`
/// is the topic that it opens.
#[must_use]
pub fn post(
    post: &Post,
    opens: Option<&Topic>,
    author: &str,
    reply_to: Option<&str>,
    origin: &str,
    text: &str,
) -> String {
    let mut fields = Fields::default();
    if let Some(topic) = opens {
        let title = told(&topic.title);
        fields.bare("title", &scalar(if title.is_empty() { "Untitled" } else { &title }));
    }
    fields.bare("author", &scalar(author));
    fields.bare("date", &time(post.date));
    if let Some(topic) = opens {
        let tags: Vec<String> = topic.tags.iter().filter(|tag| is_tag(tag)).map(|tag| told(tag)).collect();
        fields.texts("tags", &tags);
    }
    fields.text("reply_to", reply_to.unwrap_or_default());
    if let Some(reason) = &post.hidden {
        let reason = told(reason);
        fields.bare("hidden", &scalar(if reason.is_empty() { "true" } else { &reason }));
    }
    if let Some(edited) = post.edited.filter(|it| *it > post.date) {
        fields.bare("edited", &time(edited));
    }
    if let Some(likes) = post.likes.filter(|it| *it > 0) {
        fields.bare("likes", &likes.to_string());
    }
    if let Some(views) = opens.and_then(|topic| topic.views).filter(|it| *it > 0) {
        fields.bare("views", &views.to_string());
    }
    fields.text("source", &post.source.as_deref().map(told).unwrap_or_default());
    fields.text("origin", origin);
    fields.aliases(&post.aliases);
    format!("---\n{}---\n{}\n", fields.0, text.trim_end())
}
