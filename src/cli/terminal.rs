//! The only code that prints. Results go to stdout, speech to stderr; text from content is escaped on its way.

use std::io::{BufRead, IsTerminal, Write};

use indicatif::ProgressDrawTarget;
use serde_json::json;

use super::progress::Progress;
use super::{Colour, Common, Format};
use crate::diagnostic::{Diagnostic, Form, Severity, draw, hostile, reported, visible};
use crate::monitor::{Monitor, Work};
use crate::{Error, Result};

/// Where and how the program speaks.
#[derive(Debug)]
pub(super) struct Terminal {
    format: Format,
    colour: Colour,
    quiet: bool,
    verbose: bool,
    /// What the modules say, which is taken away before anything else is said.
    progress: Progress,
}

/// What errors of writing results call the place.
const OUTPUT: &str = "standard output";

/// Gives the text of a file by its path from the repository's top, where it can be had.
pub(super) type Lines<'l> = &'l dyn Fn(&str) -> Option<String>;

impl Terminal {
    pub(super) fn new(common: &Common) -> Terminal {
        let colour = common.color;
        let format = common.format;
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "false");
        // No bar where nobody looks on, or silence was asked for.
        let watched = !common.quiet && format != Format::Json && !set("CI") && std::io::stderr().is_terminal();
        let progress =
            Progress::new(move || if watched { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() });
        Terminal { format, colour, quiet: common.quiet, verbose: common.verbose, progress }
    }

    pub(super) fn json(&self) -> bool {
        self.format == Format::Json
    }

    pub(super) fn verbose(&self) -> bool {
        self.verbose
    }

    /// Whether what goes to `stream` has colours.
    fn coloured(&self, stream: &impl IsTerminal) -> bool {
        match self.colour {
            Colour::Always => true,
            Colour::Never => false,
            // <https://no-color.org>
            Colour::Auto => stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|it| it.is_empty()),
        }
    }

    /// How often the modules have done this work.
    pub(super) fn count(&self, work: Work) -> u64 {
        self.progress.of(work)
    }

    /// Where speech goes, with no bar in the way.
    fn speech(&self) -> std::io::StderrLock<'static> {
        self.progress.clear();
        std::io::stderr().lock()
    }

    /// Where results go, with no bar in the way.
    fn results(&self) -> std::io::StdoutLock<'static> {
        self.progress.clear();
        std::io::stdout().lock()
    }

    /// Says something to the person at the terminal.
    pub(super) fn say(&self, text: &str) {
        if !self.quiet {
            let _ = writeln!(self.speech(), "{text}");
        }
    }

    /// Asks the person at the terminal, yes being what is taken for granted; no when nobody is there to answer.
    pub(super) fn ask(&self, question: &str) -> bool {
        if self.json() || !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
            return false;
        }
        let _ = write!(std::io::stderr().lock(), "{question} [Y/n] ");
        let mut answer = String::new();
        let read = std::io::stdin().lock().read_line(&mut answer);
        read.is_ok_and(|bytes| bytes > 0) && !answer.trim().to_lowercase().starts_with('n')
    }

    /// Gives the result of a verb as one line, in which nothing stands that a terminal would obey.
    pub(super) fn line(&self, text: &str) -> Result<()> {
        writeln!(std::io::stdout().lock(), "{}", visible(text)).map_err(Error::io(OUTPUT))
    }

    /// Gives the result of a verb as one line of JSON, in which nothing stands that a terminal would obey.
    pub(super) fn result(&self, object: &serde_json::Value) -> Result<()> {
        // Outside of its texts JSON has no such characters, and inside each may be written so (RFC 8259, section 7).
        let mut text = String::new();
        for c in object.to_string().chars() {
            if hostile(c) {
                text.push_str(&format!("\\u{:04x}", u32::from(c)));
            } else {
                text.push(c);
            }
        }
        let written = writeln!(self.results(), "{text}");
        written.map_err(Error::io(OUTPUT))
    }

    /// Gives the result of a verb as rows of a table. The last column may be of any width.
    pub(super) fn table<const N: usize>(&self, rows: &[[String; N]]) -> Result<()> {
        let rows: Vec<[String; N]> = rows.iter().map(|row| row.each_ref().map(|cell| visible(cell))).collect();
        let widths: [usize; N] =
            std::array::from_fn(|at| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0));
        let mut text = String::new();
        for row in &rows {
            let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
            text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
            text.push('\n');
        }
        self.results().write_all(text.as_bytes()).map_err(Error::io(OUTPUT))
    }

    /// Gives a text of the program's own as the result of a verb.
    pub(super) fn bytes(&self, text: &[u8]) -> Result<()> {
        self.results().write_all(text).map_err(Error::io(OUTPUT))
    }

    /// Gives the result of a verb as lines, in which nothing stands that a terminal would obey.
    pub(super) fn lines(&self, text: &str) -> Result<()> {
        let text: Vec<String> = text.lines().map(visible).collect();
        writeln!(self.results(), "{}", text.join("\n")).map_err(Error::io(OUTPUT))
    }

    /// Says what went wrong in the world. That nobody reads the results any more, as behind `| head`, is nothing wrong.
    pub(super) fn error(&self, error: &Error) {
        let closed = std::io::ErrorKind::BrokenPipe;
        if matches!(error, Error::Io { path, source } if path.as_os_str() == OUTPUT && source.kind() == closed) {
            return;
        }
        let hint = error.hint().map_or_else(String::new, |hint| format!("\n  = help: {}", visible(hint)));
        let (red, off) = if self.coloured(&std::io::stderr()) { ("\u{1b}[1;31m", "\u{1b}[0m") } else { ("", "") };
        let _ = writeln!(self.speech(), "{red}error{off}: {}{hint}", visible(&error.to_string()));
    }

    /// Draws the faults that are [reported]: as results when they are what was asked for, else as speech. JSON is left to the verb.
    pub(super) fn faults(&self, faults: &[&Diagnostic], lines: Lines<'_>, result: bool) -> Result<()> {
        let form = match self.format {
            Format::Full => Form::Full,
            Format::Short => Form::Short,
            Format::Github => Form::Github,
            Format::Json => return Ok(()),
        };
        let colour = if result { self.coloured(&std::io::stdout()) } else { self.coloured(&std::io::stderr()) };
        let mut out = String::new();
        for faults in reported(faults.iter().copied()).chunk_by(|a, b| a.path == b.path) {
            let text = faults.first().filter(|_| form == Form::Full).and_then(|fault| lines(&fault.path));
            let lines: Vec<&str> = text.iter().flat_map(|text| text.lines()).collect();
            for fault in faults {
                out.push_str(&draw(fault, form, lines.get(fault.at.line as usize - 1).copied(), colour));
                if form == Form::Full {
                    out.push('\n');
                }
            }
        }
        let written =
            if result { self.results().write_all(out.as_bytes()) } else { self.speech().write_all(out.as_bytes()) };
        written.map_err(Error::io(OUTPUT))
    }
}

impl Monitor for Terminal {
    fn stage(&self, name: &'static str, steps: Option<u64>) {
        self.progress.stage(name, steps);
    }

    fn advance(&self, steps: u64) {
        self.progress.advance(steps);
    }

    fn did(&self, work: Work) {
        self.progress.did(work);
    }

    fn waits(&self, holder: &str) {
        self.say(&format!("waiting for another boards process ({holder})"));
    }

    fn unstored(&self, why: &Error) {
        self.say(&format!("warning: {why}\n  = help: what was found out isn't cached, so the next build takes longer"));
    }
}

/// The faults that are [reported], as JSON.
pub(super) fn json_of(faults: &[Diagnostic]) -> serde_json::Value {
    let each = reported(faults).into_iter().map(|fault| {
        json!({
            "code": fault.code,
            "severity": fault.severity.word(),
            "path": fault.path,
            "line": fault.at.line,
            "column": fault.at.column,
            "message": fault.message,
            "hint": fault.hint,
        })
    });
    each.collect()
}

/// How many errors, warnings and hints there are.
pub(super) fn weigh(faults: &[Diagnostic]) -> [usize; 3] {
    let count = |severity| faults.iter().filter(|fault| fault.severity == severity).count();
    [count(Severity::Error), count(Severity::Warning), count(Severity::Hint)]
}

/// A number and the word for what is counted.
pub(super) fn counted(number: usize, word: &str) -> String {
    match (number, word) {
        (1, _) => format!("1 {word}"),
        _ => format!("{number} {word}s"),
    }
}
