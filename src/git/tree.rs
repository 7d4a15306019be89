//! A tree object's bytes → its entries; entries → a tree object's bytes; two trees → the files in which they differ.
//! The format is git's: `mode SP name NUL id`, sorted. It doesn't read objects itself.

use std::cmp::Ordering;

use git2::{ObjectType, Oid};

/// The mode of a folder.
pub(super) const FOLDER: u32 = 0o040_000;
/// The mode of a file.
pub(super) const FILE: u32 = 0o100_644;
/// The mode of a file that may be run.
pub(super) const PROGRAM: u32 = 0o100_755;
/// The mode of a symbolic link.
pub(super) const LINK: u32 = 0o120_000;
/// The mode of another repository's commit: a submodule.
pub(super) const COMMIT: u32 = 0o160_000;

/// The bits of a mode that tell what an entry is.
const KIND: u32 = 0o170_000;

/// Whether a mode is that of a file. Very old repositories have more than the two above.
pub(super) fn is_file(mode: u32) -> bool {
    mode & KIND == FILE & KIND
}

/// One entry of a tree object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Item<'a> {
    pub(super) mode: u32,
    pub(super) name: &'a [u8],
    /// The raw object id: 20 bytes.
    pub(super) id: &'a [u8],
}

impl Item<'_> {
    pub(super) fn is_folder(&self) -> bool {
        self.mode & KIND == FOLDER
    }

    pub(super) fn is_file(&self) -> bool {
        is_file(self.mode)
    }

    pub(super) fn oid(&self) -> Oid {
        oid(self.id)
    }
}

/// The id that 20 raw bytes stand for.
pub(super) fn oid(bytes: &[u8]) -> Oid {
    Oid::from_bytes(bytes).unwrap_or(Oid::ZERO_SHA1)
}

/// The entries of a tree object, in git's order; `None` where its bytes are malformed, and nothing after.
pub(super) fn items(raw: &[u8]) -> impl Iterator<Item = Option<Item<'_>>> {
    let mut rest = Some(raw);
    std::iter::from_fn(move || {
        let bytes = rest.filter(|bytes| !bytes.is_empty())?;
        let (item, after) = item(bytes).unzip();
        rest = after;
        Some(item)
    })
}

/// The entries of a tree object, sorted by the bytes of their names; or why it isn't one, in words. A name that stands
/// twice would hide one of the two from who looks for it: git's fsck knows it as `duplicateEntries`.
pub(super) fn sorted(raw: &[u8]) -> Result<Vec<Item<'_>>, String> {
    let mut all = items(raw).collect::<Option<Vec<_>>>().ok_or("its entries are malformed")?;
    all.sort_unstable_by_key(|item| item.name);
    match all.windows(2).find(|pair| pair[0].name == pair[1].name) {
        Some(pair) => Err(doubled(pair[0].name)),
        None => Ok(all),
    }
}

/// What is wrong with a tree object that has this name twice.
pub(super) fn doubled(name: &[u8]) -> String {
    format!("it has the name `{}` twice", String::from_utf8_lossy(name))
}

fn item(bytes: &[u8]) -> Option<(Item<'_>, &[u8])> {
    let mut mode = 0;
    let mut at = 0;
    loop {
        match bytes.get(at)? {
            b' ' if at > 0 => break,
            digit @ b'0'..=b'7' if at < 6 => mode = mode << 3 | u32::from(digit - b'0'),
            _ => return None,
        }
        at += 1;
    }
    let named = &bytes[at + 1..];
    let (name, rest) = named.split_at(memchr::memchr(0, named)?);
    let (id, rest) = rest[1..].split_at_checked(20)?;
    (!name.is_empty()).then_some((Item { mode, name, id }, rest))
}

/// The order of two entries in a tree object: by bytes, a folder as if its name ended in `/`.
pub(super) fn order(a: (&[u8], bool), b: (&[u8], bool)) -> Ordering {
    let common = a.0.len().min(b.0.len());
    a.0[..common].cmp(&b.0[..common]).then_with(|| {
        let end = |(name, folder): (&[u8], bool)| name.get(common).copied().unwrap_or(if folder { b'/' } else { 0 });
        end(a).cmp(&end(b))
    })
}

/// Appends an entry to a tree object's bytes. Entries must come in [`order`].
pub(super) fn append(raw: &mut Vec<u8>, mode: u32, name: &[u8], id: Oid) {
    let digits = (0..6).rev().map(|digit| (mode >> (3 * digit) & 7) as u8).skip_while(|digit| *digit == 0);
    raw.extend(digits.map(|digit| b'0' + digit));
    raw.push(b' ');
    raw.extend_from_slice(name);
    raw.push(0);
    raw.extend_from_slice(id.as_bytes());
}

/// The id of an object with these bytes. Hashing can't fail: the zero id stands for what libgit2 could refuse.
pub(super) fn hash(kind: ObjectType, bytes: &[u8]) -> Oid {
    Oid::hash_object(kind, bytes).unwrap_or(Oid::ZERO_SHA1)
}

/// The entries of two trees side by side, those that are the same in both left out; `None` where one is damaged.
pub(super) fn beside<'a>(
    mut old: &'a [u8],
    mut new: &'a [u8],
) -> impl Iterator<Item = Option<(Option<Item<'a>>, Option<Item<'a>>)>> {
    let mut damaged = false;
    std::iter::from_fn(move || {
        if damaged {
            return None;
        }
        // Most of two trees is the same: those entries are gone through once, and not compared.
        let mut alike = shared(old, new);
        loop {
            while let Some((_, rest)) = item(old).filter(|(_, rest)| old.len() - rest.len() <= alike) {
                let length = old.len() - rest.len();
                alike -= length;
                (old, new) = (rest, &new[length..]);
            }
            let next = |side: &'a [u8]| if side.is_empty() { Some(None) } else { item(side).map(Some) };
            let (Some(left), Some(right)) = (next(old), next(new)) else {
                damaged = true;
                return Some(None);
            };
            let sides = match (&left, &right) {
                (None, None) => return None,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some((a, _)), Some((b, _))) => order((a.name, a.is_folder()), (b.name, b.is_folder())),
            };
            let before = left.filter(|_| sides.is_le()).map(|(item, rest)| {
                old = rest;
                item
            });
            let after = right.filter(|_| sides.is_ge()).map(|(item, rest)| {
                new = rest;
                item
            });
            if before != after {
                return Some(Some((before, after)));
            }
            alike = shared(old, new);
        }
    })
}

/// How many bytes are the same at the beginning of both.
fn shared(old: &[u8], new: &[u8]) -> usize {
    const BLOCK_BYTES: usize = 64;
    let blocks = old.as_chunks::<BLOCK_BYTES>().0.iter().zip(new.as_chunks::<BLOCK_BYTES>().0);
    let start = BLOCK_BYTES * blocks.take_while(|(old, new)| old == new).count();
    start + old[start..].iter().zip(&new[start..]).take_while(|(old, new)| old == new).count()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    fn raw(entries: &[(u32, &str)]) -> Vec<u8> {
        let mut raw = Vec::new();
        entries.iter().for_each(|(mode, name)| append(&mut raw, *mode, name.as_bytes(), hash(ObjectType::Blob, b"")));
        raw
    }

    #[test]
    fn entries_come_back_as_they_were_appended() {
        let raw = raw(&[(FILE, "a"), (FOLDER, "b"), (COMMIT, "c")]);
        let names: Vec<_> = items(&raw).map(|item| item.map(|item| (item.mode, item.name))).collect();
        assert_eq!(names, [Some((FILE, &b"a"[..])), Some((FOLDER, b"b")), Some((COMMIT, b"c"))]);
    }

    #[test]
    fn a_cut_off_tree_is_damaged_and_nothing_follows() {
        let raw = raw(&[(FILE, "a"), (FILE, "b")]);
        let seen: Vec<_> = items(&raw[..raw.len() - 1]).map(|item| item.is_some()).collect();
        assert_eq!(seen, [true, false]);
    }

    #[test]
    fn a_folder_sorts_as_if_its_name_ended_in_a_slash() {
        assert_eq!(order((b"a", true), (b"a.md", false)), Ordering::Greater);
        assert_eq!(order((b"a", false), (b"a.md", false)), Ordering::Less);
        assert_eq!(order((b"a", true), (b"a0", false)), Ordering::Less);
        assert_eq!(order((b"a", false), (b"a", true)), Ordering::Less);
    }

    #[test]
    fn only_what_differs_is_seen_side_by_side() {
        let (old, new) =
            (raw(&[(FILE, "a"), (FILE, "b"), (FILE, "d")]), raw(&[(FILE, "a"), (FILE, "c"), (FOLDER, "d")]));
        let seen: Vec<_> = beside(&old, &new)
            .map(|pair| pair.map(|(old, new)| (old.map(|item| item.name), new.map(|item| item.name))))
            .collect();
        let (b, c, d) = (Some(&b"b"[..]), Some(&b"c"[..]), Some(&b"d"[..]));
        assert_eq!(seen, [Some((b, None)), Some((None, c)), Some((d, None)), Some((None, d))]);
    }

    /// The names of an entry on both sides.
    type Sides = (Option<Vec<u8>>, Option<Vec<u8>>);

    /// What [`beside`] says, found by looking at all entries.
    fn compared(old: &[u8], new: &[u8]) -> Vec<Sides> {
        let entries = |raw: &[u8]| -> BTreeMap<Vec<u8>, (u32, Vec<u8>)> {
            let each = items(raw).map(|item| item.unwrap()).map(|item| {
                let end: &[u8] = if item.is_folder() { b"/" } else { b"" };
                ([item.name, end].concat(), (item.mode, item.id.to_vec()))
            });
            each.collect()
        };
        let (old, new) = (entries(old), entries(new));
        let names: BTreeSet<&Vec<u8>> = old.keys().chain(new.keys()).collect();
        let differ = names.into_iter().filter(|name| old.get(*name) != new.get(*name));
        let side = |all: &BTreeMap<Vec<u8>, _>, name: &Vec<u8>| all.contains_key(name).then(|| name.clone());
        differ.map(|name| (side(&old, name), side(&new, name))).collect()
    }

    proptest! {
        #[test]
        fn two_trees_differ_in_what_all_entries_differ_in(
            all in proptest::collection::btree_map("[a-d]{1,3}", (0_u8..3, any::<bool>()), 0..30),
            changed in proptest::collection::btree_map("[a-d]{1,3}", proptest::option::of((0_u8..3, any::<bool>())), 0..4),
        ) {
            let raw = |entries: &BTreeMap<String, (u8, bool)>| {
                let key = |name: &String, folder: bool| if folder { format!("{name}/") } else { name.clone() };
                let mut sorted: Vec<_> = entries.iter().collect();
                sorted.sort_by_key(|(name, (_, folder))| key(name, *folder));
                let mut raw = Vec::new();
                for (name, (content, folder)) in sorted {
                    let mode = if *folder { FOLDER } else { FILE };
                    append(&mut raw, mode, name.as_bytes(), hash(ObjectType::Blob, &[*content]));
                }
                raw
            };
            let mut other = all.clone();
            for (name, entry) in changed {
                match entry {
                    Some(entry) => drop(other.insert(name, entry)),
                    None => drop(other.remove(&name)),
                }
            }
            let (old, new) = (raw(&all), raw(&other));
            let name = |item: Option<Item<'_>>| item.map(|item| {
                let end: &[u8] = if item.is_folder() { b"/" } else { b"" };
                [item.name, end].concat()
            });
            let seen: Vec<_> = beside(&old, &new).map(|pair| pair.unwrap()).map(|(a, b)| (name(a), name(b))).collect();
            prop_assert_eq!(seen, compared(&old, &new));
            // Cut anywhere, they are damaged, or end between two entries.
            for cut in 0..new.len() {
                let ends = items(&new[..cut]).all(|item| item.is_some());
                prop_assert_eq!(beside(&old, &new[..cut]).all(|pair| pair.is_some()), ends);
            }
        }

        #[test]
        fn reading_any_bytes_ends(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(items(&bytes).count() <= bytes.len());
        }

        #[test]
        fn the_order_is_that_of_names_with_slashes(a in "[a.0-]{1,4}", b in "[a.0-]{1,4}", x: bool, y: bool) {
            let full = |name: &str, folder: bool| if folder { format!("{name}/") } else { name.to_owned() };
            let expected = full(&a, x).cmp(&full(&b, y));
            prop_assert_eq!(order((a.as_bytes(), x), (b.as_bytes(), y)), expected);
        }
    }
}
