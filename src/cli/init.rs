//! `boards init`: a new forum repository that builds at once.

use std::fs;
use std::path::{Path, PathBuf};

use git2::Repository;
use jiff::{Timestamp, tz::TimeZone};
use serde_json::json;

use super::terminal::Terminal;
use super::{Common, Done, Exit};
use crate::config::Base;
use crate::content::suggested_name;
use crate::{Error, Result};

/// Make a new forum
///
/// Writes forum.yml, a board with a topic and a member's file for you, and commits them.
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
    #[arg(long, value_name = "URL", value_parser = |text: &str| Base::parse(text).map(|_| text.to_owned()).ok_or("an address like https://tea.example.org/ is needed"))]
    base_url: Option<String>,
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
        let author = repository.signature().ok();
        let name = author.as_ref().and_then(|it| it.name().ok()).unwrap_or("Maintainer").to_owned();
        let email = author.as_ref().and_then(|it| it.email().ok()).unwrap_or_default().to_owned();
        let handle = match suggested_name(&name) {
            handle if handle.is_empty() => String::from("maintainer"),
            handle => handle,
        };
        let files = files(&self.title(&dir), self.base_url.as_deref(), &handle, &name, &email);
        let mut made = Vec::new();
        for (path, text) in files {
            let path = if path == ".gitignore" { path } else { format!("{content}/{path}") };
            let place = dir.join(&path);
            if path == ".gitignore" && place.exists() {
                continue;
            }
            place.parent().map_or(Ok(()), fs::create_dir_all).map_err(Error::io(&place))?;
            fs::write(&place, text).map_err(Error::io(&place))?;
            made.push(path);
        }
        let committed = match &author {
            Some(author) => Some(commit(&repository, author, &made).map_err(Error::git("make the first commit"))?),
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
}

fn files(title: &str, base_url: Option<&str>, handle: &str, name: &str, email: &str) -> Vec<(String, String)> {
    let now = Timestamp::now();
    let date = now.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let stem = now.to_zoned(TimeZone::UTC).strftime("%Y%m%d-%H%M%S").to_string();
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let base = base_url.map_or_else(
        || String::from("# base_url: https://example.org/   # where the site will stand; feeds need it\n"),
        |url| format!("base_url: {url}\n"),
    );
    let emails = if email.is_empty() { String::new() } else { format!("emails: [{}]\n", quoted(email)) };
    vec![
        ("forum.yml".into(), format!("format: 1\ntitle: {}\ndescription: A new forum.\n{base}", quoted(title))),
        ("general/board.yml".into(), "title: General\ndescription: Everything that has no board of its own.\n".into()),
        (
            format!("general/welcome/{stem}-{handle}.md"),
            format!("---\ntitle: Welcome\nauthor: {handle}\ndate: {date}\n---\n{WELCOME}"),
        ),
        (format!("members/{handle}.yml"), format!("name: {}\nrole: maintainer\n{emails}", quoted(name))),
        (".gitignore".into(), "/output/\n".into()),
    ]
}

/// Commits these files and nothing else, whatever the index of a standing repository holds.
fn commit(repository: &Repository, author: &git2::Signature<'_>, files: &[String]) -> Result<git2::Oid, git2::Error> {
    let parent = repository.head().ok().and_then(|head| head.peel_to_commit().ok());
    let mut index = repository.index()?;
    let mut wanted = git2::Index::new()?;
    if let Some(parent) = &parent {
        wanted.read_tree(&parent.tree()?)?;
    }
    for file in files {
        index.add_path(Path::new(file))?;
        if let Some(entry) = index.get_path(Path::new(file), 0) {
            wanted.add(&entry)?;
        }
    }
    index.write()?;
    let tree = repository.find_tree(wanted.write_tree_to(repository)?)?;
    let parents: Vec<&git2::Commit<'_>> = parent.iter().collect();
    repository.commit(Some("HEAD"), author, author, "Make a forum\n", &tree, &parents)
}
