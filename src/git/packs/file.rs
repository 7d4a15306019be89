//! A place in a file → the bytes there. Threads share the file: no read moves anything that another one depends on.

use std::fs::File;
use std::io;
use std::path::Path;

/// Bytes that lie on the disk, or in memory where they are few.
pub(super) enum Bytes {
    Held(Vec<u8>),
    There(File),
}

impl Bytes {
    /// The bytes of a file, held where they are `few` at most.
    pub(super) fn open(path: &Path, few: u64) -> io::Result<(Bytes, u64)> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        if length > few {
            return Ok((Bytes::There(file), length));
        }
        let held = std::fs::read(path)?;
        let length = held.len() as u64;
        Ok((Bytes::Held(held), length))
    }

    /// The same bytes, read into memory; `None` where they are there already, or can't be read.
    pub(super) fn hold(&self) -> Option<Bytes> {
        let Bytes::There(file) = self else { return None };
        let mut held = vec![0; usize::try_from(file.metadata().ok()?.len()).ok()?];
        let length = self.read(&mut held, 0).ok()?;
        held.truncate(length);
        Some(Bytes::Held(held))
    }

    /// The bytes from `start` on, as many as there is room for: those that are held, or what the room was filled with.
    ///
    /// # Errors
    /// When the file ends before, or can't be read.
    pub(super) fn look<'b>(&'b self, start: u64, room: &'b mut [u8]) -> io::Result<&'b [u8]> {
        if let Bytes::Held(held) = self {
            let found = usize::try_from(start).ok().and_then(|start| held.get(start..)?.get(..room.len()));
            return found.ok_or_else(|| io::ErrorKind::UnexpectedEof.into());
        }
        match self.read(room, start)? {
            length if length == room.len() => Ok(room),
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    /// So many ids from `start` on: those that are held, or what the room was filled with, which must be enough.
    ///
    /// # Errors
    /// When the file ends before, or can't be read.
    pub(super) fn list<'b, const N: usize>(
        &'b self,
        start: u64,
        count: usize,
        room: &'b mut [u8],
    ) -> io::Result<&'b [[u8; N]]> {
        let bytes = match self {
            Bytes::Held(held) => {
                let from = usize::try_from(start).ok().and_then(|start| held.get(start..));
                from.and_then(|from| from.get(..count * N)).ok_or(io::ErrorKind::UnexpectedEof)?
            }
            Bytes::There(_) => self.look(start, room.get_mut(..count * N).ok_or(io::ErrorKind::InvalidInput)?)?,
        };
        Ok(bytes.as_chunks().0)
    }

    /// Fills `room` with the bytes from `start` on, and returns how many there were: fewer only at the end.
    pub(super) fn read(&self, room: &mut [u8], start: u64) -> io::Result<usize> {
        let file = match self {
            Bytes::There(file) => file,
            Bytes::Held(held) => {
                let rest = usize::try_from(start).ok().and_then(|start| held.get(start..)).unwrap_or_default();
                let length = rest.len().min(room.len());
                room[..length].copy_from_slice(&rest[..length]);
                return Ok(length);
            }
        };
        let mut length = 0;
        while length < room.len() {
            match read_at(file, &mut room[length..], start + length as u64) {
                Ok(0) => break,
                Ok(more) => length += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(length)
    }

    /// The next bytes from `start` on.
    ///
    /// # Errors
    /// When the file ends before, or can't be read.
    pub(super) fn whole<const N: usize>(&self, start: u64) -> io::Result<[u8; N]> {
        let mut room = [0; N];
        let found = self.look(start, &mut room)?;
        found.try_into().map_err(|_| io::ErrorKind::UnexpectedEof.into())
    }
}

#[cfg(unix)]
fn read_at(file: &File, room: &mut [u8], start: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, room, start)
}

#[cfg(windows)]
fn read_at(file: &File, room: &mut [u8], start: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, room, start)
}
