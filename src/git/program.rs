//! Arguments → what the person's own `git` command answers. It is asked for what needs their credentials, keys and
//! settings (network, signatures); no hook is run, and nothing of the caller's surroundings but that reaches it.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use walkdir::WalkDir;

use super::repository::Repository;
use super::write::{MOST_TRIES, PAUSE};
use crate::{Error, Result};

/// What a git that calls boards, in a hook for instance, tells its children of itself: the next git shall find its own.
const INHERITED: [&str; 12] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_QUARANTINE_PATH",
    "GIT_SHALLOW_FILE",
    "GIT_GRAFT_FILE",
    "GIT_REPLACE_REF_BASE",
];

/// Settings that no repository may have otherwise while boards is at work: no program of its own choice is run.
const SETTINGS: [&str; 5] =
    ["core.hooksPath=/dev/null", "core.fsmonitor=false", "gc.auto=0", "maintenance.auto=false", "core.quotePath=false"];

/// A run of git that is being prepared.
#[derive(Debug, Clone)]
pub(super) struct Git {
    place: PathBuf,
    folder: PathBuf,
    settings: Vec<String>,
    environment: Vec<(String, OsString)>,
    input: Vec<u8>,
}

impl Git {
    /// Git on this repository, in its work tree where it has one.
    ///
    /// # Errors
    /// When the repository can't be opened.
    pub(super) fn at(repository: &Repository) -> Result<Git> {
        let folder = repository.work_tree()?.unwrap_or_else(|| repository.place().to_owned());
        Ok(Git::on(repository.place(), &folder))
    }

    /// Git on the repository at `place`, run in `folder`.
    pub(super) fn on(place: &Path, folder: &Path) -> Git {
        Git {
            place: place.to_owned(),
            folder: folder.to_owned(),
            settings: Vec::new(),
            environment: Vec::new(),
            input: Vec::new(),
        }
    }

    /// With this setting, `name=value`.
    pub(super) fn set(mut self, setting: impl Into<String>) -> Git {
        self.settings.push(setting.into());
        self
    }

    /// With this variable.
    pub(super) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Git {
        self.environment.push((name.to_owned(), value.as_ref().to_owned()));
        self
    }

    /// With these bytes as its standard input, which is empty otherwise.
    pub(super) fn input(mut self, bytes: impl Into<Vec<u8>>) -> Git {
        self.input = bytes.into();
        self
    }

    /// What it writes to standard output.
    ///
    /// # Errors
    /// When git isn't there, or ends with anything but 0: says what it said.
    pub(super) fn output(self, arguments: &[&str]) -> Result<String> {
        self.bytes(arguments).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// As [`output`](Git::output), whatever the bytes.
    pub(super) fn bytes(self, arguments: &[&str]) -> Result<Vec<u8>> {
        let ran = self.run(arguments)?;
        if ran.status.success() { Ok(ran.stdout) } else { Err(failure(arguments, &ran)) }
    }

    /// How it ended, well or not.
    ///
    /// # Errors
    /// When git isn't there.
    pub(super) fn run(mut self, arguments: &[&str]) -> Result<Output> {
        let input = std::mem::take(&mut self.input);
        let mut child = self.start(arguments)?;
        let pipe = child.stdin.take();
        std::thread::scope(|scope| {
            // git may answer before it has read everything: writing and reading must not wait for each other.
            scope.spawn(move || pipe.map(|mut pipe| pipe.write_all(&input)));
            child.wait_with_output().map_err(Error::io("git"))
        })
    }

    /// How it ended, unless `folder` came to hold more than `most` bytes meanwhile: then git was stopped.
    ///
    /// # Errors
    /// When git isn't there.
    pub(super) fn run_bounded(mut self, arguments: &[&str], folder: &Path, most: Option<u64>) -> Result<Bounded> {
        let Some(most) = most else { return self.run(arguments).map(Bounded::Ended) };
        let most = most.saturating_add(size(folder));
        let input = std::mem::take(&mut self.input);
        let mut child = self.start(arguments)?;
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        std::thread::scope(|scope| {
            scope.spawn(move || stdin.map(|mut pipe| pipe.write_all(&input)));
            let [stdout, stderr] = [
                scope.spawn(move || stdout.map_or_else(Vec::new, drained)),
                scope.spawn(move || stderr.map_or_else(Vec::new, drained)),
            ];
            let mut pause = Duration::from_millis(1);
            let status = loop {
                if let Some(status) = child.try_wait().map_err(Error::io("git"))? {
                    break Some(status);
                }
                if size(folder) > most {
                    child.kill().and_then(|()| child.wait()).map_err(Error::io("git"))?;
                    break None;
                }
                std::thread::sleep(pause);
                pause = (pause * 2).min(Duration::from_millis(50));
            };
            let [stdout, stderr] = [stdout, stderr].map(|reader| reader.join().unwrap_or_default());
            Ok(match status {
                // It may have written much in the last moment.
                Some(status) if size(folder) <= most => Bounded::Ended(Output { status, stdout, stderr }),
                _ => Bounded::TooLarge,
            })
        })
    }

    /// Starts it, with pipes to all its ends.
    pub(super) fn start(&self, arguments: &[&str]) -> Result<Child> {
        let mut command = Command::new("git");
        command.current_dir(&self.folder).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        INHERITED.iter().for_each(|name| {
            command.env_remove(name);
        });
        command.env("GIT_DIR", &self.place).env("LC_ALL", "C").envs(self.environment.iter().map(|(a, b)| (a, b)));
        for setting in SETTINGS.into_iter().chain(self.settings.iter().map(String::as_str)) {
            command.args(["-c", setting]);
        }
        command.args(arguments).spawn().map_err(|error| match error.kind() {
            ErrorKind::NotFound => {
                Error::other("the `git` command isn't there", "install git: its settings and keys are needed here")
            }
            _ => Error::io("git")(error),
        })
    }
}

/// How a run ended that may not bring too much.
#[derive(Debug)]
pub(super) enum Bounded {
    /// By itself, well or not.
    Ended(Output),
    /// It brought too much.
    TooLarge,
}

/// The bytes of all files below a folder.
fn size(folder: &Path) -> u64 {
    let files = WalkDir::new(folder).into_iter().flatten().filter(|entry| entry.file_type().is_file());
    files.filter_map(|entry| Some(entry.metadata().ok()?.len())).sum()
}

/// Removes a folder in which a git that has outlived its killed caller may be at its last work: what it adds meanwhile is
/// removed as well.
///
/// # Errors
/// When the folder can't be removed.
pub(super) fn remove_folder(folder: &Path) -> Result<()> {
    let mut tries = 0;
    loop {
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty && tries < MOST_TRIES => {
                tries += 1;
                std::thread::sleep(PAUSE);
            }
            removed => return removed.map_err(Error::io(folder)),
        }
    }
}

/// All that comes out of a pipe.
fn drained(mut pipe: impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    // What came before a broken end still tells something.
    let _ = pipe.read_to_end(&mut bytes);
    bytes
}

/// The error for a run that ended badly, in git's own words.
pub(super) fn failure(arguments: &[&str], ran: &Output) -> Error {
    let said = String::from_utf8_lossy(&ran.stderr);
    let said: Vec<&str> =
        said.lines().map(|line| line.trim().trim_end_matches('.')).filter(|line| !line.is_empty()).collect();
    let verb = arguments.first().unwrap_or(&"");
    let said = if said.is_empty() { ran.status.to_string() } else { said[said.len().saturating_sub(6)..].join("; ") };
    Error::Other { message: format!("git {verb}: {said}"), hint: None }
}
