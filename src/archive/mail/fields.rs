//! A mail → the same mail with no field about a part longer than anybody writes: the library that reads mails compares
//! each piece of a parameter that is continued (RFC 2231, section 3) with all the others.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// The most bytes of a field. What is behind them is left out.
const MOST_BYTES: usize = 64 << 10;

/// What the names of fields about a part begin with.
const PART: &[u8] = b"content-";

/// The mail with fields of at most [`MOST_BYTES`] bytes.
pub(super) fn bounded(mail: &[u8]) -> Cow<'_, [u8]> {
    let (mut out, mut kept, mut at) = (Vec::new(), 0, 0);
    while at < mail.len() {
        let line = next_line(mail, at);
        if !mail[at..line].get(..PART.len()).is_some_and(|start| start.eq_ignore_ascii_case(PART)) {
            at = line;
            continue;
        }
        let mut end = line;
        while matches!(mail.get(end), Some(b' ' | b'\t')) {
            end = next_line(mail, end);
        }
        if end - at > MOST_BYTES {
            out.extend_from_slice(&mail[kept..at + MOST_BYTES]);
            // The end of the field's last line stays.
            kept = if mail[end - 1] == b'\n' { end - 1 } else { end };
        }
        at = end;
    }
    if kept == 0 {
        return mail.into();
    }
    out.extend_from_slice(&mail[kept..]);
    out.into()
}

/// The mail with the lines of its header in UTF-8. Those that aren't were written as 8-bit characters, which RFC 5322 has not
/// and old programs send all the same: they are of the character set that the mail names for its text, or else of
/// Windows-1252.
pub(super) fn in_utf8(mail: &[u8]) -> Cow<'_, [u8]> {
    let ends = |line: &[u8]| line.trim_ascii().is_empty();
    let mut end = 0;
    while end < mail.len() && !ends(&mail[end..next_line(mail, end)]) {
        end = next_line(mail, end);
    }
    let (header, rest) = mail.split_at(end);
    if std::str::from_utf8(header).is_ok() {
        return mail.into();
    }
    let charset = named_charset(header).unwrap_or(WINDOWS_1252);
    let decoded = header.split_inclusive(|byte| *byte == b'\n').flat_map(|line| match std::str::from_utf8(line) {
        Ok(line) => line.as_bytes().to_vec(),
        Err(_) => charset.decode_without_bom_handling(line).0.into_owned().into_bytes(),
    });
    decoded.chain(rest.iter().copied()).collect()
}

/// The character set that a header names. UTF-8 is none, since what is in it needs no decoding.
fn named_charset(header: &[u8]) -> Option<&'static Encoding> {
    let text = String::from_utf8_lossy(header).to_ascii_lowercase();
    let (_, named) = text.split_once("charset=")?;
    let label = named.trim_start_matches('"').split(['"', ';', ' ', '\t', '\r', '\n']).next()?;
    Encoding::for_label(label.as_bytes()).filter(|charset| charset.is_ascii_compatible() && *charset != UTF_8)
}

/// Where the next line begins.
fn next_line(mail: &[u8], at: usize) -> usize {
    memchr::memchr(b'\n', &mail[at..]).map_or(mail.len(), |length| at + length + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_behind_the_most_bytes_of_a_field_is_left_out() {
        let long = |folded: &str| format!("Subject: Tea\nContent-Type: text/plain{}", folded.repeat(10_000));
        for folded in [";\n a*1=bcdef", "; a*1=bcdefg"] {
            for rest in ["\nX: y\n\nTea.\n", ""] {
                let (mail, start) = (long(folded) + rest, "Subject: Tea\n".len() + MOST_BYTES);
                assert_eq!(*bounded(mail.as_bytes()), *[&mail.as_bytes()[..start], rest.as_bytes()].concat());
            }
        }
    }

    #[test]
    fn lines_of_a_header_that_are_not_utf8_are_of_the_charset_of_the_text() {
        let mail = |charset: &str, subject: &[u8]| {
            let end = format!("\nContent-Type: text/plain; charset={charset}\n\n\u{fffd}\n");
            [b"From: \xc3\x84da\nSubject: ", subject, end.as_bytes()].concat()
        };
        for (charset, raw, text) in [
            ("iso-8859-1", &b"It\x92s"[..], "It’s"),
            ("\"KOI8-R\"", b"\xfe\xc1\xca", "Чай"),
            ("none", b"Caf\xe9", "Café"),
            ("utf-8", b"Caf\xe9", "Café"),
        ] {
            assert_eq!(*in_utf8(&mail(charset, raw)), *mail(charset, text.as_bytes()), "{charset}");
            let right = mail(charset, text.as_bytes());
            assert!(matches!(in_utf8(&right), Cow::Borrowed(_)));
        }
        assert_eq!(*in_utf8(b"Subject: \xe9"), *"Subject: é".as_bytes());
    }

    #[test]
    fn what_people_write_stays_as_it_is() {
        let text = "Tea.\n".repeat(20_000);
        for mail in [
            "",
            "\n",
            "Content-Type: text/plain",
            &format!("Content-Type: text/plain;\n a=b\n\n{text}"),
            &format!("X: y\n {text}"),
        ] {
            assert!(matches!(bounded(mail.as_bytes()), Cow::Borrowed(it) if it == mail.as_bytes()));
        }
    }
}
