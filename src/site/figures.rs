//! A forum in → how much was written in it, when and where. It counts; what is shown of it is decided elsewhere.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use serde::Serialize;

use crate::content::{BoardId, Calendar, Forum, Month, PersonId, TopicId};

/// How much was new in a time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct News {
    /// Posts, opening posts included.
    pub posts: u64,
    /// Topics.
    pub topics: u64,
    /// Members who wrote their first post.
    pub members: u64,
}

/// How much was written in a forum.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// The last month that counts; `None` when all do.
    pub until: Option<Month>,
    /// All together.
    pub total: News,
    /// The months in which something was written, with what was new in each.
    pub months: Vec<(Month, News)>,
    /// The boards in which something was written, with their own posts and topics, the busiest first.
    pub boards: Vec<(BoardId, News)>,
    /// The topics with their posts, the biggest first.
    pub topics: Vec<(TopicId, u64)>,
}

/// How many boards and topics are listed.
const LISTED_TOPICS: usize = 10;

impl News {
    fn add(&mut self, other: News) {
        self.posts += other.posts;
        self.topics += other.topics;
        self.members += other.members;
    }
}

/// The last month that is over by the forum's own clock: the one before the month of the newest post, or that month when
/// the forum is [closed](Forum::closed). `None` for a forum whose first month isn't over.
#[must_use]
pub fn last_finished(forum: &Forum) -> Option<Month> {
    let newest = Month::of(forum.topics.iter().map(|topic| topic.posts.summary().newest).max()?);
    let last = if forum.closed() { newest } else { newest.before(1) };
    let first = Month::of(forum.topics.iter().map(|topic| topic.posts.summary().oldest).min()?);
    (first <= last).then_some(last)
}

impl Figures {
    /// Counts what was written in a forum, up to the end of the month `until` where one is given.
    #[must_use]
    pub fn of(forum: &Forum, until: Option<Month>) -> Figures {
        let counts = |month: Month| until.is_none_or(|until| month <= until);
        let mut months: FxHashMap<Month, News> = FxHashMap::default();
        let mut boards = vec![News::default(); forum.boards.len()];
        let mut first: Vec<Option<Month>> = vec![None; forum.people.len()];
        let mut topics: Vec<(TopicId, u64)> = Vec::new();
        let mut calendar = Calendar::default();
        for (topic, id) in forum.topics.iter().zip(0..) {
            let (summary, people) = (topic.posts.summary(), topic.posts.people());
            let mut posts = 0;
            let mut note = |month: Month, own: u64, authors: &[PersonId]| {
                if counts(month) {
                    posts += own;
                    months.entry(month).or_default().posts += own;
                    for author in authors {
                        if let Some(first) = first.get_mut(*author as usize) {
                            *first = Some(first.map_or(month, |first| first.min(month)));
                        }
                    }
                }
            };
            let month = calendar.month(summary.oldest);
            if calendar.month(summary.newest) == month {
                // Most topics are of one month.
                note(month, summary.count() as u64, topic.posts.authors());
            } else {
                for (date, author) in summary.dates().zip(summary.authors()) {
                    let author = author as usize;
                    note(calendar.month(date), 1, people.get(author..=author).unwrap_or_default());
                }
            }
            if posts == 0 {
                continue;
            }
            topics.push((id, posts));
            let opened = calendar.month(summary.opened);
            if counts(opened) {
                months.entry(opened).or_default().topics += 1;
            }
            let opened = u64::from(counts(opened));
            if let Some(board) = boards.get_mut(topic.board as usize) {
                board.add(News { posts, topics: opened, members: 0 });
            }
        }
        for (person, first) in forum.people.iter().zip(&first) {
            if let Some(month) = first.filter(|_| !person.guest()) {
                months.entry(month).or_default().members += 1;
            }
        }
        let mut total = News::default();
        months.values().for_each(|news| total.add(*news));
        let mut boards: Vec<(BoardId, News)> = (0..).zip(boards).filter(|(_, news)| news.posts > 0).collect();
        boards.sort_by_key(|(id, news)| (std::cmp::Reverse(news.posts), *id));
        topics.sort_by_key(|(id, posts)| (std::cmp::Reverse(*posts), *id));
        boards.truncate(LISTED_TOPICS);
        topics.truncate(LISTED_TOPICS);
        let mut months: Vec<(Month, News)> = months.into_iter().collect();
        months.sort_unstable_by_key(|(month, _)| *month);
        Figures { until, total, months, boards, topics }
    }

    /// The years in which something was written, with what was new in each.
    #[must_use]
    pub fn years(&self) -> Vec<(i32, News)> {
        let mut years: BTreeMap<i32, News> = BTreeMap::new();
        for (month, news) in &self.months {
            years.entry(month.year()).or_default().add(*news);
        }
        years.into_iter().collect()
    }
}
