//! Lists of numbers, keys and short texts → one piece of bytes, which stays as it was read: nothing is unpacked before it is
//! asked for. A forum has a piece a topic, and reads them all in every build.

use std::ops::Range;

use bytes::Bytes;
use bytestring::ByteString;
use serde::{Serialize, Serializer};

use crate::plain::{packed, value, values};

/// So many lists in one piece, the first of them a text: where each ends, then one after another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lists<const COUNT: usize> {
    bytes: Bytes,
    /// Where each ends in the piece.
    ends: [u32; COUNT],
    /// The first list, known for a text.
    text: ByteString,
}

/// The bytes of an end.
const END_BYTES: usize = 4;

impl<const COUNT: usize> Lists<COUNT> {
    /// Packs a text and the lists after it, of which there is one less than lists in all.
    pub(super) fn pack(text: &str, lists: impl IntoIterator<Item = Vec<u8>>) -> Lists<COUNT> {
        let (mut ends, mut bytes) = ([0; COUNT], vec![0; COUNT * END_BYTES]);
        let all = std::iter::once(text.into()).chain(lists);
        for (end, list) in ends.iter_mut().zip(all) {
            bytes.extend::<Vec<u8>>(list);
            *end = bytes.len() as u32;
        }
        bytes.splice(..COUNT * END_BYTES, packed(ends.into_iter()));
        // It is kept for as long as the forum, and takes no more room than it needs.
        Lists { bytes: bytes.into_boxed_slice().into(), ends, text: text.into() }
    }

    /// Takes a piece that was packed; `None` for any other.
    pub(super) fn read(bytes: Bytes) -> Option<Lists<COUNT>> {
        let mut ends = [0; COUNT];
        let told = values::<u32, END_BYTES>(bytes.get(..COUNT * END_BYTES)?);
        ends.iter_mut().zip(told).for_each(|(end, told)| *end = told);
        let fits = ends.is_sorted() && ends.first().is_none_or(|first| *first as usize >= COUNT * END_BYTES);
        if !fits || ends.last().is_none_or(|last| *last as usize != bytes.len()) {
            return None;
        }
        let text = bytes.slice(COUNT * END_BYTES..*ends.first()? as usize);
        Some(Lists { ends, text: ByteString::try_from(text).ok()?, bytes })
    }

    /// The text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The list at a place.
    pub(super) fn list(&self, place: usize) -> &[u8] {
        let before = place.checked_sub(1).and_then(|before| self.ends.get(before)).copied();
        let start = before.map_or(COUNT * END_BYTES, |end| end as usize);
        let end = self.ends.get(place).map_or(start, |end| *end as usize);
        self.bytes.get(start..end).unwrap_or_default()
    }
}

impl<const COUNT: usize> Serialize for Lists<COUNT> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.bytes)
    }
}

/// Many short texts: a text and a list, however many they are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Texts<'l> {
    joined: &'l str,
    /// Where each ends.
    ends: &'l [u8],
}

impl<'l> Texts<'l> {
    /// The texts of what [`joined`] made.
    pub(super) fn new(joined: &'l str, ends: &'l [u8]) -> Texts<'l> {
        Texts { joined, ends }
    }

    /// The texts at some places; none where there aren't as many.
    pub(super) fn slice(self, places: Range<u32>) -> impl Iterator<Item = &'l str> {
        let (from, to) = (places.start as usize, places.end as usize);
        let before = from.checked_sub(1).and_then(|before| value::<u32, END_BYTES>(self.ends, before));
        let mut start = before.map_or(0, |end| end as usize);
        let ends = self.ends.get(from * END_BYTES..to * END_BYTES).unwrap_or_default();
        values::<u32, END_BYTES>(ends).map(move |end| {
            let end = end as usize;
            self.joined.get(std::mem::replace(&mut start, end)..end).unwrap_or_default()
        })
    }

    /// The last text; empty where there is none.
    pub(super) fn last(self) -> &'l str {
        let count = (self.ends.len() / END_BYTES) as u32;
        self.slice(count.saturating_sub(1)..count).next().unwrap_or_default()
    }
}

/// Texts as one, and the list of where each ends.
pub(super) fn joined<'t>(texts: impl IntoIterator<Item = &'t str>) -> (String, Vec<u8>) {
    let (mut joined, mut ends) = (String::new(), Vec::new());
    for text in texts {
        joined.push_str(text);
        ends.push(joined.len() as u32);
    }
    (joined, packed(ends.into_iter()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::key::Key;

    proptest! {
        #[test]
        fn what_was_packed_comes_back(
            texts in prop::collection::vec(".{0,9}", 0..9),
            dates in prop::collection::vec(any::<i64>(), 0..9),
            keys in prop::collection::vec(any::<[u8; 16]>(), 0..9),
            from in 0_u32..10,
            to in 0_u32..10,
        ) {
            let keys: Vec<Key> = keys.into_iter().map(Key).collect();
            let (all, ends) = joined(texts.iter().map(String::as_str));
            let lists = Lists::pack(&all, [ends, packed(dates.iter().copied()), packed(keys.iter().copied())]);
            let back = Lists::<4>::read(lists.bytes.clone()).unwrap();
            prop_assert_eq!(&back, &lists);
            let all = Texts::new(back.text(), back.list(1));
            let some: Vec<&str> = all.slice(from..to).collect();
            prop_assert_eq!(some, texts.get(from as usize..to as usize).unwrap_or_default());
            prop_assert_eq!(all.last(), texts.last().map_or("", String::as_str));
            prop_assert!(values::<i64, 8>(back.list(2)).eq(dates.iter().copied()));
            prop_assert!(values::<Key, 16>(back.list(3)).eq(keys.iter().copied()));
            prop_assert_eq!(value::<i64, 8>(back.list(2), from as usize), dates.get(from as usize).copied());
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(0_u8..40, 0..40)) {
            if let Some(lists) = Lists::<3>::read(bytes.clone().into()) {
                let whole: Vec<u8> = (0..3).flat_map(|place| lists.list(place).to_vec()).collect();
                prop_assert_eq!(whole, &bytes[12..]);
                let texts = Texts::new(lists.text(), lists.list(1));
                prop_assert!(texts.slice(0..9).count() <= 9);
            }
        }
    }
}
