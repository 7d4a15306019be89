//! Proposals, and the branch that they are for → merge commits, and the branch moved to the last of them. Each is judged
//! on the tip that the one before left; all of them land in one step or none does. Whether one may land is decided by
//! [`Tip`].

use std::collections::BTreeMap;
use std::time::Duration;

use git2::Oid;

use super::order::Order;
use super::round::{Fate, Outcome, Round};
use crate::git::remote::{self, Fetched, Listing, Pushed};
use crate::git::write::{self, Person};
use crate::git::{Quarantine, Repository, Snapshot, WorkTrees};
use crate::monitor::Monitor;
use crate::{Error, Result};

/// How often a run begins anew when somebody else has moved the branch meanwhile.
const MOST_TRIES: u32 = 8;
/// How long it waits before it does, and after each time twice as long: what a killed run has left at work ends meanwhile.
const PAUSE: Duration = Duration::from_millis(100);

/// What a run did.
#[derive(Debug)]
pub struct MergeReport {
    /// The branch, without `refs/heads/`.
    pub branch: String,
    /// Where the branch was; none where it wasn't there.
    pub before: Option<Oid>,
    /// Where the branch is now; in a dry run, where it would be.
    pub after: Oid,
    /// Whether the remote's branch was moved.
    pub pushed: bool,
    /// What became of each proposal, in order.
    pub outcomes: Vec<Outcome>,
}

/// Merges proposals into a branch.
///
/// The objects of all go through a quarantine; what is approved is moved into the repository as one pack. Then, with
/// `push`, the remote's branch moves, then files and index of the work trees that have the branch checked out, then the
/// branch, from the very commit that was judged. Whoever else moves one of the branches in between makes the run begin
/// anew on what they left; it tries eight times at most.
///
/// # Errors
/// When the repository, the remote or the disk fails, the local branch and the remote's have parted, or files that
/// somebody has changed would be overwritten. Then no branch has moved, unless it says that the remote's has.
pub fn merge(order: &Order, monitor: &dyn Monitor) -> Result<MergeReport> {
    let repository = Repository::find(&order.repository)?.ok_or_else(|| {
        Error::other(format!("{}: there is no git repository here", order.repository.display()), "run boards in one")
    })?;
    if !repository.shallow_boundary()?.is_empty() {
        return Err(Error::other(
            format!("{}: this clone is shallow, and where proposals began isn't in it", order.repository.display()),
            "fetch the rest with `git fetch --unshallow`, or clone with `fetch-depth: 0`",
        ));
    }
    let branch = match &order.into {
        Some(name) => write::branch(name)?,
        None => repository.branch()?.ok_or_else(|| {
            Error::other("no branch is checked out here", "name the one to merge into: `--into main`")
        })?,
    };
    let quarantine = Quarantine::open(&repository, "merge", monitor)?;
    let run = Run {
        order,
        work_trees: WorkTrees::find(&repository, &branch)?,
        content: Snapshot::content_in(&repository, &order.repository, &order.content)?,
        committer: match Person::committer(&repository, order.now) {
            // A merge commit of a dry run needs no committer.
            Err(_) if order.dry_run => {
                Person { name: "boards".into(), email: String::new(), seconds: order.now, offset: 0 }
            }
            committer => committer?,
        },
        repository: &repository,
        quarantine: &quarantine,
        branch,
        monitor,
    };
    let mut landed = Landed::new();
    for attempt in 1..=MOST_TRIES {
        landed = match run.attempt(landed)? {
            Attempt::Done(report) => return Ok(report),
            Attempt::Overtaken(landed) => landed,
        };
        if attempt < MOST_TRIES {
            std::thread::sleep(PAUSE * 2_u32.pow(attempt - 1));
        }
    }
    let message = format!("{} was moved by others {MOST_TRIES} times while boards was at work", run.short());
    Err(Error::other(message, "run it again when it is quieter there"))
}

/// What stays the same while a run tries.
struct Run<'a> {
    order: &'a Order,
    repository: &'a Repository,
    quarantine: &'a Quarantine,
    work_trees: WorkTrees,
    /// The branch, in full.
    branch: String,
    /// The content folder from the repository's top.
    content: String,
    committer: Person,
    monitor: &'a dyn Monitor,
}

/// What has reached the remote, by the proposal's head.
type Landed = BTreeMap<Oid, Fate>;

/// How a try ended.
enum Attempt {
    /// With what it did.
    Done(MergeReport),
    /// Somebody else moved the branch meanwhile. This has reached the remote nevertheless.
    Overtaken(Landed),
}

impl Run<'_> {
    fn short(&self) -> &str {
        self.branch.strip_prefix("refs/heads/").unwrap_or(&self.branch)
    }

    /// One try, after others that brought `landed` to the remote.
    fn attempt(&self, mut landed: Landed) -> Result<Attempt> {
        let order = self.order;
        let local = self.repository.reference(&self.branch)?;
        let asked = order.push || order.wanted.needs_remote();
        let listing = if asked { Some(remote::list(self.quarantine, &order.remote, &self.branch)?) } else { None };
        let base = self.base(local, listing.as_ref())?;
        let round = Round {
            order,
            repository: self.repository,
            quarantine: self.quarantine,
            content: &self.content,
            committer: &self.committer,
            landed: &landed,
            monitor: self.monitor,
        };
        let (outcomes, tip) = round.judge(base, listing.as_ref())?;
        let report =
            |pushed| MergeReport { branch: self.short().to_owned(), before: local, after: tip, pushed, outcomes };
        if order.dry_run {
            return Ok(Attempt::Done(report(false)));
        }
        let moves = local != Some(tip);
        if moves {
            self.work_trees.check(self.quarantine.repository(), local, tip)?;
        }
        let theirs = listing.as_ref().and_then(|listing| listing.tip);
        let pushes = order.push && theirs != Some(tip);
        if pushes && !self.push(tip, theirs)? {
            return Ok(Attempt::Overtaken(landed));
        }
        let report = report(pushes || !landed.is_empty());
        if pushes {
            let all = report.outcomes.iter().filter_map(|it| Some((it.head?, it.fate.clone())));
            landed.extend(all.filter(|(_, fate)| matches!(fate, Fate::Landed { .. })));
        }
        let brought = if moves { self.bring(local, tip, &report) } else { Ok(true) };
        let brought = brought.map_err(|error| match error {
            error if !pushes => error,
            error => Error::other(
                format!("{error} (but {} has the merges already)", order.remote),
                "mend that here, then bring them with `git pull`",
            ),
        });
        if !brought? {
            return Ok(Attempt::Overtaken(landed));
        }
        if asked {
            self.remember(tip, if order.push { Some(tip) } else { theirs })?;
        }
        Ok(Attempt::Done(report))
    }

    /// The commit to judge on: the branch, or the remote's where that has gone on from it.
    fn base(&self, local: Option<Oid>, listing: Option<&Listing>) -> Result<Oid> {
        const THEIRS: &str = "refs/boards/base";
        if let Some(local) = local {
            self.quarantine.point("refs/heads/none", local)?;
        }
        let theirs = match listing.and_then(|listing| listing.tip) {
            Some(tip) if local != Some(tip) => {
                let pair = (self.branch.clone(), THEIRS.to_owned());
                let remote = &self.order.remote;
                let unfit = |why: &str| {
                    let message = format!("{remote}: git doesn't take {}: {why}", self.short());
                    Error::other(message, "`git fsck` in that repository tells more")
                };
                match remote::fetch(self.quarantine, remote, &[pair], None)? {
                    Fetched::Refused(why) => return Err(unfit(&why)),
                    Fetched::Done | Fetched::TooLarge => {}
                }
                Some(self.quarantine.commit(THEIRS)?.ok_or_else(|| unfit("it leads to no commit"))?)
            }
            tip => tip,
        };
        let follows = |later, earlier| self.quarantine.repository().follows(later, earlier);
        match (local, theirs) {
            (Some(local), Some(theirs)) if follows(local, theirs)? => Ok(local),
            (Some(local), Some(theirs)) if follows(theirs, local)? => Ok(theirs),
            (Some(_), Some(_)) => Err(Error::other(
                format!("{} here and at {} have parted", self.short(), self.order.remote),
                "bring them together first, with `git pull --rebase` for instance",
            )),
            (Some(only), None) | (None, Some(only)) => Ok(only),
            (None, None) => Err(Error::other(
                format!("there is no branch {}", self.short()),
                "name the one to merge into: `--into main`",
            )),
        }
    }

    /// Pushes the new tip. `false` when the remote's branch isn't where it was.
    fn push(&self, tip: Oid, theirs: Option<Oid>) -> Result<bool> {
        let remote = &self.order.remote;
        match remote::push(self.quarantine, remote, tip, &self.branch)? {
            Pushed::Done => Ok(true),
            Pushed::Refused(why) => {
                let now = remote::list(self.quarantine, remote, &self.branch)?.tip;
                // Two pushes at one moment: the other one holds the lock, and its move will be seen soon. Git has these words
                // for it.
                if now != theirs || ["lock", "failed to update ref"].iter().any(|words| why.contains(words)) {
                    return Ok(false);
                }
                Err(Error::other(
                    format!("{remote} doesn't take {}: {why}", self.short()),
                    "whoever merges must be allowed to push there; nothing was changed here",
                ))
            }
        }
    }

    /// Moves objects, files, index and branch. `false` when the branch isn't where it was: then nothing has moved.
    fn bring(&self, from: Option<Oid>, to: Oid, report: &MergeReport) -> Result<bool> {
        let known: Vec<Oid> = from.into_iter().collect();
        let _kept = self.quarantine.keep(to, &known)?;
        let landed = report.outcomes.iter().filter(|it| matches!(it.fate, Fate::Landed { .. })).count();
        let why = match landed {
            1 => String::from("boards merge: 1 proposal"),
            _ => format!("boards merge: {landed} proposals"),
        };
        self.work_trees.advance(self.repository, &self.branch, (from, to), &why, self.monitor)
    }

    /// Notes where the remote's branch is known to be, where git keeps such notes.
    fn remember(&self, tip: Oid, theirs: Option<Oid>) -> Result<()> {
        let name = format!("refs/remotes/{}/{}", self.order.remote, self.short());
        let Some(theirs) = theirs else { return Ok(()) };
        // What was fetched and then passed over isn't in the repository.
        if theirs != tip && !self.repository.has(theirs)? {
            return Ok(());
        }
        match self.repository.reference(&name) {
            Ok(Some(noted)) if noted != theirs => {
                write::advance(self.repository, &name, Some(noted), theirs, "boards merge").map(drop)
            }
            _ => Ok(()),
        }
    }
}
