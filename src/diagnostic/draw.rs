//! Diagnostics in → lines for a person, a log, a forge or a program out. Text from content is escaped: it may carry what
//! a terminal or a forge would obey.

use std::fmt::Write;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::{Diagnostic, Severity, Spot};

/// The forms in which diagnostics are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// With the line at fault and the hint, for a person.
    Full,
    /// `path:line:column: severity[rule]: message; hint`, one a line; without the place where it is about no file.
    Short,
    /// As annotations that GitHub shows at the lines of a proposal:
    /// <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>.
    Github,
}

/// Whether a terminal or a forge may obey this character, or show what follows otherwise than it is. All such are of
/// Unicode's first plane.
#[must_use]
pub fn hostile(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Any text with its control characters, and those that change the direction of what follows, made visible.
#[must_use]
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if hostile(c) {
            let _ = write!(out, "{}", c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

/// Draws one diagnostic. `line` is the text of the line at fault, where it is to be had; only the full form shows it.
#[must_use]
pub fn draw(diagnostic: &Diagnostic, form: Form, line: Option<&str>, colour: bool) -> String {
    match form {
        Form::Full => full(diagnostic, line, colour),
        Form::Short => short(diagnostic),
        Form::Github => github(diagnostic),
    }
}

fn short(it: &Diagnostic) -> String {
    let Diagnostic { path, at, code, severity, message, hint } = it;
    let (path, word) = (visible(path), severity.word());
    let hint = if hint.is_empty() { String::new() } else { format!("; {}", visible(hint)) };
    // What is about no file has no place.
    let place = if path.is_empty() { String::new() } else { format!("{path}:{}:{}: ", at.line, at.column) };
    format!("{place}{word}[{code}]: {}{hint}\n", visible(message))
}

fn github(it: &Diagnostic) -> String {
    let command = match it.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "notice",
    };
    let data = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    let (path, message) = (property(&visible(&it.path)), data(&visible(&it.message)));
    let hint = if it.hint.is_empty() { String::new() } else { format!("%0A{}", data(&visible(&it.hint))) };
    let (at, code) = (it.at, &it.code);
    let place =
        if path.is_empty() { String::new() } else { format!("file={path},line={},col={},", at.line, at.column) };
    format!("::{command} {place}title={code}::{message}{hint}\n")
}

/// A place farther from the start of its line, in characters, is told without the line: no terminal is so wide, and each
/// fault of a long line would show all of it.
const FARTHEST_COLUMNS: usize = 1000;
/// So many characters of a line are shown from the place on.
const SHOWN_COLUMNS: usize = 200;

fn full(it: &Diagnostic, line: Option<&str>, colour: bool) -> String {
    let level = match it.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Hint => Level::NOTE.with_name("hint"),
    };
    let (message, path, hint) = (visible(&it.message), visible(&it.path), visible(&it.hint));
    let line =
        line.filter(|_| it.at.column as usize <= FARTHEST_COLUMNS).map(|line| shown(line, it.at.column as usize));
    let mut group = Group::with_title(level.primary_title(message.as_str()).id(it.code.as_str()));
    if let Some((text, start)) = &line {
        let end = text[*start..].find([' ', ',', ')', ']']).map_or(text.len(), |length| start + length.max(1));
        group = group.element(
            Snippet::source(text.as_str())
                .line_start(it.at.line as usize)
                .path(path.as_str())
                .annotation(AnnotationKind::Primary.span(*start..end)),
        );
    } else if !path.is_empty() {
        // What has no text, as a folder, has no lines.
        let origin = annotate_snippets::Origin::path(path.as_str());
        group = group.element(match it.at {
            Spot::START => origin,
            Spot { line, column } => origin.line(line as usize).char_column(column as usize),
        });
    }
    if !hint.is_empty() {
        group = group.element(Level::HELP.message(hint.as_str()));
    }
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&[group]) + "\n"
}

/// The line as it can be shown, and where in it (in bytes) the character of this column stands.
fn shown(line: &str, column: usize) -> (String, usize) {
    let at = line.char_indices().nth(column.saturating_sub(1)).map_or(line.len(), |(index, _)| index);
    let before = visible(&line[..at]);
    let start = before.len();
    let end = line[at..].char_indices().nth(SHOWN_COLUMNS).map_or(line.len(), |(length, _)| at + length);
    (before + &visible(line[at..end].trim_end()), start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Rule;

    static RULE: Rule = Rule { name: "unknown-field", severity: Severity::Error };

    fn fault() -> Diagnostic {
        RULE.at("content/a.yml", Spot { line: 3, column: 1 }, "unknown field `titel`", "did you mean `title`?")
    }

    #[test]
    fn the_short_form_is_one_line() {
        let expected = "content/a.yml:3:1: error[unknown-field]: unknown field `titel`; did you mean `title`?\n";
        assert_eq!(draw(&fault(), Form::Short, None, false), expected);
    }

    #[test]
    fn the_full_form_shows_the_line() {
        let drawn = draw(&fault(), Form::Full, Some("titel: Tea"), false);
        let expected = "\
error[unknown-field]: unknown field `titel`
 --> content/a.yml:3:1
  |
3 | titel: Tea
  | ^^^^^^
  |
  = help: did you mean `title`?
";
        assert_eq!(drawn, expected);
    }

    #[test]
    fn a_folder_has_no_lines() {
        let folder = Diagnostic { path: "content/Tea".into(), at: Spot::START, ..fault() };
        let expected = "\
error[unknown-field]: unknown field `titel`
--> content/Tea
 = help: did you mean `title`?
";
        assert_eq!(draw(&folder, Form::Full, None, false), expected);
    }

    #[test]
    fn what_is_about_no_file_has_no_place() {
        let nowhere = Diagnostic { path: String::new(), at: Spot::START, ..fault() };
        let drawn = [Form::Short, Form::Github, Form::Full].map(|form| draw(&nowhere, form, None, false));
        let expected = [
            "error[unknown-field]: unknown field `titel`; did you mean `title`?\n",
            "::error title=unknown-field::unknown field `titel`%0Adid you mean `title`?\n",
            "error[unknown-field]: unknown field `titel`\n |\n = help: did you mean `title`?\n",
        ];
        assert_eq!(drawn, expected);
    }

    #[test]
    fn of_a_long_line_only_what_is_near_is_shown() {
        let line = "titel: ".to_owned() + &"Tea ".repeat(20_000);
        assert!(draw(&fault(), Form::Full, Some(&line), false).len() < 1000);
        let far = Diagnostic { at: Spot { line: 3, column: 50_000 }, ..fault() };
        let drawn = draw(&far, Form::Full, Some(&line), false);
        assert!(drawn.contains("--> content/a.yml:3:50000\n") && !drawn.contains("Tea"), "{drawn}");
    }

    #[test]
    fn what_a_terminal_or_a_forge_would_obey_is_made_visible() {
        let hostile = Diagnostic { path: "a\u{1b}[2J\n::error::x".into(), message: "x\u{202e}y".into(), ..fault() };
        assert!(draw(&hostile, Form::Short, None, false).starts_with("a\\u{1b}[2J\\u{a}::error::x:3:1: "));
        let github = draw(&hostile, Form::Github, None, false);
        assert!(
            github.starts_with(
                "::error file=a\\u{1b}[2J\\u{a}%3A%3Aerror%3A%3Ax,line=3,col=1,title=unknown-field::x\\u{202e}y"
            ),
            "{github}"
        );
        assert_eq!(github.lines().count(), 1);
        let full = draw(&hostile, Form::Full, Some("\u{1b}[31mred"), false);
        assert!(!full.contains('\u{1b}') && full.contains("\\u{1b}[31mred"));
    }
}
