//! What is known of an older commit, and the commits since → what is known now; nothing where that can't be told
//! without reading all commits. It reads no more commits than it must.

use git2::ObjectType;

use super::fold::{Asked, Fold, NONE, Token};
use super::graph::{Graph, MOST_KNOWN};
use super::{Event, History, Key, Person, Touched, Walk};
use crate::Result;

/// All that was found so far, the known first.
struct Found {
    people: Vec<Person>,
    events: Vec<Event>,
}

impl Found {
    fn extend(&mut self, graph: &Graph) {
        self.events.extend(graph.events(self.people.len() as u32));
        self.people.extend(graph.people.iter().cloned());
    }
}

/// Goes on from `known`.
pub(super) fn from(walk: &Walk<'_>, known: &History) -> Result<Option<(History, Touched)>> {
    // A commit that was dropped by force may be gone by now.
    let kept = walk.repository.reading(|objects| Ok(objects.read(ObjectType::Commit, known.tip, "").is_ok()))?;
    if !kept {
        return Ok(None);
    }
    let graph = Graph::beyond(walk.repository, walk.tip, &[known.tip])?;
    if !graph.is_behind(known.tip) {
        return Ok(None);
    }
    let mut found = Found { people: known.people.clone(), events: known.events.clone() };
    let mut fold = Fold::from(walk.tip, found.events.len() as u32);
    walk.fold(&graph, &mut fold, true)?;
    found.extend(&graph);
    let (arrived, rest) = fold.arrived(known.tip);
    // A merge whose first parent isn't what was known: the rest went another way.
    if !rest {
        return Ok(None);
    }
    for (token, key) in arrived {
        if !complete(fold.token(token), known, key, false) {
            return Ok(None);
        }
    }
    if !look_behind(walk, known, &mut fold, &mut found)? || fold.tokens().any(|token| token.added == NONE) {
        return Ok(None);
    }
    let facts =
        known.keys.iter().zip(&known.facts).filter(|(key, _)| fold.is_rest(**key)).map(|(key, fact)| (*key, *fact));
    let new = fold.tokens().map(|token| (token.key, [token.added, token.edited]));
    let history = History::new(walk, &found.people, &found.events, facts.chain(new).collect());
    let commits = |[added, edited]: [u32; 2], events: &[Event]| {
        [added, edited].map(|event| events.get(event as usize).map(|event| event.commit))
    };
    let touched = fold.tokens().filter_map(|token| {
        let before = known.events_of(token.key).map(|fact| commits(fact, &known.events));
        let same = before == Some(commits([token.added, token.edited], &found.events));
        token.path.as_deref().filter(|_| !same).map(str::to_owned)
    });
    let removed = fold.removed().iter().filter(|path| known.events_of(super::key(path)).is_some());
    let touched = touched.chain(removed.map(|path| path.to_string())).collect();
    Ok(Some((history, Touched::Paths(touched))))
}

/// Gives a token what is known of the post `key`; false where that doesn't tell all. `edited`: whether that post was
/// edited after the two were one.
fn complete(token: &mut Token, known: &History, key: Key, edited: bool) -> bool {
    let Some(fact) = known.events_of(key) else { return false };
    token.added = fact[0];
    if token.edited == NONE && !edited {
        token.edited = fact[1];
        return true;
    }
    token.edited != NONE
}

/// Branches that left the history before the known commit: what was known then is what is known, unless the known
/// commit's own line has touched the post since. So that line is read back to where the branches left it. False where
/// that isn't enough.
fn look_behind(walk: &Walk<'_>, known: &History, fold: &mut Fold, found: &mut Found) -> Result<bool> {
    let commits = fold.waiting();
    if commits.is_empty() {
        return Ok(true);
    }
    if commits.len() > MOST_KNOWN {
        return Ok(false);
    }
    let graph = Graph::beyond(walk.repository, known.tip, &commits)?;
    let mut line = Fold::from(known.tip, found.events.len() as u32);
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
            && !complete(token, known, key, edited)
        {
            return Ok(false);
        }
    }
    Ok(true)
}
