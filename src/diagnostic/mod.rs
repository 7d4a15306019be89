//! What is wrong with a forum, and where → plain data. Finding faults is the work of `content` and `rules`; drawing
//! them in a terminal, a log or JSON that of [`draw`].

mod cap;
mod draw;

/// The largest file of which a line is shown with its fault, in bytes.
pub const LARGEST_SHOWN_BYTES: u64 = 1 << 20;

pub use cap::{MORE_FAULTS, MOST_FAULTS, reported};
pub use draw::{Form, draw, hostile, visible};
use serde::{Deserialize, Serialize};

/// How much a fault weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The forum can't be shown rightly: nothing is built.
    Error,
    /// It can be shown, but something is wrong.
    Warning,
    /// It could be better.
    Hint,
}

impl Severity {
    /// `error`, `warning` or `hint`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Hint => "hint",
        }
    }
}

/// One thing that can be wrong: a stable name and how much it weighs. Listed, with its meaning, in `docs/format.md`.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// The stable name, `kebab-case`.
    pub name: &'static str,
    /// How much a breach weighs.
    pub severity: Severity,
}

/// A place in a text: line and column, both counted from 1; columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Spot {
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

impl Spot {
    /// The first character of a file: where a fault of the whole file is shown.
    pub const START: Spot = Spot { line: 1, column: 1 };
}

/// One fault of the content: which rule, where, what is, what to do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Diagnostic {
    /// The path of the file or folder from the repository's top, `/` between its parts.
    pub path: String,
    /// Where in the file.
    pub at: Spot,
    /// The rule's name.
    pub code: String,
    /// How much it weighs.
    pub severity: Severity,
    /// What is.
    pub message: String,
    /// What to do; empty where the message says all.
    pub hint: String,
}

impl Rule {
    /// A breach of this rule at `path`, at `at`.
    #[must_use]
    pub fn at(
        &self,
        path: impl Into<String>,
        at: Spot,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic {
            path: path.into(),
            at,
            code: self.name.to_owned(),
            severity: self.severity,
            message: message.into(),
            hint: hint.into(),
        }
    }
}
