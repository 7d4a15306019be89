//! A body in → its words alone out: for excerpts, and whatever else wants no markup. Holes don't have to be filled, but
//! members are shown under the names that fillings give them.

use super::escape;
use super::holes::{Body, END, Filling, LEAD, MENTION, SEPARATOR};

/// The tags that don't part words.
const WITHIN_WORDS: &[&str] = &[
    "a", "abbr", "b", "code", "del", "em", "i", "ins", "kbd", "mark", "q", "rp", "rt", "ruby", "s", "small", "span",
    "strong", "sub", "sup", "u", "wbr",
];

/// Elements that this module added: their words are not the author's. None holds an element of its own name.
const ADDED: &[(&str, &str)] = &[
    ("<sup class=\"footnote\">", "</sup>"),
    ("<a class=\"footnote-back\"", "</a>"),
    ("<p class=\"alert-title\">", "</p>"),
    ("<summary class=\"untitled\">", "</summary>"),
];

/// Elements that say little about a post: what others said, and code.
const ASIDE: &[&str] = &["blockquote", "pre", "section"];

/// All words of a post, with one space between them.
#[must_use]
pub fn text(body: &Body, fillings: &[Filling<'_>]) -> String {
    let mut words = Words::new(usize::MAX);
    words.read(body.as_str(), fillings, &[]);
    words.cut()
}

/// The first words of a post, at most `characters` of them in characters, followed by `…` when there is more. What it
/// quotes, its code and its footnotes are left out, unless there is nothing else; `…` stands for them between words.
#[must_use]
pub fn excerpt(body: &Body, fillings: &[Filling<'_>], characters: usize) -> String {
    let mut words = Words::new(characters);
    words.read(body.as_str(), fillings, ASIDE);
    if words.out.is_empty() {
        words.read(body.as_str(), fillings, &[]);
    }
    words.cut()
}

/// Words with one space between them; at least `characters` characters of them, if there are so many.
struct Words {
    out: String,
    characters: usize,
    count: usize,
    /// Something was left out since the last word.
    gap: bool,
}

impl Words {
    fn new(characters: usize) -> Self {
        Words { out: String::with_capacity(characters.min(1 << 10) + 64), characters, count: 0, gap: false }
    }

    /// Adds the words of `html`, but for those in `left_out` elements.
    fn read(&mut self, html: &str, fillings: &[Filling<'_>], left_out: &[&str]) {
        let mut rest = html;
        let mut depth = 0_usize;
        let mut plain = String::with_capacity(self.out.capacity());
        while !rest.is_empty() && !self.is_enough() {
            let Some(tag_at) = memchr::memchr(b'<', rest.as_bytes()) else {
                self.add(&mut plain, rest, fillings, depth > 0);
                break;
            };
            self.add(&mut plain, &rest[..tag_at], fillings, depth > 0);
            rest = &rest[tag_at..];
            if let Some((_, end)) = ADDED.iter().find(|(start, _)| rest.starts_with(start)) {
                rest = rest.split_once(end).map_or("", |(_, after)| after);
                continue;
            }
            let (tag, after) = rest.split_once('>').unwrap_or((rest, ""));
            rest = after;
            let closing = tag.starts_with("</");
            let name = tag.trim_start_matches(['<', '/']);
            let (name, attributes) = name.split_once(|c: char| c.is_ascii_whitespace()).unwrap_or((name, ""));
            if left_out.contains(&name) {
                depth = if closing { depth.saturating_sub(1) } else { depth + 1 };
                self.gap = !self.out.is_empty();
            }
            if name == "img" {
                let alt =
                    attributes.split_once("alt=\"").and_then(|(_, alt)| alt.split_once('"')).map_or("", |(alt, _)| alt);
                self.add(&mut plain, alt, &[], depth > 0);
            } else if !WITHIN_WORDS.contains(&name) {
                self.add(&mut plain, " ", &[], depth > 0);
            }
        }
    }

    /// Adds a piece of HTML text.
    fn add(&mut self, plain: &mut String, html: &str, fillings: &[Filling<'_>], hidden: bool) {
        if hidden {
            return;
        }
        plain.clear();
        let named;
        let html = match memchr::memchr(LEAD[0], html.as_bytes()) {
            Some(_) => {
                named = name_members(html, fillings);
                named.as_str()
            }
            None => html,
        };
        escape::unescape(plain, html);
        for (at, word) in plain.split(char::is_whitespace).enumerate() {
            if at > 0 && !self.out.is_empty() && !self.out.ends_with(' ') {
                self.out.push(' ');
                self.count += 1;
            }
            if self.is_enough() {
                break;
            }
            if self.gap && !word.is_empty() {
                self.gap = false;
                self.out.push_str("… ");
                self.count += 2;
            }
            self.out.push_str(word);
            self.count += word.chars().count();
        }
    }

    /// Whether there is more than fits: a character beyond, and a space before it.
    fn is_enough(&self) -> bool {
        self.count > self.characters.saturating_add(1)
    }

    /// The words that fit.
    fn cut(mut self) -> String {
        self.out.truncate(self.out.trim_end().len());
        let Some((end, next)) = self.out.char_indices().nth(self.characters) else { return self.out };
        let fitting = &self.out[..end];
        let whole = match fitting.rfind(' ') {
            Some(space) if next != ' ' => &fitting[..space],
            _ => fitting,
        };
        format!("{}…", whole.trim_end_matches([' ', '…']))
    }
}

/// HTML text with its mentions as words.
fn name_members(html: &str, fillings: &[Filling<'_>]) -> String {
    let mut out = String::with_capacity(html.len());
    let mut parts = html.split(MENTION);
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let hole = part.split_once(END).and_then(|(hole, rest)| Some((hole.split_once(SEPARATOR)?, rest)));
        let Some(((number, handle), rest)) = hole else { continue };
        out.push('@');
        match number.parse().ok().and_then(|number: usize| fillings.get(number)) {
            Some(Filling::Member { name, .. }) => escape::push_text(&mut out, name),
            _ => out.push_str(handle),
        }
        out.push_str(rest);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markdown::{Limits, render};

    fn body(text: &str) -> Body {
        render(text, &Limits::default()).body
    }

    fn short(text: &str, characters: usize) -> String {
        excerpt(&body(text), &[], characters)
    }

    #[test]
    fn an_excerpt_is_cut_at_a_word() {
        assert_eq!(short("one *two* three", 100), "one two three");
        assert_eq!(short("one *two* three", 13), "one two three");
        assert_eq!(short("one *two* three", 12), "one two…");
        assert_eq!(short("one *two* three", 7), "one two…");
        assert_eq!(short("one *two* three", 6), "one…");
        assert_eq!(short("überlang", 4), "über…");
        assert_eq!(short("", 4), "");
    }

    #[test]
    fn quotes_and_code_are_left_out_when_there_is_more() {
        assert_eq!(short("> quoted\n\n```\ncode\n```\n\nown[^1]\n\n[^1]: note", 100), "own");
        assert_eq!(short("like this:\n\n```\ncode\n```\n\n> quoted\n\nand *that*", 100), "like this: … and that");
        assert_eq!(short("like this:\n\n> quoted\n\nand that", 14), "like this:…");
        assert_eq!(short("> quoted\n>> deeper\n\n```\ncode\n```", 100), "quoted deeper code");
    }

    #[test]
    fn markup_of_ours_is_no_word() {
        let source =
            "# A\n\n> [!NOTE]\n> b &amp; <c>\n\n- [x] d\n- e\n\n|f|g|\n|-|-|\n|h|i|\n\nj[^1]k ![l](m)\n\n[^1]: n";
        assert_eq!(text(&body(source), &[]), "A b & <c> d e f g h i jk l n");
    }

    #[test]
    fn members_are_shown_under_their_names() {
        let member = Filling::Member { name: "Ada <L>".into(), address: None };
        assert_eq!(text(&body("@ada, @bob"), &[member]), "@Ada <L>, @bob");
    }
}
