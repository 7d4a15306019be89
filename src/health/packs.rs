//! Packs of a repository in → how many objects lie so deep in chains of differences that reading them is slow. Only the
//! heads of objects are read, as <https://git-scm.com/docs/pack-format> describes them, and no object is unpacked. A pack
//! that is malformed is left out: whoever reads objects of it will tell.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use super::Finding;
use super::repository::packs;
use crate::Result;
use crate::diagnostic::Severity;
use crate::git::Repository;

/// The deepest that git itself makes chains when it isn't told otherwise (`pack.depth`).
const DEEPEST_DELTAS: u32 = 50;
/// An object of which only the difference to another is kept, that one named by its place.
const BY_PLACE: u8 = 6;
/// The same, that one named by its id.
const BY_ID: u8 = 7;

pub(super) fn examine(repository: &Repository) -> Result<Option<Finding>> {
    let (mut all, mut deep, mut deepest) = (0, 0, 0);
    for index in packs(repository)?.iter().filter(|path| path.extension().is_some_and(|it| it == "idx")) {
        for depth in depths(index).unwrap_or_default() {
            all += 1;
            deep += usize::from(depth > DEEPEST_DELTAS);
            deepest = deepest.max(depth);
        }
    }
    Ok((deep > 0).then(|| Finding {
        code: "deep-packs",
        severity: Severity::Hint,
        message: format!(
            "{deep} of {all} packed objects lie more than {DEEPEST_DELTAS} differences deep, up to {deepest}: reading is slow"
        ),
        fix: format!("`git repack -a -d -f --depth={DEEPEST_DELTAS}`"),
        places: Vec::new(),
    }))
}

/// How deep each object of a pack lies, by the pack's index.
fn depths(index: &Path) -> Option<Vec<u32>> {
    let objects = objects(&std::fs::read(index).ok()?)?;
    let mut places: Vec<u64> = objects.values().copied().collect();
    places.sort_unstable();
    let mut pack = BufReader::new(File::open(index.with_extension("pack")).ok()?);
    let mut bases: HashMap<u64, u64> = HashMap::new();
    let mut at = 0;
    for &place in &places {
        // Most objects lie near the one before, within what is read already.
        pack.seek_relative(place as i64 - at as i64).ok()?;
        let (base, read) = base(&mut pack, place, &objects)?;
        at = place + read;
        if let Some(base) = base {
            bases.insert(place, base);
        }
    }
    let mut known: HashMap<u64, u32> = HashMap::with_capacity(places.len());
    let depths = places.iter().map(|&place| depth(place, &bases, &mut known));
    Some(depths.collect())
}

/// How deep the object at `place` lies. A chain that comes back to itself ends where it does.
fn depth(place: u64, bases: &HashMap<u64, u64>, known: &mut HashMap<u64, u32>) -> u32 {
    let mut chain = Vec::new();
    let mut next = place;
    let mut depth = loop {
        if let Some(depth) = known.get(&next) {
            break *depth;
        }
        match bases.get(&next) {
            Some(base) if chain.len() <= bases.len() => {
                chain.push(next);
                next = *base;
            }
            _ => {
                known.insert(next, 0);
                break 0;
            }
        }
    };
    for place in chain.into_iter().rev() {
        depth += 1;
        known.insert(place, depth);
    }
    depth
}

/// The place of the object to which the one that begins here is a difference, and how many bytes were read.
fn base(pack: &mut impl Read, place: u64, objects: &HashMap<[u8; 20], u64>) -> Option<(Option<u64>, u64)> {
    let mut read = 0;
    let mut byte = || {
        let mut byte = [0];
        pack.read_exact(&mut byte).ok()?;
        read += 1;
        Some(byte[0])
    };
    let first = byte()?;
    let mut last = first;
    while last & 0x80 != 0 {
        last = byte()?;
    }
    let base = match first >> 4 & 7 {
        BY_PLACE => {
            let mut last = byte()?;
            let mut back = u64::from(last & 0x7f);
            while last & 0x80 != 0 {
                last = byte()?;
                back = back.checked_add(1)?.checked_mul(128)? | u64::from(last & 0x7f);
            }
            Some(place.checked_sub(back)?)
        }
        BY_ID => {
            let mut id = [0; 20];
            for part in &mut id {
                *part = byte()?;
            }
            objects.get(&id).copied()
        }
        _ => None,
    };
    Some((base, read))
}

/// The objects of a pack by their ids, each with its place, of an index in its second version.
fn objects(index: &[u8]) -> Option<HashMap<[u8; 20], u64>> {
    let rest = index.strip_prefix(b"\xfftOc\0\0\0\x02")?;
    let (fanout, rest) = rest.split_at_checked(256 * 4)?;
    let count = u32::from_be_bytes(*fanout.last_chunk()?) as usize;
    let (ids, rest) = rest.split_at_checked(count.checked_mul(20)?)?;
    let (_, rest) = rest.split_at_checked(count.checked_mul(4)?)?;
    let (places, far) = rest.split_at_checked(count.checked_mul(4)?)?;
    let (far, _) = far.as_chunks::<8>();
    let places = places.as_chunks::<4>().0.iter().map(|place| match u32::from_be_bytes(*place) {
        near if near < 1 << 31 => Some(u64::from(near)),
        number => far.get((number & !(1 << 31)) as usize).map(|place| u64::from_be_bytes(*place)),
    });
    ids.as_chunks::<20>().0.iter().copied().zip(places).map(|(id, place)| Some((id, place?))).collect()
}
