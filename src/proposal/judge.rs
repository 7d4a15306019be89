//! One proposal and the tip → the judgement: the way of a proposal through the rows of the policy and the rules of the
//! forum, on one screen. Every step tells all that it finds, so that all of it is told at once.

use std::collections::{BTreeMap, BTreeSet};

use super::names::{FolderChange, join};
use super::posts::{NewPost, ReviewContext};
use super::range::{self, Ancestry, CommitRange};
use super::rules::{CHANGED_MEANWHILE, NAME_TAKEN, NOT_A_POST};
use super::tip::Tip;
use super::{
    Account, Candidate, Change, Content, Judgement, Landed, Proposal, Verdict, form, impact, limits, names, relink, who,
};
use crate::Result;
use crate::content::{BOARD, DEEPEST_LEVELS, Sourced, TOPIC, TopicFile, read_topic};
use crate::diagnostic::{Diagnostic, Severity, Spot, visible};
use crate::git::{Difference, Oid, Repository};
use crate::monitor::Quiet;
use crate::yaml::scalar;

/// Judges a proposal, as [`Tip::judge`] says.
pub(super) fn judge(
    tip: &Tip,
    objects: &Repository,
    proposal: &Proposal,
    account: Option<Account>,
    approve: bool,
) -> Result<Judgement> {
    let files = tip.files();
    let content = files.content();
    let settings = files.settings();
    let way = range::find(objects, tip.ancestors(), proposal.head, &settings.policy.proposals, content)?;
    let range = match way {
        Ancestry::Merged => return Ok(Judgement::merged()),
        Ancestry::Refused(reasons) => return Ok(Judgement::decided(reasons, None, Vec::new())),
        Ancestry::Range(range) => range,
    };
    let (who, mut reasons) = who::identify(files, tip.keys(), account, &range.commits);
    let (bad, faults) = form::judge(objects, &range, content, settings)?;
    let context = ReviewContext { tip, objects, range: &range, who };
    let mut findings = Findings { reasons: faults, ..Findings::default() };
    let (folders, others) = sort(tip, range.whole.iter().filter(|it| !bad.contains(&it.path)));

    let mut folders = names::resolve(tip, objects, &range, &folders, &mut findings.reasons)?;
    relink::rewrite(&mut folders, content, &settings.policy, &mut findings.reasons)?;
    for folder in &mut folders {
        findings.folder(&context, folder)?;
    }
    for difference in others {
        findings.other(&context, difference)?;
    }
    if findings.is_nothing() {
        return Ok(Judgement::merged());
    }
    limits::judge(tip, who, &findings.news, &mut findings.reasons);
    let faults = match &findings.whole {
        false => impact::part(tip, &findings.topics, &findings.fresh)?,
        true => impact::whole(tip, objects, &findings.changes)?,
    };
    reasons.extend(faults.into_iter().map(|fault| findings.renamed_back(fault)));
    reasons.append(&mut findings.reasons);
    reasons.retain(|reason| !(approve && reason.severity == Severity::Warning));
    reasons.sort();
    reasons.dedup();
    let by = who.handle().map(str::to_owned);
    if !reasons.is_empty() {
        let good = good(&findings.news, &reasons);
        return Ok(Judgement::decided(reasons, by, good));
    }
    let candidate = Candidate {
        base: tip.commit(),
        head: proposal.head,
        subject: subject(tip, &range, &findings),
        changes: findings.changes,
        renamed: findings.renamed,
        by: by.clone(),
        loaded: Landed {
            topics: (!findings.whole).then_some(findings.topics),
            commits: range.commits.iter().map(|commit| commit.id).collect(),
            arrivals: limits::arrivals(&findings.news),
        },
    };
    Ok(Judgement { verdict: Verdict::Merges(Box::new(candidate)), reasons, by, good: Vec::new() })
}

impl Judgement {
    fn merged() -> Judgement {
        Judgement { verdict: Verdict::Merged, reasons: Vec::new(), by: None, good: Vec::new() }
    }

    fn decided(reasons: Vec<Diagnostic>, by: Option<String>, good: Vec<String>) -> Judgement {
        let refused = reasons.iter().any(|reason| reason.severity == Severity::Error);
        Judgement { verdict: if refused { Verdict::Refused } else { Verdict::Waits }, reasons, by, good }
    }
}

/// Parts what belongs to topics, by their folders, from all else.
fn sort<'d>(
    tip: &Tip,
    all: impl Iterator<Item = &'d Difference> + Clone,
) -> (BTreeMap<String, Vec<&'d Difference>>, Vec<&'d Difference>) {
    let content = tip.files().content();
    let place = |it: &'d Difference| form::below(content, &it.path).and_then(|below| below.rsplit_once('/'));
    let members = |folder: &str| folder == "members" || folder.starts_with("members/");
    let posts = all.clone().filter_map(place).filter(|(folder, name)| name.ends_with(".md") && !members(folder));
    let topics: BTreeSet<&str> = posts.map(|(folder, _)| folder).collect();
    let (mut folders, mut others) = (BTreeMap::<String, Vec<&Difference>>::new(), Vec::new());
    for difference in all {
        match place(difference) {
            Some((folder, name))
                if name != BOARD && (topics.contains(folder) || tip.files().topic(folder).is_some()) =>
            {
                folders.entry(folder.to_owned()).or_default().push(difference);
            }
            _ => others.push(difference),
        }
    }
    (folders, others)
}

/// What has been found out about a proposal so far.
#[derive(Default)]
struct Findings {
    reasons: Vec<Diagnostic>,
    changes: Vec<Change>,
    renamed: Vec<(String, String)>,
    news: Vec<NewPost>,
    /// The topics that are touched, as they would be.
    topics: BTreeMap<String, TopicFile>,
    /// The stems in them that are new or changed.
    fresh: BTreeMap<String, BTreeSet<String>>,
    /// Whether more than topics is touched, or something is removed to which others may lead.
    whole: bool,
}

impl Findings {
    /// Whether the tip has all of the proposal already.
    fn is_nothing(&self) -> bool {
        self.changes.is_empty() && self.reasons.is_empty()
    }

    /// Judges what is done in one folder, and takes it in.
    fn folder(&mut self, context: &ReviewContext<'_>, folder: &mut FolderChange) -> Result<()> {
        let files = context.tip.files();
        if let Some(fault) = misplaced(context.tip, &folder.to) {
            let each = folder.files.iter().map(|file| {
                NOT_A_POST.at(
                    file.path.as_str(),
                    Spot::START,
                    fault.clone(),
                    "make a folder of its own for each topic, below a board",
                )
            });
            self.reasons.extend(each);
            return Ok(());
        }
        let policy = &files.settings().policy;
        let read = |name: &str, _: Oid, most: u64| Ok(folder.bytes(name, most));
        let (mut part, _) = read_topic(&folder.entries(), None, &read, policy, &Quiet)?;
        self.news.extend(context.folder(folder, &mut part, &mut self.reasons)?);
        self.complete(folder, &mut part);
        for file in &folder.files {
            let path = join(files.content(), &join(&folder.to, &file.to));
            if path != file.path {
                self.renamed.push((file.path.clone(), path.clone()));
            }
            // Others may lead to what is gone, and an old address may be that of another.
            self.whole |= file.new.is_none() || file.name == TOPIC;
            let content = file.new.as_ref().map(|held| match held.rewritten {
                true => Content::Rewritten(held.bytes.clone()),
                false => Content::Blob(held.id),
            });
            self.changes.push(Change { path, content });
        }
        let stems = part.posts.iter().map(|post| post.stem.to_string());
        self.fresh.entry(folder.to.clone()).or_default().extend(stems);
        self.topics.insert(folder.to.clone(), together(files.topic(&folder.to), part, folder));
        Ok(())
    }

    /// Writes author and date into new posts that don't say them and that land otherwise than they were committed: the
    /// history will tell them no more.
    fn complete(&mut self, folder: &mut FolderChange, part: &mut TopicFile) {
        for file in folder.files.iter_mut().filter(|file| file.old.is_none()) {
            let Some(held) = file.new.as_mut().filter(|held| held.rewritten || file.name != file.to) else { continue };
            let stem = file.to.strip_suffix(".md");
            let Some(post) = part.posts.iter_mut().find(|post| stem == Some(&*post.stem)) else { continue };
            let author = match &post.author {
                Some(Sourced::History(author)) => Some(author),
                _ => None,
            };
            let date = match post.date {
                Some(Sourced::History(date)) => jiff::Timestamp::from_second(date).ok(),
                _ => None,
            };
            if author.is_some_and(|author| author.starts_with('~')) {
                let message = "the name is taken on the base, and nobody could tell later who wrote this";
                self.reasons.push(NAME_TAKEN.at(
                    file.path.as_str(),
                    Spot::START,
                    message,
                    "add `author: …`, or rename the file",
                ));
                continue;
            }
            let author = author.map(|author| format!("author: {}\n", scalar(author)));
            let lines = author.unwrap_or_default() + &date.map_or_else(String::new, |date| format!("date: {date}\n"));
            if !lines.is_empty() {
                held.bytes = with_fields(&held.bytes, &lines);
                held.id = crate::git::blob_id(&held.bytes);
                held.rewritten = true;
                post.blob = held.id;
            }
        }
    }

    /// Judges what is done to a file of no topic, and takes it in.
    fn other(&mut self, context: &ReviewContext<'_>, difference: &Difference) -> Result<()> {
        let stands = context.objects.blob_at(context.tip.tree(), &difference.path)?;
        let (old, new) = (difference.old.map(|file| file.id), difference.new.map(|file| file.id));
        if stands == new {
            return Ok(());
        }
        if stands != old {
            let message = "this file was changed on the base since the proposal began";
            let hint = "rebase the proposal onto the base, and look whether the change still fits";
            self.reasons.push(CHANGED_MEANWHILE.at(difference.path.as_str(), Spot::START, message, hint));
            return Ok(());
        }
        let known = self.reasons.len();
        context.other(difference, &mut self.reasons)?;
        // What no forum has isn't loaded as part of one.
        if !self.reasons[known..].iter().any(|reason| reason.code == NOT_A_POST.name) {
            self.whole = true;
            self.changes.push(Change { path: difference.path.clone(), content: new.map(Content::Blob) });
        }
        Ok(())
    }

    /// The fault, told at the path that the proposal knows.
    fn renamed_back(&self, fault: Diagnostic) -> Diagnostic {
        match self.renamed.iter().find(|(_, to)| *to == fault.path) {
            Some((from, _)) => Diagnostic { path: from.clone(), ..fault },
            None => fault,
        }
    }
}

/// Why no topic can lie in this folder of the tip.
fn misplaced(tip: &Tip, path: &str) -> Option<String> {
    let files = tip.files();
    if files.topic(path).is_some() {
        return None;
    }
    if path.split('/').count() > DEEPEST_LEVELS {
        return Some(format!("`{path}` lies in more than {DEEPEST_LEVELS} folders"));
    }
    if files.is_board(path) {
        return Some(format!("`{path}` is a board, and posts lie in a topic's folder"));
    }
    if files.is_shelf(path) {
        return Some(format!("`{path}` holds topics, and posts lie in a topic's folder"));
    }
    files.topic_above(path).map(|topic| format!("`{topic}` is a topic, and no folder lies in one"))
}

/// A topic with the files of `part` in place of those that were changed.
fn together(standing: Option<&TopicFile>, part: TopicFile, folder: &FolderChange) -> TopicFile {
    let Some(standing) = standing else { return part };
    let touched = |name: &str| folder.files.iter().any(|file| file.to == name);
    let mut topic = standing.clone();
    topic.posts.retain(|post| !folder.files.iter().any(|file| file.to.strip_suffix(".md") == Some(&*post.stem)));
    topic.attachments.retain(|file| !touched(&file.name));
    topic.posts.extend(part.posts);
    topic.attachments.extend(part.attachments);
    topic.posts.sort_by(|a, b| a.stem.cmp(&b.stem));
    topic.attachments.sort_by(|a, b| a.name.cmp(&b.name));
    if touched(TOPIC) {
        topic.moderation = part.moderation;
    }
    topic.faults = part.faults;
    topic
}

/// A post's bytes with more lines in its front matter.
fn with_fields(bytes: &[u8], lines: &str) -> Vec<u8> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let start = [&b"---\n"[..], b"---\r\n"].into_iter().find(|start| bytes.starts_with(start));
    match start {
        Some(start) => [start, lines.as_bytes(), &bytes[start.len()..]].concat(),
        None => [b"---\n", lines.as_bytes(), b"---\n", bytes].concat(),
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
fn subject(tip: &Tip, range: &CommitRange, findings: &Findings) -> String {
    let title = |path: &str| {
        let topic = findings.topics.get(path).or_else(|| tip.files().topic(path))?;
        Some(topic.posts.iter().find_map(|post| post.opening.as_ref())?.title.value.clone())
    };
    let about = match findings.news.iter().find(|post| post.title.is_some()).or(findings.news.first()) {
        Some(NewPost { title: Some(title), .. }) => Some(title.clone()),
        Some(post) => title(&post.topic).map(|title| format!("Re: {title}")),
        None => findings.topics.keys().find_map(|path| title(path)).map(|title| format!("Edit: {title}")),
    };
    let about = about.or_else(|| range.commits.last().map(|commit| commit.subject.clone())).unwrap_or_default();
    visible(&about.split_whitespace().collect::<Vec<_>>().join(" "))
}
