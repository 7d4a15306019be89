//! Atom feeds (RFC 4287).

use std::borrow::Cow;
use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::parts::time;
use super::{Bodies, Show};
use crate::markdown::fill_apart;
use crate::site::{Address, FeedEntry, FeedPage, Part};
use crate::{Error, Result};

/// Text without the characters that XML 1.0 forbids (<https://www.w3.org/TR/xml/#charsets>).
pub(super) fn allowed(text: &str) -> Cow<'_, str> {
    let fits = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    // What is left out is a control character, or one of two that are written with these bytes.
    if !text.bytes().any(|byte| byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r') || byte == 0xef) {
        return Cow::Borrowed(text);
    }
    text.chars().filter(|c| fits(*c)).collect()
}

/// Writes an element with a text in it.
pub(super) fn element(
    writer: &mut Writer<Vec<u8>>,
    name: &str,
    attributes: &[(&str, &str)],
    text: &str,
) -> io::Result<()> {
    let attributes: Vec<(&str, Cow<'_, str>)> = attributes.iter().map(|(k, v)| (*k, allowed(v))).collect();
    let pairs = attributes.iter().map(|(k, v)| (*k, v.as_ref()));
    let element = writer.create_element(name).with_attributes(pairs);
    if text.is_empty() {
        element.write_empty()?;
    } else {
        element.write_text_content(BytesText::new(&allowed(text)))?;
    }
    Ok(())
}

/// An XML document with this root.
pub(super) fn document(
    root: &str,
    attributes: &[(&str, &str)],
    content: impl FnOnce(&mut Writer<Vec<u8>>) -> io::Result<()>,
) -> io::Result<Vec<u8>> {
    let mut writer = Writer::new(Vec::new());
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
    writer.write_event(Event::Text(BytesText::new("\n")))?;
    writer.create_element(root).with_attributes(attributes.iter().copied()).write_inner_content(content)?;
    writer.write_event(Event::Text(BytesText::new("\n")))?;
    Ok(writer.into_inner())
}

impl Show<'_> {
    pub(super) fn feed(&self, feed: &FeedPage<'_>, bodies: Bodies<'_>) -> Result<Vec<u8>> {
        let mut contents = Vec::with_capacity(feed.entries.len());
        for entry in &feed.entries {
            contents.push(match entry.body {
                Some(blob) => {
                    let fillings = self.fillings(&entry.links, true);
                    let prefix = format!("post-{}:", entry.stem);
                    let page = self.whole(Address { part: Part::Whole, ..entry.address });
                    fill_apart(&bodies(blob)?, &page, &prefix, &fillings, &self.images).into_string()
                }
                None => String::new(),
            });
        }
        let attributes = [("xmlns", "http://www.w3.org/2005/Atom"), ("xml:lang", self.settings.language.as_str())];
        let written = document("feed", &attributes, |writer| self.feed_content(writer, feed, &contents));
        written.map_err(|error| Error::Other { message: format!("{}: {error}", feed.address), hint: None })
    }

    fn feed_content(&self, writer: &mut Writer<Vec<u8>>, feed: &FeedPage<'_>, contents: &[String]) -> io::Result<()> {
        let title = match feed.title {
            "" => self.settings.title.clone(),
            title => format!("{title} · {}", self.settings.title),
        };
        let own = self.whole(feed.address);
        element(writer, "title", &[], &title)?;
        element(writer, "id", &[], &own)?;
        element(writer, "link", &[("rel", "self"), ("type", "application/atom+xml"), ("href", &own)], "")?;
        element(writer, "link", &[("rel", "alternate"), ("type", "text/html"), ("href", &self.whole(feed.page))], "")?;
        // A feed without posts was last changed when nothing had been posted.
        let updated = feed.entries.iter().map(|entry| entry.updated).max().unwrap_or(0);
        element(writer, "updated", &[], &time(updated).iso)?;
        element(writer, "generator", &[("version", env!("CARGO_PKG_VERSION"))], "boards")?;
        for (entry, content) in feed.entries.iter().zip(contents) {
            writer.create_element("entry").write_inner_content(|writer| self.entry(writer, entry, content))?;
        }
        Ok(())
    }

    fn entry(&self, writer: &mut Writer<Vec<u8>>, entry: &FeedEntry<'_>, content: &str) -> io::Result<()> {
        let address = self.whole(entry.address);
        let title = if entry.opening { entry.title.to_owned() } else { format!("Re: {}", entry.title) };
        // Page numbers may change when a forum's settings do, so the id names the post without them.
        let id = self.whole(format!("{}/#post-{}", entry.path, entry.stem));
        element(writer, "title", &[], &title)?;
        element(writer, "id", &[], &id)?;
        element(writer, "link", &[("rel", "alternate"), ("type", "text/html"), ("href", &address)], "")?;
        element(writer, "published", &[], &time(entry.date).iso)?;
        element(writer, "updated", &[], &time(entry.updated).iso)?;
        writer.create_element("author").write_inner_content(|writer| {
            element(writer, "name", &[], &entry.author.label())?;
            match &entry.author.address {
                Some(address) => element(writer, "uri", &[], &self.whole(address)),
                None => Ok(()),
            }
        })?;
        element(writer, "content", &[("type", "html")], content)
    }
}
