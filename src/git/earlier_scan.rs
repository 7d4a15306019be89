//! A working copy as it was looked at, and the paths at which something may have changed since → the folders that needn't
//! be looked at again. Who tells those paths isn't known here, and that none is missing is for them to see to.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use git2::Oid;

use super::tree;
use super::working::Working;

/// Beyond so many paths it is quicker to look at everything.
const MOST_PATHS: usize = 256;

/// A working copy as it was looked at before.
#[derive(Debug, Clone)]
pub struct EarlierScan {
    pub(super) working: Arc<Working>,
    /// Where something may have changed since, below the content folder.
    changed: Vec<PathBuf>,
}

impl EarlierScan {
    /// A working copy in which nothing has changed.
    pub(super) fn new(working: Arc<Working>) -> EarlierScan {
        EarlierScan { working, changed: Vec::new() }
    }

    /// The same, where something may have changed at these `paths`; `content` is the content folder, as absolute as they
    /// are. `None` when that may be anywhere: no path is named or very many are, or one lies outside of `content` or tells
    /// what git shall ignore.
    #[must_use]
    pub fn since(mut self, content: &Path, paths: &[PathBuf]) -> Option<EarlierScan> {
        if paths.is_empty() {
            return None;
        }
        for path in paths {
            let below = path.strip_prefix(content).ok().filter(|below| !below.as_os_str().is_empty())?;
            if path.file_name()? == ".gitignore" {
                return None;
            }
            if !self.changed.iter().any(|known| known == below) {
                self.changed.push(below.to_owned());
            }
            if self.changed.len() > MOST_PATHS {
                return None;
            }
        }
        Some(self)
    }

    /// Whether nothing has changed in the folder at `path` below the content folder, nor in what it lies in.
    pub(super) fn stands(&self, path: &Path) -> bool {
        !self.changed.iter().any(|changed| changed.starts_with(path) || path.starts_with(changed))
    }

    /// The tree of the folder `name` in the folder of this tree, as they were.
    pub(super) fn folder(&self, tree: Oid, name: &[u8]) -> Option<Oid> {
        let raw = self.working.trees.get(&tree)?;
        let found = tree::items(raw).map_while(|item| item).find(|item| item.name == name)?;
        found.is_folder().then(|| found.oid())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn earlier() -> EarlierScan {
        let (trees, trusted) = Default::default();
        EarlierScan::new(Arc::new(Working { root: Oid::ZERO_SHA1, trees, trusted }))
    }

    #[test]
    fn a_folder_stands_unless_something_changed_in_it_or_around_it() {
        let content = Path::new("/tea/content");
        let earlier = earlier().since(content, &["/tea/content/a/b/x.md".into()]).unwrap();
        let earlier = earlier.since(content, &["/tea/content/c".into()]).unwrap();
        for (path, stands) in
            [("a", false), ("a/b", false), ("a/b/z", true), ("a/c", true), ("c", false), ("c/d/e", false)]
        {
            assert_eq!(earlier.stands(Path::new(path)), stands, "{path}");
        }
    }

    #[test]
    fn what_may_have_changed_anywhere_makes_nothing_stand() {
        let content = Path::new("/tea/content");
        for paths in [vec![], vec!["/tea/forum"], vec!["/tea/content"], vec!["/tea/content/a/.gitignore"]] {
            let paths: Vec<PathBuf> = paths.into_iter().map(PathBuf::from).collect();
            assert!(earlier().since(content, &paths).is_none(), "{paths:?}");
        }
        let many: Vec<PathBuf> = (0..=MOST_PATHS).map(|n| content.join(n.to_string())).collect();
        assert!(earlier().since(content, &many).is_none());
    }
}
