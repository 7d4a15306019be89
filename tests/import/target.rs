//! The place that is imported into: what has to be there, and whole.

use super::*;

/// A dump of Isso with one comment.
fn isso(export: &Path) -> PathBuf {
    let path = export.join("isso.sql");
    let dump = "BEGIN TRANSACTION;
        CREATE TABLE threads (id INTEGER, uri TEXT, title TEXT);
        CREATE TABLE comments (id INTEGER, tid INTEGER, created REAL, mode INTEGER, remote_addr TEXT, text TEXT, voters BLOB);
        INSERT INTO threads VALUES (1, '/tea/', 'Tea');
        INSERT INTO comments VALUES (1, 1, 1.7672616e+09, 1, 'x', 'Green'||char(10)||'tea.', x'');
        COMMIT;";
    fs::write(&path, dump).unwrap();
    path
}

#[test]
fn a_board_that_is_not_committed_takes_in_no_committed_posts() {
    let (export, place) = (TempDir::new().unwrap(), repository());
    let dump = isso(export.path());
    fs::create_dir_all(place.path().join("content/tea")).unwrap();
    fs::write(place.path().join("content/forum.yml"), "format: 1\ntitle: Tea\n").unwrap();
    let ran = import(place.path(), &dump, &["--board", "tea"]).ends(3);
    assert!(ran.err.contains("content/forum.yml: this file isn't committed"), "{}", ran.err);
    git(place.path(), &["add", "content/forum.yml"]);
    git(place.path(), &["commit", "-qm", "A forum"]);
    fs::write(place.path().join("content/tea/board.yml"), "title: Mine\n").unwrap();
    let before = content(place.path());
    let ran = import(place.path(), &dump, &["--board", "tea"]).ends(3);
    assert!(ran.err.contains("content/tea/board.yml: this file isn't committed"), "{}", ran.err);
    assert_eq!(content(place.path()), before);
    git(place.path(), &["add", "content/tea/board.yml"]);
    git(place.path(), &["commit", "-qm", "A board"]);
    import(place.path(), &dump, &["--board", "tea"]).ends(0);
    boards(place.path(), &["check", "--rev", "main"]).ends(0);
    let post = content(place.path()).into_iter().find(|(path, _)| path.contains("20260101-100000-")).unwrap();
    assert!(post.1.ends_with("Green\ntea.\n"), "{}", post.1);
}

#[test]
fn a_repository_without_its_head_is_an_error_and_gets_no_key() {
    let (export, place) = (TempDir::new().unwrap(), repository());
    let dump = isso(export.path());
    fs::remove_file(place.path().join(".git/HEAD")).unwrap();
    let ran = import(place.path(), &dump, &["--board", "tea"]).ends(3);
    assert!(ran.err.contains(".git: this is no repository that git can read"), "{}", ran.err);
    let left: Vec<_> = fs::read_dir(place.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert_eq!(left, [".git"]);
}
