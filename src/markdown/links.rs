//! Links and images in → tags with addresses or holes, and what the forum must know about them, out. Targets are judged
//! by [`address`](super::address).

use std::fmt::Write as _;

use pulldown_cmark::{Event, LinkType, TagEnd};

use super::address::{self, Destination};
use super::events::Renderer;
use super::headings::heading;
use super::holes::{END, LATER, LINK, OUTSIDE, PICTURE, PREFIX, REL, SEPARATOR, WITHIN};
use super::open::TooDeep;
use super::{Fault, FaultKind, Link, LinkKind, escape, fill};
use crate::diagnostic::Spot;

/// An image, of whose description only the words are kept.
pub(super) struct Image {
    pub(super) alt: String,
    /// How many spans are open in it.
    pub(super) depth: usize,
    target: String,
    title: String,
    at: Spot,
}

impl<'a> Renderer<'a> {
    /// Opens a link; one within another (which the parser doesn't make) is left out.
    pub(super) fn start_link(&mut self, kind: LinkType, target: &str, title: &str, at: usize) -> Result<(), TooDeep> {
        self.link_depth += 1;
        if self.link_depth > 1 {
            return self.span("", "");
        }
        let at = self.lines.spot(at);
        let destination = address::read(target);
        let refusal = refusal(&destination, at);
        // What stands in angle brackets and can't be a link was hardly meant as one (`vector<std::string>`): it is shown
        // as it was typed. So are addresses of e-mail, which are not for harvesters.
        if kind == LinkType::Email || kind == LinkType::Autolink && refusal.is_some() {
            self.html.faults.extend(match destination {
                Destination::Refused(scheme) => Some(Fault { at, kind: FaultKind::NoScheme { scheme } }),
                _ => refusal,
            });
            return self.span("&lt;", "&gt;");
        }
        self.span("<a", "</a>")?;
        self.html.faults.extend(refusal);
        let out = &mut self.html.out;
        match destination {
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
            Destination::Refused(_) | Destination::Broken => out.push_str(" class=\"refused\""),
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

    /// Begins an image, which is written at its end.
    pub(super) fn start_image(&mut self, target: String, title: String, at: usize) {
        self.html.before_words();
        let at = self.lines.spot(at);
        self.image = Some(Image { alt: String::new(), depth: 0, target, title, at });
    }

    /// Between the start and the end of an image: its description, of which only the words can be shown.
    pub(super) fn event_in_image(&mut self, event: Event<'a>) -> Result<(), TooDeep> {
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
            self.html.faults.push(Fault { at, kind: FaultKind::NoAltText });
        }
        let destination = match address::read(&target) {
            Destination::Outside(address) if address.starts_with("mailto:") => {
                Destination::Refused("mailto".to_owned())
            }
            destination => destination,
        };
        self.html.faults.extend(refusal(&destination, at));
        let (mark, target, address, fragment) = match destination {
            Destination::Outside(address) => (OUTSIDE, String::new(), address, None),
            Destination::Inside(path, fragment) => (PICTURE, path, target, fragment),
            Destination::Fragment(fragment) => (PICTURE, String::new(), target, Some(fragment)),
            Destination::Refused(_) | Destination::Broken => {
                self.html.out.push_str("<span class=\"refused\">");
                escape::push_text(&mut self.html.out, if alt.is_empty() { &target } else { alt });
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
}

/// What is wrong with a link or image that leads to `destination`.
fn refusal(destination: &Destination, at: Spot) -> Option<Fault> {
    let kind = match destination {
        Destination::Refused(scheme) => FaultKind::RefusedScheme { scheme: scheme.clone() },
        Destination::Broken => FaultKind::BrokenAddress,
        Destination::Outside(_) | Destination::Fragment(_) | Destination::Inside(..) => return None,
    };
    Some(Fault { at, kind })
}

/// Turns links to places in the post into links to its headings, and into holes where there is no such heading.
pub(super) fn to_headings(
    html: &str,
    later: &[(String, Spot)],
    headings: &[Box<str>],
    links: &mut Vec<Link>,
) -> String {
    let mut out = String::with_capacity(html.len() + later.len() * 16);
    let mut parts = html.split(LATER);
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (number, rest) = part.split_once(END).unwrap_or(("", part));
        if let Some((fragment, at)) = number.parse().ok().and_then(|number: usize| later.get(number)) {
            match heading(headings, fragment) {
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
