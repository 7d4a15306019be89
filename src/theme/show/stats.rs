//! The page of figures: numbers in → periods in words, and charts whose bars have their places.

use super::Show;
use crate::content::Month;
use crate::site::{Crumb, News, StatsPage};
use crate::theme::view::{BarView, ChartView, PeriodView, ShareView, StatsView};

/// From the beginning of a bar to that of the next.
const STEP_UNITS: u64 = 10;
/// The bar's own part of it.
const BAR_UNITS: u64 = 8;
/// How high a chart is, and how many parts the longest share has.
const HEIGHT_UNITS: u64 = 1000;

impl Show<'_> {
    pub(super) fn stats(&self, page: &StatsPage<'_>) -> StatsView {
        let years: Vec<(String, News)> = page.years.iter().map(|(year, news)| (year.to_string(), *news)).collect();
        let months: Vec<(String, News)> = page.months.iter().map(|(month, news)| (name(*month), *news)).collect();
        let busiest = page.boards.first().map_or(0, |(_, news)| news.posts);
        let largest = page.topics.first().map_or(0, |(_, posts)| *posts);
        let boards = page.boards.iter().map(|(at, news)| self.share(at, news.posts, Some(news.topics), busiest));
        let topics = page.topics.iter().map(|(at, posts)| self.share(at, *posts, None, largest));
        StatsView {
            frame: self.frame(&page.frame, ""),
            until: page.until.map(name),
            closed: page.closed,
            posts: page.total.posts,
            topics: page.total.topics,
            members: page.total.members,
            year_chart: chart(&years),
            years: periods(&years, page.total.posts),
            month_chart: chart(&months),
            months: periods(&months, page.total.posts),
            boards: boards.collect(),
            largest: topics.collect(),
        }
    }

    fn share(&self, at: &Crumb<'_>, posts: u64, topics: Option<u64>, most: u64) -> ShareView {
        ShareView { link: self.link(at), posts, topics, share: posts * HEIGHT_UNITS / most.max(1) }
    }
}

/// A month as people call it: `October 2026`.
fn name(month: Month) -> String {
    const NAMES: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    format!("{} {}", NAMES[(month.number() as usize - 1) % 12], month.year())
}

/// Periods one after another, of which the last ends with `total` posts.
fn periods(of: &[(String, News)], total: u64) -> Vec<PeriodView> {
    let shown: u64 = of.iter().map(|(_, news)| news.posts).sum();
    let mut before = total.saturating_sub(shown);
    let each = of.iter().map(|(title, news)| {
        before += news.posts;
        let title = title.clone();
        PeriodView { title, posts: news.posts, topics: news.topics, members: news.members, total: before }
    });
    each.collect()
}

/// The posts of periods as bars. Who wrote anything at all has a bar that can be seen.
fn chart(of: &[(String, News)]) -> ChartView {
    let most = of.iter().map(|(_, news)| news.posts).max().unwrap_or(0);
    let bars = (0..).zip(of).map(|(at, (title, news))| {
        let height = (news.posts * HEIGHT_UNITS / most.max(1)).max(if news.posts > 0 { HEIGHT_UNITS / 100 } else { 0 });
        let posts = if news.posts == 1 { "post" } else { "posts" };
        let title = format!("{title}: {} {posts}", news.posts);
        BarView {
            x: at * STEP_UNITS + (STEP_UNITS - BAR_UNITS) / 2,
            y: HEIGHT_UNITS - height,
            width: BAR_UNITS,
            height,
            title,
        }
    });
    let title = |period: Option<&(String, News)>| period.map_or_else(String::new, |(title, _)| title.clone());
    ChartView {
        width: of.len() as u64 * STEP_UNITS,
        height: HEIGHT_UNITS,
        bars: bars.collect(),
        first: title(of.first()),
        last: title(of.last()),
        most,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn news(posts: u64) -> News {
        News { posts, topics: 0, members: 0 }
    }

    #[test]
    fn the_highest_bar_fills_the_chart_and_the_smallest_can_be_seen() {
        let chart = chart(&[("2024".into(), news(1)), ("2025".into(), news(0)), ("2026".into(), news(5000))]);
        let heights: Vec<u64> = chart.bars.iter().map(|bar| bar.height).collect();
        assert_eq!(heights, [10, 0, 1000]);
        assert!(chart.bars.iter().all(|bar| bar.y + bar.height == chart.height && bar.x + bar.width < chart.width));
        assert_eq!(chart.bars[0].title, "2024: 1 post");
        assert_eq!((chart.first, chart.last, chart.most), ("2024".into(), "2026".into(), 5000));
    }

    #[test]
    fn periods_add_up_to_all_posts() {
        let periods = periods(&[("a".into(), news(3)), ("b".into(), news(4))], 10);
        assert_eq!(periods.iter().map(|it| it.total).collect::<Vec<_>>(), [6, 10]);
    }
}
