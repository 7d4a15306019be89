//! Words and tags → a tree of elements, as a browser would have been given it. Each closing tag belongs to the last open one
//! of its name; what has no counterpart is text.

use std::collections::HashMap;

use super::tokens::{Tag, Token};
use super::{DEEPEST_LEVELS, Style, smilies, tags};
use crate::archive::html::{BLOCKS, Element, Node};

/// An element that isn't closed yet.
struct Open {
    /// The number of its piece.
    number: usize,
    tag: Tag,
    children: Vec<Node>,
}

/// Makes a tree.
pub(super) fn read(tokens: Vec<Token>, style: &Style<'_>) -> Element {
    let pairs = pairs(&tokens);
    let mut stack: Vec<Open> = Vec::new();
    let mut root: Vec<Node> = Vec::new();
    for (number, token) in tokens.into_iter().enumerate() {
        let paired = pairs.get(number).copied().flatten();
        match token {
            Token::Text(text) => {
                let typed = style.smilies && !stack.last().is_some_and(|it| tags::raw(&it.tag.name));
                let text = if typed { smilies::shown(&text) } else { text.into() };
                lines(&text, here(&mut stack, &mut root));
            }
            Token::Open(tag) if matches!(&*tag.name, "hr" | "br") => {
                here(&mut stack, &mut root).push(Node::Element(element(&tag.name, Vec::new())));
            }
            Token::Open(tag) if tag.name == "*" => {
                match stack.iter().rposition(|it| tags::lists(&it.tag.name)) {
                    Some(list) if stack.len() <= DEEPEST_LEVELS => {
                        close_to(list + 1, &mut stack, &mut root, style);
                        stack.push(Open { number, tag, children: Vec::new() });
                    }
                    // Too deep, or an item of nothing.
                    _ => lines(&tag.raw, here(&mut stack, &mut root)),
                }
            }
            // MyBB's has no end.
            Token::Open(tag) if paired.is_none() && tags::alone(&tag, style) => {
                here(&mut stack, &mut root).extend(tags::made(&tag, Vec::new(), style));
            }
            Token::Open(tag) if paired.is_none() => lines(&tag.raw, here(&mut stack, &mut root)),
            Token::Open(tag) if stack.len() <= DEEPEST_LEVELS => stack.push(Open { number, tag, children: Vec::new() }),
            Token::Open(_) => {}
            Token::Close(name, raw) => match paired {
                Some(open) => {
                    if let Some(at) = stack.iter().rposition(|it| it.number == open) {
                        close_to(at, &mut stack, &mut root, style);
                    }
                }
                None if name == "*" => {}
                None => lines(&raw, here(&mut stack, &mut root)),
            },
        }
    }
    close_to(0, &mut stack, &mut root, style);
    element("div", paragraphs(root))
}

/// The counterpart of each piece that has one.
fn pairs(tokens: &[Token]) -> Vec<Option<usize>> {
    let mut open: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut pairs = vec![None; tokens.len()];
    for (number, token) in tokens.iter().enumerate() {
        match token {
            Token::Open(tag) if tag.name != "*" => open.entry(&tag.name).or_default().push(number),
            Token::Close(name, _) => {
                if let Some(other) = open.get_mut(name.as_str()).and_then(Vec::pop) {
                    pairs[number] = Some(other);
                    pairs[other] = Some(number);
                }
            }
            _ => {}
        }
    }
    pairs
}

fn here<'s>(stack: &'s mut [Open], root: &'s mut Vec<Node>) -> &'s mut Vec<Node> {
    stack.last_mut().map_or(root, |it| &mut it.children)
}

/// Closes elements until this many are open.
fn close_to(length: usize, stack: &mut Vec<Open>, root: &mut Vec<Node>, style: &Style<'_>) {
    while stack.len() > length {
        if let Some(Open { tag, children, .. }) = stack.pop() {
            let made = tags::made(&tag, children, style);
            here(stack, root).extend(made);
        }
    }
}

/// Adds words, each line end as such.
pub(super) fn lines(text: &str, to: &mut Vec<Node>) {
    for (number, line) in text.split('\n').enumerate() {
        if number > 0 {
            to.push(Node::Element(element("br", Vec::new())));
        }
        match to.last_mut() {
            _ if line.is_empty() => {}
            Some(Node::Text(before)) => before.push_str(line),
            _ => to.push(Node::Text(line.to_owned())),
        }
    }
}

/// An element without attributes.
pub(super) fn element(name: &str, children: Vec<Node>) -> Element {
    let block = BLOCKS.contains(&name) || name == tags::QUOTE || children.iter().any(is_block);
    Element { name: name.to_owned(), attributes: Vec::new(), children, block }
}

fn is_block(node: &Node) -> bool {
    matches!(node, Node::Element(it) if it.block)
}

/// Makes paragraphs of what empty lines part.
pub(super) fn paragraphs(nodes: Vec<Node>) -> Vec<Node> {
    let mut out = Vec::new();
    let mut run: Vec<Node> = Vec::new();
    let mut breaks = 0;
    let end = |run: &mut Vec<Node>, out: &mut Vec<Node>| {
        if !run.is_empty() {
            out.push(Node::Element(element("p", std::mem::take(run))));
        }
    };
    for node in nodes {
        match &node {
            Node::Element(it) if it.name == "br" => breaks += 1,
            Node::Text(text) if text.trim().is_empty() => {
                if breaks == 0 && !run.is_empty() {
                    run.push(node);
                }
            }
            node if is_block(node) => {
                end(&mut run, &mut out);
                out.push(node.clone());
                breaks = 0;
            }
            _ => {
                if breaks > 1 {
                    end(&mut run, &mut out);
                } else if breaks == 1 && !run.is_empty() {
                    run.push(Node::Element(element("br", Vec::new())));
                }
                breaks = 0;
                run.push(node);
            }
        }
    }
    end(&mut run, &mut out);
    out
}
