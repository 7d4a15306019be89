//! What pages are made from, and why they are made again.

use std::collections::BTreeSet;

use crate::forum::program::{boards, git};
use crate::forum::{Forum, difference};
use serde_json::Value;

const OPENING: &str = "---\ntitle: Tea?\nauthor: ada\ndate: 2026-01-01T10:00:00Z\ntags: [oolong]\n---\nAsk @bob.\n";

/// A small forum, committed and built.
fn built() -> Forum {
    let forum = Forum::new();
    forum.write("content/members/ada.yml", "name: Ada\n");
    forum.write("content/members/bob.yml", "name: Bob\n");
    forum.write("content/general/board.yml", "title: General\n");
    forum.write("content/general/tea/1.md", OPENING);
    forum.write(
        "content/general/cups/1.md",
        "---\ntitle: Cups\nauthor: bob\ndate: 2026-01-02T10:00:00Z\n---\nOf clay.\n",
    );
    forum.commit("ada", 1_767_300_000);
    boards(forum.dir(), &["build", "-q"]).ends(0);
    forum
}

fn reply(forum: &Forum) {
    forum.write("content/general/tea/2.md", "---\nauthor: bob\ndate: 2026-01-03T10:00:00Z\n---\nGreen.\n");
}

fn explained(forum: &Forum, page: &str) -> Value {
    boards(forum.dir(), &["explain", page, "--format", "json"]).ends(0).json()
}

fn paths(explained: &Value) -> Vec<&str> {
    explained["files"].as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap()).collect()
}

#[test]
fn a_page_is_found_by_its_address_in_any_form_and_by_its_file() {
    let forum = built();
    let names = [
        "general/tea/",
        "/general/tea",
        "general/tea/index.html",
        "output/general/tea/index.html",
        "https://tea.example/general/tea/#post-1",
    ];
    for name in names {
        assert_eq!(explained(&forum, name)["file"], "general/tea/index.html", "{name}");
    }
    for (name, file) in [("/", "index.html"), ("", "index.html"), ("feed.xml", "feed.xml"), ("404.html", "404.html")] {
        assert_eq!(explained(&forum, name)["file"], file, "{name}");
    }
    let elsewhere = boards(forum.dir(), &["explain", "tea"]).ends(3);
    assert!(elsewhere.err.contains("did you mean `general/tea/`?"), "{}", elsewhere.err);
    let far = boards(forum.dir(), &["explain", "general/2026/of/something/else"]).ends(3);
    assert!(!far.err.contains("did you mean") && far.err.contains("a page is named by"), "{}", far.err);
    let ran = boards(forum.dir(), &["explain", "general/tee/"]).ends(3);
    assert!(
        ran.err.contains("no page `general/tee/`") && ran.err.contains("did you mean `general/tea/`?"),
        "{}",
        ran.err
    );
}

#[test]
fn a_page_is_made_from_the_files_that_it_shows_something_of() {
    let forum = built();
    reply(&forum);
    let topic = explained(&forum, "general/tea/");
    let expected = [
        "content/forum.yml",
        "content/general/board.yml",
        "content/general/cups/1.md",
        "content/general/tea/1.md",
        "content/general/tea/2.md",
        "content/members/ada.yml",
        "content/members/bob.yml",
    ];
    assert_eq!(paths(&topic), expected);
    let id = git(forum.dir(), &["rev-parse", "HEAD:content/general/tea/1.md"]);
    assert_eq!(topic["files"][3]["id"], id.trim());
    assert_eq!(topic["kind"], "a page of a topic");
    assert_eq!(paths(&explained(&forum, "stats/")), ["content"]);
    assert_eq!(paths(&explained(&forum, "robots.txt")), ["content/forum.yml"]);
    assert_eq!(topic["theme"]["name"], "plain");
}

#[test]
fn a_page_that_changed_names_the_file_that_did() {
    // What a page shows can't change without a file that is named for it.
    let forum = built();
    let before = forum.site();
    reply(&forum);
    boards(forum.dir(), &["build", "-q"]).ends(0);
    let changed = difference(&before, &forum.site());
    assert!(changed.len() > 4, "{changed:?}");
    for page in changed.iter().filter(|page| page.ends_with(".html") || page.ends_with("feed.xml")) {
        let explained = explained(&forum, page);
        assert!(paths(&explained).contains(&"content/general/tea/2.md"), "{page}: {explained}");
        assert_eq!(explained["why"], "because", "{page}");
    }
}

#[test]
fn every_page_is_explained_and_just_those_that_were_made_again_have_a_reason() {
    let forum = built();
    let before = forum.site();
    reply(&forum);
    boards(forum.dir(), &["build", "-q"]).ends(0);
    let after = forum.site();
    let changed: BTreeSet<String> = difference(&before, &after).into_iter().collect();
    for page in after.keys().filter(|page| !page.starts_with("assets/")) {
        let explained = explained(&forum, page);
        assert_eq!(explained["built"], true);
        assert_eq!(explained["why"] == "because", changed.contains(page), "{page}: {explained}");
    }
}

#[test]
fn the_reason_is_what_differs_on_the_page_or_around_it() {
    let forum = built();
    assert_eq!(explained(&forum, "general/tea/")["why"], "first");
    reply(&forum);
    let next = explained(&forum, "general/tea/");
    assert_eq!((&next["built"], &next["causes"][0]), (&false.into(), &"posts: `2` came".into()));
    boards(forum.dir(), &["build", "-q"]).ends(0);
    let causes = explained(&forum, "general/")["causes"].to_string();
    assert!(
        causes.contains("topics, `Tea?`.replies: 0 → 1") && causes.contains("topics, `Tea?`.last: `ada` → `bob`"),
        "{causes}"
    );
    let ran = boards(forum.dir(), &["explain", "general/tea/"]).ends(0);
    assert!(ran.out.ends_with("the last build made it again\n  posts: `2` came\n"), "{}", ran.out);
    assert_eq!(explained(&forum, "general/cups/")["why"], "same");

    forum.commit("bob", 1_767_300_100);
    boards(forum.dir(), &["build", "-q"]).ends(0);
    let settings = "format: 1\ntitle: Tea\nbase_url: https://tea.example/\npages: { posts: 20 }\n";
    forum.write("content/forum.yml", settings);
    boards(forum.dir(), &["build", "-q"]).ends(0);
    assert_eq!(explained(&forum, "general/cups/")["causes"], serde_json::json!(["settings: posts_per_page: 50 → 20"]));

    forum.write("content/general/cups/2.md", "---\nauthor: bob\ndate: 2026-01-03T10:00:00Z\n---\nOr glass.\n");
    let next = explained(&forum, "general/cups/");
    assert_eq!(next["why"], "unknown", "the build before was of files that no commit has: {next}");
}

#[test]
fn a_page_that_is_new_is_told_so() {
    let forum = built();
    forum.write("content/general/pots/1.md", "---\ntitle: Pots\nauthor: ada\ndate: 2026-01-04T10:00:00Z\n---\n");
    boards(forum.dir(), &["build", "-q"]).ends(0);
    assert_eq!(explained(&forum, "general/pots/")["causes"], serde_json::json!(["the page is new"]));
}

#[test]
fn nothing_is_changed_by_explaining() {
    let forum = built();
    reply(&forum);
    let before = forum.site();
    boards(forum.dir(), &["explain", "/"]).ends(0);
    assert_eq!(difference(&before, &forum.site()), [""; 0]);
    boards(forum.dir(), &["build", "-q"]).ends(0);
    assert_eq!(difference(&forum.site(), &forum.clean(boards::git::Source::WorkingCopy)), [""; 0]);
}
