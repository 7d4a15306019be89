//! What tells a system of bulletin boards from others: its columns, its addresses, and how it keeps texts.

use super::record::{BoardRecord, PostRecord, Records, TopicRecord};
use super::site::Addresses;
use crate::archive::bbcode::{self, Style};
use crate::archive::sql::{Reader, Row};

/// What tells a system from others. As a [`Reader`] it makes its [`Records`] of all rows but those of texts.
pub(super) trait System: Reader {
    /// The letter before the number of a board in the id of its item.
    const BOARD: char;
    /// The column with a post's text.
    const TEXT: &'static str;
    /// Texts may be kept as XML.
    const XML: bool = false;
    /// Texts name attachments by their file names, or count them from the last one; elsewhere by their numbers.
    const FILES_BY_NAME: bool = false;
    /// What may stand behind the name of an attachment's file in its folder.
    const KEPT_ENDINGS: &'static [&'static str] = &[""];
    /// Of a post that is left out, the reason of its topic is reported before its own.
    const TOPIC_FIRST: bool = false;
    /// A topic's title is the subject of its first post, so that posts are read for it before any is given.
    const TITLED_BY_POSTS: bool = false;

    /// The table of posts' texts, without the prefix of all tables, and its column with the number of the post.
    fn texts(&self) -> (&'static str, &'static str);

    /// What was read.
    fn records(&self) -> &Records;

    /// Where the parts of the board stood.
    fn addresses(&self) -> &'static Addresses;

    /// Completes the records when all rows were read: rows come in the order of the dump.
    fn settle(&mut self);

    /// Takes a topic's title from the row of a post.
    fn title(&mut self, _: &Row<'_>) {}

    /// The address of the board, where it is known.
    fn url(&self) -> Option<String> {
        self.records().url.clone()
    }

    /// A board's title as plain text.
    fn board_title(&self, title: &str) -> String {
        title.to_owned()
    }

    /// How people find a topic in the export.
    fn topic_name(&self, id: i64, _: &TopicRecord) -> String {
        id.to_string()
    }

    /// A board's description as Markdown; `post` gives the addresses of posts.
    fn description(&self, board: &BoardRecord, post: bbcode::Address<'_>) -> String;

    /// What a row of texts tells of its post, or why it can't be taken.
    ///
    /// # Errors
    /// It lacks what tells it from others, or what it belongs to.
    fn post(&self, row: &Row<'_>) -> std::result::Result<PostRecord, &'static str>;

    /// A post's own subject.
    fn subject(&self, row: &Row<'_>) -> String;

    /// How a post's text is kept, without the addresses of what it names.
    fn style<'r>(&self, row: &'r Row<'_>) -> Style<'r>;

    /// How a poll is kept, given how the text of its post is.
    fn poll_style<'s>(&self, style: Style<'s>) -> Style<'s> {
        style
    }
}
