//! A history → bytes for a cache, and back: fixed-size records, so that reading is little more than copying. Where and
//! when they are kept isn't decided here.
//!
//! The form: [`MAGIC`]; the BLAKE3 hash of all that follows; the tip; 1 for a shallow clone; then four counts (`u32`,
//! little-endian as all numbers): bytes of the content folder's path, people, events, facts; then those: the path; for
//! each person two counts and the bytes of name and address; for each event person (`u32`), when (`i64`) and commit; all
//! keys (16 bytes); all facts (two `u32`).

use super::fold::NONE;
use super::{Event, History, Key, Person};
use crate::git::tree::oid;

/// How the bytes begin; the number goes up with every change of the form.
const MAGIC: &[u8; 16] = b"boards history 1";

impl History {
    /// The form for a cache.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(128 + self.events.len() * 32 + self.keys.len() * 24);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&[0; 32]);
        bytes.extend_from_slice(self.tip.as_bytes());
        bytes.push(u8::from(self.shallow));
        for count in [self.content.len(), self.people.len(), self.events.len(), self.keys.len()] {
            bytes.extend_from_slice(&(count as u32).to_le_bytes());
        }
        bytes.extend_from_slice(self.content.as_bytes());
        for Person { name, email } in &self.people {
            bytes.extend_from_slice(&(name.len() as u32).to_le_bytes());
            bytes.extend_from_slice(&(email.len() as u32).to_le_bytes());
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(email.as_bytes());
        }
        for Event { person, when, commit } in &self.events {
            bytes.extend_from_slice(&person.to_le_bytes());
            bytes.extend_from_slice(&when.to_le_bytes());
            bytes.extend_from_slice(commit.as_bytes());
        }
        bytes.extend(self.keys.iter().flat_map(|key| key.to_le_bytes()));
        bytes.extend(self.facts.iter().flatten().flat_map(|event| event.to_le_bytes()));
        let hash = blake3::hash(&bytes[48..]);
        bytes[16..48].copy_from_slice(hash.as_bytes());
        bytes
    }

    /// The history that [`to_bytes`](History::to_bytes) made these bytes of; `None` for any other bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<History> {
        let (hash, rest) = bytes.strip_prefix(MAGIC)?.split_first_chunk::<32>()?;
        if blake3::hash(rest) != *hash {
            return None;
        }
        let mut rest = Rest(rest);
        let tip = oid(rest.take(20)?);
        let shallow = rest.take(1)? != [0];
        let [content, people, events, facts] = [rest.number()?, rest.number()?, rest.number()?, rest.number()?];
        let content = rest.text(content)?;
        let people = (0..people)
            .map(|_| {
                let (name, email) = (rest.number()?, rest.number()?);
                Some(Person { name: rest.text(name)?, email: rest.text(email)? })
            })
            .collect::<Option<Vec<_>>>()?;
        let events: Vec<Event> = rest.records::<32>(events)?.iter().map(event).collect();
        let keys: Vec<Key> = rest.records::<16>(facts)?.iter().map(|key| Key::from_le_bytes(*key)).collect();
        let facts: Vec<[u32; 2]> = rest.records::<8>(facts)?.iter().map(fact).collect();
        let whole = rest.0.is_empty()
            && events.iter().all(|event| (event.person as usize) < people.len())
            && keys.is_sorted_by(|a, b| a < b)
            && facts.iter().all(|[added, edited]| {
                (*added as usize) < events.len() && (*edited == NONE || (*edited as usize) < events.len())
            });
        whole.then_some(History { tip, content, shallow, people, events, keys, facts })
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
    use git2::Oid;
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
            events,
            keys,
        }
    }

    #[test]
    fn what_was_written_is_read() {
        let history = history(&[("a.md", -5), ("b/c.md", i64::MAX)]);
        assert_eq!(History::from_bytes(&history.to_bytes()), Some(history));
    }

    proptest! {
        #[test]
        fn any_other_bytes_are_no_history(at in 0_usize..300, bit in 0_u32..8, cut in 0_usize..300) {
            let bytes = history(&[("a.md", 1), ("b.md", 2)]).to_bytes();
            let mut changed = bytes.clone();
            let at = at % changed.len();
            changed[at] ^= 1 << bit;
            prop_assert_eq!(History::from_bytes(&changed), None);
            prop_assert_eq!(History::from_bytes(&bytes[..cut % bytes.len()]), None);
        }
    }
}
