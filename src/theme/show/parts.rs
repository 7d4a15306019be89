//! The parts that pages have in common: people, times, pagers, links.

use std::fmt::{Display, Write};

use jiff::{Timestamp, civil, tz::TimeZone};

use super::Show;
use crate::content::Role;
use crate::markdown::{Filling, short};
use crate::site::{Card, Crumb, Link, Pager, Tag, TopicRow};
use crate::theme::view::{self, Html, LinkView, PageLink, PagerView, PersonView, TimeView};

/// A moment as pages show it; one that no calendar has is shown as the nearest that it has.
pub(super) fn time(seconds: i64) -> TimeView {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let nearest = if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
    let at: civil::DateTime = TimeZone::UTC.to_datetime(Timestamp::from_second(seconds).unwrap_or(nearest));
    let (year, month, day) = (at.year(), at.month(), at.day());
    let (hour, minute, second) = (at.hour(), at.minute(), at.second());
    let name = MONTHS[month as usize - 1];
    // Written by hand: every post has a time or two, and formatting took a twentieth of a build.
    let digits = |number: i8| [number / 10, number % 10].map(|digit| char::from(b'0' + digit.unsigned_abs()));
    let mut iso = String::with_capacity(24);
    let _ = write!(iso, "{year:04}");
    for (before, number) in ["-", "-", "T", ":", ":"].into_iter().zip([month, day, hour, minute, second]) {
        iso.push_str(before);
        iso.extend(digits(number));
    }
    iso.push('Z');
    let mut text = String::with_capacity(32);
    let _ = write!(text, "{day} {name} {year}");
    let day = text.clone();
    text.push_str(", ");
    text.extend(digits(hour));
    text.push(':');
    text.extend(digits(minute));
    text.push_str(" UTC");
    TimeView { iso, text, day }
}

/// A few words of Markdown.
pub(super) fn words(text: &str) -> Html {
    if text.is_empty() { Html::default() } else { Html(short(text).into_string()) }
}

/// One or two letters that stand for a name where there is no picture.
fn initials(name: &str) -> String {
    let mut words = name.split(|c: char| !c.is_alphanumeric()).filter_map(|word| word.chars().next());
    let (first, last) = (words.next(), words.next_back());
    let letters: String = first.into_iter().chain(last).flat_map(char::to_uppercase).take(2).collect();
    if letters.is_empty() { String::from("?") } else { letters }
}

impl Show<'_> {
    pub(super) fn person(&self, card: &Card) -> PersonView {
        PersonView {
            handle: card.handle.trim_start_matches('~').to_owned(),
            name: card.name.clone(),
            confusable: card.confusable,
            address: card.address.as_deref().map(|address| self.here(address)),
            avatar: card.avatar.as_deref().map(|address| self.here(address)),
            initials: initials(&card.name),
            hue: card.hue,
            role: match card.role {
                Role::Moderator => Some(String::from("moderator")),
                Role::Maintainer => Some(String::from("maintainer")),
                Role::Member | Role::Banned => None,
            },
        }
    }

    pub(super) fn tag_links(&self, tags: &[Tag<'_>]) -> Vec<LinkView> {
        tags.iter().map(|tag| LinkView { title: tag.title.to_owned(), address: self.here(tag.address) }).collect()
    }

    pub(super) fn crumb(&self, crumb: &Crumb<'_>) -> LinkView {
        self.link(crumb)
    }

    pub(super) fn topic_row(&self, row: &TopicRow<'_>) -> view::TopicRow {
        view::TopicRow {
            title: row.title.to_owned(),
            address: self.here(row.address),
            board: row.board.as_ref().map(|board| self.link(board)),
            starter: self.person(row.starter),
            started: time(row.started),
            replies: row.replies,
            last: self.person(row.last),
            last_time: time(row.last_date),
            last_address: self.here(row.last_address),
            tags: self.tag_links(&row.tags),
            pinned: row.pinned,
            locked: row.locked,
            answered: row.answered,
            pages: u64::from(row.pages),
        }
    }

    /// The pages around this one, in the order in which they are read: in a list that shows the newest first the page
    /// before this one is the newer.
    pub(super) fn pager(&self, pager: &Pager<'_>) -> PagerView {
        let (current, count) = (pager.current, pager.count);
        let near = |number: &u32| *number == 1 || *number == count || number.abs_diff(current) <= 2;
        let mut numbers: Vec<u32> = (1..=count).filter(near).collect();
        let (older, newer) = (current.checked_sub(1).filter(|it| *it > 0), Some(current + 1).filter(|it| *it <= count));
        let (mut first, mut last, mut previous, mut next) = (1, count, older, newer);
        if pager.backward {
            numbers.reverse();
            (first, last, previous, next) = (count, 1, newer, older);
        }
        let address = |number: u32| self.here(pager.page(number));
        let mut before: Option<u32> = None;
        let mut pages: Vec<PageLink> = Vec::with_capacity(numbers.len());
        for number in numbers {
            pages.push(PageLink {
                number: u64::from(number),
                address: address(number),
                current: number == current,
                gap_before: before.is_some_and(|before| before.abs_diff(number) > 1),
            });
            before = Some(number);
        }
        PagerView {
            current: u64::from(current),
            count: u64::from(count),
            pages,
            previous: previous.map(address),
            next: next.map(address),
            first: address(first),
            last: address(last),
        }
    }

    /// What fills the holes of a body. `whole` addresses are for feeds, which have no page around them.
    pub(super) fn fillings<'l>(&self, links: &'l [Link<'l>], whole: bool) -> Vec<Filling<'l>> {
        let place = |address: &dyn Display| if whole { self.whole(address) } else { self.here(address) };
        let each = links.iter().map(|link| match link {
            Link::Address(address) => Filling::Address(place(&address).into()),
            Link::Person(card) => Filling::Member {
                name: if card.handle.is_empty() { card.name.as_str() } else { card.handle.as_str() }.into(),
                address: card.address.as_deref().map(|address| place(&address).into()),
            },
            Link::Picture { address, width, height } => {
                Filling::Picture { address: place(&address).into(), width: *width, height: *height }
            }
            Link::File { address, name } => Filling::File { address: place(&address).into(), name: (*name).into() },
            Link::Missing => Filling::Missing,
        });
        each.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_shown_in_utc() {
        let at = time(1_795_342_500);
        assert_eq!(at.iso, "2026-11-22T10:15:00Z");
        assert_eq!(at.text, "22 Nov 2026, 10:15 UTC");
        assert!(time(i64::MIN).iso.starts_with('-'));
    }

    #[test]
    fn initials_are_the_first_letters_of_the_first_and_last_word() {
        let all = ["Ada Lovelace", "ada", "Jean-Luc  Ponty von X", "чай", "…", "ßa"];
        assert_eq!(all.map(initials), ["AL", "A", "JX", "Ч", "?", "SS"]);
    }
}
