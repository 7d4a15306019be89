//! Addresses of headings and notes in posts: where links to them lead, and where links to their former addresses do.

use crate::forum::crawl;
use crate::site::{BASE, forum, post, sound, topic};

#[test]
fn links_between_posts_lead_to_their_pages_headings_and_notes() {
    let forum = forum("pages: { posts: 5 }\n");
    forum.write("content/general/board.yml", "title: General\n");
    topic(&forum, "general/tea", "Tea?", 0);
    for n in 2..14 {
        let when = jiff::Timestamp::from_second(1_767_000_000 + n).unwrap();
        let text = format!(
            "# Head {n}\n\n[to](../tea/{}.md), [head](13.md#head-13), [own](#head-{n}), [board](..), [home](/content/) and a note[^1].\n\n[^1]: Note.",
            14 - n
        );
        post(&forum, &format!("general/tea/{n:02}"), &format!("author: ada\ndate: {when}"), &text);
    }
    sound(&forum);
}

#[test]
fn a_heading_with_the_words_of_another_posts_name_leaves_that_post_its_address() {
    let forum = forum("");
    forum.write("content/general/board.yml", "title: General\n");
    topic(&forum, "general/tea", "Tea?", 0);
    let date = "date: 2026-01-02T00:00:00Z";
    post(&forum, "general/tea/20261122", &format!("author: eve\n{date}"), "# 101500 ada");
    post(&forum, "general/tea/20261122-101500-ada", &format!("author: ada\n{date}"), "# 2");
    let links = ["20261122-101500-ada", "20261122:101500-ada", "20261122-101500-ada:2", "20261122-101500-ada-2"]
        .map(|name| format!("[x](../tea/#post-{name})"));
    post(&forum, "general/tea/20261123", &format!("author: ada\n{date}"), &links.join(" "));
    let page = crawl::read(&sound(&forum)["general/tea/index.html"]);
    let ada = "/forum/general/tea/#post-20261122-101500-ada";
    let heading = format!("{ada}:2");
    let led: Vec<&str> = page.links.iter().filter(|link| link.contains("tea/#")).map(String::as_str).collect();
    assert_eq!(led, [ada, "/forum/general/tea/#post-20261122:101500-ada", &heading, &heading]);
}

#[test]
fn a_former_address_of_a_heading_leads_to_the_heading_without_a_script() {
    let forum = forum("");
    forum.write("content/general/board.yml", "title: General\n");
    topic(&forum, "general/tea", "Tea?", 0);
    let date = "date: 2026-01-02T00:00:00Z";
    post(&forum, "general/tea/ada", &format!("author: ada\n{date}"), "# Cups\n\n# 2\n\n## Caf\u{e9}s");
    post(&forum, "general/tea/ada-2", &format!("author: ada\n{date}"), "# Cups");
    let site = sound(&forum);
    let html = &site["general/tea/index.html"];
    let html = std::str::from_utf8(html).unwrap();
    for heading in [
        "<h3 id=\"post-ada:cups\"><a id=\"post-ada-cups\"></a>Cups</h3>",
        "<h3 id=\"post-ada:2\">2</h3>",
        "<h4 id=\"post-ada:caf\u{e9}s\"><a id=\"post-ada-caf\u{e9}s\"></a>Caf\u{e9}s</h4>",
        "<h3 id=\"post-ada-2:cups\"><a id=\"post-ada-2-cups\"></a>Cups</h3>",
    ] {
        assert!(html.contains(heading), "{heading}\n{html}");
    }
}

#[test]
fn a_link_to_a_heading_that_another_post_lacks_is_told() {
    let forum = forum("");
    forum.write("content/general/board.yml", "title: General\n");
    topic(&forum, "general/tea", "Tea?", 0);
    post(&forum, "general/tea/2", "author: ada\ndate: 2026-02-01T00:00:00Z", "[nothing](1.md#nothing)");
    let report = forum.build();
    assert!(report.diagnostics.iter().any(|fault| fault.code == "link-target"), "{:?}", report.diagnostics);
    assert_eq!(crawl::faults(&forum.site(), BASE), [""; 0]);
}
