//! What an import did, as numbers and names → the report that ends it, as text or JSON. It counts; it decides nothing.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::item::{Kind, Skipped};

/// How many names are kept of each reason.
const MOST_NAMES: usize = 10;

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The format that was read.
    pub format: &'static str,
    /// Nothing was written.
    pub dry: bool,
    /// The commit that holds what was imported, when there is one.
    pub commit: Option<String>,
    /// By kind: what became of each.
    pub counts: BTreeMap<Kind, Counts>,
    /// Left out, by kind and reason.
    pub left_out: BTreeMap<(Kind, &'static str), Named>,
    /// What was imported, but not quite as it was.
    pub changed: BTreeMap<&'static str, Named>,
    /// What somebody should know or do besides.
    pub notes: Vec<String>,
    /// Where the addresses of missing pictures and attachments are listed.
    pub urls: Option<std::path::PathBuf>,
}

/// What became of the things of one kind: `read` is the sum of the others and of what was left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Found in the export.
    pub read: u64,
    /// Written now.
    pub imported: u64,
    /// In the forum before, and left as they stand.
    pub standing: u64,
}

/// A number of things, the first of them by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// How many.
    pub count: u64,
    /// The first ten.
    pub first: Vec<String>,
}

impl Named {
    fn add(&mut self, name: impl Into<String>) {
        self.count += 1;
        if self.first.len() < MOST_NAMES {
            self.first.push(name.into());
        }
    }
}

impl Report {
    /// Counts one that was written.
    pub fn imported(&mut self, kind: Kind) {
        let counts = self.counts.entry(kind).or_default();
        (counts.read, counts.imported) = (counts.read + 1, counts.imported + 1);
    }

    /// Counts one that was there before.
    pub fn existing(&mut self, kind: Kind) {
        let counts = self.counts.entry(kind).or_default();
        (counts.read, counts.standing) = (counts.read + 1, counts.standing + 1);
    }

    /// Counts one that is left out.
    pub fn skipped(&mut self, it: Skipped) {
        self.counts.entry(it.kind).or_default().read += 1;
        self.left_out.entry((it.kind, it.reason)).or_default().add(super::private::masked(&it.name));
    }

    /// Notes something that isn't quite as it was.
    pub fn changed(&mut self, what: &'static str, name: &str) {
        self.changed.entry(what).or_default().add(name);
    }

    /// Whether something was written.
    #[must_use]
    pub fn wrote(&self) -> bool {
        self.counts.values().any(|it| it.imported > 0)
    }

    /// The report for people, a line a fact.
    #[must_use]
    pub fn text(&self) -> String {
        let mut lines = vec![format!("read as {}{}", self.format, if self.dry { ", nothing written" } else { "" })];
        for (kind, counts) in &self.counts {
            let Counts { read, imported, standing } = *counts;
            let left: u64 = self.left_out.iter().filter(|((of, _), _)| of == kind).map(|(_, it)| it.count).sum();
            let word = kind.word();
            lines.push(format!("{word}: {read} read, {imported} imported, {standing} there before, {left} left out"));
        }
        let of = |it: &Named| {
            let more = if it.count as usize > it.first.len() { ", …" } else { "" };
            format!("{}: {}{more}", it.count, it.first.join(", "))
        };
        for ((kind, reason), it) in &self.left_out {
            lines.push(format!("{} left out, {reason}: {}", kind.word(), of(it)));
        }
        for (what, it) in &self.changed {
            lines.push(format!("{what}: {}", of(it)));
        }
        lines.extend(self.notes.iter().cloned());
        if let Some(urls) = &self.urls {
            lines.push(format!("addresses of what is missing: {}", urls.display()));
        }
        if let Some(commit) = &self.commit {
            lines.push(format!("committed as {commit}"));
        }
        lines.join("\n")
    }

    /// The report as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        let counts: serde_json::Map<String, Value> = self
            .counts
            .iter()
            .map(|(kind, it)| {
                (kind.word().to_owned(), json!({ "read": it.read, "imported": it.imported, "standing": it.standing }))
            })
            .collect();
        let left: Vec<Value> = self
            .left_out
            .iter()
            .map(|((kind, reason), it)| {
                json!({ "kind": kind.word(), "reason": reason, "count": it.count, "first": it.first })
            })
            .collect();
        let changed: Vec<Value> = self
            .changed
            .iter()
            .map(|(what, it)| json!({ "what": what, "count": it.count, "first": it.first }))
            .collect();
        json!({
            "format": self.format,
            "dry_run": self.dry,
            "commit": self.commit,
            "counts": counts,
            "left_out": left,
            "changed": changed,
            "notes": self.notes,
            "urls": self.urls,
        })
    }
}

impl Kind {
    /// The word for many of them.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Kind::Board => "boards",
            Kind::Topic => "topics",
            Kind::Post => "posts",
            Kind::Member => "members",
            Kind::Attachment => "attachments",
        }
    }
}
