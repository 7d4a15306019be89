//! A dump of a MyBB board's database (1.6, 1.8) → items. Private messages, passwords and addresses are in no table that is
//! read. Tables: <https://docs.mybb.com/1.8/development/database/>.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;

use super::bbcode::{self, Style};
use super::bulletin::{
    Asked, CLOSED, FormerSite, Kept, Poll, author, below_subject, called, keep, number, skipped, with_poll,
};
use super::item::{Attachment, Board, Item, Kind, Member, Post, Skipped, Topic, Want};
use super::row::{Answer, NO_DATE, NO_ID, NO_TOPIC, Taken, answered};
use super::source::Source;
use super::sql::{self, Charset, Reader, Row, Rows, Table};
use super::{Archive, Format, Give, Old, Options, html};
use crate::monitor::Monitor;
use crate::{Error, Result};

/// The format.
pub const FORMAT: Format = Format { name: "mybb", about: "a MyBB database", looks, open };

fn looks(source: &Source) -> bool {
    sql::dumps(source).iter().take(20).any(|path| {
        let head = sql::head(path);
        head.contains("MyBB Database Backup") || prefix(&sql::tables_of(head.as_bytes())).is_some()
    })
}

/// What stands before the names of a board's tables. None where there is no board, or more than one.
fn prefix(tables: &[Table]) -> Option<String> {
    let mut found = tables.iter().filter_map(|table| {
        let has = |columns: [&str; 2]| columns.iter().all(|it| table.columns.iter().any(|known| known == it));
        let ends = |end: &str, columns| table.name.strip_suffix(end).filter(|_| has(columns)).map(str::to_owned);
        ends("threads", ["firstpost", "fid"])
            .or_else(|| ends("posts", ["pid", "replyto"]))
            .or_else(|| ends("adminlog", ["dateline", "module"]))
    });
    let first = found.next()?;
    found.all(|other| other == first).then_some(first)
}

fn open(source: Source, told: &Options) -> Result<Box<dyn Archive>> {
    let dumps = sql::dumps(&source);
    let tables = sql::tables(&dumps)?;
    let has = |prefix: &str, name: &str| tables.iter().any(|it| it.name.strip_prefix(prefix) == Some(name));
    let complete = |prefix: &String| ["forums", "threads", "posts", "users"].into_iter().all(|it| has(prefix, it));
    let Some(prefix) = prefix(&tables).filter(complete) else {
        let message = format!("{}: no MyBB board in it", source.path.display());
        return Err(Error::other(
            message,
            "its tables of forums, threads, posts and users are needed, of one board alone",
        ));
    };
    let kept = Kept::of(&source);
    let index = Index { prefix, private: told.private, url: told.url.clone(), ..Index::default() };
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

#[derive(Default)]
struct Forum {
    parent: i64,
    title: String,
    description: String,
    order: i64,
    locked: bool,
    link: bool,
    password: bool,
}

/// How deep a forum lies, and what holds for it or for one that it lies in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Within {
    depth: usize,
    password: bool,
    guests_out: bool,
    members_out: bool,
}

struct Thread {
    forum: i64,
    title: String,
    pinned: bool,
    locked: bool,
    moved: bool,
    views: Option<u64>,
    first: i64,
    hidden: Option<&'static str>,
}

struct AttachmentRecord {
    id: i64,
    name: String,
    kept: String,
}

impl AttachmentRecord {
    /// Its address, with its host where that is known.
    fn address(&self, site: &FormerSite) -> String {
        site.address(&format!("attachment.php?aid={}", self.id))
    }
}

/// What has to be known before the first post is given.
#[derive(Default)]
struct Index {
    prefix: String,
    private: bool,
    url: Option<String>,
    forums: BTreeMap<i64, Forum>,
    threads: BTreeMap<i64, Thread>,
    members: BTreeMap<i64, String>,
    /// By thread.
    polls: HashMap<i64, Poll>,
    files: HashMap<i64, Vec<AttachmentRecord>>,
    /// The forums that guests, and that members, are kept out of.
    kept_out: [HashSet<i64>; 2],
    within: HashMap<i64, Within>,
    /// Forums, threads and users that can't be told from others.
    left_out: Vec<Skipped>,
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
        let name = table.strip_prefix(&self.prefix).unwrap_or_default();
        matches!(name, "forums" | "threads" | "users" | "polls" | "attachments" | "forumpermissions" | "settings")
    }

    fn row(&mut self, row: &Row<'_>) -> Result<()> {
        let id = |column: &str| row.number(column).unwrap_or_default();
        match row.table.strip_prefix(&self.prefix).unwrap_or_default() {
            "settings" if row.text("name") == "bburl" && self.url.is_none() => {
                self.url = Some(row.text("value").to_owned()).filter(|it| it.contains("://"));
            }
            "forums" => {
                let forum = Forum {
                    parent: id("pid"),
                    title: row.text("name").to_owned(),
                    description: row.text("description").to_owned(),
                    order: id("disporder"),
                    locked: row.number("open") == Some(0),
                    link: !row.text("linkto").is_empty(),
                    password: !row.text("password").is_empty(),
                };
                keep(&mut self.forums, &mut self.left_out, (Kind::Board, row, "fid"), forum);
            }
            "threads" => {
                let closed = row.text("closed");
                let thread = Thread {
                    forum: id("fid"),
                    title: row.text("subject").to_owned(),
                    pinned: row.truth("sticky"),
                    locked: closed == "1",
                    moved: closed.starts_with("moved"),
                    views: row.number("views").and_then(|it| u64::try_from(it).ok()),
                    first: id("firstpost"),
                    hidden: hidden(row),
                };
                keep(&mut self.threads, &mut self.left_out, (Kind::Topic, row, "tid"), thread);
            }
            "users" => {
                let name = row.text("username").to_owned();
                keep(&mut self.members, &mut self.left_out, (Kind::Member, row, "uid"), name);
            }
            "polls" => {
                let votes: Vec<&str> = row.text("votes").split("||~|~||").collect();
                let choices = row.text("options").split("||~|~||").zip(votes.into_iter().chain(std::iter::repeat("")));
                let choices =
                    (1..).zip(choices).map(|(at, (words, votes))| (at, words.to_owned(), votes.trim().parse().ok()));
                let choices = choices.collect();
                self.polls.insert(id("tid"), Poll { question: row.text("question").to_owned(), choices });
            }
            "attachments" if id("pid") > 0 && row.number("visible") != Some(0) => {
                let kept = row.text("attachname").rsplit('/').next().unwrap_or_default().to_owned();
                let file = AttachmentRecord { id: id("aid"), name: row.text("filename").to_owned(), kept };
                self.files.entry(id("pid")).or_default().push(file);
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
    /// Finds out what each forum takes from those that it lies in, one after another from the outside in.
    fn settle(&mut self) {
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
        self.within = known;
    }

    /// What holds for a forum that lies in another for which `around` holds.
    fn within(&self, around: Within, id: i64) -> Within {
        let [guests, members] = &self.kept_out;
        Within {
            depth: around.depth + 1,
            password: around.password || self.forums.get(&id).is_some_and(|it| it.password),
            guests_out: around.guests_out || guests.contains(&id),
            members_out: around.members_out || members.contains(&id),
        }
    }

    fn closed(&self, forum: i64) -> bool {
        let within = self.within.get(&forum).copied().unwrap_or_default();
        !self.private && (within.password || within.guests_out && within.members_out)
    }
}

/// The one form of the addresses that lead to the same thing.
fn canonical(site: &FormerSite, asked: &Asked) -> Option<String> {
    let parts: Vec<&str> = asked.page.strip_suffix(".html").unwrap_or_default().split('-').collect();
    let named = asked.place.strip_prefix("pid").and_then(number).or_else(|| asked.number("pid"));
    let post = |id: i64| format!("showthread.php?pid={id}");
    let thread = |id: i64| format!("showthread.php?tid={id}");
    let forum = |id: i64| format!("forumdisplay.php?fid={id}");
    let member = |id: i64| format!("member.php?action=profile&uid={id}");
    let page = match (asked.page.as_str(), parts.as_slice()) {
        ("showthread.php", _) => named.map(post).or_else(|| asked.number("tid").map(thread)),
        ("forumdisplay.php", _) => asked.number("fid").map(forum),
        ("member.php", _) => asked.number("uid").map(member),
        (_, ["thread", _, "post", id]) => number(id).map(post),
        (_, ["thread", id, ..]) => named.map(post).or_else(|| number(id).map(thread)),
        (_, ["forum", id, ..]) => number(id).map(forum),
        (_, ["user", id]) => number(id).map(member),
        _ => None,
    };
    page.map(|it| site.path(&it))
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
        let site = self.site();
        self.boards(&site, give)?;
        for (id, name) in &self.index.members {
            let aliases = [format!("member.php?action=profile&uid={id}"), format!("user-{id}.html")];
            let aliases = aliases.map(|it| site.path(&it)).into();
            give(Item::Member(Member { id: format!("u{id}"), name: name.clone(), aliases, ..Member::default() }))?;
        }
        self.topics(&site, give)?;
        let tables = [format!("{}posts", self.index.prefix)];
        for path in &self.dumps {
            let give =
                &mut |row: &Row<'_>| answered(self.post(row, &site, want), || called(row, "pid"), give).map(drop);
            let mut rows = Rows { tables: &tables, give };
            sql::each(path, self.charset, &mut rows)?;
        }
        Ok(())
    }

    fn old(&self) -> Old {
        self.site().old(canonical)
    }
}

impl Dump {
    fn site(&self) -> FormerSite {
        FormerSite::new(self.index.url.clone())
    }

    fn boards(&self, site: &FormerSite, give: Give<'_>) -> Result<()> {
        let index = &self.index;
        let depth = |id: &i64| index.within.get(id).map_or(0, |within| within.depth);
        let mut forums: Vec<(usize, i64, i64, &Forum)> =
            index.forums.iter().map(|(id, it)| (depth(id), it.order, *id, it)).collect();
        forums.sort_by_key(|(depth, order, id, _)| (*depth, *order, *id));
        for (_, order, id, forum) in forums {
            let reason = if forum.link { Some("only a link") } else { index.closed(id).then_some(CLOSED) };
            if let Some(reason) = reason {
                give(skipped(Kind::Board, reason, forum.title.clone()))?;
                continue;
            }
            give(Item::Board(Board {
                id: format!("f{id}"),
                parent: Some(forum.parent)
                    .filter(|it| *it != id && index.forums.contains_key(it))
                    .map(|it| format!("f{it}")),
                name: None,
                title: html::words(&forum.title),
                description: html::markdown(&forum.description, &html::usual),
                order: Some(order),
                read_only: forum.locked,
                aliases: [format!("forumdisplay.php?fid={id}"), format!("forum-{id}.html")]
                    .map(|it| site.path(&it))
                    .into(),
            }))?;
        }
        Ok(())
    }

    fn topics(&self, site: &FormerSite, give: Give<'_>) -> Result<()> {
        for (id, thread) in &self.index.threads {
            let reason = match () {
                () if thread.moved => Some("only leads to where it was moved"),
                () => thread.hidden.or_else(|| self.index.closed(thread.forum).then_some(CLOSED)),
            };
            if let Some(reason) = reason {
                give(skipped(Kind::Topic, reason, id.to_string()))?;
                continue;
            }
            give(Item::Topic(Topic {
                id: format!("t{id}"),
                board: Some(format!("f{}", thread.forum)),
                title: thread.title.clone(),
                pinned: thread.pinned,
                locked: thread.locked,
                views: thread.views,
                aliases: [format!("showthread.php?tid={id}"), format!("thread-{id}.html")]
                    .map(|it| site.path(&it))
                    .into(),
                ..Topic::default()
            }))?;
        }
        Ok(())
    }

    fn post(&self, row: &Row<'_>, site: &FormerSite, want: Want) -> Answer {
        let id = row.number("pid").ok_or(NO_ID)?;
        let tid = row.number("tid").ok_or(NO_TOPIC)?;
        let thread = self.index.threads.get(&tid).ok_or(NO_TOPIC)?;
        let closed = || self.index.closed(thread.forum).then_some(CLOSED);
        if let Some(reason) = hidden(row).or(thread.hidden).or_else(closed) {
            return Err(reason);
        }
        let date = row.number("dateline").filter(|it| *it > 0).ok_or(NO_DATE)?;
        let account = row.number("uid").filter(|it| self.index.members.contains_key(it));
        let (author, guest) = author(account, || row.text("username").to_owned());
        let files = self.index.files.get(&id).map_or(&[][..], Vec::as_slice);
        let attachment = |it: &AttachmentRecord| Attachment {
            address: it.address(site),
            name: it.name.clone(),
            content: self.kept.content(&[&it.kept]),
        };
        let (text, attachments) = match want {
            Want::Names => (String::new(), Vec::new()),
            Want::All => (self.text(row, thread, files, site), files.iter().map(attachment).collect()),
        };
        let post = Post {
            id: format!("p{id}"),
            topic: format!("t{tid}"),
            author,
            date,
            edited: row.number("edittime").filter(|it| *it > 0),
            opens: thread.first == id,
            reply_to: row.number("replyto").filter(|it| *it > 0).map(|it| format!("p{it}")),
            source: site.whole(&format!("showthread.php?tid={tid}&pid={id}#pid{id}")),
            aliases: [format!("showthread.php?pid={id}"), format!("showthread.php#pid{id}")]
                .map(|it| site.path(&it))
                .into(),
            text,
            attachments,
            ..Post::default()
        };
        Ok(Taken { author: guest, post, ..Taken::default() })
    }

    fn text(&self, row: &Row<'_>, thread: &Thread, files: &[AttachmentRecord], site: &FormerSite) -> String {
        let post = |id: &str| Some(site.path(&format!("showthread.php?pid={id}")));
        let by_number: HashMap<String, &AttachmentRecord> =
            files.iter().rev().map(|it| (it.id.to_string(), it)).collect();
        let file = |number: &str, _: &str| {
            let file = by_number.get(number)?;
            Some((file.address(site), file.name.clone()))
        };
        let smilies = row.number("smilieoff") != Some(1);
        let style = Style { smilies, post: &post, file: &file, ..Style::typed() };
        let text = bbcode::markdown(row.text("message"), &style);
        if row.number("pid") == Some(thread.first) {
            return with_poll(text, row.number("tid").and_then(|it| self.index.polls.get(&it)), &style);
        }
        below_subject(text, row.text("subject"), &thread.title)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            index.forums.insert(id, Forum { parent, password, ..Forum::default() });
        }
        index.kept_out = [HashSet::from([1]), HashSet::from([8])];
        index.settle();
        let closed: Vec<i64> = (1..=9).filter(|id| index.closed(*id)).collect();
        assert_eq!(closed, [2, 3, 4, 5, 6, 7]);
        assert_eq!([1, 2, 3, 8].map(|id| index.within[&id].depth), [1, 2, 3, 1]);
        index.kept_out[1].insert(3);
        index.forums.get_mut(&2).unwrap().password = false;
        index.settle();
        assert!(!index.closed(2) && index.closed(3));
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
