//! Which posts the site shows as verified: those whose text stands in a commit that is signed with a key of their
//! author's. Commits and keys are real ones, made by the test.

use std::process::Command;

use crate::forum::program::{git, quiet, skipped};
use crate::forum::{Forum, difference, public_key};
use boards::git::Source;
use boards::monitor::Work;

const BOARD: &str = "=== content/general/board.yml\ntitle: General\n";
const PAGE: &str = "general/tea/index.html";

fn member(name: &str, field: &str) -> String {
    format!("=== content/members/{name}.yml\n{field}: [\"{}\"]\nemails: [{name}@tea.example]\n", public_key(name))
}

/// A topic of Ada's in which Bob has answered, in a commit that `signer` signs.
fn topic(members: &str, signer: &str) -> Forum {
    let forum = Forum::of(&format!("{BOARD}{members}"));
    forum.commit("cleo", 1_700_000_000);
    forum.write("content/general/tea/1.md", "---\ntitle: Tea?\nauthor: ada\n---\nWhich one?\n");
    forum.write("content/general/tea/2.md", "---\nauthor: bob\n---\nGreen.\n");
    forum.commit_signed("ada", 1_700_000_010, signer);
    forum
}

/// The numbers of the posts that a build shows as verified. It is as any other build of the same would have it.
fn verified(forum: &Forum) -> Vec<usize> {
    forum.build();
    let clean = forum.clean(Source::WorkingCopy);
    assert_eq!(difference(&forum.site(), &clean), [""; 0]);
    shown(&String::from_utf8(clean[PAGE].clone()).unwrap())
}

fn shown(page: &str) -> Vec<usize> {
    let posts = page.split("<article ").skip(1);
    (1..).zip(posts).filter(|(_, post)| post.contains(">Verified<")).map(|(number, _)| number).collect()
}

#[test]
fn a_post_in_a_commit_that_its_author_has_signed_is_verified_and_the_key_is_named() {
    let forum = topic(&(member("ada", "keys") + &member("bob", "keys")), "ada");
    assert_eq!(verified(&forum), [1]);
    let fingerprint = crate::forum::key("ada").public_key().fingerprint(ssh_key::HashAlg::Sha256).to_string();
    assert!(
        forum.page(PAGE).contains(&format!("author’s key {}\"", fingerprint.replace('+', "&#43;")))
            || forum.page(PAGE).contains(&format!("author’s key {fingerprint}\""))
    );
}

#[test]
fn a_key_that_is_revoked_nobodys_or_two_peoples_verifies_nothing() {
    for members in [
        member("ada", "revoked_keys"),
        member("bob", "keys"),
        member("ada", "keys") + &member("ada", "revoked_keys").replace("members/ada", "members/zoe"),
        member("ada", "keys") + &member("ada", "keys").replace("members/ada", "members/zoe"),
    ] {
        assert_eq!(verified(&topic(&members, "ada")), [0; 0], "{members}");
    }
}

#[test]
fn a_signature_by_another_members_key_verifies_no_post_but_their_own() {
    let forum = topic(&(member("ada", "keys") + &member("bob", "keys")), "bob");
    assert_eq!(verified(&forum), [2]);
}

#[test]
fn an_unsigned_change_of_the_text_ends_it_and_one_of_the_front_matter_does_not() {
    let forum = topic(&member("ada", "keys"), "ada");
    let path = "content/general/tea/1.md";
    forum.write(path, "---\ntitle: Tea!\nauthor: ada\n---\nWhich one?\n");
    assert_eq!(verified(&forum), [1]);
    forum.commit("cleo", 1_700_000_020);
    assert_eq!(verified(&forum), [1]);
    forum.write(path, "---\ntitle: Tea!\nauthor: ada\n---\nWhich other?\n");
    assert_eq!(verified(&forum), [0; 0], "not committed yet");
    forum.commit("cleo", 1_700_000_030);
    assert_eq!(verified(&forum), [0; 0]);
    forum.write(path, "---\ntitle: Tea!\nauthor: ada\n---\nWhich one?\n");
    forum.commit_signed("ada", 1_700_000_040, "ada");
    assert_eq!(verified(&forum), [1]);
    forum.write(path, "---\ntitle: Tea!\nauthor: bob\n---\nWhich one?\n");
    assert_eq!(verified(&forum), [0; 0], "the words are another's now");
}

#[test]
fn keys_of_all_types_but_rsa_are_checked() {
    for (kind, bits, shows) in [
        ("ed25519", "256", true),
        ("ecdsa", "256", true),
        ("ecdsa", "384", true),
        ("ecdsa", "521", true),
        ("rsa", "2048", false),
    ] {
        let forum = Forum::of(BOARD);
        let (folder, place) = (forum.path(".git"), forum.path(".git/key"));
        let mut command = quiet(Command::new("ssh-keygen"), &folder);
        command.args(["-q", "-t", kind, "-b", bits, "-N", "", "-C", "x", "-f", "key"]);
        if !command.status().is_ok_and(|status| status.success()) {
            skipped(&format!("there is no ssh-keygen that makes keys of {kind}"));
            return;
        }
        let public = std::fs::read_to_string(place.with_extension("pub")).unwrap();
        forum.write("content/members/ada.yml", format!("keys: [\"{}\"]\n", public.trim()));
        forum.write(
            "content/general/tea/1.md",
            "---\ntitle: Tea?\nauthor: ada\ndate: 2026-01-01T10:00:00Z\n---\nWhich one?\n",
        );
        git(forum.dir(), &["add", "-A"]);
        let key = format!("user.signingKey={}", place.display());
        let settings = ["-c", "user.name=x", "-c", "user.email=x@tea.example", "-c", "gpg.format=ssh", "-c", &key];
        git(forum.dir(), &[&settings[..], &["commit", "-q", "-S", "-m", "x"]].concat());
        assert_eq!(verified(&forum).len(), usize::from(shows), "{kind} of {bits} bits");
    }
}

#[test]
fn a_topic_that_moves_stays_verified() {
    let forum = topic(&member("ada", "keys"), "ada");
    forum.rename("content/general/tea", "content/general/pot");
    forum.commit("cleo", 1_700_000_020);
    forum.rename("content/general/pot", "content/general/tea");
    forum.commit("cleo", 1_700_000_030);
    assert_eq!(verified(&forum), [1]);
}

#[test]
fn what_members_files_say_counts_as_it_stands() {
    let forum = topic("", "ada");
    assert_eq!(verified(&forum), [0; 0]);
    for (text, shows) in [
        (format!("keys: [\"{}\"]\n", public_key("ada")), vec![1]),
        (format!("keys: [\"{}\"]\nanonymous: true\n", public_key("ada")), vec![]),
        (format!("keys: [\"{}\"]\n", public_key("bob")), vec![]),
        (format!("keys: [\"{0}\"]\nrevoked_keys: [\"{0}\"]\n", public_key("ada")), vec![]),
        (String::from("name: Ada\n"), vec![]),
        (format!("keys: [\"{}\"]\n", public_key("ada")), vec![1]),
    ] {
        forum.write("content/members/ada.yml", &text);
        assert_eq!(verified(&forum), shows, "{text}");
    }
    forum.write("content/general/tea/topic.yml", "locked: true\n");
    forum.write("content/general/tea/1.md", "---\ntitle: Tea?\nauthor: ada\nhidden: spam\n---\nWhich one?\n");
    assert_eq!(verified(&forum), [0; 0], "there is nothing to be seen of it");
}

#[test]
fn commits_are_read_for_their_signatures_once_and_only_where_somebody_has_a_key() {
    let forum = topic("", "ada");
    assert_eq!(forum.counted().1.of(Work::SignatureRead), 0);
    forum.write("content/members/ada.yml", format!("keys: [\"{}\"]\n", public_key("ada")));
    let counter = forum.counted().1;
    assert_eq!((counter.of(Work::SignatureRead), counter.of(Work::BodyRendered)), (1, 0));
    forum.write("content/general/tea/3.md", "---\nauthor: bob\n---\nBlack.\n");
    forum.commit("bob", 1_700_000_050);
    forum.counted();
    forum.write("content/general/board.yml", "title: Everything\n");
    assert_eq!(forum.counted().1.of(Work::SignatureRead), 0);
}
