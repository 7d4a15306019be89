//! The Markdown that was typed into Discourse → Markdown of the content format: quotes, details and pictures of its own
//! kind become what others know, and a line end is a line end.

use std::collections::HashMap;
use std::fmt::Write as _;

use pulldown_cmark::{Event, Parser};

use crate::archive::html;

/// The line that parts the posts of `/raw/ID`.
const RULE: &str = "-------------------------";

/// The posts of `/raw/ID` by their numbers: heads of `name | date | #n` and rules between them.
pub(super) fn posts(text: &str) -> HashMap<u64, String> {
    let text = text.replace("\r\n", "\n");
    let mut posts: HashMap<u64, String> = HashMap::new();
    let mut number = None;
    let mut body = String::new();
    let mut after_rule = true;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end();
        if let Some(n) = head(bare).filter(|_| after_rule && body.trim().is_empty()) {
            number = Some(n);
            body.clear();
            after_rule = false;
        } else if bare == RULE && number.is_some() {
            if let Some(n) = number {
                posts
                    .entry(n)
                    .and_modify(|it| {
                        let _ = write!(it, "{body}");
                    })
                    .or_insert_with(|| body.clone());
            }
            after_rule = true;
            body.clear();
        } else {
            // A rule that no head follows was part of the text.
            if after_rule
                && !bare.is_empty()
                && let Some(last) = number.and_then(|n| posts.get_mut(&n))
            {
                let _ = write!(last, "{RULE}\n{body}");
                body.clear();
                after_rule = false;
            }
            body.push_str(line);
        }
    }
    if let Some(n) = number.filter(|_| !body.trim().is_empty()) {
        posts.entry(n).and_modify(|it| it.push_str(&body)).or_insert(body);
    }
    posts.values_mut().for_each(|text| *text = text.trim().to_owned());
    posts
}

fn head(line: &str) -> Option<u64> {
    let mut parts = line.rsplit(" | ");
    let number = parts.next()?.strip_prefix('#')?.parse().ok()?;
    parts.next()?.ends_with(" UTC").then_some(number)
}

/// Whether a post has marks that only Discourse's own HTML shows rightly: BBCode of other forums, tags.
pub(super) fn is_mixed(raw: &str) -> bool {
    const MARKS: [&str; 16] = [
        "[/img]",
        "[/url]",
        "[/list]",
        "[/code]",
        "[/size]",
        "[/color]",
        "[/video]",
        "[/center]",
        "[/youtube]",
        "<img ",
        "<a ",
        "<table",
        "<div",
        "<iframe",
        "<video",
        "<pre",
    ];
    let lower = raw.to_ascii_lowercase();
    MARKS.iter().any(|mark| lower.contains(mark))
}

/// Turns a post of this topic into Markdown.
pub(super) fn markdown(raw: &str, topic: u64, base: Option<&str>) -> String {
    let text = raw.replace("\r\n", "\n");
    let text = signs(&bbcode(&text, topic, base));
    hard_breaks(&text)
}

/// Line ends within paragraphs are shown as such by Discourse.
fn hard_breaks(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut done = 0;
    for (event, range) in Parser::new_ext(text, pulldown_cmark::Options::ENABLE_TABLES).into_offset_iter() {
        if matches!(event, Event::SoftBreak)
            && range.start >= done
            && let Some(part) = text.get(done..range.start)
        {
            out.push_str(part.trim_end_matches(' '));
            out.push('\\');
            done = range.start;
        }
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

/// Turns what stands between square brackets into Markdown, but not in code.
fn bbcode(text: &str, topic: u64, base: Option<&str>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut quotes: Vec<String> = Vec::new();
    let mut code: Option<&str> = None;
    for line in text.lines() {
        let trimmed = line.trim_start();
        let fence = ["```", "~~~"].into_iter().find(|it| trimmed.starts_with(it));
        match (code, fence) {
            (None, Some(mark)) => code = Some(mark),
            (Some(open), Some(mark)) if open == mark => code = None,
            _ => {}
        }
        if code.is_some() || fence.is_some() {
            push_line(&mut out, &quotes, line);
            continue;
        }
        let mut rest = line;
        let mut words = String::new();
        while let Some(at) = rest.find('[') {
            let (before, tag) = rest.split_at(at);
            words.push_str(before);
            let Some(end) = tag.find(']') else {
                rest = tag;
                break;
            };
            let (inner, after) = (&tag[1..end], &tag[end + 1..]);
            let lower = inner.to_ascii_lowercase();
            let whole = |out: &mut String, words: &mut String, quotes: &[String]| {
                if !words.trim().is_empty() {
                    push_line(out, quotes, words);
                }
                words.clear();
            };
            match lower.split(['=', ' ']).next().unwrap_or_default() {
                "quote" => {
                    whole(&mut out, &mut words, &quotes);
                    push_line(&mut out, &quotes, "");
                    quotes.push(String::from("> "));
                    if let Some(head) = quoted(inner, topic) {
                        push_line(&mut out, &quotes, &head);
                        push_line(&mut out, &quotes, "");
                    }
                }
                "/quote" if !quotes.is_empty() => {
                    whole(&mut out, &mut words, &quotes);
                    quotes.pop();
                    push_line(&mut out, &quotes, "");
                }
                "details" => {
                    whole(&mut out, &mut words, &quotes);
                    let title = inner.split_once('=').map_or("", |(_, it)| it.trim().trim_matches(['"', '”', '“']));
                    push_line(&mut out, &quotes, "<details>");
                    push_line(&mut out, &quotes, &format!("<summary>{}</summary>", html::plain_words(title)));
                    push_line(&mut out, &quotes, "");
                }
                "spoiler" | "/spoiler" | "/details" => {
                    whole(&mut out, &mut words, &quotes);
                    push_line(&mut out, &quotes, "");
                    if lower == "spoiler" {
                        push_line(&mut out, &quotes, "<details>");
                        push_line(&mut out, &quotes, "<summary>Spoiler</summary>");
                    } else {
                        push_line(&mut out, &quotes, "</details>");
                    }
                    push_line(&mut out, &quotes, "");
                }
                // Its choices stay as a list; the results come from elsewhere.
                "poll" | "/poll" => whole(&mut out, &mut words, &quotes),
                "b" | "i" | "u" | "s" | "/b" | "/i" | "/u" | "/s" if lower.len() <= 2 => {
                    let _ = write!(words, "<{lower}>");
                }
                _ => {
                    words.push('[');
                    rest = &tag[1..];
                    continue;
                }
            }
            rest = after;
        }
        words.push_str(rest);
        if !words.trim().is_empty() || line.trim().is_empty() {
            push_line(&mut out, &quotes, &pictures(&words, base));
        }
    }
    out.trim_matches('\n').trim_end().to_owned()
}

fn push_line(out: &mut String, quotes: &[String], line: &str) {
    let depth = quotes.len().min(20);
    let marks = "> ".repeat(depth);
    out.push_str(if line.is_empty() { marks.trim_end() } else { &marks });
    out.push_str(line);
    out.push('\n');
}

/// `quote="ada, post:3, topic:12"` as the line over a quotation.
fn quoted(inner: &str, topic: u64) -> Option<String> {
    let (_, value) = inner.split_once('=')?;
    let value = value.trim().trim_matches(['"', '“', '”', '\'']);
    let mut parts = value.split(',').map(str::trim);
    let name = parts.next().filter(|it| !it.is_empty())?;
    let (mut post, mut at) = (None, topic);
    for part in parts {
        match part.split_once(':') {
            Some(("post", n)) => post = n.parse::<u64>().ok(),
            Some(("topic", n)) => at = n.parse().unwrap_or(topic),
            _ => {}
        }
    }
    let name = html::plain_words(name);
    Some(match post {
        Some(post) => format!("[{name}:](/t/{at}/{post})"),
        None => format!("{name}:"),
    })
}

/// `![cup|690x400](upload://x.png)` as a picture of the forum's host, without its size.
fn pictures(line: &str, base: Option<&str>) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find("](upload://") {
        let (before, after) = rest.split_at(at);
        let words = before.rfind('[').map_or(0, |it| it + 1);
        let alt = before[words..].split('|').next().unwrap_or_default();
        out.push_str(&before[..words]);
        out.push_str(alt);
        let after = &after["](upload://".len()..];
        let _ = write!(out, "]({}/uploads/short-url/", base.unwrap_or_default());
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Names of emoji between colons as their signs; not in code, nor in addresses.
fn signs(text: &str) -> String {
    if !text.contains(':') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    let mut code = 0_usize;
    for (event, range) in Parser::new(text).into_offset_iter() {
        match event {
            Event::Start(pulldown_cmark::Tag::CodeBlock(_)) => code += 1,
            Event::End(pulldown_cmark::TagEnd::CodeBlock) => code = code.saturating_sub(1),
            Event::Text(_) if code == 0 && range.start >= done => {
                let Some(part) = text.get(range.clone()).filter(|it| it.contains(':') && !it.contains("://")) else {
                    continue;
                };
                out.push_str(text.get(done..range.start).unwrap_or_default());
                out.push_str(&named(part));
                done = range.end;
            }
            _ => {}
        }
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

fn named(part: &str) -> String {
    let mut out = String::new();
    let mut rest = part;
    while let Some(at) = rest.find(':') {
        let after = &rest[at + 1..];
        let length =
            after.bytes().take_while(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_+-".contains(b)).count();
        out.push_str(&rest[..at]);
        if length > 0
            && let Some(behind) = after[length..].strip_prefix(':')
        {
            let name = format!(":{}:", &after[..length]);
            let sign = super::cooked::emoji(&name);
            if sign != name {
                out.push_str(&sign);
                rest = behind;
                continue;
            }
        }
        out.push(':');
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topics_markdown_falls_into_its_posts() {
        let text = "ada | 2020-01-01 10:00:00 UTC | #1\n\nOne\n\n-------------------------\n\nbob | 2020-01-01 11:00:00 UTC | #2\n\nTwo\n-------------------------\nstill\n\n-------------------------\n";
        let posts = posts(text);
        assert_eq!(posts[&1], "One");
        assert_eq!(posts[&2], "Two\n-------------------------\nstill");
    }

    #[test]
    fn quotes_and_their_kin_become_markdown() {
        let of = |raw: &str| markdown(raw, 7, Some("https://old.example"));
        assert_eq!(of("[quote=\"ada, post:3\"]\nsaid\n[/quote]\n\nyes"), "> [ada:](/t/7/3)\n>\n> said\n\n\nyes");
        assert_eq!(of("one\ntwo"), "one\\\ntwo");
        assert_eq!(of("```\n[b]:smile:\n```"), "```\n[b]:smile:\n```");
        assert_eq!(of("a :wink: b `:wink:`"), "a 😉 b `:wink:`");
        assert_eq!(of("![cup|10x20](upload://ab.png)"), "![cup](https://old.example/uploads/short-url/ab.png)");
        assert_eq!(of("[details=\"More\"]\nx\n[/details]"), "<details>\n<summary>More</summary>\n\nx\n\n</details>");
        assert_eq!(of("a[1] [b]c[/b]"), "a[1] <b>c</b>");
    }
}
