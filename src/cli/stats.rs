//! `boards stats`: how much was written in a forum, when and where.

use serde_json::json;

use super::build::Site;
use super::terminal::{Terminal, counted};
use super::{Common, Done, Exit};
use crate::build::load;
use crate::cache::Cache;
use crate::content::Forum;
use crate::content::Month;
use crate::site::{Figures, News};

/// Tell how much was written in the forum, when and where
///
/// Counts everything; the page of figures on the site counts whole months alone.
///
/// Example: boards stats --rev main
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Stats {
    #[command(flatten)]
    site: Site,
}

/// How many months the table has; JSON has all.
const MONTHS: usize = 12;

impl Stats {
    pub(super) fn run(self, common: &Common, terminal: &Terminal) -> Done {
        let order = self.site.order(common);
        let load = |cache: &Cache| load(&order, cache, terminal);
        let forum = order.cache.with(&order.repository, "stats", terminal, load)?.forum;
        let figures = Figures::of(&forum, None);
        if terminal.json() {
            terminal.result(&object(&forum, &figures))?;
        } else {
            terminal.lines(&table(&forum, &figures))?;
        }
        Ok(Exit::Fine)
    }
}

fn month(month: Month) -> String {
    format!("{:04}-{:02}", month.year(), month.number())
}

fn object(forum: &Forum, figures: &Figures) -> serde_json::Value {
    let news = |name: &str, value: serde_json::Value, news: &News| json!({ name: value, "posts": news.posts, "topics": news.topics, "members": news.members });
    let years = figures.years();
    let boards = figures.boards.iter().filter_map(|(id, news)| {
        let board = forum.boards.get(*id as usize)?;
        Some(json!({ "path": board.path, "title": board.title, "posts": news.posts, "topics": news.topics }))
    });
    let topics = figures.topics.iter().filter_map(|(id, posts)| {
        let topic = forum.topics.get(*id as usize)?;
        Some(json!({ "path": topic.path, "title": topic.title(), "posts": posts }))
    });
    json!({
        "posts": figures.total.posts,
        "topics": figures.total.topics,
        "members": figures.total.members,
        "years": years.iter().map(|(year, it)| news("year", json!(year), it)).collect::<Vec<_>>(),
        "months": figures.months.iter().map(|(at, it)| news("month", json!(month(*at)), it)).collect::<Vec<_>>(),
        "boards": boards.collect::<Vec<_>>(),
        "largest": topics.collect::<Vec<_>>(),
    })
}

fn table(forum: &Forum, figures: &Figures) -> String {
    let total = &figures.total;
    let (posts, topics) = (counted(total.posts as usize, "post"), counted(total.topics as usize, "topic"));
    let mut text = format!("{posts} in {topics} by {}\n", counted(total.members as usize, "member"));
    let row = |name: &str, it: &News| format!("{name:<8} {:>8} {:>8} {:>8}\n", it.posts, it.topics, it.members);
    let head = |name: &str| format!("\n{name:<8} {:>8} {:>8} {:>8}\n", "posts", "topics", "members");
    if !figures.months.is_empty() {
        text.push_str(&head("year"));
        figures.years().iter().for_each(|(year, it)| text.push_str(&row(&year.to_string(), it)));
        text.push_str(&head("month"));
        let last = figures.months.len().saturating_sub(MONTHS);
        figures.months.iter().skip(last).for_each(|(at, it)| text.push_str(&row(&month(*at), it)));
    }
    if !figures.boards.is_empty() {
        text.push_str(&format!("\n{:>8} {:>8}  board\n", "posts", "topics"));
        for (id, it) in &figures.boards {
            let title = forum.boards.get(*id as usize).map_or("", |board| &board.title);
            text.push_str(&format!("{:>8} {:>8}  {}\n", it.posts, it.topics, one_line(title)));
        }
        text.push_str(&format!("\n{:>8}  topic\n", "posts"));
        for (id, posts) in &figures.topics {
            let title = forum.topics.get(*id as usize).map_or("", |topic| topic.title());
            text.push_str(&format!("{posts:>8}  {}\n", one_line(title)));
        }
    }
    text
}

fn one_line(title: &str) -> String {
    title.split_whitespace().collect::<Vec<_>>().join(" ")
}
