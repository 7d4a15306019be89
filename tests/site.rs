//! What holds of a whole site, on forums of unusual shapes.

use std::collections::BTreeSet;

use crate::forum::{Files, Forum, crawl, lists};

pub const BASE: &str = "https://tea.example/forum/";

fn settings(forum: &Forum, more: &str) {
    forum.write("content/forum.yml", format!("format: 1\ntitle: Tea\nbase_url: {BASE}\n{more}"));
}

pub fn forum(more: &str) -> Forum {
    let forum = Forum::new();
    settings(&forum, more);
    forum
}

pub fn post(forum: &Forum, path: &str, front: &str, text: &str) {
    forum.write(&format!("content/{path}.md"), format!("---\n{front}\n---\n{text}\n"));
}

pub fn topic(forum: &Forum, path: &str, title: &str, second: usize) {
    let when = jiff::Timestamp::from_second(1_767_000_000 + second as i64).unwrap();
    post(forum, &format!("{path}/1"), &format!("title: {title}\nauthor: ada\ndate: {when}"), "Which *one*?");
}

/// The site, in which all that must hold of every site does.
#[track_caller]
pub fn sound(forum: &Forum) -> Files {
    let report = forum.build();
    assert!(report.pages.is_some(), "{:?}", report.diagnostics);
    let site = forum.site();
    assert_eq!(crawl::faults(&site, BASE), [""; 0]);
    assert_eq!(lists::feed_faults(&site, BASE), [""; 0]);
    assert_eq!(lists::sitemap_faults(&site, BASE), [""; 0]);
    site
}

/// The files that hold a text.
fn holding<'s>(site: &'s Files, text: &str) -> Vec<&'s str> {
    let holds = |bytes: &[u8]| memchr::memmem::find(bytes, text.as_bytes()).is_some();
    site.iter().filter(|(path, bytes)| path.contains(text) || holds(bytes)).map(|(path, _)| path.as_str()).collect()
}

#[test]
fn a_forum_without_a_board_or_post_has_its_pages() {
    let site = sound(&forum(""));
    for path in ["index.html", "404.html", "members/index.html", "feed.xml", "sitemap.xml", "robots.txt", "_headers"] {
        assert!(site.contains_key(path), "{path}");
    }
    let empty = forum("");
    empty.write("content/general/board.yml", "title: General\n");
    assert!(sound(&empty).contains_key("general/index.html"));
}

#[test]
fn a_topic_of_5000_posts_is_a_hundred_pages_and_each_post_stands_on_one() {
    let forum = forum("");
    forum.write("content/general/board.yml", "title: General\n");
    topic(&forum, "general/long", "Long", 0);
    for n in 2..=5000 {
        let when = jiff::Timestamp::from_second(1_767_000_000 + n).unwrap();
        post(
            &forum,
            &format!("general/long/{n}"),
            &format!("author: bob\ndate: {when}\nreply_to: '{}'", n / 2),
            &format!("Post {n}, after [that]({}.md).", n / 2),
        );
    }
    let site = sound(&forum);
    let pages = crawl::pages(&site);
    let long: Vec<_> = pages.iter().filter(|(path, _)| path.starts_with("general/long/")).collect();
    assert_eq!(long.len(), 100);
    let articles: Vec<&String> = long.iter().flat_map(|(_, page)| &page.articles).collect();
    let distinct: BTreeSet<&String> = articles.iter().copied().collect();
    assert_eq!((articles.len(), distinct.len()), (5000, 5000));
}

#[test]
fn a_threaded_topic_that_answers_ever_deeper_is_shown_whole() {
    let forum = forum("pages: { posts: 1000 }\n");
    forum.write("content/general/board.yml", "title: General\nview: threaded\n");
    topic(&forum, "general/deep", "Deep", 0);
    for n in 2..=900 {
        let when = jiff::Timestamp::from_second(1_767_000_000 + n).unwrap();
        post(
            &forum,
            &format!("general/deep/{n}"),
            &format!("author: bob\ndate: {when}\nreply_to: '{}'", n - 1),
            "Deeper.",
        );
    }
    // Two that answer each other hold nobody up.
    post(&forum, "general/deep/x", "author: bob\ndate: 2026-01-01T00:00:00Z\nreply_to: y", "X.");
    post(&forum, "general/deep/y", "author: bob\ndate: 2026-01-01T00:00:01Z\nreply_to: x", "Y.");
    let site = sound(&forum);
    assert_eq!(crawl::read(&site["general/deep/index.html"]).articles.len(), 902);
}

#[test]
fn sixty_boards_each_have_a_page_and_stand_on_the_front_page() {
    let forum = forum("");
    for n in 0..60 {
        forum.write(&format!("content/board-{n}/board.yml"), format!("title: Board {n}\norder: {n}\n"));
        topic(&forum, &format!("board-{n}/tea"), &format!("Topic {n}"), n);
    }
    let site = sound(&forum);
    let home = crawl::read(&site["index.html"]);
    for n in 0..60 {
        assert!(home.links.contains(&format!("/forum/board-{n}/")), "{n}");
        assert!(site.contains_key(&format!("board-{n}/index.html")));
    }
}

#[test]
fn boards_in_boards_in_boards_lead_up_and_down() {
    let forum = forum("");
    let mut path = String::from("a");
    for depth in 0..12 {
        forum.write(&format!("content/{path}/board.yml"), format!("title: Depth {depth}\n"));
        topic(&forum, &format!("{path}/tea"), &format!("Topic {depth}"), depth);
        path.push_str("/a");
    }
    let site = sound(&forum);
    let deepest = format!("{}tea/index.html", "a/".repeat(12));
    let page = crawl::read(&site[&deepest]);
    for depth in 1..=12 {
        assert!(page.links.contains(&format!("/forum/{}", "a/".repeat(depth))), "{depth}");
    }
    assert!(crawl::read(&site["a/index.html"]).links.contains(&String::from("/forum/a/a/")));
}

#[test]
fn a_title_of_300_characters_stands_whole_on_its_page() {
    let forum = forum("");
    forum.write("content/general/board.yml", "title: General\n");
    let title = "Which leaves, and why? ".repeat(13) + "X";
    assert_eq!(title.len(), 300);
    topic(&forum, "general/long", &title, 0);
    let wide = "茶".repeat(300);
    topic(&forum, "general/wide", &wide, 1);
    let site = sound(&forum);
    assert!(holding(&site, &title).contains(&"general/long/index.html"));
    assert!(holding(&site, &wide).contains(&"general/wide/index.html"));
}

#[test]
fn the_front_page_of_a_board_holds_between_n_and_2n_less_1_topics_and_old_pages_keep_theirs() {
    let forum = forum("pages: { topics: 5 }\n");
    forum.write("content/general/board.yml", "title: General\n");
    let mut old: Option<Files> = None;
    for n in 1..=23 {
        topic(&forum, &format!("general/topic-{n:02}"), &format!("Topic {n}"), n);
        let site = if n % 5 < 2 {
            sound(&forum)
        } else {
            forum.build();
            forum.site()
        };
        let pages = crawl::pages(&site);
        let on = |path: &str| {
            let links = pages[path].links.iter().filter_map(|link| link.strip_prefix("/forum/general/topic-"));
            links.map(|rest| rest.split('/').next().unwrap().to_owned()).collect::<BTreeSet<_>>().len()
        };
        let front = on("general/index.html");
        assert!(if n < 5 { front == n } else { (5..10).contains(&front) }, "{front} of {n}");
        let count = (n / 5).max(1);
        for number in 1..count {
            assert_eq!(on(&format!("general/page-{number}/index.html")), 5);
        }
        if let Some(old) = old.filter(|_| n % 5 != 0) {
            for number in 1..count {
                let path = format!("general/page-{number}/index.html");
                assert_eq!(old[&path], site[&path], "{path} after topic {n}");
            }
        }
        old = Some(site);
    }
}

#[test]
fn what_is_hidden_or_private_stands_in_no_file() {
    let forum = forum("");
    forum.write("content/general/board.yml", "title: General\n");
    forum.write("content/members/ada.yml", "name: Ada\nemails: [secret-ada@mail.example, Other@Mail.example]\n");
    forum.write("content/members/grace.yml", "name: Grace Hopper\nanonymous: true\nabout: I was grace-about\nemails: [grace@mail.example]\navatar: grace.gif\n");
    forum.write("content/members/grace.gif", b"GIF89a\x01\x00\x01\x00\x00\x00\x00grace-picture");
    topic(&forum, "general/tea", "Tea?", 0);
    post(
        &forum,
        "general/tea/2",
        "author: bob\nhidden: advertising\ndate: 2026-01-01T00:00:00Z",
        "Buy hidden-leaves at [shop](https://hidden.example/).\n\n# Hidden-head\n\n![hidden-alt](hidden.gif)",
    );
    forum.write("content/general/tea/hidden.gif", b"GIF89a\x01\x00\x01\x00\x00\x00\x00hidden-picture");
    post(&forum, "general/tea/3", "author: grace\ndate: 2026-01-02T00:00:00Z", "From @grace: shown.");
    post(
        &forum,
        "general/ask/1",
        "title: Hidden opening\ntags: [oolong]\nauthor: bob\nhidden: true\ndate: 2026-01-03T00:00:00Z",
        "hidden-opening-text",
    );
    forum.write("content/general/ask/topic.yml", "answer: 2\n");
    post(&forum, "general/ask/2", "author: bob\nhidden: true\ndate: 2026-01-04T00:00:00Z", "hidden-answer-text");
    forum.write("content/general/tea/4.md", "By commit: shown.\n");
    forum.commit("ada", 1_767_500_000);
    forum.write("content/general/tea/4.md", "By commit, edited: shown.\n");
    forum.commit("mallory", 1_767_500_100);
    let site = sound(&forum);
    for text in [
        "hidden-leaves",
        "hidden.example",
        "idden-head",
        "hidden-alt",
        "hidden.gif",
        "hidden-picture",
        "hidden-opening-text",
        "hidden-answer-text",
    ] {
        assert_eq!(holding(&site, text), [""; 0], "{text}");
    }
    for text in ["@mail.example", "@Mail.example", "secret-ada", "@tea.example"] {
        assert_eq!(holding(&site, text), [""; 0], "{text}");
    }
    for text in ["Grace Hopper", "grace-about", "grace-picture", "members/grace", "grace"] {
        let mut found = holding(&site, text);
        // A mention is the words of whoever wrote it; the theme's own assets know nobody.
        if text == "grace" {
            found.retain(|path| {
                let without = String::from_utf8_lossy(&site[*path]).replace("@grace", "");
                without.contains("grace")
            });
        }
        assert_eq!(found, [""; 0], "{text}");
    }
    assert!(holding(&site, "shown").contains(&"general/tea/index.html"));
}

const HOSTILE: &str = "</title><marquee onload=x>\"'&amp;]]>{{ 7 * 7 }}{% raw %}";

#[test]
fn hostile_words_are_words_in_pages_feeds_and_sitemaps() {
    let forum = Forum::new();
    let quoted = serde_json::Value::from(HOSTILE).to_string();
    forum.write("content/forum.yml", format!("format: 1\ntitle: {quoted}\ndescription: {quoted}\nbase_url: {BASE}\nrepository: {{ forge: github, url: https://github.com/tea/forum, branch: {quoted} }}\n"));
    forum.write("content/general/board.yml", format!("title: {quoted}\ndescription: {quoted}\n"));
    forum.write("content/members/ada.yml", format!("name: {quoted}\nabout: {quoted}\n"));
    forum.write("content/general/tea/topic.yml", format!("pinned: {quoted}\nlocked: {quoted}\nanswer: 2\n"));
    post(
        &forum,
        "general/tea/1",
        &format!(
            "title: {quoted}\ntags: [\"<marquee>\\\"'&\", \"../../x\", \"\u{202e}\"]\nauthor: ada\ndate: 2026-01-01T00:00:00Z\nsource: {quoted}"
        ),
        HOSTILE,
    );
    post(&forum, "general/tea/2", &format!("author: ada\ndate: 2026-01-02T00:00:00Z\nhidden: {quoted}"), HOSTILE);
    post(&forum, "general/tea/3", "author: ada\ndate: 2026-01-03T00:00:00Z\nsource: 'javascript:alert(1)'", HOSTILE);
    let site = sound(&forum);
    for (path, page) in crawl::pages(&site) {
        for (name, attributes) in &page.tags {
            assert!(name != "marquee" && (name != "script" || attributes.contains_key("src")), "{path}: {name}");
            let own = |name: &str| !name.starts_with("on") && name != "style" && name != "srcdoc";
            assert!(attributes.keys().all(|name| own(name)), "{path}: {attributes:?}");
            let links = attributes.iter().filter(|(name, _)| matches!(name.as_str(), "href" | "src"));
            assert!(links.into_iter().all(|(_, value)| !value.to_lowercase().contains("javascript:")), "{path}");
        }
        let text = String::from_utf8_lossy(&site[path]);
        assert!(!text.contains(">49") && !text.contains(" 49 "), "{path}: a template was run");
    }
    let feeds = lists::feeds(&site);
    assert!(feeds.len() > 3);
    let forum_feed = &feeds.iter().find(|(path, _)| *path == "feed.xml").unwrap().1;
    assert_eq!(forum_feed.title.as_ref().unwrap().content, HOSTILE);
    assert!(forum_feed.entries.iter().any(|entry| entry.title.as_ref().unwrap().content.contains(HOSTILE)));
    assert!(forum_feed.entries.iter().all(|entry| entry.authors[0].name == HOSTILE));
    assert!(site.keys().all(|path| !path.contains("..") && !path.contains(['<', '"'])), "{:?}", site.keys());
}

#[test]
fn the_language_sets_its_direction() {
    for (language, direction) in [
        ("en", "ltr"),
        ("ar", "rtl"),
        ("he", "rtl"),
        ("fa-IR", "rtl"),
        ("uz-Arab", "rtl"),
        ("ar-Latn", "ltr"),
        ("de-AT", "ltr"),
    ] {
        let forum = forum(&format!("language: {language}\n"));
        let site = sound(&forum);
        for (path, page) in crawl::pages(&site) {
            let (name, attributes) = &page.tags[0];
            assert_eq!((&**name, &*attributes["lang"], &*attributes["dir"]), ("html", language, direction), "{path}");
        }
    }
}

#[test]
fn the_policy_of_the_headers_is_that_of_every_page() {
    for more in ["", "images: { external: allow }\n", "images: { external: 'https://proxy.example/?url=' }\n"] {
        let forum = forum(more);
        forum.write("content/general/board.yml", "title: General\n");
        topic(&forum, "general/tea", "Tea?", 0);
        let site = sound(&forum);
        let headers = String::from_utf8_lossy(&site["_headers"]).into_owned();
        let policy = headers.lines().find_map(|line| line.strip_prefix("  Content-Security-Policy: ")).unwrap();
        assert!(headers.starts_with("/forum/*\n"), "{headers}");
        for (path, page) in crawl::pages(&site) {
            // The policy binds only what comes after it.
            let names: Vec<&str> = page.tags.iter().take(3).map(|(name, _)| name.as_str()).collect();
            assert_eq!(names, ["html", "head", "meta"], "{path}");
            let meta = &page.tags[2].1;
            assert_eq!(meta["http-equiv"], "Content-Security-Policy", "{path}");
            assert_eq!(format!("{}; frame-ancestors 'none'", meta["content"]), policy, "{path}");
            assert!(!meta["content"].contains("unsafe"), "{path}");
        }
        assert_eq!(
            String::from_utf8_lossy(&site["robots.txt"]),
            format!("User-agent: *\nAllow: /\nSitemap: {BASE}sitemap.xml\n")
        );
    }
}

#[test]
fn without_an_address_there_are_no_addresses_made_up() {
    let forum = Forum::new();
    forum.write("content/forum.yml", "format: 1\ntitle: Tea\n");
    forum.write("content/general/board.yml", "title: General\n");
    topic(&forum, "general/tea", "Tea?", 0);
    assert!(forum.build().pages.is_some());
    let site = forum.site();
    assert_eq!(crawl::faults(&site, "/"), [""; 0]);
    assert!(site.keys().all(|path| !path.ends_with("feed.xml") && !path.starts_with("sitemap")), "{:?}", site.keys());
    assert!(
        crawl::pages(&site)
            .values()
            .all(|page| page.tags.iter().all(|(_, it)| it.get("rel").is_none_or(|rel| rel != "canonical")))
    );
}

#[test]
fn a_name_that_somebody_else_has_too_stands_with_its_handle_on_every_page_and_in_feeds() {
    let forum = forum("");
    forum.write("content/general/board.yml", "title: General\n");
    forum.write("content/members/ada.yml", "name: Ada Lovelace\n");
    topic(&forum, "general/tea", "Tea?", 0);
    let reply = |to: usize| format!("author: eve\ndate: 2026-01-0{to}T00:00:00Z\nreply_to: '{to}'");
    post(&forum, "general/tea/2", &reply(1), "Two.");
    post(&forum, "general/tea/3", &reply(2), "Three.");
    forum.write("content/general/tea/topic.yml", "answer: '2'\n");
    forum.write("content/members/eve.yml", "name: Eve\n");
    let apart = sound(&forum);
    assert_eq!(holding(&apart, "class=\"handle\""), [""; 0]);
    forum.write("content/members/eve.yml", "name: ada l\u{43e}velace\n");
    let alike = sound(&forum);
    let named = ["feed.xml", "general/feed.xml", "general/index.html", "general/tea/index.html", "index.html"];
    let shown = |handle: &str, other: &str| -> Vec<String> {
        let mut shown = holding(&alike, &format!("<bdi class=\"handle\">@{handle}</bdi>"));
        shown.extend(holding(&alike, &format!("{other} (@{handle})")));
        let mut shown: Vec<String> = shown.into_iter().map(String::from).collect();
        shown.sort();
        shown
    };
    assert_eq!(shown("eve", "ada l\u{43e}velace"), named);
    assert_eq!(shown("ada", "Ada Lovelace"), named[..4]);
    assert_eq!(holding(&alike, "@eve").len(), named.len() + 2, "on her own page and in the list of members as always");
    assert_eq!(alike, forum.clean(boards::git::Source::WorkingCopy));
}

/// A forum in which everything stood elsewhere before.
fn moved(redirects: &str) -> Forum {
    let forum = forum(redirects);
    forum.write(
        "content/general/board.yml",
        "title: General\naliases: ['/forum/c/general/4', 'https://old.example/x/4']\n",
    );
    topic(&forum, "general/cup", "Cup", 0);
    forum.write(
        "content/general/cup/topic.yml",
        "aliases: [t/cup/12, 'viewtopic.php?t=12&f=1', t/Cup/12, cup.html, general/cup, general/index.html]\n",
    );
    let front = "author: bob\ndate: 2026-01-02T10:00:00Z\naliases: ['viewtopic.php?t=12#p99', t/cup/12/2]";
    post(&forum, "general/cup/2", front, "A reply.");
    forum.write("content/members/bob.yml", "name: Bob\naliases: [u/bob]\n");
    forum.write("content/members/eve.yml", "name: Eve\nanonymous: true\naliases: [u/eve]\n");
    forum
}

#[test]
fn what_stood_elsewhere_is_found_by_pages_where_files_can_be_and_else_by_the_table() {
    let site = sound(&moved(""));
    let all: Vec<&str> = site.keys().map(String::as_str).filter(|path| !path.starts_with("assets/")).collect();
    for page in ["c/general/4/index.html", "t/cup/12/index.html", "cup.html", "u/bob/index.html"] {
        let text = String::from_utf8_lossy(site.get(page).unwrap_or_else(|| panic!("{page} of {all:?}")));
        assert!(text.contains("http-equiv=\"refresh\"") && text.contains("rel=\"canonical\""), "{text}");
    }
    // Of what a file system may take for one path the first has it, and pages of the site stay.
    assert!(!all.contains(&"t/Cup/12/index.html") && !all.contains(&"viewtopic.php"));
    assert!(!String::from_utf8_lossy(&site["general/cup/index.html"]).contains("This has moved"));
    assert_eq!(holding(&site, "u/eve"), [""; 0]);
    assert_eq!(all.iter().filter(|path| path.starts_with("moved/")).collect::<Vec<_>>(), [&"moved/0000.json"]);
    let table: serde_json::Value = serde_json::from_slice(&site["moved/0000.json"]).unwrap();
    let expected = serde_json::json!({
        "/forum/viewtopic.php?f=1&t=12": "/forum/general/cup/",
        "/forum/viewtopic.php?t=12#p99": "/forum/general/cup/#post-2",
        "/forum/t/Cup/12": "/forum/general/cup/",
        "/forum/t/cup/12/2": "/forum/general/cup/#post-2",
        "/x/4": "/forum/general/",
    });
    assert_eq!(table, expected);
}

#[test]
fn old_addresses_of_the_front_page_are_looked_for_there_and_nowhere_else() {
    let home = |site: &Files| String::from_utf8(site["index.html"].clone()).unwrap();
    let forum = moved("");
    assert!(!home(&sound(&forum)).contains("data-table"));
    topic(&forum, "general/pot", "Pot", 0);
    forum.write("content/general/pot/topic.yml", "aliases: ['?p=12', '/forum/#narrow/pot', '/#elsewhere']\n");
    let site = sound(&forum);
    assert!(home(&site).contains("data-own=\"yes\" data-table=\"/forum/moved/\" data-parts=\"1\""), "{}", home(&site));
    let table: serde_json::Value = serde_json::from_slice(&site["moved/0000.json"]).unwrap();
    for old in ["/forum?p=12", "/forum#narrow/pot", "/#elsewhere"] {
        assert_eq!(table[old], "/forum/general/pot/", "{table}");
    }
}

#[test]
fn a_host_gets_the_rules_that_it_reads() {
    let rules = |redirects: &str, file: &str| {
        let site = sound(&moved(&format!("redirects: {redirects}\n")));
        String::from_utf8(site[file].clone()).unwrap()
    };
    let plain = rules("gitlab", "_redirects");
    assert_eq!(
        plain,
        "/forum/t/Cup/12 /forum/general/cup/ 301\n/forum/t/cup/12/2 /forum/general/cup/#post-2 301\n/x/4 /forum/general/ 301\n"
    );
    assert_eq!(rules("netlify", "_redirects"), plain);
    let nginx = rules("nginx", "moved/nginx.conf");
    assert!(nginx.contains("\n    \"/forum/viewtopic.php?f=1&t=12\" \"/forum/general/cup/\";\n"), "{nginx}");
    assert!(nginx.contains("\"/forum/c/general/4\"") && !nginx.contains("#p99"), "{nginx}");
    assert!(rules("apache", "moved/apache.txt").contains("\n/forum/u/bob /forum/members/bob/\n"));
    assert!(rules("caddy", "moved/caddy.conf").contains("\n    \"/forum/cup.html\" \"/forum/general/cup/\"\n"));
}
