//! Mails with patches → what each says, and trees that hold what it changes. The person's own git takes them apart and
//! applies them, to an index in the quarantine: no work tree has a part in it, and no commit is made here.

use std::fs;
use std::path::PathBuf;

use git2::Oid;

use super::program::Git;
use super::quarantine::Quarantine;
use crate::{Error, Result};

/// A mail that was taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Who wrote it.
    pub name: String,
    /// Their address.
    pub email: String,
    /// When, as the mail has it (RFC 2822).
    pub date: String,
    /// The message for its commit.
    pub message: String,
    /// The file that holds its patch.
    patch: PathBuf,
}

/// An index to which patches are applied, one after another.
#[derive(Debug)]
pub struct PatchIndex<'q> {
    quarantine: &'q Quarantine,
    folder: PathBuf,
    top: Oid,
}

impl<'q> PatchIndex<'q> {
    /// An index that holds the tree `top`.
    ///
    /// # Errors
    /// When the quarantine can't be written.
    pub fn open(quarantine: &'q Quarantine, top: Oid) -> Result<PatchIndex<'q>> {
        let folder = quarantine.place().join(format!("mail-{top}"));
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(Error::io(folder)(error)),
            _ => fs::create_dir_all(&folder).map_err(Error::io(&folder))?,
        }
        let index = PatchIndex { quarantine, folder, top };
        index.git().output(&["read-tree", &top.to_string()])?;
        Ok(index)
    }

    fn git(&self) -> Git {
        self.quarantine.git().env("GIT_INDEX_FILE", self.folder.join("index"))
    }

    /// Takes a mail, or a box of mails, apart.
    ///
    /// # Errors
    /// When git can't make sense of it.
    pub fn mails(&self, text: Vec<u8>) -> Result<Vec<Mail>> {
        let into = format!("-o{}", self.folder.display());
        let count = self.git().input(text).output(&["mailsplit", "-d4", "-b", &into])?;
        let count: usize = count.trim().parse().unwrap_or(0);
        (1..=count).map(|number| self.mail(number)).collect()
    }

    fn mail(&self, number: usize) -> Result<Mail> {
        let path = |ending: &str| self.folder.join(format!("{number:04}{ending}"));
        let (whole, message, patch) = (path(""), path(".message"), path(".patch"));
        let text = fs::read(&whole).map_err(Error::io(&whole))?;
        let [into, diff] = [&message, &patch].map(|path| path.to_string_lossy().into_owned());
        let said = self.git().input(text).output(&["mailinfo", "--no-scissors", "--encoding=UTF-8", &into, &diff])?;
        let field = |name: &str| {
            let mut lines = said.lines();
            lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap_or_default().to_owned()
        };
        let body = fs::read(&message).map_err(Error::io(&message))?;
        let body = String::from_utf8_lossy(&body);
        let message = format!("{}\n\n{}", field("Subject"), body.trim());
        Ok(Mail { name: field("Author"), email: field("Email"), date: field("Date"), message, patch })
    }

    /// Applies a mail's patch to the index.
    ///
    /// # Errors
    /// When it doesn't fit, in git's words.
    pub fn apply(&self, mail: &Mail) -> Result<()> {
        let patch = mail.patch.to_string_lossy();
        self.git().output(&["apply", "--cached", "--whitespace=nowarn", "--", &patch]).map(drop)
    }

    /// Whether the tree that the index began with has everything that a mail changes already.
    #[must_use]
    pub fn has(&self, mail: &Mail) -> bool {
        let patch = mail.patch.to_string_lossy();
        let top = self.top.to_string();
        let fresh = self.git().output(&["read-tree", &top]);
        fresh.is_ok() && self.git().output(&["apply", "--cached", "--check", "--reverse", "--", &patch]).is_ok()
    }

    /// The tree that the index holds.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn tree(&self) -> Result<Oid> {
        let id = self.git().output(&["write-tree"])?;
        Oid::from_str(id.trim()).map_err(Error::git("read the id of a tree"))
    }
}
