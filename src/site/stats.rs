//! A forum in → the page of its figures out. It counts months that are over, so that the page changes once a month and
//! not with every post; of a closed forum it counts all.

use serde::Serialize;

use super::address::{Address, Of};
use super::figures::{Figures, News, last_finished};
use super::frame::{Crumb, Frame};
use super::plan::Plan;
use crate::content::Month;

/// The page of a forum's figures.
#[derive(Debug, Serialize)]
pub struct StatsPage<'f> {
    /// What stands around it.
    pub frame: Frame<'f>,
    /// The last month that it counts; `None` when the forum's first month isn't over, and then there is nothing to show.
    pub until: Option<Month>,
    /// Whether that is all there is, for the forum is closed.
    pub closed: bool,
    /// All together.
    pub total: News,
    /// Each year from the first to the last; of very many, the latest alone.
    pub years: Vec<(i32, News)>,
    /// The latest months, each.
    pub months: Vec<(Month, News)>,
    /// The busiest boards, with the posts and topics in them.
    pub boards: Vec<(Crumb<'f>, News)>,
    /// The biggest topics, with their posts.
    pub topics: Vec<(Crumb<'f>, u64)>,
}

/// How many years are shown.
pub const YEARS: i32 = 40;
/// How many months are shown.
pub const MONTHS: i32 = 24;

impl<'f> Plan<'f> {
    pub(super) fn stats_page(&'f self) -> StatsPage<'f> {
        let forum = self.forum;
        let until = last_finished(forum);
        let figures = until.map_or_else(Figures::default, |until| Figures::of(forum, Some(until)));
        let boards = figures.boards.iter().filter_map(|(id, news)| {
            let board = forum.boards.get(*id as usize)?;
            Some((Crumb { title: &board.title, address: Address::folder(&board.path) }, *news))
        });
        let topics = figures.topics.iter().filter_map(|(id, posts)| {
            let topic = forum.topics.get(*id as usize)?;
            Some((Crumb { title: topic.title(), address: Address::folder(&topic.path) }, *posts))
        });
        StatsPage {
            frame: Frame {
                title: "Statistics",
                number: None,
                address: Address::of(Of::Stats),
                crumbs: Vec::new(),
                feed: None,
                unlisted: false,
            },
            until,
            closed: forum.closed(),
            total: figures.total,
            years: years(&figures),
            months: months(&figures),
            boards: boards.collect(),
            topics: topics.collect(),
        }
    }
}

/// The years to the last that counts, without gaps.
fn years(figures: &Figures) -> Vec<(i32, News)> {
    let Some(until) = figures.until else { return Vec::new() };
    let known = figures.years();
    let first = known.first().map_or(until.year(), |(year, _)| (*year).max(until.year() - YEARS + 1));
    let news = |year| known.iter().find(|(known, _)| *known == year).map_or_else(News::default, |(_, news)| *news);
    (first..=until.year()).map(|year| (year, news(year))).collect()
}

/// The months to the last that counts, without gaps.
fn months(figures: &Figures) -> Vec<(Month, News)> {
    let (Some(until), Some((first, _))) = (figures.until, figures.months.first()) else { return Vec::new() };
    let news = |month| {
        let at = figures.months.binary_search_by_key(&month, |(month, _)| *month);
        at.ok().and_then(|at| figures.months.get(at)).map_or_else(News::default, |(_, news)| *news)
    };
    let all = (0..MONTHS).rev().map(|back| until.before(back));
    all.filter(|month| month >= first).map(|month| (month, news(month))).collect()
}
