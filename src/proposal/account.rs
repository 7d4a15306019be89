//! `github:583231` in → an account at a forge out. Whose account it is the members' files of the base tell.

use std::fmt;
use std::str::FromStr;

use crate::config::Forge;

/// An account at a forge, by the number that the forge gave it: a login can be renamed and registered anew, a number
/// can't.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// The forge.
    pub forge: Forge,
    /// The account's number there.
    pub id: u64,
}

impl Account {
    /// The forge's name, as members' files have it.
    #[must_use]
    pub fn forge_name(&self) -> &'static str {
        match self.forge {
            Forge::GitHub => "github",
            Forge::GitLab => "gitlab",
            Forge::Gitea => "gitea",
            Forge::Forgejo => "forgejo",
        }
    }
}

impl FromStr for Account {
    type Err = String;

    fn from_str(text: &str) -> Result<Account, String> {
        let wrong = || String::from("an account is a forge and a number, as in `github:583231`");
        let (forge, id) = text.split_once(':').ok_or_else(wrong)?;
        let forge = match forge {
            "github" => Forge::GitHub,
            "gitlab" => Forge::GitLab,
            "gitea" => Forge::Gitea,
            "forgejo" => Forge::Forgejo,
            _ => return Err(String::from("the forge is github, gitlab, gitea or forgejo, as in `github:583231`")),
        };
        let plain = id.bytes().all(|b| b.is_ascii_digit()) && !id.starts_with('0');
        let id = id.parse().ok().filter(|_| plain).ok_or_else(wrong)?;
        Ok(Account { forge, id })
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.forge_name(), self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_a_forge_and_a_number() {
        assert_eq!("github:583231".parse(), Ok(Account { forge: Forge::GitHub, id: 583_231 }));
        assert_eq!("forgejo:7".parse::<Account>().map(|it| it.to_string()), Ok(String::from("forgejo:7")));
        for wrong in ["github", "github:", "github:ada", "github:0", "github:01", "github:+1", "sourcehut:1", ":1"] {
            assert!(wrong.parse::<Account>().is_err(), "{wrong}");
        }
    }
}
