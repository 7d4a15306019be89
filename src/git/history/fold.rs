//! Commits' changes, newest commit first → for each post the commits that added and last edited it. It goes back from
//! the tip as one would with `git log --follow`, for all posts at once, and reads nothing.
//!
//! A *token* stands for a post of the tip. It lies in the *lane* of the commit that is to be asked next, under the path
//! that the post had there, and moves on to the parent that the commit had the post from. As nearly all posts are left
//! alone by nearly all commits, they have no token until a commit is met that touches them: one lane at a time holds
//! *the rest*, all posts of the tip that no commit so far has touched, each under its own path.

use git2::Oid;
use rustc_hash::{FxHashMap, FxHashSet};

use super::PathKey;
use super::changes::{Act, PathChange};
use super::graph::Graph;

/// No event, no token.
pub(super) const NONE: u32 = u32::MAX;

/// A post on its way back to where it was added. Events are numbers: those of [`Graph::events`], from a first one on.
#[derive(Debug)]
pub(super) struct Trail {
    /// Its path at the tip.
    pub(super) key: PathKey,
    /// The same in words, where the changes tell it.
    pub(super) path: Option<Box<str>>,
    pub(super) added: u32,
    pub(super) edited: u32,
    /// What this token looks for, where it came in by [`Fold::ask`].
    pub(super) asked: Option<Asked>,
    /// The next token in the same lane under the same path.
    next: u32,
}

/// A token that was put in: it looks for a post of the tip that is one with it at some commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// It has met none so far.
    Open,
    /// It has met the tip's post of this path; and whether that one was edited since.
    Met(PathKey, bool),
}

impl Trail {
    /// What is found after a meeting is the other's.
    fn looks(&self) -> bool {
        !matches!(self.asked, Some(Asked::Met(..)))
    }

    fn add(&mut self, event: u32) {
        if self.looks() {
            self.added = event;
        }
    }

    fn edit(&mut self, event: u32) {
        if self.looks() && self.edited == NONE {
            self.edited = event;
        }
    }
}

/// The tokens that a commit is to be asked about, by their path there.
#[derive(Debug, Default)]
struct Lane {
    at: FxHashMap<PathKey, u32>,
    rest: bool,
}

impl Lane {
    fn of(key: PathKey, token: u32) -> Lane {
        Lane { at: FxHashMap::from_iter([(key, token)]), rest: false }
    }
}

/// The state between two commits.
#[derive(Debug)]
pub(super) struct Fold {
    tokens: Vec<Trail>,
    lanes: FxHashMap<Oid, Lane>,
    /// The paths that aren't among the rest any more, or never were.
    taken: FxHashSet<PathKey>,
    /// The paths that the tip hasn't and an older commit had, where the changes tell them.
    removed: Vec<Box<str>>,
    first_event: u32,
    /// Whether tokens were put in.
    asks: bool,
}

impl Fold {
    /// Before the commit `tip` is asked: all posts are the rest. `first_event` is the number of the graph's first event.
    pub(super) fn from(tip: Oid, first_event: u32) -> Fold {
        let lanes = FxHashMap::from_iter([(tip, Lane { rest: true, ..Lane::default() })]);
        Fold { tokens: Vec::new(), lanes, taken: FxHashSet::default(), removed: Vec::new(), first_event, asks: false }
    }

    /// Puts in a token that waits at `commit` under the path `key`, with the edit that is known already.
    /// The first one has the number 0, and so on.
    pub(super) fn ask(&mut self, commit: Oid, key: PathKey, edited: u32) {
        let token = self.tokens.len() as u32;
        self.tokens.push(Trail { key, path: None, added: NONE, edited, asked: Some(Asked::Open), next: NONE });
        self.asks = true;
        self.join(commit, Lane::of(key, token));
    }

    /// Asks the commit at `place`, which did `changes`.
    pub(super) fn step(&mut self, graph: &Graph, place: u32, changes: Vec<PathChange>) {
        let Some(mut lane) = self.lanes.remove(&graph.commits[place as usize].id) else { return };
        let parents = graph.parents(place);
        let event = self.first_event + place;
        for PathChange { key, path, act } in changes {
            let mut first = lane.at.remove(&key).unwrap_or(NONE);
            if lane.rest && self.taken.insert(key) {
                if act == Act::Removed {
                    self.removed.extend(path);
                    continue;
                }
                self.tokens.push(Trail { key, path, added: NONE, edited: NONE, asked: None, next: first });
                first = self.tokens.len() as u32 - 1;
            }
            if first == NONE {
                continue;
            }
            let (parent, key) = match act {
                Act::Removed => continue,
                Act::Added => {
                    self.each(first, |token| token.add(event));
                    continue;
                }
                Act::Edited(parent) => {
                    self.each(first, |token| token.edit(event));
                    (parent, key)
                }
                Act::Moved(parent, from) => (parent, from),
                Act::Taken(parent) => (parent, key),
            };
            match parents.get(parent as usize) {
                Some(other) if parent > 0 => self.join(*other, Lane::of(key, first)),
                _ => drop(lane.at.insert(key, first)),
            }
        }
        if let Some(parent) = parents.first() {
            self.join(*parent, lane);
        }
    }

    /// All tokens there ever were, with what was found.
    pub(super) fn tokens(&self) -> impl Iterator<Item = &Trail> {
        self.tokens.iter()
    }

    /// The paths that the tip hasn't any more.
    pub(super) fn removed(&self) -> &[Box<str>] {
        &self.removed
    }

    /// The paths that aren't among the rest any more, or never were.
    pub(super) fn taken(&self) -> impl Iterator<Item = PathKey> {
        self.taken.iter().copied()
    }

    /// Whether the post at `key` of the tip is among the rest, wherever that is.
    pub(super) fn is_rest(&self, key: PathKey) -> bool {
        !self.taken.contains(&key)
    }

    /// Takes out the tokens that wait at `commit`: each with its path there; and whether the rest was there too.
    pub(super) fn arrived(&mut self, commit: Oid) -> (Vec<(u32, PathKey)>, bool) {
        let Lane { at, rest } = self.lanes.remove(&commit).unwrap_or_default();
        let mut tokens = Vec::new();
        #[expect(clippy::iter_over_hash_type, reason = "tokens have numbers, by which whoever asks puts them in order")]
        for (key, first) in at {
            let mut token = first;
            while token != NONE {
                tokens.push((token, key));
                token = self.tokens[token as usize].next;
            }
        }
        (tokens, rest)
    }

    /// The commits at which tokens wait.
    pub(super) fn waiting(&self) -> Vec<Oid> {
        let mut commits: Vec<Oid> =
            self.lanes.iter().filter(|(_, lane)| !lane.at.is_empty()).map(|(id, _)| *id).collect();
        commits.sort_unstable();
        commits
    }

    /// A token, to be completed.
    pub(super) fn token(&mut self, token: u32) -> &mut Trail {
        &mut self.tokens[token as usize]
    }

    /// Does `work` on a token and those after it, and tells which is the last.
    fn each(&mut self, first: u32, mut work: impl FnMut(&mut Trail)) -> u32 {
        let mut at = first;
        loop {
            let token = &mut self.tokens[at as usize];
            work(token);
            if token.next == NONE {
                return at;
            }
            at = token.next;
        }
    }

    /// Lets a lane run into that of `commit`.
    fn join(&mut self, commit: Oid, lane: Lane) {
        let Some(other) = self.lanes.remove(&commit) else {
            self.lanes.insert(commit, lane);
            return;
        };
        let (few, mut many) = if lane.at.len() < other.at.len() { (lane, other) } else { (other, lane) };
        many.rest |= few.rest;
        #[expect(clippy::iter_over_hash_type, reason = "each path is joined by itself")]
        for (key, first) in few.at {
            if let Some(present) = many.at.insert(key, first) {
                let last = self.each(first, |_| ());
                self.tokens[last as usize].next = present;
            }
        }
        if self.asks {
            self.meet(&many);
        }
        self.lanes.insert(commit, many);
    }

    /// Tokens that were put in meet posts of the tip: what lies in one lane under one path is one file.
    fn meet(&mut self, lane: &Lane) {
        #[expect(clippy::iter_over_hash_type, reason = "each path is looked at by itself")]
        for (key, first) in &lane.at {
            let mut found = (lane.rest && self.is_rest(*key)).then_some(Asked::Met(*key, false));
            self.each(*first, |token| {
                if token.asked.is_none() && !matches!(found, Some(Asked::Met(_, false))) {
                    found = Some(Asked::Met(token.key, token.edited != NONE));
                }
            });
            self.each(*first, |token| {
                if token.asked == Some(Asked::Open) {
                    token.asked = found.or(token.asked);
                }
            });
        }
    }
}
