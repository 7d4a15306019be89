//! `boards man`: the manual, as the program `man` reads it. It says what `--help` says.

use clap::CommandFactory;

use super::terminal::Terminal;
use super::{Arguments, Done, Exit};
use crate::Error;
use crate::yaml::nearest;

/// Print the manual, or the part of it that is about one verb
///
/// In the form that the program `man` reads: `boards man build | man -l -`.
///
/// Example: boards man build
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Man {
    /// The verb; the program as a whole when left out
    verb: Option<String>,
}

impl Man {
    pub(super) fn run(self, terminal: &Terminal) -> Done {
        let mut whole = Arguments::command();
        whole.build();
        let part = match &self.verb {
            None => Some(whole.clone()),
            Some(verb) => whole.find_subcommand(verb).cloned(),
        };
        let Some(part) = part else {
            let verb = self.verb.unwrap_or_default();
            let near = whole.get_subcommands().map(clap::Command::get_name);
            let hint = match nearest(&verb, near) {
                Some(near) => format!("did you mean `{near}`?"),
                None => String::from("`boards --help` lists them"),
            };
            terminal.error(&Error::other(format!("there is no verb `{verb}`"), hint));
            return Ok(Exit::Usage);
        };
        let mut page = Vec::new();
        clap_mangen::Man::new(part).render(&mut page).map_err(Error::io("standard output"))?;
        terminal.bytes(&page)?;
        Ok(Exit::Fine)
    }
}
