//! What the program promises to those who call it: exit codes, JSON, annotations, and options that change nothing but
//! what they name.

use std::fs;
use std::path::Path;

use crate::forum::program::{Ran, boards, command, git};
use crate::forum::{Files, Forum, crawl, difference, files};
use serde_json::Value;

const OPENING: &str =
    "---\ntitle: Tea?\nauthor: ada\ndate: 2026-01-01T10:00:00Z\ntags: [oolong]\n---\n# Which one?\n\nAsk @ada.\n";

/// A small forum without faults, committed.
fn small() -> Forum {
    let forum = Forum::new();
    forum.write("content/members/ada.yml", "name: Ada\nemails: [ada@tea.example]\n");
    forum.write("content/general/board.yml", "title: General\n");
    forum.write("content/general/green/board.yml", "title: Green\n");
    forum.write("content/general/tea/1.md", OPENING);
    for n in 10..38 {
        let text = format!("---\nauthor: ada\ndate: 2026-01-02T10:00:{n}Z\n---\nReply *{n}*, to [the first](1.md).\n");
        forum.write(&format!("content/general/tea/{n}.md"), text);
    }
    forum.commit("ada", 1_767_300_000);
    forum
}

/// The site that these arguments make of a forum, besides where it goes.
fn site(forum: &Forum, arguments: &[&str], environment: &[(&str, &str)]) -> Files {
    let out = tempfile::tempdir().unwrap();
    let out = out.path().join("site");
    let mut command = command(forum.dir());
    command.args(["build", "--no-cache", "--out"]).arg(&out).args(arguments).envs(environment.iter().copied());
    Ran::of(command.output().unwrap()).ends(0);
    files(&out)
}

fn same(a: &Files, b: &Files) {
    assert_eq!(difference(a, b), [""; 0]);
    assert!(a.len() > 10);
}

#[test]
fn the_exit_code_tells_fine_from_faults_from_misuse_from_the_world() {
    let forum = small();
    boards(forum.dir(), &["check"]).ends(0);
    boards(forum.dir(), &["build"]).ends(0);
    boards(forum.dir(), &["--help"]).ends(0);
    boards(forum.dir(), &["--version"]).ends(0);
    for misuse in [
        &["bake"][..],
        &[],
        &["build", "--cache", "x", "--no-cache"],
        &["build", "--base-url", "tea"],
        &["build", "--format", "xml"],
        &["build", "--jobs", "many"],
        &["check", "-q", "-v"],
    ] {
        let ran = boards(forum.dir(), misuse).ends(2);
        assert_eq!(ran.out, "", "{misuse:?}");
    }
    for world in [
        &["build", "--rev", "nothing"][..],
        &["build", "--content", "elsewhere"],
        &["check", "-C", "nowhere"],
        &["build", "--out", "content/forum.yml"],
    ] {
        let ran = boards(forum.dir(), world).ends(3);
        assert!(ran.err.starts_with("error: "), "{world:?}: {}", ran.err);
        assert_eq!(ran.out, "", "{world:?}");
    }

    forum.write("content/general/tea/2.md", "---\nauthor: eve\ndate: 2026-01-02T10:00:00Z\n---\nHi.\n");
    boards(forum.dir(), &["check"]).ends(0);
    forum.write("content/general/tea/3.md", "---\nauthor: ada\ndate: 2026-01-02T10:00:00Z\n---\n[a](nowhere.md)\n");
    boards(forum.dir(), &["check"]).ends(1);
    boards(forum.dir(), &["build"]).ends(0);
    forum.write("content/general/tea/4.md", "---\ntitle: Again\n---\n");
    boards(forum.dir(), &["check"]).ends(1);
    boards(forum.dir(), &["build"]).ends(1);
}

#[test]
fn a_revision_that_is_not_there_or_misspelled_is_named() {
    let forum = small();
    for revision in ["nothing", "-x", "HEAD~9", "main:content", ""] {
        let ran = boards(forum.dir(), &["build", &format!("--rev={revision}")]).ends(3);
        assert!(ran.err.contains(revision), "{revision}: {}", ran.err);
    }
}

#[test]
fn a_forum_is_made_and_built_from_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    git(dir, &["init", "-q", "tea"]);
    let tea = dir.join("tea");
    git(&tea, &["config", "user.name", "Ada Lovelace"]);
    git(&tea, &["config", "user.email", "ada@tea.example"]);
    boards(dir, &["init", "tea", "--title", "Tea \"&\" Lovers", "--base-url", "https://tea.example/forum/"]).ends(0);
    assert_eq!(git(&tea, &["status", "--porcelain"]), "");
    assert_eq!(git(&tea, &["log", "--format=%an %ae"]), "Ada Lovelace ada@tea.example\n");
    let checked = boards(&tea, &["check"]).ends(0);
    assert_eq!((&*checked.out, &*checked.err), ("", "0 errors, 0 warnings, 0 hints\n"));
    let built = boards(dir, &["-C", "tea", "build"]).ends(0);
    assert!(built.err.starts_with("1 post in 1 topic and 1 board: "), "{}", built.err);
    assert!(fs::read_to_string(tea.join("output/index.html")).unwrap().contains("Tea &quot;&amp;&quot; Lovers"));
    assert_eq!(git(&tea, &["status", "--porcelain"]), "", "the site is ignored");
    assert_eq!(crawl::faults(&files(&tea.join("output")), "https://tea.example/forum/"), [""; 0]);
}

#[test]
fn a_forum_is_made_and_built_where_git_knows_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("tea-lovers");
    let made = boards(folder.path(), &["init", "tea-lovers"]).ends(0);
    assert!(made.err.contains("not committed: git doesn't know who you are"), "{}", made.err);
    boards(&dir, &["check"]).ends(0);
    boards(&dir, &["build"]).ends(0);
    assert!(fs::read_to_string(dir.join("output/index.html")).unwrap().contains("Tea lovers"));
}

#[test]
fn init_leaves_what_is_there_alone() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    fs::create_dir(dir.join("content")).unwrap();
    fs::write(dir.join("content/mine.txt"), "mine").unwrap();
    let refused = boards(dir, &["init"]).ends(3);
    assert!(refused.err.contains("content: there is a content folder already"), "{}", refused.err);
    assert_eq!(files(dir).keys().collect::<Vec<_>>(), ["content/mine.txt"]);

    fs::remove_dir_all(dir.join("content")).unwrap();
    fs::write(dir.join(".gitignore"), "mine\n").unwrap();
    fs::write(dir.join("README.md"), "mine\n").unwrap();
    boards(dir, &["init"]).ends(0);
    assert_eq!(fs::read_to_string(dir.join(".gitignore")).unwrap(), "mine\n");
    assert_eq!(fs::read_to_string(dir.join("README.md")).unwrap(), "mine\n");
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn json_is_one_object_with_the_documented_fields() {
    let forum = small();
    forum.write("content/notes.txt", "x");
    let built = boards(forum.dir(), &["build", "--format", "json"]).ends(0);
    assert_eq!(built.err, "");
    let built = built.json();
    assert_eq!(keys(&built), ["boards", "diagnostics", "members", "moved", "pages", "posts", "seconds", "topics"]);
    assert_eq!([&built["boards"], &built["topics"], &built["posts"], &built["members"]], [2, 1, 29, 1]);
    assert_eq!(keys(&built["pages"]), ["removed", "unchanged", "written"]);
    assert_eq!(built["pages"]["written"], files(&forum.path("output")).len());
    let fault = &built["diagnostics"][0];
    assert_eq!(keys(fault), ["code", "column", "hint", "line", "message", "path", "severity"]);
    assert_eq!(
        *fault,
        serde_json::json!({
            "code": "unknown-file", "severity": "warning", "path": "content/notes.txt", "line": 1, "column": 1,
            "message": fault["message"], "hint": fault["hint"],
        })
    );

    let checked = boards(forum.dir(), &["check", "--format", "json"]).ends(1).json();
    assert_eq!(keys(&checked), ["diagnostics", "errors", "hints", "warnings"]);
    assert_eq!([&checked["errors"], &checked["warnings"], &checked["hints"]], [0, 1, 0]);
    assert_eq!(checked["diagnostics"], built["diagnostics"]);

    forum.write("content/general/tea/x.md", "---\ntitle: Again\n---\n");
    let refused = boards(forum.dir(), &["build", "--format", "json"]).ends(1).json();
    assert_eq!(refused["pages"], Value::Null);

    let made = boards(forum.dir(), &["init", "new", "--format", "json"]).ends(0).json();
    assert_eq!(keys(&made), ["commit", "files", "path"]);
    assert_eq!(made["commit"], Value::Null);
    assert!(
        made["files"].as_array().unwrap().iter().all(|path| forum.path("new").join(path.as_str().unwrap()).is_file())
    );
}

/// What a terminal or a forge would obey: control characters and those that turn the direction of text.
fn hostile(text: &str) -> bool {
    text.chars().any(|c| {
        c != '\n'
            && (c.is_control()
                || matches!(c, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
    })
}

#[cfg(unix)]
#[test]
fn names_that_a_terminal_or_a_forge_would_obey_are_shown_and_not_obeyed() {
    use std::os::unix::ffi::OsStrExt;
    let forum = small();
    let names: [&[u8]; 6] = [
        b"a\x1b[2J\x1b]0;x\x07.txt",
        "b\u{202e}txt.exe".as_bytes(),
        b"c\n::error file=x::forged\n",
        b"d\xff\xfe.md",
        b"e%0A::warning::x,title=y.txt",
        "f\u{2066}\r.md".as_bytes(),
    ];
    for name in names {
        let name = std::ffi::OsStr::from_bytes(name);
        for folder in ["content", "content/general", "content/general/tea", "content/members"] {
            fs::write(forum.path(folder).join(name), "x").unwrap();
        }
    }
    forum.write("content/general/tea/2.md", "---\nauthor: \"\\e[31meve\\u202e\"\nreply_to: \"\\n::error::x\"\ndate: 2026-01-02T10:00:00Z\n---\n[a](<\u{1b}x\u{202e}>)\n");
    for source in [&[][..], &["--rev", "HEAD"]] {
        for format in ["full", "short", "github", "json"] {
            let ran =
                boards(forum.dir(), &[&["check", "--format", format, "--color", "never"], source].concat()).ends(1);
            assert!(!hostile(&ran.out) && !hostile(&ran.err), "{format}: {:?}", ran.out);
            let faults = boards(forum.dir(), &[&["check", "--format", "json"], source].concat()).json()["diagnostics"]
                .as_array()
                .unwrap()
                .len();
            assert!(faults > 24, "{faults}");
            let lines: Vec<&str> = ran.out.lines().collect();
            match format {
                "github" => {
                    assert_eq!(lines.len(), faults);
                    for line in lines {
                        let command = ["::error file=", "::warning file=", "::notice file="]
                            .iter()
                            .find_map(|it| line.strip_prefix(it));
                        let (properties, _) = command.unwrap_or_else(|| panic!("{line}")).split_once("::").unwrap();
                        assert_eq!(properties.split(',').count(), 4, "{line}");
                    }
                }
                "short" => assert_eq!(lines.len(), faults),
                "json" => assert_eq!(lines.len(), 1),
                _ => {}
            }
        }
        forum.commit("ada", 1_767_300_001);
    }
}

#[test]
fn a_bare_repository_is_built_without_a_checkout() {
    let forum = small();
    let bare = tempfile::tempdir().unwrap();
    git(bare.path(), &["clone", "-q", "--bare", forum.dir().to_str().unwrap(), "tea.git"]);
    let at = bare.path().join("tea.git");
    let refused = boards(&at, &["build"]).ends(3);
    assert!(refused.err.contains("--rev HEAD"), "{}", refused.err);
    let out = bare.path().join("site");
    boards(&at, &["build", "--rev", "main", "--out", out.to_str().unwrap()]).ends(0);
    same(&files(&out), &site(&forum, &[], &[]));
    boards(&at, &["check", "--rev", "main"]).ends(0);
    let fresh: Vec<_> = fs::read_dir(&at)
        .unwrap()
        .map(|it| it.unwrap().file_name())
        .filter(|it| it == "content" || it == "index")
        .collect();
    assert!(fresh.is_empty(), "{fresh:?}");
}

#[test]
fn a_forum_in_a_folder_of_a_repository_is_built_and_its_faults_are_shown() {
    let whole = small();
    let outer = Forum::new();
    outer.remove("content");
    for (path, bytes) in files(&whole.path("content")) {
        outer.write(&format!("sites/tea/content/{path}"), bytes);
    }
    outer.commit("ada", 1_767_300_000);
    boards(outer.dir(), &["build", "-C", "sites/tea"]).ends(0);
    same(&files(&outer.path("sites/tea/output")), &site(&whole, &[], &[]));
    same(&site(&outer, &["-C", "sites/tea", "--rev", "HEAD"], &[]), &site(&whole, &[], &[]));

    outer.write("sites/tea/content/general/tea/2.md", "---\nauthor: ada\ndate: 2026-01-02T10:00:00Z\nautor: x\n---\n");
    let ran = boards(outer.dir(), &["check", "-C", "sites/tea"]).ends(1);
    assert!(
        ran.out.contains("--> sites/tea/content/general/tea/2.md:4:1") && ran.out.contains("4 | autor: x"),
        "{}",
        ran.out
    );
    outer.commit("ada", 1_767_300_001);
    let ran = boards(outer.dir(), &["check", "-C", "sites/tea", "--rev", "HEAD"]).ends(1);
    assert!(
        ran.out.contains("--> sites/tea/content/general/tea/2.md:4:1") && ran.out.contains("4 | autor: x"),
        "{}",
        ran.out
    );
}

#[test]
fn a_folder_that_boards_did_not_make_is_refused_until_force_is_said() {
    let forum = small();
    forum.write("public/thesis.tex", "mine");
    let refused = boards(forum.dir(), &["build", "--out", "public"]).ends(3);
    assert!(
        refused.err.contains("public: this folder was not made by boards (it has `thesis.tex`)"),
        "{}",
        refused.err
    );
    assert!(refused.err.contains("--force"), "{}", refused.err);
    assert_eq!(files(&forum.path("public")).len(), 1);
    boards(forum.dir(), &["build", "--out", "public", "--force"]).ends(0);
    boards(forum.dir(), &["build", "--out", "public"]).ends(0);
    let mut made = files(&forum.path("public"));
    assert_eq!(made.remove("thesis.tex").as_deref(), Some(&b"mine"[..]));
    same(&made, &site(&forum, &[], &[]));
}

#[test]
fn a_base_url_with_a_path_stands_before_every_link() {
    let forum = small();
    for base in ["https://tea.example/a/b/", "https://tea.example/a/b", "http://localhost:8000"] {
        let site = site(&forum, &["--base-url", base], &[]);
        let whole = format!("{}/", base.trim_end_matches('/'));
        assert_eq!(crawl::faults(&site, &whole), [""; 0]);
        for (path, page) in crawl::pages(&site) {
            let canonical = page
                .tags
                .iter()
                .find(|(name, it)| name == "link" && it.get("rel").is_some_and(|rel| rel == "canonical"));
            assert!(path == "404.html" || canonical.unwrap().1["href"].starts_with(&whole), "{path}");
        }
    }
}

#[test]
fn a_swap_gives_the_same_site_and_the_folder_is_never_away() {
    let forum = small();
    boards(forum.dir(), &["build", "--swap", "--out", "public"]).ends(0);
    let done = std::sync::atomic::AtomicBool::new(false);
    let at = |path: &str| forum.path("public").join(path);
    std::thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let mut looks = 0u64;
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                assert!(at("index.html").exists() && at("general/tea/index.html").exists(), "after {looks} looks");
                looks += 1;
            }
            looks
        });
        for n in 0..5 {
            let text = format!("---\nauthor: ada\ndate: 2026-02-02T10:00:{n}0Z\n---\nMore.\n");
            forum.write(&format!("content/general/tea/new-{n}.md"), text);
            boards(forum.dir(), &["build", "--swap", "--out", "public"]).ends(0);
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(watch.join().unwrap() > 100);
    });
    same(&files(&forum.path("public")), &site(&forum, &[], &[]));
}

#[test]
fn neither_threads_nor_zone_nor_language_nor_place_change_a_byte() {
    let forum = small();
    let plain = site(&forum, &[], &[]);
    same(&plain, &site(&forum, &["--jobs", "1"], &[]));
    same(&plain, &site(&forum, &["--jobs", "7"], &[]));
    same(&plain, &site(&forum, &[], &[("TZ", "Pacific/Chatham"), ("LANG", "tr_TR.UTF-8"), ("LC_ALL", "tr_TR.UTF-8")]));
    same(&plain, &site(&forum, &[], &[("TZ", "America/Los_Angeles"), ("LANG", "C"), ("SOURCE_DATE_EPOCH", "0")]));
    let moved = tempfile::tempdir().unwrap();
    git(moved.path(), &["clone", "-q", forum.dir().to_str().unwrap(), "a folder"]);
    let out = moved.path().join("site");
    boards(&moved.path().join("a folder"), &["build", "--out", out.to_str().unwrap()]).ends(0);
    same(&plain, &files(&out));
}

#[test]
fn without_a_cache_nothing_is_left_in_the_repository() {
    let forum = small();
    boards(forum.dir(), &["build", "--no-cache"]).ends(0);
    assert!(!forum.path(".git/boards").exists());
    boards(forum.dir(), &["build", "--cache", "memory"]).ends(0);
    assert!(!forum.path(".git/boards").exists() && forum.path("memory").is_dir());
    boards(forum.dir(), &["build"]).ends(0);
    assert!(forum.path(".git/boards").is_dir());
    same(&files(&forum.path("output")), &site(&forum, &[], &[]));
}

#[test]
fn a_folder_in_no_repository_is_a_forum_too() {
    let forum = small();
    let plain = site(&forum, &[], &[]);
    forum.remove(".git");
    same(&plain, &site(&forum, &[], &[]));
    boards(forum.dir(), &["check"]).ends(0);
    let refused = boards(forum.dir(), &["build", "--rev", "HEAD"]).ends(3);
    assert!(refused.err.contains("there is no git repository here"), "{}", refused.err);
}

#[test]
fn a_repository_of_another_hash_is_refused_with_the_way_out() {
    let forum = small();
    forum.remove(".git");
    git(forum.dir(), &["init", "-q", "--object-format=sha256"]);
    let refused = boards(forum.dir(), &["build"]).ends(3);
    assert!(refused.err.contains("SHA-256") && refused.err.contains("--object-format=sha1"), "{}", refused.err);
}

#[test]
fn speech_goes_to_stderr_and_quiet_says_nothing() {
    let forum = small();
    let ran = boards(forum.dir(), &["build"]).ends(0);
    assert_eq!(ran.out, "");
    assert!(ran.err.contains("29 posts in 1 topic and 2 boards: "), "{}", ran.err);
    let ran = boards(forum.dir(), &["build", "-q"]).ends(0);
    assert_eq!((&*ran.out, &*ran.err), ("", ""));
    let ran = boards(forum.dir(), &["check", "-q"]).ends(0);
    assert_eq!((&*ran.out, &*ran.err), ("", ""));
}

#[test]
fn a_pipe_that_is_closed_early_is_nothing_to_speak_of() {
    let forum = small();
    // More than a pipe holds.
    for n in 0..1000 {
        forum.write(&format!("content/notes-{n}.txt"), "x");
    }
    let program = Path::new(env!("CARGO_BIN_EXE_boards"));
    let ran = Ran::of(
        std::process::Command::new("sh")
            .args(["-c", "\"$1\" check | head -c 10", "sh"])
            .arg(program)
            .current_dir(forum.dir())
            .output()
            .unwrap(),
    );
    assert!(!ran.err.contains("panic") && !ran.err.contains("pipe"), "{}", ran.err);
}

const PROGRAM: &str = "https://git.example/boards#0123456789abcdef0123456789abcdef01234567";

#[test]
fn a_forge_s_files_are_written_once_and_those_of_others_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    boards(dir, &["init"]).ends(0);
    let unsaid = boards(dir, &["forge", "github"]).ends(2);
    assert!(unsaid.err.contains("add `--boards ADDRESS#COMMIT`"), "{}", unsaid.err);
    boards(dir, &["forge", "sourceforge", "--boards", PROGRAM]).ends(2);
    boards(dir, &["forge", "github", "--boards", "https://git.example/boards#main"]).ends(2);

    let made = boards(dir, &["forge", "github", "--boards", PROGRAM]).ends(0);
    for said in [
        "forum.yml doesn't say that the forum is at github",
        "no CODEOWNERS was written",
        ".github/workflows/boards-merge.yml: written\n",
    ] {
        assert!(made.err.contains(said), "{}", made.err);
    }
    let path = dir.join(".github/workflows/boards-merge.yml");
    let written = fs::read_to_string(&path).unwrap();
    let stamp = || fs::metadata(&path).unwrap().modified().unwrap();
    let (before, again) = (stamp(), boards(dir, &["forge", "github", "--owner", "tea/keepers"]).ends(0));
    assert!(again.err.contains("boards-merge.yml: as it should be"), "{}", again.err);
    assert_eq!(stamp(), before, "what is as it should be isn't written");
    assert!(fs::read_to_string(dir.join(".github/CODEOWNERS")).unwrap().contains("/themes/ @tea/keepers\n"));

    for (text, why) in [
        ("name: mine\n".to_owned(), "it wasn't written by boards"),
        (
            written.replace(&format!("workflow: {}", boards::forge::VERSION), "workflow: 0"),
            "it was made by an older boards",
        ),
        (written.replace("23 * *", "24 * *"), "it says something else"),
    ] {
        fs::write(&path, &text).unwrap();
        let kept = boards(dir, &["forge", "github"]).ends(1);
        assert!(kept.err.contains(&format!("left as it is, since {why}")), "{}", kept.err);
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
    let kept = boards(dir, &["forge", "github", "--format", "json"]).ends(1).json();
    assert_eq!(keys(&kept), ["files", "forge"]);
    assert_eq!(kept["files"][1], serde_json::json!({ "path": ".github/workflows/boards-merge.yml", "state": "kept" }));
    boards(dir, &["forge", "github", "--force"]).ends(0);
    assert_eq!(fs::read_to_string(&path).unwrap(), written);
}

#[test]
fn a_forum_is_made_for_its_forge_and_its_branch() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    git(dir, &["init", "-q", "-b", "trunk", "tea"]);
    boards(dir, &["init", "tea", "--forge", "github"]).ends(2);
    boards(dir, &["init", "tea", "--forge", "gitlab", "--url", "https://git.example/ada/tea/", "--boards", PROGRAM])
        .ends(0);
    let tea = dir.join("tea");
    let said = |path: &str| fs::read_to_string(tea.join(path)).unwrap();
    assert!(
        said("content/forum.yml")
            .contains("  forge: gitlab\n  url: \"https://git.example/ada/tea\"\n  branch: trunk\n")
    );
    assert!(said(".gitlab-ci.yml").contains("BOARDS_BRANCH: \"trunk\"\n"));
    assert!(said(".gitlab/CODEOWNERS").contains("/content/forum.yml @ada\n"));
    boards(&tea, &["check", "-q"]).ends(0);
    let again = boards(&tea, &["forge", "gitlab"]).ends(0);
    assert!(!again.err.contains("written"), "{}", again.err);
}
