//! Issues, pull requests and discussions of GitHub and GitLab → items. It reads what `gh` prints, answers of GraphQL and of
//! the REST interfaces, the IETF's `archive.json`, and GitLab's exports, a line an issue. They name the same things in
//! different words, and all are understood wherever they stand.

mod json;
mod words;

use std::collections::HashSet;
use std::path::Path;

use serde_json::Value;

use super::item::{Board, Item, Kind, Member, Post, Skipped, Topic, Want};
use super::row::{Answer, NO_DATE, NO_ID, TWICE, Taken, answered};
use super::source::{self, Source};
use super::{Archive, Format, Give, Old, Options};
use crate::Result;
use crate::monitor::Monitor;
use json::{Remark, Sort, Subject};

/// The format.
pub const FORMAT: Format =
    Format { name: "github", about: "issues and discussions of GitHub or GitLab as JSON", looks, open };

fn looks(source: &Source) -> bool {
    source.ending("json").chain(source.ending("ndjson")).take(20).any(|path| {
        source::head(path).is_some_and(|head| {
            let text = String::from_utf8_lossy(&head);
            let has = |name: &str| text.contains(&format!("\"{name}\""));
            let counted = has("number") || has("iid");
            counted && has("title") && (has("body") || has("description"))
                || has("discussions") && has("nodes")
                || has("issues") && has("pulls") && has("repo")
        })
    })
}

fn open(source: Source, told: &Options) -> Result<Box<dyn Archive>> {
    let url = told.url.as_deref().map(|it| it.trim_end_matches('/').to_owned());
    Ok(Box::new(Forge { source, url, seen: None, reviews: told.reviews }))
}

/// An export of a forge.
struct Forge {
    source: Source,
    /// The repository's address, as it was told.
    url: Option<String>,
    /// And as the first subject shows it.
    seen: Option<String>,
    reviews: bool,
}

/// What was given already.
#[derive(Default)]
struct Given {
    boards: HashSet<String>,
    members: HashSet<String>,
    subjects: HashSet<String>,
}

impl Archive for Forge {
    fn read(&mut self, want: Want, _: &dyn Monitor, give: Give<'_>) -> Result<()> {
        let mut given = Given::default();
        let files: Vec<&Path> = self.source.ending("json").chain(self.source.ending("ndjson")).collect();
        let mut seen = self.seen.take();
        for path in files {
            let text = source::text(path)?;
            let name = self.source.name(path).into_owned();
            let values: Vec<&str> = if path.extension().is_some_and(|it| it.eq_ignore_ascii_case("ndjson")) {
                text.lines().filter(|line| !line.trim().is_empty()).collect()
            } else {
                vec![&text]
            };
            for value in values {
                let Ok(value) = serde_json::from_str::<Value>(value) else {
                    give(Item::Skipped(Skipped { kind: Kind::Topic, reason: "unreadable JSON", name: name.clone() }))?;
                    continue;
                };
                for subject in json::subjects(&value) {
                    seen = seen.or_else(|| subject.repository.clone());
                    let repository = self.url.as_deref().or(seen.as_deref());
                    self.subject(&subject, repository, want, &mut given, give)?;
                }
            }
        }
        self.seen = seen;
        Ok(())
    }

    fn old(&self) -> Old {
        let base = self.url.clone().or_else(|| self.seen.clone());
        let plain = Old::at(base.as_deref().map(|it| it.split('/').take(3).collect::<Vec<_>>().join("/")));
        let local = move |address: &str| (plain.local)(address).map(|path| one_form(&path));
        Old { base, local: Box::new(local) }
    }
}

impl Forge {
    fn subject(
        &self,
        subject: &Subject,
        repository: Option<&str>,
        want: Want,
        given: &mut Given,
        give: Give<'_>,
    ) -> Result<()> {
        let reason = match subject.number {
            None => Some(NO_ID),
            Some(number) => (!given.subjects.insert(format!("{}{number}", subject.sort.mark()))).then_some(TWICE),
        };
        let number = subject.number.unwrap_or_default();
        let subject_name = || subject.number.map_or_else(|| subject.title.clone(), |number| format!("#{number}"));
        let called = |at: usize| format!("{}, comment {at}", subject_name());
        if let Some(reason) = reason {
            give(Item::Skipped(Skipped { kind: Kind::Topic, reason, name: subject_name() }))?;
            for at in 0..=subject.remarks.len() {
                answered(Err("its topic is left out"), || called(at), give)?;
            }
            return Ok(());
        }
        let id = format!("{}{number}", subject.sort.mark());
        let board = match &subject.category {
            Some(category) => format!("c:{category}"),
            None => format!("c:{}", subject.sort.title()),
        };
        if given.boards.insert(board.clone()) {
            let title = subject.category.clone().unwrap_or_else(|| subject.sort.title().to_owned());
            give(Item::Board(Board { id: board.clone(), title, ..Board::default() }))?;
        }
        // The path from the top of the host, as the forge shows it.
        let path = repository.map(|it| {
            let path = it.splitn(4, '/').nth(3).unwrap_or_default();
            format!("/{path}/{}/{number}", subject.sort.place(it))
        });
        let answer = subject.remarks.iter().position(|remark| remark.answers);
        give(Item::Topic(Topic {
            id: id.clone(),
            board: Some(board),
            title: subject.title.clone(),
            tags: subject.labels.clone(),
            locked: subject.locked,
            answer: answer.map(|at| remark_id(&id, &subject.remarks[at], at)),
            aliases: path.iter().map(|path| one_form(path)).collect(),
            ..Topic::default()
        }))?;
        let first = format!("{id}.0");
        let of = Of { topic: &id, path: path.as_deref(), repository, want };
        answered(post(&subject.opening, &first, None, &of, given), || format!("#{number}"), give)?;
        let mut last: Vec<String> = vec![first];
        for (at, remark) in subject.remarks.iter().enumerate() {
            let own = remark_id(&id, remark, at);
            let answers = (remark.depth > 1).then(|| last.get(remark.depth - 1).cloned()).flatten();
            let answer = match remark.left_out(self.reviews) {
                Some(reason) => Err(reason),
                None => post(remark, &own, answers, &of, given),
            };
            last.truncate(remark.depth);
            if answered(answer, || called(at + 1), give)? {
                last.push(own);
            }
        }
        Ok(())
    }
}

/// What the remarks of a subject have in common.
struct Of<'s> {
    topic: &'s str,
    path: Option<&'s str>,
    repository: Option<&'s str>,
    want: Want,
}

fn post(remark: &Remark, id: &str, reply_to: Option<String>, of: &Of<'_>, given: &mut Given) -> Answer {
    let date = remark.date.ok_or(NO_DATE)?;
    let author = format!("u:{}", remark.author.id);
    let member = given.members.insert(author.clone()).then(|| {
        let aliases =
            if remark.author.login.is_empty() { Vec::new() } else { vec![format!("/{}", remark.author.login)] };
        Member { id: author.clone(), name: remark.author.name.clone(), aliases, ..Member::default() }
    });
    let place = remark.url.as_deref().and_then(|url| url.split_once('#')).map(|(_, place)| place);
    let aliases = match (of.path, place) {
        (Some(path), Some(place)) => vec![one_form(&format!("{path}#{place}"))],
        _ => Vec::new(),
    };
    let text = if of.want == Want::All { words::markdown(&remark.body, of.repository) } else { String::new() };
    let post = Post {
        id: id.to_owned(),
        topic: of.topic.to_owned(),
        author,
        date,
        edited: remark.edited,
        opens: id.ends_with(".0"),
        reply_to,
        likes: remark.likes,
        source: remark.url.clone(),
        aliases,
        text,
        ..Post::default()
    };
    Ok(Taken { author: member, post, ..Taken::default() })
}

/// A path as it stands in `aliases`. GitHub counts issues and pull requests together and shows each under the other's
/// address too, so one form serves both; GitLab counts them apart.
fn one_form(path: &str) -> String {
    path.replacen("/pull/", "/issues/", 1)
}

/// A comment's own id, or its place in its subject.
fn remark_id(subject: &str, remark: &Remark, at: usize) -> String {
    match &remark.id {
        Some(id) => format!("r{id}"),
        None => format!("{subject}.{}", at + 1),
    }
}

impl Sort {
    fn mark(self) -> &'static str {
        match self {
            Sort::Issue => "i",
            Sort::Pull => "p",
            Sort::Discussion => "d",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Sort::Issue => "Issues",
            Sort::Pull => "Pull requests",
            Sort::Discussion => "Discussions",
        }
    }

    /// Where the forge at this address shows it.
    fn place(self, repository: &str) -> &'static str {
        match (self, repository.contains("gitlab")) {
            (Sort::Issue, false) => "issues",
            (Sort::Issue, true) => "-/issues",
            (Sort::Pull, false) => "pull",
            (Sort::Pull, true) => "-/merge_requests",
            (Sort::Discussion, _) => "discussions",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_share_the_numbers_of_issues_at_github_and_not_at_gitlab() {
        assert_eq!(one_form("/tea/pot/pull/12#issuecomment-3"), "/tea/pot/issues/12#issuecomment-3");
        assert_eq!(one_form("/tea/pot/-/merge_requests/12"), "/tea/pot/-/merge_requests/12");
    }
}
