//! A moment → the month of the calendar that it falls into. What is counted by months isn't known here.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

/// A month of the calendar, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Month(i32);

impl Month {
    /// The month of a moment, given in seconds since 1970.
    #[must_use]
    pub fn of(seconds: i64) -> Month {
        // jiff's calendar goes from -9999 to 9999.
        let days = seconds.div_euclid(DAY_SECONDS).clamp(-4_371_000, 2_932_896) as i32;
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

/// The seconds of a day.
const DAY_SECONDS: i64 = 86_400;

/// The months of many moments, quick where they are of few days.
#[derive(Debug, Default)]
pub struct Calendar(HashMap<i64, Month>);

impl Calendar {
    /// The month of a moment, given in seconds since 1970.
    pub fn month(&mut self, seconds: i64) -> Month {
        *self.0.entry(seconds.div_euclid(DAY_SECONDS)).or_insert_with(|| Month::of(seconds))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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

    proptest! {
        #[test]
        fn a_calendar_tells_the_same_months(moments in prop::collection::vec(prop_oneof![any::<i64>(), -9_000_000_000..9_000_000_000_i64, 0..9_000_000_i64], 0..40)) {
            let mut calendar = Calendar::default();
            for moment in moments {
                prop_assert_eq!(calendar.month(moment), Month::of(moment));
            }
        }
    }
}
