//! Mail → items: mbox files, Pipermail's months, maildirs, folders of mails and the repositories of public-inbox. Mails are
//! read twice: their heads for the threads, and their bodies one at a time. The list is one board.

mod body;
mod boxes;
mod head;
mod plain;
mod threads;

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::item::{Item, Kind, Member, Post, Skipped, Topic, Want};
use super::source::Source;
use super::{Archive, Format, Give, Told};
use crate::Result;
use crate::key::Key;
use crate::monitor::Monitor;
use boxes::{Boxes, Place};
use head::Head;
use threads::Belongs;

/// Mail, however it is kept.
pub const FORMAT: Format = Format {
    name: "mail",
    about: "a mailing list (mbox, maildir, Pipermail, public-inbox)",
    looks: boxes::recognised,
    open: |source, told| Ok(Box::new(Mail::open(&source, told)?)),
};

/// A mail as the threads know it.
#[derive(Debug)]
struct Known {
    place: Place,
    head: Head,
    date: i64,
    belongs: Belongs,
}

/// An export of mail, its heads read.
#[derive(Debug)]
struct Mail {
    boxes: Boxes,
    /// Each mail once, in the order of the export.
    mails: Vec<Known>,
    /// Copies, and what is no mail.
    skipped: Vec<Skipped>,
    /// What stands in brackets before most subjects.
    tag: Option<String>,
    trim: bool,
}

impl Mail {
    fn open(source: &Source, told: &Told) -> Result<Mail> {
        let mut boxes = Boxes::open(source)?;
        // No mail is from the future: a clock that says so was wrong.
        let now = jiff::Timestamp::now().as_second();
        let mut skipped: Vec<Skipped> = boxes.others.iter().map(|name| left("no mail in it", name.clone())).collect();
        let mut found: Vec<(Place, Head, usize)> = Vec::new();
        let mut first: FxHashMap<Key, usize> = FxHashMap::default();
        for (place, said) in std::mem::take(&mut boxes.places) {
            let bytes = boxes.read(place)?;
            let head = head::read(&bytes, said.as_deref(), now);
            if bytes.iter().all(u8::is_ascii_whitespace) {
                skipped.push(left("empty", boxes.name(place)));
                continue;
            }
            match first.get(&head.id) {
                None => {
                    first.insert(head.id, found.len());
                    found.push((place, head, bytes.len()));
                }
                Some(&at) => {
                    // Of two copies the longer one has lost less.
                    let worse = if bytes.len() > found[at].2 {
                        std::mem::replace(&mut found[at], (place, head, bytes.len())).0
                    } else {
                        place
                    };
                    skipped.push(left("another copy of the same mail", boxes.name(worse)));
                }
            }
        }
        let tag = tag(found.iter().map(|(_, head, _)| head.subject.as_str()));
        // A mail without a possible date was sent when its neighbour was.
        let mut last = found.iter().find_map(|(_, head, _)| head.date).unwrap_or(0);
        let (places, dated): (Vec<Place>, Vec<(Head, i64)>) = found
            .into_iter()
            .map(|(place, head, _)| {
                last = head.date.unwrap_or(last);
                (place, (head, last))
            })
            .unzip();
        let belongs = threads::thread(&dated);
        let mails = places.into_iter().zip(dated).zip(belongs);
        let mails = mails.map(|((place, (head, date)), belongs)| Known { place, head, date, belongs }).collect();
        Ok(Mail { boxes, mails, skipped, tag, trim: told.trim })
    }

    fn topic(&self, known: &Known) -> Topic {
        let title = title(&known.head.subject, self.tag.as_deref());
        Topic { id: format!("t{}", known.head.id.hex()), title, ..Topic::default() }
    }

    fn post(&self, known: &Known, want: Want, give: Give<'_>) -> Result<()> {
        let of = |at: usize| format!("m{}", self.mails[at].head.id.hex());
        let opening = &self.mails[known.belongs.topic];
        let mut post = Post {
            id: format!("m{}", known.head.id.hex()),
            topic: format!("t{}", opening.head.id.hex()),
            author: format!("a:{}", known.head.address),
            date: known.date,
            opens: std::ptr::eq(opening, known),
            reply_to: known.belongs.answers.map(of),
            ..Post::default()
        };
        if let (Place::Blob(..), Some(id)) = (known.place, &known.head.message_id) {
            // https://public-inbox.org/design_www.html: an inbox shows a mail at its Message-ID.
            post.aliases.push(format!("/{id}/"));
        }
        if want == Want::All {
            let body = body::read(&self.boxes.read(known.place)?, self.trim);
            (post.text, post.attachments) = (body.text, body.attachments);
            for (reason, name) in body.left {
                give(Item::Skipped(Skipped { kind: Kind::Attachment, reason, name }))?;
            }
        }
        give(Item::Post(Box::new(post)))
    }
}

impl Archive for Mail {
    fn read(&mut self, want: Want, _: &dyn Monitor, give: Give<'_>) -> Result<()> {
        let mut members: BTreeMap<&str, &str> = BTreeMap::new();
        for known in &self.mails {
            // Of several names the longest says most; the same one wins each time.
            let name = members.entry(&known.head.address).or_default();
            if (known.head.name.len(), &*known.head.name) > (name.len(), name) {
                *name = &known.head.name;
            }
        }
        for (address, name) in members {
            let id = format!("a:{address}");
            give(Item::Member(Member { id, secret: true, name: name.to_owned(), ..Member::default() }))?;
        }
        for known in self.mails.iter().filter(|known| std::ptr::eq(&self.mails[known.belongs.topic], *known)) {
            give(Item::Topic(self.topic(known)))?;
        }
        for known in &self.mails {
            self.post(known, want, give)?;
        }
        for skipped in &self.skipped {
            give(Item::Skipped(skipped.clone()))?;
        }
        Ok(())
    }
}

fn left(reason: &'static str, name: String) -> Skipped {
    Skipped { kind: Kind::Post, reason, name }
}

/// What stands in brackets at the start of more than half of all subjects: the list's name.
fn tag<'s>(subjects: impl Iterator<Item = &'s str>) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut all = 0;
    for subject in subjects {
        all += 1;
        let bracketed = subject.find('[').and_then(|at| subject[at..].find(']').map(|end| &subject[at..=at + end]));
        // A patch is told by what stands there.
        if let Some(it) = bracketed.filter(|it| !it.to_lowercase().contains("patch")) {
            *counts.entry(it).or_default() += 1;
        }
    }
    counts.into_iter().find(|(_, count)| count * 2 > all).map(|(tag, _)| tag.to_owned())
}

/// A topic's title: the subject without the marks of an answer and the list's name.
fn title(subject: &str, tag: Option<&str>) -> String {
    let mut rest = subject.trim();
    loop {
        let cut = tag.and_then(|tag| rest.strip_prefix(tag)).or_else(|| {
            let marked = ["re:", "fwd:", "fw:", "aw:"];
            marked
                .iter()
                .find(|mark| rest.get(..mark.len()).is_some_and(|it| it.eq_ignore_ascii_case(mark)))
                .map(|mark| &rest[mark.len()..])
        });
        match cut {
            Some(after) if !after.trim().is_empty() => rest = after.trim(),
            _ => break,
        }
    }
    if rest.is_empty() { String::from("(no subject)") } else { rest.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_subjects_without_marks_and_the_lists_name() {
        assert_eq!(title("Re: [tea] Cups", Some("[tea]")), "Cups");
        assert_eq!(title("[tea] Re: Cups", Some("[tea]")), "Cups");
        assert_eq!(title("[PATCH] Cups", Some("[tea]")), "[PATCH] Cups");
        assert_eq!(title("Re:", None), "Re:");
        assert_eq!(title("", None), "(no subject)");
        assert_eq!(tag(["[tea] a", "Re: [tea] b", "c"].into_iter()), Some(String::from("[tea]")));
        assert_eq!(tag(["[tea] a", "b", "c"].into_iter()), None);
    }
}
