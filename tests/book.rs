//! The documents as a book: every page has its place, every link leads somewhere, and the tutorial's commands do word for
//! word what it says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::forum::program::{Ran, boards, skipped};
use crate::forum::{crawl, files};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")
}

/// The pages of the book by their paths, with the README of the project beside them.
fn pages() -> BTreeMap<String, String> {
    let all = files(&docs()).into_iter().filter(|(path, _)| path.ends_with(".md"));
    all.map(|(path, bytes)| (path, String::from_utf8(bytes).unwrap())).collect()
}

/// The targets of a page's links.
fn links(text: &str) -> Vec<String> {
    let events = Parser::new_ext(text, Options::ENABLE_TABLES);
    let each = events.filter_map(|event| match event {
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => Some(dest_url.to_string()),
        _ => None,
    });
    each.collect()
}

/// The names of a page's headings in addresses, as both forges and mdBook make them.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut heading: Option<String> = None;
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => {
                let words = heading.take().unwrap_or_default().to_lowercase();
                let kept = words.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
                let name: String = kept.map(|c| if c == ' ' { '-' } else { c }).collect();
                let again = (1..).map(|n| format!("{name}-{n}"));
                let free = std::iter::once(name.clone()).chain(again).find(|name| !found.contains(name));
                found.extend(free);
            }
            Event::Text(words) | Event::Code(words) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&words);
                }
            }
            _ => {}
        }
    }
    found
}

/// The path to which a relative link leads from the page at `from`.
fn target(from: &str, link: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." | "" => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[test]
fn every_page_stands_once_in_the_summary() {
    let pages = pages();
    let mut listed = links(&pages["SUMMARY.md"]);
    listed.sort();
    let all: Vec<&String> = pages.keys().filter(|path| *path != "SUMMARY.md").collect();
    assert_eq!(listed.iter().collect::<Vec<_>>(), all);
}

#[test]
fn every_link_leads_to_a_page_and_a_heading_of_it() {
    let pages = pages();
    let mut faults = Vec::new();
    for (path, text) in &pages {
        for link in links(text).into_iter().filter(|link| !link.contains("://") && !link.starts_with("mailto:")) {
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let file = if file.is_empty() { path.clone() } else { target(path, file) };
            match pages.get(&file) {
                None => faults.push(format!("docs/{path}: `{link}` leads nowhere")),
                Some(text) if !anchor.is_empty() && !anchors(text).contains(anchor) => {
                    faults.push(format!("docs/{path}: `{link}` leads to no heading"));
                }
                Some(_) => {}
            }
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn the_built_book_has_no_dead_links() {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/book");
    if !built.join("index.html").is_file() {
        skipped("the book isn't built; `mdbook build docs` does");
        return;
    }
    let book = files(&built);
    let pages = crawl::pages(&book);
    let mut faults = Vec::new();
    for (path, page) in &pages {
        // The page for printing has all others in it, and the one for lost readers is written for any depth.
        for link in page
            .links
            .iter()
            .filter(|link| !["print.html", "404.html", "toc.html"].contains(path) && !link.contains(':'))
        {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let file = if file.is_empty() { (*path).to_owned() } else { target(path, file) };
            let file = if file.is_empty() { String::from("index.html") } else { file };
            let known =
                || pages.get(&*file).is_none_or(|page| anchor.is_empty() || page.ids.iter().any(|id| id == anchor));
            if !book.contains_key(&file) || !known() {
                faults.push(format!("{path}: {link}"));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
    assert!(pages.len() > 10);
}

/// The blocks of a page with their languages.
fn blocks(text: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(String, String)> = None;
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::CodeBlock(pulldown_cmark::CodeBlockKind::Fenced(language))) => {
                open = Some((language.to_string(), String::new()));
            }
            Event::Text(words) => {
                if let Some((_, text)) = &mut open {
                    text.push_str(&words);
                }
            }
            Event::End(TagEnd::CodeBlock) => blocks.extend(open.take()),
            _ => {}
        }
    }
    blocks
}

#[test]
fn the_commands_of_the_how_to_pages_have_verbs_and_options_that_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let mut faults = Vec::new();
    let mut seen = 0;
    for (path, text) in pages().iter().filter(|(path, _)| path.starts_with("how-to/")) {
        let scripts = blocks(text).into_iter().filter(|(language, _)| language == "sh");
        for line in scripts.flat_map(|(_, text)| text.lines().map(str::to_owned).collect::<Vec<_>>()) {
            let Some(rest) = line.strip_prefix("boards ") else { continue };
            let mut words = rest.split_whitespace();
            let verb = words.next().unwrap_or_default();
            let help = boards(folder.path(), &[verb, "--help"]);
            let unknown = words.filter(|word| word.starts_with("--") && !help.out.contains(*word));
            faults.extend(unknown.map(|option| format!("docs/{path}: `boards {verb}` has no `{option}`")));
            if help.code != Some(0) {
                faults.push(format!("docs/{path}: there is no verb `{verb}`"));
            }
            seen += 1;
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
    assert!(seen > 15, "{seen}");
}

/// Whether a line begins as was foretold, where `…` stands for anything.
fn fits(line: &str, foretold: &str) -> bool {
    let mut parts = foretold.split('…');
    let rest = line.strip_prefix(parts.next().unwrap_or_default());
    parts.fold(rest, |rest, part| rest.and_then(|rest| rest.split_once(part)).map(|(_, rest)| rest)).is_some()
}

#[test]
fn the_tutorial_does_word_for_word_what_it_says() {
    let blocks = blocks(&pages()["tutorial.md"]);
    let mark = |number: usize| format!("--- block {number} ---");
    let mut script = String::from("set -eu\nexec 2>&1\n");
    for (number, (_, text)) in blocks.iter().enumerate().filter(|(_, (language, _))| language == "sh") {
        script.push_str(&format!("echo '{}'\n{text}", mark(number)));
    }
    let folder = tempfile::tempdir().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_boards")).parent().unwrap();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(program.to_owned()).chain(std::env::split_paths(&path))).unwrap();
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", &script]).current_dir(folder.path()).env_clear().env("PATH", path).env("HOME", folder.path());
    let ran = Ran::of(shell.output().unwrap());
    assert_eq!(ran.code, Some(0), "{}", ran.out);
    let mut faults = Vec::new();
    for (number, (_, foretold)) in blocks.iter().enumerate().filter(|(_, (language, _))| language == "text") {
        let said = ran.out.split_once(&mark(number - 1)).unwrap().1.split("--- block ").next().unwrap();
        let missing = foretold.lines().filter(|line| !said.lines().any(|said| fits(said.trim_end(), line)));
        faults.extend(missing.map(|line| format!("`{line}` isn't among\n{said}")));
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
    assert!(folder.path().join("www/kettles/how-hot-for-sencha/index.html").is_file());
    assert!(script.matches("\nboards ").count() > 12);
}
