//! The whole way, without any forge: a repository served over the network, ten people who post at once, one who merges,
//! and the site. Each post is on it once, and a second run changes nothing.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::forum::files;
use crate::forum::host::{Host, lay};
use crate::forum::program::{boards, git, quiet, skipped};

/// A server that ends with the test.
struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Serves the folder's repositories on loopback, and gives the address; none where git has no server.
fn serve(folder: &Path) -> Option<(Daemon, String)> {
    let path = git(folder, &["--exec-path"]);
    let program = PathBuf::from(path.trim()).join("git-daemon");
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut command = quiet(Command::new(program), folder);
    command.args(["--reuseaddr", "--listen=127.0.0.1", "--export-all", "--enable=receive-pack"]);
    command.arg(format!("--port={port}")).arg(format!("--base-path={}", folder.display()));
    let daemon = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok().map(Daemon)?;
    let address = format!("git://127.0.0.1:{port}");
    for _ in 0..200 {
        let mut command = quiet(Command::new("git"), folder);
        let asked = command.args(["ls-remote", &format!("{address}/origin.git")]).output().unwrap();
        if asked.status.success() {
            return Some((daemon, address));
        }
        std::thread::sleep(Duration::from_millis(25));
    }
    None
}

/// Makes a key of one's own, and gives its public half; none where there is no `ssh-keygen`.
fn key(folder: &Path, name: &str) -> Option<String> {
    let path = folder.join(name);
    let mut command = Command::new("ssh-keygen");
    command.args(["-q", "-t", "ed25519", "-N", "", "-C", name, "-f"]).arg(&path);
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().ok().filter(|status| status.success())?;
    fs::read_to_string(path.with_extension("pub")).ok().map(|text| text.trim().to_owned())
}

const PEOPLE: u64 = 10;

#[test]
fn ten_people_post_at_once_and_each_post_is_on_the_site_once() {
    let keys = tempfile::tempdir().unwrap();
    let names: Vec<String> = (1..=PEOPLE).map(|number| format!("person-{number}")).collect();
    let Some(public) = names.iter().map(|name| key(keys.path(), name)).collect::<Option<Vec<_>>>() else {
        return skipped("there is no ssh-keygen");
    };
    let member = |(name, key): (&String, &String)| {
        format!(
            "=== content/members/{name}.yml\nname: {name}\nemails: [{name}@tea.example]\nkeys: [\"{key}\"]\n\
             === content/general/tea/first-{name}.md\n---\nauthor: {name}\ndate: 2026-01-02T10:00:00Z\n---\nHello from {name}.\n"
        )
    };
    let host = Host::new(&names.iter().zip(&public).map(member).collect::<String>());
    let Some((_daemon, address)) = serve(&host.dir) else { return skipped("there is no git daemon") };
    let address = format!("{address}/origin.git");

    std::thread::scope(|scope| {
        for (number, name) in (1..).zip(&names) {
            let (dir, keys, address) = (&host.dir, keys.path(), &address);
            scope.spawn(move || {
                git(dir, &["clone", "-q", address, name]);
                let clone = dir.join(name);
                let text = format!(
                    "=== content/general/tea/{name}.md\n---\nauthor: {name}\ndate: 2026-01-03T10:00:00Z\n---\nThe words of {name}.\n"
                );
                lay(&clone, &text);
                let settings = [
                    format!("user.name={name}"),
                    format!("user.email={name}@tea.example"),
                    String::from("gpg.format=ssh"),
                    format!("user.signingKey={}", keys.join(name).display()),
                ];
                let mut arguments: Vec<&str> = settings.iter().flat_map(|setting| ["-c", setting]).collect();
                git(&clone, &["add", "-A"]);
                arguments.extend(["commit", "-q", "-S", "-m", "Post"]);
                git(&clone, &arguments);
                git(&clone, &["push", "-q", "origin", &format!("HEAD:refs/pull/{number}/head")]);
            });
        }
    });

    git(&host.dir, &["clone", "-q", &address, "merger"]);
    let merger = host.know("merger");
    let ran = boards(&merger, &["merge", "--all", "--push"]).ends(0);
    assert_eq!(ran.out.lines().filter(|line| line.contains("  merged  ")).count() as u64, PEOPLE, "{}", ran.out);
    let tip = git(&merger, &["rev-parse", "main"]);
    assert_eq!(git(&host.origin, &["rev-parse", "main"]), tip);
    assert_eq!(git(&merger, &["rev-parse", "origin/main"]), tip);
    assert_eq!(git(&merger, &["status", "--porcelain"]), "");
    for place in [&merger, &host.origin] {
        assert_eq!(git(place, &["fsck", "--strict", "--no-dangling"]), "");
    }

    boards(&merger, &["check"]).ends(0);
    boards(&merger, &["build", "-q"]).ends(0);
    let page = fs::read_to_string(merger.join("output/general/tea/index.html")).unwrap();
    for name in &names {
        assert_eq!(page.matches(&format!("The words of {name}.")).count(), 1, "{name}");
    }

    assert_eq!(page.matches(">Verified<").count() as u64, PEOPLE, "each was signed by its author");

    let before = (files(&merger.join(".git/refs")), files(&merger.join(".git/objects")), files(&host.origin));
    let ran = boards(&merger, &["merge", "--all", "--push"]).ends(0);
    assert!(ran.err.starts_with("no proposals"), "{}", ran.err);
    let numbers: Vec<String> = (1..=PEOPLE).map(|number| number.to_string()).collect();
    let mut again = vec!["merge", "--push"];
    again.extend(numbers.iter().map(String::as_str));
    let ran = boards(&merger, &again).ends(0);
    assert_eq!(
        ran.out.lines().filter(|line| line.contains("  already merged  ")).count() as u64,
        PEOPLE,
        "{}",
        ran.out
    );
    let after = (files(&merger.join(".git/refs")), files(&merger.join(".git/objects")), files(&host.origin));
    assert!(before == after, "a second run changed something");
}
