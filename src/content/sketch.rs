//! One topic's files, and what the history tells of them, in → what is remembered of the topic out: its posts, complete
//! but for who the people are that they name, and a *sketch*: all that the rest of the forum sees of the topic, so that
//! its posts are only read again where they are shown.

use bytes::Bytes;
use git2::Oid;
use serde::{Deserialize, Serialize};

use super::attachment::Attachment;
use super::forum::Dated;
use super::moderation::{self, Moderation};
use super::names::Stem;
use super::packed::{Lists, Texts, joined};
use super::past::Past;
use super::post::PostFile;
use super::topic::TopicFile;
use crate::diagnostic::{Diagnostic, Spot};
use crate::git::history::Person;
use crate::key::Key;
use crate::markdown::LinkKind;
use crate::plain::{packed, values};

/// Somebody whom a post names, before it is known who that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name<'s> {
    /// Somebody with this handle.
    Handle(&'s str),
    /// The author of a commit, as the commit has it.
    Committer(&'s Person),
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

/// An author's earliest post in a topic of which it is known what its file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct First {
    /// Where its file names the author.
    pub named: Option<Spot>,
    /// Its stem.
    pub stem: String,
}

/// A [`First`] in a sketch: its stem stands there only where it isn't the usual one for its date and author.
type Noted<'s> = Option<(Option<Spot>, Option<&'s str>)>;

/// What the rest of the forum sees of a topic's posts. A forum has very many of these and reads them all, so most is left
/// in the piece of bytes that it was read from: its lists `L`, or in a record their bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sketch<L = Lists<LISTS>> {
    /// The key of everything that is remembered of the topic: equal keys, equal topics.
    pub key: Key,
    /// The key of how others name the topic: of its path and its title.
    pub label: Key,
    /// The name of the record of its posts.
    #[serde(with = "crate::key::oid")]
    pub(super) record: Oid,
    ends: Ends,
    /// Those of the names that are no handles, by their places among them.
    others: Box<[(u32, Option<Person>)]>,
    /// The earliest date of a post, which may be another's than the opening post where that is dated wrongly.
    pub oldest: i64,
    /// The latest, which may likewise be another's than the last.
    pub newest: i64,
    /// The last changes of those texts that were changed.
    pub changes: Box<[Change]>,
    /// Those that have old addresses.
    pub aliased: Box<[Aliased]>,
    lists: L,
}

/// How many lists a sketch has, and which they are. The first are its texts, as [`Ends`] tells them apart.
const LISTS: usize = 8;
const TEXT_ENDS: usize = 1;
const AUTHORS: usize = 2;
const DATES: usize = 3;
const SHARES: usize = 4;
const BEGUN: usize = 5;
const FIRSTS: usize = 6;
const NAMES: usize = 7;

impl Sketch<&[u8]> {
    /// The sketch whose lists are a part of a piece of `bytes`; `None` where they are none.
    fn of(self, bytes: &Bytes) -> Option<Sketch> {
        let Sketch { key, label, record, ends, others, oldest, newest, changes, aliased, lists } = self;
        let lists = Lists::read(bytes.slice_ref(lists))?;
        Some(Sketch { key, label, record, ends, others, oldest, newest, changes, aliased, lists })
    }
}

/// Later than every date of a post.
pub const NEVER: i64 = i64::MAX;

/// Where the texts of each kind end among those of a sketch. Behind them all stands the stem of the last post.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Ends {
    /// One or none.
    title: u32,
    tags: u32,
    names: u32,
    /// Paths that a post links to that isn't hidden.
    shown: u32,
    /// Paths that only hidden posts link to.
    unseen: u32,
    mentions: u32,
    signed: u32,
}

impl Sketch {
    fn texts(&self) -> Texts<'_> {
        Texts::new(self.lists.text(), self.lists.list(TEXT_ENDS))
    }

    /// The topic's title; `None` when no post has one.
    #[must_use]
    pub fn title(&self) -> Option<&str> {
        self.texts().slice(0..self.ends.title).next()
    }

    /// The topic's tags.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        self.texts().slice(self.ends.title..self.ends.tags)
    }

    /// Everybody who wrote or changed a post, once each, authors first.
    pub fn names(&self) -> impl Iterator<Item = Name<'_>> {
        let mut others = self.others.iter().peekable();
        (0..).zip(self.texts().slice(self.ends.tags..self.ends.names)).map(move |(place, handle)| {
            match others.next_if(|other| other.0 == place) {
                Some((_, Some(person))) => Name::Committer(person),
                Some((_, None)) => Name::Nobody,
                None => Name::Handle(handle),
            }
        })
    }

    /// The keys of the [names](Sketch::names): equal keys, equal names.
    pub fn name_keys(&self) -> impl ExactSizeIterator<Item = Key> + Clone {
        values::<Key, 16>(self.lists.list(NAMES))
    }

    /// The paths within the forum that posts link to, each once; those that only hidden posts link to are the last.
    pub fn links(&self) -> impl Iterator<Item = &str> {
        self.texts().slice(self.ends.names..self.ends.unseen)
    }

    /// The paths that posts link to that aren't hidden.
    pub fn shown_links(&self) -> impl Iterator<Item = &str> {
        self.texts().slice(self.ends.names..self.ends.shown)
    }

    /// Whom posts mention, each handle once.
    pub fn mentions(&self) -> impl Iterator<Item = &str> {
        self.texts().slice(self.ends.unseen..self.ends.mentions)
    }

    /// The fingerprints of the keys that signed texts, each once.
    pub fn signed(&self) -> impl Iterator<Item = &str> {
        self.texts().slice(self.ends.mentions..self.ends.signed)
    }

    /// The stem of the last post.
    #[must_use]
    pub fn last_stem(&self) -> &str {
        self.texts().last()
    }

    /// How many posts there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.dates().len()
    }

    /// Each post's date: seconds since 1970.
    pub fn dates(&self) -> impl ExactSizeIterator<Item = i64> + DoubleEndedIterator + Clone {
        values::<i64, 8>(self.lists.list(DATES))
    }

    /// The date of the opening post.
    #[must_use]
    pub fn opened(&self) -> i64 {
        self.dates().next().unwrap_or(0)
    }

    /// The date of the last post.
    #[must_use]
    pub fn last(&self) -> i64 {
        self.dates().next_back().unwrap_or(0)
    }

    /// Each post's author, as a place in the [names](Sketch::names).
    pub fn authors(&self) -> impl ExactSizeIterator<Item = u32> + DoubleEndedIterator + Clone {
        values::<u32, 4>(self.lists.list(AUTHORS))
    }

    /// The keys of all that a list of an author's posts shows of those in the topic, for the authors, who are the first of
    /// the names.
    pub fn shares(&self) -> impl ExactSizeIterator<Item = Key> + Clone {
        values::<Key, 16>(self.lists.list(SHARES))
    }

    /// The dates of the authors' [first](Sketch::first) posts; [`NEVER`] for an author without one.
    pub fn begun(&self) -> impl ExactSizeIterator<Item = i64> + Clone {
        values::<i64, 8>(self.lists.list(BEGUN))
    }

    /// The first post of the author who is the one of the names at this place.
    #[must_use]
    pub fn first(&self, at: usize) -> Option<First> {
        let mut rest = self.lists.list(FIRSTS);
        let mut next = || {
            let (noted, after) = postcard::take_from_bytes::<Noted<'_>>(rest).ok()?;
            rest = after;
            Some(noted)
        };
        for _ in 0..at {
            next()?;
        }
        let (named, stem) = next()??;
        let usual = || match self.names().nth(at)? {
            Name::Handle(author) => Some(Stem { when: self.begun().nth(at)?, author }.to_string()),
            Name::Committer(_) | Name::Nobody => None,
        };
        Some(First { named, stem: stem.map(str::to_owned).or_else(usual)? })
    }
}

/// A topic as it is remembered, without its posts; its sketch may be that of a record.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Known<S = Sketch> {
    /// The folder below the content folder.
    pub path: String,
    pub sketch: S,
    /// Whether signatures were looked for.
    pub sealed: bool,
    pub attachments: Box<[Attachment]>,
    pub moderation: Moderation,
    pub moderated: Option<i64>,
    pub strangers: Box<[String]>,
    pub faults: Box<[Diagnostic]>,
}

impl Known<Sketch<&[u8]>> {
    /// The topic whose sketch is a part of a piece of `bytes`; `None` where it is damaged.
    pub(super) fn of(self, bytes: &Bytes) -> Option<Box<Known>> {
        let Known { path, sketch, sealed, attachments, moderation, moderated, strangers, faults } = self;
        let sketch = sketch.of(bytes)?;
        Some(Box::new(Known { path, sketch, sealed, attachments, moderation, moderated, strangers, faults }))
    }
}

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
        sketch: sketch(path, &posts, names, record),
        sealed,
        attachments: file.attachments.into(),
        moderation: file.moderation,
        moderated,
        strangers: file.strangers.into(),
        faults: file.faults.into(),
    };
    // The key so far is the same for all.
    known.sketch.key = Key::of(&known);
    (known, posts, bytes)
}

fn tell(path: &str, files: Vec<PostFile>, past: &Past, signed: Vec<Option<Box<str>>>) -> (Vec<Told>, Names) {
    let mut names = Names::default();
    let mut place = String::with_capacity(path.len() + 64);
    let committer = |person: u32| Called::Committer(past.person(person).clone());
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
                (Some(author), ..) => Called::Handle(author.value.clone()),
                // Most files say who wrote them; for the others the commit does, or the name.
                (None, Some(fact), _) => committer(fact.added.person),
                (None, None, Some(stem)) => Called::Handle(stem.author.into()),
                (None, None, None) => Called::Nobody,
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
    let firsts: Vec<Option<&Told>> = (0..authors).map(|author| first(posts, author)).collect();
    let noted = firsts.iter().map(|post| post.map(|post| noted(post, &names)));
    let noted = noted.flat_map(|first: Noted<'_>| postcard::to_stdvec(&first).unwrap_or_default());
    let changed = |(index, post): (u32, &Told)| post.edited.map(|(date, _)| Change { index, date });
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
    Sketch {
        key: Key::default(),
        label: Key::of(&(path, title)),
        record,
        ends,
        others: (0..).zip(&names.0).filter_map(other).collect(),
        oldest: posts.iter().map(|post| post.date).min().unwrap_or(0),
        newest: posts.iter().map(|post| post.date).max().unwrap_or(0),
        changes: (0..).zip(posts).filter_map(changed).collect(),
        aliased: (0..).zip(posts).filter_map(aliased).collect(),
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

fn leads(posts: &[Told]) -> Leads<'_> {
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

fn aliased((index, post): (u32, &Told)) -> Option<Aliased> {
    let aliases = &post.file.archive.as_ref()?.aliases;
    (!aliases.is_empty()).then(|| Aliased { index, stem: post.file.stem.clone(), aliases: aliases.clone() })
}

/// An author's earliest post of which it is known what its file says; of several as early as each other, the first.
fn first(posts: &[Told], author: u32) -> Option<&Told> {
    posts.iter().filter(|post| post.author == author && !post.file.unread).min_by_key(|post| post.date)
}

fn noted<'p>(post: &'p Told, names: &Names) -> (Option<Spot>, Option<&'p str>) {
    let author = match names.0.get(post.author as usize) {
        Some(Called::Handle(author)) => author,
        _ => "",
    };
    let usual = Stem::read(&post.file.stem) == Some(Stem { when: post.date, author });
    (post.file.author.as_ref().map(|author| author.at), (!usual).then_some(&*post.file.stem))
}

/// The key of all that a list of an author's posts shows of those in the topic at `path`.
fn share(path: &str, title: &str, posts: &[Told], author: u32) -> Key {
    let own = (0_u32..).zip(posts).filter(|(_, post)| post.author == author);
    let rows = own.map(|(index, post)| {
        let shown = post.file.hidden().is_none().then(|| post.file.blob.as_bytes());
        (index, &*post.file.stem, post.date, shown)
    });
    Key::of(&(path, title, rows.collect::<Vec<_>>()))
}
