//! `boards serve`: the site of the working copy in a browser, while it is being written.

use std::process::{Command, Stdio};

use serde_json::json;

use super::build::{object, order};
use super::terminal::{Terminal, counted, weigh};
use super::{Common, Done, Exit};
use crate::Error;
use crate::build::{Order, Report, texts};
use crate::diagnostic::{Diagnostic, Severity};
use crate::server::{News, Server};

/// How many faults are shown after each change.
const MOST_LINES: usize = 10;

/// Look at the forum in a browser while you write
///
/// Builds the working copy, and again at each change; pages that changed reload by themselves. Ends with Ctrl-C.
///
/// Example: boards serve --port 8000
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Serve {
    /// The port; the first free one from 8000 when left out, any free one for 0
    #[arg(long, value_name = "N")]
    port: Option<u16>,
    /// The name or address to serve at; any but the one of this machine alone lets others read the forum
    #[arg(long, value_name = "HOST", default_value = "127.0.0.1")]
    host: String,
    /// Open it in a browser
    #[arg(long)]
    open: bool,
}

impl Serve {
    pub(super) fn run(self, common: &Common, terminal: &Terminal) -> Done {
        let order = order(common);
        let server = Server::open(&order, &self.host, self.port)?;
        let stop = server.stop();
        let mut asked = false;
        let listened = ctrlc::set_handler(move || {
            stop.now();
            // Asked twice, it doesn't wait for the build that is at work.
            if std::mem::replace(&mut asked, true) {
                std::process::exit(i32::from(Exit::World as u8));
            }
        });
        listened.map_err(|error| Error::other(format!("listen to signals: {error}"), ""))?;
        let address = format!("http://{}/", server.address()?);
        if terminal.json() {
            terminal.result(&json!({ "address": address }))?;
        }
        terminal.say(&format!("{address} (Ctrl-C ends it)"));
        if server.is_open() {
            terminal.say("warning: other machines can read this forum, drafts and all, while it is served");
        }
        if self.open && !browse(&address) {
            terminal.say("no browser could be opened");
        }
        let mut failed = None;
        server.run(terminal, &mut |news| {
            failed = failed.take().or(tell(&news, &order, terminal).err());
        })?;
        failed.map_or(Ok(Exit::Fine), Err)
    }
}

fn tell(news: &News<'_>, order: &Order, terminal: &Terminal) -> crate::Result<()> {
    match news {
        News::Blind(reason) => {
            terminal.say(&format!("the forum can't be watched ({reason}), so it is looked at once a second"));
        }
        News::Built(report, seconds) if terminal.json() => terminal.result(&object(report, *seconds))?,
        News::Built(report, seconds) => built(report, *seconds, order, terminal)?,
        News::Failed(error) if terminal.json() => terminal.result(&json!({ "failure": error.to_string() }))?,
        News::Failed(error) => terminal.error(error),
    }
    Ok(())
}

fn built(report: &Report, seconds: f64, order: &Order, terminal: &Terminal) -> crate::Result<()> {
    let least = if report.pages.is_none() { Severity::Error } else { Severity::Warning };
    let heavy: Vec<&Diagnostic> = report.diagnostics.iter().filter(|fault| fault.severity <= least).collect();
    let shown = heavy.get(..MOST_LINES).unwrap_or(&heavy);
    terminal.faults(shown, &texts(order), false)?;
    let [errors, warnings, hints] = weigh(&report.diagnostics);
    let (errors, warnings) = (counted(errors, "error"), counted(warnings, "warning"));
    match report.pages {
        Some(pages) => terminal.say(&format!(
            "{} written, {} removed in {seconds:.2} s; {warnings}, {}",
            pages.written,
            pages.removed,
            counted(hints, "hint"),
        )),
        None => terminal.say(&format!("nothing was built: {errors}; the site stays as it was")),
    }
    Ok(())
}

/// Opens an address in the person's browser, in the way of the system.
fn browse(address: &str) -> bool {
    let program = match std::env::consts::OS {
        "macos" => "open",
        "windows" => "explorer",
        _ => "xdg-open",
    };
    let mut command = Command::new(program);
    command.arg(address).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().is_ok()
}
