//! Folders and files on the disk → a word whenever something in them may have changed, and where. What changed isn't told:
//! the build finds that out by itself.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Sender;

use notify::event::{AccessKind, AccessMode, EventKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};

/// What the loop of builds waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Event {
    /// Something may have changed at these absolute paths; anywhere, where none is named.
    Changed(Vec<PathBuf>),
    /// A place that is watched came or went, and has to be watched anew.
    Moved,
    /// It is time to end.
    End,
}

/// The places to be watched: whether with all below, by path.
pub(super) type WatchedPaths = BTreeMap<PathBuf, bool>;

/// Watches places until it is dropped.
pub(super) struct Watch {
    watcher: Option<RecommendedWatcher>,
    places: Arc<WatchedPaths>,
    /// Why not all can be watched.
    pub(super) blind: Option<String>,
}

impl Watch {
    /// Watches `places`, of which some may not be there. In the folder `git` only what says which commit is checked out
    /// counts.
    pub(super) fn new(places: WatchedPaths, git: Option<PathBuf>, tell: Sender<Event>) -> Watch {
        let places = Arc::new(places);
        let roots = Arc::clone(&places);
        let heard = move |event: notify::Result<notify::Event>| {
            let event = match event {
                Ok(event) if quiet(&event.kind) => return,
                Ok(event) => event,
                // Something may have been missed.
                Err(_) => notify::Event::new(EventKind::Any),
            };
            if !event.paths.is_empty() && !event.paths.iter().any(|path| counts(path, git.as_deref())) {
                return;
            }
            let came = matches!(event.kind, EventKind::Create(_) | EventKind::Remove(_) | EventKind::Modify(_));
            let root = came && event.paths.iter().any(|path| roots.contains_key(path));
            // Nobody waits any more once the server has ended.
            let _ = tell.send(if root { Event::Moved } else { Event::Changed(event.paths) });
        };
        let mut blind = None;
        let mut watcher = notify::recommended_watcher(heard).map_err(|error| blind = Some(error.to_string())).ok();
        for (place, below) in places.iter().filter(|(place, _)| place.exists()) {
            let mode = if *below { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
            if let Some(Err(error)) = watcher.as_mut().map(|watcher| watcher.watch(place, mode))
                && place.exists()
            {
                blind = Some(error.to_string());
            }
        }
        Watch { watcher, places, blind }
    }

    /// Whether these are the places that are watched.
    pub(super) fn covers(&self, places: &WatchedPaths) -> bool {
        self.watcher.is_some() && *self.places == *places
    }
}

/// Whether an event is of somebody reading, as each build does.
fn quiet(kind: &EventKind) -> bool {
    matches!(kind, EventKind::Access(kind) if *kind != AccessKind::Close(AccessMode::Write))
}

/// Whether a change of this path can change the site. Everything counts but git's own files, of which those count that
/// say which commit is checked out.
fn counts(path: &Path, git: Option<&Path>) -> bool {
    let inside = path.iter().any(|part| part == ".git") || git.is_some_and(|git| path.starts_with(git));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    !inside
        || name == "HEAD"
        || name == "packed-refs"
        || path.iter().any(|part| part == "refs") && !name.ends_with(".lock")
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, channel};
    use std::time::Duration;

    use super::*;

    fn hears(events: &Receiver<Event>) -> Vec<Event> {
        let mut heard: Vec<Event> = events.recv_timeout(Duration::from_secs(10)).into_iter().collect();
        heard.extend(std::iter::from_fn(|| events.recv_timeout(Duration::from_millis(50)).ok()));
        heard.dedup();
        heard
    }

    #[test]
    fn of_gits_own_files_only_those_count_that_name_the_commit() {
        for path in ["content/a/.gitignore", ".git/HEAD", ".git/refs/heads/main", ".git/packed-refs", "x/index"] {
            assert!(counts(Path::new(path), None), "{path}");
        }
        for path in [".git/index", ".git/boards/lock", ".git/refs/heads/main.lock", ".git/HEAD.lock"] {
            assert!(!counts(Path::new(path), None), "{path}");
        }
        assert!(!counts(Path::new("/x/tea.git/index"), Some(Path::new("/x/tea.git"))));
    }

    #[test]
    fn changes_are_heard_and_reading_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().canonicalize().unwrap();
        let content = dir.join("content");
        std::fs::create_dir_all(content.join("a")).unwrap();
        std::fs::write(content.join("a/x.md"), "x").unwrap();
        let (tell, events) = channel();
        let places = WatchedPaths::from([(dir.clone(), false), (content.clone(), true), (dir.join("themes"), true)]);
        let watch = Watch::new(places.clone(), None, tell);
        assert!(watch.covers(&places) && watch.blind.is_none());
        std::fs::read(content.join("a/x.md")).unwrap();
        assert!(events.recv_timeout(Duration::from_millis(100)).is_err());
        std::fs::write(content.join("a/x.md"), "y").unwrap();
        assert_eq!(hears(&events), [Event::Changed(vec![content.join("a/x.md")])]);
        std::fs::create_dir(dir.join("themes")).unwrap();
        assert_eq!(hears(&events), [Event::Moved]);
        std::fs::remove_dir_all(&content).unwrap();
        assert!(hears(&events).contains(&Event::Moved));
    }
}
