//! The person's settings → the editor that they like, and a file opened in it. What is written there isn't read here.

use std::path::Path;
use std::process::Command;

use crate::content::draft::Refusal;
use crate::git::Repository;
use crate::{Error, Result};

/// Where an editor is set, in words.
pub(super) const WHERE: &str = "`VISUAL`, `EDITOR` or `git config --global core.editor`";

/// A command that opens a file and ends when the person has closed it.
#[derive(Debug)]
pub(super) struct Editor(String);

impl Editor {
    /// The editor of `VISUAL`, `EDITOR` or git's `core.editor`, the first that is set.
    ///
    /// # Errors
    /// None is.
    pub(super) fn of(repository: Option<&Repository>) -> Result<Editor, Refusal> {
        let set = |name| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
        let configured = || {
            let config = match repository {
                Some(repository) => {
                    repository.with(|handle| handle.config().map_err(Error::git("read git's settings"))).ok()
                }
                None => git2::Config::open_default().ok(),
            };
            config?.get_string("core.editor").ok().filter(|value| !value.trim().is_empty())
        };
        set("VISUAL").or_else(|| set("EDITOR")).or_else(configured).map(Editor).ok_or_else(|| Refusal {
            message: String::from("there is no editor to write in"),
            hint: format!("set {WHERE}, or give the text with `--message`"),
        })
    }

    /// Opens a file and waits until the editor ends. As git does, the shell reads the command, so that it may have
    /// arguments; the file's name is never read by it.
    ///
    /// # Errors
    /// The editor can't be run, or ended badly.
    pub(super) fn open(&self, file: &Path) -> Result<()> {
        let Editor(command) = self;
        let ran = if cfg!(windows) {
            let mut words = command.split_whitespace();
            Command::new(words.next().unwrap_or_default()).args(words).arg(file).status()
        } else {
            Command::new("sh").arg("-c").arg(format!("{command} \"$@\"")).arg(command).arg(file).status()
        };
        match ran {
            Ok(status) if status.success() => Ok(()),
            Ok(_) => {
                Err(Error::other(format!("the editor `{command}` ended badly"), format!("set another one: {WHERE}")))
            }
            Err(error) => Err(Error::io(command)(error)),
        }
    }
}
