//! A table in HTML → a table in Markdown, or where a cell holds more than lines, its cells one after the other.

use super::inline::Within;
use super::tree::Element;
use super::write::Writer;

impl Writer<'_> {
    /// Writes a table as blocks.
    pub(super) fn table(&self, table: &Element, depth: usize) -> Vec<String> {
        let mut rows: Vec<(Vec<&Element>, bool)> = Vec::new();
        let mut captions = Vec::new();
        gather(table, false, &mut rows, &mut captions);
        rows.retain(|(cells, _)| !cells.is_empty());
        let mut blocks: Vec<String> = captions.iter().flat_map(|it| self.blocks(&it.children, depth)).collect();
        let many = |it: &&Element| {
            it.find(&|inner| matches!(inner.name.as_str(), "pre" | "ul" | "ol" | "table" | "blockquote" | "details"))
                .is_some()
        };
        let width = rows.iter().map(|(cells, _)| cells.len()).max().unwrap_or(0);
        if width == 0 {
            return blocks;
        }
        if width == 1 && rows.len() == 1 || rows.iter().any(|(cells, _)| cells.iter().any(many)) {
            blocks.extend(rows.iter().flat_map(|(cells, _)| cells).flat_map(|it| self.blocks(&it.children, depth)));
            return blocks;
        }
        let row = |cells: &[&Element]| {
            let within = Within { cell: true, ..Within::default() };
            let mut out = String::from("|");
            for at in 0..width {
                let cell = cells.get(at).map_or_else(String::new, |it| self.line(&it.children, within));
                out.push_str(&format!(" {} |", pipes(&cell)));
            }
            out
        };
        let headed = rows.first().is_some_and(|(_, head)| *head);
        let (head, body) = if headed { rows.split_at(1) } else { rows.split_at(0) };
        let mut lines = vec![row(head.first().map_or(&[][..], |(cells, _)| cells))];
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

fn gather<'e>(
    element: &'e Element,
    head: bool,
    rows: &mut Vec<(Vec<&'e Element>, bool)>,
    captions: &mut Vec<&'e Element>,
) {
    for it in element.elements() {
        match it.name.as_str() {
            "tr" => {
                let cells: Vec<&Element> = it.elements().filter(|it| matches!(it.name.as_str(), "td" | "th")).collect();
                let all = cells.iter().all(|it| it.name == "th");
                rows.push((cells, head || all));
            }
            "td" | "th" => rows.push((vec![it], false)),
            "caption" => captions.push(it),
            name => gather(it, head || name == "thead", rows, captions),
        }
    }
}
