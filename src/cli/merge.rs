//! `boards merge`: proposals judged, and those that may be merged into a branch.

use git2::Oid;
use jiff::Timestamp;
use serde_json::json;

use super::terminal::{Terminal, json_of};
use super::{Common, Done, Exit};
use crate::Error;
use crate::build::CacheAt;
use crate::diagnostic::{Diagnostic, Severity};
use crate::git::write;
use crate::proposal::{Account, Fate, MergeReport, Order, Outcome, Selection, merge};

/// Judge proposals and merge those that may be
///
/// A proposal is a forge's number (12), a branch, a commit, a bundle's file (reply.bundle) or a mail's (0001-tea.patch).
/// Ends with 0 when all are merged, with 1 when one waits for a maintainer or is refused.
///
/// Example: boards merge 12 --as github:583231 --push
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Merge {
    /// What is to be merged, in this order
    #[arg(value_name = "PROPOSAL", required_unless_present = "all", conflicts_with = "all")]
    proposals: Vec<String>,
    /// Every proposal that the remote has and the branch hasn't
    #[arg(long)]
    all: bool,
    /// The branch; the one that is checked out when left out
    #[arg(long, value_name = "BRANCH", value_parser = branch)]
    into: Option<String>,
    /// Who proposes it, as in github:583231: only a caller that the forge told so may say it
    #[arg(long = "as", value_name = "ACCOUNT", conflicts_with = "all")]
    account: Option<Account>,
    /// Refuse the proposal unless this is its last commit
    #[arg(long, value_name = "SHA", conflicts_with = "all", value_parser = commit)]
    expect: Option<Oid>,
    /// Let through what waits for a maintainer
    #[arg(long, conflicts_with = "all")]
    approve: bool,
    /// Judge, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Where numbers are fetched from, and where is pushed to
    #[arg(long, value_name = "REMOTE", default_value = "origin")]
    remote: String,
    /// Push the branch to the remote; begin anew when somebody else has pushed meanwhile
    #[arg(long)]
    push: bool,
}

fn commit(text: &str) -> Result<Oid, String> {
    let whole = text.len() == 40;
    Oid::from_str(text)
        .ok()
        .filter(|_| whole)
        .ok_or_else(|| String::from("all 40 digits of the commit's id are needed"))
}

fn branch(text: &str) -> Result<String, String> {
    write::branch(text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}

impl Merge {
    pub(super) fn run(self, common: &Common, terminal: &Terminal) -> Done {
        if self.proposals.len() > 1 && (self.account.is_some() || self.expect.is_some()) {
            let hint = "merge the others in runs of their own";
            terminal.error(&Error::other("--as and --expect tell of one proposal, and here are several", hint));
            return Ok(Exit::Usage);
        }
        let order = Order {
            repository: common.repository.clone(),
            content: common.content.trim_matches('/').to_owned(),
            into: self.into,
            wanted: if self.all { Selection::All } else { Selection::Named(self.proposals) },
            account: self.account,
            expect: self.expect,
            approve: self.approve,
            dry_run: self.dry_run,
            remote: self.remote,
            push: self.push,
            now: Timestamp::now().as_second(),
            cache: CacheAt::Repository,
        };
        let report = merge(&order, terminal)?;
        if terminal.json() {
            terminal.result(&json_report(&report, order.dry_run))?;
        } else {
            for outcome in &report.outcomes {
                let reasons: Vec<&Diagnostic> = outcome.reasons.iter().collect();
                terminal.faults(&reasons, &|path| outcome.texts.get(path).cloned(), true)?;
            }
            let rows: Vec<[String; 4]> = report.outcomes.iter().map(|it| row(it, order.dry_run)).collect();
            terminal.table(&rows)?;
            terminal.say(&summary(&report, &order));
        }
        let done = |it: &Outcome| matches!(it.fate, Fate::Landed { .. } | Fate::Merged);
        Ok(if report.outcomes.iter().all(done) { Exit::Fine } else { Exit::Report })
    }
}

/// Which one, what became of it, whose it is, and what it is about or why it didn't land.
fn row(outcome: &Outcome, dry_run: bool) -> [String; 4] {
    let about = match &outcome.fate {
        Fate::Landed { subject, .. } => subject.clone(),
        Fate::Merged => String::new(),
        Fate::Waits | Fate::Refused => {
            let more = outcome.reasons.len().saturating_sub(1);
            // Of what refuses and what waits, the former has decided.
            let heaviest = outcome.reasons.iter().find(|it| it.severity == Severity::Error);
            let first = heaviest.or(outcome.reasons.first()).map_or_else(String::new, |it| it.message.clone());
            if more > 0 { format!("{first} (and {more} more)") } else { first }
        }
    };
    let by = outcome.by.clone().unwrap_or_else(|| String::from("-"));
    [outcome.name.clone(), word(&outcome.fate, dry_run).to_owned(), by, about]
}

fn word(fate: &Fate, dry_run: bool) -> &'static str {
    match fate {
        Fate::Landed { .. } if dry_run => "would merge",
        Fate::Landed { .. } => "merged",
        Fate::Merged => "already merged",
        Fate::Waits => "waits",
        Fate::Refused => "refused",
    }
}

/// What happened, in one sentence.
fn summary(report: &MergeReport, order: &Order) -> String {
    let mut parts = Vec::new();
    for fate in ["merged", "would merge", "already merged", "waits", "refused"] {
        match report.outcomes.iter().filter(|it| word(&it.fate, order.dry_run) == fate).count() {
            0 => {}
            1 => parts.push(format!("1 {fate}")),
            count if fate == "waits" => parts.push(format!("{count} wait")),
            count => parts.push(format!("{count} {fate}")),
        }
    }
    if parts.is_empty() {
        parts.push(String::from("no proposals"));
    }
    let short: String = report.after.to_string().chars().take(10).collect();
    let place = match (order.dry_run, report.pushed) {
        (true, _) => String::from("nothing was changed"),
        (false, true) => format!("{} is at {short}, here and at {}", report.branch, order.remote),
        (false, false) => format!("{} is at {short}", report.branch),
    };
    format!("{}; {place}", parts.join(", "))
}

fn json_report(report: &MergeReport, dry_run: bool) -> serde_json::Value {
    let text = |id: Option<Oid>| id.map(|id| id.to_string());
    let each = report.outcomes.iter().map(|it| {
        let (fate, commit, subject, renamed) = match &it.fate {
            Fate::Landed { commit, subject, renamed } => ("merged", Some(*commit), Some(subject), &renamed[..]),
            Fate::Merged => ("already-merged", None, None, &[][..]),
            Fate::Waits => ("waits", None, None, &[][..]),
            Fate::Refused => ("refused", None, None, &[][..]),
        };
        let renamed = renamed.iter().map(|(from, to)| json!({ "from": from, "to": to }));
        json!({
            "name": it.name,
            "number": it.number,
            "head": text(it.head),
            "fate": fate,
            "commit": text(commit),
            "subject": subject,
            "by": it.by,
            "renamed": renamed.collect::<Vec<_>>(),
            "good": it.good,
            "diagnostics": json_of(&it.reasons),
        })
    });
    json!({
        "branch": report.branch,
        "before": text(report.before),
        "after": text(Some(report.after)),
        "pushed": report.pushed,
        "dry_run": dry_run,
        "proposals": each.collect::<Vec<_>>(),
    })
}
