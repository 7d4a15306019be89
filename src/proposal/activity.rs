//! The base's posts → what limits are counted by: who has posted, what arrived within the last day, and which handles
//! look alike. Adding a proposal's posts costs no more than there are of them.

use std::collections::HashMap;

use crate::content::{look, skeleton};
use crate::key::Key;

/// So long is a day, for limits: the seconds before a merge in which arrivals count.
pub(super) const DAY_SECONDS: i64 = 86_400;

/// A post that came to the base within the last day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Arrival {
    /// Its author's handle.
    pub author: String,
    /// The name of an author who has no file.
    pub name: String,
    /// Whether it opened a topic.
    pub opens: bool,
    /// Its text.
    pub text: Key,
}

/// The counts.
#[derive(Debug, Default)]
pub(super) struct ActivityIndex {
    posts: HashMap<String, u32>,
    arrivals: HashMap<String, Vec<Arrival>>,
    looks: HashMap<String, Vec<String>>,
    /// Who is called so, or has a handle like it, by the [`look`] of what pages show.
    called: HashMap<String, String>,
}

/// The key of a post's text, whatever its white space.
pub(super) fn text_key(text: &[u8]) -> Key {
    let words: Vec<&[u8]> = text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).collect();
    Key::of_bytes(&words.join(&b' '))
}

impl ActivityIndex {
    /// Counts a post that stands.
    pub fn count(&mut self, author: &str) {
        match self.posts.get_mut(author) {
            Some(count) => *count += 1,
            None => drop(self.posts.insert(author.to_owned(), 1)),
        }
    }

    /// Notes a post that arrived within the last day.
    pub fn arrived(&mut self, arrival: Arrival) {
        self.arrivals.entry(arrival.author.clone()).or_default().push(arrival);
    }

    /// Notes somebody's handle.
    pub fn meet(&mut self, handle: &str) {
        let known = self.looks.entry(skeleton(handle)).or_default();
        if !known.iter().any(|other| other == handle) {
            known.push(handle.to_owned());
        }
    }

    /// Notes under which handle and name pages show somebody; the handle of a guest isn't shown.
    pub fn call(&mut self, handle: &str, name: &str) {
        let shown = [handle, name].into_iter().filter(|text| !text.starts_with('~'));
        for text in shown {
            let known = self.called.entry(look(text)).or_insert_with(|| handle.to_owned());
            // Of several the first by handle is named, in whatever order they came.
            if handle < known.as_str() {
                *known = handle.to_owned();
            }
        }
    }

    /// Who has a handle or a name that looks like this name, and another handle than this.
    pub fn namesake(&self, handle: &str, name: &str) -> Option<&str> {
        self.called.get(&look(name)).map(String::as_str).filter(|other| *other != handle)
    }

    /// Whether this handle has posted.
    pub fn has_posted(&self, handle: &str) -> bool {
        self.posts.contains_key(handle)
    }

    /// What arrived from this handle within the last day.
    pub fn arrivals(&self, handle: &str) -> &[Arrival] {
        self.arrivals.get(handle).map_or(&[], Vec::as_slice)
    }

    /// A handle that looks like this one and is another.
    pub fn alike(&self, handle: &str) -> Option<&str> {
        self.looks.get(&skeleton(handle))?.iter().map(String::as_str).find(|other| *other != handle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_that_look_alike_are_told() {
        let mut activity = ActivityIndex::default();
        ["morgan", "bill", "zoe0"].iter().for_each(|handle| activity.meet(handle));
        for (handle, other) in [("rnorgan", "morgan"), ("bi1l", "bill"), ("zoeo", "zoe0"), ("bіll", "bill")] {
            assert_eq!(activity.alike(handle), Some(other), "{handle}");
        }
        assert_eq!(activity.alike("morgan"), None);
        assert_eq!(activity.alike("ada"), None);
    }

    #[test]
    fn the_same_words_are_the_same_text() {
        assert_eq!(text_key(b"Buy  tea\n"), text_key(b"\nBuy tea"));
        assert_ne!(text_key(b"Buy tea"), text_key(b"Buytea"));
    }
}
