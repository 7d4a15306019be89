//! `boards import`: another system's export as content of the forum.

use std::path::PathBuf;

use jiff::Timestamp;

use super::terminal::Terminal;
use super::{Common, Done, Exit};
use crate::archive::sql::Charset;
use crate::archive::{FORMATS, ImportOrder, Options, import};
use crate::config::BaseUrl;
use crate::{Error, Result};

/// Bring in another system's export
///
/// Finds the format by looking. What is there from an earlier import stays as it is; only what is new is added.
///
/// Example: boards import export/ --board archive --history
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Import {
    /// The export: a file, a folder, or a .tar or .tar.gz; before it, if need be, the name of its format
    #[arg(value_name = "[FORMAT] PATH", num_args = 1..=2, required = true)]
    what: Vec<PathBuf>,
    /// The board that all goes into, made when it isn't there
    #[arg(long, value_name = "BOARD")]
    board: Option<String>,
    /// The address where the archive stood
    #[arg(long, value_name = "URL", value_parser = |text: &str| BaseUrl::parse(text).map(|_| text.to_owned()).ok_or("an address like https://forum.example.org is needed"))]
    url: Option<String>,
    /// What the archive is called in `origin`, where two of one kind come together
    #[arg(long, value_name = "NAME", value_parser = |text: &str| crate::content::name_fault(text, false).map_or_else(|| Ok(text.to_owned()), Err))]
    origin: Option<String>,
    /// Leave out what mail programs add: signatures, footers of lists, what PGP wraps around
    #[arg(long)]
    trim: bool,
    /// Take the comments of code reviews as well
    #[arg(long)]
    reviews: bool,
    /// Take the boards that not everybody could read as well
    #[arg(long)]
    private: bool,
    /// The character set of a database's texts, where its dump says nothing or something wrong
    #[arg(long, value_name = "NAME", value_parser = |name: &str| Charset::requested(name).ok_or("a name like utf8, latin1 or cp1251 is needed"))]
    charset: Option<Charset>,
    /// A folder with files that were fetched for it
    #[arg(long, value_name = "DIR")]
    downloads: Option<PathBuf>,
    /// A commit a post, with its author and date
    #[arg(long, conflicts_with = "no_commit")]
    history: bool,
    /// Only write the files
    #[arg(long)]
    no_commit: bool,
    /// Only report
    #[arg(long)]
    dry_run: bool,
}

impl Import {
    pub(super) fn run(self, common: &Common, terminal: &Terminal) -> Done {
        let order = self.order(common)?;
        let report = import(&order, terminal)?;
        if terminal.json() {
            terminal.result(&report.json())?;
        } else {
            terminal.lines(&report.text())?;
        }
        Ok(Exit::Fine)
    }

    fn order(&self, common: &Common) -> Result<ImportOrder> {
        let (format, path) = match self.what.as_slice() {
            [path] => (None, path.clone()),
            [format, path] => (Some(format.to_string_lossy().into_owned()), path.clone()),
            _ => {
                let known: Vec<&str> = FORMATS.iter().map(|it| it.name).collect();
                return Err(Error::other("no export is named", format!("known formats: {}", known.join(", "))));
            }
        };
        Ok(ImportOrder {
            repository: common.repository.clone(),
            content: common.content.trim_matches('/').to_owned(),
            path,
            format,
            board: self.board.clone(),
            origin: self.origin.clone(),
            options: Options {
                url: self.url.clone(),
                trim: self.trim,
                reviews: self.reviews,
                private: self.private,
                charset: self.charset,
            },
            downloads: self.downloads.clone(),
            history: self.history,
            commit: !self.no_commit,
            dry: self.dry_run,
            now: Timestamp::now().as_second(),
        })
    }
}
