//! Many small values → a few long runs of bytes: so what is known of a million posts takes little more room than it says.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::existing::folder;
use crate::key::Key;

/// A place in a list, as lists of millions keep it.
#[must_use]
pub fn number(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// A list of values, each kept as the bytes that it serialises to. All are read back as what they were.
#[derive(Debug, Default)]
pub struct Packed {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Packed {
    /// Adds a value, and gives its number.
    ///
    /// # Panics
    /// When the value can't be serialised: none of an archive's has a reason to refuse.
    pub fn push(&mut self, value: &(impl Serialize + ?Sized)) -> u32 {
        let bytes = std::mem::take(&mut self.bytes);
        self.bytes = postcard::to_extend(value, bytes).expect("a value of an archive serialises");
        self.ends.push(self.bytes.len());
        number(self.ends.len() - 1)
    }

    /// The value of this number.
    #[must_use]
    pub fn get<'p, T: Deserialize<'p>>(&'p self, number: u32) -> Option<T> {
        let at = number as usize;
        let from = at.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        postcard::from_bytes(self.bytes.get(from..*self.ends.get(at)?)?).ok()
    }
}

/// Texts that many things share, each kept once.
#[derive(Debug, Default)]
pub struct Words {
    texts: Packed,
    numbers: FxHashMap<Key, u32>,
}

impl Words {
    /// The number of a text.
    pub fn number(&mut self, text: &str) -> u32 {
        *self.numbers.entry(Key::of_bytes(text.as_bytes())).or_insert_with(|| self.texts.push(text))
    }

    /// The text of a number.
    #[must_use]
    pub fn get(&self, number: u32) -> &str {
        self.texts.get(number).unwrap_or_default()
    }
}

/// Paths of files, of which many lie in the same folder.
#[derive(Debug, Default)]
pub struct Paths {
    /// The folders, without a slash at their ends.
    pub folders: Words,
    /// Of each path the number of its folder, and its last part.
    files: Packed,
}

impl Paths {
    /// Adds a path, and gives its number.
    pub fn push(&mut self, path: &str) -> u32 {
        let name = path.rsplit('/').next().unwrap_or(path);
        let folder = self.folders.number(folder(path));
        self.files.push(&(folder, name))
    }

    /// The path of a number.
    #[must_use]
    pub fn get(&self, number: u32) -> String {
        let (folder, name): (u32, &str) = self.files.get(number).unwrap_or_default();
        match self.folders.get(folder) {
            "" => name.to_owned(),
            folder => format!("{folder}/{name}"),
        }
    }

    /// The number of the folder in which the path of this number lies.
    #[must_use]
    pub fn folder(&self, number: u32) -> u32 {
        self.files.get(number).map_or(0, |(folder, _): (u32, &str)| folder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_text_has_one_number_and_a_number_one_text() {
        let mut words = Words::default();
        let numbers = ["tea", "", "cup", "tea"].map(|it| words.number(it));
        assert_eq!(numbers, [0, 1, 2, 0]);
        assert_eq!([0, 1, 2].map(|it| words.get(it)), ["tea", "", "cup"]);
    }

    proptest! {
        #[test]
        fn paths_are_read_back(all in prop::collection::vec("([ab]{1,2}/){0,3}[a-zé]{1,4}", 0..20)) {
            let mut paths = Paths::default();
            let numbers: Vec<u32> = all.iter().map(|it| paths.push(it)).collect();
            for (path, number) in all.iter().zip(numbers) {
                prop_assert_eq!(&paths.get(number), path);
                let folder = paths.folder(number);
                prop_assert_eq!(paths.folders.get(folder), super::folder(path));
            }
        }
    }
}
