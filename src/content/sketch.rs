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
use crate::diagnostic::{Diagnostic, Spot};
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

/// A change of a post's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The post's place among the topic's.
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
    /// The earliest of which it is known what its file says.
    pub first: Option<First>,
    /// The key of all that a list of the author's posts shows of them.
    pub key: Key,
}

/// An author's first post in a topic; [`Sketch::stem`] tells which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct First {
    /// When: seconds since 1970.
    pub date: i64,
    /// Where its file names the author, if it does.
    pub named: Option<Spot>,
}

/// How many posts an author wrote in a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// The month.
    pub month: Month,
    /// The author, as a place in [`Sketch::names`].
    pub author: u32,
    /// How many.
    pub posts: u32,
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
    /// The stems of the shares' first posts, in one piece.
    stems: Box<str>,
    /// How many posts each author wrote in each month, the earliest first.
    pub written: Vec<Written>,
    /// The opening post.
    pub opening: Mark,
    /// The last post.
    pub last: Mark,
    /// The latest date of a post, which may be another's than the last where the opening post is dated wrongly.
    pub newest: i64,
    /// Each post's author, as a place in the names.
    pub authors: Vec<u32>,
    /// Each post's date: seconds since 1970.
    pub dates: Vec<i64>,
    /// The last changes of those texts that were changed.
    pub changes: Vec<Change>,
    /// What the posts link to within the forum, each path once.
    pub links: Vec<Target>,
    /// Whom they mention, each handle once.
    pub mentions: Vec<Box<str>>,
    /// The fingerprints of the keys that signed texts, each once.
    pub signed: Vec<Box<str>>,
    /// Those that have old addresses.
    pub aliased: Vec<Aliased>,
}

/// Between the stems of a sketch: no name of a file has it.
const BETWEEN: char = '/';

impl Sketch {
    /// The stem of a share's [first](Share::first) post.
    #[must_use]
    pub fn stem(&self, share: usize) -> &str {
        self.stems.split(BETWEEN).nth(share).unwrap_or_default()
    }
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
    let firsts: Vec<Option<&Told>> = (0..authors).map(|author| first(posts, author)).collect();
    let share = |(author, first): (u32, &Option<&Told>)| Share {
        first: first.map(|post| First { date: post.date, named: post.file.author.as_ref().map(|name| name.at) }),
        key: shown(path, title, posts, author),
    };
    let stems: Vec<&str> = firsts.iter().map(|post| post.map_or("", |post| &post.file.stem)).collect();
    let mut written: BTreeMap<(Month, u32), u32> = BTreeMap::new();
    posts.iter().for_each(|post| *written.entry((Month::of(post.date), post.author)).or_default() += 1);
    let changed = |(index, post): (u32, &Told)| post.edited.map(|(date, _)| Change { index, date });
    Sketch {
        key: Key::default(),
        record,
        names: names.0,
        shares: (0..).zip(&firsts).map(share).collect(),
        stems: stems.join(BETWEEN.encode_utf8(&mut [0; 4])).into(),
        written: written.into_iter().map(|((month, author), posts)| Written { month, author, posts }).collect(),
        opening: mark(posts.first()),
        last: mark(posts.last()),
        newest: posts.iter().map(|post| post.date).max().unwrap_or(0),
        authors: posts.iter().map(|post| post.author).collect(),
        dates: posts.iter().map(|post| post.date).collect(),
        changes: (0..).zip(posts).filter_map(changed).collect(),
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

/// An author's earliest post of which it is known what its file says; of several as early as each other, the first.
fn first(posts: &[Told], author: u32) -> Option<&Told> {
    posts.iter().filter(|post| post.author == author && !post.file.unread).min_by_key(|post| post.date)
}

/// The key of all that a list of an author's posts shows of those in the topic at `path`.
fn shown(path: &str, title: &str, posts: &[Told], author: u32) -> Key {
    let own = (0_u32..).zip(posts).filter(|(_, post)| post.author == author);
    let rows = own.map(|(index, post)| {
        let shown = post.file.hidden().is_none().then(|| post.file.blob.as_bytes());
        (index, &*post.file.stem, post.date, shown)
    });
    Key::of(&(path, title, rows.collect::<Vec<_>>()))
}
