//! Comments of static sites, a YAML file each or a list of them in one (Staticman, and plug-ins of Jekyll like it) → items: a
//! topic for each folder, list or `_parent`. Format: <https://staticman.net/docs/>.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use super::article::{self, Article};
use super::item::{Member, Post, Want};
use super::row::{Answer, NO_DATE, Taken, answered};
use super::source::{self, Source};
use super::{Archive, Format, Give, Old, Options, html};
use crate::Result;
use crate::monitor::Monitor;
use crate::yaml::Value;

/// The format.
pub const FORMAT: Format = Format { name: "staticman", about: "comments as YAML files", looks, open };

fn looks(source: &Source) -> bool {
    files(source).take(20).any(|path| {
        source::head(path).is_some_and(|head| {
            let text = String::from_utf8_lossy(&head);
            let list = text.trim_start_matches("---").trim_start().starts_with("- ");
            let marks: &[char] = if list { &['-', ' '] } else { &[] };
            let lines = text.lines().map(|line| line.trim_start_matches(marks));
            let has = |names: &[&str]| lines.clone().any(|line| names.iter().any(|name| line.starts_with(name)));
            has(&TEXTS) && has(&NAMES) && has(&["date:"])
        })
    })
}

/// What the fields are called, by those who have named them.
const TEXTS: [&str; 4] = ["message", "comment", "body", "content"];
const NAMES: [&str; 2] = ["name", "author"];

fn files(source: &Source) -> impl Iterator<Item = &Path> {
    source.ending("yml").chain(source.ending("yaml"))
}

fn open(source: Source, told: &Options) -> Result<Box<dyn Archive>> {
    let base = told.url.as_deref().map(|it| it.trim_end_matches('/').to_owned());
    let (places, tops) = (BTreeMap::new(), HashMap::new());
    Ok(Box::new(Comments { source, base, articles: Vec::new(), places, tops }))
}

struct Comments {
    source: Source,
    base: Option<String>,
    articles: Vec<Article>,
    /// Where each of them is, by its id.
    places: BTreeMap<String, usize>,
    /// The comments of each article that answer no other, in the order of their files.
    tops: HashMap<String, Vec<String>>,
}

/// One comment, as its file tells it.
struct Comment {
    id: String,
    /// The id is its own, by which it stands on the article's page.
    named: bool,
    article: Article,
    name: String,
    email: String,
    date: Option<i64>,
    reply_to: String,
    trapped: bool,
    text: String,
}

impl Archive for Comments {
    fn read(&mut self, want: Want, _: &dyn Monitor, give: Give<'_>) -> Result<()> {
        let files: Vec<PathBuf> = files(&self.source).map(Path::to_owned).collect();
        if want == Want::Names {
            for path in &files {
                for (_, comment) in self.comments(path)? {
                    comment.into_iter().for_each(|it| self.note(it));
                }
            }
        }
        for article in &self.articles {
            article.give(give)?;
        }
        for path in &files {
            for (name, comment) in self.comments(path)? {
                answered(self.post(comment), || name, give)?;
            }
        }
        Ok(())
    }

    fn old(&self) -> Old {
        article::old(self.base.clone(), article::COMMENT)
    }
}

impl Comments {
    /// The comments of a file, each with what people find it by; none where it can't be read as one.
    fn comments(&self, path: &Path) -> Result<Vec<(String, Option<Comment>)>> {
        let text = source::text(path)?;
        let name = self.source.name(path).into_owned();
        let part = |part: Option<&std::ffi::OsStr>| part.map(|it| it.to_string_lossy().into_owned());
        let folder = part(path.parent().and_then(Path::file_name));
        Ok(match crate::yaml::document(&name, &text, 0, &mut Vec::new()).map(|it| it.value) {
            Some(Value::List(list)) => {
                let stem = part(path.file_stem());
                let each = (1..).zip(&list).map(|(at, node)| {
                    let name = format!("{name}#{at}");
                    let comment = self.comment(&node.value, &name, stem.clone());
                    (name, comment)
                });
                each.collect()
            }
            value => {
                let comment = value.and_then(|it| self.comment(&it, &name, folder));
                vec![(name, comment)]
            }
        })
    }

    /// A comment, of which `name` tells where it stands, and `above` what of.
    fn comment(&self, value: &Value, name: &str, above: Option<String>) -> Option<Comment> {
        let Value::Map(map) = value else { return None };
        let field = |names: &[&str]| {
            names.iter().find_map(|name| {
                map.iter().find(|(key, _)| key.name == *name).and_then(|(_, node)| match &node.value {
                    Value::Scalar(text) if !text.trim().is_empty() => Some(text.clone()),
                    _ => None,
                })
            })
        };
        let said = field(&TEXTS)?;
        let parent = field(&["_parent", "slug", "post_id", "url_path"]).or(above).unwrap_or_default();
        let path = format!("/{}", parent.trim_start_matches('/'));
        let address = format!("{}{path}", self.base.as_deref().unwrap_or_default());
        let id = field(&["_id", "id", "uid"]);
        Some(Comment {
            named: id.is_some(),
            // Made before comments had ids, it is known by its place.
            id: id.unwrap_or_else(|| name.to_owned()),
            article: Article::new(&address, "", false),
            name: field(&NAMES).unwrap_or_else(|| String::from("Anonymous")),
            email: field(&["email"]).unwrap_or_default(),
            date: field(&["date"]).and_then(|it| seconds(&it)),
            reply_to: field(&["replying_to_uid", "replying_to", "reply_to", "parent_id"]).unwrap_or_default(),
            trapped: field(&["hidden"]).is_some_and(|it| it != "false"),
            text: said,
        })
    }

    fn note(&mut self, it: Comment) {
        let Some(date) = it.date.filter(|_| !it.trapped) else { return };
        if it.reply_to.is_empty() {
            self.tops.entry(it.article.id.clone()).or_default().push(it.id);
        }
        let at = *self.places.entry(it.article.id.clone()).or_insert(self.articles.len());
        if at == self.articles.len() {
            self.articles.push(it.article);
        }
        if let Some(article) = self.articles.get_mut(at) {
            article.first = Some(article.first.map_or(date, |first| first.min(date)));
        }
    }

    fn post(&self, comment: Option<Comment>) -> Answer {
        let it = comment.ok_or("not a comment that can be read")?;
        if it.trapped {
            return Err("spam");
        }
        let date = it.date.ok_or(NO_DATE)?;
        let member = article::guest(&it.name, &it.email);
        let author = Member { id: member.clone(), secret: true, name: it.name, ..Member::default() };
        // A number counts the comments that answer none, from 1.
        let tops = self.tops.get(&it.article.id);
        let counted = it.reply_to.parse::<usize>().ok().and_then(|n| tops?.get(n.checked_sub(1)?));
        let reply = counted.cloned().or_else(|| Some(it.reply_to).filter(|id| !id.is_empty()));
        let text = if it.text.contains("<p>") || it.text.contains("<br") {
            html::markdown(&it.text, &html::usual)
        } else {
            it.text.replace("\r\n", "\n")
        };
        let mark = if it.named { format!("{}{}", article::COMMENT, it.id) } else { String::new() };
        let post = Post {
            id: format!("p{}", it.id),
            topic: it.article.id.clone(),
            author: member,
            date,
            reply_to: reply.map(|id| format!("p{id}")),
            source: it.article.source().map(|address| format!("{address}{mark}")),
            aliases: it.article.path().filter(|_| it.named).map(|path| format!("{path}{mark}")).into_iter().collect(),
            text,
            ..Post::default()
        };
        Ok(Taken { author: Some(author), post, ..Taken::default() })
    }
}

/// RFC 3339, much like it, or seconds or thousandths since 1970.
fn seconds(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(number) = text.parse::<i64>() {
        return Some(if number > 100_000_000_000 { number / 1000 } else { number });
    }
    // Jekyll writes `2020-01-01 10:00:00 +0200`.
    let text = &text.replace(" UTC", "Z").replace(" +", "+").replace(" -", "-");
    let plain = || text.parse::<jiff::civil::DateTime>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok();
    let told = text.parse::<jiff::Timestamp>().ok().or_else(|| plain().map(|it| it.timestamp()));
    told.map(jiff::Timestamp::as_second)
}
