//! A dump of a MyBB board's database (1.6, 1.8) → items. Private messages, passwords and addresses are in no table that is
//! read. Tables: <https://docs.mybb.com/1.8/development/database/>.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::record::{AttachmentRecord, BoardRecord, Poll, PostRecord, Records, TopicRecord, count, keep};
use super::signature::Signature;
use super::site::{Addresses, Asked, number};
use super::system::System;
use crate::Result;
use crate::archive::bbcode::{self, Style};
use crate::archive::item::Kind;
use crate::archive::row::{NO_ID, NO_TOPIC};
use crate::archive::source::Source;
use crate::archive::sql::{Reader, Row};
use crate::archive::{Archive, Format, Options, html};

/// The format.
pub const FORMAT: Format =
    Format { name: "mybb", about: "a MyBB database", looks: |source| SIGNATURE.looks(source), open };

fn open(source: Source, told: &Options) -> Result<Box<dyn Archive>> {
    let system = |prefix, (): (), told: &Options| Index { records: Records::new(prefix, told), ..Index::default() };
    SIGNATURE.open(source, told, system)
}

const SIGNATURE: Signature<()> = Signature {
    name: "MyBB",
    banner: Some("MyBB Database Backup"),
    signs: &[
        ("threads", &["firstpost", "fid"], ()),
        ("posts", &["pid", "replyto"], ()),
        ("adminlog", &["dateline", "module"], ()),
    ],
    needed: ["forums", "threads", "posts", "users"],
};

const FORUM: &str = "forumdisplay.php?fid={board}";
const THREAD: &str = "showthread.php?tid={topic}";
const POST: &str = "showthread.php?pid={post}";
const MEMBER: &str = "member.php?action=profile&uid={member}";

const ADDRESSES: Addresses = Addresses {
    board: &[FORUM, "forum-{board}.html"],
    topic: &[THREAD, "thread-{topic}.html"],
    post: &[POST, "showthread.php#pid{post}"],
    member: &[MEMBER, "user-{member}.html"],
    file: "attachment.php?aid={file}",
    source: "showthread.php?tid={topic}&pid={post}#pid{post}",
    quoted: POST,
    mentioned: None,
    canonical,
};

fn canonical(asked: &Asked) -> Option<(&'static str, i64)> {
    let parts: Vec<&str> = asked.page.strip_suffix(".html").unwrap_or_default().split('-').collect();
    let named = asked.place.strip_prefix("pid").and_then(number).or_else(|| asked.number("pid"));
    let (template, id) = match (asked.page.as_str(), parts.as_slice()) {
        ("showthread.php", _) if named.is_some() => (POST, named),
        ("showthread.php", _) => (THREAD, asked.number("tid")),
        ("forumdisplay.php", _) => (FORUM, asked.number("fid")),
        ("member.php", _) => (MEMBER, asked.number("uid")),
        (_, ["thread", _, "post", id]) => (POST, number(id)),
        (_, ["thread", ..]) if named.is_some() => (POST, named),
        (_, ["thread", id, ..]) => (THREAD, number(id)),
        (_, ["forum", id, ..]) => (FORUM, number(id)),
        (_, ["user", id]) => (MEMBER, number(id)),
        _ => return None,
    };
    Some((template, id?))
}

/// A forum, and the number of the one that it lies in.
#[derive(Debug, Default)]
struct Forum {
    parent: i64,
    board: BoardRecord,
}

/// How deep a forum lies, and what holds for it or for one that it lies in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Within {
    depth: i64,
    password: bool,
    guests_out: bool,
    members_out: bool,
}

/// The records of a board, and what they are made of.
#[derive(Debug, Default)]
struct Index {
    records: Records,
    forums: BTreeMap<i64, Forum>,
    /// The forums that guests, and that members, are kept out of.
    kept_out: [HashSet<i64>; 2],
}

/// Why a post or thread isn't to be seen.
fn hidden(row: &Row<'_>) -> Option<&'static str> {
    match row.number("visible") {
        Some(1) | None => None,
        Some(-1) => Some("deleted"),
        Some(-2) => Some("a draft"),
        Some(_) => Some("not approved"),
    }
}

impl Reader for Index {
    fn wants(&self, table: &str) -> bool {
        let name = self.records.table(table);
        matches!(name, "forums" | "threads" | "users" | "polls" | "attachments" | "forumpermissions" | "settings")
    }

    fn row(&mut self, row: &Row<'_>) -> Result<()> {
        let id = |column: &str| row.number(column).unwrap_or_default();
        let records = &mut self.records;
        match records.table(row.table) {
            "settings" if row.text("name") == "bburl" && records.url.is_none() => {
                records.url = Some(row.text("value").to_owned()).filter(|it| it.contains("://"));
            }
            "forums" => {
                let board = BoardRecord {
                    id: format!("f{}", id("fid")),
                    number: id("fid"),
                    title: row.text("name").to_owned(),
                    description: row.text("description").to_owned(),
                    order: id("disporder"),
                    locked: row.number("open") == Some(0),
                    link: !row.text("linkto").is_empty(),
                    closed: !row.text("password").is_empty(),
                    ..BoardRecord::default()
                };
                let forum = Forum { parent: id("pid"), board };
                keep(&mut self.forums, &mut records.left_out, (Kind::Board, row, "fid"), forum);
            }
            "threads" => {
                let closed = row.text("closed");
                let thread = TopicRecord {
                    board: id("fid"),
                    title: row.text("subject").to_owned(),
                    pinned: row.truth("sticky"),
                    locked: closed == "1",
                    moved: closed.starts_with("moved"),
                    hidden: hidden(row),
                    views: count(row, "views"),
                    first: id("firstpost"),
                    poll: id("tid"),
                };
                records.topic(row, "tid", thread);
            }
            "users" => records.member(row, "uid", row.text("username").to_owned()),
            "polls" => {
                let votes: Vec<&str> = row.text("votes").split("||~|~||").collect();
                let choices = row.text("options").split("||~|~||").zip(votes.into_iter().chain(std::iter::repeat("")));
                let choices =
                    (1..).zip(choices).map(|(at, (words, votes))| (at, words.to_owned(), votes.trim().parse().ok()));
                let choices = choices.collect();
                records.polls.insert(id("tid"), Poll { question: row.text("question").to_owned(), choices });
            }
            "attachments" if id("pid") > 0 && row.number("visible") != Some(0) => {
                let kept = row.text("attachname").rsplit('/').next().unwrap_or_default().to_owned();
                let file = AttachmentRecord { id: id("aid"), name: row.text("filename").to_owned(), kept };
                records.files.entry(id("pid")).or_default().push(file);
            }
            "forumpermissions" if row.number("canview") == Some(0) || row.number("canviewthreads") == Some(0) => {
                // 1 are guests, 2 those who have registered.
                let group = usize::try_from(id("gid") - 1).ok().and_then(|it| self.kept_out.get_mut(it));
                if let Some(group) = group {
                    group.insert(id("fid"));
                }
            }
            _ => {}
        }
        Ok(())
    }
}

impl Index {
    /// What each forum takes from those that it lies in, found one after another from the outside in.
    fn places(&self) -> HashMap<i64, Within> {
        let mut known: HashMap<i64, Within> = HashMap::new();
        for id in self.forums.keys() {
            let (mut way, mut places) = (Vec::new(), HashMap::new());
            let mut at = *id;
            let mut around = loop {
                if let Some(settled) = known.get(&at) {
                    break *settled;
                }
                if let Some(place) = places.get(&at) {
                    // They lie in each other, so what holds for one of them holds for all.
                    let all = way[*place..].iter().fold(Within::default(), |all, id| self.within(all, *id));
                    break Within { depth: 0, ..all };
                }
                let Some(forum) = self.forums.get(&at) else { break Within::default() };
                places.insert(at, way.len());
                way.push(at);
                at = forum.parent;
            };
            for id in way.into_iter().rev() {
                around = self.within(around, id);
                known.insert(id, around);
            }
        }
        known
    }

    /// What holds for a forum that lies in another for which `around` holds.
    fn within(&self, around: Within, id: i64) -> Within {
        let [guests, members] = &self.kept_out;
        Within {
            depth: around.depth + 1,
            password: around.password || self.forums.get(&id).is_some_and(|it| it.board.closed),
            guests_out: around.guests_out || guests.contains(&id),
            members_out: around.members_out || members.contains(&id),
        }
    }
}

impl System for Index {
    const BOARD: char = 'f';
    const TEXT: &'static str = "message";

    fn texts(&self) -> (&'static str, &'static str) {
        ("posts", "pid")
    }

    fn records(&self) -> &Records {
        &self.records
    }

    fn addresses(&self) -> &'static Addresses {
        &ADDRESSES
    }

    fn settle(&mut self) {
        let places = self.places();
        let closed = |it: &Within| it.password || it.guests_out && it.members_out;
        let boards = self.forums.iter().map(|(id, Forum { parent, board })| BoardRecord {
            parent: Some(parent).filter(|it| *it != id && self.forums.contains_key(it)).map(|it| format!("f{it}")),
            depth: places[id].depth,
            ..board.clone()
        });
        self.records.boards = boards.collect();
        self.records.sort_boards();
        if !self.records.private {
            self.records.closed = places.iter().filter(|(_, it)| closed(it)).map(|(id, _)| *id).collect();
        }
    }

    fn board_title(&self, title: &str) -> String {
        html::words(title)
    }

    fn description(&self, board: &BoardRecord, _: bbcode::Address<'_>) -> String {
        html::markdown(&board.description, &html::usual)
    }

    fn post(&self, row: &Row<'_>) -> std::result::Result<PostRecord, &'static str> {
        Ok(PostRecord {
            id: row.number("pid").ok_or(NO_ID)?,
            topic: row.number("tid").ok_or(NO_TOPIC)?,
            account: row.number("uid"),
            guest: row.text("username").to_owned(),
            date: row.number("dateline").unwrap_or_default(),
            edited: row.number("edittime").filter(|it| *it > 0),
            reply_to: row.number("replyto").filter(|it| *it > 0),
            hidden: hidden(row),
            ..PostRecord::default()
        })
    }

    fn subject(&self, row: &Row<'_>) -> String {
        row.text("subject").to_owned()
    }

    fn style<'r>(&self, row: &'r Row<'_>) -> Style<'r> {
        Style { smilies: row.number("smilieoff") != Some(1), ..Style::typed() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::bulletin::site::FormerSite;

    #[test]
    fn what_holds_for_a_forum_holds_for_those_in_it_and_for_all_that_lie_in_each_other() {
        let mut index = Index::default();
        for (id, parent, password) in [
            (1, 0, false),
            (2, 1, true),
            (3, 2, false),
            (4, 6, false),
            (5, 4, true),
            (6, 5, false),
            (7, 6, false),
            (8, 9, false),
        ] {
            let board = BoardRecord { number: id, closed: password, ..BoardRecord::default() };
            index.forums.insert(id, Forum { parent, board });
        }
        index.kept_out = [HashSet::from([1]), HashSet::from([8])];
        index.settle();
        let closed: Vec<i64> = (1..=9).filter(|id| index.records.closed.contains(id)).collect();
        assert_eq!(closed, [2, 3, 4, 5, 6, 7]);
        assert_eq!([1, 2, 3, 8].map(|id| index.places()[&id].depth), [1, 2, 3, 1]);
        index.kept_out[1].insert(3);
        index.forums.get_mut(&2).unwrap().board.closed = false;
        index.settle();
        assert!(!index.records.closed.contains(&2) && index.records.closed.contains(&3));
    }

    #[test]
    fn addresses_of_one_thing_have_one_form() {
        let old = FormerSite::new(Some(String::from("https://tea.example/f"))).old(canonical);
        let same = |a: &str, b: &str| assert_eq!((old.local)(a).as_deref(), Some(b), "{a}");
        same("/f/showthread.php?tid=12&pid=99#pid99", "/f/showthread.php?pid=99");
        same("/f/thread-12-post-99.html#pid99", "/f/showthread.php?pid=99");
        same("https://tea.example/f/thread-12-page-2.html", "/f/showthread.php?tid=12");
        same("forum-3-page-2.html", "/f/forumdisplay.php?fid=3");
        same("/f/user-2.html", "/f/member.php?action=profile&uid=2");
        assert_eq!((old.local)("/showthread.php?tid=12"), None);
    }
}
