//! A draft → its file in an editor, outside of the content folder, where it outlives whatever goes wrong; and any new file
//! → written whole or not at all.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::editor::Editor;
use crate::content::POST_BYTES;
use crate::content::draft::{Draft, Refusal};
use crate::git::{Repository, file_within};
use crate::{Error, Result};

/// The file that a person writes in.
pub(super) struct Scratch<'d> {
    path: PathBuf,
    editor: Editor,
    draft: &'d Draft,
}

impl<'d> Scratch<'d> {
    /// Makes the file, with what the draft begins with. It lies in the repository's git folder, so that no build shows a
    /// post that is half written and it is found again; without a repository, among the system's temporary files.
    ///
    /// # Errors
    /// The file can't be written. The inner error: there is no editor.
    pub(super) fn new(repository: Option<&Repository>, draft: &'d Draft) -> Result<Result<Scratch<'d>, Refusal>> {
        let editor = match Editor::of(repository) {
            Ok(editor) => editor,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let folder = match repository {
            Some(repository) => repository.place().join("boards").join("drafts"),
            None => std::env::temp_dir(),
        };
        let name = draft.path.rsplit('/').next().unwrap_or(&draft.path);
        let path = folder.join(name);
        write_new(&path, &draft.stub())?;
        Ok(Ok(Scratch { path, editor, draft }))
    }

    /// Where the file is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens it in the editor; what stands in it then, or none when nobody has written anything.
    ///
    /// # Errors
    /// The editor failed: what was written by then stays, and the error says where.
    pub(super) fn edit(&self) -> Result<Option<String>> {
        let ended = self.editor.open(&self.path);
        let file = file_within(&self.path, POST_BYTES).map_err(Error::io(&self.path))?;
        let file = file.map_err(|large| large.at(&self.path, "make it smaller: no post may be so large"))?;
        let file = String::from_utf8_lossy(&file).into_owned();
        let written = self.draft.written(&file);
        match ended {
            Ok(()) => Ok(Some(file).filter(|_| written)),
            Err(error) if written => Err(self.keeping(&error)),
            Err(error) => {
                self.remove()?;
                Err(error)
            }
        }
    }

    /// An error that came between, with the place of what was written.
    pub(super) fn keeping(&self, error: &Error) -> Error {
        let message = format!("{error}; what you wrote is in {}", self.path.display());
        Error::Other { message, hint: error.hint().map(str::to_owned) }
    }

    /// Removes it.
    pub(super) fn remove(&self) -> Result<()> {
        fs::remove_file(&self.path).map_err(Error::io(&self.path))
    }
}

/// Writes a file that isn't there yet, whole or not at all.
pub(super) fn write_new(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(Error::io(folder))?;
    let mut file = tempfile::Builder::new().prefix(".boards-").tempfile_in(folder).map_err(Error::io(path))?;
    file.write_all(text.as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(Error::io(path))?;
    readable(file.as_file()).map_err(Error::io(path))?;
    file.persist_noclobber(path).map_err(|error| Error::io(path)(error.error))?;
    Ok(())
}

/// Temporary files are for their owner's eyes; posts are for everybody whom the folder lets in.
#[cfg(unix)]
fn readable(file: &fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_: &fs::File) -> std::io::Result<()> {
    Ok(())
}
