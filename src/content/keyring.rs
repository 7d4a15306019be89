//! The keys in members' files and a signed commit → whose signature it is. It looks at SSH signatures alone
//! (<https://cvsweb.openbsd.org/src/usr.bin/ssh/PROTOCOL.sshsig>), and asks nobody: what isn't in the files isn't known.

use std::collections::HashMap;

use ssh_key::public::KeyData;
use ssh_key::{HashAlg, PublicKey, SshSig};

use super::member::MemberFile;
use crate::git::Signed;

/// The name of what git signs, so that a signature made for something else doesn't count here.
const NAMESPACE: &str = "git";

/// The public keys of all members.
#[derive(Debug, Default)]
pub struct Keyring {
    /// By fingerprint.
    keys: HashMap<String, Owner>,
}

/// Whose a key is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Owner {
    /// A member's, by handle.
    Member(String),
    /// It was one, and counts no more.
    Revoked(String),
    /// Two members have it, so that it tells nothing.
    Several,
}

/// What a commit's signature tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signature {
    /// There is none.
    None,
    /// There is one that boards can't read or can't check, which counts as none; why, in words that go on from "it".
    Unreadable(String),
    /// The member of this handle signed it.
    Of(String),
    /// It is made with a key that no member has, or that two have.
    Unknown,
    /// It is made with a key that this member has revoked.
    Revoked(String),
    /// It is by a member's key, and no signature of this commit, or one made for something else.
    Broken,
}

/// The key that a line of a member's file tells; `None` for what boards can't read or can't check signatures with.
fn key(line: &str) -> Option<KeyData> {
    let key = PublicKey::from_openssh(line).ok()?.key_data().clone();
    is_checked(&key).then_some(key)
}

/// Whether boards can check signatures that are made with such a key.
fn is_checked(key: &KeyData) -> bool {
    key.is_ed25519() || key.is_sk_ed25519() || key.is_ecdsa() || key.is_sk_ecdsa_p256()
}

/// Whether boards can check signatures made with the key that a line of a member's file tells.
#[must_use]
pub fn key_is_usable(line: &str) -> bool {
    key(line).is_some()
}

/// The type of a key that boards can read and can't check signatures with, such as `ssh-rsa`.
#[must_use]
pub fn unknown_key_type(line: &str) -> Option<String> {
    let read = PublicKey::from_openssh(line).ok().filter(|_| !key_is_usable(line))?;
    Some(read.algorithm().to_string())
}

/// The one form of a usable key, whatever its comment: for telling that two are the same.
#[must_use]
pub fn key_identity(line: &str) -> Option<String> {
    PublicKey::from(key(line)?).to_openssh().ok()
}

/// What tells a key from all others, as `ssh-keygen -l` shows it: `SHA256:…`.
fn fingerprint(key: &KeyData) -> String {
    key.fingerprint(HashAlg::Sha256).to_string()
}

/// A signature of SSH, or why it isn't one that can be checked.
fn read(signed: &Signed) -> Result<SshSig, String> {
    if !signed.signature.starts_with("-----BEGIN SSH SIGNATURE-----") {
        let pgp = signed.signature.starts_with("-----BEGIN PGP ");
        return Err(String::from(if pgp { "is one of PGP, not of SSH" } else { "isn't one of SSH" }));
    }
    let signature = SshSig::from_pem(signed.signature.trim_end()).map_err(|_| String::from("is cut off or garbled"))?;
    match is_checked(signature.public_key()) {
        true => Ok(signature),
        false => Err(format!("is made with a key of type {}", signature.public_key().algorithm())),
    }
}

fn is_of(signature: &SshSig, signed: &Signed) -> bool {
    PublicKey::from(signature.public_key().clone()).verify(NAMESPACE, &signed.payload, signature).is_ok()
}

/// The fingerprint of the key that made this signature of a commit; `None` where it isn't one of this commit.
pub(super) fn signed_with(signed: &Signed) -> Option<String> {
    let signature = read(signed).ok()?;
    is_of(&signature, signed).then(|| fingerprint(signature.public_key()))
}

impl Keyring {
    /// The keys of these members. A key that anybody has revoked is revoked, wherever else it stands.
    #[must_use]
    pub fn of<'m>(members: impl IntoIterator<Item = &'m MemberFile> + Clone) -> Keyring {
        let mut keys: HashMap<String, Owner> = HashMap::new();
        for file in members.clone() {
            for key in file.member.keys.iter().filter_map(|line| key(&line.value)) {
                let owner = Owner::Member(file.handle.clone());
                let known = keys.entry(fingerprint(&key)).or_insert_with(|| owner.clone());
                if *known != owner {
                    *known = Owner::Several;
                }
            }
        }
        for file in members {
            for key in file.member.revoked_keys.iter().filter_map(|line| key(&line.value)) {
                keys.insert(fingerprint(&key), Owner::Revoked(file.handle.clone()));
            }
        }
        Keyring { keys }
    }

    /// Whose signature this is.
    #[must_use]
    pub fn judge(&self, signed: Option<&Signed>) -> Signature {
        let Some(signed) = signed else { return Signature::None };
        let signature = match read(signed) {
            Ok(signature) => signature,
            Err(why) => return Signature::Unreadable(why),
        };
        match self.keys.get(&fingerprint(signature.public_key())) {
            None | Some(Owner::Several) => Signature::Unknown,
            Some(Owner::Revoked(handle)) => Signature::Revoked(handle.clone()),
            Some(Owner::Member(_)) if !is_of(&signature, signed) => Signature::Broken,
            Some(Owner::Member(handle)) => Signature::Of(handle.clone()),
        }
    }

    /// The handle of the member who has the key of this fingerprint, alone and unrevoked.
    #[must_use]
    pub fn holder(&self, fingerprint: &str) -> Option<&str> {
        match self.keys.get(fingerprint) {
            Some(Owner::Member(handle)) => Some(handle),
            _ => None,
        }
    }

    /// Whether nobody has a key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}
