//! `boards explain`: what a page is made from, and why it was made again.

use serde_json::json;

use super::build::Site;
use super::terminal::Terminal;
use super::{Common, Done, Exit};
use crate::cache::Cache;
use crate::origin::{Origin, Why, explain};

/// Tell what a page is made from, and why the last build made it again
///
/// PAGE is the page's address, or its file in the output folder.
///
/// Example: boards explain general/welcome/
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Explain {
    /// The page's address or file
    page: String,
    #[command(flatten)]
    site: Site,
}

/// How many files are shown; JSON has all.
const MOST_LINES: usize = 20;

impl Explain {
    pub(super) fn run(self, common: &Common, terminal: &Terminal) -> Done {
        let order = self.site.order(common);
        let explain = |cache: &Cache| explain(&order, &self.page, cache, terminal);
        let origin = order.cache.with(&order.repository, "explain", terminal, explain)?;
        if terminal.json() {
            terminal.result(&object(&origin))?;
        } else {
            terminal.lines(&text(&origin, if terminal.verbose() { usize::MAX } else { MOST_LINES }))?;
        }
        Ok(Exit::Fine)
    }
}

/// The word for why a page was made again, and the reasons where there are any.
fn why(origin: &Origin) -> (&'static str, &[String]) {
    match &origin.why {
        Why::First => ("first", &[]),
        Why::Unknown => ("unknown", &[]),
        Why::Same => ("same", &[]),
        Why::Because(causes) => ("because", causes),
    }
}

fn object(origin: &Origin) -> serde_json::Value {
    let files = origin.parts.iter().map(|part| json!({ "path": part.path, "id": part.id }));
    let (word, causes) = why(origin);
    json!({
        "file": origin.file,
        "kind": origin.kind,
        "files": files.collect::<Vec<_>>(),
        "theme": { "name": origin.theme, "key": origin.theme_key.hex() },
        "program": origin.program,
        "built": origin.built,
        "why": word,
        "causes": causes,
    })
}

fn text(origin: &Origin, shown: usize) -> String {
    let mut text = format!("{}: {}\n\nmade from\n", origin.file, origin.kind);
    for part in origin.parts.iter().take(shown) {
        text.push_str(&format!("  {:.10} {}\n", part.id, part.path.replace('\n', " ")));
    }
    if let Some(more) = origin.parts.len().checked_sub(shown).filter(|more| *more > 0) {
        text.push_str(&format!("  and {more} more: `-v` shows all\n"));
    }
    text.push_str(&format!("  {:.10} the theme `{}`\n", origin.theme_key.hex(), origin.theme));
    text.push_str(&format!("  {:.10} boards {}\n\n", origin.program, env!("CARGO_PKG_VERSION")));
    let (build, made) = if origin.built { ("the last build", "made") } else { ("the next build", "will make") };
    let (word, causes) = why(origin);
    text.push_str(&match word {
        "first" => format!("{build} {made} it: nothing is remembered of one before"),
        "unknown" => format!("why {build} {made} it can't be told: the one before was of files that no commit has"),
        "same" if origin.built => format!("{build} left it as it was: it shows what it showed"),
        "same" => format!("{build} will leave it as it is: it shows what it showed"),
        _ => format!("{build} {made} it again\n"),
    });
    for cause in causes.iter().take(shown) {
        text.push_str(&format!("  {}\n", cause.replace('\n', " ")));
    }
    if let Some(more) = causes.len().checked_sub(shown).filter(|more| *more > 0) {
        text.push_str(&format!("  and {more} reasons more: `-v` shows all\n"));
    }
    text.trim_end().to_owned()
}
