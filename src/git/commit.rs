//! A commit object's bytes → what it says and who signed which part of it; and the commits behind one. It judges no
//! signature and opens no tree.

use git2::{ObjectType, Oid};
use rustc_hash::FxHashSet;

use super::history::Person;
use super::repository::{self, Repository};
use crate::Result;

/// A commit as its object tells it. Nothing in it is proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub id: Oid,
    /// Its tree.
    pub tree: Oid,
    /// The commits before it, the first first.
    pub parents: Vec<Oid>,
    /// Whose work it is, it says.
    pub author: Person,
    /// When that was, in seconds since 1970.
    pub when: i64,
    /// When the commit was made, in seconds since 1970.
    pub committed: i64,
    /// Its signature, where it has one.
    pub signed: Option<Signed>,
    /// The first line of its message.
    pub subject: String,
    /// How many bytes the object has.
    pub bytes: u64,
    /// What `git fsck` would find wrong with the object.
    pub fault: Option<&'static str>,
}

/// A signature in a commit, and the bytes that it is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The signature in the form of its program: PEM for those of SSH.
    pub signature: String,
    /// The commit object without the signature.
    pub payload: Vec<u8>,
}

impl Commit {
    /// What the bytes of a commit object say, without its header of git's store; none when no commit begins so.
    #[must_use]
    pub fn read(id: Oid, raw: &[u8]) -> Option<Commit> {
        let (header, message) = split(raw);
        let values = |key: &'static [u8]| {
            header.iter().filter_map(move |line| line.strip_prefix(key)?.strip_prefix(b" ")?.strip_suffix(b"\n"))
        };
        let tree = hex(values(b"tree").next()?)?;
        let parents = values(b"parent").map(hex).collect::<Option<Vec<_>>>()?;
        let (author, when) = moment(values(b"author").next()?);
        let (_, committed) = moment(values(b"committer").next()?);
        let signed = values(b"gpgsig").next().map(|signature| Signed {
            signature: String::from_utf8_lossy(signature).replace("\n ", "\n"),
            // What is signed is the object without all of its signatures.
            payload: {
                let others =
                    header.iter().filter(|line| !line.starts_with(b"gpgsig ") && !line.starts_with(b"gpgsig-"));
                let mut payload = others.copied().collect::<Vec<_>>().concat();
                payload.push(b'\n');
                payload.extend(message);
                payload
            },
        });
        let subject = String::from_utf8_lossy(message).lines().next().unwrap_or_default().to_owned();
        let fault = fault(raw, &header);
        Some(Commit { id, tree, parents, author, when, committed, signed, subject, bytes: raw.len() as u64, fault })
    }
}

impl Repository {
    /// The commit `id`.
    ///
    /// # Errors
    /// When it is missing, damaged or no commit.
    pub fn commit(&self, id: Oid) -> Result<Commit> {
        let raw = self.object(ObjectType::Commit, id, "")?;
        Commit::read(id, &raw)
            .ok_or_else(|| repository::unreadable("", ObjectType::Commit, id, "its header is malformed"))
    }

    /// The commit `tip` and all behind it, as far as this repository has them.
    ///
    /// # Errors
    /// When one is missing or damaged.
    pub fn ancestors(&self, tip: Oid) -> Result<FxHashSet<Oid>> {
        let boundary = self.shallow_boundary()?;
        let mut all = FxHashSet::from_iter([tip]);
        let mut waiting = vec![tip];
        while let Some(id) = waiting.pop() {
            if !boundary.contains(&id) {
                waiting.extend(self.commit(id)?.parents.into_iter().filter(|parent| all.insert(*parent)));
            }
        }
        Ok(all)
    }
}

/// Splits a commit object into its header's lines, each with those that go on from it, and its message.
fn split(raw: &[u8]) -> (Vec<&[u8]>, &[u8]) {
    let mut lines: Vec<(usize, usize)> = Vec::new();
    let mut at = 0;
    while at < raw.len() {
        let end = memchr::memchr(b'\n', &raw[at..]).map_or(raw.len(), |length| at + length + 1);
        match lines.last_mut() {
            _ if raw[at] == b'\n' => return (lines.iter().map(|(from, to)| &raw[*from..*to]).collect(), &raw[end..]),
            Some((_, to)) if raw[at] == b' ' => *to = end,
            _ => lines.push((at, end)),
        }
        at = end;
    }
    (lines.iter().map(|(from, to)| &raw[*from..*to]).collect(), &[])
}

fn hex(hex: &[u8]) -> Option<Oid> {
    std::str::from_utf8(hex).ok().filter(|hex| hex.len() == 40).and_then(|hex| Oid::from_str(hex).ok())
}

/// `NAME <EMAIL> SECONDS ZONE` → the person as written, and the time; 0 where there is none that fits.
fn moment(line: &[u8]) -> (Person, i64) {
    let text = String::from_utf8_lossy(line);
    let (person, moment) = text.rsplit_once('>').unwrap_or((&text, ""));
    let (name, email) = person.split_once('<').unwrap_or((person, ""));
    let seconds = moment.split_ascii_whitespace().next().and_then(|seconds| seconds.parse().ok());
    (Person { name: name.trim().to_owned(), email: email.trim().to_owned() }, seconds.unwrap_or(0))
}

/// What `git fsck --strict` would find wrong: once such a commit is in the history, it stays there.
fn fault(raw: &[u8], header: &[&[u8]]) -> Option<&'static str> {
    if raw.contains(&0) {
        return Some("a zero byte");
    }
    let key = |line: &&[u8]| line.iter().take_while(|byte| **byte != b' ').copied().collect::<Vec<u8>>();
    let keys: Vec<Vec<u8>> = header.iter().map(key).collect();
    let parents = keys.iter().skip(1).take_while(|key| *key == b"parent").count();
    let known = [&b"tree"[..], b"parent", b"author", b"committer"];
    let order = keys.first().is_some_and(|key| key == b"tree")
        && keys.get(parents + 1).is_some_and(|key| key == b"author")
        && keys.get(parents + 2).is_some_and(|key| key == b"committer")
        && keys.iter().skip(parents + 3).all(|key| !known.contains(&key.as_slice()));
    if !order {
        return Some("a header whose lines are out of order");
    }
    let people = header.iter().skip(parents + 1).take(2);
    let sound = people.clone().all(|line| ident(line).is_some());
    (!sound).then_some("an author or committer that isn't `NAME <ADDRESS> SECONDS ZONE`")
}

/// `KEY NAME <EMAIL> SECONDS ZONE` and no more.
fn ident(line: &[u8]) -> Option<()> {
    let line = line.strip_suffix(b"\n")?;
    let start = memchr::memchr(b' ', line)? + 1;
    let (name, rest) = line[start..].split_at(memchr::memchr(b'<', &line[start..])?);
    let (email, rest) = rest[1..].split_at(memchr::memchr(b'>', &rest[1..])?);
    let (seconds, zone) = std::str::from_utf8(rest.strip_prefix(b"> ")?).ok()?.split_once(' ')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let whole = digits(seconds) && (seconds == "0" || !seconds.starts_with('0')) && seconds.parse::<i64>().is_ok();
    let zone = zone.len() == 5 && zone.starts_with(['+', '-']) && digits(&zone[1..]);
    let named = name.len() > 1 && name.ends_with(b" ") && !name.contains(&b'>');
    (named && !email.contains(&b'<') && whole && zone).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\
        parent 4b825dc642cb6eb9a060e54bf8d69288fbee4905\n\
        author Ada <ada@example.org> 12 +0200\ncommitter Bob <b@example.org> 13 +0000\n\nWords\n\nMore\n";

    fn read(text: &str) -> Commit {
        Commit::read(Oid::ZERO_SHA1, text.as_bytes()).unwrap()
    }

    #[test]
    fn a_commit_says_whose_it_is_and_when() {
        let commit = read(PLAIN);
        assert_eq!((commit.author.name.as_str(), commit.author.email.as_str()), ("Ada", "ada@example.org"));
        assert_eq!((commit.when, commit.committed, commit.parents.len()), (12, 13, 1));
        assert_eq!((commit.subject.as_str(), commit.signed, commit.fault), ("Words", None, None));
    }

    #[test]
    fn what_was_signed_is_the_commit_without_the_signature() {
        let lines = "gpgsig -----BEGIN SSH SIGNATURE-----\n AAAA\n -----END SSH SIGNATURE-----\n";
        let signed = read(&PLAIN.replace("\n\nWords", &format!("\n{lines}\nWords"))).signed.unwrap();
        assert_eq!(signed.signature, "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----");
        assert_eq!(String::from_utf8(signed.payload).unwrap(), PLAIN);
    }

    #[test]
    fn what_git_would_find_wrong_is_found() {
        for (from, to) in [
            ("Ada <", "<"),
            ("Ada <", "A>a <"),
            ("12 +0200", "012 +0200"),
            ("12 +0200", "99999999999999999999 +0200"),
            ("12 +0200", "12 +02"),
            ("12 +0200", "12"),
            ("Words", "W\0rds"),
            ("committer", "author"),
            ("\n\nWords", "\nparent 4b825dc642cb6eb9a060e54bf8d69288fbee4905\n\nWords"),
        ] {
            let text = PLAIN.replacen(from, to, 1);
            assert!(Commit::read(Oid::ZERO_SHA1, text.as_bytes()).is_none_or(|it| it.fault.is_some()), "{text}");
        }
    }
}
