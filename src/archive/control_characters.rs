//! Control characters in the texts of an archive → what they were meant to be, or nothing.
//!
//! Those of C1 (U+0080–U+009F) are in no text on purpose: old archives took bytes of Windows-1252 for ISO 8859-1, where
//! `it’s` became `it\u{92}s`. The others are for terminals and printers; no page can show them, and a NUL makes git take a
//! post for a binary file.

use std::borrow::Cow;

use encoding_rs::WINDOWS_1252;

/// What the report says of texts for which [`are_left_out`] holds.
pub const LEFT_OUT: &str = "texts whose control characters were left out";

/// The character that was meant by this one: for a C1 control that which Windows-1252 has at its byte
/// (<https://encoding.spec.whatwg.org/#index-windows-1252>). Five of these bytes stand for nothing there, and stay.
#[must_use]
pub fn windows_1252(c: char) -> char {
    match u8::try_from(c) {
        Ok(byte @ 0x80..=0x9f) => WINDOWS_1252.decode_without_bom_handling(&[byte]).0.chars().next().unwrap_or(c),
        _ => c,
    }
}

/// The text with each character as it was [`windows_1252`].
#[must_use]
pub fn repaired(text: &str) -> Cow<'_, str> {
    // In UTF-8 each of them begins with this byte.
    let is_c1 = |c: char| matches!(c, '\u{80}'..='\u{9f}');
    if memchr::memchr(0xc2, text.as_bytes()).is_none() || !text.contains(is_c1) {
        return Cow::Borrowed(text);
    }
    text.chars().map(windows_1252).collect::<String>().into()
}

/// Whether a character is in no text that is written: a control, but for tabs and the ends of lines.
#[must_use]
pub fn is_left_out(c: char) -> bool {
    c.is_control() && !matches!(c, '\t' | '\n' | '\r')
}

/// Whether [`text`] leaves something out.
#[must_use]
pub fn are_left_out(text: &str) -> bool {
    text.chars().map(windows_1252).any(is_left_out)
}

/// A text as it is written: [`repaired`], with line ends of one form and no other controls but tabs.
#[must_use]
pub fn text(text: &str) -> Cow<'_, str> {
    let repaired = repaired(text);
    if !repaired.contains(|c: char| c == '\r' || is_left_out(c)) {
        return repaired;
    }
    let lines = repaired.replace("\r\n", "\n").replace('\r', "\n");
    lines.chars().filter(|c| !is_left_out(*c)).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_c1_control_is_what_windows_1252_has_at_its_byte() {
        assert_eq!(repaired("it\u{92}s \u{93}tea\u{94} for 5\u{80}\u{85}"), "it’s “tea” for 5€…");
        assert_eq!(repaired("\u{81}\u{8d}\u{8f}\u{90}\u{9d}"), "\u{81}\u{8d}\u{8f}\u{90}\u{9d}");
        for text in ["grüß “x”", "\u{7f}\u{a0}Â", "a\0b"] {
            assert!(matches!(repaired(text), Cow::Borrowed(it) if it == text), "{text}");
        }
    }

    #[test]
    fn a_text_has_no_controls_but_tabs_and_line_ends() {
        assert_eq!(text("a\0b\u{1b}[1mc\u{7f}\u{81}d\te\r\nf\rg\u{85}"), "ab[1mcd\te\nf\ng…");
        assert!(are_left_out("a\0") && are_left_out("\u{81}") && !are_left_out("\t\r\n\u{92}ü"));
    }
}
