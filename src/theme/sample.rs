//! The names of a theme's assets → two samples of every view, one with every field filled and one as bare as a view can
//! be. The theme module tries templates on them before any real page is made; no page of a forum ever shows them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::view::*;

/// One view, made up, as the variables that its template gets.
#[derive(Debug, Clone)]
pub struct Sample {
    /// The template that shows it.
    pub template: &'static str,
    /// Each variable and its value.
    pub variables: Value,
}

/// A full and a bare sample of every view, in the order of [`TEMPLATES`]. The frame knows the assets given.
#[must_use]
pub fn samples<'a>(assets: impl IntoIterator<Item = &'a str>) -> Vec<Sample> {
    let assets: BTreeMap<String, String> =
        assets.into_iter().map(|name| (name.to_owned(), format!("/assets/{name}"))).collect();
    let bare = || Frame { assets: assets.clone(), ..Frame::default() };
    let full = || frame(assets.clone());
    vec![
        sample(&HomeView { frame: full(), boards: vec![board()], latest: vec![row()], old: old() }),
        sample(&HomeView {
            frame: bare(),
            boards: vec![BoardRow::default()],
            latest: vec![TopicRow::default()],
            old: None,
        }),
        sample(&BoardView {
            frame: full(),
            title: "Oolong".into(),
            description: Html("<p>Half way between.</p>".into()),
            read_only: true,
            boards: vec![board()],
            pinned: vec![row()],
            topics: vec![row()],
            pager: pager(),
            topic_count: Some(61),
            post_count: Some(1200),
            new_topic: Some(written()),
        }),
        sample(&BoardView { frame: bare(), ..BoardView::default() }),
        sample(&topic(full())),
        sample(&TopicView { frame: bare(), posts: vec![PostView::default()], ..TopicView::default() }),
        sample(&MembersView { frame: full(), members: vec![person()], pager: pager() }),
        sample(&MembersView { frame: bare(), members: vec![PersonView::default()], ..MembersView::default() }),
        sample(&MemberView {
            frame: full(),
            person: person(),
            about: Html("<p>Drinks tea.</p>".into()),
            posts: vec![MemberPost {
                topic: link("Which first flush this year?"),
                board: link("Black tea"),
                address: "/black/first-flush/#post-1".into(),
                time: time(),
                excerpt: "The second harvest".into(),
                opening: true,
            }],
            pager: pager(),
        }),
        sample(&MemberView { frame: bare(), posts: vec![MemberPost::default()], ..MemberView::default() }),
        sample(&TagsView {
            frame: full(),
            tags: vec![TagRow { title: "brewing".into(), address: "/tags/brewing/".into(), topics: 3 }],
        }),
        sample(&TagsView { frame: bare(), tags: vec![] }),
        sample(&TagView { frame: full(), title: "brewing".into(), topics: vec![row()], pager: pager() }),
        sample(&TagView { frame: bare(), ..TagView::default() }),
        sample(&stats(full())),
        sample(&StatsView { frame: bare(), ..StatsView::default() }),
        sample(&PostingView {
            frame: full(),
            forge: "forgejo".into(),
            repository: "https://forge.example.org/tea/forum".into(),
            branch: "main".into(),
            content: "content".into(),
            limits: vec![LimitView { what: "A post".into(), limit: "64 KiB".into() }],
        }),
        sample(&PostingView { frame: bare(), ..PostingView::default() }),
        sample(&MissingView { frame: full(), old: old() }),
        sample(&MissingView { frame: bare(), old: None }),
        sample(&MovedView { frame: full(), to: link("Which first flush this year?"), old: old() }),
        sample(&MovedView { frame: bare(), ..MovedView::default() }),
    ]
}

fn old() -> Option<TableView> {
    Some(TableView { address: "/moved/".into(), parts: 16 })
}

/// A view as JSON. Views are strings, numbers, lists and maps with text keys, which JSON can always say.
fn sample<V: View>(view: &V) -> Sample {
    Sample { template: V::TEMPLATE, variables: serde_json::to_value(view).unwrap_or_default() }
}

fn frame(assets: BTreeMap<String, String>) -> Frame {
    Frame {
        forum: ForumView { title: "Tea Lovers".into(), description: "All leaves welcome.".into(), address: "/".into() },
        language: "en".into(),
        direction: Direction::Rtl,
        page_title: "Which first flush this year? – Tea Lovers".into(),
        description: "The question, and nine answers.".into(),
        canonical: Some("https://tea.example.org/black/first-flush/".into()),
        feed: Some(FeedView { title: "Tea Lovers".into(), address: "/feed.xml".into() }),
        crumbs: vec![link("Tea Lovers"), link("Black tea"), link("Which first flush this year?")],
        policy: "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'".into(),
        assets,
        members: "/members/".into(),
        tags: Some("/tags/".into()),
        stats: "/stats/".into(),
        source: Some("https://forge.example.org/tea/forum".into()),
        posting: Some("/posting/".into()),
        no_index: true,
        generator: "boards 1.0".into(),
    }
}

fn link(title: &str) -> LinkView {
    LinkView { title: title.into(), address: "/black/".into() }
}

fn time() -> TimeView {
    TimeView { iso: "2026-11-22T10:15:00Z".into(), text: "22 Nov 2026, 10:15 UTC".into(), day: "22 Nov 2026".into() }
}

fn person() -> PersonView {
    PersonView {
        handle: "ada".into(),
        name: "Ada Lovelace".into(),
        confusable: true,
        address: Some("/members/ada/".into()),
        avatar: Some("/assets/ada.png".into()),
        initials: "AL".into(),
        hue: 7,
        role: Some("maintainer".into()),
    }
}

fn pager() -> PagerView {
    let page = |number, current, gap_before| PageLink { number, address: "/black/".into(), current, gap_before };
    PagerView {
        current: 2,
        count: 9,
        pages: vec![page(9, false, false), page(2, true, true), page(1, false, false)],
        previous: Some("/black/page-3/".into()),
        next: Some("/black/page-1/".into()),
        first: "/black/".into(),
        last: "/black/page-1/".into(),
    }
}

fn board() -> BoardRow {
    BoardRow {
        title: "Black tea".into(),
        description: Html("<p>Strong.</p>".into()),
        address: "/black/".into(),
        topics: 60,
        posts: 1,
        latest: Some(LatestView {
            title: "Which first flush this year?".into(),
            address: "/black/first-flush/#post-1".into(),
            author: person(),
            time: time(),
        }),
        boards: vec![link("Darjeeling")],
    }
}

fn row() -> TopicRow {
    TopicRow {
        title: "Which first flush this year?".into(),
        address: "/black/first-flush/".into(),
        board: Some(link("Black tea")),
        starter: person(),
        started: time(),
        replies: 9,
        last: person(),
        last_time: time(),
        last_address: "/black/first-flush/#post-10".into(),
        tags: vec![link("darjeeling")],
        pinned: true,
        locked: true,
        answered: true,
        pages: 2,
    }
}

fn stats(frame: Frame) -> StatsView {
    let period = PeriodView { title: "October 2026".into(), posts: 120, topics: 9, members: 2, total: 4000 };
    let bar = BarView { x: 1, y: 10, width: 8, height: 90, title: "October 2026: 120 posts".into() };
    let chart =
        ChartView { width: 10, height: 100, bars: vec![bar], first: "2020".into(), last: "2026".into(), most: 120 };
    let share = ShareView { link: link("Black tea"), posts: 100, topics: Some(7), share: 900 };
    StatsView {
        frame,
        until: Some("October 2026".into()),
        closed: true,
        posts: 4000,
        topics: 300,
        members: 40,
        years: vec![period.clone()],
        year_chart: chart.clone(),
        months: vec![period],
        month_chart: chart,
        boards: vec![share.clone()],
        largest: vec![share],
    }
}

fn topic(frame: Frame) -> TopicView {
    let post = PostView {
        id: "post-1".into(),
        number: 1,
        address: "/black/first-flush/#post-1".into(),
        author: person(),
        time: time(),
        edited: Some(EditedView { time: time(), by: Some(person()) }),
        reply_to: Some(ReplyView { author: person(), address: "/black/first-flush/#post-1".into(), number: 1 }),
        body: Html("<p>The question.</p>".into()),
        opening: true,
        answer: true,
        hidden: None,
        verified: Some("SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU".into()),
        likes: Some(2),
        source: Some("https://old.example.org/1".into()),
        reply: Some(written()),
        edit: Some("https://forge.example.org/tea/forum/edit".into()),
        history: Some("https://forge.example.org/tea/forum/history".into()),
    };
    let hidden = PostView { hidden: Some("advertising".into()), body: Html::default(), verified: None, ..post.clone() };
    TopicView {
        frame,
        title: "Which first flush this year?".into(),
        board: link("Black tea"),
        tags: vec![link("darjeeling")],
        pinned: Some("for the season".into()),
        locked: Some("the season is over".into()),
        answer: Some(AnswerView {
            address: "/black/first-flush/#post-1".into(),
            author: person(),
            time: time(),
            excerpt: "The second harvest".into(),
        }),
        posts: vec![post, hidden],
        pager: pager(),
        older: Some(link("How hot?")),
        newer: Some(link("How long?")),
        replies: Some(9),
        started: time(),
        starter: person(),
        reply: Some(written()),
    }
}

fn written() -> WriteView {
    let address = "https://forge.example.org/tea/forum/new/main?file_name=content/black/reply.md".into();
    WriteView { address, text: Some("---\nauthor:\n---\n".into()) }
}
