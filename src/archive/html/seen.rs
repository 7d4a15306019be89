//! HTML in → the words that a reader saw of it and those that its Markdown shows, where they differ. For tests on real
//! exports; it judges no structure.

use super::{Dialect, Node, Shape};
use crate::markdown::{self, Limits, render};

/// What a reader sees of these nodes, as the dialect tells it.
fn seen(nodes: &[Node], dialect: Dialect<'_>, out: &mut String) {
    const BLOCKS: &[&str] = &[
        "p",
        "div",
        "li",
        "ul",
        "ol",
        "pre",
        "blockquote",
        "td",
        "th",
        "tr",
        "table",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "aside",
        "article",
        "header",
        "details",
        "summary",
        "br",
        "hr",
        "video",
        "iframe",
    ];
    for node in nodes {
        let it = match node {
            Node::Text(text) => {
                out.push_str(text);
                continue;
            }
            Node::Element(it) => it,
        };
        let block = BLOCKS.contains(&it.name.as_str());
        if block {
            out.push(' ');
        }
        match dialect(it) {
            Shape::Gone => {}
            Shape::Words(words) | Shape::Link { words, .. } => out.push_str(&words),
            Shape::Picture { alt, .. } => out.push_str(&alt),
            Shape::Markdown(text) => out.push_str(&text.replace('`', "")),
            Shape::Code { text, .. } => out.push_str(&format!(" {text} ")),
            Shape::Quote { words, .. } => {
                out.push_str(&words);
                out.push(' ');
                if let Some(said) = it.find(&|it| it.name == "blockquote") {
                    seen(&said.children, dialect, out);
                }
            }
            Shape::Spoiler if it.block => {
                out.push_str(" Spoiler ");
                seen(&it.children, dialect, out);
            }
            _ if it.name == "img" => {
                let alt = it.attribute("alt");
                out.push_str(if alt.is_empty() { it.attribute("title") } else { alt });
            }
            _ if matches!(it.name.as_str(), "iframe" | "video") && it.text().trim().is_empty() => {
                out.push_str(match it.attribute("title") {
                    "" => it.attribute("src"),
                    title => title,
                })
            }
            _ => seen(&it.children, dialect, out),
        }
        if block {
            out.push(' ');
        }
    }
}

/// The words that a reader saw, and those of the Markdown, if they aren't the same.
pub(in crate::archive) fn differ(html: &str, dialect: Dialect<'_>) -> Option<(String, String)> {
    let mut before = String::new();
    seen(&super::read(html).children, dialect, &mut before);
    let body = render(&super::markdown(html, dialect), &Limits { bytes: 1 << 24, nesting: 1000 }).body;
    let after = markdown::text(&body, &[]);
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    (words(&before) != words(&after)).then(|| (words(&before), words(&after)))
}

/// The first word that is not there any more, in the same order. Signs that nobody can see are no words, and there may be more
/// words than before: addresses of what was embedded.
fn lost(before: &str, after: &str) -> Option<String> {
    let visible = |text: &str| -> Vec<String> {
        let signs = |word: &str| word.chars().filter(|c| !c.is_control() && *c != '\u{fffd}').collect::<String>();
        text.split_whitespace().map(signs).filter(|word| !word.is_empty()).collect()
    };
    let (before, after) = (visible(before), visible(after));
    let mut rest = after.iter();
    before.into_iter().find(|word| !rest.any(|it| it == word))
}

#[test]
fn real_bodies_keep_their_words() {
    use crate::archive::xml;
    use std::io::{Write, stderr};
    let Some(folder) = std::env::var_os("BOARDS_TEST_ARCHIVES") else {
        let _ = writeln!(stderr(), "skipped: BOARDS_TEST_ARCHIVES names no folder of real exports");
        return;
    };
    let (mut all, mut wrong) = (0, Vec::new());
    for entry in walkdir::WalkDir::new(folder) {
        let path = entry.unwrap().into_path();
        if path.extension().is_none_or(|it| it != "xml") {
            continue;
        }
        let names = ["row", "post", "item"];
        let read = xml::each(&path, &names, &mut |it| {
            let comments = it.children.iter().map(|it| it.words("wp:comment_content"));
            for body in
                [it.attribute("Body"), it.words("message"), it.words("content:encoded")].into_iter().chain(comments)
            {
                all += 1;
                let lost = differ(body, &super::usual).and_then(|(before, after)| lost(&before, &after));
                wrong.extend(lost.map(|word| format!("{}: {word}", path.display())));
            }
            Ok(())
        });
        assert!(read.is_ok(), "{}", path.display());
    }
    assert!(wrong.is_empty(), "{} of {all}\n{}", wrong.len(), wrong.join("\n\n"));
}
