//! A tree → all files below it by their paths. It reads folders and no file.

use std::collections::BTreeMap;

use git2::{ObjectType, Oid};

use super::repository::{self, Repository};
use super::tree;
use crate::Result;

impl Repository {
    /// The posts that lie right in the folder of this tree: their names without `.md`, and their blobs.
    ///
    /// # Errors
    /// When the tree is missing or damaged.
    pub fn posts_in(&self, folder: Oid) -> Result<Vec<(String, Oid)>> {
        let raw = self.object(ObjectType::Tree, folder, "")?;
        let stem = |item: &tree::Item<'_>| Some(std::str::from_utf8(item.name).ok()?.strip_suffix(".md")?.to_owned());
        Ok(tree::items(&raw)
            .flatten()
            .filter(tree::Item::is_file)
            .filter_map(|item| Some((stem(&item)?, item.oid())))
            .collect())
    }
}

/// The ids of everything below the tree `top` that is no folder, by path. What isn't named in UTF-8 is left out.
///
/// # Errors
/// When a tree is missing or damaged.
pub fn files(repository: &Repository, top: Oid) -> Result<BTreeMap<String, Oid>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![(String::new(), top)];
    while let Some((path, id)) = folders.pop() {
        let raw = repository.object(ObjectType::Tree, id, &path)?;
        let all = tree::sorted(&raw).map_err(|why| repository::unreadable(&path, ObjectType::Tree, id, &why))?;
        for item in all {
            let Ok(name) = std::str::from_utf8(item.name) else { continue };
            let path = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
            if item.is_folder() {
                folders.push((path, item.oid()));
            } else {
                found.insert(path, item.oid());
            }
        }
    }
    Ok(found)
}
