//! A history → bytes for a cache, and back: fixed-size records, which are read where they stand. The base and what was found
//! later are apart, so that a commit more needn't write it all. Where and when they are kept isn't decided here, nor is
//! damage by accident looked for, which the cache does.
//!
//! The form: [`MAGIC`]; the tip; 1 for a shallow clone; then five counts (`u32`, little-endian as all numbers): bytes of
//! the content folder's path, people, the bytes that tell of these, events, facts; then those: the path; for each person two
//! counts and the bytes of name and address; then the [records](super::table) of all events, of all keys and of all facts.
//! What was found later is of the same form, with the tip of its base in the place of the path.
//!
//! All but the records is read at once.

use std::sync::Arc;

use git2::Oid;
use rustc_hash::FxHashMap;

use super::table::{RecordTable, Source};
use super::{EarlierHistory, History, Person};
use crate::Result;
use crate::git::tree::oid;

/// How the bytes begin; the number goes up with every change of the form.
const MAGIC: &[u8; 16] = b"boards history 3";
/// The bytes before the path: those, the tip, the mark of a shallow clone, and the counts.
const FRONT_BYTES: usize = 16 + 20 + 1 + 5 * 4;
/// The bytes of an event, of a key and of a fact.
const EVENT_BYTES: usize = 32;
const KEY_BYTES: usize = 16;
const FACT_BYTES: usize = 8;

impl History {
    /// The base, in the form for a cache.
    ///
    /// # Errors
    /// A record of the base can't be read.
    pub fn base_bytes(&self) -> Result<Vec<u8>> {
        let EarlierHistory { tip, people, events, keys, facts } = &self.base;
        let people = &self.people[..*people];
        let parts =
            Parts { tip: *tip, shallow: self.shallow, head: self.content.clone().into(), people, events, keys, facts };
        parts.bytes()
    }

    /// What was found later, in the form for a cache; `None` where nothing was.
    ///
    /// # Errors
    /// Never: what was found later is in memory.
    pub fn later_bytes(&self) -> Result<Option<Vec<u8>>> {
        if self.tip == self.base.tip {
            return Ok(None);
        }
        let parts = Parts {
            tip: self.tip,
            shallow: self.shallow,
            head: self.base.tip.as_bytes().into(),
            people: &self.people[self.base.people..],
            events: &RecordTable::of(self.events.iter().copied()),
            keys: &RecordTable::of(self.later.keys().copied()),
            facts: &RecordTable::of(self.later.values().copied()),
        };
        parts.bytes().map(Some)
    }

    /// The history whose [base](History::base_bytes) is in these bytes, as it was then; `None` for any other bytes. Most
    /// of them are read when they are asked for.
    ///
    /// # Errors
    /// What is read at once can't be read.
    pub fn open(bytes: Arc<dyn Source>) -> Result<Option<History>> {
        let parts = Parts::read(&bytes)?;
        let content = |head: Vec<u8>| String::from_utf8(head).ok();
        Ok(parts.and_then(|Parts { tip, shallow, head, people, events, keys, facts }| {
            let base = EarlierHistory { tip, people: people.len(), events, keys, facts };
            let (events, later) = (Vec::new(), FxHashMap::default());
            Some(History { tip, content: content(head)?, shallow, people, base, events, later })
        }))
    }

    /// The history with what was found [later](History::later_bytes) on the same base; as it is for any other bytes.
    ///
    /// # Errors
    /// Never: these bytes are in memory.
    pub fn with_later(self, bytes: Vec<u8>) -> Result<History> {
        let bytes: Arc<dyn Source> = Arc::new(bytes);
        let parts = Parts::read(&bytes)?.filter(|parts| parts.head == self.base.tip.as_bytes());
        let Some(Parts { tip, people, events, keys, facts, .. }) = parts else { return Ok(self) };
        let later = keys.all()?.into_iter().zip(facts.all()?).collect();
        let people = self.people.into_iter().chain(people).collect();
        Ok(History { tip, people, events: events.all()?, later, ..self })
    }
}

/// What the bytes say. The people are a list when read, a part of one when written, as the tables are.
struct Parts<People, Events, Keys, Facts> {
    tip: Oid,
    shallow: bool,
    head: Vec<u8>,
    people: People,
    events: Events,
    keys: Keys,
    facts: Facts,
}

type Read = Parts<Vec<Person>, RecordTable<EVENT_BYTES>, RecordTable<KEY_BYTES>, RecordTable<FACT_BYTES>>;
type Written<'p> =
    Parts<&'p [Person], &'p RecordTable<EVENT_BYTES>, &'p RecordTable<KEY_BYTES>, &'p RecordTable<FACT_BYTES>>;

impl Written<'_> {
    fn bytes(&self) -> Result<Vec<u8>> {
        let mut people = Vec::new();
        for Person { name, email } in self.people {
            people.extend_from_slice(&(name.len() as u32).to_le_bytes());
            people.extend_from_slice(&(email.len() as u32).to_le_bytes());
            people.extend_from_slice(name.as_bytes());
            people.extend_from_slice(email.as_bytes());
        }
        let counts = [self.head.len(), self.people.len(), people.len(), self.events.len(), self.keys.len()];
        let records = self.events.len() * EVENT_BYTES + self.keys.len() * (KEY_BYTES + FACT_BYTES);
        let mut bytes = Vec::with_capacity(FRONT_BYTES + self.head.len() + people.len() + records);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(self.tip.as_bytes());
        bytes.push(u8::from(self.shallow));
        counts.iter().for_each(|count| bytes.extend_from_slice(&(*count as u32).to_le_bytes()));
        bytes.extend_from_slice(&self.head);
        bytes.extend_from_slice(&people);
        bytes.extend_from_slice(&self.events.bytes()?);
        bytes.extend_from_slice(&self.keys.bytes()?);
        bytes.extend_from_slice(&self.facts.bytes()?);
        Ok(bytes)
    }
}

impl Read {
    /// What these bytes say, whether or not it makes sense; `None` where they are of another form.
    fn read(source: &Arc<dyn Source>) -> Result<Option<Read>> {
        if source.len() < FRONT_BYTES {
            return Ok(None);
        }
        let front = source.read(0..FRONT_BYTES)?;
        let Some(Front { tip, shallow, head, people, at_events, events, at_keys, facts, at_facts }) =
            Front::of(&front, source.len())
        else {
            return Ok(None);
        };
        let told = source.read(FRONT_BYTES..at_events)?;
        let mut rest = Rest(&told);
        let head = rest.take(head).map(<[u8]>::to_vec);
        let person = |_| {
            let (name, email) = (rest.number()?, rest.number()?);
            Some(Person { name: rest.text(name)?, email: rest.text(email)? })
        };
        let people = (0..people).map(person).collect::<Option<Vec<_>>>();
        let (Some(head), Some(people), true) = (head, people, rest.0.is_empty()) else { return Ok(None) };
        Ok(Some(Parts {
            tip,
            shallow,
            head,
            people,
            events: RecordTable::new(source, at_events, events),
            keys: RecordTable::new(source, at_keys, facts),
            facts: RecordTable::new(source, at_facts, facts),
        }))
    }
}

/// What the first bytes say of the others: how long the path is, how many people, events and facts there are, and where
/// these begin.
struct Front {
    tip: Oid,
    shallow: bool,
    head: usize,
    people: usize,
    at_events: usize,
    events: usize,
    at_keys: usize,
    facts: usize,
    at_facts: usize,
}

impl Front {
    /// `None` where so many bytes as there are can't be of this form.
    fn of(front: &[u8], length: usize) -> Option<Front> {
        let mut rest = Rest(front.strip_prefix(MAGIC)?);
        let tip = oid(rest.take(20)?);
        let shallow = rest.take(1)? != [0];
        let [head, people, size] = [rest.number()?, rest.number()?, rest.number()?];
        let [events, facts] = [rest.number()?, rest.number()?];
        let at_events = FRONT_BYTES.checked_add(head)?.checked_add(size)?;
        let at_keys = events.checked_mul(EVENT_BYTES)?.checked_add(at_events)?;
        let at_facts = facts.checked_mul(KEY_BYTES)?.checked_add(at_keys)?;
        let fits = facts.checked_mul(FACT_BYTES)?.checked_add(at_facts)? == length;
        fits.then_some(Front { tip, shallow, head, people, at_events, events, at_keys, facts, at_facts })
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
    use crate::git::history::{Event, GONE, PathKey, key};

    fn history(posts: &[(&str, i64)]) -> History {
        let events: Vec<Event> =
            posts.iter().map(|(_, when)| Event { person: 0, when: *when, commit: Oid::ZERO_SHA1 }).collect();
        let mut keys: Vec<PathKey> = posts.iter().map(|(path, _)| key(path)).collect();
        keys.sort_unstable();
        let base = EarlierHistory {
            tip: Oid::ZERO_SHA1,
            people: 1,
            events: RecordTable::of(events.into_iter()),
            keys: RecordTable::of(keys.into_iter()),
            facts: RecordTable::of((0..posts.len() as u32).map(|at| [at, NONE])),
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

    fn open(bytes: Vec<u8>) -> Option<History> {
        History::open(Arc::new(bytes)).unwrap()
    }

    /// The same with a post more and one less.
    fn later(base: History, tip: u8) -> History {
        let mut history = History { tip: Oid::from_bytes(&[tip; 20]).unwrap(), ..base };
        let number = history.count() as u32;
        history.events.push(Event { person: 1, when: 7, commit: history.tip });
        history.people.push(Person { name: "Bob".into(), email: String::new() });
        history.later.extend([(history.base.keys.get(0).unwrap().unwrap(), GONE), (key("new.md"), [number, NONE])]);
        history
    }

    #[test]
    fn what_was_written_is_read() {
        let base = history(&[("a.md", -5), ("b/c.md", i64::MAX)]);
        let whole = later(base.clone(), 1);
        let read = || open(whole.base_bytes().unwrap()).unwrap();
        assert_eq!(read(), base);
        assert_eq!(base.later_bytes().unwrap(), None);
        let again = read().with_later(whole.later_bytes().unwrap().unwrap()).unwrap();
        assert_eq!((again.len(), again.fact("new.md").unwrap().is_some()), (2, true));
        assert!(again == whole && again.later == whole.later);
    }

    #[test]
    fn what_was_found_later_than_another_base_is_left_out() {
        let base = history(&[("a.md", -5), ("b/c.md", i64::MAX)]);
        let other = later(
            History {
                base: EarlierHistory { tip: Oid::from_bytes(&[9; 20]).unwrap(), ..base.base.clone() },
                ..base.clone()
            },
            1,
        );
        assert_eq!(base.clone().with_later(other.later_bytes().unwrap().unwrap()).unwrap(), base);
    }

    proptest! {
        #[test]
        fn no_bytes_make_a_history_that_names_what_is_not_there(at in 0_usize..300, bit in 0_u32..8, cut in 0_usize..300) {
            let base = history(&[("a.md", 1), ("b.md", 2)]);
            let whole = later(base.clone(), 1);
            for bytes in [base.base_bytes().unwrap(), whole.later_bytes().unwrap().unwrap()] {
                let mut changed = bytes.clone();
                let at = at % changed.len();
                changed[at] ^= 1 << bit;
                let cut = &bytes[..cut % bytes.len()];
                prop_assert_eq!(open(cut.to_vec()), None);
                prop_assert_eq!(base.clone().with_later(cut.to_vec()).unwrap(), base.clone());
                let later = base.clone().with_later(changed.clone()).unwrap();
                for found in [open(changed), Some(later)].into_iter().flatten() {
                    found.whole().unwrap();
                    for path in ["a.md", "b.md", "new.md"] {
                        found.fact(path).unwrap().map(|fact| found.person(fact.added.person));
                    }
                }
            }
        }
    }
}
