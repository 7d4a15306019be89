//! An article of a site, as comment services know it: an address and maybe a title → a topic for its comments, with a post
//! that opens it and leads to the article. The article's own text is not there.

use super::html;
use super::item::{Item, Member, Post, Topic};
use super::{Give, Old, host, names};
use crate::Result;

/// An article.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Article {
    /// The id of its topic: its path, so that an article at two hosts, with and without `www` or encryption, is one.
    pub(super) id: String,
    address: String,
    title: String,
    closed: bool,
    /// All of its paths.
    aliases: Vec<String>,
    /// When its first comment was written.
    pub(super) first: Option<i64>,
}

/// The old addresses of comments, which have `mark` before their numbers. Those of the articles themselves are not among them: the articles still stand there.
pub(super) fn old(base: Option<String>, mark: &'static str) -> Old {
    let plain = Old::at(base.clone());
    let local = move |address: &str| (plain.local)(address).filter(|path| path.contains(mark));
    Old { base, local: Box::new(local) }
}

/// What most systems have before the number of a comment.
pub(super) const COMMENT: &str = "#comment-";

/// The id of a guest who left a name and an address of e-mail.
pub(super) fn guest(name: &str, email: &str) -> String {
    format!("{name}|{}", email.to_lowercase())
}

impl Article {
    /// The article at this address, which may be a path alone.
    pub(super) fn new(address: &str, title: &str, closed: bool) -> Article {
        let address = address.split('#').next().unwrap_or(address).trim();
        let path = match address.split_once("://") {
            Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
            None => address,
        };
        let plain = path.trim_end_matches("index.html").trim_end_matches('/');
        let id = if plain.is_empty() { String::from("t/") } else { format!("t{plain}") };
        let last = plain.rsplit('/').next().unwrap_or_default().replace(['-', '_'], " ");
        let title = match title.trim() {
            "" if last.is_empty() => String::from("Comments"),
            "" => names::capitalised(&last),
            title => title.to_owned(),
        };
        Article { id, address: address.to_owned(), title, closed, aliases: vec![path.to_owned()], first: None }
    }

    /// Takes over what another thread of the same article knows.
    pub(super) fn join(&mut self, other: Article) {
        for alias in other.aliases {
            if !self.aliases.contains(&alias) {
                self.aliases.push(alias);
            }
        }
        self.closed &= other.closed;
        self.first = [self.first, other.first].into_iter().flatten().min();
    }

    /// The address of its site, when the article has a full address.
    pub(super) fn base(&self) -> Option<String> {
        let (scheme, _) = self.address.split_once("://")?;
        Some(format!("{scheme}://{}", host(&self.address)))
    }

    /// Its address, when it is a full one.
    pub(super) fn source(&self) -> Option<&str> {
        self.address.contains("://").then_some(self.address.as_str())
    }

    /// Its path.
    pub(super) fn path(&self) -> Option<&str> {
        self.aliases.first().map(String::as_str)
    }

    /// Gives its topic and, where it has comments, the post that opens it.
    pub(super) fn give(&self, give: Give<'_>) -> Result<()> {
        give(Item::Topic(Topic {
            id: self.id.clone(),
            title: self.title.clone(),
            locked: self.closed,
            aliases: self.aliases.clone(),
            ..Topic::default()
        }))?;
        let Some(date) = self.first else { return Ok(()) };
        let owner = self.base().map_or_else(|| String::from("Comments"), |it| host(&it).to_owned());
        let member = format!("site {owner}");
        give(Item::Member(Member { id: member.clone(), name: owner, ..Member::default() }))?;
        let words = html::plain_words(&self.title);
        let text = match self.source() {
            Some(address) => format!("[{words}]({})", html::target(address)),
            None => words,
        };
        give(Item::Post(Box::new(Post {
            id: format!("o{}", &self.id),
            topic: self.id.clone(),
            author: member,
            date,
            opens: true,
            made: true,
            source: self.source().map(str::to_owned),
            text,
            ..Post::default()
        })))
    }
}
