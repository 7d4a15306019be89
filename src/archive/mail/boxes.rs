//! An export of mail → its messages, one after another: where each lies, and its bytes when they are asked for. It reads
//! mbox files (Pipermail's months too, packed with gzip or not), maildirs, folders of single messages, and the
//! repositories of public-inbox. It knows nothing of headers.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use git2::{ObjectType, Oid, Sort};
use rustc_hash::FxHashMap;

use crate::archive::packed::number;
use crate::archive::source::Source;
use crate::git::{Repository, TooLarge, Within};
use crate::{Error, Result};

/// The most bytes of a message: one is read whole, and a larger one is left out.
const LARGEST_MESSAGE_BYTES: u64 = 128 << 20;
/// The longest line between two messages that is read.
const LONGEST_LINE_BYTES: u64 = 1 << 10;
/// What an mbox packed with gzip may unpack to.
const MOST_UNPACKED_BYTES: u64 = 64 << 30;

/// Where a message lies: in the box of a number, a file from a byte on, or a repository as the blob of a number there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MessagePlace {
    of: u32,
    /// How many bytes of a file; [`u32::MAX`] of one with more than that.
    length: u32,
    from: u64,
}

/// What holds messages.
#[derive(Debug)]
enum Holder {
    /// A file as it was named, and as it lies open.
    File(PathBuf, File),
    /// A repository, and the blobs in it that are messages.
    Repository(Box<Repository>, Vec<Oid>),
}

/// Where an export's messages lie.
#[derive(Debug, Default)]
pub(super) struct Boxes {
    holders: Vec<Holder>,
    /// All messages in their order.
    pub(super) places: Vec<MessagePlace>,
    /// Files in which there is no message.
    pub(super) others: Vec<String>,
}

impl Boxes {
    /// Finds all messages of an export. With mails of a repository that were deleted there it is as if they had never
    /// been.
    ///
    /// # Errors
    /// A file or repository can't be read.
    pub(super) fn open(source: &Source) -> Result<Boxes> {
        let mut boxes = Boxes::default();
        let epochs = repositories(&source.root)?;
        if !epochs.is_empty() {
            for repository in epochs {
                boxes.repository(repository)?;
            }
            return Ok(boxes);
        }
        let mut files: Vec<&PathBuf> = source.files.iter().filter(|path| !hidden(&source.root, path)).collect();
        files.sort_by_cached_key(|path| month(path));
        for path in files {
            if boxes.file(path)? == 0 {
                boxes.others.push(source.name(path).into_owned());
            }
        }
        Ok(boxes)
    }

    /// The bytes of a message, unless it has more than 128 MiB.
    ///
    /// # Errors
    /// They can't be read.
    pub(super) fn read(&self, place: MessagePlace) -> Result<Within> {
        match &self.holders[place.of as usize] {
            Holder::Repository(repository, blobs) => {
                repository.blob_within(blobs[place.from as usize], "", LARGEST_MESSAGE_BYTES)
            }
            Holder::File(path, file) => {
                if let Err(large) = TooLarge::check(place.length.into(), LARGEST_MESSAGE_BYTES) {
                    return Ok(Err(large));
                }
                let mut file = file;
                let mut bytes = Vec::with_capacity(place.length as usize);
                file.seek(SeekFrom::Start(place.from)).map_err(Error::io(path))?;
                file.take(u64::from(place.length)).read_to_end(&mut bytes).map_err(Error::io(path))?;
                Ok(Ok(bytes))
            }
        }
    }

    /// Whether a message lies in a repository.
    pub(super) fn in_repository(&self, place: MessagePlace) -> bool {
        matches!(self.holders[place.of as usize], Holder::Repository(..))
    }

    /// The line that stands before a message in an mbox, as far as it can be meant.
    pub(super) fn said(&self, place: MessagePlace) -> Option<String> {
        let Holder::File(_, file) = &self.holders[place.of as usize] else { return None };
        let mut file = file;
        let from = place.from.saturating_sub(LONGEST_LINE_BYTES);
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(from)).ok()?;
        file.take(place.from - from).read_to_end(&mut bytes).ok()?;
        let text = String::from_utf8_lossy(&bytes);
        text.trim_end().rsplit('\n').next().filter(|line| !line.is_empty()).map(str::to_owned)
    }

    /// What people find a message by.
    pub(super) fn name(&self, place: MessagePlace) -> String {
        match &self.holders[place.of as usize] {
            Holder::Repository(_, blobs) => blobs[place.from as usize].to_string(),
            Holder::File(path, _) => {
                let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
                format!("{name} at byte {}", place.from)
            }
        }
    }

    /// Adds the messages of a file: an mbox, or just one. Gives their number.
    fn file(&mut self, path: &Path) -> Result<usize> {
        let of = number(self.holders.len());
        let mut file = File::open(path).map_err(Error::io(path))?;
        let mut head = [0; 2];
        let packed = file.read(&mut head).map_err(Error::io(path))? == 2 && head == [0x1f, 0x8b];
        file.seek(SeekFrom::Start(0)).map_err(Error::io(path))?;
        if packed {
            file = unpacked(path, file)?;
        }
        let length = file.metadata().map_err(Error::io(path))?.len();
        let mut lines = BufReader::with_capacity(1 << 17, &file);
        let mut found: Vec<(u64, u64)> = Vec::new();
        let mut line = Vec::new();
        let (mut at, mut blank) = (0u64, true);
        // The `From ` line that waits for a header to follow: where it begins and ends, and whether an empty line stands
        // before it, which some archives have lost.
        let mut waiting: Option<(u64, u64, bool)> = None;
        loop {
            line.clear();
            let read = lines.by_ref().take(1 << 16).read_until(b'\n', &mut line).map_err(Error::io(path))? as u64;
            // A file that begins with a header is one mail, whatever other mails it holds.
            if read == 0 || found.first().is_some_and(|(start, _)| *start == 0) {
                break;
            }
            if let Some((begins, starts, sure)) = waiting.take()
                && (is_mails(&line) || sure && is_header(&line))
            {
                if let Some(last) = found.last_mut() {
                    last.1 = begins;
                }
                found.push((starts, length));
            }
            if at == 0 && (is_header(&line) || is_old_header(&line)) {
                found.push((0, length));
            } else if line.starts_with(b"From ") && (separates(&line) || at == 0) {
                waiting = Some((at, at + read, blank));
            }
            blank = line.iter().all(|b| b.is_ascii_whitespace());
            at += read;
        }
        drop(lines);
        let count = found.len();
        let length = |all: u64| u32::try_from(all).unwrap_or(u32::MAX);
        self.places.extend(found.into_iter().map(|(from, to)| MessagePlace { of, length: length(to - from), from }));
        self.holders.push(Holder::File(path.to_owned(), file));
        Ok(count)
    }

    /// The mails of a repository, the first added first. In version 2 each commit adds a mail as the file `m`, or deletes
    /// the one that `d` holds; in version 1 the tree holds all that are left
    /// (<https://public-inbox.org/public-inbox-v2-format.html>).
    fn repository(&mut self, repository: Repository) -> Result<()> {
        let of = number(self.holders.len());
        let mails = repository.with(|git| mails(git).map_err(Error::git("read the mails of the repository")))?;
        self.places.extend((0..mails.len() as u64).map(|from| MessagePlace { of, length: 0, from }));
        self.holders.push(Holder::Repository(Box::new(repository), mails));
        Ok(())
    }
}

fn mails(git: &git2::Repository) -> std::result::Result<Vec<Oid>, git2::Error> {
    let tip = match git.head() {
        Ok(head) => head.peel_to_commit()?,
        // A clone of a bundle may not know which branch is meant.
        Err(_) => git
            .references()?
            .flatten()
            .find_map(|it| it.peel_to_commit().ok())
            .ok_or_else(|| git2::Error::from_str("it has no commit"))?,
    };
    let mut walk = git.revwalk()?;
    walk.push(tip.id())?;
    let tree = tip.tree()?;
    walk.set_sorting(Sort::TOPOLOGICAL | Sort::REVERSE)?;
    if tree.get_name("m").is_none() && tree.get_name("d").is_none() {
        return version_1(git, walk, &tree);
    }
    // A mail that was deleted is gone where it was added before; it may be added again.
    let mut mails: Vec<Option<Oid>> = Vec::new();
    let mut places: FxHashMap<Oid, Vec<usize>> = FxHashMap::default();
    for commit in walk {
        let tree = git.find_commit(commit?)?.tree()?;
        if let Some(mail) = tree.get_name("m") {
            places.entry(mail.id()).or_default().push(mails.len());
            mails.push(Some(mail.id()));
        } else if let Some(gone) = tree.get_name("d") {
            for place in places.remove(&gone.id()).unwrap_or_default() {
                mails[place] = None;
            }
        }
    }
    Ok(mails.into_iter().flatten().collect())
}

/// The files of the tree at the tip, in the order in which these commits have added them.
fn version_1(
    git: &git2::Repository,
    walk: git2::Revwalk<'_>,
    tip: &git2::Tree<'_>,
) -> std::result::Result<Vec<Oid>, git2::Error> {
    let mut left: BTreeSet<Oid> = BTreeSet::new();
    tip.walk(git2::TreeWalkMode::PreOrder, |_, entry| {
        if entry.kind() == Some(ObjectType::Blob) {
            left.insert(entry.id());
        }
        git2::TreeWalkResult::Ok
    })?;
    let mut mails = Vec::with_capacity(left.len());
    for commit in walk {
        let commit = git.find_commit(commit?)?;
        let before = commit.parents().next().map(|parent| parent.tree()).transpose()?;
        let changes = git.diff_tree_to_tree(before.as_ref(), Some(&commit.tree()?), None)?;
        mails.extend(changes.deltas().map(|it| it.new_file().id()).filter(|id| left.remove(id)));
    }
    Ok(mails)
}

/// The repositories that an export is: itself, or the epochs of a public-inbox in its folder `git`.
fn repositories(root: &Path) -> Result<Vec<Repository>> {
    let is_one = |path: &Path| path.join("HEAD").is_file() && path.join("objects").is_dir();
    let open = |path: &Path| Repository::find(path);
    if is_one(root) || is_one(&root.join(".git")) {
        return Ok(open(root)?.into_iter().collect());
    }
    let mut epochs: Vec<(u32, PathBuf)> = Vec::new();
    for folder in [root.join("git"), root.to_owned()] {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let number = name.strip_suffix(".git").and_then(|number| number.parse().ok());
            epochs.extend(number.filter(|_| is_one(&entry.path())).map(|number| (number, entry.path())));
        }
    }
    epochs.sort();
    epochs.dedup();
    let found: Result<Vec<Option<Repository>>> = epochs.iter().map(|(_, path)| open(path)).collect();
    Ok(found?.into_iter().flatten().collect())
}

/// Whether an export holds mail at all: a repository with `m` or a mail at its tip, or a file that begins as one.
pub(super) fn recognised(source: &Source) -> bool {
    let repository = || {
        let found = repositories(&source.root).ok()?.into_iter().next()?;
        let first = found.with(|git| mails(git).map_err(Error::git("look for mails"))).ok()?.into_iter().next()?;
        let bytes = found.blob_within(first, "", LARGEST_MESSAGE_BYTES).ok()?.ok()?;
        Some(is_header(bytes.split_inclusive(|b| *b == b'\n').next()?))
    };
    repository().unwrap_or(false) || source.files.iter().take(20).any(|path| begins_as_mail(path))
}

fn begins_as_mail(path: &Path) -> bool {
    let Ok(mut file) = File::open(path) else { return false };
    let mut bytes = Vec::new();
    let mut head = [0; 2];
    let packed = file.read(&mut head).is_ok_and(|read| read == 2) && head == [0x1f, 0x8b];
    if file.seek(SeekFrom::Start(0)).is_err() {
        return false;
    }
    let read = if packed {
        MultiGzDecoder::new(file).take(8 << 10).read_to_end(&mut bytes)
    } else {
        file.take(8 << 10).read_to_end(&mut bytes)
    };
    let mut lines = bytes.split_inclusive(|b| *b == b'\n');
    let first = lines.next().unwrap_or_default();
    let second = lines.next().unwrap_or_default();
    let begins = |it: &[u8]| it.starts_with(b"From ") && (separates(it) && is_header(second) || is_mails(second));
    read.is_ok() && (begins(first) || is_mails(first) || is_old_header(first) && is_old_header(second))
}

fn unpacked(path: &Path, file: File) -> Result<File> {
    let mut out = tempfile::tempfile().map_err(Error::io(std::env::temp_dir()))?;
    let written = std::io::copy(&mut MultiGzDecoder::new(BufReader::new(file)).take(MOST_UNPACKED_BYTES + 1), &mut out);
    if written.map_err(Error::io(path))? > MOST_UNPACKED_BYTES {
        let message = format!("{}: it unpacks to more than {MOST_UNPACKED_BYTES} bytes", path.display());
        return Err(Error::other(message, "this pack is not unpacked"));
    }
    out.rewind().map_err(Error::io(path))?;
    Ok(out)
}

/// Whether a `From ` line is one that a mail program wrote: it ends in a time and a year
/// (<https://www.rfc-editor.org/rfc/rfc4155>, and what is met with).
fn separates(line: &[u8]) -> bool {
    let text = String::from_utf8_lossy(line);
    let clock =
        |word: &str| word.len() >= 4 && word.contains(':') && word.bytes().all(|b| b.is_ascii_digit() || b == b':');
    let year = |word: &str| word.len() == 4 && word.bytes().all(|b| b.is_ascii_digit());
    text.split_whitespace().skip(1).any(clock) && text.split_whitespace().skip(1).any(year)
}

/// Whether a line is a header's: a name of printable signs, then a colon (RFC 5322, section 2.2).
fn is_header(line: &[u8]) -> bool {
    let name = line.iter().take_while(|b| b.is_ascii_graphic() && **b != b':').count();
    name > 0 && name < 80 && line.get(name) == Some(&b':')
}

/// Whether a line is a header of the first years, with white space before its colon (RFC 5322, section 4.5).
fn is_old_header(line: &[u8]) -> bool {
    let name = line.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'-').count();
    let rest = line.get(name..).unwrap_or_default().trim_ascii_start();
    (1..80).contains(&name) && rest.starts_with(b":")
}

/// Whether a line is one of the headers with which mails begin.
fn is_mails(line: &[u8]) -> bool {
    const NAMES: [&[u8]; 13] = [
        b"from",
        b"received",
        b"return-path",
        b"date",
        b"message-id",
        b"subject",
        b"to",
        b"delivered-to",
        b"mime-version",
        b"x-mozilla-status",
        b"content-type",
        b"x-original-to",
        b"sender",
    ];
    let name = line.split(|b| *b == b':').next().unwrap_or_default().to_ascii_lowercase();
    is_header(line) && NAMES.contains(&&name[..])
}

/// What a maildir keeps for itself, and what a system leaves lying about.
fn hidden(root: &Path, path: &Path) -> bool {
    let below = path.strip_prefix(root).unwrap_or(path);
    let dotted = below.components().any(|part| part.as_os_str().to_string_lossy().starts_with('.'));
    dotted || below.starts_with("tmp") || below.ends_with("dovecot-uidlist")
}

/// Pipermail names its files `2009-January.txt`: the order of months, not of letters.
fn month(path: &Path) -> (String, String) {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let name = path.to_string_lossy().into_owned();
    let found = MONTHS.iter().zip(1..).find(|(month, _)| name.contains(&format!("-{month}.")));
    let sorted = found.map_or(name.clone(), |(month, number)| name.replace(month, &format!("{number:02}")));
    (sorted, name)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn texts(files: &[(&str, &[u8])]) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        let boxes = Boxes::open(&Source::open(folder.path()).unwrap()).unwrap();
        let each = boxes.places.iter().map(|place| String::from_utf8(boxes.read(*place).unwrap().unwrap()).unwrap());
        each.collect()
    }

    #[test]
    fn an_mbox_is_cut_at_lines_that_mail_programs_wrote_alone() {
        let text = b"From ada at tea.example  Tue Apr  7 11:46:48 2009\nSubject: One\n\nHello,\n\nFrom here on it is tea.\n\nFrom me to you 10:30 2009\nnot a header\n\nFrom bob at tea.example  Tue Apr  7 11:47:00 2009\nSubject: Two\n\nYes.\n";
        let found = texts(&[("a.mbox", text)]);
        assert_eq!(found.len(), 2);
        assert!(found[0].starts_with("Subject: One") && found[0].ends_with("not a header\n\n"), "{found:?}");
        assert_eq!(found[1], "Subject: Two\n\nYes.\n");
    }

    #[test]
    fn a_file_that_begins_with_a_header_is_one_mail() {
        let held = b"Subject: One\n\n--a\n\nFrom ada at tea.example  Tue Apr  7 11:46:48 2009\nSubject: Two\n\nYes.\n";
        assert_eq!(texts(&[("a.eml", held)]).len(), 1);
        assert_eq!(texts(&[("a.eml", b"From  : Ada\nTo    : Bob\n\nYes.\n")]).len(), 1);
        assert_eq!(texts(&[("a.eml", b"From ada@tea.example\nReturn-Path: <ada@tea.example>\n\nYes.\n")]).len(), 1);
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("LICENSE"), "Take it.\n").unwrap();
        assert_eq!(Boxes::open(&Source::open(folder.path()).unwrap()).unwrap().others, ["LICENSE"]);
    }

    #[test]
    fn a_packed_mbox_a_maildir_and_single_mails_are_read() {
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(b"From a  Tue Apr  7 11:46:48 2009\nSubject: Packed\n\nx\n").unwrap();
        let packed = gz.finish().unwrap();
        assert_eq!(texts(&[("2009-May.txt.gz", &packed)]), ["Subject: Packed\n\nx\n"]);
        let maildir: [(&str, &[u8]); 3] =
            [("cur/1:2,S", b"Subject: A\n\na\n"), ("new/2", b"Subject: B\n\nb\n"), ("tmp/3", b"Subject: C\n\nc\n")];
        assert_eq!(texts(&maildir), ["Subject: A\n\na\n", "Subject: B\n\nb\n"]);
    }

    #[test]
    fn months_stand_in_their_order() {
        let mail = |text: &str| format!("Subject: {text}\n\n").into_bytes();
        let (may, april) = (mail("May"), mail("April"));
        assert_eq!(texts(&[("2009-May.txt", &may), ("2009-April.txt", &april)])[0], "Subject: April\n\n");
    }
}
