//! A proposal and what is to land of it → the message of its merge commit: what it is about, whose it is, which it was.

use super::Proposal;

/// The longest first line, in characters.
const LINE_CHARACTERS: usize = 100;

/// The message of a merge commit.
pub(super) fn message(proposal: &Proposal, by: Option<&str>, subject: &str, renamed: &[(String, String)]) -> String {
    let name = match proposal.number {
        Some(number) => format!("proposal {number}"),
        None => plain(&proposal.name),
    };
    let by = by.map_or_else(String::new, |by| format!(" by {}", plain(by)));
    let line = format!("Merge {name}{by}: {}", plain(subject));
    let mut text: String = line.chars().take(LINE_CHARACTERS).collect();
    if text.len() < line.len() {
        text.push('…');
    }
    if !renamed.is_empty() {
        text.push_str("\n\nTheir names were taken:\n");
        renamed.iter().for_each(|(from, to)| text.push_str(&format!("\n- {} is now {}", plain(from), plain(to))));
    }
    text
}

/// One line of a message, without what a forge would obey: `[skip ci]` keeps the site from being built, `closes #1`
/// closes an issue, `@name` calls somebody.
fn plain(text: &str) -> String {
    let letters = text.chars().filter_map(|c| match c {
        '[' => Some('('),
        ']' => Some(')'),
        '#' | '@' => None,
        c if crate::diagnostic::hostile(c) => Some(' '),
        c => Some(c),
    });
    letters.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use git2::Oid;

    use super::*;

    fn said(name: &str, number: Option<u64>, subject: &str, renamed: &[(&str, &str)]) -> String {
        let proposal = Proposal { name: name.into(), number, head: Oid::ZERO_SHA1 };
        let renamed: Vec<_> = renamed.iter().map(|(from, to)| ((*from).into(), (*to).into())).collect();
        message(&proposal, Some("ada"), subject, &renamed)
    }

    #[test]
    fn a_message_tells_what_by_whom_and_which() {
        assert_eq!(said("12", Some(12), "Tea?", &[]), "Merge proposal 12 by ada: Tea?");
        assert_eq!(
            said("reply", None, "Tea?", &[("a/b.md", "a/b-2.md")]),
            "Merge reply by ada: Tea?\n\nTheir names were taken:\n\n- a/b.md is now a/b-2.md"
        );
    }

    #[test]
    fn a_title_can_give_no_orders_to_a_forge() {
        assert_eq!(
            said("x", None, "[skip ci] closes #1 @bob\n\nskip-checks: true\u{202e}", &[]),
            "Merge x by ada: (skip ci) closes 1 bob skip-checks: true"
        );
        assert_eq!(said("x", None, &"é".repeat(300), &[]).chars().count(), LINE_CHARACTERS + 1);
    }
}
