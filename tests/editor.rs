//! The links that begin a file in the forge's editor, in a real browser: with JavaScript each gets a name of its own, and
//! without it nothing breaks. What the links hold is tested elsewhere, without a browser.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::forum::Forum;
use crate::forum::browser::{browser, serve};
use crate::forum::program::skipped;

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/write.mjs")
}

#[test]
fn a_browser_begins_each_file_under_a_name_of_its_own_and_a_good_one_without_scripts() {
    let Some(browser) = browser() else {
        skipped("there is no chromium, node or playwright-core here; .ci/run installs them");
        return;
    };
    // With an address as long as this no text fits behind it.
    let long = "x".repeat(5_900);
    for (name, forge, more) in [
        ("github", "github", ""),
        ("forgejo", "forgejo", ""),
        ("gitlab", "gitlab", ""),
        ("long", "github", long.as_str()),
    ] {
        let settings = format!(
            "=== content/forum.yml\nformat: 1\ntitle: Tea\nbase_url: https://tea.example/forum/\n\
             repository: {{ forge: {forge}, url: \"https://forge.example/tea/forum{more}\" }}\n"
        );
        let forum = Forum::of(&format!(
            "{settings}=== content/members/ada.yml\nname: Ada\n=== content/general/board.yml\ntitle: General\n\
             === content/general/2020/tea/1.md\n---\ntitle: Tea?\nauthor: ada\ndate: 2020-01-01T10:00:00Z\n---\nWhich?\n"
        ));
        let served = serve(&forum);
        let mut node = Command::new("node");
        let ran = node.arg(script()).arg(&browser).arg(name).arg(format!("{}/forum/", served.1)).output().unwrap();
        let said = String::from_utf8_lossy(&[ran.stdout, ran.stderr].concat()).into_owned();
        assert!(ran.status.success(), "{name}: {said}");
    }
}
