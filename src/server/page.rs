//! A built page → the same with the script that keeps it fresh; and the pages that the server has of its own. What the
//! script does is in `serve.js`.

use std::fmt::Write;

use quick_xml::escape::escape;

use super::{SCRIPT as SCRIPT_AT, STYLE as STYLE_AT};
use crate::key::Key;
use crate::site::encoded;

/// The script of every page that is served.
pub(super) const SCRIPT: &str = include_str!("serve.js");
/// How what the script shows looks.
pub(super) const STYLE: &str = include_str!("serve.css");

/// A page with the script in it, as the last thing in its body. `path` is that of its address.
pub(super) fn lively(page: Vec<u8>, path: &str) -> Vec<u8> {
    let script = script(path, &Key::of_bytes(&page).hex());
    let at = memchr::memmem::rfind(&page, b"</body>").unwrap_or(page.len());
    let (before, after) = page.split_at(at);
    [before, script.as_bytes(), after].concat()
}

/// The script, told which page it is on, so that it can ask whether that has changed.
fn script(path: &str, key: &str) -> String {
    let page = escape(path);
    format!("<script src=\"{SCRIPT_AT}\" data-page=\"{page}\" data-key=\"{key}\" defer></script>\n")
}

/// The page of an address where nothing is. It has the script too, and so gives way to what comes to stand there.
pub(super) fn missing(path: &str, near: &[String], empty: bool) -> String {
    let (title, text) = if empty {
        (
            "There is no site yet",
            "It appears here as soon as the forum is built. What stands in the way is told on this page.",
        )
    } else {
        ("There is no such page", "It appears here as soon as there is one.")
    };
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <link rel=\"stylesheet\" href=\"{STYLE_AT}\">\n</head>\n<body class=\"boards-own\">\n<main>\n<h1>{title}</h1>\n\
         <p><code>{}</code></p>\n<p>{text}</p>\n",
        escape(path)
    );
    if !near.is_empty() {
        html.push_str("<p>Did you mean:</p>\n<ul>\n");
        for address in near {
            // Writing into a string can't fail.
            let _ =
                writeln!(html, "<li><a href=\"{}\">{}</a></li>", escape(encoded(address)), escape(address.as_str()));
        }
        html.push_str("</ul>\n");
    }
    html.push_str("</main>\n");
    html.push_str(&script(path, ""));
    html.push_str("</body>\n</html>\n");
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_differs_from_what_was_built_in_the_script_alone() {
        for page in ["<body>Tea</body></html>", "Tea", "<p></body> is shown</p></body>"] {
            let shown = String::from_utf8(lively(page.into(), "/a\"<b/")).unwrap();
            let script = script("/a\"<b/", &Key::of_bytes(page.as_bytes()).hex());
            assert_eq!(shown.replacen(&script, "", 1), page);
            assert!(script.contains("data-page=\"/a&quot;&lt;b/\""), "{script}");
        }
    }

    #[test]
    fn what_was_asked_for_is_shown_and_not_obeyed() {
        let html = missing("/<script>alert(1)</script>", &["/a\"b/".to_owned()], false);
        assert!(!html.contains("<script>") && html.contains("<a href=\"/a%22b/\">/a&quot;b/</a>"), "{html}");
    }
}
