//! Any value in → a short key out: equal values have equal keys, and no two others ever meet. Keys are the names under
//! which boards remembers what it has already made.

use std::hash::{Hash, Hasher};

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// 128 bits of a BLAKE3 hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Key(pub [u8; 16]);

// A key is a hash: half of it tells enough in a table.
impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(u64::from_le_bytes(*self.0.first_chunk().unwrap_or(&[0; 8])));
    }
}

// A key is in every record and part of most other keys: it is written in one piece and not byte by byte.
impl Serialize for Key {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Key, D::Error> {
        piece(deserializer).map(Key)
    }
}

/// Reads so many bytes that were written in one piece.
fn piece<'de, D: Deserializer<'de>, const SIZE: usize>(deserializer: D) -> Result<[u8; SIZE], D::Error> {
    let bytes = <&[u8]>::deserialize(deserializer)?;
    bytes.try_into().map_err(|_| Error::invalid_length(bytes.len(), &"as many bytes as were written"))
}

impl Key {
    /// The key of some bytes.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Key {
        Key::from(blake3::hash(bytes))
    }

    /// The key of a value, of everything that serialises of it.
    ///
    /// # Panics
    /// As [`Key::salted`].
    #[must_use]
    pub fn of(value: &(impl Serialize + ?Sized)) -> Key {
        Key::salted(Key::default(), value)
    }

    /// The key of a value together with what it depends on besides, `salt`.
    ///
    /// # Panics
    /// When the value can't be serialised: none of boards' has a reason to refuse.
    #[must_use]
    pub fn salted(salt: Key, value: &(impl Serialize + ?Sized)) -> Key {
        // Written out in one piece first: BLAKE3 is at its best on long runs of bytes. Most values fit into this many.
        let mut bytes = Vec::with_capacity(512);
        bytes.extend_from_slice(&salt.0);
        Key::of_bytes(&postcard::to_extend(value, bytes).expect("a value of boards serialises"))
    }

    /// The key in hexadecimal, 32 digits.
    #[must_use]
    pub fn hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl From<blake3::Hash> for Key {
    fn from(hash: blake3::Hash) -> Key {
        let mut key = [0; 16];
        key.copy_from_slice(&hash.as_bytes()[..16]);
        Key(key)
    }
}

/// What a key is put together from, part by part, where the value to be told would first have to be made. Whoever puts
/// it together sees to it that no two values give the same parts.
#[derive(Debug)]
pub struct Parts(Vec<u8>);

impl Parts {
    /// The first part.
    #[must_use]
    pub fn new(first: Key) -> Parts {
        let mut bytes = Vec::with_capacity(256);
        bytes.extend_from_slice(&first.0);
        Parts(bytes)
    }

    /// A key.
    pub fn key(&mut self, key: Key) {
        self.0.extend_from_slice(&key.0);
    }

    /// A number: how many more of something there are, which of some cases this is.
    pub fn number(&mut self, number: u32) {
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    /// A text of any length.
    pub fn text(&mut self, text: &str) {
        self.number(text.len() as u32);
        self.0.extend_from_slice(text.as_bytes());
    }

    /// The key of all parts.
    #[must_use]
    pub fn whole(self) -> Key {
        Key::of_bytes(&self.0)
    }
}

/// Serialises a git object id as its 20 bytes, for `#[serde(with = "crate::key::oid")]`.
pub mod oid {
    use git2::Oid;
    use serde::{Deserializer, Serializer};

    /// Writes the 20 bytes.
    ///
    /// # Errors
    /// What the serializer says.
    pub fn serialize<S: Serializer>(oid: &Oid, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(oid.as_bytes())
    }

    /// Reads the 20 bytes.
    ///
    /// # Errors
    /// What the deserializer says.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Oid, D::Error> {
        let bytes: [u8; 20] = super::piece(deserializer)?;
        Oid::from_bytes(&bytes).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_tells_every_field_and_its_salt() {
        let one = Key::of(&("a", "bc", 1u32));
        assert_eq!(one, Key::of(&("a", "bc", 1u32)));
        assert_ne!(one, Key::of(&("ab", "c", 1u32)));
        assert_ne!(one, Key::salted(one, &("a", "bc", 1u32)));
        assert_ne!(Key::of(&vec!["x".repeat(5000)]), Key::of(&vec!["x".repeat(5001)]));
    }

    #[test]
    fn parts_tell_where_a_text_ends() {
        let of = |texts: [&str; 2]| {
            let mut parts = Parts::new(Key::default());
            texts.into_iter().for_each(|text| parts.text(text));
            parts.whole()
        };
        assert_eq!(of(["a", "bc"]), of(["a", "bc"]));
        assert_ne!(of(["a", "bc"]), of(["ab", "c"]));
    }
}
