//! Blobs and commits, one after another → a pack in a quarantine, made by `git fast-import`, which is far quicker than
//! storing objects one by one. No reference of the repository moves.
//!
//! The stream is that of git-fast-import(1). It ends with `done`, and a stream without that fails: so what a killed run
//! has sent is never taken for the whole.

use std::fmt::Write as _;
use std::io::{BufWriter, Read, Write};
use std::process::{Child, ChildStdin};

use git2::Oid;

use super::quarantine::Quarantine;
use super::write::Person;
use crate::{Error, Result};

/// The reference of the quarantine that leads to the last commit.
const TIP: &str = "refs/boards/import";
/// One pack, however few objects there are, of which no file is more than 8 differences away from a whole one: what is
/// read often wants short chains.
const ARGUMENTS: [&str; 5] = ["fast-import", "--quiet", "--done", "--depth=8", "--date-format=raw"];
/// The bytes that are gathered before git is given them.
const BUFFER_BYTES: usize = 1 << 18;

/// A run of `git fast-import`. Dropped before its [end](Stream::end), it is stopped, and nothing of it is kept.
#[derive(Debug)]
pub struct Stream<'q> {
    quarantine: &'q Quarantine,
    out: BufWriter<ChildStdin>,
    running: Running,
    blobs: u64,
}

/// A blob of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark(u64);

/// A child process that is ended when it is dropped.
#[derive(Debug)]
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail when it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl<'q> Stream<'q> {
    /// Begins one.
    ///
    /// # Errors
    /// When git isn't there.
    pub fn begin(quarantine: &'q Quarantine) -> Result<Stream<'q>> {
        let git = quarantine.git().set("core.compression=6").set("fastimport.unpackLimit=0");
        let mut child = git.start(&ARGUMENTS)?;
        let input = child.stdin.take();
        let running = Running(child);
        let input = input.ok_or_else(|| Error::other("git fast-import takes no input", "run it again"))?;
        Ok(Stream { quarantine, out: BufWriter::with_capacity(BUFFER_BYTES, input), running, blobs: 0 })
    }

    /// Sends a blob.
    ///
    /// # Errors
    /// When git has failed, in its own words.
    pub fn blob(&mut self, bytes: &[u8]) -> Result<Mark> {
        self.blobs += 1;
        let head = format!("blob\nmark :{}\ndata {}\n", self.blobs, bytes.len());
        self.send(&[head.as_bytes(), bytes, b"\n"])?;
        Ok(Mark(self.blobs))
    }

    /// Sends a commit with these files, plain ones, on top of the last commit; the first one is made on top of `from`. Its
    /// author is its committer as well.
    ///
    /// # Errors
    /// When git has failed, in its own words; when git can't hold such a path.
    pub fn commit(
        &mut self,
        from: Option<Oid>,
        author: &Person,
        message: &str,
        files: &[(String, Mark)],
    ) -> Result<()> {
        let line = author.line();
        let mut text = format!("commit {TIP}\nauthor {line}\ncommitter {line}\ndata {}\n{message}\n", message.len());
        if let Some(from) = from {
            let _ = writeln!(text, "from {from}");
        }
        for (path, Mark(blob)) in files {
            // A path that began with a quotation mark would be read as a quoted one.
            if path.contains(['\n', '\0']) || path.starts_with('"') {
                return Err(Error::other(format!("{path:?} can't be the path of a file here"), "name it otherwise"));
            }
            let _ = writeln!(text, "M 100644 :{blob} {path}");
        }
        text.push('\n');
        self.send(&[text.as_bytes()])
    }

    /// Ends the stream and gives its last commit, which only the quarantine has so far.
    ///
    /// # Errors
    /// When git has failed, in its own words.
    pub fn end(mut self) -> Result<Oid> {
        self.send(&[b"done\n"])?;
        if self.out.flush().is_err() {
            return Err(self.failure());
        }
        let ended = self.running.0.wait().map_err(Error::io("git fast-import"))?;
        if !ended.success() {
            return Err(self.failure());
        }
        let commit = self.quarantine.commit(TIP)?;
        commit.ok_or_else(|| Error::other(format!("{TIP}: this leads to no commit"), "run it again"))
    }

    fn send(&mut self, parts: &[&[u8]]) -> Result<()> {
        match parts.iter().try_for_each(|part| self.out.write_all(part)) {
            Ok(()) => Ok(()),
            // Git takes no more only when it has failed, and has said why.
            Err(_) => Err(self.failure()),
        }
    }

    /// What git says of its failure.
    fn failure(&mut self) -> Error {
        let mut said = Vec::new();
        if let Some(stderr) = &mut self.running.0.stderr {
            let _ = stderr.read_to_end(&mut said);
        }
        let said = String::from_utf8_lossy(&said);
        let why = said.lines().find(|line| line.starts_with("fatal:")).or_else(|| said.lines().last());
        let message = format!("git fast-import: {}", why.unwrap_or("it has ended too early").trim());
        Error::other(message, "nothing was imported: mend that and run it again")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::Repository;
    use crate::git::sample::{TestRepository, files, git};

    fn ada(seconds: i64) -> Person {
        Person { name: "Ada <x>".into(), email: "ada@example.org".into(), seconds, offset: 0 }
    }

    fn opened() -> (TestRepository, Repository, Oid) {
        let sample = TestRepository::new();
        let base = sample.commit(&files(&[("a/b.md", "1")]), &[], "ada", 1);
        let repository = Repository::find(sample.path()).unwrap().unwrap();
        (sample, repository, base)
    }

    #[test]
    fn commits_on_top_of_each_other_come_into_the_repository_as_one_pack() {
        let (sample, repository, base) = opened();
        let quarantine = Quarantine::open(&repository, "test", &crate::monitor::Quiet).unwrap();
        let mut stream = Stream::begin(&quarantine).unwrap();
        let marks = [b"2", b"3"].map(|bytes| stream.blob(bytes).unwrap());
        stream.commit(Some(base), &ada(2), "One\n", &[("a/c.md".into(), marks[0])]).unwrap();
        stream.commit(None, &ada(3), "Two\n", &[("a/b.md".into(), marks[1]), ("d.md".into(), marks[0])]).unwrap();
        let tip = stream.end().unwrap();
        assert!(!repository.has(tip).unwrap());
        let kept = quarantine.keep_packs().unwrap();
        assert!(repository.has(tip).unwrap());
        drop((kept, quarantine));
        let last = sample.repository.find_commit(tip).unwrap();
        let first = last.parent(0).unwrap();
        assert_eq!((last.message().unwrap(), last.author().when().seconds()), ("Two\n", 3));
        assert_eq!((first.message().unwrap(), first.committer().name().unwrap()), ("One\n", "Ada x"));
        assert_eq!(first.parent_id(0).unwrap(), base);
        let tree = sample.repository.find_tree(repository.tree(tip).unwrap()).unwrap();
        for (path, bytes) in [("a/b.md", "3"), ("a/c.md", "2"), ("d.md", "2")] {
            let entry = tree.get_path(path.as_ref()).unwrap();
            assert_eq!(sample.repository.find_blob(entry.id()).unwrap().content(), bytes.as_bytes(), "{path}");
        }
        git(sample.path(), &["fsck", "--strict"]);
        let packs = std::fs::read_dir(sample.repository.path().join("objects/pack")).unwrap();
        let names = packs.map(|it| it.unwrap().file_name().into_string().unwrap());
        let mut endings: Vec<String> = names.filter_map(|name| Some(name.rsplit_once('.')?.1.to_owned())).collect();
        endings.retain(|ending| ending != "rev");
        endings.sort();
        assert_eq!(endings, ["idx", "pack"]);
    }

    #[test]
    fn a_stream_that_was_cut_off_leaves_nothing() {
        let (sample, repository, base) = opened();
        let quarantine = Quarantine::open(&repository, "test", &crate::monitor::Quiet).unwrap();
        let mut stream = Stream::begin(&quarantine).unwrap();
        let mark = stream.blob(b"2").unwrap();
        stream.commit(Some(base), &ada(2), "One\n", &[("a/c.md".into(), mark)]).unwrap();
        // As when boards alone is killed: git sees the end of its input.
        let Stream { out, mut running, .. } = stream;
        drop(out);
        assert!(!running.0.wait().unwrap().success());
        assert!(quarantine.commit(TIP).is_err());
        drop((running, quarantine));
        assert_eq!(sample.repository.references().unwrap().count(), 0);
        let left = std::fs::read_dir(sample.repository.path().join("objects/pack")).unwrap();
        assert_eq!(left.count(), 0);
    }

    #[test]
    fn what_git_refuses_is_told_in_its_words() {
        let (_sample, repository, _) = opened();
        let quarantine = Quarantine::open(&repository, "test", &crate::monitor::Quiet).unwrap();
        let missing = Oid::from_str(&"1".repeat(40)).unwrap();
        let mut stream = Stream::begin(&quarantine).unwrap();
        stream.commit(Some(missing), &ada(2), "One\n", &[]).unwrap();
        let refused = stream.end().unwrap_err().to_string();
        assert!(refused.starts_with("git fast-import: fatal: "), "{refused}");
        let mut stream = Stream::begin(&quarantine).unwrap();
        let mark = stream.blob(b"2").unwrap();
        assert!(stream.commit(None, &ada(2), "One\n", &[("\"a".into(), mark)]).is_err());
    }
}
