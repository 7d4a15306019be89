//! One text in → its HTML with holes, links, faults and counts out: the walk over the Markdown parser's events. What
//! stands between the tags is the work of [`words`](super::words), what is open that of [`open`](super::open).

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, TagEnd};

use super::blocks::Table;
use super::headings::Headings;
use super::holes::Body;
use super::lines::Lines;
use super::links::{self, Image};
use super::notes::Notes;
use super::open::{Markup, TooDeep};
use super::text_run::Run;
use super::{Fault, FaultKind, Link, Rendered, TextCounts, escape, sanitise};
use crate::diagnostic::Spot;

/// Where a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// It is a post, with ids of its own.
    Post,
    /// It is a short text beside others, without ids.
    Short,
}

/// A post that is being rendered: the events change it one by one. The modules beside this file each add their part.
pub(super) struct Renderer<'a> {
    /// The post's text.
    pub(super) source: &'a str,
    pub(super) scope: Scope,
    pub(super) lines: Lines<'a>,
    /// The HTML, with what is open and what is wrong.
    pub(super) html: Markup,
    /// Words, or a block of raw HTML, that are not written yet.
    pub(super) run: Run<'a>,
    pub(super) links: Vec<Link>,
    pub(super) counts: TextCounts,
    /// How many links are open: one at most, for all that is known.
    pub(super) link_depth: usize,
    pub(super) in_code: bool,
    pub(super) image: Option<Image>,
    pub(super) heading: Option<Heading>,
    pub(super) table: Table,
    pub(super) headings: Headings,
    pub(super) notes: Notes,
    /// The label of each footnote definition that is open, and the HTML around it.
    pub(super) around_notes: Vec<(String, String)>,
    /// Links to places in this post, which may come later.
    pub(super) later: Vec<(String, Spot)>,
}

/// A heading, whose id is made from its words at its end.
pub(super) struct Heading {
    pub(super) words: String,
    /// Where in the HTML the heading starts.
    pub(super) start_at: usize,
    /// Where in the HTML the id belongs.
    pub(super) id_at: usize,
}

/// Renders `text`, whose line ends are LF; or says why it must be shown as it was typed.
pub(super) fn walk(text: &str, nesting: usize, scope: Scope) -> Result<Rendered, Fault> {
    let mut options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS | Options::ENABLE_GFM;
    if scope == Scope::Post {
        options |= Options::ENABLE_FOOTNOTES;
    }
    let mut walk = Renderer {
        source: text,
        scope,
        lines: Lines::new(text),
        html: Markup::new(text.len() + text.len() / 2 + 64, nesting),
        run: Run::new(text),
        links: Vec::new(),
        counts: TextCounts::default(),
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
            Fault { at: walk.lines.spot(start), kind: FaultKind::TooDeep { depth } }
        })?;
    }
    Ok(walk.finish())
}

impl<'a> Renderer<'a> {
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

    pub(super) fn span(&mut self, start: &'static str, end: &'static str) -> Result<(), TooDeep> {
        self.html.span(end)?;
        self.html.out.push_str(start);
        Ok(())
    }

    fn end(&mut self, end: TagEnd) {
        match end {
            TagEnd::Heading(_) => {
                self.html.close_raw();
                match self.heading.take() {
                    Some(heading) if self.html.out[heading.id_at..].trim_ascii_end() == "\">" => {
                        self.headings.forget();
                        self.html.abandon(heading.start_at);
                        return;
                    }
                    Some(heading) => self.html.out.insert_str(heading.id_at, &self.headings.id(&heading.words)),
                    None => {}
                }
            }
            TagEnd::Table => {
                self.html.close_raw();
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

    pub(super) fn add_to_heading(&mut self, words: &str) {
        if let Some(heading) = &mut self.heading {
            heading.words.push_str(words);
        }
    }

    fn finish(mut self) -> Rendered {
        if !self.run.is_empty() {
            self.words();
        }
        self.html.close_raw();
        self.notes.push_section(&mut self.html.out);
        let mut html = std::mem::take(&mut self.html.out);
        let headings = self.headings.into_ids();
        if !self.later.is_empty() {
            html = links::to_headings(&html, &self.later, &headings, &mut self.links);
        }
        if self.html.has_raw {
            html = sanitise::clean(&html);
        }
        let mut faults = self.html.faults;
        faults.sort_by_key(|fault| fault.at);
        Rendered { body: Body(html), links: self.links, headings, faults, counts: self.counts }
    }
}
