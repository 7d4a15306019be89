//! `boards check`: every fault of the forum and the theme.

use serde_json::json;

use super::build::Site;
use super::terminal::{Terminal, counted, json_of, weigh};
use super::{Common, Done, Exit};
use crate::build::{load, texts};
use crate::diagnostic::Diagnostic;

/// Find everything that is wrong with the forum and its theme
///
/// Ends with 1 when there are errors or warnings, with 0 when there are none or only hints.
///
/// Example: boards check --format short
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Check {
    #[command(flatten)]
    site: Site,
}

impl Check {
    pub(super) fn run(self, common: &Common, terminal: &Terminal) -> Done {
        let order = self.site.order(common);
        let cache = order.cache.open(&order.repository, "check", terminal)?;
        let loaded = load(&order, &cache, terminal)?;
        let [errors, warnings, hints] = weigh(&loaded.diagnostics);
        if terminal.json() {
            let object = json!({
                "errors": errors,
                "warnings": warnings,
                "hints": hints,
                "diagnostics": json_of(&loaded.diagnostics),
            });
            terminal.result(&object)?;
        } else {
            let all: Vec<&Diagnostic> = loaded.diagnostics.iter().collect();
            terminal.faults(&all, &texts(&order), true)?;
            let (errors, warnings) = (counted(errors, "error"), counted(warnings, "warning"));
            terminal.say(&format!("{errors}, {warnings}, {}", counted(hints, "hint")));
        }
        Ok(if errors + warnings > 0 { Exit::Report } else { Exit::Fine })
    }
}
