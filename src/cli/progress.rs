//! What the modules say while they work → a bar with the stage, its rate and the time left, once that takes long enough to
//! wonder; and counts of what was done. Where it is drawn is decided by `terminal`.

use std::fmt::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::monitor::{Counter, Monitor, Work};

/// Work that takes no longer than this shows no bar.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often the bar is drawn while nothing advances.
const TICK: Duration = Duration::from_millis(200);

/// A stage whose steps are known.
const KNOWN: &str = "{msg:>9} {bar:30} {human_pos}/{human_len}  {rate}  {eta} left";
/// One whose steps aren't.
const UNKNOWN: &str = "{msg:>9} {spinner} {human_pos}  {rate}";

/// Shows and counts the work of one verb.
pub(super) struct Progress {
    bar: ProgressBar,
    target: Box<dyn Fn() -> ProgressDrawTarget + Send + Sync>,
    /// Whether the bar is drawn, so that most steps need not look at the clock.
    shown: AtomicBool,
    began: Mutex<Instant>,
    counter: Counter,
}

impl Progress {
    /// Progress that is drawn on `target`.
    pub(super) fn new(target: impl Fn() -> ProgressDrawTarget + Send + Sync + 'static) -> Progress {
        Progress {
            bar: ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()),
            target: Box::new(target),
            shown: AtomicBool::new(false),
            began: Mutex::new(Instant::now()),
            counter: Counter::default(),
        }
    }

    /// How often this work was done.
    pub(super) fn of(&self, work: Work) -> u64 {
        self.counter.of(work)
    }

    /// Takes the bar away, so that something else can be said. What comes then begins anew.
    pub(super) fn clear(&self) {
        if self.shown.swap(false, Ordering::Relaxed) {
            self.bar.disable_steady_tick();
            self.bar.finish_and_clear();
            self.bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        *self.began.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Draws the bar from now on, when it is time.
    fn show(&self) {
        if self.shown.load(Ordering::Relaxed) {
            return;
        }
        // Of the threads that see that it is time, one shows the bar.
        let late = self.began.lock().unwrap_or_else(PoisonError::into_inner).elapsed() > PATIENCE;
        if late && !self.shown.swap(true, Ordering::Relaxed) {
            self.bar.set_draw_target((self.target)());
            self.bar.enable_steady_tick(TICK);
        }
    }
}

impl std::fmt::Debug for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Progress").field("bar", &self.bar).finish_non_exhaustive()
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

impl Monitor for Progress {
    fn stage(&self, name: &'static str, steps: Option<u64>) {
        let template = if steps.is_some() { KNOWN } else { UNKNOWN };
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let rate = |state: &ProgressState, out: &mut dyn Write| {
            // The work goes on without a bar that can't be written.
            let _ = write!(out, "{}/s", HumanCount(state.per_sec() as u64));
        };
        // The numbers of the stage before are never shown as those of the new one.
        self.bar.reset();
        self.bar.set_style(style.with_key("rate", rate));
        self.bar.set_message(name);
        match steps {
            Some(steps) => self.bar.set_length(steps),
            None => self.bar.unset_length(),
        }
        self.show();
    }

    fn advance(&self, steps: u64) {
        self.bar.inc(steps);
        self.show();
    }

    fn did(&self, work: Work) {
        self.counter.did(work);
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Arc;

    use indicatif::TermLike;

    use super::*;

    /// A terminal that keeps what is written.
    #[derive(Debug, Clone, Default)]
    struct Paper(Arc<Mutex<String>>);

    impl TermLike for Paper {
        fn width(&self) -> u16 {
            80
        }
        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn write_line(&self, text: &str) -> io::Result<()> {
            self.write_str(text)
        }
        fn write_str(&self, text: &str) -> io::Result<()> {
            self.0.lock().unwrap().push_str(text);
            Ok(())
        }
        fn clear_line(&self) -> io::Result<()> {
            Ok(())
        }
        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    fn progress() -> (Progress, Paper) {
        let paper = Paper::default();
        let own = paper.clone();
        (Progress::new(move || ProgressDrawTarget::term_like(Box::new(own.clone()))), paper)
    }

    /// Waits for the bar's own thread, which draws it now and then.
    fn until_drawn(paper: &Paper, parts: &[&str]) {
        for _ in 0..1000 {
            let drawn = paper.0.lock().unwrap().clone();
            if parts.iter().all(|part| drawn.contains(part)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("{parts:?} in {:?}", paper.0.lock().unwrap());
    }

    #[test]
    fn what_is_quick_shows_no_bar() {
        let (progress, paper) = progress();
        progress.stage("pages", Some(10));
        progress.advance(10);
        progress.did(Work::PageRendered);
        assert_eq!(progress.of(Work::PageRendered), 1);
        drop(progress);
        assert_eq!(*paper.0.lock().unwrap(), "");
    }

    #[test]
    fn what_takes_long_shows_its_stage_rate_and_time_left() {
        let (progress, paper) = progress();
        *progress.began.lock().unwrap() -= 2 * PATIENCE;
        progress.stage("pages", Some(1000));
        progress.advance(250);
        until_drawn(&paper, &["pages", "/1,000", "/s", " left"]);
        progress.stage("snapshot", None);
        progress.advance(7);
        until_drawn(&paper, &["snapshot"]);
        progress.clear();
        let length = paper.0.lock().unwrap().len();
        progress.stage("pages", Some(1));
        assert_eq!(paper.0.lock().unwrap().len(), length, "what comes then begins anew");
    }
}
