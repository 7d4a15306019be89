//! Discourse: JSON of its topics, or a backup of its database → items, the same of both. It takes `raw` where that is, else
//! the topic's Markdown beside it (`/raw/ID.md`), and the HTML where neither is or where they are more than Markdown.
//! Formats: <https://docs.discourse.org/>.

mod backup;
mod cooked;
mod json;
mod raw;
mod topics;
mod uploads;

use std::collections::{HashMap, HashSet};

use super::item::{Board, Member, Post, Want};
use super::row::NO_DATE;
use super::source::{self, Source};
use super::{Archive, Format, Old, Options};
use crate::Result;
use json::{Category, PostJson};

/// The format.
pub const FORMAT: Format = Format { name: "discourse", about: "Discourse topics", looks, open };

fn looks(source: &Source) -> bool {
    has_topics(source) || backup::looks(source)
}

fn has_topics(source: &Source) -> bool {
    source.ending("json").take(20).any(|path| {
        source::head(path).is_some_and(|head| {
            let text = String::from_utf8_lossy(&head);
            text.contains("\"post_stream\"") || text.contains("\"category_list\"")
        })
    })
}

fn open(source: Source, told: &Options) -> Result<Box<dyn Archive>> {
    if has_topics(&source) || !backup::looks(&source) {
        Ok(topics::open(source, told))
    } else {
        Ok(backup::open(source, told))
    }
}

/// The addresses of a forum that stood there.
fn old(base: Option<String>) -> Old {
    let plain = Old::at(base.clone());
    let local = move |address: &str| (plain.local)(address).and_then(|path| canonical(&path));
    Old { base, local: Box::new(local) }
}

/// What was given already: topics come in pages.
#[derive(Default)]
struct Duplicates {
    boards: HashSet<String>,
    members: HashSet<String>,
    topics: HashSet<u64>,
}

impl Duplicates {
    /// The author of a post, when it is their first.
    fn member(&mut self, post: &PostJson) -> Option<Member> {
        let id = member(post);
        if !self.members.insert(id.clone()) {
            return None;
        }
        let name = post.username.clone().unwrap_or_else(|| String::from("former member"));
        let aliases = vec![format!("/u/{}", name.to_lowercase())];
        Some(Member { id, secret: false, name, about: String::new(), aliases })
    }
}

fn member(post: &PostJson) -> String {
    format!("u{}", post.user_id.unwrap_or_default())
}

/// The boards of categories, each behind the one that it lies in.
fn boards(categories: Vec<Category>) -> Vec<Board> {
    let mut boards: Vec<Board> = Vec::new();
    let slugs: HashMap<u64, String> = categories.iter().map(|it| (it.id, it.slug.clone())).collect();
    // A parent comes before its children.
    let (top, below): (Vec<Category>, Vec<Category>) =
        categories.into_iter().partition(|it| it.parent_category_id.is_none());
    for it in top.into_iter().chain(below) {
        if boards.iter().any(|board| board.id == format!("c{}", it.id)) {
            continue;
        }
        let above = it.parent_category_id.and_then(|id| slugs.get(&id)).map(|slug| format!("{slug}/"));
        let path = format!("/c/{}{}", above.unwrap_or_default(), it.slug);
        let html = it.description.unwrap_or_default();
        boards.push(Board {
            id: format!("c{}", it.id),
            parent: it.parent_category_id.map(|id| format!("c{id}")),
            name: Some(it.slug),
            title: it.name,
            description: super::html::markdown(&html, &super::html::usual),
            order: it.position,
            read_only: it.read_restricted.unwrap_or(false),
            aliases: vec![format!("/c/{}", it.id), format!("{path}/{}", it.id), path],
        });
    }
    boards
}

/// The topic of a post.
struct Of<'t> {
    id: u64,
    slug: &'t str,
}

/// A post; `raw` is its Markdown and `reply` the post that it answers, when they are known.
fn made(post: &PostJson, of: &Of<'_>, raw: Option<&str>, reply: Option<u64>, base: Option<&str>, want: Want) -> Post {
    let (number, Of { id, slug }) = (post.post_number, of);
    Post {
        id: format!("p{}", post.id),
        topic: format!("t{id}"),
        author: member(post),
        date: json::seconds(&post.created_at).unwrap_or_default(),
        edited: post.updated_at.as_deref().and_then(json::seconds).filter(|_| post.version.unwrap_or(1) > 1),
        opens: number == 1,
        reply_to: reply.map(|id| format!("p{id}")),
        likes: json::likes(post),
        source: base.map(|base| format!("{base}/t/{slug}/{id}/{number}")),
        aliases: vec![format!("/t/{slug}/{id}/{number}"), format!("/t/{id}/{number}"), format!("/p/{}", post.id)],
        text: if want == Want::All { text(post, *id, raw, base) } else { String::new() },
        ..Post::default()
    }
}

fn text(post: &PostJson, topic: u64, raw: Option<&str>, base: Option<&str>) -> String {
    let cooked = post.cooked.as_deref().unwrap_or_default();
    let mut text = match raw {
        Some(raw) if cooked.is_empty() || !raw::is_mixed(raw) => raw::markdown(raw, topic, base),
        _ => cooked::markdown(cooked, topic),
    };
    for poll in post.polls.iter().flatten() {
        text.push_str("\n\n");
        text.push_str(&json::poll(poll));
    }
    text
}

/// Why a post isn't part of the talk; none for one that is.
fn left_out(post: &PostJson) -> Option<&'static str> {
    match post.post_type {
        _ if post.deleted_at.is_some() || post.user_deleted.unwrap_or(false) => Some("deleted"),
        Some(3) => Some("small action"),
        Some(4) => Some("whisper"),
        _ if post.raw.is_none() && post.cooked.as_deref().unwrap_or_default().is_empty() => Some("no text"),
        _ if json::seconds(&post.created_at).is_none() => Some(NO_DATE),
        _ => None,
    }
}

/// The one form of the addresses that lead to the same thing, whatever words they bear.
fn canonical(path: &str) -> Option<String> {
    let path = path.split(['?', '#']).next().unwrap_or(path).trim_end_matches('/');
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    let number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    Some(match parts[..] {
        ["t", id, post] | ["t", _, id, post] if number(id) && number(post) => format!("/t/{id}/{post}"),
        ["t", _, id] | ["t", id] if number(id) => format!("/t/{id}"),
        ["t", slug] => format!("/t/{slug}"),
        ["u" | "users", name, ..] => format!("/u/{}", name.to_lowercase()),
        ["c", .., id] if number(id) => format!("/c/{id}"),
        ["c", ..] => path.to_owned(),
        ["p", id] if number(id) => format!("/p/{id}"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn addresses_of_one_thing_have_one_form() {
        let same = |a: &str, b: &str| assert_eq!(canonical(a).as_deref(), Some(b), "{a}");
        same("/t/tea-cups/12/3?u=ada", "/t/12/3");
        same("/t/12/3", "/t/12/3");
        same("/t/tea-cups/12/", "/t/12");
        same("/t/tea-cups", "/t/tea-cups");
        same("/u/Ada/summary", "/u/ada");
        same("/c/tea/green/5", "/c/5");
        assert_eq!(canonical("/about"), None);
    }
}
