//! The documents and the sources in → whether what is written about the format is what the program does. It holds names
//! and weights together; whether the words are good is for readers to judge.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The text below the heading `title` of this level, up to the next of the same.
fn section<'t>(text: &'t str, level: &str, title: &str) -> &'t str {
    let (_, rest) = text.split_once(&format!("\n{level} {title}\n")).unwrap_or_else(|| panic!("a section `{title}`"));
    rest.split(&format!("\n{level} ")).next().unwrap_or(rest)
}

#[test]
fn every_rule_is_explained_once_with_its_weight() {
    explained("Rules", boards::rules::all());
    explained("Proposals", boards::proposal::rules());
}

/// Whether a section of the format explains these rules, each once, and no others.
fn explained(title: &str, known: impl Iterator<Item = &'static boards::diagnostic::Rule>) {
    let text = read("docs/format.md");
    let rules = section(&text, "##", title);
    let mut explained: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for part in rules.split("\n### ").skip(1) {
        let (name, rest) = part.split_once('\n').unwrap_or((part, ""));
        let weight =
            rest.trim_start().strip_prefix('*').and_then(|rest| rest.split_once(".*")).map_or("", |(weight, _)| weight);
        explained.entry(name).or_default().push(weight);
    }
    let mut faults = Vec::new();
    for rule in known {
        match explained.remove(rule.name).as_deref() {
            None => faults.push(format!("`{}` is not explained", rule.name)),
            Some([weight]) if weight.to_lowercase() == rule.severity.word() => {}
            Some([weight]) => faults.push(format!("`{}` is a {}, not `{weight}`", rule.name, rule.severity.word())),
            Some(_) => faults.push(format!("`{}` is explained twice", rule.name)),
        }
    }
    faults.extend(explained.keys().map(|name| format!("`{name}` is no rule")));
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// The names of the fields that a reader takes: the text in `fields.text("title")` and its like.
fn fields(source: &str) -> Vec<&str> {
    let code = source.split("#[cfg(test)]").next().unwrap_or(source);
    let takes = ["text", "parsed", "truth", "reason", "number", "texts", "fields"];
    let found = takes.iter().flat_map(|take| {
        let call = format!(".{take}(\"");
        code.split(&call).skip(1).filter_map(|rest| rest.split('"').next()).collect::<Vec<_>>()
    });
    let mut names: Vec<&str> = found.collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[test]
fn every_field_is_described_where_it_stands() {
    let text = read("docs/format.md");
    let readers = [
        ("`forum.yml`", "src/config.rs", 15),
        ("`board.yml`", "src/content/folders.rs", 6),
        ("`topic.yml`", "src/content/moderation.rs", 4),
        ("Members", "src/content/member.rs", 8),
        ("Posts", "src/content/post.rs", 10),
    ];
    let mut faults = Vec::new();
    for (title, path, least) in readers {
        let source = read(path);
        let names = fields(&source);
        assert!(names.len() >= least, "{path}: the fields are where they are looked for, found {names:?}");
        let rows = section(&text, "##", title);
        for name in names {
            // A field of a map stands behind the map's own name: `pages.topics`.
            let described = |line: &str| {
                let cell = line.strip_prefix("| `").and_then(|rest| rest.split_once('`')).map(|(cell, _)| cell);
                cell.is_some_and(|cell| cell == name || cell.rsplit('.').next() == Some(name))
            };
            if !rows.lines().any(described) {
                faults.push(format!("docs/format.md, {title}: `{name}`, which {path} takes, has no row"));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn every_option_is_described() {
    let text = read("docs/cli.md");
    for (title, verb) in [
        ("Global options", None),
        ("`boards build`", Some("build")),
        ("`boards check`", Some("check")),
        ("`boards init`", Some("init")),
        ("`boards publish`", Some("publish")),
        ("`boards stats`", Some("stats")),
        ("`boards doctor`", Some("doctor")),
        ("`boards explain`", Some("explain")),
        ("`boards new`", Some("new")),
        ("`boards reply`", Some("reply")),
        ("`boards serve`", Some("serve")),
        ("`boards forge`", Some("forge")),
        ("`boards merge`", Some("merge")),
        #[cfg(feature = "import")]
        ("`boards import`", Some("import")),
    ] {
        let run = |verb: Option<&str>| {
            let mut command = assert_cmd::Command::cargo_bin("boards").unwrap();
            let output = command.args(verb).arg("--help").output().unwrap();
            String::from_utf8(output.stdout).unwrap()
        };
        let options = |help: &str| -> Vec<String> {
            let words =
                help.lines().filter(|line| line.trim_start().starts_with('-') && !line.trim_start().starts_with("- "));
            let long = words.flat_map(|line| {
                line.split([' ', ',', '[', '='])
                    .filter(|word| word.starts_with('-'))
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            });
            long.collect()
        };
        let global = options(&run(None));
        let rows = section(&text, "##", title);
        for option in options(&run(verb)).into_iter().filter(|option| verb.is_none() || !global.contains(option)) {
            assert!(rows.contains(&format!("`{option}")), "docs/cli.md, {title}: `{option}` is not described");
        }
    }
}

#[test]
fn every_limit_of_a_host_is_described_with_its_source() {
    let text = read("docs/cli.md");
    for host in &boards::host::HOSTS {
        let row = text.lines().find(|line| line.starts_with(&format!("| `{}` |", host.name))).unwrap_or_default();
        for limit in host.limits {
            let digits = limit.most.to_string();
            let plain = row.replace(',', "");
            let source = limit.source.split('#').next().unwrap();
            assert!(
                plain.contains(&digits) && row.contains(source) && text.contains(limit.read),
                "{}: {limit:?}",
                host.name
            );
        }
    }
}
