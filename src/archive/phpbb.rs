//! A dump of a phpBB board's database (phpBB 2 and 3) → items. Private messages, passwords and addresses are in no table that
//! is read. Tables: <https://wiki.phpbb.com/Tables>.

mod address;
mod index;

use std::collections::HashMap;
use std::path::PathBuf;

use super::bbcode::{self, Style};
use super::bulletin::{CLOSED, Kept, author, below_subject, called, skipped, with_poll};
use super::item::{Attachment, Board, Item, Kind, Member, Post, Topic, Want};
use super::row::{Answer, NO_DATE, NO_ID, NO_TOPIC, Taken, answered};
use super::source::Source;
use super::sql::{self, Charset, Row, Rows};
use super::{Archive, Format, Give, Old, Options};
use crate::monitor::Monitor;
use crate::{Error, Result};
use address::FormerBoard;
use index::Index;

/// The format.
pub const FORMAT: Format = Format { name: "phpbb", about: "a phpBB database", looks, open };

fn looks(source: &Source) -> bool {
    sql::dumps(source).iter().take(20).any(|path| {
        let head = sql::head(path);
        head.contains("phpBB Backup Script") || index::prefix(&sql::tables_of(head.as_bytes())).is_some()
    })
}

fn open(source: Source, told: &Options) -> Result<Box<dyn Archive>> {
    let dumps = sql::dumps(&source);
    let tables = sql::tables(&dumps)?;
    let Some((prefix, second)) = index::prefix(&tables).filter(|(prefix, _)| index::complete(&tables, prefix)) else {
        let message = format!("{}: no phpBB board in it", source.path.display());
        return Err(Error::other(
            message,
            "its tables of forums, topics, posts and users are needed, of one board alone",
        ));
    };
    let url = told.url.clone();
    let index = Index::new(prefix, second, told.private);
    let kept = Kept::of(&source);
    Ok(Box::new(Dump { _source: source, dumps, kept, charset: told.charset, url, index }))
}

struct Dump {
    /// Keeps unpacked files.
    _source: Source,
    dumps: Vec<PathBuf>,
    kept: Kept,
    charset: Option<Charset>,
    url: Option<String>,
    index: Index,
}

impl Archive for Dump {
    fn read(&mut self, want: Want, _: &dyn Monitor, give: Give<'_>) -> Result<()> {
        if want == Want::Names {
            for path in &self.dumps {
                sql::each(path, self.charset, &mut self.index)?;
            }
            self.index.settle();
        }
        for skipped in &self.index.left_out {
            give(Item::Skipped(skipped.clone()))?;
        }
        let place = self.place();
        self.boards(&place, give)?;
        for (id, name) in &self.index.members {
            let aliases = vec![place.member(*id, self.index.second)];
            give(Item::Member(Member { id: format!("u{id}"), name: name.clone(), aliases, ..Member::default() }))?;
        }
        self.topics(&place, give)?;
        let texts = [format!("{}{}", self.index.prefix, if self.index.second { "posts_text" } else { "posts" })];
        let mut with_text: Vec<i64> = Vec::new();
        for path in &self.dumps {
            let mut rows = Rows {
                tables: &texts,
                give: &mut |row: &Row<'_>| {
                    with_text.extend(row.number("post_id").filter(|_| self.index.second));
                    answered(self.post(row, &place, want), || called(row, "post_id"), give).map(drop)
                },
            };
            sql::each(path, self.charset, &mut rows)?;
        }
        with_text.sort_unstable();
        for id in self.index.posts.keys().filter(|id| with_text.binary_search(id).is_err()) {
            give(skipped(Kind::Post, "no text", id.to_string()))?;
        }
        Ok(())
    }

    fn old(&self) -> Old {
        self.place().old()
    }
}

impl Dump {
    fn place(&self) -> FormerBoard {
        FormerBoard::new(self.url.clone().or_else(|| self.index.address()))
    }

    fn boards(&self, place: &FormerBoard, give: Give<'_>) -> Result<()> {
        for forum in &self.index.forums {
            if forum.link {
                give(skipped(Kind::Board, "only a link", forum.title.clone()))?;
                continue;
            }
            if self.index.closed(&forum.id) {
                give(skipped(Kind::Board, CLOSED, forum.title.clone()))?;
                continue;
            }
            let number = forum.id.strip_prefix('f');
            give(Item::Board(Board {
                id: forum.id.clone(),
                parent: forum.parent.clone().filter(|it| !self.index.closed(it)),
                name: None,
                title: forum.title.clone(),
                description: self.markdown(&forum.description, &forum.uid, place, &[]),
                order: Some(forum.order),
                read_only: forum.locked,
                aliases: number.map_or_else(Vec::new, |it| vec![place.forum(it)]),
            }))?;
        }
        Ok(())
    }

    fn topics(&self, place: &FormerBoard, give: Give<'_>) -> Result<()> {
        for (id, topic) in &self.index.topics {
            if topic.moved {
                give(skipped(Kind::Topic, "only leads to where it was moved", topic.title.clone()))?;
                continue;
            }
            let board = format!("f{}", topic.forum);
            let reason = topic.hidden.or_else(|| self.index.closed(&board).then_some(CLOSED));
            if let Some(reason) = reason {
                give(skipped(Kind::Topic, reason, topic.title.clone()))?;
                continue;
            }
            give(Item::Topic(Topic {
                id: format!("t{id}"),
                board: Some(board),
                title: topic.title.clone(),
                pinned: topic.pinned,
                locked: topic.locked,
                views: topic.views,
                aliases: place.topic(*id, topic.forum),
                ..Topic::default()
            }))?;
        }
        Ok(())
    }

    fn post(&self, row: &Row<'_>, place: &FormerBoard, want: Want) -> Answer {
        let id = row.number("post_id").ok_or(NO_ID)?;
        // phpBB 2 keeps the texts in a table of their own.
        let known = if self.index.second { self.index.posts.get(&id).cloned() } else { Some(index::bones(row)) };
        let bones = known.ok_or("only its text is in the export")?;
        let topic = self.index.topics.get(&bones.topic).ok_or(NO_TOPIC)?;
        let closed = || self.index.closed(&format!("f{}", topic.forum)).then_some(CLOSED);
        if let Some(reason) = bones.hidden.or(topic.hidden).or_else(closed) {
            return Err(reason);
        }
        if bones.date <= 0 {
            return Err(NO_DATE);
        }
        let account = Some(bones.author).filter(|it| self.index.members.contains_key(it));
        let (author, guest) = author(account, || bones.guest.clone());
        let files = self.index.files.get(&id).map_or(&[][..], Vec::as_slice);
        let opens = topic.first == id;
        let text = if want == Want::All { self.text(row, topic, opens, place, files) } else { String::new() };
        let attachment = |it: &index::AttachmentRecord| Attachment {
            address: place.file(it.id),
            name: it.name.clone(),
            content: self.kept.content(&[&it.kept]),
        };
        let post = Post {
            id: format!("p{id}"),
            topic: format!("t{}", bones.topic),
            author,
            date: bones.date,
            edited: bones.edited,
            opens,
            source: place.source(id, self.index.second),
            aliases: place.post(id, self.index.second),
            text,
            attachments: if want == Want::All { files.iter().map(attachment).collect() } else { Vec::new() },
            ..Post::default()
        };
        Ok(Taken { author: guest, post, ..Taken::default() })
    }

    fn text(
        &self,
        row: &Row<'_>,
        topic: &index::TopicRecord,
        opens: bool,
        place: &FormerBoard,
        files: &[index::AttachmentRecord],
    ) -> String {
        let uid = row.text("bbcode_uid");
        let text = self.markdown(row.text("post_text"), uid, place, files);
        if opens {
            return with_poll(text, self.index.polls.get(&topic.id), &style(uid, &|_| None, &|_, _| None));
        }
        below_subject(text, &bbcode::plain(row.text("post_subject")), &topic.title)
    }

    fn markdown(&self, text: &str, uid: &str, place: &FormerBoard, files: &[index::AttachmentRecord]) -> String {
        let post = |id: &str| id.parse().ok().map(|id| place.post_link(id));
        let by_name: HashMap<&str, &index::AttachmentRecord> =
            files.iter().rev().map(|it| (it.name.as_str(), it)).collect();
        let file = |number: &str, name: &str| {
            let named = by_name.get(name).copied();
            // The last one that was attached has the number 0.
            let counted = || files.get(number.parse::<usize>().ok().map(|it| files.len().wrapping_sub(it + 1))?);
            named.or_else(counted).map(|it| (place.file(it.id), it.name.clone()))
        };
        // phpBB 2 finds smilies when it shows a text, phpBB 3 when it is written.
        bbcode::xml_markdown(text, &Style { smilies: self.index.second, ..style(uid, &post, &file) })
    }
}

/// How phpBB keeps texts; those without a mark have no tags.
fn style<'s>(uid: &'s str, post: bbcode::Address<'s>, file: bbcode::FileAddress<'s>) -> Style<'s> {
    Style { uid: if uid.is_empty() { "-" } else { uid }, escaped: true, post, file, ..Style::typed() }
}
