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

    /// The bytes from `start` on, as many as there is room for.
    ///
    /// # Errors
    /// When the file ends before.
    pub(super) fn whole<const N: usize>(&self, start: u64) -> io::Result<[u8; N]> {
        let mut room = [0; N];
        match self.read(&mut room, start)? {
            length if length == N => Ok(room),
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        }
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
