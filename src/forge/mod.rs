//! A forge and a forum's settings → the files with which the forge judges proposals, merges them and publishes the site.
//! The files are templates in the folders beside this one; nothing is written here, and no forge is asked.
//!
//! What is filled in is checked first, since it stands in files that forges run: see [`Program`], [`Owner`] and
//! [`files`].

use std::path::Path;
use std::str::FromStr;

use crate::config::Forge;
use crate::git::file_within;
use crate::{Error, Result};

/// The version of the files, which each has in its first line; it goes up with every change that forums should take over.
pub const VERSION: u32 = 2;

/// How the first line of each file begins; the [version](VERSION) follows.
const MARK: &str = "# boards-workflow: ";

/// The Rust that boards is compiled with on a runner: the oldest that it takes.
const RUST: &str = env!("CARGO_PKG_RUST_VERSION");

/// Where a runner gets boards from: a git repository and the one commit of it that is compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// The repository's address, `https` and without a login.
    pub url: String,
    /// The whole id of the commit, in small letters.
    pub commit: String,
}

/// Who is asked about changes of settings, people and looks: a name at the forge, or an organisation and a team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner(String);

/// One file for a forge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForgeFile {
    /// Its path from the repository's top.
    pub path: &'static str,
    /// What it says.
    pub text: String,
}

/// What the files say of a forum.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'f> {
    /// The branch that the site is made from.
    pub branch: &'f str,
    /// The content folder from the repository's top.
    pub content: &'f str,
    /// Where the runner gets boards from.
    pub program: &'f Program,
    /// Who owns settings and looks; without one there is no `CODEOWNERS`.
    pub owner: Option<&'f Owner>,
}

type Template = (&'static str, &'static str);

static GITHUB: [Template; 4] = [
    (".github/workflows/boards-check.yml", include_str!("github/check.yml")),
    (".github/workflows/boards-merge.yml", include_str!("github/merge.yml")),
    (".github/workflows/boards-site.yml", include_str!("github/site.yml")),
    (".github/CODEOWNERS", include_str!("github/CODEOWNERS")),
];
static GITLAB: [Template; 2] =
    [(".gitlab-ci.yml", include_str!("gitlab/ci.yml")), (".gitlab/CODEOWNERS", include_str!("gitlab/CODEOWNERS"))];
static FORGEJO: [Template; 3] = [
    (".forgejo/workflows/boards-check.yml", include_str!("forgejo/check.yml")),
    (".forgejo/workflows/boards-site.yml", include_str!("forgejo/site.yml")),
    (".forgejo/CODEOWNERS", include_str!("forgejo/CODEOWNERS")),
];
static GITEA: [Template; 3] = [
    (".gitea/workflows/boards-check.yml", include_str!("forgejo/check.yml")),
    (".gitea/workflows/boards-site.yml", include_str!("forgejo/site.yml")),
    (".gitea/CODEOWNERS", include_str!("forgejo/CODEOWNERS")),
];

/// The name of a forge, as `forum.yml` and the command line have it.
#[must_use]
pub fn name(forge: Forge) -> &'static str {
    match forge {
        Forge::GitHub => "github",
        Forge::GitLab => "gitlab",
        Forge::Gitea => "gitea",
        Forge::Forgejo => "forgejo",
    }
}

fn templates(forge: Forge) -> &'static [Template] {
    match forge {
        Forge::GitHub => &GITHUB,
        Forge::GitLab => &GITLAB,
        Forge::Gitea => &GITEA,
        Forge::Forgejo => &FORGEJO,
    }
}

/// The paths of all files that a forge may have from boards.
pub fn paths(forge: Forge) -> impl Iterator<Item = &'static str> {
    templates(forge).iter().map(|(path, _)| *path)
}

/// The files for a forge.
///
/// # Errors
/// When the branch or the content folder has characters that a workflow might take for something else.
pub fn files(forge: Forge, facts: &Facts<'_>) -> Result<Vec<ForgeFile>> {
    for (what, name) in [("the branch", facts.branch), ("the content folder", facts.content)] {
        if !plain(name) {
            return Err(Error::other(
                format!("{what} `{name}` can't stand in a workflow"),
                "letters, digits and `._/-` can; it begins with a letter or digit",
            ));
        }
    }
    let runner = if forge == Forge::Gitea { "ubuntu-latest" } else { "docker" };
    let version = VERSION.to_string();
    let fill = |text: &str| {
        [
            ("%version%", version.as_str()),
            ("%forge%", name(forge)),
            ("%branch%", facts.branch),
            ("%content%", facts.content),
            ("%url%", &facts.program.url),
            ("%commit%", &facts.program.commit),
            ("%owner%", facts.owner.map_or("", |owner| &owner.0)),
            ("%rust%", RUST),
            ("%runner%", runner),
        ]
        .iter()
        .fold(text.to_owned(), |text, (hole, value)| text.replace(hole, value))
    };
    let wanted = templates(forge).iter().filter(|(_, text)| facts.owner.is_some() || !text.contains("%owner%"));
    Ok(wanted.map(|(path, text)| ForgeFile { path, text: fill(text) }).collect())
}

/// The text of a file that boards may have made; none where there is none, or it has more than 1 MiB.
#[must_use]
pub fn read(path: &Path) -> Option<String> {
    String::from_utf8(file_within(path, 1 << 20).ok()?.ok()?).ok()
}

/// The version of a file that boards made; none where it isn't such a file.
#[must_use]
pub fn version(text: &str) -> Option<u32> {
    text.lines().next()?.strip_prefix(MARK)?.trim().parse().ok()
}

/// Where a file that boards made says that the runner gets boards from.
#[must_use]
pub fn program(text: &str) -> Option<Program> {
    version(text)?;
    let value = |name: &str| {
        let line = text.lines().find_map(|line| line.trim_start().strip_prefix(name)?.strip_prefix(": "));
        line.map(|value| value.trim().trim_matches('"'))
    };
    format!("{}#{}", value("BOARDS_URL")?, value("BOARDS_COMMIT")?).parse().ok()
}

impl FromStr for Program {
    type Err = String;

    /// Reads `https://git.example.org/boards#` and the forty digits of a commit.
    fn from_str(text: &str) -> Result<Program, String> {
        let (url, commit) = text.split_once('#').ok_or("the commit is missing: write ADDRESS#COMMIT")?;
        let host = url.strip_prefix("https://").ok_or("the address must begin with `https://`")?;
        let fits = |c: char| c.is_ascii_alphanumeric() || "._~/:-".contains(c);
        if !host.starts_with(|c: char| c.is_ascii_alphanumeric()) || !host.chars().all(fits) {
            return Err("the address may have letters, digits and `._~/:-`, and no login".into());
        }
        if commit.len() != 40 || !commit.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err("the commit must be a whole id of 40 digits: a branch or tag can be moved".into());
        }
        Ok(Program { url: url.to_owned(), commit: commit.to_ascii_lowercase() })
    }
}

impl FromStr for Owner {
    type Err = String;

    /// Reads `ada` or `tea/maintainers`, with or without an `@`.
    fn from_str(text: &str) -> Result<Owner, String> {
        let owner = text.strip_prefix('@').unwrap_or(text);
        if !plain(owner) {
            return Err("an owner is a name at the forge, as in `ada`, or a team, as in `tea/maintainers`".into());
        }
        Ok(Owner(owner.to_owned()))
    }
}

impl Owner {
    /// The owner of the repository at this web address: the first part of its path.
    #[must_use]
    pub fn of(url: &str) -> Option<Owner> {
        url.split_once("://")?.1.split('/').nth(1)?.parse().ok()
    }
}

impl std::fmt::Display for Owner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "@{}", self.0)
    }
}

/// Whether a name means nothing but itself to YAML, to shells and to forges.
fn plain(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "._/-".contains(c))
        && !name.contains("..")
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

    #[test]
    fn a_file_that_is_larger_than_any_of_boards_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yml");
        std::fs::write(&path, "tea\n").unwrap();
        assert_eq!(read(&path).as_deref(), Some("tea\n"));
        std::fs::File::options().write(true).open(&path).unwrap().set_len(1 << 43).unwrap();
        assert_eq!(read(&path), None);
    }

    #[test]
    fn a_program_is_an_address_and_a_whole_commit() {
        let program: Program = format!("https://git.example/boards.git#{COMMIT}").parse().unwrap();
        assert_eq!((program.url.as_str(), program.commit.as_str()), ("https://git.example/boards.git", COMMIT));
        for wrong in [
            "https://git.example/boards".to_owned(),
            "https://git.example/boards#main".to_owned(),
            format!("http://git.example/boards#{COMMIT}"),
            format!("https://me:secret@git.example/boards#{COMMIT}"),
            format!("https://git.example/$(boom)#{COMMIT}"),
            format!("https://git.example/a\"b#{COMMIT}"),
            format!("https://#{COMMIT}"),
        ] {
            assert!(wrong.parse::<Program>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_owner_is_a_name_or_a_team() {
        assert_eq!("@tea/maintainers".parse::<Owner>().unwrap().to_string(), "@tea/maintainers");
        assert_eq!(Owner::of("https://git.example/ada/forum").unwrap().to_string(), "@ada");
        assert_eq!(Owner::of("https://git.example"), None);
        assert!("a b".parse::<Owner>().is_err());
    }

    #[test]
    fn what_might_be_taken_for_something_else_is_refused() {
        let program: Program = format!("https://git.example/boards#{COMMIT}").parse().unwrap();
        for (branch, content) in [("ma\"in", "content"), ("main", "con tent"), ("-x", "content"), ("main", "${{ x }}")]
        {
            let facts = Facts { branch, content, program: &program, owner: None };
            assert!(files(Forge::GitHub, &facts).unwrap_err().hint().is_some());
        }
    }

    #[test]
    fn a_file_tells_its_version_and_its_program_again() {
        let program: Program = format!("https://git.example/boards#{COMMIT}").parse().unwrap();
        let facts = Facts { branch: "main", content: "content", program: &program, owner: None };
        for forge in [Forge::GitHub, Forge::GitLab, Forge::Gitea, Forge::Forgejo] {
            for file in files(forge, &facts).unwrap() {
                assert_eq!(version(&file.text), Some(VERSION), "{}", file.path);
                assert_eq!(super::program(&file.text), Some(program.clone()), "{}", file.path);
                assert!(!file.text.contains('%') || file.text.contains("printf \"password=%s"), "{}", file.path);
            }
        }
        assert_eq!(version("name: mine\n"), None);
    }
}
