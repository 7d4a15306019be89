//! `boards check`: every fault of the forum and the theme; or what would become of a proposal, and why.

use jiff::Timestamp;
use serde_json::json;

use super::build::Site;
use super::terminal::{Terminal, counted, json_of, weigh};
use super::{Common, Done, Exit};
use crate::Error;
use crate::build::{CacheAt, load, texts};
use crate::cache::Cache;
use crate::diagnostic::Diagnostic;
use crate::git::Repository;
use crate::proposal::{self, Account, Judgement, Proposal, Tip, Verdict};

/// Find everything that is wrong with the forum and its theme, or with a proposal
///
/// Ends with 1 when there are errors or warnings, with 0 when there are none or only hints.
///
/// With --base and --head: says what `boards merge` would do with the proposal, and why. Ends with 0 when it would
/// merge, with 1 when it waits for a maintainer or is refused. Nothing is changed.
///
/// Example: boards check --format short
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Check {
    #[command(flatten)]
    site: Site,
    /// Judge a proposal: the commit or branch that it would be merged into
    #[arg(long, value_name = "REV", requires = "head", conflicts_with_all = ["rev", "base_url", "theme"])]
    base: Option<String>,
    /// The proposal's last commit, or its branch
    #[arg(long, value_name = "REV", requires = "base")]
    head: Option<String>,
    /// Who proposes it, as in github:583231; when left out, the commits' signatures tell
    #[arg(long = "as", value_name = "ACCOUNT", requires = "base")]
    account: Option<Account>,
    /// Judge it as if it were merged at this time, such as 2026-11-22T10:15:00Z; now when left out
    #[arg(long, value_name = "TIME", requires = "base")]
    at: Option<Timestamp>,
}

impl Check {
    pub(super) fn run(self, common: &Common, terminal: &Terminal) -> Done {
        if let (Some(base), Some(head)) = (&self.base, &self.head) {
            return self.judge(base, head, common, terminal);
        }
        let order = self.site.order(common);
        let load = |cache: &Cache| load(&order, cache, terminal);
        let loaded = order.cache.with(&order.repository, "check", terminal, load)?;
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

    fn judge(&self, base: &str, head: &str, common: &Common, terminal: &Terminal) -> Done {
        let place = &common.repository;
        let repository = Repository::find(place)?.ok_or_else(|| {
            Error::other(format!("{}: there is no git repository here", place.display()), "run boards in one")
        })?;
        let (base, commit) = (repository.revision(base)?, repository.revision(head)?);
        let now = self.at.unwrap_or_else(Timestamp::now).as_second();
        let load = |cache: &Cache| Tip::load(place, common.content.trim_matches('/'), base, cache, now, terminal);
        let tip = CacheAt::Repository.with(place, "check", terminal, load)?;
        let proposal = Proposal { name: head.to_owned(), number: None, head: commit };
        let judgement = tip.judge(&repository, &proposal, self.account, false)?;
        let Judgement { verdict, reasons, by, good } = &judgement;
        if terminal.json() {
            let (subject, renamed) = match verdict {
                Verdict::Merges(candidate) => (Some(candidate.subject.as_str()), &candidate.renamed[..]),
                _ => (None, &[][..]),
            };
            let renamed = renamed.iter().map(|(from, to)| json!({ "from": from, "to": to }));
            terminal.result(&json!({
                "verdict": word(verdict),
                "head": commit.to_string(),
                "by": by,
                "subject": subject,
                "renamed": renamed.collect::<Vec<_>>(),
                "good": good,
                "diagnostics": json_of(reasons),
            }))?;
        } else {
            let texts = proposal::texts(&repository, commit, reasons)?;
            let all: Vec<&Diagnostic> = reasons.iter().collect();
            terminal.faults(&all, &|path| texts.get(path).cloned(), true)?;
            terminal.say(&summary(&judgement));
        }
        Ok(if matches!(verdict, Verdict::Merges(_) | Verdict::Merged) { Exit::Fine } else { Exit::Report })
    }
}

fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Merges(_) => "merges",
        Verdict::Waits => "waits",
        Verdict::Refused => "refused",
        Verdict::Merged => "already-merged",
    }
}

/// What would become of the proposal, in a sentence.
fn summary(judgement: &Judgement) -> String {
    let [errors, warnings, _] = weigh(&judgement.reasons);
    let by = judgement.by.as_ref().map_or_else(String::new, |by| format!(", by {by}"));
    match &judgement.verdict {
        Verdict::Merges(candidate) => {
            let renamed: Vec<String> =
                candidate.renamed.iter().map(|(from, to)| format!("\n  {from} becomes {to}")).collect();
            format!("merges by itself: {}{by}{}", candidate.subject, renamed.concat())
        }
        Verdict::Merged => String::from("already merged"),
        Verdict::Waits => format!("waits for a maintainer{by}: {}", counted(warnings, "reason")),
        Verdict::Refused => {
            let good: Vec<String> =
                judgement.good.iter().map(|path| format!("\n  nothing is wrong with {path}")).collect();
            format!("refused{by}: {}{}", counted(errors, "error"), good.concat())
        }
    }
}
