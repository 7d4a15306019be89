//! A site in → the same site in another folder, such as the one that a web server serves. Each file is written beside its
//! place and renamed; what is linked to comes before what links to it, and removals last.

use std::iter;
use std::path::{Path, PathBuf};

use super::{Changes, Site};
use crate::monitor::Monitor;
use crate::output::{self, Folder, Listed, WriteOutcome};
use crate::{Error, Result};

/// A folder to publish into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Where it is; made when it isn't there.
    pub dir: PathBuf,
    /// Publish into it even when it has files that boards didn't put there. They stay, but for those whose paths the
    /// site has as well.
    pub force: bool,
}

impl Target {
    /// What publishing `site` would change, by the lists of both folders and the sizes of the files.
    #[must_use]
    pub fn changes(&self, site: &Site) -> Changes {
        let whole = |file: &Listed| {
            let there = std::fs::symlink_metadata(self.dir.join(&file.path));
            there.is_ok_and(|there| there.is_file() && there.len() == file.size)
        };
        let existing = output::listing(&self.dir).map_or_else(Vec::new, |shown| shown.files);
        let wanted = site.by_path();
        // A file that is gone and isn't wanted needs no removing; one that is wanted is added again.
        let existing = existing.into_iter().filter(whole).map(|file| (file.path, file.bytes)).collect();
        Changes::between(&existing, &wanted)
    }

    /// Makes the folder show `site`, and says what changed.
    ///
    /// # Errors
    /// The folder isn't boards' own, is the site's, or can't be written; a file of the site can't be read. What stood
    /// there still does then, each file whole.
    pub fn publish(&self, site: &Site, monitor: &dyn Monitor) -> Result<Changes> {
        self.refuse_the_own(site.dir())?;
        let changes = self.changes(site);
        let folder = Folder::open(&self.dir, self.force)?;
        if changes.is_empty() && !folder.broken() {
            return Ok(changes);
        }
        let mut files: Vec<&Listed> = site.files.iter().collect();
        files.sort_by_key(|file| step(&file.path));
        let shows = |file: &Listed| {
            let existing = folder.find(&file.path).and_then(|place| folder.whole(place));
            existing.is_some_and(|existing| existing.key == file.key)
        };
        let stale: Vec<&&Listed> = files.iter().filter(|file| !shows(file)).collect();
        let gone = folder.gone(iter::empty(), site.files.iter().map(|file| file.path.as_str()));
        folder.begin(stale.iter().map(|file| file.path.as_str()))?;
        monitor.stage("files", Some(stale.len() as u64));
        for file in stale {
            let _: (Listed, WriteOutcome) =
                folder.write(&file.path, (file.source, file.key), &site.read(file)?, monitor)?;
            monitor.advance(1);
        }
        folder.finish(site.key, iter::empty(), site.files.clone(), &gone, monitor)?;
        Ok(changes)
    }

    fn refuse_the_own(&self, own: &Path) -> Result<()> {
        let real = |path: &Path| std::fs::canonicalize(path).ok();
        match (real(own), real(&self.dir)) {
            (Some(own), Some(target)) if own == target => {
                let message = format!("{}: this is the site itself", self.dir.display());
                Err(Error::other(message, "name another folder"))
            }
            _ => Ok(()),
        }
    }
}

/// The order in which files are written: what is shown and linked to, then pages, those that lie deepest first, then the
/// lists for programs.
fn step(path: &str) -> (u8, std::cmp::Reverse<usize>) {
    let depth = std::cmp::Reverse(path.matches('/').count());
    let list = path.ends_with(".xml") || !path.contains('/') && !path.ends_with(".html");
    let page = path.ends_with(".html");
    (if list { 2 } else { u8::from(page) }, depth)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_linked_to_is_written_before_what_links_to_it() {
        let mut paths =
            ["sitemap.xml", "index.html", "a/index.html", "robots.txt", "a/b/index.html", "assets/x/cup.jpg"];
        paths.sort_by_key(|path| step(path));
        assert_eq!(paths[0], "assets/x/cup.jpg");
        assert_eq!(paths[1..4], ["a/b/index.html", "a/index.html", "index.html"]);
    }
}
