//! An old address as somebody wrote it down → the one form in which it is looked for. The theme's `moved.js` makes the same
//! form of the address that a browser asks for; what it leads to isn't known here.

/// An old address in the form in which it is looked for: `/path?query#fragment`, each part percent-encoded in one way
/// (RFC 3986, section 6.2.2), the query's fields sorted, no slash at the path's end. It is ASCII alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OldAddress {
    text: String,
    path: usize,
    query: usize,
}

impl OldAddress {
    /// Reads an address: whole (`https://tea.example.org/t/12`), from the host's root (`/t/12`), or from the site's own
    /// place on its host, `base` (`viewtopic.php?t=12`). `None` for what is no such address.
    #[must_use]
    pub fn read(text: &str, base: &str) -> Option<OldAddress> {
        let text = text.trim();
        let (rest, fragment) = text.split_once('#').unwrap_or((text, ""));
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let path = if let Some((scheme, rest)) = rest.split_once("://") {
            let known = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
            let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
            if !known || host.is_empty() {
                return None;
            }
            format!("/{path}")
        } else if rest.starts_with('/') {
            rest.to_owned()
        } else if rest.split('/').next().is_some_and(|first| first.contains(':')) {
            return None;
        } else {
            format!("{base}{rest}")
        };
        if path.split('/').any(|part| matches!(part, "." | "..")) || text.is_empty() || text.contains(char::is_control)
        {
            return None;
        }
        let mut key = String::new();
        for part in path.split('/').filter(|part| !part.is_empty()) {
            key.push('/');
            key.push_str(&normal(part));
        }
        if key.is_empty() {
            key.push('/');
        }
        let path = key.len();
        let mut fields: Vec<String> = query.split(['&', ';']).filter(|field| !field.is_empty()).map(normal).collect();
        fields.sort_unstable();
        if !fields.is_empty() {
            key.push('?');
            key.push_str(&fields.join("&"));
        }
        let query = key.len();
        if !fragment.is_empty() {
            key.push('#');
            key.push_str(&normal(fragment));
        }
        (key.len() > 1).then_some(OldAddress { text: key, path, query })
    }

    /// The whole form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The path, from the host's root.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.text[..self.path]
    }

    /// Path and query: what a browser asks a host for.
    #[must_use]
    pub fn asked(&self) -> &str {
        &self.text[..self.query]
    }

    /// Whether it has a query.
    #[must_use]
    pub fn has_query(&self) -> bool {
        self.query > self.path
    }

    /// Whether it names a place on a page, of which browsers don't tell hosts.
    #[must_use]
    pub fn has_fragment(&self) -> bool {
        self.text.len() > self.query
    }

    /// Whether it is the page at `base` with a query or a place behind it: hosts of plain files show that page.
    #[must_use]
    pub fn names_something_of(&self, base: &str) -> bool {
        let own = self.path().trim_end_matches('/') == base.trim_end_matches('/');
        own && (self.has_query() || self.has_fragment())
    }

    /// The file that a host of plain files would show for it, below the output folder of a site that stands at `base`;
    /// `None` where there can be none: a query, another place on the host, a name that isn't good for a file.
    #[must_use]
    pub fn file(&self, base: &str) -> Option<String> {
        if self.has_query() || self.has_fragment() {
            return None;
        }
        let below = self.path().strip_prefix(base)?;
        let mut file = String::new();
        for part in below.split('/') {
            let name = decoded(part)?;
            let good = |c: char| c.is_alphanumeric() || "-_~+,=@ ".contains(c) || c == '.' && !name.starts_with('.');
            if name.is_empty() || name.len() > 200 || !name.chars().all(good) || name.ends_with(['.', ' ']) {
                return None;
            }
            if !file.is_empty() {
                file.push('/');
            }
            file.push_str(&name);
        }
        // What has another ending is served as what it names itself, and is no page.
        let last = file.rsplit('/').next()?;
        let folders = file.len() - last.len();
        let pages = |name: &str| name.ends_with(".html") || name.ends_with(".htm");
        if file[..folders].split('/').any(pages) {
            return None;
        }
        match last.rsplit_once('.') {
            Some(_) if pages(last) => Some(file),
            Some((_, ending)) if ending.len() <= 5 && !ending.bytes().all(|b| b.is_ascii_digit()) => None,
            _ => Some(file + "/index.html"),
        }
    }

    /// The FNV-1a hash of its form, by which it is found in a table that is cut in parts
    /// (<http://www.isthe.com/chongo/tech/comp/fnv/>).
    #[must_use]
    pub fn hash(&self) -> u32 {
        self.text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
    }
}

/// The same bytes, percent-encoded in one way: all but letters, digits and a few signs that browsers leave alone.
fn normal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in bytes(text) {
        if byte.is_ascii_alphanumeric() || b"-._~/:@!$&()*+,;=".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// The bytes that a percent-encoded text stands for; a `%` without a number stands for itself.
fn bytes(text: &str) -> impl Iterator<Item = u8> {
    let mut rest = text.as_bytes();
    std::iter::from_fn(move || {
        let (&first, after) = rest.split_first()?;
        let escaped = (first == b'%').then(|| after.get(..2)).flatten().and_then(|digits| {
            let digits = std::str::from_utf8(digits).ok().filter(|it| it.bytes().all(|b| b.is_ascii_hexdigit()))?;
            u8::from_str_radix(digits, 16).ok()
        });
        rest = if escaped.is_some() { &after[2..] } else { after };
        Some(escaped.unwrap_or(first))
    })
}

fn decoded(part: &str) -> Option<String> {
    String::from_utf8(bytes(part).collect()).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(text: &str) -> Option<String> {
        OldAddress::read(text, "/forum/").map(|it| it.text)
    }

    fn file(text: &str) -> Option<String> {
        OldAddress::read(text, "/forum/")?.file("/forum/")
    }

    #[test]
    fn every_way_of_writing_an_address_has_one_form() {
        for same in ["https://old.example/forum/t/12/", "/forum/t/12", "t/12/", "//forum/t/12", " t/%31%32 "] {
            assert_eq!(key(same).as_deref(), Some("/forum/t/12"), "{same}");
        }
        assert_eq!(key("viewtopic.php?t=12&f=3#p99").as_deref(), Some("/forum/viewtopic.php?f=3&t=12#p99"));
        assert_eq!(key("index.php?action=profile;u=5").as_deref(), Some("/forum/index.php?action=profile&u=5"));
        assert_eq!(key("/größe?q=a b").as_deref(), Some("/gr%C3%B6%C3%9Fe?q=a%20b"));
        assert_eq!(key("/gr%c3%b6%c3%9fe?q=a%20b"), key("/größe?q=a b"));
    }

    #[test]
    fn what_is_no_address_has_no_form() {
        for none in ["", "/", "javascript:alert(1)", "mailto:a@b.example", "ftp://x/y", "../up", "/a/../b", "a\u{7}b"] {
            assert_eq!(key(none), None, "{none}");
        }
    }

    #[test]
    fn an_address_is_a_file_where_a_host_would_show_one() {
        assert_eq!(file("t/cup/12").as_deref(), Some("t/cup/12/index.html"));
        assert_eq!(file("t/12.html").as_deref(), Some("t/12.html"));
        assert_eq!(file("t/v1.2").as_deref(), Some("t/v1.2/index.html"));
        for none in ["viewtopic.php", "t?id=12", "t/12#p3", "/elsewhere/12", "t/.git/x", "a.html/b", "t/a%00b", "t/x."]
        {
            assert_eq!(file(none), None, "{none}");
        }
        assert_eq!(file("/forum"), None);
    }

    proptest! {
        #[test]
        fn a_form_is_its_own_form(text in "[ -~ä]{1,40}") {
            if let Some(read) = OldAddress::read(&text, "/") {
                prop_assert!(read.text.is_ascii());
                prop_assert_eq!(OldAddress::read(&read.text, "/"), Some(read));
            }
        }
    }
}
