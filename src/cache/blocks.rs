//! A cache file of which only parts are read: its bytes lie in blocks, each with a check of its own, so that damage to
//! what is read is noticed without reading the rest.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::path::PathBuf;

use super::positioned::read_at;
use super::{Cache, MAGIC, check};
use crate::key::Key;
use crate::{Error, Result};

/// The bytes of a block, and of the check behind it. What is looked up lies scattered, so blocks are small.
const BLOCK_BYTES: usize = 512;
const CHECK_BYTES: usize = 4;
/// What stands before the blocks: [`MAGIC`], the salt, the number of bytes, and the check of these.
const HEAD_BYTES: usize = 8 + 16 + 8 + 8;

/// The bytes of a cache file, left on the disk. It stays readable when another is put in its place.
#[derive(Debug)]
pub struct Blocks {
    path: PathBuf,
    file: File,
    length: usize,
}

/// The check of a block. It covers the block's number, so that none is taken for another.
fn check_of(number: usize, block: &[u8]) -> [u8; CHECK_BYTES] {
    (check(&[&(number as u64).to_le_bytes(), block]) as u32).to_le_bytes()
}

/// How long a file with so many bytes is.
fn length_with(bytes: usize) -> Option<usize> {
    bytes.div_ceil(BLOCK_BYTES).checked_mul(CHECK_BYTES)?.checked_add(bytes)?.checked_add(HEAD_BYTES)
}

impl Cache {
    /// What was stored in blocks under `name` with the same `salt`; `None` when there is nothing, or its beginning or its
    /// length is damaged.
    #[must_use]
    pub fn open_blocks(&self, name: &str, salt: Key) -> Option<Blocks> {
        let path = self.dir.join(name);
        let file = File::open(&path).ok()?;
        let mut head = [0; HEAD_BYTES];
        read_at(&file, &mut head, 0).ok()?;
        let (told, checked) = head.split_at(HEAD_BYTES - 8);
        if told[..8] != *MAGIC || told[8..24] != salt.0 || *checked != check(&[told]).to_le_bytes() {
            return None;
        }
        let length = usize::try_from(u64::from_le_bytes(*told[24..].first_chunk()?)).ok()?;
        let found = file.metadata().ok()?.len();
        (length_with(length).map(|length| length as u64) == Some(found)).then_some(Blocks { path, file, length })
    }

    /// Stores `bytes` in blocks under `name`, whole or not at all.
    pub fn store_blocks(&self, name: &str, salt: Key, bytes: &[u8]) {
        let head = [&MAGIC[..], &salt.0, &(bytes.len() as u64).to_le_bytes()].concat();
        self.put(name, |file| {
            let mut file = BufWriter::new(file);
            file.write_all(&head)?;
            file.write_all(&check(&[&head]).to_le_bytes())?;
            for (number, block) in bytes.chunks(BLOCK_BYTES).enumerate() {
                file.write_all(block)?;
                file.write_all(&check_of(number, block))?;
            }
            file.flush()
        });
    }
}

impl Blocks {
    /// How many bytes there are.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "no caller needs to know")]
    pub fn len(&self) -> usize {
        self.length
    }

    /// The bytes of this range.
    ///
    /// # Errors
    /// The range goes beyond the end, or the bytes are damaged or can't be read.
    pub fn get(&self, range: Range<usize>) -> Result<Vec<u8>> {
        let damaged = |_| Error::CacheDamaged { path: self.path.clone() };
        if range.start > range.end || range.end > self.length {
            return Err(damaged(io::ErrorKind::UnexpectedEof.into()));
        }
        self.read(range).map_err(damaged)
    }

    fn read(&self, range: Range<usize>) -> io::Result<Vec<u8>> {
        if range.is_empty() {
            return Ok(Vec::new());
        }
        let (first, last) = (range.start / BLOCK_BYTES, (range.end - 1) / BLOCK_BYTES);
        let end = (last * BLOCK_BYTES + BLOCK_BYTES).min(self.length);
        let mut raw = vec![0; end - first * BLOCK_BYTES + (last - first + 1) * CHECK_BYTES];
        read_at(&self.file, &mut raw, (HEAD_BYTES + first * (BLOCK_BYTES + CHECK_BYTES)) as u64)?;
        let mut bytes = Vec::with_capacity(end - first * BLOCK_BYTES);
        for (number, block) in (first..).zip(raw.chunks(BLOCK_BYTES + CHECK_BYTES)) {
            let (block, checked) = block.split_at(block.len() - CHECK_BYTES);
            if *checked != check_of(number, block) {
                return Err(io::ErrorKind::InvalidData.into());
            }
            bytes.extend_from_slice(block);
        }
        bytes.truncate(range.end - first * BLOCK_BYTES);
        bytes.drain(..range.start - first * BLOCK_BYTES);
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;

    use super::*;

    const SALT: Key = Key([7; 16]);

    fn stored(bytes: &[u8]) -> (Cache, Blocks) {
        let cache = Cache::temporary().unwrap();
        cache.store_blocks("x", SALT, bytes);
        let blocks = cache.open_blocks("x", SALT).unwrap();
        (cache, blocks)
    }

    fn numbered(length: usize) -> Vec<u8> {
        (0..length).map(|at| (at * 167 % 251) as u8).collect()
    }

    #[test]
    fn what_is_salted_otherwise_or_of_another_length_is_not_there() {
        let (cache, _) = stored(&numbered(1500));
        assert!(cache.open_blocks("x", Key::default()).is_none());
        let path = cache.dir.join("x");
        let whole = fs::read(&path).unwrap();
        for cut in 0..whole.len() {
            fs::write(&path, &whole[..cut]).unwrap();
            assert!(cache.open_blocks("x", SALT).is_none());
        }
        fs::write(&path, [&whole[..], b"more"].concat()).unwrap();
        assert!(cache.open_blocks("x", SALT).is_none());
    }

    #[test]
    fn an_open_file_outlives_its_replacement() {
        let (cache, old) = stored(b"old");
        cache.store_blocks("x", SALT, b"new");
        assert_eq!(old.get(0..3).unwrap(), b"old");
        assert_eq!(cache.open_blocks("x", SALT).and_then(|new| new.get(0..3).ok()).as_deref(), Some(&b"new"[..]));
    }

    proptest! {
        #[test]
        fn every_part_is_read_as_it_was_stored(length in 0_usize..2100, start in 0_usize..2200, end in 0_usize..2200) {
            let bytes = numbered(length);
            let (_cache, blocks) = stored(&bytes);
            prop_assert_eq!(blocks.len(), length);
            let read = blocks.get(start..end).ok();
            prop_assert_eq!(read.as_deref(), bytes.get(start..end));
        }

        #[test]
        fn damage_takes_the_parts_that_it_lies_in_and_no_other(at in HEAD_BYTES..2100, bit in 0_u32..8, start in 0_usize..2000) {
            let bytes = numbered(2100);
            let (cache, _) = stored(&bytes);
            let path = cache.dir.join("x");
            let mut damaged = fs::read(&path).unwrap();
            damaged[at] ^= 1 << bit;
            fs::write(&path, damaged).unwrap();
            let blocks = cache.open_blocks("x", SALT).unwrap();
            let hit = (at - HEAD_BYTES) / (BLOCK_BYTES + CHECK_BYTES);
            let range = start..start + 100;
            let expected = (range.start / BLOCK_BYTES > hit || (range.end - 1) / BLOCK_BYTES < hit).then(|| &bytes[range.clone()]);
            let read = blocks.get(range).ok();
            prop_assert_eq!(read.as_deref(), expected);
        }

        #[test]
        fn a_damaged_head_is_no_head(at in 0..HEAD_BYTES, bit in 0_u32..8) {
            let (cache, _) = stored(&numbered(600));
            let path = cache.dir.join("x");
            let mut damaged = fs::read(&path).unwrap();
            damaged[at] ^= 1 << bit;
            fs::write(&path, damaged).unwrap();
            prop_assert!(cache.open_blocks("x", SALT).is_none());
        }
    }
}
