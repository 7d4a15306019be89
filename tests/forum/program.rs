//! Arguments → what the real program answers: its exit code and what it said. The person's own git and locale are kept
//! away from it.

use std::path::Path;
use std::process::{Command, Output};

/// How a run of the program ended.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// The program, to be run in `dir`.
pub fn command(dir: &Path) -> Command {
    quiet(Command::new(env!("CARGO_BIN_EXE_boards")), dir)
}

/// Runs the program in `dir`.
pub fn boards(dir: &Path, arguments: &[&str]) -> Ran {
    Ran::of(command(dir).args(arguments).output().unwrap())
}

/// Runs git in `dir`, which must do well.
pub fn git(dir: &Path, arguments: &[&str]) -> String {
    let ran = Ran::of(quiet(Command::new("git"), dir).args(arguments).output().unwrap());
    assert_eq!(ran.code, Some(0), "git {arguments:?}: {}", ran.err);
    ran.out
}

/// Runs a line of the shell in `dir`, where `boards` is the program. What it says on both ways is in `out`.
pub fn shell(dir: &Path, line: &str) -> Ran {
    let bin = Path::new(env!("CARGO_BIN_EXE_boards")).parent().unwrap();
    let path = std::env::join_paths(
        std::iter::once(bin.to_owned()).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    );
    let mut command = quiet(Command::new("sh"), dir);
    command.env("PATH", path.unwrap()).env_remove("VISUAL").env_remove("EDITOR").env_remove("GIT_EDITOR");
    Ran::of(command.arg("-c").arg(format!("{{ {line}\n}} 2>&1")).stdin(std::process::Stdio::null()).output().unwrap())
}

/// A command that knows nothing of the person who runs the tests.
pub fn quiet(mut command: Command, dir: &Path) -> Command {
    command
        .current_dir(dir)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("HOME", dir);
    for name in ["GIT_DIR", "GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "EMAIL"]
    {
        command.env_remove(name);
    }
    command
}

impl Ran {
    pub fn of(output: Output) -> Ran {
        Ran {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// What was printed as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// The run, which must have ended with this code.
    #[track_caller]
    pub fn ends(self, code: i32) -> Ran {
        assert_eq!(self.code, Some(code), "{}{}", self.out, self.err);
        self
    }
}

/// Says, past what the test harness captures, that a test was skipped; `.ci/run` counts these lines.
pub fn skipped(why: &str) {
    use std::io::Write;

    let _ = writeln!(std::io::stderr(), "skipped: {why}");
}
