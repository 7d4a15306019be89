//! The people that commits name, and the repository's `.mailmap` → the people that are meant. It matches as git does
//! and knows nothing of members.

use git2::{Mailmap, Signature, Time};

use super::history::Person;
use super::snapshot::Snapshot;
use crate::{Error, Result};

impl Snapshot {
    /// The people that commits name, each as the `.mailmap` of this commit or working copy has it.
    ///
    /// # Errors
    /// When the file is there and can't be read.
    pub fn people(&self, people: &[Person]) -> Result<Vec<Person>> {
        mailmapped(&self.mailmap()?, people)
    }
}

/// People as the bytes of a `.mailmap` have them.
///
/// # Errors
/// When it can't be read.
pub fn mailmapped(mailmap: &[u8], people: &[Person]) -> Result<Vec<Person>> {
    if mailmap.is_empty() {
        return Ok(people.to_vec());
    }
    let text = String::from_utf8_lossy(mailmap).replace('\0', "");
    let mailmap = Mailmap::from_buffer(&text).map_err(Error::git("read .mailmap"))?;
    Ok(people.iter().map(|person| resolve(&mailmap, person).unwrap_or_else(|| person.clone())).collect())
}

/// The person that is meant; none where git's library wouldn't take the name at all.
fn resolve(mailmap: &Mailmap, person: &Person) -> Option<Person> {
    let written = Signature::new(&person.name, &person.email, &Time::new(0, 0)).ok()?;
    let mailmapped = mailmap.resolve_signature(&written).ok()?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Some(Person { name: text(mailmapped.name_bytes()), email: text(mailmapped.email_bytes()) })
}
