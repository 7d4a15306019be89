//! `topic.yml` in → what moderators decided about a topic out.

use serde::{Deserialize, Serialize};

use crate::diagnostic::Diagnostic;
use crate::yaml::{At, Fields};

/// The file's name.
pub const FILE: &str = "topic.yml";

/// What moderators decided about a topic. A reason is empty where none is given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moderation {
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
    let moderation = Moderation {
        pinned: fields.reason("pinned").map(|it| it.value),
        locked: fields.reason("locked"),
        answer: fields.text("answer"),
        aliases: fields.texts("aliases").into_iter().map(|it| it.value).collect(),
    };
    // Only imports look at it, and they read it for themselves.
    fields.text("origin");
    fields.end();
    moderation
}
