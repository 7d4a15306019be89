//! The levels and words of headings in → the levels that they have on a page, and ids that are unique in the post, out.
//! The post's prefix is not part of an id here.

use std::collections::HashMap;

/// The most characters of words in an id.
const LONGEST_ID_CHARACTERS: usize = 80;

/// The level of a post's first headings: below the page's `h1` and the post's `h2`.
const FIRST_LEVEL: u8 = 3;
const DEEPEST_LEVEL: u8 = 6;

/// The headings so far.
#[derive(Debug, Default)]
pub(super) struct Headings {
    /// The headings around the next one: the level that the author gave, and the level on the page.
    around: Vec<(u8, u8)>,
    /// The ids given so far, with how often their words came.
    ids: HashMap<String, u32>,
}

impl Headings {
    /// The level on the page of a heading that the author gave `level`: one below the heading that it stands under. An
    /// outline must not skip levels, and authors choose them by size.
    pub(super) fn level(&mut self, level: u8) -> u8 {
        while self.around.pop_if(|(above, _)| *above >= level).is_some() {}
        let shown = self.around.last().map_or(FIRST_LEVEL, |(_, above)| (above + 1).min(DEEPEST_LEVEL));
        self.around.push((level, shown));
        shown
    }

    /// Forgets the level of the last heading, which was empty.
    pub(super) fn forget(&mut self) {
        self.around.pop();
    }

    /// An id for a heading of these words: letters and digits in lower case, `-` for spaces, and a number when the
    /// post has the same id already.
    pub(super) fn id(&mut self, words: &str) -> String {
        let mut id = String::with_capacity(words.len());
        let kept = words.trim().chars().filter_map(|c| match c {
            c if c.is_whitespace() => Some('-'),
            '-' | '_' => Some(c),
            c => c.is_alphanumeric().then_some(c),
        });
        id.extend(kept.take(LONGEST_ID_CHARACTERS).flat_map(char::to_lowercase));
        if id.is_empty() {
            id.push_str("section");
        }
        let mut candidate = id.clone();
        while let Some(count) = self.ids.get(&candidate).copied() {
            // Only the words' own count is kept, so that many equal headings stay quick.
            let next = self.ids.get(&id).copied().unwrap_or(count) + 1;
            self.ids.insert(id.clone(), next);
            candidate = format!("{id}-{next}");
        }
        self.ids.insert(candidate.clone(), 0);
        candidate
    }

    /// All ids that were given, sorted.
    pub(super) fn into_ids(self) -> Vec<Box<str>> {
        let mut ids: Vec<Box<str>> = self.ids.into_keys().map(String::into_boxed_str).collect();
        ids.sort_unstable();
        ids
    }
}

/// Of the headings of a post, which are sorted ids, the one that a link to `#fragment` means, in whatever case.
#[must_use]
pub fn heading<'h>(headings: &'h [Box<str>], fragment: &str) -> Option<&'h str> {
    let known = |name: &str| headings.binary_search_by(|id| (**id).cmp(name)).ok().map(|at| &*headings[at]);
    known(fragment).or_else(|| known(&fragment.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_the_words_and_unique() {
        let mut headings = Headings::default();
        let mut id = |words: &str| headings.id(words);
        assert_eq!(id(" First  flush, 2026! "), "first--flush-2026");
        assert_eq!(id("Thé & Äpfel_茶"), "thé--äpfel_茶");
        assert_eq!(id("a"), "a");
        assert_eq!(id("a-1"), "a-1");
        assert_eq!(id("A"), "a-2");
        assert_eq!(id("a"), "a-3");
        assert_eq!(id("<>"), "section");
        assert_eq!(id("!"), "section-1");
        assert_eq!(id(&"b".repeat(1000)), "b".repeat(80));
    }

    #[test]
    fn levels_start_below_the_post_and_skip_none() {
        let levels = |given: &[u8]| {
            let mut headings = Headings::default();
            given.iter().map(|level| headings.level(*level)).collect::<Vec<_>>()
        };
        assert_eq!(levels(&[1, 2, 3, 4, 5, 6, 1]), [3, 4, 5, 6, 6, 6, 3]);
        assert_eq!(levels(&[4, 6, 4, 2, 3]), [3, 4, 3, 3, 4]);
    }

    #[test]
    fn links_find_headings_in_any_case() {
        let mut headings = Headings::default();
        for words in ["First flush", "Thé", "First flush"] {
            headings.id(words);
        }
        let ids = headings.into_ids();
        assert_eq!(heading(&ids, "First-Flush-1"), Some("first-flush-1"));
        assert_eq!(heading(&ids, "THÉ"), Some("thé"));
        assert_eq!(heading(&ids, "second"), None);
    }
}
