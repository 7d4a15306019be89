//! A file's id, or its path on the disk → how many bytes it has, and its bytes unless there are too many. What is too large
//! is never read into memory.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use git2::{ObjectType, Oid};

use super::repository::{self, Repository};
use super::snapshot::{self, Files, Snapshot};
use crate::{Error, Result};

/// The most bytes of a folder, commit or tag: a folder of a million entries has fewer. Such objects are read whole, so a larger
/// one is an error. What a blob may have depends on what it is; see [`Repository::blob_within`].
const LARGEST_TREE_BYTES: u64 = 64 << 20;

/// Makes sure that an object of this kind and length may be read, before it is.
///
/// # Errors
/// It is a folder, commit or tag with more bytes than any in earnest.
pub(super) fn check_object(kind: ObjectType, length: u64) -> io::Result<()> {
    if kind == ObjectType::Blob || length <= LARGEST_TREE_BYTES {
        return Ok(());
    }
    let message = format!("it has {length} bytes, at most {LARGEST_TREE_BYTES} are read of a {kind}");
    Err(io::Error::new(ErrorKind::InvalidData, message))
}

/// A file that has more bytes than it may have, and wasn't read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLarge {
    /// How many it has.
    pub bytes: u64,
    /// How many it may have.
    pub most: u64,
}

/// The bytes of a file, or why it wasn't read.
pub type Within = std::result::Result<Vec<u8>, TooLarge>;

impl TooLarge {
    /// Whether a file of so many bytes may be read.
    ///
    /// # Errors
    /// It has more than `most`.
    pub fn check(bytes: u64, most: u64) -> std::result::Result<(), TooLarge> {
        if bytes > most { Err(TooLarge { bytes, most }) } else { Ok(()) }
    }

    /// The error that the file at `path` is too large, with the way out of it.
    pub fn at(self, path: &Path, hint: &str) -> Error {
        let TooLarge { bytes, most } = self;
        Error::other(format!("{}: the file has {bytes} bytes, at most {most} are read", path.display()), hint)
    }
}

/// The bytes of the file at `path` on the disk, unless it has more than `most`. One that grows while it is read, or tells no
/// size as a device does, is read no further than that either; its size is then given as one more than `most`.
///
/// # Errors
/// When it can't be opened or read.
pub fn file_within(path: &Path, most: u64) -> io::Result<Within> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    if let Err(large) = TooLarge::check(length, most) {
        return Ok(Err(large));
    }
    let mut bytes = Vec::with_capacity(length as usize);
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(TooLarge::check(bytes.len() as u64, most).map(|()| bytes))
}

impl Snapshot {
    /// As [`read`](Snapshot::read), unless the file has more than `most` bytes.
    ///
    /// # Errors
    /// As [`read`](Snapshot::read).
    pub fn read_within(&self, path: &str, id: Oid, most: u64) -> Result<Within> {
        match TooLarge::check(self.size(path, id)?, most) {
            Ok(()) => self.read_most(path, id, most).map(Ok),
            Err(large) => Ok(Err(large)),
        }
    }

    /// How many bytes a file has, on the disk or in the repository.
    fn size(&self, path: &str, id: Oid) -> Result<u64> {
        if let Some(bytes) = self.overlay.blobs.get(&id) {
            return Ok(bytes.len() as u64);
        }
        match (&self.files, self.repository()) {
            (Files::Disk(top, _), _) => {
                let path = top.join(snapshot::join(self.content(), path));
                let found = path.symlink_metadata().map_err(|error| match error.kind() {
                    ErrorKind::NotFound => snapshot::changed(&path),
                    _ => Error::io(&path)(error),
                });
                found.map(|found| found.len())
            }
            (Files::Store(_), Some(repository)) => repository.length(id, path),
            (Files::Store(_), None) => {
                Err(repository::unreadable(path, ObjectType::Blob, id, "this snapshot has no repository"))
            }
        }
    }
}

impl Repository {
    /// The bytes of the blob `id`, unless it has more than `most`. `name` is what people know it by, for the message.
    ///
    /// # Errors
    /// When it is missing, damaged or no blob.
    pub fn blob_within(&self, id: Oid, name: &str, most: u64) -> Result<Within> {
        match TooLarge::check(self.length(id, name)?, most) {
            Ok(()) => self.object(ObjectType::Blob, id, name).map(Ok),
            Err(large) => Ok(Err(large)),
        }
    }

    fn length(&self, id: Oid, name: &str) -> Result<u64> {
        let length = |why: String| repository::unreadable(name, ObjectType::Blob, id, &why);
        self.reading(|objects| objects.length(id).map_err(length))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Source;
    use super::super::sample::{TestRepository, git};
    use super::*;
    use crate::monitor::Quiet;

    #[test]
    fn a_mailmap_that_is_too_large_is_an_error() {
        let sample = TestRepository::new();
        sample.write("content/a.md", "tea\n");
        sample.write(".mailmap", "# tea\n".repeat(50_000));
        sample.add_all();
        for source in [Source::WorkingCopy, Source::Revision("HEAD".into())] {
            let snapshot = Snapshot::open(sample.path(), "content", &source, &Quiet).unwrap();
            assert_eq!(
                snapshot.mailmap().unwrap_err().to_string(),
                ".mailmap has 300000 bytes, at most 262144 are read"
            );
        }
    }

    #[test]
    fn a_file_of_the_disk_is_read_up_to_its_limit_and_no_further() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "tea\n").unwrap();
        assert_eq!(file_within(&path, 4).unwrap(), Ok(b"tea\n".to_vec()));
        assert_eq!(file_within(&path, 3).unwrap(), Err(TooLarge { bytes: 4, most: 3 }));
        // More than any memory has: only its size is looked at.
        File::options().write(true).open(&path).unwrap().set_len(1 << 43).unwrap();
        let large = file_within(&path, 1 << 20).unwrap().unwrap_err();
        assert_eq!(large, TooLarge { bytes: 1 << 43, most: 1 << 20 });
        let said = format!("{}: the file has 8796093022208 bytes, at most 1048576 are read", path.display());
        assert_eq!(large.at(&path, "make it smaller").to_string(), said);
        assert_eq!(file_within(&folder.path().join("b"), 1).unwrap_err().kind(), ErrorKind::NotFound);
    }

    #[test]
    fn a_folder_that_is_too_large_is_not_read_wherever_it_lies() {
        let sample = TestRepository::new();
        let odb = sample.repository.odb().unwrap();
        // Zeros make a small file, whose header says what it is.
        let id = odb.write(ObjectType::Tag, &vec![0; LARGEST_TREE_BYTES as usize + 1]).unwrap();
        let read = || Repository::find(sample.path()).unwrap().unwrap().object(ObjectType::Tag, id, "").unwrap_err();
        let why = "it has 67108865 bytes, at most 67108864 are read of a tag";
        assert!(read().to_string().contains(why), "{}", read());
        let objects = sample.path().join(".git/objects");
        let name = id.to_string();
        let mut packer = sample.repository.packbuilder().unwrap();
        packer.insert_object(id, None).unwrap();
        packer.write(&objects.join("pack"), 0o644).unwrap();
        std::fs::remove_file(objects.join(&name[..2]).join(&name[2..])).unwrap();
        assert!(read().to_string().contains(why), "{}", read());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_device_that_tells_no_size_is_read_no_further_than_its_limit() {
        assert_eq!(file_within(Path::new("/dev/zero"), 9).unwrap(), Err(TooLarge { bytes: 10, most: 9 }));
    }

    #[test]
    fn a_file_that_is_too_large_is_not_read_wherever_it_lies() {
        let sample = TestRepository::new();
        sample.write("content/a.md", "tea\n".repeat(500));
        let check = |source: Source, place: &str| {
            let snapshot = Snapshot::open(sample.path(), "content", &source, &Quiet).unwrap();
            let id = snapshot.folder(snapshot.root()).unwrap()[0].id;
            assert_eq!(snapshot.read_within("a.md", id, 2000).unwrap().map(|it| it.len()), Ok(2000), "{place}");
            let large = TooLarge { bytes: 2000, most: 1999 };
            assert_eq!(snapshot.read_within("a.md", id, 1999).unwrap(), Err(large), "{place}");
        };
        check(Source::WorkingCopy, "on the disk");
        sample.add_all();
        check(Source::Revision("HEAD".into()), "loose");
        // Beside others like them, all but one become deltas.
        for number in 1..6 {
            sample.write("content/a.md", "tea\n".repeat(500 - number) + &"pot\n".repeat(number));
            sample.add_all();
        }
        git(sample.path(), &["repack", "-adfq"]);
        for back in 0..6 {
            check(Source::Revision(format!("HEAD~{back}")), "packed");
        }
        let laid = Snapshot::open(sample.path(), "content", &Source::WorkingCopy, &Quiet).unwrap();
        let laid = laid.with("a.md", vec![b'x'; 2000]).unwrap();
        let id = laid.folder(laid.root()).unwrap()[0].id;
        assert!(
            laid.read_within("a.md", id, 1999).unwrap().is_err() && laid.read_within("a.md", id, 2000).unwrap().is_ok()
        );
    }
}
