//! What is known of an older commit, and the commits since → what is known now; nothing where that can't be told
//! without reading all commits. It reads no more commits than it must.

use git2::{ObjectType, Oid};

use super::fold::{Asked, Fold, NONE, Trail};
use super::graph::{Graph, MOST_KNOWN_TIPS};
use super::{Event, GONE, History, PathKey, Person, Touched, Walk};
use crate::Result;

/// What was found besides the known, whose numbers come first.
struct NewFacts<'k> {
    known: &'k History,
    people: Vec<Person>,
    events: Vec<Event>,
}

impl NewFacts<'_> {
    /// The number of the next event.
    fn next(&self) -> u32 {
        (self.known.count() + self.events.len()) as u32
    }

    fn extend(&mut self, graph: &Graph) {
        self.events.extend(graph.events((self.known.people.len() + self.people.len()) as u32));
        self.people.extend(graph.people.iter().cloned());
    }

    /// The commits of a fact.
    fn commits(&self, [added, edited]: [u32; 2]) -> Result<[Option<Oid>; 2]> {
        let commit = |event: u32| -> Result<Option<Oid>> {
            let of_new = || self.events.get((event as usize).checked_sub(self.known.count())?).copied();
            Ok(self.known.event(event)?.or_else(of_new).map(|event| event.commit))
        };
        Ok([commit(added)?, commit(edited)?])
    }
}

/// Goes on from `known`.
pub(super) fn from(walk: &Walk<'_>, mut known: History) -> Result<Option<(History, Touched)>> {
    // A commit that was dropped by force may be gone by now.
    let kept = walk.repository.reading(|objects| Ok(objects.read(ObjectType::Commit, known.tip, "").is_ok()))?;
    if !kept {
        return Ok(None);
    }
    let graph = Graph::beyond(walk.repository, walk.tip, &[known.tip], &mut drop)?;
    if !graph.is_behind(known.tip) {
        return Ok(None);
    }
    let mut found = NewFacts { known: &known, people: Vec::new(), events: Vec::new() };
    let mut fold = Fold::from(walk.tip, found.next());
    walk.fold(&graph, &mut fold, true)?;
    found.extend(&graph);
    let (arrived, rest) = fold.arrived(known.tip);
    // A merge whose first parent isn't what was known: the rest went another way.
    if !rest {
        return Ok(None);
    }
    for (token, key) in arrived {
        if !complete(fold.token(token), &known, key, false)? {
            return Ok(None);
        }
    }
    if !look_behind(walk, &mut fold, &mut found)? || fold.tokens().any(|token| token.added == NONE) {
        return Ok(None);
    }
    let fact = |token: &Trail| [token.added, token.edited];
    let mut touched = Vec::new();
    for token in fold.tokens() {
        let before = known.events_of(token.key)?.map(|fact| found.commits(fact)).transpose()?;
        let same = before == Some(found.commits(fact(token))?);
        touched.extend(token.path.as_deref().filter(|_| !same).map(str::to_owned));
    }
    for path in fold.removed() {
        if known.events_of(super::key(path))?.is_some() {
            touched.push(path.to_string());
        }
    }
    let mut later: Vec<_> = Vec::new();
    for key in fold.taken() {
        if known.events_of(key)?.is_some() {
            later.push((key, GONE));
        }
    }
    later.extend(fold.tokens().map(|token| (token.key, fact(token))));
    let NewFacts { people, events, .. } = found;
    known.people.extend(people);
    known.events.extend(events);
    known.later.extend(later);
    known.tip = walk.tip;
    let history = if known.is_long() { known.whole()? } else { known };
    Ok(Some((history, Touched::Paths(touched))))
}

/// Gives a token what is known of the post `key`; false where that doesn't tell all. `edited`: whether that post was
/// edited after the two were one.
fn complete(token: &mut Trail, known: &History, key: PathKey, edited: bool) -> Result<bool> {
    let Some(fact) = known.events_of(key)? else { return Ok(false) };
    token.added = fact[0];
    if token.edited == NONE && !edited {
        token.edited = fact[1];
        return Ok(true);
    }
    Ok(token.edited != NONE)
}

/// Branches that left the history before the known commit: what was known then is what is known, unless the known
/// commit's own line has touched the post since. So that line is read back to where the branches left it. False where
/// that isn't enough.
fn look_behind(walk: &Walk<'_>, fold: &mut Fold, found: &mut NewFacts<'_>) -> Result<bool> {
    let known = found.known;
    let commits = fold.waiting();
    if commits.is_empty() {
        return Ok(true);
    }
    if commits.len() > MOST_KNOWN_TIPS {
        return Ok(false);
    }
    let graph = Graph::beyond(walk.repository, known.tip, &commits, &mut drop)?;
    let mut line = Fold::from(known.tip, found.next());
    let mut waiting = Vec::new();
    for commit in commits {
        for (token, key) in fold.arrived(commit).0 {
            line.ask(commit, key, fold.token(token).edited);
            waiting.push(token);
        }
    }
    walk.fold(&graph, &mut line, false)?;
    found.extend(&graph);
    for (answer, token) in line.tokens().zip(waiting) {
        let token = fold.token(token);
        (token.added, token.edited) = (answer.added, answer.edited);
        if let Some(Asked::Met(key, edited)) = answer.asked
            && !complete(token, known, key, edited)?
        {
            return Ok(false);
        }
    }
    Ok(true)
}
