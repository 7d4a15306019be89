//! An object id → the bytes of that object, where it lies in a pack. What it doesn't understand it passes over, for git's
//! library to read: packs whose index is of an old form, or fits them not.
//!
//! libgit2 reads packs too, but its threads wait for each other, it applies a chain of deltas anew for each object of it, and
//! what it has read of a pack stays mapped into memory. Here threads share open files alone. `benches/packs.rs` measures both:
//! two threads need two thirds of the time for the folders of a history, and a build of 100,000 posts two thirds of the memory
//! (`docs/performance.md`). That is why this reader is kept.

mod bases;
mod delta;
mod file;
mod index;
mod pack;
#[cfg(test)]
mod tests;

use std::io;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use git2::Oid;

pub(super) use self::bases::{Position, Whole};
use self::pack::Pack;
pub(super) use self::pack::Unpacker;

/// The packs of a repository, and of those that it borrows from. They are looked for when they are first asked.
pub(super) struct Packs {
    /// The folders of packs.
    folders: Vec<PathBuf>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    list: Vec<Arc<Pack>>,
    /// How often they were looked for.
    looks: u32,
    /// When each folder was last changed, at the last look.
    stamps: Vec<Option<SystemTime>>,
    /// The number of the next pack.
    next: u32,
}

/// So many packs are read at most, the largest ones: more would take too many of the files that a process may open.
const MOST_PACKS: usize = 64;

impl Packs {
    /// The packs in these folders of objects.
    pub(super) fn new(stores: &[PathBuf]) -> Packs {
        Packs { folders: stores.iter().map(|store| store.join("pack")).collect(), known: Mutex::default() }
    }

    /// The kind and content of an object in a pack; `None` where no pack has it.
    ///
    /// # Errors
    /// When the packs that have it are damaged or can't be read.
    pub(super) fn read(&self, id: Oid, by: &mut Unpacker) -> Option<io::Result<Whole>> {
        self.ask(by, |pack, by| pack.read(id, by))
    }

    /// The length of an object in a pack, of whatever kind; `None` where no pack has it.
    ///
    /// # Errors
    /// As [`read`](Packs::read).
    pub(super) fn length(&self, id: Oid, by: &mut Unpacker) -> Option<io::Result<u64>> {
        self.ask(by, |pack, by| pack.length(id, by))
    }

    /// What the first pack answers that has it whole; of those that are there now, if none does that were there before.
    fn ask<T>(
        &self,
        by: &mut Unpacker,
        question: impl Fn(&Pack, &mut Unpacker) -> Option<io::Result<T>>,
    ) -> Option<io::Result<T>> {
        loop {
            let packs = mem::take(&mut by.packs);
            let found = find(&packs, by, &question);
            by.packs = packs;
            if matches!(found, Some(Ok(_))) || !self.look_again(by) {
                return found;
            }
        }
    }

    /// Where an object lies in the packs: its pack and the offset there. `None` where no pack has it.
    pub(super) fn position(&self, id: Oid, by: &mut Unpacker) -> Option<Position> {
        if by.looks == 0 {
            self.look_again(by);
        }
        by.packs.iter().find_map(|pack| pack.position(id))
    }

    /// Whether other packs are there than it reads so far: git may have fetched some, or packed all anew.
    fn look_again(&self, by: &mut Unpacker) -> bool {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let stamp = |folder: &PathBuf| folder.metadata().and_then(|folder| folder.modified()).ok();
        let stamps: Vec<_> = self.folders.iter().map(stamp).collect();
        if known.stamps != stamps {
            known.stamps = stamps;
            let mut indexes: Vec<(u64, PathBuf)> = self.folders.iter().flat_map(|folder| indexes(folder)).collect();
            indexes.sort_unstable_by(|a, b| b.cmp(a));
            indexes.truncate(MOST_PACKS);
            let mut list = Vec::with_capacity(indexes.len());
            for (_, index) in indexes {
                let open = known.list.iter().find(|pack| pack.is_of(&index)).cloned();
                list.extend(open.or_else(|| Pack::open(&index, known.next).ok()?.map(Arc::new)));
                known.next += 1;
            }
            known.list = list;
            known.looks += 1;
        }
        if by.looks == known.looks {
            return false;
        }
        by.packs.clone_from(&known.list);
        by.looks = known.looks;
        true
    }
}

/// What the first of these packs answers that has it whole.
fn find<T>(
    packs: &[Arc<Pack>],
    by: &mut Unpacker,
    question: impl Fn(&Pack, &mut Unpacker) -> Option<io::Result<T>>,
) -> Option<io::Result<T>> {
    let mut failed = None;
    for pack in packs {
        match question(pack, by) {
            Some(Err(error)) => failed = Some(Err(error)),
            Some(found) => return Some(found),
            None => {}
        }
    }
    failed
}

/// The indexes in a folder of packs, and how long they are.
fn indexes(folder: &Path) -> Vec<(u64, PathBuf)> {
    let files = folder.read_dir().into_iter().flatten().flatten();
    let indexes = files.filter(|file| file.path().extension().is_some_and(|ending| ending == "idx"));
    indexes.filter_map(|file| Some((file.metadata().ok()?.len(), file.path()))).collect()
}
