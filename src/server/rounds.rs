//! A forum that changes → its site built after each change, and shown. A round is an ordinary build: when nothing that
//! matters has changed, it finds that out by itself.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use super::News;
use super::built::Built;
use super::current::Window;
use super::site_state::SiteState;
use super::watch::{Event, Watch, WatchedPaths};
use crate::build::{Order, Report, build};
use crate::git::{EarlierScan, Repository, Snapshot};
use crate::monitor::{Monitor, Quiet};
use crate::{Error, Result};

/// A save is several changes: so long nothing more must come before it is built.
const STILL: Duration = Duration::from_millis(20);
/// But no longer than this is waited.
const MOST: Duration = Duration::from_secs(1);
/// A folder is heard of a moment after it was made, and what is put into it meanwhile is not: so long after a change the
/// forum is looked at once more.
const AGAIN: Duration = Duration::from_millis(500);
/// How often the forum is looked at when it can't be watched.
const POLL: Duration = Duration::from_secs(1);
/// How long after a failure it is tried again, the first time; then twice as long, and so on.
const RETRY: Duration = Duration::from_millis(100);
/// But no longer than this.
const RETRY_MOST: Duration = Duration::from_secs(30);

/// What the rounds work with.
pub(super) struct Rounds<'r> {
    pub order: &'r Order,
    pub window: &'r Window,
    pub monitor: &'r dyn Monitor,
    /// Where the watch tells of changes.
    pub tell: &'r Sender<Event>,
}

/// Why the next round begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    /// Something may have changed.
    Change,
    /// Nothing has been heard for a while.
    Calm,
    /// The last one failed, so many times in a row.
    Failed(u32),
}

/// What the rounds so far have come to.
struct RoundState {
    state: SiteState,
    /// The last build that did not fail.
    last: Option<Report>,
    watch: Watch,
}

impl Rounds<'_> {
    /// Builds again and again, each time there is a reason to, until it is told to end.
    pub(super) fn run(&self, events: &Receiver<Event>, say: &mut dyn FnMut(News<'_>)) {
        let mut round = RoundState { state: SiteState::default(), last: None, watch: self.watch(None, None, say) };
        let mut reason = Reason::Change;
        let content = std::path::absolute(self.order.repository.join(&self.order.content)).unwrap_or_default();
        let mut earlier: Option<EarlierScan> = None;
        loop {
            let began = Instant::now();
            let (looked, (pause, next)) = match build(self.order, earlier.as_ref(), self.monitor) {
                Ok((report, looked)) => (looked, self.built(report, began, reason, &mut round, say)),
                Err(error) => (None, self.failed(&error, reason, &mut round, say)),
            };
            // Only what is known to have changed is looked at. What the watch may have missed is found soon after, when
            // all is.
            (reason, earlier) = match pausing(events, pause) {
                Some(Event::End) => return,
                Some(Event::Changed(paths)) => {
                    let paths: Vec<PathBuf> = paths.iter().filter_map(|path| std::path::absolute(path).ok()).collect();
                    (Reason::Change, looked.and_then(|looked| looked.since(&content, &paths)))
                }
                Some(Event::Moved) => {
                    round.watch = self.watch(round.last.as_ref(), Some(&round.watch), say);
                    (Reason::Change, None)
                }
                None => (next, None),
            };
        }
    }

    /// Shows what a build has made, and says how long to wait until the next and why.
    fn built(
        &self,
        report: Report,
        began: Instant,
        reason: Reason,
        round: &mut RoundState,
        say: &mut dyn FnMut(News<'_>),
    ) -> (Option<Duration>, Reason) {
        let RoundState { state, last, watch } = round;
        if state.failure.is_some() || last.as_ref().is_none_or(|last| differs(last, &report)) {
            *state = self.state(&report, state);
            self.window.show(state.clone());
            say(News::Built(&report, began.elapsed().as_secs_f64()));
        }
        // Nobody waits for these as for the page.
        if reason == Reason::Calm || last.is_none() {
            state.drafts = self.drafts().unwrap_or_default();
            self.window.show(state.clone());
        }
        if !watch.covers(&self.places(Some(&report))) {
            *watch = self.watch(Some(&report), Some(watch), say);
        }
        *last = Some(report);
        let again = (reason != Reason::Calm).then_some(AGAIN);
        (if watch.blind.is_some() { Some(POLL) } else { again }, Reason::Calm)
    }

    /// Shows why a build failed, and says how long to wait until the next and why.
    fn failed(
        &self,
        error: &Error,
        reason: Reason,
        round: &mut RoundState,
        say: &mut dyn FnMut(News<'_>),
    ) -> (Option<Duration>, Reason) {
        let RoundState { state, last, watch } = round;
        let times = if let Reason::Failed(times) = reason { times + 1 } else { 1 };
        let words = error.to_string();
        // A file that changes during the build, or another boards process, is no failure: the next round sees to it.
        if times > 1 && state.failure.as_ref() != Some(&words) {
            say(News::Failed(error));
            state.failure = Some(words);
            self.window.show(state.clone());
        }
        // The forum may have gone as a whole, and what was watched with it.
        *watch = self.watch(last.as_ref(), Some(watch), say);
        (Some(RETRY.saturating_mul(1 << times.min(16)).min(RETRY_MOST)), Reason::Failed(times))
    }

    /// What is shown after a build.
    fn state(&self, report: &Report, before: &SiteState) -> SiteState {
        let built = match report.pages {
            Some(_) => Arc::new(Built::open(&self.order.out, &report.settings.base.path)),
            None => Arc::clone(&before.built),
        };
        SiteState { built, faults: report.diagnostics.clone(), failure: None, drafts: before.drafts.clone() }
    }

    fn drafts(&self) -> Result<Vec<String>> {
        let Order { repository, content, source, .. } = self.order;
        Snapshot::open(repository, content, source, &Quiet)?.uncommitted()
    }

    /// Watches all that the site of the last build is made from, and says what is in the way unless that is known.
    fn watch(&self, last: Option<&Report>, before: Option<&Watch>, say: &mut dyn FnMut(News<'_>)) -> Watch {
        let watch = Watch::new(self.places(last), self.git(), self.tell.clone());
        if let Some(reason) = &watch.blind
            && before.is_none_or(|before| before.blind.is_none())
        {
            say(News::Blind(reason));
        }
        watch
    }

    /// The places to be watched. Those around the content and the themes tell when these come and go.
    fn places(&self, last: Option<&Report>) -> WatchedPaths {
        let top = &self.order.repository;
        let content = top.join(&self.order.content);
        let mut places = WatchedPaths::from([(top.clone(), false), (top.join("themes"), true)]);
        if let Some(above) = content.parent() {
            places.insert(above.to_owned(), false);
        }
        places.insert(content, true);
        // A theme that is named by its path lies anywhere.
        if let Some(theme) = last.map(|report| &report.settings.theme).filter(|theme| theme.contains(['/', '\\'])) {
            places.insert(PathBuf::from(theme), true);
        }
        if let Some(git) = self.git() {
            // A linked work tree has its HEAD here and its branches in the folder that it is linked to.
            let common = std::fs::read_to_string(git.join("commondir")).map(|to| git.join(to.trim_end()));
            let common = common.unwrap_or_else(|_| git.clone());
            places.extend([(common.join("refs"), true), (common, false), (git, false)]);
        }
        places
    }

    fn git(&self) -> Option<PathBuf> {
        Repository::find(&self.order.repository).ok().flatten().map(|found| Path::to_owned(found.place()))
    }
}

/// Whether a build has something to tell that the one before hadn't.
fn differs(last: &Report, report: &Report) -> bool {
    last.diagnostics != report.diagnostics
        || last.settings != report.settings
        || report.pages.is_some_and(|pages| pages.written + pages.removed > 0)
}

/// Waits until something has happened and nothing more does, or so long.
fn pausing(events: &Receiver<Event>, most: Option<Duration>) -> Option<Event> {
    let first = match most {
        Some(most) => events.recv_timeout(most),
        None => events.recv().map_err(|_| RecvTimeoutError::Disconnected),
    };
    let mut heard = match first {
        Ok(event) => event,
        Err(RecvTimeoutError::Timeout) => return None,
        Err(RecvTimeoutError::Disconnected) => return Some(Event::End),
    };
    let until = Instant::now() + MOST;
    while heard != Event::End && Instant::now() < until {
        heard = match (heard, events.recv_timeout(STILL)) {
            (heard, Err(_)) => return Some(heard),
            (Event::Changed(mut all), Ok(Event::Changed(more))) => {
                // Where one says that it may be anywhere, the others say no more.
                let anywhere = all.is_empty() || more.is_empty();
                all.extend(more);
                Event::Changed(if anywhere { Vec::new() } else { all })
            }
            (heard, Ok(Event::Changed(_))) => heard,
            (_, Ok(more)) => more,
        };
    }
    Some(heard)
}
