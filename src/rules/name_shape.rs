//! A member's name is one that readers can see, and claims nothing.

use unicode_normalization::char::is_combining_mark;

use super::{Context, Judge, Row};
use crate::content::{Person, Role, blank, ignorable, look};
use crate::diagnostic::{Diagnostic, Rule, Severity, Spot};

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "name-shape", severity: Severity::Warning }, judge: Judge::Forum(judge) };

/// The most characters of a name.
const MOST_CHARACTERS: usize = 80;

/// Words that say what somebody may do, in any case, as a word of a name, with `s` or digits behind them or not.
const ROLES: [&str; 5] = ["admin", "administrator", "maintainer", "moderator", "official"];
/// Words that do so when they are the whole name. In others they may be part of a name: Ham, T. J. Mod.
const ROLES_ALONE: [&str; 6] = ["bot", "mod", "owner", "staff", "support", "system"];
/// The most marks on one letter. Orthographies that pile them have three.
const MOST_MARKS: usize = 3;

fn judge(context: &Context<'_>, faults: &mut Vec<Diagnostic>) {
    let claims = Claims {
        roles: ROLES.map(look),
        roles_alone: ROLES_ALONE.map(look),
        forum: look(&context.forum.settings.title),
    };
    for person in context.forum.people.iter().filter(|person| !person.anonymous()) {
        let Some(file) = &person.file else { continue };
        let (name, at) = match &file.member.name {
            Some(name) => (name.value.as_str(), name.at),
            None => (person.handle.as_str(), Spot::START),
        };
        if let Some((message, hint)) = seen(name).or_else(|| claims.fault(name, person)) {
            faults.push(ROW.rule.at(context.path(&file.path), at, message, hint));
        }
    }
}

/// What of a name isn't seen as it is.
fn seen(name: &str) -> Option<(String, &'static str)> {
    if name.is_empty() {
        return None;
    }
    if blank(name) || name.chars().all(|c| c.is_whitespace() || is_combining_mark(c)) {
        return Some((String::from("the name shows nothing"), "leave `name` out: pages show the handle then"));
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
                "a mark of direction, which moves what stands beside it"
            }
            // Joiners make other forms of letters in some scripts and of emoji, as the selectors of those do.
            '\u{200c}' | '\u{200d}' | '\u{fe0e}' | '\u{fe0f}' if before >= '\u{600}' => "",
            '\u{fe0f}' if before.is_ascii_digit() || matches!(before, '#' | '*') => "",
            c if ignorable(c) => "a character that isn't seen",
            c if badge(c) => "a sign that reads as a mark of the forum's own",
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

/// What names may not claim, as it looks.
struct Claims {
    /// Words in a name.
    roles: [String; ROLES.len()],
    /// Whole names.
    roles_alone: [String; ROLES_ALONE.len()],
    /// The forum's title.
    forum: String,
}

impl Claims {
    fn fault(&self, name: &str, person: &Person) -> Option<(String, &'static str)> {
        // Whoever has a role may say so.
        if matches!(person.role(), Role::Moderator | Role::Maintainer) {
            return None;
        }
        let whole = look(name);
        let words = name.split(|c: char| !c.is_alphanumeric() && !ignorable(c)).filter(|word| !word.is_empty());
        // One of several, or with a number.
        let bare = |look: String| {
            let bare = look.trim_end_matches(|c: char| c.is_ascii_digit());
            [bare, bare.strip_suffix('s').unwrap_or(bare)].map(str::to_owned)
        };
        let is_role = |look: String| bare(look).iter().any(|look| self.roles.contains(look));
        let alone = bare(whole.clone()).iter().any(|look| self.roles_alone.contains(look));
        if alone || is_role(whole.clone()) || words.map(look).any(is_role) {
            return Some((String::from("the name reads as a role, which this member hasn't"), "take another name"));
        }
        (whole == self.forum).then(|| (String::from("the name reads as the forum itself"), "take another name"))
    }
}
