//! What somebody calls a proposal (a forge's number, a branch, a commit, a bundle, a mail) → its commits in the
//! quarantine, or why there are none. Nothing is judged here, and what can't be had doesn't keep the others.

use std::path::Path;

use git2::Oid;

use super::mail::{self, Mailed};
use super::rules::{PROPOSAL_MISSING, PROPOSAL_OBJECTS, PROPOSAL_SIZE, PROPOSAL_UNREADABLE};
use crate::diagnostic::{Diagnostic, Spot};
use crate::git::remote::{self, Fetched, Listed, Listing};
use crate::git::{Quarantine, Repository};
use crate::{Error, Result};

/// What a pack may hold besides the files that count: commits and folders.
const BESIDES_FILES_BYTES: u64 = 1 << 20;
/// Numbers with more digits than this are ids of commits.
const MOST_DIGITS: usize = 9;

/// Which proposals are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// These, by whatever people call them.
    Named(Vec<String>),
    /// All that the remote has and the base hasn't.
    All,
}

/// A proposal that was looked for.
#[derive(Debug)]
pub(super) struct Sought {
    pub(super) name: String,
    pub(super) number: Option<u64>,
    pub(super) found: Located,
}

/// What was found.
#[derive(Debug)]
pub(super) enum Located {
    /// Its last commit, in the quarantine or the repository.
    Head(Oid),
    /// All that it would change stands in the base.
    Merged,
    /// Nothing that could be judged.
    Nothing(Diagnostic),
}

/// Where proposals are looked for.
#[derive(Debug)]
pub(super) struct ProposalLookup<'a> {
    pub(super) repository: &'a Repository,
    pub(super) quarantine: &'a Quarantine,
    /// The remote's name or address.
    pub(super) remote: &'a str,
    /// What the remote has; none when nobody needs to know.
    pub(super) listing: Option<&'a Listing>,
    /// The commit on which they will be judged.
    pub(super) base: Oid,
    /// The most bytes that a proposal may add.
    pub(super) most: u64,
    /// The time of the merge, in seconds since 1970.
    pub(super) now: i64,
}

/// What is wrong with a reference to a blob or a tree.
const NO_COMMIT: &str = "its reference leads to no commit";

/// The reference of the quarantine under which a remote's proposal is kept.
fn ours(it: &Listed) -> String {
    format!("refs/boards/{}", it.number)
}

/// Why a remote's proposal can't be had.
fn refused(it: &Listed, why: &str) -> Diagnostic {
    let hint = "make the commits anew with git in a clone of the forum, or close it";
    PROPOSAL_OBJECTS.at(it.number.to_string(), Spot::START, format!("git doesn't take this proposal: {why}"), hint)
}

/// The number that a name is, where it is one.
fn number(name: &str) -> Option<u64> {
    let plain = name.len() <= MOST_DIGITS && name.bytes().all(|b| b.is_ascii_digit()) && !name.starts_with('0');
    name.parse().ok().filter(|_| plain)
}

impl Selection {
    /// Whether a remote must be asked.
    #[must_use]
    pub fn needs_remote(&self) -> bool {
        match self {
            Selection::All => true,
            Selection::Named(names) => names.iter().any(|name| number(name).is_some()),
        }
    }
}

impl ProposalLookup<'_> {
    /// Finds all that is wanted, in the order in which it was named; of a remote's, by number.
    ///
    /// # Errors
    /// When the repository or the remote fails.
    pub(super) fn seek(&self, wanted: &Selection) -> Result<Vec<Sought>> {
        let listed = self.listing.map_or(&[][..], |listing| &listing.proposals);
        match wanted {
            Selection::All => {
                let heads: Vec<Oid> = listed.iter().map(|it| it.head).collect();
                let known = remote::known(self.quarantine, &heads, self.base)?;
                let open: Vec<&Listed> = listed.iter().filter(|it| !known.contains(&it.head)).collect();
                self.fetch(&open)
            }
            Selection::Named(names) => {
                let numbers = names.iter().filter_map(|name| number(name));
                let listed: Vec<&Listed> =
                    numbers.filter_map(|number| listed.iter().find(|it| it.number == number)).collect();
                let fetched = self.fetch(&listed)?;
                let mut all = Vec::new();
                for name in names {
                    match number(name) {
                        Some(number) => all.push(Sought {
                            name: name.clone(),
                            number: Some(number),
                            found: self.fetched(&fetched, number),
                        }),
                        None => all.extend(self.named(name)?),
                    }
                }
                Ok(all)
            }
        }
    }

    fn fetched(&self, fetched: &[Sought], number: u64) -> Located {
        match fetched.iter().find(|it| it.number == Some(number)).map(|it| &it.found) {
            Some(Located::Head(head)) => Located::Head(*head),
            Some(Located::Nothing(fault)) => Located::Nothing(fault.clone()),
            Some(Located::Merged) | None => {
                let hint = "`git ls-remote` lists what it has; a branch of that name is `heads/NAME`";
                let message = format!("{} has no proposal of this number", self.remote);
                Located::Nothing(PROPOSAL_MISSING.at(number.to_string(), Spot::START, message, hint))
            }
        }
    }

    /// Fetches proposals: all at once, and where that is refused, each half by itself. So a proposal that git refuses or
    /// that is too large is refused by its own number and keeps none of the others, and among many costs few fetches.
    fn fetch(&self, listed: &[&Listed]) -> Result<Vec<Sought>> {
        let most = self.most.saturating_add(BESIDES_FILES_BYTES).saturating_mul(listed.len() as u64);
        let pairs: Vec<_> = listed.iter().map(|it| (it.name.clone(), ours(it))).collect();
        let fetched = if pairs.is_empty() {
            Fetched::Done
        } else {
            remote::fetch(self.quarantine, self.remote, &pairs, Some(most))?
        };
        let sought = |it: &Listed, found| Sought { name: it.number.to_string(), number: Some(it.number), found };
        match (fetched, listed) {
            (Fetched::Done, _) => listed.iter().map(|it| Ok(sought(it, self.come(it)?))).collect(),
            (Fetched::TooLarge, [it]) => Ok(vec![sought(it, Located::Nothing(self.too_large(&it.number.to_string())))]),
            (Fetched::Refused(why), [it]) => Ok(vec![sought(it, Located::Nothing(refused(it, &why)))]),
            _ => {
                let (first, second) = listed.split_at(listed.len() / 2);
                let mut all = self.fetch(first)?;
                all.append(&mut self.fetch(second)?);
                Ok(all)
            }
        }
    }

    /// What has come of a proposal.
    fn come(&self, it: &Listed) -> Result<Located> {
        let commit = self.quarantine.commit(&ours(it))?;
        Ok(commit.map_or_else(|| Located::Nothing(refused(it, NO_COMMIT)), Located::Head))
    }

    fn too_large(&self, name: &str) -> Diagnostic {
        let message = format!("this proposal is larger than {} bytes", self.most);
        let hint = "split it, or ask a maintainer to raise `policy.proposals.bytes` in forum.yml";
        PROPOSAL_SIZE.at(name, Spot::START, message, hint)
    }

    /// What is no number: a file, or a revision. A bundle may hold several.
    fn named(&self, name: &str) -> Result<Vec<Sought>> {
        let file = Path::new(name);
        let ending = file.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        if !file.is_file() || !matches!(ending, "bundle" | "patch" | "mbox" | "eml") {
            return Ok(vec![Sought { name: name.to_owned(), number: None, found: self.revision(name)? }]);
        }
        let short = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if ending == "bundle" {
            return self.bundle(&short, file);
        }
        let found = match mail::read(self.quarantine, file, self.base, self.most, self.now)? {
            Mailed::Head(head) => Located::Head(head),
            Mailed::Merged => Located::Merged,
            Mailed::Unfit(why) => {
                let hint = "mails are written by `git format-patch`, and must fit what the forum holds now";
                Located::Nothing(PROPOSAL_UNREADABLE.at(&short, Spot::START, why, hint))
            }
        };
        Ok(vec![Sought { name: short, number: None, found }])
    }

    /// A branch or a commit of the repository.
    fn revision(&self, name: &str) -> Result<Located> {
        Ok(self.repository.commit_named(name)?.map_or_else(
            || {
                let hint =
                    "a proposal is a forge's number, a branch, a commit, a bundle (`.bundle`) or a mail (`.patch`)";
                let message = "there is no branch, commit, bundle or mail of this name";
                Located::Nothing(PROPOSAL_MISSING.at(name, Spot::START, message, hint))
            },
            Located::Head,
        ))
    }

    /// The proposals in a bundle, one for each commit that it names.
    fn bundle(&self, name: &str, file: &Path) -> Result<Vec<Sought>> {
        let nothing =
            |why: Diagnostic| Ok(vec![Sought { name: name.to_owned(), number: None, found: Located::Nothing(why) }]);
        let path = std::fs::canonicalize(file).map_err(Error::io(file))?;
        let length = std::fs::metadata(&path).map_err(Error::io(file))?.len();
        if length > self.most.saturating_add(BESIDES_FILES_BYTES) {
            return nothing(self.too_large(name));
        }
        let unreadable = |why: String, hint: &str| nothing(PROPOSAL_UNREADABLE.at(name, Spot::START, why, hint));
        let anew = "write it with `git bundle create FILE main..BRANCH`, from a `main` that the forum has";
        let Some(path) = path.to_str() else {
            return unreadable(String::from("its path isn't UTF-8"), "rename it");
        };
        let mut heads = match remote::bundled(self.quarantine, path) {
            Ok(heads) => heads,
            Err(error) => return unreadable(error.to_string(), anew),
        };
        heads.sort_by_key(|(_, head)| *head);
        heads.dedup_by_key(|(_, head)| *head);
        heads.sort();
        let pairs: Vec<_> =
            (0..).zip(&heads).map(|(at, (theirs, _))| (theirs.clone(), format!("refs/boards/bundle-{at}"))).collect();
        if pairs.is_empty() {
            return unreadable(String::from("the bundle names no commit"), "name a branch in it");
        }
        match remote::fetch(self.quarantine, path, &pairs, None) {
            Ok(Fetched::Done) => {}
            Ok(Fetched::TooLarge) => return nothing(self.too_large(name)),
            Ok(Fetched::Refused(why)) => return unreadable(why, anew),
            Err(error) => return unreadable(error.to_string(), anew),
        }
        let one = heads.len() == 1;
        let each = heads.iter().zip(&pairs).map(|((theirs, _), (_, ours))| {
            let short = theirs.strip_prefix("refs/heads/").unwrap_or(theirs);
            let name = if one { name.to_owned() } else { format!("{name}:{short}") };
            let found = match self.quarantine.commit(ours)? {
                Some(head) => Located::Head(head),
                None => Located::Nothing(PROPOSAL_UNREADABLE.at(&name, Spot::START, NO_COMMIT, anew)),
            };
            Ok(Sought { name, number: None, found })
        });
        each.collect()
    }
}
