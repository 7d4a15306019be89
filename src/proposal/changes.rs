//! A proposal's commits → what they change together: in the folders of topics, and elsewhere. What may not come in at all
//! is told, and left out.

use std::collections::{BTreeMap, BTreeSet};

use super::form;
use super::range::CommitRange;
use super::tip::Tip;
use crate::Result;
use crate::content::BOARD;
use crate::diagnostic::Diagnostic;
use crate::git::{Difference, Repository};

/// What a proposal changes.
#[derive(Debug)]
pub(super) struct ProposedChanges<'r> {
    /// What it changes in the folders of topics, by their paths below the content folder.
    pub folders: BTreeMap<String, Vec<&'r Difference>>,
    /// What it changes elsewhere.
    pub others: Vec<&'r Difference>,
    /// Why some of its files may not come in at all.
    pub reasons: Vec<Diagnostic>,
}

impl<'r> ProposedChanges<'r> {
    /// Parts what the commits change. A folder is a topic's when the tip has a topic there or the proposal has posts for it.
    ///
    /// # Errors
    /// Objects of the proposal are missing or damaged.
    pub fn find(tip: &Tip, objects: &Repository, range: &'r CommitRange) -> Result<ProposedChanges<'r>> {
        let files = tip.files();
        let (bad, reasons) = form::judge(objects, range, files)?;
        let good = || range.whole.iter().filter(|it| !bad.contains(&it.path));
        let place = |it: &'r Difference| files.below(&it.path).and_then(|below| below.rsplit_once('/'));
        let members = |folder: &str| folder == "members" || folder.starts_with("members/");
        let posts = good().filter_map(place).filter(|(folder, name)| name.ends_with(".md") && !members(folder));
        let topics: BTreeSet<&str> = posts.map(|(folder, _)| folder).collect();
        let in_topic = |(folder, name): &(&str, &str)| {
            *name != BOARD && (topics.contains(folder) || files.topic(folder).is_some())
        };
        let (mut folders, mut others) = (BTreeMap::<String, Vec<&Difference>>::new(), Vec::new());
        for difference in good() {
            match place(difference).filter(in_topic) {
                Some((folder, _)) => folders.entry(folder.to_owned()).or_default().push(difference),
                None => others.push(difference),
            }
        }
        Ok(ProposedChanges { folders, others, reasons })
    }
}
