//! Where a board stood → the old addresses of its parts, and from any address in a text to the one form of it.

use crate::archive::Old;
use crate::archive::bulletin::{Asked, FormerSite, number};

/// Where a board stood.
#[derive(Debug, Clone)]
pub(super) struct FormerBoard(FormerSite);

impl FormerBoard {
    pub(super) fn new(base: Option<String>) -> FormerBoard {
        FormerBoard(FormerSite::new(base))
    }

    pub(super) fn forum(&self, id: &str) -> String {
        self.0.path(&format!("viewforum.php?f={id}"))
    }

    pub(super) fn topic(&self, id: i64, forum: i64) -> Vec<String> {
        [format!("viewtopic.php?t={id}"), format!("viewtopic.php?f={forum}&t={id}")].map(|it| self.0.path(&it)).into()
    }

    /// The old addresses of a post: the second is found in whatever page of its topic it was shown.
    pub(super) fn post(&self, id: i64, second: bool) -> Vec<String> {
        vec![self.post_link(id), self.0.path(&format!("viewtopic.php#{}{id}", mark(second)))]
    }

    pub(super) fn post_link(&self, id: i64) -> String {
        self.0.path(&format!("viewtopic.php?p={id}"))
    }

    pub(super) fn member(&self, id: i64, second: bool) -> String {
        let page = if second { "profile" } else { "memberlist" };
        self.0.path(&format!("{page}.php?mode=viewprofile&u={id}"))
    }

    /// The address of an attachment, with its host where that is known.
    pub(super) fn file(&self, id: i64) -> String {
        self.0.address(&format!("download/file.php?id={id}"))
    }

    /// The whole address of a post, when the host is known.
    pub(super) fn source(&self, id: i64, second: bool) -> Option<String> {
        self.0.whole(&format!("viewtopic.php?p={id}#{}{id}", mark(second)))
    }

    pub(super) fn old(self) -> Old {
        self.0.old(canonical)
    }
}

/// The one form of the addresses that lead to the same thing, whatever else they say.
fn canonical(site: &FormerSite, asked: &Asked) -> Option<String> {
    let place = FormerBoard(site.clone());
    match asked.page.as_str() {
        "viewtopic.php" => match number(asked.place.trim_start_matches('p')).or_else(|| asked.number("p")) {
            Some(post) => Some(place.post_link(post)),
            None => asked.number("t").map(|topic| site.path(&format!("viewtopic.php?t={topic}"))),
        },
        "viewforum.php" => asked.number("f").map(|forum| place.forum(&forum.to_string())),
        page @ ("memberlist.php" | "profile.php") => {
            asked.number("u").map(|id| place.member(id, page == "profile.php"))
        }
        _ => None,
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
        let old = FormerBoard::new(Some(String::from("https://www.tea.example/forum/"))).old();
        let same = |a: &str, b: &str| assert_eq!((old.local)(a).as_deref(), Some(b), "{a}");
        same("http://tea.example/forum/viewtopic.php?f=3&t=12&start=20&sid=abc#p99", "/forum/viewtopic.php?p=99");
        same("viewtopic.php?p=99", "/forum/viewtopic.php?p=99");
        same("./viewtopic.php?t=12&amp;p=99#99", "/forum/viewtopic.php?p=99");
        same("/forum/viewtopic.php?t=12&start=20", "/forum/viewtopic.php?t=12");
        same("viewforum.php?f=3", "/forum/viewforum.php?f=3");
        same("profile.php?mode=viewprofile&u=2", "/forum/profile.php?mode=viewprofile&u=2");
        assert_eq!((old.local)("https://elsewhere.example/forum/viewtopic.php?t=1"), None);
        assert_eq!((old.local)("/viewtopic.php?t=1"), None);
        assert_eq!((old.local)("viewtopic.php?t=x"), None);
    }
}
