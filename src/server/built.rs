//! A built site → the file of a path, its headers, or what is near it. A path is looked up among the files that the build
//! listed; what else lies on the disk can't be named.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::key::Key;
use crate::output;

/// The most addresses that are named for one that isn't there.
const NEAREST_ADDRESSES: usize = 5;

/// A longer path than any of a forum is near to none.
const LONGEST_PATH_BYTES: usize = 300;

/// A site as its build has left it.
#[derive(Debug, Default)]
pub(super) struct Built {
    /// The folder that it lies in.
    dir: PathBuf,
    /// The path that all its addresses begin with, a slash at both ends.
    base: String,
    /// The keys of its files' bytes, by path.
    files: BTreeMap<String, Key>,
    headers: Vec<Rule>,
}

/// A path, or all that begin with it, and their headers.
#[derive(Debug)]
struct Rule {
    path: String,
    all: bool,
    headers: Vec<(String, String)>,
}

/// What stands at a path.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum FoundPath<'b> {
    /// The file of this path below the site's folder.
    File(&'b str),
    /// Nothing; but something at this address.
    Moved(String),
    /// Nothing.
    Nothing,
}

impl Built {
    /// The site in `dir`, whose addresses begin with `base`.
    pub(super) fn open(dir: &Path, base: &str) -> Built {
        let files = output::list(dir).unwrap_or_default();
        let files: BTreeMap<String, Key> = files.into_iter().map(|file| (file.path, file.bytes)).collect();
        let headers = files.get("_headers").and_then(|_| std::fs::read_to_string(dir.join("_headers")).ok());
        let headers = headers.map(|text| rules(&text)).unwrap_or_default();
        Built { dir: dir.to_owned(), base: base.to_owned(), files, headers }
    }

    /// Whether there is no site.
    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// What stands at a decoded path of an address.
    pub(super) fn find(&self, path: &str) -> FoundPath<'_> {
        let Some(below) = path.strip_prefix(&self.base) else {
            let above = self.base.strip_prefix(path).is_some_and(|rest| path.ends_with('/') || rest == "/");
            return if above && !self.is_empty() { FoundPath::Moved(self.base.clone()) } else { FoundPath::Nothing };
        };
        let index =
            if below.is_empty() || below.ends_with('/') { format!("{below}index.html") } else { below.to_owned() };
        if let Some((file, _)) = self.files.get_key_value(&index) {
            return FoundPath::File(file);
        }
        if !below.ends_with('/') && self.files.contains_key(&format!("{below}/index.html")) {
            return FoundPath::Moved(format!("{path}/"));
        }
        FoundPath::Nothing
    }

    /// The key of a file's bytes, by the file's path below the site's folder.
    pub(super) fn key(&self, file: &str) -> Option<Key> {
        self.files.get(file).copied()
    }

    /// The bytes of a file that was found; `None` when it is gone.
    pub(super) fn read(&self, file: &str) -> Option<Vec<u8>> {
        std::fs::read(self.dir.join(file)).ok()
    }

    /// The headers that the site's own `_headers` gives to a decoded path of an address.
    pub(super) fn headers(&self, path: &str) -> Vec<(String, String)> {
        let fits = |rule: &&Rule| if rule.all { path.starts_with(&rule.path) } else { path == rule.path };
        self.headers.iter().filter(fits).flat_map(|rule| rule.headers.iter().cloned()).collect()
    }

    /// The addresses that somebody may have meant by a decoded path that leads nowhere, the nearest first.
    pub(super) fn near(&self, path: &str) -> Vec<String> {
        let wanted = path.strip_prefix(&self.base).unwrap_or(path).trim_matches('/').to_lowercase();
        if wanted.is_empty() || wanted.len() > LONGEST_PATH_BYTES {
            return Vec::new();
        }
        let last = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
        let name = last(&wanted);
        let pages = self.files.keys().filter_map(|file| file.strip_suffix("/index.html"));
        let mut near: Vec<(usize, &str)> = pages
            .filter_map(|page| {
                if last(page) == name {
                    return Some((0, page));
                }
                let most = (wanted.len() / 5).clamp(1, 3);
                let apart = (page.len().abs_diff(wanted.len()) <= most)
                    .then(|| strsim::damerau_levenshtein(page, &wanted))
                    .filter(|apart| *apart <= most);
                let named = strsim::damerau_levenshtein(&last(page), &name);
                apart.or((named <= name.len() / 4).then_some(named + 1)).map(|apart| (apart, page))
            })
            .collect();
        near.sort_unstable();
        near.into_iter().take(NEAREST_ADDRESSES).map(|(_, page)| format!("{}{page}/", self.base)).collect()
    }
}

/// Reads a `_headers` file: a path at the start of a line, `*` for all that follows, and its headers indented below.
fn rules(text: &str) -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.chars().any(char::is_control)) {
        if !line.starts_with(' ') {
            let (path, all) = line.strip_suffix('*').map_or((line, false), |path| (path, true));
            rules.push(Rule { path: path.to_owned(), all, headers: Vec::new() });
        } else if let Some((name, value)) = line.split_once(':')
            && let Some(rule) = rules.last_mut()
        {
            rule.headers.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }
    rules
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(base: &str, files: &[&str]) -> Built {
        let files = files.iter().map(|file| ((*file).to_owned(), Key::of(file))).collect();
        let headers = rules("/f/*\n  A: b\n  C: d: e\n/f/assets/*\n  A: z\n/f/x\n  X: y\n");
        Built { dir: PathBuf::from("nowhere"), base: base.to_owned(), files, headers }
    }

    #[test]
    fn only_files_of_the_list_are_found() {
        let site = built("/f/", &["index.html", "general/tea/index.html", "feed.xml"]);
        assert_eq!(site.find("/f/"), FoundPath::File("index.html"));
        assert_eq!(site.find("/f/general/tea/"), FoundPath::File("general/tea/index.html"));
        assert_eq!(site.find("/f/general/tea"), FoundPath::Moved("/f/general/tea/".into()));
        assert_eq!(site.find("/f/feed.xml"), FoundPath::File("feed.xml"));
        assert_eq!(site.find("/"), FoundPath::Moved("/f/".into()));
        assert_eq!(site.find("/f"), FoundPath::Moved("/f/".into()));
        for nothing in [
            "/general/tea/",
            "/f/general/",
            "/f/../feed.xml",
            "/f/./feed.xml",
            "/f//feed.xml",
            "/f/feed.xml/",
            "/f/general/../",
            "//f/",
            "/f/\\feed.xml",
            "/fx",
            "/f/general/tea/index.html/",
            "/f/.boards",
            "/f//etc/passwd",
            "/etc/passwd",
        ] {
            assert_eq!(site.find(nothing), FoundPath::Nothing, "{nothing}");
        }
        assert_eq!(built("/", &[]).find("/"), FoundPath::Nothing);
    }

    #[test]
    fn headers_are_those_of_every_rule_that_fits() {
        let site = built("/f/", &[]);
        let names = |path: &str| site.headers(path).into_iter().map(|(name, value)| name + &value).collect::<Vec<_>>();
        assert_eq!(names("/f/x"), ["Ab", "Cd: e", "Xy"]);
        assert_eq!(names("/f/assets/x"), ["Ab", "Cd: e", "Az"]);
        assert_eq!(names("/x"), [""; 0]);
    }

    #[test]
    fn what_is_near_is_named_the_nearest_first() {
        let site = built(
            "/",
            &["a/first-flush/index.html", "b/2026/first-flush/index.html", "b/index.html", "c/kettles/index.html"],
        );
        assert_eq!(site.near("/b/first-flush/"), ["/a/first-flush/", "/b/2026/first-flush/"]);
        assert_eq!(site.near("/a/frist-flush"), ["/a/first-flush/", "/b/2026/first-flush/"]);
        assert_eq!(site.near("/c/kettle/"), ["/c/kettles/"]);
        assert_eq!(site.near("/nothing/of/the/kind"), [""; 0]);
        assert_eq!(site.near(&"x".repeat(10_000)), [""; 0]);
    }
}
