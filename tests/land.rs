//! How proposals land, each case a Markdown document `land-*.md` in `tests/cases/merge`: a sentence, a forum, proposals,
//! and a session with every answer. `UPDATE=1` writes the answers anew.
//!
//! The forum is that of [`Host`] and what a block `forum` adds: a line `=== path` and the file's text. A block `proposal reply by
//! bob` makes a branch `reply` with the files in it, from the forum's first commit; `proposal 12 by bob` pushes it to
//! `refs/pull/12/head` of the remote `origin` instead, and leaves no branch; `on reply` at the end makes it go on from
//! there. In the block `session` each line `$ command` is followed by what it says: standard output, standard error,
//! and its exit code where that isn't 0. Ids of commits are shown as `ID`, the folder of the case as `T`. Besides `boards`
//! and `git`, a session may `write PATH TEXT`, `remove PATH` and `show PATH`.

mod forum;

use std::fs;
use std::path::{Path, PathBuf};

use forum::host::{Host, write};
use forum::program::{Ran, boards, quiet};
use rayon::prelude::*;

struct Case {
    path: PathBuf,
    document: String,
}

impl Case {
    fn all() -> Vec<Case> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/merge");
        let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
        paths.retain(|path| path.file_name().unwrap().to_string_lossy().starts_with("land-"));
        paths.sort();
        let read = |path: PathBuf| Case { document: fs::read_to_string(&path).unwrap(), path };
        let cases: Vec<Case> = paths.into_iter().map(read).collect();
        assert!(cases.iter().all(|case| case.document.starts_with("# ")), "a case begins with its title");
        cases
    }

    /// The blocks: what each is, and its text.
    fn blocks(&self) -> Vec<(&str, &str)> {
        let mut blocks = Vec::new();
        let mut rest = self.document.as_str();
        while let Some((_, block)) = rest.split_once("````") {
            let (block, after) = block.split_once("````").unwrap();
            blocks.push(block.split_once('\n').unwrap());
            rest = after;
        }
        blocks
    }

    /// Plays the case, and gives the session as it went.
    fn play(&self) -> String {
        let blocks = self.blocks();
        let forum: String = blocks.iter().filter(|(what, _)| *what == "forum").map(|(_, text)| *text).collect();
        let host = Host::new(&forum);
        for (what, text) in blocks.iter().filter(|(what, _)| what.starts_with("proposal ")) {
            let words: Vec<&str> = what.split(' ').collect();
            host.propose(words[1], words[3], words.get(5).copied().unwrap_or("main"), text);
        }
        let session = blocks.iter().find(|(what, _)| *what == "session").unwrap().1;
        let lines = session.lines().filter_map(|line| line.strip_prefix("$ "));
        lines.map(|line| format!("$ {line}\n{}", answer(&host.dir, &host.forum, line))).collect()
    }
}

/// What a command of a session says.
fn answer(dir: &Path, forum: &Path, line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    let ran = match words[..] {
        ["boards", ..] => boards(forum, &words[1..]),
        ["git", ..] => Ran::of(quiet(std::process::Command::new("git"), forum).args(&words[1..]).output().unwrap()),
        ["write", path, ..] => {
            write(forum, path, &line.splitn(3, ' ').nth(2).unwrap().replace("\\n", "\n"));
            return String::new();
        }
        ["remove", path] => {
            fs::remove_file(forum.join(path)).unwrap();
            return String::new();
        }
        ["show", path] => return format!("{}\n", fs::read_to_string(forum.join(path)).unwrap().trim_end()),
        _ => panic!("what is `{line}`?"),
    };
    let code = ran.code.filter(|code| *code != 0).map_or_else(String::new, |code| format!("(exit {code})\n"));
    masked(&format!("{}{}{code}", ran.out, ran.err).replace(dir.to_str().unwrap(), "T"))
}

/// A text with `ID` for every id of an object, whole or short.
fn masked(text: &str) -> String {
    let mut out = String::new();
    let mut word = String::new();
    for c in text.chars().chain(['\0']) {
        if c.is_ascii_alphanumeric() {
            word.push(c);
            continue;
        }
        let hex = word.len() >= 10 && word.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c));
        out.push_str(if hex { "ID" } else { &word });
        word.clear();
        out.extend(Some(c).filter(|c| *c != '\0'));
    }
    out
}

#[test]
fn every_session_goes_as_it_is_told() {
    let update = std::env::var_os("UPDATE").is_some();
    let wrong: Vec<String> = Case::all()
        .par_iter()
        .filter_map(|case| {
            let session = case.play();
            let (_, told) = case.blocks().into_iter().find(|(what, _)| *what == "session").unwrap();
            if session == told {
                return None;
            }
            if update {
                fs::write(&case.path, case.document.replacen(told, &session, 1)).unwrap();
                return None;
            }
            Some(format!("{}\n--- told\n{told}--- went\n{session}", case.path.display()))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
