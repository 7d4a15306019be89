//! A body in, with what the forum knows about its links → finished HTML out. One pass over the bytes: nothing is parsed
//! or judged again, and nothing is looked up, since the caller brings one [`Filling`] a link.

use std::fmt::Write as _;

use super::holes::{
    Body, END, Filling, LEAD, LINK, MENTION, OUTSIDE, OutsideImages, PICTURE, PREFIX, REL, SEPARATOR, SafeHtml, WITHIN,
};
use super::{PostIds, address, escape};

/// Fills the holes of `body`. `ids` keeps the ids of two posts on a page apart; filling `i` belongs to link `i`, and a
/// filling that isn't there is [`Filling::Missing`].
#[must_use]
pub fn fill(body: &Body, ids: &PostIds<'_>, fillings: &[Filling<'_>], images: &OutsideImages) -> SafeHtml {
    fill_at(body, "", ids, fillings, images)
}

/// As [`fill`], for HTML that is read apart from its page, as in a feed: links to places in the post itself lead to
/// `page`, the whole address of the post's page without a fragment, and nothing has an id, since a reader may show several
/// posts of the same name together.
#[must_use]
pub fn fill_apart(body: &Body, page: &str, prefix: &str, fillings: &[Filling<'_>], images: &OutsideImages) -> SafeHtml {
    fill_at(body, page, &PostIds::prefixed(prefix), fillings, images)
}

/// Fills the holes for the page itself, or apart from it when `page` isn't empty.
fn fill_at(body: &Body, page: &str, ids: &PostIds<'_>, fillings: &[Filling<'_>], images: &OutsideImages) -> SafeHtml {
    let html = body.as_str();
    let mut out = String::with_capacity(html.len() + html.len() / 4);
    let filling =
        |number: &str| number.parse().ok().and_then(|number: usize| fillings.get(number)).unwrap_or(&Filling::Missing);
    let mut written = 0;
    for at in memchr::memmem::find_iter(html.as_bytes(), LEAD) {
        // Marks inside a hole are passed over with it.
        let Some(rest) = html.get(at..).filter(|_| at >= written) else { continue };
        let Some(mark) = rest.chars().next().filter(|c| matches!(c, '\u{FDD0}'..='\u{FDEF}')) else { continue };
        out.push_str(&html[written..at]);
        let hole = &rest[mark.len_utf8()..];
        let after = match mark {
            PREFIX if !page.is_empty() && drop_end(&mut out, " id=\"").is_some() => {
                hole.split_once('"').map(|(_, after)| after)
            }
            PREFIX => {
                if !page.is_empty() && out.ends_with("href=\"#") {
                    out.pop();
                    push_address(&mut out, page);
                    out.push('#');
                }
                escape::push_attribute(&mut out, &ids.prefix);
                match page.is_empty() && begins_heading(&html[..at]) {
                    true => Some(heading(&mut out, hole, ids)),
                    false => Some(hole),
                }
            }
            LINK => hole.split_once(END).and_then(|(number, after)| {
                link(&mut out, filling(number))?;
                Some(after)
            }),
            OUTSIDE => Image::read(hole).and_then(|(_, image, after)| {
                image.outside(&mut out, images)?;
                Some(after)
            }),
            PICTURE => Image::read(hole).and_then(|(number, image, after)| {
                image.inside(&mut out, filling(number))?;
                Some(after)
            }),
            MENTION => hole.split_once(END).and_then(|(hole, after)| {
                let (number, handle) = hole.split_once(SEPARATOR)?;
                mention(&mut out, handle, filling(number));
                Some(after)
            }),
            _ => None,
        };
        // A mark that is malformed can only come from a damaged cache; it is left out.
        written = html.len() - after.unwrap_or(hole).len();
    }
    out.push_str(&html[written..]);
    SafeHtml(out)
}

/// Whether `html` ends in what comes before the id of a heading.
fn begins_heading(html: &str) -> bool {
    html.strip_suffix(" id=\"").is_some_and(|html| ["<h3", "<h4", "<h5", "<h6"].iter().any(|tag| html.ends_with(tag)))
}

/// Writes the rest of a heading's start tag, and the place where its former id leads. What follows it is returned.
fn heading<'h>(out: &mut String, hole: &'h str, ids: &PostIds<'_>) -> &'h str {
    // What the words may be needs no escaping: letters, digits, `-` and `_`.
    let Some((words, after)) = hole.split_once("\">") else { return hole };
    out.push_str(words);
    out.push_str("\">");
    if let Some(former) = ids.former(words) {
        out.push_str("<a id=\"");
        escape::push_attribute(out, &former);
        out.push_str("\"></a>");
    }
    after
}

/// After `<a href="`, and before the `"` that closes it.
fn link(out: &mut String, filling: &Filling<'_>) -> Option<()> {
    match filling.address() {
        Some(address) => push_address(out, address),
        None => {
            drop_end(out, "href=\"")?;
            out.push_str("class=\"missing");
        }
    }
    if let Filling::File { name, .. } = filling {
        out.push_str("\" download=\"");
        escape::push_attribute(out, name);
    }
    Some(())
}

/// An image's element in a body. All its parts are escaped already, as attribute values, which also fits text.
struct Image<'h> {
    target: &'h str,
    alt: &'h str,
    /// The title attribute, with a space before it, or nothing.
    title: &'h str,
    /// It stands inside a link, where no other link may stand.
    within: bool,
}

impl<'h> Image<'h> {
    /// The link's number, the image, and what follows it; after `<img src="` and the mark.
    fn read(hole: &'h str) -> Option<(&'h str, Self, &'h str)> {
        let (number, rest) = hole.split_once(SEPARATOR)?;
        let (target, rest) = rest.split_once(END)?;
        let (alt, rest) = rest.strip_prefix("\" alt=\"")?.split_once('"')?;
        let (title, after) = rest.split_once('>')?;
        let within = number.starts_with(WITHIN);
        Some((number.trim_start_matches(WITHIN), Image { target, alt, title, within }, after))
    }

    /// The words that stand for the image.
    fn words(&self) -> &'h str {
        if self.alt.is_empty() { self.target } else { self.alt }
    }

    fn outside(&self, out: &mut String, images: &OutsideImages) -> Option<()> {
        drop_end(out, "<img src=\"")?;
        match images {
            OutsideImages::Link if self.within => out.push_str(self.words()),
            OutsideImages::Link => {
                let _ = write!(out, "<a class=\"image\" href=\"{}\"{REL}>{}</a>", self.target, self.words());
            }
            OutsideImages::Allow => self.element(out, self.target, " referrerpolicy=\"no-referrer\""),
            OutsideImages::Proxy(prefix) => {
                let mut plain = String::with_capacity(self.target.len());
                escape::unescape(&mut plain, self.target);
                let mut source = String::with_capacity(prefix.len() + plain.len() * 3 / 2);
                push_address(&mut source, prefix);
                source.push_str(&address::encode_whole(&plain));
                self.element(out, &source, "");
            }
        }
        Some(())
    }

    fn inside(&self, out: &mut String, filling: &Filling<'_>) -> Option<()> {
        drop_end(out, "<img src=\"")?;
        let mut source = String::new();
        push_address(&mut source, filling.address().unwrap_or_default());
        match filling {
            Filling::Picture { width: 0, .. } | Filling::Picture { height: 0, .. } | Filling::Address(_) => {
                self.element(out, &source, "");
            }
            Filling::Picture { width, height, .. } => {
                self.element(out, &source, &format!(" width=\"{width}\" height=\"{height}\""));
            }
            _ if source.is_empty() || self.within => {
                let _ = write!(out, "<span class=\"missing\">{}</span>", self.words());
            }
            // What is no image can still be fetched.
            _ => {
                let _ = write!(out, "<a href=\"{source}\">{}</a>", self.words());
            }
        }
        Some(())
    }

    fn element(&self, out: &mut String, source: &str, more: &str) {
        let Image { alt, title, .. } = self;
        let _ = write!(out, "<img src=\"{source}\" alt=\"{alt}\"{title}{more} loading=\"lazy\" decoding=\"async\">");
    }
}

fn mention(out: &mut String, handle: &str, filling: &Filling<'_>) {
    let (name, address) = match filling {
        Filling::Member { name, address } => (&**name, address.as_deref()),
        _ => {
            out.push('@');
            out.push_str(handle);
            return;
        }
    };
    match address {
        Some(address) => {
            out.push_str("<a class=\"mention\" href=\"");
            push_address(out, address);
            out.push_str("\">@");
        }
        None => out.push_str("<span class=\"mention\">@"),
    }
    escape::push_text(out, name);
    out.push_str(if address.is_some() { "</a>" } else { "</span>" });
}

/// Appends `address` as the inside of an attribute value.
pub(super) fn push_address(out: &mut String, address: &str) {
    escape::push_attribute(out, &address::encode(address));
}

/// Takes `end` off the end of `out`; nothing when it isn't there.
fn drop_end(out: &mut String, end: &str) -> Option<()> {
    out.truncate(out.strip_suffix(end)?.len());
    Some(())
}
