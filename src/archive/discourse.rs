//! Discourse's JSON of topics (`/t/ID.json`), as files of a folder → items. It takes `raw` where that is, else the topic's
//! Markdown beside it (`/raw/ID.md`), and the HTML where neither is or where they are more than Markdown. Formats: <https://docs.discourse.org/>.

mod cooked;
mod json;
mod raw;

use std::path::{Path, PathBuf};

use rustc_hash::{FxHashMap, FxHashSet};

use super::item::{Board, Item, Kind, Member, Post, Skipped, Topic, Want};
use super::source::{self, Source};
use super::{Archive, Format, Give, Old, Told};
use crate::Result;
use crate::monitor::Monitor;
use json::{Category, PostJson, TopicJson};

/// The format.
pub const FORMAT: Format = Format { name: "discourse", about: "Discourse topics as JSON", looks, open };

fn looks(source: &Source) -> bool {
    source.ending("json").take(20).any(|path| {
        source::head(path).is_some_and(|head| {
            let text = String::from_utf8_lossy(&head);
            text.contains("\"post_stream\"") || text.contains("\"category_list\"")
        })
    })
}

fn open(source: Source, told: &Told) -> Result<Box<dyn Archive>> {
    Ok(Box::new(Discourse { source, url: told.url.clone(), hosts: FxHashMap::default() }))
}

struct Discourse {
    source: Source,
    url: Option<String>,
    /// Hosts that avatars are served for, and how often: the forum's own.
    hosts: FxHashMap<String, u32>,
}

impl Archive for Discourse {
    fn read(&mut self, want: Want, _: &dyn Monitor, give: Give<'_>) -> Result<()> {
        let raws = self.raws();
        let mut seen = Seen::default();
        let mut boards = Vec::new();
        let mut files: Vec<PathBuf> = self.source.ending("json").map(Path::to_owned).collect();
        // Lists of categories come first, wherever they lie.
        for path in &files {
            if json::may_list_categories(path)
                && let Some(list) = json::categories(&source::text(path)?)
            {
                boards.extend(list);
            }
        }
        for board in self.boards(boards) {
            seen.boards.insert(board.id.clone());
            give(Item::Board(board))?;
        }
        files.sort_by_key(|path| (json::number(path), path.clone()));
        for path in &files {
            let text = source::text(path)?;
            let name = self.source.name(path).into_owned();
            match json::topic(&text) {
                Some(topic) => self.topic(topic, &raws, want, &mut seen, give)?,
                None if json::is_topic(&text) => {
                    give(Item::Skipped(Skipped { kind: Kind::Topic, reason: "unreadable JSON", name }))?;
                }
                None => {}
            }
        }
        Ok(())
    }

    fn old(&self) -> Old {
        let base = self.base();
        let plain = Old::at(base.clone());
        let local = move |address: &str| (plain.local)(address).and_then(|path| canonical(&path));
        Old { base, local: Box::new(local) }
    }
}

/// What was given already: topics come in pages.
#[derive(Default)]
struct Seen {
    boards: FxHashSet<String>,
    members: FxHashSet<String>,
    topics: FxHashSet<u64>,
}

impl Discourse {
    /// The forum's address: as it was told, else that of the host which serves its avatars.
    fn base(&self) -> Option<String> {
        let known = self.url.as_deref().map(|it| it.trim_end_matches('/').to_owned());
        let most = || self.hosts.iter().max_by(|a, b| a.1.cmp(b.1).then_with(|| b.0.cmp(a.0)));
        known.or_else(|| most().map(|(host, _)| format!("https://{host}")))
    }

    /// The files with the Markdown of whole topics, by the topic's number.
    fn raws(&self) -> FxHashMap<u64, PathBuf> {
        let each = self.source.ending("md").filter_map(|path| Some((json::number(path)?, path.to_owned())));
        each.collect()
    }

    fn boards(&self, categories: Vec<Category>) -> Vec<Board> {
        let mut boards: Vec<Board> = Vec::new();
        let slugs: FxHashMap<u64, String> = categories.iter().map(|it| (it.id, it.slug.clone())).collect();
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

    fn topic(
        &mut self,
        topic: TopicJson,
        raws: &FxHashMap<u64, PathBuf>,
        want: Want,
        seen: &mut Seen,
        give: Give<'_>,
    ) -> Result<()> {
        let TopicJson { id, slug, post_stream, .. } = &topic;
        if topic.archetype.as_deref() == Some("private_message") {
            for post in &post_stream.posts {
                give(skipped("private message", id, post))?;
            }
            return Ok(());
        }
        if let Some(category) = topic.category_id {
            let board = format!("c{category}");
            if seen.boards.insert(board.clone()) {
                give(Item::Board(Board {
                    id: board,
                    name: Some(format!("c{category}")),
                    title: format!("Category {category}"),
                    aliases: vec![format!("/c/{category}")],
                    ..Board::default()
                }))?;
            }
        }
        let raw = match raws.get(id).filter(|_| want == Want::All) {
            Some(path) => raw::posts(&source::text(path)?),
            None => FxHashMap::default(),
        };
        if seen.topics.insert(*id) {
            give(Item::Topic(header(&topic)))?;
        }
        for post in &post_stream.posts {
            if let Some(reason) = left_out(post) {
                give(skipped(reason, id, post))?;
                continue;
            }
            self.note_host(post);
            let member = format!("u{}", post.user_id.unwrap_or_default());
            let name = post.username.clone().unwrap_or_else(|| String::from("former member"));
            if seen.members.insert(member.clone()) {
                let aliases = vec![format!("/u/{}", name.to_lowercase())];
                give(Item::Member(Member { id: member.clone(), secret: false, name, about: String::new(), aliases }))?;
            }
            let number = post.post_number;
            let mut aliases = vec![format!("/t/{slug}/{id}/{number}"), format!("/t/{id}/{number}")];
            aliases.push(format!("/p/{}", post.id));
            let source = self.base().map(|base| format!("{base}/t/{slug}/{id}/{number}"));
            let text = if want == Want::All { self.text(post, &topic, &raw) } else { String::new() };
            let reply = post.reply_to_post_number;
            give(Item::Post(Box::new(Post {
                id: format!("p{}", post.id),
                topic: format!("t{id}"),
                author: member,
                date: json::seconds(&post.created_at).unwrap_or_default(),
                edited: post.updated_at.as_deref().and_then(json::seconds).filter(|_| post.version.unwrap_or(1) > 1),
                opens: number == 1,
                made: false,
                reply_to: reply
                    .and_then(|n| post_stream.posts.iter().find(|it| it.post_number == n))
                    .map(|it| format!("p{}", it.id)),
                likes: json::likes(post),
                hidden: None,
                source,
                aliases,
                text,
                attachments: Vec::new(),
            })))?;
        }
        Ok(())
    }

    fn text(&self, post: &PostJson, topic: &TopicJson, raws: &FxHashMap<u64, String>) -> String {
        let base = self.base();
        let raw = post.raw.as_deref().or_else(|| raws.get(&post.post_number).map(String::as_str));
        let cooked = post.cooked.as_deref().unwrap_or_default();
        let mut text = match raw {
            Some(raw) if cooked.is_empty() || !raw::is_mixed(raw) => raw::markdown(raw, topic.id, base.as_deref()),
            _ => cooked::markdown(cooked, topic.id),
        };
        for poll in post.polls.iter().flatten() {
            text.push_str("\n\n");
            text.push_str(&json::poll(poll));
        }
        text
    }

    fn note_host(&mut self, post: &PostJson) {
        let own = |template: &str| {
            let host = template.strip_prefix("/user_avatar/")?.split('/').next()?.to_owned();
            host.contains('.').then_some(host)
        };
        if let Some(host) = post.avatar_template.as_deref().and_then(own) {
            *self.hosts.entry(host).or_default() += 1;
        }
    }
}

fn skipped(reason: &'static str, topic: &u64, post: &PostJson) -> Item {
    Item::Skipped(Skipped { kind: Kind::Post, reason, name: format!("{topic}#{}", post.post_number) })
}

/// Why a post isn't part of the talk; none for one that is.
fn left_out(post: &PostJson) -> Option<&'static str> {
    match post.post_type {
        _ if post.deleted_at.is_some() || post.user_deleted.unwrap_or(false) => Some("deleted"),
        Some(3) => Some("small action"),
        Some(4) => Some("whisper"),
        _ if post.raw.is_none() && post.cooked.as_deref().unwrap_or_default().is_empty() => Some("no text"),
        _ if json::seconds(&post.created_at).is_none() => Some("no date"),
        _ => None,
    }
}

fn header(topic: &TopicJson) -> Topic {
    let TopicJson { id, slug, .. } = topic;
    let posts = &topic.post_stream.posts;
    let by_number = |n: u64| posts.iter().find(|it| it.post_number == n).map(|it| format!("p{}", it.id));
    let accepted = topic.accepted_answer.as_ref().and_then(|it| it.post_number).and_then(by_number);
    let marked = posts.iter().find(|it| it.accepted_answer.unwrap_or(false)).map(|it| format!("p{}", it.id));
    Topic {
        id: format!("t{id}"),
        board: topic.category_id.map(|it| format!("c{it}")),
        title: topic.title.clone(),
        tags: json::tags(topic),
        pinned: topic.pinned.unwrap_or(false) || topic.pinned_globally.unwrap_or(false),
        locked: topic.closed.unwrap_or(false) || topic.archived.unwrap_or(false),
        answer: accepted.or(marked),
        views: topic.views,
        aliases: vec![format!("/t/{slug}/{id}"), format!("/t/{id}"), format!("/t/{slug}")],
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
