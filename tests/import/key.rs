//! The key of people's addresses: where it lies, and what an import does without it.

use super::*;

/// An mbox of mails, each by its number and author.
fn mbox(export: &Path, mails: &[(u32, &str)]) {
    let mail = |(number, author): &(u32, &str)| {
        format!(
            "From x Wed Apr  8 09:00:00 2009\nFrom: {author} <{author}@leak.example>\nDate: Wed, 8 Apr 2009 09:{number:02}:00 +0000\n\
             Subject: Tea {number}\nMessage-ID: <{number}@tea.example>\n\nWords of {number}.\n\n"
        )
    };
    fs::write(export.join("list.mbox"), mails.iter().map(mail).collect::<String>()).unwrap();
}

/// The authors of the posts that stand, by the number in the title.
fn authors(place: &Path) -> BTreeMap<String, String> {
    let posts = content(place).into_iter().filter(|(path, _)| path.ends_with(".md"));
    let field = |text: &str, name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        line.trim_matches(['"', ' ']).to_owned()
    };
    posts.map(|(_, text)| (field(&text, "title: "), field(&text, "author: "))).collect()
}

#[test]
fn where_the_key_is_missing_people_are_known_by_their_posts() {
    let (export, place, other) = (TempDir::new().unwrap(), repository(), TempDir::new().unwrap());
    mbox(export.path(), &[(1, "ada"), (2, "ada"), (3, "bob"), (4, "bob")]);
    import(place.path(), export.path(), &[]).ends(0);
    let clone = other.path().join("clone");
    git(place.path(), &["clone", "-q", ".", clone.to_str().unwrap()]);
    mbox(export.path(), &[(1, "ada"), (2, "ada"), (3, "bob"), (4, "bob"), (5, "ada"), (6, "bob"), (7, "cleo")]);
    for place in [place.path(), &clone] {
        import(place, export.path(), &["--no-commit"]).ends(0);
        let all = authors(place).into_iter().map(|(title, author)| format!("{title} {author}"));
        let all: Vec<String> = all.collect();
        assert_eq!(all, ["Tea 1 ada", "Tea 2 ada", "Tea 3 bob", "Tea 4 bob", "Tea 5 ada", "Tea 6 bob", "Tea 7 cleo"]);
        let members = content(place).into_keys().filter(|path| path.starts_with("members/"));
        assert_eq!(members.collect::<Vec<_>>(), ["members/a/ada.yml", "members/b/bob.yml", "members/c/cleo.yml"]);
    }
}

#[test]
fn where_the_key_is_missing_and_posts_do_not_tell_nobody_is_doubled_or_taken_for_another() {
    let (export, place, other) = (TempDir::new().unwrap(), repository(), TempDir::new().unwrap());
    mbox(export.path(), &[(1, "ada"), (2, "bob"), (3, "bob")]);
    import(place.path(), export.path(), &[]).ends(0);
    // Ada's only post was given to bob: that doesn't make her bob.
    let ada = content(place.path()).into_keys().find(|path| path.contains("tea-1/") && path.ends_with(".md")).unwrap();
    let ada = place.path().join("content").join(ada);
    fs::write(&ada, fs::read_to_string(&ada).unwrap().replace("author: ada", "author: bob")).unwrap();
    git(place.path(), &["commit", "-qam", "Give it to bob"]);
    let clone = other.path().join("clone");
    git(place.path(), &["clone", "-q", ".", clone.to_str().unwrap()]);
    let before = content(&clone);
    for mails in [&[(1, "ada"), (2, "bob"), (3, "bob"), (4, "ada")][..], &[(5, "ada")]] {
        mbox(export.path(), mails);
        for more in [&["--dry-run"][..], &[]] {
            let ran = import(&clone, export.path(), more).ends(3);
            assert!(ran.err.contains("whether these people are members: ada"), "{}", ran.err);
            assert!(!clone.join(".git/boards-import.key").exists());
            assert_eq!(content(&clone), before);
        }
    }
    fs::copy(place.path().join(".git/boards-import.key"), clone.join(".git/boards-import.key")).unwrap();
    git(&clone, &["config", "user.name", "Keeper"]);
    git(&clone, &["config", "user.email", "keeper@tea.example"]);
    import(&clone, export.path(), &[]).ends(0);
    assert_eq!(authors(&clone)["Tea 5"], "ada");
}

/// The permissions of a file.
#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[cfg(unix)]
#[test]
fn the_key_lies_in_the_git_folder_that_all_work_trees_share() {
    let export = TempDir::new().unwrap();
    fs::write(export.path().join("1.json"), topic(1, "Tea", &[(1, "one")])).unwrap();
    let place = repository();
    fs::remove_file(place.path().join(".git/boards-import.key")).unwrap();
    import(place.path(), export.path(), &["--dry-run"]).ends(0);
    let key = place.path().join(".git/boards-import.key");
    assert!(!key.exists());
    import(place.path(), export.path(), &[]).ends(0);
    let made = fs::read(&key).unwrap();
    assert_eq!((made.len(), mode(&key)), (32, 0o600));
    git(place.path(), &["worktree", "add", "-q", "linked"]);
    // Where earlier versions had it.
    let linked = place.path().join(".git/worktrees/linked/boards-import.key");
    fs::rename(&key, &linked).unwrap();
    import(&place.path().join("linked"), export.path(), &[]).ends(0);
    assert_eq!((fs::read(&key).unwrap(), linked.exists()), (made, false));
    let other = repository();
    fs::remove_file(other.path().join(".git/boards-import.key")).unwrap();
    import(other.path(), export.path(), &[]).ends(0);
    assert_ne!(fs::read(&key).unwrap(), fs::read(other.path().join(".git/boards-import.key")).unwrap());
}

#[cfg(unix)]
#[test]
fn without_a_repository_the_key_is_ignored_before_it_is_there() {
    let export = TempDir::new().unwrap();
    fs::write(export.path().join("1.json"), topic(1, "Tea", &[(1, "one")])).unwrap();
    for (before, after) in [(None, "/.boards-import.key*\n"), (Some("/output/"), "/output/\n/.boards-import.key*\n")] {
        let place = TempDir::new().unwrap();
        let list = place.path().join(".gitignore");
        if let Some(before) = before {
            fs::write(&list, before).unwrap();
        }
        for _ in 0..2 {
            import(place.path(), export.path(), &[]).ends(0);
            assert_eq!(fs::read_to_string(&list).unwrap(), after);
        }
        let key = place.path().join(".boards-import.key");
        let made = fs::read(&key).unwrap();
        assert_eq!((made.len(), mode(&key)), (32, 0o600));
        git(place.path(), &["init", "-q", "-b", "main"]);
        git(place.path(), &["add", "--all"]);
        assert!(!git(place.path(), &["ls-files"]).contains("key"));
        // From then on it lies in the git folder.
        let report = import(place.path(), export.path(), &["--no-commit", "--format", "json"]).ends(0).json();
        assert_eq!(report["notes"], serde_json::json!([]));
        assert_eq!(fs::read(place.path().join(".git/boards-import.key")).unwrap(), made);
        assert!(!key.exists());
    }
}

#[cfg(unix)]
#[test]
fn a_key_that_lies_in_a_work_tree_is_moved_and_it_is_said_who_may_have_it() {
    let export = TempDir::new().unwrap();
    fs::write(export.path().join("1.json"), topic(1, "Tea", &[(1, "one")])).unwrap();
    for (committed, says) in [(false, "where `git add` takes it"), (true, "was committed")] {
        let place = repository();
        let (old, new) = (place.path().join(".boards-import.key"), place.path().join(".git/boards-import.key"));
        fs::rename(&new, &old).unwrap();
        if committed {
            git(place.path(), &["add", "."]);
            git(place.path(), &["commit", "-q", "-m", "Begin"]);
        }
        let ran = import(place.path(), export.path(), &["--dry-run"]).ends(0);
        assert!(ran.out.contains(says), "{}", ran.out);
        assert!(old.exists() && !new.exists());
        let ran = import(place.path(), export.path(), &[]).ends(0);
        assert!(ran.out.contains(says), "{}", ran.out);
        assert_eq!((fs::read(&new).unwrap(), mode(&new), old.exists()), (KEY.to_vec(), 0o600, false));
        // Another one is left alone.
        fs::write(&old, [8; 32]).unwrap();
        let ran = import(place.path(), export.path(), &[]).ends(0);
        assert!(ran.out.contains("this key isn't used") && old.exists(), "{}", ran.out);
    }
}

#[test]
fn a_damaged_key_is_named_and_no_other_is_made() {
    let (export, place) = (TempDir::new().unwrap(), repository());
    fs::write(export.path().join("1.json"), topic(1, "Tea", &[(1, "one")])).unwrap();
    fs::write(place.path().join(".git/boards-import.key"), [7; 31]).unwrap();
    let ran = import(place.path(), export.path(), &[]).ends(3);
    assert!(ran.err.contains("a key has 32 bytes, and this file has 31"), "{}", ran.err);
    assert_eq!(content(place.path()), BTreeMap::new());
}

#[test]
fn a_key_made_beside_members_of_another_key_doubles_nobody_later() {
    let (export, place, other) = (TempDir::new().unwrap(), repository(), TempDir::new().unwrap());
    let known = [(1, "ada"), (2, "ada"), (3, "bob"), (4, "bob")];
    mbox(export.path(), &known);
    import(place.path(), export.path(), &[]).ends(0);
    let clone = other.path().join("clone");
    git(place.path(), &["clone", "-q", ".", clone.to_str().unwrap()]);
    // Everybody is known by their posts, and a key is made.
    import(&clone, export.path(), &["--no-commit"]).ends(0);
    assert!(clone.join(".git/boards-import.key").exists());
    let before = content(&clone);
    mbox(export.path(), &[(5, "ada"), (6, "bob")]);
    let ran = import(&clone, export.path(), &["--no-commit"]).ends(3);
    assert!(ran.err.contains("whether these people are members: ada, bob"), "{}", ran.err);
    assert_eq!(content(&clone), before);
    import(place.path(), export.path(), &[]).ends(0);
    assert_eq!((authors(place.path())["Tea 5"].as_str(), authors(place.path())["Tea 6"].as_str()), ("ada", "bob"));
}

#[cfg(unix)]
#[test]
fn a_list_of_what_git_ignores_that_is_a_link_is_refused_and_no_key_is_written() {
    let export = TempDir::new().unwrap();
    fs::write(export.path().join("1.json"), topic(1, "Tea", &[(1, "one")])).unwrap();
    let place = TempDir::new().unwrap();
    std::os::unix::fs::symlink("elsewhere", place.path().join(".gitignore")).unwrap();
    let ran = import(place.path(), export.path(), &[]).ends(3);
    assert!(ran.err.contains(".gitignore: this is a link"), "{}", ran.err);
    assert!(!place.path().join(".boards-import.key").exists() && !place.path().join("elsewhere").exists());
    assert_eq!(content(place.path()), BTreeMap::new());
}
