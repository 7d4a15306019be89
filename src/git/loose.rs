//! An object id → the bytes of that object, where it lies in a file of its own: a *loose* object. It doesn't know packs,
//! and it doesn't hash what it reads.
//!
//! git's library never comes back from a loose object that was cut off, as a power failure leaves them. So boards inflates
//! them itself. The form is git's, `gitformat-loose(5)`: a zlib stream of `KIND SP LENGTH NUL` and the content.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::OnceLock;

use flate2::{Decompress, FlushDecompress, Status};
use git2::{ObjectType, Oid};

use super::size::check_object;

/// The object folders of a repository: its own, and those that it borrows from.
pub(super) struct Loose {
    stores: Vec<PathBuf>,
    /// The ids whose first byte is the place, sorted; listed when first asked for. Packed repositories have few such
    /// folders, so looking here is cheaper than asking the disk for each object.
    ids: Box<[OnceLock<Vec<Oid>>; 256]>,
}

/// Borrowed stores may borrow in turn, as deep as git follows them.
const DEEPEST_LEVELS: usize = 5;

/// So much room is made at first, enough for any header. More comes as bytes come: the header may promise anything.
const FIRST_BYTES: usize = 4096;

impl Loose {
    /// The loose objects below `objects`, the folder that also holds the packs.
    pub(super) fn new(objects: PathBuf) -> Loose {
        let mut stores = Vec::new();
        borrow(objects, DEEPEST_LEVELS, &mut stores);
        Loose { stores, ids: Box::new([const { OnceLock::new() }; 256]) }
    }

    /// The folders of objects: the repository's own, and those that it borrows from.
    pub(super) fn stores(&self) -> &[PathBuf] {
        &self.stores
    }

    /// The kind and content of a loose object; `None` where there is no such file.
    ///
    /// # Errors
    /// When the file can't be read, or its bytes are not those of an object.
    pub(super) fn read(&self, id: Oid) -> Option<io::Result<(ObjectType, Vec<u8>)>> {
        Some(self.file(id, u64::MAX)?.and_then(|bytes| inflate(&bytes)))
    }

    /// The kind of a loose object and the length of its content, as its header tells; `None` where there is no such file.
    ///
    /// # Errors
    /// When the file can't be read, or doesn't begin as an object.
    pub(super) fn head(&self, id: Oid) -> Option<io::Result<(ObjectType, usize)>> {
        Some(self.file(id, FIRST_BYTES as u64)?.and_then(|bytes| {
            let mut inflated = Vec::with_capacity(FIRST_BYTES);
            Decompress::new(true).decompress_vec(&bytes, &mut inflated, FlushDecompress::None)?;
            header(&inflated).map(|(kind, _, length)| (kind, length)).ok_or_else(|| damaged(SENSELESS))
        }))
    }

    /// The first bytes of a loose object's file, at most so many.
    fn file(&self, id: Oid, most: u64) -> Option<io::Result<Vec<u8>>> {
        let first = *id.as_bytes().first()?;
        let ids = self.ids[usize::from(first)].get_or_init(|| self.list(first));
        ids.binary_search(&id).ok()?;
        let name = id.to_string();
        let (folder, file) = name.split_at(2);
        let read = |store: &PathBuf| {
            let mut bytes = Vec::new();
            File::open(store.join(folder).join(file))?.take(most).read_to_end(&mut bytes).map(|_| bytes)
        };
        self.stores.iter().find_map(|store| match read(store) {
            Ok(bytes) => Some(Ok(bytes)),
            // It was packed since, or lies in another store.
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => Some(Err(error)),
        })
    }

    /// All ids with this first byte. What can't be listed is left to git's library.
    fn list(&self, first: u8) -> Vec<Oid> {
        let folder = format!("{first:02x}");
        let files = self.stores.iter().filter_map(|store| store.join(&folder).read_dir().ok()).flatten().flatten();
        let mut ids: Vec<Oid> = files
            .filter_map(|file| file.file_name().into_string().ok())
            .filter(|name| name.len() == 38)
            .filter_map(|name| Oid::from_str(&(folder.clone() + &name)).ok())
            .collect();
        ids.sort_unstable();
        ids
    }
}

/// Appends an object folder and those that it borrows from: a path a line in `info/alternates`.
fn borrow(objects: PathBuf, depth: usize, stores: &mut Vec<PathBuf>) {
    let list = std::fs::read_to_string(objects.join("info/alternates")).unwrap_or_default();
    let others = list.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(|line| objects.join(line));
    let others: Vec<PathBuf> = others.filter(|other| depth > 0 && !stores.contains(other)).collect();
    stores.push(objects);
    others.into_iter().for_each(|other| borrow(other, depth - 1, stores));
}

/// What the bytes of a loose object's file hold: one object to its end, and nothing after it.
fn inflate(bytes: &[u8]) -> io::Result<(ObjectType, Vec<u8>)> {
    let mut stream = Decompress::new(true);
    let mut inflated = Vec::with_capacity(FIRST_BYTES);
    let ends = loop {
        let rest = bytes.get(stream.total_in() as usize..).unwrap_or_default();
        let before = (rest.len(), inflated.len());
        let status = stream.decompress_vec(rest, &mut inflated, FlushDecompress::None)?;
        let head = header(&inflated);
        head.map_or(Ok(()), |(kind, _, length)| check_object(kind, length as u64))?;
        let ends = head.map(|(_, start, length)| start.saturating_add(length));
        match (status, ends) {
            (_, None) if inflated.len() >= FIRST_BYTES => return Err(damaged(SENSELESS)),
            (_, Some(ends)) if inflated.len() > ends => return Err(damaged("it is longer than its header says")),
            (Status::StreamEnd, ends) => break ends,
            _ if inflated.len() == inflated.capacity() => inflated.reserve(inflated.len()),
            _ if before == (bytes.len() - stream.total_in() as usize, inflated.len()) => {
                return Err(damaged("it was cut off"));
            }
            _ => {}
        }
    };
    let Some((kind, start, _)) = header(&inflated) else { return Err(damaged(SENSELESS)) };
    if ends != Some(inflated.len()) {
        return Err(damaged("it is shorter than its header says"));
    }
    if stream.total_in() as usize != bytes.len() {
        return Err(damaged("bytes follow its end"));
    }
    inflated.drain(..start);
    Ok((kind, inflated))
}

/// The kind, the length of the header and that of the content.
fn header(inflated: &[u8]) -> Option<(ObjectType, usize, usize)> {
    let end = memchr::memchr(0, inflated)?;
    let (kind, length) = std::str::from_utf8(&inflated[..end]).ok()?.split_once(' ')?;
    let kind = match kind {
        "blob" => ObjectType::Blob,
        "tree" => ObjectType::Tree,
        "commit" => ObjectType::Commit,
        "tag" => ObjectType::Tag,
        _ => return None,
    };
    Some((kind, end + 1, length.parse().ok()?))
}

const SENSELESS: &str = "its header is malformed";

fn damaged(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::ZlibEncoder;
    use proptest::prelude::*;

    use super::*;

    fn deflated(bytes: &[u8]) -> Vec<u8> {
        let mut stream = ZlibEncoder::new(Vec::new(), Compression::fast());
        stream.write_all(bytes).unwrap();
        stream.finish().unwrap()
    }

    fn blob(content: &[u8]) -> Vec<u8> {
        deflated(&[format!("blob {}\0", content.len()).as_bytes(), content].concat())
    }

    #[test]
    fn a_header_that_lies_is_refused() {
        for text in
            ["blob 3\0four", "blob 5\0four", "blub 4\0four", "blob -4\0four", "blob", "", "blob 99999999999999\0"]
        {
            assert!(inflate(&deflated(text.as_bytes())).is_err(), "{text}");
        }
        assert!(inflate(&deflated(&[b'x'; 100_000])).is_err());
        assert!(inflate(&[blob(b"four"), b"more".to_vec()].concat()).is_err());
    }

    #[test]
    fn an_object_is_found_in_a_store_that_is_borrowed_from() {
        let folder = tempfile::tempdir().unwrap();
        let (own, other) = (folder.path().join("own"), folder.path().join("other"));
        let id = super::super::tree::hash(ObjectType::Blob, b"four");
        let (first, rest) = (&id.to_string()[..2], &id.to_string()[2..]);
        std::fs::create_dir_all(own.join("info")).unwrap();
        std::fs::write(own.join("info/alternates"), "# borrowed\n../other\n").unwrap();
        std::fs::create_dir_all(other.join(first)).unwrap();
        std::fs::create_dir_all(other.join("info")).unwrap();
        std::fs::write(other.join("info/alternates"), "../own\n").unwrap();
        std::fs::write(other.join(first).join(rest), blob(b"four")).unwrap();
        let (kind, content) = Loose::new(own).read(id).unwrap().unwrap();
        assert_eq!((kind, &content[..]), (ObjectType::Blob, &b"four"[..]));
        assert!(Loose::new(folder.path().join("none")).read(id).is_none());
    }

    proptest! {
        #[test]
        fn an_object_is_read_whole_or_not_at_all(length in 0_usize..20_000, seed: u8, cut in 0_usize..20_000) {
            let content: Vec<u8> = (0..length).map(|at| (at * usize::from(seed) % 251) as u8).collect();
            let bytes = blob(&content);
            prop_assert_eq!(inflate(&bytes).unwrap(), (ObjectType::Blob, content));
            prop_assert!(inflate(&bytes[..cut % bytes.len()]).is_err());
        }

        #[test]
        fn reading_any_bytes_ends(bytes in proptest::collection::vec(any::<u8>(), 0..300), flip: usize) {
            let _ = inflate(&bytes);
            let mut flipped = blob(&bytes);
            let at = flip % flipped.len();
            flipped[at] ^= 0x41;
            prop_assert!(inflate(&flipped).is_err());
        }
    }
}
