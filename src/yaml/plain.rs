//! The YAML that nearly all posts have, lines of `key: value`, in → the same fields as the parser finds out, in a tenth
//! of its time. Whatever might be anything else is left to the parser.

use super::{MapKey, Node, Value};
use crate::diagnostic::Spot;

/// The longest key that is read here; no field has a longer name, and YAML limits simple keys to 1,024 characters.
const LONGEST_KEY_BYTES: usize = 64;

/// The fields of `text`, whose first line is line `1 + offset`; `None` when the parser has to look at it.
pub(super) fn read(text: &str, offset: u32) -> Option<Vec<(MapKey, Node)>> {
    let mut fields: Vec<(MapKey, Node)> = Vec::with_capacity(8);
    for (line, source) in (1_u32..).zip(text.lines()) {
        // `lines` takes a CR off as well, which is a sign like any other here.
        let (name, value) = source.split_once(": ")?;
        let is_word = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        let is_new = fields.iter().all(|(key, _)| key.name != name);
        if !is_word || !is_new || name.len() > LONGEST_KEY_BYTES || name == "null" {
            return None;
        }
        let place =
            |column: usize| Some(Spot { line: line.checked_add(offset)?, column: u32::try_from(column + 1).ok()? });
        let column = name.len() + 2;
        let value = match value.strip_prefix('[') {
            Some(list) => Value::List(items(list.strip_suffix(']')?, column + 1, place)?),
            None => Value::Scalar(scalar(value)?.to_owned()),
        };
        fields.push((MapKey { at: place(0)?, name: name.to_owned() }, Node { at: place(column)?, value }));
    }
    // An empty text is the parser's: it has nothing to be quick about.
    (!fields.is_empty() && !text.contains('\r')).then_some(fields)
}

/// A text without quotes, or one in quotes with nothing in it that means something else there.
fn scalar(value: &str) -> Option<&str> {
    for quote in ['"', '\''] {
        if let Some(rest) = value.strip_prefix(quote) {
            let text = rest.strip_suffix(quote)?;
            return (!text.is_empty() && text.chars().all(is_sign) && !text.contains([quote, '\\'])).then_some(text);
        }
    }
    let (first, last) = (value.chars().next()?, value.chars().next_back()?);
    let is_plain = first.is_alphanumeric()
        && last != ' '
        && last != ':'
        && value.chars().all(|c| is_sign(c) && c != '#')
        && !value.contains(": ")
        && value != "null";
    is_plain.then_some(value)
}

/// The items of a list in one line, each of which is a word; `start` is the column of the first.
fn items(list: &str, start: usize, place: impl Fn(usize) -> Option<Spot>) -> Option<Vec<Node>> {
    if list.is_empty() {
        return Some(Vec::new());
    }
    let mut items = Vec::new();
    let mut column = start;
    for item in list.split(", ") {
        let is_word = item.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if !is_word || !item.starts_with(|c: char| c.is_ascii_alphanumeric()) || item == "null" {
            return None;
        }
        items.push(Node { at: place(column)?, value: Value::Scalar(item.to_owned()) });
        column += item.len() + 2;
    }
    Some(items)
}

/// Whether a character is one for people to read, in any script: no control, no mark of direction or order.
fn is_sign(c: char) -> bool {
    matches!(c, ' '..='~') || c.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Reader, Value};
    use super::*;

    /// What the parser finds, with the number of faults.
    fn parsed(text: &str) -> (Option<Vec<(MapKey, Node)>>, usize) {
        let mut faults = Vec::new();
        let mut reader = Reader::new("f", text, 1, &mut faults);
        let map = match reader.document() {
            Ok(Some(Node { value: Value::Map(map), .. })) => Some(map),
            _ => None,
        };
        (map, faults.len())
    }

    #[test]
    fn the_heads_of_posts_are_plain() {
        for text in [
            "title: Which first flush this year?\nauthor: ada\ndate: 2026-11-22T10:15:00Z\ntags: [darjeeling, tea-2]\n",
            "author: ada\nreply_to: 20261122-101500-ada\n",
            "title: \"Why: because\"\n",
            "title: 'a # b'\ntags: []",
            "title: Чай и \"чайник\" (2)\n",
        ] {
            assert_eq!((read(text, 1), 0), parsed(text), "{text}");
            assert!(read(text, 1).is_some(), "{text}");
        }
    }

    #[test]
    fn what_may_be_something_else_is_left_to_the_parser() {
        for text in [
            "",
            "a:\n",
            "a: ~\n",
            "a: null\n",
            "a: b # c\n",
            "a: b: c\n",
            "a: b:\n",
            "a: b\n  c\n",
            "a: &x b\n",
            "a: !t b\n",
            "a: *x\n",
            "a: |\n",
            "a: b \n",
            "a: b\r\n",
            "a: [b: c]\n",
            "a: [b, c\n",
            "a: 'it''s'\n",
            "a: \"\\n\"\n",
            "a: b\na: c\n",
            "a: b\n---\n",
            "a: \u{feff}b\n",
            "null: b\n",
            "? a\n",
            "- a\n",
            "a: b\n\n",
        ] {
            assert_eq!(read(text, 1), None, "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn what_is_plain_is_what_the_parser_finds(
            lines in proptest::collection::vec(("[a-z_]{1,3}", ": ?", "\\PC{0,6}|[\\[\\]{},'\"a0 :#?!&*|>@`%~.=<\\-é]{0,8}|null|\\[[a-z0-9, -]{0,9}\\]"), 1..4),
            end in "\n?",
        ) {
            let lines: Vec<String> = lines.into_iter().map(|(key, colon, value)| key + &colon + &value).collect();
            let text = lines.join("\n") + &end;
            if let Some(map) = read(&text, 1) {
                prop_assert_eq!((Some(map), 0), parsed(&text));
            }
        }
    }
}
