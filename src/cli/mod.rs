//! Arguments in → one verb's work, and an exit code out. Each verb is a file; what is printed is printed by
//! `terminal` alone.

mod branch;
mod build;
mod check;
mod completions;
mod doctor;
mod editor;
mod explain;
mod forge;
mod identity;
#[cfg(feature = "import")]
mod import;
mod init;
mod man;
mod merge;
mod new;
mod progress;
mod publish;
mod reply;
mod scratch;
mod serve;
mod stats;
mod terminal;
mod writing;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

use crate::Result;
use terminal::Terminal;

/// A forum whose content lives in git and whose pages are plain files.
#[derive(Debug, Parser)]
#[command(name = "boards", version, max_term_width = 100, disable_help_subcommand = true)]
struct Arguments {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    verb: Verb,
}

/// Where help lists what every verb understands.
const GLOBAL: &str = "Global options";

/// What every verb understands, before it or after.
#[derive(Debug, clap::Args)]
struct Common {
    /// The forum's repository
    #[arg(short = 'C', value_name = "DIR", default_value = ".", global = true, help_heading = GLOBAL)]
    repository: PathBuf,
    /// The content folder in it
    #[arg(long, value_name = "PATH", default_value = "content", global = true, help_heading = GLOBAL)]
    content: String,
    /// How faults and results are written
    #[arg(long, value_name = "FORM", default_value = "full", global = true, help_heading = GLOBAL)]
    format: Format,
    /// When to use colour
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true, help_heading = GLOBAL)]
    color: Colour,
    /// Say only what is wrong
    #[arg(short, long, global = true, help_heading = GLOBAL, conflicts_with = "verbose")]
    quiet: bool,
    /// Say more
    #[arg(short, long, global = true, help_heading = GLOBAL)]
    verbose: bool,
}

/// The forms of faults and results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// With the line at fault and a hint
    Full,
    /// One line a fault
    Short,
    /// Annotations for GitHub's workflows
    Github,
    /// One JSON object
    Json,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Colour {
    /// On a terminal that shows it
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Init(init::Init),
    New(new::New),
    Reply(reply::Reply),
    Serve(serve::Serve),
    Check(check::Check),
    Build(build::Build),
    Publish(publish::Publish),
    Merge(merge::Merge),
    #[cfg(feature = "import")]
    Import(import::Import),
    Forge(forge::Write),
    Doctor(doctor::Doctor),
    Stats(stats::Stats),
    Explain(explain::Explain),
    Man(man::Man),
    Completions(completions::Completions),
}

/// How a verb ended; the number is the program's exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Exit {
    /// All is well.
    Fine = 0,
    /// There is something to report.
    Report = 1,
    /// The arguments are malformed.
    Usage = 2,
    /// Disk, git or network failed.
    World = 3,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// Runs the program with these arguments, its own name first.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let parsed = completions::answer(&arguments)
        .and_then(|answered| if answered { Ok(None) } else { Arguments::try_parse_from(arguments).map(Some) });
    let arguments = match parsed {
        Ok(Some(arguments)) => arguments,
        Ok(None) => return Exit::Fine.into(),
        Err(error) => {
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Fine };
            // Nothing can be done when even this can't be said.
            let _ = error.print();
            return exit.into();
        }
    };
    let Arguments { common, verb } = arguments;
    let terminal = Terminal::new(&common);
    let done = match verb {
        Verb::Init(verb) => verb.run(&common, &terminal),
        Verb::Build(verb) => verb.run(&common, &terminal),
        Verb::Check(verb) => verb.run(&common, &terminal),
        Verb::Merge(verb) => verb.run(&common, &terminal),
        Verb::Publish(verb) => verb.run(&common, &terminal),
        Verb::Doctor(verb) => verb.run(&common, &terminal),
        Verb::Stats(verb) => verb.run(&common, &terminal),
        Verb::Explain(verb) => verb.run(&common, &terminal),
        Verb::New(verb) => verb.run(&common, &terminal),
        Verb::Reply(verb) => verb.run(&common, &terminal),
        Verb::Serve(verb) => verb.run(&common, &terminal),
        Verb::Man(verb) => verb.run(&terminal),
        Verb::Completions(verb) => verb.run(&terminal),
        #[cfg(feature = "import")]
        Verb::Import(verb) => verb.run(&common, &terminal),
        Verb::Forge(verb) => verb.run(&common, &terminal),
    };
    done.unwrap_or_else(|error| {
        terminal.error(&error);
        Exit::World
    })
    .into()
}

/// The result of a verb.
type Done = Result<Exit>;
