//! A commit and those that are known already → the commits between, children before parents, and their authors. It
//! reads commit objects and no trees.

use std::collections::{BinaryHeap, HashMap, HashSet};
use std::ops::Range;

use git2::{ObjectType, Oid};
use rustc_hash::FxHashMap;

use super::{Event, Person};
use crate::Result;
use crate::git::repository::{self, Objects, Repository};

/// One commit, as far as the history of files needs it.
#[derive(Debug)]
pub(super) struct Commit {
    pub(super) id: Oid,
    pub(super) tree: Oid,
    /// The history was cut off here: the commit has parents, but the clone hasn't.
    pub(super) cut: bool,
    /// The author, in [`Graph::people`].
    person: u32,
    /// The author time in unix seconds.
    when: i64,
    parents: Range<u32>,
}

/// A commit and its parents, as far as it takes to tell what the commit did.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) place: u32,
    pub(super) tree: Oid,
    /// The history was cut off here.
    pub(super) cut: bool,
    /// The trees of the parents that are known.
    pub(super) parents: Vec<Option<Oid>>,
}

/// Commits, each known by its place.
#[derive(Debug, Default)]
pub(super) struct Graph {
    pub(super) commits: Vec<Commit>,
    /// The authors, each once as written.
    pub(super) people: Vec<Person>,
    /// The places of the commits that were asked for, each after all its children.
    pub(super) order: Vec<u32>,
    parents: Vec<Oid>,
    places: FxHashMap<Oid, u32>,
    behind: Vec<bool>,
    authors: HashMap<Vec<u8>, u32>,
}

/// So many commits can be known at most: one bit each.
pub(super) const MOST_KNOWN_TIPS: usize = 62;

/// Marks a commit as reached from the one that was asked for; the bits below, from each known one.
const ASKED: u64 = 1 << MOST_KNOWN_TIPS;

impl Graph {
    /// `from` and the commits behind it, without those that *all* of `known` have behind them. Where clocks went
    /// backwards it may hold some of the latter too, but never too few. Each commit on the way is told to `met` once, as
    /// soon as its parents are known.
    ///
    /// # Errors
    /// When a commit is missing or damaged.
    pub(super) fn beyond(
        repository: &Repository,
        from: Oid,
        known: &[Oid],
        met: &mut dyn FnMut(Step),
    ) -> Result<Graph> {
        let boundary = repository.shallow_boundary()?;
        repository.reading(|objects| {
            let mut graph = Graph::default();
            let mut front = Front { all: (1 << known.len().min(MOST_KNOWN_TIPS)) - 1, ..Front::default() };
            graph.reach(&mut front, from, ASKED, objects, &boundary)?;
            for (bit, id) in known.iter().take(MOST_KNOWN_TIPS).enumerate() {
                graph.reach(&mut front, *id, 1 << bit, objects, &boundary)?;
            }
            let mut told = Vec::new();
            while let Some((place, marks)) = front.pop() {
                for parent in graph.commits[place as usize].parents.clone() {
                    graph.reach(&mut front, graph.parents[parent as usize], marks, objects, &boundary)?;
                }
                // Where clocks went backwards, one may come again with more marks.
                told.resize(graph.commits.len(), false);
                if !std::mem::replace(&mut told[place as usize], true) {
                    met(graph.step(place));
                }
            }
            graph.sort(&front);
            Ok(graph)
        })
    }

    /// What it takes to tell what a commit did.
    pub(super) fn step(&self, place: u32) -> Step {
        let Commit { tree, cut, .. } = self.commits[place as usize];
        let parents = self.parents(place).iter().map(|parent| self.commit(*parent).map(|parent| parent.tree));
        Step { place, tree, cut, parents: parents.collect() }
    }

    /// A commit's parents, the first first.
    pub(super) fn parents(&self, place: u32) -> &[Oid] {
        let range = &self.commits[place as usize].parents;
        &self.parents[range.start as usize..range.end as usize]
    }

    /// A commit that was met on the way.
    fn commit(&self, id: Oid) -> Option<&Commit> {
        self.places.get(&id).map(|place| &self.commits[*place as usize])
    }

    /// Whether the commit that was asked for has this one behind it, as far as was looked.
    pub(super) fn is_behind(&self, id: Oid) -> bool {
        self.places.get(&id).is_some_and(|place| self.behind[*place as usize])
    }

    /// What each commit did, by place, with its author as one of `people` others before.
    pub(super) fn events(&self, people: u32) -> impl Iterator<Item = Event> {
        self.commits.iter().map(move |commit| Event {
            person: people + commit.person,
            when: commit.when,
            commit: commit.id,
        })
    }

    /// Puts marks on a commit, reading it at first sight.
    fn reach(
        &mut self,
        front: &mut Front,
        id: Oid,
        marks: u64,
        objects: &Objects<'_>,
        boundary: &HashSet<Oid>,
    ) -> Result<()> {
        let place = match self.places.get(&id) {
            Some(place) => *place,
            None => {
                let committed = self.add(objects, boundary, id)?;
                front.known.push(Reached { marks: 0, waits: false, committed });
                self.commits.len() as u32 - 1
            }
        };
        front.mark(place, marks);
        Ok(())
    }

    /// Reads a commit, gives it the next place and tells when it was committed.
    fn add(&mut self, objects: &Objects<'_>, boundary: &HashSet<Oid>, id: Oid) -> Result<i64> {
        let object = objects.read(ObjectType::Commit, id, "")?;
        let header = Header::parse(&object.bytes)
            .ok_or_else(|| repository::unreadable("", ObjectType::Commit, id, "its header is malformed"))?;
        let (name, when) = header.author;
        let person = match self.authors.get(name) {
            Some(person) => *person,
            None => {
                let person = self.people.len() as u32;
                self.people.push(parse_person(name));
                self.authors.insert(name.to_owned(), person);
                person
            }
        };
        let cut = boundary.contains(&id);
        let first = self.parents.len() as u32;
        self.parents.extend(header.parents.iter().filter(|_| !cut));
        let parents = first..self.parents.len() as u32;
        self.places.insert(id, self.commits.len() as u32);
        self.commits.push(Commit { id, tree: header.tree, cut, person, when, parents });
        Ok(header.committer.1)
    }

    /// Fills the order. A commit comes when its last child has come; of those that could, the newest found first, so
    /// that a line of commits stays together.
    fn sort(&mut self, front: &Front) {
        let inside = |place: u32| front.known[place as usize].marks & ASKED != 0 && !front.is_known(place);
        let mut children = vec![0_u32; self.commits.len()];
        for place in (0..self.commits.len() as u32).filter(|place| inside(*place)) {
            self.parents(place).iter().for_each(|parent| children[self.places[parent] as usize] += 1);
        }
        let mut ready: Vec<u32> =
            (0..self.commits.len() as u32).filter(|place| inside(*place) && children[*place as usize] == 0).collect();
        let mut order = Vec::new();
        while let Some(place) = ready.pop() {
            order.push(place);
            for parent in self.parents(place).iter().rev().map(|parent| self.places[parent]) {
                children[parent as usize] -= 1;
                if children[parent as usize] == 0 && inside(parent) {
                    ready.push(parent);
                }
            }
        }
        self.order = order;
        self.behind = front.known.iter().map(|reached| reached.marks & ASKED != 0).collect();
    }
}

/// How far the marks have spread: the youngest commits go first, until all that wait are known from everywhere.
#[derive(Default)]
struct Front {
    /// The marks of all known commits together; zero when there are none.
    all: u64,
    known: Vec<Reached>,
    queue: BinaryHeap<(i64, u32)>,
    /// How many of those that wait aren't known from everywhere.
    open: usize,
}

struct Reached {
    marks: u64,
    waits: bool,
    committed: i64,
}

impl Front {
    fn is_known(&self, place: u32) -> bool {
        self.all != 0 && self.known[place as usize].marks & self.all == self.all
    }

    fn mark(&mut self, place: u32, marks: u64) {
        let (was, before) = (self.is_known(place), self.known[place as usize].marks);
        let reached = &mut self.known[place as usize];
        reached.marks |= marks;
        if reached.marks == before {
            return;
        }
        let waited = std::mem::replace(&mut reached.waits, true);
        if !waited {
            self.queue.push((reached.committed, place));
        }
        match (waited && !was, !self.is_known(place)) {
            (false, true) => self.open += 1,
            (true, false) => self.open -= 1,
            _ => {}
        }
    }

    fn pop(&mut self) -> Option<(u32, u64)> {
        if self.open == 0 {
            return None;
        }
        let (_, place) = self.queue.pop()?;
        self.known[place as usize].waits = false;
        self.open -= usize::from(!self.is_known(place));
        Some((place, self.known[place as usize].marks))
    }
}

/// The lines of a commit object that the history needs.
struct Header<'a> {
    tree: Oid,
    parents: Vec<Oid>,
    author: (&'a [u8], i64),
    committer: (&'a [u8], i64),
}

impl<'a> Header<'a> {
    fn parse(commit: &'a [u8]) -> Option<Header<'a>> {
        let (mut tree, mut parents, mut author, mut committer) = (None, Vec::new(), None, None);
        for line in commit.split(|byte| *byte == b'\n').take_while(|line| !line.is_empty()) {
            if let Some(id) = line.strip_prefix(b"tree ") {
                tree = tree.or(parse_id(id));
            } else if let Some(id) = line.strip_prefix(b"parent ") {
                parents.push(parse_id(id)?);
            } else if let Some(line) = line.strip_prefix(b"author ") {
                author = author.or(Some(parse_moment(line)));
            } else if let Some(line) = line.strip_prefix(b"committer ") {
                committer = committer.or(Some(parse_moment(line)));
            }
        }
        Some(Header { tree: tree?, parents, author: author?, committer: committer? })
    }
}

fn parse_id(hex: &[u8]) -> Option<Oid> {
    std::str::from_utf8(hex).ok().filter(|hex| hex.len() == 40).and_then(|hex| Oid::from_str(hex).ok())
}

/// `NAME <EMAIL> SECONDS ZONE` → the person as written, and the time; 0 where there is none that fits.
fn parse_moment(line: &[u8]) -> (&[u8], i64) {
    let end = memchr::memrchr(b'>', line).map_or(line.len(), |at| at + 1);
    let (person, moment) = line.split_at(end);
    let seconds =
        std::str::from_utf8(moment).ok().and_then(|moment| moment.split_ascii_whitespace().next()?.parse().ok());
    (person, seconds.unwrap_or(0))
}

/// `NAME <EMAIL>` → name and address; what isn't UTF-8 is replaced.
fn parse_person(person: &[u8]) -> Person {
    let text = String::from_utf8_lossy(person);
    let (name, email) = text.split_once('<').unwrap_or((&text, ""));
    Person { name: name.trim().to_owned(), email: email.trim_end_matches('>').trim().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_even_with_odd_names() {
        let commit = b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\
            parent 4b825dc642cb6eb9a060e54bf8d69288fbee4905\n\
            author A <B> C <a@example.org> 12 +0200\ncommitter <> x\n\nauthor Nobody <n@example.org> 99 +0000\n";
        let header = Header::parse(commit).unwrap();
        assert_eq!(header.parents.len(), 1);
        assert_eq!(header.author, (&b"A <B> C <a@example.org>"[..], 12));
        assert_eq!(header.committer, (&b"<>"[..], 0));
    }

    #[test]
    fn a_header_without_a_tree_makes_no_sense() {
        assert!(Header::parse(b"author A <a@example.org> 1 +0000\ncommitter A <a@example.org> 1 +0000\n\n").is_none());
    }

    #[test]
    fn a_person_has_name_and_address() {
        let ada = Person { name: "Ada".into(), email: "ada@example.org".into() };
        assert_eq!(parse_person(b"Ada <ada@example.org>"), ada);
        assert_eq!(parse_person(b" <>"), Person { name: String::new(), email: String::new() });
    }
}
