//! A mail → the same mail with no field about a part longer than anybody writes: the library that reads mails compares
//! each piece of a parameter that is continued (RFC 2231, section 3) with all the others.

use std::borrow::Cow;

/// The most bytes of a field. What is behind them is left out.
const MOST: usize = 64 << 10;

/// What the names of fields about a part begin with.
const PART: &[u8] = b"content-";

/// The mail with fields of at most [`MOST`] bytes.
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
        if end - at > MOST {
            out.extend_from_slice(&mail[kept..at + MOST]);
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
                let (mail, start) = (long(folded) + rest, "Subject: Tea\n".len() + MOST);
                assert_eq!(*bounded(mail.as_bytes()), *[&mail.as_bytes()[..start], rest.as_bytes()].concat());
            }
        }
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
