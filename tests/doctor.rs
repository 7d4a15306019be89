//! What will hurt sooner or later is found, with its fix, and a healthy forum has nothing to fear.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use crate::forum::program::{Ran, boards, git};
use crate::forum::{Forum, large};

fn doctor(forum: &Forum) -> Ran {
    boards(forum.dir(), &["doctor"])
}

/// The names of what is found.
fn found(ran: &Ran) -> Vec<&str> {
    let heads = ran.out.lines().filter(|line| !line.starts_with(' '));
    heads.filter_map(|line| Some(line.split_once('[')?.1.split_once(']')?.0)).collect()
}

#[test]
fn a_healthy_forum_has_no_findings() {
    let forum = large(1, 3, 2);
    boards(forum.dir(), &["build", "-q"]).ends(0);
    let ran = doctor(&forum).ends(0);
    assert_eq!((&*ran.out, &*ran.err), ("", "0 errors, 0 warnings, 0 hints\n"));
}

#[test]
fn a_shallow_clone_is_told_with_what_it_costs() {
    let forum = Forum::new();
    forum.write("content/general/board.yml", "title: General\n");
    forum.write("content/general/tea/1.md", "---\ntitle: Tea?\nauthor: ada\n---\n");
    forum.commit("ada", 1_767_300_000);
    forum.write("content/general/tea/2.md", "---\nauthor: ada\n---\nGreen.\n");
    forum.commit("ada", 1_767_300_100);
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["clone", "-q", "--depth", "1", &format!("file://{}", forum.dir().display()), "shallow"]);
    let ran = boards(&folder.path().join("shallow"), &["doctor"]).ends(1);
    assert!(ran.out.contains("= help: `git fetch --unshallow`"), "{}", ran.out);
    assert!(found(&ran).contains(&"shallow-clone") && found(&ran).contains(&"missing-history"), "{}", ran.out);
    assert!(ran.out.contains(" --> content/general/tea/1.md\n"), "{}", ran.out);
}

#[test]
fn a_forum_without_commits_or_repository_is_told() {
    let forum = Forum::new();
    forum.write("content/general/board.yml", "title: General\n");
    let ran = doctor(&forum).ends(1);
    assert_eq!(found(&ran), ["no-history"]);
    forum.remove(".git");
    assert_eq!(found(&doctor(&forum).ends(1)), ["no-repository"]);
}

#[test]
fn errors_that_keep_the_site_from_being_built_are_listed() {
    let forum = large(1, 2, 1);
    forum.write("content/board-0/board.yml", "titel: Tea\n");
    let ran = doctor(&forum).ends(1);
    assert_eq!(found(&ran), ["unbuildable"]);
    assert!(ran.out.contains(" --> content/board-0/board.yml:1:1\n"), "{}", ran.out);
}

#[test]
fn dead_links_are_listed_with_their_places() {
    let forum = large(1, 2, 1);
    let links: String = (0..12).map(|n| format!("[a](../nowhere-{n}/)\n\n")).collect();
    let text = format!("---\nauthor: ada\ndate: 2026-02-01T10:00:00Z\n---\n{links}[b](../topic-1/)\n");
    forum.write("content/board-0/topic-0/x.md", text);
    let ran = doctor(&forum).ends(1);
    assert_eq!(found(&ran), ["dead-links"]);
    assert!(ran.out.contains(" --> content/board-0/topic-0/x.md:5:1\n") && ran.out.contains(" and 2 more: `-v`"));
    let all = boards(forum.dir(), &["doctor", "-v"]).ends(1).out;
    assert_eq!(all.matches(" --> ").count(), 12);
}

#[test]
fn a_folder_that_no_forge_shows_whole_is_told() {
    let forum = large(1, 1, 1);
    for n in 0..3001 {
        forum.write(&format!("content/members/member-{n}.yml"), format!("name: Member {n}\n"));
    }
    let ran = doctor(&forum).ends(1);
    assert_eq!(found(&ran), ["large-folder"]);
    assert!(
        ran.out.contains("this folder has 3001 entries") && ran.out.contains(" --> content/members\n"),
        "{}",
        ran.out
    );
}

#[test]
fn deep_packs_and_loose_objects_are_told() {
    let forum = large(1, 1, 1);
    let repository = git2::Repository::open(forum.dir()).unwrap();
    for n in 0..6701u32 {
        repository.blob(&n.to_le_bytes()).unwrap();
    }
    let ran = doctor(&forum).ends(0);
    assert_eq!(found(&ran), ["loose-objects"]);
    assert!(ran.out.starts_with("hint[loose-objects]: 67"), "{}", ran.out);
    git(forum.dir(), &["prune"]);

    // Each blob becomes the difference to the one before.
    let mut stream = Vec::new();
    let mut words = String::new();
    for n in 0..120u64 {
        words.push_str(&format!("Word {:x} and {:x}.\n", n.wrapping_mul(0x9e37_79b9_7f4a_7c15), n * n));
        stream.extend(format!("blob\ndata {}\n{words}\n", words.len()).into_bytes());
    }
    let mut command = std::process::Command::new("git");
    command.args(["-c", "fastimport.unpackLimit=1", "fast-import", "--quiet", "--depth=200"]).current_dir(forum.dir());
    let mut import = command.stdin(Stdio::piped()).spawn().unwrap();
    import.stdin.take().unwrap().write_all(&stream).unwrap();
    assert!(import.wait().unwrap().success());
    let ran = doctor(&forum).ends(0);
    assert_eq!(found(&ran), ["deep-packs"]);
    assert!(ran.out.contains("= help: `git repack -a -d -f --depth=50`"), "{}", ran.out);
    let deepest: u32 = ran.out.split_once("up to ").unwrap().1.split(':').next().unwrap().parse().unwrap();
    let verified = git(forum.dir(), &["verify-pack", "-s", &pack(&forum)]);
    let longest =
        verified.lines().filter_map(|line| line.strip_prefix("chain length = ")?.split(':').next()).next_back();
    assert_eq!(deepest.to_string(), longest.unwrap().trim());
    git(forum.dir(), &["repack", "-a", "-d", "-f", "-k", "-q", "--depth=50"]);
    assert_eq!(found(&doctor(&forum).ends(0)), [""; 0]);

    fs::write(forum.path(&format!("{}x", pack(&forum).trim_end_matches("idx"))).with_extension("promisor"), "")
        .unwrap();
    assert_eq!(found(&doctor(&forum).ends(1)), ["partial-clone"]);
}

/// The index of the only pack.
fn pack(forum: &Forum) -> String {
    let folder = ".git/objects/pack";
    let names = fs::read_dir(forum.path(folder)).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap());
    format!("{folder}/{}", names.into_iter().find(|name| name.ends_with(".idx")).unwrap())
}

#[test]
fn an_output_that_its_host_would_not_take_is_told() {
    let forum = large(1, 1, 1);
    let settings = "format: 1\ntitle: Tea\nbase_url: https://tea.pages.dev/\npolicy: { attachment_bytes: 67108864 }\n";
    forum.write("content/forum.yml", settings);
    let mut picture = b"GIF89a\x01\x00\x01\x00\x00\x00\x00".to_vec();
    picture.resize(26 << 20, 0);
    forum.write("content/board-0/topic-0/dot.gif", picture);
    let text = "---\nauthor: ada\ndate: 2026-02-01T10:00:00Z\n---\n![a dot](dot.gif)\n";
    forum.write("content/board-0/topic-0/big.md", text);
    assert_eq!(found(&doctor(&forum).ends(0)), [""; 0], "there is no output yet");
    boards(forum.dir(), &["build", "-q"]).ends(0);
    let ran = doctor(&forum).ends(1);
    assert_eq!(found(&ran), ["host-limit"]);
    assert!(ran.out.starts_with("error[host-limit]: Cloudflare Pages takes 26,214,400 bytes a file"), "{}", ran.out);
}

#[test]
fn a_workflow_of_an_older_boards_is_told() {
    let forum = large(1, 1, 1);
    forum.write(".github/workflows/boards-site.yml", "# boards-workflow: 0\nname: boards site\n");
    forum.write(".github/workflows/mine.yml", "name: mine\n");
    let ran = doctor(&forum).ends(1);
    assert_eq!(found(&ran), ["old-workflow"]);
    assert!(ran.out.contains("boards forge github --force"), "{}", ran.out);
    assert!(ran.out.contains(" --> .github/workflows/boards-site.yml\n"), "{}", ran.out);
}

#[test]
fn json_has_every_finding_with_its_fix() {
    let forum = large(1, 1, 1);
    forum.write("content/board-0/topic-0/x.md", "---\nauthor: ada\ndate: 2026-02-01T10:00:00Z\n---\n[a](../b/)\n");
    let json = boards(forum.dir(), &["doctor", "--format", "json"]).ends(1).json();
    let finding = &json["findings"][0];
    assert_eq!((&finding["code"], &finding["severity"]), (&"dead-links".into(), &"warning".into()));
    assert_eq!(finding["places"], serde_json::json!(["content/board-0/topic-0/x.md:5:1"]));
    assert!(finding["message"].is_string() && finding["fix"].is_string());
}
