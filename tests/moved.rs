//! Old addresses in a real browser: what the table says under the form that the program makes of an address is found by the
//! script under the form that it makes of the same.

mod forum;

use std::path::Path;
use std::process::Command;

use forum::Forum;
use forum::browser::{browser, serve};

#[test]
#[allow(clippy::print_stdout, reason = "a test that is skipped says so")]
fn a_browser_is_led_from_every_kind_of_old_address_to_where_that_stands_now() {
    let Some(browser) = browser() else {
        println!("skipped: there is no chromium, node or playwright-core here; .ci/run installs them");
        return;
    };
    let forum = Forum::of(
        "=== content/forum.yml\nformat: 1\ntitle: Tea\nbase_url: https://tea.example/forum/\n\
         === content/general/board.yml\ntitle: General\naliases: ['viewforum.php?f=1']\n\
         === content/general/cup/topic.yml\n\
         aliases: [questions/12, 'viewtopic.php?t=12&f=1', '?p=12', '#narrow/cup', 'caf\u{e9}/\u{fc}']\n\
         === content/general/cup/1.md\n---\ntitle: Cup\nauthor: ada\ndate: 2020-01-01T10:00:00Z\n---\nWhich?\n\
         === content/general/cup/2.md\n---\nauthor: bob\ndate: 2020-01-02T10:00:00Z\n\
         aliases: ['viewtopic.php?t=12#p99', 'questions/12/2']\n---\n# The caf\u{e9}\n\nThis[^1].\n\n[^1]: Note.\n",
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
        ("/forum/general/cup/#post-2-the-caf%C3%A9", "/forum/general/cup/#post-2:the-caf%C3%A9"),
        ("/forum/general/cup/#post-2-fnref:1", "/forum/general/cup/#post-2:fnref:1"),
        ("/forum/general/cup/#post-2-%FF", "/forum/general/cup/#post-2-%FF"),
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
