//! The JSON that Discourse serves → typed values. Fields that are missing are none; unknown ones are of no interest.

use std::path::Path;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::archive::row::Entry;

/// `/t/ID.json`, or one page of it.
#[derive(Debug, Deserialize)]
pub(super) struct TopicJson {
    pub(super) id: u64,
    #[serde(default)]
    pub(super) title: String,
    #[serde(default)]
    pub(super) slug: String,
    pub(super) category_id: Option<u64>,
    pub(super) archetype: Option<String>,
    pub(super) views: Option<u64>,
    pub(super) closed: Option<bool>,
    pub(super) archived: Option<bool>,
    pub(super) pinned: Option<bool>,
    pub(super) pinned_globally: Option<bool>,
    pub(super) tags: Option<Vec<Value>>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) accepted_answer: Option<Accepted>,
    pub(super) post_stream: Stream,
}

/// The posts of a topic, or of a page.
#[derive(Debug, Deserialize)]
pub(super) struct Stream {
    pub(super) posts: Vec<Entry<PostJson>>,
}

/// Which post answers.
#[derive(Debug, Deserialize)]
pub(super) struct Accepted {
    pub(super) post_number: Option<u64>,
}

/// A post.
#[derive(Debug, Deserialize)]
pub(super) struct PostJson {
    pub(super) id: u64,
    pub(super) post_number: u64,
    pub(super) post_type: Option<u64>,
    pub(super) user_id: Option<i64>,
    pub(super) username: Option<String>,
    pub(super) avatar_template: Option<String>,
    #[serde(default)]
    pub(super) created_at: String,
    pub(super) updated_at: Option<String>,
    pub(super) version: Option<u64>,
    pub(super) raw: Option<String>,
    pub(super) cooked: Option<String>,
    pub(super) reply_to_post_number: Option<u64>,
    pub(super) deleted_at: Option<String>,
    pub(super) user_deleted: Option<bool>,
    pub(super) accepted_answer: Option<bool>,
    pub(super) actions_summary: Option<Vec<Action>>,
    pub(super) polls: Option<Vec<Poll>>,
}

/// How often something was done to a post; likes are number 2.
#[derive(Debug, Deserialize)]
pub(super) struct Action {
    pub(super) id: Option<u64>,
    pub(super) count: Option<u64>,
}

/// A poll with its results.
#[derive(Debug, Deserialize)]
pub(super) struct Poll {
    pub(super) title: Option<String>,
    pub(super) voters: Option<u64>,
    #[serde(default)]
    pub(super) options: Vec<Choice>,
}

/// What could be voted for.
#[derive(Debug, Deserialize)]
pub(super) struct Choice {
    #[serde(default)]
    pub(super) html: String,
    pub(super) votes: Option<u64>,
}

/// A category.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Category {
    pub(super) id: u64,
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) slug: String,
    pub(super) description: Option<String>,
    pub(super) position: Option<i64>,
    pub(super) parent_category_id: Option<u64>,
    pub(super) read_restricted: Option<bool>,
    pub(super) subcategory_list: Option<Vec<Category>>,
}

/// A value that is left out when it has another form.
fn lenient<'d, D: serde::Deserializer<'d>>(deserializer: D) -> Result<Option<Accepted>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).ok())
}

/// Reads a topic.
pub(super) fn topic(text: &str) -> Option<TopicJson> {
    serde_json::from_str(text).ok()
}

/// Whether this was meant as a topic.
pub(super) fn is_topic(text: &str) -> bool {
    text.contains("\"post_stream\"")
}

/// Whether a file's name says that it lists categories.
pub(super) fn may_list_categories(path: &Path) -> bool {
    path.file_stem().and_then(|it| it.to_str()).is_some_and(|it| it.contains("categor") || it.starts_with("site"))
}

/// The categories of `/categories.json` or `/site.json`.
pub(super) fn categories(text: &str) -> Option<Vec<Category>> {
    let mut value: Value = serde_json::from_str(text).ok()?;
    let list = match value.pointer_mut("/category_list/categories") {
        Some(list) => list.take(),
        None => value.get_mut("categories")?.take(),
    };
    let mut categories: Vec<Category> = serde_json::from_value(list).ok()?;
    let below: Vec<Category> = categories.iter_mut().filter_map(|it| it.subcategory_list.take()).flatten().collect();
    categories.extend(below);
    Some(categories)
}

/// The number of a topic in the name of its file: `12.json`, `tea-cups.12.json`, `12-2.json` for a second page.
pub(super) fn number(path: &Path) -> Option<u64> {
    let stem = path.file_stem()?.to_str()?;
    let digits = |part: &str| part.bytes().take_while(u8::is_ascii_digit).count();
    let first = digits(stem);
    let part = if first > 0 && !stem[first..].starts_with(|c: char| c.is_alphanumeric()) && !stem.contains('.') {
        &stem[..first]
    } else {
        stem.rsplit('.').next()?
    };
    part.parse().ok()
}

/// A time as seconds since 1970.
pub(super) fn seconds(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(Timestamp::as_second)
}

/// How many liked a post.
pub(super) fn likes(post: &PostJson) -> Option<u64> {
    post.actions_summary.as_ref()?.iter().find(|it| it.id == Some(2)).and_then(|it| it.count)
}

/// A topic's tags: names, or in newer versions objects with names.
pub(super) fn tags(topic: &TopicJson) -> Vec<String> {
    let name = |it: &Value| it.as_str().or_else(|| it.get("name")?.as_str()).map(str::to_owned);
    topic.tags.iter().flatten().filter_map(name).collect()
}

/// The results of a poll as a table.
pub(super) fn poll(poll: &Poll) -> String {
    let cell = |html: &str| crate::archive::html::cell(html, &super::cooked::shape_of(0));
    let choices: Vec<(String, Option<u64>)> = poll.options.iter().map(|it| (cell(&it.html), it.votes)).collect();
    crate::archive::poll::table(&poll.title.as_deref().map(cell).unwrap_or_default(), &choices, poll.voters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_tell_their_topic() {
        let of = |name: &str| number(Path::new(name));
        assert_eq!(of("t/12.json"), Some(12));
        assert_eq!(of("2d-tea.12.json"), Some(12));
        assert_eq!(of("12-2.json"), Some(12));
        assert_eq!(of("categories.json"), None);
    }
}
