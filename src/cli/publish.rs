//! `boards publish`: the site that stands in the output folder, to a branch or into another folder.

use std::num::NonZero;
use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::json;

use super::terminal::{Terminal, counted};
use super::{Common, Done, Exit};
use crate::build::CacheAt;
use crate::content::settings_at;
use crate::git::Repository;
use crate::host::{Branch, Breach, Changes, HOSTS, Host, Site, Target, Wish, guess, named};
use crate::{Error, Result};

/// Bring the site to where readers find it
///
/// TARGET is `branch:NAME`, a branch of the forum's repository that holds nothing but the site, or a folder. Only what
/// changed is written, and only what boards put there is removed. Build the site first.
///
/// Example: boards publish branch:gh-pages --push
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Publish {
    /// `branch:NAME`, or a folder
    #[arg(value_parser = place)]
    target: Destination,
    /// The folder of the site; `output` in the repository when left out
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Push the branch to its remote
    #[arg(long)]
    push: bool,
    /// The remote to push to
    #[arg(long, value_name = "NAME", default_value = "origin")]
    remote: String,
    /// How many commits the branch keeps, the new one included; all when left out
    #[arg(long, value_name = "N")]
    keep: Option<NonZero<usize>>,
    /// The host whose limits count, or `none`; told by forum.yml when left out
    #[arg(long, value_name = "HOST", value_parser = host)]
    host: Option<Limits>,
    /// Publish to a branch or folder with files that boards didn't put there
    #[arg(long)]
    force: bool,
    /// List what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
}

/// Where a site is published.
#[derive(Debug, Clone)]
enum Destination {
    Branch(String),
    Folder(PathBuf),
}

/// Whose limits count.
#[derive(Debug, Clone, Copy)]
enum Limits {
    Of(&'static Host),
    Nobody,
}

fn place(text: &str) -> Result<Destination, String> {
    match text.split_once(':') {
        Some(("branch", "")) | None if text.is_empty() || text == "branch:" => Err(String::from("a name is needed")),
        Some(("branch", name)) => Ok(Destination::Branch(name.to_owned())),
        Some((scheme, rest)) if rest.starts_with("//") => {
            Err(format!("boards can't publish to `{scheme}:`: it takes `branch:NAME` or a folder"))
        }
        // A letter alone is a drive.
        Some((word, rest)) if word.len() > 1 && !word.contains(['/', '\\']) => {
            Err(format!("is `branch:{rest}` meant? A folder of that name is written `./{text}`"))
        }
        _ => Ok(Destination::Folder(PathBuf::from(text))),
    }
}

fn host(text: &str) -> Result<Limits, String> {
    let names = || HOSTS.each_ref().map(|host| host.name).join(", ");
    match text {
        "none" => Ok(Limits::Nobody),
        _ => named(text).map(Limits::Of).ok_or_else(|| format!("the hosts are {}, and none", names())),
    }
}

/// What a run did or would do.
struct Ran {
    changes: Changes,
    commit: Option<String>,
    pushed: bool,
}

impl Publish {
    pub(super) fn run(self, common: &Common, terminal: &Terminal) -> Done {
        if self.push && matches!(self.target, Destination::Folder(_)) {
            terminal.error(&Error::other("only a branch can be pushed", "leave --push out, or name `branch:NAME`"));
            return Ok(Exit::Usage);
        }
        let site = Site::open(&self.out.clone().unwrap_or_else(|| common.repository.join("output")))?;
        let breaches = match self.host {
            Some(Limits::Nobody) => Vec::new(),
            Some(Limits::Of(host)) => host.breaches(&site)?,
            None => expected(common).map_or(Ok(Vec::new()), |host| host.breaches(&site))?,
        };
        let refused = breaches.iter().any(|breach| breach.limit.strict) && !self.dry_run;
        let ran = if refused { None } else { Some(self.publish(common, &site, terminal)?) };
        if terminal.json() {
            terminal.result(&self.object(ran.as_ref(), &breaches))?;
        } else {
            self.tell(terminal, ran.as_ref(), &breaches)?;
        }
        let strict = breaches.iter().any(|breach| breach.limit.strict);
        Ok(if strict { Exit::Report } else { Exit::Fine })
    }

    fn publish(&self, common: &Common, site: &Site, terminal: &Terminal) -> Result<Ran> {
        match &self.target {
            Destination::Folder(dir) => {
                let target = Target { dir: dir.clone(), force: self.force };
                let changes = if self.dry_run { target.changes(site) } else { target.publish(site, terminal)? };
                Ok(Ran { changes, commit: None, pushed: false })
            }
            Destination::Branch(branch) => {
                let at = &common.repository;
                let repository = Repository::find(at)?.ok_or_else(|| {
                    Error::other(format!("{}: there is no git repository here", at.display()), "publish to a folder")
                })?;
                let push = self.push.then(|| self.remote.clone());
                let wish = Wish { branch: branch.clone(), push, keep: self.keep, force: self.force };
                let branch = Branch::look(&repository, wish)?;
                CacheAt::Repository.with(at, "publish", terminal, |cache| {
                    if self.dry_run {
                        return Ok(Ran { changes: branch.changes(site, cache)?, commit: None, pushed: false });
                    }
                    let published = branch.publish(site, cache, Timestamp::now().as_second(), terminal)?;
                    let commit = published.commit.map(|id| id.to_string());
                    Ok(Ran { changes: published.changes, commit, pushed: self.push })
                })
            }
        }
    }

    fn object(&self, ran: Option<&Ran>, breaches: &[Breach]) -> serde_json::Value {
        let breaches: Vec<serde_json::Value> = breaches
            .iter()
            .map(|breach| {
                json!({
                    "host": breach.host.name,
                    "strict": breach.limit.strict,
                    "message": breach.message(),
                    "hint": breach.fix(),
                })
            })
            .collect();
        let files = ran.map(|ran| {
            let changes = &ran.changes;
            json!({
                "added": changes.added,
                "changed": changes.changed,
                "removed": changes.removed,
                "unchanged": changes.unchanged,
            })
        });
        json!({
            "target": self.target.to_string(),
            "files": files,
            "commit": ran.and_then(|ran| ran.commit.as_ref()),
            "pushed": ran.is_some_and(|ran| ran.pushed),
            "limits": breaches,
        })
    }

    fn tell(&self, terminal: &Terminal, ran: Option<&Ran>, breaches: &[Breach]) -> Result<()> {
        for breach in breaches {
            let weight = if breach.limit.strict { "error" } else { "warning" };
            terminal.lines(&format!("{weight}[host-limit]: {}\n  = help: {}", breach.message(), breach.fix()))?;
        }
        let Some(Ran { changes, commit, pushed }) = ran else {
            terminal.say("nothing was published; `--host none` publishes all the same");
            return Ok(());
        };
        if self.dry_run {
            let each = [("+", &changes.added), ("~", &changes.changed), ("-", &changes.removed)];
            for (sign, path) in each.iter().flat_map(|(sign, paths)| paths.iter().map(move |path| (sign, path))) {
                terminal.lines(&format!("{sign} {path}"))?;
            }
        }
        let what = if changes.is_empty() { String::from("nothing changed") } else { changes.in_words() };
        let unchanged = counted(changes.unchanged, "file");
        let commit = commit.as_ref().map_or_else(String::new, |id| format!(", commit {}", &id[..10]));
        let pushed = if *pushed { format!(", pushed to {}", self.remote) } else { String::new() };
        let would = if self.dry_run { "would be: " } else { "" };
        terminal.say(&format!("{would}{what}, {unchanged} as before → {}{commit}{pushed}", self.target));
        Ok(())
    }
}

impl std::fmt::Display for Destination {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Destination::Branch(name) => write!(f, "branch:{name}"),
            Destination::Folder(dir) => write!(f, "{}", dir.display()),
        }
    }
}

/// The host that the forum's settings tell of, where its working copy is at hand.
fn expected(common: &Common) -> Option<&'static Host> {
    guess(&settings_at(&common.repository.join(&common.content)).ok()??)
}
