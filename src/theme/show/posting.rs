//! What people need who post: links into the forge's editor, and the page that explains it all.

use super::Show;
use crate::config::{Forge, Policy};
use crate::site::{self, TopicPage, forge};
use crate::theme::view::{LimitView, PostingView, WriteView};

impl Show<'_> {
    /// Where a reply is written: to the post with the stem `answered`, or to the topic.
    pub(super) fn reply(&self, page: &TopicPage<'_>, answered: Option<&str>) -> Option<WriteView> {
        let repository = self.settings.repository.as_ref().filter(|_| page.open)?;
        Some(view(forge::reply(repository, self.content, page.path, answered)))
    }

    /// Where a topic is written, in a folder below the content folder.
    pub(super) fn new_topic(&self, folder: &str) -> Option<WriteView> {
        Some(view(forge::topic(self.settings.repository.as_ref()?, self.content, folder)))
    }

    pub(super) fn posting(&self, frame: &site::Frame<'_>) -> PostingView {
        let repository = self.settings.repository.as_ref();
        let forge = repository.map_or("", |it| match it.forge {
            Forge::GitHub => "github",
            Forge::GitLab => "gitlab",
            Forge::Gitea => "gitea",
            Forge::Forgejo => "forgejo",
        });
        PostingView {
            frame: self.frame(frame, ""),
            forge: forge.to_owned(),
            repository: repository.map_or_else(String::new, |it| it.url.clone()),
            branch: repository.map_or_else(String::new, |it| it.branch.clone()),
            content: self.content.to_owned(),
            limits: limits(&self.settings.policy),
        }
    }
}

fn view(new: forge::NewFile) -> WriteView {
    WriteView { address: new.address, text: new.text }
}

fn limits(policy: &Policy) -> Vec<LimitView> {
    let its = &policy.proposals;
    let kinds = ["png", "jpg", "gif", "webp", "avif"].into_iter();
    let kinds: Vec<&str> = kinds.chain(policy.attachment_types.iter().map(String::as_str)).collect();
    let each = [
        ("The text of a post", size(policy.post_bytes)),
        ("A picture or file", size(policy.attachment_bytes)),
        ("Kinds of files", kinds.join(", ")),
        (
            "A proposal",
            format!("{}, {}, {}", counted(its.files, "file"), counted(its.commits, "commit"), size(its.bytes)),
        ),
        ("A post’s date", format!("{} back at most", counted(its.days_back, "day"))),
        ("Changing your post", format!("within {}", counted(its.edit_hours, "hour"))),
        ("In a day", format!("{}, {}", counted(its.topics_a_day, "topic"), counted(its.posts_a_day, "post"))),
        (
            "A first post",
            format!(
                "{}, {}, {}",
                counted(its.newcomer_links, "link"),
                counted(its.newcomer_images, "picture"),
                counted(its.newcomer_mentions, "mention")
            ),
        ),
    ];
    each.into_iter().map(|(what, limit)| LimitView { what: what.to_owned(), limit }).collect()
}

/// A number and the word for what is counted.
fn counted(number: u64, word: &str) -> String {
    if number == 1 { format!("1 {word}") } else { format!("{number} {word}s") }
}

/// A number of bytes for people: in the largest unit in which it is one or more, a digit behind the point where needed.
fn size(bytes: u64) -> String {
    let (unit, name) = match bytes {
        0..1_024 => return format!("{bytes} bytes"),
        1_024..1_048_576 => (1_024, "KiB"),
        _ => (1_048_576, "MiB"),
    };
    match bytes % unit * 10 / unit {
        0 => format!("{} {name}", bytes / unit),
        tenths => format!("{}.{tenths} {name}", bytes / unit),
    }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_are_told_as_people_say_them() {
        assert_eq!(
            [1_000, 65_536, 1_600, 4 << 20, (5 << 20) + (1 << 19)].map(size),
            ["1000 bytes", "64 KiB", "1.5 KiB", "4 MiB", "5.5 MiB"]
        );
    }
}
