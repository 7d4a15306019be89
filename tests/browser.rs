//! Pages in a real browser. Old addresses: what the table says under the form that the program makes of an address is found
//! by the script under the form that it makes of the same. Words without a place to break, and marks above marks: they stay
//! within the page and within what they belong to.

use std::path::Path;
use std::process::Command;

use crate::forum::Forum;
use crate::forum::browser::{browser, serve};
use crate::forum::program::skipped;

#[test]
fn a_browser_is_led_from_every_kind_of_old_address_to_where_that_stands_now() {
    let Some(browser) = browser() else {
        skipped("there is no chromium, node or playwright-core here; .ci/run installs them");
        return;
    };
    let forum = Forum::of(
        "=== content/forum.yml\nformat: 1\ntitle: Tea\nbase_url: https://tea.example/forum/\n\
         === content/general/board.yml\ntitle: General\naliases: ['viewforum.php?f=1']\n\
         === content/general/cup/topic.yml\n\
         aliases: [questions/12, 'viewtopic.php?t=12&f=1', '?p=12', '#narrow/cup', 'caf\u{e9}/\u{fc}']\n\
         === content/general/cup/1.md\n---\ntitle: Cup\nauthor: ada\ndate: 2020-01-01T10:00:00Z\n---\nWhich?\n\
         === content/general/cup/2.md\n---\nauthor: bob\ndate: 2020-01-02T10:00:00Z\n\
         aliases: ['viewtopic.php?t=12#p99', 'questions/12/2']\n---\nThis.\n",
    );
    let (cup, reply) = ("/forum/general/cup/", "/forum/general/cup/#post-2");
    let pairs = [
        ("/forum/questions/12", cup),
        ("/forum/questions/12/under-another-title", cup),
        ("/forum/questions/12/2", reply),
        ("/forum/questions/12/77", cup),
        ("/forum/viewtopic.php?f=1&t=12", cup),
        ("/forum/viewtopic.php?t=12&sid=0a#p99", reply),
        ("/forum/viewforum.php?f=1", "/forum/general/"),
        ("/forum/caf%C3%A9/%c3%bc", cup),
        ("/forum/?p=12", cup),
        ("/forum/#narrow/cup", cup),
        ("/forum/", "/forum/"),
        ("/forum/?p=13", "/forum/?p=13"),
        ("/forum/#latest", "/forum/#latest"),
    ];
    let served = serve(&forum);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/moved.mjs");
    let mut node = Command::new("node");
    node.arg(script).arg(browser).arg(&served.1).arg(serde_json::to_string(&pairs).unwrap());
    let ran = node.output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&[ran.stdout, ran.stderr].concat()));
}

/// A forum in which Eve is called and everywhere writes these words, between two posts and two topics of Ada's.
fn written(words: &str) -> Forum {
    let quoted = |words: &str| serde_json::to_string(words).unwrap();
    let tag: String = words.chars().take(40).collect();
    let (tag, title) = (quoted(&tag), quoted(words));
    Forum::of(&format!(
        "=== content/forum.yml\nformat: 1\ntitle: {title}\nbase_url: https://tea.example/forum/\n\
         === content/members/eve.yml\nname: {title}\nabout: {title}\n\
         === content/members/eva.yml\nname: {title}\n\
         === content/general/board.yml\ntitle: {title}\ndescription: {title}\n\
         === content/general/a/1.md\n---\ntitle: Tea\nauthor: ada\ndate: 2020-01-01T10:00:00Z\n---\nWhich?\n\
         === content/general/a/2.md\n---\nauthor: eve\ndate: 2020-01-02T10:00:00Z\nreply_to: '1'\n---\n\
         {words} `{words}` [{words}](https://tea.example/)\n\n    {words}\n\n- {words}\n\n> {words}\n\n\
         | {words} | b |\n|---|---|\n| {words} | b |\n\n# {words}\n\n@eve[^1]\n\n[^1]: {words}\n\
         === content/general/a/3.md\n---\nauthor: ada\ndate: 2020-01-03T10:00:00Z\nreply_to: '2'\n---\nGreen.\n\
         === content/general/a/topic.yml\nanswer: '2'\nlocked: {title}\n\
         === content/general/b/1.md\n---\ntitle: {title}\ntags: [{tag}]\nauthor: eve\n\
         date: 2020-02-01T10:00:00Z\n---\n{words}\n\
         === content/general/c/1.md\n---\ntitle: Cup\nauthor: ada\ndate: 2020-03-01T10:00:00Z\n---\nCups.\n"
    ))
}

#[test]
fn words_stay_within_the_page_and_within_what_they_belong_to() {
    let Some(browser) = browser() else {
        skipped("there is no chromium, node or playwright-core here; .ci/run installs them");
        return;
    };
    let above: String = (0x300..0x30f).chain(0x320..0x330).filter_map(char::from_u32).collect();
    let piled = format!("{}e", format!("e{}", above.repeat(12)).repeat(6));
    // Marks of which few fonts have one stand side by side, and no line breaks before a mark.
    let beside: String = [0x1ab0..0x1ac0, 0x1dc0..0x1df0, 0x20d0..0x20f0, 0xfe20..0xfe30, 0x1e8d0..0x1e8d7]
        .into_iter()
        .flat_map(|marks| marks.filter_map(char::from_u32))
        .collect();
    // Besides those: a run without a place to break, marks that enclose, and the widest letters that there are.
    let words = [
        "W".repeat(400),
        piled,
        format!("e{}", beside.repeat(8)),
        "a\u{20dd}\u{20e3}\u{488}".repeat(60),
        "\u{fdfd}\u{12219}".repeat(80),
    ];
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/words.mjs");
    let forums: Vec<Forum> = words.iter().map(|words| written(words)).collect();
    let served: Vec<_> = forums.iter().map(serve).collect();
    let mut node = Command::new("node");
    node.arg(script).arg(browser).args(served.iter().map(|served| &served.1));
    let ran = node.output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&[ran.stdout, ran.stderr].concat()));
}
