//! The HTML that Discourse makes of posts → what its peculiar elements are to become.

use crate::archive::emoji::named;
use crate::archive::html::{self, Element, Shape};

/// Turns a post of the topic with this number into Markdown.
pub(super) fn markdown(html: &str, topic: u64) -> String {
    html::markdown(html, &shape_of(topic))
}

/// What elements of a post of this topic become.
pub(super) fn shape_of(topic: u64) -> impl Fn(&Element) -> Shape {
    move |element| shape(element, topic)
}

fn shape(element: &Element, topic: u64) -> Shape {
    let has = |class: &str| element.has_class(class);
    match element.name.as_str() {
        "aside" if has("quote") => quote(element, topic),
        "aside" => Shape::Aside,
        // The name over a quotation is told by the quotation; the buttons of polls and pictures are no words.
        "div" if has("title") && element.find(&|it| it.has_class("quote-controls")).is_some() => Shape::Gone,
        "div" if has("meta") && element.find(&|it| it.has_class("informations")).is_some() => Shape::Gone,
        "div" if has("poll-buttons") || has("poll-info") || has("quote-controls") || has("github-icon-container") => {
            Shape::Gone
        }
        "div" | "span" if has("spoiler") || has("spoiled") => Shape::Spoiler,
        "div" if has("lazyYT") || has("lazy-video-container") || has("youtube-onebox") => video(element),
        "a" if has("lightbox") => lightbox(element),
        "a" if has("anchor") && element.text().trim().is_empty() => Shape::Gone,
        "img" if has("emoji") => Shape::Words(emoji(element.attribute("alt"))),
        "img" if has("avatar") || has("site-icon") || has("thumbnail") || has("onebox-avatar") => Shape::Gone,
        "img" if has("onebox-avatar-inline") || has("ytp-thumbnail-image") => Shape::Gone,
        "svg" => Shape::Gone,
        "span" if has("math") => Shape::Markdown(format!("${}$", element.text().trim())),
        "span" if has("bbcode-b") => Shape::Usual,
        _ => Shape::Usual,
    }
}

fn quote(element: &Element, topic: u64) -> Shape {
    let title = element.find(&|it| it.has_class("title"));
    let words = title.map_or_else(String::new, |it| it.text().split_whitespace().collect::<Vec<_>>().join(" "));
    let (at, post) = (element.attribute("data-topic"), element.attribute("data-post"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let at = if digits(at) { at.to_owned() } else { topic.to_string() };
    let address = if digits(post) { format!("/t/{at}/{post}") } else { String::new() };
    let name = element.attribute("data-username");
    let words = if words.is_empty() && !name.is_empty() { format!("{name}:") } else { words };
    Shape::Quote { words, address }
}

fn lightbox(element: &Element) -> Shape {
    let image = element.find(&|it| it.name == "img");
    let alt = image.map_or("", |it| it.attribute("alt"));
    Shape::Picture { alt: alt.to_owned(), address: element.attribute("href").to_owned() }
}

fn video(element: &Element) -> Shape {
    let anchor = element.find(&|it| it.name == "a").map_or("", |it| it.attribute("href"));
    let (id, provider) = (
        [element.attribute("data-youtube-id"), element.attribute("data-video-id")].concat(),
        element.attribute("data-provider-name"),
    );
    let fits = !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    let address = if !anchor.is_empty() {
        anchor.to_owned()
    } else if fits && matches!(provider, "" | "youtube") {
        format!("https://www.youtube.com/watch?v={id}")
    } else {
        return Shape::Usual;
    };
    let title =
        [element.attribute("data-youtube-title"), element.attribute("data-video-title"), element.attribute("title")]
            .into_iter()
            .find(|it| !it.is_empty());
    Shape::Link { words: title.unwrap_or(&address).to_owned(), address }
}

/// The sign that an emoji's name stands for; the name between colons when there is none.
pub(super) fn emoji(name: &str) -> String {
    let short = name.trim_matches(':').split(":t").next().unwrap_or(name);
    let known = match short {
        "slight_smile" => "slightly_smiling_face",
        "stuck_out_tongue_closed_eyes" => "stuck_out_tongue_closed_eyes",
        "frowning" => "frowning",
        "slight_frown" => "slightly_frowning_face",
        "thinking" => "thinking",
        "upside_down" => "upside_down_face",
        "face_with_raised_eyebrow" => "raised_eyebrow",
        "rofl" => "rofl",
        other => other,
    };
    named(known).unwrap_or(name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::html::differ;
    use crate::archive::row::Entry;

    #[test]
    fn real_posts_keep_their_words() {
        use std::io::{Write, stderr};
        let Some(folder) = std::env::var_os("BOARDS_TEST_ARCHIVES") else {
            let _ = writeln!(stderr(), "skipped: BOARDS_TEST_ARCHIVES names no folder of real exports");
            return;
        };
        let (mut all, mut wrong) = (0, Vec::new());
        for entry in walkdir::WalkDir::new(folder) {
            let path = entry.unwrap().into_path();
            let json = path.extension().is_some_and(|it| it == "json");
            let Some(topic) = json.then(|| std::fs::read_to_string(&path).unwrap()) else { continue };
            for post in
                super::super::json::topic(&topic).iter().flat_map(|it| &it.post_stream.posts).filter_map(Entry::read)
            {
                all += 1;
                let differ = post.cooked.as_deref().and_then(|it| differ(it, &shape_of(1)));
                wrong.extend(differ.map(|(before, after)| format!("{}\n{before}\n{after}", post.id)));
            }
        }
        assert!(wrong.is_empty(), "{} of {all}\n{}", wrong.len(), wrong.join("\n\n"));
    }
}
