//! What a proposal does to files that are no topic's (members' files, boards, settings, anything else) → who may do
//! that: the rows of the policy that are not about posts.

use std::collections::BTreeMap;

use super::form::below;
use super::limits::handle;
use super::posts::ReviewContext;
use super::rules::{FILE_FORM, MAINTAINERS_ONLY, MEMBER_DETAILS, NOT_A_POST};
use crate::Result;
use crate::config;
use crate::content::{BOARD, MEMBERS, is_picture, judge as attachment, read_member};
use crate::diagnostic::{Diagnostic, Spot};
use crate::git::{Difference, File};
use crate::yaml::Value;

impl ReviewContext<'_> {
    /// Judges a change of a file that belongs to no topic.
    pub fn other(&self, difference: &Difference, reasons: &mut Vec<Diagnostic>) -> Result<()> {
        let path = difference.path.as_str();
        let Some(below) = below(self.tip.files().content(), path) else { return Ok(()) };
        let name = below.rsplit_once('/').map_or(below, |(_, name)| name);
        let in_members = below.starts_with("members/");
        if in_members && name.ends_with(".yml") {
            return self.member(difference, name.trim_end_matches(".yml"), reasons);
        }
        if in_members && is_picture(name) {
            return self.portrait(difference, name, reasons);
        }
        if below == config::FILE || name == BOARD {
            if !self.who.maintains() {
                let message = "only maintainers change settings and boards";
                reasons.push(MAINTAINERS_ONLY.at(
                    path,
                    Spot::START,
                    message,
                    "leave this file as it is, and ask a maintainer",
                ));
            }
            return Ok(());
        }
        // A maintainer may clear away what doesn't belong here.
        if difference.new.is_some() || !self.who.maintains() {
            let hint = "a post is a `.md` file in a folder of its own below a board; pictures lie beside it";
            reasons.push(NOT_A_POST.at(
                path,
                Spot::START,
                "a proposal brings posts and what they show, not this",
                hint,
            ));
        }
        Ok(())
    }

    fn member(&self, difference: &Difference, stem: &str, reasons: &mut Vec<Diagnostic>) -> Result<()> {
        let path = difference.path.as_str();
        if self.who.maintains() {
            handle(self.tip, path, Spot::START, stem, reasons);
            return Ok(());
        }
        let standing = self.tip.files().member(stem);
        let read = |file: Option<File>| -> Result<Option<String>> {
            let Some(file) = file else { return Ok(None) };
            let bytes = self.objects.object(git2::ObjectType::Blob, file.id, path)?;
            Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
        };
        let (old, new) = (read(difference.old)?.unwrap_or_default(), read(difference.new)?);
        // What is wrong with the file is told when it is read as part of the forum.
        let role = |text: &str| read_member(path, text, &mut Vec::new()).role;
        if new.as_ref().is_some_and(|new| role(new) != role(&old)) {
            let message = "only maintainers give roles";
            reasons.push(MAINTAINERS_ONLY.at(path, Spot::START, message, "leave `role` as it is"));
        }
        match (self.who.handle(), new) {
            (None, Some(_)) if standing.is_none() => {
                handle(self.tip, path, Spot::START, stem, reasons);
                let message = if self.tip.files().knows(stem) {
                    format!("this makes a member of `{stem}`, who has posted before")
                } else {
                    format!("this makes a member of `{stem}`")
                };
                let hint = "approve it when you know that account, keys and addresses are theirs";
                reasons.push(MEMBER_DETAILS.at(path, Spot::START, message, hint));
            }
            (Some(own), Some(new)) if own == stem => {
                if bound(&old) != bound(&new) {
                    let message = "this changes more of a member's file than `about`, `avatar` and `anonymous`";
                    let hint = "approve it when you know that it comes from them: names, accounts, addresses and keys are what they are known by";
                    reasons.push(MEMBER_DETAILS.at(path, Spot::START, message, hint));
                }
            }
            (Some(own), None) if own == stem => {
                let message = "this removes a member's file";
                reasons.push(MEMBER_DETAILS.at(
                    path,
                    Spot::START,
                    message,
                    "approve it when they want to be no member",
                ));
            }
            _ => {
                let message = format!("this is the file of `{stem}`");
                reasons.push(MAINTAINERS_ONLY.at(path, Spot::START, message, "leave others' files as they are"));
            }
        }
        Ok(())
    }

    fn portrait(&self, difference: &Difference, name: &str, reasons: &mut Vec<Diagnostic>) -> Result<()> {
        let path = difference.path.as_str();
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        if let Some(file) = difference.new {
            let policy = &self.tip.files().settings().policy;
            let bytes = self.objects.blob_within(file.id, path, policy.attachment_bytes)?;
            if attachment(name, file.id, bytes.as_deref(), policy).kind.is_err() {
                let message = "this is no picture that may be shown";
                reasons.push(FILE_FORM.at(
                    path,
                    Spot::START,
                    message,
                    "save it anew as what its ending says, and smaller",
                ));
            }
        }
        let arrives = self.who.member.is_none() && self.tip.files().member(stem).is_none();
        if !self.who.maintains() && self.who.handle() != Some(stem) && !arrives {
            let message = "a member's picture has their handle for its name";
            let hint = match self.who.handle() {
                Some(own) => format!("name it `{own}`, with the ending that it has"),
                None => format!("leave {MEMBERS}/ as it is"),
            };
            reasons.push(MAINTAINERS_ONLY.at(path, Spot::START, message, hint));
        }
        Ok(())
    }
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
