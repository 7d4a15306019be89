//! Files, history and memory in → a whole forum out. The files are read in parallel; what they say is put together in
//! the order of their paths, so that the same commit gives the same forum.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::Arc;

use git2::Oid;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::folders::{FolderEntry, Unknown, Walk};
use super::forum::{Board, BoardId, Forum, Threading, Topic};
use super::history::Past;
use super::keyring::Keyring;
use super::member::{self, MEMBERS, MemberFile, Members};
use super::people::{Everybody, PersonId, Who, by_email};
use super::posts::{PostStore, Posts};
use super::signatures::Signatures;
use super::size::{SETTINGS_BYTES, too_large};
use super::summary::{Name, TopicSummary};
use super::topic_cache::{CacheEntry, LoadedTopic, TopicCache};
use crate::cache::{Cache, Pack};
use crate::config::{self, Settings};
use crate::diagnostic::{Diagnostic, Spot};
use crate::git::history::Person;
use crate::git::{Kind, Snapshot, file_within};
use crate::key::Key;
use crate::monitor::Monitor;
use crate::{Error, Result};

/// All that a forum is loaded from.
pub struct Sources<'s> {
    /// The files.
    pub snapshot: &'s Snapshot,
    /// The forum's settings, [read](settings) beforehand: the memory and the bodies depend on them.
    pub settings: Settings,
    /// Who added and changed the files.
    pub past: &'s Past,
    /// Topics that earlier loads have read.
    pub topic_cache: &'s TopicCache,
    /// Bodies that earlier loads have rendered; those of new posts are appended.
    pub bodies: &'s Pack,
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
    let bytes = match snapshot.read_within(config::FILE, entry.id, SETTINGS_BYTES)? {
        Ok(bytes) => bytes,
        Err(large) => return Ok((Settings::default(), vec![too_large(&path, large)])),
    };
    let mut faults = Vec::new();
    let text = super::post::text_of_file(&path, &bytes, &mut faults);
    let (settings, more) = Settings::read(&path, &text);
    faults.extend(more);
    Ok((settings, faults))
}

/// What the `forum.yml` of a content folder on the disk says, for work that loads no forum; none where there is no such file.
/// Its faults are for whoever loads the forum to tell.
///
/// # Errors
/// It can't be read, or has more than 64 KiB.
pub fn settings_at(content: &Path) -> Result<Option<Settings>> {
    let path = content.join(config::FILE);
    let bytes = match file_within(&path, SETTINGS_BYTES) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        read => read.map_err(Error::io(&path))?.map_err(|large| large.at(&path, "make it smaller"))?,
    };
    Ok(Some(Settings::read(config::FILE, &String::from_utf8_lossy(&bytes)).0))
}

/// Loads the forum. What the next load may remember is stored in `cache`, if that [lasts](Cache::lasts).
///
/// # Errors
/// The snapshot can't be read, or the cache is damaged. That the cache can't be written is only told.
pub fn load(sources: Sources<'_>, cache: &Cache, monitor: &dyn Monitor) -> Result<(Forum, Vec<Diagnostic>)> {
    let Sources { snapshot, settings, past, topic_cache, bodies } = sources;
    let mut entries = snapshot.folder(snapshot.root())?;
    entries.retain(|entry| !(entry.kind == Kind::File && entry.name == config::FILE));
    let members = entries.iter().position(|entry| entry.name == MEMBERS && entry.kind == Kind::Folder);
    let members = members.map(|index| entries.remove(index));

    let mut cached = Vec::new();
    let members = match members {
        None => Members::default(),
        Some(entry) => match topic_cache.get::<Members>(entry.id) {
            Some(members) => {
                cached.push(CacheEntry::standing(MEMBERS.to_owned(), entry.id, false));
                members
            }
            None => {
                let members = member::read_all(snapshot, entry.id, &settings.policy)?;
                cached.push(CacheEntry::fresh(MEMBERS.to_owned(), entry.id, &members));
                members
            }
        },
    };
    let keys = Keyring::of(&members.files);
    // Without a key that could be anybody's, no commit is read.
    let signatures = if keys.is_empty() { None } else { Signatures::new(snapshot, past, monitor)? };
    let fits = topic_cache.fits(past);
    let walk = Walk { snapshot, past, fits, topic_cache, bodies, signatures, policy: &settings.policy, monitor };
    let mut found = walk.walk(&entries)?;
    bodies.index();
    topic_cache.posts.pack.index();
    for one in &mut found {
        if let FolderEntry::Topic { entry: folder, .. } | FolderEntry::Folder(folder) = one {
            cached.extend(folder.take().map(|folder| *folder));
        }
    }
    let mailmapped = |people: &[Person]| snapshot.people(people);
    let behind = Behind { mailmapped: &mailmapped, store: &topic_cache.posts, shallow: past.shallow(), keys };
    let (forum, faults) = assemble(snapshot.content(), settings, found, members, behind)?;
    if cache.lasts() {
        let topics = || forum.topics.iter().chain(&forum.unparented);
        let living = || -> Result<Vec<Oid>> {
            let mut blobs = Vec::new();
            for topic in topics() {
                blobs.extend(topic.posts.read()?.iter().map(|post| post.file.blob));
            }
            Ok(blobs)
        };
        let records = || Ok(topics().map(|topic| topic.posts.summary().record).collect());
        // What is remembered of a topic leans on its posts and their bodies, which are therefore stored before.
        cache.storing(|| bodies.store(living))?;
        cache.storing(|| topic_cache.posts.pack.store(records))?;
        topic_cache.store(cache, &cached, past);
    }
    Ok((forum, faults))
}

/// What stands behind the files of a forum.
pub(super) struct Behind<'b> {
    /// The people whom commits name, as the `.mailmap` has them.
    pub mailmapped: &'b (dyn Fn(&[Person]) -> Result<Vec<Person>> + Sync),
    /// Where posts lie that aren't read yet.
    pub store: &'b Arc<PostStore>,
    /// The history stops short.
    pub shallow: bool,
    /// Everybody's keys, where signatures were looked for.
    pub keys: Keyring,
}

/// Puts together what was found.
pub(super) fn assemble(
    content: &str,
    settings: Settings,
    found: Vec<FolderEntry>,
    members: Members,
    behind: Behind<'_>,
) -> Result<(Forum, Vec<Diagnostic>)> {
    let mut faults: Vec<Diagnostic> = Vec::new();
    let prefixed =
        |fault: Diagnostic, folder: &str| Diagnostic { path: format!("{content}/{folder}{}", fault.path), ..fault };
    let mut unknown: Vec<Unknown> =
        members.unknown.into_iter().map(|path| Unknown { path, misplaced: false }).collect();
    faults.extend(members.faults.into_iter().map(|fault| prefixed(fault, "")));

    let mut boards: Vec<Board> = Vec::new();
    let mut topics: Vec<LoadedTopic> = Vec::new();
    for one in found {
        match one {
            FolderEntry::Board { path, file } => {
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
            FolderEntry::Topic { topic, .. } => topics.push(topic),
            FolderEntry::Folder(_) => {}
            FolderEntry::Unknown(one) => unknown.push(one),
            FolderEntry::Fault(fault) => faults.push(prefixed(*fault, "")),
        }
    }

    // Topics lie side by side, and what was found for one holds for the next.
    let housed = |last: &mut (String, Option<BoardId>), mut topic: LoadedTopic| {
        let own = std::mem::take(&mut topic.stored.faults);
        let path = &topic.stored.path;
        let own = own.into_iter().map(|fault| prefixed(fault, &format!("{path}/"))).collect::<Vec<_>>();
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        if last.0 != folder {
            *last = (folder.to_owned(), home(&boards, path));
        }
        (PlacedTopic { home: last.1, topic }, own)
    };
    let topics = topics.into_par_iter().with_min_len(256).map_init(<_>::default, housed);
    let (mut files, own): (Vec<PlacedTopic>, Vec<Vec<Diagnostic>>) = topics.unzip();
    faults.extend(own.into_iter().flatten());
    // A topic is large, and its file is not.
    files.par_sort_by(|a, b| (a.home.is_none(), &a.topic.stored.path).cmp(&(b.home.is_none(), &b.topic.stored.path)));
    let housed = files.partition_point(|file| file.home.is_some());
    let (everybody, mut topics) = complete(files, members.files, &behind)?;
    let unparented = topics.split_off(housed);
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
        unparented,
        unknown,
        shallow: behind.shallow,
        keys: behind.keys,
        store: Arc::clone(behind.store),
    };
    Ok((forum, faults))
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

/// A topic on its way into the forum.
struct PlacedTopic {
    /// The board that it lies in.
    home: Option<BoardId>,
    topic: LoadedTopic,
}

/// Whom some topics name.
struct NamedPeople<'f> {
    /// Everybody, once each: the key of the name, the summary that names them, and the place there.
    names: Vec<(Key, &'f TopicSummary, usize)>,
    /// For each topic, whom its summary names, by their places in that list.
    people: Vec<Box<[u32]>>,
}

impl NamedPeople<'_> {
    fn of(files: &[PlacedTopic]) -> NamedPeople<'_> {
        let (mut names, mut places) = (Vec::new(), FxHashMap::default());
        let people = files.iter().map(|file| {
            let summary = &*file.topic.stored.summary;
            let each = summary.name_keys().enumerate().map(|(at, key)| {
                *places.entry(key).or_insert_with(|| {
                    names.push((key, summary, at));
                    (names.len() - 1) as u32
                })
            });
            each.collect()
        });
        let people = people.collect();
        NamedPeople { names, people }
    }
}

/// Finds out who everybody is whom the topics name.
fn complete(files: Vec<PlacedTopic>, members: Vec<MemberFile>, behind: &Behind<'_>) -> Result<(Everybody, Vec<Topic>)> {
    // A large forum's topics name most people over and over, and a part of them nearly as many as all.
    let part = files.len().div_ceil(2 * rayon::current_num_threads()).max(256);
    let named: Vec<NamedPeople<'_>> = files.par_chunks(part).map(NamedPeople::of).collect();
    let once: FxHashMap<Key, (&TopicSummary, usize)> =
        named.iter().flat_map(|part| &part.names).map(|(key, summary, at)| (*key, (*summary, *at))).collect();
    let names = once.into_iter().map(|(key, (summary, at))| {
        let name = summary.names().nth(at).ok_or_else(|| behind.store.pack.damage())?;
        Ok((key, name))
    });
    let names = names.collect::<Result<Vec<(Key, Name<'_>)>>>()?;
    let handles =
        names.iter().filter_map(|(_, name)| if let Name::Handle(handle) = name { Some(*handle) } else { None });
    let committers =
        names.iter().filter_map(|(_, name)| if let Name::Committer(who) = name { Some(*who) } else { None });
    let committers: Vec<Person> = committers.cloned().collect();
    let emails = by_email(&members);
    // The member that a commit's address binds it to, or a guest of the commit's name.
    let who = |mailmapped: Person| match emails.get(mailmapped.email.to_lowercase().as_str()) {
        Some(handle) => Who::Handle((*handle).to_owned()),
        None => Who::Guest(mailmapped.name),
    };
    let mailmapped: Vec<Who> = (behind.mailmapped)(&committers)?.into_iter().map(who).collect();
    let some_are_nobody = names.iter().any(|(_, name)| *name == Name::Nobody);
    let others: BTreeSet<Who> = mailmapped.iter().cloned().chain(some_are_nobody.then(nobody)).collect();
    drop(emails);
    let everybody = Everybody::gather(members, handles, &others);
    // They are in the order in which the names tell of them.
    let mut mailmapped = mailmapped.iter().map(|who| everybody.id(who));
    let person = |name: &Name<'_>| match name {
        Name::Handle(handle) => Some(everybody.by_handle(handle)),
        Name::Committer(_) => mailmapped.next(),
        Name::Nobody => Some(everybody.id(&nobody())),
    };
    let ids: Vec<PersonId> = names.iter().map(|(_, name)| name).filter_map(person).collect();
    let ids: FxHashMap<Key, PersonId> = names.into_iter().map(|(key, _)| key).zip(ids).collect();
    let id = |name: &(Key, &TopicSummary, usize)| ids[&name.0];
    let people = named.into_par_iter().map(|NamedPeople { names, mut people }| {
        let ids: Vec<PersonId> = names.iter().map(id).collect();
        let all = people.iter_mut().flatten();
        all.for_each(|person| *person = ids[*person as usize]);
        people
    });
    let people: Vec<Vec<Box<[PersonId]>>> = people.collect();
    let people: Vec<Box<[PersonId]>> = people.into_iter().flatten().collect();
    let topics = files
        .into_par_iter()
        .zip(people)
        .with_min_len(256)
        .map(|(PlacedTopic { home, topic }, people)| {
            let LoadedTopic { stored, posts } = topic;
            let stored = *stored;
            Topic {
                path: stored.path,
                board: home.unwrap_or(0),
                posts: Posts::new(*stored.summary, people, Arc::clone(behind.store), posts),
                attachments: stored.attachments,
                moderation: stored.moderation,
                moderated: stored.moderated,
                unexpected_files: stored.unexpected_files,
            }
        })
        .collect();
    Ok((everybody, topics))
}

/// Who wrote what neither a file nor the history tells.
fn nobody() -> Who {
    Who::Guest(String::from("unknown"))
}
