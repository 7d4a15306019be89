//! Pages of topics.

use super::parts::time;
use super::{Bodies, Show};
use crate::Result;
use crate::markdown::{PostIds, excerpt, fill};
use crate::site::{Neighbour, PostItem, TopicPage, encoded, forge};
use crate::theme::view::{AnswerView, EditedView, Html, LinkView, PostView, ReplyView, TopicView};

/// How many characters of the accepted answer stand at the top.
const ANSWER_CHARACTERS: usize = 280;
/// How many characters of the opening post search engines are told.
const DESCRIPTION_CHARACTERS: usize = 160;

impl Show<'_> {
    pub(super) fn topic(&self, page: &TopicPage<'_>, bodies: Bodies<'_>) -> Result<TopicView> {
        let mut description = String::new();
        let mut posts = Vec::with_capacity(page.posts.len());
        let ids: Vec<String> = page.posts.iter().map(post_id).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        for post in &page.posts {
            let (view, words) = self.post(page, post, &ids, bodies)?;
            if description.is_empty() {
                description = words;
            }
            posts.push(view);
        }
        let answer = match &page.answer {
            None => None,
            Some(answer) => Some(AnswerView {
                address: self.here(answer.address),
                author: self.person(answer.author),
                time: time(answer.date),
                excerpt: match answer.body {
                    Some(blob) => excerpt(&bodies(blob)?, &[], ANSWER_CHARACTERS),
                    None => String::new(),
                },
            }),
        };
        let link = |it: &Neighbour<'_>| LinkView { title: it.title.to_owned(), address: self.here(it.address) };
        let board = page.frame.crumbs.last().map(|crumb| self.crumb(crumb)).unwrap_or_default();
        let last = page.pager.current == page.pager.count;
        Ok(TopicView {
            frame: self.frame(&page.frame, &description),
            title: page.title.to_owned(),
            board,
            tags: self.tag_links(&page.tags),
            pinned: page.pinned.map(str::to_owned),
            locked: page.locked.map(str::to_owned),
            answer,
            // Only the last page may change when a reply comes, so only there is their number known.
            replies: page.posts.last().filter(|_| last).map(|post| u64::from(post.number) - 1),
            posts,
            pager: self.pager(&page.pager),
            older: page.older.as_ref().map(link),
            newer: page.newer.as_ref().map(link),
            started: time(page.started),
            starter: self.person(page.starter),
            reply: self.reply(page, None),
        })
    }

    /// A post, and a few of its words when it is the first of the page.
    fn post(
        &self,
        page: &TopicPage<'_>,
        post: &PostItem<'_>,
        ids: &[&str],
        bodies: Bodies<'_>,
    ) -> Result<(PostView, String)> {
        let id = post_id(post);
        let (body, words) = match post.hidden {
            Some(_) => (Html::default(), String::new()),
            None => {
                let body = bodies(post.blob)?;
                let fillings = self.fillings(&post.links, false);
                let first = page.posts.first().is_some_and(|first| first.number == post.number);
                let words = if first { excerpt(&body, &fillings, DESCRIPTION_CHARACTERS) } else { String::new() };
                (Html(fill(&body, &PostIds::on_page(&id, ids), &fillings, &self.images).into_string()), words)
            }
        };
        // What is hidden here isn't pointed at elsewhere.
        let path = format!("{}/{}/{}.md", self.content, page.path, post.stem);
        let shown = self.settings.repository.as_ref().filter(|_| post.hidden.is_none()).map(|forge| (forge, &*path));
        let view = PostView {
            number: u64::from(post.number),
            address: format!("#{}", encoded(&id)),
            id,
            author: self.person(post.author),
            time: time(post.date),
            edited: post
                .edited
                .as_ref()
                .map(|edited| EditedView { time: time(edited.when), by: edited.by.map(|by| self.person(by)) }),
            reply_to: post.reply_to.as_ref().map(|to| ReplyView {
                author: self.person(to.author),
                address: self.here(to.address),
                number: u64::from(to.number),
            }),
            body,
            opening: post.number == 1,
            answer: post.answer,
            hidden: post.hidden.map(str::to_owned),
            verified: post.verified.map(str::to_owned),
            likes: post.likes,
            source: post.source.filter(|source| is_web(source)).map(str::to_owned),
            reply: shown.and_then(|_| self.reply(page, Some(post.stem))),
            edit: shown.map(|(forge, path)| forge::edit(forge, path)),
            history: shown.map(|(forge, path)| forge::history(forge, path)),
        };
        Ok((view, words))
    }
}

/// The id of a post on its page.
fn post_id(post: &PostItem<'_>) -> String {
    format!("post-{}", post.stem)
}

/// Whether a text is the address of a web page; whatever else an archive says is no link.
fn is_web(address: &str) -> bool {
    let plain = |c: char| !c.is_control() && !c.is_whitespace() && !"<>\"\\^`{|}".contains(c);
    (address.starts_with("https://") || address.starts_with("http://")) && address.chars().all(plain)
}
