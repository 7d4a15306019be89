//! A whole forum → its files, by path, from which any part of it can be put together again, as it stands or with some
//! files otherwise: for judging what a change does in time that doesn't grow with the forum. It reads nothing itself.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::folders::{BoardFile, FolderEntry};
use super::forum::{Board, Dated, Forum, Threading, Topic};
use super::history::Past;
use super::keyring::Keyring;
use super::load::{Behind, assemble};
use super::member::{MEMBERS, Member, MemberFile, Members};
use super::names::folded;
use super::people::Person;
use super::post::Sourced;
use super::posts::PostStore;
use super::resolve::normal;
use super::summary::summarise;
use super::topic::TopicFile;
use super::topic_cache::LoadedTopic;
use crate::Result;
use crate::config::Settings;
use crate::diagnostic::Diagnostic;
use crate::git::history;
use crate::markdown::Link;

/// A forum's files, completed with what the history told of it: every post has an author, and a date where there
/// is one.
#[derive(Debug)]
pub struct ForumFiles {
    content: String,
    settings: Settings,
    /// Where the forum's posts lay; those of parts are known and lie nowhere.
    store: Arc<PostStore>,
    /// By path, so that each comes before the boards in it.
    boards: BTreeMap<String, BoardFile>,
    topics: HashMap<String, TopicFile>,
    members: BTreeMap<String, MemberFile>,
    /// Everybody's handles.
    people: HashSet<String>,
    /// Of each folder that topics lie below, one of them.
    shelves: HashMap<String, String>,
    /// The paths of topics, and of folders that they lie below, that fold to others.
    case_variants: HashMap<String, Vec<String>>,
}

impl ForumFiles {
    /// Takes a forum apart.
    ///
    /// # Errors
    /// The cache, in which its posts are kept, is damaged.
    pub fn of(forum: Forum) -> Result<ForumFiles> {
        let handles: Vec<String> = forum.people.iter().map(|person| person.handle.clone()).collect();
        let boards = forum.boards.into_iter().map(|board| (board.path.clone(), board_file(board))).collect();
        let members = forum.people.into_iter().filter_map(|Person { handle, file, .. }| Some((handle, file?)));
        let mut files = ForumFiles {
            content: forum.content,
            settings: forum.settings,
            store: forum.store,
            boards,
            topics: HashMap::new(),
            members: members.collect(),
            people: handles.iter().filter(|handle| !handle.starts_with('~')).cloned().collect(),
            shelves: HashMap::new(),
            case_variants: HashMap::new(),
        };
        for topic in forum.topics.into_iter().chain(forum.unparented) {
            let (path, file) = topic_file(topic, &handles)?;
            files.put(path, file);
        }
        Ok(files)
    }

    /// The content folder's path in the repository.
    #[must_use]
    pub fn content(&self) -> &str {
        &self.content
    }

    /// The path from the repository's top of what lies at `below` in the content folder.
    #[must_use]
    pub fn path(&self, below: &str) -> String {
        if self.content.is_empty() { below.to_owned() } else { format!("{}/{below}", self.content) }
    }

    /// The part of a path from the repository's top that is below the content folder; `None` outside of it.
    #[must_use]
    pub fn below<'p>(&self, path: &'p str) -> Option<&'p str> {
        match self.content.as_str() {
            "" => Some(path),
            content => path.strip_prefix(content)?.strip_prefix('/'),
        }
    }

    /// What `forum.yml` says.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The topic in this folder.
    #[must_use]
    pub fn topic(&self, path: &str) -> Option<&TopicFile> {
        self.topics.get(path)
    }

    /// All topics, by path, in no order.
    pub fn topics(&self) -> impl Iterator<Item = (&str, &TopicFile)> {
        self.topics.iter().map(|(path, file)| (path.as_str(), file))
    }

    /// The member with this handle, who has a file.
    #[must_use]
    pub fn member(&self, handle: &str) -> Option<&MemberFile> {
        self.members.get(handle)
    }

    /// All members' files.
    pub fn members(&self) -> impl Iterator<Item = &MemberFile> + Clone {
        self.members.values()
    }

    /// Whether somebody of this handle has a file or a post.
    #[must_use]
    pub fn knows(&self, handle: &str) -> bool {
        self.people.contains(handle)
    }

    /// Everybody's handles, in no order.
    pub fn people(&self) -> impl Iterator<Item = &str> {
        self.people.iter().map(String::as_str)
    }

    /// Whether there is a board in this folder.
    #[must_use]
    pub fn is_board(&self, path: &str) -> bool {
        self.boards.contains_key(path)
    }

    /// Whether topics lie below this folder.
    #[must_use]
    pub fn is_shelf(&self, path: &str) -> bool {
        self.shelves.contains_key(path)
    }

    /// The topic that the folder at `path` lies in, itself not meant.
    #[must_use]
    pub fn topic_above<'p>(&self, path: &'p str) -> Option<&'p str> {
        above(path).find(|folder| self.topics.contains_key(*folder))
    }

    /// Whether only moderators write in the board that the topic at `path` lies in.
    #[must_use]
    pub fn read_only(&self, path: &str) -> bool {
        above(path).find_map(|folder| self.boards.get(folder)).is_some_and(|board| board.read_only)
    }

    /// Whether a board that the topic at `path` lies in, at any depth, names this handle among its moderators.
    #[must_use]
    pub fn moderates(&self, handle: &str, path: &str) -> bool {
        let boards = above(path).filter_map(|folder| self.boards.get(folder));
        boards.flat_map(|board| &board.moderators).any(|moderator| moderator.value == handle)
    }

    /// Puts a topic in, in place of the one that was there. The authors of its posts are known from then on.
    pub fn put(&mut self, path: String, file: TopicFile) {
        for post in &file.posts {
            if let Some(author) = post.author.as_ref().filter(|author| !self.people.contains(&**author.value())) {
                self.people.insert(author.value().to_string());
            }
        }
        if !self.topics.contains_key(&path) {
            self.note_odd(&path);
            for folder in above(&path) {
                if !self.shelves.contains_key(folder) {
                    self.note_odd(folder);
                    self.shelves.insert(folder.to_owned(), path.clone());
                }
            }
        }
        self.topics.insert(path, file);
    }

    /// Takes notice of a folder whose name folds to another.
    fn note_odd(&mut self, folder: &str) {
        let folded = folded(folder);
        if folded != folder {
            self.case_variants.entry(folded).or_default().push(folder.to_owned());
        }
    }

    /// The part of the forum that holds these topics, each as it stands in the `other` files or else here; with all
    /// boards, and the members that `handles` names. What is wrong with the files themselves comes along.
    ///
    /// # Errors
    /// None that a forum in pieces can have.
    pub fn part(
        &self,
        topics: &BTreeSet<String>,
        handles: &BTreeSet<String>,
        other: &BTreeMap<String, TopicFile>,
    ) -> Result<(Forum, Vec<Diagnostic>)> {
        let boards = self
            .boards
            .iter()
            .map(|(path, file)| FolderEntry::Board { path: path.clone(), file: Box::new(file.clone()) });
        let files = topics.iter().filter_map(|path| Some((path, other.get(path).or_else(|| self.topics.get(path))?)));
        let topics = files.map(|(path, file)| {
            let (topic, posts, _) = summarise(path, file.clone(), &Past::default(), None)?;
            let topic = LoadedTopic { stored: Box::new(topic), posts: Some(posts) };
            Ok(FolderEntry::Topic { topic, entry: None })
        });
        let topics = topics.collect::<Result<Vec<_>>>()?;
        let members = handles.iter().filter(|handle| self.people.contains(*handle)).map(|handle| {
            // Whoever has posted has a page, with a file or without one.
            self.members.get(handle).cloned().unwrap_or_else(|| MemberFile {
                handle: handle.clone(),
                path: format!("{MEMBERS}/{handle}.yml"),
                member: Member::default(),
                avatar: None,
            })
        });
        let members = Members { files: members.collect(), ..Members::default() };
        // Every post says who wrote it, so that no commit is asked.
        let mailmapped = |people: &[history::Person]| Ok(people.to_vec());
        let behind = Behind { mailmapped: &mailmapped, store: &self.store, shallow: false, keys: Keyring::default() };
        assemble(&self.content, self.settings.clone(), boards.chain(topics).collect(), members, behind)
    }

    /// What the posts of the topic at `folder` may lead to with these links: topics and handles.
    pub fn reach<'l>(
        &self,
        folder: &str,
        links: impl Iterator<Item = &'l Link>,
        topics: &mut BTreeSet<String>,
        handles: &mut BTreeSet<String>,
    ) {
        for link in links {
            let path = match link.target.strip_prefix('/') {
                Some(path) => normal("", path).and_then(|path| Some(path.strip_prefix(&self.content)?.to_owned())),
                None => normal(folder, &link.target),
            };
            let Some(path) = path else { continue };
            let path = path.trim_matches('/');
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
            topics.extend([path, folder].into_iter().filter(|path| self.topics.contains_key(*path)).map(str::to_owned));
            if folder == MEMBERS || folder.starts_with("members/") {
                handles.insert(name.strip_suffix(".yml").unwrap_or(name).to_owned());
            }
        }
    }

    /// For each folder that some systems take for the one at `path`, or for one that this lies in, a topic there.
    pub fn alike(&self, path: &str) -> Vec<&str> {
        let topic = |folder: &str| match self.topics.get_key_value(folder) {
            Some((path, _)) => Some(path.as_str()),
            None => self.shelves.get(folder).map(String::as_str),
        };
        let mut found = Vec::new();
        for level in std::iter::once(path).chain(above(path)) {
            let folded = folded(level);
            let case_variants = self.case_variants.get(&folded).into_iter().flatten();
            let others = case_variants.map(String::as_str).chain([folded.as_str()]).filter(|other| *other != level);
            found.extend(others.filter_map(topic));
        }
        found
    }
}

/// The folders that `path` lies in, the innermost first.
fn above(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(path.rsplit_once('/').map(|(folder, _)| folder), |folder| {
        folder.rsplit_once('/').map(|(folder, _)| folder)
    })
}

fn board_file(board: Board) -> BoardFile {
    BoardFile {
        title: board.title,
        description: board.description,
        order: board.order,
        read_only: board.read_only,
        threaded: board.threading == Threading::Threaded,
        moderators: board.moderators,
        aliases: board.aliases,
    }
}

/// A topic's files, each post completed with what the history told of it.
fn topic_file(topic: Topic, handles: &[String]) -> Result<(String, TopicFile)> {
    let posts = topic.posts.read()?.iter().map(|post| {
        let mut file = post.file.clone();
        if let Some(handle) = handles.get(post.author as usize).filter(|_| file.author.is_none()) {
            file.author = Some(Sourced::History(handle.as_str().into()));
        }
        if file.date.is_none() && post.dated != Dated::Guess {
            file.date = Some(Sourced::History(post.date));
        }
        file
    });
    let file = TopicFile {
        posts: posts.collect(),
        attachments: topic.attachments.into(),
        moderation: topic.moderation,
        unexpected_files: topic.unexpected_files.into(),
        faults: Vec::new(),
    };
    Ok((topic.path, file))
}
