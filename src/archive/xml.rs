//! An XML file → its elements of some names, one at a time, so that a gigabyte takes no more room than its largest
//! element. Entities that a file declares for itself are not expanded.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::{Error, Result};

/// The deepest nesting of an element that is given; what lies deeper is left out.
const DEEPEST_LEVELS: usize = 64;
/// The most bytes of one element with all that is in it.
const LARGEST_BYTES: u64 = 256 << 20;

/// An element with all that is in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Element {
    /// Its name, with its prefix: `wp:comment`.
    pub name: String,
    /// Its attributes.
    pub attributes: Vec<(String, String)>,
    /// The elements in it.
    pub children: Vec<Element>,
    /// Its own words.
    pub text: String,
}

impl Element {
    /// The value of an attribute; empty without one.
    #[must_use]
    pub fn attribute(&self, name: &str) -> &str {
        self.attributes.iter().find(|(it, _)| it == name).map_or("", |(_, value)| value)
    }

    /// The first element in it of this name.
    #[must_use]
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|it| it.name == name)
    }

    /// The words of the first element in it of this name, without white space around them; empty without one.
    #[must_use]
    pub fn words(&self, name: &str) -> &str {
        self.child(name).map_or("", |it| it.text.trim())
    }
}

/// Gives each element that has one of these names and lies in no other of them.
///
/// # Errors
/// The file can't be read, is no XML, has an element of more than 256 MiB, or ends within one of these elements; and what
/// `give` fails with.
pub fn each(path: &Path, names: &[&str], give: &mut dyn FnMut(Element) -> Result<()>) -> Result<()> {
    within(path, LARGEST_BYTES, names, give)
}

/// The same, of elements of at most so many bytes.
fn within(path: &Path, most: u64, names: &[&str], give: &mut dyn FnMut(Element) -> Result<()>) -> Result<()> {
    let file = File::open(path).map_err(Error::io(path))?;
    let mut reader = Reader::from_reader(BufReader::with_capacity(1 << 16, file).take(most));
    reader.config_mut().check_end_names = false;
    let mut buffer = Vec::new();
    let mut open: Vec<Element> = Vec::new();
    let mut deeper = 0_usize;
    loop {
        buffer.clear();
        if open.is_empty() {
            reader.get_mut().set_limit(most);
        }
        let event = reader.read_event_into(&mut buffer);
        if reader.get_ref().limit() == 0 {
            let message = format!(
                "{}: before byte {}: an element has more than {most} bytes",
                path.display(),
                reader.buffer_position()
            );
            return Err(Error::other(message, "no post is so large: mend that place"));
        }
        let event = event.map_err(|error| {
            let message = format!("{}: at byte {}: {error}", path.display(), reader.error_position());
            Error::other(message, "this is no XML: export it again, or mend that place")
        })?;
        match event {
            Event::Eof => match open.first() {
                None => return Ok(()),
                Some(open) => {
                    let message = format!("{}: ends within `<{}>`", path.display(), open.name);
                    return Err(Error::other(message, "it was cut off: export it again"));
                }
            },
            Event::Start(tag) => {
                let name = name_of(&tag);
                if open.len() >= DEEPEST_LEVELS {
                    deeper += 1;
                } else if !open.is_empty() || names.contains(&name.as_str()) {
                    open.push(element(name, &tag));
                }
            }
            Event::Empty(tag) => {
                let name = name_of(&tag);
                if open.is_empty() && names.contains(&name.as_str()) {
                    give(element(name, &tag))?;
                } else if let Some(parent) = open.last_mut().filter(|_| deeper == 0) {
                    parent.children.push(element(name, &tag));
                }
            }
            Event::End(_) if deeper > 0 => deeper -= 1,
            Event::End(_) => {
                if let Some(done) = open.pop() {
                    match open.last_mut() {
                        Some(parent) => parent.children.push(done),
                        None => give(done)?,
                    }
                }
            }
            Event::Text(text) => push(&mut open, &String::from_utf8_lossy(&text)),
            Event::CData(text) => push(&mut open, &String::from_utf8_lossy(&text)),
            Event::GeneralRef(reference) => {
                let name = String::from_utf8_lossy(&reference).into_owned();
                // What a number can't stand for is U+FFFD, as in HTML; entities that the file declares aren't expanded.
                let unknown = if name.starts_with('#') { "\u{fffd}" } else { "" };
                push(&mut open, &quick_xml::escape::unescape(&format!("&{name};")).unwrap_or(unknown.into()));
            }
            _ => {}
        }
    }
}

fn push(open: &mut [Element], text: &str) {
    if let Some(it) = open.last_mut() {
        it.text.push_str(text);
    }
}

fn name_of(tag: &BytesStart<'_>) -> String {
    String::from_utf8_lossy(tag.name().as_ref()).into_owned()
}

fn element(name: String, tag: &BytesStart<'_>) -> Element {
    let mut all = tag.attributes();
    let each = all.with_checks(false).filter_map(std::result::Result::ok).map(|it| {
        let value = String::from_utf8_lossy(&it.value).into_owned();
        let plain = quick_xml::escape::unescape(&value).map(std::borrow::Cow::into_owned);
        (String::from_utf8_lossy(it.key.as_ref()).into_owned(), plain.unwrap_or(value))
    });
    Element { attributes: each.collect(), name, ..Element::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(xml: &str) -> Result<Vec<Element>> {
        of_at_most(LARGEST_BYTES, xml)
    }

    fn of_at_most(most: u64, xml: &str) -> Result<Vec<Element>> {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("a.xml");
        std::fs::write(&path, xml).unwrap();
        let mut all = Vec::new();
        within(&path, most, &["a"], &mut |it| {
            all.push(it);
            Ok(())
        })?;
        Ok(all)
    }

    #[test]
    fn elements_come_with_all_that_is_in_them() {
        let all = of("<x><a b='1&amp;2&#33;'>c&lt;<d>e</d><![CDATA[<f>]]></a><a/></x>").unwrap();
        assert_eq!(all.len(), 2);
        assert_eq!((all[0].attribute("b"), all[0].words("d"), all[0].text.as_str()), ("1&2!", "e", "c<<f>"));
    }

    #[test]
    fn an_element_is_read_up_to_a_size_and_a_file_to_its_end() {
        let many = format!("<x>{}</x>", "<a>tea</a>".repeat(100));
        assert_eq!(of_at_most(20, &many).unwrap().len(), 100);
        for large in [
            "<a>green tea of spring</a>",
            "<a b='green tea of spring'/>",
            "<a><b/><b/><b/><b/></a>",
            "<y>the green tea of spring</y>",
        ] {
            let said = of_at_most(20, &format!("<x><a>tea</a>{large}</x>")).unwrap_err().to_string();
            assert!(said.contains("an element has more than 20 bytes"), "{large}: {said}");
        }
    }

    #[test]
    fn bombs_and_towers_stay_small() {
        let bomb =
            "<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'><!ENTITY c SYSTEM 'file:///etc/passwd'>]><a>&b;&c;</a>";
        assert_eq!(of(bomb).unwrap()[0].text, "");
        assert!(of(&format!("<a>{}</a>", "<b>".repeat(10_000))).is_err());
        let tower = format!("<a>{}x{}</a>", "<b>".repeat(500), "</b>".repeat(500));
        assert_eq!(of(&tower).unwrap().len(), 1);
        assert!(of("<a><b").is_err());
    }
}
