//! Texts → YAML in one line that reads back as these texts, whoever reads it: the value of a field, or a list. Every text that
//! boards writes into YAML goes through here.

use std::fmt::Write;

/// Words that some YAML takes for something else than a text.
const WORDS: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];

/// A text as the value of a field: without quotes where it can be nothing else than a text, and in double quotes otherwise (YAML 1.2, §7.3.1), with escapes for all that isn't printable or ends a line to some readers (§5.1,
/// §5.4). A NUL becomes U+FFFD, as it does in Markdown: no text of the format has one.
#[must_use]
pub fn scalar(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { quoted(text) }
}

/// Texts as the value of a field that takes a list of them. In a list a comma ends a text without quotes (§7.3.3).
#[must_use]
pub fn list<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    let item = |text: &str| if text.contains(',') { quoted(text) } else { scalar(text) };
    let items: Vec<String> = texts.into_iter().map(item).collect();
    format!("[{}]", items.join(", "))
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\0' => out.push('\u{fffd}'),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            // A string takes whatever is written into it.
            c if c.is_control() => _ = write!(out, "\\x{:02x}", u32::from(c)),
            '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {
                _ = write!(out, "\\u{:04x}", u32::from(c))
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Whether a text is one without quotes in any YAML: words that begin with a letter, or the name of a post's file.
fn is_plain(text: &str) -> bool {
    let begins = |c: char| c.is_alphabetic() || c == '/';
    let plain = |c: char| c.is_alphanumeric() || " _-./?!()',".contains(c);
    let stem = || text.split_once('-').is_some_and(|(date, rest)| is_digits(date) && is_time_and_name(rest));
    (text.starts_with(begins) || stem())
        && text.chars().all(plain)
        && !text.ends_with(' ')
        && !WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `101500-ada`: no number and no time goes on with a letter behind a hyphen.
fn is_time_and_name(text: &str) -> bool {
    text.split_once('-')
        .is_some_and(|(time, name)| is_digits(time) && name.starts_with(|c: char| c.is_ascii_alphabetic()))
}

#[cfg(test)]
mod tests {
    use super::super::{Value, read};
    use super::*;

    /// What is read of a text as a value and in a list.
    fn read_back(text: &str) -> [Option<Value>; 2] {
        let (mut faults, quoted) = (Vec::new(), scalar(text));
        let map =
            read("f", &format!("x: {quoted}\ny: {}\nz: a\n", list([text, "a"])), 0, &mut faults).unwrap_or_default();
        assert_eq!(faults, [], "{text:?} as {quoted}");
        assert_eq!(map.len(), 3, "{text:?} as {quoted}");
        let mut values = map.into_iter().map(|(_, node)| node.value);
        let value = values.next();
        let item = match values.next() {
            Some(Value::List(items)) => items.into_iter().next().map(|node| node.value),
            _ => None,
        };
        [value, item]
    }

    #[test]
    fn every_character_comes_back() {
        let all: Vec<char> = (char::MIN..=char::MAX).collect();
        for batch in all.chunks(512) {
            // Alone at the start, in the middle and at the end, and all together.
            let text: String = batch.iter().collect();
            let same = |text: &str| Some(Value::Scalar(text.replace('\0', "\u{fffd}")));
            assert_eq!(read_back(&text), [same(&text), same(&text)]);
            if batch[0] < '\u{3000}' {
                for c in batch {
                    for text in [format!("{c}"), format!("{c}a"), format!("a{c}b"), format!("a{c} b"), format!("a{c}")]
                    {
                        assert_eq!(read_back(&text), [same(&text), same(&text)]);
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_plain_in_any_yaml_stays_so() {
        for text in ["Which first flush?", "ada", "/t/tea", "20261122-101500-ada", "Чай", "it's", "Tea, again"] {
            assert_eq!(scalar(text), text);
        }
        assert_eq!(list(["tea", "green, black"]), "[tea, \"green, black\"]");
        for text in
            ["", "Yes", "null", "2026", "1e5", "2026-11-22", "0x1f-2-a", "a: b", "a #b", "- a", "a ", "it\u{92}s"]
        {
            assert!(scalar(text).starts_with('"'), "{text}");
        }
        assert_eq!(scalar("a\0\u{92}\n\u{feff}\"\\"), "\"a\u{fffd}\\x92\\n\\ufeff\\\"\\\\\"");
    }
}
