//! YAML text in → a tree of nodes with their places out, then typed fields. A small YAML: no anchors, aliases, tags,
//! merge keys or second documents, so that what a file says is what stands in it. Every fault is collected.

mod plain;
mod scalar;

use std::collections::BTreeMap;

use serde_yaml::granit_parser::{self, Event, Marker, Parser, ScalarStyle, Span, StrInput};

pub use scalar::{list, scalar};

use crate::diagnostic::{Diagnostic, Rule, Severity, Spot};

/// The text is no YAML.
pub static YAML_SYNTAX: Rule = Rule { name: "yaml-syntax", severity: Severity::Error };
/// YAML that the format leaves out: anchors, aliases, tags, merge keys, several documents.
pub static YAML_FEATURE: Rule = Rule { name: "yaml-feature", severity: Severity::Error };
/// A field that the format doesn't know.
pub static UNKNOWN_FIELD: Rule = Rule { name: "unknown-field", severity: Severity::Error };
/// A field that stands twice.
pub static DOUBLED_FIELD: Rule = Rule { name: "doubled-field", severity: Severity::Error };
/// A field whose value is of the wrong kind.
pub static FIELD_VALUE: Rule = Rule { name: "field-value", severity: Severity::Error };
/// A field that must be there and isn't.
pub static MISSING_FIELD: Rule = Rule { name: "missing-field", severity: Severity::Error };

/// How deep lists and maps may nest; the format needs three.
const DEEPEST_LEVELS: usize = 8;

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The value's first character.
    pub at: Spot,
    /// The value.
    pub value: Value,
}

/// What a node holds. Scalars keep their spelling: the field that takes them knows their type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing: `key:` and no more, `~` or `null`.
    Empty,
    /// A text, number or truth value as it is spelled.
    Scalar(String),
    /// A list.
    List(Vec<Node>),
    /// A map, in the order of the file.
    Map(Vec<(MapKey, Node)>),
}

/// A key of a map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MapKey {
    /// Where it stands.
    pub at: Spot,
    /// The key.
    pub name: String,
}

/// A value with the place it stands at.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct At<T> {
    /// Where.
    pub at: Spot,
    /// What.
    pub value: T,
}

/// Reads `text`, whose first line is line `1 + offset` of the file at `path`, as one map. An empty text is an empty map.
/// Faults go to `faults`; after one that leaves no tree the answer is `None`.
pub fn read(path: &str, text: &str, offset: u32, faults: &mut Vec<Diagnostic>) -> Option<Vec<(MapKey, Node)>> {
    if let Some(map) = plain::read(text, offset) {
        return Some(map);
    }
    match document(path, text, offset, faults)? {
        Node { value: Value::Map(map), .. } => Some(map),
        Node { value: Value::Empty, .. } => Some(Vec::new()),
        node => {
            faults.push(YAML_SYNTAX.at(path, node.at, "expected `key: value` lines", "write one `key: value` a line"));
            None
        }
    }
}

/// Reads a document, whatever it is; one without anything is [`Value::Empty`].
pub fn document(path: &str, text: &str, offset: u32, faults: &mut Vec<Diagnostic>) -> Option<Node> {
    let mut reader = Reader::new(path, text, offset, faults);
    match reader.document() {
        Ok(node) => Some(node.unwrap_or(Node { value: Value::Empty, at: Spot { line: 1, column: 1 } })),
        Err(fault) => {
            faults.push(*fault);
            None
        }
    }
}

/// Walks the parser's events once, front to back.
struct Reader<'t, 'f> {
    path: &'t str,
    offset: u32,
    events: Parser<'t, StrInput<'t>>,
    faults: &'f mut Vec<Diagnostic>,
}

type Fault = Box<Diagnostic>;

impl<'t, 'f> Reader<'t, 'f> {
    fn new(path: &'t str, text: &'t str, offset: u32, faults: &'f mut Vec<Diagnostic>) -> Reader<'t, 'f> {
        let options = granit_parser::options! { emit_anchor_events: true };
        Reader { path, offset, events: Parser::new_from_str_with_options(text, options), faults }
    }

    fn spot(&self, marker: &Marker) -> Spot {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX - 1);
        Spot { line: count(marker.line()).saturating_add(self.offset), column: count(marker.col()) + 1 }
    }

    /// The next event that is no comment and no anchor. An anchor's event follows that of its node, and has a place of
    /// its own.
    fn next(&mut self) -> Result<Option<(Event<'t>, Span)>, Fault> {
        loop {
            match self.events.next_event() {
                None => return Ok(None),
                Some(Err(error)) => {
                    let at = self.spot(error.marker());
                    let hint = "quote a text that holds `: ` or ` #` or begins with a sign";
                    return Err(Box::new(YAML_SYNTAX.at(self.path, at, error.info().to_owned(), hint)));
                }
                Some(Ok((Event::Comment(..), _))) => {}
                Some(Ok((Event::Anchor(..), span))) => {
                    let at = self.spot(&span.start);
                    self.faults.push(*self.feature(at, "an anchor (&name)", "write the value out"));
                }
                Some(Ok((event, span))) => return Ok(Some((event, span))),
            }
        }
    }

    fn document(&mut self) -> Result<Option<Node>, Fault> {
        let mut root = None;
        while let Some((event, span)) = self.next()? {
            match event {
                Event::StreamStart | Event::StreamEnd | Event::DocumentStart(..) | Event::DocumentEnd => {}
                _ if root.is_some() => {
                    return Err(self.feature(self.spot(&span.start), "a second document", "keep one document a file"));
                }
                event => root = Some(self.node(event, &span, 0)?),
            }
        }
        Ok(root)
    }

    fn feature(&self, at: Spot, what: &str, hint: &str) -> Fault {
        Box::new(YAML_FEATURE.at(self.path, at, format!("{what} is not part of the format"), hint))
    }

    fn node(&mut self, event: Event<'t>, span: &Span, depth: usize) -> Result<Node, Fault> {
        let at = self.spot(&span.start);
        if depth > DEEPEST_LEVELS {
            return Err(Box::new(YAML_SYNTAX.at(self.path, at, "nested too deep", "no field of the format nests so")));
        }
        let tagged = match &event {
            Event::Scalar(.., tag) | Event::SequenceStart(.., tag) | Event::MappingStart(.., tag) => tag.is_some(),
            _ => false,
        };
        if tagged {
            let at = span.tag_start().map_or(at, |tag| self.spot(&tag));
            self.faults.push(*self.feature(at, "a tag (!name)", "leave the tag out; the field knows its type"));
        }
        let value = match event {
            Event::Scalar(text, ScalarStyle::Plain, ..) if matches!(&*text, "" | "~" | "null") => Value::Empty,
            Event::Scalar(text, ..) => {
                if text.contains('\0') {
                    let hint = "leave it out";
                    self.faults.push(FIELD_VALUE.at(self.path, at, "a text can't hold a NUL (`\\0`)", hint));
                }
                Value::Scalar(text.replace('\0', "\u{fffd}"))
            }
            Event::SequenceStart(..) => Value::List(self.list(depth)?),
            Event::MappingStart(..) => Value::Map(self.map(depth)?),
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                return Err(self.feature(at, "an alias (*name)", "write the value out"));
            }
            _ => return Err(Box::new(YAML_SYNTAX.at(self.path, at, "unexpected end", "complete the value"))),
        };
        Ok(Node { at, value })
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Node>, Fault> {
        let mut items = Vec::new();
        while let Some((event, span)) = self.next()? {
            if matches!(event, Event::SequenceEnd) {
                break;
            }
            items.push(self.node(event, &span, depth + 1)?);
        }
        Ok(items)
    }

    fn map(&mut self, depth: usize) -> Result<Vec<(MapKey, Node)>, Fault> {
        let mut fields: Vec<(MapKey, Node)> = Vec::new();
        let mut lines: BTreeMap<String, u32> = BTreeMap::new();
        while let Some((event, span)) = self.next()? {
            if matches!(event, Event::MappingEnd) {
                break;
            }
            let key = self.node(event, &span, depth + 1)?;
            let at = key.at;
            let Some((event, span)) = self.next()? else { break };
            let value = self.node(event, &span, depth + 1)?;
            let Value::Scalar(name) = key.value else {
                self.faults.push(YAML_SYNTAX.at(self.path, at, "a key must be a word", "write `key: value`"));
                continue;
            };
            if name == "<<" {
                self.faults.push(*self.feature(at, "a merge key (<<)", "write the fields out"));
            } else if let Some(first) = lines.get(&name) {
                let message = format!("`{name}` is given twice, first in line {first}");
                self.faults.push(DOUBLED_FIELD.at(self.path, at, message, "keep one of them"));
            } else {
                lines.insert(name.clone(), at.line);
                fields.push((MapKey { at, name }, value));
            }
        }
        Ok(fields)
    }
}

/// The fields of one map, taken out one by one by their names. What is left at the [end](Fields::end) is unknown.
pub struct Fields<'f> {
    path: &'f str,
    /// Where the map begins that they are of.
    at: Spot,
    left: Vec<(MapKey, Node)>,
    known: Vec<&'static str>,
    present: Vec<&'static str>,
    faults: &'f mut Vec<Diagnostic>,
}

impl<'f> Fields<'f> {
    /// The fields of the file at `path`; faults go to `faults`.
    pub fn new(path: &'f str, map: Vec<(MapKey, Node)>, faults: &'f mut Vec<Diagnostic>) -> Fields<'f> {
        Fields { path, at: Spot::START, left: map, known: Vec::new(), present: Vec::new(), faults }
    }

    /// Takes a field out, empty ones as if they were not there.
    pub fn take(&mut self, name: &'static str) -> Option<Node> {
        self.known.push(name);
        let index = self.left.iter().position(|(key, _)| key.name == name)?;
        let (_, node) = self.left.swap_remove(index);
        self.present.push(name);
        (node.value != Value::Empty).then_some(node)
    }

    /// Reports a value that the field can't take.
    pub fn refuse(&mut self, at: Spot, message: impl Into<String>, hint: impl Into<String>) {
        self.faults.push(FIELD_VALUE.at(self.path, at, message, hint));
    }

    /// Reports a required field, asked for before, when the file doesn't have it.
    pub fn require(&mut self, name: &str, example: &str) {
        if self.present.contains(&name) {
            return;
        }
        self.faults.push(MISSING_FIELD.at(
            self.path,
            self.at,
            format!("`{name}` is missing"),
            format!("add a line like `{example}`"),
        ));
    }

    fn typed<T>(&mut self, name: &'static str, what: &str, parse: impl FnOnce(&str) -> Option<T>) -> Option<At<T>> {
        let node = self.take(name)?;
        let parsed = match &node.value {
            Value::Scalar(text) => parse(text),
            _ => None,
        };
        if parsed.is_none() {
            self.refuse(node.at, format!("`{name}` must be {what}"), "");
        }
        parsed.map(|value| At { at: node.at, value })
    }

    /// A text, as it is spelled.
    pub fn text(&mut self, name: &'static str) -> Option<At<String>> {
        self.typed(name, "a text", |text| Some(text.to_owned()))
    }

    /// A text; the empty one when the field is there and says nothing.
    pub fn text_or_nothing(&mut self, name: &'static str) -> Option<At<String>> {
        let at = self.left.iter().find(|(key, _)| key.name == name).map(|(key, _)| key.at)?;
        let known = self.present.len();
        let said = self.text(name);
        // Present, taken, and no text: either it was refused, which is a fault already, or there was nothing.
        said.or((self.present.len() > known).then_some(At { at, value: String::new() }))
    }

    /// A value that `parse` makes of the text; `what` says in words what is expected.
    pub fn parsed<T>(
        &mut self,
        name: &'static str,
        what: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<At<T>> {
        self.typed(name, what, parse)
    }

    /// `true` or `false`; false when left out.
    pub fn truth(&mut self, name: &'static str) -> bool {
        self.typed(name, "true or false", truth).is_some_and(|it| it.value)
    }

    /// `true`, `false`, or a text that gives the reason for a yes.
    pub fn reason(&mut self, name: &'static str) -> Option<At<String>> {
        let it = self.text(name)?;
        match truth(&it.value) {
            Some(true) => Some(At { at: it.at, value: String::new() }),
            Some(false) => None,
            None => Some(it),
        }
    }

    /// A whole number within `range`.
    pub fn number(&mut self, name: &'static str, range: std::ops::RangeInclusive<u64>) -> Option<At<u64>> {
        let what = format!("a whole number from {} to {}", range.start(), range.end());
        self.typed(name, &what, |text| text.parse().ok().filter(|n| range.contains(n)))
    }

    /// A list of texts; a single text counts as a list of one.
    pub fn texts(&mut self, name: &'static str) -> Vec<At<String>> {
        let Some(node) = self.take(name) else { return Vec::new() };
        match node.value {
            Value::Scalar(value) => vec![At { at: node.at, value }],
            Value::List(items) => items
                .into_iter()
                .filter_map(|item| match item.value {
                    Value::Scalar(value) => Some(At { at: item.at, value }),
                    _ => {
                        self.refuse(item.at, format!("`{name}` must be a list of texts"), "");
                        None
                    }
                })
                .collect(),
            _ => {
                self.refuse(
                    node.at,
                    format!("`{name}` must be a list of texts"),
                    format!("write `{name}: [one, two]`"),
                );
                Vec::new()
            }
        }
    }

    /// A map, whose fields `read` takes.
    pub fn fields<T>(&mut self, name: &'static str, read: impl FnOnce(&mut Fields<'_>) -> T) -> Option<T> {
        let node = self.take(name)?;
        let Value::Map(map) = node.value else {
            self.refuse(node.at, format!("`{name}` must be a map of fields"), "indent `key: value` lines below it");
            return None;
        };
        let mut inner = Fields { at: node.at, ..Fields::new(self.path, map, self.faults) };
        let value = read(&mut inner);
        inner.end();
        Some(value)
    }

    /// How many faults there are of all files so far.
    pub fn faults(&self) -> usize {
        self.faults.len()
    }

    /// Takes out what is left, whatever its name: for maps whose keys are free.
    pub fn rest(&mut self) -> Vec<(MapKey, Node)> {
        std::mem::take(&mut self.left)
    }

    /// Reports what nobody took.
    pub fn end(self) {
        for (key, _) in &self.left {
            let hint = match nearest(&key.name, self.known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known here: {}", self.known.join(", ")),
            };
            self.faults.push(UNKNOWN_FIELD.at(self.path, key.at, format!("unknown field `{}`", key.name), hint));
        }
    }
}

fn truth(text: &str) -> Option<bool> {
    match text {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// The known name nearest to `name`, when one is near enough to be meant.
pub fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let most = |candidate: &str| 1 + candidate.len() / 4;
    let length = name.chars().count();
    known
        // The distance is at least the difference of the lengths, and costs the product of both to find.
        .filter(|candidate| candidate.chars().count().abs_diff(length) <= most(candidate))
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= most(candidate))
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Vec<String> {
        let mut faults = Vec::new();
        read("f", text, 0, &mut faults);
        faults.iter().map(|f| format!("{}:{} {}", f.at.line, f.at.column, f.code)).collect()
    }

    #[test]
    fn scalars_keep_their_spelling() {
        let map = read("f", "a: 0xB\nb: 'yes'\nc:\nd: [1, two]\n", 0, &mut Vec::new()).unwrap();
        assert_eq!(map[0].1.value, Value::Scalar("0xB".into()));
        assert_eq!(map[1].1.value, Value::Scalar("yes".into()));
        assert_eq!(map[2].1.value, Value::Empty);
        assert_eq!(map[3].1.at, Spot { line: 4, column: 4 });
    }

    #[test]
    fn what_the_format_leaves_out_is_refused_at_its_place() {
        assert_eq!(faults("a: &x 1\nb: !!str 3\n"), ["1:4 yaml-feature", "2:4 yaml-feature"]);
        assert_eq!(faults("a: &x 1\nb: *x\n"), ["1:4 yaml-feature", "2:4 yaml-feature"]);
        assert_eq!(
            faults("a: &x # & not\n  &k b: [&y c, !t d]\n"),
            ["1:4", "2:3", "2:10", "2:16"].map(|at| format!("{at} yaml-feature"))
        );
        assert_eq!(faults("<<: {a: 1}\n"), ["1:1 yaml-feature"]);
        assert_eq!(faults("a: 1\n---\nb: 2\n"), ["3:1 yaml-feature"]);
        assert_eq!(faults("a: 1\na: 2\n"), ["2:1 doubled-field"]);
        assert_eq!(faults("a: [1\nb: x: y"), ["2:2 yaml-syntax"]);
        assert_eq!(faults("- a\n"), ["1:1 yaml-syntax"]);
        assert_eq!(faults(&"[".repeat(5000)).len(), 1);
    }

    #[test]
    fn many_anchors_are_each_told_at_their_place() {
        let text: String = (0..500).map(|_| "- &a\n  x\n").collect();
        let expected: Vec<String> = (0..500).map(|line| format!("{}:3 yaml-feature", 2 * line + 1)).collect();
        assert_eq!(faults(&text)[..500], expected);
    }

    #[test]
    fn every_unknown_field_is_named_with_the_nearest_known() {
        let mut faults = Vec::new();
        let map = read("f", "titel: x\nzzz: 1\n", 3, &mut faults).unwrap();
        let mut fields = Fields::new("f", map, &mut faults);
        assert_eq!(fields.text("title"), None);
        fields.end();
        faults.sort();
        assert_eq!(faults[0].hint, "did you mean `title`?");
        assert_eq!((faults[1].at.line, faults[1].hint.as_str()), (5, "known here: title"));
    }
}
