//! The records of a board and the rows of its posts → items, the same way for all systems.

use std::path::PathBuf;

use super::post::Kept;
use super::site::{FormerSite, Numbers};
use super::system::System;
use crate::Result;
use crate::archive::item::{Board, Item, Kind, Member, Skipped, Topic, Want};
use crate::archive::row::{answered, called};
use crate::archive::source::Source;
use crate::archive::sql::{self, Charset, Row, Rows};
use crate::archive::{Archive, Give, Old};
use crate::monitor::Monitor;

/// A board's database.
pub(super) struct Dump<S> {
    /// Keeps unpacked files.
    pub(super) _source: Source,
    pub(super) dumps: Vec<PathBuf>,
    pub(super) kept: Kept,
    pub(super) charset: Option<Charset>,
    pub(super) system: S,
}

fn skipped(kind: Kind, reason: &'static str, name: String) -> Item {
    Item::Skipped(Skipped { kind, reason, name })
}

impl<S: System> Archive for Dump<S> {
    fn read(&mut self, want: Want, _: &dyn Monitor, give: Give<'_>) -> Result<()> {
        let (table, column) = self.system.texts();
        let tables = [format!("{}{table}", self.system.records().prefix)];
        if want == Want::Names {
            self.index(&tables)?;
        }
        for skipped in &self.system.records().left_out {
            give(Item::Skipped(skipped.clone()))?;
        }
        let site = FormerSite::new(self.system.url());
        self.boards(&site, give)?;
        self.members(&site, give)?;
        self.topics(&site, give)?;
        let apart = &self.system.records().posts;
        let mut with_text: Vec<i64> = Vec::new();
        for path in &self.dumps {
            let give = &mut |row: &Row<'_>| {
                with_text.extend(row.number(column).filter(|_| !apart.is_empty()));
                answered(self.post(row, &site, want), || called(row, column), give).map(drop)
            };
            sql::each(path, self.charset, &mut Rows { tables: &tables, give })?;
        }
        with_text.sort_unstable();
        for id in apart.keys().filter(|id| with_text.binary_search(id).is_err()) {
            give(skipped(Kind::Post, "no text", id.to_string()))?;
        }
        Ok(())
    }

    fn old(&self) -> Old {
        FormerSite::new(self.system.url()).old(self.system.addresses().canonical)
    }
}

impl<S: System> Dump<S> {
    /// Reads all that has to be known before the first post is given.
    fn index(&mut self, tables: &[String]) -> Result<()> {
        for path in &self.dumps {
            sql::each(path, self.charset, &mut self.system)?;
        }
        self.system.settle();
        // Posts stand before their topics in most dumps.
        for path in self.dumps.iter().filter(|_| S::TITLED_BY_POSTS) {
            let give = &mut |row: &Row<'_>| {
                self.system.title(row);
                Ok(())
            };
            sql::each(path, self.charset, &mut Rows { tables, give })?;
        }
        Ok(())
    }

    fn boards(&self, site: &FormerSite, give: Give<'_>) -> Result<()> {
        let (records, addresses) = (self.system.records(), self.system.addresses());
        for board in &records.boards {
            if let Some(reason) = records.board_reason(board) {
                give(skipped(Kind::Board, reason, board.title.clone()))?;
                continue;
            }
            let numbers = Numbers { board: board.number, ..Numbers::default() };
            give(Item::Board(Board {
                id: board.id.clone(),
                parent: board.parent.clone(),
                name: None,
                title: self.system.board_title(&board.title),
                description: self.system.description(board, &|id| site.part(addresses.quoted, id)),
                order: Some(board.order),
                read_only: board.locked,
                aliases: if board.category { Vec::new() } else { site.paths(addresses.board, &numbers) },
            }))?;
        }
        Ok(())
    }

    fn members(&self, site: &FormerSite, give: Give<'_>) -> Result<()> {
        for (id, name) in &self.system.records().members {
            let numbers = Numbers { member: *id, ..Numbers::default() };
            let aliases = site.paths(self.system.addresses().member, &numbers);
            give(Item::Member(Member { id: format!("u{id}"), name: name.clone(), aliases, ..Member::default() }))?;
        }
        Ok(())
    }

    fn topics(&self, site: &FormerSite, give: Give<'_>) -> Result<()> {
        let records = self.system.records();
        for (id, topic) in &records.topics {
            if let Some(reason) = records.topic_reason(topic) {
                give(skipped(Kind::Topic, reason, self.system.topic_name(*id, topic)))?;
                continue;
            }
            let numbers = Numbers { board: topic.board, topic: *id, ..Numbers::default() };
            give(Item::Topic(Topic {
                id: format!("t{id}"),
                board: Some(format!("{}{}", S::BOARD, topic.board)),
                title: topic.title.clone(),
                pinned: topic.pinned,
                locked: topic.locked,
                views: topic.views,
                aliases: site.paths(self.system.addresses().topic, &numbers),
                ..Topic::default()
            }))?;
        }
        Ok(())
    }
}
