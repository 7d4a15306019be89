//! Lists of numbers, keys and short texts → one piece of bytes each, written and read at once and not item by item.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// Many short texts in one piece: two allocations, however many they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Texts {
    joined: Box<str>,
    /// Where each ends.
    #[serde(with = "numbers")]
    ends: Vec<u32>,
}

impl Texts {
    /// The texts at some places; none where there aren't as many.
    pub(super) fn slice(&self, places: Range<u32>) -> impl Iterator<Item = &str> {
        let (from, to) = (places.start as usize, places.end as usize);
        let mut start = from.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |end| *end as usize);
        self.ends.get(from..to).unwrap_or_default().iter().map(move |end| {
            let end = *end as usize;
            self.joined.get(std::mem::replace(&mut start, end)..end).unwrap_or_default()
        })
    }

    /// The last text; empty where there is none.
    pub(super) fn last(&self) -> &str {
        let count = self.ends.len() as u32;
        self.slice(count.saturating_sub(1)..count).next().unwrap_or_default()
    }
}

impl<'t> FromIterator<&'t str> for Texts {
    fn from_iter<I: IntoIterator<Item = &'t str>>(texts: I) -> Texts {
        let (mut joined, mut ends) = (String::new(), Vec::new());
        for text in texts {
            joined.push_str(text);
            ends.push(joined.len() as u32);
        }
        Texts { joined: joined.into(), ends }
    }
}

/// Values of so many bytes each.
pub(super) trait Plain<const SIZE: usize>: Copy {
    fn bytes(self) -> [u8; SIZE];
    fn of(bytes: [u8; SIZE]) -> Self;
}

impl Plain<4> for u32 {
    fn bytes(self) -> [u8; 4] {
        self.to_le_bytes()
    }

    fn of(bytes: [u8; 4]) -> u32 {
        u32::from_le_bytes(bytes)
    }
}

impl Plain<8> for i64 {
    fn bytes(self) -> [u8; 8] {
        self.to_le_bytes()
    }

    fn of(bytes: [u8; 8]) -> i64 {
        i64::from_le_bytes(bytes)
    }
}

impl Plain<16> for crate::key::Key {
    fn bytes(self) -> [u8; 16] {
        self.0
    }

    fn of(bytes: [u8; 16]) -> crate::key::Key {
        crate::key::Key(bytes)
    }
}

/// Lists of [plain](Plain) values, for `#[serde(with = "packed::numbers")]`.
pub(super) mod numbers {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use super::Plain;

    /// Writes all of them in one piece.
    pub fn serialize<T: Plain<SIZE>, S: Serializer, const SIZE: usize>(
        list: &[T],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = list.iter().flat_map(|value| value.bytes()).collect();
        serializer.serialize_bytes(&bytes)
    }

    /// Reads all of them.
    pub fn deserialize<'de, T: Plain<SIZE>, D: Deserializer<'de>, const SIZE: usize>(
        deserializer: D,
    ) -> Result<Vec<T>, D::Error> {
        let bytes = <&[u8]>::deserialize(deserializer)?;
        match bytes.as_chunks::<SIZE>() {
            (values, []) => Ok(values.iter().map(|value| T::of(*value)).collect()),
            _ => Err(D::Error::invalid_length(bytes.len(), &"whole values")),
        }
    }
}

/// A value that few ask for, left as the bytes that it was written as.
pub(super) mod aside {
    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes the bytes in one piece.
    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(bytes)
    }

    /// Reads the bytes.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Box<[u8]>, D::Error> {
        <&[u8]>::deserialize(deserializer).map(Box::from)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct All {
        texts: Texts,
        #[serde(with = "numbers")]
        dates: Vec<i64>,
        #[serde(with = "numbers")]
        keys: Vec<crate::key::Key>,
    }

    proptest! {
        #[test]
        fn what_was_packed_comes_back(
            texts in prop::collection::vec(".{0,9}", 0..9),
            dates in prop::collection::vec(any::<i64>(), 0..9),
            keys in prop::collection::vec(any::<[u8; 16]>(), 0..9),
            from in 0_u32..10,
            to in 0_u32..10,
        ) {
            let packed = Texts::from_iter(texts.iter().map(String::as_str));
            let keys = keys.into_iter().map(crate::key::Key).collect();
            let all = All { texts: packed, dates, keys };
            let bytes = postcard::to_stdvec(&all).unwrap();
            let back: All = postcard::from_bytes(&bytes).unwrap();
            prop_assert_eq!(&back, &all);
            let some: Vec<&str> = back.texts.slice(from..to).collect();
            prop_assert_eq!(some, texts.get(from as usize..to as usize).unwrap_or_default());
            prop_assert_eq!(back.texts.last(), texts.last().map_or("", String::as_str));
        }
    }
}
