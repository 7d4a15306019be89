//! A dump of an SMF board's database (2.0, 2.1) → items. Private messages, passwords and addresses are in no column that is
//! read. Tables:
//! <https://github.com/SimpleMachines/SMF/blob/release-2.1/other/install_2-1_mysql.sql>.

use std::collections::HashMap;

use super::record::{AttachmentRecord, BoardRecord, PostRecord, Records, TopicRecord, count};
use super::signature::Signature;
use super::site::{Addresses, Asked, number};
use super::system::System;
use crate::Result;
use crate::archive::bbcode::{self, Style};
use crate::archive::row::{NO_ID, NO_TOPIC};
use crate::archive::source::Source;
use crate::archive::sql::{Reader, Row};
use crate::archive::{Archive, Format, Options};

/// The format.
pub const FORMAT: Format =
    Format { name: "smf", about: "an SMF database", looks: |source| SIGNATURE.looks(source), open };

fn open(source: Source, told: &Options) -> Result<Box<dyn Archive>> {
    let system = |prefix, (): (), told: &Options| Index { records: Records::new(prefix, told), ..Index::default() };
    SIGNATURE.open(source, told, system)
}

const SIGNATURE: Signature<()> = Signature {
    name: "SMF",
    banner: None,
    signs: &[
        ("messages", &["id_msg", "poster_name"], ()),
        ("boards", &["id_board", "member_groups"], ()),
        ("attachments", &["id_attach", "file_hash"], ()),
        // The first of all in a dump, and followed by much text.
        ("admin_info_files", &["id_file", "filetype"], ()),
    ],
    needed: ["boards", "topics", "messages", "members"],
};

const BOARD: &str = "index.php?board={board}";
const TOPIC: &str = "index.php?topic={topic}";
const MEMBER: &str = "index.php?action=profile;u={member}";
/// A post is found by this in whatever page of its topic it was shown.
const POST: &str = "index.php#msg{post}";

// What SMF can also write, `index.php/topic,12.0.html`, is left out: pages there would make a folder of `index.php`, and
// hosts then no longer take the others for missing.
const ADDRESSES: Addresses = Addresses {
    board: &[BOARD],
    topic: &[TOPIC],
    post: &["index.php?topic={topic}.msg{post}", POST],
    member: &[MEMBER],
    file: "index.php?action=dlattach;topic={topic}.0;attach={file}",
    source: "index.php?topic={topic}.msg{post}#msg{post}",
    quoted: POST,
    mentioned: Some(MEMBER),
    canonical,
};

/// Of topics and boards the address also tells from where on they are shown: `topic=12.15`, `topic=12.msg99`, and without a
/// query `topic,12.15.html`.
fn canonical(asked: &Asked) -> Option<(&'static str, i64)> {
    let path = asked.page.strip_prefix("index.php").filter(|it| it.is_empty() || it.starts_with('/'))?;
    let told = |name: &str| {
        let bare = path.trim_start_matches('/').trim_end_matches('/').trim_end_matches(".html");
        asked.field(name).or_else(|| bare.strip_prefix(name)?.strip_prefix(','))
    };
    let part = |name: &str| told(name).map(|it| it.split_once('.').unwrap_or((it, "")));
    let post = |text: &str| text.strip_prefix("msg").and_then(number);
    let named = post(&asked.place).or_else(|| asked.number("msg")).or_else(|| post(part("topic")?.1));
    let member = || asked.number("u").filter(|_| asked.field("action") == Some("profile"));
    match (named, part("topic"), part("board")) {
        (Some(id), ..) => Some((POST, id)),
        (None, Some((id, _)), _) => Some((TOPIC, number(id)?)),
        (None, None, Some((id, _))) => Some((BOARD, number(id)?)),
        (None, None, None) => Some((MEMBER, member()?)),
    }
}

/// The records of a board, and what they are made of. It holds no post, and of each topic its title.
#[derive(Debug, Default)]
struct Index {
    records: Records,
    /// The board into which deleted posts go, where that is `binned`.
    bin: Option<i64>,
    binned: bool,
}

/// Whether guests (-1) or all who have registered (0) are among those who may read a board.
fn for_all(groups: &str) -> bool {
    groups.split(',').any(|it| matches!(it.trim(), "-1" | "0"))
}

fn waits(row: &Row<'_>) -> Option<&'static str> {
    row.number("approved").filter(|it| *it != 1).map(|_| "not approved")
}

impl Reader for Index {
    fn wants(&self, table: &str) -> bool {
        let names = ["attachments", "boards", "categories", "members", "poll_choices", "polls", "settings", "topics"];
        names.contains(&self.records.table(table))
    }

    fn row(&mut self, row: &Row<'_>) -> Result<()> {
        let id = |column: &str| row.number(column).unwrap_or_default();
        let records = &mut self.records;
        match records.table(row.table) {
            "settings" => self.setting(row.text("variable"), row.text("value")),
            "categories" => {
                let category = BoardRecord {
                    id: format!("c{}", id("id_cat")),
                    number: id("id_cat"),
                    category: true,
                    title: bbcode::plain(row.text("name")),
                    description: row.text("description").to_owned(),
                    order: id("cat_order"),
                    depth: -1,
                    ..BoardRecord::default()
                };
                records.board(row, "id_cat", category);
            }
            "boards" => {
                let board = BoardRecord {
                    id: format!("b{}", id("id_board")),
                    parent: Some(match id("id_parent") {
                        0 => format!("c{}", id("id_cat")),
                        parent => format!("b{parent}"),
                    }),
                    number: id("id_board"),
                    title: bbcode::plain(row.text("name")),
                    description: row.text("description").to_owned(),
                    order: id("board_order"),
                    depth: id("child_level"),
                    link: !row.text("redirect").is_empty(),
                    closed: !for_all(row.text("member_groups")),
                    ..BoardRecord::default()
                };
                records.board(row, "id_board", board);
            }
            "topics" => {
                let topic = TopicRecord {
                    board: id("id_board"),
                    title: String::new(),
                    pinned: id("is_sticky") > 0,
                    locked: id("locked") > 0,
                    moved: id("id_redirect_topic") > 0,
                    hidden: waits(row),
                    views: count(row, "num_views"),
                    first: id("id_first_msg"),
                    poll: id("id_poll"),
                };
                records.topic(row, "id_topic", topic);
            }
            "members" => {
                let name = Some(row.text("real_name")).filter(|it| !it.is_empty()).unwrap_or(row.text("member_name"));
                records.member(row, "id_member", bbcode::plain(name));
            }
            "polls" => {
                records.polls.entry(id("id_poll")).or_default().question = row.text("question").to_owned();
            }
            "poll_choices" => {
                let choice = (id("id_choice"), row.text("label").to_owned(), count(row, "votes"));
                records.polls.entry(id("id_poll")).or_default().choices.push(choice);
            }
            // Of the other kinds are avatars and small pictures that SMF has made of large ones.
            "attachments" if id("id_msg") > 0 && id("attachment_type") == 0 && row.number("approved") != Some(0) => {
                let (id_attach, name) = (id("id_attach"), bbcode::plain(row.text("filename")));
                let kept = format!("{id_attach}_{}", row.text("file_hash"));
                let file = AttachmentRecord { id: id_attach, name, kept };
                records.files.entry(id("id_msg")).or_default().push(file);
            }
            _ => {}
        }
        Ok(())
    }
}

impl Index {
    fn setting(&mut self, name: &str, value: &str) {
        match name {
            // The board's own address stands in no table; that of its smileys lies below it.
            "smileys_url" if self.records.url.is_none() => {
                self.records.url = value.strip_suffix("/Smileys").filter(|it| it.contains("://")).map(str::to_owned);
            }
            "recycle_board" => self.bin = value.parse().ok().filter(|it| *it > 0),
            "recycle_enable" => self.binned = value != "0",
            _ => {}
        }
    }
}

impl System for Index {
    const BOARD: char = 'b';
    const TEXT: &'static str = "body";
    const KEPT_ENDINGS: &'static [&'static str] = &[".dat", ""];
    const TOPIC_FIRST: bool = true;
    const TITLED_BY_POSTS: bool = true;

    fn texts(&self) -> (&'static str, &'static str) {
        ("messages", "id_msg")
    }

    fn records(&self) -> &Records {
        &self.records
    }

    fn addresses(&self) -> &'static Addresses {
        &ADDRESSES
    }

    fn settle(&mut self) {
        self.records.sort();
        self.records.sort_boards();
        let Records { boards, closed, private, bin, .. } = &mut self.records;
        *bin = self.bin.filter(|_| self.binned && !*private);
        // What is around a board comes before it, and whoever may not read that may not read the board.
        let mut before: HashMap<String, (bool, bool)> = HashMap::new();
        for board in boards {
            let above = board.parent.as_ref().and_then(|it| before.get(it));
            board.closed |= above.is_some_and(|(closed, _)| *closed);
            board.parent = board.parent.take().filter(|_| above.is_some_and(|(_, link)| !link));
            before.insert(board.id.clone(), (board.closed, board.link));
            if board.closed && !*private {
                closed.insert(board.number);
            }
        }
    }

    /// The subject of the message that opens a topic is its title.
    fn title(&mut self, row: &Row<'_>) {
        let topic = row.number("id_topic").and_then(|id| self.records.topics.get_mut(&id));
        if let Some(topic) = topic.filter(|it| Some(it.first) == row.number("id_msg")) {
            topic.title = bbcode::plain(row.text("subject"));
        }
    }

    fn description(&self, board: &BoardRecord, _: bbcode::Address<'_>) -> String {
        bbcode::markdown(&board.description, &Style { escaped: true, ..Style::typed() })
    }

    fn post(&self, row: &Row<'_>) -> std::result::Result<PostRecord, &'static str> {
        Ok(PostRecord {
            id: row.number("id_msg").ok_or(NO_ID)?,
            topic: row.number("id_topic").ok_or(NO_TOPIC)?,
            account: row.number("id_member"),
            guest: bbcode::plain(row.text("poster_name")),
            date: row.number("poster_time").unwrap_or_default(),
            edited: row.number("modified_time").filter(|it| *it > 0),
            likes: count(row, "likes"),
            hidden: waits(row),
            ..PostRecord::default()
        })
    }

    fn subject(&self, row: &Row<'_>) -> String {
        bbcode::plain(row.text("subject"))
    }

    fn style<'r>(&self, row: &'r Row<'_>) -> Style<'r> {
        // SMF keeps signs of HTML as entities, and `<br />` for the end of a line.
        Style { escaped: true, smilies: row.number("smileys_enabled") != Some(0), ..Style::typed() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::bulletin::site::FormerSite;

    #[test]
    fn addresses_of_one_thing_have_one_form() {
        let old = FormerSite::new(Some(String::from("https://tea.example/f"))).old(canonical);
        let same = |a: &str, b: &str| assert_eq!((old.local)(a).as_deref(), Some(b), "{a}");
        same("https://tea.example/f/index.php?topic=12.0", "/f/index.php?topic=12");
        same("/f/index.php?topic=12.15", "/f/index.php?topic=12");
        same("/f/index.php?topic=12.15#msg99", "/f/index.php#msg99");
        same("/f/index.php?topic=12.msg99;topicseen#new", "/f/index.php#msg99");
        same("/f/index.php?PHPSESSID=x&amp;topic=12.msg99#msg99", "/f/index.php#msg99");
        same("/f/index.php?msg=99", "/f/index.php#msg99");
        same("/f/index.php/topic,12.msg99.html#msg99", "/f/index.php#msg99");
        same("/f/index.php/topic,12.0.html", "/f/index.php?topic=12");
        same("/f/index.php?board=3.20", "/f/index.php?board=3");
        same("/f/index.php/board,3.0.html", "/f/index.php?board=3");
        same("/f/index.php?action=profile;u=2", "/f/index.php?action=profile;u=2");
        for none in ["/f/index.php?action=help", "/index.php?topic=12.0", "/f/index.phpx?topic=12.0"] {
            assert_eq!((old.local)(none), None, "{none}");
        }
    }
}
