//! The words of headings in → ids that are unique in the post, as forges make them from headings, out. The post's
//! prefix is not part of them here.

use rustc_hash::FxHashMap;

/// The most characters of words in an id.
const LONGEST: usize = 80;

/// The ids given so far, with how often their words came.
#[derive(Debug, Default)]
pub(super) struct Headings(FxHashMap<String, u32>);

impl Headings {
    /// An id for a heading of these words: letters and digits in lower case, `-` for spaces, and a number when the
    /// post has the same id already.
    pub(super) fn id(&mut self, words: &str) -> String {
        let mut id = String::with_capacity(words.len());
        let kept = words.trim().chars().filter_map(|c| match c {
            c if c.is_whitespace() => Some('-'),
            '-' | '_' => Some(c),
            c => c.is_alphanumeric().then_some(c),
        });
        id.extend(kept.take(LONGEST).flat_map(char::to_lowercase));
        if id.is_empty() {
            id.push_str("section");
        }
        let mut candidate = id.clone();
        while let Some(count) = self.0.get(&candidate).copied() {
            // Only the words' own count is kept, so that many equal headings stay quick.
            let next = self.0.get(&id).copied().unwrap_or(count) + 1;
            self.0.insert(id.clone(), next);
            candidate = format!("{id}-{next}");
        }
        self.0.insert(candidate.clone(), 0);
        candidate
    }

    /// The id that a link to `#fragment` means, if a heading has it.
    pub(super) fn find(&self, fragment: &str) -> Option<&str> {
        let known = |name: &str| self.0.get_key_value(name).map(|(id, _)| id.as_str());
        known(fragment).or_else(|| known(&fragment.to_lowercase()))
    }
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
    fn links_find_headings_in_any_case() {
        let mut headings = Headings::default();
        headings.id("First flush");
        assert_eq!(headings.find("First-Flush"), Some("first-flush"));
        assert_eq!(headings.find("second"), None);
    }
}
