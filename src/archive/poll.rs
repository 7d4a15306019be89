//! What could be voted for, and how often it was → a table in Markdown.

/// The table; title and choices are Markdown of cells, and the title of a poll without one is made.
#[must_use]
pub(super) fn table(title: &str, choices: &[(String, Option<u64>)], voters: Option<u64>) -> String {
    let title = if title.is_empty() { "Poll" } else { title };
    let mut lines = vec![format!("| {title} | Votes |"), String::from("| --- | ---: |")];
    for (words, votes) in choices {
        lines.push(format!("| {words} | {} |", votes.map_or_else(String::new, |votes| votes.to_string())));
    }
    lines.extend(voters.map(|voters| format!("| Voters | {voters} |")));
    lines.join("\n")
}
