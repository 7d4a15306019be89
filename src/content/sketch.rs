//! One topic's files, and what the history tells of them, in → what is remembered of the topic out: its posts, complete
//! but for who the people are that they name, and a *sketch*: all that the rest of the forum sees of the topic, so that
//! its posts are only read again where they are shown.

use std::collections::BTreeMap;

use git2::Oid;
use serde::{Deserialize, Serialize};

use super::attachment::Attachment;
use super::forum::Dated;
use super::moderation::{self, Moderation};
use super::month::Month;
use super::names::Stem;
use super::past::Past;
use super::post::{Opening, PostFile};
use super::topic::TopicFile;
use crate::diagnostic::Diagnostic;
use crate::git::history::Person;
use crate::key::Key;
use crate::markdown::LinkKind;

/// Somebody whom a post names, before it is known who that is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Name {
    /// Somebody with this handle.
    Handle(Box<str>),
    /// The author of a commit, as the commit has it.
    Committer(Box<Person>),
    /// Neither file nor history tell.
    Nobody,
}

/// A post with all that its file and the history say. People are places in [`Sketch::names`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Told {
    pub file: PostFile,
    pub author: u32,
    pub date: i64,
    pub dated: Dated,
    /// When the text was changed, and by whom where the history tells.
    pub edited: Option<(i64, Option<u32>)>,
    /// The fingerprint of the key that signed the text, whosever it is.
    pub signed: Option<Box<str>>,
}

/// Which post, without its text: who wrote it and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The author, as a place in [`Sketch::names`].
    pub author: u32,
    /// When: seconds since 1970.
    pub date: i64,
    /// Its stem.
    pub stem: Box<str>,
}

/// One of an author's posts in a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// Its place among the topic's posts.
    pub index: u32,
    /// When: seconds since 1970.
    pub date: i64,
}

/// A post with old addresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aliased {
    /// Its place among the topic's posts.
    pub index: u32,
    /// Its stem.
    pub stem: Box<str>,
    /// The old addresses.
    pub aliases: Vec<String>,
}

/// An author's posts in a topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// All of them, in their order.
    pub posts: Vec<Moment>,
    /// The earliest of which it is known what its file says.
    pub earliest: Option<Moment>,
    /// How many in each month, the earliest first.
    pub months: Vec<(Month, u32)>,
    /// The key of all that a list of the author's posts shows of them.
    pub key: Key,
}

/// What posts link to, by the path that they give.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The path.
    pub path: Box<str>,
    /// Whether a post links to it that isn't hidden.
    pub shown: bool,
}

/// What the rest of the forum sees of a topic's posts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sketch {
    /// The key of everything that is remembered of the topic: equal keys, equal topics.
    pub key: Key,
    /// The name of the record of its posts.
    #[serde(with = "crate::key::oid")]
    pub(super) record: Oid,
    /// What the opening post says of the topic.
    pub heading: Option<Box<Opening>>,
    /// Everybody who wrote or changed a post, once each, authors first.
    pub names: Vec<Name>,
    /// The shares of the authors, who are the first of the names.
    pub shares: Vec<Share>,
    /// The opening post.
    pub opening: Mark,
    /// The last post.
    pub last: Mark,
    /// The latest date of a post, which may be another's than the last where the opening post is dated wrongly.
    pub newest: i64,
    /// Of each post the date, or that of its last change where that is later.
    pub dates: Vec<i64>,
    /// What the posts link to within the forum, each path once.
    pub links: Vec<Target>,
    /// Whom they mention, each handle once.
    pub mentions: Vec<Box<str>>,
    /// The fingerprints of the keys that signed texts, each once.
    pub signed: Vec<Box<str>>,
    /// Those that have old addresses.
    pub aliased: Vec<Aliased>,
}

/// A topic as it is remembered, without its posts.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Known {
    /// The folder below the content folder.
    pub path: Box<str>,
    pub sketch: Box<Sketch>,
    /// Whether signatures were looked for.
    pub sealed: bool,
    pub attachments: Vec<Attachment>,
    pub moderation: Moderation,
    pub moderated: Option<i64>,
    pub strangers: Vec<String>,
    pub faults: Vec<Diagnostic>,
}

/// Names by their places, each once.
#[derive(Default)]
struct Names(Vec<Name>);

impl Names {
    fn place(&mut self, name: Name) -> u32 {
        let at = self.0.iter().position(|known| *known == name).unwrap_or_else(|| {
            self.0.push(name);
            self.0.len() - 1
        });
        at as u32
    }
}

/// Completes the topic at `path` from the history, puts its posts in order and sketches it. The posts come along, with
/// their record's bytes. `signed` tells for each post the key that signed its text, where signatures were looked for.
pub(super) fn draw(
    path: &str,
    file: TopicFile,
    past: &Past,
    signed: Option<Vec<Option<Box<str>>>>,
) -> (Known, Vec<Told>, Vec<u8>) {
    let sealed = signed.is_some();
    let (posts, names) = tell(path, file.posts, past, signed.unwrap_or_default());
    let moderated = file.moderation.locked.as_ref().and_then(|_| past.fact(&format!("{path}/{}", moderation::FILE)));
    let moderated = moderated.map(|fact| fact.edited.as_ref().map_or(fact.added.when, |event| event.when));
    let bytes = postcard::to_stdvec(&posts).unwrap_or_default();
    let record = Oid::from_bytes(&blake3::hash(&bytes).as_bytes()[..20]).unwrap_or(Oid::ZERO_SHA1);
    let mut known = Known {
        path: path.into(),
        sketch: Box::new(sketch(path, &posts, names, record)),
        sealed,
        attachments: file.attachments,
        moderation: file.moderation,
        moderated,
        strangers: file.strangers,
        faults: file.faults,
    };
    // The key so far is the same for all.
    known.sketch.key = Key::of(&known);
    (known, posts, bytes)
}

fn tell(path: &str, files: Vec<PostFile>, past: &Past, signed: Vec<Option<Box<str>>>) -> (Vec<Told>, Names) {
    let mut names = Names::default();
    let mut place = String::with_capacity(path.len() + 64);
    let committer = |person: u32| Name::Committer(Box::new(past.person(person).clone()));
    let with_facts = files.into_iter().map(|post| {
        place.clear();
        place.extend([path, "/", &post.stem, ".md"]);
        let fact = past.fact(&place);
        (post, fact)
    });
    let mut all: Vec<_> = with_facts.collect();
    // Authors come first, so their names are found before those of editors.
    let authors: Vec<u32> = all
        .iter()
        .map(|(post, fact)| {
            names.place(match (&post.author, fact, Stem::read(&post.stem)) {
                (Some(author), ..) => Name::Handle(author.value.clone()),
                // Most files say who wrote them; for the others the commit does, or the name.
                (None, Some(fact), _) => committer(fact.added.person),
                (None, None, Some(stem)) => Name::Handle(stem.author.into()),
                (None, None, None) => Name::Nobody,
            })
        })
        .collect();
    let mut posts: Vec<Told> = all
        .drain(..)
        .zip(authors)
        .zip(signed.into_iter().chain(std::iter::repeat(None)))
        .map(|(((file, fact), author), signed)| {
            let (date, dated) = match (&file.date, &fact) {
                (Some(date), _) => (date.value, Dated::File),
                (None, Some(fact)) => (fact.added.when, Dated::Commit),
                (None, None) => (Stem::read(&file.stem).map_or(0, |stem| stem.when), Dated::Guess),
            };
            let said = file.archive.as_ref().and_then(|archive| archive.edited).map(|when| (when, None));
            let seen = fact.and_then(|fact| fact.edited);
            let seen = seen.map(|event| (event.when, Some(names.place(committer(event.person)))));
            Told { edited: seen.or(said), file, author, date, dated, signed }
        })
        .collect();
    posts.sort_by(|a, b| {
        let order = |post: &Told| (post.file.opening.is_none(), post.date);
        order(a).cmp(&order(b)).then_with(|| a.file.stem.cmp(&b.file.stem))
    });
    (posts, names)
}

fn sketch(path: &str, posts: &[Told], names: Names, record: Oid) -> Sketch {
    let mark = |post: Option<&Told>| {
        post.map_or(Mark { author: 0, date: 0, stem: Box::default() }, |post| Mark {
            author: post.author,
            date: post.date,
            stem: post.file.stem.clone(),
        })
    };
    let heading = posts.first().and_then(|post| post.file.opening.clone());
    let mut links: Vec<Target> = Vec::new();
    let mut mentions: Vec<Box<str>> = Vec::new();
    for post in posts {
        let shown = post.file.hidden().is_none();
        for link in &post.file.links {
            if link.kind == LinkKind::Mention {
                if !mentions.iter().any(|known| **known == *link.target) {
                    mentions.push(link.target.as_str().into());
                }
            } else if let Some(known) = links.iter_mut().find(|known| *known.path == *link.target) {
                known.shown |= shown;
            } else {
                links.push(Target { path: link.target.as_str().into(), shown });
            }
        }
    }
    let mut signed: Vec<Box<str>> = posts.iter().filter_map(|post| post.signed.clone()).collect();
    signed.sort_unstable();
    signed.dedup();
    let authors = posts.iter().map(|post| post.author + 1).max().unwrap_or(0);
    let title = heading.as_ref().map_or(path, |heading| &heading.title.value);
    let shares = (0..authors).map(|author| share(path, title, posts, author)).collect();
    Sketch {
        key: Key::default(),
        record,
        names: names.0,
        shares,
        opening: mark(posts.first()),
        last: mark(posts.last()),
        newest: posts.iter().map(|post| post.date).max().unwrap_or(0),
        dates: posts.iter().map(|post| post.edited.map_or(post.date, |(when, _)| when.max(post.date))).collect(),
        links,
        mentions,
        signed,
        aliased: (0..).zip(posts).filter_map(aliased).collect(),
        heading,
    }
}

fn aliased((index, post): (u32, &Told)) -> Option<Aliased> {
    let aliases = &post.file.archive.as_ref()?.aliases;
    (!aliases.is_empty()).then(|| Aliased { index, stem: post.file.stem.clone(), aliases: aliases.clone() })
}

fn share(path: &str, title: &str, posts: &[Told], author: u32) -> Share {
    let own = || (0_u32..).zip(posts).filter(|(_, post)| post.author == author);
    let rows = own().map(|(index, post)| {
        let shown = post.file.hidden().is_none().then(|| post.file.blob.as_bytes());
        (index, &*post.file.stem, post.date, shown)
    });
    // Of several as early as each other, the first.
    let first = own().filter(|(_, post)| !post.file.unread).min_by_key(|(_, post)| post.date);
    let mut months: BTreeMap<Month, u32> = BTreeMap::new();
    own().for_each(|(_, post)| *months.entry(Month::of(post.date)).or_default() += 1);
    Share {
        posts: own().map(|(index, post)| Moment { index, date: post.date }).collect(),
        months: months.into_iter().collect(),
        earliest: first.map(|(index, post)| Moment { index, date: post.date }),
        key: Key::of(&(path, title, rows.collect::<Vec<_>>())),
    }
}
