//! `topic.yml` in → what moderators decided about a topic out.

use std::ops::Deref;

use serde::{Deserialize, Serialize};

use crate::diagnostic::Diagnostic;
use crate::yaml::{At, Fields};

/// The file's name.
pub const FILE: &str = "topic.yml";

/// What moderators decided about a topic: in most of very many, nothing, which takes little room.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moderation(Option<Box<Decisions>>);

impl Deref for Moderation {
    type Target = Decisions;

    fn deref(&self) -> &Decisions {
        static NONE: Decisions = Decisions { pinned: None, locked: None, answer: None, aliases: Vec::new() };
        self.0.as_deref().unwrap_or(&NONE)
    }
}

impl From<Decisions> for Moderation {
    fn from(decisions: Decisions) -> Moderation {
        Moderation((decisions != Decisions::default()).then(|| Box::new(decisions)))
    }
}

/// Decisions about a topic. A reason is empty where none is given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decisions {
    /// The topic stands first in its board, and why.
    pub pinned: Option<String>,
    /// No more replies, and why.
    pub locked: Option<At<String>>,
    /// The stem of the post that answers the question.
    pub answer: Option<At<String>>,
    /// Old addresses of the topic.
    pub aliases: Vec<String>,
}

/// Reads the text of a `topic.yml`.
pub fn read(text: &str, faults: &mut Vec<Diagnostic>) -> Moderation {
    let Some(map) = crate::yaml::read(FILE, text, 0, faults) else { return Moderation::default() };
    let mut fields = Fields::new(FILE, map, faults);
    let decisions = Decisions {
        pinned: fields.reason("pinned").map(|it| it.value),
        locked: fields.reason("locked"),
        answer: fields.text("answer"),
        aliases: fields.texts("aliases").into_iter().map(|it| it.value).collect(),
    };
    // Only imports look at it, and they read it for themselves.
    fields.text("origin");
    fields.end();
    decisions.into()
}
