//! A tree of HTML → blocks of Markdown. Lines are [`inline`](super::inline)'s.

use super::escape;
use super::inline::{Line, Within, picture};
use super::tree::{BLOCKS, Element, Node};
use super::{Dialect, Shape};

/// The most blocks within each other that Markdown is made for; what lies deeper stands beside.
const DEEPEST_LEVELS: usize = 40;

/// Writes elements as their tags and the dialect say.
pub(super) struct Writer<'d> {
    pub(super) dialect: Dialect<'d>,
}

impl Writer<'_> {
    /// A whole text, without a line end.
    pub(super) fn document(&self, root: &Element) -> String {
        self.blocks(&root.children, 0).join("\n\n")
    }

    /// Writes nodes as blocks.
    pub(super) fn blocks(&self, nodes: &[Node], depth: usize) -> Vec<String> {
        let mut blocks = Vec::new();
        let mut line = Line::default();
        self.flow(nodes, depth, &mut line, &mut blocks);
        paragraph(&mut line, &mut blocks);
        blocks
    }

    /// Goes on with the paragraph in `line`, and ends it at each block.
    fn flow(&self, nodes: &[Node], depth: usize, line: &mut Line, blocks: &mut Vec<String>) {
        for node in nodes {
            match node {
                Node::Element(element) if self.is_block(element) => {
                    let shape = (self.dialect)(element);
                    if matches!(shape, Shape::Usual | Shape::Inner) && !BLOCKS.contains(&element.name.as_str()) {
                        // Marks around blocks are left out: they would have to be set again in each.
                        self.flow(&element.children, depth, line, blocks);
                    } else {
                        paragraph(line, blocks);
                        self.block(element, depth, blocks);
                    }
                }
                node => self.inline(std::slice::from_ref(node), Within::default(), line),
            }
        }
    }

    /// The name of an element's tag, or of that which the dialect takes it for.
    fn tag<'e>(&self, element: &'e Element) -> &'e str {
        match (self.dialect)(element) {
            Shape::As(tag) => tag,
            _ => &element.name,
        }
    }

    fn is_block(&self, element: &Element) -> bool {
        match (self.dialect)(element) {
            Shape::Usual | Shape::Inner => element.block,
            Shape::Quote { .. } | Shape::Aside | Shape::Code { .. } => true,
            Shape::As(tag) => BLOCKS.contains(&tag),
            Shape::Picture { .. } => BLOCKS.contains(&element.name.as_str()),
            // Words covered within a line are shown as such.
            Shape::Spoiler => element.block,
            _ => false,
        }
    }

    fn block(&self, element: &Element, depth: usize, blocks: &mut Vec<String>) {
        let inner = |depth: usize| self.blocks(&element.children, depth);
        match (self.dialect)(element) {
            Shape::Quote { words, address } => {
                let words = words.trim();
                let text = escape::plain_words(words);
                let head = if address.is_empty() { text } else { format!("[{text}]({})", escape::address(&address)) };
                let mut quoted = if words.is_empty() { Vec::new() } else { vec![escape::line_start(&head)] };
                quoted.extend(match element.find(&|it| it.name == "blockquote") {
                    Some(said) => self.blocks(&said.children, depth + 1),
                    None => inner(depth + 1),
                });
                return blocks.extend(quote(&quoted, depth));
            }
            Shape::Aside => return blocks.extend(quote(&inner(depth + 1), depth)),
            Shape::Spoiler => return blocks.extend(covered("Spoiler", inner(depth + 1))),
            Shape::Inner => return blocks.extend(inner(depth)),
            Shape::Picture { alt, address } => {
                let picture = picture(&alt, &address);
                return blocks.extend((!picture.is_empty()).then(|| escape::line_start(&picture)));
            }
            Shape::Code { language, text } => {
                let fits = |c: char| c.is_ascii_alphanumeric() || "+#._-".contains(c);
                let language = if language.chars().all(fits) { language.as_str() } else { "" };
                return blocks.extend((!text.trim().is_empty()).then(|| escape::fence(&text, language)));
            }
            _ => {}
        }
        let within = Within { cell: true, ..Within::default() };
        match self.tag(element) {
            "hr" => blocks.push(String::from("***")),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                let level = element.name[1..].parse().unwrap_or(6);
                let line = self.line(&element.children, within);
                if !line.is_empty() {
                    // A run of `#` at the end would be taken for the heading's mark.
                    let words = line.trim_end_matches('#');
                    let end = &line[words.len()..];
                    let mark = if end.is_empty() || words.ends_with(|c: char| c != ' ') && !words.is_empty() {
                        ""
                    } else {
                        "\\"
                    };
                    blocks.push(format!("{} {words}{mark}{end}", "#".repeat(level)));
                }
            }
            "pre" => {
                let text = element.text();
                if !text.trim().is_empty() {
                    let text = text.strip_prefix('\n').unwrap_or(&text);
                    blocks.push(escape::fence(text, &language(element)));
                }
            }
            "blockquote" => blocks.extend(quote(&inner(depth + 1), depth)),
            "ul" | "ol" | "menu" => blocks.extend(self.list(element, depth)),
            "table" => blocks.extend(self.table(element, depth)),
            "details" => {
                let summary = element.elements().find(|it| self.tag(it) == "summary");
                let summary = summary.map(|it| self.line(&it.children, within)).unwrap_or_default();
                let held: Vec<Node> = element
                    .children
                    .iter()
                    .filter(|node| !matches!(node, Node::Element(it) if self.tag(it) == "summary"))
                    .cloned()
                    .collect();
                blocks.extend(covered(&summary, self.blocks(&held, depth + 1)));
            }
            "dt" => {
                let line = self.line(&element.children, within);
                if !line.is_empty() {
                    blocks.push(format!("<b>{line}</b>"));
                }
            }
            "dd" | "li" => blocks.extend(item("- ", &inner(depth + 1), depth)),
            "iframe" | "video" | "audio" | "object" => {
                let node = Node::Element(Element { block: false, ..element.clone() });
                let line = self.line(std::slice::from_ref(&node), Within::default());
                blocks.extend((!line.is_empty()).then_some(line));
            }
            _ => blocks.extend(inner(depth)),
        }
    }

    fn list(&self, list: &Element, depth: usize) -> Vec<String> {
        let mut blocks: Vec<String> = Vec::new();
        let mut tight = true;
        let mut number: u32 = list.attribute("start").parse().unwrap_or(1);
        let is_item = |node: &Node| matches!(node, Node::Element(it) if it.name == "li");
        // What stands loose in a list belongs to no item; it is shown as one.
        for nodes in list.children.chunk_by(|a, b| !is_item(a) && !is_item(b)) {
            let inner = match nodes {
                [Node::Element(it)] if it.name == "li" => self.blocks(&it.children, depth + 1),
                loose => self.blocks(loose, depth + 1),
            };
            if inner.is_empty() {
                continue;
            }
            let mark = if list.name == "ol" { format!("{number}. ") } else { String::from("- ") };
            number = number.saturating_add(1).min(999_999_999);
            tight &= inner.len() == 1 || inner.len() == 2 && inner.iter().skip(1).all(|it| is_list(it));
            if inner.len() == 2 && is_list(&inner[1]) && depth < DEEPEST_LEVELS {
                blocks.extend(item(&mark, &[inner.join("\n")], depth));
            } else {
                blocks.extend(item(&mark, &inner, depth));
            }
        }
        if tight && depth < DEEPEST_LEVELS && !blocks.is_empty() { vec![blocks.join("\n")] } else { blocks }
    }
}

fn is_list(block: &str) -> bool {
    let digits = block.bytes().take_while(u8::is_ascii_digit).count();
    block.starts_with("- ") || digits > 0 && block[digits..].starts_with(". ")
}

/// Ends the paragraph that was being written.
fn paragraph(line: &mut Line, blocks: &mut Vec<String>) {
    let text = std::mem::take(line).finish(Within::default());
    if !text.is_empty() {
        blocks.push(text);
    }
}

/// Puts blocks into a quotation; beyond the limit they stand as they are.
fn quote(inner: &[String], depth: usize) -> Vec<String> {
    if inner.is_empty() || depth >= DEEPEST_LEVELS {
        return inner.to_vec();
    }
    let each = inner.join("\n\n");
    let lines = each.lines().map(|line| if line.is_empty() { String::from(">") } else { format!("> {line}") });
    vec![lines.collect::<Vec<_>>().join("\n")]
}

/// Makes an item of a list; beyond the limit its blocks stand as they are.
fn item(mark: &str, inner: &[String], depth: usize) -> Vec<String> {
    if inner.is_empty() || depth >= DEEPEST_LEVELS {
        return inner.to_vec();
    }
    let indent = " ".repeat(mark.len());
    let text = inner.join("\n\n");
    let mut lines = text.lines();
    let mut out = format!("{mark}{}", lines.next().unwrap_or_default());
    for line in lines {
        out.push('\n');
        if !line.is_empty() {
            out.push_str(&indent);
            out.push_str(line);
        }
    }
    vec![out]
}

/// Puts blocks under a cover.
fn covered(summary: &str, inner: Vec<String>) -> Vec<String> {
    let head =
        if summary.is_empty() { String::from("<details>") } else { format!("<details>\n<summary>{summary}</summary>") };
    let mut blocks = vec![head];
    blocks.extend(inner);
    blocks.push(String::from("</details>"));
    blocks
}

/// The language of a block of code, as its classes tell it.
fn language(pre: &Element) -> String {
    let code = pre.elements().find(|it| it.name == "code");
    let classes = [code.map_or("", |it| it.attribute("class")), pre.attribute("class"), pre.attribute("data-lang")];
    let named = classes.iter().flat_map(|it| it.split_ascii_whitespace()).find_map(|class| {
        let name = ["lang-", "language-", "highlight-source-"].iter().find_map(|it| class.strip_prefix(it));
        let alone = || code.is_some_and(|it| it.attribute("class") == class).then_some(class);
        let name = name.or_else(alone)?;
        let fits = name.len() <= 20 && name.chars().all(|c| c.is_ascii_alphanumeric() || "+#._-".contains(c));
        fits.then_some(name)
    });
    match named {
        Some("auto" | "nohighlight" | "none" | "plaintext" | "hljs" | "highlight") | None => String::new(),
        Some(name) => name.to_owned(),
    }
}
