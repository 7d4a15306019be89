//! Two output folders in → one exchanged for the other in a single step, for those who serve straight from the folder.

use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// The folder in which the next site is built before it is exchanged for the one at `dir`.
#[must_use]
pub fn beside(dir: &Path) -> PathBuf {
    let mut name = dir.file_name().unwrap_or(std::ffi::OsStr::new("output")).to_owned();
    name.push(".next");
    dir.with_file_name(name)
}

/// Puts the folder `next` in the place of `dir`, and the one that stood there in the place of `next`.
///
/// # Errors
/// The system can't exchange folders, or not there.
#[cfg(target_os = "linux")]
pub fn exchange(next: &Path, dir: &Path) -> Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    if !dir.exists() {
        return std::fs::rename(next, dir).map_err(Error::io(dir));
    }
    renameat_with(CWD, next, CWD, dir, RenameFlags::EXCHANGE).map_err(|error| Error::io(dir)(error.into()))
}

/// Puts the folder `next` in the place of `dir`: only Linux can.
///
/// # Errors
/// Always, unless there is nothing at `dir`.
#[cfg(not(target_os = "linux"))]
pub fn exchange(next: &Path, dir: &Path) -> Result<()> {
    if !dir.exists() {
        return std::fs::rename(next, dir).map_err(Error::io(dir));
    }
    Err(Error::other(format!("{}: this system can't exchange two folders", dir.display()), "build without --swap"))
}
