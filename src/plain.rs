//! Values of one size each → a list of bytes, in which they stay: none is unpacked before it is asked for. A forum has
//! millions of them, and after a small change a build asks for a few.

use crate::key::Key;

/// What so many bytes stand for; numbers are little-endian.
pub trait Plain<const SIZE: usize>: Copy {
    /// Its bytes.
    fn bytes(self) -> [u8; SIZE];

    /// The value of these bytes.
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

impl Plain<8> for [u32; 2] {
    fn bytes(self) -> [u8; 8] {
        let [one, two] = self;
        (u64::from(two) << 32 | u64::from(one)).to_le_bytes()
    }

    fn of(bytes: [u8; 8]) -> [u32; 2] {
        let both = u64::from_le_bytes(bytes);
        [both as u32, (both >> 32) as u32]
    }
}

impl Plain<16> for u128 {
    fn bytes(self) -> [u8; 16] {
        self.to_le_bytes()
    }

    fn of(bytes: [u8; 16]) -> u128 {
        u128::from_le_bytes(bytes)
    }
}

impl Plain<16> for Key {
    fn bytes(self) -> [u8; 16] {
        self.0
    }

    fn of(bytes: [u8; 16]) -> Key {
        Key(bytes)
    }
}

/// Values as a list.
pub fn packed<T: Plain<SIZE>, const SIZE: usize>(values: impl Iterator<Item = T>) -> Vec<u8> {
    values.flat_map(Plain::bytes).collect()
}

/// The values of a list.
pub fn values<T: Plain<SIZE>, const SIZE: usize>(
    list: &[u8],
) -> impl ExactSizeIterator<Item = T> + DoubleEndedIterator + Clone {
    list.as_chunks::<SIZE>().0.iter().map(|bytes| T::of(*bytes))
}

/// The value at a place of a list.
#[must_use]
pub fn value<T: Plain<SIZE>, const SIZE: usize>(list: &[u8], place: usize) -> Option<T> {
    list.as_chunks::<SIZE>().0.get(place).map(|bytes| T::of(*bytes))
}

/// The place of a value in a list that ascends.
#[must_use]
pub fn find<T: Plain<SIZE> + Ord, const SIZE: usize>(list: &[u8], value: T) -> Option<usize> {
    list.as_chunks::<SIZE>().0.binary_search_by(|bytes| T::of(*bytes).cmp(&value)).ok()
}
