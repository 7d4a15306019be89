//! The environment and git's settings → the name and address under which a person commits. Nothing is guessed.

use crate::git::Repository;
use crate::{Error, Result};

/// Who git says is writing.
#[derive(Debug, Clone)]
pub(super) struct Identity {
    /// The name; empty where only an address is set.
    pub(super) name: String,
    /// The address of e-mail; empty where only a name is set.
    pub(super) email: String,
}

impl Identity {
    /// The author of commits made here: `GIT_AUTHOR_NAME` and `GIT_AUTHOR_EMAIL`, or else `user.name` and `user.email`.
    ///
    /// # Errors
    /// Neither is set.
    pub(super) fn of(repository: Option<&Repository>) -> Result<Identity> {
        let mut config = match repository {
            Some(repository) => repository.with(|handle| handle.config().map_err(Error::git("read git's settings")))?,
            None => git2::Config::open_default().map_err(Error::git("read git's settings"))?,
        };
        // git's library passes this variable over.
        if let Some(file) = std::env::var_os("GIT_CONFIG_GLOBAL") {
            let read = config.add_file(file.as_ref(), git2::ConfigLevel::Global, true);
            read.map_err(Error::git("read the settings that GIT_CONFIG_GLOBAL names"))?;
        }
        let read = |variable: &str, name: &str| {
            let set = std::env::var(variable).ok().filter(|value| !value.trim().is_empty());
            set.or_else(|| config.get_string(name).ok()).map(|value| value.trim().to_owned()).unwrap_or_default()
        };
        let name = read("GIT_AUTHOR_NAME", "user.name");
        let email = read("GIT_AUTHOR_EMAIL", "user.email");
        if name.is_empty() && email.is_empty() {
            return Err(Error::other(
                "git doesn't know who you are",
                "tell it: `git config --global user.name NAME` and `git config --global user.email ADDRESS`",
            ));
        }
        Ok(Identity { name, email })
    }
}
