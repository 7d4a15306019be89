//! What people, topics and posts are called elsewhere → names of files here: good by the format's rules, unlike each
//! other, and the same in every run. Nothing here looks at the disk.

use jiff::Timestamp;

use super::control_characters::{is_left_out, repaired};
use super::private::masked;
use crate::content::{Stem, handle_fault, name_fault, page_number, reserved, suggested_name};
use crate::key::Key;

/// The longest names, in bytes, so that a path of board, year, topic and post stays below the 200 that it may have.
const BOARD_BYTES: usize = 40;
const TOPIC_BYTES: usize = 48;
const HANDLE_BYTES: usize = 32;
const FILE_BYTES: usize = 60;

/// The key of the hashes that stand for what nobody may read.
pub type Secret = [u8; 32];

/// The part of an origin that says which thing it is: its id, or for a secret one a hash that only this key makes.
#[must_use]
pub fn told(id: &str, secret: Option<&Secret>) -> String {
    match secret {
        Some(key) => Key::from(blake3::keyed_hash(key, id.as_bytes())).hex(),
        None => id.to_owned(),
    }
}

/// Six digits that tell things of the same name apart.
#[must_use]
pub fn mark(origin: Key) -> String {
    origin.hex()[..6].to_owned()
}

/// A person's name as it may be shown: in one line, without an address of e-mail.
#[must_use]
pub fn shown(name: &str) -> String {
    let name = line(&masked(name).replace("@…", ""));
    name.trim_matches(['<', '>', '"', ' ']).to_owned()
}

/// A text in one line, without characters that control a terminal or the direction of writing.
#[must_use]
pub fn line(text: &str) -> String {
    let plain: String = repaired(text).chars().filter(|c| !is_unseen(*c)).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether [`line()`] leaves something out but for white space.
#[must_use]
pub fn line_leaves_out(text: &str) -> bool {
    repaired(text).contains(is_unseen)
}

fn is_unseen(c: char) -> bool {
    let directs = matches!(
        c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
    );
    directs || is_left_out(c) && !c.is_whitespace()
}

/// The handle that a person of this name would have, were nobody else of that name.
#[must_use]
pub fn handle(name: &str) -> String {
    let handle = cut(&suggested_name(&shown(name)), HANDLE_BYTES);
    if handle_fault(&handle).is_none() { handle } else { String::from("member") }
}

/// What two handles have in common that people may take for the same.
#[must_use]
pub fn look(handle: &str) -> String {
    let plain: String = handle.chars().filter(char::is_ascii_alphanumeric).collect();
    plain.replace('0', "o").replace('1', "l").replace("rn", "m").replace("vv", "w")
}

/// The name of a board's folder; `top` when it lies in no other.
#[must_use]
pub fn board(name: &str, top: bool) -> String {
    let name = cut(&suggested_name(&repaired(name)), BOARD_BYTES);
    match name_fault(&name, false) {
        None if !reserved(&name, top) => name,
        None => format!("{name}-board"),
        Some(_) => String::from("board"),
    }
}

/// The name of a topic's folder.
#[must_use]
pub fn topic(title: &str) -> String {
    let name = cut(&suggested_name(&repaired(title)), TOPIC_BYTES);
    match name_fault(&name, false) {
        None if !page_number(&name) && !reserved(&name, false) => name,
        None => format!("{name}-topic"),
        Some(_) => String::from("topic"),
    }
}

/// The usual stem of a post.
#[must_use]
pub fn stem(date: i64, handle: &str) -> String {
    Stem { when: date, author: handle }.to_string()
}

/// The year of a time, for shelves.
#[must_use]
pub fn year(date: i64) -> String {
    Timestamp::from_second(date).unwrap_or_default().strftime("%Y").to_string()
}

/// A time as files tell it.
#[must_use]
pub fn time(date: i64) -> String {
    Timestamp::from_second(date).unwrap_or_default().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Whether a reply's subject says something of its own.
#[must_use]
pub fn is_own(subject: &str, title: &str) -> bool {
    let plain = |text: &str| {
        let text = text.trim().to_lowercase();
        text.trim_start_matches("re:").trim_start().trim_start_matches("re:").trim().to_owned()
    };
    let (subject, title) = (plain(subject), plain(title));
    !subject.is_empty() && !title.starts_with(&subject)
}

/// The name of an attachment's file, with its ending in small letters; none where it has no ending.
#[must_use]
pub fn file(name: &str) -> Option<(String, String)> {
    let (stem, ending) = name.rsplit_once('.')?;
    let ending = ending.to_ascii_lowercase();
    let fits = (1..=5).contains(&ending.len()) && ending.bytes().all(|b| b.is_ascii_alphanumeric());
    let stem = cut(&suggested_name(&repaired(stem)), FILE_BYTES);
    let stem = if name_fault(&stem, false).is_some() { String::from("file") } else { stem };
    fits.then_some((stem, ending))
}

fn cut(name: &str, most: usize) -> String {
    let cut = name.get(..most.min(name.len())).unwrap_or(name);
    // Whole words, when there are some.
    let cut = match cut.rfind('-') {
        Some(at) if cut.len() < name.len() && at >= most / 2 => &cut[..at],
        _ => cut,
    };
    cut.trim_end_matches(['-', '.', '_']).to_owned()
}

/// A name with a large first letter.
pub(super) fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_become_handles_without_addresses() {
        assert_eq!(handle("Ada Lovelace"), "ada-lovelace");
        assert_eq!(handle("ada@tea.example"), "ada");
        assert_eq!(handle("\"Ada\" <ada@tea.example>"), "ada-ada");
        assert_eq!(handle("чай"), "member");
        assert_eq!(handle("page-2"), "member");
        assert_eq!(shown("Ada <ada@tea.example>"), "Ada <ada");
        assert_eq!(shown("a\u{202e}b\nc"), "ab c");
    }

    #[test]
    fn handles_that_look_alike_are_told() {
        assert_eq!(look("a-da"), look("ada"));
        assert_eq!(look("pau1"), look("paul"));
        assert_ne!(look("ada"), look("adb"));
    }

    #[test]
    fn names_of_the_site_are_not_taken() {
        assert_eq!(board("Members", true), "members-board");
        assert_eq!(topic("Page 2"), "page-2-topic");
        assert_eq!(topic("???"), "topic");
        assert_eq!(topic("What is in index.html?"), "what-is-in-index-html");
        assert_eq!(topic(&"long words ".repeat(20)), "long-words-long-words-long-words-long-words");
    }

    #[test]
    fn files_keep_their_ending() {
        assert_eq!(file("My Cup.JPG"), Some(("my-cup".into(), "jpg".into())));
        assert_eq!(file("../../etc/passwd.png"), Some(("etc-passwd".into(), "png".into())));
        assert_eq!(file("cup.php.gif"), Some(("cup-php".into(), "gif".into())));
        assert_eq!(file("none"), None);
    }

    proptest! {
        #[test]
        fn every_name_is_a_good_one(text in "\\PC{0,80}") {
            prop_assert_eq!(handle_fault(&handle(&text)), None);
            prop_assert_eq!(name_fault(&topic(&text), false), None);
            prop_assert_eq!(name_fault(&board(&text, true), false), None);
        }
    }
}
