//! A history → bytes for a cache, and back: fixed-size records, which are read where they stand. The base and what was found
//! later are apart, so that a commit more needn't write it all. Where and when they are kept isn't decided here, nor is
//! damage by accident looked for, which the cache does.
//!
//! The form: [`MAGIC`]; the tip; 1 for a shallow clone; then four counts (`u32`, little-endian as all numbers): bytes of
//! the content folder's path, people, events, facts; then those: the path; for each person two counts and the bytes of name
//! and address; then the [records](super::table) of all events, of all keys and of all facts. What was found later is of the
//! same form, with the tip of its base in the place of the path.

use bytes::Bytes;
use git2::Oid;
use rustc_hash::FxHashMap;

use super::table::Table;
use super::{Base, History, Person};
use crate::git::tree::oid;

/// How the bytes begin; the number goes up with every change of the form.
const MAGIC: &[u8; 16] = b"boards history 2";
/// The bytes of an event, of a key and of a fact.
const EVENT: usize = 32;
const KEY: usize = 16;
const FACT: usize = 8;

impl History {
    /// The base, in the form for a cache.
    #[must_use]
    pub fn base_bytes(&self) -> Vec<u8> {
        let Base { tip, people, events, keys, facts } = &self.base;
        let parts = Parts {
            tip: *tip,
            shallow: self.shallow,
            head: self.content.as_bytes(),
            people: self.people[..*people].into(),
            events: events.bytes(),
            keys: keys.bytes(),
            facts: facts.bytes(),
        };
        parts.bytes()
    }

    /// What was found later, in the form for a cache; `None` where nothing was.
    #[must_use]
    pub fn later_bytes(&self) -> Option<Vec<u8>> {
        if self.tip == self.base.tip {
            return None;
        }
        let events = Table::of(self.events.iter().copied());
        let (keys, facts) = (Table::of(self.later.keys().copied()), Table::of(self.later.values().copied()));
        let parts = Parts {
            tip: self.tip,
            shallow: self.shallow,
            head: self.base.tip.as_bytes(),
            people: self.people[self.base.people..].into(),
            events: events.bytes(),
            keys: keys.bytes(),
            facts: facts.bytes(),
        };
        Some(parts.bytes())
    }

    /// The history whose [base](History::base_bytes) is in these bytes, as it was then; `None` for any other bytes.
    #[must_use]
    pub fn from_bytes(bytes: Vec<u8>) -> Option<History> {
        let bytes = Bytes::from(bytes);
        let Parts { tip, shallow, head, people, events, keys, facts } = Parts::of(&bytes)?;
        let content = std::str::from_utf8(head).ok()?.to_owned();
        let base = Base {
            tip,
            people: people.len(),
            events: Table::new(bytes.slice_ref(events)),
            keys: Table::new(bytes.slice_ref(keys)),
            facts: Table::new(bytes.slice_ref(facts)),
        };
        Some(History { tip, content, shallow, people, base, events: Vec::new(), later: FxHashMap::default() })
    }

    /// The history with what was found [later](History::later_bytes) on the same base; as it is for any other bytes.
    #[must_use]
    pub fn with_later(self, bytes: Vec<u8>) -> History {
        let bytes = Bytes::from(bytes);
        let Some(parts) = Parts::of(&bytes).filter(|parts| parts.head == self.base.tip.as_bytes()) else { return self };
        let Parts { tip, people, events, keys, facts, .. } = parts;
        let [events, keys, facts] = [events, keys, facts].map(|part| bytes.slice_ref(part));
        let later = Table::new(keys).iter().zip(Table::new(facts).iter()).collect();
        let people = self.people.into_iter().chain(people).collect();
        History { tip, people, events: Table::new(events).iter().collect(), later, ..self }
    }
}

/// What the bytes say.
struct Parts<'b> {
    tip: Oid,
    shallow: bool,
    head: &'b [u8],
    people: Vec<Person>,
    events: &'b [u8],
    keys: &'b [u8],
    facts: &'b [u8],
}

impl<'b> Parts<'b> {
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(128 + self.events.len() + self.keys.len() + self.facts.len());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(self.tip.as_bytes());
        bytes.push(u8::from(self.shallow));
        for count in [self.head.len(), self.people.len(), self.events.len() / EVENT, self.keys.len() / KEY] {
            bytes.extend_from_slice(&(count as u32).to_le_bytes());
        }
        bytes.extend_from_slice(self.head);
        for Person { name, email } in &self.people {
            bytes.extend_from_slice(&(name.len() as u32).to_le_bytes());
            bytes.extend_from_slice(&(email.len() as u32).to_le_bytes());
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(email.as_bytes());
        }
        [self.events, self.keys, self.facts].into_iter().for_each(|part| bytes.extend_from_slice(part));
        bytes
    }

    /// What these bytes say, whether or not it makes sense; `None` where they are of another form.
    fn of(bytes: &'b [u8]) -> Option<Parts<'b>> {
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
        let mut part = |count: usize, size: usize| rest.take(count.checked_mul(size)?);
        let (events, keys, facts) = (part(events, EVENT)?, part(facts, KEY)?, part(facts, FACT)?);
        rest.0.is_empty().then_some(Parts { tip, shallow, head, people, events, keys, facts })
    }
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
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::git::history::fold::NONE;
    use crate::git::history::{Event, GONE, Key, key};

    fn history(posts: &[(&str, i64)]) -> History {
        let events: Vec<Event> =
            posts.iter().map(|(_, when)| Event { person: 0, when: *when, commit: Oid::ZERO_SHA1 }).collect();
        let mut keys: Vec<Key> = posts.iter().map(|(path, _)| key(path)).collect();
        keys.sort_unstable();
        let base = Base {
            tip: Oid::ZERO_SHA1,
            people: 1,
            events: Table::of(events.into_iter()),
            keys: Table::of(keys.into_iter()),
            facts: Table::of((0..posts.len() as u32).map(|at| [at, NONE])),
        };
        History {
            tip: Oid::ZERO_SHA1,
            content: "content".into(),
            shallow: false,
            people: vec![Person { name: "Ada".into(), email: "ada@example.org".into() }],
            base,
            events: Vec::new(),
            later: FxHashMap::default(),
        }
    }

    /// The same with a post more and one less.
    fn later(base: History, tip: u8) -> History {
        let mut history = History { tip: Oid::from_bytes(&[tip; 20]).unwrap(), ..base };
        let number = history.count() as u32;
        history.events.push(Event { person: 1, when: 7, commit: history.tip });
        history.people.push(Person { name: "Bob".into(), email: String::new() });
        history.later.extend([(history.base.keys.get(0).unwrap(), GONE), (key("new.md"), [number, NONE])]);
        history
    }

    #[test]
    fn what_was_written_is_read() {
        let base = history(&[("a.md", -5), ("b/c.md", i64::MAX)]);
        let whole = later(base.clone(), 1);
        let read = || History::from_bytes(whole.base_bytes()).unwrap();
        assert_eq!(read(), base);
        assert_eq!(base.later_bytes(), None);
        let again = read().with_later(whole.later_bytes().unwrap());
        assert_eq!((again.len(), again.fact("new.md").is_some()), (2, true));
        assert!(again == whole && again.later == whole.later);
    }

    #[test]
    fn what_was_found_later_than_another_base_is_left_out() {
        let base = history(&[("a.md", -5), ("b/c.md", i64::MAX)]);
        let other = later(
            History { base: Base { tip: Oid::from_bytes(&[9; 20]).unwrap(), ..base.base.clone() }, ..base.clone() },
            1,
        );
        assert_eq!(base.clone().with_later(other.later_bytes().unwrap()), base);
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
                prop_assert_eq!(History::from_bytes(cut.to_vec()), None);
                prop_assert_eq!(base.clone().with_later(cut.to_vec()), base.clone());
                let later = base.clone().with_later(changed.clone());
                for found in [History::from_bytes(changed), Some(later)].into_iter().flatten() {
                    found.whole();
                    for path in ["a.md", "b.md", "new.md"] {
                        found.fact(path).map(|fact| found.person(fact.added.person));
                    }
                }
            }
        }
    }
}
