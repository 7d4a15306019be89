//! The name that people type for an emoji → the emoji. The names are those of
//! [gemoji](https://github.com/github/gemoji), which most forums understand.

use std::collections::HashMap;
use std::sync::LazyLock;

/// A line for each name: the name, a space and the emoji. It is made before the program is compiled.
const LINES: &str = include_str!(concat!(env!("OUT_DIR"), "/emoji.txt"));

static NAMES: LazyLock<HashMap<&str, &str>> =
    LazyLock::new(|| LINES.lines().filter_map(|line| line.split_once(' ')).collect());

/// The emoji of this name, which stands between no colons here.
pub(super) fn named(name: &str) -> Option<&'static str> {
    NAMES.get(name).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emoji_have_all_their_names_and_nothing_else_has_one() {
        for name in ["laughing", "satisfied"] {
            assert_eq!(named(name), Some("😆"), "{name}");
        }
        assert_eq!(named("+1"), Some("👍"));
        assert_eq!(named("flag"), None);
        assert_eq!(named(""), None);
        assert_eq!(NAMES.len(), LINES.lines().count(), "no name is two emoji's");
    }
}
