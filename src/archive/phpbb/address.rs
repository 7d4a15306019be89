//! Where a board stood → the old addresses of its parts, and from any address in a text to the one form of it.

use crate::archive::Old;

/// Where a board stood.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// Its whole address, when it is known, with no slash at the end.
    base: Option<String>,
    /// Its path on its host, with slashes around it.
    folder: String,
}

impl Place {
    pub(super) fn new(base: Option<String>) -> Place {
        let base = base.map(|it| it.trim_end_matches('/').to_owned());
        let rest = base.as_deref().and_then(|it| it.split_once("://")).map_or("", |(_, rest)| rest);
        let path = rest.split_once('/').map_or("", |(_, path)| path);
        let folder = if path.is_empty() { String::from("/") } else { format!("/{path}/") };
        Place { base, folder }
    }

    pub(super) fn forum(&self, id: &str) -> String {
        format!("{}viewforum.php?f={id}", self.folder)
    }

    pub(super) fn topic(&self, id: i64, forum: i64) -> Vec<String> {
        vec![format!("{}viewtopic.php?t={id}", self.folder), format!("{}viewtopic.php?f={forum}&t={id}", self.folder)]
    }

    /// The old addresses of a post: the second is found in whatever page of its topic it was shown.
    pub(super) fn post(&self, id: i64, second: bool) -> Vec<String> {
        vec![self.post_link(id), format!("{}viewtopic.php#{}{id}", self.folder, mark(second))]
    }

    pub(super) fn post_link(&self, id: i64) -> String {
        format!("{}viewtopic.php?p={id}", self.folder)
    }

    pub(super) fn member(&self, id: i64, second: bool) -> String {
        let page = if second { "profile" } else { "memberlist" };
        format!("{}{page}.php?mode=viewprofile&u={id}", self.folder)
    }

    /// The address of an attachment, with its host where that is known.
    pub(super) fn file(&self, id: i64) -> String {
        match &self.base {
            Some(base) => format!("{base}/download/file.php?id={id}"),
            None => format!("/download/file.php?id={id}"),
        }
    }

    /// The whole address of a post, when the host is known.
    pub(super) fn source(&self, id: i64, second: bool) -> Option<String> {
        self.base.as_ref().map(|base| format!("{base}/viewtopic.php?p={id}#{}{id}", mark(second)))
    }

    pub(super) fn old(self) -> Old {
        let base = self.base.clone();
        let local = move |address: &str| self.canonical(address);
        Old { base, local: Box::new(local) }
    }

    /// The one form of the addresses that lead to the same thing, whatever else they say.
    fn canonical(&self, address: &str) -> Option<String> {
        let bare = |address: &str| address.trim_start_matches("www.").to_ascii_lowercase();
        let path = match address.split_once("://") {
            Some((_, rest)) => {
                let (host, path) = rest.split_once('/')?;
                let own = self.base.as_deref().map(crate::archive::host)?;
                (bare(host) == bare(own)).then(|| format!("/{path}"))?
            }
            None if address.starts_with('/') => address.to_owned(),
            None => format!("{}{}", self.folder, address.trim_start_matches("./")),
        };
        let (path, place) = path.split_once('#').unwrap_or((&path, ""));
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let page = path.strip_prefix(&self.folder)?;
        let number = |text: &str| text.parse::<i64>().ok().filter(|it| *it > 0);
        let field = |name: &str| {
            let mut each = query.split(['&', ';']).filter_map(|it| it.trim_start_matches("amp;").split_once('='));
            each.find(|(it, _)| *it == name).and_then(|(_, value)| number(value))
        };
        match page {
            "viewtopic.php" => match number(place.trim_start_matches('p')).or_else(|| field("p")) {
                Some(post) => Some(self.post_link(post)),
                None => field("t").map(|topic| format!("{}viewtopic.php?t={topic}", self.folder)),
            },
            "viewforum.php" => field("f").map(|forum| self.forum(&forum.to_string())),
            "memberlist.php" | "profile.php" => field("u").map(|id| self.member(id, page == "profile.php")),
            _ => None,
        }
    }
}

/// What stands before the number of a post where its page names it.
fn mark(second: bool) -> &'static str {
    if second { "" } else { "p" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_thing_have_one_form() {
        let place = Place::new(Some(String::from("https://www.tea.example/forum/")));
        let same = |a: &str, b: &str| assert_eq!(place.canonical(a).as_deref(), Some(b), "{a}");
        same("http://tea.example/forum/viewtopic.php?f=3&t=12&start=20&sid=abc#p99", "/forum/viewtopic.php?p=99");
        same("viewtopic.php?p=99", "/forum/viewtopic.php?p=99");
        same("./viewtopic.php?t=12&amp;p=99#99", "/forum/viewtopic.php?p=99");
        same("/forum/viewtopic.php?t=12&start=20", "/forum/viewtopic.php?t=12");
        same("viewforum.php?f=3", "/forum/viewforum.php?f=3");
        same("profile.php?mode=viewprofile&u=2", "/forum/profile.php?mode=viewprofile&u=2");
        assert_eq!(place.canonical("https://elsewhere.example/forum/viewtopic.php?t=1"), None);
        assert_eq!(place.canonical("/viewtopic.php?t=1"), None);
        assert_eq!(place.canonical("viewtopic.php?t=x"), None);
    }
}
