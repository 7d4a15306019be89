//! What holds of a forum of many thousand real posts: `BOARDS_TEST_FORUM` names a git bundle or repository with one.
//! Without it nothing is tried.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::forum::program::{boards, git, skipped};
use crate::forum::{Files, crawl, difference, files, lists};

/// The forum's address; it has a path, so that every link must have it too.
const BASE: &str = "https://forum.example/a/b/";

/// The ids of all posts, by their topics' folders below the content folder.
fn posts(content: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let mut posts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in files(content).keys() {
        if let Some((folder, stem)) = path.strip_suffix(".md").and_then(|path| path.rsplit_once('/')) {
            posts.entry(folder.to_owned()).or_default().insert(format!("post-{stem}"));
        }
    }
    posts
}

/// The folder of the list that a page is of.
fn list(page: &str) -> &str {
    let folder = page.strip_suffix("/index.html").unwrap_or_default();
    match folder.rsplit_once('/') {
        Some((above, last)) if last.strip_prefix("page-").is_some_and(|n| n.parse::<u32>().is_ok()) => above,
        _ => folder,
    }
}

fn every_post_stands_once(site: &Files, posts: &BTreeMap<String, BTreeSet<String>>) {
    let mut shown: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (path, page) in crawl::pages(site) {
        let articles: Vec<String> = page.articles.into_iter().filter(|id| id.starts_with("post-")).collect();
        if posts.contains_key(list(path)) {
            shown.entry(list(path)).or_default().extend(articles);
        } else {
            assert!(articles.is_empty(), "{path} is no topic's page and has posts");
        }
    }
    for (topic, ids) in posts {
        let mut articles = shown.remove(topic.as_str()).unwrap_or_default();
        articles.sort();
        assert!(articles.iter().eq(ids), "{topic}: posts are missing or doubled");
    }
    let number: usize = posts.values().map(BTreeSet::len).sum();
    let _ = std::io::Write::write_fmt(
        &mut std::io::stderr(),
        format_args!("{number} posts in {} topics, each once; {} files\n", posts.len(), site.len()),
    );
}

#[test]
fn a_real_forum_is_built_whole() {
    let Some(from) = std::env::var_os("BOARDS_TEST_FORUM") else {
        skipped("BOARDS_TEST_FORUM names no forum");
        return;
    };
    let from = fs::canonicalize(from).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    git(dir, &["clone", "-q", from.to_str().unwrap(), "forum"]);
    git(dir, &["clone", "-q", "--bare", from.to_str().unwrap(), "bare.git"]);
    let (forum, bare) = (dir.join("forum"), dir.join("bare.git"));
    let all = ["build", "--base-url", BASE, "--out"];
    let build = |at: &Path, out: &str, more: &[&str]| {
        let out = dir.join(out);
        let ran = boards(at, &[&all[..], &[out.to_str().unwrap()], more, &["--format", "json"]].concat()).ends(0);
        (files(&out), ran.json())
    };

    let (site, report) = build(&forum, "site", &[]);
    let (from_bare, _) = build(&bare, "bare", &["--rev", "HEAD"]);
    assert_eq!(difference(&site, &from_bare), [""; 0], "the working copy and a bare clone differ");
    drop(from_bare);
    let known = posts(&forum.join("content"));
    assert_eq!(report["posts"], known.values().map(BTreeSet::len).sum::<usize>());
    every_post_stands_once(&site, &known);
    let faults = crawl::faults(&site, BASE);
    assert!(faults.is_empty(), "{} faults: {:#?}", faults.len(), &faults[..faults.len().min(20)]);
    assert_eq!(lists::feed_faults(&site, BASE), [""; 0]);
    assert_eq!(lists::sitemap_faults(&site, BASE), [""; 0]);

    let (again, report) = build(&forum, "site", &[]);
    assert_eq!(report["pages"]["written"], 0);
    assert_eq!(difference(&site, &again), [""; 0]);
    drop(again);

    // The longest topic has the most pages that must not change.
    let (topic, _) = known.iter().max_by_key(|(_, ids)| ids.len()).unwrap();
    let reply = forum.join("content").join(topic).join("29991231-235959-newcomer.md");
    fs::write(reply, "---\nauthor: newcomer\ndate: 2999-12-31T23:59:59Z\n---\nA reply.\n").unwrap();
    git(&forum, &["-c", "user.name=Newcomer", "-c", "user.email=newcomer@forum.example", "add", "-A"]);
    git(
        &forum,
        &["-c", "user.name=Newcomer", "-c", "user.email=newcomer@forum.example", "commit", "-q", "-m", "Reply"],
    );
    let (replied, report) = build(&forum, "site", &[]);
    let changed = difference(&site, &replied);
    assert_eq!(report["pages"]["written"], changed.len());
    let _ = std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("a reply changes {changed:?}\n"));
    // The boards and shelves above the topic.
    let mut above: Vec<&str> = topic.match_indices('/').map(|(at, _)| &topic[..at]).collect();
    above.push("");
    for page in &changed {
        let own = list(page) == topic;
        let front = above.iter().any(|folder| *page == format!("{folder}/index.html").trim_start_matches('/'));
        let feed = above.iter().any(|folder| *page == format!("{folder}/feed.xml").trim_start_matches('/'));
        let tag = page.starts_with("tags/") && (page.ends_with("/feed.xml") || list(page).matches('/').count() == 1);
        let author = page.starts_with("members/");
        let sitemap = page.starts_with("sitemap-");
        // The reply is the first of its month, which ends the one before it.
        let figures = page == "stats/index.html";
        assert!(own || front || feed || tag || author || sitemap || figures, "{page}");
    }
    let pages_of_topic = changed.iter().filter(|page| list(page) == topic).count();
    assert!(pages_of_topic <= 2, "{pages_of_topic} pages of the topic");
}
