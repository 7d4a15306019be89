//! `boards reply`: a topic, perhaps a post of it, and a text in → a reply, checked and kept.

use super::terminal::Terminal;
use super::writing::{Text, keep};
use super::{Common, Done};
use crate::content::draft;

/// Reply to a topic, or to a post of it
///
/// Makes the reply's file, named and headed rightly, opens it in your editor, checks it and keeps it.
///
/// Example: boards reply general/first-flush#20261122-101500-ada
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Reply {
    /// The topic, by its folder below the content folder; with `#` and a file's name without `.md`, a post of it
    #[arg(value_name = "TOPIC[#POST]")]
    topic: String,
    #[command(flatten)]
    text: Text,
}

impl Reply {
    pub(super) fn run(self, common: &Common, terminal: &Terminal) -> Done {
        keep(common, terminal, &self.text, &|forum, writer, when, source| {
            let (id, answered) = draft::topic(forum, &self.topic)?;
            let topic = forum.topics[id as usize].read()?;
            let answered = answered.map(|index| (index, source(topic, index)));
            let answered = answered.as_ref().map(|(index, source)| (*index, source.as_slice()));
            Ok(draft::reply(topic, answered, writer, when))
        })
    }
}
