//! A template's tags → the few things that decide what its variables mean: loops, assignments, blocks, includes,
//! components, and the paths that expressions read. Conditions are flattened, since both of their sides must hold.

use super::scan::{Placed, TemplateTag, Token};

/// A template, as far as its variables go.
#[derive(Debug, Default)]
pub(super) struct Tree<'a> {
    /// The template that it extends.
    pub(super) extends: Option<&'a str>,
    /// What it does, in order.
    pub(super) nodes: Vec<TemplateNode<'a>>,
}

/// One thing that a template does.
#[derive(Debug)]
pub(super) enum TemplateNode<'a> {
    /// Reads an expression.
    Read(Expression<'a>),
    /// Repeats its body for every item.
    Loop { names: Vec<&'a str>, over: Expression<'a>, body: Vec<TemplateNode<'a>> },
    /// Names a value.
    Set { name: &'a str, value: Expression<'a> },
    /// A part that a child template may replace.
    Block { name: &'a str, body: Vec<TemplateNode<'a>> },
    /// Puts another template here.
    Include(&'a str),
    /// Defines a component.
    Component { name: String, parameters: Vec<&'a str>, body: Vec<TemplateNode<'a>> },
}

/// What an expression reads.
#[derive(Debug, Default)]
pub(super) struct Expression<'a> {
    /// The paths, in order.
    pub(super) paths: Vec<Path<'a>>,
    /// The components that it puts here, with their arguments.
    pub(super) calls: Vec<Call<'a>>,
    /// Names that it makes for itself, in a list comprehension.
    pub(super) own: Vec<&'a str>,
    /// Whether its value has the shape of its only path.
    pub(super) plain: bool,
    /// Whether it asks for the block that it replaces, `super()`.
    pub(super) inherits: bool,
}

/// A variable and the fields behind it, each with the byte at which it is named.
#[derive(Debug)]
pub(super) struct Path<'a> {
    /// The variable, then each step.
    pub(super) steps: Vec<(usize, Step<'a>)>,
    /// Whether the template is ready for it to be missing: `is defined`, `default`.
    pub(super) guarded: bool,
}

/// One step of a path.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step<'a> {
    /// A field by its name.
    Field(&'a str),
    /// An item, or a field whose name is only known while rendering.
    Item,
}

/// A component put to use.
#[derive(Debug)]
pub(super) struct Call<'a> {
    /// The component.
    pub(super) name: String,
    /// Its arguments by name; one without an expression is a constant.
    pub(super) arguments: Vec<(&'a str, Option<Expression<'a>>)>,
}

/// The tree of a template's tags.
pub(super) fn tree<'a>(tags: &[TemplateTag<'a>]) -> Tree<'a> {
    let mut tree = Tree::default();
    let mut rest = tags.iter();
    while rest.len() > 0 {
        let nodes = nodes(&mut rest, "", &mut tree.extends);
        tree.nodes.extend(nodes);
    }
    tree
}

/// The nodes up to the tag named `end`, which is taken too.
fn nodes<'a, 't>(
    tags: &mut std::slice::Iter<'t, TemplateTag<'a>>,
    end: &str,
    extends: &mut Option<&'a str>,
) -> Vec<TemplateNode<'a>> {
    use Token::{Name, Sign, Text};
    let mut nodes = Vec::new();
    while let Some(tag) = tags.next() {
        let tokens = match tag.tokens.as_slice() {
            [(_, Sign("-")), rest @ ..] => rest,
            all => all,
        };
        let (word, rest) = match tokens {
            [(_, Name(word)), rest @ ..] if !tag.prints => (*word, rest),
            _ => {
                nodes.push(TemplateNode::Read(expression(tokens)));
                continue;
            }
        };
        if word == end {
            return nodes;
        }
        match (word, rest) {
            ("extends", [(_, Text(name)), ..]) => *extends = Some(name),
            ("include", [(_, Text(name)), ..]) => nodes.push(TemplateNode::Include(name)),
            ("block", [(_, Name(name)), ..]) => {
                nodes.push(TemplateNode::Block { name, body: self::nodes(tags, "endblock", extends) });
            }
            ("for", _) => {
                let split = rest.iter().position(|&(_, token)| token == Name("in")).unwrap_or(rest.len());
                let (head, over) = rest.split_at(split);
                let over = expression(over);
                nodes.push(TemplateNode::Loop { names: names(head), over, body: self::nodes(tags, "endfor", extends) });
            }
            ("set" | "set_global", [(_, Name(name)), (_, Sign("=")), value @ ..]) => {
                nodes.push(TemplateNode::Set { name, value: expression(value) });
            }
            ("set" | "set_global", [(_, Name(name)), filters @ ..]) => {
                nodes.push(TemplateNode::Read(expression(filters)));
                nodes.extend(self::nodes(tags, "endset", extends));
                nodes.push(TemplateNode::Set { name, value: Expression::default() });
            }
            ("component", _) => {
                let open = rest.iter().position(|&(_, token)| token == Sign("(")).unwrap_or(rest.len());
                let (name, rest) = rest.split_at(open);
                let name = names(name).join(".");
                nodes.push(TemplateNode::Component {
                    name,
                    parameters: parameters(rest),
                    body: self::nodes(tags, "endcomponent", extends),
                });
            }
            ("filter", [_, arguments @ ..]) => nodes.push(TemplateNode::Read(expression(arguments))),
            ("if" | "elif", condition) => nodes.push(TemplateNode::Read(expression(condition))),
            _ => {}
        }
    }
    nodes
}

/// The names among tokens.
fn names<'a>(tokens: &[Placed<'a>]) -> Vec<&'a str> {
    tokens.iter().filter_map(|&(_, token)| if let Token::Name(name) = token { Some(name) } else { None }).collect()
}

/// The parameters of a component's head: the names right behind `(`, `,`, `@` and `...` of its outermost brackets.
fn parameters<'a>(tokens: &[Placed<'a>]) -> Vec<&'a str> {
    let mut depth = 0;
    let mut parameters = Vec::new();
    for pair in tokens.windows(2) {
        match pair[0].1 {
            Token::Sign("(" | "[" | "{") => depth += 1,
            Token::Sign(")" | "]" | "}") => depth -= 1,
            _ => {}
        }
        if let (Token::Sign("(" | "," | "@" | "..."), Token::Name(name)) = (pair[0].1, pair[1].1)
            && depth == 1
        {
            parameters.push(name);
        }
    }
    parameters
}

/// Words that are no variables.
const KEYWORDS: [&str; 15] =
    ["and", "or", "not", "in", "is", "if", "else", "for", "none", "None", "null", "true", "True", "false", "False"];

/// Filters that give back what they get, or a part of the same shape.
const TRANSPARENT: [&str; 5] = ["safe", "reverse", "sort", "unique", "default"];

/// What the tokens of an expression read.
fn expression<'a>(tokens: &[Placed<'a>]) -> Expression<'a> {
    use Token::{Name, Sign};
    let word = |at: usize| tokens.get(at).map(|&(_, token)| token);
    let mut found = Expression { plain: true, ..Expression::default() };
    let mut at = 0;
    while let Some(&(_, token)) = tokens.get(at) {
        let before = at.checked_sub(1).and_then(word);
        at += 1;
        match token {
            Sign("<") if matches!(word(at), Some(Name(_))) && !ends_operand(before) => {
                let (call, after) = call(tokens, at);
                found.calls.push(call);
                found.plain = false;
                at = after;
            }
            Name("for") => {
                let own = tokens[at..].iter().map_while(|(_, token)| match token {
                    Name("in") => None,
                    Name(name) => Some(Some(*name)),
                    _ => Some(None),
                });
                found.own.extend(own.flatten());
                while word(at).is_some_and(|token| token != Name("in")) {
                    at += 1;
                }
                found.plain = false;
            }
            Name("super") if word(at) == Some(Sign("(")) => found.inherits = true,
            Name(name) if before == Some(Sign("|")) => found.plain &= TRANSPARENT.contains(&name),
            Name(_) if matches!(word(at), Some(Sign("(" | "="))) => {}
            Name(_) if before == Some(Name("is")) => {}
            Name(_) if before == Some(Name("not")) && at >= 3 && word(at - 3) == Some(Name("is")) => {}
            Name(name) if KEYWORDS.contains(&name) => found.plain &= name == "in",
            Name(name) => {
                let (path, inside, after) = path(tokens, at - 1, name);
                found.paths.extend(inside);
                found.paths.extend((name != "loop").then_some(path));
                at = after;
            }
            Sign("|" | "-") => {}
            _ => found.plain = false,
        }
    }
    found.plain &= found.paths.len() == 1;
    found
}

/// The path that begins with the variable at `at`, the paths in its brackets, and the place behind it.
fn path<'a>(tokens: &[Placed<'a>], at: usize, variable: &'a str) -> (Path<'a>, Vec<Path<'a>>, usize) {
    use Token::{Name, Sign, Text};
    let word = |at: usize| tokens.get(at).map(|&(_, token)| token);
    let mut steps = vec![(tokens[at].0, Step::Field(variable))];
    let mut inside = Vec::new();
    let mut at = at + 1;
    while let Some(sign) = word(at) {
        match (sign, tokens.get(at + 1)) {
            (Sign("." | "?."), Some(&(place, Name(field)))) => {
                steps.push((place, Step::Field(field)));
                at += 2;
            }
            (Sign("[" | "?["), Some(&(place, first))) => {
                let close = closing(tokens, at);
                let between = &tokens[at + 1..close.min(tokens.len())];
                match first {
                    Text(field) if between.len() == 1 => steps.push((place, Step::Field(field))),
                    // A slice is as its whole.
                    _ if between.iter().any(|&(_, token)| token == Sign(":")) => {}
                    _ => steps.push((place, Step::Item)),
                }
                inside.extend(expression(between).paths);
                at = close + 1;
            }
            _ => break,
        }
    }
    let guarded = matches!(
        (word(at), word(at + 1), word(at + 2)),
        (Some(Sign("|")), Some(Name("default")), _)
            | (Some(Name("is")), Some(Name("defined" | "undefined")), _)
            | (Some(Name("is")), Some(Name("not")), Some(Name("defined" | "undefined")))
    );
    (Path { steps, guarded }, inside, at)
}

/// Whether a `<` behind this token compares, rather than opening a component.
fn ends_operand(token: Option<Token<'_>>) -> bool {
    match token {
        Some(Token::Name(name)) => !matches!(name, "and" | "or" | "not" | "in" | "if" | "else"),
        Some(Token::Number | Token::Text(_)) => true,
        Some(Token::Sign(sign)) => matches!(sign, ")" | "]" | "}"),
        None => false,
    }
}

/// The place of the bracket that closes the one at `open`.
fn closing(tokens: &[Placed<'_>], open: usize) -> usize {
    let mut depth = 0;
    for (at, (_, token)) in tokens.iter().enumerate().skip(open) {
        match token {
            Token::Sign("(" | "[" | "?[" | "{") => depth += 1,
            Token::Sign(")" | "]" | "}") => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    tokens.len()
}

/// The component call whose name begins at `at`, and the place behind it.
fn call<'a>(tokens: &[Placed<'a>], mut at: usize) -> (Call<'a>, usize) {
    use Token::{Name, Sign};
    let mut call = Call { name: String::new(), arguments: Vec::new() };
    while let Some(&(_, Name(part) | Sign(part @ "."))) = tokens.get(at) {
        if !call.name.is_empty() && !call.name.ends_with('.') && part != "." {
            break;
        }
        call.name.push_str(part);
        at += 1;
    }
    while let Some(&(place, token)) = tokens.get(at) {
        match (token, tokens.get(at + 1).map(|&(_, token)| token)) {
            (Name(name), Some(Sign("="))) => {
                let open = at + 2;
                if tokens.get(open).is_some_and(|&(_, token)| token == Sign("{")) {
                    let close = closing(tokens, open);
                    let value = expression(&tokens[open + 1..close.min(tokens.len())]);
                    call.arguments.push((name, Some(value)));
                    at = close + 1;
                } else {
                    call.arguments.push((name, None));
                    at = open + 1;
                }
            }
            (Name(name), _) => {
                call.arguments.push((name, Some(expression(&[(place, token)]))));
                at += 1;
            }
            (Sign("{"), _) => {
                let close = closing(tokens, at);
                call.arguments.push(("...", Some(expression(&tokens[(at + 2).min(close)..close.min(tokens.len())]))));
                at = close + 1;
            }
            _ => break,
        }
    }
    (call, at)
}

#[cfg(test)]
mod tests {
    use super::super::scan::tags;
    use super::*;

    fn paths(text: &str) -> Vec<String> {
        let tags = tags(text);
        let Some(TemplateNode::Read(read)) = tree(&tags).nodes.pop() else { return Vec::new() };
        let steps = |path: &Path<'_>| {
            let steps = path.steps.iter().map(|(_, step)| match step {
                Step::Field(name) => (*name).to_owned(),
                Step::Item => "*".to_owned(),
            });
            steps.collect::<Vec<_>>().join(".") + if path.guarded { "?" } else { "" }
        };
        read.paths.iter().map(steps).collect()
    }

    #[test]
    fn an_expression_reads_its_paths_and_nothing_else() {
        assert_eq!(paths("{{ post.author?.name | default(value=frame.title) }}"), ["post.author.name?", "frame.title"]);
        assert_eq!(paths("{% if a.b is not none and not c in d[e.f].g %}"), ["a.b", "c", "e.f", "d.*.g"]);
        assert_eq!(paths(r#"{{ frame.assets["style.css"] ~ range(end=n) }}"#), ["frame.assets.style.css", "n"]);
        assert_eq!(paths("{{ x is defined }}"), ["x?"]);
        assert_eq!(paths("{{ a < b }}"), ["a", "b"]);
        assert_eq!(paths("{{ loop.index }}"), Vec::<String>::new());
    }

    #[test]
    fn a_component_call_holds_its_arguments() {
        let tags = tags(r#"{{ <ui.card post={post.a} size="big" title /> }}"#);
        let tree = tree(&tags);
        let [TemplateNode::Read(read)] = tree.nodes.as_slice() else { panic!("one read") };
        let [call] = read.calls.as_slice() else { panic!("one call") };
        assert_eq!(call.name, "ui.card");
        assert_eq!(call.arguments.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["post", "size", "title"]);
        assert!(call.arguments[1].1.is_none());
    }

    #[test]
    fn loops_blocks_sets_and_components_nest() {
        let tags = tags(
            "{% extends 'a' %}{% component c(x, y: string = 'z', ...more) %}{{ x }}{% endcomponent %}\
             {% block b %}{% for k, v in m %}{% if v %}{{ k }}{% else %}{% set s = v %}{% endif %}{% endfor %}{% endblock %}",
        );
        let tree = tree(&tags);
        assert_eq!(tree.extends, Some("a"));
        let [TemplateNode::Component { parameters, .. }, TemplateNode::Block { body, .. }] = tree.nodes.as_slice()
        else {
            panic!("a component and a block")
        };
        assert_eq!(parameters, &["x", "y", "more"]);
        let [TemplateNode::Loop { names, body, .. }] = body.as_slice() else { panic!("one loop") };
        assert_eq!(names, &["k", "v"]);
        assert_eq!(body.len(), 3);
    }
}
