//! The themes of a revision → a folder that they can be loaded from, gone when it is dropped. Nothing is checked out:
//! the repository's work tree isn't touched.

use std::fs;
use std::path::Path;

use git2::Oid;

use super::load::{FILE_BYTES, fits};
use crate::error::{Error, Result};
use crate::git::{Kind, Snapshot};

/// How deep the folders of a theme may nest.
const DEEPEST_LEVELS: usize = 8;

/// Lays out the folder `themes` of `place` as the commit of `snapshot` has it; an empty folder where it has none.
///
/// # Errors
/// An object can't be read, or the system's folder for temporary files can't be written.
pub fn lay_out(snapshot: &Snapshot, place: &Path) -> Result<tempfile::TempDir> {
    let folder = tempfile::tempdir().map_err(Error::io(std::env::temp_dir()))?;
    // Without themes of its own a forum has no such folder.
    if let Some(themes) = snapshot.beside(place, "themes")? {
        write(&themes, themes.root(), "", folder.path(), DEEPEST_LEVELS)?;
    }
    Ok(folder)
}

fn write(snapshot: &Snapshot, tree: Oid, below: &str, to: &Path, depth: usize) -> Result<()> {
    fs::create_dir_all(to).map_err(Error::io(to))?;
    for entry in snapshot.folder(tree)? {
        let (path, place) = (format!("{below}{}", entry.name), to.join(&entry.name));
        match entry.kind {
            Kind::Folder if depth > 0 => write(snapshot, entry.id, &format!("{path}/"), &place, depth - 1)?,
            Kind::File => {
                let named = Path::new(snapshot.content()).join(&path);
                let bytes = fits(&named, snapshot.read_within(&path, entry.id, FILE_BYTES)?)?;
                fs::write(&place, bytes).map_err(Error::io(&place))?;
            }
            _ => {}
        }
    }
    Ok(())
}
