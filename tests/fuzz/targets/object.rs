//! The bytes of a git object in → a commit, a loose object and a tree as a proposal brings them.
#![no_main]

use std::fs;
use std::sync::LazyLock;

use boards::git::{Commit, Oid, Repository};
use tempfile::TempDir;

/// A repository with room for one object.
static PLACE: LazyLock<TempDir> = LazyLock::new(|| {
    let place = boards_fuzz::folder();
    for folder in ["objects/00", "refs/heads"] {
        fs::create_dir_all(place.path().join(folder)).expect("a folder");
    }
    fs::write(place.path().join("HEAD"), "ref: refs/heads/main\n").expect("a file");
    fs::write(place.path().join("config"), "[core]\n\trepositoryformatversion = 0\n\tbare = true\n").expect("a file");
    place
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = Commit::read(Oid::ZERO_SHA1, data);
    let id = format!("00{}", "1".repeat(38));
    fs::write(PLACE.path().join("objects/00").join(&id[2..]), data).expect("a file");
    let found = Repository::find(PLACE.path()).expect("a repository that can be read");
    let repository = found.expect("a repository");
    let id = Oid::from_str(&id).expect("an id");
    let _ = (repository.commit(id), repository.tree(id), repository.size(id, "a"));
});
