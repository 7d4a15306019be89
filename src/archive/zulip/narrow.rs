//! Addresses of Zulip's web app (`/#narrow/stream/12-tea/topic/green.20tea/near/34`) ↔ what they name. Its own encoding is
//! that of web addresses with a dot for the percent sign.

/// What an address names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Narrow {
    /// A stream's number, or its name in old addresses.
    pub(super) stream: Option<String>,
    pub(super) topic: Option<String>,
    /// A message.
    pub(super) near: Option<u64>,
    /// A person.
    pub(super) sender: Option<u64>,
}

/// What a path from the host's top names; none when it isn't the app's.
pub(super) fn read(path: &str) -> Option<Narrow> {
    let rest = path.trim_start_matches('/').strip_prefix("#narrow/")?;
    let parts: Vec<&str> = rest.split('/').collect();
    let mut narrow = Narrow::default();
    for pair in parts.chunks(2) {
        let [kind, value] = pair else { continue };
        let number = || value.split('-').next().and_then(|it| it.parse().ok());
        match *kind {
            "stream" | "channel" => narrow.stream = Some(stream_of(value)),
            "topic" | "subject" => narrow.topic = Some(decoded(value)),
            "near" => narrow.near = number(),
            "sender" => narrow.sender = number(),
            _ => {}
        }
    }
    (narrow != Narrow::default()).then_some(narrow)
}

/// The number before a stream's name, or the name where there is none.
fn stream_of(value: &str) -> String {
    let number = value.split('-').next().unwrap_or_default();
    if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) {
        return number.to_owned();
    }
    decoded(value).replace('-', " ").to_lowercase()
}

/// The address of a stream.
pub(super) fn stream(slug: &str) -> String {
    format!("/#narrow/stream/{slug}")
}

/// The address of a topic.
pub(super) fn topic(slug: &str, title: &str) -> String {
    format!("/#narrow/stream/{slug}/topic/{}", encoded(title))
}

/// The address of what somebody has written.
pub(super) fn person(id: u64) -> String {
    format!("/#narrow/sender/{id}")
}

/// A name as it stands in addresses.
pub(super) fn encoded(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_!~*'".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!(".{byte:02X}"));
        }
    }
    out
}

/// The name that stands so in an address.
pub(super) fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let code = text.get(at + 1..at + 3).filter(|_| matches!(byte, b'.' | b'%'));
        match code.filter(|it| it.bytes().all(|b| b.is_ascii_hexdigit())).and_then(|it| u8::from_str_radix(it, 16).ok())
        {
            Some(code) => {
                out.push(code);
                at += 3;
            }
            None => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// A topic's name without the mark of a resolved one, and whether it had that.
pub(super) fn unmarked(topic: &str) -> (&str, bool) {
    let mut rest = topic.trim();
    while let Some(after) = rest.strip_prefix('✔') {
        rest = after.trim_start();
    }
    (rest, rest.len() != topic.trim().len())
}

/// The message that another begins by quoting: "ADA said:", where the verb leads to it.
pub(super) fn answered(html: &str) -> Option<u64> {
    let (before, _) = html.split_once("</a>:</p>\n<blockquote>")?;
    let said = html.starts_with("<p><span class=\"user-mention silent\"") && !before.contains("</p>");
    let (_, near) = before.rsplit_once("/near/").filter(|_| said)?;
    near.split(['"', '/']).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_tell_what_they_name() {
        let narrow = read("/#narrow/channel/12-green-tea/topic/.E2.9C.94.20a.2Fb/with/5").unwrap();
        assert_eq!((narrow.stream.as_deref(), narrow.topic.as_deref()), (Some("12"), Some("✔ a/b")));
        assert_eq!(unmarked("✔ a/b"), ("a/b", true));
        assert_eq!(read("#narrow/stream/green.20tea/near/7").unwrap().stream.as_deref(), Some("green tea"));
        assert_eq!(read("/#narrow/sender/9-Ada"), Some(Narrow { sender: Some(9), ..Narrow::default() }));
        assert_eq!(read("/#narrow"), None);
        assert_eq!(read("/user_uploads/1"), None);
    }

    #[test]
    fn a_message_that_begins_with_a_quotation_answers_it() {
        let head = "<p><span class=\"user-mention silent\" data-user-id=\"1\">Ada</span> ";
        let said =
            "<a href=\"#narrow/stream/1-a/topic/b/near/34\">said</a>:</p>\n<blockquote>\n<p>x</p>\n</blockquote>";
        assert_eq!(answered(&format!("{head}{said}")), Some(34));
        assert_eq!(answered(&format!("<p>Look:</p>{head}{said}")), None);
        assert_eq!(answered("<p>Words</p>"), None);
    }

    proptest! {
        #[test]
        fn names_are_read_back(name in "\\PC{0,30}") {
            prop_assert_eq!(decoded(&encoded(&name)), name);
        }
    }
}
