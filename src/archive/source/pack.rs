//! A pack (tar, with gzip or not, or zip) → its files below a folder. What is in it is hostile: only plain files and folders
//! with plain names come out, and not without end.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Component, Path, PathBuf};

use flate2::read::MultiGzDecoder;
use zip::ZipArchive;

use crate::{Error, Result};

/// How many times its packed size a pack may have when unpacked, beyond [`FREE_BYTES`] bytes.
const SWELL_TIMES: u64 = 200;
/// What any pack may unpack to.
pub(super) const FREE_BYTES: u64 = 64 << 20;
/// The most files of a pack.
const MOST_FILES: usize = 5_000_000;

/// Whether a file of this name, in small letters, is a pack.
pub(super) fn is_one(name: &str) -> bool {
    [".tar", ".tar.gz", ".tgz", ".zip"].iter().any(|ending| name.ends_with(ending))
}

/// Unpacks the file at `path` into a folder.
///
/// # Errors
/// It can't be read or written; it has links, devices, paths that lead out of it, or more in it than can be meant.
pub(super) fn unpack(path: &Path, into: &Path) -> Result<()> {
    let size = fs::metadata(path).map_err(Error::io(path))?.len();
    let most = FREE_BYTES.saturating_add(size.saturating_mul(SWELL_TIMES));
    let mut out = Out { path, size, into, most, left: most, files: 0 };
    let file = BufReader::new(File::open(path).map_err(Error::io(path))?);
    let ending = |ending: &str| path.extension().is_some_and(|it| it.eq_ignore_ascii_case(ending));
    if ending("zip") {
        out.zip(file)
    } else if ending("gz") || ending("tgz") {
        out.tar(MultiGzDecoder::new(file))
    } else {
        out.tar(file)
    }
}

/// What is being unpacked.
struct Out<'p> {
    path: &'p Path,
    size: u64,
    into: &'p Path,
    most: u64,
    /// How many bytes may still come.
    left: u64,
    files: usize,
}

impl Out<'_> {
    fn refuse(&self, what: String) -> Error {
        Error::other(format!("{}: {what}", self.path.display()), "this pack is not unpacked")
    }

    fn tar(&mut self, bytes: impl Read) -> Result<()> {
        let mut pack = tar::Archive::new(bytes.take(self.most.saturating_add(1 << 20)));
        for entry in pack.entries().map_err(Error::io(self.path))? {
            let mut entry = entry.map_err(Error::io(self.path))?;
            let kind = entry.header().entry_type();
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            if kind.is_pax_global_extensions() {
                continue;
            }
            if !kind.is_file() && !kind.is_dir() {
                return Err(self.refuse(format!("`{name}` is a link or a device")));
            }
            self.put(&name, kind.is_dir(), &mut entry)?;
        }
        Ok(())
    }

    fn zip(&mut self, file: BufReader<File>) -> Result<()> {
        let fault = |error: zip::result::ZipError| self.refuse(error.to_string());
        let mut pack = ZipArchive::new(file).map_err(fault)?;
        for at in 0..pack.len() {
            let mut entry = pack.by_index(at).map_err(|error| self.refuse(error.to_string()))?;
            let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
            if entry.is_symlink() {
                return Err(self.refuse(format!("`{name}` is a link or a device")));
            }
            let folder = entry.is_dir();
            self.put(&name, folder, &mut entry)?;
        }
        Ok(())
    }

    /// Makes a folder, or a file with these bytes.
    fn put(&mut self, name: &str, folder: bool, bytes: &mut dyn Read) -> Result<()> {
        self.files += 1;
        if self.files > MOST_FILES {
            return Err(self.refuse(format!("more than {MOST_FILES} files")));
        }
        let inner = PathBuf::from(name);
        let plain = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
        if !inner.components().all(plain) || name.contains('\0') {
            return Err(self.refuse(format!("`{name}` leads out of it")));
        }
        let place = self.into.join(&inner);
        if folder {
            return fs::create_dir_all(&place).map_err(Error::io(&place));
        }
        place.parent().map_or(Ok(()), fs::create_dir_all).map_err(Error::io(&place))?;
        let mut out = File::create(&place).map_err(Error::io(&place))?;
        let written = io::copy(&mut bytes.take(self.left.saturating_add(1)), &mut out).map_err(Error::io(self.path))?;
        self.left = self
            .left
            .checked_sub(written)
            .ok_or_else(|| self.refuse(format!("it unpacks to more than {} bytes, from {}", self.most, self.size)))?;
        Ok(())
    }
}
