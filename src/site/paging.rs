//! A number of things in → the pages that they are shown on, numbered from the oldest, so that old pages keep their
//! bytes when new things come.

use std::ops::Range;

use serde::Serialize;

use super::address::Address;

/// How a list is cut into pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paging {
    /// Oldest first: the list's own address shows page 1. For the posts of a topic.
    Forward,
    /// Newest first: the list's own address shows the newest, between N and 2N−1 of them, and `page-1` the N oldest.
    Backward,
}

/// One page of a list among the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pager<'f> {
    /// The list's own address.
    pub address: Address<'f>,
    /// Which page this is, from 1, counted from the oldest.
    pub current: u32,
    /// How many pages there are.
    pub count: u32,
    /// Whether the newest stand on the list's own address.
    pub backward: bool,
}

impl Paging {
    /// How many pages `things` make, `each` a page. At least one.
    #[must_use]
    pub fn count(self, things: usize, each: u32) -> u32 {
        let each = each as usize;
        let pages = match self {
            Paging::Forward => things.div_ceil(each),
            Paging::Backward => things / each,
        };
        pages.max(1) as u32
    }

    /// Which of the things, counted from the oldest, stand on page `number`, counted from 1.
    #[must_use]
    pub fn range(self, things: usize, each: u32, number: u32) -> Range<usize> {
        let start = (number as usize - 1) * each as usize;
        if number == self.count(things, each) { start..things } else { start..start + each as usize }
    }

    /// The page, counted from 1, on which the thing at `index`, counted from the oldest, stands.
    #[must_use]
    pub fn page_of(self, index: usize, things: usize, each: u32) -> u32 {
        (index as u32 / each + 1).min(self.count(things, each))
    }

    /// The page `current` of `count` pages of the list at `address`.
    #[must_use]
    pub fn pager(self, address: Address<'_>, current: u32, count: u32) -> Pager<'_> {
        Pager { address, current, count, backward: self == Paging::Backward }
    }
}

impl<'f> Pager<'f> {
    /// The address of page `number`.
    #[must_use]
    pub fn page(&self, number: u32) -> Address<'f> {
        let own = if self.backward { self.count } else { 1 };
        Address { page: if number == own { 0 } else { number }, ..self.address }
    }

    /// The address of this page.
    #[must_use]
    pub fn here(&self) -> Address<'f> {
        self.page(self.current)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_thing_stands_on_exactly_one_page(things in 0usize..400, each in 5u32..40) {
            for paging in [Paging::Forward, Paging::Backward] {
                let count = paging.count(things, each);
                let mut seen = 0;
                for number in 1..=count {
                    let range = paging.range(things, each, number);
                    prop_assert_eq!(range.start, seen);
                    for index in range.clone() {
                        prop_assert_eq!(paging.page_of(index, things, each), number);
                    }
                    seen = range.end;
                }
                prop_assert_eq!(seen, things);
            }
        }

        #[test]
        fn old_pages_stay_when_a_thing_is_added(things in 0usize..400, each in 5u32..40) {
            for paging in [Paging::Forward, Paging::Backward] {
                for number in 1..paging.count(things, each) {
                    prop_assert_eq!(paging.range(things, each, number), paging.range(things + 1, each, number));
                }
            }
        }

        #[test]
        fn the_front_page_shows_between_n_and_2n_less_one(things in 0usize..400, each in 5u32..40) {
            let count = Paging::Backward.count(things, each);
            let front = Paging::Backward.range(things, each, count).len();
            prop_assert!(front < 2 * each as usize);
            prop_assert!(front >= each as usize || things < each as usize);
        }
    }
}
