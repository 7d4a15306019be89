//! A person in → what pages show of them out.

use std::borrow::Cow;

use serde::Serialize;

use super::address::{Address, Of, attachment_address};
use crate::content::{Person, Role};

/// What pages show of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Card {
    /// The handle; empty for somebody anonymous.
    pub handle: String,
    /// The name.
    pub name: String,
    /// The address of their page; `None` for guests and for somebody anonymous.
    pub address: Option<String>,
    /// The address of their picture.
    pub avatar: Option<String>,
    /// What they may do.
    pub role: Role,
    /// A number from 0 to 11 that is always the same for the same handle.
    pub hue: u8,
    /// A reader could take the name for somebody else's, so the handle stands beside it.
    pub confusable: bool,
}

impl Card {
    /// The name in a plain text, with the handle where that must stand beside it.
    #[must_use]
    pub fn label(&self) -> Cow<'_, str> {
        if self.confusable { format!("{} (@{})", self.name, self.handle).into() } else { self.name.as_str().into() }
    }
}

/// The name of everybody who asked to be forgotten.
const ANONYMOUS: &str = "Former member";

/// The card of `person`.
pub(super) fn card(person: &Person) -> Card {
    if person.anonymous() {
        let role = Role::Member;
        let (handle, name) = (String::new(), ANONYMOUS.to_owned());
        return Card { handle, name, address: None, avatar: None, role, hue: 0, confusable: false };
    }
    let avatar = person.file.as_ref().and_then(|file| file.avatar.as_ref());
    Card {
        handle: person.handle.clone(),
        name: person.name.clone(),
        address: (!person.guest()).then(|| Address::of(Of::Member(&person.handle)).to_string()),
        avatar: avatar.map(|it| attachment_address(it.blob, it.path.rsplit('/').next().unwrap_or(&it.path))),
        role: person.role(),
        hue: blake3::hash(person.handle.as_bytes()).as_bytes()[0] % 12,
        confusable: person.confusable(),
    }
}
