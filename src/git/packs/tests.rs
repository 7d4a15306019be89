//! What is read of packs that git has made, and of packs that were damaged since.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::git::repository::Repository;
use crate::git::sample::{Files, TestRepository, git};
use crate::git::tree::hash;
use git2::ObjectType;

type Objects = BTreeMap<Oid, (ObjectType, Vec<u8>)>;

/// A history that git deltifies: files and folders that grow, and one of random bytes.
fn history(versions: i64, large: usize) -> TestRepository {
    let sample = TestRepository::new();
    let mut seed = 1_u32;
    let mut words = |count: usize| {
        let mut next = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            format!("{:x}", seed >> 8)
        };
        (0..count).map(|_| next()).collect::<Vec<_>>().join("\n")
    };
    let mut files = Files::from([("large".to_owned(), "x".repeat(large)), ("words".to_owned(), words(large / 8))]);
    let mut parents = Vec::new();
    for version in 0..versions {
        files.insert(format!("content/board/topic/{version}.md"), words(20));
        files.entry("content/grows.md".to_owned()).or_default().push_str(&words(9));
        parents = vec![sample.commit(&files, &parents, "ada", version)];
    }
    sample.repository.reference("refs/heads/main", parents[0], true, "").unwrap();
    git(sample.path(), &["prune", "--expire=now"]);
    sample
}

fn repack(sample: &TestRepository, arguments: &[&str]) {
    git(sample.path(), &[&["repack", "-a", "-d", "-f", "--quiet", "--depth=50"], arguments].concat());
}

/// All objects, as git's library reads them.
fn all(path: &Path) -> Objects {
    let repository = git2::Repository::open(path).unwrap();
    let odb = repository.odb().unwrap();
    let mut ids = Vec::new();
    odb.foreach(|id| {
        ids.push(*id);
        true
    })
    .unwrap();
    let object = |id| odb.read(id).map(|read| (read.kind(), read.data().to_vec())).unwrap();
    ids.into_iter().map(|id| (id, object(id))).collect()
}

fn packs(path: &Path) -> Packs {
    Packs::new(&[path.join(".git/objects")])
}

fn read(packs: &Packs, id: Oid, by: &mut Unpacker) -> Option<io::Result<(ObjectType, Vec<u8>)>> {
    packs.read(id, by).map(|read| read.map(|whole| (whole.kind, whole.into_bytes())))
}

/// The one file in the folder of packs with this ending.
fn file(path: &Path, ending: &str) -> PathBuf {
    let mut files = fs::read_dir(path.join(".git/objects/pack")).unwrap().map(|file| file.unwrap().path());
    files.find(|file| file.extension().is_some_and(|its| its == ending)).unwrap()
}

#[test]
fn all_objects_are_read_as_by_git_s_library() {
    let sample = history(60, 5 << 18);
    for (base_offset, limit) in [("true", "0"), ("false", "0"), ("true", "1m")] {
        sample.repository.config().unwrap().set_str("repack.useDeltaBaseOffset", base_offset).unwrap();
        repack(&sample, &["--max-pack-size", limit]);
        let (packs, mut by) = (packs(sample.path()), Unpacker::default());
        let all = all(sample.path());
        assert!(all.len() > 300);
        for (id, object) in all.iter().chain(all.iter().rev()) {
            assert!(read(&packs, *id, &mut by).unwrap().unwrap() == *object, "{id}");
        }
        assert!(packs.read(hash(ObjectType::Blob, b"none"), &mut by).is_none());
    }
}

#[test]
fn packs_that_come_later_are_found_and_those_that_go_are_not_missed() {
    let sample = history(20, 100);
    let all = all(sample.path());
    let (packs, mut by) = (packs(sample.path()), Unpacker::default());
    assert!(all.keys().all(|id| packs.read(*id, &mut by).is_none()));
    let whole = |by: &mut Unpacker| all.iter().all(|(id, object)| read(&packs, *id, by).unwrap().unwrap() == *object);
    repack(&sample, &[]);
    assert!(whole(&mut by));
    let more = sample.repository.blob(b"more").unwrap();
    let reference = sample.commit(&Files::from([("more".to_owned(), "more".to_owned())]), &[], "bob", 1);
    sample.repository.reference("refs/heads/more", reference, true, "").unwrap();
    repack(&sample, &[]);
    assert!(whole(&mut Unpacker::default()));
    assert_eq!(read(&packs, more, &mut by).unwrap().unwrap(), (ObjectType::Blob, b"more".to_vec()));
    assert!(whole(&mut Unpacker::default()));
}

#[test]
fn packs_of_a_store_that_is_borrowed_from_and_of_a_linked_work_tree_are_read() {
    let sample = history(20, 100);
    repack(&sample, &[]);
    let other = tempfile::tempdir().unwrap();
    let (clone, linked) = (other.path().join("clone"), other.path().join("linked"));
    git(sample.path(), &["clone", "--quiet", "--shared", "--bare", ".", clone.to_str().unwrap()]);
    git(sample.path(), &["worktree", "add", "--quiet", "--detach", linked.to_str().unwrap(), "main"]);
    for place in [clone, linked] {
        let repository = Repository::find(&place).unwrap().unwrap();
        for (id, (kind, bytes)) in all(sample.path()) {
            assert!(repository.object(kind, id, "").unwrap() == bytes, "{id}");
        }
    }
}

/// Reads all objects of a damaged store: none is another one, unless it is so for git's library as well.
fn judge(path: &Path, truth: &Objects, what: &str) -> usize {
    let (packs, mut by) = (packs(path), Unpacker::default());
    let mut failed = 0;
    for (id, object) in truth {
        match read(&packs, *id, &mut by) {
            Some(Ok(found)) if found == *object => {}
            Some(Ok(found)) => {
                let library = git2::Repository::open(path).unwrap();
                let odb = library.odb().unwrap();
                let same = odb.read(*id).map(|object| (object.kind(), object.data().to_vec()));
                assert!(same.is_ok_and(|same| same == found), "{what}: {id} is wrong");
            }
            Some(Err(_)) | None => failed += 1,
        }
    }
    failed
}

#[test]
fn a_damaged_pack_gives_errors_and_no_other_objects() {
    // Git's library would hash what it reads, and so tell what can't be told without.
    git2::opts::strict_hash_verification(false);
    let sample = history(12, 100);
    for base_offset in ["true", "false"] {
        sample.repository.config().unwrap().set_str("repack.useDeltaBaseOffset", base_offset).unwrap();
        repack(&sample, &[]);
        let truth = all(sample.path());
        for (ending, step) in [("pack", 3), ("idx", 13)] {
            let path = file(sample.path(), ending);
            let whole = fs::read(&path).unwrap();
            let put = |bytes: &[u8]| {
                let _ = fs::remove_file(&path);
                fs::write(&path, bytes).unwrap();
            };
            let mut failed = 0;
            for at in (0..whole.len()).step_by(step) {
                let mut flipped = whole.clone();
                flipped[at] ^= 1 << (at % 8);
                put(&flipped);
                failed += judge(sample.path(), &truth, &format!("{ending}, flipped at {at}"));
            }
            for length in (0..whole.len()).step_by(10 * step) {
                put(&whole[..length]);
                assert_eq!(judge(sample.path(), &truth, &format!("{ending}, cut at {length}")), truth.len());
            }
            assert!(failed > 100);
            put(&whole);
            assert_eq!(judge(sample.path(), &truth, "whole"), 0);
        }
    }
}

#[test]
fn a_pack_that_is_cut_while_it_is_open_gives_errors() {
    let sample = history(12, 100);
    repack(&sample, &[]);
    let truth = all(sample.path());
    let path = file(sample.path(), "pack");
    let mut permissions = path.metadata().unwrap().permissions();
    #[allow(clippy::permissions_set_readonly_false)]
    permissions.set_readonly(false);
    fs::set_permissions(&path, permissions).unwrap();
    let open = fs::OpenOptions::new().write(true).open(&path).unwrap();
    let packs = packs(sample.path());
    for length in (0..path.metadata().unwrap().len()).rev().step_by(50) {
        let mut by = Unpacker::default();
        for (id, object) in &truth {
            match read(&packs, *id, &mut by).unwrap() {
                Ok(found) => assert!(found == *object, "{id}"),
                Err(error) => assert!(error.to_string().contains("pack-"), "{error}"),
            }
        }
        open.set_len(length).unwrap();
    }
    assert!(truth.keys().all(|id| packs.read(*id, &mut Unpacker::default()).unwrap().is_err()));
}

/// A pack of what git wouldn't write, and its index. The ids are `1111…` and so on.
fn forge(objects: &[Vec<u8>]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let count = (objects.len() as u32).to_be_bytes();
    let (mut pack, mut offsets, mut ids) = ([b"PACK\0\0\0\x02", &count[..]].concat(), Vec::new(), Vec::new());
    for (number, object) in (1..).zip(objects) {
        offsets.extend((pack.len() as u32).to_be_bytes());
        ids.extend([number * 0x11; 20]);
        pack.extend(object);
    }
    pack.extend([0; 20]);
    let fan = (0..256_usize).flat_map(|first| ((first / 0x11).min(objects.len()) as u32).to_be_bytes());
    let mut index = b"\xfftOc\0\0\0\x02".to_vec();
    index.extend(fan);
    index.extend(ids);
    index.extend(vec![0; 4 * objects.len()]);
    index.extend(offsets);
    index.extend([0; 40]);
    fs::create_dir(folder.path().join("pack")).unwrap();
    fs::write(folder.path().join("pack/pack-1.pack"), pack).unwrap();
    fs::write(folder.path().join("pack/pack-1.idx"), index).unwrap();
    folder
}

/// How the forged object of this number is read.
fn forged(folder: &tempfile::TempDir, number: u8) -> String {
    let packs = Packs::new(&[folder.path().to_owned()]);
    match read(&packs, Oid::from_bytes(&[number * 0x11; 20]).unwrap(), &mut Unpacker::default()).unwrap() {
        Ok((_, bytes)) => String::from_utf8(bytes).unwrap(),
        Err(error) => error.to_string(),
    }
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut stream = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    io::Write::write_all(&mut stream, bytes).unwrap();
    stream.finish().unwrap()
}

#[test]
fn objects_that_lie_are_refused() {
    let four = [&[0x34][..], &deflated(b"four")].concat();
    // The base is the object before; the delta copies all of it, and `length` is how long it says the result is.
    let back = [0x60 | 4, four.len() as u8];
    let delta = |length: &[u8]| deflated(&[&[4][..], length, &[0x90, 4]].concat());
    let cases: [(Vec<u8>, &str); 10] = [
        ([&back[..], &delta(&[4])].concat(), "four"),
        ([&[0x60 | 5][..], &back[1..], &delta(&[0xff, 0x7f])].concat(), "fit"),
        (
            [&[0x60 | 12][..], &back[1..], &delta(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f])].concat(),
            "fit",
        ),
        ([&[0x60 | 4, 0][..], &delta(&[4])].concat(), "what comes later"),
        ([&[0x60 | 4, 0xff, 0xff, 0x7f][..], &delta(&[4])].concat(), "what comes later"),
        ([&[0x70 | 4][..], &[0x99; 20], &delta(&[4])].concat(), "isn't in its pack"),
        ([&[0x33][..], &deflated(b"four")].concat(), "header says"),
        ([&[0xb5, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f][..], &deflated(b"four")].concat(), "header"),
        ([&[0x54][..], &deflated(b"four")].concat(), "is malformed"),
        (vec![0xb4; 30], "is malformed"),
    ];
    for (object, said) in cases {
        let folder = forge(&[four.clone(), object.clone()]);
        assert_eq!(forged(&folder, 1), "four");
        assert!(forged(&folder, 2).contains(said), "{object:x?}: {}", forged(&folder, 2));
    }
}

#[test]
fn deltas_that_are_each_other_s_base_end() {
    let delta = |base: u8| [&[0x70 | 4][..], &[base; 20], &deflated(&[4, 4, 0x90, 4])].concat();
    let folder = forge(&[delta(0x22), delta(0x11), delta(0x33)]);
    for number in 1..=3 {
        assert!(forged(&folder, number).contains("don't end"), "{}", forged(&folder, number));
    }
}
