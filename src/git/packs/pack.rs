//! A pack and an object id → the object, made from those that it was deltified by. It knows one pack; where an object is
//! that this one hasn't got is for others to find out.
//!
//! The form is git's, `gitformat-pack(5)`: an object is its kind and length, where its base is if it is a delta, and a zlib
//! stream.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::{Decompress, FlushDecompress, Status};
use git2::{ObjectType, Oid};

use super::super::size::check_object;
use super::bases::{Bases, Position, Whole};
use super::delta;
use super::file::Bytes;
use super::index::{ID_BYTES, Index};

/// One pack.
pub(super) struct Pack {
    path: PathBuf,
    /// By which the others know it.
    number: u32,
    index: Index,
    bytes: Bytes,
}

/// What a thread reads packs with. It keeps what it has made, for the objects that are deltas of that.
pub(in crate::git) struct Unpacker {
    /// The packs that it reads, so that no two threads ask for them at once, and after how many looks they were these.
    pub(super) packs: Vec<Arc<Pack>>,
    pub(super) looks: u32,
    inflate: Decompress,
    window: Window,
    bases: Bases,
}

/// The bytes around the last place.
#[derive(Default)]
struct Window {
    pack: u32,
    start: u64,
    bytes: Vec<u8>,
}

/// How an object begins.
enum Kind {
    Whole(ObjectType),
    /// A delta of the object at this offset.
    Delta(u64),
}

/// Git makes no chain of deltas that is longer; one that comes back to itself is endless.
const DEEPEST_DELTAS: usize = 1 << 13;
/// So many bytes are read at once.
const BLOCK_BYTES: u64 = 1 << 12;
/// Room is made for so much of an object at first. More comes as bytes come: its header may promise anything.
const FIRST_BYTES: usize = 1 << 20;

impl Pack {
    /// The pack that this file is the index of; `None` where the two don't fit or are of another form.
    pub(super) fn open(index: &Path, number: u32) -> io::Result<Option<Pack>> {
        let path = index.with_extension("pack");
        let Some(index) = Index::open(index)? else { return Ok(None) };
        let (bytes, length) = Bytes::open(&path, 0)?;
        let Some(end) = length.checked_sub(ID_BYTES as u64).filter(|end| *end >= 12) else { return Ok(None) };
        let head: [u8; 12] = bytes.whole(0)?;
        let version = [*b"PACK\0\0\0\x02", *b"PACK\0\0\0\x03"].iter().any(|known| head.starts_with(known));
        let fits = head.ends_with(&index.count().to_be_bytes()) && bytes.whole(end)? == index.pack;
        Ok((version && fits).then_some(Pack { path, number, index, bytes }))
    }

    /// Whether this is the pack of that index.
    pub(super) fn is_of(&self, index: &Path) -> bool {
        self.path == index.with_extension("pack")
    }

    /// Where the object `id` lies; `None` where it isn't in this pack.
    pub(super) fn position(&self, id: Oid) -> Option<Position> {
        Some((self.number, self.index.find(id).ok()??))
    }

    /// The object `id`; `None` where it isn't in this pack.
    ///
    /// # Errors
    /// When the pack can't be read or is damaged.
    pub(super) fn read(&self, id: Oid, by: &mut Unpacker) -> Option<io::Result<Whole>> {
        self.found(id, |offset| self.object(offset, by))
    }

    /// The length of the object `id`, of which no more than its first bytes are read; `None` where it isn't in this pack.
    ///
    /// # Errors
    /// As [`read`](Pack::read).
    pub(super) fn length(&self, id: Oid, by: &mut Unpacker) -> Option<io::Result<u64>> {
        self.found(id, |offset| match self.entry(offset, by)? {
            (Kind::Whole(_), length, _) => Ok(length),
            (Kind::Delta(_), length, start) => {
                let first = self.inflate(start, length, delta::LENGTHS_BYTES, by)?;
                delta::made(&first).ok_or_else(|| damaged(SENSELESS))
            }
        })
    }

    /// What is done with the object `id`, by its offset.
    fn found<T>(&self, id: Oid, work: impl FnOnce(u64) -> io::Result<T>) -> Option<io::Result<T>> {
        let found = self.index.find(id).and_then(|offset| offset.map(work).transpose());
        let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", self.path.display()));
        found.map_err(named).transpose()
    }

    /// The object at `offset`. All those on the way to it are remembered, since the next one is likely to be near.
    fn object(&self, mut offset: u64, by: &mut Unpacker) -> io::Result<Whole> {
        let mut deltas: Vec<(u64, Vec<u8>)> = Vec::new();
        let mut whole = loop {
            if let Some(known) = by.bases.get((self.number, offset)) {
                break known;
            }
            let (kind, length, start) = self.entry(offset, by)?;
            if let Kind::Whole(kind) = kind {
                check_object(kind, length)?;
            }
            let bytes = self.inflate(start, length, usize::MAX, by)?;
            match kind {
                Kind::Whole(kind) => {
                    let whole = Whole { kind, bytes: Arc::new(bytes) };
                    // An object that was asked for by itself may be the base of no other.
                    if !deltas.is_empty() {
                        by.bases.put((self.number, offset), whole.clone());
                    }
                    break whole;
                }
                Kind::Delta(_) if deltas.len() == DEEPEST_DELTAS => return Err(damaged("its deltas don't end")),
                Kind::Delta(base) => {
                    deltas.push((offset, bytes));
                    offset = base;
                }
            }
        };
        for (offset, delta) in deltas.iter().rev() {
            check_object(whole.kind, delta::made(delta).unwrap_or_default())?;
            let bytes = delta::apply(&whole.bytes, delta).ok_or_else(|| damaged("a delta doesn't fit its base"))?;
            whole = Whole { kind: whole.kind, bytes: Arc::new(bytes) };
            by.bases.put((self.number, *offset), whole.clone());
        }
        Ok(whole)
    }

    /// The kind of what is at `offset`, its length inflated, and where its zlib stream begins.
    fn entry(&self, offset: u64, by: &mut Unpacker) -> io::Result<(Kind, u64, u64)> {
        let mut at = offset;
        let mut next = || {
            let byte = by.window.at(self, at)?.first().copied().ok_or_else(cut);
            at += 1;
            byte
        };
        let first = next()?;
        let (mut byte, mut length, mut shift) = (first, u64::from(first & 0xf), 4);
        while byte & 0x80 != 0 {
            byte = next()?;
            length |= u64::from(byte & 0x7f).checked_shl(shift).ok_or_else(|| damaged(SENSELESS))?;
            shift += 7;
        }
        let kind = match first >> 4 & 7 {
            1 => Kind::Whole(ObjectType::Commit),
            2 => Kind::Whole(ObjectType::Tree),
            3 => Kind::Whole(ObjectType::Blob),
            4 => Kind::Whole(ObjectType::Tag),
            6 => {
                let mut byte = next()?;
                let mut back = u64::from(byte & 0x7f);
                while byte & 0x80 != 0 {
                    byte = next()?;
                    back = (back + 1).checked_mul(0x80).ok_or_else(|| damaged(SENSELESS))? | u64::from(byte & 0x7f);
                }
                let base = offset.checked_sub(back).filter(|base| *base < offset);
                Kind::Delta(base.ok_or_else(|| damaged("it is a delta of what comes later"))?)
            }
            7 => {
                let mut id = [0; ID_BYTES];
                for byte in &mut id {
                    *byte = next()?;
                }
                let base = self.index.find(super::super::tree::oid(&id))?;
                Kind::Delta(base.ok_or_else(|| damaged("it is a delta of what isn't in its pack"))?)
            }
            _ => return Err(damaged(SENSELESS)),
        };
        Ok((kind, length, at))
    }

    /// The zlib stream at `start`, which is to be `length` long, or its first bytes: at least `wanted`.
    fn inflate(&self, mut start: u64, length: u64, wanted: usize, by: &mut Unpacker) -> io::Result<Vec<u8>> {
        let length = usize::try_from(length).map_err(|_| damaged(SENSELESS))?;
        // One more, so that it is seen when the stream is longer.
        let mut inflated = Vec::with_capacity(length.min(FIRST_BYTES).min(wanted) + 1);
        by.inflate.reset(true);
        loop {
            let bytes = by.window.at(self, start)?;
            if bytes.is_empty() {
                return Err(cut());
            }
            let before = (by.inflate.total_in(), inflated.len());
            let status = by.inflate.decompress_vec(bytes, &mut inflated, FlushDecompress::None)?;
            start += by.inflate.total_in() - before.0;
            match status {
                Status::StreamEnd if inflated.len() == length => return Ok(inflated),
                Status::StreamEnd => return Err(damaged(LIES)),
                _ if inflated.len() > length => return Err(damaged(LIES)),
                _ if inflated.len() >= wanted => return Ok(inflated),
                _ if inflated.len() == inflated.capacity() => inflated.reserve(inflated.len()),
                _ if before == (by.inflate.total_in(), inflated.len()) => return Err(damaged(SENSELESS)),
                _ => {}
            }
        }
    }
}

impl Window {
    /// The bytes of a pack from `place` on: at least one, but where the pack ends.
    fn at(&mut self, pack: &Pack, place: u64) -> io::Result<&[u8]> {
        let within = |window: &Window| {
            let at = usize::try_from(place.checked_sub(window.start)?).ok()?;
            (window.pack == pack.number && at < window.bytes.len()).then_some(at)
        };
        if let Some(at) = within(self) {
            return Ok(&self.bytes[at..]);
        }
        let start = place / BLOCK_BYTES * BLOCK_BYTES;
        self.bytes.resize(BLOCK_BYTES as usize, 0);
        let read = pack.bytes.read(&mut self.bytes, start);
        self.bytes.truncate(*read.as_ref().unwrap_or(&0));
        read?;
        (self.pack, self.start) = (pack.number, start);
        Ok(self.bytes.get((place - start) as usize..).unwrap_or_default())
    }
}

impl Default for Unpacker {
    fn default() -> Unpacker {
        Unpacker {
            packs: Vec::new(),
            looks: 0,
            inflate: Decompress::new(true),
            window: Window::default(),
            bases: Bases::default(),
        }
    }
}

const SENSELESS: &str = "its header is malformed";
const LIES: &str = "it isn't as long as its header says";

fn cut() -> io::Error {
    damaged("it was cut off")
}

fn damaged(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}
