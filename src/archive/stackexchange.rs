//! A Stack Exchange dump (`Posts.xml`, `Comments.xml`, `Users.xml`) → items: the question opens a topic, answers and
//! comments are posts. Format: <https://meta.stackexchange.com/questions/2677>.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::item::{Item, Kind, Member, Post, Skipped, Topic, Want};
use super::row::{Answer, NO_DATE, NO_ID, Taken, answered};
use super::source::Source;
use super::xml::{self, Element};
use super::{Archive, Format, Give, Old, Options, html};
use crate::monitor::Monitor;
use crate::{Error, Result};

/// The format.
pub const FORMAT: Format = Format { name: "stackexchange", about: "a Stack Exchange dump", looks, open };

fn looks(source: &Source) -> bool {
    named(source, "Posts.xml").is_some() && named(source, "Users.xml").is_some()
}

fn named(source: &Source, name: &str) -> Option<PathBuf> {
    source.files.iter().find(|path| path.file_name().is_some_and(|it| it.eq_ignore_ascii_case(name))).cloned()
}

fn open(source: Source, told: &Options) -> Result<Box<dyn Archive>> {
    let Some(posts) = named(&source, "Posts.xml") else {
        return Err(Error::other(format!("{}: no Posts.xml", source.path.display()), "name the folder of the dump"));
    };
    let (users, comments) = (named(&source, "Users.xml"), named(&source, "Comments.xml"));
    let url = told.url.as_deref().map(|it| it.trim_end_matches('/').to_owned());
    Ok(Box::new(Dump { _source: source, posts, users, comments, url, topics: HashMap::new() }))
}

struct Dump {
    /// Keeps unpacked files.
    _source: Source,
    posts: PathBuf,
    users: Option<PathBuf>,
    comments: Option<PathBuf>,
    url: Option<String>,
    /// The question of each question and answer, by their numbers.
    topics: HashMap<u64, u64>,
}

impl Archive for Dump {
    fn read(&mut self, want: Want, _: &dyn Monitor, give: Give<'_>) -> Result<()> {
        let rows = |path: &Path, give: &mut dyn FnMut(Element) -> Result<()>| xml::each(path, &["row"], give);
        if let Some(users) = &self.users {
            rows(users, &mut |row| {
                if row.attribute("Id").is_empty() {
                    let name = row.attribute("DisplayName").to_owned();
                    return give(Item::Skipped(Skipped { kind: Kind::Member, reason: NO_ID, name }));
                }
                let (id, name) = (row.attribute("Id").to_owned(), row.attribute("DisplayName").to_owned());
                let aliases = vec![format!("/users/{id}")];
                give(Item::Member(Member { id: format!("u{id}"), name, aliases, ..Member::default() }))
            })?;
        }
        if want == Want::Names {
            let topics = &mut self.topics;
            rows(&self.posts, &mut |row| {
                let question =
                    if row.attribute("PostTypeId") == "1" { number(&row, "Id") } else { number(&row, "ParentId") };
                if let (Some(id), Some(question)) = (number(&row, "Id"), question) {
                    topics.insert(id, question);
                }
                Ok(())
            })?;
        }
        let called = |row: &Element, of: &str| format!("{of}{}", row.attribute("Id"));
        rows(&self.posts, &mut |row| answered(self.post(&row, want), || called(&row, ""), give).map(drop))?;
        if let Some(comments) = &self.comments {
            rows(comments, &mut |row| answered(self.comment(&row, want), || called(&row, "comment "), give).map(drop))?;
        }
        Ok(())
    }

    fn old(&self) -> Old {
        let plain = Old::at(self.url.clone());
        let local = move |address: &str| (plain.local)(address).and_then(|path| canonical(&path));
        Old { base: self.url.clone(), local: Box::new(local) }
    }
}

fn number(row: &Element, name: &str) -> Option<u64> {
    row.attribute(name).parse().ok()
}

/// Times are in UTC, and don't say so.
fn seconds(text: &str) -> Option<i64> {
    format!("{text}Z").parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second)
}

/// Whose post it is: an account, or when it is gone the name alone.
fn author(row: &Element, id: &str, name: &str) -> String {
    match (row.attribute(id), row.attribute(name)) {
        ("", "") => String::from("anonymous"),
        ("", name) => name.to_owned(),
        (id, _) => format!("u{id}"),
    }
}

impl Dump {
    fn post(&self, row: &Element, want: Want) -> Answer {
        let id = number(row, "Id").ok_or(NO_ID)?;
        let kind = row.attribute("PostTypeId");
        match kind {
            "1" | "2" => {}
            "4" | "5" => return Err("description of a tag"),
            "6" => return Err("nomination of a moderator"),
            _ => return Err("neither question nor answer"),
        }
        if !row.attribute("DeletionDate").is_empty() {
            return Err("deleted");
        }
        let date = seconds(row.attribute("CreationDate")).ok_or(NO_DATE)?;
        let question = self.topics.get(&id).ok_or("no question")?;
        let title = row.attribute("Title");
        let topic = (kind == "1").then(|| Topic {
            id: format!("t{id}"),
            title: title.to_owned(),
            tags: tags(row.attribute("Tags")),
            locked: !row.attribute("ClosedDate").is_empty(),
            answer: number(row, "AcceptedAnswerId").map(|it| format!("p{it}")),
            views: number(row, "ViewCount"),
            aliases: vec![format!("/questions/{id}"), format!("/questions/{id}/{}", slug(title))],
            ..Topic::default()
        });
        let aliases = match kind {
            "1" => vec![format!("/q/{id}")],
            _ => vec![format!("/a/{id}"), format!("/questions/{question}/{id}")],
        };
        let text = if want == Want::All {
            licensed(html::markdown(row.attribute("Body"), &html::usual), row.attribute("ContentLicense"))
        } else {
            String::new()
        };
        let short = if kind == "1" { "q" } else { "a" };
        let post = Post {
            id: format!("p{id}"),
            topic: format!("t{question}"),
            author: author(row, "OwnerUserId", "OwnerDisplayName"),
            date,
            edited: seconds(row.attribute("LastEditDate")),
            opens: kind == "1",
            likes: number(row, "Score"),
            source: self.url.as_ref().map(|url| format!("{url}/{short}/{id}")),
            aliases,
            text,
            ..Post::default()
        };
        Ok(Taken { topic, post, ..Taken::default() })
    }

    fn comment(&self, row: &Element, want: Want) -> Answer {
        let id = number(row, "Id").ok_or(NO_ID)?;
        let date = seconds(row.attribute("CreationDate")).ok_or(NO_DATE)?;
        let on = number(row, "PostId").and_then(|on| Some((on, self.topics.get(&on)?)));
        let (on, question) = on.ok_or("comment on what is not in the export")?;
        let text = if want == Want::All {
            licensed(row.attribute("Text").to_owned(), row.attribute("ContentLicense"))
        } else {
            String::new()
        };
        let post = Post {
            id: format!("k{id}"),
            topic: format!("t{question}"),
            author: author(row, "UserId", "UserDisplayName"),
            date,
            reply_to: Some(format!("p{on}")),
            likes: number(row, "Score"),
            source: self.url.as_ref().map(|url| format!("{url}/posts/comments/{id}")),
            aliases: vec![format!("/posts/comments/{id}")],
            text,
            ..Post::default()
        };
        Ok(Taken { post, ..Taken::default() })
    }
}

/// The licence asks to be named where the text is shown.
fn licensed(text: String, licence: &str) -> String {
    let known = licence.strip_prefix("CC BY-SA ").filter(|it| it.bytes().all(|b| b.is_ascii_digit() || b == b'.'));
    match known {
        Some(version) => {
            format!("{text}\n\n<sub>[{licence}](https://creativecommons.org/licenses/by-sa/{version}/)</sub>")
        }
        None => text,
    }
}

/// `<tea><cups>`, or in newer dumps `|tea|cups|`.
fn tags(text: &str) -> Vec<String> {
    text.split(['<', '>', '|']).filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

/// The words of a title in an address.
fn slug(title: &str) -> String {
    let mut slug = String::new();
    for c in title.chars().flat_map(char::to_lowercase) {
        match c {
            c if c.is_ascii_alphanumeric() => slug.push(c),
            '\'' | '’' => {}
            _ if slug.ends_with('-') || slug.is_empty() => {}
            _ => slug.push('-'),
        }
        if slug.len() >= 80 {
            break;
        }
    }
    slug.trim_end_matches('-').to_owned()
}

/// The one form of the addresses that lead to the same thing.
fn canonical(path: &str) -> Option<String> {
    let (path, fragment) = path.split_once('#').unwrap_or((path, ""));
    let path = path.split('?').next().unwrap_or(path);
    let parts: Vec<&str> = path.split('/').skip(1).filter(|it| !it.is_empty()).collect();
    let number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if let Some((comment, _)) = fragment.strip_prefix("comment").and_then(|it| it.split_once('_')) {
        return number(comment).then(|| format!("/posts/comments/{comment}"));
    }
    match parts[..] {
        ["questions", _, _, answer] if number(answer) => Some(format!("/a/{answer}")),
        ["questions", question, ..] if number(question) && number(fragment) => Some(format!("/a/{fragment}")),
        ["questions" | "q", question, ..] if number(question) => Some(format!("/questions/{question}")),
        ["a", answer, ..] if number(answer) => Some(format!("/a/{answer}")),
        ["posts", "comments", comment] if number(comment) => Some(path.to_owned()),
        ["users", user, ..] if number(user) => Some(format!("/users/{user}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_thing_have_one_form() {
        let same = |a: &str, b: &str| assert_eq!(canonical(a).as_deref(), Some(b), "{a}");
        same("/questions/12/which-tea", "/questions/12");
        same("/questions/12/which-tea/34#34", "/a/34");
        same("/q/12/5", "/questions/12");
        same("/questions/12/which-tea#comment7_34", "/posts/comments/7");
        same("/users/5/ada", "/users/5");
        assert_eq!(canonical("/tags/tea"), None);
    }

    #[test]
    fn tags_of_both_forms_are_read() {
        assert_eq!(tags("<tea><cups>"), ["tea", "cups"]);
        assert_eq!(tags("|tea|cups|"), ["tea", "cups"]);
    }
}
