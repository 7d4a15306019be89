//! A forum that changes → its site built after each change, and shown. A round is an ordinary build: when nothing that
//! matters has changed, it finds that out by itself.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use super::News;
use super::built::Built;
use super::shown::Shown;
use super::watch::{Event, Places, Watch};
use super::window::Window;
use crate::build::{Order, Report, build};
use crate::git::{Repository, Snapshot};
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

impl Rounds<'_> {
    /// Builds again and again, each time there is a reason to, until it is told to end.
    pub(super) fn run(&self, events: &Receiver<Event>, say: &mut dyn FnMut(News<'_>)) {
        let mut watch = self.watch("plain", say);
        let mut last: Option<Report> = None;
        let mut shown = Shown::default();
        let mut reason = Reason::Change;
        loop {
            let began = Instant::now();
            let (pause, next) = match build(self.order, self.monitor) {
                Ok(report) => {
                    if shown.failure.is_some() || last.as_ref().is_none_or(|last| differs(last, &report)) {
                        shown = self.shown(&report, shown);
                        self.window.show(shown.clone());
                        say(News::Built(&report, began.elapsed().as_secs_f64()));
                    }
                    if reason == Reason::Calm || last.is_none() {
                        shown = Shown { drafts: self.drafts().unwrap_or_default(), ..shown };
                        self.window.show(shown.clone());
                    }
                    if !watch.covers(&self.places(&report.settings.theme)) {
                        watch = self.watch(&report.settings.theme, say);
                    }
                    last = Some(report);
                    let calm = (reason != Reason::Calm).then_some(AGAIN);
                    (if watch.blind.is_some() { Some(POLL) } else { calm }, Reason::Calm)
                }
                Err(error) => {
                    let times = if let Reason::Failed(times) = reason { times + 1 } else { 1 };
                    // A file that changes under the build's eyes, or another boards at work, is not worth a word.
                    if times > 1 {
                        shown = self.failed(&error, shown, say);
                    }
                    let retry = RETRY.saturating_mul(1 << times.min(16)).min(RETRY_MOST);
                    (Some(retry), Reason::Failed(times))
                }
            };
            reason = match pausing(events, pause) {
                Some(Event::End) => return,
                Some(Event::Changed) => Reason::Change,
                Some(Event::Moved) => {
                    watch = self.watch(theme(last.as_ref()), say);
                    Reason::Change
                }
                None => next,
            };
            // Where it failed, the forum may have gone as a whole, and come back unheard.
            if matches!(reason, Reason::Failed(_)) {
                watch = self.watch(theme(last.as_ref()), say);
            }
        }
    }

    /// What is shown after a build.
    fn shown(&self, report: &Report, before: Shown) -> Shown {
        let built = match report.pages {
            Some(_) => Arc::new(Built::open(&self.order.out, &report.settings.base.path)),
            None => before.built,
        };
        Shown { built, faults: report.diagnostics.clone(), failure: None, drafts: before.drafts }
    }

    /// What is shown after a build that failed.
    fn failed(&self, error: &Error, before: Shown, say: &mut dyn FnMut(News<'_>)) -> Shown {
        let reason = error.to_string();
        if before.failure.as_ref() == Some(&reason) {
            return before;
        }
        say(News::Failed(error));
        let shown = Shown { failure: Some(reason), ..before };
        self.window.show(shown.clone());
        shown
    }

    fn drafts(&self) -> Result<Vec<String>> {
        let Order { repository, content, source, .. } = self.order;
        Snapshot::open(repository, content, source, &Quiet)?.uncommitted()
    }

    /// Watches all that a site is made from, in this theme.
    fn watch(&self, theme: &str, say: &mut dyn FnMut(News<'_>)) -> Watch {
        let watch = Watch::new(self.places(theme), self.git(), self.tell.clone());
        if let Some(reason) = &watch.blind {
            say(News::Blind(reason));
        }
        watch
    }

    /// The places to be watched. Those around the content and the themes tell when these come and go.
    fn places(&self, theme: &str) -> Places {
        let top = &self.order.repository;
        let content = top.join(&self.order.content);
        let mut places = Places::from([(top.clone(), false), (top.join("themes"), true)]);
        if let Some(above) = content.parent() {
            places.insert(above.to_owned(), false);
        }
        places.insert(content, true);
        if theme.contains(['/', '\\']) {
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

/// The theme of the last build, which is watched where it has a folder of its own.
fn theme(last: Option<&Report>) -> &str {
    last.map_or("plain", |report| &report.settings.theme)
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
        match events.recv_timeout(STILL) {
            Ok(Event::Changed) => {}
            Ok(more) => heard = more,
            Err(_) => break,
        }
    }
    Some(heard)
}
