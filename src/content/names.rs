//! Names of files and folders → what is wrong with them, what they say, and how two of them may collide.

use std::fmt;

use caseless::Caseless;
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// The most bytes a name may have.
const NAME_BYTES: usize = 100;
/// The most bytes a path below the content folder may have.
pub const PATH_BYTES: usize = 200;
/// Names that Windows keeps for devices, with any ending:
/// <https://learn.microsoft.com/windows/win32/fileio/naming-a-file>.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// Endings by which web servers take a file for a program, or take apart the address of a folder to find one: those of
/// Apache's handlers, which look at [every part of a
/// name](https://httpd.apache.org/docs/current/mod/mod_mime.html#multipleext), of IIS, and of the usual `\.php(/|$)` for
/// nginx. `php` may be followed by a number.
const PROGRAMS: [&str; 21] = [
    "asa", "ashx", "asmx", "asp", "aspx", "axd", "cfm", "cgi", "fcgi", "jsp", "jspx", "lua", "phar", "php", "phps",
    "pht", "phtml", "pl", "py", "shtm", "shtml",
];
/// Endings that hosts take off an address, so that they never find a folder whose name has one: Cloudflare Pages and
/// Netlify lead from `/a.html/` to `/a`.
const PAGES: [&str; 3] = ["htm", "html", "xhtml"];

/// The part of a name behind a dot for which web servers don't show what has it as it is.
#[must_use]
pub fn handled(name: &str) -> Option<&str> {
    let program = |part: &&str| PROGRAMS.contains(&part.trim_end_matches(|c: char| c.is_ascii_digit()));
    let page = || name.rsplit_once('.').map(|(_, last)| last).filter(|last| PAGES.contains(last));
    name.split('.').skip(1).find(program).or_else(page)
}

/// What is wrong with the name of a file or folder, in words; `None` for a good one. With `any`, letters of all scripts
/// are allowed.
#[must_use]
pub fn name_fault(name: &str, any: bool) -> Option<String> {
    let letter = |c: char| match c {
        'a'..='z' | '0'..='9' => true,
        _ => any && !c.is_ascii() && c.is_alphanumeric(),
    };
    if name.len() > NAME_BYTES {
        return Some(format!("a name has at most {NAME_BYTES} bytes, this one has {}", name.len()));
    }
    if !name.starts_with(letter) {
        return Some(String::from("a name begins with a small letter or a digit"));
    }
    if let Some(c) = name.chars().find(|&c| !letter(c) && !matches!(c, '.' | '_' | '-')) {
        return Some(format!("a name has small letters, digits, `.`, `_` and `-`, but not `{}`", c.escape_debug()));
    }
    if name.ends_with('.') {
        return Some(String::from("a name doesn't end with a dot"));
    }
    if let Some(part) = handled(name) {
        return Some(format!("web servers don't show what is called `.{part}` as it is"));
    }
    if !is_nfc(name) {
        return Some(String::from("the name is not in Unicode's normal form C"));
    }
    let device = name.split('.').next().unwrap_or(name);
    let port =
        |prefix: &str| device.strip_prefix(prefix).is_some_and(|n| n.len() == 1 && n.as_bytes()[0].is_ascii_digit());
    (DEVICES.contains(&device) || port("com") || port("lpt"))
        .then(|| format!("`{device}` is the name of a device on Windows"))
}

/// What is wrong with a member's handle; `None` for a good one.
#[must_use]
pub fn handle_fault(handle: &str) -> Option<String> {
    name_fault(handle, false)
        .or_else(|| page_number(handle).then(|| format!("`{handle}` is the name of a page of the list of members")))
}

/// Whether a name is that of a page of a list, as `page-2`.
#[must_use]
pub fn page_number(name: &str) -> bool {
    name.strip_prefix("page-").is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether the site has pages of its own under a folder of this name, at the site's top or below a board.
#[must_use]
pub fn reserved(name: &str, top: bool) -> bool {
    const TOP: [&str; 12] = [
        "members",
        "tags",
        "posting",
        "search",
        "assets",
        "stats",
        "moved",
        "404.html",
        "robots.txt",
        "sitemap.xml",
        "_headers",
        "_redirects",
    ];
    const BELOW: [&str; 2] = ["feed.xml", "index.html"];
    let sitemap = name.strip_prefix("sitemap-").is_some_and(|rest| rest.ends_with(".xml"));
    page_number(name) || BELOW.contains(&name) || top && (TOP.contains(&name) || sitemap)
}

/// What two names have in common that a file system may take for the same: NFKC, case folded (Unicode's caseless match
/// D145, <https://www.unicode.org/versions/latest/core-spec/chapter-3/>).
#[must_use]
pub fn folded(name: &str) -> String {
    if name.bytes().all(|b| b.is_ascii()) {
        return name.to_ascii_lowercase();
    }
    name.nfkc().default_case_fold().nfkc().collect()
}

/// The good name nearest to any text: small letters and digits, words joined by `-`. Empty when nothing is left.
#[must_use]
pub fn suggested_name(text: &str) -> String {
    let mut name = String::new();
    for c in text.nfkd().flat_map(char::to_lowercase) {
        match c {
            'a'..='z' | '0'..='9' => name.push(c),
            // Latin letters that Unicode doesn't take apart.
            'ß' => name.push_str("ss"),
            'æ' => name.push_str("ae"),
            'œ' => name.push_str("oe"),
            'þ' => name.push_str("th"),
            'ø' => name.push('o'),
            'đ' | 'ð' => name.push('d'),
            'ł' => name.push('l'),
            'ı' => name.push('i'),
            '.' | '_' if !name.is_empty() => name.push(c),
            _ if c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c) => {}
            _ if !name.is_empty() && !name.ends_with('-') => name.push('-'),
            _ => {}
        }
        if name.len() >= 60 {
            break;
        }
    }
    let name = name.trim_end_matches(['-', '.', '_']);
    if handled(name).is_some() { name.replace('.', "-") } else { name.to_owned() }
}

/// What the usual stem of a post says: `20261122-101500-ada`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stem<'s> {
    /// Seconds since 1970, UTC.
    pub when: i64,
    /// The author's handle.
    pub author: &'s str,
}

/// `YYYYMMDD-HHMMSS-handle`, which [reads](Stem::read) back as it was for the years 0 to 9999.
impl fmt::Display for Stem<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let when = Timestamp::from_second(self.when).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(TimeZone::UTC);
        write!(f, "{}-{}", when.strftime("%Y%m%d-%H%M%S"), self.author)
    }
}

impl<'s> Stem<'s> {
    /// Reads `YYYYMMDD-HHMMSS-handle`; `None` for any other stem.
    #[must_use]
    pub fn read(stem: &'s str) -> Option<Stem<'s>> {
        let mut parts = stem.splitn(3, '-');
        let (day, time, author) = (parts.next()?, parts.next()?, parts.next()?);
        let digits = |text: &str, length: usize| text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(day, 8) || !digits(time, 6) || author.is_empty() {
            return None;
        }
        let n = |text: &str| text.parse::<i8>().ok();
        let date = civil::Date::new(day[..4].parse().ok()?, n(&day[4..6])?, n(&day[6..])?).ok()?;
        let time = civil::Time::new(n(&time[..2])?, n(&time[2..4])?, n(&time[4..])?, 0).ok()?;
        let when = date.to_datetime(time).to_zoned(TimeZone::UTC).ok()?.timestamp().as_second();
        Some(Stem { when, author })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_names_pass_and_bad_ones_are_told_why() {
        for good in [
            "a",
            "2026",
            "first-flush",
            "20261122-101500-ada.md",
            "x_1.y-z",
            "console",
            "com10",
            "node.js",
            "php",
            "html",
            "x.phpbb",
            "x.html.gif",
        ] {
            assert_eq!(name_fault(good, false), None, "{good}");
        }
        let long = "a".repeat(101);
        for bad in [
            "",
            "-a",
            ".a",
            "A",
            "a b",
            "a.",
            "con",
            "con.md",
            "com1",
            "x.php",
            "x.php5.gif",
            "x.cgi.en",
            "x.html",
            "lpt9.txt",
            "ä",
            "a/b",
            "a\u{202e}",
            &long,
        ] {
            assert!(name_fault(bad, false).is_some(), "{bad:?}");
        }
        assert_eq!(name_fault("чай-ä", true), None);
        assert!(name_fault("a\u{308}", true).is_some());
        assert!(handle_fault("page-2").is_some());
        assert_eq!(handle_fault("page-two"), None);
    }

    #[test]
    fn names_that_a_file_system_may_confuse_fold_alike() {
        assert_eq!(folded("Straße"), folded("STRASSE"));
        assert_eq!(folded("\u{e9}"), folded("e\u{301}"));
        assert_ne!(folded("a"), folded("b"));
    }

    #[test]
    fn a_title_becomes_a_good_name() {
        assert_eq!(suggested_name("Which  first flush, this year?"), "which-first-flush-this-year");
        assert_eq!(suggested_name("Über C++ & Rust…"), "uber-c-rust");
        assert_eq!(suggested_name("Straße, Æther und Łódź"), "strasse-aether-und-lodz");
        assert_eq!(suggested_name("Where is config.php?"), "where-is-config-php");
        assert_eq!(suggested_name("Node.js"), "node.js");
        assert_eq!(suggested_name("чай"), "");
    }

    #[test]
    fn the_usual_stem_tells_time_and_author() {
        assert_eq!(Stem::read("19700102-000001-ada-b"), Some(Stem { when: 86401, author: "ada-b" }));
        for other in ["first", "20261322-101500-ada", "20261122-101500", "20261122-101500-"] {
            assert_eq!(Stem::read(other), None, "{other}");
        }
        for usual in ["20261122-101500-ada", "00000101-000000-a", "00991231-235959-b-2", "99990630-120000-c"] {
            assert_eq!(Stem::read(usual).unwrap().to_string(), usual);
        }
    }
}
