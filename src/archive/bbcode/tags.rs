//! A tag with what it holds → elements that mean the same. What only changes colour, size or place of words leaves the words.

use super::Style;
use super::tokens::Tag;
use super::tree::{element, lines, paragraphs};
use crate::archive::html::{Element, Node};

/// The name of elements that are quotations.
pub(super) const QUOTE: &str = "bbcode-quote";

/// Whether a tag is known.
pub(super) fn known(name: &str) -> bool {
    kind(name).is_some()
}

/// Whether what a tag holds is no BBCode.
pub(super) fn raw(name: &str) -> bool {
    matches!(kind(name), Some(Kind::Code | Kind::Plain | Kind::Picture))
}

/// Whether a tag's items begin with `[*]`.
pub(super) fn lists(name: &str) -> bool {
    matches!(kind(name), Some(Kind::List))
}

/// Whether a tag means something without an end: a file that is there.
pub(super) fn alone(tag: &Tag, style: &Style<'_>) -> bool {
    matches!(kind(&tag.name), Some(Kind::File)) && (style.file)(numbered(tag), "").is_some()
}

enum Kind {
    /// Marks within a line, as elements of this name.
    Mark(&'static str),
    /// Blocks, as elements of this name.
    Block(&'static str),
    Inner,
    Code,
    Plain,
    Quote,
    Link,
    Picture,
    File,
    List,
    Item,
    Line,
    Break,
    Spoiler,
    Video,
    /// Words with another form of them.
    Short,
    /// What somebody says of themselves.
    Me,
    Member,
}

fn kind(name: &str) -> Option<Kind> {
    Some(match name {
        "b" | "strong" => Kind::Mark("b"),
        "i" | "em" => Kind::Mark("i"),
        "u" => Kind::Mark("u"),
        "s" | "strike" | "del" => Kind::Mark("s"),
        "sub" => Kind::Mark("sub"),
        "sup" => Kind::Mark("sup"),
        "tt" | "c" | "icode" => Kind::Mark("code"),
        "center" | "left" | "right" | "justify" | "align" | "indent" => Kind::Block("div"),
        "table" => Kind::Block("table"),
        "tr" => Kind::Block("tr"),
        "td" => Kind::Block("td"),
        "th" => Kind::Block("th"),
        "color" | "colour" | "black" | "blue" | "green" | "red" | "white" | "size" | "font" | "face" | "glow"
        | "shadow" | "email" | "highlight" | "anchor" | "ltr" | "rtl" | "bdo" | "move" | "marquee" => Kind::Inner,
        "code" | "php" | "pre" => Kind::Code,
        "noparse" | "nobbc" | "nobbcode" | "plain" => Kind::Plain,
        "quote" => Kind::Quote,
        "url" | "iurl" | "ftp" => Kind::Link,
        "img" => Kind::Picture,
        "attachment" | "attach" => Kind::File,
        "list" | "ul" | "ol" => Kind::List,
        "*" | "li" => Kind::Item,
        "hr" => Kind::Line,
        "br" => Kind::Break,
        "abbr" | "acronym" => Kind::Short,
        "me" => Kind::Me,
        "member" => Kind::Member,
        "spoiler" | "spoil" => Kind::Spoiler,
        "youtube" | "video" | "media" | "flash" | "audio" => Kind::Video,
        _ => return None,
    })
}

/// The elements that a tag stands for.
pub(super) fn made(tag: &Tag, children: Vec<Node>, style: &Style<'_>) -> Vec<Node> {
    let one = |it: Element| vec![Node::Element(it)];
    match kind(&tag.name) {
        None | Some(Kind::Inner | Kind::Plain) => children,
        Some(Kind::Line) => one(element("hr", Vec::new())),
        Some(Kind::Break) => one(element("br", Vec::new())),
        Some(Kind::Short) => beside(children, format!(" ({})", tag.value), tag),
        Some(Kind::Me) => [vec![Node::Text(format!("* {} ", tag.value))], children].concat(),
        Some(Kind::Member) => member(tag, children, style),
        Some(Kind::Mark(name)) => one(element(name, children)),
        Some(Kind::Block("td")) => one(element("td", children)),
        Some(Kind::Block("th")) => one(element("th", children)),
        Some(Kind::Block(name @ ("table" | "tr"))) => one(element(name, without_breaks(children))),
        Some(Kind::Block(name)) => one(element(name, paragraphs(children))),
        Some(Kind::Code) => one(code(tag, children)),
        Some(Kind::Quote) => one(quote(tag, children, style)),
        Some(Kind::Link) => link(tag, children),
        Some(Kind::Picture) => picture(tag, children),
        Some(Kind::File) => file(tag, children, style),
        Some(Kind::List) => one(list(tag, children)),
        Some(Kind::Item) => one(element("li", paragraphs(children))),
        Some(Kind::Spoiler) => one(spoiler(tag, children)),
        Some(Kind::Video) => video(tag, children),
    }
}

fn words(children: Vec<Node>) -> (String, Element) {
    let all = element("span", children);
    (all.text().trim().to_owned(), all)
}

/// The words with more behind them, where the tag has a value.
fn beside(mut children: Vec<Node>, more: String, tag: &Tag) -> Vec<Node> {
    if !tag.value.is_empty() {
        children.push(Node::Text(more));
    }
    children
}

fn member(tag: &Tag, children: Vec<Node>, style: &Style<'_>) -> Vec<Node> {
    let (name, all) = words(children);
    match (style.member)(&tag.value) {
        Some(address) if !name.is_empty() => anchor(&address, vec![Node::Text(format!("@{name}"))]),
        _ => all.children,
    }
}

/// The number of a file that a tag shows.
fn numbered(tag: &Tag) -> &str {
    let named = ["index", "id"].into_iter().map(|it| tag.named(it));
    [tag.value.as_str()].into_iter().chain(named).find(|it| !it.is_empty()).unwrap_or_default()
}

/// Line ends between rows, or between items, are none of what they hold.
fn without_breaks(children: Vec<Node>) -> Vec<Node> {
    let is_break = |node: &Node| match node {
        Node::Element(it) => it.name == "br",
        Node::Text(text) => text.trim().is_empty(),
    };
    children.into_iter().filter(|node| !is_break(node)).collect()
}

fn code(tag: &Tag, children: Vec<Node>) -> Element {
    let text = element("span", children).text();
    let text = text.trim_matches('\n').to_owned();
    let mut code = element("code", vec![Node::Text(text)]);
    let language = match tag.name.as_str() {
        "php" => "php",
        _ if tag.value.is_empty() => tag.named("lang"),
        _ => &tag.value,
    };
    if !language.is_empty() && language.bytes().all(|b| b.is_ascii_alphanumeric() || b"+#_-".contains(&b)) {
        code.attributes.push((String::from("class"), format!("language-{}", language.to_ascii_lowercase())));
    }
    element("pre", vec![Node::Element(code)])
}

fn quote(tag: &Tag, children: Vec<Node>, style: &Style<'_>) -> Element {
    let author = if tag.value.is_empty() { tag.named("author") } else { &tag.value };
    let author = author.split_whitespace().collect::<Vec<_>>().join(" ");
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    // SMF names posts as `topic=12.msg99#msg99`, or `msg=99`.
    let linked = tag.named("link").rsplit(['#', '&']).next().unwrap_or_default();
    let linked = linked.trim_start_matches("msg").trim_start_matches('=');
    let post = ["post_id", "pid", "msg"].iter().map(|name| tag.named(name)).chain([linked]).find(|it| digits(it));
    let address = post.and_then(|post| (style.post)(post)).unwrap_or_default();
    let words = match author.as_str() {
        "" if address.is_empty() => String::new(),
        "" => String::from("…"),
        author => format!("{author}:"),
    };
    let said = element("blockquote", paragraphs(children));
    let mut quote = element(QUOTE, vec![Node::Element(said)]);
    quote.attributes = vec![(String::from("words"), words), (String::from("address"), address)];
    quote
}

/// An address as a browser would take it.
fn full(address: &str) -> String {
    let address = address.trim();
    if address.to_ascii_lowercase().starts_with("www.") { format!("http://{address}") } else { address.to_owned() }
}

fn anchor(address: &str, children: Vec<Node>) -> Vec<Node> {
    let mut anchor = element("a", children);
    anchor.attributes.push((String::from("href"), full(address)));
    vec![Node::Element(anchor)]
}

fn link(tag: &Tag, children: Vec<Node>) -> Vec<Node> {
    let (text, all) = words(children);
    match tag.value.as_str() {
        // A link around nothing shows nothing; its address is shown, so that it isn't lost.
        "" if text.is_empty() => all.children,
        "" => anchor(&text, all.children),
        address if text.is_empty() && all.find(&|it| it.name == "img").is_none() => {
            anchor(address, vec![Node::Text(address.to_owned())])
        }
        address => anchor(address, all.children),
    }
}

fn picture(tag: &Tag, children: Vec<Node>) -> Vec<Node> {
    let (address, all) = words(children);
    if address.is_empty() || address.contains(char::is_whitespace) {
        return all.children;
    }
    let mut picture = element("img", Vec::new());
    picture.attributes =
        vec![(String::from("src"), full(&address)), (String::from("alt"), tag.named("alt").to_owned())];
    vec![Node::Element(picture)]
}

fn file(tag: &Tag, children: Vec<Node>, style: &Style<'_>) -> Vec<Node> {
    let (name, all) = words(children);
    let Some((address, known)) = (style.file)(numbered(tag), &name) else {
        return if name.is_empty() { vec![Node::Text(tag.raw.clone())] } else { all.children };
    };
    let name = if name.is_empty() { known } else { name };
    let ending = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    if !matches!(ending.as_str(), "png" | "jpg" | "jpeg" | "gif" | "webp" | "avif") {
        return anchor(&address, vec![Node::Text(name)]);
    }
    let mut picture = element("img", Vec::new());
    picture.attributes = vec![(String::from("src"), address), (String::from("alt"), name)];
    vec![Node::Element(picture)]
}

fn list(tag: &Tag, children: Vec<Node>) -> Element {
    let kind = if tag.value.is_empty() { tag.named("type") } else { &tag.value };
    let ordered =
        tag.name == "ol" || matches!(kind, "1" | "a" | "A" | "i" | "I" | "decimal" | "lower-alpha" | "upper-alpha");
    element(if ordered { "ol" } else { "ul" }, without_breaks(children))
}

fn spoiler(tag: &Tag, children: Vec<Node>) -> Element {
    let title = if tag.value.is_empty() { tag.named("title") } else { &tag.value };
    let mut summary = Vec::new();
    lines(if title.is_empty() { "Spoiler" } else { title }, &mut summary);
    let mut held = vec![Node::Element(element("summary", summary))];
    held.extend(paragraphs(children));
    element("details", held)
}

fn video(tag: &Tag, children: Vec<Node>) -> Vec<Node> {
    let (text, all) = words(children);
    let id = |text: &str| {
        (8..=16).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
    };
    if text.contains("://") && !text.contains(char::is_whitespace) {
        anchor(&text, all.children)
    } else if tag.name == "youtube" && id(&text) {
        let address = format!("https://www.youtube.com/watch?v={text}");
        anchor(&address, vec![Node::Text(address.clone())])
    } else {
        all.children
    }
}
