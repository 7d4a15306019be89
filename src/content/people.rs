//! Members' files and the authors of posts in → everybody in the forum, once each.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::look::{alike, blank};
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
    /// Somebody else whose handle or name looks like this name, of those whom pages name.
    pub alike: Option<PersonId>,
}

impl Person {
    /// Whether only a commit tells of them: no handle, no file.
    #[must_use]
    pub fn guest(&self) -> bool {
        self.handle.starts_with('~')
    }

    /// Whether they stand for all of whom neither file nor history tells.
    #[must_use]
    pub fn unknown(&self) -> bool {
        self.handle == "~unknown"
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

    /// Whether a reader could take their name for somebody else's, and their handle tells more than the name does.
    #[must_use]
    pub fn confusable(&self) -> bool {
        self.alike.is_some() && !self.guest() && self.name != self.handle
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

/// The handle and the name under which pages show somebody: not those of members who asked to be forgotten, and of guests
/// the name alone.
fn shown<'p>(handle: &'p str, name: &'p str, file: Option<&MemberFile>) -> Option<(Option<&'p str>, &'p str)> {
    let forgotten = file.is_some_and(|file| file.member.anonymous);
    (!forgotten).then_some(((!handle.starts_with('~')).then_some(handle), name))
}

/// Everybody, by handle, with the way from who wrote something to who that is.
pub(super) struct Everybody {
    pub people: Vec<Person>,
    /// Files of a handle that had one already.
    pub doubled: Vec<MemberFile>,
    ids: HashMap<String, PersonId>,
}

impl Everybody {
    /// Gathers the members, those whose handles stand in posts, and the `others` that only commits tell of.
    pub(super) fn gather<'h>(
        files: Vec<MemberFile>,
        handles: impl IntoIterator<Item = &'h str>,
        others: &BTreeSet<Who>,
    ) -> Everybody {
        let mut people: BTreeMap<String, (String, Option<MemberFile>)> = BTreeMap::new();
        let mut doubled = Vec::new();
        for file in files {
            let name = file.member.name.as_ref().map(|name| &name.value).filter(|name| !blank(name));
            let name = name.unwrap_or(&file.handle).clone();
            match people.entry(file.handle.clone()) {
                Entry::Occupied(_) => doubled.push(file),
                Entry::Vacant(place) => {
                    place.insert((name, Some(file)));
                }
            }
        }
        for handle in handles {
            people.entry(handle.to_owned()).or_insert_with(|| (handle.to_owned(), None));
        }
        for who in others {
            let handle = who.handle();
            let name = match who {
                Who::Handle(handle) => handle,
                Who::Guest(name) => name,
            };
            people.entry(handle).or_insert_with(|| (name.clone(), None));
        }
        let shown: Vec<_> = people.iter().map(|(handle, (name, file))| shown(handle, name, file.as_ref())).collect();
        let alike = alike(&shown);
        let each = people.into_iter().zip(alike);
        let people: Vec<Person> =
            each.map(|((handle, (name, file)), alike)| Person { handle, name, file, alike }).collect();
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
