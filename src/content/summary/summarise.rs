//! One topic's files, and what the history tells of them → its posts, complete but for who people are, and its summary.

use git2::Oid;
use serde::Serialize;

use super::{Aliased, Ends, NEVER, Noted, Rare, StoredPost, StoredTopic, TextChange, TopicSummary};
use crate::Result;
use crate::content::date::date;
use crate::content::history::Past;
use crate::content::moderation;
use crate::content::names::Stem;
use crate::content::packed::{Lists, joined};
use crate::content::post::{PostFile, Sourced};
use crate::content::topic::TopicFile;
use crate::git::history::Person;
use crate::key::Key;
use crate::markdown::LinkKind;
use crate::plain::packed;

/// A [`Name`] of its own.
#[derive(PartialEq, Serialize)]
enum Called {
    Handle(Box<str>),
    Committer(Person),
    Nobody,
}

/// Names by their places, each once.
#[derive(Default)]
struct Names(Vec<Called>);

impl Names {
    fn place(&mut self, name: Called) -> u32 {
        let at = self.0.iter().position(|known| *known == name).unwrap_or_else(|| {
            self.0.push(name);
            self.0.len() - 1
        });
        at as u32
    }
}

/// Completes the topic at `path` from the history, puts its posts in order and summarises it. The posts come along, with
/// their record's bytes. `signed` tells for each post the key that signed its text, where signatures were looked for.
///
/// # Errors
/// The cache, in which most of the history is looked up, is damaged.
pub(in crate::content) fn summarise(
    path: &str,
    file: TopicFile,
    past: &Past,
    signed: Option<Vec<Option<Box<str>>>>,
) -> Result<(StoredTopic, Vec<StoredPost>, Vec<u8>)> {
    let signatures_checked = signed.is_some();
    let (posts, names) = store_posts(path, file.posts, past, signed.unwrap_or_default())?;
    let moderated = match file.moderation.locked {
        Some(_) => past.fact(&format!("{path}/{}", moderation::FILE))?,
        None => None,
    };
    let moderated = moderated.map(|fact| fact.edited.as_ref().map_or(fact.added.when, |event| event.when));
    let bytes = postcard::to_stdvec(&posts).unwrap_or_default();
    let record = Oid::from_bytes(&blake3::hash(&bytes).as_bytes()[..20]).unwrap_or(Oid::ZERO_SHA1);
    let mut known = StoredTopic {
        path: path.into(),
        summary: Box::new(summary(path, &posts, names, record)),
        signatures_checked,
        attachments: file.attachments.into(),
        moderation: file.moderation,
        moderated,
        unexpected_files: file.unexpected_files.into(),
        faults: file.faults.into(),
    };
    // The key so far is the same for all.
    known.summary.key = Key::of(&known);
    Ok((known, posts, bytes))
}

fn store_posts(
    path: &str,
    files: Vec<PostFile>,
    past: &Past,
    signed: Vec<Option<Box<str>>>,
) -> Result<(Vec<StoredPost>, Names)> {
    let mut names = Names::default();
    let mut place = String::with_capacity(path.len() + 64);
    let committer = |person: u32| past.person(person).cloned().map_or(Called::Nobody, Called::Committer);
    let with_facts = files.into_iter().map(|post| {
        place.clear();
        place.extend([path, "/", &post.stem, ".md"]);
        Ok((post, past.fact(&place)?))
    });
    let mut all = with_facts.collect::<Result<Vec<_>>>()?;
    // Authors come first, so their names are found before those of editors.
    let authors: Vec<u32> = all
        .iter()
        .map(|(post, fact)| {
            names.place(match (&post.author, fact, Stem::read(&post.stem)) {
                (Some(author), ..) => Called::Handle(author.value().clone()),
                // Most files say who wrote them; for the others the commit does, or the name.
                (None, Some(fact), _) => committer(fact.added.person),
                (None, None, Some(stem)) => Called::Handle(stem.author.into()),
                (None, None, None) => Called::Nobody,
            })
        })
        .collect();
    let mut posts: Vec<StoredPost> = all
        .drain(..)
        .zip(authors)
        .zip(signed.into_iter().chain(std::iter::repeat(None)))
        .map(|(((file, fact), author), signed)| {
            let (date, dated) = date(&file, fact.as_ref());
            let said = file.archive.as_ref().and_then(|archive| archive.edited).map(|when| (when, None));
            let seen = fact.and_then(|fact| fact.edited);
            let seen = seen.map(|event| (event.when, Some(names.place(committer(event.person)))));
            StoredPost { edited: seen.or(said), file, author, date, dated, signed }
        })
        .collect();
    posts.sort_by(|a, b| {
        let order = |post: &StoredPost| (post.file.opening.is_none(), post.date);
        order(a).cmp(&order(b)).then_with(|| a.file.stem.cmp(&b.file.stem))
    });
    Ok((posts, names))
}

fn summary(path: &str, posts: &[StoredPost], names: Names, record: Oid) -> TopicSummary {
    let heading = posts.first().and_then(|post| post.file.opening.as_deref());
    let title = heading.map(|heading| heading.title.value.as_str());
    let tags = heading.iter().flat_map(|heading| &heading.tags).map(|tag| tag.value.as_str());
    let handles = names.0.iter().map(|name| if let Called::Handle(handle) = name { handle } else { "" });
    let Leads { shown, unseen, mentions } = leads(posts);
    let mut signed: Vec<&str> = posts.iter().filter_map(|post| post.signed.as_deref()).collect();
    signed.sort_unstable();
    signed.dedup();
    let mut texts: Vec<&str> = Vec::new();
    let ends = Ends {
        title: until(&mut texts, title.into_iter()),
        tags: until(&mut texts, tags),
        names: until(&mut texts, handles),
        shown: until(&mut texts, shown.into_iter()),
        unseen: until(&mut texts, unseen.into_iter()),
        mentions: until(&mut texts, mentions.into_iter()),
        signed: until(&mut texts, signed.into_iter()),
    };
    texts.extend(posts.last().map(|post| &*post.file.stem));
    let other = |(place, name): (u32, &Called)| match name {
        Called::Handle(_) => None,
        Called::Committer(person) => Some((place, Some(person.clone()))),
        Called::Nobody => Some((place, None)),
    };
    let authors = posts.iter().map(|post| post.author + 1).max().unwrap_or(0);
    let firsts: Vec<Option<&StoredPost>> = (0..authors).map(|author| first(posts, author)).collect();
    let noted = firsts.iter().map(|post| post.and_then(|post| noted(post, &names)));
    let noted = noted.flat_map(|first: Noted<'_>| postcard::to_stdvec(&first).unwrap_or_default());
    let changed = |(index, post): (u32, &StoredPost)| post.edited.map(|(date, _)| TextChange { index, date });
    let (texts, text_ends) = joined(texts);
    let lists = [
        text_ends,
        packed(posts.iter().map(|post| post.author)),
        packed(posts.iter().map(|post| post.date)),
        packed((0..authors).map(|author| share(path, title.unwrap_or(path), posts, author))),
        packed(firsts.iter().map(|post| post.map_or(NEVER, |post| post.date))),
        noted.collect(),
        packed(names.0.iter().map(Key::of)),
    ];
    let rare = Rare {
        others: (0..).zip(&names.0).filter_map(other).collect(),
        changes: (0..).zip(posts).filter_map(changed).collect(),
        aliased: (0..).zip(posts).filter_map(aliased).collect(),
    };
    let rare = (rare != Rare::default()).then(|| Box::new(rare));
    TopicSummary {
        key: Key::default(),
        label: Key::of(&(path, title)),
        record,
        ends,
        opened: posts.first().map_or(0, |post| post.date),
        last: posts.last().map_or(0, |post| post.date),
        oldest: posts.iter().map(|post| post.date).min().unwrap_or(0),
        newest: posts.iter().map(|post| post.date).max().unwrap_or(0),
        rare,
        lists: Lists::pack(&texts, lists),
    }
}

/// Adds texts to others and tells where they end.
fn until<'t>(texts: &mut Vec<&'t str>, more: impl Iterator<Item = &'t str>) -> u32 {
    texts.extend(more);
    texts.len() as u32
}

/// Where posts lead to, each place once.
#[derive(Default)]
struct Leads<'p> {
    shown: Vec<&'p str>,
    unseen: Vec<&'p str>,
    mentions: Vec<&'p str>,
}

fn leads(posts: &[StoredPost]) -> Leads<'_> {
    let mut leads = Leads::default();
    for post in posts {
        for link in &post.file.links {
            let list = match link.kind {
                LinkKind::Mention => &mut leads.mentions,
                _ if post.file.hidden().is_none() => &mut leads.shown,
                _ => &mut leads.unseen,
            };
            if !list.contains(&&*link.target) {
                list.push(&link.target);
            }
        }
    }
    leads.unseen.retain(|path| !leads.shown.contains(path));
    leads
}

fn aliased((index, post): (u32, &StoredPost)) -> Option<Aliased> {
    let aliases = &post.file.archive.as_ref()?.aliases;
    (!aliases.is_empty()).then(|| Aliased { index, stem: post.file.stem.clone(), aliases: aliases.clone() })
}

/// An author's earliest post of which it is known what its file says; of several as early as each other, the first.
fn first(posts: &[StoredPost], author: u32) -> Option<&StoredPost> {
    posts.iter().filter(|post| post.author == author && !post.file.unread).min_by_key(|post| post.date)
}

fn noted<'p>(post: &'p StoredPost, names: &Names) -> Noted<'p> {
    let author = match names.0.get(post.author as usize) {
        Some(Called::Handle(author)) => author,
        _ => "",
    };
    let usual = Stem::read(&post.file.stem) == Some(Stem { when: post.date, author });
    let named = match &post.file.author {
        Some(Sourced::File(author)) => Some(author.at),
        _ => None,
    };
    Some((named, (!usual).then_some(&*post.file.stem)))
}

/// The key of all that a list of an author's posts shows of those in the topic at `path`.
fn share(path: &str, title: &str, posts: &[StoredPost], author: u32) -> Key {
    let own = (0_u32..).zip(posts).filter(|(_, post)| post.author == author);
    let rows = own.map(|(index, post)| {
        let shown = post.file.hidden().is_none().then(|| post.file.blob.as_bytes());
        (index, &*post.file.stem, post.date, shown)
    });
    Key::of(&(path, title, rows.collect::<Vec<_>>()))
}
