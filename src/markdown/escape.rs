//! Author text in → HTML text or attribute value out; all author text in a body goes through it. It doesn't
//! judge addresses (see [`address`](super::address)) and knows no tags.
//!
//! What HTML forbids in a document (control characters, noncharacters) becomes U+FFFD here. Since the marks of
//! [holes](super::holes) are noncharacters, no text can forge a hole, whether typed or written as `&#xFDD0;`.

/// What the scan does at a byte; 0 passes it.
const AMPERSAND: u8 = 1;
const LESS: u8 = 2;
const GREATER: u8 = 3;
const QUOTE: u8 = 4;
const SPACE: u8 = 5;
const FORBIDDEN: u8 = 6;
/// The first byte of a longer character that may be forbidden.
const LEAD: u8 = 7;

const TEXT: [u8; 256] = table(false);
const ATTRIBUTE: [u8; 256] = table(true);

const fn table(attribute: bool) -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 0x20 {
        table[byte] = FORBIDDEN;
        byte += 1;
    }
    table[b'\t' as usize] = 0;
    table[b'\n' as usize] = 0;
    table[b'\r' as usize] = SPACE;
    table[0x0C] = SPACE;
    table[0x7F] = FORBIDDEN;
    table[b'&' as usize] = AMPERSAND;
    table[b'<' as usize] = LESS;
    table[b'>' as usize] = GREATER;
    if attribute {
        table[b'"' as usize] = QUOTE;
    }
    table[0xC2] = LEAD;
    table[0xEF] = LEAD;
    byte = 0xF0;
    while byte <= 0xF4 {
        table[byte] = LEAD;
        byte += 1;
    }
    table
}

/// So many bytes are looked at together.
const STEP_BYTES: usize = 16;

/// Whether a table may have something for this byte: what [`table`] says, said so that it needs no table.
const fn may_act(byte: u8) -> bool {
    (byte < b' ') | (byte == b'&') | (byte == b'<') | (byte == b'>') | (byte == b'"') | (byte >= 0x7F)
}

/// Appends `text` as HTML text.
pub(super) fn push_text(out: &mut String, text: &str) {
    push(out, text, &TEXT);
}

/// Appends `text` as the inside of a double-quoted attribute value.
pub(super) fn push_attribute(out: &mut String, text: &str) {
    push(out, text, &ATTRIBUTE);
}

fn push(out: &mut String, text: &str, table: &[u8; 256]) {
    let bytes = text.as_bytes();
    let mut written = 0;
    let mut at = 0;
    while at < bytes.len() {
        // Most of a text stays as it is: it is passed in steps that one instruction can look at.
        if let Some(step) = bytes[at..].first_chunk::<STEP_BYTES>()
            && !step.iter().fold(false, |found, byte| found | may_act(*byte))
        {
            at += STEP_BYTES;
            continue;
        }
        let action = table[usize::from(bytes[at])];
        if action == 0 {
            at += 1;
            continue;
        }
        let (length, instead) = match action {
            AMPERSAND => (1, "&amp;"),
            LESS => (1, "&lt;"),
            GREATER => (1, "&gt;"),
            QUOTE => (1, "&quot;"),
            SPACE => (1, " "),
            FORBIDDEN => (1, "\u{FFFD}"),
            _ => match forbidden(&bytes[at..]) {
                Some(length) => (length, "\u{FFFD}"),
                None => {
                    at += 1;
                    continue;
                }
            },
        };
        out.push_str(&text[written..at]);
        out.push_str(instead);
        at += length;
        written = at;
    }
    out.push_str(&text[written..]);
}

/// The length in bytes of the character at the start when it is a C1 control or a noncharacter.
fn forbidden(bytes: &[u8]) -> Option<usize> {
    match *bytes {
        [0xC2, 0x80..=0x9F, ..] => Some(2),
        [0xEF, 0xB7, 0x90..=0xAF, ..] | [0xEF, 0xBF, 0xBE | 0xBF, ..] => Some(3),
        [0xF0..=0xF4, second, 0xBF, 0xBE | 0xBF, ..] if second & 0x0F == 0x0F => Some(4),
        _ => None,
    }
}

/// HTML text or an attribute value, as this module writes it, back as plain text.
pub(super) fn unescape(out: &mut String, html: &str) {
    let mut rest = html;
    while let Some(at) = memchr::memchr(b'&', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let known = [("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&nbsp;", "\u{A0}")];
        let (entity, character) = known.into_iter().find(|(entity, _)| rest.starts_with(entity)).unwrap_or(("&", "&"));
        out.push_str(character);
        rest = &rest[entity.len()..];
    }
    out.push_str(rest);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(text: &str) -> String {
        let mut out = String::new();
        push_text(&mut out, text);
        out
    }

    fn allowed(character: char) -> bool {
        let code = u32::from(character);
        (!character.is_control() || matches!(character, '\t' | '\n'))
            && !(0xFDD0..=0xFDEF).contains(&code)
            && code & 0xFFFE != 0xFFFE
    }

    #[test]
    fn no_byte_of_a_table_is_passed() {
        assert!((0..=u8::MAX).all(|byte| may_act(byte) || ATTRIBUTE[usize::from(byte)] == 0));
    }

    #[test]
    fn markup_becomes_text() {
        assert_eq!(text("a <b> & \"c\""), "a &lt;b&gt; &amp; \"c\"");
        let mut out = String::new();
        push_attribute(&mut out, "a\" onclick=\"b");
        assert_eq!(out, "a&quot; onclick=&quot;b");
    }

    #[test]
    fn what_html_forbids_is_replaced() {
        assert_eq!(text("a\0b\u{1b}c\u{7f}d\u{85}e"), "a\u{FFFD}b\u{FFFD}c\u{FFFD}d\u{FFFD}e");
        assert_eq!(text("\u{FDD0}\u{FDEF}\u{FFFE}\u{1FFFF}\u{10FFFE}"), "\u{FFFD}".repeat(5));
        assert_eq!(text("\u{c}\r\t\n"), "  \t\n");
        assert_eq!(
            text("é \u{A0} \u{FDCF} \u{FDF0} \u{FFFD} 🍵 \u{1FFFD}"),
            "é \u{A0} \u{FDCF} \u{FDF0} \u{FFFD} 🍵 \u{1FFFD}"
        );
    }

    proptest! {
        #[test]
        fn escaping_turns_back_and_leaves_nothing_forbidden(input in any::<String>()) {
            let mut escaped = String::new();
            push_attribute(&mut escaped, &input);
            prop_assert!(escaped.chars().all(|c| allowed(c) && !matches!(c, '<' | '>' | '"')));
            let mut back = String::new();
            unescape(&mut back, &escaped);
            let expected: String = input
                .chars()
                .map(|c| match c { '\r' | '\u{c}' => ' ', c if allowed(c) => c, _ => '\u{FFFD}' })
                .collect();
            prop_assert_eq!(back, expected);
        }
    }
}
