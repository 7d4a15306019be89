//! Disqus' export of comments → items: a topic for each article, threads at two addresses of one article joined. Format:
//! <https://help.disqus.com/en/articles/1717164-comments-export>.

use std::collections::{BTreeMap, HashMap};

use super::article::{self, Article};
use super::item::{Item, Kind, Member, Post, Skipped, Want};
use super::row::{Answer, NO_DATE, NO_ID, Taken, answered};
use super::source::{self, Source};
use super::xml::{self, Element};
use super::{Archive, Format, Give, Old, Options, html};
use crate::Result;
use crate::monitor::Monitor;

/// The format.
pub const FORMAT: Format = Format { name: "disqus", about: "Disqus comments", looks, open };

fn looks(source: &Source) -> bool {
    let disqus = |head: Vec<u8>| String::from_utf8_lossy(&head).contains("<disqus ");
    source.ending("xml").take(20).any(|path| source::head(path).is_some_and(disqus))
}

fn open(source: Source, told: &Options) -> Result<Box<dyn Archive>> {
    let (threads, places) = (HashMap::new(), BTreeMap::new());
    Ok(Box::new(Disqus { source, url: told.url.clone(), threads, articles: Vec::new(), places }))
}

struct Disqus {
    source: Source,
    url: Option<String>,
    /// The article of each thread, by the thread's id; none for a deleted one.
    threads: HashMap<String, Option<usize>>,
    articles: Vec<Article>,
    /// Where each of them is, by its id.
    places: BTreeMap<String, usize>,
}

impl Archive for Disqus {
    fn read(&mut self, want: Want, _: &dyn Monitor, give: Give<'_>) -> Result<()> {
        let files: Vec<_> = self.source.ending("xml").map(ToOwned::to_owned).collect();
        if want == Want::Names {
            for path in &files {
                xml::each(path, &["thread", "post"], &mut |it| {
                    match it.name.as_str() {
                        "thread" => self.thread(&it),
                        _ => self.date(&it),
                    }
                    Ok(())
                })?;
            }
        }
        for article in &self.articles {
            article.give(give)?;
        }
        for path in &files {
            xml::each(path, &["thread", "post"], &mut |it| match it.name.as_str() {
                "post" => answered(self.post(&it, want), || it.attribute("dsq:id").to_owned(), give).map(drop),
                _ => left_out_thread(&it).map_or(Ok(()), |skipped| give(Item::Skipped(skipped))),
            })?;
        }
        Ok(())
    }

    fn old(&self) -> Old {
        article::old(self.url.clone().or_else(|| self.articles.iter().find_map(Article::base)), article::COMMENT)
    }
}

/// A comment's time.
fn seconds(it: &Element) -> Option<i64> {
    it.words("createdAt").parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second)
}

/// Why none of a thread's comments is taken.
fn left_out_thread(it: &Element) -> Option<Skipped> {
    let reason = match it.attribute("dsq:id") {
        "" => Some(NO_ID),
        _ => is_left_out(it),
    };
    reason.map(|reason| Skipped { kind: Kind::Topic, reason, name: it.words("link").to_owned() })
}

fn is_left_out(it: &Element) -> Option<&'static str> {
    let yes = |name| it.words(name) == "true";
    match () {
        () if yes("isSpam") => Some("spam"),
        () if yes("isDeleted") => Some("deleted"),
        () => None,
    }
}

impl Disqus {
    fn thread(&mut self, it: &Element) {
        let id = it.attribute("dsq:id").to_owned();
        if left_out_thread(it).is_some() {
            self.threads.insert(id, None);
            return;
        }
        let article = Article::new(it.words("link"), it.words("title"), it.words("isClosed") == "true");
        let at = *self.places.entry(article.id.clone()).or_insert(self.articles.len());
        match self.articles.get_mut(at) {
            Some(known) => known.join(article),
            None => self.articles.push(article),
        }
        self.threads.insert(id, Some(at));
    }

    fn date(&mut self, it: &Element) {
        let thread = it.child("thread").map_or("", |it| it.attribute("dsq:id"));
        let article = self.threads.get(thread).copied().flatten().and_then(|at| self.articles.get_mut(at));
        if let (Some(article), Some(date), None) = (article, seconds(it), is_left_out(it)) {
            article.first = Some(article.first.map_or(date, |first| first.min(date)));
        }
    }

    fn post(&self, it: &Element, want: Want) -> Answer {
        let id = Some(it.attribute("dsq:id")).filter(|id| !id.is_empty()).ok_or(NO_ID)?;
        if let Some(reason) = is_left_out(it) {
            return Err(reason);
        }
        let thread = it.child("thread").map_or("", |it| it.attribute("dsq:id"));
        let article = match self.threads.get(thread) {
            Some(Some(at)) => self.articles.get(*at),
            Some(None) => return Err("its article was deleted"),
            None => None,
        };
        let article = article.ok_or("its article is not in the export")?;
        let date = seconds(it).ok_or(NO_DATE)?;
        let who = it.child("author").cloned().unwrap_or_default();
        let (name, user) = (who.words("name"), who.words("username"));
        // Two guests of one name are told apart by their address, which nobody may read.
        let (member, secret) = match user {
            "" => (article::guest(name, who.words("email")), true),
            user => (format!("u{user}"), false),
        };
        let author = Member { id: member.clone(), secret, name: name.to_owned(), ..Member::default() };
        let parent = it.child("parent").map(|it| it.attribute("dsq:id")).filter(|it| !it.is_empty());
        let text = if want == Want::All { html::markdown(it.words("message"), &html::usual) } else { String::new() };
        let post = Post {
            id: format!("p{id}"),
            topic: article.id.clone(),
            author: member,
            date,
            reply_to: parent.map(|id| format!("p{id}")),
            source: article.source().map(|address| format!("{address}#comment-{id}")),
            aliases: article.path().map(|path| format!("{path}#comment-{id}")).into_iter().collect(),
            text,
            ..Post::default()
        };
        Ok(Taken { author: Some(author), post, ..Taken::default() })
    }
}
