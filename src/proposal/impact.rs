//! What a proposal changes, and the tip → everything that is wrong with the forum as it would be and not with the forum
//! as it stands. It is loaded by `content` and judged by `rules`, like any forum: whole, or the part that topics touch.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::review::Review;
use super::tip::Tip;
use super::{Change, Content};
use crate::Result;
use crate::cache::{Cache, Pack};
use crate::content::{self, MemberFile, Past, Sources, TopicCache, TopicFile};
use crate::diagnostic::{Diagnostic, Severity};
use crate::git::Repository;
use crate::key::Key;
use crate::monitor::Quiet;
use crate::rules;

/// What is wrong with the forum as it would be with a proposal, and not as it stands: told at the paths that the proposal
/// knows.
///
/// # Errors
/// Objects of the base or of the proposal are missing or damaged.
pub(super) fn faults(tip: &Tip, objects: &Repository, review: &Review) -> Result<Vec<Diagnostic>> {
    let faults = match review.whole {
        false => part(tip, &review.topics, &review.fresh)?,
        true => whole(tip, objects, &review.changes)?,
    };
    let known = |fault: Diagnostic| match review.renamed.iter().find(|(_, to)| *to == fault.path) {
        Some((from, _)) => Diagnostic { path: from.clone(), ..fault },
        None => fault,
    };
    Ok(faults.into_iter().map(known).collect())
}

/// What is wrong with these topics as they would be, that isn't with what stands. `fresh` are the stems that are new or
/// changed, by topic.
pub(super) fn part(
    tip: &Tip,
    topics: &BTreeMap<String, TopicFile>,
    fresh: &BTreeMap<String, BTreeSet<String>>,
) -> Result<Vec<Diagnostic>> {
    let files = tip.files();
    let mut paths: BTreeSet<String> = topics.keys().cloned().collect();
    let mut handles = BTreeSet::new();
    for (path, file) in topics {
        if files.topic(path).is_none() {
            paths.extend(files.alike(path).into_iter().map(str::to_owned));
        }
        let stems = fresh.get(path);
        let posts = file.posts.iter().filter(|post| stems.is_some_and(|stems| stems.contains(&*post.stem)));
        files.reach(path, posts.flat_map(|post| &post.links), &mut paths, &mut handles);
    }
    let judged = |other: &BTreeMap<String, TopicFile>| -> Result<Vec<Diagnostic>> {
        let (forum, mut faults) = files.part(&paths, &handles, other)?;
        faults.extend(rules::judge(&forum)?);
        // No member's file is touched, and not all people are here. Names of new authors are judged beforehand.
        faults.retain(|fault| !rules::NAMING.contains(&fault.code.as_str()));
        Ok(faults)
    };
    Ok(beyond(judged(topics)?, &judged(&BTreeMap::new())?))
}

/// What is wrong with the whole forum as it would be with these changes, that isn't with what stands.
///
/// It reads all of it anew, and takes no look at the history: dates are judged post by post, beforehand.
pub(super) fn whole(tip: &Tip, objects: &Repository, changes: &[Change]) -> Result<Vec<Diagnostic>> {
    let files = tip.files();
    let mut snapshot = tip.open()?;
    // What is gone makes room first.
    for change in changes.iter().filter(|change| change.content.is_none()) {
        snapshot = snapshot.without(files.below(&change.path).unwrap_or_default())?;
    }
    for change in changes {
        let bytes = match &change.content {
            None => continue,
            Some(Content::Rewritten(bytes)) => bytes.clone(),
            Some(Content::Blob(id)) => objects.object(git2::ObjectType::Blob, *id, &change.path)?,
        };
        snapshot = snapshot.with(files.below(&change.path).unwrap_or_default(), bytes)?;
    }
    let (settings, mut faults) = content::settings(&snapshot)?;
    if settings.theme != tip.files().settings().theme {
        faults.extend(tip.theme(&settings.theme, settings.theme_at)?);
    }
    let cache = Cache::temporary()?;
    let topic_cache = TopicCache::open(&cache, Key::default())?;
    let bodies = Pack::open(&cache, "bodies", Key::default())?;
    let past = Past::default();
    let sources = Sources { snapshot: &snapshot, settings, past: &past, topic_cache: &topic_cache, bodies: &bodies };
    let (forum, more) = content::load(sources, &cache, &Quiet)?;
    faults.extend(more);
    faults.extend(rules::judge(&forum)?);
    faults.retain(|fault| fault.code != "date-missing" && fault.code != rules::NAME_DOUBLED);
    // Names of new authors are judged beforehand; of others another post may be the first now.
    faults.retain(|fault| !(rules::NAMING.contains(&fault.code.as_str()) && fault.path.ends_with(".md")));
    // A name is told where it is new, whoever has one like it.
    let renamed = |file: &MemberFile| {
        let name = |file: &MemberFile| file.member.name.as_ref().map(|name| name.value.clone());
        tip.files().member(&file.handle).is_none_or(|standing| name(standing) != name(file))
    };
    faults.extend(rules::namesakes(&forum, renamed));
    Ok(beyond(faults, tip.diagnostics()))
}

/// The errors and warnings of `after` that aren't in `before`, wherever in their files they stand. What is new is an error,
/// but for names, which a maintainer may take for what they are.
fn beyond(after: Vec<Diagnostic>, before: &[Diagnostic]) -> Vec<Diagnostic> {
    let known: HashSet<(&str, &str, &str)> =
        before.iter().map(|it| (it.path.as_str(), it.code.as_str(), it.message.as_str())).collect();
    let mut new: Vec<Diagnostic> = after
        .iter()
        .filter(|it| it.severity != Severity::Hint)
        .filter(|it| !known.contains(&(it.path.as_str(), it.code.as_str(), it.message.as_str())))
        .map(|it| match rules::NAMING.contains(&it.code.as_str()) {
            true => it.clone(),
            false => Diagnostic { severity: Severity::Error, ..it.clone() },
        })
        .collect();
    new.sort();
    new.dedup();
    new
}
