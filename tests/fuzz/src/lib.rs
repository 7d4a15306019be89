//! What the targets share: an export as `tests/cases/import` writes it → its import, and a text → a page that is looked at
//! as a browser would. A finding is a panic, a long wait or much memory.

use std::fs;
use std::path::{Component, Path};
use std::sync::LazyLock;

use boards::archive::{ImportOrder, Options, html};
use boards::markdown::{Filling, Limits, OutsideImages, PostIds, fill, render, short, text};
use boards::monitor::Quiet;
use tempfile::TempDir;

/// A folder that goes with its value.
#[must_use]
pub fn folder() -> TempDir {
    TempDir::new().expect("a folder")
}

static EXPORT: LazyLock<TempDir> = LazyLock::new(folder);
static FORUM: LazyLock<TempDir> = LazyLock::new(folder);

/// Imports an export into nothing: `=== PATH`, a line end and the file's bytes, and so on. Files without a plain path are
/// left out.
pub fn import(format: &str, data: &[u8]) {
    let top = EXPORT.path();
    fs::remove_dir_all(top).expect("the last export goes");
    fs::create_dir_all(top).expect("a folder");
    for (name, bytes) in files(data) {
        let path = top.join(name);
        if path.parent().is_some_and(|folder| fs::create_dir_all(folder).is_ok()) {
            let _ = fs::write(path, bytes);
        }
    }
    let order = ImportOrder {
        repository: FORUM.path().to_owned(),
        content: String::from("content"),
        path: top.to_owned(),
        format: Some(format.to_owned()),
        board: None,
        origin: None,
        options: Options {
            url: Some(String::from("https://tea.example")),
            trim: data.first() == Some(&b' '),
            reviews: true,
            private: true,
            charset: None,
        },
        downloads: None,
        history: false,
        commit: false,
        dry: true,
        now: 0,
    };
    if let Ok(report) = boards::archive::import(&order, &Quiet) {
        for (kind, counts) in &report.counts {
            let left: u64 = report.left_out.iter().filter(|((of, _), _)| of == kind).map(|(_, it)| it.count).sum();
            assert_eq!(counts.read, counts.imported + counts.standing + left, "{kind:?}");
        }
        let _ = (report.text(), report.json());
    }
}

fn files(data: &[u8]) -> Vec<(&str, &[u8])> {
    let marks = data.windows(4).enumerate().filter(|(at, it)| *it == b"=== " && (*at == 0 || data[at - 1] == b'\n'));
    let starts: Vec<usize> = marks.map(|(at, _)| at).collect();
    let ends = starts.iter().skip(1).copied().chain([data.len()]);
    let plain = |part: Component<'_>| matches!(part, Component::Normal(_));
    let each = starts.iter().zip(ends).take(20).filter_map(|(start, end)| {
        let file = data.get(start + 4..end)?;
        let line = file.iter().position(|byte| *byte == b'\n')?;
        let name = std::str::from_utf8(&file[..line]).ok()?;
        let fits = name.len() < 200 && !name.contains('\0') && Path::new(name).components().all(plain);
        (fits && !name.is_empty()).then_some((name, &file[line + 1..]))
    });
    each.collect()
}

/// Renders a text as a post and as a short text, and asserts that nothing in it runs.
pub fn show(source: &str) {
    let rendered = render(source, &Limits::default());
    let fillings: Vec<Filling<'_>> = rendered.links.iter().map(|_| Filling::Missing).collect();
    let _ = text(&rendered.body, &fillings);
    for page in [fill(&rendered.body, &PostIds::prefixed("P-"), &fillings, &OutsideImages::Allow), short(source)] {
        let tree = html::read(page.as_str());
        let danger = tree.find(&|it| {
            let tag = ["script", "style", "iframe", "object", "embed", "form", "link", "meta", "base", "svg", "math"];
            let runs = |(name, value): &(String, String)| {
                let value: String = value.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
                name.starts_with("on") || name == "style" || value.to_ascii_lowercase().starts_with("javascript:")
            };
            let words = |name: &str| matches!(name, "alt" | "title" | "aria-label");
            tag.contains(&it.name.as_str()) || it.attributes.iter().any(|at| !words(&at.0) && runs(at))
        });
        assert!(danger.is_none(), "{danger:?}\nfrom {source:?}\nmade {}", page.as_str());
    }
}
