//! The sources in → whether the house is in order: rooms in their order, each file introduced, short and quiet. It
//! reads text, so it knows nothing that a reader couldn't see.

use std::fs;
use std::path::{Path, PathBuf};

/// The rooms in their order: each uses itself and those before it. `cache` stands before `git`, which remembers the
/// history in it and which it knows nothing of; `rules` stands behind `theme`, since it lists the rules that a theme is
/// judged by along with its own.
const ROOMS: &[&str] = &[
    "key",
    "plain",
    "error",
    "diagnostic",
    "monitor",
    "lock",
    "yaml",
    "config",
    "cache",
    "git",
    "markdown",
    "content",
    "site",
    "theme",
    "rules",
    "output",
    "host",
    "trace",
    "build",
    "proposal",
    "archive",
    "forge",
    "health",
    "origin",
    "server",
    "cli",
];

/// The most lines of a file.
const LINES: usize = 500;

/// The only files that print: one is the program's voice, the other speaks to cargo before the program is compiled.
const PRINTERS: [&str; 2] = ["src/cli/terminal.rs", "src/before.rs"];

/// Every file of the program, by its path from the repository's top, `/` between its parts.
fn sources() -> Vec<(String, String)> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    let mut folders = vec![top.join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let name = path.strip_prefix(top).unwrap().to_str().unwrap().replace('\\', "/");
                files.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files.sort();
    assert!(files.len() > 50, "the sources are where they are looked for");
    files
}

/// Fails with every fault at once.
#[track_caller]
fn none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// The room that a file is part of; none for the doors to the whole house.
fn room(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("src/")?;
    let name = rest.split_once('/').map_or_else(|| rest.trim_end_matches(".rs"), |(folder, _)| folder);
    (!matches!(name, "lib" | "main" | "before")).then_some(name)
}

/// The names that a text takes from the crate's top: `a` of `crate::a::b`, `a` and `c` of `use crate::{a, c::d}`.
fn used(text: &str) -> Vec<&str> {
    let name = |text: &'_ str| text.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
    let mut names = Vec::new();
    for rest in text.split("crate::").skip(1) {
        let Some(mut list) = rest.strip_prefix('{') else {
            names.push(&rest[..name(rest)]);
            continue;
        };
        let mut depth = 0_usize;
        loop {
            list = list.trim_start();
            if depth == 0 {
                names.push(&list[..name(list)]);
            }
            let Some(at) = list.find(['{', '}', ',']) else { break };
            match list.as_bytes()[at] {
                b'{' => depth += 1,
                b'}' if depth == 0 => break,
                b'}' => depth -= 1,
                _ => {}
            }
            // What follows a closed brace is a comma or another brace, never a name.
            list = &list[at + 1..];
        }
    }
    names.retain(|name| name.starts_with(|c: char| c.is_ascii_lowercase()));
    names
}

#[test]
fn names_are_found_in_every_form_of_use() {
    assert_eq!(used("use crate::a::b; crate::c(); pub(crate) x"), ["a", "c"]);
    assert_eq!(used("use crate::{Error, a, b::{c, d}, e::f};"), ["a", "b", "e"]);
}

#[test]
fn every_file_is_introduced() {
    let bare = |(path, text): &(String, String)| {
        (!text.starts_with("//! ")).then(|| format!("{path}: doesn't open with `//! `"))
    };
    none(&sources().iter().filter_map(bare).collect::<Vec<_>>());
}

#[test]
fn rooms_use_only_rooms_before_them() {
    let place = |room: &str| ROOMS.iter().position(|known| *known == room);
    let mut faults = Vec::new();
    for (path, text) in &sources() {
        let Some(own) = room(path) else { continue };
        let Some(last) = place(own) else {
            faults.push(format!("{path}: `{own}` is a room that this test doesn't know"));
            continue;
        };
        // Comments may look ahead.
        let code: String =
            text.lines().filter(|line| !line.trim_start().starts_with("//")).flat_map(|line| [line, "\n"]).collect();
        let later = used(&code).into_iter().filter(|name| place(name).is_some_and(|place| place > last));
        faults.extend(later.map(|name| format!("{path}: `{own}` uses `{name}`, which comes after it")));
    }
    none(&faults);
}

#[test]
fn no_file_is_long() {
    let long = |(path, text): &(String, String)| {
        let lines = text.lines().count();
        (lines > LINES).then(|| format!("{path}: {lines} lines, at most {LINES}"))
    };
    none(&sources().iter().filter_map(long).collect::<Vec<_>>());
}

#[test]
fn only_the_terminal_prints() {
    let loud = ["println!", "eprintln!", "print!", "eprint!", "dbg!", "io::stdout(", "io::stderr("];
    let mut faults = Vec::new();
    for (path, text) in sources().iter().filter(|(path, _)| !PRINTERS.contains(&path.as_str())) {
        let found = loud.iter().filter(|word| {
            // `println!` ends in `ln!`, and so does `writeln!`, which prints nothing.
            text.match_indices(**word).any(|(at, _)| !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
        });
        faults.extend(found.map(|word| format!("{path}: `{word}` belongs into src/cli/terminal.rs")));
    }
    none(&faults);
}

#[test]
fn nothing_is_left_to_be_done() {
    let unfinished = [concat!("to", "do!"), concat!("unimple", "mented!"), concat!("fix", "me")];
    let mut faults = Vec::new();
    for (path, text) in &sources() {
        let text = text.to_lowercase();
        faults.extend(unfinished.iter().filter(|word| text.contains(**word)).map(|word| format!("{path}: `{word}`")));
    }
    none(&faults);
}
