//! A forum, who writes, when and where → the path and the heading of a new post's file. It reads no clock and writes
//! nothing; whether the text is good is judged by loading the forum with it.

use jiff::{Timestamp, tz::TimeZone};

use super::forum::{Board, BoardId, Forum, TopicId};
use super::member::Role;
use super::names::{Stem, folded, handle_fault, name_fault, reserved, suggested_name};
use super::post::text_of;
use super::posts::ReadTopic;
use super::resolve::{LinkTarget, Resolver};
use crate::Error;
use crate::yaml::{nearest, scalar};

/// Why nothing can be written, and what to do instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What is.
    pub message: String,
    /// What to do; empty where the message says all.
    pub hint: String,
}

/// Why there is no draft.
#[derive(Debug)]
pub enum NoDraft {
    /// The forum doesn't take the post.
    Refused(Refusal),
    /// The forum can't be read.
    Failed(Error),
}

impl From<Refusal> for NoDraft {
    fn from(refusal: Refusal) -> NoDraft {
        NoDraft::Refused(refusal)
    }
}

impl From<Error> for NoDraft {
    fn from(error: Error) -> NoDraft {
        NoDraft::Failed(error)
    }
}

/// Who writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Writer {
    /// The handle: a member's, or one made from a name.
    pub handle: String,
    /// Whether a member's file has the address; nobody is bound to the handle otherwise.
    pub member: bool,
}

/// A new post before its text is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Where the file goes, below the content folder.
    pub path: String,
    /// The front matter with the lines around it.
    pub heading: String,
    /// What is done, in a line: the message of its commit.
    pub subject: String,
    /// What the text begins with for those who write in an editor: a quotation, or nothing.
    pub quotation: String,
}

/// The most lines of a post that a reply quotes.
const QUOTED_LINES: usize = 12;
/// The most bytes of a handle in a file's name, so that time, ending and a number fit beside it.
const LONGEST_HANDLE_BYTES: usize = 72;

fn refused(message: impl Into<String>, hint: impl Into<String>) -> Refusal {
    Refusal { message: message.into(), hint: hint.into() }
}

impl Writer {
    /// The member with this address of e-mail, or else a handle made from the name.
    ///
    /// # Errors
    /// The member is banned.
    pub fn of(forum: &Forum, name: &str, email: &str) -> Result<Writer, Refusal> {
        let email = email.to_lowercase();
        let mut files = forum.people.iter().filter_map(|person| person.file.as_ref());
        if let Some(file) = files.find(|file| file.member.emails.iter().any(|it| it.value == email)) {
            return match file.member.role {
                Role::Banned => Err(refused(format!("`{}` is banned from this forum", file.handle), "")),
                _ => Ok(Writer { handle: file.handle.clone(), member: true }),
            };
        }
        let wished = Some(suggested_name(name)).filter(|it| handle_fault(it).is_none());
        let wished = wished.unwrap_or_else(|| String::from("guest"));
        // The handle of a member is theirs, whoever has the same name.
        let taken = |handle: &str| forum.people.iter().any(|person| person.file.is_some() && person.handle == handle);
        Ok(Writer { handle: numbered(&wished, |it| taken(it)), member: false })
    }
}

/// The board that the path `named` names.
///
/// # Errors
/// There is none, or nobody opens topics in it; or the forum's posts can't be read.
pub fn board(forum: &Forum, named: &str) -> Result<BoardId, NoDraft> {
    let path = below(forum, named);
    match Resolver::new(forum).at(path)? {
        Some(LinkTarget::Board(id)) => {
            let board = &forum.boards[id as usize];
            Ok(open(board).map(|()| id)?)
        }
        Some(LinkTarget::Topic(_) | LinkTarget::Post(..)) => {
            Err(refused(format!("`{path}` is a topic"), format!("`boards reply {path}` answers it")).into())
        }
        _ => {
            let hint = match nearest(path, forum.boards.iter().map(|board| board.path.as_str())) {
                Some(near) => format!("did you mean `{near}`?"),
                None => {
                    let known: Vec<&str> = forum.boards.iter().take(9).map(|board| board.path.as_str()).collect();
                    format!("boards are named by their folder: {}", known.join(", "))
                }
            };
            Err(refused(format!("there is no board `{path}`"), hint).into())
        }
    }
}

/// The topic, and the post in it where one is meant, that `named` names: the topic's path, `#` and a stem behind it or
/// not, or the path of the post's file.
///
/// # Errors
/// There is none, or nobody replies to it; or the forum's posts can't be read.
pub fn topic(forum: &Forum, named: &str) -> Result<(TopicId, Option<usize>), NoDraft> {
    let (path, stem) = match named.split_once('#') {
        Some((path, stem)) => (below(forum, path), Some(stem.strip_prefix("post-").unwrap_or(stem))),
        None => (below(forum, named), None),
    };
    let (id, mut answered) = match Resolver::new(forum).at(path)? {
        Some(LinkTarget::Topic(id)) => (id, None),
        Some(LinkTarget::Post(id, index)) => (id, Some(index)),
        Some(LinkTarget::Board(_)) => {
            let hint = format!("`boards new {path} TITLE` opens a topic in it");
            return Err(refused(format!("`{path}` is a board"), hint).into());
        }
        _ => return Err(refused(format!("there is no topic `{path}`"), suggestion(forum, path)).into()),
    };
    let topic = &forum.topics[id as usize];
    if let Some(stem) = stem {
        let topic = topic.read()?;
        answered = Some(topic.position(stem).ok_or_else(|| {
            let hint = nearest(stem, topic.posts.iter().map(|post| &*post.file.stem));
            let hint = hint.map_or_else(
                || String::from("a post is named by its file, without `.md`"),
                |near| format!("did you mean `{path}#{near}`?"),
            );
            refused(format!("there is no post `{stem}` in `{path}`"), hint)
        })?);
    }
    if let Some(locked) = &topic.moderation.locked {
        let reason = if locked.value.is_empty() { String::new() } else { format!(": {}", locked.value) };
        return Err(refused(format!("`{path}` is locked{reason}"), "a locked topic takes no more replies").into());
    }
    Ok(open(&forum.boards[topic.board as usize]).map(|()| (id, answered))?)
}

/// What may have been meant by a path that names no topic: one of the same name elsewhere, or one that is spelled alike.
fn suggestion(forum: &Forum, path: &str) -> String {
    let name = |path: &str| path.rsplit('/').next().map(str::to_owned);
    let paths = || forum.topics.iter().map(|topic| topic.path.as_str());
    let near = paths().find(|it| name(it) == name(path)).or_else(|| nearest(path, paths()));
    near.map_or_else(
        || String::from("a topic is named by its folder, such as `general/2026/first-flush`"),
        |near| format!("did you mean `{near}`?"),
    )
}

/// A path as people write it → the path below the content folder.
fn below<'n>(forum: &Forum, named: &'n str) -> &'n str {
    let named = named.trim_start_matches("./").trim_matches('/');
    let inside = named.strip_prefix(forum.content.as_str()).and_then(|rest| rest.strip_prefix('/'));
    inside.unwrap_or(named)
}

fn open(board: &Board) -> Result<(), Refusal> {
    if board.read_only {
        return Err(refused(format!("`{}` is read only", board.path), "only moderators write in this board"));
    }
    Ok(())
}

/// The draft of a topic with this title, opened at `when` (seconds since 1970).
///
/// # Errors
/// The title says nothing.
pub fn opening(forum: &Forum, board: BoardId, title: &str, writer: &Writer, when: i64) -> Result<Draft, Refusal> {
    let title = line(title);
    if title.is_empty() {
        return Err(refused("a topic has a title", "say in a few words what it is about"));
    }
    let board = &forum.boards[board as usize];
    let shelf = match shelf(forum, board) {
        Some(_) => format!("{}/{}", board.path, moment(when, "%Y")),
        None => board.path.clone(),
    };
    let wished = Some(suggested_name(&title)).filter(|it| !it.is_empty());
    let wished = wished.unwrap_or_else(|| moment(when, "%Y%m%d-%H%M%S"));
    let siblings: Vec<String> = names_in(forum, &shelf).map(folded).collect();
    let any = forum.settings.letters_any;
    let name = numbered(&wished, |name| {
        reserved(name, false) || name_fault(name, any).is_some() || siblings.iter().any(|it| *it == folded(name))
    });
    let heading = format!("---\ntitle: {}\n{}---\n", scalar(&title), signed(writer, when));
    let stem = stem(writer, when, |_| false);
    let subject = format!("Open “{title}”");
    Ok(Draft { path: format!("{shelf}/{name}/{stem}.md"), heading, subject, quotation: String::new() })
}

/// The draft of a reply to a topic, or to the post at the place `answered` in it, whose file is `source`.
#[must_use]
pub fn reply(topic: ReadTopic<'_>, answered: Option<(usize, &[u8])>, writer: &Writer, when: i64) -> Draft {
    let answered = answered.and_then(|(index, source)| Some((topic.posts.get(index)?, source)));
    let stem = stem(writer, when, |stem| {
        topic.posts.iter().any(|post| *post.file.stem == *stem)
            || topic.unexpected_files.iter().any(|it| *it == format!("{stem}.md"))
    });
    let to = answered.map_or_else(String::new, |(post, _)| format!("reply_to: {}\n", scalar(&post.file.stem)));
    let shown = answered.filter(|(post, _)| post.file.hidden().is_none());
    Draft {
        path: format!("{}/{stem}.md", topic.path),
        heading: format!("---\n{}{to}---\n", signed(writer, when)),
        subject: format!("Reply to “{}”", line(topic.title())),
        quotation: shown.map_or_else(String::new, |(_, source)| quotation(source)),
    }
}

impl Draft {
    /// The file with this text.
    #[must_use]
    pub fn file(&self, text: &str) -> String {
        format!("{}{}\n", self.heading, text.trim_end().trim_start_matches(['\n', '\r']))
    }

    /// The file to be opened in an editor, with the quotation.
    #[must_use]
    pub fn stub(&self) -> String {
        format!("{}{}", self.heading, self.quotation)
    }

    /// Whether somebody has written a text into the file, the quotation not counted.
    #[must_use]
    pub fn written(&self, file: &str) -> bool {
        let text = String::from_utf8_lossy(text_of(file.as_bytes())).into_owned();
        !text.trim().is_empty() && text.trim() != self.quotation.trim() && file.trim() != self.heading.trim()
    }
}

/// The shelf named after a year on which the board's newest topic lies; `None` where it lies elsewhere.
#[must_use]
pub fn shelf<'f>(forum: &'f Forum, board: &Board) -> Option<&'f str> {
    let topics = board.topics.iter().map(|&id| &forum.topics[id as usize]);
    let newest = topics.max_by_key(|topic| (topic.posts.summary().opened, &topic.path))?;
    let (above, _) = newest.path.rsplit_once('/')?;
    let year = above.strip_prefix(board.path.as_str())?.strip_prefix('/')?;
    (year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit())).then_some(above)
}

/// The names of all that lies in a folder.
fn names_in<'f>(forum: &'f Forum, folder: &str) -> impl Iterator<Item = &'f str> {
    let topics = forum.topics.iter().chain(&forum.unparented).map(|topic| topic.path.as_str());
    let boards = forum.boards.iter().map(|board| board.path.as_str());
    let others = forum.unknown.iter().map(|it| it.path.as_str());
    let inside = move |path: &'f str| path.strip_prefix(folder)?.strip_prefix('/')?.split('/').next();
    topics.chain(boards).chain(others).filter_map(inside)
}

/// `wished`, or that name with the first number behind it that isn't `taken`.
fn numbered(wished: &str, taken: impl Fn(&str) -> bool) -> String {
    let names = (2..).map(|number| format!("{wished}-{number}"));
    std::iter::once(wished.to_owned()).chain(names).find(|name| !taken(name)).unwrap_or_default()
}

fn stem(writer: &Writer, when: i64, taken: impl Fn(&str) -> bool) -> String {
    let mut end = writer.handle.len().min(LONGEST_HANDLE_BYTES);
    while !writer.handle.is_char_boundary(end) {
        end -= 1;
    }
    let handle = writer.handle[..end].trim_end_matches(['.', '-', '_']);
    numbered(&Stem { when, author: handle }.to_string(), taken)
}

/// The fields that every post of `boards new` and `boards reply` has.
fn signed(writer: &Writer, when: i64) -> String {
    format!("author: {}\ndate: {}\n", scalar(&writer.handle), moment(when, "%Y-%m-%dT%H:%M:%SZ"))
}

/// A text in one line.
fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn moment(when: i64, form: &str) -> String {
    let at = Timestamp::from_second(when).unwrap_or(Timestamp::UNIX_EPOCH);
    at.to_zoned(TimeZone::UTC).strftime(form).to_string()
}

/// The first lines of a post's text as a block quotation, with an empty line behind it.
fn quotation(source: &[u8]) -> String {
    let text = String::from_utf8_lossy(text_of(source)).into_owned();
    let lines: Vec<&str> = text.trim().lines().collect();
    let mut quoted = String::new();
    for line in lines.iter().take(QUOTED_LINES) {
        quoted.push_str(format!("> {line}").trim_end());
        quoted.push('\n');
    }
    if lines.len() > QUOTED_LINES {
        quoted.push_str("> …\n");
    }
    if !quoted.is_empty() {
        quoted.push('\n');
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ada() -> Writer {
        Writer { handle: String::from("ada"), member: true }
    }

    #[test]
    fn a_stem_tells_time_and_author_and_takes_a_number_when_it_is_taken() {
        assert_eq!(stem(&ada(), 1_795_342_500, |_| false), "20261122-101500-ada");
        assert_eq!(stem(&ada(), 0, |it| it.ends_with("ada")), "19700101-000000-ada-2");
        let long = Writer { handle: "a".repeat(100), member: true };
        assert!(stem(&long, 0, |_| false).len() < 95);
    }

    #[test]
    fn a_quotation_is_short_and_ends_before_the_answer() {
        assert_eq!(quotation(b"---\nauthor: ada\n---\nOne.\n\nTwo.\n"), "> One.\n>\n> Two.\n\n");
        assert_eq!(quotation(b"---\nauthor: ada\n---\n\n"), "");
        let long = quotation("line\n".repeat(40).as_bytes());
        assert_eq!(long.lines().count(), QUOTED_LINES + 2);
        assert!(long.ends_with("> …\n\n"));
    }

    #[test]
    fn only_what_somebody_wrote_counts_as_a_text() {
        let draft = Draft {
            path: String::new(),
            subject: String::new(),
            heading: "---\nauthor: ada\n---\n".into(),
            quotation: "> One.\n\n".into(),
        };
        assert!(!draft.written(&draft.stub()));
        assert!(!draft.written(&draft.file("  \n")));
        assert!(!draft.written(&draft.heading));
        assert!(!draft.written(""));
        assert!(draft.written(&(draft.stub() + "Yes.\n")));
        assert_eq!(draft.file("\nHi\n\n"), "---\nauthor: ada\n---\nHi\n");
    }
}
