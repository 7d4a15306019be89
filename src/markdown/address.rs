//! The target of a link or image in → where a browser would go with it. Resolving a relative target against the
//! forum's tree is not done here: that is what [holes](super::holes) are for.
//!
//! Judged as the URL standard's parser does (<https://url.spec.whatwg.org/#concept-basic-url-parser>): spaces and
//! control characters around the target and line breaks inside don't count, schemes ignore case, and a backslash is a
//! slash.

use std::borrow::Cow;

/// Where a target leads.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Destination {
    /// To another site or a mail program: the whole address, only of characters that a URL may have.
    Outside(String),
    /// To a place in the same post: the name after `#`, percent-decoded.
    Fragment(String),
    /// Into the forum: the target before `#` and the name after it, both percent-decoded.
    Inside(String, Option<String>),
    /// Nowhere: this scheme is not http, https or mailto.
    Refused(String),
    /// Nowhere: an outside address without a proper host, or with a login.
    Broken,
}

/// Reads a target whose entities and backslash escapes are already decoded.
pub(super) fn read(target: &str) -> Destination {
    let stripped = target.trim_matches(|c| c <= ' ');
    let target: Cow<'_, str> = match stripped.contains(['\t', '\n', '\r']) {
        true => stripped.replace(['\t', '\n', '\r'], "").into(),
        false => stripped.into(),
    };
    if let Some((scheme, rest)) = split_scheme(&target) {
        return match scheme.to_ascii_lowercase().as_str() {
            "http" => outside("http://", rest),
            "https" => outside("https://", rest),
            "mailto" if !rest.is_empty() => Destination::Outside(format!("mailto:{}", encode(rest))),
            "mailto" => Destination::Broken,
            other => Destination::Refused(other.to_owned()),
        };
    }
    if let [b'/' | b'\\', b'/' | b'\\', ..] = target.as_bytes() {
        return outside("//", &target);
    }
    if let Some(fragment) = target.strip_prefix('#') {
        return Destination::Fragment(decode(fragment));
    }
    let (path, fragment) = match target.split_once('#') {
        Some((path, fragment)) => (path, Some(decode(fragment))),
        None => (&*target, None),
    };
    Destination::Inside(decode(&path.replace('\\', "/")), fragment)
}

/// The scheme before the first colon (RFC 3986, 3.1) and what follows the colon.
fn split_scheme(target: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = target.split_once(':')?;
    let mut bytes = scheme.bytes();
    let first = bytes.next()?;
    let valid =
        first.is_ascii_alphabetic() && bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    valid.then_some((scheme, rest))
}

/// An address with a host; browsers take any number of slashes, of both kinds, before it.
fn outside(start: &str, rest: &str) -> Destination {
    let rest = rest.trim_start_matches(['/', '\\']);
    let authority_end = rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(authority_end);
    // An address with a login in it (`https://bank.example@evil.example`) is forbidden in pages, and made to deceive.
    if !is_host(authority) {
        return Destination::Broken;
    }
    let mut address = String::with_capacity(start.len() + authority.len() + rest.len());
    address.push_str(start);
    address.push_str(authority);
    let path_end = rest.find(['?', '#']).unwrap_or(rest.len());
    address.push_str(&encode(&rest[..path_end].replace('\\', "/")));
    address.push_str(&encode(&rest[path_end..]));
    Destination::Outside(address)
}

/// Whether `host` is a name or an IP address, perhaps with a port. Names are not looked into more closely than a
/// browser needs to find the host where the address says that it is.
fn is_host(host: &str) -> bool {
    let (name, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((v6, rest)) => {
            if v6.parse::<std::net::Ipv6Addr>().is_err() {
                return false;
            }
            ("v6", rest)
        }
        None => host.split_at(host.find(':').unwrap_or(host.len())),
    };
    let port_is_fine = match port.strip_prefix(':') {
        Some(digits) => {
            digits.is_empty() || digits.bytes().all(|b| b.is_ascii_digit()) && digits.parse::<u16>().is_ok()
        }
        None => port.is_empty(),
    };
    let name_is_fine = !name.is_empty()
        && !name.starts_with('.')
        && !name.contains("..")
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') || c.is_alphanumeric());
    port_is_fine && name_is_fine
}

/// `address` with every character that a URL can't have percent-encoded. What is already encoded stays as it is.
pub(super) fn encode(address: &str) -> Cow<'_, str> {
    let bytes = address.as_bytes();
    let mut fragment = false;
    let mut fine = |at: usize| match bytes[at] {
        b'%' => matches!(bytes[at + 1..], [a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit()),
        b'#' => !std::mem::replace(&mut fragment, true),
        byte => byte >= 0x80 || byte.is_ascii_alphanumeric() || b"-._~/?:@!$&'()*+,;=".contains(&byte),
    };
    let Some(first) = (0..bytes.len()).find(|&at| !fine(at)) else { return address.into() };
    let mut out = address[..first].to_owned();
    let mut written = first;
    push_encoded(&mut out, bytes[first]);
    written += 1;
    for at in first + 1..bytes.len() {
        if !fine(at) {
            out.push_str(&address[written..at]);
            push_encoded(&mut out, bytes[at]);
            written = at + 1;
        }
    }
    out.push_str(&address[written..]);
    out.into()
}

/// `text` as one value inside another address: everything but letters, digits and `-._~` encoded.
pub(super) fn encode_whole(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 3 / 2);
    for byte in text.bytes() {
        match byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            true => out.push(char::from(byte)),
            false => push_encoded(&mut out, byte),
        }
    }
    out
}

fn push_encoded(out: &mut String, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.push('%');
    out.push(char::from(DIGITS[usize::from(byte >> 4)]));
    out.push(char::from(DIGITS[usize::from(byte & 15)]));
}

/// `text` with `%XX` decoded; as it is when that would not be UTF-8 or would hide a control character or a slash.
fn decode(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let byte = match (first, after) {
            (b'%', [high, low, ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => Some(high << 4 | low),
                _ => None,
            },
            _ => None,
        };
        match byte {
            Some(byte) if byte < b' ' || matches!(byte, 0x7F | b'/' | b'\\') => return text.to_owned(),
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Destination::*;
    use super::*;

    fn inside(path: &str, fragment: Option<&str>) -> Destination {
        Inside(path.to_owned(), fragment.map(str::to_owned))
    }

    #[test]
    fn outside_addresses_are_normal_and_valid() {
        for (target, address) in [
            ("http://a.example/b?c=d&e#f", "http://a.example/b?c=d&e#f"),
            (" \u{1}HTTPS://A.example\u{1f} ", "https://A.example"),
            ("https:a.example/b", "https://a.example/b"),
            ("https:\\\\a.example\\b?c\\d", "https://a.example/b?c%5Cd"),
            ("ht\ttp\n://a.example", "http://a.example"),
            ("//a.example/b", "//a.example/b"),
            ("/\\a.example/b", "//a.example/b"),
            ("\\\\a.example", "//a.example"),
            ("http://a.example/a b\"<>[]{}|^`", "http://a.example/a%20b%22%3C%3E%5B%5D%7B%7D%7C%5E%60"),
            ("http://a.example/100%/%41", "http://a.example/100%25/%41"),
            ("http://a.example/#b#c", "http://a.example/#b%23c"),
            ("http://[::1]:80/a", "http://[::1]:80/a"),
            ("http://münchen.example/ä", "http://münchen.example/ä"),
            ("http://a.example:8080/@b", "http://a.example:8080/@b"),
            ("mailto:a@b.example", "mailto:a@b.example"),
        ] {
            assert_eq!(read(target), Outside(address.to_owned()), "{target:?}");
        }
    }

    #[test]
    fn other_schemes_are_refused_as_a_browser_reads_them() {
        for (target, scheme) in [
            ("javascript:alert(1)", "javascript"),
            ("JaVaScRiPt:alert(1)", "javascript"),
            ("\u{1}\u{1f} java\tscr\nipt\r:alert(1)", "javascript"),
            ("data:text/html,a", "data"),
            ("vbscript:a", "vbscript"),
            ("file:///etc", "file"),
            ("C:\\a", "c"),
            ("view-source:http://a.example", "view-source"),
        ] {
            assert_eq!(read(target), Refused(scheme.to_owned()), "{target:?}");
        }
    }

    #[test]
    fn an_outside_address_needs_a_host() {
        for target in [
            "http:",
            "https://",
            "http:///",
            "//",
            "http://a b/",
            "http://a%2fb",
            "http://:80",
            "http://a:b",
            "http://[x]",
            "http://a.example@b.example",
            "mailto:",
        ] {
            assert_eq!(read(target), Broken, "{target:?}");
        }
    }

    #[test]
    fn inside_targets_are_decoded_and_split() {
        assert_eq!(read("../a/b%20c.md#d%C3%A9"), inside("../a/b c.md", Some("dé")));
        assert_eq!(read("a\\b"), inside("a/b", None));
        assert_eq!(read("a%2Fb%00%"), inside("a%2Fb%00%", None));
        assert_eq!(read("%ff"), inside("%ff", None));
        assert_eq!(read("/general/"), inside("/general/", None));
        assert_eq!(read("?page=2"), inside("?page=2", None));
        assert_eq!(read(""), inside("", None));
        assert_eq!(read("1a:b"), inside("1a:b", None));
        assert_eq!(read("#a%20b"), Fragment("a b".to_owned()));
    }

    proptest! {
        #[test]
        fn encoding_is_valid_and_stable(text in any::<String>()) {
            let once = encode(&text).into_owned();
            prop_assert_eq!(encode(&once), once.as_str());
            let forbidden = once.bytes().any(|b| b <= b' ' || b"\"<>\\^`{|}".contains(&b));
            prop_assert!(!forbidden);
        }

        #[test]
        fn reading_an_outside_address_again_changes_nothing(text in "(http:|//|mailto:|[a-z/\\\\:@#?. \t%])*") {
            if let Outside(address) = read(&text) {
                prop_assert_eq!(read(&address), Outside(address.clone()));
            }
        }
    }
}
