//! What texts are made of → texts of any size that are made of nothing else.

/// Something that a text can be full of.
pub struct Construct {
    /// What is read, and what it is full of.
    pub what: &'static str,
    /// What reads it.
    pub reader: fn(&str),
    /// What stands once, then what is repeated, by turns. In what is repeated, [`NUMBER`] stands for the number of the
    /// repetition, and [`BEFORE`] for that of the one before.
    pub parts: &'static [&'static str],
}

/// Stands for a number.
const NUMBER: char = '\u{2116}';
/// Stands for the number before; for 0 in the first repetition.
const BEFORE: char = '\u{2190}';

impl Construct {
    /// A text of about `size` bytes.
    pub fn text(&self, size: usize) -> String {
        let length: usize = self.parts.iter().skip(1).step_by(2).map(|part| part.len()).sum();
        let mut text = String::with_capacity(size + 1024);
        for (at, part) in self.parts.iter().enumerate() {
            match at % 2 {
                0 => text.push_str(part),
                _ if part.contains([NUMBER, BEFORE]) => (0..size / length).for_each(|number: usize| {
                    let before = number.saturating_sub(1).to_string();
                    text.push_str(&part.replace(NUMBER, &number.to_string()).replace(BEFORE, &before));
                }),
                _ => text.push_str(&part.repeat(size / length)),
            }
        }
        text
    }
}
