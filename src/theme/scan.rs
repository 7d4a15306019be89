//! A template's text → its tags as tokens with their places. Text outside of tags, comments and `raw` blocks are left
//! out. It expects text that Tera has already accepted, so it reports nothing and is lenient about the rest.

/// A word of Tera's language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A name or keyword.
    Name(&'a str),
    /// The inside of a quoted text, its escapes untouched.
    Text(&'a str),
    /// A number.
    Number,
    /// Anything else: `.`, `?.`, `==`, `(` …
    Sign(&'a str),
}

/// A token and the byte at which it begins.
pub(super) type Placed<'a> = (usize, Token<'a>);

/// One `{{ … }}` or `{% … %}`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TemplateTag<'a> {
    /// Whether it prints an expression, `{{ … }}`.
    pub(super) prints: bool,
    /// What stands between its delimiters.
    pub(super) tokens: Vec<Placed<'a>>,
}

/// The signs of more than one letter, longest first.
const SIGNS: [&str; 10] = ["...", "?.", "?[", "==", "!=", "<=", ">=", "**", "//", "</"];

/// The tags of a template, in order.
pub(super) fn tags(text: &str) -> Vec<TemplateTag<'_>> {
    let mut tags = Vec::new();
    let mut at = 0;
    while let Some(open) = text[at..].find('{').map(|found| at + found) {
        let (prints, end) = match text.as_bytes().get(open + 1) {
            Some(b'{') => (true, "}}"),
            Some(b'%') => (false, "%}"),
            Some(b'#') => {
                at = text[open..].find("#}").map_or(text.len(), |close| open + close + 2);
                continue;
            }
            _ => {
                at = open + 1;
                continue;
            }
        };
        let (tokens, after) = tokens(text, open + 2, end);
        at = after;
        let first = tokens.iter().find(|&&(_, token)| token != Token::Sign("-"));
        if !prints && first.is_some_and(|&(_, token)| token == Token::Name("raw")) {
            at = text[at..].find("endraw").map_or(text.len(), |close| at + close);
            continue;
        }
        tags.push(TemplateTag { prints, tokens });
    }
    tags
}

/// The tokens from byte `at` up to `end`, and the byte after it.
fn tokens<'a>(text: &'a str, mut at: usize, end: &str) -> (Vec<Placed<'a>>, usize) {
    let mut tokens = Vec::new();
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        if rest.starts_with(end) {
            return (tokens, at + end.len());
        }
        let (token, length) = match first {
            quote @ ('"' | '\'' | '`') => {
                let inside = quoted(&rest[1..], quote);
                (Some(Token::Text(inside)), (inside.len() + 2).min(rest.len()))
            }
            '0'..='9' => {
                let length = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
                (Some(Token::Number), length)
            }
            'a'..='z' | 'A'..='Z' | '_' => {
                let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
                (Some(Token::Name(&rest[..length])), length)
            }
            blank if blank.is_whitespace() => (None, blank.len_utf8()),
            other => {
                let length =
                    SIGNS.iter().find(|sign| rest.starts_with(**sign)).map_or(other.len_utf8(), |sign| sign.len());
                (Some(Token::Sign(&rest[..length])), length)
            }
        };
        tokens.extend(token.map(|token| (at, token)));
        at += length;
    }
    (tokens, text.len())
}

/// The text up to the closing quote, which a backslash can escape.
fn quoted(text: &str, quote: char) -> &str {
    let mut escaped = false;
    let end = text.find(|letter| {
        let closes = letter == quote && !escaped;
        escaped = letter == '\\' && !escaped;
        closes
    });
    &text[..end.unwrap_or(text.len())]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(text: &str) -> Vec<String> {
        tags(text).into_iter().flat_map(|tag| tag.tokens).map(|(_, token)| format!("{token:?}")).collect()
    }

    #[test]
    fn tags_become_tokens_with_their_places() {
        let tags = tags("é{{- post.author?.name | safe -}} {% if a == 1.5 %}");
        assert!(tags[0].prints);
        assert_eq!(tags[0].tokens[1], (6, Token::Name("post")));
        assert_eq!(tags[0].tokens[4], (17, Token::Sign("?.")));
        assert_eq!(tags[1].tokens[2], (43, Token::Sign("==")));
        assert_eq!(tags[1].tokens[3].1, Token::Number);
    }

    #[test]
    fn comments_raw_blocks_and_plain_text_hold_no_tokens() {
        assert_eq!(words("{# {{ a }} #} { b } {%- raw %}{{ c }}{% endraw %}{{ d }}"), [r#"Name("d")"#]);
    }

    #[test]
    fn delimiters_in_quotes_do_not_end_a_tag() {
        assert_eq!(words(r#"{{ "}} \" '" ~ x }}"#), [r#"Text("}} \\\" '")"#, r#"Sign("~")"#, r#"Name("x")"#]);
    }

    proptest! {
        #[test]
        fn any_text_can_be_scanned(text in "[ -~é\\n{}%#\"']{0,80}") {
            for tag in tags(&text) {
                for (at, _) in tag.tokens {
                    prop_assert!(text.is_char_boundary(at));
                }
            }
        }
    }
}
