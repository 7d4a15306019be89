//! Members' files and the authors of posts in → everybody in the forum, once each.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::member::{MemberFile, Role};
use super::names::suggested_name;

/// An index into [`Forum::people`](super::Forum::people).
pub type PersonId = u32;

/// Somebody who has a member's file, or has posted, or has changed a post.
#[derive(Debug)]
pub struct Person {
    /// The handle. That of a guest begins with `~`, which no member's can.
    pub handle: String,
    /// The name to show.
    pub name: String,
    /// Their file.
    pub file: Option<MemberFile>,
}

impl Person {
    /// Whether only a commit tells of them: no handle, no file.
    #[must_use]
    pub fn guest(&self) -> bool {
        self.handle.starts_with('~')
    }

    /// Whether nothing is known of them but their handle.
    #[must_use]
    pub fn nameless(&self) -> bool {
        self.file.is_none() && !self.guest()
    }

    /// Whether pages show a neutral name instead of theirs.
    #[must_use]
    pub fn anonymous(&self) -> bool {
        self.file.as_ref().is_some_and(|file| file.member.anonymous)
    }

    /// What they may do beyond posting.
    #[must_use]
    pub fn role(&self) -> Role {
        self.file.as_ref().map_or(Role::Member, |file| file.member.role)
    }
}

/// Who wrote something, before everybody is known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Who {
    /// Somebody with a handle.
    Handle(String),
    /// The author of a commit whose address is no member's.
    Guest(String),
}

/// Members by the addresses that bind commits to them.
pub(super) fn by_email(files: &[MemberFile]) -> BTreeMap<&str, &str> {
    let each = files
        .iter()
        .flat_map(|file| file.member.emails.iter().map(|email| (email.value.as_str(), file.handle.as_str())));
    each.collect()
}

impl Who {
    /// The handle under which they are known.
    fn handle(&self) -> String {
        match self {
            Who::Handle(handle) => handle.clone(),
            Who::Guest(name) => format!("~{}", suggested_name(name)),
        }
    }
}

/// Everybody, by handle, with the way from who wrote something to who that is.
pub(super) struct Everybody {
    pub people: Vec<Person>,
    /// Files of a handle that had one already.
    pub doubled: Vec<MemberFile>,
    ids: FxHashMap<String, PersonId>,
}

impl Everybody {
    /// Gathers the members, those whose handles stand in posts, and the `others` that only commits tell of.
    pub(super) fn gather<'h>(
        files: Vec<MemberFile>,
        handles: impl IntoIterator<Item = &'h str>,
        others: &BTreeSet<Who>,
    ) -> Everybody {
        let mut people: BTreeMap<String, Person> = BTreeMap::new();
        let mut doubled = Vec::new();
        for file in files {
            let name = file.member.name.clone().unwrap_or_else(|| file.handle.clone());
            match people.entry(file.handle.clone()) {
                Entry::Occupied(_) => doubled.push(file),
                Entry::Vacant(place) => {
                    place.insert(Person { handle: file.handle.clone(), name, file: Some(file) });
                }
            }
        }
        let nameless = |handle: String, name: String| Person { handle, name, file: None };
        for handle in handles {
            people.entry(handle.to_owned()).or_insert_with(|| nameless(handle.to_owned(), handle.to_owned()));
        }
        for who in others {
            let handle = who.handle();
            let name = match who {
                Who::Handle(handle) => handle,
                Who::Guest(name) => name,
            };
            people.entry(handle.clone()).or_insert_with(|| nameless(handle, name.clone()));
        }
        let people: Vec<Person> = people.into_values().collect();
        let ids = people.iter().zip(0..).map(|(person, id)| (person.handle.clone(), id)).collect();
        Everybody { people, doubled, ids }
    }

    /// The person with this handle, who must have been gathered.
    pub(super) fn by_handle(&self, handle: &str) -> PersonId {
        self.ids[handle]
    }

    /// The person of `who`, who must have been gathered.
    pub(super) fn id(&self, who: &Who) -> PersonId {
        self.by_handle(&who.handle())
    }
}
