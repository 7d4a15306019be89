//! A table in HTML → a table in Markdown, or where it isn't made of lines in cells, what it holds, one after the other.

use super::inline::Within;
use super::tree::{Element, Node};
use super::write::Writer;

impl Writer<'_> {
    /// Writes a table as blocks.
    pub(super) fn table(&self, table: &Element, depth: usize) -> Vec<String> {
        let mut rows: Vec<(Vec<&Element>, bool)> = Vec::new();
        let whole = gather(table, false, &mut rows);
        rows.retain(|(cells, _)| !cells.is_empty());
        let many = |it: &&Element| {
            it.find(&|inner| matches!(inner.name.as_str(), "pre" | "ul" | "ol" | "table" | "blockquote" | "details"))
                .is_some()
        };
        let width = rows.iter().map(|(cells, _)| cells.len()).max().unwrap_or(0);
        let layout = width < 2 && rows.len() < 2 || rows.iter().any(|(cells, _)| cells.iter().any(many));
        if !whole || layout {
            return self.blocks(&table.children, depth);
        }
        let mut blocks = Vec::new();
        let row = |cells: &[&Element]| {
            let within = Within { cell: true, ..Within::default() };
            let cells = cells.iter().map(|it| format!(" {} |", pipes(&self.line(&it.children, within))));
            format!("|{}", cells.collect::<String>())
        };
        let headed = rows.first().is_some_and(|(_, head)| *head);
        let (head, body) = if headed { rows.split_at(1) } else { rows.split_at(0) };
        // The head has a cell for each column. Rows that lack some are left so: of a table with many columns each would
        // take as many.
        let head = head.first().map_or(&[][..], |(cells, _)| cells);
        let mut lines = vec![row(head) + &"  |".repeat(width - head.len())];
        lines.push(format!("|{}", " --- |".repeat(width)));
        lines.extend(body.iter().map(|(cells, _)| row(cells)));
        blocks.push(lines.join("\n"));
        blocks
    }
}

impl Writer<'_> {
    /// Writes all of an element as one cell.
    pub(super) fn cell(&self, root: &Element) -> String {
        pipes(&self.line(&root.children, Within { cell: true, ..Within::default() }))
    }
}

/// Bars that aren't escaped yet would part cells.
fn pipes(cell: &str) -> String {
    let mut out = String::with_capacity(cell.len());
    let mut before = ' ';
    for c in cell.chars() {
        if c == '|' && before != '\\' {
            out.push('\\');
        }
        out.push(c);
        before = c;
    }
    out
}

/// Gathers the rows of a table. False when it holds words that are in no cell.
fn gather<'e>(element: &'e Element, head: bool, rows: &mut Vec<(Vec<&'e Element>, bool)>) -> bool {
    let mut whole = true;
    for node in &element.children {
        let it = match node {
            Node::Text(text) => {
                whole &= text.trim().is_empty();
                continue;
            }
            Node::Element(it) => it,
        };
        whole &= match it.name.as_str() {
            "tr" => {
                let cells: Vec<&Element> = it.elements().filter(|it| matches!(it.name.as_str(), "td" | "th")).collect();
                let all = cells.iter().all(|it| it.name == "th");
                let only = it.children.iter().all(|node| match node {
                    Node::Text(text) => text.trim().is_empty(),
                    Node::Element(it) => matches!(it.name.as_str(), "td" | "th"),
                });
                rows.push((cells, head || all));
                only
            }
            "thead" | "tbody" | "tfoot" => gather(it, head || it.name == "thead", rows),
            "colgroup" | "col" => true,
            _ => false,
        };
    }
    whole
}
