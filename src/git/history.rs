//! A commit and what is known of an older one → who added each post and when, and who last changed its text. It
//! doesn't judge what counts as text (the caller does), nor who a person is.

mod bytes;
mod changes;
mod fold;
mod graph;
mod incremental;
mod table;
#[cfg(test)]
mod tests;

use std::sync::{Mutex, PoisonError};

use git2::Oid;
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use self::changes::{ChangeReader, PathChange};
use self::fold::{Fold, NONE};
use self::graph::{Graph, Step};
use self::table::RecordTable;
pub use self::table::Source;
use crate::Result;
use crate::git::repository::Repository;
use crate::monitor::{Monitor, Work};

/// Something that a commit did to a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// The commit's author, for [`History::person`].
    pub person: u32,
    /// The author time, in unix seconds.
    pub when: i64,
    /// The commit.
    pub commit: Oid,
}

/// What the history says of a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fact {
    /// The commit that added the file, wherever it lay then.
    pub added: Event,
    /// The last commit that changed its text since.
    pub edited: Option<Event>,
}

/// An author of commits, as the commits have it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Person {
    /// The name.
    pub name: String,
    /// The e-mail address.
    pub email: String,
}

/// Which posts the history tells something new of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Touched {
    /// Nothing was known before.
    All,
    /// The paths below the content folder whose fact isn't what it was, in no order.
    Paths(Vec<String>),
}

/// Whether a post's text differs between two versions of its file, old and new.
pub type TextChanged<'a> = &'a (dyn Fn(&[u8], &[u8]) -> bool + Sync);

/// Whether the history follows files of this name: posts, and what moderators decided about a topic.
fn followed(name: &str) -> bool {
    name.ends_with(".md") || name == "topic.yml"
}

/// What is known of every post (and every `topic.yml`) in the content folder of one commit: what was known of an older one,
/// the *base*, and what was found *later*, so that a few commits more cost little. When much was, all becomes a new base.
///
/// Two histories of the same commit are equal, whatever way they were found.
///
/// The base's records are read when they are asked for, which may fail.
#[derive(Debug, Clone)]
pub struct History {
    tip: Oid,
    content: String,
    shallow: bool,
    /// Those of the base are sorted, each once, none that no event names; then those that were found later.
    people: Vec<Person>,
    base: EarlierHistory,
    /// Those that were found later; their numbers follow those of the base's.
    events: Vec<Event>,
    /// The facts that count instead of those of the base, or besides them; [`GONE`] for posts that aren't there any more.
    later: FxHashMap<PathKey, [u32; 2]>,
}

/// What was known of an older commit.
#[derive(Debug, Clone)]
struct EarlierHistory {
    tip: Oid,
    /// How many of the history's people belong to it.
    people: usize,
    /// Sorted by commit, each once, none that no fact names.
    events: RecordTable<32>,
    /// The hashes of the paths, ascending.
    keys: RecordTable<16>,
    /// For each key the events that added and last edited it; [`NONE`] for never edited.
    facts: RecordTable<8>,
}

/// The fact of a post that isn't there any more.
const GONE: [u32; 2] = [NONE; 2];

#[cfg(test)]
impl PartialEq for History {
    fn eq(&self, other: &History) -> bool {
        let bytes = |history: &History| history.whole().and_then(|whole| whole.base_bytes()).ok();
        bytes(self) == bytes(other)
    }
}

/// A path below the content folder, as 128 bits of its BLAKE3 hash: nobody can find two paths with the same.
type PathKey = u128;

fn key(path: &str) -> PathKey {
    let mut key = [0; 16];
    blake3::Hasher::new().update(path.as_bytes()).finalize_xof().fill(&mut key);
    PathKey::from_le_bytes(key)
}

impl History {
    /// What is known of the post at `path` below the content folder. `None` for what isn't a post of this commit, and
    /// in a [shallow](History::shallow) clone for what was there before its first commit.
    ///
    /// # Errors
    /// A record of the base can't be read.
    pub fn fact(&self, path: &str) -> Result<Option<Fact>> {
        let Some([added, edited]) = self.events_of(key(path))? else { return Ok(None) };
        let Some(added) = self.event(added)? else { return Ok(None) };
        Ok(Some(Fact { added, edited: self.event(edited)? }))
    }

    /// An author, by an event's number.
    ///
    /// # Panics
    /// When the number is of no event of this history.
    #[must_use]
    pub fn person(&self, number: u32) -> &Person {
        &self.people[number as usize]
    }

    /// All authors that events name, by their numbers.
    #[must_use]
    pub fn people(&self) -> &[Person] {
        &self.people
    }

    /// Whether the history was cut off: then some posts have no fact.
    #[must_use]
    pub fn shallow(&self) -> bool {
        self.shallow
    }

    /// The commit whose posts these are.
    #[must_use]
    pub fn tip(&self) -> Oid {
        self.tip
    }

    /// The commit of its base.
    #[must_use]
    pub fn base(&self) -> Oid {
        self.base.tip
    }

    /// For how many posts there is a fact.
    #[cfg(test)]
    fn len(&self) -> usize {
        self.whole().map_or(0, |whole| whole.base.keys.len())
    }

    fn events_of(&self, key: PathKey) -> Result<Option<[u32; 2]>> {
        match self.later.get(&key) {
            Some(fact) => Ok(Some(*fact).filter(|fact| *fact != GONE)),
            None => match self.base.keys.find(key)? {
                Some(number) => self.base.facts.get(number),
                None => Ok(None),
            },
        }
    }

    /// How many events are known, and so the number of the next.
    fn count(&self) -> usize {
        self.base.events.len() + self.events.len()
    }

    /// The event of this number, if there is one and its person is known.
    fn event(&self, number: u32) -> Result<Option<Event>> {
        let number = number as usize;
        let event = match number.checked_sub(self.base.events.len()) {
            None => self.base.events.get(number)?,
            Some(later) => self.events.get(later).copied(),
        };
        Ok(event.filter(|event| (event.person as usize) < self.people.len()))
    }

    /// Whether so much was found later that all should be a base.
    fn is_long(&self) -> bool {
        self.later.len() > 256.max(self.base.keys.len() / 16)
    }

    /// The same, all of it a base and in memory, without facts that name an event which isn't known.
    ///
    /// # Errors
    /// A record of the base can't be read.
    fn whole(&self) -> Result<History> {
        let EarlierHistory { events, keys, facts, .. } = &self.base;
        let mut all: Vec<Event> = events.all()?;
        all.extend(&self.events);
        let base = keys.all()?.into_iter().zip(facts.all()?).filter(|(key, _)| !self.later.contains_key(key));
        let later = self.later.iter().map(|(key, fact)| (*key, *fact)).filter(|(_, fact)| *fact != GONE);
        let is_known = |event: u32| all.get(event as usize).is_some_and(|it| (it.person as usize) < self.people.len());
        let is_sound =
            |(_, [added, edited]): &(PathKey, [u32; 2])| is_known(*added) && (*edited == NONE || is_known(*edited));
        let facts = base.chain(later).filter(is_sound).collect();
        Ok(History::new(self.tip, &self.content, self.shallow, &self.people, &all, facts))
    }

    /// The one form of these facts: sorted, and without people and events that none of them names.
    fn new(
        tip: Oid,
        content: &str,
        shallow: bool,
        people: &[Person],
        events: &[Event],
        mut facts: Vec<(PathKey, [u32; 2])>,
    ) -> History {
        facts.sort_by_key(|(key, _)| *key);
        let used = facts.iter().flat_map(|(_, fact)| *fact).filter(|event| *event != NONE);
        let (order, places) = only(events.len(), used, |a, b| events[a].commit.cmp(&events[b].commit));
        let mut kept: Vec<Event> = order.iter().map(|at| events[*at]).collect();
        let named = kept.iter().map(|event| event.person);
        let (order, numbers) = only(people.len(), named, |a, b| people[a].cmp(&people[b]));
        kept.iter_mut().for_each(|event| event.person = numbers[event.person as usize]);
        let place = |event: u32| places.get(event as usize).copied().unwrap_or(NONE);
        History {
            tip,
            content: content.to_owned(),
            shallow,
            base: EarlierHistory {
                tip,
                people: order.len(),
                events: RecordTable::of(kept.into_iter()),
                keys: RecordTable::of(facts.iter().map(|(key, _)| *key)),
                facts: RecordTable::of(facts.iter().map(|(_, fact)| fact.map(place))),
            },
            people: order.iter().map(|at| people[*at].clone()).collect(),
            events: Vec::new(),
            later: FxHashMap::default(),
        }
    }
}

/// Of `length` things those that are used, sorted and each once, and for every thing its new place.
fn only(
    length: usize,
    used: impl Iterator<Item = u32>,
    order: impl Fn(usize, usize) -> std::cmp::Ordering,
) -> (Vec<usize>, Vec<u32>) {
    let mut wanted = vec![false; length];
    used.for_each(|at| wanted[at as usize] = true);
    let mut sorted: Vec<usize> = (0..length).filter(|at| wanted[*at]).collect();
    sorted.sort_by(|a, b| order(*a, *b));
    let mut places = vec![NONE; length];
    let mut first: Vec<usize> = Vec::with_capacity(sorted.len());
    for at in sorted {
        if first.last().is_none_or(|last| order(*last, at).is_ne()) {
            first.push(at);
        }
        places[at] = first.len() as u32 - 1;
    }
    (first, places)
}

/// So many commits are read by a thread at once: it remembers trees from commit to commit.
const STRETCH_COMMITS: usize = 1024;

/// What some commits did, by their places.
type Read = Result<Vec<(u32, Vec<PathChange>)>>;

/// What stays the same during one walk.
struct Walk<'a> {
    repository: &'a Repository,
    tip: Oid,
    content: &'a str,
    text_changed: TextChanged<'a>,
    monitor: &'a dyn Monitor,
}

/// The history of the posts in the folder `content` (from the repository's top) of the commit `tip`, and for which of
/// them it tells something else than `known` does. It goes on from `known` where that is of a commit that `tip` has
/// behind it, else it reads all commits once. The result is the same either way.
///
/// A file keeps its fact when it is moved with its bytes unchanged; one that was deleted and comes back is new. A merge
/// changes only what is in it as in none of its parents.
///
/// # Errors
/// When an object is missing or damaged, which is named; or a record of `known` can't be read.
pub fn walk(
    repository: &Repository,
    tip: Oid,
    content: &str,
    known: Option<History>,
    text_changed: TextChanged<'_>,
    monitor: &dyn Monitor,
) -> Result<(History, Touched)> {
    let shallow = !repository.shallow_boundary()?.is_empty();
    let walk = Walk { repository, tip, content, text_changed, monitor };
    // Where a clone's history ends may have been moved since.
    if let Some(known) = known.filter(|known| !shallow && !known.shallow && known.content == content) {
        if known.tip == tip {
            return Ok((known, Touched::Paths(Vec::new())));
        }
        if let Some(found) = incremental::from(&walk, known)? {
            return Ok(found);
        }
    }
    let (graph, fold) = walk.whole()?;
    let events: Vec<Event> = graph.events(0).collect();
    let facts = fold.tokens().filter(|token| token.added != NONE).map(|token| (token.key, [token.added, token.edited]));
    let history = History::new(tip, content, shallow, &graph.people, &events, facts.collect());
    Ok((history, Touched::All))
}

impl Walk<'_> {
    /// Folds the changes of all the graph's commits, which many threads read, each a stretch of commits.
    fn fold(&self, graph: &Graph, fold: &mut Fold, with_paths: bool) -> Result<()> {
        self.monitor.stage("history", Some(graph.order.len() as u64));
        let stretch = (graph.order.len() / (4 * rayon::current_num_threads())).clamp(64, STRETCH_COMMITS);
        let read =
            |places: &[u32]| self.read(&places.iter().map(|place| graph.step(*place)).collect::<Vec<_>>(), with_paths);
        let changes: Vec<Vec<Vec<PathChange>>> = graph.order.par_chunks(stretch).map(read).collect::<Result<_>>()?;
        for (place, changes) in graph.order.iter().zip(changes.into_iter().flatten()) {
            fold.step(graph, *place, changes);
        }
        Ok(())
    }

    /// All commits, and their changes folded. Commits lead to each other and are read one by one; what they did is read
    /// by the other threads meanwhile.
    fn whole(&self) -> Result<(Graph, Fold)> {
        self.monitor.stage("history", None);
        let all: Mutex<Vec<Read>> = Mutex::default();
        let graph = rayon::scope(|scope| {
            let give = |steps: Vec<Step>| {
                scope.spawn(|_| {
                    let steps = steps;
                    let read =
                        self.read(&steps, false).map(|read| steps.iter().map(|step| step.place).zip(read).collect());
                    all.lock().unwrap_or_else(PoisonError::into_inner).push(read);
                });
            };
            let mut steps = Vec::new();
            let graph = Graph::beyond(self.repository, self.tip, &[], &mut |step| {
                steps.push(step);
                if steps.len() == STRETCH_COMMITS {
                    give(std::mem::take(&mut steps));
                }
            });
            give(steps);
            graph
        })?;
        let mut changes: Vec<Vec<PathChange>> = graph.commits.iter().map(|_| Vec::new()).collect();
        for read in all.into_inner().unwrap_or_else(PoisonError::into_inner) {
            read?.into_iter().for_each(|(place, read)| changes[place as usize] = read);
        }
        let mut fold = Fold::from(self.tip, 0);
        for place in &graph.order {
            fold.step(&graph, *place, std::mem::take(&mut changes[*place as usize]));
        }
        Ok((graph, fold))
    }

    /// What commits did.
    fn read(&self, steps: &[Step], with_paths: bool) -> Result<Vec<Vec<PathChange>>> {
        self.repository.reading(|objects| {
            let mut reader = ChangeReader::new(objects, self.content, self.text_changed, with_paths);
            let read = |step: &Step| {
                let changes = reader.changes(step);
                self.monitor.did(Work::CommitRead);
                self.monitor.advance(1);
                changes
            };
            steps.iter().map(read).collect()
        })
    }
}
