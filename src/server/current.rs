//! The one thing that the threads of a server share: what there is to show now. One thread puts it there, all others look
//! at it or wait for the next.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::site_state::SiteState;

/// What there is to show now; nothing any more once it is closed.
#[derive(Debug)]
pub(super) struct Window {
    now: Mutex<Option<Arc<SiteState>>>,
    next: Condvar,
}

impl Window {
    pub(super) fn new() -> Window {
        Window { now: Mutex::new(Some(Arc::default())), next: Condvar::new() }
    }

    fn look(&self) -> MutexGuard<'_, Option<Arc<SiteState>>> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What there is to show.
    pub(super) fn now(&self) -> Option<Arc<SiteState>> {
        self.look().clone()
    }

    /// Shows this from now on, unless the window is closed.
    pub(super) fn show(&self, state: SiteState) {
        if let Some(now) = &mut *self.look() {
            *now = Arc::new(state);
        }
        self.next.notify_all();
    }

    /// Shows nothing any more.
    pub(super) fn close(&self) {
        *self.look() = None;
        self.next.notify_all();
    }

    /// What there is to show when it isn't `seen` any more, or after so long.
    pub(super) fn next(&self, seen: &Arc<SiteState>, most: Duration) -> Option<Arc<SiteState>> {
        let same = |now: &mut Option<Arc<SiteState>>| now.as_ref().is_some_and(|now| Arc::ptr_eq(now, seen));
        let waited = self.next.wait_timeout_while(self.look(), most, same).unwrap_or_else(PoisonError::into_inner);
        waited.0.clone()
    }
}
