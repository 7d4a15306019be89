//! The rows of a dump → what has to be known before the first post is given. It holds no post, and of each topic its title.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::Result;
use crate::archive::bbcode;
use crate::archive::bulletin::{FormerSite, Poll, called, keep};
use crate::archive::item::{Kind, Skipped};
use crate::archive::row::NO_ID;
use crate::archive::sql::{Reader, Row, Table};

/// A board, or a category.
#[derive(Debug, Default)]
pub(super) struct BoardRecord {
    pub(super) id: i64,
    pub(super) category: bool,
    /// The name that it goes by among the archive's items; so has the one that it lies in.
    pub(super) parent: Option<String>,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) order: i64,
    pub(super) link: bool,
    /// How deep it lies in others.
    depth: i64,
    /// Neither guests nor all who have registered may read it.
    closed: bool,
}

impl BoardRecord {
    pub(super) fn name(&self) -> String {
        format!("{}{}", if self.category { 'c' } else { 'b' }, self.id)
    }
}

#[derive(Debug)]
pub(super) struct TopicRecord {
    pub(super) board: i64,
    /// The subject of its first message.
    pub(super) title: String,
    pub(super) pinned: bool,
    pub(super) locked: bool,
    pub(super) moved: bool,
    /// It was never approved.
    pub(super) waits: bool,
    pub(super) views: Option<u64>,
    /// The message that opens it.
    pub(super) first: i64,
    pub(super) poll: i64,
}

/// An attachment.
#[derive(Debug)]
pub(super) struct AttachmentRecord {
    pub(super) id: i64,
    pub(super) name: String,
    /// A part of its name in the folder of attachments.
    pub(super) hash: String,
}

impl AttachmentRecord {
    /// Its address, with its host where that is known.
    pub(super) fn address(&self, site: &FormerSite, topic: i64) -> String {
        site.address(&format!("index.php?action=dlattach;topic={topic}.0;attach={}", self.id))
    }
}

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Index {
    prefix: String,
    private: bool,
    pub(super) url: Option<String>,
    pub(super) boards: Vec<BoardRecord>,
    pub(super) topics: BTreeMap<i64, TopicRecord>,
    pub(super) members: BTreeMap<i64, String>,
    pub(super) polls: HashMap<i64, Poll>,
    pub(super) files: HashMap<i64, Vec<AttachmentRecord>>,
    /// The board into which deleted posts go, where there is one.
    pub(super) bin: Option<i64>,
    binned: bool,
    closed: HashSet<i64>,
    /// Boards, topics and members that can't be told from others.
    pub(super) left_out: Vec<Skipped>,
}

/// What stands before the names of a board's tables. None where there is no board, or more than one.
pub(super) fn prefix(tables: &[Table]) -> Option<String> {
    let mut found = tables.iter().filter_map(|table| {
        let has = |columns: [&str; 2]| columns.iter().all(|it| table.columns.iter().any(|known| known == it));
        let ends = |end: &str, columns| table.name.strip_suffix(end).filter(|_| has(columns)).map(str::to_owned);
        ends("messages", ["id_msg", "poster_name"])
            .or_else(|| ends("boards", ["id_board", "member_groups"]))
            .or_else(|| ends("attachments", ["id_attach", "file_hash"]))
            // The first of all in a dump, and followed by much text.
            .or_else(|| ends("admin_info_files", ["id_file", "filetype"]))
    });
    let first = found.next()?;
    found.all(|other| other == first).then_some(first)
}

/// Whether guests (-1) or all who have registered (0) are among those who may read a board.
fn for_all(groups: &str) -> bool {
    groups.split(',').any(|it| matches!(it.trim(), "-1" | "0"))
}

impl Reader for Index {
    fn wants(&self, table: &str) -> bool {
        let name = table.strip_prefix(&self.prefix).unwrap_or_default();
        let names = ["attachments", "boards", "categories", "members", "poll_choices", "polls", "settings", "topics"];
        names.contains(&name)
    }

    fn row(&mut self, row: &Row<'_>) -> Result<()> {
        let id = |column: &str| row.number(column).unwrap_or_default();
        let count = |column: &str| row.number(column).and_then(|it| u64::try_from(it).ok());
        match row.table.strip_prefix(&self.prefix).unwrap_or_default() {
            "settings" => self.setting(row.text("variable"), row.text("value")),
            "categories" if row.number("id_cat").is_none() => self.no_id(row, "id_cat"),
            "boards" if row.number("id_board").is_none() => self.no_id(row, "id_board"),
            "categories" => self.boards.push(BoardRecord {
                id: id("id_cat"),
                category: true,
                title: bbcode::plain(row.text("name")),
                description: row.text("description").to_owned(),
                order: id("cat_order"),
                depth: -1,
                ..BoardRecord::default()
            }),
            "boards" => self.boards.push(BoardRecord {
                id: id("id_board"),
                category: false,
                parent: Some(match id("id_parent") {
                    0 => format!("c{}", id("id_cat")),
                    parent => format!("b{parent}"),
                }),
                title: bbcode::plain(row.text("name")),
                description: row.text("description").to_owned(),
                order: id("board_order"),
                link: !row.text("redirect").is_empty(),
                depth: id("child_level"),
                closed: !for_all(row.text("member_groups")),
            }),
            "topics" => {
                let topic = TopicRecord {
                    board: id("id_board"),
                    title: String::new(),
                    pinned: id("is_sticky") > 0,
                    locked: id("locked") > 0,
                    moved: id("id_redirect_topic") > 0,
                    waits: row.number("approved").is_some_and(|it| it != 1),
                    views: count("num_views"),
                    first: id("id_first_msg"),
                    poll: id("id_poll"),
                };
                keep(&mut self.topics, &mut self.left_out, (Kind::Topic, row, "id_topic"), topic);
            }
            "members" => {
                let name = Some(row.text("real_name")).filter(|it| !it.is_empty()).unwrap_or(row.text("member_name"));
                let name = bbcode::plain(name);
                keep(&mut self.members, &mut self.left_out, (Kind::Member, row, "id_member"), name);
            }
            "polls" => {
                self.polls.entry(id("id_poll")).or_default().question = row.text("question").to_owned();
            }
            "poll_choices" => {
                let choice = (id("id_choice"), row.text("label").to_owned(), count("votes"));
                self.polls.entry(id("id_poll")).or_default().choices.push(choice);
            }
            // Of the other kinds are avatars and small pictures that SMF has made of large ones.
            "attachments" if id("id_msg") > 0 && id("attachment_type") == 0 && row.number("approved") != Some(0) => {
                let (name, hash) = (bbcode::plain(row.text("filename")), row.text("file_hash").to_owned());
                self.files.entry(id("id_msg")).or_default().push(AttachmentRecord { id: id("id_attach"), name, hash });
            }
            _ => {}
        }
        Ok(())
    }
}

impl Index {
    pub(super) fn new(prefix: String, private: bool, url: Option<String>) -> Index {
        Index { prefix, private, url, ..Index::default() }
    }

    /// The whole name of a table.
    pub(super) fn table(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    fn no_id(&mut self, row: &Row<'_>, column: &str) {
        self.left_out.push(Skipped { kind: Kind::Board, reason: NO_ID, name: called(row, column) });
    }

    fn setting(&mut self, name: &str, value: &str) {
        match name {
            // The board's own address stands in no table; that of its smileys lies below it.
            "smileys_url" if self.url.is_none() => {
                self.url = value.strip_suffix("/Smileys").filter(|it| it.contains("://")).map(str::to_owned);
            }
            "recycle_board" => self.bin = value.parse().ok().filter(|it| *it > 0),
            "recycle_enable" => self.binned = value != "0",
            _ => {}
        }
    }

    /// Takes the subject of a message for the title of the topic that it opens.
    pub(super) fn title(&mut self, row: &Row<'_>) {
        let topic = row.number("id_topic").and_then(|id| self.topics.get_mut(&id));
        if let Some(topic) = topic.filter(|it| Some(it.first) == row.number("id_msg")) {
            topic.title = bbcode::plain(row.text("subject"));
        }
    }

    /// Puts in order what came in the dump's.
    pub(super) fn settle(&mut self) {
        self.bin = self.bin.filter(|_| self.binned && !self.private);
        // A board comes after the one that it lies in, which lies less deep.
        self.boards.sort_by_key(|it| (it.depth, it.order, it.id));
        let mut before: HashMap<String, (bool, bool)> = HashMap::new();
        for board in &mut self.boards {
            let above = board.parent.as_ref().and_then(|it| before.get(it));
            board.closed |= above.is_some_and(|(closed, _)| *closed);
            board.parent = board.parent.take().filter(|_| above.is_some_and(|(_, link)| !link));
            before.insert(board.name(), (board.closed, board.link));
            if board.closed && !self.private {
                self.closed.insert(board.id);
            }
        }
        self.polls.values_mut().for_each(|poll| poll.choices.sort());
        self.files.values_mut().for_each(|files| files.sort_by_key(|it| it.id));
    }

    /// Whether a board is left out because not everybody could read it.
    pub(super) fn closed(&self, board: i64) -> bool {
        self.closed.contains(&board)
    }
}
