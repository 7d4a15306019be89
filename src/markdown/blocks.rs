//! The start of a Markdown block or span in → its start tag out. Ends are the same for nearly all, and are written by
//! [`open`](super::open).

use std::fmt::Write as _;

use pulldown_cmark::{Alignment, BlockQuoteKind, CodeBlockKind, Tag};

use super::events::{Heading, Renderer, Scope};
use super::holes::PREFIX;
use super::open::TooDeep;

/// The table that is being written; tables don't nest.
#[derive(Default)]
pub(super) struct Table {
    pub(super) alignments: Vec<Alignment>,
    pub(super) column: usize,
    pub(super) in_head: bool,
    pub(super) has_body: bool,
}

impl<'a> Renderer<'a> {
    /// Opens what `tag`, which is at byte `at`, starts.
    pub(super) fn start(&mut self, tag: Tag<'a>, at: usize) -> Result<(), TooDeep> {
        match tag {
            Tag::Paragraph => return self.html.paragraph("<p>"),
            Tag::HtmlBlock => return self.html.paragraph("<p class=\"raw\">"),
            Tag::Heading { .. } if self.scope == Scope::Short => return self.html.paragraph("<p>"),
            Tag::Heading { level, .. } => {
                // Footnotes move to the end, where the headings around them are others.
                let shown = if self.around_notes.is_empty() { self.headings.level(level as u8) } else { 3 };
                let (start, end) = match shown {
                    3 => ("<h3 id=\"", "</h3>\n"),
                    4 => ("<h4 id=\"", "</h4>\n"),
                    5 => ("<h5 id=\"", "</h5>\n"),
                    _ => ("<h6 id=\"", "</h6>\n"),
                };
                self.html.block(end)?;
                let out = &mut self.html.out;
                let start_at = out.len();
                out.push_str(start);
                out.push(PREFIX);
                let id_at = out.len();
                out.push_str("\">");
                self.heading = Some(Heading { words: String::new(), start_at, id_at });
            }
            Tag::BlockQuote(None) => {
                self.html.flow("</blockquote>\n")?;
                self.html.out.push_str("<blockquote>\n");
            }
            Tag::BlockQuote(Some(kind)) => {
                let (class, title) = match kind {
                    BlockQuoteKind::Note => ("note", "Note"),
                    BlockQuoteKind::Tip => ("tip", "Tip"),
                    BlockQuoteKind::Important => ("important", "Important"),
                    BlockQuoteKind::Warning => ("warning", "Warning"),
                    BlockQuoteKind::Caution => ("caution", "Caution"),
                };
                self.html.flow("</div>\n")?;
                let _ = writeln!(self.html.out, "<div class=\"alert {class}\">\n<p class=\"alert-title\">{title}</p>");
            }
            Tag::CodeBlock(kind) => {
                self.html.block("</code></pre>\n")?;
                self.html.out.push_str("<pre tabindex=\"0\"><code");
                if let CodeBlockKind::Fenced(info) = kind {
                    push_language(&mut self.html.out, &info);
                }
                self.html.out.push('>');
                self.in_code = true;
            }
            Tag::List(first) => {
                self.html.block(if first.is_some() { "</ol>\n" } else { "</ul>\n" })?;
                let _ = match first {
                    None => writeln!(self.html.out, "<ul>"),
                    Some(1) => writeln!(self.html.out, "<ol>"),
                    Some(first) => writeln!(self.html.out, "<ol start=\"{first}\">"),
                };
            }
            Tag::Item => {
                self.html.flow("</li>\n")?;
                self.html.out.push_str("<li>");
            }
            Tag::FootnoteDefinition(label) => {
                self.html.flow("")?;
                self.around_notes.push((label.into_string(), std::mem::take(&mut self.html.out)));
            }
            Tag::Table(alignments) => {
                self.html.block("</table></div>\n")?;
                self.html
                    .out
                    .push_str("<div class=\"table\" role=\"group\" tabindex=\"0\" aria-label=\"Table\"><table>\n");
                self.table = Table { alignments, ..Table::default() };
            }
            Tag::TableHead => {
                self.html.block("</tr></thead>\n")?;
                self.html.out.push_str("<thead><tr>");
                self.table.in_head = true;
                self.table.column = 0;
            }
            Tag::TableRow => {
                self.html.block("</tr>\n")?;
                self.html.out.push_str(if self.table.has_body { "<tr>" } else { "<tbody>\n<tr>" });
                self.table.has_body = true;
                self.table.in_head = false;
                self.table.column = 0;
            }
            Tag::TableCell => {
                self.html.block(if self.table.in_head { "</th>" } else { "</td>" })?;
                self.html.out.push_str(if self.table.in_head { "<th scope=\"col\"" } else { "<td" });
                self.html.out.push_str(match self.table.alignments.get(self.table.column) {
                    Some(Alignment::Right) => " class=\"align-right\">",
                    Some(Alignment::Center) => " class=\"align-center\">",
                    _ => ">",
                });
                self.table.column += 1;
            }
            Tag::Emphasis => self.span("<em>", "</em>")?,
            Tag::Strong => self.span("<strong>", "</strong>")?,
            Tag::Strikethrough => self.span("<del>", "</del>")?,
            Tag::Link { link_type, dest_url, title, .. } => self.start_link(link_type, &dest_url, &title, at)?,
            Tag::Image { dest_url, title, .. } => self.start_image(dest_url.into_string(), title.into_string(), at),
            // The options leave these out.
            Tag::Superscript | Tag::Subscript => self.span("", "")?,
            Tag::DefinitionList | Tag::DefinitionListTitle | Tag::DefinitionListDefinition | Tag::MetadataBlock(_) => {
                self.html.flow("")?;
            }
        }
        Ok(())
    }
}

/// The language of a code block as a class, if it looks like the name of one.
fn push_language(out: &mut String, info: &str) {
    let language = info.split([' ', ',', '{', '\t']).next().unwrap_or_default();
    let fine = |b: u8| b.is_ascii_alphanumeric() || b"+-#_.".contains(&b);
    if !language.is_empty() && language.len() <= 32 && language.bytes().all(fine) {
        out.push_str(" class=\"language-");
        out.extend(language.chars().map(|c| c.to_ascii_lowercase()));
        out.push('"');
    }
}
