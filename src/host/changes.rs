//! What stands and what shall stand → what has to change, by path.

use std::collections::BTreeMap;

/// The paths at which two sites differ, each list sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Files that come.
    pub added: Vec<String>,
    /// Files that stand and get other bytes.
    pub changed: Vec<String>,
    /// Files that go.
    pub removed: Vec<String>,
    /// How many files stay as they are.
    pub unchanged: usize,
}

impl Changes {
    /// From what stands to what is `wanted`, each file by its path with anything that tells its bytes. Of what stands,
    /// all that isn't wanted goes: leave out what isn't ours to remove.
    #[must_use]
    pub fn between<I: PartialEq>(existing: &BTreeMap<String, I>, wanted: &BTreeMap<String, I>) -> Changes {
        let mut changes = Changes::default();
        for (path, id) in wanted {
            match existing.get(path) {
                None => changes.added.push(path.clone()),
                Some(old) if old == id => changes.unchanged += 1,
                Some(_) => changes.changed.push(path.clone()),
            }
        }
        changes.removed = existing.keys().filter(|path| !wanted.contains_key(*path)).cloned().collect();
        changes
    }

    /// Nothing has to change.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.removed.is_empty()
    }

    /// In words: `2 files added, 3 changed, 1 removed`.
    #[must_use]
    pub fn in_words(&self) -> String {
        let files = if self.added.len() == 1 { "file" } else { "files" };
        format!("{} {files} added, {} changed, {} removed", self.added.len(), self.changed.len(), self.removed.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_what_changes_and_what_goes_is_told_apart() {
        let of = |files: &[(&str, u8)]| files.iter().map(|(path, id)| (String::from(*path), *id)).collect();
        let changes = Changes::between(&of(&[("a", 1), ("b", 1), ("c", 1)]), &of(&[("b", 1), ("c", 2), ("d", 1)]));
        assert_eq!((changes.added, changes.changed), (vec!["d".into()], vec!["c".into()]));
        assert_eq!((changes.removed, changes.unchanged), (vec![String::from("a")], 1));
    }
}
