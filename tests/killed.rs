//! An import that is killed, alone or together with the git that it has started, at each step that it tells of and at each
//! call of git: the next run ends as one that nothing has disturbed.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::forum::Files;
use crate::forum::program::{boards, command, git, quiet};
use boards::archive::{ImportOrder, Options, import};
use boards::monitor::Monitor;
use tempfile::TempDir;

/// The variables that tell [`import_until_killed`] where to import, how, and when to end.
const CHILD: [&str; 3] = ["BOARDS_TEST_EXPORT", "BOARDS_TEST_MODE", "BOARDS_TEST_STEP"];
/// Mails of the export. All but the first answer it.
const MAILS: usize = 3;

/// How an import is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// One commit.
    Commit,
    /// A commit a post.
    History,
    /// Files in a repository.
    Files,
    /// Files without a repository.
    Bare,
}

const MODES: [Mode; 4] = [Mode::Commit, Mode::History, Mode::Files, Mode::Bare];

impl Mode {
    fn arguments(self) -> &'static [&'static str] {
        match self {
            Mode::Commit | Mode::Bare => &[],
            Mode::History => &["--history"],
            Mode::Files => &["--no-commit"],
        }
    }

    fn commits(self) -> bool {
        matches!(self, Mode::Commit | Mode::History)
    }
}

/// An export, and the forum that an undisturbed import makes of it.
struct Case {
    export: TempDir,
    mode: Mode,
    whole: State,
    /// How many steps that import told of.
    steps: u64,
}

/// What an import leaves.
#[derive(Debug, PartialEq, Eq)]
struct State {
    /// The last commit, and how many there are; where the time of the import stands in it, its tree.
    head: String,
    /// What git says of the work tree.
    status: String,
    files: Files,
    /// Files of the git folder that only a run at work has.
    left: Vec<PathBuf>,
}

impl State {
    fn of(place: &Path, mode: Mode) -> State {
        let ask = |arguments: &[&str]| if mode == Mode::Bare { String::new() } else { git(place, arguments) };
        let head = match mode {
            Mode::Commit => ask(&["rev-parse", "HEAD^{tree}"]) + &ask(&["rev-list", "--count", "HEAD"]),
            Mode::History => ask(&["rev-parse", "HEAD"]),
            Mode::Files | Mode::Bare => String::new(),
        };
        if mode.commits() {
            git(place, &["fsck", "--strict"]);
        }
        let status = ask(&["status", "--porcelain"]);
        let mut left = Vec::new();
        for entry in walkdir::WalkDir::new(place) {
            let path = entry.unwrap().path().to_owned();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let tracks = [
                ".lock",
                ".keep",
                ".part",
                ".boards-new",
                "boards-follow",
                "boards-index-",
                "tmp_",
                "fast_import_crash",
            ];
            // A git that outlives the killed run may make the folder of its quarantine again when the next run has removed
            // it. That is waste, which the run after that removes.
            let waste =
                path.components().any(|part| part.as_os_str().to_string_lossy().starts_with("tmp_objdir-boards-"));
            if !waste && tracks.iter().any(|track| name.contains(track)) {
                left.push(path.strip_prefix(place).unwrap().to_owned());
            }
        }
        State { head, status, files: crate::forum::files(&place.join("content")), left }
    }
}

/// A place to import into.
fn place(mode: Mode) -> TempDir {
    let place = TempDir::new().unwrap();
    if mode == Mode::Bare {
        fs::write(place.path().join(".boards-import.key"), [7; 32]).unwrap();
        return place;
    }
    git(place.path(), &["init", "-q", "-b", "main"]);
    git(place.path(), &["config", "user.name", "Keeper"]);
    git(place.path(), &["config", "user.email", "keeper@tea.example"]);
    fs::write(place.path().join(".git/boards-import.key"), [7; 32]).unwrap();
    fs::write(place.path().join("README.md"), "Tea\n").unwrap();
    git(place.path(), &["add", "."]);
    let mut commit = quiet(Command::new("git"), place.path());
    commit.env("GIT_COMMITTER_DATE", "@1000 +0000").args(["commit", "-q", "--date", "@1000 +0000", "-m", "Begin"]);
    assert!(commit.status().unwrap().success());
    place
}

impl Case {
    fn new(mode: Mode) -> Case {
        let export = TempDir::new().unwrap();
        let mail = |number: usize| {
            let answers = if number == 0 { "" } else { "In-Reply-To: <0@tea.example>\n" };
            format!(
                "From ada Wed Apr  8 09:00:00 2009\nFrom: Ada <ada@leak.example>\nDate: Wed, 8 Apr 2009 09:0{number}:00 +0000\n\
                 Subject: Tea\nMessage-ID: <{number}@tea.example>\n{answers}\nWords of {number}.\n\n"
            )
        };
        fs::write(export.path().join("list.mbox"), (0..MAILS).map(mail).collect::<String>()).unwrap();
        let (place, steps) = (place(mode), export.path().join("steps"));
        let mut case = Case {
            export,
            mode,
            whole: State { head: String::new(), status: String::new(), files: Files::new(), left: Vec::new() },
            steps: 0,
        };
        case.start(place.path(), &steps.display().to_string());
        case.steps = fs::read_to_string(&steps).unwrap().parse().unwrap();
        fs::remove_file(steps).unwrap();
        case.whole = State::of(place.path(), mode);
        assert!(case.whole.left.is_empty(), "{:?}", case.whole.left);
        assert_eq!(case.whole.files.keys().filter(|path| path.ends_with(".md")).count(), MAILS);
        case
    }

    /// Imports in a process of its own, in a process group of its own, as `step` says.
    fn start(&self, place: &Path, step: &str) {
        let mut child = quiet(Command::new(std::env::current_exe().unwrap()), place);
        child.args(["--exact", "--ignored", "killed::import_until_killed"]).stdout(Stdio::null()).stderr(Stdio::null());
        let values = [self.export.path().display().to_string(), format!("{:?}", self.mode), step.to_owned()];
        child.envs(CHILD.into_iter().zip(values)).process_group(0).status().unwrap();
    }

    /// Runs the import again, and compares.
    #[track_caller]
    fn ends_alike(&self, place: &Path, when: &str) {
        let export = self.export.path().to_str().unwrap();
        let ran = boards(place, &[&["import", export], self.mode.arguments()].concat());
        assert_eq!(ran.code, Some(0), "{:?}, {when}: {}", self.mode, ran.err);
        assert_eq!(State::of(place, self.mode), self.whole, "{:?}, {when}", self.mode);
    }
}

/// Kills this process at a step, or writes down in the end how many there were.
struct Steps {
    passed: AtomicU64,
    last: u64,
    group: bool,
}

impl Steps {
    fn pass(&self) {
        if self.passed.fetch_add(1, Ordering::SeqCst) + 1 == self.last {
            let me = std::process::id();
            let whom = if self.group { format!("-{me}") } else { me.to_string() };
            Command::new("kill").args(["-9", "--", &whom]).status().unwrap();
            unreachable!("a signal that can't be caught");
        }
    }
}

impl Monitor for Steps {
    fn stage(&self, _: &'static str, _: Option<u64>) {
        self.pass();
    }

    fn advance(&self, _: u64) {
        self.pass();
    }
}

#[test]
#[ignore = "run by the other tests, in a process of its own"]
fn import_until_killed() {
    let [export, mode, step] = CHILD.map(|name| std::env::var(name).expect("the test that runs this says so"));
    let mode = MODES.into_iter().find(|it| format!("{it:?}") == mode).unwrap();
    let order = ImportOrder {
        repository: PathBuf::from("."),
        content: String::from("content"),
        path: export.into(),
        format: None,
        board: None,
        origin: None,
        options: Options::default(),
        downloads: None,
        history: mode == Mode::History,
        commit: mode != Mode::Files,
        dry: false,
        now: 1000,
    };
    let (number, group) = step.strip_prefix('-').map_or((step.as_str(), false), |number| (number, true));
    let steps = Steps { passed: AtomicU64::new(0), last: number.parse().unwrap_or(u64::MAX), group };
    import(&order, &steps).unwrap();
    fs::write(step, steps.passed.into_inner().to_string()).unwrap();
}

/// Kills the import at each of its steps.
fn killed_at_each_step(mode: Mode) {
    let case = Case::new(mode);
    assert!(case.steps > MAILS as u64 * if mode.commits() { 3 } else { 2 }, "{mode:?}: {} steps", case.steps);
    for step in 1..=case.steps {
        // With a minus its group, as `kill` has it. Every other step, since what it has started is the same at the next.
        let step = if step % 2 == 0 { format!("-{step}") } else { step.to_string() };
        let place = place(mode);
        case.start(place.path(), &step);
        assert!(!place.path().join(&step).exists(), "{mode:?}: not killed at {step}");
        case.ends_alike(place.path(), &step);
    }
}

#[test]
fn one_commit_is_made_whenever_the_last_run_was_killed() {
    killed_at_each_step(Mode::Commit);
}

#[test]
fn a_commit_a_post_is_made_whenever_the_last_run_was_killed() {
    killed_at_each_step(Mode::History);
}

#[test]
fn files_are_written_whenever_the_last_run_was_killed() {
    killed_at_each_step(Mode::Files);
    killed_at_each_step(Mode::Bare);
}

#[test]
fn a_git_that_outlives_the_import_or_is_killed_with_it_hinders_no_later_one() {
    let path = std::env::var_os("PATH").unwrap();
    let real = std::env::split_paths(&path).map(|it| it.join("git")).find(|it| it.is_file()).unwrap();
    let real = real.to_str().unwrap();
    let mode = Mode::History;
    let case = Case::new(mode);
    for call in ["var", "fast-import", "--index-info", "--refresh"] {
        for (what, script) in [
            ("killed together before git begins", "kill -9 0"),
            ("killed together when git has ended", "REAL \"$@\"; kill -9 0"),
            ("killed alone before git begins", "kill -9 $PPID; sleep 0.1; exec REAL \"$@\""),
            ("killed alone when git has ended", "REAL \"$@\"; kill -9 $PPID"),
        ] {
            let (place, bin) = (place(mode), TempDir::new().unwrap());
            let program = bin.path().join("git");
            let script = format!("#!/bin/sh\ncase \" $* \" in *\" {call} \"*) {script};; *) exec REAL \"$@\";; esac\n");
            fs::write(&program, script.replace("REAL", real)).unwrap();
            fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
            let paths = [bin.path().to_owned()].into_iter().chain(std::env::split_paths(&path));
            let mut child = command(place.path());
            child.env("PATH", std::env::join_paths(paths).unwrap()).arg("import").arg(case.export.path());
            child.args(mode.arguments()).process_group(0).stdout(Stdio::null()).stderr(Stdio::null());
            assert_eq!(child.status().unwrap().code(), None, "{call} is called, and the import {what}");
            case.ends_alike(place.path(), &format!("{call}, {what}"));
        }
    }
}
