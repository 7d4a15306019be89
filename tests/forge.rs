//! The files for forges: each parses, does what it must, and holds nothing that it must not. What the steps of a
//! workflow run is run here too, with a folder for the forge.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::forum::host::Host;
use crate::forum::program::{boards, git, skipped};
use boards::config::Forge;
use boards::forge::{Facts, ForgeFile, Program, files, name};
use serde_json::Value;

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
const ALL: [Forge; 4] = [Forge::GitHub, Forge::GitLab, Forge::Gitea, Forge::Forgejo];

fn program() -> Program {
    format!("https://git.example/boards#{COMMIT}").parse().unwrap()
}

fn all(forge: Forge) -> Vec<ForgeFile> {
    let owner = "tea/maintainers".parse().unwrap();
    let program = program();
    files(forge, &Facts { branch: "main", content: "content", program: &program, owner: Some(&owner) }).unwrap()
}

/// The files that the forge runs, with what they hold.
fn workflows(forge: Forge) -> Vec<(ForgeFile, Value)> {
    let run = all(forge).into_iter().filter(|file| file.path.ends_with(".yml"));
    run.map(|file| {
        let value = serde_yaml::from_str(&file.text).unwrap_or_else(|error| panic!("{}: {error}", file.path));
        (file, value)
    })
    .collect()
}

/// The workflow of a forge's that has this in its path.
fn workflow(forge: Forge, part: &str) -> Value {
    workflows(forge).into_iter().find(|(file, _)| file.path.contains(part)).unwrap().1
}

/// Every value of this key, however deep.
fn each<'v>(value: &'v Value, key: &str, found: &mut Vec<&'v Value>) {
    match value {
        Value::Object(map) => {
            for (name, inner) in map {
                if name == key {
                    found.push(inner);
                }
                each(inner, key, found);
            }
        }
        Value::Array(list) => list.iter().for_each(|inner| each(inner, key, found)),
        _ => {}
    }
}

fn texts(value: &Value, key: &str) -> Vec<String> {
    let mut found = Vec::new();
    each(value, key, &mut found);
    found.iter().flat_map(|it| it.as_str().map(str::to_owned)).collect()
}

/// Everything that a shell runs.
fn scripts(forge: Forge) -> Vec<String> {
    let mut all = Vec::new();
    for (_, workflow) in workflows(forge) {
        for key in ["run", "script", "before_script"] {
            all.extend(texts(&workflow, key));
            let mut lists = Vec::new();
            each(&workflow, key, &mut lists);
            let lines = lists.iter().filter_map(|list| list.as_array()).flatten().filter_map(Value::as_str);
            all.extend(lines.map(str::to_owned));
        }
    }
    all
}

#[test]
fn no_script_takes_in_what_a_forge_fills_in() {
    for forge in ALL {
        let scripts = scripts(forge);
        assert!(scripts.len() >= 5, "{}", name(forge));
        for script in scripts {
            assert!(!script.contains("${{"), "{script}");
            for loader in ["curl", "wget", "eval ", "| sh", "| bash"] {
                assert!(!script.contains(loader), "{loader}: {script}");
            }
        }
    }
}

#[test]
fn every_script_is_one_that_a_plain_shell_can_read() {
    for script in ALL.into_iter().flat_map(scripts) {
        let mut child = Command::new("sh").args(["-n", "-s"]).stdin(Stdio::piped()).spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), script.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success(), "{script}");
    }
}

#[test]
fn every_action_is_pinned_by_a_whole_commit() {
    for forge in ALL {
        for (file, workflow) in workflows(forge) {
            for action in texts(&workflow, "uses") {
                let pin = action.rsplit_once('@').unwrap().1;
                let whole = pin.len() == 40 && pin.bytes().all(|byte| byte.is_ascii_hexdigit());
                assert!(whole, "{}: {action}", file.path);
            }
        }
    }
}

#[test]
fn nothing_that_a_proposer_writes_is_asked_for() {
    let written = [
        "title",
        "body",
        "head.ref",
        "head_ref",
        "head.label",
        "message",
        "comment",
        "SOURCE_BRANCH_NAME",
        "MERGE_REQUEST_TITLE",
    ];
    for forge in ALL {
        for (file, _) in workflows(forge) {
            let said = file.text.lines().filter(|line| line.contains("${{") || line.contains("$CI_"));
            for line in said {
                assert!(!written.iter().any(|word| line.contains(word)), "{}: {line}", file.path);
            }
        }
    }
}

#[test]
fn the_job_that_checks_may_only_read_and_has_no_secrets() {
    for forge in [Forge::GitHub, Forge::Forgejo, Forge::Gitea] {
        let (file, check) = workflows(forge).into_iter().find(|(file, _)| file.path.contains("check")).unwrap();
        assert_eq!(check["on"].as_object().unwrap().keys().collect::<Vec<_>>(), ["pull_request"]);
        let mut permissions = Vec::new();
        each(&check, "permissions", &mut permissions);
        assert_eq!(permissions, [&serde_json::json!({ "contents": "read" })]);
        assert!(!file.text.contains("secrets"));
        // A cache that it fills is one that it alone reads.
        assert!(texts(&check, "uses").iter().all(|action| !action.contains("actions/cache@")));
    }
    for checkout in texts(&workflow(Forge::GitHub, "check"), "uses").iter().filter(|it| it.contains("checkout")) {
        assert!(checkout.starts_with("actions/checkout@"));
    }
    let check = workflow(Forge::GitHub, "check");
    assert_eq!(check["jobs"]["check"]["steps"][0]["with"]["persist-credentials"], false);
    let check = &workflow(Forge::GitLab, "ci")["check"];
    assert!(!check.to_string().contains("TOKEN"));
    assert!(check["rules"][0]["if"].as_str().unwrap().contains("merge_request_event"));
}

#[test]
fn the_job_that_merges_sees_no_file_of_a_proposal() {
    let merge = workflow(Forge::GitHub, "merge");
    assert_eq!(merge["permissions"], serde_json::json!({}));
    let job = &merge["jobs"]["merge"];
    assert_eq!(job["permissions"], serde_json::json!({ "contents": "write", "pull-requests": "read" }));
    let steps = job["steps"].as_array().unwrap();
    let checkouts: Vec<_> =
        steps.iter().filter(|step| step["uses"].as_str().is_some_and(|it| it.contains("checkout"))).collect();
    assert_eq!(checkouts.len(), 1);
    assert_eq!(checkouts[0]["with"]["ref"], "main");
    // It reads caches and fills none.
    assert!(texts(&merge, "uses").iter().all(|action| !action.contains("actions/cache@")));
    assert!(
        scripts(Forge::GitHub).iter().all(|script| !script.contains("git checkout") && !script.contains("git switch"))
    );
    let last = steps.last().unwrap();
    assert_eq!(last["env"]["HEAD"], "${{ github.event.pull_request.head.sha }}");
    assert!(last["run"].as_str().unwrap().contains("--expect \"$HEAD\" --as \"github:$ACCOUNT\""));

    let merge = &workflow(Forge::GitLab, "ci")["merge"];
    assert!(merge["rules"][0]["if"].as_str().unwrap().contains("\"schedule\""));
    assert_eq!(merge["rules"].as_array().unwrap().len(), 1);
    assert_eq!(merge["cache"][0]["policy"], "pull");
    for forge in [Forge::Forgejo, Forge::Gitea] {
        let site = workflow(forge, "site");
        let events: Vec<_> = site["on"].as_object().unwrap().keys().cloned().collect();
        assert!(
            events.iter().all(|event| ["push", "schedule", "workflow_dispatch"].contains(&event.as_str())),
            "{events:?}"
        );
        assert!(!site.to_string().contains("refs/pull"));
    }
}

#[test]
fn whoever_builds_the_site_has_all_history() {
    for (forge, part) in [(Forge::GitHub, "site"), (Forge::GitHub, "check"), (Forge::GitHub, "merge")] {
        let workflow = workflow(forge, part);
        let mut depths = Vec::new();
        each(&workflow, "fetch-depth", &mut depths);
        assert_eq!(depths, [&Value::from(0)], "{part}");
    }
    assert_eq!(workflow(Forge::GitLab, "ci")["variables"]["GIT_DEPTH"], "0");
    assert!(ALL.into_iter().flat_map(scripts).all(|script| !script.contains("--depth")));
}

/// How boards is called in a script: the verb, and the options of each call. What `set --` gives is for `"$@"`.
fn calls(script: &str) -> Vec<(String, Vec<String>)> {
    let script = script.replace("\\\n", " ");
    let given: Vec<&str> =
        script.lines().filter_map(|line| line.trim().strip_prefix("set -- ")).flat_map(str::split_whitespace).collect();
    let commands = script.lines().filter_map(|line| line.split_once("/bin/boards ").map(|(_, rest)| rest));
    let call = |words: &str| {
        let given = if words.contains("\"$@\"") { &given[..] } else { &[] };
        let end = |word: &&str| !matches!(*word, "|" | "||" | "&&" | ">" | "2>&1");
        let words: Vec<&str> = words.split_whitespace().take_while(end).chain(given.iter().copied()).collect();
        // `test -x` only asks whether the program is there.
        let verb = words.iter().find(|word| word.bytes().all(|byte| byte.is_ascii_lowercase()))?;
        let options = words.iter().filter(|word| word.starts_with('-')).map(|word| (*word).to_owned());
        Some(((*verb).to_owned(), options.collect()))
    };
    commands.filter_map(call).collect()
}

#[test]
fn every_option_that_a_workflow_uses_is_one_of_the_program() {
    let folder = tempfile::tempdir().unwrap();
    for forge in ALL {
        let calls: Vec<_> = scripts(forge).iter().flat_map(|script| calls(script)).collect();
        for verb in ["check", "merge", "build"] {
            assert!(calls.iter().any(|call| call.0 == verb), "{}: {calls:?}", name(forge));
        }
        for (verb, options) in calls {
            let help = boards(folder.path(), &[&verb, "--help"]).ends(0).out;
            let known: Vec<&str> = help.split([' ', ',', '\n', '=', '<', '[']).collect();
            for option in options {
                assert!(known.contains(&option.as_str()), "{}: `boards {verb}` has no {option}", name(forge));
            }
        }
    }
}

/// Lets a program of others look at the workflows of a forge, where it is there.
fn look(forge: Forge, program: &str, arguments: &[&str]) {
    if Command::new(program).arg("--version").output().is_err() {
        skipped(&format!("there is no `{program}` here"));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (file, _) in workflows(forge) {
        let path = folder.path().join(file.path.rsplit('/').next().unwrap());
        fs::write(&path, &file.text).unwrap();
        let ran = Command::new(program).args(arguments).arg(&path).output().unwrap();
        let said = String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{} {program}: {said}", file.path);
    }
}

#[test]
fn linters_for_the_forges_find_nothing() {
    look(Forge::GitHub, "actionlint", &[]);
    // Runners and addresses of actions that GitHub doesn't have.
    let foreign = ["-ignore", "label \"docker\" is unknown", "-ignore", "specifying action \"https://github.com/"];
    look(Forge::Forgejo, "actionlint", &foreign);
    look(Forge::Gitea, "actionlint", &foreign);
}

#[test]
fn the_files_fit_the_schemas_of_their_forges() {
    look(Forge::GitLab, "check-jsonschema", &["--builtin-schema", "vendor.gitlab-ci"]);
    for forge in [Forge::GitHub, Forge::Gitea, Forge::Forgejo] {
        look(forge, "check-jsonschema", &["--builtin-schema", "vendor.github-workflows"]);
    }
}

/// Runs a step of a job as the forge would: in a shell that ends at the first failure.
fn step(workflow: &Value, name: &str, dir: &Path, environment: &[(&str, &str)]) -> String {
    let jobs = workflow["jobs"].as_object().unwrap().values();
    let mut steps = jobs.flat_map(|job| job["steps"].as_array().unwrap());
    let step = steps.find(|step| step["name"] == name).unwrap();
    let variables =
        workflow["env"].as_object().unwrap().iter().map(|(key, value)| (key.as_str(), value.as_str().unwrap()));
    let ran = Command::new("sh")
        .args(["-e", "-c", step["run"].as_str().unwrap()])
        .current_dir(dir)
        .envs(variables)
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    assert!(
        ran.status.success(),
        "{name}: {}{}",
        String::from_utf8_lossy(&ran.stdout),
        String::from_utf8_lossy(&ran.stderr)
    );
    String::from_utf8(ran.stdout).unwrap()
}

/// A folder `home` in `dir` with boards as a workflow installs it.
fn home(dir: &Path) -> PathBuf {
    let home = dir.join("home");
    fs::create_dir_all(home.join(".boards/bin")).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_boards"), home.join(".boards/bin/boards")).unwrap();
    home
}

/// A forum whose remote has the pull requests 1 to 3, and what the steps of an hourly merge say in a folder
/// of it.
fn merged(workflow: &Value, dir: impl Fn(&Host) -> PathBuf, environment: &[(&str, &str)]) -> String {
    let host = Host::new("");
    (1..=3).for_each(|number| host.post(number));
    let home = home(&host.dir);
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let (home, temporary, path) =
        (text(&home), text(&host.dir), format!("{}:{}", text(&host.dir), std::env::var("PATH").unwrap()));
    let summary = text(&host.dir.join("summary"));
    let own = [
        ("HOME", home.as_str()),
        ("PATH", &path),
        ("RUNNER_TEMP", &temporary),
        ("GITHUB_STEP_SUMMARY", &summary),
        ("GIT_CONFIG_NOSYSTEM", "1"),
    ];
    let environment = [&own[..], environment].concat();
    let dir = dir(&host);
    let mut said = String::new();
    for name in ["List the open pull requests", "Merge"] {
        said += &step(workflow, name, &dir, &environment);
    }
    said
}

/// Puts a program into a folder.
fn program_in(dir: &Path, name: &str, script: &str) {
    fs::write(dir.join(name), format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(dir.join(name), fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn github_s_hourly_merge_judges_open_pull_requests_alone() {
    let environment = [("GITHUB_REPOSITORY", "ada/tea"), ("NUMBER", ""), ("GH_TOKEN", "x")];
    let asked = "repos/ada/tea/pulls?state=open&base=main&sort=created&direction=asc&per_page=100";
    for (open, said) in [("2", "2  waits  "), ("", "No pull request is open.")] {
        let answer = if open.is_empty() { String::new() } else { format!("echo {open}") };
        let forge = |host: &Host| {
            program_in(&host.dir, "gh", &format!("test \"$5\" = '{asked}' || exit 1\n{answer}"));
            program_in(&host.dir, "uuidgen", "echo mark");
            host.forum.clone()
        };
        let ran = merged(&workflow(Forge::GitHub, "merge"), forge, &environment);
        assert!(ran.contains(said) && !ran.contains("1  waits") && !ran.contains("3  waits"), "{ran}");
    }
}

/// Answers each question for a page of Forgejo's list: the first has a pull request for the branch and one for another.
fn api(listener: &TcpListener) {
    for stream in listener.incoming().take(2) {
        let mut stream = stream.unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map(Result::unwrap);
        let asked: Vec<String> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
        let list = "GET /api/v1/repos/ada/tea/pulls?state=open&sort=oldest&limit=50&page=";
        let body = match asked[0].strip_prefix(list).unwrap() {
            "1 HTTP/1.1" => r#"[{"number":2,"base":{"ref":"main"}},{"number":3,"base":{"ref":"other"}}]"#,
            _ => "[]",
        };
        assert!(asked.iter().any(|line| line.eq_ignore_ascii_case("authorization: token x")), "{asked:?}");
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
        stream.write_all((head + body).as_bytes()).unwrap();
    }
}

#[test]
fn forgejo_s_hourly_merge_judges_open_pull_requests_of_its_branch_alone() {
    if Command::new("node").arg("--version").output().is_err() {
        skipped("there is no `node` here");
        return;
    }
    for forge in [Forge::Forgejo, Forge::Gitea] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = format!("http://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || api(&listener));
        let environment = [("SERVER", server.as_str()), ("REPOSITORY", "ada/tea"), ("TOKEN", "x")];
        let ran = merged(&workflow(forge, "site"), |host| host.dir.clone(), &environment);
        assert!(ran.contains("2  waits  ") && !ran.contains("1  waits") && !ran.contains("3  waits"), "{ran}");
    }
}

#[test]
fn forgejo_s_steps_push_the_site_to_the_branch_of_its_pages() {
    let folder = tempfile::tempdir().unwrap();
    let (home, server) = (home(folder.path()), folder.path().join("server"));
    fs::create_dir_all(&server).unwrap();
    let tea = folder.path().join("tea");
    git(folder.path(), &["init", "-q", "-b", "main", "tea"]);
    git(&tea, &["config", "user.name", "Ada"]);
    git(&tea, &["config", "user.email", "ada@tea.example"]);
    let program = format!("{}#{COMMIT}", program().url);
    boards(
        folder.path(),
        &["init", "tea", "--forge", "forgejo", "--url", "https://git.example/ada/tea", "--boards", &program],
    )
    .ends(0);
    git(&server, &["clone", "-q", "--bare", tea.to_str().unwrap(), "tea"]);
    let site = workflow(Forge::Forgejo, "site");
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let (home, place) = (text(&home), text(&server));
    let environment = [
        ("HOME", home.as_str()),
        ("SERVER", &place),
        ("REPOSITORY", "tea"),
        ("TOKEN", "x"),
        ("GIT_CONFIG_NOSYSTEM", "1"),
    ];
    let bare = server.join("tea");
    let round = |number: u32| {
        let work = folder.path().join(format!("work-{number}"));
        fs::create_dir(&work).unwrap();
        for name in ["Fetch the branch and all history", "Build the site", "Push it to the branch `pages`"] {
            step(&site, name, &work, &environment);
        }
        git(&bare, &["rev-parse", "pages"]).trim().to_owned()
    };
    let first = round(1);
    let published = git(&bare, &["ls-tree", "-r", "--name-only", "pages"]);
    assert!(published.lines().any(|path| path == "index.html") && !published.contains(".boards"), "{published}");
    assert_eq!(round(2), first, "the same site is pushed once");
    fs::write(tea.join("content/general/board.yml"), "title: Everything\n").unwrap();
    git(&tea, &["commit", "-qam", "x"]);
    git(&tea, &["push", "-q", &text(&bare), "main"]);
    let second = round(3);
    assert_eq!(git(&bare, &["rev-parse", "pages~1"]).trim(), first);
    assert!(git(&bare, &["show", &format!("{second}:index.html")]).contains("Everything"));
}
