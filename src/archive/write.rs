//! The second reading of an archive, with everything's place → the files of the forum. What stands is left as it is, but
//! for pictures that are there now and weren't before.

mod text;

use std::collections::BTreeSet;
use std::path::Path;

use rustc_hash::{FxHashMap, FxHashSet};

use super::downloads::Downloads;
use super::item::{Item, Kind, Post, Skipped};
use super::plan::{BOARD, MemberPlace, Naming, Plan, PostPlace, TOPIC};
use super::report::Report;
use super::sink::{File, Part, Sink};
use super::{Old, control_characters, file, names, row};
use crate::Result;
use crate::config::Policy;
use crate::key::Key;

/// All that writing needs and nothing changes.
pub struct Means<'m> {
    /// Where everything will be.
    pub plan: &'m Plan,
    /// How it is named.
    pub naming: &'m Naming,
    /// What was brought besides.
    pub downloads: &'m Downloads,
    /// Which attachments are allowed.
    pub policy: &'m Policy,
    /// The content folder on the disk.
    pub content: &'m Path,
}

/// An import at work.
pub struct Writing<'w> {
    means: Means<'w>,
    old: &'w Old,
    sink: &'w mut dyn Sink,
    report: &'w mut Report,
    /// The posts that were given, by number.
    given: Vec<bool>,
    /// The files of topics and members that were written, by the keys of their paths.
    written: FxHashSet<Key>,
    /// Attachments that were written: the key of their bytes by that of their path.
    attached: FxHashMap<Key, Key>,
    /// Addresses of what is missing.
    missing: BTreeSet<String>,
}

impl<'w> Writing<'w> {
    /// Begins with the boards.
    ///
    /// # Errors
    /// They can't be written.
    pub fn begin(
        means: Means<'w>,
        old: &'w Old,
        sink: &'w mut dyn Sink,
        report: &'w mut Report,
    ) -> Result<Writing<'w>> {
        let Means { plan, naming, .. } = means;
        for (board, spot) in &plan.boards {
            if spot.fresh {
                let bytes = file::board(board, &naming.origin(&board.id)).into_bytes();
                sink.put(vec![File { path: format!("{}/{BOARD}", spot.path), bytes }], Part::Before)?;
                report.imported(Kind::Board);
                note(report, &spot.path, &[&board.title], &board.description);
            } else {
                report.existing(Kind::Board);
            }
        }
        if let Some(spot) = plan.fallback.as_ref().filter(|it| it.fresh) {
            let board = super::item::Board { title: naming.title.clone(), ..Default::default() };
            let bytes = file::board(&board, "").into_bytes();
            sink.put(vec![File { path: format!("{}/{BOARD}", spot.path), bytes }], Part::Before)?;
        }
        let given = vec![false; plan.posts()];
        let (written, attached) = (FxHashSet::default(), FxHashMap::default());
        Ok(Writing { means, old, sink, report, given, written, attached, missing: BTreeSet::new() })
    }

    /// Writes one item.
    ///
    /// # Errors
    /// It can't be written.
    pub fn item(&mut self, item: Item) -> Result<()> {
        match item {
            Item::Post(post) => self.post(*post),
            Item::Skipped(skipped) => {
                self.report.skipped(skipped);
                Ok(())
            }
            // The plan holds these.
            Item::Board(_) | Item::Topic(_) | Item::Member(_) => Ok(()),
        }
    }

    /// Counts what was planned, and gives the addresses of what is missing.
    pub fn end(self) -> BTreeSet<String> {
        let Means { plan, .. } = self.means;
        for it in plan.topics() {
            if self.written.contains(&key(&format!("{}/{TOPIC}", it.folder))) {
                self.report.imported(Kind::Topic);
            } else {
                self.report.existing(Kind::Topic);
            }
        }
        for place in &plan.bare_topics {
            let name = place.clone();
            self.report.skipped(Skipped { kind: Kind::Topic, reason: "no post of it is in the export", name });
        }
        for it in &plan.members {
            if it.existing {
                self.report.existing(Kind::Member);
            } else if self.written.contains(&key(&it.path)) {
                self.report.imported(Kind::Member);
            } else {
                let name = names::shown(&it.member.name);
                self.report.skipped(Skipped { kind: Kind::Member, reason: "has posted nothing", name });
            }
        }
        self.missing
    }

    fn post(&mut self, post: Post) -> Result<()> {
        let plan = self.means.plan;
        let skip = |reason| Skipped { kind: Kind::Post, reason, name: post.id.clone() };
        let Some(place) = plan.post(&post.id) else {
            self.report.skipped(skip(row::NO_TOPIC));
            return Ok(());
        };
        let given = self.given.get_mut(place.number as usize);
        if given.is_none_or(|it| std::mem::replace(it, true)) {
            self.report.skipped(skip(row::TWICE));
            return Ok(());
        }
        if place.existing {
            self.complete(&post, &place)?;
            if !post.made {
                self.report.existing(Kind::Post);
            }
            return Ok(());
        }
        let (Some(topic), Some(member)) = (plan.topic(place.topic), plan.member(&post.author)) else {
            self.report.skipped(skip(row::NO_TOPIC));
            return Ok(());
        };
        self.topic(&place)?;
        self.member(member)?;
        let reply = post.reply_to.as_deref().and_then(|id| plan.post(id));
        if post.reply_to.is_some() && reply.is_none() {
            self.report.changed("replies to posts that are not there", &place.path);
        }
        let same = |it: &&PostPlace| super::existing::folder(&it.path) == super::existing::folder(&place.path);
        let reply = reply.as_ref().filter(same).filter(|it| it.number != place.number);
        let reply_to = reply.map(|it| stem(&it.path));
        let (text, mut files) = self.text(&post, &place)?;
        let origin = self.means.naming.origin(&post.id);
        let opens = place.opens.then_some(&topic.topic);
        let bytes = file::post(&post, opens, &member.handle, reply_to, &origin, &text).into_bytes();
        files.push(File { path: place.path.clone(), bytes });
        let name = names::shown(&member.member.name);
        let (handle, title) = (member.handle.as_str(), topic.topic.title.as_str());
        let name = if name.is_empty() { handle } else { name.as_str() };
        self.sink.put(files, Part::Post { name, handle, date: post.date, title, opens: place.opens })?;
        let mut lines: Vec<&str> = post.hidden.iter().map(String::as_str).collect();
        if place.opens {
            lines.push(&topic.topic.title);
            lines.extend(topic.topic.tags.iter().map(String::as_str));
            for tag in topic.topic.tags.iter().filter(|tag| !file::is_tag(tag)) {
                self.report.changed("tags of more than 40 characters, or none, that were left out", tag);
            }
        }
        note(self.report, &place.path, &lines, &post.text);
        if post.made {
            self.report.changed("openings made for articles", &place.path);
        } else {
            self.report.imported(Kind::Post);
        }
        Ok(())
    }

    /// Writes what is known of a topic, before its first post: a later run finds its place by that.
    fn topic(&mut self, place: &PostPlace) -> Result<()> {
        let plan = self.means.plan;
        let Some(topic) = plan.topic(place.topic).filter(|it| !it.existing) else { return Ok(()) };
        let path = format!("{}/{TOPIC}", topic.folder);
        if !self.written.insert(key(&path)) {
            return Ok(());
        }
        let answer = topic.topic.answer.as_deref().and_then(|id| plan.post(id));
        let answer = answer.as_ref().map(|it| stem(&it.path));
        let origin = self.means.naming.origin(&topic.topic.id);
        let bytes = file::topic(&topic.topic, answer, &origin).into_bytes();
        self.sink.put(vec![File { path, bytes }], Part::After)
    }

    fn member(&mut self, place: &MemberPlace) -> Result<()> {
        if place.existing || !self.written.insert(key(&place.path)) {
            return Ok(());
        }
        let bytes = file::member(&place.member, &place.handle, &place.origin).into_bytes();
        note(self.report, &place.path, &[&place.member.name], &place.member.about);
        self.sink.put(vec![File { path: place.path.clone(), bytes }], Part::Before)
    }
}

/// Counts a file of whose texts not all was written.
fn note(report: &mut Report, path: &str, lines: &[&str], text: &str) {
    if lines.iter().any(|it| names::line_leaves_out(it)) || control_characters::are_left_out(text) {
        report.changed(control_characters::LEFT_OUT, path);
    }
}

fn key(path: &str) -> Key {
    Key::of_bytes(path.as_bytes())
}

/// The stem of a post's file.
fn stem(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path).trim_end_matches(".md")
}
