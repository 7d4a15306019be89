//! What a proposal changes under free names, the tip and who proposes → what would differ from the tip, the new posts, and
//! everything that the policy says against it, file by file and of all posts together.

use std::collections::{BTreeMap, BTreeSet};

use super::context::ReviewContext;
use super::new_posts::NewPost;
use super::renamed::RenamedChanges;
use super::{Change, Content, limits, others, topics};
use crate::Result;
use crate::content::TopicFile;
use crate::diagnostic::Diagnostic;

/// A proposal as the policy sees it.
#[derive(Debug, Default)]
pub(super) struct Review {
    /// What would differ from the tip.
    pub changes: Vec<Change>,
    /// Files that get another name, from and to: paths from the repository's top.
    pub renamed: Vec<(String, String)>,
    /// The new posts.
    pub news: Vec<NewPost>,
    /// The topics that are touched, as they would be, by their folders on the tip.
    pub topics: BTreeMap<String, TopicFile>,
    /// The stems in them that are new or changed.
    pub fresh: BTreeMap<String, BTreeSet<String>>,
    /// Whether more than topics is touched, or something is removed to which others may lead.
    pub whole: bool,
    /// All reasons against it so far.
    pub reasons: Vec<Diagnostic>,
}

impl Review {
    /// Judges all that a proposal changes.
    ///
    /// # Errors
    /// Objects of the base or of the proposal are missing or damaged.
    pub fn of(context: &ReviewContext<'_>, changes: RenamedChanges<'_>) -> Result<Review> {
        let RenamedChanges { folders, others, reasons } = changes;
        let mut review = Review { reasons, ..Review::default() };
        for folder in &folders {
            let faults = topics::misplaced(context.tip.files(), folder);
            if !faults.is_empty() {
                review.reasons.extend(faults);
                continue;
            }
            let topic = topics::review(context, folder)?;
            review.changes.extend(topic.changes);
            review.renamed.extend(topic.renamed);
            review.news.extend(topic.news);
            review.fresh.insert(folder.to.clone(), topic.fresh);
            review.topics.insert(folder.to.clone(), topic.file);
            review.whole |= topic.concerns_others;
            review.reasons.extend(topic.reasons);
        }
        for difference in others {
            let (belongs, reasons) = others::review(context, difference)?;
            review.reasons.extend(reasons);
            // What no forum has isn't loaded as part of one.
            if belongs {
                review.whole = true;
                let content = difference.new.map(|file| Content::Blob(file.id));
                review.changes.push(Change { path: difference.path.clone(), content });
            }
        }
        review.reasons.extend(limits::judge(context.tip, context.who, &review.news));
        Ok(review)
    }

    /// Whether the tip has all of the proposal already.
    pub fn is_nothing(&self) -> bool {
        self.changes.is_empty() && self.reasons.is_empty()
    }
}
