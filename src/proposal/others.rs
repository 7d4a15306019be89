//! What a proposal does to files that are no topic's (members' files, boards, settings, anything else) → who may do
//! that: the rows of the policy that are not about posts.

use super::form::below;
use super::limits::handle;
use super::posts::Desk;
use super::rules::{FILE_FORM, MAINTAINERS_ONLY, MEMBER_DETAILS, NOT_A_POST};
use crate::Result;
use crate::config;
use crate::content::{BOARD, MEMBERS, Member, Role, attachment, is_picture, read_member};
use crate::diagnostic::{Diagnostic, Spot};
use crate::git::{Difference, File};

impl Desk<'_> {
    /// Judges a change of a file that belongs to no topic.
    pub fn other(&self, difference: &Difference, reasons: &mut Vec<Diagnostic>) -> Result<()> {
        let path = difference.path.as_str();
        let Some(below) = below(self.tip.pieces().content(), path) else { return Ok(()) };
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
        let standing = self.tip.pieces().member(stem);
        let read = |file: Option<File>| -> Result<Option<Member>> {
            let Some(file) = file else { return Ok(None) };
            let bytes = self.objects.object(git2::ObjectType::Blob, file.id, path)?;
            // What is wrong with the file is told when it is read as part of the forum.
            Ok(Some(read_member(path, &String::from_utf8_lossy(&bytes), &mut Vec::new())))
        };
        let (old, new) = (read(difference.old)?.unwrap_or_default(), read(difference.new)?);
        let role = new.as_ref().map_or(Role::Member, |new| new.role);
        if role != old.role && new.is_some() {
            let message = "only maintainers give roles";
            reasons.push(MAINTAINERS_ONLY.at(path, Spot::START, message, "leave `role` as it is"));
        }
        match (self.who.handle(), new) {
            (None, Some(_)) if standing.is_none() => {
                handle(self.tip, path, Spot::START, stem, reasons);
                let message = if self.tip.pieces().knows(stem) {
                    format!("this makes a member of `{stem}`, who has posted before")
                } else {
                    format!("this makes a member of `{stem}`")
                };
                let hint = "approve it when you know that account, keys and addresses are theirs";
                reasons.push(MEMBER_DETAILS.at(path, Spot::START, message, hint));
            }
            (Some(own), Some(new)) if own == stem => {
                let public =
                    |it: &Member| Member { about: String::new(), avatar: None, anonymous: false, ..unplaced(it) };
                if public(&old) != public(&new) {
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
            let bytes = self.objects.object(git2::ObjectType::Blob, file.id, path)?;
            if attachment(name, file.id, &bytes, &self.tip.pieces().settings().policy).kind.is_err() {
                let message = "this is no picture that may be shown";
                reasons.push(FILE_FORM.at(
                    path,
                    Spot::START,
                    message,
                    "save it anew as what its ending says, and smaller",
                ));
            }
        }
        let arrives = self.who.member.is_none() && self.tip.pieces().member(stem).is_none();
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

/// A member's file without the places at which its fields stand.
fn unplaced(it: &Member) -> Member {
    let plain = |list: &[crate::yaml::At<String>]| {
        list.iter().map(|it| crate::yaml::At { at: Spot::START, value: it.value.clone() }).collect()
    };
    Member { emails: plain(&it.emails), keys: plain(&it.keys), revoked_keys: plain(&it.revoked_keys), ..it.clone() }
}
