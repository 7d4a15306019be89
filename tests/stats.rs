//! The figures of a forum, at the command line and on their page, which changes once a month.

use crate::forum::program::boards;
use crate::forum::{Forum, crawl, difference};

/// A forum with these posts: topic, author and date, a topic's opening post first.
fn with(posts: &[(&str, &str, &str)]) -> Forum {
    let forum = Forum::new();
    forum.write("content/general/board.yml", "title: General\n");
    forum.write("content/general/green/board.yml", "title: Green\n");
    for (at, (topic, author, date)) in posts.iter().enumerate() {
        post(&forum, at, topic, author, date);
    }
    forum.commit("ada", 1_767_300_000);
    forum
}

fn post(forum: &Forum, at: usize, topic: &str, author: &str, date: &str) {
    let path = format!("content/{topic}");
    let title = if forum.path(&path).exists() { String::new() } else { format!("title: About {topic}\n") };
    let text = format!("---\nauthor: {author}\ndate: {date}\n{title}---\nText.\n");
    forum.write(&format!("{path}/{at}.md"), text);
}

const POSTS: [(&str, &str, &str); 6] = [
    ("general/a", "ada", "2024-12-31T23:59:59Z"),
    ("general/a", "bob", "2025-01-01T00:00:00Z"),
    ("general/green/b", "bob", "2025-03-10T10:00:00Z"),
    ("general/green/b", "cleo", "2025-03-11T10:00:00Z"),
    ("general/green/b", "ada", "2025-04-01T10:00:00Z"),
    ("general/c", "dan", "2025-04-02T10:00:00Z"),
];

#[test]
fn the_table_counts_everything() {
    let ran = boards(with(&POSTS).dir(), &["stats"]).ends(0);
    let expected = "\
6 posts in 3 topics by 4 members

year        posts   topics  members
2024            1        1        1
2025            5        2        3

month       posts   topics  members
2024-12         1        1        1
2025-01         1        0        1
2025-03         2        1        1
2025-04         2        1        1

   posts   topics  board
       3        2  General
       3        1  Green

   posts  topic
       3  About general/green/b
       2  About general/a
       1  About general/c
";
    assert_eq!((&*ran.out, &*ran.err), (expected, ""));
}

#[test]
fn json_has_the_same_and_all_months() {
    let json = boards(with(&POSTS).dir(), &["stats", "--format", "json", "--rev", "HEAD"]).ends(0).json();
    assert_eq!([&json["posts"], &json["topics"], &json["members"]], [6, 3, 4]);
    let news = |name: &str, of: serde_json::Value, posts, topics, members| serde_json::json!({ name: of, "posts": posts, "topics": topics, "members": members });
    assert_eq!(json["years"][1], news("year", 2025.into(), 5, 2, 3));
    assert_eq!(json["months"][2], news("month", "2025-03".into(), 2, 1, 1));
    assert_eq!(json["boards"][1]["path"], "general/green");
    let largest = serde_json::json!({ "path": "general/green/b", "title": "About general/green/b", "posts": 3 });
    assert_eq!(json["largest"][0], largest);
}

#[test]
fn an_empty_forum_has_figures_too() {
    let forum = with(&[]);
    assert_eq!(boards(forum.dir(), &["stats"]).ends(0).out, "0 posts in 0 topics by 0 members\n");
    forum.build();
    assert!(forum.page("stats/index.html").contains("the first isn't yet"));
}

#[test]
fn the_page_counts_the_months_that_are_over_and_is_led_to_from_every_page() {
    let forum = with(&POSTS);
    forum.build();
    let page = forum.page("stats/index.html");
    assert!(page.contains("To the end of March 2025"), "{page}");
    assert!(page.contains(r#"<dt>Posts</dt><dd class="number">4</dd>"#), "{page}");
    assert!(page.contains("<title>2025: 3 posts</title>") && page.contains("<title>February 2025: 0 posts</title>"));
    assert!(!page.contains("April 2025") && !page.contains("About general/c"));
    assert!(page.contains(r#"<svg role="img" aria-label="Posts a year, 2024 to 2025""#));
    for path in ["index.html", "general/a/index.html", "404.html"] {
        assert!(forum.page(path).contains(r#"<a href="/stats/">Statistics</a>"#), "{path}");
    }
    assert_eq!(crawl::faults(&forum.site(), "https://tea.example/"), [""; 0]);
}

#[test]
fn the_page_changes_when_a_month_is_over_and_not_with_every_post() {
    let forum = with(&POSTS);
    forum.build();
    let before = forum.site();
    post(&forum, 6, "general/a", "eve", "2025-04-30T23:59:59Z");
    forum.build();
    let after = forum.site();
    let changed = difference(&before, &after);
    assert!(changed.contains(&"general/a/index.html".into()) && !changed.contains(&"stats/index.html".into()));
    post(&forum, 7, "general/a", "eve", "2025-05-01T00:00:00Z");
    forum.build();
    assert!(difference(&after, &forum.site()).contains(&"stats/index.html".into()));
    assert!(forum.page("stats/index.html").contains("To the end of April 2025"));
}

#[test]
fn the_page_of_a_closed_forum_counts_everything() {
    let forum = with(&POSTS);
    forum.write("content/general/board.yml", "title: General\nread_only: true\n");
    forum.build();
    assert!(forum.page("stats/index.html").contains("To the end of March 2025"), "a board is still open");
    forum.write("content/general/green/board.yml", "title: Green\nread_only: true\n");
    forum.build();
    let page = forum.page("stats/index.html");
    assert!(page.contains("All that was written, to April 2025: the forum is closed."), "{page}");
    assert!(page.contains(r#"<dt>Posts</dt><dd class="number">6</dd>"#), "{page}");
}

#[test]
fn odd_dates_and_titles_break_neither_page_nor_table() {
    let forum = with(&[
        ("general/a", "ada", "0001-01-01T00:00:00Z"),
        ("general/a", "bob", "9999-12-01T00:00:00Z"),
        ("general/b", "bob", "2025-03-10T10:00:00Z"),
    ]);
    forum.write(
        "content/general/b/9.md",
        "---\ntitle: \"<svg onload=x>\\u001b[2J\\nline\"\nauthor: ada\ndate: 2025-03-01T10:00:00Z\n---\n",
    );
    forum.remove("content/general/b/2.md");
    let report = forum.build();
    assert!(report.pages.is_some(), "{:?}", report.diagnostics);
    let page = forum.page("stats/index.html");
    assert!(page.len() < 40_000 && !page.contains("<svg onload"), "{}", page.len());
    let ran = boards(forum.dir(), &["stats"]).ends(0);
    assert!(!ran.out.contains('\u{1b}'), "{:?}", ran.out);
}
