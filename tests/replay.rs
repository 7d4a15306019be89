//! The last posts of a real forum, taken off and proposed anew by those who wrote them → the very tree that stood.
//! `BOARDS_TEST_FORUM` names a git bundle or repository with a forum of one commit a post; without it nothing is tried.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::forum::program::{Ran, boards, git, quiet, skipped};
use boards::git::{Oid, Repository, write};

/// So many posts are proposed.
const POSTS: usize = 500;

/// A real forum without its last posts, in which everybody who wrote one of them has a key; and those posts, each as a
/// signed commit of its own. Links that only the forum's old program understood (`upload:`) are made ones of the web, on
/// both sides: what a proposal adds may have no warning.
struct Replay {
    _folder: tempfile::TempDir,
    forum: PathBuf,
    proposals: Vec<String>,
    /// The tree with all of them.
    whole: Oid,
}

impl Replay {
    /// Takes the posts off. `policy` is what forum.yml says of proposals.
    fn new(policy: &str) -> Option<Replay> {
        let Some(from) = std::env::var_os("BOARDS_TEST_FORUM") else {
            skipped("BOARDS_TEST_FORUM names no forum");
            return None;
        };
        if Command::new("ssh-keygen").arg("-?").output().is_err() {
            skipped("there is no ssh-keygen");
            return None;
        }
        let from = fs::canonicalize(from).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().canonicalize().unwrap();
        git(&dir, &["clone", "-q", from.to_str().unwrap(), "forum"]);
        let forum = dir.join("forum");
        git(&forum, &["config", "user.name", "Cleo"]);
        git(&forum, &["config", "user.email", "cleo@forum.example"]);
        let log =
            git(&forum, &["log", &format!("-{POSTS}"), "--reverse", "--name-only", "--format=%H%x00%an%x00%ae%x00%aI"]);
        let posts: Vec<Vec<String>> = log
            .split("\n\n")
            .flat_map(|part| part.split('\n'))
            .filter(|line| !line.is_empty())
            .collect::<Vec<_>>()
            .chunks(2)
            .map(|pair| pair[0].split('\0').chain([pair[1]]).map(str::to_owned).collect())
            .collect();
        assert_eq!(posts.len(), POSTS, "each commit adds one post");

        let repository = Repository::find(&forum).unwrap().unwrap();
        let blob = |text: &str| Some(write::blob(&repository, text.as_bytes()).unwrap());
        let mut changes = Vec::new();
        let settings = fs::read_to_string(forum.join("content/forum.yml")).unwrap();
        changes.push((String::from("content/forum.yml"), blob(&format!("{}\n{policy}", settings.trim_end()))));
        let members = git(&forum, &["ls-files", "content/members"]);
        let mut keys: BTreeMap<String, PathBuf> = BTreeMap::new();
        let mut files = Vec::new();
        for post in &posts {
            let text = git(&forum, &["show", &format!("{}:{}", post[0], post[4])]);
            let handle = text.lines().find_map(|line| line.strip_prefix("author: ")).unwrap().trim().to_owned();
            let text = text.replace("upload://", "https://forum.example/upload/");
            files.push((handle.clone(), (post[4].clone(), blob(&text))));
            if keys.contains_key(&handle) {
                continue;
            }
            let key = dir.join(format!("key-{}", keys.len()));
            let made =
                Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-C", "x", "-f"]).arg(&key).output();
            assert!(made.unwrap().status.success());
            let public = fs::read_to_string(key.with_extension("pub")).unwrap();
            let file = members.lines().find(|path| path.ends_with(&format!("/{handle}.yml"))).map(str::to_owned);
            let (file, text) = match file {
                Some(file) => (file.clone(), fs::read_to_string(forum.join(file)).unwrap()),
                None => (format!("content/members/{handle}.yml"), format!("name: {handle}\n")),
            };
            changes.push((file, blob(&format!("{}\nkeys: [\"{}\"]\n", text.trim_end(), public.trim()))));
            keys.insert(handle, key);
        }
        let tree = |revision: &str| Oid::from_str(git(&forum, &["rev-parse", revision]).trim()).unwrap();
        let old = format!("HEAD~{POSTS}");
        let base = write::edit(&repository, tree(&format!("{old}^{{tree}}")), &changes).unwrap();
        changes.extend(files.iter().map(|(_, file)| file.clone()));
        let whole = write::edit(&repository, tree("HEAD^{tree}"), &changes).unwrap();
        let tip = git(&forum, &["commit-tree", "-p", &old, "-m", "Give everybody a key", &base.to_string()]);

        let mut proposals = Vec::new();
        for (post, (handle, file)) in posts.iter().zip(&files) {
            let [_, name, email, when, _] = &post[..] else { unreachable!() };
            let added = write::edit(&repository, base, std::slice::from_ref(file)).unwrap();
            let mut git = quiet(Command::new("git"), &forum);
            git.args(["-c", "gpg.format=ssh", "-c"]).arg(format!("user.signingKey={}", keys[handle].display()));
            git.args(["commit-tree", "-S", "-p", tip.trim(), "-m", "Post", &added.to_string()]);
            git.env("GIT_AUTHOR_NAME", name).env("GIT_AUTHOR_EMAIL", email).env("GIT_AUTHOR_DATE", when);
            proposals.push(Ran::of(git.output().unwrap()).ends(0).out.trim().to_owned());
        }
        git(&forum, &["reset", "-q", "--hard", tip.trim()]);
        Some(Replay { _folder: folder, forum, proposals, whole })
    }

    fn merge(&self, more: &[&str]) -> Ran {
        let mut arguments = vec!["merge", "--format", "short"];
        arguments.extend(more);
        arguments.extend(self.proposals.iter().map(String::as_str));
        boards(&self.forum, &arguments)
    }
}

fn tip(forum: &Path) -> String {
    git(forum, &["rev-parse", "HEAD^{tree}"]).trim().to_owned()
}

#[test]
fn the_last_posts_of_a_real_forum_merge_to_the_tree_that_stood() {
    let policy = "policy: { proposals: { days_back: 36500, posts_a_day: 1000000, topics_a_day: 1000000, repeats: true, \
                  newcomer_links: 1000, newcomer_images: 1000, newcomer_mentions: 1000 } }\n";
    let Some(replay) = Replay::new(policy) else { return };
    let ran = replay.merge(&["--approve"]).ends(0);
    assert_eq!(ran.out.lines().filter(|line| line.contains("  merged  ")).count(), POSTS, "{}", ran.out);
    assert_eq!(tip(&replay.forum), replay.whole.to_string());
    assert_eq!(git(&replay.forum, &["status", "--porcelain"]), "");
    assert_eq!(git(&replay.forum, &["fsck", "--strict", "--no-dangling"]), "");
    assert_eq!(replay.merge(&[]).ends(0).out.lines().filter(|line| line.contains("  already merged")).count(), POSTS);
}

#[test]
fn posts_of_years_ago_are_refused_by_their_dates() {
    let Some(replay) = Replay::new("") else { return };
    let before = tip(&replay.forum);
    let ran = replay.merge(&["--approve"]).ends(1);
    assert_eq!(ran.out.lines().filter(|line| line.contains("error[post-date]")).count(), POSTS, "{}", ran.out);
    assert_eq!(ran.out.lines().filter(|line| line.contains("  refused  ")).count(), POSTS);
    assert_eq!(tip(&replay.forum), before);
}
