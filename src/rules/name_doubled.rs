//! A name can be told from other people's names and handles.

use std::collections::BTreeSet;

use super::{Context, Judge, Row};
use crate::content::{Forum, MemberFile, Person, look};
use crate::diagnostic::{Diagnostic, Rule, Severity, Spot};

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "name-doubled", severity: Severity::Warning }, judge: Judge::Forum(judge) };

fn judge(context: &Context<'_>, faults: &mut Vec<Diagnostic>) {
    // An archive has many people of one name, who are who they were. Only who came later is told.
    let files = context.forum.people.iter().filter(|person| person.file.as_ref().is_some_and(|it| !it.member.imported));
    // Where one of two has no file, the warning is at a post of theirs: whoever has one may have been there before.
    let known = |person: &Person| person.alike.is_some_and(|other| !context.forum.person(other).guest());
    faults.extend(files.filter(|person| known(person)).filter_map(|person| fault(context.forum, person)));
    for (person, first) in context.newcomers().iter().filter(|(person, _)| !person.unknown()) {
        let Some(other) = person.alike.map(|other| context.forum.person(other)) else { continue };
        // Whose name is a handle of theirs has it by right, unless it looks like somebody else's.
        if person.guest() || look(&other.handle) == look(&person.handle) {
            faults.push(of_author(&person.name, &first.path, first.at, &other.handle));
        }
    }
}

/// The fault of somebody without a file whose name looks like that of whoever has the handle `other`; told at `path`, their
/// first post, which names them at `at`.
pub(super) fn of_author(name: &str, path: &str, at: Spot, other: &str) -> Diagnostic {
    let message = format!("the name of `{}`, who wrote this, looks like that of {}", name.escape_debug(), whose(other));
    let hint =
        "if it is them, write their handle as `author`, or add the commit's address to the `emails` in their file";
    ROW.rule.at(path, at, message, hint)
}

/// What somebody is called in messages.
fn whose(handle: &str) -> String {
    if handle.starts_with('~') { String::from("a commit's author") } else { format!("`{handle}`") }
}

/// The faults of the members' files that `wanted` takes, those of imported members included.
pub(super) fn of(forum: &Forum, wanted: impl Fn(&MemberFile) -> bool) -> impl Iterator<Item = Diagnostic> {
    let people = forum.people.iter().filter(move |person| person.file.as_ref().is_some_and(&wanted));
    people.filter_map(|person| fault(forum, person))
}

fn fault(forum: &Forum, person: &Person) -> Option<Diagnostic> {
    let file = person.file.as_ref()?;
    let name = file.member.name.as_ref()?;
    let other = forum.person(person.alike?);
    let looks: BTreeSet<String> = [&person.name, &person.handle].map(|text| look(text)).into();
    // Whose handle is the name has it by right, unless another member has a handle that looks like it as well.
    if looks.len() == 1 && (other.file.is_none() || !looks.contains(&look(&other.handle))) {
        return None;
    }
    let message = format!("this name looks like that of {}", whose(&other.handle));
    let hint = "choose a name that can be told apart; until then pages show the handle beside it";
    Some(ROW.rule.at(format!("{}/{}", forum.content, file.path), name.at, message, hint))
}
