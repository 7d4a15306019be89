//! Boards, topics, posts and members → the bytes of their files. Every value is quoted, so that nothing in it is YAML.

use super::item::{Board, Member, Post, Topic};
use super::names::{line, shown, time};
use super::private::masked;

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
            self.bare(name, &quoted(value));
        }
    }

    fn texts(&mut self, name: &str, values: &[String]) {
        if !values.is_empty() {
            let all: Vec<String> = values.iter().map(|it| quoted(it)).collect();
            self.bare(name, &format!("[{}]", all.join(", ")));
        }
    }
}

/// A text as YAML reads it back; words that are plain in any YAML aren't quoted.
fn quoted(text: &str) -> String {
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
    let plain = |c: char| c.is_alphanumeric() || " _-./".contains(c);
    let word = matches!(text.to_ascii_lowercase().as_str(), "true" | "false" | "null" | "yes" | "no" | "on" | "off");
    if begins && !word && !text.ends_with(' ') && text.chars().all(plain) {
        return text.to_owned();
    }
    // JSON's texts are YAML's, but for these line ends.
    serde_json::Value::from(text)
        .to_string()
        .replace('\u{85}', "\\u0085")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
        .replace('\u{7f}', "\\u007f")
}

/// A one-line text of the archive, as it may be shown.
fn told(text: &str) -> String {
    masked(&line(text))
}

/// `board.yml`.
#[must_use]
pub fn board(board: &Board, origin: &str) -> String {
    let mut fields = Fields::default();
    let title = told(&board.title);
    fields.bare("title", &quoted(if title.is_empty() { "Board" } else { &title }));
    fields.text("description", &masked(board.description.trim()));
    if let Some(order) = board.order {
        fields.bare("order", &order.to_string());
    }
    if board.read_only {
        fields.bare("read_only", "true");
    }
    fields.text("origin", origin);
    fields.texts("aliases", &board.aliases);
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
    fields.texts("aliases", &topic.aliases);
    fields.0
}

/// `members/…/HANDLE.yml`.
#[must_use]
pub fn member(member: &Member, handle: &str, origin: &str) -> String {
    let mut fields = Fields::default();
    let name = shown(&member.name);
    fields.bare("name", &quoted(if name.is_empty() { handle } else { &name }));
    fields.text("about", &masked(member.about.trim()));
    fields.text("origin", origin);
    fields.texts("aliases", &member.aliases);
    fields.0
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
        fields.bare("title", &quoted(if title.is_empty() { "Untitled" } else { &title }));
    }
    fields.bare("author", &quoted(author));
    fields.bare("date", &time(post.date));
    if let Some(topic) = opens {
        let short = |tag: &String| (1..=40).contains(&tag.chars().count());
        let tags: Vec<String> = topic.tags.iter().map(|tag| told(tag)).filter(short).collect();
        fields.texts("tags", &tags);
    }
    fields.text("reply_to", reply_to.unwrap_or_default());
    if let Some(reason) = &post.hidden {
        let reason = told(reason);
        fields.bare("hidden", &quoted(if reason.is_empty() { "true" } else { &reason }));
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
    fields.text("source", &post.source.as_deref().map(masked).unwrap_or_default());
    fields.text("origin", origin);
    fields.texts("aliases", &post.aliases);
    format!("---\n{}---\n{}\n", fields.0, text.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Value, read};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_value_is_read_back(text in "[^\\p{Cc}\u{feff}\u{fffe}\u{ffff}]{1,40}") {
            let file = format!("x: {}\n", quoted(&text));
            let mut faults = Vec::new();
            let map = read("f", &file, 0, &mut faults).unwrap_or_default();
            prop_assert!(faults.is_empty(), "{} {:?}", file, faults);
            let Some((_, node)) = map.first() else { panic!("nothing in {file}") };
            prop_assert_eq!(&node.value, &Value::Scalar(text));
        }
    }
}
