//! What the pages offer to those who want to post: links into the forge's editor that carry what they should, and none
//! where nobody posts.

use std::collections::BTreeSet;

use crate::forum::program::boards;
use crate::forum::{Forum, crawl, difference, files};
use boards::diagnostic::Severity;

const BASE: &str = "https://tea.example/forum/";
const FORGES: [&str; 4] = ["github", "gitlab", "gitea", "forgejo"];

fn forum(forge: &str) -> Forum {
    let forum = Forum::new();
    let repository = match forge {
        "" => String::new(),
        forge => format!("repository: {{ forge: {forge}, url: https://forge.example/tea/forum, branch: a#b }}\n"),
    };
    forum.write(
        "content/forum.yml",
        format!("format: 1\ntitle: Tea\nbase_url: {BASE}\nnames: any\npages: {{ posts: 5 }}\n{repository}"),
    );
    forum.write("content/members/ada.yml", "name: Ada\nemails: [ada@tea.example]\n");
    forum.write("content/general/board.yml", "title: General\n");
    forum.write("content/news/board.yml", "title: News\nread_only: true\n");
    topic(&forum, "general/2026/чай", "");
    topic(&forum, "general/2026/done", "locked: answered\n");
    topic(&forum, "news/first", "");
    forum.commit("ada", 1_767_300_000);
    forum
}

fn topic(forum: &Forum, path: &str, decided: &str) {
    forum.write(
        &format!("content/{path}/1.md"),
        "---\ntitle: Tea?\nauthor: ada\ndate: 2026-01-01T10:00:00Z\n---\nYes?\n",
    );
    reply(forum, path, "20260101-110000-ada", "");
    reply(forum, path, "null", "");
    reply(forum, path, "3", "hidden: true\n");
    if !decided.is_empty() {
        forum.write(&format!("content/{path}/topic.yml"), decided);
    }
}

fn reply(forum: &Forum, topic: &str, stem: &str, more: &str) {
    let text = format!("---\nauthor: ada\ndate: 2026-01-02T10:00:00Z\n{more}---\nAn answer, *{stem}*.\n");
    forum.write(&format!("content/{topic}/{stem}.md"), text);
}

/// What a forge reads out of a part of an address.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).unwrap()
}

/// The parts of `text` that stand between `from` and `to`, as a browser reads attributes and texts.
fn between(text: &str, from: &str, to: &str) -> Vec<String> {
    let plain =
        |part: &str| part.replace("&quot;", "\"").replace("&#x27;", "'").replace("&lt;", "<").replace("&amp;", "&");
    text.split(from).skip(1).filter_map(|rest| rest.split_once(to)).map(|(part, _)| plain(part)).collect()
}

/// The files that the links of a page begin: their paths and what stands in them.
fn begun(page: &str) -> Vec<(String, String)> {
    let copied = between(page, "<pre tabindex=\"0\">", "</pre>");
    let links = between(page, "<a class=\"write\" href=\"", "\"");
    let each = links.iter().enumerate().map(|(place, link)| {
        let (path, query) = link.split_once('?').unwrap();
        let value = |name: &str| {
            let found = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
            found.map(decoded)
        };
        let folder = path.split_once("/_new/a%23b/").map_or_else(String::new, |(_, folder)| decoded(folder) + "/");
        let name = value("filename").or_else(|| value("file_name")).unwrap();
        (format!("{folder}{name}"), value("value").unwrap_or_else(|| copied[place].clone()))
    });
    each.collect()
}

#[test]
fn a_link_begins_a_file_that_only_needs_its_words() {
    for forge in FORGES {
        let forum = forum(forge);
        forum.build();
        let replies = begun(&forum.page("general/2026/чай/index.html"));
        let paths: Vec<&str> = replies.iter().map(|(path, _)| path.as_str()).collect();
        let folder = "content/general/2026/чай";
        let expected = ["re-1", "re-20260101-110000-ada", "re-null", "reply"].map(|name| format!("{folder}/{name}.md"));
        assert_eq!(paths, expected, "{forge}");
        let topics = begun(&forum.page("general/index.html"));
        assert_eq!(topics.len(), 1, "{forge}");
        assert_eq!(topics[0].0, "content/general/2026/new-topic/opening.md", "{forge}");
        for (path, text) in replies.iter().chain(&topics) {
            forum.write(path, text.replace("title:", "title: New") + "Words.\n");
        }
        forum.commit("ada", 1_767_400_000);
        let report = forum.build();
        let faults: Vec<_> = report.diagnostics.iter().filter(|it| it.severity != Severity::Hint).collect();
        assert!(faults.is_empty(), "{forge}: {faults:?}");
        let pages = ["index.html", "page-2/index.html"].map(|it| forum.page(&format!("general/2026/чай/{it}")));
        assert_eq!(pages.concat().matches("In reply to <bdi>Ada</bdi>").count(), 3, "{forge}");
        assert!(forum.page("general/2026/new-topic/index.html").contains("Words."), "{forge}");
    }
}

#[test]
fn every_post_that_is_shown_leads_to_its_file_and_history() {
    let ways = [
        ("github", "edit/a%23b/", "commits/a%23b/"),
        ("gitlab", "-/edit/a%23b/", "-/commits/a%23b/"),
        ("gitea", "_edit/a%23b/", "commits/branch/a%23b/"),
        ("forgejo", "_edit/a%23b/", "commits/branch/a%23b/"),
    ];
    for (forge, edit, history) in ways {
        let forum = forum(forge);
        forum.build();
        let page = forum.page("general/2026/чай/index.html");
        let links = between(&page, "<a href=\"https://forge.example/tea/forum/", "\"");
        for stem in ["1", "20260101-110000-ada", "null"] {
            for way in [edit, history] {
                let link = format!("{way}content/general/2026/%D1%87%D0%B0%D0%B9/{stem}.md");
                assert_eq!(links.iter().filter(|it| **it == link).count(), 1, "{forge}: {link} in {links:?}");
            }
        }
        assert_eq!(links.len(), 6, "{forge}: what is hidden leads nowhere, {links:?}");
    }
}

#[test]
fn where_nobody_replies_no_link_says_so() {
    for forge in FORGES {
        let forum = forum(forge);
        forum.build();
        for page in ["general/2026/done/index.html", "news/first/index.html", "news/index.html"] {
            let page = forum.page(page);
            assert!(!page.contains("class=\"write\"") && !page.contains("write.js"), "{forge}");
        }
        assert!(forum.page("news/first/index.html").contains(">Edit</a>"), "{forge}");
    }
}

#[test]
fn a_forum_without_a_forge_offers_nothing() {
    let forum = forum("");
    forum.build();
    let site = forum.site();
    assert!(!site.contains_key("posting/index.html"));
    for path in crawl::pages(&site).into_keys() {
        let text = forum.page(path);
        assert!(!text.contains("class=\"write\"") && !text.contains("posting/") && !text.contains(">Edit<"), "{path}");
    }
}

#[test]
fn the_pages_are_sound_and_without_a_script_or_style_of_their_own() {
    for forge in FORGES {
        let forum = forum(forge);
        forum.build();
        let site = forum.site();
        assert_eq!(crawl::faults(&site, BASE), [""; 0], "{forge}");
        let posting = forum.page("posting/index.html");
        assert!(posting.contains("64 KiB") && posting.contains("https://forge.example/tea/forum"), "{forge}");
        assert_eq!(posting.contains("refs/for/a#b"), matches!(forge, "gitea" | "forgejo"), "{forge}");
        assert!(forum.page("general/index.html").contains("/forum/posting/"), "{forge}");
        for path in crawl::pages(&site).into_keys() {
            let text = forum.page(path);
            assert!(!text.contains("<style") && !text.contains(" style=") && !text.contains(" onclick"), "{path}");
            assert!(text.matches("<script").count() == text.matches("<script src=\"/forum/assets/").count(), "{path}");
        }
    }
}

#[test]
fn links_depend_neither_on_the_clock_nor_on_other_posts() {
    let forum = forum("github");
    for number in 10..20 {
        reply(&forum, "general/2026/чай", &number.to_string(), "");
    }
    forum.commit("ada", 1_767_300_100);
    let links = |path: &str| -> BTreeSet<(String, String)> { begun(&forum.page(path)).into_iter().collect() };
    forum.build();
    let (site, board) = (forum.site(), links("general/index.html"));
    reply(&forum, "general/2026/чай", "20", "");
    forum.commit("ada", 1_767_300_200);
    forum.build();
    let changed = difference(&site, &forum.site());
    let page = "general/2026/чай/page-1/index.html";
    assert!(!changed.iter().any(|path| path == page || path.ends_with("чай/page-2/index.html")), "{changed:?}");
    assert!(!changed.iter().any(|path| path.starts_with("posting/")), "{changed:?}");
    assert_eq!(board, links("general/index.html"));
    boards(forum.dir(), &["build", "-q", "--out", "again", "--no-cache"]).ends(0);
    crate::forum::same(&forum.site(), &files(&forum.path("again")));
}

#[test]
fn a_page_of_fifty_posts_stays_small() {
    let size = |forge: &str| {
        let forum = forum(forge);
        let settings = std::fs::read_to_string(forum.path("content/forum.yml")).unwrap();
        forum.write("content/forum.yml", settings.replace("posts: 5", "posts: 100"));
        for number in 10..57 {
            reply(&forum, "general/2026/чай", &format!("20260101-1000{number}-ada"), "");
        }
        forum.build();
        forum.page("general/2026/чай/index.html").len()
    };
    let (without, with) = (size(""), size("github"));
    assert!(with - without < 50 * 600, "{} bytes a post", (with - without) / 50);
}
