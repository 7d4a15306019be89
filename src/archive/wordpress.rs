//! WordPress' export (WXR) → items: a topic for each article or page, opened by its text, with its comments as posts. Format:
//! the comments of the export itself, and <https://wordpress.org/documentation/article/tools-export-screen/>.

use std::collections::HashMap;

use super::article;
use super::item::{Board, Item, Member, Post, Topic, Want};
use super::row::{Answer, NO_DATE, NO_ID, Taken, answered};
use super::source::{self, Source};
use super::xml::{self, Element};
use super::{Archive, Format, Give, Old, Options, html};
use crate::Result;
use crate::monitor::Monitor;

/// The format.
pub const FORMAT: Format = Format { name: "wordpress", about: "a WordPress site", looks, open };

fn looks(source: &Source) -> bool {
    let wxr = |head: Vec<u8>| String::from_utf8_lossy(&head).contains("http://wordpress.org/export/");
    source.ending("xml").take(20).any(|path| source::head(path).is_some_and(wxr))
}

fn open(source: Source, told: &Options) -> Result<Box<dyn Archive>> {
    let base = told.url.as_deref().map(|it| it.trim_end_matches('/').to_owned());
    Ok(Box::new(WordPress { source, base, accounts: HashMap::new(), named: false }))
}

struct WordPress {
    source: Source,
    base: Option<String>,
    /// The logins of those who write for the site, by the numbers of their accounts.
    accounts: HashMap<String, String>,
    /// The board was given in this reading.
    named: bool,
}

/// The id of the only board.
const BOARD: &str = "site";

impl Archive for WordPress {
    fn read(&mut self, want: Want, _: &dyn Monitor, give: Give<'_>) -> Result<()> {
        self.named = false;
        let files: Vec<_> = self.source.ending("xml").map(ToOwned::to_owned).collect();
        for path in &files {
            xml::each(path, &["title", "wp:base_blog_url", "wp:author", "item"], &mut |it| match it.name.as_str() {
                "title" => self.board(it.text.trim(), give),
                "wp:base_blog_url" => {
                    self.base.get_or_insert_with(|| it.text.trim().trim_end_matches('/').to_owned());
                    Ok(())
                }
                "wp:author" => self.author(&it, give),
                _ => self.page(&it, want, give),
            })?;
        }
        Ok(())
    }

    fn old(&self) -> Old {
        Old::at(self.base.clone())
    }
}

/// `2007-04-11 00:52:59`, in UTC.
fn seconds(text: &str) -> Option<i64> {
    format!("{}Z", text.replace(' ', "T")).parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second)
}

/// Why an article isn't shown on the site; none for one that is.
fn hidden(it: &Element) -> Option<&'static str> {
    match (it.words("wp:post_type"), it.words("wp:status")) {
        ("attachment", _) => Some("a file of the site"),
        ("post" | "page", "publish" | "") if it.words("wp:post_password").is_empty() => None,
        ("post" | "page", "publish" | "") => Some("protected by a password"),
        ("post" | "page", "trash") => Some("deleted"),
        ("post" | "page", "private") => Some("private"),
        ("post" | "page", _) => Some("not published"),
        _ => Some("neither article nor page"),
    }
}

/// The text with the words below its pictures, which are told as `[caption … caption="words"]picture[/caption]`, or in
/// newer ones stand behind the picture. What has no end stays.
fn captioned(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("[caption ") {
        let Some((told, (inner, behind))) =
            after.split_once(']').and_then(|(told, after)| Some((told, after.split_once("[/caption]")?)))
        else {
            break;
        };
        let words = told.split_once("caption=\"").map_or("", |(_, words)| words.trim_end().trim_end_matches('"'));
        let gap = if words.is_empty() { "" } else { "<br>" };
        out.extend([before, inner, gap, words]);
        rest = behind;
    }
    out + rest
}

/// What WordPress does with what is typed into it: empty lines part paragraphs, and line ends are shown.
fn paragraphs(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    if text.contains("<!-- wp:") {
        return text;
    }
    let text = captioned(&text);
    let mut out = String::with_capacity(text.len() + 64);
    for (at, part) in text.split("<pre").enumerate() {
        let (code, rest) = match part.split_once("</pre>") {
            Some((code, rest)) if at > 0 => (Some(code), rest),
            _ if at > 0 => (Some(part), ""),
            _ => (None, part),
        };
        if let Some(code) = code {
            out.push_str("<pre");
            out.push_str(code);
            out.push_str("</pre>");
        }
        for (n, paragraph) in rest.split("\n\n").enumerate() {
            if n > 0 {
                out.push_str("\n<p>");
            }
            let mut lines = paragraph.split('\n').peekable();
            while let Some(line) = lines.next() {
                out.push_str(line);
                if let Some(next) = lines.peek() {
                    let inside = !line.trim_end().ends_with('>') && !next.trim_start().starts_with('<');
                    out.push_str(if inside { "<br>\n" } else { "\n" });
                }
            }
        }
    }
    out
}

impl WordPress {
    fn board(&mut self, title: &str, give: Give<'_>) -> Result<()> {
        if std::mem::replace(&mut self.named, true) {
            return Ok(());
        }
        give(Item::Board(Board { id: BOARD.to_owned(), title: title.to_owned(), ..Board::default() }))
    }

    fn author(&mut self, it: &Element, give: Give<'_>) -> Result<()> {
        let (login, shown) = (it.words("wp:author_login"), it.words("wp:author_display_name"));
        self.accounts.insert(it.words("wp:author_id").to_owned(), login.to_owned());
        let name = if shown.is_empty() { login } else { shown };
        let aliases = vec![format!("/author/{login}/")];
        give(Item::Member(Member { id: format!("u{login}"), name: name.to_owned(), aliases, ..Member::default() }))
    }

    /// An article with its comments.
    fn page(&self, it: &Element, want: Want, give: Give<'_>) -> Result<()> {
        let taken = answered(article(it, want), || it.words("wp:post_id").to_owned(), give)?;
        for comment in it.children.iter().filter(|it| it.name == "wp:comment") {
            let answer = if taken { self.comment(comment, it, want) } else { Err("its article is left out") };
            answered(answer, || comment.words("wp:comment_id").to_owned(), give)?;
        }
        Ok(())
    }

    fn comment(&self, it: &Element, article: &Element, want: Want) -> Answer {
        let left_out = match it.words("wp:comment_approved") {
            "1" => None,
            "spam" => Some("spam"),
            "trash" | "post-trashed" => Some("deleted"),
            _ => Some("not approved"),
        };
        if let Some(reason) = left_out {
            return Err(reason);
        }
        let id = Some(it.words("wp:comment_id")).filter(|id| !id.is_empty()).ok_or(NO_ID)?;
        let told = seconds(it.words("wp:comment_date_gmt")).or_else(|| seconds(it.words("wp:comment_date")));
        let date = told.ok_or(NO_DATE)?;
        let (link, path) = (article.words("link"), path_of(article));
        let name = html::words(it.words("wp:comment_author"));
        let account = self.accounts.get(it.words("wp:comment_user_id"));
        let (author, guest) = match account {
            Some(login) => (format!("u{login}"), None),
            None => {
                let id = article::guest(&name, it.words("wp:comment_author_email"));
                (id.clone(), Some(Member { id, secret: true, name, ..Member::default() }))
            }
        };
        let mut said = text(it.words("wp:comment_content"), want);
        // A pingback is another site's word that it links here: the link is what it says.
        let from = it.words("wp:comment_author_url");
        if matches!(it.words("wp:comment_type"), "pingback" | "trackback") && from.starts_with("http") {
            let words = html::plain_words(&html::words(it.words("wp:comment_author")));
            said = format!("[{words}]({})\n\n{said}", html::target(from));
        }
        let parent = it.words("wp:comment_parent");
        let post = Post {
            id: format!("k{id}"),
            topic: format!("t{}", article.words("wp:post_id")),
            author,
            date,
            reply_to: (!matches!(parent, "" | "0")).then(|| format!("k{parent}")),
            source: link.starts_with("http").then(|| format!("{link}#comment-{id}")),
            aliases: path.map(|path| format!("{path}#comment-{id}")).into_iter().collect(),
            text: said,
            ..Post::default()
        };
        Ok(Taken { author: guest, post, ..Taken::default() })
    }
}

/// The path of an article's address.
fn path_of(article: &Element) -> Option<&str> {
    let (_, rest) = article.words("link").split_once("://")?;
    rest.find('/').map(|at| &rest[at..])
}

/// A text of the site, when texts are wanted.
fn text(text: &str, want: Want) -> String {
    match want {
        Want::All => html::markdown(&paragraphs(text), &html::usual),
        Want::Names => String::new(),
    }
}

/// An article without its comments.
fn article(it: &Element, want: Want) -> Answer {
    if let Some(reason) = hidden(it) {
        return Err(reason);
    }
    let id = Some(it.words("wp:post_id")).filter(|id| !id.is_empty()).ok_or(NO_ID)?;
    let told = seconds(it.words("wp:post_date_gmt")).or_else(|| seconds(it.words("wp:post_date")));
    let date = told.ok_or(NO_DATE)?;
    let (link, path) = (it.words("link"), path_of(it));
    let short = format!("/?p={id}");
    let mut aliases: Vec<String> = path.map(str::to_owned).into_iter().collect();
    if !aliases.contains(&short) {
        aliases.push(short);
    }
    let tags = it.children.iter().filter(|it| it.name == "category").map(|it| it.text.trim().to_lowercase());
    let mut tags: Vec<String> = tags.filter(|tag| tag != "uncategorized").collect();
    tags.sort();
    tags.dedup();
    let topic = Topic {
        id: format!("t{id}"),
        board: Some(BOARD.to_owned()),
        title: html::words(it.words("title")),
        tags,
        pinned: it.words("wp:is_sticky") == "1",
        locked: it.words("wp:comment_status") == "closed",
        aliases,
        ..Topic::default()
    };
    let post = Post {
        id: format!("p{id}"),
        topic: topic.id.clone(),
        author: format!("u{}", it.words("dc:creator")),
        date,
        opens: true,
        source: Some(link.to_owned()).filter(|it| it.starts_with("http")),
        text: text(it.words("content:encoded"), want),
        ..Post::default()
    };
    Ok(Taken { topic: Some(topic), post, ..Taken::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_falls_into_paragraphs() {
        let of = |text: &str| html::markdown(&paragraphs(text), &html::usual);
        assert_eq!(of("a\nb\n\nc"), "a\\\nb\n\nc");
        assert_eq!(of("a\n\n<ul>\n<li>b</li>\n</ul>\nc"), "a\n\n- b\n\nc");
        assert_eq!(of("a\n<pre>b\n\nc</pre>\n\nd"), "a\n\n```\nb\n\nc\n```\n\nd");
        assert_eq!(of("[caption id=\"\" caption=\"A cup\"]<img src=\"c.png\">[/caption]"), "![](c.png)\\\nA cup");
        assert_eq!(of("[caption id=\"\"]<img src=\"c.png\"> A cup[/caption] [caption "), "![](c.png) A cup \\[caption");
    }

    #[test]
    fn times_are_read() {
        assert_eq!(seconds("1970-01-02 00:00:01"), Some(86401));
        assert_eq!(seconds("0000-00-00 00:00:00"), None);
    }
}
