//! `boards build`: the site, from the working copy or from any commit.

use std::num::NonZero;
use std::path::PathBuf;
use std::time::Instant;

use serde_json::json;

use super::terminal::{Terminal, counted, json_of, weigh};
use super::{Common, Done, Exit};
use crate::build::{CacheAt, Order, Report, build, texts};
use crate::config::BaseUrl;
use crate::diagnostic::{Diagnostic, Severity};
use crate::git::Source;
use crate::monitor::Work;
use crate::site::Ways;

/// How many faults a build shows; `boards check` shows all.
const MOST_LINES: usize = 10;

/// Make the site
///
/// Reads the working copy (tracked and untracked files, not ignored ones) or any commit, and writes what changed.
///
/// Example: boards build --out public
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Build {
    #[command(flatten)]
    pub site: Site,
    /// The folder for the site; `output` in the repository when left out
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Remember what was built in this folder instead of the repository's git folder
    #[arg(long, value_name = "DIR", conflicts_with = "no_cache")]
    cache: Option<PathBuf>,
    /// Remember nothing
    #[arg(long)]
    no_cache: bool,
    /// Build beside the output folder and exchange the two in one step
    #[arg(long)]
    swap: bool,
    /// Build into a folder that boards didn't make
    #[arg(long)]
    force: bool,
    /// How many threads work at once; as many as the machine has when left out
    #[arg(long, value_name = "N")]
    jobs: Option<NonZero<usize>>,
}

/// What a site is made from.
#[derive(Debug, clap::Args)]
pub(super) struct Site {
    /// A commit, branch or tag instead of the working copy
    #[arg(long, value_name = "REV")]
    rev: Option<String>,
    /// The address the site will stand at, instead of forum.yml's
    #[arg(long, value_name = "URL", value_parser = base)]
    base_url: Option<BaseUrl>,
    /// The theme, instead of forum.yml's
    #[arg(long, value_name = "NAME")]
    theme: Option<String>,
}

fn base(text: &str) -> Result<BaseUrl, String> {
    BaseUrl::parse(text).ok_or_else(|| String::from("an address like https://tea.example.org/forum/ is needed"))
}

impl Site {
    /// Of a revision, or of the working copy, with the forum's own settings.
    pub(super) fn of(rev: Option<String>) -> Site {
        Site { rev, base_url: None, theme: None }
    }

    /// The order to build it, into the usual place.
    pub(super) fn order(&self, common: &Common) -> Order {
        Order {
            source: self.rev.clone().map_or(Source::WorkingCopy, Source::Revision),
            base: self.base_url.clone(),
            theme: self.theme.clone(),
            ..order(common)
        }
    }
}

/// The order to build the working copy as it says, into the usual place.
pub(super) fn order(common: &Common) -> Order {
    Order {
        repository: common.repository.clone(),
        content: common.content.trim_matches('/').to_owned(),
        source: Source::WorkingCopy,
        out: common.repository.join("output"),
        base: None,
        theme: None,
        cache: CacheAt::Repository,
        swap: false,
        force: false,
    }
}

/// What a build did, as JSON.
pub(super) fn object(report: &Report, seconds: f64) -> serde_json::Value {
    let pages =
        report.pages.map(|it| json!({ "written": it.written, "unchanged": it.unchanged, "removed": it.removed }));
    let counts = report.counts;
    json!({
        "boards": counts.boards,
        "topics": counts.topics,
        "posts": counts.posts,
        "members": counts.members,
        "pages": pages,
        "moved": report.moved,
        "seconds": seconds,
        "diagnostics": json_of(&report.diagnostics),
    })
}

/// What earlier builds saved this one.
fn reused(report: &Report, terminal: &Terminal) -> String {
    let of = |all: usize, made: Work, word: &str| {
        let kept = (all as u64).saturating_sub(terminal.count(made));
        format!("{kept} of {}", counted(all, word))
    };
    let files = report.pages.map_or(0, |pages| pages.written + pages.unchanged);
    format!(
        "reused {}, the HTML of {}, {}; read {}",
        of(report.counts.topics, Work::TopicRead, "topic"),
        of(report.counts.posts, Work::BodyRendered, "post"),
        of(files, Work::FileWritten, "file"),
        counted(terminal.count(Work::CommitRead) as usize, "commit"),
    )
}

impl Build {
    pub(super) fn run(self, common: &Common, terminal: &Terminal) -> Done {
        let began = Instant::now();
        if let Some(jobs) = self.jobs {
            // It fails only when the threads are at work already, and nothing has begun yet.
            let _ = rayon::ThreadPoolBuilder::new().num_threads(jobs.get()).build_global();
        }
        let order = self.site.order(common);
        let cache = match self.cache {
            Some(folder) => CacheAt::Folder(folder),
            None if self.no_cache => CacheAt::Nowhere,
            None => CacheAt::Repository,
        };
        let out = self.out.unwrap_or(order.out);
        let order = Order { out, cache, swap: self.swap, force: self.force, ..order };
        let (report, _) = build(&order, None, terminal)?;
        let seconds = began.elapsed().as_secs_f64();

        let exit = if report.pages.is_some() { Exit::Fine } else { Exit::Report };
        if terminal.json() {
            terminal.result(&object(&report, seconds))?;
            return Ok(exit);
        }

        let least = if report.pages.is_none() { Severity::Error } else { Severity::Warning };
        let heavy: Vec<&Diagnostic> = report.diagnostics.iter().filter(|fault| fault.severity <= least).collect();
        let shown = if terminal.verbose() { heavy.len() } else { MOST_LINES.min(heavy.len()) };
        terminal.faults(&heavy[..shown], &texts(&order), false)?;
        let [errors, warnings, hints] = weigh(&report.diagnostics);
        if let Some(pages) = report.pages {
            let counts = report.counts;
            terminal.say(&format!(
                "{} in {} and {}: {} written, {} unchanged, {} removed in {seconds:.2} s → {}",
                counted(counts.posts, "post"),
                counted(counts.topics, "topic"),
                counted(counts.boards, "board"),
                pages.written,
                pages.unchanged,
                pages.removed,
                order.out.display(),
            ));
            let moved = &report.moved;
            if *moved != Ways::default() {
                terminal.say(&format!(
                    "old addresses: {} by pages of their own, {} by rules for the host, {} by the script",
                    moved.pages, moved.rules, moved.script,
                ));
            }
            if terminal.verbose() {
                terminal.say(&reused(&report, terminal));
            }
            if warnings + hints > 0 {
                let (warnings, hints) = (counted(warnings, "warning"), counted(hints, "hint"));
                terminal.say(&format!("{warnings} and {hints}; `boards check` shows them all"));
            }
        } else {
            let more =
                if shown < heavy.len() { ", of which the first are shown; `boards check` shows all" } else { "" };
            terminal.say(&format!("nothing was built: {}{more}", counted(errors, "error")));
        }
        Ok(exit)
    }
}
