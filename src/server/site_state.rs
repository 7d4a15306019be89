//! What the server shows at one moment: a site, what is wrong with the forum, and which posts aren't committed. A new one
//! takes its place after each build; none is ever changed.

use std::sync::Arc;

use serde_json::json;

use super::answer::{Answer, Refusal, kind};
use super::built::{Built, FoundPath};
use super::request::Request;
use super::{CHANGES, SCRIPT, STYLE, page};
use crate::diagnostic::{Diagnostic, Severity, visible};
use crate::site::encoded;

/// The page of an address where nothing is.
const MISSING: &str = "404.html";

/// The most faults that a page shows; the terminal and `boards check` tell more.
const MOST_FAULTS: usize = 20;

/// All that there is to show.
#[derive(Debug, Clone, Default)]
pub(super) struct SiteState {
    /// The site that stands: that of the last build that found no errors.
    pub built: Arc<Built>,
    /// What is wrong with the forum, by path and place.
    pub faults: Vec<Diagnostic>,
    /// Why the last build failed, when the world was in its way.
    pub failure: Option<String>,
    /// The files below the content folder that aren't committed as they are.
    pub drafts: Vec<String>,
}

impl SiteState {
    /// The answer to a request, and whether a file has vanished that should be there.
    pub(super) fn answer(&self, request: &Request) -> (Answer, bool) {
        if request.path.starts_with(super::OWN) && request.foreign {
            return (Refusal::ORIGIN.into(), false);
        }
        match request.path.as_str() {
            SCRIPT => return (Answer::own((200, "OK"), kind(SCRIPT), page::SCRIPT), false),
            STYLE => return (Answer::own((200, "OK"), kind(STYLE), page::STYLE), false),
            _ => {}
        }
        match self.built.find(&request.path) {
            FoundPath::Nothing => (self.missing(request), false),
            FoundPath::Moved(address) => {
                let mut answer = Answer::own((302, "Found"), kind(".txt"), "");
                answer.headers.push(("Location".to_owned(), encoded(&address)));
                (answer, false)
            }
            FoundPath::File(file) => match self.built.read(file) {
                None => (self.missing(request), true),
                Some(bytes) => {
                    let kind = kind(file);
                    let html = file.ends_with(".html");
                    let body = if html { page::lively(&bytes, &request.path) } else { bytes };
                    let mut headers = self.built.headers(&request.path);
                    headers.push(("Content-Type".to_owned(), kind.to_owned()));
                    (Answer { status: (200, "OK"), headers, body }, false)
                }
            },
        }
    }

    /// The answer where nothing is: the site's own page for that, if there is a site.
    fn missing(&self, request: &Request) -> Answer {
        let status = (404, "Not Found");
        let Some(page) = self.built.key(MISSING).and_then(|_| self.built.read(MISSING)) else {
            return Answer::own(status, kind(".html"), page::nothing(&request.path));
        };
        let mut headers = self.built.headers(&request.path);
        headers.push(("Content-Type".to_owned(), kind(MISSING).to_owned()));
        Answer { status, headers, body: page::lively(&page, &request.path) }
    }

    /// What a page is told, as JSON: whether it has changed since it had this key, and what to say on it. `path` is that
    /// of its address.
    pub(super) fn news(&self, path: &str, key: &str) -> String {
        let (file, near) = match self.built.find(path) {
            FoundPath::File(file) => (file, Vec::new()),
            _ => (MISSING, self.built.near(path)),
        };
        let now = self.built.key(file).map_or_else(String::new, |key| key.hex());
        // What doesn't keep the site from being built can wait when something does.
        let least = if self.refused() { Severity::Error } else { Severity::Warning };
        let heavy: Vec<&Diagnostic> = self.faults.iter().filter(|fault| fault.severity <= least).collect();
        let faults = heavy.iter().take(MOST_FAULTS).map(|fault| {
            json!({
                "severity": fault.severity.word(),
                "place": format!("{}:{}:{}", visible(&fault.path), fault.at.line, fault.at.column),
                "code": fault.code,
                "message": visible(&fault.message),
                "hint": visible(&fault.hint),
            })
        });
        let drafts = self.drafts.iter().filter_map(|draft| {
            let (topic, name) = draft.rsplit_once('/')?;
            file.strip_prefix(topic)?.starts_with('/').then(|| name.strip_suffix(".md"))?
        });
        json!({
            "reload": now != key,
            "refused": self.refused(),
            "failure": self.failure,
            "faults": faults.collect::<Vec<_>>(),
            "more": heavy.len().saturating_sub(MOST_FAULTS),
            "drafts": drafts.collect::<Vec<_>>(),
            "uncommitted": self.drafts.len(),
            "near": near,
        })
        .to_string()
    }

    /// Whether the forum has errors, so that the site that stands is an older one.
    fn refused(&self) -> bool {
        self.faults.iter().any(|fault| fault.severity == Severity::Error)
    }
}

/// Whether this is the address at which pages wait for news.
pub(super) fn waits(request: &Request) -> bool {
    request.path == CHANGES && !request.foreign
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Key;

    #[test]
    fn a_page_is_told_of_its_own_posts_alone() {
        let folder = tempfile::tempdir().unwrap();
        let state = SiteState {
            drafts: ["general/tea/1.md", "general/tea/cup.jpg", "general/teapots/2.md", "forum.yml"]
                .map(String::from)
                .into(),
            ..SiteState::default()
        };
        let told: serde_json::Value = serde_json::from_str(&state.news("/general/tea/", "")).unwrap();
        assert_eq!((&told["drafts"], &told["uncommitted"], &told["reload"]), (&json!([]), &json!(4), &json!(false)));
        let order = crate::output::Folder::open(folder.path(), false).unwrap();
        let path = "general/tea/page-2/index.html";
        let (listed, _) = order.write(path, (Key::of("source"), Key::of("x")), b"x", &crate::monitor::Quiet).unwrap();
        order.finish(Key::of("site"), std::iter::empty(), vec![listed], &[], &crate::monitor::Quiet).unwrap();
        let state = SiteState { built: Arc::new(Built::open(folder.path(), "/")), ..state };
        let told: serde_json::Value = serde_json::from_str(&state.news("/general/tea/page-2/", "")).unwrap();
        assert_eq!((&told["drafts"], &told["reload"]), (&json!(["1"]), &json!(true)));
        let told = state.news("/general/tea/page-2/", &Key::of_bytes(b"x").hex());
        assert!(told.contains(r#""reload":false"#), "{told}");
    }
}
