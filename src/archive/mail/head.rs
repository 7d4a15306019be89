//! The headers of a mail → what threads are made of: who, when, about what, and in answer to which. It reads no bodies.

use jiff::civil;
use mail_parser::{DateTime, HeaderName, HeaderValue, Message, MessageParser};

use super::fields::{bounded, in_utf8};
use crate::archive::control_characters::repaired;
use crate::key::Key;

/// What the headers of a mail say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    /// A hash of the Message-ID; of the whole head when it has none.
    pub id: Key,
    /// The Message-ID, for addresses.
    pub message_id: Option<String>,
    /// Hashes of the mails that it answers, the nearest last.
    pub answers: Vec<Key>,
    /// The subject as it reads.
    pub subject: String,
    /// When it was sent: seconds since 1970. `None` when nothing possible is said.
    pub date: Option<i64>,
    /// The author's name; from the address when none is told.
    pub name: String,
    /// The author's address in small letters; never to be shown.
    pub address: String,
}

/// The parser that this module uses everywhere: dates and addresses as their own kinds, ids as texts.
pub(super) fn parser() -> MessageParser {
    MessageParser::default()
}

/// Reads the head of a mail. `said` tells the line that stands before it in an mbox, `now` is the present: a mail from the
/// future has no date.
pub(super) fn read(bytes: &[u8], said: &dyn Fn() -> Option<String>, now: i64) -> Head {
    // Headers of more than this are no mail's.
    let text = &bytes[..bytes.len().min(1 << 20)];
    let text = bounded(text);
    let text = in_utf8(&text);
    let parsed = parser().parse_headers(&text).filter(|it| !it.parts.is_empty());
    // Where there is no head, that of a mail which says nothing.
    let parsed = parsed.or_else(|| parser().parse_headers(b"Subject: \n\n")).unwrap_or_default();
    let message_id = parsed.message_id().map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned);
    let id = match &message_id {
        Some(id) => Key::of(id),
        None => Key::of_bytes(head_of(bytes)),
    };
    let mut answers: Vec<Key> = Vec::new();
    // The nearest is named last in References; In-Reply-To names it alone, and is wrong more often.
    for value in [parsed.in_reply_to(), parsed.references()] {
        answers.extend(ids(value).into_iter().map(|id| Key::of(&id)).filter(|it| *it != id));
    }
    let (name, address) = author(&parsed);
    Head {
        id,
        message_id,
        answers,
        subject: subject(parsed.subject().unwrap_or_default()),
        date: date(&parsed, said, now),
        name,
        address,
    }
}

fn head_of(bytes: &[u8]) -> &[u8] {
    let lf = memchr::memmem::find(bytes, b"\n\n");
    let crlf = memchr::memmem::find(bytes, b"\r\n\r\n");
    &bytes[..lf.into_iter().chain(crlf).min().unwrap_or(bytes.len())]
}

/// The ids in a header: between `<` and `>`, or as they stand. Some programs write words among them.
fn ids(value: &HeaderValue<'_>) -> Vec<String> {
    let texts: Vec<&str> = match value {
        HeaderValue::Text(text) => vec![text],
        HeaderValue::TextList(texts) => texts.iter().map(AsRef::as_ref).collect(),
        _ => Vec::new(),
    };
    texts.into_iter().map(str::trim).filter(|id| id.contains('@') && !id.contains(' ')).map(str::to_owned).collect()
}

/// The subject on one line.
fn subject(text: &str) -> String {
    repaired(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A subject without the words that mark an answer, for comparing; and whether it had some.
pub(super) fn base(subject: &str) -> (String, bool) {
    let mut rest = subject.trim();
    let mut answer = false;
    loop {
        // No mark is longer.
        let lower = rest.chars().take(8).collect::<String>().to_lowercase();
        let marks = ["re:", "aw:", "antw:", "sv:", "vs:", "fw:", "fwd:", "wg:", "ref:", "odp:", "回复:", "re ["];
        if let Some(mark) = marks.iter().find(|mark| lower.starts_with(**mark)) {
            // `to_lowercase` keeps the length of all these.
            rest = rest.get(mark.trim_end_matches(" [").len()..).unwrap_or_default().trim_start();
            answer = true;
        } else if lower.starts_with("re[") || lower.starts_with("re(") || lower.starts_with("re^") {
            // `Re[2]:`
            match rest.split_once(':') {
                Some((_, after)) => rest = after.trim_start(),
                None => break,
            }
            answer = true;
        } else if rest.starts_with('[') && rest.contains(']') && !lower.starts_with("[patch") {
            // The list's name, before or behind the mark.
            let after = rest.split_once(']').map_or("", |(_, after)| after.trim_start());
            if after.is_empty() {
                break;
            }
            rest = after;
        } else {
            break;
        }
    }
    (rest.to_lowercase(), answer)
}

/// Who wrote it. List archives write `ada at tea.example (Ada Lovelace)`.
fn author(parsed: &Message<'_>) -> (String, String) {
    let raw = parsed.header_raw(HeaderName::From).unwrap_or_default().trim().to_owned();
    let first = parsed.from().and_then(|from| from.first());
    let (mut name, mut address) = match first {
        Some(it) => {
            (it.name().unwrap_or_default().trim().to_owned(), it.address().unwrap_or_default().trim().to_owned())
        }
        None => (String::new(), String::new()),
    };
    if !address.contains('@') {
        let (before, comment) = match raw.split_once('(') {
            Some((before, rest)) => (before.trim(), rest.rsplit_once(')').map_or(rest, |(it, _)| it).trim()),
            None => (raw.as_str(), ""),
        };
        let before = before.rsplit_once('<').map_or(before, |(_, it)| it.trim_end_matches('>'));
        if let Some((local, host)) = before.split_once(" at ").filter(|(_, host)| !host.trim().contains(' ')) {
            address = format!("{}@{}", local.trim(), host.trim());
            name = if name == before { String::new() } else { name };
        } else if address.is_empty() {
            address = before.to_owned();
        }
        if !comment.is_empty() {
            // What stands there may be encoded, and the parser decodes it where it found a name.
            let decoded = parser()
                .parse_headers(format!("Subject: {comment}\n\n").as_bytes())
                .and_then(|it| it.subject().map(str::to_owned));
            name = decoded.unwrap_or_else(|| comment.to_owned());
        }
    }
    let name = subject(name.trim_matches(['"', '\'']));
    let local = address.split(['@', ' ']).next().unwrap_or_default();
    let name = match name.split_once(['@']) {
        // The name is the address once more.
        Some((before, _)) => before.trim().to_owned(),
        None if name.is_empty() => local.to_owned(),
        None => name,
    };
    let name = if name.is_empty() { String::from("unknown") } else { name };
    let address = if address.is_empty() { format!("? {name}") } else { address };
    (name, address.to_lowercase())
}

/// 1970-01-02: clocks that were never set say the day before.
const EARLIEST_SECONDS: i64 = 86_400;

/// When it was sent: by its own date, by the first host that took it, or by the line before it.
fn date(parsed: &Message<'_>, said: &dyn Fn() -> Option<String>, now: i64) -> Option<i64> {
    let possible = |when: &i64| (EARLIEST_SECONDS..=now + 86_400).contains(when);
    let own = parsed.header_raw(HeaderName::Date).map(str::trim).unwrap_or_default().to_owned();
    let received = || parsed.received_all().filter_map(|it| it.date()).last().and_then(|it| seconds(&it));
    // A zone that is none would be read as some hours.
    let zone =
        |word: &str| word.len() != 5 && word.starts_with(['+', '-']) && word[1..].bytes().all(|b| b.is_ascii_digit());
    let sound = !own.split_whitespace().any(zone);
    parsed
        .date()
        .filter(|_| sound)
        .and_then(seconds)
        .filter(possible)
        .or_else(|| asctime(&own).filter(possible))
        .or_else(|| received().filter(possible))
        .or_else(|| said().as_deref().and_then(asctime).filter(possible))
}

fn seconds(date: &DateTime) -> Option<i64> {
    let year = match date.year {
        // Two digits, as RFC 5322, section 4.3, reads them.
        year @ 0..=49 => 2000 + year,
        year @ 50..=999 => 1900 + year,
        year => year,
    };
    let second = date.second.min(59);
    let at = civil::DateTime::new(
        i16::try_from(year).ok()?,
        i8::try_from(date.month).ok()?,
        i8::try_from(date.day).ok()?,
        i8::try_from(date.hour).ok()?,
        i8::try_from(date.minute).ok()?,
        i8::try_from(second).ok()?,
        0,
    );
    let local = at.ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second();
    // No zone is further than 14 hours away: what says so is wrong, and the clock is taken as it stands.
    let zone =
        if date.tz_hour > 14 { 0 } else { i64::from(date.tz_hour) * 3600 + i64::from(date.tz_minute.min(59)) * 60 };
    Some(if date.tz_before_gmt { local + zone } else { local - zone })
}

/// The first time in a text like `Tue Apr  7 11:46:48 2009`, wherever it stands; a zone in numbers may follow.
fn asctime(text: &str) -> Option<i64> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let words: Vec<&str> = text.split_whitespace().collect();
    let month = |word: &str| {
        let word = word.get(..3)?.to_ascii_lowercase();
        MONTHS.iter().position(|it| *it == word).map(|at| at as u8 + 1)
    };
    let (at, month) = words.iter().enumerate().find_map(|(at, word)| Some((at, month(word)?)))?;
    let number = |word: Option<&&str>| word.and_then(|it| it.trim_matches(',').parse::<u16>().ok());
    // `7 Apr 2009` and `Apr 7 2009` are both met with.
    let near = [number(words.get(at + 1)), at.checked_sub(1).and_then(|it| number(words.get(it)))];
    let day = near.into_iter().flatten().find(|day| (1..=31).contains(day))?;
    let clock = words[at..].iter().find(|word| word.contains(':'))?;
    let mut parts = clock.split(':').map(|part| part.parse::<u8>().ok());
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next().flatten().unwrap_or(0));
    let year =
        words[at..].iter().filter_map(|word| word.parse::<u16>().ok()).find(|year| (1970..2200).contains(year))?;
    let zone = words[at..].iter().find_map(|word| {
        let digits = word.strip_prefix(['+', '-']).filter(|it| it.len() == 4)?;
        Some((word.starts_with('-'), digits.get(..2)?.parse().ok()?, digits.get(2..)?.parse().ok()?))
    });
    let (tz_before_gmt, tz_hour, tz_minute) = zone.unwrap_or((false, 0, 0));
    let day = u8::try_from(day).ok()?;
    seconds(&DateTime { year, month, day, hour, minute, second, tz_before_gmt, tz_hour, tz_minute })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_SECONDS: i64 = 1_767_225_600;

    fn head(text: &str) -> Head {
        read(text.as_bytes(), &|| None, NOW_SECONDS)
    }

    #[test]
    fn an_author_is_found_however_the_archive_writes_addresses() {
        let of = |from: &str| {
            let head = head(&format!("From: {from}\n\n"));
            (head.name, head.address)
        };
        let ada = |name: &str| (name.to_owned(), String::from("ada@tea.example"));
        assert_eq!(of("Ada Lovelace <Ada@tea.example>"), ada("Ada Lovelace"));
        assert_eq!(of("ada at tea.example (Ada Lovelace)"), ada("Ada Lovelace"));
        assert_eq!(of("ada at tea.example"), ada("ada"));
        assert_eq!(of("ada@tea.example (Ada)"), ada("Ada"));
        assert_eq!(of("\"ada@tea.example\" <ada@tea.example>"), ada("ada"));
        assert_eq!(of("=?utf-8?q?Ad=C3=A4?= <ada@tea.example>"), ada("Adä"));
        assert_eq!(of("ada at tea.example (=?utf-8?q?Ad=C3=A4?=)"), ada("Adä"));
        assert_eq!(of("").0, "unknown");
    }

    #[test]
    fn impossible_dates_give_way_to_what_else_is_told() {
        let of = |date: &str, said: Option<&str>| {
            read(format!("Date: {date}\n\n").as_bytes(), &|| said.map(str::to_owned), NOW_SECONDS).date
        };
        assert_eq!(of("Tue, 7 Apr 2009 11:46:48 +0200", None), Some(1_239_097_608));
        assert_eq!(of("Tue Apr  7 09:46:48 2009", None), Some(1_239_097_608));
        assert_eq!(of("Tue, 7 Apr 2009 09:46:48 +50579034", None), Some(1_239_097_608));
        let said = Some("From ada at tea.example  Tue Apr  7 09:46:48 2009");
        assert_eq!(of("Thu, 1 Jan 1970 00:00:00 +0000", said), Some(1_239_097_608));
        assert_eq!(of("Tue, 7 Apr 2109 09:46:48 +0000", said), Some(1_239_097_608));
        assert_eq!(of("yesterday", None), None);
    }

    #[test]
    fn subjects_are_compared_without_marks_and_names_of_lists() {
        for same in ["Re: Tea", "RE: AW: tea", "[list] Re: Tea", "Re: [list] Tea", "Re[2]: tea", "Fwd: Tea"] {
            assert_eq!(base(same), (String::from("tea"), true), "{same}");
        }
        assert_eq!(base("[list] Tea"), (String::from("tea"), false));
        assert_eq!(base("[PATCH 1/2] Tea").0, "[patch 1/2] tea");
        assert_eq!(base("Refill"), (String::from("refill"), false));
        assert_eq!(base("[tea]"), (String::from("[tea]"), false));
    }

    #[test]
    fn ids_are_found_among_words() {
        let it =
            head("Message-ID: <b@x>\nIn-Reply-To: Your message of Monday <a@x>\nReferences: <r@x> <a@x>\n <b@x>\n\n");
        assert_eq!(it.message_id.as_deref(), Some("b@x"));
        assert!(it.answers.ends_with(&[Key::of("r@x"), Key::of("a@x")]), "{:?}", it.answers);
        assert!(!it.answers.contains(&it.id));
    }
}
