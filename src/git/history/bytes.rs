//! A history → bytes for a cache, and back: fixed-size records, so that reading is little more than copying. The base and
//! what was found later are apart, so that a commit more needn't write it all. Where and when they are kept isn't decided
//! here, nor is damage by accident looked for, which the cache does.
//!
//! The form: [`MAGIC`]; the tip; 1 for a shallow clone; then four counts (`u32`, little-endian as all numbers): bytes of
//! the content folder's path, people, events, facts; then those: the path; for each person two counts and the bytes of name
//! and address; for each event person (`u32`), when (`i64`) and commit; all keys (16 bytes); all facts (two `u32`). What was
//! found later is of the same form, with the tip of its base in the place of the path.

use git2::Oid;
use rustc_hash::FxHashMap;

use super::fold::NONE;
use super::{Base, Event, GONE, History, Key, Person};
use crate::git::tree::oid;

/// How the bytes begin; the number goes up with every change of the form.
const MAGIC: &[u8; 16] = b"boards history 2";

impl History {
    /// The base, in the form for a cache.
    #[must_use]
    pub fn base_bytes(&self) -> Vec<u8> {
        let Base { tip, people, events } = self.base;
        let parts = Parts {
            tip,
            shallow: self.shallow,
            head: self.content.as_bytes(),
            people: &self.people[..people],
            events: &self.events[..events],
        };
        parts.bytes(&self.keys, &self.facts)
    }

    /// What was found later, in the form for a cache; `None` where nothing was.
    #[must_use]
    pub fn later_bytes(&self) -> Option<Vec<u8>> {
        if self.tip == self.base.tip {
            return None;
        }
        let (keys, facts): (Vec<Key>, Vec<[u32; 2]>) = self.later.iter().map(|(key, fact)| (*key, *fact)).unzip();
        let parts = Parts {
            tip: self.tip,
            shallow: self.shallow,
            head: self.base.tip.as_bytes(),
            people: &self.people[self.base.people..],
            events: &self.events[self.base.events..],
        };
        Some(parts.bytes(&keys, &facts))
    }

    /// The history whose [base](History::base_bytes) is in these bytes, as it was then; `None` for any other bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<History> {
        let Read { tip, shallow, head, people, events, keys, facts } = Read::of(bytes)?;
        let content = std::str::from_utf8(head).ok()?.to_owned();
        let base = Base { tip, people: people.len(), events: events.len() };
        let history = History { tip, content, shallow, people, events, keys, facts, base, later: FxHashMap::default() };
        let all = (history.people.len(), history.events.len());
        let whole = history.keys.is_sorted_by(|a, b| a < b) && is_sound(all, &history.events, history.facts.iter());
        whole.then_some(history)
    }

    /// The history with what was found [later](History::later_bytes) on the same base; as it is for any other bytes.
    #[must_use]
    pub fn with_later(self, bytes: &[u8]) -> History {
        let Some(read) = Read::of(bytes).filter(|read| read.head == self.base.tip.as_bytes()) else { return self };
        let Read { tip, people, events, keys, facts, .. } = read;
        let all = (self.people.len() + people.len(), self.events.len() + events.len());
        if !is_sound(all, &events, facts.iter().filter(|fact| **fact != GONE)) {
            return self;
        }
        let mut history = History { tip, later: keys.into_iter().zip(facts).collect(), ..self };
        history.people.extend(people);
        history.events.extend(events);
        history
    }
}

/// Whether these events and facts name none but so many people and events.
fn is_sound<'f>(
    (people, events): (usize, usize),
    named: &[Event],
    mut facts: impl Iterator<Item = &'f [u32; 2]>,
) -> bool {
    let event = |event: u32| (event as usize) < events;
    named.iter().all(|event| (event.person as usize) < people)
        && facts.all(|[added, edited]| event(*added) && (*edited == NONE || event(*edited)))
}

/// All of a history but its facts.
struct Parts<'h> {
    tip: Oid,
    shallow: bool,
    head: &'h [u8],
    people: &'h [Person],
    events: &'h [Event],
}

impl Parts<'_> {
    fn bytes(&self, keys: &[Key], facts: &[[u32; 2]]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(128 + self.events.len() * 32 + keys.len() * 24);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(self.tip.as_bytes());
        bytes.push(u8::from(self.shallow));
        for count in [self.head.len(), self.people.len(), self.events.len(), keys.len()] {
            bytes.extend_from_slice(&(count as u32).to_le_bytes());
        }
        bytes.extend_from_slice(self.head);
        for Person { name, email } in self.people {
            bytes.extend_from_slice(&(name.len() as u32).to_le_bytes());
            bytes.extend_from_slice(&(email.len() as u32).to_le_bytes());
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(email.as_bytes());
        }
        for Event { person, when, commit } in self.events {
            bytes.extend_from_slice(&person.to_le_bytes());
            bytes.extend_from_slice(&when.to_le_bytes());
            bytes.extend_from_slice(commit.as_bytes());
        }
        bytes.extend(keys.iter().flat_map(|key| key.to_le_bytes()));
        bytes.extend(facts.iter().flatten().flat_map(|event| event.to_le_bytes()));
        bytes
    }
}

/// What bytes of the form say, whether or not it makes sense.
struct Read<'b> {
    tip: Oid,
    shallow: bool,
    head: &'b [u8],
    people: Vec<Person>,
    events: Vec<Event>,
    keys: Vec<Key>,
    facts: Vec<[u32; 2]>,
}

impl<'b> Read<'b> {
    fn of(bytes: &'b [u8]) -> Option<Read<'b>> {
        let mut rest = Rest(bytes.strip_prefix(MAGIC)?);
        let tip = oid(rest.take(20)?);
        let shallow = rest.take(1)? != [0];
        let [head, people, events, facts] = [rest.number()?, rest.number()?, rest.number()?, rest.number()?];
        let head = rest.take(head)?;
        let people = (0..people)
            .map(|_| {
                let (name, email) = (rest.number()?, rest.number()?);
                Some(Person { name: rest.text(name)?, email: rest.text(email)? })
            })
            .collect::<Option<Vec<_>>>()?;
        let events: Vec<Event> = rest.records::<32>(events)?.iter().map(event).collect();
        let keys: Vec<Key> = rest.records::<16>(facts)?.iter().map(|key| Key::from_le_bytes(*key)).collect();
        let facts: Vec<[u32; 2]> = rest.records::<8>(facts)?.iter().map(fact).collect();
        rest.0.is_empty().then_some(Read { tip, shallow, head, people, events, keys, facts })
    }
}

fn event([a, b, c, d, when @ ..]: &[u8; 32]) -> Event {
    let [e, f, g, h, i, j, k, l, commit @ ..] = when;
    Event {
        person: u32::from_le_bytes([*a, *b, *c, *d]),
        when: i64::from_le_bytes([*e, *f, *g, *h, *i, *j, *k, *l]),
        commit: oid(commit),
    }
}

fn fact([a, b, c, d, e, f, g, h]: &[u8; 8]) -> [u32; 2] {
    [u32::from_le_bytes([*a, *b, *c, *d]), u32::from_le_bytes([*e, *f, *g, *h])]
}

/// What hasn't been read yet. Each method takes from its front, or nothing where it is too short.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<usize> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u32::from_le_bytes(*taken) as usize)
    }

    fn text(&mut self, length: usize) -> Option<String> {
        self.take(length).and_then(|bytes| std::str::from_utf8(bytes).ok()).map(str::to_owned)
    }

    fn records<const SIZE: usize>(&mut self, count: usize) -> Option<&'a [[u8; SIZE]]> {
        Some(self.take(count.checked_mul(SIZE)?)?.as_chunks::<SIZE>().0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::git::history::key;

    fn history(posts: &[(&str, i64)]) -> History {
        let events: Vec<Event> =
            posts.iter().map(|(_, when)| Event { person: 0, when: *when, commit: Oid::ZERO_SHA1 }).collect();
        let mut keys: Vec<Key> = posts.iter().map(|(path, _)| key(path)).collect();
        keys.sort_unstable();
        History {
            tip: Oid::ZERO_SHA1,
            content: "content".into(),
            shallow: false,
            people: vec![Person { name: "Ada".into(), email: "ada@example.org".into() }],
            facts: (0..posts.len() as u32).map(|at| [at, NONE]).collect(),
            base: Base { tip: Oid::ZERO_SHA1, people: 1, events: events.len() },
            later: FxHashMap::default(),
            events,
            keys,
        }
    }

    /// The same with a post more and one less.
    fn later(base: History, tip: u8) -> History {
        let mut history = History { tip: Oid::from_bytes(&[tip; 20]).unwrap(), ..base };
        let number = history.events.len() as u32;
        history.events.push(Event { person: 1, when: 7, commit: history.tip });
        history.people.push(Person { name: "Bob".into(), email: String::new() });
        history.later.extend([(history.keys[0], GONE), (key("new.md"), [number, NONE])]);
        history
    }

    #[test]
    fn what_was_written_is_read() {
        let base = history(&[("a.md", -5), ("b/c.md", i64::MAX)]);
        let whole = later(base.clone(), 1);
        let read = || History::from_bytes(&whole.base_bytes()).unwrap();
        assert_eq!(read(), base);
        assert_eq!(base.later_bytes(), None);
        let again = read().with_later(&whole.later_bytes().unwrap());
        assert_eq!((again.len(), again.fact("new.md").is_some()), (2, true));
        assert!(again == whole && again.later == whole.later);
    }

    #[test]
    fn what_was_found_later_than_another_base_is_left_out() {
        let base = history(&[("a.md", -5), ("b/c.md", i64::MAX)]);
        let other =
            later(History { base: Base { tip: Oid::from_bytes(&[9; 20]).unwrap(), ..base.base }, ..base.clone() }, 1);
        assert_eq!(base.clone().with_later(&other.later_bytes().unwrap()), base);
    }

    proptest! {
        #[test]
        fn no_bytes_make_a_history_that_names_what_is_not_there(at in 0_usize..300, bit in 0_u32..8, cut in 0_usize..300) {
            let base = history(&[("a.md", 1), ("b.md", 2)]);
            let whole = later(base.clone(), 1);
            for bytes in [base.base_bytes(), whole.later_bytes().unwrap()] {
                let mut changed = bytes.clone();
                let at = at % changed.len();
                changed[at] ^= 1 << bit;
                let cut = &bytes[..cut % bytes.len()];
                prop_assert_eq!(History::from_bytes(cut), None);
                prop_assert_eq!(base.clone().with_later(cut), base.clone());
                for found in [History::from_bytes(&changed), Some(base.clone().with_later(&changed))].into_iter().flatten() {
                    for path in ["a.md", "b.md", "new.md"] {
                        found.fact(path).map(|fact| found.person(fact.added.person));
                    }
                }
            }
        }
    }
}
