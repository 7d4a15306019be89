//! `boards doctor`: what will hurt sooner or later, and what to do about it.

use std::path::PathBuf;

use serde_json::json;

use super::build::Site;
use super::terminal::{Terminal, counted};
use super::{Common, Done, Exit};
use crate::build::load;
use crate::diagnostic::Severity;
use crate::health::{Finding, examine};

/// Find what will hurt sooner or later
///
/// Looks at the repository, the folders, the links and the last output, and tells of each finding what to do about it.
/// Ends with 1 when there is more than hints.
///
/// Example: boards doctor --format json
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Doctor {
    #[command(flatten)]
    site: Site,
    /// The folder of the last output; `output` in the repository when left out
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// How many places of a finding are shown; JSON has all.
const MOST_LINES: usize = 10;

impl Doctor {
    pub(super) fn run(self, common: &Common, terminal: &Terminal) -> Done {
        let order = self.site.order(common);
        let out = self.out.as_deref().unwrap_or(&order.out);
        let findings = order
            .cache
            .with(&order.repository, "doctor", terminal, |cache| examine(&load(&order, cache, terminal)?, out))?;
        let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
        if terminal.json() {
            let each = findings.iter().map(|finding| {
                json!({
                    "code": finding.code,
                    "severity": finding.severity.word(),
                    "message": finding.message,
                    "fix": finding.fix,
                    "places": finding.places,
                })
            });
            terminal.result(&json!({ "findings": each.collect::<Vec<_>>() }))?;
        } else {
            let shown = if terminal.verbose() { usize::MAX } else { MOST_LINES };
            for finding in &findings {
                terminal.lines(&text(finding, shown))?;
            }
            let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
            let hints = counted(count(Severity::Hint), "hint");
            terminal.say(&format!("{}, {}, {hints}", counted(errors, "error"), counted(warnings, "warning")));
        }
        Ok(if count(Severity::Error) + count(Severity::Warning) > 0 { Exit::Report } else { Exit::Fine })
    }
}

fn text(finding: &Finding, shown: usize) -> String {
    let mut text = format!("{}[{}]: {}\n", finding.severity.word(), finding.code, finding.message);
    for place in finding.places.iter().take(shown) {
        text.push_str(&format!(" --> {}\n", place.replace('\n', " ")));
    }
    if let Some(more) = finding.places.len().checked_sub(shown).filter(|more| *more > 0) {
        text.push_str(&format!(" and {more} more: `-v` shows all\n"));
    }
    text.push_str(&format!("  = help: {}", finding.fix));
    text
}
