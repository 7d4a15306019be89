//! What a proposal does to files that are no topic's (members' files, boards, settings, anything else) → who may do
//! that: the rows of the policy that are not about posts.

use std::collections::BTreeMap;

use super::context::ReviewContext;
use super::limits::handle;
use super::rules::{FILE_FORM, MAINTAINERS_ONLY, MEMBER_DETAILS, NOT_A_POST};
use crate::Result;
use crate::config;
use crate::content::{BOARD, MEMBERS, is_picture, judge as attachment, read_member};
use crate::diagnostic::{Diagnostic, Rule, Spot};
use crate::git::{Difference, File};
use crate::yaml::Value;

/// Judges a change of a file that belongs to no topic: whether a forum has such files, and the reasons against the change.
///
/// # Errors
/// What the file holds or held is missing or damaged.
pub(super) fn review(context: &ReviewContext<'_>, difference: &Difference) -> Result<(bool, Vec<Diagnostic>)> {
    let path = difference.path.as_str();
    let Some(below) = context.tip.files().below(path) else { return Ok((true, Vec::new())) };
    let name = below.rsplit_once('/').map_or(below, |(_, name)| name);
    let in_members = below.starts_with("members/");
    let maintains = context.who.maintains();
    if in_members && name.ends_with(".yml") {
        return Ok((true, member(context, difference, name.trim_end_matches(".yml"))?));
    }
    if in_members && is_picture(name) {
        return Ok((true, portrait(context, difference, name)?));
    }
    let at = |rule: &Rule, message, hint| vec![rule.at(path, Spot::START, message, hint)];
    if below == config::FILE || name == BOARD {
        let message = "only maintainers change settings and boards";
        let hint = "leave this file as it is, and ask a maintainer";
        return Ok((true, if maintains { Vec::new() } else { at(&MAINTAINERS_ONLY, message, hint) }));
    }
    // A maintainer may clear away what doesn't belong here.
    if difference.new.is_none() && maintains {
        return Ok((true, Vec::new()));
    }
    let message = "a proposal brings posts and what they show, not this";
    let hint = "a post is a `.md` file in a folder of its own below a board; pictures lie beside it";
    Ok((false, at(&NOT_A_POST, message, hint)))
}

/// The reasons against a change of the member's file of this stem.
fn member(context: &ReviewContext<'_>, difference: &Difference, stem: &str) -> Result<Vec<Diagnostic>> {
    let path = difference.path.as_str();
    let (files, who) = (context.tip.files(), context.who);
    let look_alike = || handle(context.tip, path, Spot::START, stem);
    if who.maintains() {
        return Ok(look_alike().into_iter().collect());
    }
    let read = |file: Option<File>| -> Result<Option<String>> {
        let Some(file) = file else { return Ok(None) };
        let bytes = context.objects.object(git2::ObjectType::Blob, file.id, path)?;
        Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
    };
    let (old, new) = (read(difference.old)?.unwrap_or_default(), read(difference.new)?);
    // What is wrong with the file is told when it is read as part of the forum.
    let role = |text: &str| read_member(path, text, &mut Vec::new()).role;
    let mut reasons = Vec::new();
    if new.as_ref().is_some_and(|new| role(new) != role(&old)) {
        let message = "only maintainers give roles";
        reasons.push(MAINTAINERS_ONLY.at(path, Spot::START, message, "leave `role` as it is"));
    }
    let details = |message: &str, hint| MEMBER_DETAILS.at(path, Spot::START, message, hint);
    match (who.handle(), new) {
        (None, Some(_)) if files.member(stem).is_none() => {
            reasons.extend(look_alike());
            let posted = if files.knows(stem) { ", who has posted before" } else { "" };
            let message = format!("this makes a member of `{stem}`{posted}");
            reasons.push(details(&message, "approve it when you know that account, keys and addresses are theirs"));
        }
        (Some(own), Some(new)) if own == stem => {
            if bound(&old) != bound(&new) {
                let message = "this changes more of a member's file than `about`, `avatar` and `anonymous`";
                let hint = "approve it when you know that it comes from them: names, accounts, addresses and keys are what they are known by";
                reasons.push(details(message, hint));
            }
        }
        (Some(own), None) if own == stem => {
            reasons.push(details("this removes a member's file", "approve it when they want to be no member"));
        }
        _ => {
            let message = format!("this is the file of `{stem}`");
            reasons.push(MAINTAINERS_ONLY.at(path, Spot::START, message, "leave others' files as they are"));
        }
    }
    Ok(reasons)
}

/// The reasons against a change of the picture of this name in the members' folder.
fn portrait(context: &ReviewContext<'_>, difference: &Difference, name: &str) -> Result<Vec<Diagnostic>> {
    let path = difference.path.as_str();
    let (files, who) = (context.tip.files(), context.who);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let mut reasons = Vec::new();
    if let Some(file) = difference.new {
        let policy = &files.settings().policy;
        let bytes = context.objects.blob_within(file.id, path, policy.attachment_bytes)?;
        if attachment(name, file.id, bytes.as_deref(), policy).kind.is_err() {
            let message = "this is no picture that may be shown";
            let hint = "save it anew as what its ending says, and smaller";
            reasons.push(FILE_FORM.at(path, Spot::START, message, hint));
        }
    }
    let arrives = who.member.is_none() && files.member(stem).is_none();
    if !who.maintains() && who.handle() != Some(stem) && !arrives {
        let message = "a member's picture has their handle for its name";
        let hint = match who.handle() {
            Some(own) => format!("name it `{own}`, with the ending that it has"),
            None => format!("leave {MEMBERS}/ as it is"),
        };
        reasons.push(MAINTAINERS_ONLY.at(path, Spot::START, message, hint));
    }
    Ok(reasons)
}

/// The fields of a member's file that the member doesn't change alone, each with what it says.
fn bound(text: &str) -> BTreeMap<String, String> {
    let map = crate::yaml::read("", text, 0, &mut Vec::new()).unwrap_or_default();
    let free = ["about", "avatar", "anonymous"];
    let bound = map.into_iter().filter(|(key, _)| !free.contains(&key.name.as_str()));
    bound.map(|(key, node)| (key.name, spelled(&node.value))).collect()
}

/// A value wherever it stands.
fn spelled(value: &Value) -> String {
    match value {
        Value::Empty => String::new(),
        Value::Scalar(text) => format!("{text:?}"),
        Value::List(items) => format!("{:?}", items.iter().map(|item| spelled(&item.value)).collect::<Vec<_>>()),
        Value::Map(map) => {
            format!("{:?}", map.iter().map(|(key, node)| (&key.name, spelled(&node.value))).collect::<Vec<_>>())
        }
    }
}
