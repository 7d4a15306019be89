//! A name is one that readers can see, and claims nothing.

use unicode_normalization::char::is_combining_mark;

use super::roles::reads_as_role;
use super::{Context, Judge, Row};
use crate::content::{Role, blank, ignorable, look};
use crate::diagnostic::{Diagnostic, Rule, Severity, Spot};

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "name-shape", severity: Severity::Warning }, judge: Judge::Forum(judge) };

/// The most characters of a name.
const MOST_CHARACTERS: usize = 80;
/// The most marks on one letter. Orthographies that pile them have three.
const MOST_MARKS: usize = 3;

fn judge(context: &Context<'_>, faults: &mut Vec<Diagnostic>) {
    let title = &context.forum.settings.title;
    for person in context.forum.people.iter().filter(|person| !person.anonymous()) {
        let Some(file) = &person.file else { continue };
        let (name, at) = match &file.member.name {
            Some(name) => (name.value.as_str(), name.at),
            None => (person.handle.as_str(), Spot::START),
        };
        // Whoever has a role may say so.
        let may = matches!(person.role(), Role::Moderator | Role::Maintainer);
        if let Some((message, hint)) = seen(name).or_else(|| claim(name, title).filter(|_| !may)) {
            faults.push(ROW.rule.at(context.path(&file.path), at, message, hint));
        }
    }
    for (person, first) in context.newcomers() {
        faults.extend(of_author(&person.name, title, &first.path, first.at));
    }
}

/// What is wrong with the name of somebody who has no file, told at `path`, their first post, which names them at `at`.
pub(super) fn of_author(name: &str, title: &str, path: &str, at: Spot) -> Option<Diagnostic> {
    // Where a commit has no name, pages say so.
    let (message, _) = seen(name).filter(|_| !name.is_empty()).or_else(|| claim(name, title))?;
    let short: String = name.chars().take(MOST_CHARACTERS).collect();
    let hint = "write another `author`, or add a member's file with a name";
    Some(ROW.rule.at(path, at, format!("`{}`, who wrote this: {message}", short.escape_debug()), hint))
}

/// What of a name isn't seen as it is.
fn seen(name: &str) -> Option<(String, &'static str)> {
    if blank(name) || name.chars().all(|c| c.is_whitespace() || is_combining_mark(c)) {
        return Some((String::from("the name is blank"), "leave `name` out: pages show the handle then"));
    }
    let (mut before, mut marks) = (' ', 0);
    for c in name.chars() {
        marks = if is_combining_mark(c) { marks + 1 } else { 0 };
        if marks > MOST_MARKS {
            return Some((format!("a letter of the name has more than {MOST_MARKS} marks"), "leave them out"));
        }
        let what = match c {
            c if c.is_control() => "a control character",
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                "a direction mark, which reorders the text beside it"
            }
            // Joiners make other forms of letters in some scripts and of emoji, as the selectors of those do.
            '\u{200c}' | '\u{200d}' | '\u{fe0e}' | '\u{fe0f}' if before >= '\u{600}' => "",
            '\u{fe0f}' if before.is_ascii_digit() || matches!(before, '#' | '*') => "",
            c if ignorable(c) => "an invisible character",
            c if badge(c) => "a symbol that looks like a badge of the forum",
            _ => "",
        };
        if !what.is_empty() {
            let message = format!("the name has {what}: `{}` (U+{:04X})", c.escape_debug(), u32::from(c));
            return Some((message, "leave it out"));
        }
        before = c;
    }
    let length = name.chars().count();
    (length > MOST_CHARACTERS)
        .then(|| (format!("a name has at most {MOST_CHARACTERS} characters, this one has {length}"), "shorten it"))
}

/// Whether a sign beside a name says that it is checked, kept or above others; or begins a handle, as pages show one.
fn badge(c: char) -> bool {
    matches!(
        c,
        '@' | '\u{ff20}' | '\u{fe6b}'
        // Signs of marks: © ® ™ ℠.
        | '\u{a9}' | '\u{ae}' | '\u{2120}' | '\u{2122}'
        // Ticks: ☑ ✅ ✓ ✔ 🗸 🗹.
        | '\u{2611}' | '\u{2705}' | '\u{2713}' | '\u{2714}' | '\u{1f5f8}' | '\u{1f5f9}'
        // Stars: ★ ☆ ✦ to ✰ ⭐ 🌟.
        | '\u{2605}' | '\u{2606}' | '\u{2726}'..='\u{2730}' | '\u{2b50}' | '\u{1f31f}'
        // Crowns and arms: ♔ ♕ ♚ ♛ ⚔ ⚜ ⛨ 👑 🔰 🛡.
        | '\u{2654}' | '\u{2655}' | '\u{265a}' | '\u{265b}' | '\u{2694}' | '\u{269c}' | '\u{26e8}'
        | '\u{1f451}' | '\u{1f530}' | '\u{1f6e1}'
        // Medals: 🎖 🏅 🥇 🥈 🥉.
        | '\u{1f396}' | '\u{1f3c5}' | '\u{1f947}'..='\u{1f949}'
        // What a font makes of its own.
        | '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..
    )
}

/// What a name claims.
fn claim(name: &str, title: &str) -> Option<(String, &'static str)> {
    if reads_as_role(name) {
        return Some((String::from("the name reads as a role that this person doesn't have"), "take another name"));
    }
    (look(name) == look(title)).then(|| (String::from("the name reads as the forum itself"), "take another name"))
}
