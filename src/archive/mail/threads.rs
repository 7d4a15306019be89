//! The heads of mails → which belong together, and which answers which. By what they refer to, and else by subject, after
//! the ideas of <https://www.jwz.org/doc/threading.html>; since a topic is flat, no tree is made, and so no cycle can be.

use rustc_hash::FxHashMap;

use super::head::{Head, base};
use crate::key::Key;

/// How long after a mail of the same subject another without references still belongs to it: 60 days.
const NEAR: i64 = 60 * 86_400;

/// Where a mail belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Belongs {
    /// The mail that opens the topic, by its place in the list.
    pub topic: usize,
    /// The mail that it answers.
    pub answers: Option<usize>,
}

/// Puts mails together, each once in `heads`, and dated.
pub(super) fn thread(heads: &[(Head, i64)]) -> Vec<Belongs> {
    let places: FxHashMap<Key, usize> = heads.iter().enumerate().map(|(at, (head, _))| (head.id, at)).collect();
    // Mails that are missing hold together those that refer to them: they get places after all others.
    let mut missing: FxHashMap<Key, usize> = FxHashMap::default();
    for id in heads.iter().flat_map(|(head, _)| &head.answers).filter(|id| !places.contains_key(id)) {
        let next = heads.len() + missing.len();
        missing.entry(*id).or_insert(next);
    }
    let mut sets = Sets((0..heads.len() + missing.len()).collect());
    for (at, (head, _)) in heads.iter().enumerate() {
        for id in &head.answers {
            sets.join(at, places.get(id).or(missing.get(id)).copied().unwrap_or(at));
        }
    }

    let mut order: Vec<usize> = (0..heads.len()).collect();
    order.sort_by_key(|&at| (heads[at].1, at));
    let mut subjects: FxHashMap<String, (usize, i64)> = FxHashMap::default();
    for &at in &order {
        let (head, date) = &heads[at];
        let (subject, marked) = base(&head.subject);
        if subject.is_empty() {
            continue;
        }
        if marked
            && head.answers.is_empty()
            && let Some(&(last, when)) = subjects.get(&subject)
            && date - when <= NEAR
        {
            sets.join(at, last);
        }
        subjects.insert(subject, (at, *date));
    }

    // The first that answers nothing in the list opens the topic, or else the first of all.
    let parent =
        |at: usize| heads[at].0.answers.iter().rev().filter_map(|id| places.get(id).copied()).find(|it| *it != at);
    let mut openings: FxHashMap<usize, (bool, usize)> = FxHashMap::default();
    for &at in &order {
        let answers = parent(at).is_some();
        let opening = openings.entry(sets.find(at)).or_insert((answers, at));
        if opening.0 && !answers {
            *opening = (false, at);
        }
    }
    (0..heads.len())
        .map(|at| {
            let topic = openings.get(&sets.find(at)).map_or(at, |opening| opening.1);
            Belongs { topic, answers: parent(at).filter(|_| topic != at) }
        })
        .collect()
}

/// Sets that are joined, each told by one of its members.
struct Sets(Vec<usize>);

impl Sets {
    fn find(&mut self, mut at: usize) -> usize {
        while self.0[at] != at {
            self.0[at] = self.0[self.0[at]];
            at = self.0[at];
        }
        at
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.find(a), self.find(b));
        // The smaller place stays, so that nothing depends on the order of joining.
        self.0[a.max(b)] = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(id: &str, answers: &[&str], subject: &str, date: i64) -> (Head, i64) {
        let text = format!(
            "Message-ID: <{id}@x>\nSubject: {subject}\nReferences: {}\n\n",
            answers.iter().map(|it| format!("<{it}@x>")).collect::<Vec<_>>().join(" ")
        );
        (super::super::head::read(text.as_bytes(), None, 1 << 40), date)
    }

    fn topics(heads: &[(Head, i64)]) -> Vec<(usize, Option<usize>)> {
        thread(heads).into_iter().map(|it| (it.topic, it.answers)).collect()
    }

    #[test]
    fn answers_belong_to_what_they_refer_to_whatever_the_subject() {
        let heads = [head("a", &[], "Tea", 1), head("b", &["a"], "Cups", 2), head("c", &["a", "b"], "Pots", 3)];
        assert_eq!(topics(&heads), [(0, None), (0, Some(0)), (0, Some(1))]);
    }

    #[test]
    fn a_missing_mail_holds_its_answers_together() {
        let heads = [head("b", &["a"], "Re: Tea", 2), head("c", &["a"], "Re: Tea", 3)];
        assert_eq!(topics(&heads), [(0, None), (0, None)]);
    }

    #[test]
    fn without_references_an_answer_is_told_by_its_subject_for_some_weeks() {
        let heads = [
            head("a", &[], "Tea", 0),
            head("b", &[], "Re: Tea", 86_400),
            head("c", &[], "Tea", 2 * 86_400),
            head("d", &[], "Re: Tea", 400 * 86_400),
        ];
        assert_eq!(topics(&heads), [(0, None), (0, None), (2, None), (3, None)]);
    }

    #[test]
    fn a_cycle_is_one_topic_with_one_opening() {
        let heads = [head("a", &["b"], "Tea", 1), head("b", &["a"], "Tea", 2)];
        assert_eq!(topics(&heads), [(0, None), (0, Some(0))]);
    }
}
