//! The keys in members' files and a signed commit → whose signature it is. It looks at SSH signatures alone
//! (<https://cvsweb.openbsd.org/src/usr.bin/ssh/PROTOCOL.sshsig>), and asks nobody: what isn't in the files isn't known.

use rustc_hash::FxHashMap;
use ssh_key::public::KeyData;
use ssh_key::{PublicKey, SshSig};

use super::member::MemberFile;
use crate::git::Signed;

/// The name of what git signs, so that a signature made for something else doesn't count here.
const NAMESPACE: &str = "git";

/// The public keys of all members.
#[derive(Debug, Default)]
pub struct Keyring {
    keys: FxHashMap<KeyData, Owner>,
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
    /// There is none, or none of SSH.
    None,
    /// The member of this handle signed it.
    Of(String),
    /// It is made with a key that no member has, or that two have.
    Unknown,
    /// It is made with a key that this member has revoked.
    Revoked(String),
    /// It is no signature of this commit, or one made for something else.
    Broken,
}

/// The key that a line of a member's file tells; `None` for what boards can't read or can't check signatures with.
fn key(line: &str) -> Option<KeyData> {
    let key = PublicKey::from_openssh(line).ok()?.key_data().clone();
    let checked = matches!(key, KeyData::Ed25519(_) | KeyData::SkEd25519(_))
        || key.ecdsa().is_some_and(|key| key.curve() != ssh_key::EcdsaCurve::NistP521)
        || key.is_sk_ecdsa_p256();
    checked.then_some(key)
}

/// Whether boards can check signatures made with the key that a line of a member's file tells.
#[must_use]
pub fn key_is_usable(line: &str) -> bool {
    key(line).is_some()
}

/// The one form of a usable key, whatever its comment: for telling that two are the same.
#[must_use]
pub fn key_identity(line: &str) -> Option<String> {
    PublicKey::from(key(line)?).to_openssh().ok()
}

impl Keyring {
    /// The keys of these members. A key that anybody has revoked is revoked, wherever else it stands.
    #[must_use]
    pub fn of<'m>(members: impl IntoIterator<Item = &'m MemberFile> + Clone) -> Keyring {
        let mut keys: FxHashMap<KeyData, Owner> = FxHashMap::default();
        for file in members.clone() {
            for key in file.member.keys.iter().filter_map(|line| key(&line.value)) {
                let owner = Owner::Member(file.handle.clone());
                let known = keys.entry(key).or_insert_with(|| owner.clone());
                if *known != owner {
                    *known = Owner::Several;
                }
            }
        }
        for file in members {
            for key in file.member.revoked_keys.iter().filter_map(|line| key(&line.value)) {
                keys.insert(key, Owner::Revoked(file.handle.clone()));
            }
        }
        Keyring { keys }
    }

    /// Whose signature this is.
    #[must_use]
    pub fn judge(&self, signed: Option<&Signed>) -> Signature {
        let Some(signed) = signed.filter(|it| it.signature.starts_with("-----BEGIN SSH SIGNATURE-----")) else {
            return Signature::None;
        };
        let Ok(signature) = SshSig::from_pem(signed.signature.trim_end()) else { return Signature::Broken };
        let Some(owner) = self.keys.get(signature.public_key()) else { return Signature::Unknown };
        let key = PublicKey::from(signature.public_key().clone());
        match owner {
            Owner::Revoked(handle) => Signature::Revoked(handle.clone()),
            Owner::Several => Signature::Unknown,
            Owner::Member(_) if key.verify(NAMESPACE, &signed.payload, &signature).is_err() => Signature::Broken,
            Owner::Member(handle) => Signature::Of(handle.clone()),
        }
    }

    /// The handle of the member whose valid key signed this commit: what "verified" on a page stands for.
    #[must_use]
    pub fn signer(&self, signed: Option<&Signed>) -> Option<String> {
        match self.judge(signed) {
            Signature::Of(handle) => Some(handle),
            _ => None,
        }
    }
}
