//! The repositories of public-inbox in their two versions: what comes of them is the same.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::forum::program::{boards, git};
use tempfile::TempDir;

/// A mail of a thread.
fn mail(number: usize) -> String {
    let answers =
        if number.is_multiple_of(5) { String::new() } else { format!("In-Reply-To: <{}@tea.example>\n", number - 1) };
    format!(
        "From: Ada <ada@leak.example>\nDate: Wed, 8 Apr 2009 09:{:02}:00 +0000\nSubject: Tea {}\nMessage-ID: <{number}@tea.example>\n{answers}\nWords of {number}.\n",
        number % 60,
        number / 5
    )
}

/// A repository with a commit for each of these changes: a file's path, and its bytes or none when it goes.
fn repository(place: &Path, changes: &[(String, Option<String>)]) {
    git(place, &["init", "-q", "--bare", "-b", "master", "."]);
    let mut stream = String::new();
    for (at, (path, bytes)) in changes.iter().enumerate() {
        stream += &format!("commit refs/heads/master\ncommitter Tea <tea@tea.example> {} +0000\ndata 0\n\n", 1000 + at);
        match bytes {
            Some(bytes) => stream += &format!("M 100644 inline {path}\ndata {}\n{bytes}\n", bytes.len()),
            None => stream += &format!("D {path}\n"),
        }
    }
    let file = place.join("stream");
    fs::write(&file, stream).unwrap();
    let mut command = crate::forum::program::quiet(std::process::Command::new("git"), place);
    let done = command.args(["fast-import", "--quiet"]).stdin(fs::File::open(file).unwrap()).status().unwrap();
    assert!(done.success());
}

/// The posts that an import makes, each by what it begins with.
fn imported(export: &Path) -> BTreeMap<String, Vec<u8>> {
    let place = TempDir::new().unwrap();
    fs::write(place.path().join(".boards-import.key"), [7; 32]).unwrap();
    boards(place.path(), &["import", export.to_str().unwrap()]).ends(0);
    crate::forum::files(&place.path().join("content"))
}

#[test]
fn both_versions_of_a_public_inbox_become_the_same_forum() {
    let (first, second) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let mut one = Vec::new();
    let mut two = Vec::new();
    for number in 0..12 {
        one.push((format!("{:02x}/{:038x}", number * 7 % 256, number), Some(mail(number))));
        two.push((String::from("m"), Some(mail(number))));
    }
    // Version 2 deletes by a file of another name with the same bytes.
    one.push((String::from("15/00000000000000000000000000000000000003"), None));
    two.push((String::from("d"), Some(mail(3))));
    two.push((String::from("m"), None));
    repository(first.path(), &one);
    repository(second.path(), &two);
    let files = imported(first.path());
    assert_eq!(files, imported(second.path()));
    assert_eq!(files.keys().filter(|path| path.ends_with(".md")).count(), 11);
    assert!(files.values().all(|bytes| !String::from_utf8_lossy(bytes).contains("leak.example")));
}
