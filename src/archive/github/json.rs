//! A forge's JSON → its subjects and what was said of them, in one shape. The interfaces are documented at
//! <https://docs.github.com/graphql>, <https://docs.github.com/rest> and <https://docs.gitlab.com/api/>.

use serde_json::Value;

use crate::archive::row::UNREADABLE;

/// What a subject is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Issue,
    Pull,
    Discussion,
}

/// An issue, a pull request or a discussion.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    pub sort: Sort,
    /// None where the export has lost it.
    pub number: Option<u64>,
    pub title: String,
    pub labels: Vec<String>,
    pub category: Option<String>,
    pub locked: bool,
    /// The repository's address, when the subject's own shows it.
    pub repository: Option<String>,
    /// What is said of the subject's own text.
    pub opening: Remark,
    /// Comments and the replies below each, in the order of the page.
    pub remarks: Vec<Remark>,
}

/// Somebody who wrote.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Author {
    /// What tells them from all others.
    pub id: String,
    /// The name in addresses; empty when there is none.
    pub login: String,
    pub name: String,
}

/// A text and what is said of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Remark {
    pub id: Option<String>,
    pub body: String,
    pub author: Author,
    /// None where it isn't told.
    pub date: Option<i64>,
    pub edited: Option<i64>,
    pub likes: Option<u64>,
    pub url: Option<String>,
    /// 1 for a comment, 2 for a reply to it.
    pub depth: usize,
    /// It answers the question.
    pub answers: bool,
    /// It belongs to a review of code.
    pub review: bool,
    /// The forge wrote it.
    pub system: bool,
    /// Somebody has hidden it.
    pub minimized: bool,
    /// It is no object.
    pub unreadable: bool,
}

impl Remark {
    /// Why it is left out, if it is.
    pub(super) fn left_out(&self, reviews: bool) -> Option<&'static str> {
        if self.unreadable {
            Some(UNREADABLE)
        } else if self.system {
            Some("written by the forge")
        } else if self.minimized {
            Some("hidden")
        } else if self.review && !reviews {
            Some("comment of a review")
        } else if self.review && self.body.trim().is_empty() {
            Some("review without words")
        } else {
            None
        }
    }
}

/// All subjects in a value, whatever wraps them.
pub(super) fn subjects(value: &Value) -> Vec<Subject> {
    let mut out = Vec::new();
    gather(value, None, None, 0, &mut out);
    out
}

fn gather(value: &Value, sort: Option<Sort>, repository: Option<&str>, depth: usize, out: &mut Vec<Subject>) {
    // Answers are wrapped a few times; what nests deeper is something else.
    if depth > 8 {
        return;
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| gather(item, sort, repository, depth + 1, out)),
        Value::Object(map) => {
            if let Some(subject) = subject(value, sort, repository) {
                out.push(subject);
                return;
            }
            let named = text(value, &["repo", "nameWithOwner"]).filter(|it| it.matches('/').count() == 1);
            let named = named.map(|it| format!("https://github.com/{it}"));
            let repository = named.as_deref().or(repository);
            for (name, inner) in map {
                let sort = match name.as_str() {
                    "issues" => Some(Sort::Issue),
                    "pulls" | "pullRequests" | "merge_requests" => Some(Sort::Pull),
                    "discussions" => Some(Sort::Discussion),
                    _ => sort,
                };
                gather(inner, sort, repository, depth + 1, out);
            }
        }
        _ => {}
    }
}

fn subject(value: &Value, sort: Option<Sort>, repository: Option<&str>) -> Option<Subject> {
    let number = field(value, &["number", "iid"]).and_then(Value::as_u64);
    let title = text(value, &["title"])?.trim().to_owned();
    let opening = remark(value, 0);
    // Without a number it is one only if it says something, and when.
    if number.is_none() && (opening.date.is_none() || field(value, &["body", "description"]).is_none()) {
        return None;
    }
    let url = address(value);
    let sort = match (&url, sort) {
        (Some(url), _) if url.contains("/pull/") || url.contains("/merge_requests/") => Sort::Pull,
        (Some(url), _) if url.contains("/discussions/") => Sort::Discussion,
        (_, Some(sort)) => sort,
        _ if !value["category"].is_null() => Sort::Discussion,
        _ if !value["pull_request"].is_null() || !value["reviews"].is_null() => Sort::Pull,
        _ => Sort::Issue,
    };
    let mut remarks = Vec::new();
    for name in ["comments", "notes", "discussions", "reviews"] {
        said(&value[name], 1, name == "reviews", &mut remarks);
    }
    if value["reviews"].is_array() || !value["reviews"]["nodes"].is_null() {
        remarks.sort_by_key(|remark: &Remark| remark.date);
    }
    if let Some(answer) = text(&value["answer"], &["id"]) {
        for remark in &mut remarks {
            remark.answers |= remark.id.as_deref() == Some(answer);
        }
    }
    let marks = ["/issues/", "/pull/", "/discussions/", "/-/"];
    let shown =
        url.as_deref().and_then(|url| marks.iter().filter_map(|mark| url.find(mark)).min().map(|at| &url[..at]));
    Some(Subject {
        sort,
        number,
        title: if title.is_empty() { format!("#{}", number.unwrap_or_default()) } else { title },
        labels: list(&value["labels"])
            .iter()
            .filter_map(|it| it.as_str().or_else(|| text(it, &["name", "title"])))
            .map(str::to_owned)
            .collect(),
        category: text(&value["category"], &["name"]).map(str::to_owned),
        locked: field(value, &["locked", "discussion_locked"]).and_then(Value::as_bool).unwrap_or(false),
        repository: shown.or(repository).map(str::to_owned),
        opening,
        remarks,
    })
}

/// What was said below a subject or a comment.
fn said(value: &Value, depth: usize, review: bool, out: &mut Vec<Remark>) {
    for item in list(value) {
        // GitLab's discussions are lists of notes, the first of which the others answer.
        if let Some(notes) = item["notes"].as_array() {
            for (at, note) in notes.iter().enumerate() {
                out.push(remark(note, if at == 0 { depth } else { depth + 1 }));
            }
            continue;
        }
        if !item.is_object() {
            out.push(Remark { unreadable: true, depth, ..Remark::default() });
            continue;
        }
        out.push(Remark { review, ..remark(item, depth) });
        said(&item["replies"], depth + 1, review, out);
        if review {
            said(&item["comments"], depth + 1, true, out);
        }
    }
}

fn remark(value: &Value, depth: usize) -> Remark {
    let id = field(value, &["databaseId", "id"]).and_then(|it| match it {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    });
    let when = |names: &[&str]| {
        text(value, names).and_then(|it| it.parse::<jiff::Timestamp>().ok()).map(jiff::Timestamp::as_second)
    };
    let groups = list(&value["reactionGroups"]).iter().map(|it| {
        field(&it["users"], &["totalCount"])
            .or_else(|| field(&it["reactors"], &["totalCount"]))
            .and_then(Value::as_u64)
            .unwrap_or(0)
    });
    let counted = field(&value["reactions"], &["total_count", "totalCount"])
        .or_else(|| field(value, &["upvoteCount", "upvotes"]));
    let likes = counted.and_then(Value::as_u64).unwrap_or(0).max(groups.sum());
    Remark {
        id,
        body: text(value, &["body", "description", "note"]).unwrap_or_default().to_owned(),
        author: author(value),
        date: when(&["createdAt", "created_at", "submittedAt", "submitted_at"]),
        edited: when(&["lastEditedAt", "last_edited_at"]),
        likes: (likes > 0).then_some(likes),
        url: address(value),
        depth,
        answers: value["isAnswer"].as_bool().unwrap_or(false),
        review: false,
        system: value["system"].as_bool().unwrap_or(false),
        minimized: value["isMinimized"].as_bool().unwrap_or(false),
        unreadable: false,
    }
}

/// An account that is gone is shown as GitHub shows it: `ghost`.
fn author(value: &Value) -> Author {
    let who = field(value, &["author", "user"]).unwrap_or(&Value::Null);
    let login = who.as_str().or_else(|| text(who, &["login", "username"])).unwrap_or_default().to_owned();
    let name = text(who, &["name"]).filter(|it| !it.trim().is_empty()).unwrap_or(&login).to_owned();
    let id = if login.is_empty() { name.clone() } else { login.to_lowercase() };
    match id.as_str() {
        "" => Author { id: String::from("ghost"), login: String::new(), name: String::from("ghost") },
        _ => Author { id, login, name },
    }
}

fn address(value: &Value) -> Option<String> {
    let own = text(value, &["html_url", "web_url", "url"])?;
    (own.starts_with("https://") && !own.contains("://api.")).then(|| own.to_owned())
}

/// The first of these fields that is there.
fn field<'v>(value: &'v Value, names: &[&str]) -> Option<&'v Value> {
    names.iter().map(|name| &value[*name]).find(|it| !it.is_null())
}

fn text<'v>(value: &'v Value, names: &[&str]) -> Option<&'v str> {
    field(value, names)?.as_str()
}

/// A list, by itself or as GraphQL wraps it.
fn list(value: &Value) -> &[Value] {
    let inner = value.as_array().or_else(|| value["nodes"].as_array());
    inner.map_or(&[], Vec::as_slice)
}
