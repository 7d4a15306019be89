//! The two laws of incremental building, over forums and edits made at random.

mod forum;

use std::collections::BTreeSet;

use boards::build::build;
use boards::content::Post;
use boards::git::Source;
use boards::markdown::LinkKind;
use boards::monitor::{Counter, Quiet, Work};
use forum::{Forum, difference};
use proptest::prelude::*;

/// Something that somebody does to a forum. Numbers choose among what there is.
#[derive(Debug, Clone)]
enum Edit {
    Reply {
        topic: usize,
        author: usize,
        linking: bool,
    },
    Open {
        board: usize,
        author: usize,
        tag: usize,
    },
    Change {
        post: usize,
    },
    ChangeFront {
        post: usize,
    },
    RemovePost {
        post: usize,
    },
    RemoveTopic {
        topic: usize,
    },
    MoveTopic {
        topic: usize,
        board: usize,
    },
    CopyTopic {
        topic: usize,
        board: usize,
    },
    RenameBoard {
        board: usize,
    },
    Retitle {
        board: usize,
    },
    Moderate {
        topic: usize,
        how: usize,
    },
    Hide {
        post: usize,
    },
    Member {
        author: usize,
        name: usize,
    },
    Settings {
        which: usize,
    },
    Theme {
        which: usize,
    },
    Attach {
        post: usize,
    },
    Commit,
    /// A commit that `author` signs.
    Sign {
        author: usize,
    },
}

fn edit() -> impl Strategy<Value = Edit> {
    let n = 0usize..1000;
    prop_oneof![
        4 => (n.clone(), 0usize..4, any::<bool>()).prop_map(|(topic, author, linking)| Edit::Reply { topic, author, linking }),
        2 => (n.clone(), 0usize..4, 0usize..7).prop_map(|(board, author, tag)| Edit::Open { board, author, tag }),
        2 => n.clone().prop_map(|post| Edit::Change { post }),
        1 => n.clone().prop_map(|post| Edit::ChangeFront { post }),
        1 => n.clone().prop_map(|post| Edit::RemovePost { post }),
        1 => n.clone().prop_map(|topic| Edit::RemoveTopic { topic }),
        1 => (n.clone(), n.clone()).prop_map(|(topic, board)| Edit::MoveTopic { topic, board }),
        1 => (n.clone(), n.clone()).prop_map(|(topic, board)| Edit::CopyTopic { topic, board }),
        1 => n.clone().prop_map(|board| Edit::RenameBoard { board }),
        1 => n.clone().prop_map(|board| Edit::Retitle { board }),
        1 => (n.clone(), 0usize..5).prop_map(|(topic, how)| Edit::Moderate { topic, how }),
        1 => n.clone().prop_map(|post| Edit::Hide { post }),
        1 => (0usize..4, 0usize..9).prop_map(|(author, name)| Edit::Member { author, name }),
        1 => (0usize..5).prop_map(|which| Edit::Settings { which }),
        1 => (0usize..2).prop_map(|which| Edit::Theme { which }),
        1 => n.clone().prop_map(|post| Edit::Attach { post }),
        3 => Just(Edit::Commit),
        2 => (0usize..4).prop_map(|author| Edit::Sign { author }),
    ]
}

const AUTHORS: [&str; 4] = ["ada", "bob", "cleo", "dan"];

/// A forum with its files as the edits see them.
struct Model {
    forum: Forum,
    clock: i64,
}

/// Where people post: so that every page with a link to the forge is held to the laws as well.
const REPOSITORY: &str = "repository: { forge: github, url: https://github.com/tea/forum }\n";

impl Model {
    fn new() -> Model {
        let forum = Forum::new();
        let model = Model { forum, clock: 1_700_000_000 };
        model.settings("pages: { topics: 5, posts: 5 }");
        model.forum.write("content/general/board.yml", "title: General\n");
        model.forum.write("content/general/green/board.yml", "title: Green\ndescription: \"*Leaves*\"\n");
        let ada = format!("name: Ada\nemails: [ada@tea.example]\nkeys: [{}]\n", forum::public_key("ada"));
        model.forum.write("content/members/ada.yml", ada);
        let mut model = model;
        for board in 0..2 {
            for topic in 0..3 {
                model.apply(&Edit::Open { board, author: topic, tag: topic });
                model.apply(&Edit::Reply { topic: topic + board * 3, author: 1, linking: true });
            }
        }
        model.apply(&Edit::Commit);
        model
    }

    fn settings(&self, more: &str) {
        let repository = if more.starts_with("repository:") { "" } else { REPOSITORY };
        let text = format!("format: 1\ntitle: Tea\nbase_url: https://tea.example/forum/\n{repository}{more}\n");
        self.forum.write("content/forum.yml", text);
    }

    fn under(&self, suffix: &str) -> Vec<String> {
        let all = forum::files(&self.forum.path("content"));
        all.into_keys().filter(|path| path.ends_with(suffix)).map(|path| format!("content/{path}")).collect()
    }

    fn posts(&self) -> Vec<String> {
        self.under(".md")
    }

    fn topics(&self) -> Vec<String> {
        let folders = self.posts().into_iter().map(|path| path.rsplit_once('/').unwrap().0.to_owned());
        folders.collect::<BTreeSet<_>>().into_iter().collect()
    }

    fn boards(&self) -> Vec<String> {
        self.under("board.yml").into_iter().map(|path| path.trim_end_matches("/board.yml").to_owned()).collect()
    }

    /// Where topics may lie: in boards, and on shelves of theirs.
    fn places(&self) -> Vec<String> {
        let each = |board: String| [format!("{board}/2023"), board.clone(), format!("{board}/2024")];
        self.boards().into_iter().flat_map(each).collect()
    }

    fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.forum.path(path)).unwrap()
    }

    fn stamp(&mut self, author: usize) -> (String, String) {
        self.clock += 61;
        let at = jiff::Timestamp::from_second(self.clock).unwrap().to_zoned(jiff::tz::TimeZone::UTC);
        let stem = format!("{}-{}", at.strftime("%Y%m%d-%H%M%S"), AUTHORS[author]);
        (stem, at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
    }

    fn apply(&mut self, edit: &Edit) {
        let pick = |list: &[String], n: usize| list.get(n % list.len().max(1)).cloned();
        match *edit {
            Edit::Reply { topic, author, linking } => {
                let Some(topic) = pick(&self.topics(), topic) else { return };
                let other = pick(&self.posts(), self.clock as usize).unwrap();
                let (stem, date) = self.stamp(author);
                // Some say who and when themselves, for the others the commit does.
                let front = if author == 0 {
                    String::new()
                } else {
                    format!("---\nauthor: {}\ndate: {date}\n---\n", AUTHORS[author])
                };
                let link = if linking {
                    format!("See [that](/{other}) and @{}.", AUTHORS[(author + 1) % 4])
                } else {
                    String::new()
                };
                self.forum
                    .write(&format!("{topic}/{stem}.md"), format!("{front}A *reply* at {date}. {link}\n\n# Head\n"));
            }
            Edit::Open { board, author, tag } => {
                let Some(place) = pick(&self.places(), board) else { return };
                let (stem, date) = self.stamp(author);
                // One tag may be spelled in many ways, and more than once.
                let tags = [
                    "",
                    "tags: [oolong]\n",
                    "tags: [oolong, \"first flush\"]\n",
                    "tags: [C++]\n",
                    "tags: [Oolong]\n",
                    "tags: [\" \", \"First Flush\"]\n",
                    "tags: [OOLONG, oolong, c++]\n",
                ][tag];
                let text = format!(
                    "---\ntitle: Topic of {date}\nauthor: {}\ndate: {date}\n{tags}---\nOpening.\n",
                    AUTHORS[author]
                );
                self.forum.write(&format!("{place}/topic-{}/{stem}.md", self.clock), text);
            }
            Edit::Change { post } => {
                let Some(path) = pick(&self.posts(), post) else { return };
                let text = self.read(&path) + &format!("\nChanged at {}.\n", self.clock);
                self.forum.write(&path, text);
            }
            Edit::ChangeFront { post } => {
                let Some(path) = pick(&self.posts(), post) else { return };
                self.forum.write(&path, self.read(&path).replacen("author: bob", "author: cleo", 1));
            }
            Edit::RemovePost { post } => {
                let Some(path) = pick(&self.posts(), post) else { return };
                if !self.read(&path).contains("title:") {
                    self.forum.remove(&path);
                }
            }
            Edit::RemoveTopic { topic } => {
                if let Some(topic) = pick(&self.topics(), topic).filter(|_| self.topics().len() > 2) {
                    self.forum.remove(&topic);
                }
            }
            Edit::MoveTopic { topic, board } => {
                let (Some(topic), Some(place)) = (pick(&self.topics(), topic), pick(&self.places(), board)) else {
                    return;
                };
                let name = topic.rsplit('/').next().unwrap().to_owned();
                if topic != format!("{place}/{name}") {
                    std::fs::create_dir_all(self.forum.path(&place)).unwrap();
                    self.forum.rename(&topic, &format!("{place}/{name}"));
                }
            }
            Edit::CopyTopic { topic, board } => {
                let (Some(topic), Some(place)) = (pick(&self.topics(), topic), pick(&self.places(), board)) else {
                    return;
                };
                self.clock += 1;
                for (name, bytes) in forum::files(&self.forum.path(&topic)) {
                    self.forum.write(&format!("{place}/copy-{}/{name}", self.clock), bytes);
                }
            }
            Edit::RenameBoard { board } => {
                if let Some(board) = pick(&self.boards(), board) {
                    self.clock += 1;
                    let above = board.rsplit_once('/').unwrap().0.to_owned();
                    self.forum.rename(&board, &format!("{above}/board-{}", self.clock));
                }
            }
            Edit::Retitle { board } => {
                if let Some(board) = pick(&self.boards(), board) {
                    self.forum.write(
                        &format!("{board}/board.yml"),
                        format!("title: Board {}\norder: {}\n", self.clock, board.len()),
                    );
                }
            }
            Edit::Moderate { topic, how } => {
                let Some(topic) = pick(&self.topics(), topic) else { return };
                let last = self.posts().into_iter().rfind(|post| post.starts_with(&topic)).unwrap();
                let stem = last.rsplit('/').next().unwrap().trim_end_matches(".md").to_owned();
                let text = match how {
                    0 => String::from("pinned: true\n"),
                    1 => String::from("locked: enough\n"),
                    2 => String::from("pinned: false\n"),
                    3 => format!("aliases: [t/1, 't.php?id={stem}', /forum/t/{stem}]\n"),
                    _ => format!("answer: {stem}\n"),
                };
                self.forum.write(&format!("{topic}/topic.yml"), text);
            }
            Edit::Hide { post } => {
                let Some(path) = pick(&self.posts(), post) else { return };
                self.forum.write(
                    &path,
                    self.read(&path).replacen("author:", "hidden: spam\nauthor:", 1).replacen(
                        "hidden: spam\nhidden: spam\n",
                        "",
                        1,
                    ),
                );
            }
            Edit::Member { author, name: 8 } => {
                let path = format!("content/members/{}.yml", AUTHORS[author]);
                if self.forum.path(&path).exists() {
                    self.forum.remove(&path);
                }
            }
            Edit::Member { author, name } => {
                let [own, other] = [author, (author + 1) % 4].map(|who| forum::public_key(AUTHORS[who]));
                let keys =
                    [format!("keys: [{own}]\n"), format!("revoked_keys: [{own}]\n"), format!("keys: [{other}]\n")];
                let text = [
                    "name: A\n",
                    "name: B\nrole: moderator\n",
                    "about: \"**x**\"\n",
                    "anonymous: true\n",
                    "name: C\nemails: [dan@tea.example]\n",
                    &keys[0],
                    &keys[1],
                    &keys[2],
                ][name];
                self.forum.write(&format!("content/members/{}.yml", AUTHORS[author]), text);
            }
            Edit::Settings { which } => self.settings(
                [
                    "pages: { topics: 5, posts: 5 }",
                    "pages: { topics: 5, posts: 6 }\nlanguage: ar",
                    "images: { external: allow }",
                    "repository: { forge: gitlab, url: https://forge.example/tea, branch: main }",
                    "policy: { post_bytes: 1024 }",
                ][which],
            ),
            Edit::Theme { which } => {
                let theme = "format: 1\nname: own\nparent: plain\n";
                self.forum.write("themes/own/theme.yml", theme);
                self.forum.write("themes/own/assets/style.css", ["body { color: red }", "body { color: blue }"][which]);
                self.settings("theme: own");
            }
            Edit::Attach { post } => {
                let Some(path) = pick(&self.posts(), post) else { return };
                let folder = path.rsplit_once('/').unwrap().0.to_owned();
                self.clock += 1;
                self.forum.write(
                    &format!("{folder}/dot.gif"),
                    [b"GIF89a\x01\x00\x01\x00\x00\x00\x00", self.clock.to_string().as_bytes()].concat(),
                );
                self.forum.write(&path, self.read(&path) + "\n![a dot](dot.gif)\n");
            }
            Edit::Commit => {
                self.clock += 10;
                self.forum.commit(AUTHORS[(self.clock % 4) as usize], self.clock);
            }
            Edit::Sign { author } => {
                self.clock += 10;
                self.forum.commit_signed(AUTHORS[author], self.clock, AUTHORS[author]);
            }
        }
    }
}

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
                &Quiet,
            ).unwrap();
            prop_assert_eq!(&report.diagnostics, &clean.diagnostics);
            prop_assert_eq!(report.pages.is_some(), clean.pages.is_some());
            if report.pages.is_some() {
                let difference = difference(&model.forum.site(), &forum::files(&model.forum.path("clean")));
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
    build(&order, &Counter::default()).unwrap();
    assert_eq!(difference(&working, &forum::files(&order.out)), [""; 0]);
}

#[test]
fn a_remembered_topic_is_the_topic_and_its_sketch_tells_the_truth() {
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
    let cache = order.cache.open(&order.repository, "test", &Quiet).unwrap();
    let load = || boards::build::load(&order, &cache, &Quiet).unwrap().forum;
    let (read, remembered) = (load(), load());
    assert_eq!(read.topics.len(), remembered.topics.len());
    for (read, remembered) in read.topics.iter().zip(&remembered.topics) {
        assert_eq!(format!("{:?}", &read.posts[..]), format!("{:?}", &remembered.posts[..]));
        let (posts, sketch) = (&remembered.posts, remembered.posts.sketch());
        assert_eq!(read.posts.sketch(), sketch);
        assert_eq!(posts.len(), posts[..].len());
        let (opening, last) = (remembered.opening(), remembered.last());
        assert_eq!((posts.opener(), sketch.opened()), (opening.author, opening.date));
        assert_eq!(
            (posts.last_author(), sketch.last(), sketch.last_stem()),
            (last.author, last.date, &*last.file.stem)
        );
        assert_eq!(Some(sketch.newest), posts.iter().map(|post| post.date).max());
        let heading = remembered.heading();
        assert_eq!(sketch.title(), heading.map(|heading| heading.title.value.as_str()));
        assert!(sketch.tags().eq(heading.iter().flat_map(|heading| &heading.tags).map(|tag| tag.value.as_str())));
        let links = |of: fn(&&Post) -> bool, kind: fn(LinkKind) -> bool| -> BTreeSet<&str> {
            let all = posts.iter().filter(of).flat_map(|post| &post.file.links);
            all.filter(|link| kind(link.kind)).map(|link| &*link.target).collect()
        };
        let told = |told: &mut dyn Iterator<Item = &'_ str>| told.map(String::from).collect::<BTreeSet<_>>();
        let paths = |kind| kind != LinkKind::Mention;
        let shown = links(|post| post.file.hidden().is_none(), paths);
        assert!(told(&mut sketch.shown_links()).iter().eq(&shown));
        assert!(told(&mut sketch.links()).iter().eq(&links(|_| true, paths)));
        assert!(told(&mut sketch.mentions()).iter().eq(&links(|_| true, |kind| kind == LinkKind::Mention)));
        let told =
            sketch.authors.iter().zip(&sketch.dates).map(|(author, date)| (posts.people()[*author as usize], *date));
        assert!(told.eq(posts.iter().map(|post| (post.author, post.date))));
        let changed = (0..).zip(&posts[..]).filter_map(|(index, post)| Some((index, post.edited?.when)));
        assert!(sketch.changes.iter().map(|change| (change.index, change.date)).eq(changed));
        for ((share, &author), begun) in posts.authors().iter().enumerate().zip(&sketch.begun) {
            let own = sketch.first(share).unwrap();
            let first = posts.iter().find(|post| *post.file.stem == *own.stem).unwrap();
            let earliest = posts.iter().filter(|post| post.author == author).map(|post| post.date).min();
            assert_eq!((first.author, Some(first.date), first.date), (author, earliest, *begun));
            assert_eq!(own.named, first.file.author.as_ref().map(|author| author.at));
        }
        assert!(posts.iter().all(|post| posts.people().contains(&post.author)));
        assert!(posts.iter().filter_map(|post| post.edited?.by).all(|by| posts.people().contains(&by)));
    }
    assert!(!remembered.has_lost_posts());
}
