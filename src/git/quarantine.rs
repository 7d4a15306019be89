//! A repository → a place beside it where what others propose can be fetched, judged and merged: it sees all objects of
//! the repository, and what is written to it is gone in the end unless it is kept. It moves no reference of the
//! repository, and doesn't know what is fetched or why.
//!
//! Git does the same for what is pushed to it. The place is a small bare repository in the folder of objects, under a
//! name by which `git gc` would clear it away if boards were killed and never came back.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use git2::Oid;
use tempfile::TempDir;

use super::program::{self, Git};
use super::repository::Repository;
use crate::lock::Lock;
use crate::monitor::Monitor;
use crate::{Error, Result};

/// How the names of quarantines begin.
const NAME: &str = "tmp_objdir-boards-";
/// The file that who merges holds; in the git folder that all work trees share.
const LOCK: &str = "boards-merge";
/// What keeps git from packing anew what was just kept and no reference knows of yet.
const KEEP: &str = "boards merge\n";

/// A place for objects that may not stay. While it is open, no other process opens one beside the same repository.
#[derive(Debug)]
pub struct Quarantine {
    inside: Repository,
    folder: PathBuf,
    objects: PathBuf,
    dir: TempDir,
    _lock: Lock,
}

/// Objects that were kept, until a reference leads to them.
#[derive(Debug, Default)]
pub struct Kept {
    marks: Vec<PathBuf>,
}

impl Quarantine {
    /// Opens a quarantine beside `repository`, and clears away what killed ones have left. While another process has one
    /// open here, waits as [`Lock::take`] does.
    ///
    /// # Errors
    /// When another process doesn't let go of its own, or the git folder can't be written.
    pub fn open(repository: &Repository, verb: &str, monitor: &dyn Monitor) -> Result<Quarantine> {
        let common = repository.common()?;
        let lock = Lock::take(&common.join(LOCK), verb, monitor)?;
        let objects = common.join("objects");
        sweep(&objects)?;
        let dir = tempfile::Builder::new().prefix(NAME).tempdir_in(&objects).map_err(Error::io(&objects))?;
        let at = dir.path();
        let put = |path: PathBuf, text: &str| fs::write(&path, text).map_err(Error::io(path));
        // libgit2 never looks for packs in a folder that came later.
        for folder in ["refs/heads", "objects/info", "objects/pack"] {
            fs::create_dir_all(at.join(folder)).map_err(Error::io(at))?;
        }
        put(at.join("objects/info/alternates"), "../..\n")?;
        put(at.join("HEAD"), "ref: refs/heads/none\n")?;
        // Who is asked, and with which keys, is told by the repository's own settings.
        put(
            at.join("config"),
            "[include]\n\tpath = ../../config\n[core]\n\tbare = true\n\tlogAllRefUpdates = false\n\trepositoryformatversion = 0\n",
        )?;
        match fs::copy(common.join("shallow"), at.join("shallow")) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(Error::io(common)(error)),
            _ => {}
        }
        let inside = Repository::find(at)?.ok_or_else(|| Error::other(format!("{}: it is gone", at.display()), ""))?;
        let folder = repository.work_tree()?.unwrap_or_else(|| repository.place().to_owned());
        Ok(Quarantine { inside, folder, objects, dir, _lock: lock })
    }

    /// The quarantine as a repository: it reads the objects of both, and what is written stays in it.
    #[must_use]
    pub fn repository(&self) -> &Repository {
        &self.inside
    }

    /// Where the quarantine is.
    #[must_use]
    pub fn place(&self) -> &Path {
        self.dir.path()
    }

    /// Git in the quarantine. Paths and addresses are understood as in the repository.
    pub(super) fn git(&self) -> Git {
        Git::on(self.dir.path(), &self.folder)
    }

    /// The files of the packs that were fetched.
    pub(super) fn packs(&self) -> Result<HashSet<PathBuf>> {
        let folder = self.dir.path().join("objects/pack");
        let files = fs::read_dir(&folder).and_then(|files| files.map(|file| file.map(|it| it.path())).collect());
        files.map_err(Error::io(folder))
    }

    /// Removes all packs but those of `but`, and these references with what a killed git left of their locks.
    pub(super) fn forget<'n>(&self, but: &HashSet<PathBuf>, names: impl Iterator<Item = &'n str>) -> Result<()> {
        let references = names.flat_map(|name| [name.to_owned(), format!("{name}.lock")]);
        let references = references.map(|name| self.dir.path().join(name));
        for file in references.chain(self.packs()?.difference(but).cloned()) {
            match fs::remove_file(&file) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(Error::io(file)(error)),
                _ => {}
            }
        }
        Ok(())
    }

    /// The commit that a reference of the quarantine leads to; `None` where it leads to something else.
    ///
    /// # Errors
    /// When there is no such reference, or what it leads to can't be read.
    pub fn commit(&self, name: &str) -> Result<Option<Oid>> {
        let target = self.inside.target(name)?.ok_or_else(|| {
            Error::other(format!("{name}: there is no such reference in the quarantine"), "run it again")
        })?;
        super::revision::commit(&self.inside, target, name)
    }

    /// Lets a reference of the quarantine lead to a commit, so that git knows of it when it asks others for more.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn point(&self, name: &str, commit: Oid) -> Result<()> {
        self.inside.with(|handle| {
            handle.reference(name, commit, true, "").map(drop).map_err(Error::git(format!("write {name}")))
        })
    }

    /// Moves what `tip` leads to and the repository hasn't into the repository: one pack, written whole and put there by
    /// name. `known` are commits that the repository has with everything before them.
    ///
    /// # Errors
    /// When an object is missing, or the repository can't be written. Then nothing was moved that does harm.
    pub fn keep(&self, tip: Oid, known: &[Oid]) -> Result<Kept> {
        let base = self.dir.path().join("kept");
        let base = base.to_str().ok_or_else(|| Error::other(format!("{}: not in UTF-8", base.display()), ""))?;
        let mut wanted = format!("{tip}\n");
        known.iter().for_each(|known| wanted.push_str(&format!("^{known}\n")));
        // Trees of one folder come one after another, each little else than the one before: a wider search finds no
        // better ones.
        let arguments =
            ["pack-objects", "--revs", "--local", "--non-empty", "--quiet", "--delta-base-offset", "--window=3", base];
        let names = self.git().input(wanted).output(&arguments)?;
        self.take(base, names.lines())
    }

    /// Moves all packs of the quarantine into the repository, as they are.
    ///
    /// # Errors
    /// When the repository can't be written. Then nothing was moved that does harm.
    pub fn keep_packs(&self) -> Result<Kept> {
        let packs = self.packs()?;
        let indexes = packs.iter().filter(|path| path.extension().is_some_and(|ending| ending == "idx"));
        let names = indexes.filter_map(|path| path.file_stem()?.to_str()?.strip_prefix("pack-"));
        let base = self.dir.path().join("objects/pack/pack");
        let base = base.to_str().ok_or_else(|| Error::other(format!("{}: not in UTF-8", base.display()), ""))?;
        self.take(base, names)
    }

    /// Moves the packs `base-NAME` into the repository.
    fn take<'n>(&self, base: &str, names: impl Iterator<Item = &'n str>) -> Result<Kept> {
        let packs = self.objects.join("pack");
        fs::create_dir_all(&packs).map_err(Error::io(&packs))?;
        let mut kept = Kept::default();
        for name in names {
            let mark = packs.join(format!("pack-{name}.keep"));
            fs::write(&mark, KEEP).map_err(Error::io(&mark))?;
            kept.marks.push(mark);
            // The index comes last: git looks for packs by theirs.
            for ending in ["pack", "rev", "idx"] {
                let to = packs.join(format!("pack-{name}.{ending}"));
                match fs::rename(format!("{base}-{name}.{ending}"), &to) {
                    Err(error) if ending == "rev" && error.kind() == std::io::ErrorKind::NotFound => {}
                    moved => moved.map_err(Error::io(&to))?,
                }
            }
        }
        Ok(kept)
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        for mark in &self.marks {
            // One that stays costs space at git's next cleaning, and the next quarantine takes it away.
            let _ = fs::remove_file(mark);
        }
    }
}

/// Removes the quarantines and marks that killed processes have left. Nobody else can be using them: they are made under
/// the lock.
fn sweep(objects: &Path) -> Result<()> {
    for entry in fs::read_dir(objects).map_err(Error::io(objects))?.flatten() {
        if entry.file_name().to_str().is_some_and(|name| name.starts_with(NAME)) {
            program::remove_folder(&entry.path())?;
        }
    }
    for entry in fs::read_dir(objects.join("pack")).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|ending| ending == "keep")
            && fs::read(&path).is_ok_and(|it| it == KEEP.as_bytes())
        {
            fs::remove_file(&path).map_err(Error::io(path))?;
        }
    }
    Ok(())
}
