//! The plain text of a mail → Markdown with the same words: quotations, code, lists and lines that were broken on purpose
//! stay what they are. It knows nothing of MIME.

use std::borrow::Cow;

use crate::archive::html::{fence, line_start, plain};

/// How a text was laid out, and what of it is wanted.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Layout {
    /// Lines that end in a space go on in the next (RFC 3676).
    pub flowed: bool,
    /// That space is taken away (RFC 3676, section 4).
    pub delsp: bool,
    /// Signatures, the lists' footers and what PGP wraps around are left out.
    pub trim: bool,
}

/// The deepest quotation that is shown as one; what is deeper stands in it.
const DEEPEST_LEVELS: usize = 12;
/// A quotation at the end with at least so many lines is folded away.
const FOLDED_LAST_LINES: usize = 6;
/// So is one anywhere with at least so many.
const FOLDED_LINES: usize = 40;

/// A line and how deep it is quoted.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    depth: usize,
    text: String,
}

/// Turns plain text into Markdown.
pub(super) fn markdown(text: &str, layout: Layout) -> String {
    let others = ['\r', '\u{b}', '\u{c}'];
    let one_end = text.contains(others).then(|| text.replace("\r\n", "\n").replace(others, "\n"));
    let text = addresses(one_end.as_deref().unwrap_or(text));
    let (text, signature) = unwrapped(&text, layout.trim);
    let lines = lines(&text, layout);
    let end = lines.iter().position(|line| line.depth == 0 && is_cut(&line.text)).unwrap_or(lines.len());
    let mut out = blocks(&lines[..end], 0);
    if !layout.trim {
        let closing: Vec<&str> = lines[end..].iter().map(|line| line.text.as_str()).collect();
        append(&mut out, &verse(&closing));
        if let Some(signature) = signature {
            append(&mut out, &fence(&signature, ""));
        }
    }
    out.trim_end().to_owned()
}

/// The text with addresses that an archive wrote `ada at tea.example` in their usual form, so that they are masked like
/// all others: those between brackets, and those that have a line to themselves. Elsewhere `at` is a word.
fn addresses(text: &str) -> String {
    if !text.contains(" at ") {
        return text.to_owned();
    }
    let part = |it: &str| !it.is_empty() && it.bytes().all(|b| b.is_ascii_alphanumeric() || b"._+-".contains(&b));
    let is_one = |it: &str| {
        it.split_once(" at ")
            .is_some_and(|(local, host)| part(local) && part(host) && host.trim_matches('.').contains('.'))
    };
    let line = |line: &str| -> String {
        let bare = line.trim_start_matches(['>', ' ', '|']).trim_end();
        if is_one(bare) {
            return line.replacen(" at ", "@", 1);
        }
        let mut out = String::with_capacity(line.len());
        let mut rest = line;
        while let Some(open) = rest.find(['<', '(', '[']) {
            let (before, after) = rest.split_at(open + 1);
            out.push_str(before);
            let inner = &after[..after.find(['>', ')', ']']).unwrap_or(0)];
            let named = inner.strip_prefix("mailto:").unwrap_or(inner);
            if is_one(named) {
                out.push_str(&inner.replacen(" at ", "@", 1));
                rest = &after[inner.len()..];
            } else {
                rest = after;
            }
        }
        out + rest
    };
    if !text.contains(" at ") {
        return text.to_owned();
    }
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// The text that PGP signed, without what it wraps around, and the signature (RFC 9580, section 7).
fn unwrapped(text: &str, trim: bool) -> (String, Option<String>) {
    const BEGIN: &str = "-----BEGIN PGP SIGNED MESSAGE-----\n";
    const SIGNATURE: &str = "-----BEGIN PGP SIGNATURE-----";
    const END: &str = "-----END PGP SIGNATURE-----";
    let (Some(begin), Some(at)) = (text.find(BEGIN), text.find(SIGNATURE)) else { return (text.to_owned(), None) };
    let Some(end) = text[at..].find(END).map(|end| at + end + END.len()).filter(|_| begin < at) else {
        return (text.to_owned(), None);
    };
    let signed = &text[begin + BEGIN.len()..at];
    let signed = signed.split_once("\n\n").filter(|(head, _)| head.starts_with("Hash:")).map_or(signed, |(_, it)| it);
    let plain: String = signed.split_inclusive('\n').map(|line| line.strip_prefix("- ").unwrap_or(line)).collect();
    let whole = format!("{}{plain}{}", &text[..begin], &text[end..]);
    (whole, (!trim).then(|| text[at..end].to_owned()))
}

/// Lines with their depths, those that flow joined.
fn lines(text: &str, layout: Layout) -> Vec<Line> {
    let mut out: Vec<Line> = Vec::new();
    let mut flows = false;
    for raw in text.split('\n') {
        let (depth, rest) = quoted(raw, layout.flowed);
        let rest: Cow<'_, str> = match rest.contains('\r') {
            true => rest.replace('\r', "").into(),
            false => rest.into(),
        };
        let cut = rest == "-- ";
        let going = layout.flowed && rest.ends_with(' ') && !cut;
        let kept = if going && layout.delsp { &rest[..rest.len() - 1] } else { &*rest };
        match out.last_mut() {
            Some(last) if flows && last.depth == depth && !cut => last.text.push_str(kept),
            _ => out.push(Line { depth, text: kept.to_owned() }),
        }
        flows = going;
    }
    for line in &mut out {
        if line.text != "-- " {
            line.text.truncate(line.text.trim_end().len());
        }
    }
    out
}

/// How deep a line is quoted, and what is left of it.
fn quoted(line: &str, flowed: bool) -> (usize, &str) {
    // A mailbox writes a line that began with `From ` so.
    if line.starts_with(">From ") {
        return (0, &line[1..]);
    }
    let mut rest = line;
    let mut depth = 0;
    loop {
        if let Some(after) = rest.strip_prefix('>') {
            rest = after;
        } else if let Some(after) = rest.strip_prefix(" >").filter(|_| depth > 0) {
            rest = after;
        } else {
            break;
        }
        depth += 1;
    }
    let stuffed = depth > 0 || flowed;
    (depth.min(DEEPEST_LEVELS), if stuffed { rest.strip_prefix(' ').unwrap_or(rest) } else { rest })
}

/// Where the text ends and the signature or the list's footer begins.
fn is_cut(line: &str) -> bool {
    line == "-- " || line.len() >= 30 && line.bytes().all(|b| b == b'_')
}

/// What stands at a depth and deeper, as Markdown.
fn blocks(lines: &[Line], depth: usize) -> String {
    let mut out = String::new();
    let mut at = 0;
    while at < lines.len() {
        let deeper = lines[at].depth > depth;
        // Empty lines between two quoted ones belong to the quotation.
        let mut end = at + 1;
        while end < lines.len() && (lines[end].depth > depth) == deeper {
            end += 1;
        }
        let part = &lines[at..end];
        if deeper {
            let inner = blocks(part, depth + 1);
            let last = lines[end..].iter().all(|line| line.text.is_empty()) && !out.is_empty();
            let shown = if depth == 0 && (part.len() >= FOLDED_LINES || last && part.len() >= FOLDED_LAST_LINES) {
                folded(&quotation(&inner), part.len())
            } else {
                quotation(&inner)
            };
            append(&mut out, &shown);
        } else {
            append(&mut out, &own(part));
        }
        at = end;
    }
    out
}

fn quotation(inner: &str) -> String {
    let each = inner.lines().map(|line| if line.is_empty() { String::from(">") } else { format!("> {line}") });
    each.collect::<Vec<_>>().join("\n")
}

fn folded(inner: &str, lines: usize) -> String {
    if inner.trim_matches(['>', ' ', '\n']).is_empty() {
        return String::new();
    }
    format!("<details>\n<summary>{lines} quoted lines</summary>\n\n{inner}\n\n</details>")
}

fn append(out: &mut String, block: &str) {
    if !block.is_empty() {
        if !out.is_empty() {
            out.push_str("\n\n");
        }
        out.push_str(block);
    }
}

/// Lines of one depth: patches, code and paragraphs.
fn own(lines: &[Line]) -> String {
    let mut out = String::new();
    let mut at = 0;
    while at < lines.len() {
        if lines[at].text.is_empty() {
            at += 1;
        } else if begins_patch(&lines[at..]) {
            append(&mut out, &fence(&joined(&lines[at..]), "diff"));
            at = lines.len();
        } else if is_indented(&lines[at].text) {
            let mut end = at + 1;
            // Code goes on over empty lines.
            while lines.get(end).is_some_and(|line| line.text.is_empty() || is_indented(&line.text)) {
                end += 1;
            }
            append(&mut out, &fence(&dedented(&lines[at..end]), ""));
            at = end;
        } else if let Some(length) = code(&lines[at..]) {
            append(&mut out, &fence(&joined(&lines[at..at + length]), ""));
            at += length;
        } else {
            let length = lines[at..].iter().position(|line| line.text.is_empty() || is_indented(&line.text));
            // An indented line goes on with a list's item that stands right above it.
            let mut end = at + length.unwrap_or(lines.len() - at);
            while lines.get(end).is_some_and(|line| is_indented(&line.text)) && is_item(&lines[at].text).is_some() {
                end += 1;
            }
            let texts: Vec<&str> = lines[at..end].iter().map(|line| line.text.as_str()).collect();
            append(&mut out, &paragraph(&texts));
            at = end;
        }
    }
    out
}

/// A difference between two files begins here: both names, and the place of a change (POSIX `diff -u`).
fn begins_patch(lines: &[Line]) -> bool {
    let start = |it: &str| {
        it.starts_with("diff --git ") || it.starts_with("--- ") || it.starts_with("Index: ") || it.starts_with("diff -")
    };
    let near = lines.iter().take(8).map(|line| line.text.as_str());
    start(&lines[0].text)
        && near.clone().any(|it| it.starts_with("+++ "))
        && near.clone().any(|it| it.starts_with("--- "))
}

/// How many of the lines are code that begins without an indent: what stands together, opens something and goes on
/// indented.
fn code(lines: &[Line]) -> Option<usize> {
    let together = lines.iter().position(|line| line.text.is_empty()).unwrap_or(lines.len());
    let opens = lines[0].text.ends_with([':', '{', '(', ';', ',']) && lines[0].text.contains(['(', '{', ';', '=']);
    let goes_on = lines[..together].get(1).is_some_and(|line| is_indented(&line.text));
    (opens && goes_on && is_item(&lines[0].text).is_none()).then_some(together)
}

fn is_indented(text: &str) -> bool {
    text.starts_with("    ") || text.starts_with('\t')
}

fn joined(lines: &[Line]) -> String {
    let text = lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n");
    text.trim_matches('\n').to_owned()
}

fn dedented(lines: &[Line]) -> String {
    let text = joined(lines).replace('\t', "        ");
    let indent =
        text.lines().filter(|line| !line.is_empty()).map(|line| line.len() - line.trim_start_matches(' ').len());
    let indent = indent.min().unwrap_or(0);
    text.lines().map(|line| line.get(indent..).unwrap_or("")).collect::<Vec<_>>().join("\n")
}

/// The mark of a list's item and the words behind it.
fn is_item(line: &str) -> Option<(&str, &str)> {
    let text = line.trim_start();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let mark = match text.as_bytes().first()? {
        b'-' | b'*' | b'+' => 1,
        _ if (1..=2).contains(&digits) && matches!(text.as_bytes().get(digits), Some(b'.' | b')')) => digits + 1,
        _ => return None,
    };
    let words = text[mark..].strip_prefix(' ')?.trim_start();
    (!words.is_empty()).then_some((&text[..mark], words))
}

/// Lines that stand together. Each that leaves room for the next one's first word was broken on purpose.
fn paragraph(lines: &[&str]) -> String {
    let width = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0).min(76);
    let mut out = String::new();
    let mut listed = false;
    for (at, line) in lines.iter().enumerate() {
        match is_item(line) {
            Some((mark, words)) if at == 0 || listed => {
                out.push_str(&format!("{mark} {}", plain(words)));
                listed = true;
            }
            Some((mark, words)) if lines.len() > 1 && mark.len() == 1 => {
                // A list below the line that announces it needs an empty line between.
                out.push_str(&format!("\n{mark} {}", plain(words)));
                listed = true;
            }
            _ if listed => out.push_str(&format!("  {}", line_start(&plain(line.trim())))),
            _ => out.push_str(&line_start(&plain(line.trim()))),
        }
        if let Some(next) = lines.get(at + 1) {
            let word = next.split_whitespace().next().map_or(0, |word| word.chars().count());
            let short = line.chars().count() + 1 + word < width.saturating_sub(2).max(40);
            out.push_str(if short && !listed && is_item(next).is_none() { "\\\n" } else { "\n" });
        }
    }
    out
}

/// Lines as they stand, each on its own.
fn verse(lines: &[&str]) -> String {
    let parts = lines.split(|line| line.trim().is_empty()).filter(|part| !part.is_empty());
    let each = parts.map(|part| {
        let lines: Vec<String> = part.iter().map(|line| line_start(&plain(line.trim()))).collect();
        lines.join("\\\n")
    });
    each.collect::<Vec<_>>().join("\n\n")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn md(text: &str) -> String {
        markdown(text, Layout::default())
    }

    /// The words that a page shows.
    fn words(text: &str) -> Vec<String> {
        let body = crate::content::body_of(text.as_bytes(), &crate::config::Policy::default());
        let text = crate::markdown::text(&body, &[]);
        text.split(|c: char| !c.is_alphanumeric()).filter(|it| !it.is_empty()).map(str::to_owned).collect()
    }

    #[test]
    fn quotations_stay_quotations_and_signs_stay_signs() {
        assert_eq!(
            md("Ada wrote:\n> > one\n> two\n\n# No *heading*\n"),
            "Ada wrote:\n\n> > one\n>\n> two\n\n\\# No \\*heading\\*"
        );
        assert_eq!(md(">From here on\n"), "From here on");
    }

    #[test]
    fn flowed_lines_are_joined_and_others_are_broken_where_their_author_broke_them() {
        let flowed = Layout { flowed: true, ..Layout::default() };
        assert_eq!(markdown("One \ntwo \nthree.\n> four \n> five\n", flowed), "One two three.\n\n> four five");
        let long = "This line is as long as lines of mail are wont to be, so it goes on in\nthe next one.\nBut this\nis verse.";
        assert_eq!(
            md(long),
            "This line is as long as lines of mail are wont to be, so it goes on in\nthe next one.\\\nBut this\\\nis verse."
        );
    }

    #[test]
    fn code_and_patches_are_code() {
        assert_eq!(md("Try:\n\n    a *b*\n\n      c\n\nDone."), "Try:\n\n```\na *b*\n\n  c\n```\n\nDone.");
        let patch = "Fixed.\n\ndiff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n\n c\n-- \n2.1\n";
        assert_eq!(
            md(patch),
            "Fixed.\n\n```diff\ndiff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n\n c\n```\n\n\\--\\\n2\\.1"
        );
    }

    #[test]
    fn addresses_that_an_archive_spelled_out_are_addresses_again() {
        assert_eq!(
            addresses("Ada <ada at tea.example> wrote:\n> tea at tea.example\nlook at tea.example now"),
            "Ada <ada@tea.example> wrote:\n> tea@tea.example\nlook at tea.example now"
        );
    }

    #[test]
    fn code_may_begin_without_an_indent() {
        assert_eq!(
            md("def cup(a):\n    return a\n\nFine (so\nit is):"),
            "```\ndef cup(a):\n    return a\n```\n\nFine (so\\\nit is):"
        );
    }

    #[test]
    fn lists_stay_lists() {
        assert_eq!(md("Two things:\n- one\n- two\n  more\n"), "Two things:\n\n- one\n- two\n  more");
        assert_eq!(md("1) one\n2) two"), "1) one\n2) two");
    }

    #[test]
    fn signatures_and_what_pgp_wraps_go_where_that_is_asked_for() {
        let signed = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA1\n\nHello\n- -- \nAda\n-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END PGP SIGNATURE-----\n";
        let trim = Layout { trim: true, ..Layout::default() };
        assert_eq!(markdown(signed, trim), "Hello");
        let kept = md(signed);
        assert!(kept.contains("Ada") && kept.contains("iQ=="), "{kept}");
        assert_eq!(markdown("Hi\n_______________________________________________\nlist mailing list\n", trim), "Hi");
    }

    #[test]
    fn a_long_quotation_at_the_end_is_folded() {
        let quote = "> tea\n".repeat(9);
        let folded = md(&format!("Yes.\n\nAda wrote:\n{quote}"));
        assert!(
            folded.starts_with("Yes.\n\nAda wrote:\n\n<details>\n<summary>9 quoted lines</summary>\n\n> tea"),
            "{folded}"
        );
        assert!(md(&quote).starts_with("> tea"));
    }

    proptest! {
        #[test]
        fn no_word_is_lost(text in "([ -~é]{0,30}\n){0,12}", flowed: bool) {
            let layout = Layout { flowed, ..Layout::default() };
            let made = markdown(&text, layout);
            // What is said of the number of lines is not the author's.
            let shown: Vec<String> = words(&made);
            for word in text.split(|c: char| !c.is_alphanumeric()).filter(|it| !it.is_empty()) {
                let there = shown.iter().any(|it| it.contains(word)) || shown.concat().contains(word);
                prop_assert!(there, "{word} of {text:?} in {made:?}");
            }
        }
    }
}
