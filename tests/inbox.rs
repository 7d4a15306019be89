//! The repositories of public-inbox in their two versions, and an import that is killed: what comes of them is the same.

mod forum;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use forum::program::{boards, command, git};
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
    let mut command = forum::program::quiet(std::process::Command::new("git"), place);
    let done = command.args(["fast-import", "--quiet"]).stdin(fs::File::open(file).unwrap()).status().unwrap();
    assert!(done.success());
}

/// The posts that an import makes, each by what it begins with.
fn imported(export: &Path) -> BTreeMap<String, Vec<u8>> {
    let place = TempDir::new().unwrap();
    fs::write(place.path().join(".boards-import.key"), [7; 32]).unwrap();
    boards(place.path(), &["import", export.to_str().unwrap()]).ends(0);
    forum::files(&place.path().join("content"))
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

/// An mbox of so many mails.
fn mbox(place: &Path, mails: usize) {
    let each = (0..mails).map(|number| format!("From ada Wed Apr  8 09:00:00 2009\n{}\n", mail(number)));
    fs::write(place.join("list.mbox"), each.collect::<String>()).unwrap();
}

#[test]
fn an_import_that_is_killed_at_any_moment_ends_in_the_same_bytes_when_it_is_run_again() {
    let export = TempDir::new().unwrap();
    mbox(export.path(), 400);
    let export = export.path().to_str().unwrap();
    for history in [false, true] {
        let fresh = || {
            let place = TempDir::new().unwrap();
            if history {
                git(place.path(), &["init", "-q", "-b", "main"]);
                git(place.path(), &["config", "user.name", "Keeper"]);
                git(place.path(), &["config", "user.email", "keeper@tea.example"]);
            }
            let key = if history { ".git/boards-import.key" } else { ".boards-import.key" };
            fs::write(place.path().join(key), [7; 32]).unwrap();
            place
        };
        let arguments: &[&str] = if history { &["import", export, "--history"] } else { &["import", export] };
        let state = |place: &Path| {
            let head = if history { git(place, &["rev-parse", "HEAD"]) } else { String::new() };
            (head, forum::files(&place.join("content")))
        };
        let whole = fresh();
        let began = std::time::Instant::now();
        boards(whole.path(), arguments).ends(0);
        let (whole, took) = (state(whole.path()), began.elapsed());
        let place = fresh();
        // Each run is given longer than the last, whatever the machine's speed: some are killed early, some late.
        for part in [1, 2, 3, 5, 7, 9] {
            let mut child = command(place.path());
            let mut child = child.args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            std::thread::sleep(Duration::max(took, Duration::from_millis(20)) * part / 10);
            let _ = child.kill();
            child.wait().unwrap();
        }
        boards(place.path(), arguments).ends(0);
        assert!(state(place.path()) == whole, "with history: {history}");
    }
}
