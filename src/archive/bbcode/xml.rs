//! The XML in which phpBB 3.2 and later keep texts → a tree of elements. Tags are elements there, and the BBCode itself
//! stands in `s` and `e` beside them (<https://s9etextformatter.readthedocs.io/>).

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::tokens::Tag;
use super::tree::{element, lines, paragraphs};
use super::{DEEPEST_LEVELS, Style, smilies, tags};
use crate::archive::html::{Element, Node};

/// An element that isn't closed yet.
struct Open {
    tag: Tag,
    /// How the tag was written before and after what it holds.
    written: [String; 2],
    children: Vec<Node>,
}

/// Reads a text; none when it isn't such XML.
pub(super) fn read(text: &str, style: &Style<'_>) -> Option<Element> {
    if !text.starts_with("<r>") && !text.starts_with("<r ") && !text.starts_with("<t>") {
        return None;
    }
    let mut reader = Reader::from_str(text);
    let mut stack: Vec<Open> = Vec::new();
    let mut root: Vec<Node> = Vec::new();
    // How deep we are in `s`, `e` or `i`, and which: their words are markup.
    let mut markup: Option<(&str, usize)> = None;
    let mut deeper = 0_usize;
    let mut depth = 0_usize;
    loop {
        match reader.read_event().ok()? {
            Event::Eof => break,
            Event::Start(_) if depth == 0 => depth = 1,
            Event::Start(tag) => {
                depth += 1;
                let name = tag.name();
                markup = match (markup, name.as_ref()) {
                    (Some((which, inner)), _) => Some((which, inner + 1)),
                    (None, b"s") => Some(("s", 1)),
                    (None, b"e") => Some(("e", 1)),
                    (None, b"i") => Some(("i", 1)),
                    (None, _) => {
                        if stack.len() >= DEEPEST_LEVELS {
                            deeper += 1;
                        } else {
                            let written = [String::new(), String::new()];
                            stack.push(Open { tag: read_tag(&tag), written, children: Vec::new() });
                        }
                        None
                    }
                };
            }
            Event::Empty(tag) if tag.name().as_ref() == b"br" => lines("\n", here(&mut stack, &mut root)),
            Event::Empty(tag) if markup.is_none() && depth > 0 => {
                let made = tags::made(&read_tag(&tag), Vec::new(), style);
                here(&mut stack, &mut root).extend(made);
            }
            Event::End(_) if depth <= 1 => depth = 0,
            Event::End(_) => {
                depth -= 1;
                markup = match markup {
                    Some((_, 1)) => None,
                    Some((which, inner)) => Some((which, inner - 1)),
                    None if deeper > 0 => {
                        deeper -= 1;
                        None
                    }
                    None => {
                        close(&mut stack, &mut root, style);
                        None
                    }
                };
            }
            Event::Text(text) => words(&String::from_utf8_lossy(&text), markup, &mut stack, &mut root),
            Event::CData(text) => words(&String::from_utf8_lossy(&text), markup, &mut stack, &mut root),
            Event::GeneralRef(reference) => {
                let name = format!("&{};", String::from_utf8_lossy(&reference));
                let sign = quick_xml::escape::unescape(&name).map(std::borrow::Cow::into_owned).unwrap_or(name);
                words(&sign, markup, &mut stack, &mut root);
            }
            _ => {}
        }
    }
    while !stack.is_empty() {
        close(&mut stack, &mut root, style);
    }
    Some(element("div", paragraphs(root)))
}

fn here<'s>(stack: &'s mut [Open], root: &'s mut Vec<Node>) -> &'s mut Vec<Node> {
    stack.last_mut().map_or(root, |it| &mut it.children)
}

fn words(text: &str, markup: Option<(&str, usize)>, stack: &mut [Open], root: &mut Vec<Node>) {
    match markup {
        Some((which, _)) => {
            let place = usize::from(which == "e");
            if let Some(written) = stack.last_mut().and_then(|it| it.written.get_mut(place)).filter(|_| which != "i") {
                written.push_str(text);
            }
        }
        None => {
            // Line ends are elements, but in code.
            let code = stack.last().is_some_and(|it| tags::raw(&it.tag.name));
            let plain = if code { text.to_owned() } else { text.replace('\n', "") };
            lines(&plain, here(stack, root));
        }
    }
}

fn close(stack: &mut Vec<Open>, root: &mut Vec<Node>, style: &Style<'_>) {
    let Some(Open { tag, written: [before, after], children }) = stack.pop() else { return };
    let to = here(stack, root);
    if tag.name == "e" {
        // Small letters are markup, this one is a smiley.
        let words = element("span", children).text();
        lines(smilies::emoji(&words).unwrap_or(&words), to);
    } else if tags::known(&tag.name) {
        to.extend(tags::made(&tag, children, style));
    } else {
        // A tag that isn't known stays as it was typed; most without one are smilies and links of bare addresses.
        lines(&before, to);
        to.extend(children);
        lines(&after, to);
    }
}

fn read_tag(tag: &BytesStart<'_>) -> Tag {
    let mut all = tag.attributes();
    let each = all.with_checks(false).filter_map(Result::ok).map(|it| {
        let value = String::from_utf8_lossy(&it.value).into_owned();
        let plain = quick_xml::escape::unescape(&value).map(std::borrow::Cow::into_owned);
        (String::from_utf8_lossy(it.key.as_ref()).into_owned(), plain.unwrap_or(value))
    });
    let more: Vec<(String, String)> = each.collect();
    let name = String::from_utf8_lossy(tag.name().as_ref()).to_ascii_lowercase();
    let value = |named: &str| more.iter().find(|(it, _)| it == named).map(|(_, value)| value.clone());
    let value = ["url", "author", "type", "index", "lang", "title", "spoiler"].iter().find_map(|it| value(it));
    Tag { name, value: value.unwrap_or_default(), more, raw: String::new() }
}
