//! One text in → its HTML with holes, links, faults and counts out: the walk over the Markdown parser's events. What
//! stands between the tags is the work of [`words`](super::words), what is open that of [`open`](super::open).

use std::fmt::Write as _;
use std::ops::Range;

use pulldown_cmark::{Alignment, BlockQuoteKind, CodeBlockKind, Event, LinkType, Options, Parser, Tag, TagEnd};

use super::address::{self, Destination};
use super::headings::Headings;
use super::holes::{Body, END, LATER, LINK, OUTSIDE, PICTURE, PREFIX, REL, SEPARATOR, WITHIN};
use super::lines::Lines;
use super::notes::Notes;
use super::open::{Markup, TooDeep};
use super::raw::{self, Piece};
use super::run::Run;
use super::{Counts, Fault, Link, LinkKind, Rendered, escape, fill, sanitise};
use crate::diagnostic::Spot;

/// Where a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// It is a post, with ids of its own.
    Post,
    /// It is a short text beside others, without ids.
    Short,
}

/// A post that is being rendered.
pub(super) struct Walk<'a> {
    pub(super) html: Markup,
    pub(super) run: Run<'a>,
    pub(super) lines: Lines<'a>,
    pub(super) links: Vec<Link>,
    pub(super) counts: Counts,
    pub(super) source: &'a str,
    scope: Scope,
    /// What encloses the words that come next.
    pub(super) link_depth: usize,
    in_code: bool,
    pub(super) image: Option<Image>,
    pub(super) heading: Option<Heading>,
    table: Table,
    headings: Headings,
    notes: Notes,
    /// The HTML around each footnote definition that is open, and its label.
    around_notes: Vec<(String, String)>,
    /// Links to places in this post, which may come later.
    later: Vec<(String, Spot)>,
}

/// An image, of whose description only the words are kept.
pub(super) struct Image {
    pub(super) alt: String,
    depth: usize,
    target: String,
    title: String,
    at: Spot,
}

/// A heading, whose id is made from its words at its end.
pub(super) struct Heading {
    pub(super) words: String,
    id_at: usize,
}

#[derive(Default)]
struct Table {
    alignments: Vec<Alignment>,
    column: usize,
    in_head: bool,
    has_body: bool,
}

/// Renders `text`, whose line ends are LF; or says why it must be shown as it was typed.
pub(super) fn walk(text: &str, nesting: usize, scope: Scope) -> Result<Rendered, Fault> {
    let mut options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS | Options::ENABLE_GFM;
    if scope == Scope::Post {
        options |= Options::ENABLE_FOOTNOTES;
    }
    let mut walk = Walk {
        html: Markup::new(text.len() + text.len() / 2 + 64, nesting),
        run: Run::new(text),
        lines: Lines::new(text),
        links: Vec::new(),
        counts: Counts::default(),
        source: text,
        scope,
        link_depth: 0,
        in_code: false,
        image: None,
        heading: None,
        table: Table::default(),
        headings: Headings::default(),
        notes: Notes::default(),
        around_notes: Vec::new(),
        later: Vec::new(),
    };
    for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
        let start = range.start;
        walk.event(event, range).map_err(|TooDeep| {
            let depth = walk.html.depth() + walk.image.as_ref().map_or(0, |image| image.depth);
            Fault::TooDeep { depth, at: walk.lines.spot(start) }
        })?;
    }
    Ok(walk.finish())
}

impl<'a> Walk<'a> {
    fn event(&mut self, event: Event<'a>, range: Range<usize>) -> Result<(), TooDeep> {
        match event {
            Event::Text(text) if self.in_code => {
                escape::push_text(&mut self.html.out, &text);
                return Ok(());
            }
            Event::Text(text) | Event::Html(text) => {
                self.run.push(&text, range);
                return Ok(());
            }
            _ => {}
        }
        if event == Event::End(TagEnd::HtmlBlock) {
            self.raw_html()?;
        } else if !self.run.is_empty() {
            self.words();
        }
        if self.image.is_some() {
            return self.event_in_image(event);
        }
        match event {
            Event::Start(tag) => self.start(tag, range.start)?,
            Event::End(end) => self.end(end),
            Event::Code(text) => {
                self.html.before_words();
                self.html.out.push_str("<code>");
                escape::push_text(&mut self.html.out, &text);
                self.html.out.push_str("</code>");
                self.add_to_heading(&text);
            }
            Event::InlineHtml(text) => {
                self.run.push(&text, range);
                self.raw_html()?;
            }
            Event::FootnoteReference(label) => {
                self.html.before_words();
                self.notes.refer(&mut self.html.out, &label, self.link_depth > 0);
            }
            Event::SoftBreak => {
                self.html.out.push('\n');
                self.add_to_heading(" ");
            }
            Event::HardBreak => {
                self.html.before_words();
                self.html.out.push_str("<br>\n");
                self.add_to_heading(" ");
            }
            Event::Rule => {
                self.html.before_block();
                self.html.out.push_str("<hr>\n");
            }
            Event::TaskListMarker(done) => {
                self.html.before_words();
                self.html.out.push_str(match done {
                    true => "<input type=\"checkbox\" disabled checked aria-label=\"Done\"> ",
                    false => "<input type=\"checkbox\" disabled aria-label=\"To do\"> ",
                });
            }
            // Math is off; what the parser would make of it stays as it is typed.
            Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.html.before_words();
                escape::push_text(&mut self.html.out, &text);
            }
            Event::Text(_) | Event::Html(_) => {}
        }
        Ok(())
    }

    fn start(&mut self, tag: Tag<'a>, at: usize) -> Result<(), TooDeep> {
        match tag {
            Tag::Paragraph => return self.html.paragraph("<p>"),
            Tag::HtmlBlock => return self.html.paragraph("<p class=\"raw\">"),
            Tag::Heading { .. } if self.scope == Scope::Short => return self.html.paragraph("<p>"),
            Tag::Heading { level, .. } => {
                let (start, end) = match level as u8 {
                    1 => ("<h3 id=\"", "</h3>\n"),
                    2 => ("<h4 id=\"", "</h4>\n"),
                    3 => ("<h5 id=\"", "</h5>\n"),
                    _ => ("<h6 id=\"", "</h6>\n"),
                };
                self.html.block(end)?;
                let out = &mut self.html.out;
                out.push_str(start);
                out.push(PREFIX);
                let id_at = out.len();
                out.push_str("\">");
                self.heading = Some(Heading { words: String::new(), id_at });
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
                    .push_str("<div class=\"table\" role=\"region\" tabindex=\"0\" aria-label=\"Table\"><table>\n");
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
            Tag::Image { dest_url, title, .. } => {
                self.html.before_words();
                let at = self.lines.spot(at);
                let (target, title) = (dest_url.into_string(), title.into_string());
                self.image = Some(Image { alt: String::new(), depth: 0, target, title, at });
            }
            // The options leave these out.
            Tag::Superscript | Tag::Subscript => self.span("", "")?,
            Tag::DefinitionList | Tag::DefinitionListTitle | Tag::DefinitionListDefinition | Tag::MetadataBlock(_) => {
                self.html.flow("")?;
            }
        }
        Ok(())
    }

    fn span(&mut self, start: &'static str, end: &'static str) -> Result<(), TooDeep> {
        self.html.span(end)?;
        self.html.out.push_str(start);
        Ok(())
    }

    fn end(&mut self, end: TagEnd) {
        match end {
            TagEnd::Heading(_) => {
                self.html.settle();
                if let Some(heading) = self.heading.take() {
                    self.html.out.insert_str(heading.id_at, &self.headings.id(&heading.words));
                }
            }
            TagEnd::Table => {
                self.html.settle();
                if self.table.has_body {
                    self.html.out.push_str("</tbody>\n");
                }
            }
            TagEnd::CodeBlock => self.in_code = false,
            TagEnd::Link => self.link_depth = self.link_depth.saturating_sub(1),
            _ => {}
        }
        self.html.close();
        if end == TagEnd::FootnoteDefinition
            && let Some((label, around)) = self.around_notes.pop()
        {
            let html = std::mem::replace(&mut self.html.out, around);
            self.notes.define(&label, html);
        }
    }

    fn start_link(&mut self, kind: LinkType, target: &str, title: &str, at: usize) -> Result<(), TooDeep> {
        self.link_depth += 1;
        // An address of e-mail in angle brackets stays text: addresses are not for harvesters.
        if self.link_depth > 1 || kind == LinkType::Email {
            return self.span("", "");
        }
        self.span("<a", "</a>")?;
        let at = self.lines.spot(at);
        let out = &mut self.html.out;
        match address::read(target) {
            Destination::Outside(address) => {
                out.push_str(" href=\"");
                fill::push_address(out, &address);
                out.push('"');
                out.push_str(REL);
                self.counts.outside_links += 1;
            }
            Destination::Fragment(fragment) => {
                let _ = write!(out, " href=\"{LATER}{}{END}\"", self.later.len());
                self.later.push((fragment, at));
            }
            Destination::Inside(target, fragment) => {
                let _ = write!(out, " href=\"{LINK}{}{END}\"", self.links.len());
                self.links.push(Link { kind: LinkKind::Link, target, fragment, at });
            }
            Destination::Refused(scheme) => {
                out.push_str(" class=\"refused\"");
                self.html.faults.push(Fault::RefusedScheme { scheme, at });
            }
            Destination::Broken => {
                out.push_str(" class=\"refused\"");
                self.html.faults.push(Fault::BrokenAddress { at });
            }
        }
        self.push_title(title);
        self.html.out.push('>');
        Ok(())
    }

    fn push_title(&mut self, title: &str) {
        if !title.is_empty() {
            self.html.out.push_str(" title=\"");
            escape::push_attribute(&mut self.html.out, title);
            self.html.out.push('"');
        }
    }

    /// Between the start and the end of an image: its description, of which only the words can be shown.
    fn event_in_image(&mut self, event: Event<'a>) -> Result<(), TooDeep> {
        let limit = self.html.limit();
        let open = self.html.depth();
        let Some(image) = &mut self.image else { return Ok(()) };
        match event {
            Event::Start(_) => {
                image.depth += 1;
                if open + image.depth > limit {
                    return Err(TooDeep);
                }
            }
            Event::End(TagEnd::Image) if image.depth == 0 => {
                if let Some(image) = self.image.take() {
                    self.end_image(image);
                }
            }
            Event::End(_) => image.depth = image.depth.saturating_sub(1),
            Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => {
                image.alt.push_str(&text)
            }
            Event::InlineMath(text) | Event::DisplayMath(text) => image.alt.push_str(&text),
            Event::FootnoteReference(label) => {
                let _ = write!(image.alt, "[^{label}]");
            }
            Event::SoftBreak | Event::HardBreak => image.alt.push(' '),
            Event::Rule | Event::TaskListMarker(_) => {}
        }
        Ok(())
    }

    fn end_image(&mut self, image: Image) {
        let Image { alt, target, title, at, .. } = image;
        let alt = alt.trim();
        self.add_to_heading(alt);
        if alt.is_empty() {
            self.html.faults.push(Fault::NoAltText { at });
        }
        let (mark, target, address, fragment) = match address::read(&target) {
            Destination::Outside(address) if !address.starts_with("mailto:") => (OUTSIDE, String::new(), address, None),
            Destination::Inside(path, fragment) => (PICTURE, path, target, fragment),
            Destination::Fragment(fragment) => (PICTURE, String::new(), target, Some(fragment)),
            refused => {
                self.html.faults.push(match refused {
                    Destination::Refused(scheme) => Fault::RefusedScheme { scheme, at },
                    Destination::Outside(_) => Fault::RefusedScheme { scheme: "mailto".to_owned(), at },
                    _ => Fault::BrokenAddress { at },
                });
                let words = if alt.is_empty() { target.as_str() } else { alt };
                self.html.out.push_str("<span class=\"refused\">");
                escape::push_text(&mut self.html.out, words);
                self.html.out.push_str("</span>");
                return;
            }
        };
        self.counts.images += 1;
        let out = &mut self.html.out;
        out.push_str("<img src=\"");
        out.push(mark);
        if self.link_depth > 0 {
            out.push(WITHIN);
        }
        if mark == PICTURE {
            let _ = write!(out, "{}", self.links.len());
            self.links.push(Link { kind: LinkKind::Image, target, fragment, at });
        }
        out.push(SEPARATOR);
        fill::push_address(out, &address);
        out.push(END);
        out.push_str("\" alt=\"");
        escape::push_attribute(out, alt);
        out.push('"');
        self.push_title(&title);
        self.html.out.push('>');
    }

    /// The raw HTML that was gathered: a block, or one piece within a line.
    fn raw_html(&mut self) -> Result<(), TooDeep> {
        let (html, origin) = self.run.take();
        for (at, piece) in raw::pieces(&html) {
            let (name, source) = match piece {
                Piece::Text(text) if text.trim_ascii().is_empty() => {
                    self.html.out.push_str(text);
                    continue;
                }
                Piece::Text(text) => {
                    let text = raw::decode(if self.html.is_waiting() { text.trim_ascii_start() } else { text });
                    self.html.before_words();
                    escape::push_text(&mut self.html.out, &text);
                    self.add_to_heading(&text);
                    continue;
                }
                Piece::Comment(_) => {
                    let at = self.lines.spot(origin.of(at));
                    self.html.faults.push(Fault::HtmlComment { at });
                    continue;
                }
                Piece::Tag(tag) => {
                    let at = self.lines.spot(origin.of(at));
                    if self.html.raw(tag, at)? {
                        continue;
                    }
                    (tag.element.name, tag.source)
                }
                Piece::Refused(name, source) => (name, source),
            };
            self.html.before_words();
            escape::push_text(&mut self.html.out, source);
            self.add_to_heading(source);
            let at = self.lines.spot(origin.of(at));
            let tag = name.chars().take(40).collect::<String>().to_ascii_lowercase();
            self.html.faults.push(Fault::RawTag { tag, at });
        }
        Ok(())
    }

    pub(super) fn add_to_heading(&mut self, words: &str) {
        if let Some(heading) = &mut self.heading {
            heading.words.push_str(words);
        }
    }

    fn finish(mut self) -> Rendered {
        if !self.run.is_empty() {
            self.words();
        }
        self.html.settle();
        self.notes.push_section(&mut self.html.out);
        let mut html = std::mem::take(&mut self.html.out);
        if !self.later.is_empty() {
            html = link_to_headings(&html, &self.later, &self.headings, &mut self.links);
        }
        if self.html.has_raw {
            html = sanitise::clean(&html);
        }
        let mut faults = self.html.faults;
        faults.sort_by_key(Fault::at);
        Rendered { body: Body(html), links: self.links, faults, counts: self.counts }
    }
}

/// Turns links to places in the post into links to its headings, and into holes where there is no such heading.
fn link_to_headings(html: &str, later: &[(String, Spot)], headings: &Headings, links: &mut Vec<Link>) -> String {
    let mut out = String::with_capacity(html.len() + later.len() * 16);
    let mut parts = html.split(LATER);
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (number, rest) = part.split_once(END).unwrap_or(("", part));
        if let Some((fragment, at)) = number.parse().ok().and_then(|number: usize| later.get(number)) {
            match headings.find(fragment) {
                Some(id) => {
                    let _ = write!(out, "#{PREFIX}{id}");
                }
                None => {
                    let _ = write!(out, "{LINK}{}{END}", links.len());
                    let fragment = Some(fragment.clone());
                    links.push(Link { kind: LinkKind::Link, target: String::new(), fragment, at: *at });
                }
            }
        }
        out.push_str(rest);
    }
    out
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
