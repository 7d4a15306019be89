//! A name that a proposal has, and the tip → the one that is free there. A topic's folder may be taken by another topic, or be
//! the one in which the topic has landed before.

use super::range::CommitRange;
use super::tip::Tip;
use crate::Result;
use crate::content::{PostFile, TopicFile, read_topic};
use crate::git::{Difference, Entry, Kind, Oid, Repository};
use crate::monitor::Quiet;

/// The folder on the tip that is the proposal's: the one of the same path, unless that is another's topic by now. Then
/// it is a free one for a topic that the proposal opens, and for one that it goes on with, the one that this landed in;
/// `None` where that isn't to be found. `mine` tells the folders that the proposal has itself.
pub(super) fn folder(
    tip: &Tip,
    objects: &Repository,
    range: &CommitRange,
    path: &str,
    differences: &[&Difference],
    mine: &dyn Fn(&str) -> bool,
) -> Result<Option<String>> {
    let files = tip.files();
    let same = Ok(Some(path.to_owned()));
    let Some(standing) = files.topic(path) else { return same };
    let read = |name: &str, id: Oid, most: u64| objects.blob_within(id, name, most);
    let topic = |entries: &[Entry]| read_topic(entries, None, &read, &files.settings().policy, &Quiet);
    let Some(before) = objects.folder_at(range.fork, &files.path(path))? else {
        // It opens another topic when the tip hasn't its opening post there as it is.
        let new = differences.iter().filter_map(|it| Some((file_name(it), it.new?.id)));
        let entries = new.map(|(name, id)| Entry { name: name.to_owned(), kind: Kind::File, id });
        let (opened, _) = topic(&entries.collect::<Vec<_>>())?;
        let stands = |post: &PostFile| standing.posts.iter().any(|it| it.stem == post.stem && it.blob == post.blob);
        let another = opened.posts.iter().any(|post| post.opening.is_some() && !stands(post));
        let taken =
            |path: &str| Ok(files.topic(path).is_some() || files.is_board(path) || files.is_shelf(path) || mine(path));
        return if another { free(path, "", taken).map(Some) } else { same };
    };
    let posts = objects.posts_in(before)?;
    let among = |topic: &TopicFile, is: &dyn Fn(&PostFile) -> bool| topic.posts.iter().any(is);
    let whole =
        |topic: &TopicFile| among(topic, &|it| posts.iter().any(|(stem, id)| *it.stem == **stem && it.blob == *id));
    if posts.is_empty() || whole(standing) {
        return same;
    }
    if let Some(path) = landed(tip, path, mine, &whole)? {
        return Ok(Some(path));
    }
    // What landed in another folder may have other links, and what stood may have been changed.
    let entries = posts.iter().map(|(stem, id)| Entry { name: format!("{stem}.md"), kind: Kind::File, id: *id });
    let (known, _) = topic(&entries.collect::<Vec<_>>())?;
    let like = |topic: &TopicFile| among(topic, &|it| known.posts.iter().any(|known| is_like(known, it)));
    if like(standing) {
        return same;
    }
    if let Some(path) = landed(tip, path, mine, &like)? {
        return Ok(Some(path));
    }
    let stays = among(standing, &|it| posts.iter().any(|(stem, _)| *it.stem == **stem));
    Ok(stays.then(|| path.to_owned()))
}

/// The first of the topics in `path-2`, `path-3`, … that is the one.
fn landed(
    tip: &Tip,
    path: &str,
    mine: &dyn Fn(&str) -> bool,
    is: &dyn Fn(&TopicFile) -> bool,
) -> Result<Option<String>> {
    let mut found = None;
    free(path, "", |path| {
        let topic = tip.files().topic(path);
        if topic.is_some_and(|topic| !mine(path) && is(topic)) {
            found = Some(path.to_owned());
        }
        Ok(topic.is_some() && found.is_none())
    })?;
    Ok(found)
}

/// Whether a post on the tip may be this one: under its name, with its title, and by whom and when it says.
fn is_like(post: &PostFile, standing: &PostFile) -> bool {
    let title = |post: &PostFile| post.opening.as_ref().map(|opening| opening.title.value.clone());
    let author = |post: &PostFile| post.author.as_ref().map(|author| author.value().clone());
    let date = |post: &PostFile| post.date.as_ref().map(|date| *date.value());
    post.stem == standing.stem
        && title(post) == title(standing)
        && author(post).is_none_or(|said| Some(said) == author(standing))
        && date(post).is_none_or(|said| Some(said) == date(standing))
}

/// The name of the file that a difference is about.
pub(super) fn file_name(difference: &Difference) -> &str {
    difference.path.rsplit_once('/').map_or(difference.path.as_str(), |(_, name)| name)
}

/// The first of `stem-2`, `stem-3`, … that is not taken.
pub(super) fn free(stem: &str, ending: &str, mut taken: impl FnMut(&str) -> Result<bool>) -> Result<String> {
    let mut number = 2_u64;
    loop {
        let name = format!("{stem}-{number}{ending}");
        if !taken(&name)? {
            return Ok(name);
        }
        number += 1;
    }
}
