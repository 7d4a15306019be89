//! The path of an export → its files, unpacked where they came packed. It reads them for everybody, and knows no format.

mod pack;

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use walkdir::WalkDir;

use crate::git::file_within;
use crate::{Error, Result};

/// The most bytes of a file that is read as one text. Dumps, boxes of mail and XML are read piece by piece instead.
const LARGEST_TEXT_BYTES: u64 = 256 << 20;

/// An export on the disk.
#[derive(Debug)]
pub struct Source {
    /// What the person named, for messages.
    pub path: PathBuf,
    /// The file, or the folder with the files.
    pub root: PathBuf,
    /// All files, sorted; just the one when it is one.
    pub files: Vec<PathBuf>,
    /// Holds the unpacked files as long as they are needed.
    _unpacked: Option<TempDir>,
}

impl Source {
    /// Opens an export: a file, a folder, or a `.tar`, `.tar.gz` or `.zip` of one, which is unpacked into a private folder.
    ///
    /// # Errors
    /// It can't be read; or it is a pack with links, devices, paths that lead out of it, or more in it than can be meant.
    pub fn open(path: &Path) -> Result<Source> {
        let metadata = fs::metadata(path).map_err(Error::io(path))?;
        let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
        let (root, unpacked) = if metadata.is_file() && pack::is_one(&name) {
            let folder = TempDir::new().map_err(Error::io(std::env::temp_dir()))?;
            pack::unpack(path, folder.path())?;
            (folder.path().to_owned(), Some(folder))
        } else {
            (path.to_owned(), None)
        };
        let mut files = Vec::new();
        for entry in WalkDir::new(&root).sort_by_file_name() {
            let entry = entry.map_err(|error| {
                let at = error.path().unwrap_or(path).to_owned();
                Error::io(at)(error.into())
            })?;
            // Links are not followed: an export is what lies in its own folder.
            if entry.file_type().is_file() || entry.depth() == 0 && root.is_file() {
                files.push(entry.into_path());
            }
        }
        Ok(Source { path: path.to_owned(), root, files, _unpacked: unpacked })
    }

    /// The files with this ending (`json`, without a dot), whatever the case of its letters.
    pub fn ending<'s>(&'s self, ending: &'s str) -> impl Iterator<Item = &'s Path> {
        self.files
            .iter()
            .map(PathBuf::as_path)
            .filter(move |path| path.extension().is_some_and(|it| it.eq_ignore_ascii_case(ending)))
    }

    /// The path of one of its files from its top, for people and for reports.
    #[must_use]
    pub fn name<'p>(&self, path: &'p Path) -> std::borrow::Cow<'p, str> {
        path.strip_prefix(&self.root)
            .ok()
            .filter(|rest| !rest.as_os_str().is_empty())
            .unwrap_or_else(|| path.file_name().map_or(path, Path::new))
            .to_string_lossy()
    }
}

/// The first bytes of a file, enough to recognise it; none when it can't be read, which reading it in earnest will explain.
#[must_use]
pub fn head(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(64 << 10).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// A file's text; bytes that are no UTF-8 become U+FFFD.
///
/// # Errors
/// It can't be read, or is far larger than any text.
pub fn text(path: &Path) -> Result<String> {
    let read = file_within(path, LARGEST_TEXT_BYTES).map_err(Error::io(path))?;
    let bytes = read.map_err(|large| large.at(path, "split the export, or leave the file out"))?;
    Ok(match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    })
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::pack::FREE_BYTES;
    use super::*;

    fn pack(make: impl FnOnce(&mut tar::Builder<Vec<u8>>)) -> (TempDir, PathBuf) {
        let folder = TempDir::new().unwrap();
        let mut builder = tar::Builder::new(Vec::new());
        make(&mut builder);
        let path = folder.path().join("export.tar");
        fs::write(&path, builder.into_inner().unwrap()).unwrap();
        (folder, path)
    }

    fn header(kind: tar::EntryType, size: u64) -> tar::Header {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(size);
        header.set_mode(0o644);
        header
    }

    #[test]
    fn a_pack_gives_its_files() {
        let (_folder, path) = pack(|it| {
            it.append_data(&mut header(tar::EntryType::Regular, 2), "a/b.json", &b"{}"[..]).unwrap();
        });
        let source = Source::open(&path).unwrap();
        let files: Vec<_> = source.files.iter().map(|it| source.name(it).into_owned()).collect();
        assert_eq!(files, ["a/b.json"]);
        assert_eq!(head(&source.files[0]).unwrap(), b"{}");
    }

    #[test]
    fn links_and_ways_out_are_refused() {
        let (_folder, path) = pack(|it| {
            it.append_link(&mut header(tar::EntryType::Symlink, 0), "a", "/etc/passwd").unwrap();
        });
        assert!(Source::open(&path).unwrap_err().to_string().contains("`a` is a link"));
        let (_folder, path) = pack(|it| {
            let mut head = header(tar::EntryType::Regular, 1);
            let name = b"../out";
            head.as_old_mut().name[..name.len()].copy_from_slice(name);
            head.set_cksum();
            it.append(&head, &b"x"[..]).unwrap();
        });
        assert!(Source::open(&path).unwrap_err().to_string().contains("`../out` leads out"));
    }

    #[test]
    fn a_pack_that_swells_without_end_is_refused() {
        use std::io::Write;
        let mut builder = tar::Builder::new(Vec::new());
        let size = FREE_BYTES + (100 << 20);
        builder.append_data(&mut header(tar::EntryType::Regular, size), "a", io::repeat(0).take(size)).unwrap();
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("bomb.tar.gz");
        let mut gz = flate2::write::GzEncoder::new(File::create(&path).unwrap(), flate2::Compression::best());
        gz.write_all(&builder.into_inner().unwrap()).unwrap();
        gz.finish().unwrap();
        assert!(Source::open(&path).unwrap_err().to_string().contains("unpacks to more"));
    }

    fn zipped(name: &str, link: bool, bytes: &[u8]) -> (TempDir, PathBuf) {
        use std::io::Write;
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("Export.ZIP");
        let mut pack = zip::ZipWriter::new(File::create(&path).unwrap());
        let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
        if link {
            pack.add_symlink(name, "/etc/passwd", options).unwrap();
        } else {
            pack.start_file(name, options).unwrap();
            pack.write_all(bytes).unwrap();
        }
        pack.finish().unwrap();
        (folder, path)
    }

    #[test]
    fn a_file_is_one_text_up_to_a_size() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("a.json");
        File::create(&path).unwrap().set_len(LARGEST_TEXT_BYTES + 1).unwrap();
        let said = format!("{}: the file has 268435457 bytes, at most 268435456 are read", path.display());
        assert_eq!(text(&path).unwrap_err().to_string(), said);
    }

    #[test]
    fn a_zip_is_a_pack_like_others() {
        let (_folder, path) = zipped("a/b.json", false, b"{}");
        let source = Source::open(&path).unwrap();
        assert_eq!((&*source.name(&source.files[0]), &*text(&source.files[0]).unwrap()), ("a/b.json", "{}"));
        let refused = |it: (TempDir, PathBuf), why: &str| {
            let error = Source::open(&it.1).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        };
        refused(zipped("../out", false, b"x"), "`../out` leads out");
        refused(zipped("/out", false, b"x"), "`/out` leads out");
        refused(zipped("a", true, b""), "`a` is a link");
        refused(zipped("a", false, &vec![0; FREE_BYTES as usize + (100 << 20)]), "unpacks to more");
        let (_folder, path) = zipped("a", false, b"x");
        fs::write(&path, "PK nothing").unwrap();
        assert!(Source::open(&path).is_err());
    }
}
