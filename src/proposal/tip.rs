//! The base's tip, loaded once for judging many proposals → what becomes of each, in time that grows with what the
//! proposal touches. Policy, members, roles and locks come from here, never from a proposal.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use git2::Oid;
use rustc_hash::FxHashSet;

use super::Candidate;
use super::activity::{ActivityIndex, Arrival, DAY_SECONDS, text_key};
use crate::Result;
use crate::build::{self, CacheAt, Loaded, Order};
use crate::cache::Cache;
use crate::config;
use crate::content::{Forum, ForumFiles, Keyring, POST_BYTES, TOPIC, suggested_name, text_of};
use crate::diagnostic::{Diagnostic, Spot};
use crate::git::history::Person;
use crate::git::{Compared, Repository, Snapshot, Source, mailmapped};
use crate::monitor::{Monitor, Quiet};
use crate::theme;

/// The base's tip, as judging needs it.
#[derive(Debug)]
pub struct Tip {
    place: PathBuf,
    content: String,
    commit: Oid,
    tree: Oid,
    now: i64,
    snapshot: Snapshot,
    files: ForumFiles,
    diagnostics: Vec<Diagnostic>,
    keys: Keyring,
    emails: HashMap<String, String>,
    mailmap: Vec<u8>,
    activity: ActivityIndex,
    ancestors: FxHashSet<Oid>,
}

impl Tip {
    /// Loads the forum that `commit` holds in the folder `content` of the repository at `place`. `now`, in seconds since
    /// 1970, is the time of the merge: all proposals judged on this tip, and on those that follow from it, arrive then.
    ///
    /// # Errors
    /// The repository or the cache can't be read.
    pub fn load(
        place: &Path,
        content: &str,
        commit: Oid,
        cache: &Cache,
        now: i64,
        monitor: &dyn Monitor,
    ) -> Result<Tip> {
        let order = Order {
            repository: place.to_owned(),
            content: content.to_owned(),
            source: Source::Revision(commit.to_string()),
            out: PathBuf::new(),
            base: None,
            theme: None,
            cache: CacheAt::Nowhere,
            swap: false,
            force: false,
        };
        let Loaded { snapshot, forum, diagnostics, .. } = build::load(&order, cache, monitor)?;
        let repository = snapshot.repository().ok_or_else(|| {
            crate::Error::other(format!("{}: there is no git repository here", place.display()), "run boards in one")
        })?;
        let mailmap = snapshot.mailmap()?;
        let tree = repository.commit(commit)?.tree;
        let ancestors = repository.ancestors(commit)?;
        let activity = activity(repository, &forum, commit, now)?;
        let files = ForumFiles::of(forum)?;
        let keys = Keyring::of(files.members());
        let emails = files
            .members()
            .flat_map(|file| file.member.emails.iter().map(|email| (email.value.clone(), file.handle.clone())));
        let emails = emails.collect();
        let (place, content) = (place.to_owned(), content.to_owned());
        Ok(Tip {
            place,
            content,
            commit,
            tree,
            now,
            snapshot,
            files,
            diagnostics,
            keys,
            emails,
            mailmap,
            activity,
            ancestors,
        })
    }

    /// The commit whose forum this is.
    #[must_use]
    pub fn commit(&self) -> Oid {
        self.commit
    }

    /// The time of the merge, in seconds since 1970.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.now
    }

    /// The base's repository.
    #[must_use]
    pub fn repository(&self) -> Option<&Repository> {
        self.snapshot.repository()
    }

    /// The title of the forum.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.files.settings().title
    }

    /// The tip after `candidate`, which was judged on this one, has landed as `commit`. Where it changed more than
    /// topics, the forum is loaded anew.
    ///
    /// # Errors
    /// The new commit or the cache can't be read.
    pub fn advance(self, candidate: &Candidate, commit: Oid, cache: &Cache, monitor: &dyn Monitor) -> Result<Tip> {
        let Some(topics) = &candidate.loaded.topics else {
            return Tip::load(&self.place, &self.content, commit, cache, self.now, monitor);
        };
        let mut tip = self;
        let repository = tip.snapshot.repository().map(|repository| repository.commit(commit)).transpose()?;
        tip.tree = repository.map_or(tip.tree, |commit| commit.tree);
        tip.commit = commit;
        tip.ancestors.extend(candidate.loaded.commits.iter().copied().chain([commit]));
        for (path, file) in topics {
            tip.files.put(path.clone(), file.clone());
        }
        for arrival in &candidate.loaded.arrivals {
            tip.activity.count(&arrival.author);
            tip.activity.meet(&arrival.author);
            if tip.files.member(&arrival.author).is_none() {
                tip.activity.call(&arrival.author, &arrival.name);
            }
            tip.activity.arrived(arrival.clone());
        }
        Ok(tip)
    }

    pub(super) fn files(&self) -> &ForumFiles {
        &self.files
    }

    pub(super) fn keys(&self) -> &Keyring {
        &self.keys
    }

    pub(super) fn activity(&self) -> &ActivityIndex {
        &self.activity
    }

    pub(super) fn ancestors(&self) -> &FxHashSet<Oid> {
        &self.ancestors
    }

    /// The files of the tip, which may be later than what was loaded at first.
    pub(super) fn open(&self) -> Result<Snapshot> {
        Snapshot::open(&self.place, &self.content, &Source::Revision(self.commit.to_string()), &Quiet)
    }

    /// What is wrong with the theme of this name, which settings ask for at `at`, as the tip has it.
    pub(super) fn theme(&self, name: &str, at: Option<Spot>) -> Result<Vec<Diagnostic>> {
        let asked_by = at.map(|at| (self.files.path(config::FILE), at));
        let themes = theme::lay_out(&self.open()?, &self.place)?;
        Ok(theme::load(themes.path(), name, asked_by)?.1)
    }

    pub(super) fn tree(&self) -> Oid {
        self.tree
    }

    /// Everything that is wrong with the forum as it was loaded.
    pub(super) fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// The blob of the file `name` in the folder `folder` below the content folder, on the tip.
    pub(super) fn blob(&self, objects: &Repository, folder: &str, name: &str) -> Result<Option<Oid>> {
        if let Some(topic) = self.files.topic(folder)
            && name != TOPIC
        {
            let post = name.strip_suffix(".md").and_then(|stem| topic.posts.iter().find(|post| *post.stem == *stem));
            let beside = || topic.attachments.iter().find(|file| *file.name == *name).map(|file| file.blob);
            return Ok(post.map(|post| post.blob).or_else(beside));
        }
        objects.blob_at(self.tree, &self.files.path(&format!("{folder}/{name}")))
    }

    /// Who the author of a commit is to the forum, by handle and name: a member by the commit's address, or a guest by its
    /// name.
    pub(super) fn committer(&self, person: &Person) -> (String, String) {
        let mailmapped =
            mailmapped(&self.mailmap, std::slice::from_ref(person)).ok().and_then(|mut people| people.pop());
        let person = mailmapped.as_ref().unwrap_or(person);
        match self.emails.get(&person.email.to_lowercase()) {
            Some(handle) => (handle.clone(), handle.clone()),
            None => (format!("~{}", suggested_name(&person.name)), person.name.clone()),
        }
    }
}

/// Counts the posts that stand, and those among them that came with the base's own commits of the last day. What is
/// dated long ago (an import, say) isn't counted as having arrived.
fn activity(repository: &Repository, forum: &Forum, tip: Oid, now: i64) -> Result<ActivityIndex> {
    let mut activity = ActivityIndex::default();
    let earliest = now - (forum.settings.policy.proposals.days_back as i64).saturating_mul(DAY_SECONDS);
    let mut dated: HashMap<String, (&str, bool)> = HashMap::new();
    for topic in forum.topics.iter().chain(&forum.unparented) {
        for post in topic.posts.read()? {
            let author = forum.person(post.author).handle.as_str();
            activity.count(author);
            if post.date >= earliest {
                dated.insert(topic.post_file(&forum.content, post), (author, post.file.opening.is_some()));
            }
        }
    }
    for person in &forum.people {
        if !person.guest() {
            activity.meet(&person.handle);
        }
        if !person.anonymous() {
            activity.call(&person.handle, &person.name);
        }
    }
    let boundary = repository.shallow_boundary()?;
    let mut id = tip;
    while !dated.is_empty() {
        let commit = repository.commit(id)?;
        let parent = commit.parents.first().filter(|_| !boundary.contains(&id)).copied();
        if commit.committed < now - DAY_SECONDS {
            break;
        }
        let before = parent.map(|parent| repository.commit(parent)).transpose()?.map(|parent| parent.tree);
        let Compared::Files(files) = repository.compare(before, commit.tree, usize::MAX)? else { break };
        for file in files.iter().filter(|file| file.old.is_none()) {
            if let (Some((author, opens)), Some(new)) = (dated.remove(&file.path), file.new) {
                // One that is too large is no post that anybody could repeat.
                if let Ok(bytes) = repository.blob_within(new.id, &file.path, POST_BYTES)? {
                    let (author, text) = (author.to_owned(), text_key(text_of(&bytes)));
                    activity.arrived(Arrival { name: author.clone(), author, opens, text });
                }
            }
        }
        let Some(parent) = parent else { break };
        id = parent;
    }
    Ok(activity)
}
