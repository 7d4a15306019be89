//! What the program says of itself: every verb has an example, and it works; the manual and the shells know the same
//! verbs; a name that is nearly right is named rightly.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::forum::program::{Ran, boards, command, git};
use crate::forum::{Forum, files};

/// The program's verbs, as its help lists them.
fn verbs() -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let help = boards(folder.path(), &["--help"]).ends(0).out;
    let list = help.split("Commands:\n").nth(1).and_then(|rest| rest.split("\n\n").next()).unwrap();
    let verbs: Vec<String> =
        list.lines().filter_map(|line| line.split_whitespace().next().map(str::to_owned)).collect();
    assert!(verbs.len() >= 6, "{verbs:?}");
    verbs
}

/// A forum with all that examples speak of, beside a remote that has a proposal, and an export.
fn prepared(folder: &Path) -> Forum {
    let forum = Forum::of(
        "=== content/forum.yml\nformat: 1\ntitle: Tea\nbase_url: https://tea.example/\n\
         repository: { forge: github, url: https://github.com/tea/forum }\n\
         === content/members/ada.yml\nname: Ada\nemails: [ada@tea.example]\n\
         === content/members/bob.yml\nname: Bob\naccounts: { github: 583231 }\n\
         === content/archive/board.yml\ntitle: Archive\n\
         === content/general/board.yml\ntitle: General\n\
         === content/general/welcome/1.md\n---\ntitle: Welcome\nauthor: ada\ndate: 2026-01-01T10:00:00Z\n---\nHello.\n\
         === content/general/welcome/2.md\n---\nauthor: bob\ndate: 2026-01-01T11:00:00Z\n---\nHello to you.\n\
         === content/general/first-flush/20261122-101500-ada.md\n---\ntitle: First flush\nauthor: ada\n\
         date: 2026-01-01T10:00:00Z\n---\nWhich one?\n",
    );
    forum.commit("ada", 1_767_300_000);
    let remote = folder.join("remote.git");
    let remote = remote.to_str().unwrap();
    git(folder, &["clone", "-q", "--bare", forum.dir().to_str().unwrap(), remote]);
    for (name, value) in [("user.name", "Ada"), ("user.email", "ada@tea.example"), ("remote.origin.url", remote)] {
        git(forum.dir(), &["config", name, value]);
    }
    git(forum.dir(), &["config", "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*"]);

    // The proposal with the number 12.
    git(forum.dir(), &["checkout", "-q", "-b", "reply"]);
    let now = Command::new("date").args(["-u", "+%Y-%m-%dT%H:%M:%SZ %Y%m%d-%H%M%S %s"]).output().unwrap();
    let now = String::from_utf8(now.stdout).unwrap();
    let [date, stem, seconds] = now.split_whitespace().collect::<Vec<_>>()[..] else { panic!("{now}") };
    let reply = format!("---\nauthor: bob\ndate: {date}\n---\nThe first one.\n");
    forum.write(&format!("content/general/welcome/{stem}-bob.md"), reply);
    forum.commit("bob", seconds.parse().unwrap());
    git(forum.dir(), &["push", "-q", "origin", "reply:refs/pull/12/head"]);
    git(forum.dir(), &["checkout", "-q", "main"]);
    git(forum.dir(), &["branch", "-q", "-D", "reply"]);

    forum.write(
        "export/list.mbox",
        "From ada@tea.example Thu Jan  1 10:00:00 2026\nFrom: Ada <ada@tea.example>\nTo: tea@tea.example\n\
         Date: Thu, 1 Jan 2026 10:00:00 +0000\nMessage-ID: <1@tea.example>\nSubject: Water\n\nHow hot?\n",
    );
    fs::write(forum.path(".git/info/exclude"), "/export/\n/public/\n/tea/\n").unwrap();
    boards(forum.dir(), &["build"]).ends(0);
    forum
}

/// A command that knows the program by its name, and has an editor that writes something.
fn shell(dir: &Path, folder: &Path, line: &str) -> Command {
    let editor = folder.join("editor");
    fs::write(&editor, "for file; do printf '\\nSecond flush.\\n' >> \"$file\"; done\n").unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_boards")).parent().unwrap();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([program.to_owned()].into_iter().chain(std::env::split_paths(&path))).unwrap();
    let mut shell = command(dir);
    let environment: Vec<_> =
        shell.get_envs().map(|(name, value)| (name.to_owned(), value.map(ToOwned::to_owned))).collect();
    shell = Command::new("sh");
    for (name, value) in environment {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell.args(["-c", line]).current_dir(dir).env("PATH", path).env("EDITOR", format!("sh {}", editor.display()));
    shell.env_remove("VISUAL");
    shell
}

#[cfg(unix)]
#[test]
fn every_verb_has_an_example_that_works() {
    for verb in verbs() {
        let folder = tempfile::tempdir().unwrap();
        let forum = prepared(folder.path());
        let help = boards(forum.dir(), &[&verb, "--help"]).ends(0).out;
        let examples: Vec<&str> = help.lines().filter_map(|line| line.trim().strip_prefix("Example: ")).collect();
        let [example] = examples[..] else { panic!("{verb}: {} examples", examples.len()) };
        assert!(example.starts_with(&format!("boards {verb}")), "{example}");
        let mut shell = shell(forum.dir(), folder.path(), &format!("exec {example}"));
        if verb == "serve" {
            // It ends when it is told to; a port of its own keeps it from others.
            let example = example.replace("--port 8000", "--port 0");
            let mut running = self::shell(forum.dir(), folder.path(), &format!("exec {example}"))
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let mut said = String::new();
            BufReader::new(running.stderr.take().unwrap()).read_line(&mut said).unwrap();
            assert!(said.starts_with("http://127.0.0.1:"), "{said}");
            running.kill().unwrap();
            running.wait().unwrap();
            continue;
        }
        let ran = Ran::of(shell.output().unwrap());
        assert_eq!(ran.code, Some(0), "{example}\n{}{}", ran.out, ran.err);
    }
}

#[test]
fn the_manual_tells_of_every_verb() {
    let folder = tempfile::tempdir().unwrap();
    let whole = boards(folder.path(), &["man"]).ends(0).out;
    for verb in verbs() {
        assert!(whole.contains(&format!("boards\\-{verb}(1)")), "{verb}");
        let part = boards(folder.path(), &["man", &verb]).ends(0).out;
        assert!(part.contains(&format!(".TH boards-{verb} 1")) && part.contains("Example: "), "{verb}: {part}");
    }
    assert_eq!(files(folder.path()).len(), 0);
}

#[test]
fn the_settings_that_a_variable_names_tell_who_makes_a_forum() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("settings"), "[user]\n\tname = Eve Adams\n\temail = eve@tea.example\n").unwrap();
    let mut init = command(folder.path());
    init.args(["init", "tea"]).env("GIT_CONFIG_GLOBAL", folder.path().join("settings"));
    Ran::of(init.output().unwrap()).ends(0);
    assert_eq!(git(&folder.path().join("tea"), &["log", "--format=%an %ae"]).trim(), "Eve Adams eve@tea.example");
    assert!(folder.path().join("tea/content/members/eve-adams.yml").is_file());
}

#[test]
fn what_is_nearly_right_is_named() {
    let forum = Forum::new();
    for (arguments, code, said) in [
        (&["bild"][..], 2, "'build'"),
        (&["man", "bild"], 2, "did you mean `build`?"),
        (&["man", "xylophone"], 2, "`boards --help` lists them"),
        (&["completions", "fisch"], 2, "'fish'"),
        (&["build", "--theme", "plane"], 1, "did you mean `plain`?"),
        (&["build", "--outt", "x"], 2, "'--out'"),
        (&["init", "new", "--forge", "githb"], 2, "did you mean `github`?"),
        (&["publish", "brnch:pages"], 2, "`branch:pages`"),
    ] {
        let ran = boards(forum.dir(), arguments).ends(code);
        assert!(ran.err.contains(said), "{arguments:?}: {}", ran.err);
    }
    forum.write("content/members/barbara.yml", "name: Barbara\n");
    forum.write("content/a/board.yml", "title: A\nmoderators: [barbera]\n");
    forum.write("content/a/b/1.md", "---\ntitle: B\nauthor: babara\ndate: 2026-01-01T10:00:00Z\n---\nB.\n");
    let found = boards(forum.dir(), &["check", "--format", "short"]).out;
    assert_eq!(found.matches("did you mean `barbara`?").count(), 2, "{found}");
}

/// What bash would complete the last of these words to.
fn completed(dir: &Path, folder: &Path, words: &[&str]) -> Vec<String> {
    let quoted = words.iter().map(|word| format!("'{word}' ")).collect::<String>();
    let script = format!(
        "source <(boards completions bash)\nCOMP_WORDS=({quoted})\nCOMP_CWORD={}\n\
         _clap_complete_boards boards '{}' ''\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"\n",
        words.len() - 1,
        words.last().unwrap(),
    );
    let mut bash = shell(dir, folder, "bash -c \"$SCRIPT\"");
    let ran = Ran::of(bash.env("SCRIPT", script).output().unwrap());
    ran.out.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[cfg(unix)]
#[test]
fn shells_complete_verbs_and_names_of_the_forum() {
    let folder = tempfile::tempdir().unwrap();
    let forum = prepared(folder.path());
    forum.write("themes/own/theme.yml", "format: 1\nname: Own\n");
    forum.write("themes/$(touch x)/theme.yml", "format: 1\nname: Own\n");
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let script = boards(forum.dir(), &["completions", shell]).ends(0).out;
        assert!(script.contains("BOARDS_COMPLETE"), "{shell}: {script}");
    }
    let bash: Option<PathBuf> = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
        .map(|folder| folder.join("bash"))
        .find(|bash| bash.exists());
    if bash.is_none() {
        return;
    }
    let complete = |words: &[&str]| completed(forum.dir(), folder.path(), words);
    assert_eq!(complete(&["boards", "bui"]), ["build"]);
    assert_eq!(complete(&["boards", "build", "--theme", ""]), ["own", "plain"]);
    assert_eq!(complete(&["boards", "build", "--theme", "o"]), ["own"]);
    let known = verbs();
    if known.iter().any(|verb| verb == "new") {
        assert_eq!(complete(&["boards", "new", "gen"]), ["general"]);
        assert_eq!(complete(&["boards", "-C", "nowhere", "new", "gen"]), [""; 0]);
    }
    if known.iter().any(|verb| verb == "reply") {
        assert_eq!(complete(&["boards", "reply", "gen"]), ["general/"]);
        assert_eq!(complete(&["boards", "reply", "general/"]), ["general/first-flush", "general/welcome"]);
        assert_eq!(complete(&["boards", "reply", "general/welcome#"]), ["general/welcome#1", "general/welcome#2"]);
        assert_eq!(complete(&["boards", "explain", "general/w"]), ["general/welcome"]);
    }
    assert_eq!(complete(&["boards", "man", "bui"]), ["build"]);
    assert_eq!(complete(&["boards", "forge", "gith"]), ["github"]);
    assert_eq!(complete(&["boards", "init", "new", "--forge", "f"]), ["forgejo"]);
}
