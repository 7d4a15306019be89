//! `boards init`: a new forum repository that builds at once.

use std::fs;
use std::path::{Path, PathBuf};

use git2::Repository;
use jiff::{Timestamp, tz::TimeZone};
use serde_json::json;

use super::forge::{Runner, named};
use super::identity::Identity;
use super::terminal::Terminal;
use super::{Common, Done, Exit};
use crate::config::{BaseUrl, Forge};
use crate::content::suggested_name;
use crate::forge::{self, Facts, ForgeFile, Owner};
use crate::git::write::{self, Draft, Person};
use crate::git::{self, Oid};
use crate::yaml::{list, scalar};
use crate::{Error, Result};

/// Make a new forum
///
/// Writes forum.yml, a board with a topic and a member's file for you, with --forge the forge's workflow files too, and
/// commits them.
///
/// Example: boards init tea --title "Tea Lovers"
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Init {
    /// The folder of the new repository; made when it isn't there
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// The forum's title; made from the folder's name when left out
    #[arg(long)]
    title: Option<String>,
    /// The address that the site will stand at
    #[arg(long, value_name = "URL", value_parser = |text: &str| BaseUrl::parse(text).map(|_| text.to_owned()).ok_or("an address like https://tea.example.org/ is needed"))]
    base_url: Option<String>,
    /// The forge that the repository will stand on, whose workflow files are written as well: github, gitlab, gitea or forgejo
    #[arg(long, value_name = "FORGE", value_parser = named, requires = "boards")]
    forge: Option<Forge>,
    /// The repository's web address there
    #[arg(long, value_name = "URL", requires = "forge", value_parser = address)]
    url: Option<String>,
    #[command(flatten)]
    runner: Runner,
}

fn address(text: &str) -> Result<String, String> {
    let address = text.trim_end_matches('/');
    BaseUrl::parse(address)
        .map(|_| address.to_owned())
        .ok_or_else(|| "an address like https://github.com/tea/forum".into())
}

const WELCOME: &str = "\
Welcome! This is the first topic of your forum, and this text its opening post.

A forum made with boards is a folder of Markdown files in git:

- a **board** is a folder with a `board.yml`,
- a **topic** is a folder in a board,
- a **post** is a file in a topic; the one with a `title` opens it.

To answer, add a file beside this one, commit it, and build again. Then change what you like here, or remove it.
";

impl Init {
    pub(super) fn run(self, common: &Common, terminal: &Terminal) -> Done {
        let dir = common.repository.join(&self.dir);
        let content = common.content.trim_matches('/');
        let at = dir.join(content);
        if at.exists() {
            let message = format!("{}: there is a content folder already", at.display());
            return Err(Error::other(message, "name a new folder: `boards init my-forum`"));
        }
        fs::create_dir_all(&dir).map_err(Error::io(&dir))?;
        let repository = match Repository::open(&dir) {
            Ok(repository) => repository,
            Err(_) => {
                let mut options = git2::RepositoryInitOptions::new();
                options.initial_head("main").external_template(false);
                Repository::init_opts(&dir, &options).map_err(Error::git(format!("make {}", dir.display())))?
            }
        };
        let branch = branch(&repository);
        let author = Identity::of(git::Repository::find(repository.path())?.as_ref()).ok();
        let author = author.filter(|it| !it.name.is_empty() && !it.email.is_empty());
        let name = author.as_ref().map_or_else(|| String::from("Maintainer"), |it| it.name.clone());
        let email = author.as_ref().map_or_else(String::new, |it| it.email.clone());
        let handle = match suggested_name(&name) {
            handle if handle.is_empty() => String::from("maintainer"),
            handle => handle,
        };
        let mut files: Vec<(String, String)> = self
            .forum(&dir, &branch, &handle, &name, &email)
            .into_iter()
            .map(|(path, text)| (format!("{content}/{path}"), text))
            .chain([(".gitignore".into(), "/output/\n".into())])
            .collect();
        files.extend(self.workflows(&branch, content)?.into_iter().map(|file| (file.path.to_owned(), file.text)));
        let mut made = Vec::new();
        for (path, text) in files {
            let place = dir.join(&path);
            // The content folder is new; what else is there already is somebody's.
            if place.exists() {
                continue;
            }
            place.parent().map_or(Ok(()), fs::create_dir_all).map_err(Error::io(&place))?;
            fs::write(&place, text).map_err(Error::io(&place))?;
            made.push(path);
        }
        let committed = match &author {
            Some(author) => Some(commit(&repository, author, &made)?),
            None => None,
        };
        if terminal.json() {
            let commit = committed.map(|id| id.to_string());
            terminal.result(&json!({ "path": dir, "files": made, "commit": commit }))?;
            return Ok(Exit::Fine);
        }
        terminal.say(&format!("a new forum in {}: {} files", dir.display(), made.len()));
        if committed.is_none() {
            terminal.say("not committed: git doesn't know who you are (`git config --global user.name`, `user.email`)");
        }
        terminal.say(&format!("make its site with `boards -C {} build`", dir.display()));
        Ok(Exit::Fine)
    }

    fn title(&self, dir: &Path) -> String {
        let folder = || {
            let name = fs::canonicalize(dir).ok()?.file_name()?.to_string_lossy().replace(['-', '_'], " ");
            let mut letters = name.chars();
            Some(letters.next()?.to_uppercase().chain(letters).collect())
        };
        self.title.clone().or_else(folder).unwrap_or_else(|| String::from("Forum"))
    }

    /// The files of the content folder, by their paths in it.
    fn forum(&self, dir: &Path, branch: &str, handle: &str, name: &str, email: &str) -> Vec<(String, String)> {
        let now = Timestamp::now();
        let date = now.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let stem = now.to_zoned(TimeZone::UTC).strftime("%Y%m%d-%H%M%S").to_string();
        let title = scalar(&self.title(dir));
        let base = self.base_url.as_ref().map_or_else(
            || String::from("# base_url: https://example.org/   # where the site will stand; feeds need it\n"),
            |url| format!("base_url: {url}\n"),
        );
        let repository = match (self.forge, &self.url) {
            (Some(forge), Some(url)) => {
                format!(
                    "repository:\n  forge: {}\n  url: {}\n  branch: {}\n",
                    forge::name(forge),
                    scalar(url),
                    scalar(branch)
                )
            }
            _ => String::new(),
        };
        let emails = if email.is_empty() { String::new() } else { format!("emails: {}\n", list([email])) };
        vec![
            ("forum.yml".into(), format!("format: 1\ntitle: {title}\ndescription: A new forum.\n{base}{repository}")),
            (
                "general/board.yml".into(),
                "title: General\ndescription: Everything that has no board of its own.\n".into(),
            ),
            (
                format!("general/welcome/{stem}-{handle}.md"),
                format!("---\ntitle: Welcome\nauthor: {}\ndate: {date}\n---\n{WELCOME}", scalar(handle)),
            ),
            (format!("members/{handle}.yml"), format!("name: {}\nrole: maintainer\n{emails}", scalar(name))),
        ]
    }

    /// The files for the forge, where there is one.
    fn workflows(&self, branch: &str, content: &str) -> Result<Vec<ForgeFile>> {
        let (Some(forge), Some(program)) = (self.forge, &self.runner.boards) else { return Ok(Vec::new()) };
        let owner = self.runner.owner.clone().or_else(|| Owner::of(self.url.as_ref()?));
        forge::files(forge, &Facts { branch, content, program, owner: owner.as_ref() })
    }
}

/// The branch that is checked out, which may have no commit yet.
fn branch(repository: &Repository) -> String {
    let head = repository.find_reference("HEAD").ok();
    let target = head.as_ref().and_then(|head| head.symbolic_target().ok().flatten()?.strip_prefix("refs/heads/"));
    target.unwrap_or("main").to_owned()
}

/// Commits these files and nothing else, whatever the index of a standing repository holds.
fn commit(handle: &Repository, author: &Identity, files: &[String]) -> Result<Oid> {
    let failed = || Error::git("make the first commit");
    let mut index = handle.index().map_err(failed())?;
    let mut changes = Vec::with_capacity(files.len());
    for file in files {
        index.add_path(Path::new(file)).map_err(failed())?;
        changes.push((file.clone(), index.get_path(Path::new(file), 0).map(|entry| entry.id)));
    }
    let place = handle.path();
    let repository = git::Repository::find(place)?
        .ok_or_else(|| Error::other(format!("{}: it is gone", place.display()), "run `boards init` again"))?;
    let parent = repository.reference("HEAD")?;
    let top = match parent {
        Some(parent) => repository.tree(parent)?,
        None => handle.treebuilder(None).and_then(|tree| tree.write()).map_err(failed())?,
    };
    let seconds = Timestamp::now().as_second();
    let person = Person { name: author.name.clone(), email: author.email.clone(), seconds, offset: 0 };
    let draft = Draft {
        tree: write::edit(&repository, top, &changes)?,
        parents: parent.as_slice(),
        author: &person,
        committer: &person,
        message: "Make a forum",
    };
    let commit = write::unsigned(&repository, &draft)?;
    // Nothing is left in it by a commit that couldn't be made.
    index.write().map_err(failed())?;
    let branch = repository.branch()?.unwrap_or_else(|| String::from("HEAD"));
    if !write::advance(&repository, &branch, parent, commit, "boards: make a forum")? {
        return Err(Error::other(format!("{branch} moved meanwhile"), "commit the files with git"));
    }
    Ok(commit)
}
