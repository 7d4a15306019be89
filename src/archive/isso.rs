//! The comments that Isso keeps in a SQLite database, or a text dump of it → items: a topic for each article. Addresses of
//! people are told apart by and not kept. Tables: <https://isso-comments.de/docs/technical-docs/database/>.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use super::article::{self, Article};
use super::item::{Item, Kind, Member, Post, Skipped, Want};
use super::row::{Answer, NO_DATE, NO_ID, Taken, answered};
use super::source::{self, Source};
use super::sql::{self, Charset, Reader, Row, Rows};
use super::{Archive, Format, Give, Old, Options, sqlite};
use crate::monitor::Monitor;
use crate::{Error, Result};

/// The format.
pub const FORMAT: Format = Format { name: "isso", about: "Isso comments", looks, open };

/// What stands before the number of a comment.
const MARK: &str = "#isso-";

fn looks(source: &Source) -> bool {
    databases(source).iter().take(20).any(|path| {
        let head = source::head(path).unwrap_or_default();
        let text = if sqlite::is_one(&head) { String::from_utf8_lossy(&head).into_owned() } else { sql::head(path) };
        ["threads", "comments", "remote_addr", "voters"].iter().all(|name| text.contains(name))
    })
}

fn databases(source: &Source) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        ["db", "sqlite", "sqlite3"].iter().flat_map(|it| source.ending(it)).map(Path::to_owned).collect();
    found.extend(sql::dumps(source).into_iter().filter(|path| !found.contains(path)).collect::<Vec<_>>());
    found
}

fn open(source: Source, told: &Options) -> Result<Box<dyn Archive>> {
    let databases = databases(&source);
    let base = told.url.as_deref().map(|it| it.trim_end_matches('/').to_owned());
    let (charset, index) = (told.charset, Index::default());
    Ok(Box::new(Comments { _source: source, databases, charset, base, index }))
}

struct Comments {
    /// Keeps unpacked files.
    _source: Source,
    databases: Vec<PathBuf>,
    charset: Option<Charset>,
    base: Option<String>,
    index: Index,
}

/// What has to be known before the first comment is given.
#[derive(Default)]
struct Index {
    /// Address and title of each thread.
    threads: HashMap<i64, (String, String)>,
    /// When the first comment of each was written.
    first: HashMap<i64, i64>,
    /// The articles that have comments; two addresses of one are joined.
    articles: BTreeMap<String, Article>,
    /// The article of each thread.
    of: HashMap<i64, String>,
    /// Threads that nothing tells from others.
    left_out: Vec<Skipped>,
    /// Which of the [`NEEDED`] tables have been met, each with all its columns.
    met: BTreeSet<&'static str>,
}

/// The tables of an Isso database, and the columns without which nothing can be told of a comment.
const NEEDED: [(&str, &[&str]); 2] = [("threads", &["id", "uri"]), ("comments", &["id", "tid", "created", "text"])];

impl Reader for Index {
    fn wants(&self, table: &str) -> bool {
        matches!(table, "threads" | "comments")
    }

    fn table(&mut self, name: &str, columns: &[String]) {
        let has = |column: &&str| columns.is_empty() || columns.iter().any(|it| it == column);
        let met = NEEDED.iter().filter(|(table, needed)| *table == name && needed.iter().all(has));
        self.met.extend(met.map(|(table, _)| *table));
    }

    fn row(&mut self, row: &Row<'_>) -> Result<()> {
        if row.table == "threads" {
            let thread = (row.text("uri").to_owned(), row.text("title").to_owned());
            match row.number("id") {
                Some(id) => _ = self.threads.insert(id, thread),
                None => self.left_out.push(Skipped { kind: Kind::Topic, reason: NO_ID, name: thread.0 }),
            }
        } else if let (Some(thread), Some(date), None) = (row.number("tid"), seconds(row, "created"), left_out(row)) {
            self.first.entry(thread).and_modify(|first| *first = date.min(*first)).or_insert(date);
        }
        Ok(())
    }
}

impl Index {
    /// Makes sure that the database at `path` has all that is needed of it.
    fn check(&self, path: &Path) -> Result<()> {
        let lacks = |(table, _): &&(&str, &[&str])| !self.met.contains(table);
        let Some((table, columns)) = NEEDED.iter().find(lacks) else { return Ok(()) };
        let columns = columns.join("`, `");
        Err(Error::other(
            format!("{}: there is no table `{table}` with the columns `{columns}`", path.display()),
            "name the database of Isso; what a running server has written lately is in the file beside it that ends in \
             `-wal`, so copy both",
        ))
    }

    fn settle(&mut self, base: Option<&str>) {
        let mut threads: Vec<_> = self.threads.iter().collect();
        threads.sort();
        for (id, (uri, title)) in threads {
            let address = if uri.contains("://") { uri.clone() } else { format!("{}{uri}", base.unwrap_or_default()) };
            let mut article = Article::new(&address, title, false);
            article.first = self.first.get(id).copied();
            self.of.insert(*id, article.id.clone());
            match self.articles.get_mut(&article.id) {
                Some(known) => known.join(article),
                None => {
                    self.articles.insert(article.id.clone(), article);
                }
            }
        }
    }

    fn article(&self, thread: i64) -> Option<&Article> {
        self.articles.get(self.of.get(&thread)?)
    }
}

/// A time: seconds since 1970, with their fractions.
fn seconds(row: &Row<'_>, column: &str) -> Option<i64> {
    row.floor(column).filter(|it| *it > 0)
}

/// Why a comment isn't part of the talk.
fn left_out(row: &Row<'_>) -> Option<&'static str> {
    match row.number("mode") {
        Some(1) | None => None,
        Some(2) => Some("not approved"),
        Some(4) => Some("deleted"),
        Some(_) => Some("of a kind that isn't shown"),
    }
}

impl Archive for Comments {
    fn read(&mut self, want: Want, _: &dyn Monitor, give: Give<'_>) -> Result<()> {
        if want == Want::Names {
            for path in &self.databases {
                self.index.met.clear();
                each(path, self.charset, &mut self.index)?;
                self.index.check(path)?;
            }
            self.index.settle(self.base.as_deref());
        }
        for skipped in &self.index.left_out {
            give(Item::Skipped(skipped.clone()))?;
        }
        for article in self.index.articles.values() {
            article.give(give)?;
        }
        let tables = [String::from("comments")];
        for path in &self.databases {
            let name = |row: &Row<'_>| row.value("id").unwrap_or("a comment").to_owned();
            let mut take = |row: &Row<'_>| answered(self.comment(row, want), || name(row), give).map(drop);
            each(path, self.charset, &mut Rows { tables: &tables, give: &mut take })?;
        }
        Ok(())
    }

    fn old(&self) -> Old {
        let known = self.index.articles.values().find_map(Article::base);
        article::old(self.base.clone().or(known), MARK)
    }
}

fn each(path: &Path, charset: Option<Charset>, reader: &mut dyn Reader) -> Result<()> {
    if source::head(path).is_some_and(|head| sqlite::is_one(&head)) {
        sqlite::each(path, charset, reader)
    } else {
        sql::each(path, charset, reader)
    }
}

impl Comments {
    fn comment(&self, row: &Row<'_>, want: Want) -> Answer {
        let id = row.number("id").ok_or(NO_ID)?;
        if let Some(reason) = left_out(row) {
            return Err(reason);
        }
        let date = seconds(row, "created").ok_or(NO_DATE)?;
        let article = row.number("tid").and_then(|thread| self.index.article(thread));
        let article = article.ok_or("its article is not in the export")?;
        let name = Some(row.text("author").trim()).filter(|it| !it.is_empty()).unwrap_or("Anonymous");
        let member = article::guest(name, row.text("email"));
        let author = Member { id: member.clone(), secret: true, name: name.to_owned(), ..Member::default() };
        let text = if want == Want::All { row.text("text").replace("\r\n", "\n") } else { String::new() };
        let post = Post {
            id: format!("p{id}"),
            topic: article.id.clone(),
            author: member,
            date,
            edited: seconds(row, "modified"),
            reply_to: row.number("parent").map(|parent| format!("p{parent}")),
            likes: row.number("likes").and_then(|it| u64::try_from(it).ok()),
            source: article.source().map(|address| format!("{address}{MARK}{id}")),
            aliases: article.path().map(|path| format!("{path}{MARK}{id}")).into_iter().collect(),
            text,
            ..Post::default()
        };
        Ok(Taken { author: Some(author), post, ..Taken::default() })
    }
}
