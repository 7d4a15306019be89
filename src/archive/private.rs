//! Text out of an archive → the same text without addresses that give somebody away: e-mail and IP. It masks what is
//! written as an address; it knows no names.

use memchr::memchr_iter;

/// The text, with the host of each e-mail address and the second half of each public IPv4 address taken away.
///
/// Of `ada@tea.example` remains `ada@…`, of `203.0.113.9` remains `203.0.x.x`. What stands in the path of a web address
/// is left alone when it has an `@`: such are names of pages (`/r/20240101@host/`).
#[must_use]
pub fn masked(text: &str) -> String {
    let text = without_emails(text);
    without_ips(&text)
}

/// How many addresses [`masked`] would take away.
#[must_use]
pub fn count(text: &str) -> usize {
    emails(text).len() + ips(text).len()
}

fn without_emails(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for (at, end) in emails(text) {
        out.push_str(&text[done..=at]);
        out.push('…');
        done = end;
    }
    out.push_str(&text[done..]);
    out
}

fn without_ips(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for (start, end) in ips(text) {
        let kept = text[start..end].match_indices('.').nth(1).map_or(0, |(at, _)| at);
        out.push_str(&text[done..start + kept]);
        out.push_str(".x.x");
        done = end;
    }
    out.push_str(&text[done..]);
    out
}

fn is_local(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&b) || b >= 0x80
}

fn is_host(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'-' || b == b'.' || b >= 0x80
}

/// The `@` of each e-mail address, and where it ends.
fn emails(text: &str) -> Vec<(usize, usize)> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    for at in memchr_iter(b'@', bytes) {
        let local = bytes[..at].iter().rev().take_while(|b| is_local(**b)).count();
        let name = text.get(at - local..at).unwrap_or_default();
        let host = bytes[at + 1..].iter().take_while(|b| is_host(**b)).count();
        let mut end = at + 1 + host;
        while end > at + 1 && matches!(bytes[end - 1], b'.' | b'-') {
            end -= 1;
        }
        let host = text.get(at + 1..end).unwrap_or_default();
        let top = host.rsplit_once('.').map_or("", |(_, top)| top);
        let is_address = !name.trim_matches(['.', '/', '\'', '*', '`', '_']).is_empty()
            && top.chars().count() >= 2
            && top.chars().all(char::is_alphabetic);
        // `git@host` is everybody's, and in `https://host/path/x@y.z` the `@` belongs to a page's name.
        if is_address && !name.ends_with("git") && !in_path(text, at) {
            found.push((at, end));
        }
    }
    found
}

/// Whether the place is in the path of a web address.
fn in_path(text: &str, at: usize) -> bool {
    // No address is longer than this in earnest.
    let near = (at.saturating_sub(2048)..=at).find(|it| text.is_char_boundary(*it)).unwrap_or(at);
    let before = &text[near..at];
    let word = before.rsplit(|c: char| c.is_whitespace() || "<>\"()[]".contains(c)).next().unwrap_or_default();
    word.find("://").is_some_and(|scheme| word[scheme + 3..].contains('/') && !word[scheme..].contains('?'))
}

/// Public IPv4 addresses. With small numbers alone (`1.2.3.4`) it is a version, not an address.
fn ips(text: &str) -> Vec<(usize, usize)> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut next = 0;
    for dot in memchr_iter(b'.', bytes) {
        if dot < next {
            continue;
        }
        let before = bytes[next..dot].iter().rev().take_while(|b| b.is_ascii_digit()).count();
        let start = dot - before;
        let length = bytes[start..].iter().take_while(|b| b.is_ascii_digit() || **b == b'.').count();
        let end = start + text[start..start + length].trim_end_matches('.').len();
        next = (start + length).max(dot + 1);
        let parts: Vec<Option<u8>> = text[start..end].split('.').map(|part| part.parse().ok()).collect();
        if let [Some(a), Some(b), Some(c), Some(d)] = parts[..] {
            let address = std::net::Ipv4Addr::new(a, b, c, d);
            let own = address.is_private() || address.is_loopback() || address.is_link_local() || a == 0 || a >= 224;
            if !own && [a, b, c, d].iter().any(|part| *part >= 64) {
                found.push((start, end));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_lose_their_host() {
        assert_eq!(masked("write to <ada@tea.example>, or bob.b+x@a.b.example."), "write to <ada@…>, or bob.b+x@….");
        assert_eq!(masked("from 203.0.113.9 and [198.51.100.7]:80"), "from 203.0.x.x and [198.51.x.x]:80");
        assert_eq!(masked("/download/x-203.0.113.2.zip"), "/download/x-203.0.x.x.zip");
        assert_eq!(masked("https://a.example/?mail=ada@tea.example"), "https://a.example/?mail=ada@…");
        assert_eq!(masked("mailto:canary5@leak.example"), "mailto:canary5@…");
    }

    #[test]
    fn what_only_looks_alike_stays() {
        for text in [
            "@ada hello",
            "127.0.0.1 and 192.168.1.70",
            "version 1.2.3.4",
            "1.2.300.4",
            "10.0.17763.1",
            "https://medium.example/@x/y.z",
            "https://lore.example/r/20240101@host.example/",
            "git@forge.example:a/b.git",
            "a @ b.c",
            "x@y",
        ] {
            assert_eq!(masked(text), text);
        }
    }

    proptest! {
        #[test]
        fn masking_twice_changes_nothing_more(text in "[a-z@. /:?0-9é]{0,60}") {
            let once = masked(&text);
            prop_assert_eq!(masked(&once), once);
        }
    }
}
