//! What holds of every forum, over forums and edits made at random: the two laws of incremental building, and that an id
//! stands once on its page.

use std::collections::BTreeSet;
use std::fs;

use crate::forum::edits::{Edit, Model, edit};
use crate::forum::{Forum, crawl, difference, lists};
use boards::build::build;
use boards::cache::Cache;
use boards::content::{Post, Sourced};
use boards::git::Source;
use boards::markdown::LinkKind;
use boards::monitor::{Counter, Quiet, Work};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 40, ..ProptestConfig::default() })]

    #[test]
    fn incremental_equals_clean(edits in prop::collection::vec(prop::collection::vec(edit(), 1..4), 1..6)) {
        let mut model = Model::new();
        let first = model.forum.build();
        prop_assert!(first.pages.is_some(), "{:?}", first.diagnostics);
        for step in &edits {
            for edit in step {
                model.apply(edit);
            }
            let report = model.forum.build();
            let clean = boards::build::build(
                &boards::build::Order {
                    out: model.forum.path("clean"),
                    cache: boards::build::CacheAt::Nowhere,
                    ..model.forum.order()
                },
                None,
                &Quiet,
            );
            let (clean, _) = clean.unwrap();
            prop_assert_eq!(&report.diagnostics, &clean.diagnostics);
            prop_assert_eq!(report.pages.is_some(), clean.pages.is_some());
            if report.pages.is_some() {
                let difference = difference(&model.forum.site(), &crate::forum::files(&model.forum.path("clean")));
                prop_assert!(difference.is_empty(), "{:?} differ after {:?}", difference, step);
            }
            model.forum.remove("clean");
        }
    }

    #[test]
    fn a_reply_renders_one_body_and_just_these_pages(topic in 0usize..1000, edits in prop::collection::vec(edit(), 0..8)) {
        let mut model = Model::new();
        for edit in edits.iter().filter(|edit| !matches!(edit, Edit::Theme { .. } | Edit::Settings { .. })) {
            model.apply(edit);
        }
        model.forum.commit("ada", model.clock + 1);
        let before = model.forum.build();
        prop_assume!(before.pages.is_some());
        let old = model.forum.site();

        let folders = model.topics();
        let folder = &folders[topic % folders.len()];
        model.clock += 100;
        model.apply(&Edit::Reply { topic, author: 1, linking: false });
        model.forum.commit("bob", model.clock + 1);
        let (report, counter) = model.forum.counted();
        prop_assert!(report.pages.is_some());
        prop_assert_eq!(counter.of(Work::BodyRendered), 1);
        prop_assert_eq!(counter.of(Work::BlobRead), 1);
        prop_assert_eq!(counter.of(Work::TopicRead), 1);
        prop_assert_eq!(counter.of(Work::CommitRead), 1);

        let changed = difference(&old, &model.forum.site());
        let path = folder.trim_start_matches("content/");
        let mut above: Vec<&str> = path.match_indices('/').map(|(at, _)| &path[..at]).collect();
        above.push(path);
        let allowed = |page: &str| {
            let own = page == "index.html" || page == "feed.xml" || page == "sitemap-1.xml" || page.starts_with("members/bob/");
            let tag = page.starts_with("tags/");
            let page_of = |folder: &str| page.strip_prefix(folder).is_some_and(|rest| {
                let rest = rest.strip_prefix('/').unwrap_or("x/");
                matches!(rest, "index.html" | "feed.xml") || rest.starts_with("page-")
            });
            own || tag || above.iter().any(|folder| page_of(folder))
        };
        prop_assert!(changed.iter().all(|page| allowed(page)), "{:?} after a reply in {}", changed, path);
        prop_assert_eq!(counter.of(Work::FileWritten) as usize, changed.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, max_shrink_iters: 20, ..ProptestConfig::default() })]

    #[test]
    fn shelves_that_change_one_after_another_are_remembered_as_they_are(
        edits in prop::collection::vec((0_u8..7, 0_usize..4, 0_usize..16, 0_usize..4), 1..8),
    ) {
        let forum = Forum::new();
        let board = |number: usize| format!("content/board-{number}");
        for number in 0..20 {
            forum.write(&format!("{}/board.yml", board(number)), format!("title: Board {number}\n"));
            for topic in 0..16 {
                let post = format!("---\ntitle: Topic {topic}\nauthor: ada\ndate: 2026-01-01T10:00:00Z\n---\nHi {number} {topic}.\n");
                forum.write(&format!("{}/2026/topic-{topic}/0.md", board(number)), post);
            }
        }
        forum.commit("ada", 1_770_000_000);
        prop_assert!(forum.build().pages.is_some());
        let whole = fs::metadata(forum.path(".git/boards/topics")).unwrap().len();
        let mut alone = false;
        for ((what, number, topic, other), step) in edits.into_iter().zip(1_i64..) {
            let folder = format!("{}/2026/topic-{topic}", board(number));
            let here = forum.path(&folder).exists();
            let opening = format!("---\ntitle: New {step}\nauthor: bob\ndate: 2026-01-02T10:00:00Z\n---\nNew.\n");
            match what {
                0 if here => forum.remove(&folder),
                1 if here => forum.rename(&folder, &format!("{}/2026/moved-{step}", board(other))),
                2 if here => forum.write(&format!("{folder}/0.md"), opening),
                3 => forum.write(&format!("{folder}/0.md"), opening),
                4 => forum.write(&format!("{}/2027/topic-{step}/0.md", board(number)), opening),
                5 => {
                    // A shelf that becomes a board, or is one no more: its topics are remembered one by one, or together.
                    let file = format!("{}/2026/board.yml", board(number));
                    if forum.path(&file).exists() { forum.remove(&file) } else { forum.write(&file, "title: 2026\n") }
                    alone = true;
                }
                _ if here => {
                    let reply = format!("---\nauthor: bob\ndate: 2026-01-03T10:00:0{step}Z\n---\nReply {step}.\n");
                    forum.write(&format!("{folder}/reply-{step}.md"), reply);
                }
                _ => {}
            }
            forum.commit("bob", 1_770_000_000 + step);
            prop_assert!(forum.build().pages.is_some());
            // What is stored of a change is small, whatever lies beside it: less than a shelf, of which there are twenty.
            let newest = fs::metadata(forum.path(".git/boards/topics.newest")).map_or(0, |file| file.len());
            prop_assert!(alone || newest < step as u64 * whole / 32, "{} of {} after step {}", newest, whole, step);
        }
        let difference = difference(&forum.site(), &forum.clean(Source::WorkingCopy));
        prop_assert!(difference.is_empty(), "{:?} differ", difference);
    }
}

/// Names of posts and words of headings that look like each other's addresses, footnotes and the ids of pages.
fn name() -> impl Strategy<Value = String> {
    let word = prop::sample::select(&["a", "2", "post", "fn", "fnref", "main", "topics", "20261122", "101500-ada"][..]);
    prop::collection::vec(word, 1..4).prop_map(|words| words.join("-"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 100, ..ProptestConfig::default() })]

    #[test]
    fn no_page_has_an_id_twice_whatever_posts_and_headings_are_called(
        posts in prop::collection::btree_map(name(), prop::collection::vec((name(), 0_u8..5), 0..4), 1..9),
    ) {
        const BASE: &str = "https://tea.example/";
        let forum = Forum::of(
            "=== content/forum.yml\nformat: 1\ntitle: Tea\nbase_url: https://tea.example/\npages: { posts: 5 }\n\
             === content/general/board.yml\ntitle: General\n",
        );
        for ((stem, parts), number) in posts.iter().zip(0..) {
            let title = if number == 0 { "title: Tea\n" } else { "" };
            let mut text = format!("---\n{title}author: ada\ndate: 2026-01-01T10:00:{number:02}Z\n---\n");
            for (words, kind) in parts {
                text += &match kind {
                    0 => format!("<details id=\"post-{words}\"><summary>{words}</summary></details>\n\n"),
                    1 => format!("A note[^{words}] and again[^{words}].\n\n[^{words}]: Note.\n\n"),
                    2 => format!("[there](../tea/#post-{words}) and [here]({words}.md#{words})\n\n"),
                    _ => format!("# {}\n\n", words.replace('-', " ")),
                };
            }
            forum.write(&format!("content/general/tea/{stem}.md"), text);
        }
        let report = forum.build();
        prop_assert!(report.pages.is_some(), "{:?}", report.diagnostics);
        let site = forum.site();
        prop_assert_eq!(crawl::faults(&site, BASE), [""; 0]);
        prop_assert_eq!(lists::feed_faults(&site, BASE), [""; 0]);
        let pages = crawl::pages(&site);
        let shown = pages.values().flat_map(|page| page.articles.iter().map(String::as_str));
        let named: BTreeSet<String> = posts.keys().map(|stem| format!("post-{stem}")).collect();
        prop_assert!(shown.collect::<BTreeSet<_>>().into_iter().eq(named.iter().map(String::as_str)));
    }
}

#[test]
fn building_twice_writes_nothing() {
    let model = Model::new();
    model.forum.build();
    let (report, counter) = model.forum.counted();
    assert_eq!(report.pages.unwrap().written, 0);
    for work in
        [Work::BlobRead, Work::TopicRead, Work::BodyRendered, Work::PageRendered, Work::FileWritten, Work::CommitRead]
    {
        assert_eq!(counter.of(work), 0, "{work:?}");
    }
}

#[test]
fn a_revision_gives_the_bytes_of_the_working_copy_and_so_does_a_bare_clone() {
    let model = Model::new();
    let working = model.forum.clean(Source::WorkingCopy);
    assert_eq!(difference(&working, &model.forum.clean(Source::Revision("main".into()))), [""; 0]);
    let bare = tempfile::tempdir().unwrap();
    let mut builder = git2::build::RepoBuilder::new();
    builder.bare(true).clone(model.forum.dir().to_str().unwrap(), bare.path()).unwrap();
    let out = tempfile::tempdir().unwrap();
    let order = boards::build::Order {
        repository: bare.path().to_owned(),
        source: Source::Revision("main".into()),
        out: out.path().join("site"),
        ..model.forum.order()
    };
    build(&order, None, &Counter::default()).unwrap();
    assert_eq!(difference(&working, &crate::forum::files(&order.out)), [""; 0]);
}

#[test]
fn a_remembered_topic_is_the_topic_and_its_summary_tells_the_truth() {
    let mut model = Model::new();
    for edit in [
        Edit::Change { post: 1 },
        Edit::Hide { post: 2 },
        Edit::Attach { post: 3 },
        Edit::Moderate { topic: 1, how: 3 },
        Edit::Commit,
    ] {
        model.apply(&edit);
    }
    let order = model.forum.order();
    let load = |cache: &Cache| boards::build::load(&order, cache, &Quiet).map(|loaded| loaded.forum);
    let both = |cache: &Cache| Ok((load(cache)?, load(cache)?));
    let (read, remembered) = order.cache.with(&order.repository, "test", &Quiet, both).unwrap();
    assert_eq!(read.topics.len(), remembered.topics.len());
    for (read, remembered) in read.topics.iter().zip(&remembered.topics) {
        let (whole, known, summary) = (remembered.read().unwrap(), &remembered.posts, remembered.posts.summary());
        let posts = whole.posts;
        assert_eq!(format!("{:?}", read.posts.read().unwrap()), format!("{posts:?}"));
        assert_eq!(read.posts.summary(), summary);
        assert_eq!(posts.len(), known.len());
        let (opening, last) = (whole.opening(), posts.last().unwrap());
        assert_eq!((known.opener(), summary.opened), (opening.author, opening.date));
        assert_eq!(
            (known.last_author(), summary.last, summary.last_stem()),
            (last.author, last.date, &*last.file.stem)
        );
        assert_eq!(Some(summary.oldest), posts.iter().map(|post| post.date).min());
        assert_eq!(Some(summary.newest), posts.iter().map(|post| post.date).max());
        let heading = whole.heading();
        assert_eq!(summary.title(), heading.map(|heading| heading.title.value.as_str()));
        assert!(summary.tags().eq(heading.iter().flat_map(|heading| &heading.tags).map(|tag| tag.value.as_str())));
        let links = |of: fn(&&Post) -> bool, kind: fn(LinkKind) -> bool| -> BTreeSet<&str> {
            let all = posts.iter().filter(of).flat_map(|post| &post.file.links);
            all.filter(|link| kind(link.kind)).map(|link| &*link.target).collect()
        };
        let options = |options: &mut dyn Iterator<Item = &'_ str>| options.map(String::from).collect::<BTreeSet<_>>();
        let paths = |kind| kind != LinkKind::Mention;
        let shown = links(|post| post.file.hidden().is_none(), paths);
        assert!(options(&mut summary.shown_links()).iter().eq(&shown));
        assert!(options(&mut summary.links()).iter().eq(&links(|_| true, paths)));
        assert!(options(&mut summary.mentions()).iter().eq(&links(|_| true, |kind| kind == LinkKind::Mention)));
        let options =
            summary.authors().zip(summary.dates()).map(|(author, date)| (known.people()[author as usize], date));
        assert!(options.eq(posts.iter().map(|post| (post.author, post.date))));
        let changed = (0..).zip(posts).filter_map(|(index, post)| Some((index, post.edited?.when)));
        assert!(summary.changes().iter().map(|change| (change.index, change.date)).eq(changed));
        for ((share, &author), begun) in known.authors().iter().enumerate().zip(summary.begun()) {
            let own = summary.first(share).unwrap();
            let first = posts.iter().find(|post| *post.file.stem == *own.stem).unwrap();
            let earliest = posts.iter().filter(|post| post.author == author).map(|post| post.date).min();
            assert_eq!((first.author, Some(first.date), first.date), (author, earliest, begun));
            assert_eq!(own.named, first.file.author.as_ref().map(Sourced::spot));
        }
        assert!(posts.iter().all(|post| known.people().contains(&post.author)));
        assert!(posts.iter().filter_map(|post| post.edited?.by).all(|by| known.people().contains(&by)));
    }
}
