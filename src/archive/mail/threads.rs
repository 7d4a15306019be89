//! The heads of mails → which belong together, and which answers which. By what they refer to, and else by subject, after
//! the ideas of <https://www.jwz.org/doc/threading.html>; since a topic is flat, no tree is made, and so no cycle can be.

use rustc_hash::FxHashMap;

use super::head::{Head, base};
use crate::archive::packed::number;
use crate::key::Key;

/// How long after a mail of the same subject another without references still belongs to it: 60 days.
const NEAR_SECONDS: i64 = 60 * 86_400;

/// Where a mail belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Belongs {
    /// The mail that opens the topic, by its place in the list.
    pub topic: u32,
    /// The mail that it answers.
    pub answers: Option<u32>,
}

/// Which mail refers to which, in numbers.
#[derive(Debug, Default)]
pub(super) struct Threads {
    /// The number of each id that a mail has or refers to. Mails that are missing hold together those that refer to them.
    ids: FxHashMap<Key, u32>,
    /// The mail of each id that isn't missing.
    mails: Vec<Option<u32>>,
    /// What all mails refer to, one after another, by the numbers of ids.
    answers: Vec<u32>,
    /// Of each mail the number of its id, and where in that list its own begin and end.
    each: Vec<(u32, u32, u32)>,
}

impl Threads {
    fn id(&mut self, id: Key) -> u32 {
        let next = number(self.mails.len());
        let found = *self.ids.entry(id).or_insert(next);
        if found == next {
            self.mails.push(None);
        }
        found
    }

    /// The mail with this id, if one was added.
    pub(super) fn find(&self, id: Key) -> Option<usize> {
        self.mails[*self.ids.get(&id)? as usize].map(|at| at as usize)
    }

    /// Adds a mail, or takes this head for that of the mail with its id.
    pub(super) fn add(&mut self, head: &Head) {
        let own = self.id(head.id);
        let from = number(self.answers.len());
        for id in &head.answers {
            let id = self.id(*id);
            self.answers.push(id);
        }
        let each = (own, from, number(self.answers.len()));
        match self.mails[own as usize] {
            Some(at) => self.each[at as usize] = each,
            None => {
                self.mails[own as usize] = Some(number(self.each.len()));
                self.each.push(each);
            }
        }
    }

    fn answers(&self, at: u32) -> &[u32] {
        let (_, from, to) = self.each[at as usize];
        &self.answers[from as usize..to as usize]
    }

    /// Puts all mails together; `told` is the subject and the date of one.
    pub(super) fn settle<'m>(self, told: impl Fn(usize) -> (&'m str, i64)) -> Vec<Belongs> {
        let mut sets = Sets((0..number(self.mails.len())).collect());
        for (at, (own, ..)) in self.each.iter().enumerate() {
            for id in self.answers(number(at)) {
                sets.join(*own, *id);
            }
        }

        let mut order: Vec<u32> = (0..number(self.each.len())).collect();
        order.sort_by_key(|&at| (told(at as usize).1, at));
        let own = |at: u32| self.each[at as usize].0;
        let mut subjects: FxHashMap<Key, (u32, i64)> = FxHashMap::default();
        for &at in &order {
            let (subject, date) = told(at as usize);
            let (subject, marked) = base(subject);
            if subject.is_empty() {
                continue;
            }
            let subject = Key::of_bytes(subject.as_bytes());
            if marked
                && self.answers(at).is_empty()
                && let Some(&(last, when)) = subjects.get(&subject)
                && date - when <= NEAR_SECONDS
            {
                sets.join(own(at), own(last));
            }
            subjects.insert(subject, (at, date));
        }

        // The first that answers nothing in the list opens the topic, or else the first of all.
        let parent = |at: u32| {
            let answered = self.answers(at).iter().rev().filter_map(|id| self.mails[*id as usize]);
            answered.into_iter().find(|it| *it != at)
        };
        let mut openings: FxHashMap<u32, (bool, u32)> = FxHashMap::default();
        for &at in &order {
            let answers = parent(at).is_some();
            let opening = openings.entry(sets.find(own(at))).or_insert((answers, at));
            if opening.0 && !answers {
                *opening = (false, at);
            }
        }
        let belongs = |at: u32| {
            let topic = openings.get(&sets.find(own(at))).map_or(at, |opening| opening.1);
            Belongs { topic, answers: parent(at).filter(|_| topic != at) }
        };
        (0..number(self.each.len())).map(belongs).collect()
    }
}

/// Sets that are joined, each told by one of its members.
struct Sets(Vec<u32>);

impl Sets {
    fn find(&mut self, mut at: u32) -> u32 {
        while self.0[at as usize] != at {
            self.0[at as usize] = self.0[self.0[at as usize] as usize];
            at = self.0[at as usize];
        }
        at
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.find(a), self.find(b));
        // The smaller place stays, so that nothing depends on the order of joining.
        self.0[a.max(b) as usize] = a.min(b);
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
        (super::super::head::read(text.as_bytes(), &|| None, 1 << 40), date)
    }

    fn topics(heads: &[(Head, i64)]) -> Vec<(u32, Option<u32>)> {
        let mut threads = Threads::default();
        heads.iter().for_each(|(head, _)| threads.add(head));
        let belongs = threads.settle(|at| (&heads[at].0.subject, heads[at].1));
        belongs.into_iter().map(|it| (it.topic, it.answers)).collect()
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
