//! A forum's repository and last output in → what will hurt sooner or later, each with its fix. Faults of the content as
//! such are left to `rules`: here they are only counted among what hurts. Nothing is changed.

mod folders;
mod packs;
mod repository;
mod workflows;

use std::path::Path;

use crate::Result;
use crate::build::Loaded;
use crate::content::Dated;
use crate::diagnostic::{Diagnostic, Severity};
use crate::host::{self, Site};
use crate::output;
use crate::rules;

/// Something that will hurt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Its name.
    pub code: &'static str,
    /// How much it hurts.
    pub severity: Severity,
    /// What is.
    pub message: String,
    /// What to do about it.
    pub fix: String,
    /// Where, as paths from the repository's top, with line and column where there is one; empty where it is everywhere.
    pub places: Vec<String>,
}

/// Finds what will hurt. `out` is where the last output is looked for.
///
/// # Errors
/// Something can't be read.
pub fn examine(loaded: &Loaded, out: &Path) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    match loaded.snapshot.repository() {
        Some(repository) => {
            findings.extend(repository::examine(repository)?);
            findings.extend(packs::examine(repository)?);
            findings.extend(repository.work_tree()?.map_or_else(Vec::new, |top| workflows::examine(&top)));
        }
        None => findings.push(Finding {
            code: "no-repository",
            severity: Severity::Warning,
            message: String::from("the forum is in no git repository, so that nothing tells who wrote what and when"),
            fix: String::from("run `git init`, and commit the content"),
            places: Vec::new(),
        }),
    }
    findings.extend(unbuildable(loaded));
    findings.extend(undated(loaded)?);
    findings.extend(folders::examine(&loaded.snapshot)?);
    findings.extend(dead_links(loaded));
    findings.extend(too_large(loaded, out)?);
    findings.sort_by_key(|finding| finding.severity);
    Ok(findings)
}

/// Posts of which neither their files nor the history tell when they were written.
fn undated(loaded: &Loaded) -> Result<Option<Finding>> {
    let forum = &loaded.forum;
    let mut places = Vec::new();
    for topic in &forum.topics {
        let guessed = topic.posts.read()?.iter().filter(|post| post.dated == Dated::Guess);
        places.extend(guessed.map(|post| topic.post_file(&forum.content, post)));
    }
    Ok((!places.is_empty()).then(|| Finding {
        code: "missing-history",
        severity: Severity::Warning,
        message: String::from("neither these posts nor the history tell when they were written"),
        fix: String::from("commit them, or give them a `date:`; in a shallow clone, fetch the whole history"),
        places,
    }))
}

/// Errors, with which no site is built.
fn unbuildable(loaded: &Loaded) -> Option<Finding> {
    let places: Vec<String> =
        loaded.diagnostics.iter().filter(|fault| fault.severity == Severity::Error).map(place).collect();
    (!places.is_empty()).then(|| Finding {
        code: "unbuildable",
        severity: Severity::Error,
        message: String::from("with these errors no site is built"),
        fix: String::from("`boards check` tells of each what to do"),
        places,
    })
}

/// Links between posts and topics that lead nowhere.
fn dead_links(loaded: &Loaded) -> Option<Finding> {
    let dead = loaded.diagnostics.iter().filter(|fault| fault.code == rules::LINK_TARGET);
    let places: Vec<String> = dead.map(place).collect();
    (!places.is_empty()).then(|| Finding {
        code: "dead-links",
        severity: Severity::Warning,
        message: String::from("these links lead nowhere"),
        fix: String::from("mend or remove them; `boards check` tells of each where it leads"),
        places,
    })
}

/// Where a fault is, in one text.
fn place(fault: &Diagnostic) -> String {
    format!("{}:{}:{}", fault.path, fault.at.line, fault.at.column)
}

/// What of the last output its host won't take.
fn too_large(loaded: &Loaded, out: &Path) -> Result<Vec<Finding>> {
    let Some(host) =
        host::guess(&loaded.forum.settings).filter(|_| output::listing(out).is_some_and(|it| !it.unfinished))
    else {
        return Ok(Vec::new());
    };
    let breaches = host.breaches(&Site::open(out)?)?;
    let each = breaches.into_iter().map(|breach| Finding {
        code: "host-limit",
        severity: if breach.limit.strict { Severity::Error } else { Severity::Warning },
        message: breach.message(),
        fix: breach.fix(),
        places: Vec::new(),
    });
    Ok(each.collect())
}
