//! The links and pictures in a Markdown text → the same text with other targets. What isn't a link stays as it is, byte for
//! byte; links of the form `[text][name]` are left alone.

use std::ops::Range;

use linkify::{LinkFinder, LinkKind};
use pulldown_cmark::{Event, LinkType, Options, Parser, Tag, TagEnd};

/// A link or picture that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FoundLink<'t> {
    /// A picture, not a link.
    pub picture: bool,
    /// Where it leads.
    pub address: &'t str,
    /// Its words, as Markdown.
    pub inner: &'t str,
}

/// What becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lead {
    /// It stays.
    Stay,
    /// It leads there.
    To(String),
    /// This Markdown stands in its place.
    Instead(String),
}

/// Parsing as the content format does, as far as links are concerned.
const OPTIONS: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_STRIKETHROUGH)
    .union(Options::ENABLE_TASKLISTS)
    .union(Options::ENABLE_FOOTNOTES)
    .union(Options::ENABLE_GFM);

/// Leads the links of a text as `lead` says.
#[must_use]
pub fn redirected(text: &str, lead: &mut dyn FnMut(FoundLink<'_>) -> Lead) -> String {
    let mut changes: Vec<(Range<usize>, String)> = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    let mut words: Range<usize> = 0..0;
    let mut code = 0_usize;
    let bare = text.contains("://");
    for (event, range) in Parser::new_ext(text, OPTIONS).into_offset_iter() {
        if !matches!(event, Event::End(_)) {
            for it in &mut open {
                it.inner_end = it.inner_end.max(range.end);
            }
        }
        match event {
            Event::Start(Tag::Link { link_type, dest_url, .. }) => {
                open.push(Open::new(link_type, dest_url.to_string(), false, &range));
            }
            Event::Start(Tag::Image { link_type, dest_url, .. }) => {
                open.push(Open::new(link_type, dest_url.to_string(), true, &range));
            }
            Event::Start(Tag::CodeBlock(_)) => code += 1,
            Event::End(TagEnd::CodeBlock) => code = code.saturating_sub(1),
            Event::End(TagEnd::Link | TagEnd::Image) => {
                if let Some(it) = open.pop() {
                    changes.extend(it.close(text, range, lead));
                }
            }
            Event::Text(_) if bare && code == 0 && open.is_empty() => {
                if words.end != range.start {
                    changes.extend(bare_links(text, words.clone(), lead));
                    words = range.clone();
                }
                words.end = range.end;
            }
            _ => {}
        }
    }
    changes.extend(bare_links(text, words, lead));
    changes.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for (range, new) in changes {
        // What lies in a part that was replaced is gone already.
        if range.start >= done
            && let Some(before) = text.get(done..range.start)
        {
            out.push_str(before);
            out.push_str(&new);
            done = range.end;
        }
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

struct Open {
    kind: LinkType,
    address: String,
    picture: bool,
    start: usize,
    inner_end: usize,
}

impl Open {
    fn new(kind: LinkType, address: String, picture: bool, range: &Range<usize>) -> Open {
        let start = range.start + if picture { 2 } else { 1 };
        Open { kind, address, picture, start, inner_end: start }
    }

    fn close(
        self,
        text: &str,
        whole: Range<usize>,
        lead: &mut dyn FnMut(FoundLink<'_>) -> Lead,
    ) -> Option<(Range<usize>, String)> {
        let inner = text.get(self.start..self.inner_end).unwrap_or_default();
        let found = FoundLink { picture: self.picture, address: &self.address, inner };
        match self.kind {
            LinkType::Inline => {
                // Behind the words: `](`, and the target up to a space or the end.
                let rest = text.get(self.inner_end..whole.end)?;
                let from = self.inner_end + rest.find("](")? + 2;
                let rest = text.get(from..whole.end)?;
                let from = from + (rest.len() - rest.trim_start().len());
                let rest = text.get(from..whole.end)?;
                let length = if rest.starts_with('<') { rest.find('>')? + 1 } else { target_length(rest) };
                match lead(found) {
                    Lead::Stay => None,
                    Lead::To(address) => Some((from..from + length, address)),
                    Lead::Instead(words) => Some((whole, words)),
                }
            }
            LinkType::Autolink => match lead(found) {
                Lead::Stay => None,
                Lead::To(address) => Some((whole, format!("[{}]({address})", super::html::plain_words(inner)))),
                Lead::Instead(words) => Some((whole, words)),
            },
            _ => None,
        }
    }
}

/// How long a target without angle brackets is: up to white space, or the parenthesis that closes it.
fn target_length(rest: &str) -> usize {
    let mut depth = 0_i32;
    let mut escaped = false;
    for (at, c) in rest.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '(' => depth += 1,
            ')' if depth == 0 => return at,
            ')' => depth -= 1,
            c if c.is_ascii_whitespace() => return at,
            _ => {}
        }
    }
    rest.len()
}

/// Addresses that stand in words by themselves.
fn bare_links(
    text: &str,
    words: Range<usize>,
    lead: &mut dyn FnMut(FoundLink<'_>) -> Lead,
) -> Vec<(Range<usize>, String)> {
    let Some(part) = text.get(words.clone()).filter(|part| part.contains("://")) else { return Vec::new() };
    let mut changes = Vec::new();
    for link in LinkFinder::new().kinds(&[LinkKind::Url]).links(part) {
        let address = link.as_str();
        let range = words.start + link.start()..words.start + link.end();
        match lead(FoundLink { picture: false, address, inner: address }) {
            Lead::Stay => {}
            Lead::To(target) => changes.push((range, format!("[{}]({target})", super::html::plain_words(address)))),
            Lead::Instead(words) => changes.push((range, words)),
        }
    }
    changes
}

/// The path from the file at `from` to the file or folder at `to`, both below the content folder.
#[must_use]
pub fn relative(from: &str, to: &str) -> String {
    let from: Vec<&str> = super::existing::folder(from).split('/').filter(|part| !part.is_empty()).collect();
    let folder = to.ends_with('/');
    let to: Vec<&str> = to.split('/').filter(|part| !part.is_empty()).collect();
    let same = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let mut parts: Vec<&str> = vec![".."; from.len() - same];
    parts.extend(to.iter().skip(same));
    let path = parts.join("/");
    match (path.is_empty(), folder) {
        (true, _) => String::from("./"),
        (false, true) => format!("{path}/"),
        (false, false) => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn led(text: &str) -> String {
        redirected(text, &mut |found| match found.address {
            "http://old/a" => Lead::To("../new/".into()),
            "http://old/@x" => Lead::Instead("@x".into()),
            _ => Lead::Stay,
        })
    }

    #[test]
    fn targets_change_and_all_else_stays() {
        assert_eq!(led("a [b *c*](http://old/a \"t\") d"), "a [b *c*](../new/ \"t\") d");
        assert_eq!(led("![x](<http://old/a>) `[b](http://old/a)`"), "![x](../new/) `[b](http://old/a)`");
        assert_eq!(led("[![x](http://old/a)](http://old/a)"), "[![x](../new/)](../new/)");
        assert_eq!(led("<http://old/a> and http://old/a."), "[http://old/a](../new/) and [http://old/a](../new/).");
        assert_eq!(led("[@x](http://old/@x)!"), "@x!");
        assert_eq!(led("    [b](http://old/a)\n"), "    [b](http://old/a)\n");
        assert_eq!(led("[](http://old/a)[b](http://old/a(1))"), "[](../new/)[b](http://old/a(1))");
    }

    #[test]
    fn paths_lead_from_file_to_file() {
        assert_eq!(relative("a/2020/t/p.md", "a/2020/t/q.md"), "q.md");
        assert_eq!(relative("a/2020/t/p.md", "a/2021/u/"), "../../2021/u/");
        assert_eq!(relative("a/2020/t/p.md", "a/2020/t/"), "./");
        assert_eq!(relative("a/2020/t/p.md", "members/a/ada.yml"), "../../../members/a/ada.yml");
    }

    proptest! {
        #[test]
        fn a_text_whose_links_all_stay_is_the_same(text in "\\PC{0,60}|[\\[\\]()<>!a:/ \n`*-]{0,40}") {
            prop_assert_eq!(redirected(&text, &mut |_| Lead::Stay), text);
        }
    }
}
