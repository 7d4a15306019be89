//! `boards forge`: the files with which a forge judges proposals, merges them and publishes the site.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::terminal::Terminal;
use super::{Common, Done, Exit};
use crate::config::{FILE, Forge, Settings};
use crate::content::settings_at;
use crate::forge::{self, Facts, ForgeFile, Owner, Program};
use crate::git::{Repository, file_within};
use crate::yaml::nearest;
use crate::{Error, Result};

/// Write a forge's workflow files
///
/// They check each proposal, merge what the forum's policy lets through, and publish the site. A file that is there
/// already and says something else is kept, unless --force is given.
///
/// Example: boards forge github --boards https://git.example.org/boards#0123456789abcdef0123456789abcdef01234567
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Write {
    /// The forge: github, gitlab, gitea or forgejo
    #[arg(value_name = "FORGE", value_parser = named)]
    forge: Forge,
    #[command(flatten)]
    runner: Runner,
    /// Write over files that are there already
    #[arg(long)]
    force: bool,
}

/// What only the maintainer knows.
#[derive(Debug, clap::Args)]
pub(super) struct Runner {
    /// Where the forge's runner gets boards from: a repository and the whole id of a commit. Taken from the standing
    /// files when left out
    #[arg(long, value_name = "ADDRESS#COMMIT")]
    pub boards: Option<Program>,
    /// Who is asked about changes of settings, people and looks; the repository's owner when left out
    #[arg(long, value_name = "NAME")]
    pub owner: Option<Owner>,
}

/// All forges.
pub(super) const FORGES: [Forge; 4] = [Forge::GitHub, Forge::GitLab, Forge::Gitea, Forge::Forgejo];

/// The forge of this name.
pub(super) fn named(text: &str) -> Result<Forge, String> {
    let found = FORGES.into_iter().find(|forge| forge::name(*forge) == text);
    found.ok_or_else(|| {
        let near = nearest(text, FORGES.into_iter().map(forge::name));
        let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        format!("the forge is github, gitlab, gitea or forgejo{near}")
    })
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FileOutcome {
    Written,
    Unchanged,
    /// It says something else than boards would write.
    Kept,
}

impl Write {
    pub(super) fn run(self, common: &Common, terminal: &Terminal) -> Done {
        let (top, content) = place(common)?;
        let settings = settings(&top, &content)?;
        let name = forge::name(self.forge);
        let Some(program) = self.runner.boards.or_else(|| standing(&top, self.forge)) else {
            terminal.error(&Error::other(
                "the runner has to know where to get boards",
                "add `--boards ADDRESS#COMMIT`: the repository of boards and the whole id of a commit in it",
            ));
            return Ok(Exit::Usage);
        };
        let named = settings.repository.filter(|repository| repository.forge == self.forge);
        if named.is_none() {
            terminal.say(&format!("forum.yml doesn't say that the forum is at {name}: add `repository` to it"));
        }
        let owner = self.runner.owner.or_else(|| Owner::of(&named.as_ref()?.url));
        let branch = named.as_ref().map_or("main", |repository| &repository.branch);
        let facts = Facts { branch, content: &content, program: &program, owner: owner.as_ref() };
        let mut states = Vec::new();
        for file in forge::files(self.forge, &facts)? {
            let state = write(&top, &file, self.force)?;
            states.push((file.path, state));
        }
        report(name, &top, &states, owner.as_ref(), terminal)?;
        Ok(if states.iter().any(|(_, state)| *state == FileOutcome::Kept) { Exit::Report } else { Exit::Fine })
    }
}

/// The top of the work tree, and the content folder's path from there.
fn place(common: &Common) -> Result<(PathBuf, String)> {
    let dir = &common.repository;
    let top = Repository::find(dir)?.map(|repository| repository.work_tree()).transpose()?.flatten();
    let top = top.ok_or_else(|| {
        Error::other(format!("{}: there is no git work tree here", dir.display()), "run `boards init` first")
    })?;
    let real = |path: &Path| path.canonicalize().map_err(Error::io(path));
    let (top, content) = (real(&top)?, real(&dir.join(common.content.trim_matches('/')))?);
    let below = content.strip_prefix(&top).unwrap_or(&content);
    let content = below.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/");
    Ok((top, content))
}

/// What forum.yml says; its faults are for `boards check` to tell.
fn settings(top: &Path, content: &str) -> Result<Settings> {
    let folder = top.join(content);
    let missing = || Error::io(folder.join(FILE))(ErrorKind::NotFound.into());
    settings_at(&folder)?.ok_or_else(missing)
}

/// Where the files that are there say that the runner gets boards from.
fn standing(top: &Path, forge: Forge) -> Option<Program> {
    forge::paths(forge).find_map(|path| forge::program(&forge::read(&top.join(path))?))
}

/// Writes a file that isn't there, or says something else and may be written over.
fn write(top: &Path, file: &ForgeFile, force: bool) -> Result<FileOutcome> {
    let place = top.join(file.path);
    match file_within(&place, file.text.len() as u64) {
        Ok(Ok(old)) if old == file.text.as_bytes() => return Ok(FileOutcome::Unchanged),
        Ok(_) if !force => return Ok(FileOutcome::Kept),
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(Error::io(&place)(error)),
        _ => {}
    }
    place.parent().map_or(Ok(()), fs::create_dir_all).map_err(Error::io(&place))?;
    fs::write(&place, &file.text).map_err(Error::io(&place))?;
    Ok(FileOutcome::Written)
}

fn report(
    name: &str,
    top: &Path,
    states: &[(&str, FileOutcome)],
    owner: Option<&Owner>,
    terminal: &Terminal,
) -> Result<()> {
    if terminal.json() {
        let word = |state| match state {
            FileOutcome::Written => "written",
            FileOutcome::Unchanged => "unchanged",
            FileOutcome::Kept => "kept",
        };
        let files: Vec<_> = states.iter().map(|(path, state)| json!({ "path": path, "state": word(*state) })).collect();
        return terminal.result(&json!({ "forge": name, "files": files }));
    }
    for (path, state) in states {
        terminal.say(&match state {
            FileOutcome::Written => format!("{path}: written"),
            FileOutcome::Unchanged => format!("{path}: as it should be"),
            FileOutcome::Kept => {
                let why = match forge::read(&top.join(path)).and_then(|text| forge::version(&text)) {
                    Some(version) if version < forge::VERSION => "it was made by an older boards",
                    Some(_) => "it says something else",
                    None => "it wasn't written by boards",
                };
                format!("{path}: left as it is, since {why}; --force overwrites it")
            }
        });
    }
    match owner {
        Some(owner) => terminal.say(&format!("{owner} is asked about changes of settings, people and looks")),
        None => terminal.say("no CODEOWNERS was written: `--owner NAME` says who is asked about settings and looks"),
    }
    if states.iter().any(|(_, state)| *state == FileOutcome::Written) {
        terminal.say("commit and push them; `docs/forges.md` of boards says what to switch on at the forge");
    }
    Ok(())
}
