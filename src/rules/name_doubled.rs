//! A member's name can be told from other people's names and handles.

use std::collections::BTreeSet;

use super::{Context, Judge, Row};
use crate::content::{Forum, MemberFile, Person, look};
use crate::diagnostic::{Diagnostic, Rule, Severity};

pub(super) static ROW: Row =
    Row { rule: &Rule { name: "name-doubled", severity: Severity::Warning }, judge: Judge::Forum(judge) };

fn judge(context: &Context<'_>, faults: &mut Vec<Diagnostic>) {
    // An archive has many people of one name, who are who they were. Only who came later is told.
    let files = context.forum.people.iter().filter(|person| person.file.as_ref().is_some_and(|it| !it.member.imported));
    faults.extend(files.filter_map(|person| fault(context.forum, person)));
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
    // Whose handle is the name has it by right, unless somebody has a handle that looks like it as well.
    if looks.len() == 1 && (other.guest() || !looks.contains(&look(&other.handle))) {
        return None;
    }
    let whose = if other.guest() { String::from("a commit's author") } else { format!("`{}`", other.handle) };
    let message = format!("this name looks like that of {whose}");
    let hint = "take a name that can be told from it; until then pages show the handle beside it";
    Some(ROW.rule.at(format!("{}/{}", forum.content, file.path), name.at, message, hint))
}
