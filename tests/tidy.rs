//! The sources in → whether they are in order: modules use those before them, each file is introduced, short and quiet, and
//! names say one thing. It reads text, so it knows nothing that a reader couldn't see.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The most lines of a file.
const LINES: usize = 500;

/// The only files that print: one is the program's voice, the other speaks to cargo before the program is compiled.
const PRINTERS: [&str; 2] = ["src/cli/terminal.rs", "src/build_script.rs"];

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

/// The modules in the order in which `docs/architecture.md` lists them: each uses itself and those before it. `cache` comes
/// before `git`, which keeps the history in it; `rules` comes after `theme`, since it also lists the rules for themes.
fn modules() -> Vec<String> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/architecture.md")).unwrap();
    let (_, table) = text.split_once("| Module |").expect("the table of modules");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with("| `"));
    rows.map(|row| row[3..].split('`').next().unwrap_or_default().to_owned()).collect()
}

/// The module that a file is part of; none for the crate's own files.
fn module(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("src/")?;
    let name = rest.split_once('/').map_or_else(|| rest.trim_end_matches(".rs"), |(folder, _)| folder);
    (!matches!(name, "lib" | "main" | "build_script")).then_some(name)
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
fn modules_use_only_modules_before_them() {
    let modules = modules();
    let place = |name: &str| modules.iter().position(|known| known == name);
    let mut faults = Vec::new();
    let sources = sources();
    for (path, text) in &sources {
        let Some(own) = module(path) else { continue };
        let Some(last) = place(own) else {
            faults.push(format!("{path}: `{own}` isn't among the modules of docs/architecture.md"));
            continue;
        };
        // Comments may look ahead.
        let code: String =
            text.lines().filter(|line| !line.trim_start().starts_with("//")).flat_map(|line| [line, "\n"]).collect();
        let later = used(&code).into_iter().filter(|name| place(name).is_some_and(|place| place > last));
        faults.extend(later.map(|name| format!("{path}: `{own}` uses `{name}`, which comes after it")));
    }
    let there: BTreeSet<&str> = sources.iter().filter_map(|(path, _)| module(path)).collect();
    let gone = modules.iter().filter(|name| !there.contains(name.as_str()));
    faults.extend(gone.map(|name| format!("docs/architecture.md: there is no module `{name}`")));
    none(&faults);
}

/// The name that a line defines with one of these keywords, at whatever visibility.
fn defined<'l>(line: &'l str, keywords: &[&str]) -> Option<&'l str> {
    let line = line.trim_start();
    let line = match line.strip_prefix("pub") {
        Some(rest) if rest.starts_with('(') => rest.split_once(") ")?.1,
        Some(rest) => rest.strip_prefix(' ')?,
        None => line,
    };
    let (keyword, rest) = line.split_once(' ')?;
    let name = &rest[..rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len())];
    (keywords.contains(&keyword) && !name.is_empty()).then_some(name)
}

#[test]
fn a_definition_is_found_at_whatever_visibility() {
    assert_eq!(defined("pub(in crate::git) struct Pack<'p> {", &["struct"]), Some("Pack"));
    assert_eq!(defined("    pub const MOST_BYTES: u64 = 1;", &["const"]), Some("MOST_BYTES"));
    assert_eq!(defined("enum Kind {", &["struct", "enum"]), Some("Kind"));
    assert_eq!(defined("structure is all", &["struct"]), None);
}

/// Whether a file holds tests alone.
fn is_test(path: &str) -> bool {
    path.contains("/tests/") || path.ends_with("tests.rs")
}

#[test]
fn no_type_name_is_defined_in_more_than_two_modules() {
    let sources = sources();
    let mut names: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (path, text) in sources.iter().filter(|(path, _)| !is_test(path)) {
        let Some(module) = module(path) else { continue };
        for line in text.lines() {
            // An indented `type` is one that a trait asks for.
            let keywords: &[&str] =
                if line.starts_with(' ') { &["struct", "enum", "trait"] } else { &["struct", "enum", "trait", "type"] };
            names.entry(defined(line, keywords).unwrap_or_default()).or_default().insert(module);
        }
    }
    names.remove("");
    assert!(names.len() > 300, "the types are found");
    let many = names.iter().filter(|(_, modules)| modules.len() > 2);
    none(&many.map(|(name, modules)| format!("`{name}` is defined in {modules:?}")).collect::<Vec<_>>());
}

/// What amounts are counted in: the last word of a constant's name.
const UNITS: &str = "ADDRESSES ATTRIBUTES BYTES CHARACTERS COLUMNS COMMITS CONNECTIONS DELTAS DIGITS ENTRIES FAULTS FILES \
                     HEADERS INSTRUCTIONS LEVEL LEVELS LINES LISTS MARKS MEMBERS MONTHS NAMES OBJECTS PACKS PAGES PATHS PEOPLE \
                     PIXELS PORT PORTS ROWS SECONDS TIMES TIPS TOPICS TRIES UNITS YEARS";

/// Constants that are no amounts: codes, positions and versions.
const CODES: [(&str, &str); 10] = [
    ("src/markdown/escape.rs", "classes of bytes"),
    ("src/content/summary.rs", "positions of lists"),
    ("src/git/tree.rs", "modes of entries"),
    ("src/health/packs.rs", "kinds of objects"),
    ("src/archive/zulip/json.rs", "Zulip's number for streams"),
    ("src/git/history/graph.rs", "a bit"),
    ("src/git/history/fold.rs", "no event"),
    ("src/config.rs", "a version"),
    ("src/theme/load.rs", "a version"),
    ("src/forge/mod.rs", "a version"),
];

#[test]
fn names_of_amounts_end_in_their_unit() {
    let mut faults = Vec::new();
    let sources = sources();
    let amounts = sources.iter().filter(|(path, _)| !is_test(path) && !CODES.iter().any(|(code, _)| code == path));
    for (path, text) in amounts {
        for line in text.lines() {
            let Some(name) = defined(line, &["const"]) else { continue };
            let kind =
                line.split_once(&format!("{name}: ")).map_or("", |(_, rest)| rest.split(' ').next().unwrap_or(""));
            let is_amount = ["u8", "u16", "u32", "u64", "u128", "usize", "i32", "i64"].contains(&kind);
            let unit = name.rsplit('_').next().unwrap_or(name);
            if is_amount && !UNITS.split(' ').any(|known| known == unit) {
                faults.push(format!("{path}: `{name}` doesn't end in its unit"));
            }
        }
    }
    none(&faults);
}

/// What may be a key of a table that hashes fast and always alike: ids and hashes of contents, which nobody makes collide for
/// less work than that costs others, and numbers that boards has given. Texts, and numbers that exports have, may not.
const FAST_KEYS: [&str; 8] = ["Oid", "Key", "PathKey", "PersonId", "Position", "Month", "u32", "(u32, u32)"];

/// The type of the keys of each table in a text that hashes fast.
fn fast_keys(text: &str) -> impl Iterator<Item = &str> {
    let tables = ["FxHashMap<", "FxHashSet<"].into_iter().flat_map(|table| text.split(table).skip(1));
    tables.map(|rest| {
        let mut depth = 0_usize;
        let end = rest.find(|c| {
            let ends = depth == 0 && matches!(c, ',' | '>');
            match c {
                '<' | '(' | '[' => depth += 1,
                '>' | ')' | ']' => depth = depth.saturating_sub(1),
                _ => {}
            }
            ends
        });
        &rest[..end.unwrap_or(rest.len())]
    })
}

#[test]
fn what_strangers_choose_is_no_key_of_a_table_that_hashes_fast() {
    let found: Vec<&str> =
        fast_keys("FxHashMap<(u32, u32), Vec<u8>> FxHashSet<&str> FxHashMap<Vec<u8>, Oid>").collect();
    assert_eq!(found, ["(u32, u32)", "Vec<u8>", "&str"]);
    let mut faults = Vec::new();
    for (path, text) in &sources() {
        let strange = fast_keys(text).filter(|key| !FAST_KEYS.contains(key));
        faults.extend(strange.map(|key| format!("{path}: a table that hashes fast has keys of `{key}`")));
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
