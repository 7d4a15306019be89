//! HTML → the same HTML with at most [`MOST_ATTRIBUTES`] attributes in a tag. The tokenizer compares each attribute of a tag with all
//! those before it, so that a tag with all the attributes that a page has room for takes hours.
//!
//! Where tags begin and end is read as the HTML standard says (section 13.2.5, tokenization).

use std::borrow::Cow;

use memchr::{memchr, memmem};

/// The most attributes of a tag that are read. Those behind them are left out.
const MOST_ATTRIBUTES: usize = 256;

/// Elements that hold text and no tags.
const RAW: [&str; 4] = ["script", "style", "textarea", "title"];

/// The HTML without the surplus attributes of its tags.
pub(super) fn bounded(html: &str) -> Cow<'_, str> {
    let bytes = html.as_bytes();
    let (mut out, mut kept, mut at) = (String::new(), 0, 0);
    while let Some(found) = memchr(b'<', &bytes[at..]) {
        let start = at + found + 1;
        let rest = &bytes[start..];
        let name = rest.strip_prefix(b"/").unwrap_or(rest);
        if !name.first().is_some_and(u8::is_ascii_alphabetic) {
            at = start + comment(rest);
            continue;
        }
        let (end, surplus) = tag(rest);
        if let Some(surplus) = surplus {
            out.push_str(&html[kept..start + surplus]);
            kept = start + end;
        }
        at = start + end;
        if let Some(raw) = RAW.iter().find(|raw| is_named(rest, raw)) {
            at += ends(&bytes[at..], raw);
        }
    }
    if kept == 0 {
        return html.into();
    }
    out.push_str(&html[kept..]);
    out.into()
}

/// Whether a tag has this name.
fn is_named(tag: &[u8], name: &str) -> bool {
    let ends = tag.get(name.len()).is_none_or(|next| next.is_ascii_whitespace() || matches!(next, b'/' | b'>'));
    ends && tag.get(..name.len()).is_some_and(|it| it.eq_ignore_ascii_case(name.as_bytes()))
}

/// How much of these bytes, behind a `<`, is no tag: a comment, a declaration, or nothing.
fn comment(bytes: &[u8]) -> usize {
    let end = match bytes {
        [b'!', b'-', b'-', ..] => memmem::find(&bytes[1..], b"-->").map(|end| end + 1),
        [b'!' | b'?' | b'/', ..] => memchr(b'>', bytes),
        _ => Some(0),
    };
    end.unwrap_or(bytes.len())
}

/// How much text stands before the end tag of this name.
fn ends(bytes: &[u8], name: &str) -> usize {
    memmem::find_iter(bytes, b"</").find(|at| is_named(&bytes[at + 2..], name)).unwrap_or(bytes.len())
}

/// Where the tag ends whose name begins these bytes, and where its first surplus attribute begins.
fn tag(bytes: &[u8]) -> (usize, Option<usize>) {
    let next = |from: usize, stop: &dyn Fn(u8) -> bool| {
        let rest = bytes.get(from..).unwrap_or_default();
        rest.iter().position(|byte| stop(*byte)).map_or(bytes.len(), |length| from + length)
    };
    let is_space = |byte: u8| byte.is_ascii_whitespace();
    let mut at = next(0, &|byte| is_space(byte) || byte == b'>');
    let mut surplus = None;
    for count in 0.. {
        at = next(at, &|byte| !is_space(byte) && byte != b'/');
        if matches!(bytes.get(at), None | Some(b'>')) {
            break;
        }
        if count == MOST_ATTRIBUTES {
            surplus = Some(at);
        }
        at = next(at + 1, &|byte| is_space(byte) || matches!(byte, b'/' | b'>' | b'='));
        let sign = next(at, &|byte| !is_space(byte));
        if bytes.get(sign) == Some(&b'=') {
            let value = next(sign + 1, &|byte| !is_space(byte));
            at = match bytes.get(value) {
                Some(quote @ (b'"' | b'\'')) => (next(value + 1, &|byte| byte == *quote) + 1).min(bytes.len()),
                _ => next(value, &|byte| is_space(byte) || byte == b'>'),
            };
        }
    }
    (at, surplus)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(count: usize) -> String {
        (0..count).map(|number| format!(" a{number}=\"<b> '>\"")).collect()
    }

    #[test]
    fn what_people_write_stays_as_it_is() {
        for html in
            ["", "a < b", "<p class=x>a</p>", "<a href='/>'>b</a>", "<!-- <p a b=\" -->", "<", "</", "<p", "<p a=\""]
        {
            assert!(matches!(bounded(html), Cow::Borrowed(it) if it == html), "{html}");
        }
        let most = format!("<p{}>é</p>", attributes(MOST_ATTRIBUTES));
        assert_eq!(bounded(&most), most);
    }

    #[test]
    fn surplus_attributes_are_left_out_wherever_the_tag_stands() {
        let kept = attributes(MOST_ATTRIBUTES);
        for before in [
            "",
            "é",
            "<!-- <b c=\" -->",
            "<script>a <b c=\"</script>",
            "<p it's>",
            "<p a=b'c>",
            "<br/>",
            "</p a=\">\">",
        ] {
            let (many, few) = (attributes(3 * MOST_ATTRIBUTES), format!("{before}<p{kept} >x</p>"));
            assert_eq!(bounded(&format!("{before}<p{many}>x</p>")), few, "{before}");
        }
        assert_eq!(bounded(&format!("<p{} é=1", kept)), format!("<p{kept} "));
    }
}
