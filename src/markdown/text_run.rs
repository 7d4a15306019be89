//! Neighbouring pieces of text in → one text out, with the way back to the offsets of the source. The parser splits a
//! line wherever a mark might stand (`a_b`, `a&b`), which would cut addresses in two.

use std::borrow::Cow;
use std::ops::Range;

/// A text that came in pieces. As long as the pieces lie side by side in the source, nothing is copied.
#[derive(Debug)]
pub(super) struct Run<'a> {
    source: &'a str,
    text: Cow<'a, str>,
    origin: Origin,
    /// Where in the source the last piece ends; none before the first.
    end: Option<usize>,
}

impl<'a> Run<'a> {
    /// No text yet.
    pub(super) fn new(source: &'a str) -> Self {
        Run { source, text: Cow::Borrowed(""), origin: Origin::default(), end: None }
    }

    /// Adds a piece, which came from `range` of the source.
    pub(super) fn push(&mut self, piece: &str, range: Range<usize>) {
        let verbatim = self.source.get(range.clone()).filter(|source| *source == piece);
        match (verbatim, self.end, &mut self.text) {
            (Some(source), None, text) => {
                *text = Cow::Borrowed(source);
                self.origin.first = range.start;
            }
            (Some(_), Some(end), Cow::Borrowed(text)) if end == range.start => {
                *text = &self.source[range.start - text.len()..range.end];
            }
            (_, _, text) => {
                self.origin.more.push((text.len(), range.start));
                text.to_mut().push_str(piece);
            }
        }
        self.end = Some(range.end);
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.end.is_none()
    }

    /// The text so far, which is then forgotten.
    pub(super) fn take(&mut self) -> (Cow<'a, str>, Origin) {
        self.end = None;
        (std::mem::take(&mut self.text), std::mem::take(&mut self.origin))
    }
}

/// Where the pieces of a text came from.
#[derive(Debug, Default)]
pub(super) struct Origin {
    /// Where the text starts in the source.
    first: usize,
    /// Where in the text a later piece starts, and where that is in the source.
    more: Vec<(usize, usize)>,
}

impl Origin {
    /// The offset in the source of an offset in the text.
    pub(super) fn of(&self, offset: usize) -> usize {
        let after = self.more.partition_point(|(start, _)| *start <= offset);
        let (start, source) = after.checked_sub(1).map_or((0, self.first), |piece| self.more[piece]);
        source + (offset - start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_side_by_side_are_not_copied() {
        let mut run = Run::new("0 a_b_c");
        run.push("a", 2..3);
        run.push("_", 3..4);
        run.push("b_c", 4..7);
        let (text, origin) = run.take();
        assert!(matches!(text, Cow::Borrowed("a_b_c")));
        assert_eq!(origin.of(2), 4);
        assert!(run.is_empty());
    }

    #[test]
    fn decoded_and_distant_pieces_keep_their_places() {
        let mut run = Run::new("a&amp;b\\_c");
        run.push("a", 0..1);
        run.push("&", 1..6);
        run.push("b", 6..7);
        run.push("_c", 8..10);
        let (text, origin) = run.take();
        assert_eq!(text, "a&b_c");
        assert_eq!([0, 1, 2, 3, 4].map(|at| origin.of(at)), [0, 1, 6, 8, 9]);
    }
}
