//! What the modules say while they work → whoever listens: a terminal, nobody, or a test that counts.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::Error;

/// One piece of work that boards has done and that a test may count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// A blob was read and parsed.
    BlobRead,
    /// A topic's folder was opened.
    TopicRead,
    /// A post's Markdown became HTML.
    BodyRendered,
    /// A page was rendered through its template.
    PageRendered,
    /// A file of the site was written.
    FileWritten,
    /// A file of the site was removed.
    FileRemoved,
    /// A commit's changes were read.
    CommitRead,
    /// A commit was read for its signature.
    SignatureRead,
}

/// Listens to the modules. Methods are called from many threads at once and must be quick.
pub trait Monitor: Sync {
    /// A stage begins, with the number of its steps where that is known.
    fn stage(&self, _name: &'static str, _steps: Option<u64>) {}
    /// `steps` more steps of the stage are done.
    fn advance(&self, _steps: u64) {}
    /// Another process (its number and verb) holds what is needed, and is waited for.
    fn waits(&self, _holder: &str) {}
    /// What was learnt can't be stored in the cache, for this reason. The work goes on, and the next begins with less.
    fn unstored(&self, _why: &Error) {}
    /// A piece of work was done.
    fn did(&self, _work: Work) {}
}

/// Listens to nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Quiet;

impl Monitor for Quiet {}

/// Counts each kind of work.
#[derive(Debug, Default)]
pub struct Counter {
    counts: [AtomicU64; 8],
}

impl Counter {
    /// How often `work` was done.
    #[must_use]
    pub fn of(&self, work: Work) -> u64 {
        self.counts[work as usize].load(Ordering::Relaxed)
    }
}

impl Monitor for Counter {
    fn did(&self, work: Work) {
        self.counts[work as usize].fetch_add(1, Ordering::Relaxed);
    }
}
