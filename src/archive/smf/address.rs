//! A part of a board → its old addresses, and from any address of the board's own to the one form of it.

use crate::archive::bulletin::{Asked, FormerSite, number};

pub(super) fn board(site: &FormerSite, id: i64) -> String {
    site.path(&format!("index.php?board={id}"))
}

pub(super) fn topic(site: &FormerSite, id: i64) -> String {
    site.path(&format!("index.php?topic={id}"))
}

/// The old addresses of a post: the second is found in whatever page of its topic it was shown.
pub(super) fn post(site: &FormerSite, topic: i64, id: i64) -> Vec<String> {
    vec![site.path(&format!("index.php?topic={topic}.msg{id}")), by_number(site, id)]
}

/// The old address of a post of which only the number is known.
pub(super) fn by_number(site: &FormerSite, id: i64) -> String {
    site.path(&format!("index.php#msg{id}"))
}

pub(super) fn member(site: &FormerSite, id: i64) -> String {
    site.path(&format!("index.php?action=profile;u={id}"))
}

// What SMF can also write, `index.php/topic,12.0.html`, is left out: pages there would make a folder of `index.php`, and
// hosts then no longer take the others for missing.

/// The one form of the addresses that lead to the same thing. Of topics and boards the address also tells from where on
/// they are shown: `topic=12.15`, `topic=12.msg99`, and without a query `topic,12.15.html`.
pub(super) fn canonical(site: &FormerSite, asked: &Asked) -> Option<String> {
    let path = asked.page.strip_prefix("index.php").filter(|it| it.is_empty() || it.starts_with('/'))?;
    let told = |name: &str| {
        let bare = path.trim_start_matches('/').trim_end_matches('/').trim_end_matches(".html");
        asked.field(name).or_else(|| bare.strip_prefix(name)?.strip_prefix(','))
    };
    let part = |name: &str| told(name).map(|it| it.split_once('.').unwrap_or((it, "")));
    let post = |text: &str| text.strip_prefix("msg").and_then(number);
    let named = post(&asked.place).or_else(|| asked.number("msg")).or_else(|| post(part("topic")?.1));
    let member = || asked.number("u").filter(|_| asked.field("action") == Some("profile"));
    match (named, part("topic"), part("board")) {
        (Some(id), ..) => Some(by_number(site, id)),
        (None, Some((id, _)), _) => number(id).map(|id| topic(site, id)),
        (None, None, Some((id, _))) => number(id).map(|id| board(site, id)),
        (None, None, None) => member().map(|id| self::member(site, id)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_thing_have_one_form() {
        let old = FormerSite::new(Some(String::from("https://tea.example/f"))).old(canonical);
        let same = |a: &str, b: &str| assert_eq!((old.local)(a).as_deref(), Some(b), "{a}");
        same("https://tea.example/f/index.php?topic=12.0", "/f/index.php?topic=12");
        same("/f/index.php?topic=12.15", "/f/index.php?topic=12");
        same("/f/index.php?topic=12.15#msg99", "/f/index.php#msg99");
        same("/f/index.php?topic=12.msg99;topicseen#new", "/f/index.php#msg99");
        same("/f/index.php?PHPSESSID=x&amp;topic=12.msg99#msg99", "/f/index.php#msg99");
        same("/f/index.php?msg=99", "/f/index.php#msg99");
        same("/f/index.php/topic,12.msg99.html#msg99", "/f/index.php#msg99");
        same("/f/index.php/topic,12.0.html", "/f/index.php?topic=12");
        same("/f/index.php?board=3.20", "/f/index.php?board=3");
        same("/f/index.php/board,3.0.html", "/f/index.php?board=3");
        same("/f/index.php?action=profile;u=2", "/f/index.php?action=profile;u=2");
        for none in ["/f/index.php?action=help", "/index.php?topic=12.0", "/f/index.phpx?topic=12.0"] {
            assert_eq!((old.local)(none), None, "{none}");
        }
    }
}
