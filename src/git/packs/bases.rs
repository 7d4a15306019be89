//! Where an object lies → its bytes, of the objects that others were lately made from. What hasn't been asked for the
//! longest is forgotten first.

use std::mem;
use std::sync::Arc;

use git2::ObjectType;
use rustc_hash::FxHashMap;

/// The number of a pack, and the offset in it.
pub(in crate::git) type Position = (u32, u64);

/// An object, which who asked for it shares with those who remember it.
#[derive(Clone)]
pub(in crate::git) struct Whole {
    pub(in crate::git) kind: ObjectType,
    pub(in crate::git) bytes: Arc<Vec<u8>>,
}

impl Whole {
    pub(in crate::git) fn into_bytes(self) -> Vec<u8> {
        Arc::unwrap_or_clone(self.bytes)
    }
}

/// Git deltifies objects again and again, each by the one before, up to fifty times; who reads one without those before
/// has them all made anew. They come in two generations: when the young ones are too many, they become the old ones,
/// and what was old is gone.
pub(super) struct Bases {
    young: FxHashMap<Position, Whole>,
    old: FxHashMap<Position, Whole>,
    /// The size of the young.
    size: usize,
    /// How large a generation may become.
    most: usize,
}

/// How large the young of all threads may become together, and those of one.
const CACHE_BYTES: usize = 64 << 20;
const LARGEST_BYTES: usize = 16 << 20;
/// What an object costs besides its bytes.
const OVERHEAD_BYTES: usize = 128;

impl Default for Bases {
    fn default() -> Bases {
        let most = LARGEST_BYTES.min(CACHE_BYTES / rayon::current_num_threads());
        Bases { young: FxHashMap::default(), old: FxHashMap::default(), size: 0, most }
    }
}

impl Bases {
    pub(super) fn get(&mut self, position: Position) -> Option<Whole> {
        if let Some(found) = self.young.get(&position) {
            return Some(found.clone());
        }
        let found = self.old.remove(&position)?;
        self.put(position, found.clone());
        Some(found)
    }

    pub(super) fn put(&mut self, position: Position, whole: Whole) {
        self.size += whole.bytes.len() + OVERHEAD_BYTES;
        if self.size > self.most {
            self.old = mem::take(&mut self.young);
            self.size = whole.bytes.len() + OVERHEAD_BYTES;
        }
        self.young.insert(position, whole);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_asked_for_the_longest_is_forgotten_first() {
        let whole = || Whole { kind: ObjectType::Blob, bytes: Arc::new(vec![0; 1 << 20]) };
        let mut bases = Bases { most: 4 << 20, ..Bases::default() };
        for offset in 0..40 {
            bases.put((0, offset), whole());
            assert!(bases.get((0, 0)).is_some(), "it is asked for again and again");
            assert!(bases.young.len() + bases.old.len() <= 8);
        }
        assert!(bases.get((0, 39)).is_some() && bases.get((0, 38)).is_some());
        assert!(bases.get((0, 20)).is_none() && bases.get((1, 39)).is_none());
    }
}
