//! The contract of the page of figures, with charts whose places and sizes are settled: a template only draws them.

use serde::Serialize;

use super::{Frame, LinkView};

/// The page of figures: `stats.html`. It counts whole months, so that it changes once a month; of a
/// closed forum it counts all.
#[derive(Serialize, Debug, Clone, Default)]
pub struct StatsView {
    /// What stands around the page.
    pub frame: Frame,
    /// The last month that is counted; none while the first isn't over, and then all else is 0 or empty.
    pub until: Option<String>,
    /// The forum is closed: all its boards are read-only, and everything is counted.
    pub closed: bool,
    /// How many posts there are.
    pub posts: u64,
    /// How many topics there are.
    pub topics: u64,
    /// How many members wrote something.
    pub members: u64,
    /// Each year, the last ones, oldest first.
    pub years: Vec<PeriodView>,
    /// Their posts.
    pub year_chart: ChartView,
    /// Each month, the last ones, oldest first.
    pub months: Vec<PeriodView>,
    /// Their posts.
    pub month_chart: ChartView,
    /// The boards with the most posts, the first with the most.
    pub boards: Vec<ShareView>,
    /// The topics with the most posts, the first with the most.
    pub largest: Vec<ShareView>,
}

/// A year or month, and what was new in it.
#[derive(Serialize, Debug, Clone, Default)]
pub struct PeriodView {
    /// The year, or the month with its year.
    pub title: String,
    /// How many posts were written.
    pub posts: u64,
    /// How many topics were opened.
    pub topics: u64,
    /// How many members wrote their first post.
    pub members: u64,
    /// How many posts there were in the end, those of earlier times included.
    pub total: u64,
}

/// A chart of upright bars. Its units are its own: it may be drawn in any size, and stretched.
#[derive(Serialize, Debug, Clone, Default)]
pub struct ChartView {
    /// How wide it is.
    pub width: u64,
    /// How high it is.
    pub height: u64,
    /// The bars, in reading order.
    pub bars: Vec<BarView>,
    /// What the first bar stands for.
    pub first: String,
    /// What the last bar stands for.
    pub last: String,
    /// The number that the highest bar stands for.
    pub most: u64,
}

/// One bar of a chart.
#[derive(Serialize, Debug, Clone, Default)]
pub struct BarView {
    /// Where it begins, from the left.
    pub x: u64,
    /// Where it begins, from the top.
    pub y: u64,
    /// How wide it is.
    pub width: u64,
    /// How high it is.
    pub height: u64,
    /// What it stands for, in words.
    pub title: String,
}

/// A board or topic, and how much was written in it.
#[derive(Serialize, Debug, Clone, Default)]
pub struct ShareView {
    /// The board or topic.
    pub link: LinkView,
    /// How many posts it has.
    pub posts: u64,
    /// How many topics it has; none for a topic.
    pub topics: Option<u64>,
    /// Its posts in thousandths of those of the first in the list.
    pub share: u64,
}
