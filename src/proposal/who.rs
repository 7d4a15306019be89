//! What a trusted caller says of an account, the signatures of the commits, and the tip → the member who proposes, or nobody.
//! What a commit says of its author proves nothing and isn't asked for here.

use super::Account;
use super::rules::{BANNED, SIGNATURE, SIGNATURE_UNREADABLE, UNKNOWN_PROPOSER};
use super::tip::Tip;
use crate::content::{ForumFiles, Keyring, MemberFile, Role, Signature};
use crate::diagnostic::{Diagnostic, Spot};
use crate::git::Commit;

/// Who proposes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Proposer<'t> {
    /// Their file on the base; `None` when nothing trustworthy tells who they are.
    pub member: Option<&'t MemberFile>,
}

impl<'t> Proposer<'t> {
    /// Their handle.
    pub fn handle(self) -> Option<&'t str> {
        self.member.map(|file| file.handle.as_str())
    }

    /// Whether they decide about everything.
    pub fn maintains(self) -> bool {
        self.member.is_some_and(|file| file.member.role == Role::Maintainer)
    }

    /// Whether they decide about the topic at `path`.
    pub fn moderates(self, files: &ForumFiles, path: &str) -> bool {
        self.member.is_some_and(|file| {
            matches!(file.member.role, Role::Moderator | Role::Maintainer) || files.moderates(&file.handle, path)
        })
    }

    /// Whether they are trusted beyond what newcomers are, without having posted.
    pub fn trusted(self) -> bool {
        self.member.is_some_and(|file| matches!(file.member.role, Role::Moderator | Role::Maintainer))
    }
}

/// Finds out who proposes these commits, and what is wrong with that.
pub(super) fn identify<'t>(
    tip: &'t Tip,
    account: Option<Account>,
    commits: &[Commit],
) -> (Proposer<'t>, Vec<Diagnostic>) {
    let files = tip.files();
    let content = files.content();
    let mut reasons = Vec::new();
    let member = account.and_then(|account| by_account(files, account)).or_else(|| {
        let (handle, faults) = by_signatures(tip.keys(), commits, content);
        // Where a caller names an account, nobody has been asked to sign; forges themselves sign what is written there.
        let said = |fault: &Diagnostic| account.is_none() || fault.code != SIGNATURE_UNREADABLE.name;
        reasons.extend(faults.into_iter().filter(said));
        files.member(&handle?)
    });
    match member {
        None => {
            let (message, hint) = match account {
                Some(account) => (
                    format!("the account {account} is not that of one member"),
                    format!(
                        "a member's file binds it: `accounts: {{ {}: {} }}` in {content}/members/HANDLE.yml",
                        account.forge_name(),
                        account.id
                    ),
                ),
                None => (
                    String::from(
                        "nothing proves who proposes this: no account, and not every commit has a member's signature",
                    ),
                    String::from("sign the commits with a key that stands in your member's file"),
                ),
            };
            reasons.push(UNKNOWN_PROPOSER.at(content, Spot::START, message, hint));
        }
        Some(file) if file.member.role == Role::Banned => {
            let message = format!("`{}` posts no more", file.handle);
            reasons.push(BANNED.at(content, Spot::START, message, "ask a maintainer"));
        }
        Some(_) => {}
    }
    (Proposer { member }, reasons)
}

/// The one member who has this account.
fn by_account(files: &ForumFiles, account: Account) -> Option<&MemberFile> {
    let mut all = files.members().filter(|file| file.member.accounts.get(account.forge_name()) == Some(&account.id));
    all.next().filter(|_| all.next().is_none())
}

/// The one member who signed all of the commits, and what is wrong with the signatures.
fn by_signatures(keys: &Keyring, commits: &[Commit], content: &str) -> (Option<String>, Vec<Diagnostic>) {
    let mut reasons = Vec::new();
    let mut signer: Option<String> = None;
    let mut all = true;
    for commit in commits {
        match keys.judge(commit.signed.as_ref()) {
            Signature::Of(handle) => match &signer {
                None => signer = Some(handle),
                Some(other) => all &= *other == handle,
            },
            Signature::None | Signature::Unknown => all = false,
            Signature::Unreadable(why) => {
                let message = format!("the signature of commit {} counts for nothing: it {why}", commit.id);
                let hint = "sign it with an SSH key: `git -c gpg.format=ssh commit --amend -S`";
                reasons.push(SIGNATURE_UNREADABLE.at(content, Spot::START, message, hint));
                all = false;
            }
            Signature::Revoked(handle) => {
                let message = format!("commit {} is signed with a key that `{handle}` has revoked", commit.id);
                reasons.push(SIGNATURE.at(content, Spot::START, message, "sign it with another key"));
            }
            Signature::Broken => {
                let message = format!("the signature of commit {} doesn't hold", commit.id);
                reasons.push(SIGNATURE.at(content, Spot::START, message, "sign it anew: `git commit --amend -S`"));
            }
        }
    }
    (signer.filter(|_| all && reasons.is_empty()), reasons)
}
