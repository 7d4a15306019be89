//! A dump of a phpBB board's database (phpBB 2 and 3) → items. Private messages, passwords and addresses are in no table that
//! is read. Tables: <https://wiki.phpbb.com/Tables>.

mod index;
mod rights;

use super::record::{BoardRecord, PostRecord, Records, TopicRecord};
use super::signature::Signature;
use super::site::{Addresses, Asked, number};
use super::system::System;
use crate::Result;
use crate::archive::bbcode::{self, Style};
use crate::archive::row::NO_ID;
use crate::archive::source::Source;
use crate::archive::sql::Row;
use crate::archive::{Archive, Format, Options};
use index::Index;

/// The format.
pub const FORMAT: Format =
    Format { name: "phpbb", about: "a phpBB database", looks: |source| SIGNATURE.looks(source), open };

fn open(source: Source, told: &Options) -> Result<Box<dyn Archive>> {
    SIGNATURE.open(source, told, Index::new)
}

/// What differs so much that texts, rights and addresses do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    Two,
    Three,
}

const SIGNATURE: Signature<Version> = Signature {
    name: "phpBB",
    banner: Some("phpBB Backup Script"),
    signs: &[
        ("acl_groups", &["auth_role_id"], Version::Three),
        ("auth_access", &["auth_view"], Version::Two),
        ("posts_text", &["bbcode_uid"], Version::Two),
        ("posts", &["bbcode_uid"], Version::Three),
    ],
    needed: ["forums", "topics", "posts", "users"],
};

const FORUM: &str = "viewforum.php?f={board}";
const TOPIC: &str = "viewtopic.php?t={topic}";
const POST: &str = "viewtopic.php?p={post}";
const MEMBER: &str = "memberlist.php?mode=viewprofile&u={member}";
const MEMBER_2: &str = "profile.php?mode=viewprofile&u={member}";

/// The second address of a post is found in whatever page of its topic it was shown.
const ADDRESSES: Addresses = Addresses {
    board: &[FORUM],
    topic: &[TOPIC, "viewtopic.php?f={board}&t={topic}"],
    post: &[POST, "viewtopic.php#p{post}"],
    member: &[MEMBER],
    file: "download/file.php?id={file}",
    source: "viewtopic.php?p={post}#p{post}",
    quoted: POST,
    mentioned: None,
    canonical,
};

const ADDRESSES_2: Addresses = Addresses {
    post: &[POST, "viewtopic.php#{post}"],
    member: &[MEMBER_2],
    source: "viewtopic.php?p={post}#{post}",
    ..ADDRESSES
};

fn canonical(asked: &Asked) -> Option<(&'static str, i64)> {
    match asked.page.as_str() {
        "viewtopic.php" => match number(asked.place.trim_start_matches('p')).or_else(|| asked.number("p")) {
            Some(post) => Some((POST, post)),
            None => Some((TOPIC, asked.number("t")?)),
        },
        "viewforum.php" => Some((FORUM, asked.number("f")?)),
        "memberlist.php" => Some((MEMBER, asked.number("u")?)),
        "profile.php" => Some((MEMBER_2, asked.number("u")?)),
        _ => None,
    }
}

impl System for Index {
    const BOARD: char = 'f';
    const TEXT: &'static str = "post_text";
    const XML: bool = true;
    const FILES_BY_NAME: bool = true;

    fn texts(&self) -> (&'static str, &'static str) {
        // phpBB 2 keeps the texts in a table of their own.
        (if self.second() { "posts_text" } else { "posts" }, "post_id")
    }

    fn records(&self) -> &Records {
        &self.records
    }

    fn addresses(&self) -> &'static Addresses {
        if self.second() { &ADDRESSES_2 } else { &ADDRESSES }
    }

    fn settle(&mut self) {
        self.settle_polls_and_files();
        self.settle_forums();
    }

    fn url(&self) -> Option<String> {
        self.records.url.clone().or_else(|| self.address())
    }

    fn topic_name(&self, _: i64, topic: &TopicRecord) -> String {
        topic.title.clone()
    }

    fn description(&self, board: &BoardRecord, post: bbcode::Address<'_>) -> String {
        bbcode::xml_markdown(&board.description, &Style { post, smilies: self.second(), ..style(&board.uid) })
    }

    fn post(&self, row: &Row<'_>) -> std::result::Result<PostRecord, &'static str> {
        let id = row.number("post_id").ok_or(NO_ID)?;
        if !self.second() {
            return Ok(index::post(row));
        }
        self.records.posts.get(&id).cloned().ok_or("only its text is in the export")
    }

    fn subject(&self, row: &Row<'_>) -> String {
        bbcode::plain(row.text("post_subject"))
    }

    fn style<'r>(&self, row: &'r Row<'_>) -> Style<'r> {
        // phpBB 2 finds smilies when it shows a text, phpBB 3 when it is written.
        Style { smilies: self.second(), ..style(row.text("bbcode_uid")) }
    }

    fn poll_style<'s>(&self, text: Style<'s>) -> Style<'s> {
        style(text.uid)
    }
}

/// How phpBB keeps texts; those without a mark have no tags.
fn style(uid: &str) -> Style<'_> {
    Style { uid: if uid.is_empty() { "-" } else { uid }, escaped: true, ..Style::typed() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::bulletin::site::FormerSite;

    #[test]
    fn addresses_of_one_thing_have_one_form() {
        let old = FormerSite::new(Some(String::from("https://www.tea.example/forum/"))).old(canonical);
        let same = |a: &str, b: &str| assert_eq!((old.local)(a).as_deref(), Some(b), "{a}");
        same("http://tea.example/forum/viewtopic.php?f=3&t=12&start=20&sid=abc#p99", "/forum/viewtopic.php?p=99");
        same("viewtopic.php?p=99", "/forum/viewtopic.php?p=99");
        same("./viewtopic.php?t=12&amp;p=99#99", "/forum/viewtopic.php?p=99");
        same("/forum/viewtopic.php?t=12&start=20", "/forum/viewtopic.php?t=12");
        same("viewforum.php?f=3", "/forum/viewforum.php?f=3");
        same("profile.php?mode=viewprofile&u=2", "/forum/profile.php?mode=viewprofile&u=2");
        assert_eq!((old.local)("https://elsewhere.example/forum/viewtopic.php?t=1"), None);
        assert_eq!((old.local)("/viewtopic.php?t=1"), None);
        assert_eq!((old.local)("viewtopic.php?t=x"), None);
    }
}
