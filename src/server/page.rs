//! A built page → the same with the script that keeps it fresh; and the one page that the server has of its own. What the
//! script does is in `serve.js`.

use quick_xml::escape::escape;

use super::{SCRIPT as SCRIPT_AT, STYLE as STYLE_AT};
use crate::key::Key;

/// The script of every page that is served.
pub(super) const SCRIPT: &str = include_str!("serve.js");
/// How what the script shows looks.
pub(super) const STYLE: &str = include_str!("serve.css");

/// A page with the script in it, as the last thing in its body. `path` is that of its address.
pub(super) fn lively(page: &[u8], path: &str) -> Vec<u8> {
    let script = script(path, &Key::of_bytes(page).hex());
    let at = memchr::memmem::rfind(page, b"</body>").unwrap_or(page.len());
    let (before, after) = page.split_at(at);
    [before, script.as_bytes(), after].concat()
}

/// The script, told which page it is on, so that it can ask whether that has changed.
fn script(path: &str, key: &str) -> String {
    let page = escape(path);
    format!("<script src=\"{SCRIPT_AT}\" data-page=\"{page}\" data-key=\"{key}\" defer></script>\n")
}

/// The page of any address while there is no site. It has the script too, and so gives way to what comes to stand there.
pub(super) fn nothing(path: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>No site yet</title>\n\
         <link rel=\"stylesheet\" href=\"{STYLE_AT}\">\n</head>\n<body class=\"boards-own\">\n<main>\n\
         <h1>There is no site yet</h1>\n<p>It appears here as soon as the forum is built.</p>\n</main>\n{}</body>\n</html>\n",
        script(path, "")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_differs_from_what_was_built_in_the_script_alone() {
        for page in ["<body>Tea</body></html>", "Tea", "<p></body> is shown</p></body>"] {
            let state = String::from_utf8(lively(page.as_bytes(), "/a\"<b/")).unwrap();
            let script = script("/a\"<b/", &Key::of_bytes(page.as_bytes()).hex());
            assert_eq!(state.replacen(&script, "", 1), page);
            assert!(script.contains("data-page=\"/a&quot;&lt;b/\""), "{script}");
        }
    }

    #[test]
    fn what_was_asked_for_is_not_obeyed() {
        let html = nothing("/<script>alert(1)</script>");
        assert!(html.contains("data-page=\"/&lt;script&gt;alert(1)"), "{html}");
    }
}
