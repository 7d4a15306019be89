//! Files, history and memory in → a whole forum out. The files are read in parallel; what they say is put together in
//! the order of their paths, so that the same commit gives the same forum.

use std::collections::BTreeSet;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::folders::{Found, Unknown, Walk};
use super::forum::{Board, BoardId, Dated, Edit, Forum, Post, Threading, Topic};
use super::member::{self, MEMBERS, MemberFile, Members};
use super::memory::{Memory, Remembered};
use super::moderation;
use super::names::Stem;
use super::past::Past;
use super::people::{Everybody, PersonId, Who, by_email};
use super::post::PostFile;
use super::topic::TopicFile;
use crate::Result;
use crate::cache::{Bodies, Cache};
use crate::config::{self, Settings};
use crate::diagnostic::{Diagnostic, Spot};
use crate::git::history::Fact;
use crate::git::{Kind, Snapshot};
use crate::monitor::Monitor;

/// All that a forum is loaded from.
pub struct Sources<'s> {
    /// The files.
    pub snapshot: &'s Snapshot,
    /// The forum's settings, [read](settings) beforehand: the memory and the bodies depend on them.
    pub settings: Settings,
    /// Who added and changed the files.
    pub past: &'s Past,
    /// Topics that earlier loads have read.
    pub memory: &'s Memory,
    /// Bodies that earlier loads have rendered; those of new posts are appended.
    pub bodies: &'s Bodies,
}

/// Reads the forum's settings alone, with their faults.
///
/// # Errors
/// The snapshot can't be read.
pub fn settings(snapshot: &Snapshot) -> Result<(Settings, Vec<Diagnostic>)> {
    let path = format!("{}/{}", snapshot.content(), config::FILE);
    let root = snapshot.folder(snapshot.root())?;
    let Some(entry) = root.iter().find(|entry| entry.name == config::FILE && entry.kind == Kind::File) else {
        let hint = "add a forum.yml with `format: 1` and `title: …`, or name the content folder with --content";
        let fault = config::FORUM_MISSING.at(path, Spot::START, "there is no forum.yml", hint);
        return Ok((Settings::default(), vec![fault]));
    };
    let bytes = snapshot.read(config::FILE, entry.id)?;
    let mut faults = Vec::new();
    let text = super::post::text_of_file(&path, &bytes, &mut faults);
    let (settings, more) = Settings::read(&path, &text);
    faults.extend(more);
    Ok((settings, faults))
}

/// Loads the forum. The memory is stored in `cache` for the next load; `None` leaves it as it is.
///
/// # Errors
/// The snapshot or the cache can't be read or written.
pub fn load(sources: Sources<'_>, cache: Option<&Cache>, monitor: &dyn Monitor) -> Result<(Forum, Vec<Diagnostic>)> {
    let Sources { snapshot, settings, past, memory, bodies } = sources;
    let walk = Walk { snapshot, memory, bodies, policy: &settings.policy, monitor };
    let mut entries = snapshot.folder(snapshot.root())?;
    entries.retain(|entry| !(entry.kind == Kind::File && entry.name == config::FILE));
    let members = entries.iter().position(|entry| entry.name == MEMBERS && entry.kind == Kind::Folder);
    let members = members.map(|index| entries.remove(index));

    let mut remembered = Vec::new();
    let mut found = walk.entries("", &entries, 0)?;
    bodies.settle();
    let members = match members {
        None => Members::default(),
        Some(entry) => match memory.get::<Members>(entry.id) {
            Some(members) => {
                remembered.push(Remembered { path: MEMBERS.to_owned(), tree: entry.id, fresh: None });
                members
            }
            None => {
                let members = member::read_all(snapshot, entry.id, &settings.policy)?;
                remembered.push(Remembered::fresh(MEMBERS.to_owned(), entry.id, &members));
                members
            }
        },
    };
    for one in &mut found {
        if let Found::Topic { remembered: topic, .. } = one {
            remembered.extend(topic.take());
        }
    }
    if let Some(cache) = cache
        && remembered.iter().any(|folder| folder.fresh.is_some())
    {
        memory.store(cache, &remembered)?;
    }
    Ok(assemble(snapshot.content(), settings, found, members, past))
}

/// Puts together what was found.
pub(super) fn assemble(
    content: &str,
    settings: Settings,
    found: Vec<Found>,
    members: Members,
    past: &Past,
) -> (Forum, Vec<Diagnostic>) {
    let mut faults: Vec<Diagnostic> = Vec::new();
    let prefixed =
        |fault: Diagnostic, folder: &str| Diagnostic { path: format!("{content}/{folder}{}", fault.path), ..fault };
    let mut unknown: Vec<Unknown> =
        members.unknown.into_iter().map(|path| Unknown { path, misplaced: false }).collect();
    faults.extend(members.faults.into_iter().map(|fault| prefixed(fault, "")));

    let mut boards: Vec<Board> = Vec::new();
    let mut files: Vec<(String, Option<BoardId>, TopicFile)> = Vec::new();
    for one in found {
        match one {
            Found::Board { path, file } => {
                let parent = home(&boards, &path);
                boards.push(Board {
                    path,
                    title: file.title,
                    description: file.description,
                    order: file.order,
                    read_only: file.read_only,
                    threading: if file.threaded { Threading::Threaded } else { Threading::Flat },
                    moderators: file.moderators,
                    aliases: file.aliases,
                    parent,
                    boards: Vec::new(),
                    topics: Vec::new(),
                });
            }
            Found::Topic { path, mut file, .. } => {
                let own = std::mem::take(&mut file.faults);
                faults.extend(own.into_iter().map(|fault| prefixed(fault, &format!("{path}/"))));
                files.push((path.clone(), home(&boards, &path), file));
            }
            Found::Unknown(one) => unknown.push(one),
            Found::Fault(fault) => faults.push(prefixed(fault, "")),
        }
    }

    let (everybody, topics) = complete(files, members.files, past);
    let (homes, homeless): (Vec<_>, Vec<_>) = topics.into_iter().partition(|(home, _)| home.is_some());
    let mut topics: Vec<Topic> = homes.into_iter().map(|(_, topic)| topic).collect();
    topics.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    for (id, topic) in topics.iter().enumerate() {
        boards[topic.board as usize].topics.push(id as u32);
    }
    let mut top_boards: Vec<BoardId> = Vec::new();
    for id in 0..boards.len() as BoardId {
        match boards[id as usize].parent {
            Some(parent) => boards[parent as usize].boards.push(id),
            None => top_boards.push(id),
        }
    }
    let shown: Vec<(i64, String)> =
        boards.iter().map(|board| (board.order.unwrap_or(i64::MAX), board.title.to_lowercase())).collect();
    top_boards.sort_by_key(|&id| &shown[id as usize]);
    for board in &mut boards {
        board.boards.sort_by_key(|&id| &shown[id as usize]);
    }
    let forum = Forum {
        content: content.to_owned(),
        settings,
        boards,
        top_boards,
        topics,
        people: everybody.people,
        doubled_members: everybody.doubled,
        homeless: homeless.into_iter().map(|(_, topic)| topic).collect(),
        unknown,
        shallow: past.shallow(),
    };
    (forum, faults)
}

/// The innermost of `boards` that the folder at `path` lies in. Boards come before what is in them.
fn home(boards: &[Board], path: &str) -> Option<BoardId> {
    let mut folder = path;
    while let Some((above, _)) = folder.rsplit_once('/') {
        if let Some(id) = boards.iter().rposition(|board| board.path == above) {
            return Some(id as BoardId);
        }
        folder = above;
    }
    None
}

type Placed = (Option<BoardId>, Topic);

/// Fills in from the history what the files leave out, and puts the posts in order.
fn complete(
    files: Vec<(String, Option<BoardId>, TopicFile)>,
    members: Vec<MemberFile>,
    past: &Past,
) -> (Everybody, Vec<Placed>) {
    let emails = by_email(&members);
    // Most files say who wrote them; for the others the commit does, or the name.
    let who = |post: &PostFile, fact: Option<&Fact>| match (fact, Stem::read(&post.stem)) {
        (Some(fact), _) => committer(past, fact.added.person, &emails),
        (None, Some(stem)) => Who::Handle(stem.author.to_owned()),
        (None, None) => Who::Guest(String::from("unknown")),
    };
    let told: Vec<Vec<(Option<Who>, Option<Fact>)>> = files
        .par_iter()
        .map(|(path, _, file)| {
            let mut name = String::with_capacity(path.len() + 64);
            let each = file.posts.iter().map(|post| {
                name.clear();
                name.extend([path, "/", &post.stem, ".md"]);
                let fact = past.fact(&name);
                (post.author.is_none().then(|| who(post, fact.as_ref())), fact)
            });
            each.collect()
        })
        .collect();
    let posts = files.iter().flat_map(|(_, _, file)| &file.posts);
    let handles: FxHashSet<&str> = posts.filter_map(|post| Some(&*post.author.as_ref()?.value)).collect();
    let mut others: BTreeSet<Who> = BTreeSet::new();
    let mut editors: FxHashMap<u32, Who> = FxHashMap::default();
    for (author, fact) in told.iter().flatten() {
        others.extend(author.clone());
        if let Some(edit) = fact.as_ref().and_then(|fact| fact.edited.as_ref()) {
            editors.entry(edit.person).or_insert_with(|| committer(past, edit.person, &emails));
        }
    }
    others.extend(editors.values().cloned());
    drop(emails);
    let everybody = Everybody::gather(members, handles, &others);
    let editors: FxHashMap<u32, PersonId> = editors.iter().map(|(it, who)| (*it, everybody.id(who))).collect();
    let topics = files
        .into_par_iter()
        .zip(told)
        .map(|((path, home, file), told)| {
            let mut posts: Vec<Post> = file
                .posts
                .into_iter()
                .zip(told)
                .map(|(file, (told, fact))| {
                    let author = match (&file.author, &told) {
                        (Some(author), _) => everybody.by_handle(&author.value),
                        (None, Some(who)) => everybody.id(who),
                        (None, None) => 0,
                    };
                    post(file, author, fact.as_ref(), |person| editors.get(&person).copied())
                })
                .collect();
            posts.sort_by(|a, b| {
                let order = |post: &Post| (post.file.opening.is_none(), post.date);
                order(a).cmp(&order(b)).then_with(|| a.file.stem.cmp(&b.file.stem))
            });
            let moderated =
                file.moderation.locked.as_ref().and_then(|_| past.fact(&format!("{path}/{}", moderation::FILE)));
            let topic = Topic {
                moderated: moderated.map(|fact| fact.edited.as_ref().map_or(fact.added.when, |event| event.when)),
                path,
                board: home.unwrap_or(0),
                posts,
                attachments: file.attachments,
                moderation: file.moderation,
                strangers: file.strangers,
            };
            (home, topic)
        })
        .collect::<Vec<Placed>>();
    (everybody, topics)
}

/// The member that a commit's address binds it to, or a guest of the commit's name.
fn committer(past: &Past, person: u32, emails: &std::collections::BTreeMap<&str, &str>) -> Who {
    let person = past.person(person);
    match emails.get(person.email.to_lowercase().as_str()) {
        Some(handle) => Who::Handle((*handle).to_owned()),
        None => Who::Guest(person.name.clone()),
    }
}

fn post(file: PostFile, author: u32, fact: Option<&Fact>, editor: impl Fn(u32) -> Option<u32>) -> Post {
    let (date, dated) = match (&file.date, fact, Stem::read(&file.stem)) {
        (Some(date), ..) => (date.value, Dated::File),
        (None, Some(fact), _) => (fact.added.when, Dated::Commit),
        (None, None, Some(stem)) => (stem.when, Dated::Guess),
        (None, None, None) => (0, Dated::Guess),
    };
    let said = file.archive.as_ref().and_then(|archive| archive.edited).map(|when| Edit { when, by: None });
    let seen = fact.and_then(|fact| fact.edited.as_ref());
    let seen = seen.map(|event| Edit { when: event.when, by: editor(event.person) });
    Post { edited: seen.or(said), file, author, date, dated }
}
