//! A body with holes in → the same body, read and written again by the sanitiser as a browser would read it. Belt and
//! braces for posts with raw tags; it knows nothing that the rest of the module doesn't.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::Builder;

/// The tags that this module writes, beside those of [`raw`](super::raw).
const TAGS: &[&str] = &[
    "a",
    "blockquote",
    "code",
    "div",
    "h3",
    "h4",
    "h5",
    "h6",
    "img",
    "input",
    "li",
    "ol",
    "p",
    "pre",
    "section",
    "span",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
];

/// The attributes that this module writes, each with the tags that may have it. Relative addresses are holes, which the
/// sanitiser lets pass, since a noncharacter begins no scheme.
const ATTRIBUTES: &[(&str, &[&str])] = &[
    ("a", &["aria-label", "class", "href", "id", "rel", "title"]),
    ("abbr", &["title"]),
    ("code", &["class"]),
    ("details", &["open"]),
    ("div", &["aria-label", "class", "role", "tabindex"]),
    ("h3", &["id"]),
    ("h4", &["id"]),
    ("h5", &["id"]),
    ("h6", &["id"]),
    ("img", &["alt", "src", "title"]),
    ("input", &["aria-label", "checked", "disabled", "type"]),
    ("li", &["id"]),
    ("ol", &["start"]),
    ("p", &["class"]),
    ("pre", &["class", "tabindex"]),
    ("section", &["aria-label", "class", "role"]),
    ("summary", &["class"]),
    ("sup", &["class"]),
    ("td", &["class"]),
    ("th", &["class", "scope"]),
];

static SANITISER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder
        .tags(TAGS.iter().copied().chain(super::raw::ALLOWED.iter().map(|element| element.name)).collect())
        .tag_attributes(
            ATTRIBUTES.iter().map(|(tag, names)| (*tag, names.iter().copied().collect())).collect::<HashMap<_, _>>(),
        )
        .generic_attributes(HashSet::new())
        .url_schemes(["http", "https", "mailto"].into())
        .link_rel(None);
    builder
});

/// The body with nothing in it that this module doesn't write, and with every tag closed.
pub(super) fn clean(html: &str) -> String {
    SANITISER.clean(html).to_string()
}
