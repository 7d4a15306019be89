//! The trees of all templates and the shape of each view → every path that a template reads and no view has. It follows
//! what a template extends, includes and calls, so that a name means what it will mean while rendering.

use std::collections::{BTreeMap, BTreeSet};

use super::shape::Shape;
use super::tree::{Call, Expression, Path, Step, TemplateNode, Tree};

/// A name that isn't there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unknown {
    /// The template that reads it.
    pub(super) template: String,
    /// The byte at which it does.
    pub(super) offset: usize,
    /// The name.
    pub(super) name: String,
    /// The path before it; empty for a variable.
    pub(super) within: String,
    /// The names that are there.
    pub(super) known: Vec<String>,
}

/// All templates of a theme, by the names that Tera knows them under.
pub(super) struct Templates<'a> {
    /// Each template's tree.
    pub(super) trees: BTreeMap<&'a str, Tree<'a>>,
    /// What stands before the names of each ancestor's templates, nearest ancestor first.
    pub(super) prefixes: Vec<String>,
}

impl<'a> Templates<'a> {
    /// The template that a name means: its own, else the nearest ancestor's.
    pub(super) fn find(&self, name: &str) -> Option<(&'a str, &Tree<'a>)> {
        let prefixed = self.prefixes.iter().map(|prefix| format!("{prefix}{name}"));
        std::iter::once(name.to_owned())
            .chain(prefixed)
            .find_map(|name| self.trees.get_key_value(name.as_str()).map(|(&name, tree)| (name, tree)))
    }

    /// How near a template is to the theme itself: 0 for its own.
    fn distance(&self, name: &str) -> usize {
        self.prefixes.iter().position(|prefix| name.starts_with(prefix)).map_or(0, |at| at + 1)
    }
}

/// Adds what `template` reads of a view of this shape to `used`, and gives what of it isn't there.
pub(super) fn walk(
    templates: &Templates<'_>,
    template: &str,
    view: &Shape,
    used: &mut BTreeSet<String>,
) -> Vec<Unknown> {
    let mut walk = TemplateWalk {
        templates,
        components: BTreeMap::new(),
        scope: Vec::new(),
        used,
        unknown: Vec::new(),
        active: Vec::new(),
    };
    let mut names: Vec<_> = templates.trees.keys().copied().collect();
    names.sort_by_key(|name| templates.distance(name));
    for name in names {
        for node in &templates.trees[name].nodes {
            if let TemplateNode::Component { name: component, parameters, body } = node {
                walk.components.entry(component).or_insert((name, parameters, body));
            }
        }
    }
    for name in view.names() {
        let shape = view.field(name).unwrap_or(&Shape::Any);
        walk.scope.push((name, ReachableValue { path: name.to_owned(), shape }));
    }
    let mut chain = Vec::new();
    let mut next = templates.find(template);
    while let Some((name, tree)) = next
        && !chain.iter().any(|&(known, _)| known == name)
    {
        chain.push((name, tree));
        next = tree.extends.and_then(|parent| templates.find(parent));
    }
    if let Some(&(root, tree)) = chain.last() {
        walk.nodes(&tree.nodes, At { template: root, chain: &chain, block: None });
    }
    walk.unknown
}

/// A value that a template can reach: what is known of it, and the path that leads to it.
#[derive(Clone)]
struct ReachableValue<'w> {
    path: String,
    shape: &'w Shape,
}

impl<'w> ReachableValue<'w> {
    fn unknown() -> ReachableValue<'w> {
        ReachableValue { path: String::new(), shape: &Shape::Any }
    }
}

/// Where the walk is: the template, the one rendered with all that it extends, and the block with its level among those.
#[derive(Clone, Copy)]
struct At<'w, 'a> {
    template: &'a str,
    chain: &'w [(&'a str, &'w Tree<'a>)],
    block: Option<(&'a str, usize)>,
}

/// A component: the template that defines it, its parameters and its body.
type Component<'w, 'a> = (&'a str, &'w [&'a str], &'w [TemplateNode<'a>]);

struct TemplateWalk<'w, 'a> {
    templates: &'w Templates<'a>,
    components: BTreeMap<&'w str, Component<'w, 'a>>,
    scope: Vec<(&'w str, ReachableValue<'w>)>,
    used: &'w mut BTreeSet<String>,
    unknown: Vec<Unknown>,
    active: Vec<&'w str>,
}

impl<'w, 'a> TemplateWalk<'w, 'a> {
    fn nodes(&mut self, nodes: &'w [TemplateNode<'a>], at: At<'_, 'a>) {
        for node in nodes {
            self.node(node, at);
        }
    }

    fn node(&mut self, node: &'w TemplateNode<'a>, at: At<'_, 'a>) {
        match node {
            TemplateNode::Read(read) => {
                self.expression(read, at);
            }
            TemplateNode::Set { name, value } => {
                let place = self.expression(value, at);
                self.scope.push((name, place));
            }
            TemplateNode::Loop { names, over, body } => {
                let place = self.expression(over, at);
                let mark = self.scope.len();
                match names.as_slice() {
                    [item] => self.scope.push((item, ReachableValue { path: place.path, shape: place.shape.item() })),
                    several => self.scope.extend(several.iter().map(|name| (*name, ReachableValue::unknown()))),
                }
                self.nodes(body, at);
                self.scope.truncate(mark);
            }
            TemplateNode::Include(name) => {
                if let Some((template, tree)) = self.templates.find(name) {
                    let mark = self.scope.len();
                    self.nodes(&tree.nodes, At { template, chain: &[], block: None });
                    self.scope.truncate(mark);
                }
            }
            TemplateNode::Block { name, body } => match self.block(name, at, 0) {
                Some((template, level, body)) => {
                    self.nodes(body, At { template, block: Some((name, level)), ..at });
                }
                None => self.nodes(body, at),
            },
            TemplateNode::Component { .. } => {}
        }
    }

    /// The nearest body of a block among the templates of a chain, from `level` on.
    fn block(&self, name: &str, at: At<'_, 'a>, level: usize) -> Option<(&'a str, usize, &'w [TemplateNode<'a>])> {
        at.chain.iter().enumerate().skip(level).find_map(|(level, (template, _))| {
            let tree = self.templates.trees.get(template)?;
            Some((*template, level, find_block(&tree.nodes, name)?))
        })
    }

    /// Reads an expression and gives the place that its value has, where that is known.
    fn expression(&mut self, read: &'w Expression<'a>, at: At<'_, 'a>) -> ReachableValue<'w> {
        let mark = self.scope.len();
        self.scope.extend(read.own.iter().map(|name| (*name, ReachableValue::unknown())));
        let mut place = ReachableValue::unknown();
        for path in &read.paths {
            place = self.path(path, at);
        }
        self.scope.truncate(mark);
        for call in &read.calls {
            self.call(call, at);
        }
        if read.inherits
            && let Some((name, level)) = at.block
            && let Some((template, level, body)) = self.block(name, at, level + 1)
        {
            self.nodes(body, At { template, block: Some((name, level)), ..at });
        }
        if read.plain { place } else { ReachableValue::unknown() }
    }

    /// Walks a component with what it is given. It sees its parameters and nothing else. One that calls itself is walked
    /// once.
    fn call(&mut self, call: &'w Call<'a>, at: At<'_, 'a>) {
        let mut given = Vec::new();
        for (name, value) in &call.arguments {
            let place = value.as_ref().map_or(ReachableValue { path: String::new(), shape: &Shape::Scalar }, |value| {
                self.expression(value, at)
            });
            given.push((*name, place));
        }
        let Some(&(template, parameters, body)) = self.components.get(call.name.as_str()) else { return };
        if self.active.contains(&call.name.as_str()) {
            return;
        }
        let mut inner: Vec<(&'w str, ReachableValue<'w>)> = vec![("body", ReachableValue::unknown())];
        for parameter in parameters {
            let place = given.iter().find(|(name, _)| name == parameter);
            inner.push((parameter, place.map_or_else(ReachableValue::unknown, |(_, place)| place.clone())));
        }
        let outer = std::mem::replace(&mut self.scope, inner);
        self.active.push(&call.name);
        self.nodes(body, At { template, chain: &[], block: None });
        self.active.pop();
        self.scope = outer;
    }

    /// Follows a path as far as it goes.
    fn path(&mut self, path: &Path<'a>, at: At<'_, 'a>) -> ReachableValue<'w> {
        let mut place: Option<ReachableValue<'w>> = None;
        for (offset, step) in &path.steps {
            let next = match (&place, step) {
                (None, Step::Field(name)) => {
                    self.scope.iter().rev().find(|(known, _)| known == name).map(|(_, place)| place.clone())
                }
                (Some(place), Step::Field(name)) => place.shape.field(name).map(|shape| {
                    let path = if place.path.is_empty() { String::new() } else { format!("{}.{name}", place.path) };
                    ReachableValue { path, shape }
                }),
                (Some(place), Step::Item) => {
                    Some(ReachableValue { path: place.path.clone(), shape: place.shape.item() })
                }
                (None, Step::Item) => None,
            };
            match (next, step) {
                (Some(next), _) => place = Some(next),
                (None, Step::Field(name)) if !path.guarded => {
                    self.unknown.push(Unknown {
                        template: at.template.to_owned(),
                        offset: *offset,
                        name: (*name).to_owned(),
                        within: place.as_ref().map(|place| place.path.clone()).unwrap_or_default(),
                        known: match &place {
                            Some(place) => place.shape.names().into_iter().map(str::to_owned).collect(),
                            None => self.scope.iter().map(|(name, _)| (*name).to_owned()).collect(),
                        },
                    });
                    return ReachableValue::unknown();
                }
                (None, _) => return ReachableValue::unknown(),
            }
        }
        let place = place.unwrap_or_else(ReachableValue::unknown);
        if !place.path.is_empty() {
            self.used.insert(place.path.clone());
        }
        place
    }
}

/// The body of the block with this name, however deep it stands.
fn find_block<'w, 'a>(nodes: &'w [TemplateNode<'a>], name: &str) -> Option<&'w [TemplateNode<'a>]> {
    nodes.iter().find_map(|node| match node {
        TemplateNode::Block { name: found, body } if *found == name => Some(body.as_slice()),
        TemplateNode::Block { body, .. } | TemplateNode::Loop { body, .. } => find_block(body, name),
        _ => None,
    })
}
