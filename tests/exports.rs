//! What holds of real exports: `BOARDS_TEST_ARCHIVES` names a folder with some, a folder or a bundle of git each. Without it
//! nothing is tried. That no word of their HTML is lost is told by the tests of `archive::html`.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::forum::files;
use crate::forum::program::{boards, git, skipped};
use serde_json::Value;
use tempfile::TempDir;

/// What is told with each line of the log of a long test.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// The files of an export, or what is in a bundle of mail; none for another bundle.
fn opened(path: PathBuf, place: &Path) -> Option<PathBuf> {
    if path.extension().is_none_or(|it| it != "bundle") {
        return path.is_dir().then_some(path);
    }
    let clone = place.join("clone.git");
    git(place, &["clone", "-q", "--bare", path.to_str().unwrap(), clone.to_str().unwrap()]);
    let heads = git(&clone, &["for-each-ref", "--format=%(refname)"]);
    let top = git(&clone, &["ls-tree", "--name-only", heads.lines().next()?]);
    top.lines().all(|it| matches!(it, "m" | "d")).then_some(clone)
}

/// How many messages an export has, counted in its bytes by a sign that each has once; none where there is no such sign.
fn counted(format: &str, export: &Path) -> Option<u64> {
    let count = |ending: &str, sign: &str| -> u64 {
        let each = walkdir::WalkDir::new(export)
            .into_iter()
            .flatten()
            .filter(|it| it.file_type().is_file() && it.path().to_string_lossy().ends_with(ending));
        each.map(|it| fs::read(it.path()).unwrap()).map(|it| count_of(&it, sign.as_bytes())).sum()
    };
    match format {
        "zulip" => Some(count(".json", "\"sender_full_name\":")),
        "disqus" => Some(count(".xml", "<post dsq:id=")),
        "stackexchange" => Some(count("Posts.xml", "<row ") + count("Comments.xml", "<row ")),
        "staticman" => {
            let each = walkdir::WalkDir::new(export).into_iter().flatten();
            Some(each.filter(|it| it.path().extension().is_some_and(|ending| ending == "yml")).count() as u64)
        }
        "mail" if export.extension().is_some_and(|it| it == "git") => {
            let added = git(export, &["log", "--format=%H", "--diff-filter=AM", "--", "m"]);
            Some(added.lines().count() as u64)
        }
        _ => None,
    }
}

fn count_of(bytes: &[u8], sign: &[u8]) -> u64 {
    bytes.windows(sign.len()).filter(|it| *it == sign).count() as u64
}

fn every_message_has_a_line(report: &Value, name: &str) {
    let lines = report["left_out"].as_array().unwrap();
    for line in lines {
        let (count, first) = (line["count"].as_u64().unwrap(), line["first"].as_array().unwrap());
        assert_eq!(first.len() as u64, count.min(10), "{name}: {line}");
        let options = |it: &Value| it.as_str().is_some_and(|it| !it.is_empty());
        assert!(options(&line["reason"]) && first.iter().all(options), "{name}: {line}");
    }
    for (kind, counts) in report["counts"].as_object().unwrap() {
        let of = |it: &&Value| it["kind"] == kind.as_str();
        let left: u64 = lines.iter().filter(of).map(|it| it["count"].as_u64().unwrap()).sum();
        let [read, imported, standing] = ["read", "imported", "standing"].map(|it| counts[it].as_u64().unwrap());
        assert_eq!(read, imported + standing + left, "{name}: {kind}");
    }
}

#[test]
fn real_exports_hold_the_laws() {
    let Some(folder) = std::env::var_os("BOARDS_TEST_ARCHIVES").map(PathBuf::from) else {
        return skipped("BOARDS_TEST_ARCHIVES names no folder of real exports");
    };
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    paths.sort();
    let mut tried = 0;
    for path in paths {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let (place, apart) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let Some(export) = opened(path, apart.path()) else { continue };
        let import = |more: &[&str]| boards(place.path(), &[&["import", export.to_str().unwrap()], more].concat());
        let ran = import(&["--format", "json"]);
        if ran.code != Some(0) {
            assert!(ran.err.contains("no export that boards knows"), "{name}: {}", ran.err);
            continue;
        }
        tried += 1;
        let report = ran.json();
        every_message_has_a_line(&report, &name);
        let (format, posts) = (report["format"].as_str().unwrap(), &report["counts"]["posts"]);
        if let Some(counted) = counted(format, &export) {
            assert_eq!(posts["read"].as_u64(), Some(counted), "{name}: {report}");
        }
        let [read, imported] = ["read", "imported"].map(|it| &posts[it]);

        let content = place.path().join("content");
        let before = files(&content);
        import(&[]).ends(0);
        assert!(files(&content) == before, "{name}: imported twice");
        let check = boards(place.path(), &["check", "--format", "json"]).json();
        assert_eq!(check["errors"], 0, "{name}");
        say(&format!("{name}: {read} posts read as {format}, {imported} imported, {} warnings", check["warnings"]));
        boards(place.path(), &["build", "--out", "site"]).ends(0);
        for entry in walkdir::WalkDir::new(place.path()) {
            let entry = entry.unwrap();
            let bytes = if entry.file_type().is_file() { fs::read(entry.path()).unwrap() } else { Vec::new() };
            for secret in ["leak.example", "203.0.113."] {
                let named = entry.path().to_string_lossy().contains(secret);
                assert!(
                    !named && count_of(&bytes, secret.as_bytes()) == 0,
                    "{name}: {} has {secret}",
                    entry.path().display()
                );
            }
        }
    }
    assert!(tried > 0, "no export was recognised");
}
