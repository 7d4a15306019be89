//! What the module does as a whole: a text in, a filled page out.

mod content;
mod hostile;
mod laws;

use super::*;

fn rendered(text: &str) -> Rendered {
    render(text, &Limits::default())
}

/// The page of a post: the prefix is `P-`, link `i` leads to `to-i`.
fn filled(rendered: &Rendered, images: &OutsideImages) -> String {
    let fillings: Vec<Filling<'_>> = rendered.links.iter().enumerate().map(|(i, link)| found(i, link)).collect();
    fill(&rendered.body, &PostIds::prefixed("P-"), &fillings, images).into_string()
}

fn found(number: usize, link: &Link) -> Filling<'static> {
    let address = format!("to-{number}").into();
    match link.kind {
        LinkKind::Link => Filling::Address(address),
        LinkKind::Image => Filling::Picture { address, width: 3, height: 2 },
        LinkKind::Mention => Filling::Member { name: "Name".into(), address: Some(address) },
    }
}

fn html(text: &str) -> String {
    filled(&rendered(text), &OutsideImages::Link)
}

/// The page on one line.
fn line(text: &str) -> String {
    html(text).trim_end().replace('\n', " ")
}

fn spot(line: u32, column: u32) -> Spot {
    Spot { line, column }
}
