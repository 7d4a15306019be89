//! Footnotes: references and definitions, in any order, in → numbers, and the section that ends the post, out.
//!
//! The ids are `fn:1` for a note and `fnref:1`, `fnref:1:2`, … for the references to it, after the post's prefix. The
//! colon keeps them apart from the ids of headings, which have none.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::holes::PREFIX;

/// The footnotes of one post.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// The number of each label, in the order of the first references.
    numbers: HashMap<String, usize>,
    /// How often the note of each number is referred to.
    references: Vec<u32>,
    /// The texts, with their labels, in the order of the definitions.
    texts: Vec<(String, String)>,
}

impl Notes {
    /// Writes a reference to the note of this label; without a link where it would stand inside another.
    pub(super) fn refer(&mut self, out: &mut String, label: &str, within_link: bool) {
        let label = key(label);
        let number = match self.numbers.get(&label) {
            Some(number) => *number,
            None => {
                self.references.push(0);
                self.numbers.insert(label, self.references.len());
                self.references.len()
            }
        };
        if within_link {
            let _ = write!(out, "<sup class=\"footnote\">{number}</sup>");
            return;
        }
        let Some(count) = number.checked_sub(1).and_then(|at| self.references.get_mut(at)) else { return };
        *count += 1;
        let _ = write!(out, "<sup class=\"footnote\"><a id=\"");
        push_reference(out, number, *count);
        let _ = write!(out, "\" href=\"#{PREFIX}fn:{number}\" aria-label=\"Footnote {number}\">{number}</a></sup>");
    }

    /// Keeps the HTML of a definition.
    pub(super) fn define(&mut self, label: &str, html: String) {
        self.texts.push((key(label), html));
    }

    /// Writes the section with all notes, if there are any: those that are referred to by number, then the others, so
    /// that no word is lost.
    pub(super) fn push_section(mut self, out: &mut String) {
        if self.texts.is_empty() {
            return;
        }
        let mut numbered: Vec<Option<String>> = vec![None; self.references.len()];
        let mut others = Vec::new();
        for (label, html) in std::mem::take(&mut self.texts) {
            match self.numbers.get(&label).and_then(|number| numbered.get_mut(number - 1)) {
                Some(place @ None) => *place = Some(html),
                _ => others.push(html),
            }
        }
        out.push_str("<section class=\"footnotes\" role=\"group\" aria-label=\"Footnotes\">\n<ol>\n");
        for (at, html) in numbered.into_iter().enumerate() {
            let number = at + 1;
            let _ = write!(out, "<li id=\"{PREFIX}fn:{number}\">");
            let html = html.unwrap_or_default();
            let (text, end) = match html.strip_suffix("</p>\n") {
                Some(text) => (text, "</p>\n"),
                None => (html.as_str(), ""),
            };
            out.push_str(text);
            for count in 1..=self.references[at] {
                out.push_str(" <a class=\"footnote-back\" href=\"#");
                push_reference(out, number, count);
                let _ = write!(out, "\" aria-label=\"Back to reference {number}");
                if count > 1 {
                    let _ = write!(out, "-{count}");
                }
                out.push_str("\">↩</a>");
            }
            out.push_str(end);
            out.push_str("</li>\n");
        }
        for html in others {
            let _ = writeln!(out, "<li>{html}</li>");
        }
        out.push_str("</ol>\n</section>\n");
    }
}

/// The id of a reference.
fn push_reference(out: &mut String, number: usize, count: u32) {
    let _ = write!(out, "{PREFIX}fnref:{number}");
    if count > 1 {
        let _ = write!(out, ":{count}");
    }
}

/// Labels are alike when they differ in case alone.
fn key(label: &str) -> String {
    label.to_lowercase()
}
