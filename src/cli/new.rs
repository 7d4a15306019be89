//! `boards new`: a board, a title and a text in → a new topic's opening post, checked and kept.

use super::terminal::Terminal;
use super::writing::{Text, keep};
use super::{Common, Done};
use crate::content::draft;

/// Open a topic
///
/// Makes the file of its opening post, named and headed rightly, opens it in your editor, checks it and keeps it.
///
/// Example: boards new general "Which first flush this year?"
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct New {
    /// The board, by its folder below the content folder
    board: String,
    /// The topic's title
    title: String,
    #[command(flatten)]
    text: Text,
}

impl New {
    pub(super) fn run(self, common: &Common, terminal: &Terminal) -> Done {
        keep(common, terminal, &self.text, &|forum, writer, when, _| {
            let board = draft::board(forum, &self.board)?;
            Ok(draft::opening(forum, board, &self.title, writer, when)?)
        })
    }
}
