//! A folder, and paths below it → how long the files there are. Very many are asked for in every build.

use std::path::Path;

/// A folder whose files are asked for: on Unix the way to the folder itself is gone only once.
#[derive(Debug)]
pub(super) struct Below<'d> {
    dir: &'d Path,
    #[cfg(unix)]
    open: Option<std::fs::File>,
}

impl<'d> Below<'d> {
    /// The folder at `dir`.
    pub(super) fn new(dir: &'d Path) -> Below<'d> {
        Below {
            dir,
            #[cfg(unix)]
            open: std::fs::File::open(dir).ok(),
        }
    }

    /// The bytes of the file at `path`; `None` where they can't be read.
    pub(super) fn read(&self, path: &str) -> Option<Vec<u8>> {
        std::fs::read(self.dir.join(path)).ok()
    }

    /// How many bytes the file at `path` has; `None` where there is no file, a link included.
    pub(super) fn size(&self, path: &str) -> Option<u64> {
        #[cfg(unix)]
        if let Some(open) = &self.open {
            use rustix::fs::{AtFlags, FileType, statat};
            let found = statat(open, path, AtFlags::SYMLINK_NOFOLLOW).ok()?;
            return (FileType::from_raw_mode(found.st_mode) == FileType::RegularFile).then_some(found.st_size as u64);
        }
        let found = std::fs::symlink_metadata(self.dir.join(path)).ok()?;
        found.is_file().then_some(found.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_measured_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("a/b")).unwrap();
        std::fs::write(dir.path().join("a/b/c.html"), "four").unwrap();
        let below = Below::new(dir.path());
        assert_eq!(below.size("a/b/c.html"), Some(4));
        assert_eq!(below.size("a/b"), None);
        assert_eq!(below.size("a/b/d.html"), None);
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("c.html", dir.path().join("a/b/l.html")).unwrap();
            assert_eq!(below.size("a/b/l.html"), None);
        }
    }
}
