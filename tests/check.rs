//! What `boards check` says of small forums, each a Markdown document in `tests/cases/check`: a sentence, the forum's
//! files, and the exact answer. `UPDATE=1` writes the answers anew.
//!
//! The files stand in a block `forum`, over those of [`BASE`]: a line `=== path` and the file's text. After the path,
//! in brackets: `gone` takes the file away, `escaped` reads `\xNN` as a byte. A line that begins with `40× ` stands for
//! as many lines of the rest of it. A line `commit: ada 2026-01-01T00:00:00Z` commits all that stands above it; `shallow` clones the last commit alone; `run:`
//! gives other arguments than `check --format short`.

use std::collections::BTreeSet;
use std::fs;

use crate::forum::Forum;
use crate::forum::cases::{Case, answer};
use crate::forum::program::{Ran, boards, git};
use rayon::prelude::*;

/// What every case has unless it says otherwise: a forum without faults.
const BASE: [(&str, &str); 4] = [
    ("content/forum.yml", "format: 1\ntitle: Tea\nbase_url: https://tea.example/\n"),
    ("content/members/ada.yml", "name: Ada\nemails: [ada@tea.example]\n"),
    ("content/general/board.yml", "title: General\n"),
    ("content/general/tea/1.md", "---\ntitle: Tea?\nauthor: ada\ndate: 2026-01-01T10:00:00Z\n---\nWhich one?\n"),
];

fn cases() -> Vec<Case> {
    Case::all("check", "")
}

/// Makes the forum of a case, and says how the program is to be run on it.
fn make(case: &Case) -> (Forum, Vec<String>) {
    let mut forum = Forum::new();
    for (path, text) in BASE {
        forum.write(path, text);
    }
    let mut run = String::from("check --format short");
    let mut file: Option<(String, String)> = None;
    for line in case.block("forum").split_inclusive('\n').chain(["=== "]) {
        let word = line.split([' ', '\n']).next().unwrap();
        if matches!(word, "===" | "commit:" | "shallow" | "run:")
            && let Some((head, text)) = file.take()
        {
            put(&forum, &head, text);
        }
        match (word, line[word.len()..].trim()) {
            ("===", head) => file = Some((head.to_owned(), String::new())),
            ("commit:", what) => {
                let (who, when) = what.split_once(' ').unwrap();
                forum.commit(who, when.parse::<jiff::Timestamp>().unwrap().as_second());
            }
            ("shallow", _) => forum = shallow(&forum),
            ("run:", arguments) => run = arguments.to_owned(),
            _ => match &mut file {
                Some((_, text)) => match line.split_once("× ").map(|(times, rest)| (times.parse(), rest)) {
                    Some((Ok(times), rest)) => text.push_str(&rest.repeat(times)),
                    _ => text.push_str(line),
                },
                None => assert!(line.trim().is_empty(), "{}: what is `{line}`?", case.name()),
            },
        }
    }
    (forum, run.split(' ').map(String::from).collect())
}

fn run(case: &Case) -> (Forum, Ran) {
    let (forum, run) = make(case);
    let run: Vec<&str> = run.iter().map(String::as_str).collect();
    let ran = boards(forum.dir(), &run);
    (forum, ran)
}

fn put(forum: &Forum, head: &str, text: String) {
    let (path, how) = head.split_once(" (").unwrap_or((head, ""));
    match how.trim_end_matches(')') {
        "" if path.is_empty() => {}
        "" => forum.write(path, text),
        "gone" => forum.remove(path),
        "escaped" => {
            let mut parts = text.trim_end_matches('\n').split("\\x");
            let mut bytes = parts.next().unwrap().as_bytes().to_vec();
            for part in parts {
                bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
                bytes.extend_from_slice(&part.as_bytes()[2..]);
            }
            forum.write(path, bytes);
        }
        other => panic!("{path}: what is `{other}`?"),
    }
}

/// A clone of the last commit alone.
fn shallow(forum: &Forum) -> Forum {
    let clone = Forum::new();
    for entry in fs::read_dir(clone.dir()).unwrap() {
        clone.remove(&entry.unwrap().file_name().to_string_lossy());
    }
    let from = format!("file://{}", forum.dir().display());
    git(clone.dir(), &["clone", "-q", "--depth", "1", &from, "."]);
    clone
}

/// The names of the rules that an answer names.
fn named(answer: &str) -> BTreeSet<&str> {
    let each = answer.lines().filter_map(|line| {
        let (before, rest) = line.split_once('[')?;
        let word = before.rsplit(' ').next()?;
        matches!(word, "error" | "warning" | "hint").then(|| rest.split_once(']').map(|it| it.0))?
    });
    each.collect()
}

#[test]
fn every_case_gets_its_answer() {
    answer(&cases(), |case| {
        let (_forum, ran) = run(case);
        let weighty = ["error[", "warning["].iter().any(|word| ran.out.contains(word));
        assert_eq!(ran.code, Some(i32::from(weighty)), "{}: {}{}", case.name(), ran.out, ran.err);
        vec![("answer", ran.out)]
    });
}

#[test]
fn every_rule_has_a_case() {
    let cases = cases();
    let named: BTreeSet<&str> = cases.iter().flat_map(|case| named(case.block("answer"))).collect();
    let missing: Vec<&str> = boards::rules::all().map(|rule| rule.name).filter(|name| !named.contains(name)).collect();
    assert!(missing.is_empty(), "no case names {missing:?}");
}

#[test]
fn a_forum_with_one_of_each_fault_has_every_one_named_in_one_run() {
    // Without a forum.yml, or with one for a newer boards, nothing is known of it; and a theme has one of these at once.
    // A hundred faults of one file would hide the others.
    let apart = ["forum-missing", "format-newer", "more-faults", "theme-missing", "theme-config", "theme-syntax"];
    let case = cases().into_iter().find(|case| case.name() == "one-of-each").unwrap();
    let (_forum, ran) = run(&case);
    let named = named(&ran.out);
    let missing: Vec<&str> = boards::rules::all().map(|rule| rule.name).filter(|name| !named.contains(name)).collect();
    let mut apart = apart.to_vec();
    apart.sort_unstable();
    let mut missing = missing;
    missing.sort_unstable();
    assert_eq!(missing, apart, "{}", ran.out);
}

#[test]
fn every_fault_stands_within_its_file() {
    let outside: Vec<String> = cases()
        .par_iter()
        .flat_map_iter(|case| {
            let (forum, _) = make(case);
            let ran = boards(forum.dir(), &["check", "--format", "json"]);
            let faults = ran.json()["diagnostics"].as_array().unwrap().clone();
            let outside = faults.into_iter().filter(move |fault| {
                let [line, column] = ["line", "column"].map(|it| fault[it].as_u64().unwrap() as usize);
                let bytes = fs::read(forum.path(fault["path"].as_str().unwrap())).unwrap_or_default();
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let length = text.lines().nth(line - 1).map(|it| it.chars().count());
                (line, column) != (1, 1) && length.is_none_or(|length| column > length + 1)
            });
            outside.map(|fault| format!("{}: {fault}", case.name())).collect::<Vec<_>>()
        })
        .collect();
    assert!(outside.is_empty(), "{}", outside.join("\n"));
}

#[test]
fn a_clean_forum_gets_no_word_and_code_0() {
    let forum = Forum::new();
    for (path, text) in BASE {
        forum.write(path, text);
    }
    let ran = boards(forum.dir(), &["check"]).ends(0);
    assert_eq!(ran.out, "");
    assert_eq!(ran.err, "0 errors, 0 warnings, 0 hints\n");
}

#[cfg(unix)]
#[test]
fn what_a_link_leads_to_is_never_shown() {
    let forum = Forum::new();
    for (path, text) in BASE {
        forum.write(path, text);
    }
    forum.write("secret.txt", "the private key\n");
    for link in
        ["content/general/tea/9.md", "content/general/tea/9.txt", "content/members/eve.yml", "content/general/a"]
    {
        std::os::unix::fs::symlink(forum.path("secret.txt"), forum.path(link)).unwrap();
    }
    let ran = boards(forum.dir(), &["check"]).ends(1);
    assert!(ran.out.contains("--> content/general/tea/9.md\n"), "{}", ran.out);
    assert!(!ran.out.contains("private key"), "{}", ran.out);
}
