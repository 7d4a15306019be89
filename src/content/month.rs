//! A moment → the month of the calendar that it falls into. What is counted by months isn't known here.

use serde::{Deserialize, Serialize};

/// A month of the calendar, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Month(i32);

impl Month {
    /// The month of a moment, given in seconds since 1970.
    #[must_use]
    pub fn of(seconds: i64) -> Month {
        // Nobody's calendar goes further; jiff's goes from -9999 to 9999.
        let days = seconds.div_euclid(86_400).clamp(-4_371_000, 2_932_896) as i32;
        let date = jiff::civil::date(1970, 1, 1).saturating_add(jiff::Span::new().days(days));
        Month(i32::from(date.year()) * 12 + i32::from(date.month()) - 1)
    }

    /// The year.
    #[must_use]
    pub fn year(self) -> i32 {
        self.0.div_euclid(12)
    }

    /// The month's number in its year, from 1.
    #[must_use]
    pub fn number(self) -> u32 {
        self.0.rem_euclid(12) as u32 + 1
    }

    /// The month so many months before.
    #[must_use]
    pub fn before(self, months: i32) -> Month {
        Month(self.0 - months)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_falls_into_its_month_whatever_the_moment() {
        let month = |seconds| {
            let month = Month::of(seconds);
            (month.year(), month.number())
        };
        assert_eq!(month(0), (1970, 1));
        assert_eq!(month(-1), (1969, 12));
        assert_eq!(month(1_795_342_500), (2026, 11));
        assert_eq!(month(i64::MAX), (9999, 12));
        assert_eq!(month(i64::MIN).0, -9998);
        assert_eq!(Month::of(0).before(1), Month::of(-1));
    }
}
