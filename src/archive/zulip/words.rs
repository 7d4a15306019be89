//! The HTML that Zulip makes of messages → what its peculiar elements are to become, and the uploads that it shows.

use super::directory::Directory;
use super::narrow;
use crate::archive::html::{self, Element, Shape};
use std::collections::BTreeSet;

/// Turns a message into Markdown.
pub(super) fn markdown(text: &str, known: &Directory) -> String {
    html::markdown(text, &|element| shape(element, known))
}

/// What an element becomes.
pub(super) fn shape(element: &Element, known: &Directory) -> Shape {
    let has = |class: &str| element.has_class(class);
    match element.name.as_str() {
        "div" if has("spoiler-block") => Shape::As("details"),
        "div" if has("spoiler-header") => Shape::As("summary"),
        "div" if has("codehilite") => code(element),
        // Previews stand behind the link that they are of; only those of uploads show something of its own.
        "div" if has("message_inline_image") || has("message_embed") => preview(element),
        "div" if has("inline-preview-twitter") => Shape::Aside,
        "img" if has("twitter-avatar") => Shape::Gone,
        "img" if has("emoji") => Shape::Words(element.attribute("alt").to_owned()),
        "span" if has("emoji") => emoji(element),
        "span" if has("katex-display") => formula(element, true),
        "span" if has("katex") => formula(element, false),
        "span" if has("user-mention") => mention(element, known),
        "a" if element.attribute("href").starts_with("#narrow/") => {
            Shape::Link { words: one_line(element), address: format!("/{}", element.attribute("href")) }
        }
        _ => Shape::Usual,
    }
}

fn one_line(element: &Element) -> String {
    element.text().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn code(element: &Element) -> Shape {
    let language = element.attribute("data-code-language").to_lowercase().replace(' ', "-");
    match element.find(&|it| it.name == "pre") {
        Some(pre) => Shape::Code { language, text: pre.text() },
        None => Shape::Usual,
    }
}

fn preview(element: &Element) -> Shape {
    let link = element.find(&|it| it.name == "a" && it.attribute("href").starts_with(UPLOADS));
    let video = element.find(&|it| it.name == "video").is_some();
    match link.filter(|_| !video) {
        Some(link) => {
            Shape::Picture { alt: link.attribute("title").to_owned(), address: link.attribute("href").to_owned() }
        }
        None if element.text().trim().is_empty() => Shape::Gone,
        None => Shape::Aside,
    }
}

/// The signs whose code points its class tells; its name between colons when it tells none.
fn emoji(element: &Element) -> Shape {
    let code = element.attribute("class").split_ascii_whitespace().find_map(|it| it.strip_prefix("emoji-"));
    let sign = |part: &str| u32::from_str_radix(part, 16).ok().and_then(char::from_u32).filter(|c| !c.is_control());
    let signs = code.and_then(|code| code.split('-').map(sign).collect::<Option<String>>());
    Shape::Words(signs.unwrap_or_else(|| element.text()))
}

/// A formula as it was typed, in the form that forges show as one: its TeX is code, so that no letter of it is markup.
fn formula(element: &Element, display: bool) -> Shape {
    let source = element.find(&|it| it.name == "annotation" && it.attribute("encoding") == "application/x-tex");
    match source.map(Element::text) {
        Some(tex) if display => Shape::Code { language: String::from("math"), text: format!("{}\n", tex.trim()) },
        Some(tex) if !tex.trim().is_empty() => {
            let tex = tex.split_whitespace().collect::<Vec<_>>().join(" ");
            Shape::Markdown(format!("${}$", html::code(&tex)))
        }
        _ => Shape::Usual,
    }
}

/// A person is led to when they have posted; groups and everybody are words.
fn mention(element: &Element, known: &Directory) -> Shape {
    let words = one_line(element);
    match element.attribute("data-user-id").parse() {
        Ok(number) if known.has_posted(number) => Shape::Link { words, address: narrow::person(number) },
        _ => Shape::Words(words),
    }
}

/// Where a server keeps what was uploaded.
const UPLOADS: &str = "/user_uploads/";

/// The addresses of uploads in a message, and their names.
pub(super) fn uploads(text: &str) -> Vec<(String, String)> {
    fn gather(element: &Element, known: &mut BTreeSet<String>, found: &mut Vec<(String, String)>) {
        for it in element.elements() {
            let address = it.attribute("href");
            if address.starts_with(UPLOADS) && known.insert(address.to_owned()) {
                let name = address.rsplit('/').next().unwrap_or_default();
                found.push((address.to_owned(), narrow::decoded(&name.replace('.', ".2E"))));
            }
            gather(it, known, found);
        }
    }
    let mut found = Vec::new();
    if text.contains(UPLOADS) {
        gather(&html::read(text), &mut BTreeSet::new(), &mut found);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::html::differ;

    fn of(html: &str) -> String {
        markdown(html, &Directory::default())
    }

    #[test]
    fn what_is_zulips_own_becomes_markdown() {
        let katex = |tex: &str| {
            format!(
                "<span class=\"katex\"><span class=\"katex-mathml\"><math><semantics><mrow><mi>x</mi></mrow>\
                 <annotation encoding=\"application/x-tex\">{tex}</annotation></semantics></math></span>\
                 <span class=\"katex-html\" aria-hidden=\"true\">x</span></span>"
            )
        };
        assert_eq!(of(&format!("<p>a {} b</p>", katex("x_1*y"))), "a $`x_1*y`$ b");
        let display = format!("<p>a</p>\n<p><span class=\"katex-display\">{}</span></p>", katex("x\\\\y"));
        assert_eq!(of(&display), "a\n\n```math\nx\\\\y\n```");
        let code = "<div class=\"codehilite\" data-code-language=\"Lean4\"><pre><span></span><code><span>a</span> b\n</code></pre></div>";
        assert_eq!(of(code), "```lean4\na b\n```");
        let spoiler = "<div class=\"spoiler-block\"><div class=\"spoiler-header\">\n<p>a <em>b</em></p>\n</div>\
                       <div class=\"spoiler-content\" aria-hidden=\"true\">\n<p>c</p>\n</div></div>";
        assert_eq!(of(spoiler), "<details>\n<summary>a *b*</summary>\n\nc\n\n</details>");
        let emoji =
            "<p><span class=\"emoji emoji-1f926-200d-2642\">:a:</span> <span class=\"emoji emoji-x\">:b:</span></p>";
        assert_eq!(of(emoji), "\u{1f926}\u{200d}\u{2642} :b:");
        let image = "<p><a href=\"/user_uploads/3/a/b.png\">b</a></p><div class=\"message_inline_image\">\
                     <a href=\"/user_uploads/3/a/b.png\" title=\"b\"><img src=\"/user_uploads/t.webp\"></a></div>";
        assert_eq!(of(image), "[b](</user_uploads/3/a/b.png>)\n\n![b](</user_uploads/3/a/b.png>)");
        assert_eq!(uploads(image), [(String::from("/user_uploads/3/a/b.png"), String::from("b.png"))]);
        assert_eq!(of("<p><span class=\"user-group-mention\">@tea</span></p>"), "@tea");
    }

    #[test]
    fn real_messages_keep_their_words() {
        use std::io::{Write, stderr};
        let Some(folder) = std::env::var_os("BOARDS_TEST_ARCHIVES") else {
            let _ = writeln!(stderr(), "skipped: BOARDS_TEST_ARCHIVES names no folder of real exports");
            return;
        };
        let (known, mut all, mut wrong) = (Directory::default(), 0, Vec::new());
        for entry in walkdir::WalkDir::new(folder) {
            let path = entry.unwrap().into_path();
            let json = path.extension().is_some_and(|it| it == "json");
            let Some(text) = json.then(|| std::fs::read_to_string(&path).unwrap()) else { continue };
            for message in crate::archive::zulip::json::topic(&path, &text).into_iter().flatten().flatten() {
                all += 1;
                let differ = differ(&message.text, &|it| shape(it, &known));
                wrong.extend(differ.map(|(before, after)| format!("{}\n{before}\n{after}", message.id)));
            }
        }
        assert!(wrong.is_empty(), "{} of {all}\n{}", wrong.len(), wrong.join("\n\n"));
    }
}
