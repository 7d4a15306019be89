//! What holds for a theme as a whole: pages, faults, and one contract in the views, the document and the built-in theme.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::check::shapes;
use super::sample::samples;
use super::shape::Shape;
use super::view::*;
use super::walk::{Templates, walk};
use super::{Theme, load, scan, tree};

/// What the theme `mine` with these files, a child of `plain`, is or suffers from, a line a fault.
fn child(files: &[(&str, &str)]) -> Result<Theme, Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files.iter().chain(&[("theme.yml", "format: 1\nname: Mine\nparent: plain\n")]) {
        let path = folder.path().join("mine").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let (theme, found) = load(folder.path(), "mine", None).unwrap();
    theme.ok_or_else(|| {
        let line = |f: crate::diagnostic::Diagnostic| {
            let path = f.path.trim_start_matches("themes/mine/templates/").to_owned();
            format!("{path}:{}:{}: {}: {}; {}", f.at.line, f.at.column, f.code, f.message, f.hint)
        };
        found.into_iter().map(line).collect()
    })
}

fn faults(template: &str, text: &str) -> Vec<String> {
    child(&[(&format!("templates/{template}"), text)]).err().unwrap_or_default()
}

fn plain() -> Theme {
    load(Path::new("nowhere"), "plain", None).unwrap().0.unwrap()
}

fn page<V: View>(theme: &Theme, view: &V) -> String {
    let mut page = String::new();
    theme.render(view, &mut page).unwrap();
    page
}

/// A frame that knows the assets of `plain`.
fn frame() -> Frame {
    let assets = plain().assets().keys().map(|name| (name.clone(), format!("/assets/{name}"))).collect();
    Frame { assets, policy: "default-src 'none'".to_owned(), page_title: "A <b> page".to_owned(), ..Frame::default() }
}

#[test]
fn a_theme_can_be_shared_by_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Theme>();
}

#[test]
fn texts_are_escaped_and_html_is_not() {
    let post = PostView { body: Html("<em>a</em>".into()), ..PostView::default() };
    let view = TopicView { frame: frame(), title: "<script>".into(), posts: vec![post], ..TopicView::default() };
    let page = page(&plain(), &view);
    assert!(page.contains("<em>a</em>") && page.contains("&lt;script&gt;") && page.contains("A &lt;b&gt; page"));
    assert!(!page.contains("<script>"));
}

#[test]
fn the_policy_stands_first_and_nothing_breaks_it() {
    let theme = plain();
    let mut view = TopicView { frame: frame(), posts: vec![PostView::default()], ..TopicView::default() };
    view.posts[0].hidden = Some(String::new());
    let page = page(&theme, &view);
    let head = page.split_once("<head>").unwrap().1.trim_start();
    assert!(head.starts_with(r#"<meta http-equiv="Content-Security-Policy" content="default-src "#), "{head}");
    for text in template_files().values() {
        assert!(!text.contains("style=\"") && !text.contains("<style") && !text.contains(" onclick"), "{text}");
        assert!(text.split("<script").skip(1).all(|tag| tag.starts_with(" src=")), "{text}");
    }
}

#[test]
fn a_hidden_post_shows_its_reason_and_never_its_text() {
    let post = PostView { hidden: Some("spam".into()), body: Html("secret".into()), ..PostView::default() };
    let view = TopicView { frame: frame(), posts: vec![post], ..TopicView::default() };
    let page = page(&plain(), &view);
    assert!(page.contains("spam") && !page.contains("secret"));
}

#[test]
fn a_page_is_added_to_what_is_there_and_a_failure_leaves_it_alone() {
    let theme = plain();
    let mut out = "before".to_owned();
    theme.render(&MissingView { frame: frame(), old: None }, &mut out).unwrap();
    assert!(out.starts_with("before<!doctype html>"));
    let mut out = "before".to_owned();
    // A frame without assets is one that no plan makes.
    assert!(theme.render(&MissingView::default(), &mut out).is_err());
    assert_eq!(out, "before");
}

#[test]
fn the_script_and_style_stay_small() {
    let theme = plain();
    assert!(theme.assets()["script.js"].len() < 3_000);
    assert!(theme.assets()["style.css"].len() < 24_000);
}

#[test]
fn a_child_can_extend_the_template_that_it_replaces() {
    let text = r#"{% extends "plain:missing.html" %}{% block main %}{{ super() }}<p>Mine.</p>{% endblock %}"#;
    let theme = child(&[("templates/missing.html", text)]).unwrap();
    let page = page(&theme, &MissingView { frame: frame(), old: None });
    assert!(page.contains("There is nothing here") && page.contains("<p>Mine.</p>"));
}

#[test]
fn a_childs_base_and_partials_serve_the_parents_templates() {
    let files = [
        (
            "templates/base.html",
            "<i>mine</i>{% block kind %}{% endblock %}{% block brand %}{% endblock %}{% block main %}{% endblock %}",
        ),
        ("templates/partials/posts.html", "{% for post in posts %}{{ post.number }};{% endfor %}"),
    ];
    let posts = (1..4).map(|number| PostView { number, ..PostView::default() }).collect();
    let page = page(&child(&files).unwrap(), &TopicView { posts, ..TopicView::default() });
    assert!(page.contains("<i>mine</i>") && page.contains("1;2;3;"));
}

#[test]
fn every_template_is_escaped_whatever_it_is_called() {
    let theme = child(&[
        ("templates/missing.html", r#"{% include "note.txt" %}"#),
        ("templates/note.txt", "{{ frame.page_title }}"),
    ]);
    assert_eq!(page(&theme.unwrap(), &MissingView { frame: frame(), old: None }), "A &lt;b&gt; page");
}

#[test]
fn a_syntax_error_is_told_with_its_place() {
    let found = child(&[("templates/tag.html", "a\n {{ title }"), ("templates/tags.html", "{% if %}")]).unwrap_err();
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("tag.html:2:11: theme-syntax: "), "{found:?}");
    assert!(found[1].starts_with("tags.html:1:7: theme-syntax: "), "{found:?}");
}

#[test]
fn unknown_filters_blocks_templates_and_components_are_told_with_their_place() {
    assert_eq!(faults("tag.html", "é {{ title | shout }}"), ["tag.html:1:14: theme-syntax: unknown filter `shout`; "]);
    assert_eq!(
        faults("tag.html", r#"{% include "no.html" %}"#),
        ["tag.html:1:12: theme-syntax: unknown template `no.html`; "]
    );
    assert_eq!(faults("tag.html", "{{ <card /> }}"), ["tag.html:1:4: theme-syntax: unknown component `card`; "]);
    let block = r#"{% extends "base.html" %}{% block man %}{% endblock %}"#;
    let found = faults("tag.html", block);
    assert_eq!(found, ["tag.html:1:35: theme-syntax: block `man` is not defined in any parent template; "]);
    let found = faults("tag.html", r#"{% extends "bas.html" %}"#);
    assert_eq!(found, ["tag.html:1:1: theme-missing: it extends `bas.html`, which is not there; "]);
    let found = faults("tag.html", r#"{% include "tag.html" %}"#);
    assert!(found[0].starts_with("tag.html:1:1: theme-syntax: it includes itself"), "{found:?}");
}

#[test]
fn every_unknown_variable_and_field_is_told_with_the_nearest_name() {
    let text = "{{ titel }}\n{% for row in topics %}{{ row.starter.nmae }}{% if row.tittle %}{% endif %}{% endfor %}\n{{ frame.zebra }}";
    let found = faults("tag.html", text);
    assert_eq!(found[0], "tag.html:1:4: theme-variable: there is no variable `titel`; did you mean `title`?");
    assert_eq!(found[1], "tag.html:2:39: theme-variable: `topics.starter` has no field `nmae`; did you mean `name`?");
    assert_eq!(found[2], "tag.html:2:56: theme-variable: `topics` has no field `tittle`; did you mean `title`?");
    assert!(found[3].starts_with("tag.html:3:10: theme-variable: `frame` has no field `zebra`; there are: assets, "));
    assert_eq!(found.len(), 4);
}

#[test]
fn names_are_followed_through_sets_includes_blocks_and_components() {
    let files = [
        (
            "templates/tag.html",
            r#"{% extends "base.html" %}{% block main %}{% set p = pager %}{{ p.curent }}{% for row in topics | reverse %}{% include "part.html" %}{{ <face who={row.last} /> }}{% endfor %}{% endblock %}"#,
        ),
        ("templates/part.html", "{% if row.pined %}{% endif %}{{ frame.assets[\"no.css\"] }}"),
        ("templates/face.html", "{% component face(who) %}{% if who.hugh %}{% endif %}{% endcomponent %}"),
    ];
    let found = child(&files).unwrap_err();
    let begins: Vec<_> = found.iter().map(|line| line.split("; ").next().unwrap_or_default()).collect();
    assert_eq!(
        begins,
        [
            "face.html:1:36: theme-variable: `topics.last` has no field `hugh`",
            "part.html:1:11: theme-variable: `topics` has no field `pined`",
            "part.html:1:46: theme-variable: `frame.assets` has no field `no.css`",
            "tag.html:1:66: theme-variable: `pager` has no field `curent`",
        ]
    );
}

#[test]
fn a_name_that_a_template_is_ready_to_miss_is_no_fault() {
    let text = "{% if extra is defined %}{{ title }}{% endif %}{% if loud is not defined %}{% endif %}{{ size | default(value=1) }}";
    assert_eq!(faults("tag.html", text), [""; 0]);
}

#[test]
fn a_variable_used_against_its_kind_is_told() {
    let found = faults("tag.html", "{% for a in pager.count %}{{ a }}{% endfor %}");
    assert_eq!(found, ["tag.html:1:13: theme-variable: iteration not possible on type `u64`; "]);
    let found = faults("tag.html", "{{ title.first }}");
    assert_eq!(found, ["tag.html:1:10: theme-variable: `title` has no field `first`; it has no fields at all"]);
}

#[test]
fn a_theme_without_a_parent_must_be_whole() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("bare/templates")).unwrap();
    fs::write(folder.path().join("bare/theme.yml"), "format: 1\nname: Bare\n").unwrap();
    fs::write(folder.path().join("bare/templates/home.html"), "x").unwrap();
    let (theme, found) = load(folder.path(), "bare", None).unwrap();
    assert!(theme.is_none());
    assert_eq!(found.len(), TEMPLATES.len() - 1);
    assert_eq!(found[0].path, "themes/bare/templates/board.html");
    assert_eq!(found[0].code, "theme-missing");
}

#[test]
fn the_built_in_theme_passes_the_thorough_check() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/themes/plain");
    let (theme, found) = load(Path::new("nowhere"), folder, None).unwrap();
    assert_eq!(found, []);
    assert_eq!(theme.unwrap().key(), plain().key());
}

/// The templates of the built-in theme by name.
fn template_files() -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("themes/plain/templates");
    let files =
        walkdir::WalkDir::new(&folder).into_iter().map(Result::unwrap).filter(|file| file.file_type().is_file());
    let named = files.map(|file| {
        let name = file.path().strip_prefix(&folder).unwrap().to_string_lossy().replace('\\', "/");
        (name, fs::read_to_string(file.path()).unwrap())
    });
    named.collect()
}

/// The tables of `docs/theme.md`: under each heading, the kind of each name.
fn documented() -> BTreeMap<String, BTreeMap<String, String>> {
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/theme.md")).unwrap();
    let mut tables: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let mut heading = String::new();
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("### ") {
            heading = title.trim_matches('`').to_owned();
        } else if let Some(row) = line.strip_prefix("| `")
            && let Some((name, rest)) = row.split_once("` | ")
            && let [kind, meaning, ""] = rest.split('|').map(str::trim).collect::<Vec<_>>()[..]
        {
            assert!(!meaning.is_empty());
            tables.entry(heading.clone()).or_default().insert(name.to_owned(), kind.to_owned());
        }
    }
    tables
}

/// The kind behind `list of …` and `… or none`.
fn inner(kind: &str) -> &str {
    kind.trim_start_matches("list of ").trim_end_matches(" or none")
}

/// The shape that the document gives to what is under a heading.
fn described(tables: &BTreeMap<String, BTreeMap<String, String>>, heading: &str) -> Shape {
    let shape = |kind: &String| {
        let inside = match inner(kind) {
            "text" | "number" | "yes or no" | "HTML" => Shape::Scalar,
            "map of text" => Shape::Fields([("style.css".to_owned(), Shape::Scalar)].into()),
            name => described(tables, name),
        };
        if kind.starts_with("list of ") { Shape::List(Box::new(inside)) } else { inside }
    };
    let table = tables.get(heading).unwrap_or_else(|| panic!("docs/theme.md has no table for {heading}"));
    Shape::Fields(table.iter().map(|(name, kind)| (name.clone(), shape(kind))).collect())
}

#[test]
fn the_document_lists_what_the_views_have() {
    let tables = documented();
    for (template, shape) in shapes(&samples(["style.css"])) {
        assert_eq!(described(&tables, template), shape, "{template}");
    }
}

/// What a theme may read and the built-in one has no use for.
const SPARE: [&str; 4] = ["Pager.current", "Pager.first", "Pager.last", "Post.opening"];

#[test]
fn the_built_in_theme_uses_what_the_document_lists() {
    let tables = documented();
    let files = template_files();
    let tags: BTreeMap<_, _> = files.iter().map(|(name, text)| (name.as_str(), scan::tags(text))).collect();
    let trees = tags.iter().map(|(&name, tags)| (name, tree::tree(tags))).collect();
    let templates = Templates { trees, prefixes: vec![] };
    let assets: Vec<_> = plain().assets().keys().cloned().collect();
    let mut unused: BTreeSet<String> = BTreeSet::new();
    for (heading, table) in &tables {
        unused.extend(table.keys().map(|name| format!("{heading}.{name}")));
    }
    for (template, shape) in shapes(&samples(assets.iter().map(String::as_str))) {
        let mut used = BTreeSet::new();
        assert_eq!(walk(&templates, template, &shape, &mut used), []);
        for path in used {
            let mut heading = template;
            for name in path.split('.') {
                unused.remove(&format!("{heading}.{name}"));
                let Some(kind) = tables.get(heading).and_then(|table| table.get(name)) else { break };
                heading = inner(kind);
            }
        }
    }
    let unused: Vec<_> = unused.iter().map(String::as_str).collect();
    assert_eq!(unused, SPARE);
}
