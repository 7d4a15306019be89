//! Mail → items: mbox files, Pipermail's months, maildirs, folders of mails and the repositories of public-inbox. Mails are
//! read twice: their heads for the threads, and their bodies one at a time. The list is one board.

mod body;
mod boxes;
mod fields;
mod head;
mod plain;
mod threads;

use std::collections::BTreeMap;

use super::item::{Item, Kind, Member, Post, Skipped, Topic, Want};
use super::packed::{Packed, Words};
use super::source::Source;
use super::{Archive, Format, Give, Options};
use crate::Result;
use crate::key::Key;
use crate::monitor::Monitor;
use boxes::{Boxes, MessagePlace};
use head::Head;
use threads::{Belongs, Threads};

/// Mail, however it is kept.
pub const FORMAT: Format = Format {
    name: "mail",
    about: "a mailing list (mbox, maildir, Pipermail, public-inbox)",
    looks: boxes::recognised,
    open: |source, told| Ok(Box::new(Mail::open(&source, told)?)),
};

/// A mail, as far as it is known without its text.
#[derive(Debug)]
struct MailOverview {
    place: MessagePlace,
    /// The hash that is its id.
    id: Key,
    /// The Message-ID, where an address is made of it, by its number among all.
    message_id: Option<u32>,
    /// Subject, author's name and address, by their numbers among all words.
    subject: u32,
    name: u32,
    address: u32,
    date: i64,
    belongs: Belongs,
}

/// An export of mail, its heads read.
#[derive(Debug)]
struct Mail {
    boxes: Boxes,
    /// Each mail once, in the order of the export.
    mails: Vec<MailOverview>,
    words: Words,
    message_ids: Packed,
    /// Copies, and what is no mail.
    skipped: Vec<Skipped>,
    /// What stands in brackets before most subjects.
    tag: Option<String>,
    trim: bool,
}

impl Mail {
    fn open(source: &Source, told: &Options) -> Result<Mail> {
        let mut boxes = Boxes::open(source)?;
        #[expect(clippy::disallowed_methods, reason = "no mail is from the future: a clock that says so was wrong")]
        let now = jiff::Timestamp::now().as_second();
        let mut skipped: Vec<Skipped> = boxes.others.iter().map(|name| left("no mail in it", name.clone())).collect();
        let places = std::mem::take(&mut boxes.places);
        let mut mails: Vec<MailOverview> = Vec::with_capacity(places.len());
        let mut dates: Vec<Option<i64>> = Vec::with_capacity(places.len());
        let (mut words, mut message_ids, mut threads) = (Words::default(), Packed::default(), Threads::default());
        for place in places {
            let Ok(bytes) = boxes.read(place)? else {
                skipped.push(left("larger than 128 MiB", boxes.name(place)));
                continue;
            };
            let head = head::read(&bytes, &|| boxes.said(place), now);
            if bytes.iter().all(u8::is_ascii_whitespace) {
                skipped.push(left("empty", boxes.name(place)));
                continue;
            }
            let date = head.date;
            let mut mail = MailOverview::new(place, &head, &mut words);
            let shown = head.message_id.as_ref().filter(|_| boxes.in_repository(place));
            mail.message_id = shown.map(|id| message_ids.push(id));
            match threads.find(head.id) {
                None => {
                    threads.add(&head);
                    mails.push(mail);
                    dates.push(date);
                }
                Some(at) => {
                    // Of two copies the longer one has lost less.
                    if boxes.read(mails[at].place)?.is_ok_and(|mail| bytes.len() > mail.len()) {
                        threads.add(&head);
                        std::mem::swap(&mut mails[at], &mut mail);
                        dates[at] = date;
                    }
                    skipped.push(left("another copy of the same mail", boxes.name(mail.place)));
                }
            }
        }
        let tag = tag(mails.iter().map(|mail| words.get(mail.subject)));
        // A mail without a possible date was sent when its neighbour was.
        let mut last = dates.iter().flatten().next().copied().unwrap_or(0);
        for (mail, date) in mails.iter_mut().zip(dates) {
            last = date.unwrap_or(last);
            mail.date = last;
        }
        let belongs = threads.settle(|at| (words.get(mails[at].subject), mails[at].date));
        for (mail, belongs) in mails.iter_mut().zip(belongs) {
            mail.belongs = belongs;
        }
        Ok(Mail { boxes, mails, words, message_ids, skipped, tag, trim: told.trim })
    }

    /// The mail that opens the topic of this one.
    fn opening(&self, mail: &MailOverview) -> &MailOverview {
        &self.mails[mail.belongs.topic as usize]
    }

    fn topic(&self, mail: &MailOverview) -> Topic {
        let title = title(self.words.get(mail.subject), self.tag.as_deref());
        Topic { id: format!("t{}", mail.id.hex()), title, ..Topic::default() }
    }

    fn post(&self, mail: &MailOverview, want: Want, give: Give<'_>) -> Result<()> {
        let of = |at: u32| format!("m{}", self.mails[at as usize].id.hex());
        let opening = self.opening(mail);
        let mut post = Post {
            id: format!("m{}", mail.id.hex()),
            topic: format!("t{}", opening.id.hex()),
            author: format!("a:{}", self.words.get(mail.address)),
            date: mail.date,
            opens: std::ptr::eq(opening, mail),
            reply_to: mail.belongs.answers.map(of),
            ..Post::default()
        };
        if let Some(id) = mail.message_id.and_then(|at| self.message_ids.get::<&str>(at)) {
            // https://public-inbox.org/design_www.html: an inbox shows a mail at its Message-ID.
            post.aliases.push(format!("/{id}/"));
        }
        if want == Want::All {
            let mail = self.boxes.read(mail.place)?.unwrap_or_default();
            let body = body::read(&mail, self.trim);
            (post.text, post.attachments) = (body.text, body.attachments);
            for (reason, name) in body.left {
                give(Item::Skipped(Skipped { kind: Kind::Attachment, reason, name }))?;
            }
        }
        give(Item::Post(Box::new(post)))
    }
}

impl MailOverview {
    /// What a head tells of a mail; nothing else is settled yet.
    fn new(place: MessagePlace, head: &Head, words: &mut Words) -> MailOverview {
        MailOverview {
            place,
            id: head.id,
            message_id: None,
            subject: words.number(&head.subject),
            name: words.number(&head.name),
            address: words.number(&head.address),
            date: 0,
            belongs: Belongs { topic: 0, answers: None },
        }
    }
}

impl Archive for Mail {
    fn read(&mut self, want: Want, _: &dyn Monitor, give: Give<'_>) -> Result<()> {
        let mut members: BTreeMap<&str, &str> = BTreeMap::new();
        for mail in &self.mails {
            // Of several names the longest says most; the same one wins each time.
            let (address, told) = (self.words.get(mail.address), self.words.get(mail.name));
            let name = members.entry(address).or_default();
            if (told.len(), told) > (name.len(), name) {
                *name = told;
            }
        }
        for (address, name) in members {
            let id = format!("a:{address}");
            give(Item::Member(Member { id, secret: true, name: name.to_owned(), ..Member::default() }))?;
        }
        for mail in self.mails.iter().filter(|mail| std::ptr::eq(self.opening(mail), *mail)) {
            give(Item::Topic(self.topic(mail)))?;
        }
        for mail in &self.mails {
            self.post(mail, want, give)?;
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
    fn a_mail_that_is_too_large_is_left_out_with_its_reason() {
        use std::io::Write;
        let folder = tempfile::tempdir().unwrap();
        let mut file = std::fs::File::create(folder.path().join("a.eml")).unwrap();
        file.write_all(b"Subject: Tea\n\nYes.\n").unwrap();
        let read = || Mail::open(&Source::open(folder.path()).unwrap(), &Options::default()).unwrap();
        assert_eq!((read().mails.len(), read().skipped.len()), (1, 0));
        file.set_len((128 << 20) + 1).unwrap();
        let mail = read();
        let skipped: Vec<_> = mail.skipped.iter().map(|it| (it.reason, it.name.as_str())).collect();
        assert_eq!((mail.mails.len(), skipped), (0, vec![("larger than 128 MiB", "a.eml at byte 0")]));
    }

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
