//! What was found out about a proposal → the judgement, with the candidate that lands when there is no reason against it.

use super::context::ReviewContext;
use super::new_posts::NewPost;
use super::review::Review;
use super::{Candidate, Judgement, Landed, Verdict, limits};
use crate::diagnostic::{Diagnostic, Severity, visible};
use crate::git::Oid;

impl Judgement {
    /// That the base has the proposal already.
    pub(super) fn merged() -> Judgement {
        Judgement { verdict: Verdict::Merged, reasons: Vec::new(), by: None, good: Vec::new() }
    }

    /// What becomes of a proposal that was looked at in whole. `unproven` is what is wrong with who proposes it, `faults` are
    /// those that only the forum with it has. With `approve`, what only waits for a maintainer is let through.
    pub(super) fn of(
        context: &ReviewContext<'_>,
        head: Oid,
        review: Review,
        unproven: Vec<Diagnostic>,
        faults: Vec<Diagnostic>,
        approve: bool,
    ) -> Judgement {
        let mut reasons = unproven;
        reasons.extend(review.reasons.iter().cloned().chain(faults));
        reasons.retain(|reason| !(approve && reason.severity == Severity::Warning));
        reasons.sort();
        reasons.dedup();
        let by = context.who.handle().map(str::to_owned);
        if !reasons.is_empty() {
            let good = good(&review.news, &reasons);
            return Judgement::against(reasons, by, good);
        }
        let candidate = Candidate {
            base: context.tip.commit(),
            head,
            subject: subject(context, &review),
            changes: review.changes,
            renamed: review.renamed,
            by: by.clone(),
            loaded: Landed {
                topics: (!review.whole).then_some(review.topics),
                commits: context.range.commits.iter().map(|commit| commit.id).collect(),
                arrivals: limits::arrivals(&review.news),
            },
        };
        Judgement { verdict: Verdict::Merges(Box::new(candidate)), reasons, by, good: Vec::new() }
    }

    /// That these reasons keep the proposal from merging by itself; `by` and `good` as in [`Judgement`].
    pub(super) fn against(reasons: Vec<Diagnostic>, by: Option<String>, good: Vec<String>) -> Judgement {
        let refused = reasons.iter().any(|reason| reason.severity == Severity::Error);
        Judgement { verdict: if refused { Verdict::Refused } else { Verdict::Waits }, reasons, by, good }
    }
}

/// The new posts with which nothing is wrong, neither with the file nor with a folder that it lies in.
fn good(news: &[NewPost], reasons: &[Diagnostic]) -> Vec<String> {
    let about = |path: &str, reason: &Diagnostic| {
        path.strip_prefix(reason.path.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let fine = news.iter().filter(|post| !reasons.iter().any(|reason| about(&post.path, reason)));
    fine.map(|post| post.path.clone()).collect()
}

/// What a merge is about, in a line.
fn subject(context: &ReviewContext<'_>, review: &Review) -> String {
    let title = |path: &str| {
        let topic = review.topics.get(path).or_else(|| context.tip.files().topic(path))?;
        Some(topic.posts.iter().find_map(|post| post.opening.as_ref())?.title.value.as_str())
    };
    let about = match review.news.iter().find_map(NewPost::title) {
        Some(title) => Some(title.to_owned()),
        None => match review.news.first() {
            Some(post) => title(&post.topic).map(|title| format!("Re: {title}")),
            None => review.topics.keys().find_map(|path| title(path)).map(|title| format!("Edit: {title}")),
        },
    };
    let about = about.or_else(|| context.range.commits.last().map(|commit| commit.subject.clone())).unwrap_or_default();
    visible(&about.split_whitespace().collect::<Vec<_>>().join(" "))
}
