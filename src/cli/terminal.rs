//! The only code that prints. Results go to stdout, speech to stderr; text from content is escaped on its way.

use std::io::{IsTerminal, Write};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::json;

use super::{Colour, Common, Format};
use crate::diagnostic::{Diagnostic, Form, Severity, draw, hostile, visible};
use crate::monitor::Monitor;
use crate::{Error, Result};

/// Where and how the program speaks.
#[derive(Debug)]
pub(super) struct Terminal {
    format: Format,
    colour: bool,
    quiet: bool,
    verbose: bool,
}

/// Gives the text of a file by its path from the repository's top, where it can be had.
pub(super) type Lines<'l> = &'l dyn Fn(&str) -> Option<String>;

impl Terminal {
    pub(super) fn new(common: &Common) -> Terminal {
        let colour = match common.color {
            Colour::Always => true,
            Colour::Never => false,
            // <https://no-color.org>
            Colour::Auto => {
                std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|it| it.is_empty())
            }
        };
        Terminal { format: common.format, colour, quiet: common.quiet, verbose: common.verbose }
    }

    pub(super) fn json(&self) -> bool {
        self.format == Format::Json
    }

    pub(super) fn verbose(&self) -> bool {
        self.verbose
    }

    /// Says something to the person at the terminal.
    pub(super) fn say(&self, text: &str) {
        if !self.quiet {
            let _ = writeln!(std::io::stderr().lock(), "{text}");
        }
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
        let written = writeln!(std::io::stdout().lock(), "{text}");
        written.map_err(Error::io("standard output"))
    }

    /// Gives the result of a verb as lines for people.
    pub(super) fn tell(&self, text: &str) -> Result<()> {
        let lines: String = text.lines().map(|line| format!("{}\n", visible(line))).collect();
        std::io::stdout().lock().write_all(lines.as_bytes()).map_err(Error::io("standard output"))
    }

    /// Says what went wrong in the world.
    pub(super) fn error(&self, error: &Error) {
        let hint = error.hint().map_or_else(String::new, |hint| format!("\n  = help: {}", visible(hint)));
        let (red, off) = if self.colour { ("\u{1b}[1;31m", "\u{1b}[0m") } else { ("", "") };
        let _ = writeln!(std::io::stderr().lock(), "{red}error{off}: {}{hint}", visible(&error.to_string()));
    }

    /// Draws faults: as results when they are what was asked for, else as speech. JSON is left to the verb.
    pub(super) fn faults(&self, faults: &[&Diagnostic], lines: Lines<'_>, result: bool) -> Result<()> {
        let form = match self.format {
            Format::Full => Form::Full,
            Format::Short => Form::Short,
            Format::Github => Form::Github,
            Format::Json => return Ok(()),
        };
        let mut last: Option<(&str, Option<String>)> = None;
        let mut out = String::new();
        for fault in faults {
            if form == Form::Full && last.as_ref().is_none_or(|(path, _)| *path != fault.path) {
                last = Some((&fault.path, lines(&fault.path)));
            }
            let text = last.as_ref().and_then(|(_, text)| text.as_deref());
            let line = text.and_then(|text| text.lines().nth(fault.at.line as usize - 1));
            out.push_str(&draw(fault, form, line, self.colour));
            if form == Form::Full {
                out.push('\n');
            }
        }
        let written = if result {
            std::io::stdout().lock().write_all(out.as_bytes())
        } else {
            std::io::stderr().lock().write_all(out.as_bytes())
        };
        written.map_err(Error::io("standard output"))
    }
}

/// Shows how far a long piece of work is, on a terminal alone: one line that is written over.
#[derive(Debug)]
pub(super) struct Progress {
    shown: bool,
    stage: Mutex<Stage>,
}

#[derive(Debug)]
struct Stage {
    name: &'static str,
    steps: Option<u64>,
    done: u64,
    began: Instant,
    said: Instant,
}

impl Progress {
    pub(super) fn new(terminal: &Terminal) -> Progress {
        let now = Instant::now();
        let stage = Mutex::new(Stage { name: "", steps: None, done: 0, began: now, said: now });
        Progress { shown: !terminal.quiet && !terminal.json() && std::io::stderr().is_terminal(), stage }
    }
}

impl Monitor for Progress {
    fn stage(&self, name: &'static str, steps: Option<u64>) {
        let now = Instant::now();
        *self.stage.lock().unwrap_or_else(PoisonError::into_inner) =
            Stage { name, steps, done: 0, began: now, said: now };
    }

    fn advance(&self, steps: u64) {
        let mut stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        stage.done += steps;
        if !self.shown || stage.said.elapsed() < Duration::from_millis(200) {
            return;
        }
        stage.said = Instant::now();
        let seconds = stage.began.elapsed().as_secs_f64();
        let rate = stage.done as f64 / seconds.max(0.001);
        let rest = stage.steps.map_or_else(String::new, |all| {
            let left = all.saturating_sub(stage.done) as f64 / rate.max(0.001);
            format!(" of {all}, {left:.0} s left")
        });
        let _ = write!(std::io::stderr().lock(), "\r\u{1b}[K{}: {}{rest}, {rate:.0}/s", stage.name, stage.done);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown {
            let _ = write!(std::io::stderr().lock(), "\r\u{1b}[K");
        }
    }
}

/// Faults as JSON.
pub(super) fn json_of(faults: &[Diagnostic]) -> serde_json::Value {
    let each = faults.iter().map(|fault| {
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
