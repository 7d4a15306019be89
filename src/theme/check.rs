//! The templates of a theme → Tera with all of them, or every fault with its file, line and column. It never looks at a
//! forum: what a template may read is known from [samples](super::sample) of the views.

use std::collections::{BTreeMap, BTreeSet};

use tera::{Context, ErrorKind, Kwargs, ReportError, State, Tera, Value};

use super::sample::{Sample, samples};
use super::shape::Shape;
use super::view::TEMPLATES;
use super::walk::{Templates, Unknown, walk};
use super::{THEME_MISSING, THEME_SYNTAX, THEME_VARIABLE, scan, tree};
use crate::diagnostic::{Diagnostic, Rule, Spot};

/// A template's file.
pub(super) struct Template {
    /// The name that Tera knows it under: its path below `templates/`, behind `PARENT:` where a parent lends it.
    pub(super) name: String,
    /// Its path, as shown to people.
    pub(super) path: String,
    /// Its text.
    pub(super) bytes: Vec<u8>,
}

/// Parses the templates of the theme in `folder` and, when `thorough`, tries them on samples of every view. `prefixes`
/// stand before the names of parents' templates, the nearest parent first. There is a Tera when nothing is wrong.
pub(super) fn check(
    folder: &str,
    files: Vec<Template>,
    prefixes: Vec<String>,
    assets: &[&str],
    thorough: bool,
) -> (Option<Tera>, Vec<Diagnostic>) {
    let mut found = Vec::new();
    let mut texts: BTreeMap<&str, &str> = BTreeMap::new();
    for file in &files {
        match str::from_utf8(&file.bytes) {
            Ok(text) => {
                texts.insert(&file.name, text);
            }
            Err(_) => found.push(TemplateFault::of(&THEME_SYNTAX, &file.name, "the file is not UTF-8")),
        }
    }
    let mut tera = Tera::default();
    tera.autoescape_on([""]);
    // Tera's own copies the text, and posts are long.
    tera.register_filter("safe", |value: Value, _: Kwargs, _: &State| value.mark_safe());
    if found.is_empty() {
        let all = tera.set_fallback_prefixes(prefixes.clone()).and_then(|()| tera.add_raw_templates(texts.clone()));
        if let Err(error) = all {
            found.extend(texts.iter().filter_map(|(name, text)| alone(name, text)));
            if found.is_empty() {
                found = together(&error);
            }
        }
    }
    if found.is_empty() {
        found.extend(TEMPLATES.iter().filter(|name| !tera.contains_template(name)).map(|name| TemplateFault {
            hint: "write it, or name a `parent` in theme.yml that has it".to_owned(),
            ..TemplateFault::of(&THEME_MISSING, name, "the theme has no such template")
        }));
    }
    if found.is_empty() && thorough {
        let samples = samples(assets.iter().copied());
        found = read(&texts, prefixes, &samples);
        let rendered: Vec<_> = samples.iter().filter_map(|sample| fails(&tera, sample)).collect();
        found.extend(rendered);
    }
    let paths = files.iter().map(|file| (file.name.as_str(), file.path.as_str())).collect::<BTreeMap<_, _>>();
    let diagnostics: BTreeMap<_, _> = found
        .into_iter()
        .map(|fault| {
            let path = paths.get(fault.template.as_str()).map(|path| (*path).to_owned());
            let path = path.unwrap_or_else(|| format!("{folder}/templates/{}", fault.template));
            let at = fault.at(texts.get(fault.template.as_str()).copied().unwrap_or_default());
            ((path.clone(), at), fault.rule.at(path, at, fault.message, fault.hint))
        })
        // The first of several faults at one place is the one that explains the others.
        .rev()
        .collect();
    let diagnostics: Vec<_> = diagnostics.into_values().collect();
    (diagnostics.is_empty().then_some(tera), diagnostics)
}

/// A fault of a template, before it is known where its file lies.
struct TemplateFault {
    rule: &'static Rule,
    template: String,
    place: TemplatePlace,
    message: String,
    hint: String,
}

/// Where in a template.
enum TemplatePlace {
    /// At a byte of its text.
    Byte(usize),
    /// At a line and column.
    Spot(Spot),
}

impl TemplateFault {
    /// A fault of a whole template.
    fn of(rule: &'static Rule, template: &str, message: impl Into<String>) -> TemplateFault {
        let place = TemplatePlace::Spot(Spot::START);
        TemplateFault { rule, template: template.to_owned(), place, message: message.into(), hint: String::new() }
    }

    /// A fault that Tera reports.
    fn reported(rule: &'static Rule, report: &ReportError) -> TemplateFault {
        let message = plain(report.message());
        TemplateFault {
            place: TemplatePlace::Byte(report.span().range.start),
            ..TemplateFault::of(rule, report.filename(), message)
        }
    }

    fn at(&self, text: &str) -> Spot {
        match self.place {
            TemplatePlace::Spot(spot) => spot,
            TemplatePlace::Byte(byte) => {
                let before = text.get(..byte).unwrap_or_default();
                let count = |letters: usize| u32::try_from(letters).unwrap_or(u32::MAX).saturating_add(1);
                let line = before.rsplit('\n').next().unwrap_or_default();
                Spot { line: count(before.matches('\n').count()), column: count(line.chars().count()) }
            }
        }
    }
}

/// Tera's words as ours: no capital, and no list of all that there is.
fn plain(message: &str) -> String {
    let message = message.split(" Available ").next().unwrap_or_default().trim_end_matches('.');
    let mut letters = message.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

/// The fault of a template's own syntax, since Tera stops at the first template that has one. What it names in other templates is judged when all are together.
fn alone(name: &str, text: &str) -> Option<TemplateFault> {
    match Tera::default().add_raw_template(name, text).err()?.kind() {
        ErrorKind::SyntaxError(report) => Some(TemplateFault::reported(&THEME_SYNTAX, report)),
        _ => None,
    }
}

/// The faults of templates that don't fit each other.
fn together(error: &tera::Error) -> Vec<TemplateFault> {
    match error.kind() {
        ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report) => {
            vec![TemplateFault::reported(&THEME_SYNTAX, report)]
        }
        ErrorKind::MissingParent { current, parent } => {
            vec![TemplateFault::of(&THEME_MISSING, current, format!("it extends `{parent}`, which is not there"))]
        }
        ErrorKind::CircularExtend { tpl, inheritance_chain: chain } => {
            vec![TemplateFault::of(&THEME_SYNTAX, tpl, format!("it extends itself: {}", chain.join(", ")))]
        }
        ErrorKind::CircularInclude { tpl, include_chain: chain } => {
            vec![TemplateFault::of(&THEME_SYNTAX, tpl, format!("it includes itself: {}", chain.join(", ")))]
        }
        // Names that nothing answers to come as drawn reports, one after the other.
        ErrorKind::Msg(reports) => {
            let mut faults = Vec::new();
            let mut lines = reports.lines().peekable();
            while let Some(line) = lines.next() {
                let Some(message) = line.strip_prefix("error: ") else { continue };
                let place = lines.peek().and_then(|line| line.trim_start().strip_prefix("--> ")).and_then(locus);
                if let Some((template, spot)) = place {
                    faults.push(TemplateFault {
                        place: TemplatePlace::Spot(spot),
                        ..TemplateFault::of(&THEME_SYNTAX, template, plain(message))
                    });
                }
            }
            if faults.is_empty() {
                let template = reports.rsplit('`').nth(1).unwrap_or_default();
                faults.push(TemplateFault::of(&THEME_SYNTAX, template, plain(reports)));
            }
            faults
        }
        other => vec![TemplateFault::of(&THEME_SYNTAX, "", other.to_string())],
    }
}

/// The parts of `template:line:column`; a template's name may hold colons.
fn locus(text: &str) -> Option<(&str, Spot)> {
    let mut parts = text.rsplitn(3, ':');
    let column = parts.next()?.parse().ok()?;
    let line = parts.next()?.parse().ok()?;
    Some((parts.next()?, Spot { line, column }))
}

/// The faults of all paths that templates read and views don't have, wherever in a template they stand.
fn read(texts: &BTreeMap<&str, &str>, prefixes: Vec<String>, samples: &[Sample]) -> Vec<TemplateFault> {
    let tags: BTreeMap<_, _> = texts.iter().map(|(&name, text)| (name, scan::tags(text))).collect();
    let trees = tags.iter().map(|(&name, tags)| (name, tree::tree(tags))).collect();
    let templates = Templates { trees, prefixes };
    let mut used = BTreeSet::new();
    let unknown =
        shapes(samples).into_iter().flat_map(|(template, shape)| walk(&templates, template, &shape, &mut used));
    unknown.map(unknown_name).collect()
}

/// The shape of each view.
pub(super) fn shapes(samples: &[Sample]) -> BTreeMap<&'static str, Shape> {
    let mut shapes = BTreeMap::new();
    for sample in samples {
        let shape = shapes.remove(sample.template).unwrap_or(Shape::Any);
        shapes.insert(sample.template, shape.with(Shape::of(&sample.variables)));
    }
    shapes
}

fn unknown_name(unknown: Unknown) -> TemplateFault {
    let Unknown { template, offset, name, within, known } = unknown;
    let message = match within.as_str() {
        "" => format!("there is no variable `{name}`"),
        within => format!("`{within}` has no field `{name}`"),
    };
    let hint = match nearest(&name, known.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "it has no fields at all".to_owned(),
        None => format!("there are: {}", known.join(", ")),
    };
    TemplateFault { place: TemplatePlace::Byte(offset), hint, ..TemplateFault::of(&THEME_VARIABLE, &template, message) }
}

/// Why a sample can't be shown.
fn fails(tera: &Tera, sample: &Sample) -> Option<TemplateFault> {
    let context = Context::from_serialize(&sample.variables).ok()?;
    let error = tera.render_to(sample.template, &context, std::io::sink()).err()?;
    Some(match error.kind() {
        ErrorKind::RenderingError(report) | ErrorKind::SyntaxError(report) => {
            TemplateFault::reported(&THEME_VARIABLE, report)
        }
        other => TemplateFault::of(&THEME_VARIABLE, sample.template, other.to_string()),
    })
}

/// The name that someone most likely meant; none when nothing is near.
pub(super) fn nearest<'a>(wrong: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    names
        .map(|name| (strsim::damerau_levenshtein(wrong, name), name))
        .filter(|(distance, name)| *distance <= 1.max((name.chars().count().min(wrong.chars().count()) + 1) / 3))
        .min()
        .map(|(_, name)| name)
}
