//! Byte offsets of a text in → lines and columns out, counted on from the last one asked for; nothing is counted for
//! offsets that are never asked for.

use crate::diagnostic::Spot;

/// A text and the last place in it that was asked for.
pub(super) struct Lines<'a> {
    text: &'a str,
    offset: usize,
    spot: Spot,
}

impl<'a> Lines<'a> {
    /// At the start of `text`.
    pub(super) fn new(text: &'a str) -> Self {
        Lines { text, offset: 0, spot: Spot::START }
    }

    /// The place of a byte offset. Cheap when offsets are asked for in order.
    pub(super) fn spot(&mut self, offset: usize) -> Spot {
        if offset < self.offset {
            *self = Lines::new(self.text);
        }
        let Some(between) = self.text.get(self.offset..offset) else { return self.spot };
        let line = match memchr::memrchr(b'\n', between.as_bytes()) {
            Some(last) => {
                let lines = memchr::memchr_iter(b'\n', between.as_bytes()).count();
                self.spot = Spot { line: self.spot.line.saturating_add(number(lines)), column: 1 };
                &between[last + 1..]
            }
            None => between,
        };
        self.spot.column = self.spot.column.saturating_add(number(line.chars().count()));
        self.offset = offset;
        self.spot
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_in_lines_and_characters_in_any_order() {
        let mut lines = Lines::new("añb\n\ncd");
        let mut spot = |offset| {
            let spot = lines.spot(offset);
            (spot.line, spot.column)
        };
        assert_eq!(spot(0), (1, 1));
        assert_eq!(spot(3), (1, 3));
        assert_eq!(spot(4), (1, 4));
        assert_eq!(spot(5), (2, 1));
        assert_eq!(spot(6), (3, 1));
        assert_eq!(spot(8), (3, 3));
        assert_eq!(spot(1), (1, 2));
    }
}
