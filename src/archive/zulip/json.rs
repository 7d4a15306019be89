//! The files of a Zulip export → streams and messages in one shape. It follows no links and turns no HTML.

use std::collections::{BTreeMap, HashMap};
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;

use super::narrow;
use crate::Result;
use crate::archive::html;
use crate::archive::row::Entry;
use crate::archive::source::{self, Source};

/// A stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Stream {
    /// Its number, or its name where none is known.
    pub(super) id: String,
    /// Number and name, as they stand in addresses.
    pub(super) slug: String,
    pub(super) name: String,
    /// In Markdown.
    pub(super) description: String,
    /// Not everybody could read it.
    pub(super) private: bool,
    /// Nobody writes there any more.
    pub(super) closed: bool,
}

/// A message.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) id: u64,
    /// The number of its stream; none for what was said between a few.
    pub(super) stream: Option<String>,
    /// The topic as it was called then.
    pub(super) topic: String,
    /// The id of its author.
    pub(super) sender: String,
    /// The author's number, where it is known.
    pub(super) number: Option<u64>,
    /// The author's name.
    pub(super) name: String,
    /// One of Zulip's own bots wrote it.
    pub(super) by_system: bool,
    pub(super) date: i64,
    pub(super) edited: Option<i64>,
    pub(super) text: String,
    /// The text is HTML; Markdown otherwise.
    pub(super) html: bool,
}

impl Message {
    /// Whether its text was taken away.
    pub(super) fn is_deleted(&self) -> bool {
        matches!(self.text.trim(), "" | "(deleted)" | "<p>(deleted)</p>")
    }
}

/// The messages of a topic's file of zulip-archive, none in the place of one that can't be read; none at all when it is
/// something else.
pub(super) fn topic(path: &Path, text: &str) -> Option<Vec<Option<Message>>> {
    #[derive(Deserialize)]
    struct Line {
        id: u64,
        content: String,
        sender_full_name: String,
        timestamp: f64,
    }
    let lines: Vec<Entry<Line>> = serde_json::from_str(text).ok()?;
    if !lines.is_empty() && lines.iter().all(|it| it.read().is_none()) {
        return None;
    }
    let (stream, topic) = (stream_of(path)?.id, narrow::decoded(path.file_stem()?.to_str()?));
    let each = |it: Line| Message {
        id: it.id,
        stream: Some(stream.clone()),
        topic: topic.clone(),
        sender: format!("u:{}", it.sender_full_name),
        number: None,
        name: it.sender_full_name,
        by_system: false,
        date: it.timestamp as i64,
        edited: None,
        text: it.content,
        html: true,
    };
    Some(lines.into_iter().map(|it| it.taken().map(each)).collect())
}

/// The stream in whose folder a topic's file lies.
fn stream_of(path: &Path) -> Option<Stream> {
    let slug = path.parent()?.file_name()?.to_str()?.to_owned();
    let (number, name) = slug.split_once('-').unwrap_or(("", &slug));
    let numbered = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    let name = narrow::decoded(if numbered { name } else { &slug }).replace('-', " ");
    let id = if numbered { number.to_owned() } else { name.to_lowercase() };
    Some(Stream { id, name, slug, ..Stream::default() })
}

/// The files of each topic, by its name without marks and whatever the case of its letters.
type Topics<'s> = BTreeMap<String, Vec<&'s Path>>;

/// The streams of zulip-archive, and the files of each of their topics.
pub(super) fn folders(source: &Source) -> Vec<(Stream, Topics<'_>)> {
    let mut streams: BTreeMap<String, (Stream, Topics<'_>)> = BTreeMap::new();
    for path in source.ending("json") {
        // What lies on top is a list of the streams.
        let below = path.parent().is_some_and(|folder| folder != source.root) || source.root == path;
        let Some(stream) = stream_of(path).filter(|_| below) else { continue };
        let name = narrow::decoded(&path.file_stem().unwrap_or_default().to_string_lossy());
        let (name, _) = narrow::unmarked(&name);
        let (_, topics) = streams.entry(stream.id.clone()).or_insert_with(|| (stream, Topics::new()));
        topics.entry(name.to_lowercase()).or_default().push(path);
    }
    streams.into_values().filter(|(_, topics)| !topics.is_empty()).collect()
}

/// What Zulip's own export tells besides its messages.
#[derive(Debug, Default)]
pub(super) struct Realm {
    pub(super) streams: Vec<Stream>,
    /// The number of the stream that each recipient is.
    recipients: HashMap<u64, u64>,
    people: HashMap<u64, String>,
    /// The numbers of Zulip's own bots.
    system: Vec<u64>,
    /// How many have reacted to each message.
    pub(super) reactions: HashMap<u64, u64>,
}

#[derive(Deserialize)]
struct RealmJson {
    #[serde(default)]
    zerver_stream: Vec<StreamJson>,
    #[serde(default)]
    zerver_recipient: Vec<RecipientJson>,
    #[serde(default)]
    zerver_userprofile: Vec<PersonJson>,
    #[serde(default)]
    zerver_userprofile_crossrealm: Vec<PersonJson>,
    #[serde(default)]
    zerver_reaction: Vec<ReactionJson>,
}

#[derive(Deserialize)]
struct StreamJson {
    id: u64,
    name: String,
    rendered_description: Option<String>,
    invite_only: Option<bool>,
    deactivated: Option<bool>,
}

#[derive(Deserialize)]
struct RecipientJson {
    id: u64,
    type_id: u64,
    #[serde(rename = "type")]
    kind: u64,
}

/// Addresses, passwords and keys of people stand beside these, and aren't read.
#[derive(Deserialize)]
struct PersonJson {
    id: u64,
    full_name: Option<String>,
}

#[derive(Deserialize)]
struct ReactionJson {
    message: u64,
}

/// A recipient that is a stream.
const STREAM: u64 = 2;

/// Reads `realm.json`, where there is one.
///
/// # Errors
/// It can't be read.
pub(super) fn realm(source: &Source) -> Result<Option<Realm>> {
    let named = |path: &&Path| path.file_name().is_some_and(|it| it.eq_ignore_ascii_case("realm.json"));
    let Some(path) = source.ending("json").find(named) else { return Ok(None) };
    let Ok(json) = serde_json::from_str::<RealmJson>(&source::text(path)?) else { return Ok(None) };
    let streams = json.zerver_stream.into_iter().map(|it| Stream {
        id: it.id.to_string(),
        slug: format!("{}-{}", it.id, narrow::encoded(&it.name.replace(' ', "-"))),
        description: html::markdown(&it.rendered_description.unwrap_or_default(), &html::usual),
        private: it.invite_only.unwrap_or(false),
        closed: it.deactivated.unwrap_or(false),
        name: it.name,
    });
    let mut reactions: HashMap<u64, u64> = HashMap::new();
    for reaction in json.zerver_reaction {
        *reactions.entry(reaction.message).or_default() += 1;
    }
    let recipients = json.zerver_recipient.into_iter().filter(|it| it.kind == STREAM);
    let people = json.zerver_userprofile.into_iter().filter_map(|it| Some((it.id, it.full_name?)));
    Ok(Some(Realm {
        streams: streams.collect(),
        recipients: recipients.map(|it| (it.id, it.type_id)).collect(),
        people: people.collect(),
        system: json.zerver_userprofile_crossrealm.into_iter().map(|it| it.id).collect(),
        reactions,
    }))
}

/// The files with messages, in their order.
pub(super) fn messages(source: &Source) -> Vec<&Path> {
    let named = |path: &&Path| path.file_stem().is_some_and(|it| it.to_string_lossy().starts_with("messages-"));
    let mut files: Vec<&Path> = source.ending("json").filter(named).collect();
    files.sort_by_key(|path| path.file_name());
    files
}

impl Realm {
    /// The messages in a file of them, none in the place of one that can't be read; none at all when it is something else.
    pub(super) fn read(&self, text: &str) -> Option<Vec<Option<Message>>> {
        #[derive(Deserialize)]
        struct Upload {
            zerver_message: Vec<Entry<Line>>,
        }
        #[derive(Deserialize)]
        struct Line {
            id: u64,
            sender: u64,
            recipient: u64,
            subject: String,
            content: String,
            rendered_content: Option<String>,
            date_sent: f64,
            last_edit_time: Option<f64>,
        }
        let file: Upload = serde_json::from_str(text).ok()?;
        let each = |it: Line| {
            let html = it.rendered_content.as_deref().is_some_and(|html| !html.is_empty());
            Message {
                id: it.id,
                stream: self.recipients.get(&it.recipient).map(u64::to_string),
                topic: it.subject,
                sender: format!("u{}", it.sender),
                number: Some(it.sender),
                name: self.people.get(&it.sender).cloned().unwrap_or_else(|| String::from("former member")),
                by_system: self.system.contains(&it.sender),
                date: it.date_sent as i64,
                edited: it.last_edit_time.map(|time| time as i64),
                text: it.rendered_content.filter(|_| html).unwrap_or(it.content),
                html,
            }
        };
        Some(file.zerver_message.into_iter().map(|it| it.taken().map(each)).collect())
    }
}

/// The file that was uploaded under this address, when the export has it.
pub(super) fn upload(source: &Source, address: &str) -> Option<PathBuf> {
    let below = percent_decoded(address.strip_prefix("/user_uploads/")?);
    let inner = Path::new(&below);
    let plain = inner.components().all(|part| matches!(part, Component::Normal(_)));
    let path = source.root.join("uploads").join(inner);
    let other = || source.files.iter().find(|it| plain && it.ends_with(Path::new("uploads").join(inner))).cloned();
    if plain && source.files.binary_search(&path).is_ok() { Some(path) } else { other() }
}

fn percent_decoded(text: &str) -> String {
    if text.contains('%') { narrow::decoded(&text.replace('.', ".2E")) } else { text.to_owned() }
}
