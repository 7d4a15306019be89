//! `boards completions`: the name of a shell → the script that lets it complete boards' verbs, options, and the forum's
//! own boards, topics and themes. The shell asks the program each time; only the folder that was typed is read.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Arg, Command, CommandFactory, ValueEnum};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::env::{CompleteEnv, Shells};

use super::forge::FORGES;
use super::terminal::Terminal;
use super::{Arguments, Done, Exit};
use crate::forge;
use crate::{Error, Result};

/// The variable by which a shell's script asks for completions. What it holds is the name of the shell.
const VARIABLE: &str = "BOARDS_COMPLETE";

/// Print the script that completes boards' words in your shell
///
/// Verbs, options, and the boards, topics, posts and themes of the forum in this folder. For bash, put
/// `source <(boards completions bash)` into ~/.bashrc; docs/cli.md tells the other shells' ways.
///
/// Example: boards completions bash
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Completions {
    /// The shell
    shell: Shell,
}

/// The shells that can be helped.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
    Powershell,
}

impl Completions {
    pub(super) fn run(self, terminal: &Terminal) -> Done {
        let name = match self.shell {
            Shell::Bash => "bash",
            Shell::Zsh => "zsh",
            Shell::Fish => "fish",
            Shell::Powershell => "powershell",
        };
        let shells = Shells::builtins();
        let mut script = Vec::new();
        if let Some(shell) = shells.completer(name) {
            let written = shell.write_registration(VARIABLE, "boards", "boards", "boards", &mut script);
            written.map_err(Error::io("standard output"))?;
        }
        terminal.bytes(&script)?;
        Ok(Exit::Fine)
    }
}

/// Answers a shell that asks for completions; `false` when none does.
pub(super) fn answer(arguments: &[OsString]) -> Result<bool, clap::Error> {
    let here = std::env::current_dir().ok();
    CompleteEnv::with_factory(command).var(VARIABLE).try_complete(arguments.iter().cloned(), here.as_deref())
}

/// The program's verbs and options, those that take a name of the forum with where to find such names.
fn command() -> Command {
    let named = |argument: Arg| match argument.get_id().as_str() {
        "board" => argument.add(ArgValueCompleter::new(boards)),
        "topic" | "page" => argument.add(ArgValueCompleter::new(topics)),
        "theme" => argument.add(ArgValueCompleter::new(themes)),
        "verb" => argument.add(ArgValueCompleter::new(verbs)),
        "forge" => argument.add(ArgValueCompleter::new(forges)),
        _ => argument,
    };
    Arguments::command().mut_subcommands(|verb| verb.mut_args(named))
}

/// The boards whose path begins so.
fn boards(typed: &OsStr) -> Vec<CompletionCandidate> {
    candidates(typed, |content, typed| {
        let boards = folders(content, typed).into_iter().filter(|path| is_board(&content.join(path)));
        let more = |path: String| {
            let below = folders(content, &format!("{path}/")).iter().any(|below| is_board(&content.join(below)));
            let below = below.then(|| format!("{path}/"));
            [path].into_iter().chain(below)
        };
        boards.flat_map(more).collect()
    })
}

/// The topics whose path begins so, and behind a `#` the posts of one.
fn topics(typed: &OsStr) -> Vec<CompletionCandidate> {
    candidates(typed, |content, typed| match typed.split_once('#') {
        Some((topic, begun)) => {
            let stems = stems(&content.join(topic)).into_iter().filter(|stem| stem.starts_with(begun));
            stems.map(|stem| format!("{topic}#{stem}")).collect()
        }
        None => {
            let each = folders(content, typed).into_iter();
            each.map(|path| if stems(&content.join(&path)).is_empty() { format!("{path}/") } else { path }).collect()
        }
    })
}

/// The themes whose name begins so.
fn themes(typed: &OsStr) -> Vec<CompletionCandidate> {
    let themes = option("-C", None).unwrap_or_default().join("themes");
    let mut names = typed.to_str().map(|typed| folders(&themes, typed)).unwrap_or_default();
    names.extend(Some("plain".to_owned()).filter(|plain| typed.to_str().is_some_and(|typed| plain.starts_with(typed))));
    names.sort();
    names.dedup();
    names.into_iter().map(CompletionCandidate::new).collect()
}

/// The verbs that begin so.
fn verbs(typed: &OsStr) -> Vec<CompletionCandidate> {
    beginning(typed, Arguments::command().get_subcommands().map(Command::get_name))
}

/// The forges whose name begins so.
fn forges(typed: &OsStr) -> Vec<CompletionCandidate> {
    beginning(typed, FORGES.into_iter().map(forge::name))
}

fn beginning<'n>(typed: &OsStr, names: impl Iterator<Item = &'n str>) -> Vec<CompletionCandidate> {
    let fits = |name: &&str| typed.to_str().is_some_and(|typed| name.starts_with(typed));
    names.filter(fits).map(CompletionCandidate::new).collect()
}

fn candidates(typed: &OsStr, of: impl Fn(&Path, &str) -> Vec<String>) -> Vec<CompletionCandidate> {
    // A path that leads out of the content folder names no board.
    let Some(typed) = typed.to_str().filter(|typed| !typed.split('/').any(|part| part == "..")) else {
        return Vec::new();
    };
    let content = option("--content", Some("content")).unwrap_or_default();
    let content = option("-C", None).unwrap_or_default().join(content);
    of(&content, typed).into_iter().map(CompletionCandidate::new).collect()
}

/// The value of an option among the words that are being completed, which the shell gives behind `--`.
fn option(name: &str, or: Option<&str>) -> Option<PathBuf> {
    let words: Vec<OsString> = std::env::args_os().skip_while(|word| word != "--").collect();
    let at = words.iter().position(|word| word == name);
    at.and_then(|at| words.get(at + 1)).map(PathBuf::from).or(or.map(PathBuf::from))
}

/// The paths of the folders that begin with what was typed, from the folder `top`, in order.
fn folders(top: &Path, typed: &str) -> Vec<String> {
    let (above, begun) = typed.rsplit_once('/').map_or(("", typed), |(above, begun)| (above, begun));
    let entries = fs::read_dir(top.join(above)).into_iter().flatten().flatten();
    let folders = entries.filter(|entry| entry.path().is_dir());
    let names = folders.filter_map(|entry| entry.file_name().into_string().ok());
    let names = names.filter(|name| name.starts_with(begun) && plain(name) && name != "members");
    let mut paths: Vec<String> =
        names.map(|name| if above.is_empty() { name } else { format!("{above}/{name}") }).collect();
    paths.sort();
    paths
}

/// Whether a name means nothing but itself to a shell, which puts it into a command as it is.
fn plain(name: &str) -> bool {
    !name.starts_with(['.', '-']) && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-'))
}

fn is_board(folder: &Path) -> bool {
    folder.join("board.yml").is_file()
}

/// The names of a topic's posts, without `.md`, in order; none of what is no topic.
fn stems(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut stems: Vec<String> =
        names.filter_map(|name| name.strip_suffix(".md").map(str::to_owned)).filter(|stem| plain(stem)).collect();
    stems.sort();
    stems
}
