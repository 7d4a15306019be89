//! A dump of an SMF board's database (2.0, 2.1) → items. Private messages, passwords and addresses are in no column that is
//! read. Tables:
//! <https://github.com/SimpleMachines/SMF/blob/release-2.1/other/install_2-1_mysql.sql>.

mod address;
mod index;

use std::collections::HashMap;
use std::path::PathBuf;

use super::bbcode::{self, Style};
use super::bulletin::{CLOSED, FormerSite, Kept, author, below_subject, called, skipped, with_poll};
use super::item::{Attachment, Board, Item, Kind, Member, Post, Topic, Want};
use super::row::{Answer, NO_DATE, NO_ID, NO_TOPIC, Taken, answered};
use super::source::Source;
use super::sql::{self, Charset, Row, Rows};
use super::{Archive, Format, Give, Old, Options};
use crate::monitor::Monitor;
use crate::{Error, Result};
use index::{AttachmentRecord, Index, TopicRecord};

/// The format.
pub const FORMAT: Format = Format { name: "smf", about: "an SMF database", looks, open };

fn looks(source: &Source) -> bool {
    let of = |path: &PathBuf| index::prefix(&sql::tables_of(sql::head(path).as_bytes())).is_some();
    sql::dumps(source).iter().take(20).any(of)
}

fn open(source: Source, told: &Options) -> Result<Box<dyn Archive>> {
    let dumps = sql::dumps(&source);
    let tables = sql::tables(&dumps)?;
    let has = |prefix: &str, name: &str| tables.iter().any(|it| it.name.strip_prefix(prefix) == Some(name));
    let complete = |prefix: &String| ["boards", "topics", "messages", "members"].into_iter().all(|it| has(prefix, it));
    let Some(prefix) = index::prefix(&tables).filter(complete) else {
        let message = format!("{}: no SMF board in it", source.path.display());
        return Err(Error::other(
            message,
            "its tables of boards, topics, messages and members are needed, of one board alone",
        ));
    };
    let kept = Kept::of(&source);
    let index = Index::new(prefix, told.private, told.url.clone());
    Ok(Box::new(Dump { _source: source, dumps, kept, charset: told.charset, index }))
}

struct Dump {
    /// Keeps unpacked files.
    _source: Source,
    dumps: Vec<PathBuf>,
    kept: Kept,
    charset: Option<Charset>,
    index: Index,
}

impl Archive for Dump {
    fn read(&mut self, want: Want, _: &dyn Monitor, give: Give<'_>) -> Result<()> {
        let messages = [self.index.table("messages")];
        if want == Want::Names {
            for path in &self.dumps {
                sql::each(path, self.charset, &mut self.index)?;
            }
            self.index.settle();
            // A topic's title is the subject of its first message, which stands before it in most dumps.
            for path in &self.dumps {
                let index = &mut self.index;
                let give = &mut |row: &Row<'_>| {
                    index.title(row);
                    Ok(())
                };
                sql::each(path, self.charset, &mut Rows { tables: &messages, give })?;
            }
        }
        for skipped in &self.index.left_out {
            give(Item::Skipped(skipped.clone()))?;
        }
        let site = FormerSite::new(self.index.url.clone());
        self.boards(&site, give)?;
        for (id, name) in &self.index.members {
            let aliases = vec![address::member(&site, *id)];
            give(Item::Member(Member { id: format!("u{id}"), name: name.clone(), aliases, ..Member::default() }))?;
        }
        self.topics(&site, give)?;
        for path in &self.dumps {
            let give =
                &mut |row: &Row<'_>| answered(self.post(row, &site, want), || called(row, "id_msg"), give).map(drop);
            let mut rows = Rows { tables: &messages, give };
            sql::each(path, self.charset, &mut rows)?;
        }
        Ok(())
    }

    fn old(&self) -> Old {
        FormerSite::new(self.index.url.clone()).old(address::canonical)
    }
}

impl Dump {
    fn boards(&self, site: &FormerSite, give: Give<'_>) -> Result<()> {
        for board in &self.index.boards {
            let reason = match () {
                () if board.category => None,
                () if board.link => Some("only a link"),
                () if self.index.closed(board.id) => Some(CLOSED),
                () if self.index.bin == Some(board.id) => Some("only what was deleted is in it"),
                () => None,
            };
            if let Some(reason) = reason {
                give(skipped(Kind::Board, reason, board.title.clone()))?;
                continue;
            }
            give(Item::Board(Board {
                id: board.name(),
                parent: board.parent.clone(),
                name: None,
                title: board.title.clone(),
                description: bbcode::markdown(&board.description, &Style { escaped: true, ..Style::typed() }),
                order: Some(board.order),
                read_only: false,
                aliases: if board.category { Vec::new() } else { vec![address::board(site, board.id)] },
            }))?;
        }
        Ok(())
    }

    fn topics(&self, site: &FormerSite, give: Give<'_>) -> Result<()> {
        for (id, topic) in &self.index.topics {
            if let Some(reason) = self.left_out(topic) {
                give(skipped(Kind::Topic, reason, id.to_string()))?;
                continue;
            }
            give(Item::Topic(Topic {
                id: format!("t{id}"),
                board: Some(format!("b{}", topic.board)),
                title: topic.title.clone(),
                pinned: topic.pinned,
                locked: topic.locked,
                views: topic.views,
                aliases: vec![address::topic(site, *id)],
                ..Topic::default()
            }))?;
        }
        Ok(())
    }

    /// Why a topic isn't to be seen.
    fn left_out(&self, topic: &TopicRecord) -> Option<&'static str> {
        match () {
            () if topic.moved => Some("only leads to where it was moved"),
            () if topic.waits => Some("not approved"),
            () if self.index.closed(topic.board) => Some(CLOSED),
            () if self.index.bin == Some(topic.board) => Some("deleted"),
            () => None,
        }
    }

    fn post(&self, row: &Row<'_>, site: &FormerSite, want: Want) -> Answer {
        let id = row.number("id_msg").ok_or(NO_ID)?;
        let tid = row.number("id_topic").ok_or(NO_TOPIC)?;
        let topic = self.index.topics.get(&tid).ok_or(NO_TOPIC)?;
        let waits = row.number("approved").is_some_and(|it| it != 1);
        if let Some(reason) = self.left_out(topic).or(waits.then_some("not approved")) {
            return Err(reason);
        }
        let date = row.number("poster_time").filter(|it| *it > 0).ok_or(NO_DATE)?;
        let account = row.number("id_member").filter(|it| self.index.members.contains_key(it));
        let (author, guest) = author(account, || bbcode::plain(row.text("poster_name")));
        let files = self.index.files.get(&id).map_or(&[][..], Vec::as_slice);
        let attachment = |it: &AttachmentRecord| Attachment {
            address: it.address(site, tid),
            name: it.name.clone(),
            content: self.kept.content(&[&format!("{}_{}.dat", it.id, it.hash), &format!("{}_{}", it.id, it.hash)]),
        };
        let (text, attachments) = match want {
            Want::Names => (String::new(), Vec::new()),
            Want::All => (self.text(row, topic, files, site), files.iter().map(attachment).collect()),
        };
        let post = Post {
            id: format!("p{id}"),
            topic: format!("t{tid}"),
            author,
            date,
            edited: row.number("modified_time").filter(|it| *it > 0),
            opens: topic.first == id,
            likes: row.number("likes").and_then(|it| u64::try_from(it).ok()),
            source: site.whole(&format!("index.php?topic={tid}.msg{id}#msg{id}")),
            aliases: address::post(site, tid, id),
            text,
            attachments,
            ..Post::default()
        };
        Ok(Taken { author: guest, post, ..Taken::default() })
    }

    fn text(&self, row: &Row<'_>, topic: &TopicRecord, files: &[AttachmentRecord], site: &FormerSite) -> String {
        let tid = row.number("id_topic").unwrap_or_default();
        let by_number: HashMap<String, &AttachmentRecord> =
            files.iter().rev().map(|it| (it.id.to_string(), it)).collect();
        let file = |number: &str, _: &str| {
            let file = by_number.get(number)?;
            Some((file.address(site, tid), file.name.clone()))
        };
        let post = |id: &str| Some(address::by_number(site, id.parse().ok()?));
        let member = |id: &str| Some(address::member(site, id.parse().ok()?));
        // SMF keeps signs of HTML as entities, and `<br />` for the end of a line.
        let smilies = row.number("smileys_enabled") != Some(0);
        let style = Style { escaped: true, smilies, post: &post, member: &member, file: &file, ..Style::typed() };
        let text = bbcode::markdown(row.text("body"), &style);
        if row.number("id_msg") == Some(topic.first) {
            return with_poll(text, self.index.polls.get(&topic.poll), &style);
        }
        below_subject(text, &bbcode::plain(row.text("subject")), &topic.title)
    }
}
