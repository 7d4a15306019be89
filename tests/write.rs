//! What `boards new` and `boards reply` do, each case a Markdown document in `tests/cases/write`: a sentence, the forum's
//! files, and a session at the shell with every answer in it. `UPDATE=1` writes the answers anew.
//!
//! The files stand in a block `forum`, over those of [`BASE`], each below a line `=== path`; all are committed by ada, whom
//! git knows. In the block `session` each line behind `$ ` is run. Times, the year and object ids are replaced by words,
//! and so is the folder that the forum lies in; an exit code other than 0 is told.

use std::fs;
use std::path::Path;

use crate::forum::Forum;
use crate::forum::cases::{Case, answer};
use crate::forum::program::{git, shell};

const BASE: [(&str, &str); 4] = [
    ("content/forum.yml", "format: 1\ntitle: Tea\nbase_url: https://tea.example/\n"),
    ("content/members/ada.yml", "name: Ada\nemails: [ada@tea.example]\n"),
    ("content/general/board.yml", "title: General\n"),
    (
        "content/general/tea/1.md",
        "---\ntitle: Tea?\nauthor: ada\ndate: 2026-01-01T10:00:00Z\n---\nWhich one?\n\nA green one?\n",
    ),
];

fn forum_of(files: &str) -> Forum {
    let forum = Forum::new();
    for (path, text) in BASE {
        forum.write(path, text);
    }
    for file in files.split("=== ").skip(1) {
        let (path, text) = file.split_once('\n').unwrap();
        forum.write(path.trim(), text);
    }
    git(forum.dir(), &["config", "user.name", "Ada"]);
    git(forum.dir(), &["config", "user.email", "ada@tea.example"]);
    forum.commit("ada", 1_767_300_000);
    forum
}

/// A text with what differs from run to run replaced.
fn plain(text: &str, dir: &Path) -> String {
    let real = dir.canonicalize().unwrap();
    let text = text.replace(real.to_str().unwrap(), "FORUM").replace(dir.to_str().unwrap(), "FORUM");
    let shapes = [
        ("20dddddd-dddddd", "YYYYMMDD-HHMMSS"),
        ("20dd-dd-ddTdd:dd:ddZ", "YYYY-MM-DDTHH:MM:SSZ"),
        ("/20dd/", "/YYYY/"),
    ];
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        let found = shapes.iter().find(|(shape, _)| {
            rest.len() >= shape.len()
                && shape.bytes().zip(rest.bytes()).all(|(s, r)| if s == b'd' { r.is_ascii_digit() } else { s == r })
        });
        // What a case says itself is from another year.
        let (taken, word) = match found {
            Some((shape, word)) if !rest.starts_with("2026010") && !rest.starts_with("/2019/") => (shape.len(), *word),
            _ => (first.len_utf8(), &rest[..first.len_utf8()]),
        };
        out.push_str(word);
        rest = &rest[taken..];
    }
    out
}

/// The session as it goes today.
fn played(forum: &Forum, session: &str) -> String {
    let mut out = String::new();
    for line in session.lines().filter_map(|line| line.strip_prefix("$ ")) {
        let ran = shell(forum.dir(), line);
        out.push_str(&format!("$ {line}\n{}", plain(&ran.out, forum.dir())));
        if let Some(code) = ran.code.filter(|code| *code != 0) {
            out.push_str(&format!("[{code}]\n"));
        }
    }
    out
}

#[test]
fn every_session_goes_as_it_is_written() {
    answer(&Case::all("write", ""), |case| {
        let forum = forum_of(case.block("forum"));
        vec![("session", played(&forum, case.block("session")))]
    });
}

#[test]
fn two_posts_of_one_second_have_names_of_their_own() {
    let forum = forum_of("");
    for _ in 0..4 {
        let ran = shell(forum.dir(), "boards reply general/tea -m Yes");
        assert_eq!(ran.code, Some(0), "{}", ran.out);
    }
    assert_eq!(fs::read_dir(forum.path("content/general/tea")).unwrap().count(), 5);
}

#[test]
fn json_tells_what_was_kept_and_why_not() {
    let forum = forum_of("");
    let kept = shell(forum.dir(), "boards reply general/tea -m Yes --branch --format json 2>/dev/null").json();
    assert!(kept["path"].as_str().unwrap().starts_with("content/general/tea/20"));
    assert!(kept["branch"].as_str().unwrap().starts_with("post/20"));
    assert_eq!(kept["commit"].as_str().unwrap().len(), 40);
    assert!(kept["refused"].is_null());
    assert_eq!(kept["diagnostics"].as_array().unwrap().len(), 0);
    let refused = shell(forum.dir(), "boards reply general/tea -m '[a](b.md)' --format json 2>/dev/null");
    assert_eq!(refused.code, Some(1));
    let refused = refused.json();
    assert!(refused["path"].is_null() && refused["branch"].is_null() && refused["commit"].is_null());
    assert_eq!(refused["refused"], "the post was not saved");
    assert_eq!(refused["diagnostics"][0]["code"], "link-target");
}
